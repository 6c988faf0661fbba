"""What changed between two extractions of the same documents."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator

from extractors.rowkeys import (
    Codes,
    Difference,
    Fact,
    Row,
    absence_key,
    clause_lot_key,
    keyed,
    penalty_key,
    per_lot,
    volume_key,
    volume_slot,
    weight_key,
)
from extractors.schema import Clause, Extraction, Penalty


def compare(old: Iterable[Extraction], new: Iterable[Extraction]) -> tuple[Difference, ...]:
    """Rows gained (`before` is None), lost (`after` is None) and changed, document by document; paths tell them apart.

    A document that stands on one side only is told by its status, before its rows.
    """
    before, after = ({e.path: e for e in extractions} for extractions in (old, new))
    return tuple(
        Difference(document=path, part=part, before=left, after=right)
        for path in {**before, **after}
        for part, left, right in _document(before.get(path), after.get(path))
    )


def _document(old: Extraction | None, new: Extraction | None) -> Iterator[tuple[str, Fact | None, Fact | None]]:
    sides = old, new
    yield from _codes("status", *((e.status,) if e else () for e in sides))
    yield from _codes("doc_type", *((e.doc_type,) if e else () for e in sides))
    yield from _codes("families", *(e.families if e else () for e in sides))
    clauses = (per_lot(e.clauses) if e else () for e in sides)
    yield from _rows("clauses", *clauses, key=_clause_and_weight, slot=clause_lot_key)
    yield from _rows("volumes", *(e.volumes if e else () for e in sides), key=volume_key, slot=volume_slot)
    yield from _rows("penalties", *(e.penalties if e else () for e in sides), key=penalty_key, slot=_penalty_slot)
    yield from _rows("absent", *(e.absences if e else () for e in sides), key=absence_key, slot=absence_key)


def _codes(part: str, old: Codes, new: Codes) -> Iterator[tuple[str, Fact | None, Fact | None]]:
    if old != new:
        yield part, old or None, new or None


def _rows(
    part: str,
    old: Iterable[Row],
    new: Iterable[Row],
    *,
    key: Callable[[Row], Hashable],
    slot: Callable[[Row], Hashable],
) -> Iterator[tuple[str, Row | None, Row | None]]:
    """Rows of different keys; those of the same slot are one row that changed."""
    left, right = keyed(old, key), keyed(new, key)
    gained = [row for k, row in right.items() if k not in left]
    for row in (row for k, row in left.items() if k not in right):
        heir = next((other for other in gained if slot(other) == slot(row)), None)
        if heir is not None:
            gained.remove(heir)
        yield part, row, heir
    yield from ((part, None, row) for row in gained)


def _clause_and_weight(row: Clause) -> Hashable:
    return clause_lot_key(row), weight_key(row)


def _penalty_slot(row: Penalty) -> Hashable:
    return row.per
