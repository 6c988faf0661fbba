"""What makes two rows the same row, whether they come from an answer, an extraction or an older extraction."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from extractors.schema import Absence, Clause, Penalty, Volume

Codes = tuple[str, ...]
"""Codes of a document rather than a row: its type, its families."""

Fact = Clause | Volume | Penalty | Absence | Codes

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that two readings of a document do not say alike; None on the side that does not say it at all."""

    document: str
    part: str
    """Name of the measure, such as « volumes »."""
    before: Fact | None = None
    """What was expected, or what the older extraction said."""
    after: Fact | None = None


def clause_key(row: Clause) -> Hashable:
    return row.category


def clause_lot_key(row: Clause) -> Hashable:
    """Of a row made by `per_lot`."""
    return row.category, _lot(row.lots[0])


def weight_key(row: Clause) -> Hashable:
    return rounded(row.weight_percent)


def volume_key(row: Volume) -> Hashable:
    """All that is scored; `phase` and `bound` are not."""
    numbers = (row.value, row.value_max, row.per_amount_eur, row.threshold_eur)
    return _lot(row.lot), row.unit, row.per, *map(rounded, numbers)


def volume_slot(row: Volume) -> Hashable:
    """What a volume keeps when its figures change."""
    return _lot(row.lot), row.unit


def quantity_key(row: Volume) -> Hashable:
    return rounded(row.value), row.unit


def penalty_key(row: Penalty) -> Hashable:
    return rounded(row.amount_eur), row.per


def absence_key(row: Absence) -> Hashable:
    return row.category


def per_lot(clauses: Iterable[Clause]) -> list[Clause]:
    """The same clauses, one row per lot."""
    return [replace(clause, lots=(lot,)) for clause in clauses for lot in clause.lots]


def keyed(rows: Iterable[Row], key: Callable[[Row], Hashable]) -> Mapping[Hashable, Row]:
    """The first row of each key, in the order of the rows."""
    found: dict[Hashable, Row] = {}
    for row in rows:
        found.setdefault(key(row), row)
    return found


def _lot(number: str) -> str:
    """« 01 » is lot 1."""
    number = number.strip().upper()
    return number.lstrip("0") or number


def rounded(value: float | None) -> float | None:
    """Four decimals: beyond them, two figures are the same."""
    return None if value is None else round(value, 4)
