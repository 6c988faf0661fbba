"""The current readings of documents, as the extractions that they were made of: to compare with what is read now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from sqlalchemy import Engine, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from extractors.schema import (
    Absence,
    Clause,
    Contact,
    Evidence,
    Extraction,
    Lot,
    Penalty,
    Problem,
    Tender,
    Term,
    Volume,
)
from models.bulk import chunks
from models.correction_tables import CorrectionRow
from models.errors import storage_errors
from models.finding_tables import (
    AbsenceRow,
    ClauseRow,
    ContactRow,
    EvidenceRow,
    LotRow,
    PenaltyRow,
    ProblemRow,
    TermRow,
    VolumeRow,
)
from models.tables import DocumentRow, ReadingRow, storable

Child = TypeVar("Child", LotRow, ClauseRow, VolumeRow, PenaltyRow, ContactRow, TermRow, AbsenceRow, ProblemRow)
_WRITTEN = ("add", "edit")
"""Corrections whose rows no reading gave."""


def current_extractions(engine: Engine, sha256s: Collection[str]) -> Mapping[str, Extraction]:
    """What the current reading of each document says, without a path; a document never read is left out.

    Corrections are left out: this is what was read. Raises StoreError.
    """
    found = {}
    with storage_errors(engine.url), Session(engine) as session:
        for chunk in chunks(sha256s):
            found.update(extractions_of(session, chunk))
    return found


def extractions_of(session: Session, sha256s: Sequence[str]) -> dict[str, Extraction]:
    """The same in a session, for as many documents as a query takes."""
    query = (
        select(DocumentRow, ReadingRow)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.id)
        .where(DocumentRow.sha256.in_(sha256s), ReadingRow.is_current)
    )
    readings = session.execute(query).tuples().all()
    of = _Children(session, [reading.id for _, reading in readings])
    return {document.sha256: _extraction(document, reading, of) for document, reading in readings}


def says_the_same(stored: Extraction, read: Extraction) -> bool:
    """Whether a reading stored again would give the same rows, whatever the path and the time that it took."""
    return bool(_rows(stored) == _rows(read))


def _rows(extraction: Extraction) -> Any:
    """What is stored of an extraction, in the form it is stored in."""
    first = {lot.number: lot for lot in reversed(extraction.lots)}
    stored = replace(
        extraction,
        path="",
        seconds=0.0,
        candidates=(),
        lots=tuple(sorted(first.values(), key=lambda lot: lot.number)),
        clauses=tuple(replace(clause, lots=tuple(sorted(set(clause.lots)))) for clause in extraction.clauses),
    )
    return _storable(asdict(stored))


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case dict():
            return {key: _storable(item) for key, item in value.items()}
        case list() | tuple():
            return [_storable(item) for item in value]
        case _:
            return value


# ---------------------------------------------------------------- rows → record


class _Children:
    """The rows of several readings, by reading and in the order they were written."""

    def __init__(self, session: Session, reading_ids: Sequence[int]) -> None:
        self._session = session
        self._ids = reading_ids
        self.lots = self._of(LotRow)
        self.clauses = self._of(ClauseRow, ClauseRow.evidence, ClauseRow.lots)
        self.volumes = self._of(VolumeRow, VolumeRow.evidence)
        self.penalties = self._of(PenaltyRow, PenaltyRow.evidence)
        self.contacts = self._of(ContactRow, ContactRow.evidence)
        self.terms = self._of(TermRow, TermRow.evidence)
        self.absences = self._of(AbsenceRow, AbsenceRow.evidence)
        self.problems = self._of(ProblemRow)

    def _of(self, table: type[Child], *loaded: InstrumentedAttribute[Any]) -> Mapping[int, list[Child]]:
        query = select(table).where(table.reading_id.in_(self._ids)).order_by(table.id)
        if table in (ClauseRow, VolumeRow):
            written = select(CorrectionRow.id).where(CorrectionRow.action.in_(_WRITTEN))
            query = query.where(or_(table.correction_id.is_(None), table.correction_id.not_in(written)))
        rows: dict[int, list[Child]] = defaultdict(list)
        for row in self._session.scalars(query.options(*map(selectinload, loaded))):
            rows[row.reading_id].append(row)
        return rows


def _extraction(document: DocumentRow, reading: ReadingRow, of: _Children) -> Extraction:
    id = reading.id
    return Extraction(
        path="",
        sha256=document.sha256,
        size=document.size,
        status=reading.status,  # type: ignore[arg-type]
        doc_type=reading.doc_type,
        pages=reading.pages,
        problems=tuple(
            Problem(stage=row.stage, code=row.code, message=row.message, page=row.page)  # type: ignore[arg-type]
            for row in of.problems.get(id, ())
        ),
        tender=Tender(
            reference=reading.reference,
            buyer=reading.buyer,
            object=reading.object,
            departments=tuple(reading.departments),
            cpv=tuple(reading.cpv),
        ),
        lots=tuple(
            Lot(number=row.number, title=row.title, families=tuple(row.families)) for row in of.lots.get(id, ())
        ),
        families=tuple(reading.families),
        clauses=tuple(map(_clause, of.clauses.get(id, ()))),
        volumes=tuple(map(_volume, of.volumes.get(id, ()))),
        penalties=tuple(
            Penalty(
                amount_eur=row.amount_eur,
                per=row.per,
                confidence=row.confidence,
                rule=row.rule,
                evidence=_proofs(row.evidence),
            )
            for row in of.penalties.get(id, ())
        ),
        contacts=tuple(
            Contact(
                organisation=row.organisation,
                email=row.email,
                phone=row.phone,
                role=row.role,
                evidence=_proofs(row.evidence),
            )
            for row in of.contacts.get(id, ())
        ),
        terms=tuple(
            Term(
                kind=row.kind,  # type: ignore[arg-type]
                code=row.code,
                confidence=row.confidence,
                rule=row.rule,
                evidence=_proofs(row.evidence),
            )
            for row in of.terms.get(id, ())
        ),
        absences=tuple(
            Absence(category=row.category, rule=row.rule, evidence=_proofs(row.evidence))
            for row in of.absences.get(id, ())
        ),
        seconds=reading.seconds,
    )


def _clause(row: ClauseRow) -> Clause:
    return Clause(
        category=row.category,
        lots=tuple(lot.lot for lot in row.lots),
        weight_percent=row.weight_percent,
        legal_refs=tuple(row.legal_refs),
        confidence=row.confidence,
        rule=row.rule,
        evidence=_proofs(row.evidence),
    )


def _volume(row: VolumeRow) -> Volume:
    return Volume(
        category=row.category,
        lot=row.lot,
        value=row.value,
        value_max=row.value_max,
        unit=row.unit,
        per=row.per,
        per_amount_eur=row.per_amount_eur,
        threshold_eur=row.threshold_eur,
        phase=row.phase,
        bound=row.bound,
        derived_hours=row.derived_hours,
        formula=row.formula,
        confidence=row.confidence,
        rule=row.rule,
        evidence=_proofs(row.evidence),
    )


def _proofs(rows: Sequence[EvidenceRow]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            page=row.page,
            quote=row.quote,
            bbox=None if row.x0 is None else (row.x0, row.top or 0.0, row.x1 or 0.0, row.bottom or 0.0),
            section=row.section,
        )
        for row in sorted(rows, key=lambda row: row.position)
    )
