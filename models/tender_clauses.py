"""The clauses of tenders as alerts and the morning report tell them, from what is consolidated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Row, bindparam, text

from extractors.consolidation.rows import total_hours
from extractors.schema import WHOLE_CONTRACT


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderClause:
    """A clause (tender, category, lot) with the proof of the source that wins."""

    tender_id: int
    tender_key: str
    reference: str | None
    buyer: str | None
    object: str | None
    departements: tuple[str, ...]
    category: str
    lot: str
    """« * » for the whole contract."""
    lot_title: str | None
    family: str | None
    hours: float
    """Asked firmly: stated, else derived; 0 when none is. Who makes the record says of what (lot, or whole tender)."""
    path: str
    page: int | None
    quote: str | None

    @property
    def key(self) -> str:
        """What names the clause in its tender."""
        return f"{self.category} {self.lot}"


_CLAUSES = """
    SELECT c.tender_id, c.category, c.lot, c.hours, c.page, c.quote,
           t.key, t.reference, t.buyer, t.object, t.family AS tender_family, r.family AS document_family,
           own.title AS own_title, own.family AS own_family,
           NULLIF(REPLACE(REPLACE(REPLACE(REPLACE(CAST(t.departments AS TEXT), '[]', ''), '["', ''), '"]', ''), '", "', ', '), '') AS departements,
           (SELECT MIN(p.path) FROM document_paths p
            WHERE p.document_id = c.document_id AND p.tender_id = c.tender_id) AS path
    FROM consolidated c
    JOIN tenders t ON t.id = c.tender_id
    LEFT JOIN readings r ON r.document_id = c.document_id AND r.is_current
    LEFT JOIN lots own ON own.reading_id = r.id AND own.number = c.lot
    WHERE c.tender_id IN ({tenders})
    ORDER BY t.key, c.id"""  # noqa: E501
_LOTS = """
    SELECT p.tender_id, l.number, MIN(l.title) AS title, MIN(l.family) AS family
    FROM lots l
    JOIN readings r ON r.id = l.reading_id AND r.is_current
    JOIN document_paths p ON p.document_id = r.document_id
    WHERE p.tender_id IN ({tenders}) AND NOT EXISTS (
        SELECT 1 FROM document_versions n WHERE n.tender_id = p.tender_id AND n.document_id = p.document_id
    )
    GROUP BY p.tender_id, l.number"""


def clauses_of(connection: Connection, tenders: str, **asked: datetime | int) -> tuple[TenderClause, ...]:
    """The clauses of the tenders whose ids a query gives, with the hours of their lot, tender by tender.

    `asked`: what the query asks for.
    """
    typed = [bindparam("now", type_=DateTime(timezone=True))] if "now" in asked else []
    rows, lots = (
        connection.execute(text(query.format(tenders=tenders)).bindparams(*typed), asked).all()
        for query in (_CLAUSES, _LOTS)
    )
    described = {(row.tender_id, row.number): row for row in lots}
    return tuple(_clause(row, described.get((row.tender_id, row.lot))) for row in rows)


def with_tender_hours(clauses: Sequence[TenderClause]) -> tuple[TenderClause, ...]:
    """The clauses, each with the hours of its whole tender in its category."""
    hours = _by_lot(clauses)
    return tuple(replace(c, hours=total_hours(hours[c.tender_id, c.category])) for c in clauses)


def with_added_hours(clauses: Sequence[TenderClause]) -> tuple[TenderClause, ...]:
    """The clauses, that of a whole contract with what it adds to those of the lots: hours then add up."""
    hours = _by_lot(clauses)
    return tuple(
        replace(c, hours=total_hours(lots) - sum(value for lot, value in lots.items() if lot != WHOLE_CONTRACT))
        if c.lot == WHOLE_CONTRACT and (lots := hours[c.tender_id, c.category])
        else c
        for c in clauses
    )


def _by_lot(clauses: Sequence[TenderClause]) -> Mapping[tuple[int, str], Mapping[str, float]]:
    """Tender and category → lot → hours."""
    hours: defaultdict[tuple[int, str], dict[str, float]] = defaultdict(dict)
    for clause in clauses:
        hours[clause.tender_id, clause.category][clause.lot] = clause.hours
    return hours


def _clause(row: Row[Any], lot: Row[Any] | None) -> TenderClause:
    """`lot`: what all its documents say of its lot; the chosen one says it first."""
    families = (row.own_family, lot.family if lot else row.document_family, row.tender_family)
    return TenderClause(
        tender_id=row.tender_id,
        tender_key=row.key,
        reference=row.reference,
        buyer=row.buyer,
        object=row.object,
        departements=tuple(row.departements.split(", ")) if row.departements else (),
        category=row.category,
        lot=row.lot,
        lot_title=row.own_title or (lot.title if lot else None),
        family=next(filter(None, families), None),
        hours=row.hours or 0,
        path=row.path,
        page=row.page,
        quote=row.quote,
    )
