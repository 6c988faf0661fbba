"""The lots and départements of tenders as rows, so that views filter on them with an index."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import bindparam, delete, insert, select, text
from sqlalchemy.orm import Session

from models.place_tables import TenderDepartementRow, TenderLotRow
from models.tables import TenderRow

_LOTS = text(
    """
    INSERT INTO tender_lots (tender_id, number, title, family, document_count)
    SELECT told.tender_id, told.number, MIN(told.title), COALESCE(MIN(told.family), MIN(t.family)),
           COUNT(DISTINCT told.described_by)
    FROM (
        SELECT p.tender_id, l.number, l.title, l.family, r.document_id AS described_by
        FROM document_paths p
        JOIN readings r ON r.document_id = p.document_id AND r.is_current
        JOIN lots l ON l.reading_id = r.id
        WHERE p.tender_id IN :ids
        UNION ALL
        SELECT p.tender_id, x.lot, NULL, NULL, NULL
        FROM document_paths p
        JOIN readings r ON r.document_id = p.document_id AND r.is_current
        JOIN clauses c ON c.reading_id = r.id
        JOIN clause_lots x ON x.clause_id = c.id
        WHERE p.tender_id IN :ids
        UNION ALL
        SELECT p.tender_id, v.lot, NULL, NULL, NULL
        FROM document_paths p
        JOIN readings r ON r.document_id = p.document_id AND r.is_current
        JOIN volumes v ON v.reading_id = r.id
        WHERE p.tender_id IN :ids
        UNION ALL
        SELECT id, '*', NULL, NULL, NULL FROM tenders WHERE id IN :ids
    ) told
    JOIN tenders t ON t.id = told.tender_id
    GROUP BY told.tender_id, told.number"""
).bindparams(bindparam("ids", expanding=True))
_DAY = text("UPDATE tenders SET day = COALESCE(published, day, :today) WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True), bindparam("today", type_=TenderRow.day.type)
)


def fill_places(session: Session, tender_ids: Collection[int]) -> None:
    """Lots, départements and day of these tenders (500 at most), once their facts are known."""
    ids = sorted(tender_ids)
    session.flush()
    for table in (TenderLotRow, TenderDepartementRow):
        session.execute(delete(table).where(table.tender_id.in_(ids)))
    session.execute(_LOTS, {"ids": ids})
    session.execute(_DAY, {"ids": ids, "today": datetime.now(UTC).date()})
    rows = [
        {"tender_id": tender_id, "code": code, "position": position}
        for tender_id, codes in session.execute(select(TenderRow.id, TenderRow.departments).where(TenderRow.id.in_(ids)))
        for position, code in enumerate(dict.fromkeys(codes))
    ]
    if rows:
        session.execute(insert(TenderDepartementRow), rows)
