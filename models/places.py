"""What is made ready for the views: the lots and départements of tenders as rows, their totals, their day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BindParameter, Date, bindparam, delete, insert, select, text
from sqlalchemy.orm import Session

from models.place_tables import TenderDepartementRow, TenderLotRow
from models.tables import TenderRow

_OF_THESE: BindParameter[Any] = bindparam("ids", expanding=True)
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
        WHERE p.tender_id IN :ids AND NOT EXISTS (
            SELECT 1 FROM document_versions n WHERE n.tender_id = p.tender_id AND n.document_id = p.document_id
        )
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
).bindparams(_OF_THESE)
_ROWS = text(
    """
    UPDATE consolidated AS c SET
        family = (SELECT l.family FROM tender_lots l WHERE l.tender_id = c.tender_id AND l.number = c.lot),
        counted_hours = CASE WHEN c.lot <> '*' OR c.hours IS NULL THEN c.hours ELSE (
            SELECT CASE WHEN c.hours > COALESCE(SUM(o.hours), 0) THEN c.hours - COALESCE(SUM(o.hours), 0) ELSE 0 END
            FROM consolidated o WHERE o.tender_id = c.tender_id AND o.category = c.category AND o.lot <> '*'
        ) END
    WHERE c.tender_id IN :ids"""
).bindparams(_OF_THESE)
_TENDERS = text(
    """
    UPDATE tenders AS t SET
        day = COALESCE(t.published, t.day, :today),
        clause_count = (SELECT COUNT(*) FROM consolidated c WHERE c.tender_id = t.id),
        reserved_count = (
            SELECT COUNT(DISTINCT c.lot) FROM consolidated c
            WHERE c.tender_id = t.id AND SUBSTR(c.category, 1, 8) = 'reserve_'
        ),
        hours = (SELECT SUM(c.counted_hours) FROM consolidated c WHERE c.tender_id = t.id)
    WHERE t.id IN :ids"""
).bindparams(_OF_THESE, bindparam("today", type_=Date()))


def fill_places(session: Session, tender_ids: Collection[int]) -> None:
    """Lots, départements, day and totals of these tenders (500 at most), from their facts and consolidated rows."""
    ids = sorted(tender_ids)
    if not ids:
        return
    session.flush()
    for table in (TenderLotRow, TenderDepartementRow):
        session.execute(delete(table).where(table.tender_id.in_(ids)))
    session.execute(_LOTS, {"ids": ids})
    session.execute(_ROWS, {"ids": ids})
    session.execute(_TENDERS, {"ids": ids, "today": datetime.now(UTC).date()})
    rows = [
        {"tender_id": tender_id, "code": code, "position": position}
        for tender_id, codes in session.execute(
            select(TenderRow.id, TenderRow.departments).where(TenderRow.id.in_(ids))
        )
        for position, code in enumerate(dict.fromkeys(codes))
    ]
    if rows:
        session.execute(insert(TenderDepartementRow), rows)
