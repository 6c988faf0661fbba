"""Numbers, marks and places of the cells of a sheet, as sentences and proofs write them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from extractors.text import fold

NUMBER = re.compile(r"[\d\s\u00a0\u202f]+(?:[.,]\d+)?$")
DURATION = re.compile(r"(\d{1,6}):([0-5]\d)(?::\d\d)?$")
TICKED = frozenset({"x", "vrai", "✓", "✔", "☒", "☑"})
UNTICKED = frozenset({"faux", "☐", "□"})
YES = TICKED | {"oui", "o", "1"}
NO = UNTICKED | {"non", "n", "0", "-", "–", "sans objet", "neant"}

_HOURS_UNIT = re.compile(r"(?:h|hr?s?|heures?|nb ?(?:d'? ?)?h(?:eures?)?)\.?$")
_UNIT = re.compile(r"(?:u|un|ens|ft|fft|pm|ml|m2|m²|m3|kg|t|j|jours?|mois|an|forfait|unites?|ensemble)\.?$")


def is_zero(text: str) -> bool:
    return not re.search(r"[1-9]", text)


def is_hours_unit(text: str) -> bool:
    return _HOURS_UNIT.match(fold(text)) is not None


def is_unit(text: str) -> bool:
    return is_hours_unit(text) or _UNIT.match(fold(text)) is not None


def number(text: str) -> str:
    """« 350:00 » is 350; « 1.5 » of a CSV, 1,5."""
    if duration := DURATION.match(text):
        minutes = int(duration[2])
        return duration[1] if not minutes else f"{int(duration[1]) + minutes / 60:.2f}".replace(".", ",")
    return re.sub(r"(?<=\d)\.(?=\d{1,2}$)", ",", " ".join(text.split()))


def percent(text: str, *, is_fraction: bool) -> str:
    """0,1 is what the format of its cell shows as 10 %; 1 too, where the rest of its column are parts of one."""
    value = float(re.sub(r"\s", "", text).replace(",", "."))
    return f"{value * 100 if 0 < value < 1 or is_fraction else value:.10g}".replace(".", ",")


def place(sheet: str | None, row: int, columns: Sequence[int]) -> str:
    """« Lots!C12 », « Lots!A12:D12 », « Feuille!C12 » where the sheet has no name; columns from 0, rows from 1."""
    low, high = _column(min(columns)), _column(max(columns))
    cells = f"{low}{row}" if low == high else f"{low}{row}:{high}{row}"
    return f"{sheet or 'Feuille'}!{cells}"


def is_cell(section: str | None) -> bool:
    """Whether the place of a proof is that of cells, « Lots!C12 », not an article."""
    return section is not None and "!" in section


def _column(rank: int) -> str:
    name, rank = "", rank + 1
    while rank:
        rank, letter = divmod(rank - 1, 26)
        name = chr(65 + letter) + name
    return name
