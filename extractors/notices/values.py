"""Codes, dates and amounts as notices write them, brought to one form; what cannot be read is None, never guessed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_FRENCH_DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")
_TIME = re.compile(r"[T ]*(\d{1,2})[:hH](\d{2})(?::(\d{2})(?:\.\d+)?)?")
_ZONE = re.compile(r"(?:Z|[+-]\d{2}:\d{2})$")
_SIRET = re.compile(r"(?<!\d)\d(?:[ .\u00a0]?\d){13}(?![ .]?\d)")
_CPV = re.compile(r"(\d{8})(?:-\d)?")
_YEARS = range(1990, 2201)
"""No notice is older, nor speaks of a later day: dates beyond are mistakes, and their times may have no UTC."""

PARIS = ZoneInfo("Europe/Paris")


def unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def siret(text: str | None) -> str | None:
    """The 14 digits, or None."""
    found = _SIRET.search(text or "")
    return re.sub(r"\D", "", found[0]) if found else None


def cpv(codes: Iterable[str | None]) -> tuple[str, ...]:
    """The codes of 8 digits without their check digit, each once, in order."""
    return unique(match[1] for code in codes if code and (match := _CPV.fullmatch(code.strip())))


def day(text: str | None) -> date | None:
    """`2026-09-09+02:00`, `20260909`, `09/09/2026` → the date that is written, whatever the zone."""
    text = (text or "").strip()
    if match := _DAY.match(text):
        year, month, number = match.groups()
    elif match := _FRENCH_DAY.match(text):
        number, month, year = match.groups()
    else:
        return None
    try:
        return date(int(year), int(month), int(number)) if int(year) in _YEARS else None
    except ValueError:
        return None


def moment(day_text: str | None, time_text: str | None = None) -> datetime | None:
    """A date and its time, in one text or two; Paris where no zone is written, the end of the day where no time is."""
    on = day(day_text)
    if on is None:
        return None
    hour = (time_text or _DAY.sub("", (day_text or "").strip(), count=1)).strip()
    match = _TIME.match(hour)
    zone = _ZONE.search(hour) if match else None
    try:
        at = time(int(match[1]), int(match[2]), int(match[3] or 0)) if match else time(23, 59)
        if zone is None:
            return datetime.combine(on, at, PARIS)
        return datetime.fromisoformat(f"{on.isoformat()}T{at.isoformat()}{zone[0]}")
    except ValueError:
        return None


def amount(text: str | None) -> float | None:
    """`1 500 000,00`, `1.0e17`, `3200000` → a positive number of euros, or None."""
    try:
        value = float(re.sub(r"[\s\u202f€]", "", text or "").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) and value > 0 else None
