"""The current readings of documents, as extractions: what was read, or what the views show of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Literal, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from extractors.corrections import RULE
from extractors.schema import (
    Absence,
    Clause,
    Contact,
    Extraction,
    Lot,
    Penalty,
    Problem,
    Tender,
    Term,
    Timings,
    Volume,
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
from models.records import Found, record_of
from models.tables import DocumentRow, ReadingRow, storable

Correctable = TypeVar("Correctable", ClauseRow, VolumeRow)
Child = TypeVar("Child", LotRow, ClauseRow, VolumeRow, PenaltyRow, ContactRow, TermRow, AbsenceRow, ProblemRow)
Side = Literal["read", "shown", "corrected"]
"""What was read, whatever corrections say; what the views show, corrections applied; of that, clauses and volumes that
a person confirmed or wrote."""


def current_extractions(engine: Engine, sha256s: Collection[str]) -> Mapping[str, Extraction]:
    """What was read last of each document, without a path; a document never read is left out. Raises StoreError."""
    return _of_current(engine, sha256s, "read")


def shown_extractions(engine: Engine, sha256s: Collection[str]) -> Mapping[str, Extraction]:
    """The same with corrections: what the views show."""
    return _of_current(engine, sha256s, "shown")


def extractions_of(session: Session, sha256s: Sequence[str], *, side: Side = "read") -> dict[str, Extraction]:
    """The same in a session, for as many documents as a query takes."""
    query = (
        select(DocumentRow, ReadingRow)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.id)
        .where(DocumentRow.sha256.in_(sha256s), ReadingRow.is_current)
    )
    readings = session.execute(query).tuples().all()
    of = _Children(session, [reading.id for _, reading in readings], side)
    return {document.sha256: _extraction(document, reading, of) for document, reading in readings}


def rows_of(session: Session, table: type[Correctable], reading_id: int) -> Sequence[Correctable]:
    """The clauses or the volumes of a reading, hidden ones included, with their lots and proofs."""
    query = select(table).where(table.reading_id == reading_id).order_by(table.id).options(selectinload(table.evidence))
    if issubclass(table, ClauseRow):
        query = query.options(selectinload(ClauseRow.lots))
    return session.scalars(query.execution_options(populate_existing=True)).all()


def says_the_same(stored: Extraction, read: Extraction) -> bool:
    """Whether a reading stored again would give the same rows, whatever the path and the time that it took."""
    return bool(_rows(stored) == _rows(read))


def _of_current(engine: Engine, sha256s: Collection[str], side: Side) -> Mapping[str, Extraction]:
    found: dict[str, Extraction] = {}
    with storage_errors(engine.url), Session(engine) as session:
        for chunk in chunks(sha256s):
            found.update(extractions_of(session, chunk, side=side))
    return found


def _rows(extraction: Extraction) -> Any:
    """What is stored of an extraction, in the form it is stored in."""
    first = {lot.number: lot for lot in reversed(extraction.lots)}
    stored = replace(
        extraction,
        path="",
        seconds=0.0,
        timings=Timings(),
        sketch=None,
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

    def __init__(self, session: Session, reading_ids: Sequence[int], side: Side) -> None:
        self._session = session
        self._ids = reading_ids
        self._side = side
        self.lots = self._of(LotRow)
        self.clauses = self._of(ClauseRow, ClauseRow.evidence, ClauseRow.lots)
        self.volumes = self._of(VolumeRow, VolumeRow.evidence)
        self.penalties = self._of(PenaltyRow, PenaltyRow.evidence)
        self.contacts = self._of(ContactRow, ContactRow.evidence)
        self.terms = self._of(TermRow, TermRow.evidence)
        self.absences = self._of(AbsenceRow, AbsenceRow.evidence)
        self.problems = self._of(ProblemRow)

    def families(self, row: ReadingRow | LotRow) -> tuple[str, ...]:
        """Those that were read, or those that a correction says."""
        read = self._side == "read" and row.read_families is not None
        return tuple((row.read_families if read else row.families) or ())

    def _of(self, table: type[Child], *loaded: InstrumentedAttribute[Any]) -> Mapping[int, list[Child]]:
        query = select(table).where(table.reading_id.in_(self._ids)).order_by(table.id)
        if issubclass(table, ClauseRow | VolumeRow):
            query = query.where(table.rule != RULE if self._side == "read" else table.hidden_by.is_(None))
            if self._side == "corrected":
                query = query.where(table.correction_id.is_not(None))
        rows: dict[int, list[Child]] = defaultdict(list)
        query = query.options(*map(selectinload, loaded)).execution_options(populate_existing=True)
        for row in self._session.scalars(query):
            rows[row.reading_id].append(row)
        return rows


def _extraction(document: DocumentRow, reading: ReadingRow, of: _Children) -> Extraction:
    def records(rows: Mapping[int, list[Child]], kind: type[Found]) -> tuple[Found, ...]:
        return tuple(record_of(row, kind) for row in rows.get(reading.id, ()))

    return Extraction(
        path="",
        sha256=document.sha256,
        size=document.size,
        status=reading.status,  # type: ignore[arg-type]
        doc_type=reading.doc_type,
        pages=reading.pages,
        problems=records(of.problems, Problem),
        tender=Tender(
            reference=reading.reference,
            buyer=reading.buyer,
            object=reading.object,
            departments=tuple(reading.departments),
            cpv=tuple(reading.cpv),
        ),
        lots=tuple(replace(record_of(row, Lot), families=of.families(row)) for row in of.lots.get(reading.id, ())),
        families=of.families(reading),
        clauses=records(of.clauses, Clause),
        volumes=records(of.volumes, Volume),
        penalties=records(of.penalties, Penalty),
        contacts=records(of.contacts, Contact),
        terms=records(of.terms, Term),
        absences=records(of.absences, Absence),
        replaces_earlier=reading.replaces_earlier,
        seconds=reading.seconds,
    )
