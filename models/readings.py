"""The current readings of documents, as the extractions that they were made of: to compare with what is read now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from extractors.corrections import RULE
from extractors.schema import (
    Absence,
    Contact,
    Extraction,
    Lot,
    Penalty,
    Problem,
    Tender,
    Term,
)
from models.bulk import chunks
from models.errors import storage_errors
from models.finding_tables import (
    AbsenceRow,
    ClauseRow,
    ContactRow,
    LotRow,
    PenaltyRow,
    ProblemRow,
    TermRow,
    VolumeRow,
)
from models.records import clause_of, proofs_of, volume_of
from models.tables import DocumentRow, ReadingRow, storable

Child = TypeVar("Child", LotRow, ClauseRow, VolumeRow, PenaltyRow, ContactRow, TermRow, AbsenceRow, ProblemRow)


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
        texts=(),
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
            query = query.where(table.rule != RULE)
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
        lots=tuple(Lot(number=row.number, title=row.title, families=_read(row)) for row in of.lots.get(id, ())),
        families=_read(reading),
        clauses=tuple(map(clause_of, of.clauses.get(id, ()))),
        volumes=tuple(map(volume_of, of.volumes.get(id, ()))),
        penalties=tuple(
            Penalty(
                amount_eur=row.amount_eur,
                per=row.per,
                confidence=row.confidence,
                rule=row.rule,
                evidence=proofs_of(row.evidence),
            )
            for row in of.penalties.get(id, ())
        ),
        contacts=tuple(
            Contact(
                organisation=row.organisation,
                email=row.email,
                phone=row.phone,
                role=row.role,
                evidence=proofs_of(row.evidence),
            )
            for row in of.contacts.get(id, ())
        ),
        terms=tuple(
            Term(
                kind=row.kind,  # type: ignore[arg-type]
                code=row.code,
                confidence=row.confidence,
                rule=row.rule,
                evidence=proofs_of(row.evidence),
            )
            for row in of.terms.get(id, ())
        ),
        absences=tuple(
            Absence(category=row.category, rule=row.rule, evidence=proofs_of(row.evidence))
            for row in of.absences.get(id, ())
        ),
        replaces_earlier=reading.replaces_earlier,
        seconds=reading.seconds,
    )


def _read(row: ReadingRow | LotRow) -> tuple[str, ...]:
    """The families that were read, whatever a correction says."""
    return tuple(row.families if row.read_families is None else row.read_families)
