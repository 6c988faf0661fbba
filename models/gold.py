"""What people said of whole documents, as the known answers that rules are measured against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from extractors.schema import Absence, Extraction, Penalty
from models.corrected_rows import IN_FORCE
from models.correction_list import paths_of
from models.correction_tables import CorrectionRow
from models.errors import storage_errors
from models.finding_tables import ClauseRow, VolumeRow
from models.readings import extractions_of, rows_of
from models.records import proofs_from_plain
from models.tables import DocumentRow, ReadingRow, TenderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownAnswer:
    """A document that people have gone through: `extraction` holds the clauses and volumes that they stand for."""

    extraction: Extraction
    raw_path: str | None
    buyer: str | None
    reasons: tuple[str, ...]


def known_answers(engine: Engine, *, declared_only: bool = False) -> tuple[KnownAnswer, ...]:
    """The documents declared complete, and those whose every row a person confirmed or wrote, in order of path.

    `declared_only`: the former alone. Rows that a later reading finds in a complete document are no answer: they are
    what it is measured by.
    """
    with storage_errors(engine.url), Session(engine) as session:
        corrected = select(CorrectionRow.document_id).where(CorrectionRow.document_id.is_not(None), *IN_FORCE)
        paths = paths_of(session, {id for id in session.scalars(corrected) if id is not None})
        found = [
            _answer(session, document_id, path=path, tender_id=tender_id, declared_only=declared_only)
            for document_id, (path, tender_id) in sorted(paths.items(), key=lambda item: item[1][0])
        ]
    return tuple(answer for answer in found if answer is not None)


def frozen(extraction: Extraction) -> dict[str, Any]:
    """What nobody corrects row by row, as it is when a person says that the document is right."""
    return {
        "doc_type": extraction.doc_type,
        "families": list(extraction.families),
        "penalties": [
            {
                "amount_eur": p.amount_eur,
                "per": p.per,
                "evidence": [{"page": e.page, "quote": e.quote} for e in p.evidence],
            }
            for p in extraction.penalties
        ],
        "absent": [a.category for a in extraction.absences],
    }


def _answer(
    session: Session, document_id: int, *, path: str, tender_id: int | None, declared_only: bool
) -> KnownAnswer | None:
    reading = session.scalar(select(ReadingRow).where(ReadingRow.document_id == document_id, ReadingRow.is_current))
    if reading is None:
        return None
    corrections = session.scalars(
        select(CorrectionRow).where(CorrectionRow.document_id == document_id, *IN_FORCE).order_by(CorrectionRow.id)
    ).all()
    declared = next((row.after for row in corrections if row.kind == "document"), None)
    if declared is None and (declared_only or not _every_row_is_corrected(session, reading)):
        return None
    document = session.get_one(DocumentRow, document_id)
    extraction = replace(extractions_of(session, [document.sha256], side="corrected")[document.sha256], path=path)
    if declared is not None:
        extraction = _with_frozen(extraction, declared, families_too=reading.read_families is None)
    tender = None if tender_id is None else session.get(TenderRow, tender_id)
    return KnownAnswer(
        extraction=extraction,
        raw_path=document.raw_path,
        buyer=(tender and tender.buyer) or reading.buyer,
        reasons=tuple(dict.fromkeys(row.reason for row in corrections)),
    )


def _every_row_is_corrected(session: Session, reading: ReadingRow) -> bool:
    shown = [
        row.correction_id
        for rows in (rows_of(session, ClauseRow, reading.id), rows_of(session, VolumeRow, reading.id))
        for row in rows
        if row.hidden_by is None
    ]
    return bool(shown) and None not in shown


def _with_frozen(extraction: Extraction, said: dict[str, Any], *, families_too: bool) -> Extraction:
    return replace(
        extraction,
        doc_type=said["doc_type"],
        families=tuple(said["families"]) if families_too else extraction.families,
        penalties=tuple(
            Penalty(
                amount_eur=p["amount_eur"],
                per=p["per"],
                confidence=1.0,
                rule="correction",
                evidence=proofs_from_plain(p["evidence"]),
            )
            for p in said["penalties"]
        ),
        absences=tuple(Absence(category=category, rule="correction", evidence=()) for category in said["absent"]),
    )
