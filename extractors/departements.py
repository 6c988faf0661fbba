"""The départements of France: their codes, their names, and those of postal and NUTS codes."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

_LEXICONS = Path(__file__).parent / "lexicons"
_OLD_CODE = {"20A": "2A", "20B": "2B"}


@cache
def names_by_code() -> Mapping[str, str]:
    with (_LEXICONS / "departements.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}


@cache
def _nuts() -> tuple[tuple[str, str], ...]:
    with (_LEXICONS / "nuts.csv").open(encoding="utf-8", newline="") as lines:
        return tuple((row["nuts"], row["departement"]) for row in csv.DictReader(lines))


def departement(code: str) -> str | None:
    """« 5 » → « 05 », « 20A » and « 2a » → « 2A »; None for abroad (« 99 ») and what is no département."""
    code = code.strip().upper()
    code = _OLD_CODE.get(code, code.zfill(2))
    return code if code in names_by_code() else None


def departements(codes: Iterable[str]) -> tuple[str, ...]:
    """The départements of the codes, each once; one string may hold several, as in old dumps."""
    split = (part for code in codes for part in re.split(r"[\s,;|]+", code))
    return tuple(dict.fromkeys(found for part in split if (found := departement(part))))


def from_postal(code: str) -> tuple[str, ...]:
    """The département of a French postal or INSEE code of five characters (four where the zero was lost)."""
    code = re.sub(r"\s", "", code.upper()).removeprefix("F-")
    code = code.zfill(5) if re.fullmatch(r"\d{4}", code) else code
    if not re.fullmatch(r"\d{5}|2[AB]\d{3}", code):
        return ()
    if code.startswith("20"):
        return ("2A",) if code[2] in "01" else ("2B",)
    found = departement(code[:3] if code[:2] in ("97", "98") else code[:2])
    return (found,) if found else ()


def from_nuts(code: str) -> tuple[str, ...]:
    """The départements of a NUTS code of 2010 to 2024; a region gives all its own, the whole of France gives none.

    « FRA » is the country on TED, though it was overseas France in NUTS until 2018.
    """
    code = code.strip().upper()
    regional = len(code) > 2 and code != "FRA"
    return tuple(dict.fromkeys(d for nuts, d in _nuts() if nuts.startswith(code))) if regional else ()
