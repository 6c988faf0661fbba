"""Rows ⇄ records: what a stored reading says, as the records it was made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from extractors.schema import Absence, Clause, Evidence, Extraction, Penalty, Volume
from models.finding_tables import AbsenceRow, ClauseLotRow, ClauseRow, EvidenceRow, PenaltyRow, VolumeRow
from models.tables import DocumentRow, ReadingRow

R = TypeVar("R", ClauseRow, VolumeRow)

_OWN = {"lots", "legal_refs", "evidence"}
_VOLUME = [field.name for field in fields(Volume) if field.name not in _OWN]


def clause_of(row: ClauseRow) -> Clause:
    return Clause(
        category=row.category,
        lots=tuple(lot.lot for lot in row.lots),
        weight_percent=row.weight_percent,
        legal_refs=tuple(row.legal_refs),
        confidence=row.confidence,
        rule=row.rule,
        evidence=proofs_of(row.evidence),
    )


def volume_of(row: VolumeRow) -> Volume:
    return Volume(**{name: getattr(row, name) for name in _VOLUME}, evidence=proofs_of(row.evidence))


def record_of(row: ClauseRow | VolumeRow) -> Clause | Volume:
    return clause_of(row) if isinstance(row, ClauseRow) else volume_of(row)


def row_of(record: Clause | Volume, *, reading_id: int) -> ClauseRow | VolumeRow:
    """The row of a record, with its lots and proofs, to be added to a session."""
    if isinstance(record, Volume):
        values = {name: getattr(record, name) for name in _VOLUME}
        return VolumeRow(reading_id=reading_id, **values, evidence=_proof_rows(record.evidence))
    return ClauseRow(
        reading_id=reading_id,
        category=record.category,
        weight_percent=record.weight_percent,
        legal_refs=list(record.legal_refs),
        confidence=record.confidence,
        rule=record.rule,
        lots=[ClauseLotRow(lot=lot) for lot in dict.fromkeys(record.lots)],
        evidence=_proof_rows(record.evidence),
    )


def to_plain(record: Clause | Volume) -> dict[str, Any]:
    """The record as JSON keeps it."""
    return asdict(record)


def from_plain(kind: str, plain: dict[str, Any]) -> Clause | Volume:
    """The record that `to_plain` gave, of a correction of this kind."""
    values = plain | {"evidence": proofs_from_plain(plain["evidence"])}
    if kind == "volume":
        return Volume(**values)
    return Clause(**(values | {"lots": tuple(plain["lots"]), "legal_refs": tuple(plain["legal_refs"])}))


def proofs_from_plain(plain: Iterable[dict[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(**(proof | {"bbox": tuple(proof["bbox"]) if proof.get("bbox") else None})) for proof in plain)


def shown_extraction(session: Session, reading: ReadingRow, *, path: str, corrected_only: bool = False) -> Extraction:
    """What the views show of a reading: corrections applied, rejected rows left out.

    `corrected_only`: of its clauses and volumes, those that a person confirmed or wrote.
    """
    document = session.get_one(DocumentRow, reading.document_id)
    clauses = [clause_of(row) for row in _shown(rows_of(session, ClauseRow, reading.id), corrected_only)]
    volumes = [volume_of(row) for row in _shown(rows_of(session, VolumeRow, reading.id), corrected_only)]
    penalties = session.scalars(
        select(PenaltyRow).where(PenaltyRow.reading_id == reading.id).order_by(PenaltyRow.id)
    ).all()
    absences = session.scalars(
        select(AbsenceRow).where(AbsenceRow.reading_id == reading.id).order_by(AbsenceRow.id)
    ).all()
    return Extraction(
        path=path,
        sha256=document.sha256,
        size=document.size,
        status=reading.status,  # type: ignore[arg-type]
        doc_type=reading.doc_type,
        pages=reading.pages,
        families=tuple(reading.families),
        clauses=tuple(clauses),
        volumes=tuple(volumes),
        penalties=tuple(
            Penalty(
                amount_eur=p.amount_eur,
                per=p.per,
                confidence=p.confidence,
                rule=p.rule,
                evidence=proofs_of(p.evidence),
            )
            for p in penalties
        ),
        absences=tuple(Absence(category=a.category, rule=a.rule, evidence=proofs_of(a.evidence)) for a in absences),
    )


def rows_of(session: Session, table: type[R], reading_id: int) -> Sequence[R]:
    """The clauses or the volumes of a reading, hidden ones included, with their lots and proofs."""
    query = select(table).where(table.reading_id == reading_id).order_by(table.id).options(selectinload(table.evidence))
    if issubclass(table, ClauseRow):
        query = query.options(selectinload(ClauseRow.lots))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def _shown(rows: Iterable[R], corrected_only: bool) -> list[R]:
    return [row for row in rows if row.hidden_by is None and not (corrected_only and row.correction_id is None)]


def proofs_of(rows: Iterable[EvidenceRow]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            page=row.page,
            quote=row.quote,
            bbox=None
            if row.x0 is None or row.top is None or row.x1 is None or row.bottom is None
            else (row.x0, row.top, row.x1, row.bottom),
            section=row.section,
        )
        for row in sorted(rows, key=lambda row: row.position)
    )


def _proof_rows(proofs: Sequence[Evidence]) -> list[EvidenceRow]:
    rows = []
    for position, proof in enumerate(proofs):
        x0, top, x1, bottom = proof.bbox or (None, None, None, None)
        rows.append(
            EvidenceRow(
                position=position,
                page=proof.page,
                quote=proof.quote,
                section=proof.section,
                x0=x0,
                top=top,
                x1=x1,
                bottom=bottom,
            )
        )
    return rows
