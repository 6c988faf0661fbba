"""Writing what was extracted: the only place where records become rows.

A document is its bytes (sha256); it keeps every path where it was found. What a run reads of it is a reading, that
its rows hang on; the last one saved is current, the others stay. Saving twice in a run replaces the reading of that
run, so that saving again after a crash gives the same database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from extractors.schema import Evidence, Extraction
from models.bulk import chunks
from models.database import writing
from models.errors import storage_errors
from models.finding_tables import (
    AbsenceRow,
    ClauseLotRow,
    ClauseRow,
    ContactRow,
    EvidenceRow,
    LotRow,
    PenaltyRow,
    ProblemRow,
    TermRow,
    VolumeRow,
)
from models.tables import DocumentPathRow, DocumentRow, ReadingRow, RunRow, TenderRow
from models.tenders import assign_tenders, place


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedFile:
    """A file about to be read; `sha256` is `fingerprint.path_key` when its bytes cannot be had."""

    path: str
    sha256: str
    size: int
    raw_path: str | None = None


def start_run(engine: Engine, *, command: str, fingerprint: str, night_id: int | None = None) -> int:
    """Record a run (of a night, if any) and return its id; StoreError if the database cannot be written."""
    with writing(engine) as session:
        run = RunRow(command=command, fingerprint=fingerprint, started_at=datetime.now(UTC), night_id=night_id)
        session.add(run)
        session.flush()
        return run.id


def finish_run(engine: Engine, run_id: int, *, seen: int, skipped: int) -> None:
    """Close the run: `seen` files found, `skipped` already done; the documents by status are counted here."""
    with writing(engine) as session:
        run = session.get_one(RunRow, run_id)
        counts = dict(
            session.execute(
                select(DocumentRow.status, func.count())
                .where(DocumentRow.run_id == run_id)
                .group_by(DocumentRow.status)
            )
            .tuples()
            .all()
        )
        run.finished_at, run.seen, run.skipped = datetime.now(UTC), seen, skipped
        run.ok, run.partial, run.failed = (counts.get(status, 0) for status in ("ok", "partial", "failed"))


def done(engine: Engine, *, sha256s: Iterable[str], fingerprint: str) -> set[str]:
    """Those already stored, whatever their status, by this fingerprint.

    Not done: one left `started` by a crash, one that ran out of time or of memory: another night or limit may read it.
    """
    interrupted = (
        select(ProblemRow.id)
        .join(ReadingRow, ReadingRow.id == ProblemRow.reading_id)
        .where(
            ReadingRow.document_id == DocumentRow.id,
            ReadingRow.is_current,
            ProblemRow.code.in_(("timeout", "crashed")),
        )
        .exists()
    )
    found: set[str] = set()
    with storage_errors(engine.url), Session(engine) as session:
        for chunk in chunks(set(sha256s)):
            found.update(
                session.scalars(
                    select(DocumentRow.sha256).where(
                        DocumentRow.sha256.in_(chunk),
                        DocumentRow.fingerprint == fingerprint,
                        DocumentRow.status != "started",
                        DocumentRow.sha256.not_like("path:%"),
                        ~interrupted,
                    )
                )
            )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class OutdatedDocument:
    """A stored document that is to be read again."""

    sha256: str
    raw_path: str
    path: str
    """One of the paths where it was found."""
    tender_key: str | None


def outdated(engine: Engine, *, fingerprint: str) -> tuple[OutdatedDocument, ...]:
    """The documents of the raw store that are not `done` by this fingerprint, in the order of their paths."""
    query = (
        select(DocumentRow.sha256, DocumentRow.raw_path, DocumentPathRow.path, TenderRow.key)
        .join(DocumentPathRow, DocumentPathRow.document_id == DocumentRow.id)
        .outerjoin(TenderRow, TenderRow.id == DocumentPathRow.tender_id)
        .where(DocumentRow.raw_path.is_not(None))
        .order_by(DocumentPathRow.path.desc())
    )
    with storage_errors(engine.url), Session(engine) as session:
        found = {row.sha256: row for row in session.execute(query)}
    skipped = done(engine, sha256s=found, fingerprint=fingerprint)
    return tuple(
        OutdatedDocument(sha256=row.sha256, raw_path=row.raw_path, path=row.path, tender_key=row.key)
        for row in reversed(found.values())
        if row.sha256 not in skipped
    )


def mark_started(engine: Engine, *, run_id: int, files: Sequence[StartedFile]) -> None:
    """One `started` record per document before any work; earlier rows of the document stay until `save`."""
    with writing(engine) as session:
        documents = _documents(session, {file.sha256 for file in files})
        for file in files:
            document = documents.setdefault(file.sha256, DocumentRow(sha256=file.sha256))
            document.size, document.run_id, document.status = file.size, run_id, "started"
            document.raw_path = file.raw_path or document.raw_path
        session.add_all(documents.values())
        session.flush()
        place(session, {file.path: documents[file.sha256].id for file in files})


def add_paths(
    engine: Engine, *, files: Sequence[StartedFile], tender_keys: Mapping[str, str], night_id: int | None = None
) -> None:
    """Record where documents already stored were found again; `tender_keys` gives the tender of each path."""
    with writing(engine) as session:
        documents = _documents(session, {file.sha256 for file in files})
        place(session, {f.path: documents[f.sha256].id for f in files if f.sha256 in documents})
        assign_tenders(session, {document.id for document in documents.values()}, tender_keys, night_id=night_id)


def save(
    engine: Engine,
    extractions: Sequence[Extraction],
    *,
    run_id: int,
    fingerprint: str,
    tender_keys: Mapping[str, str],
) -> None:
    """Write a batch in one transaction: a new reading of each document, current from now on.

    `tender_keys`: path → key of its tender, for every path known of these documents; a path without a key keeps its
    tender, or takes that of another copy, or else is a tender by itself. Raises StoreError, and then nothing of the
    batch was written.
    """
    batch = {extraction.sha256: extraction for extraction in extractions}
    with writing(engine) as session:
        night_id = session.get_one(RunRow, run_id).night_id
        documents = _documents(session, batch)
        for sha256, extraction in batch.items():
            document = documents.setdefault(sha256, DocumentRow(sha256=sha256))
            document.size, document.status = extraction.size, extraction.status
            document.run_id, document.fingerprint = run_id, fingerprint
        session.add_all(documents.values())
        session.flush()
        ids = {document.id for document in documents.values()}
        read = _no_longer_current(session, ids, run_id=run_id)
        for sha256, extraction in batch.items():
            document = documents[sha256]
            if document.id not in read:  # what was read before is not news, whatever reads it again
                document.night_id = night_id or document.night_id
            reading = _reading(extraction, document_id=document.id, run_id=run_id, fingerprint=fingerprint)
            session.add(reading)
            session.flush()
            session.add_all(_children(extraction, reading_id=reading.id))
        place(session, {extraction.path: documents[extraction.sha256].id for extraction in extractions})
        assign_tenders(session, ids, tender_keys, night_id=night_id)


# ---------------------------------------------------------------- record → rows


def _no_longer_current(session: Session, document_ids: Collection[int], *, run_id: int) -> set[int]:
    """Make room for new readings of these documents; which of them a run had read, at least one page of it."""
    read: set[int] = set()
    for chunk in chunks(document_ids):
        of_documents = ReadingRow.document_id.in_(chunk)
        read.update(session.scalars(select(ReadingRow.document_id).where(of_documents, ReadingRow.pages > 0)))
        session.execute(delete(ReadingRow).where(of_documents, ReadingRow.run_id == run_id))
        session.execute(update(ReadingRow).where(of_documents, ReadingRow.is_current).values(is_current=False))
    return read


def _reading(extraction: Extraction, *, document_id: int, run_id: int, fingerprint: str) -> ReadingRow:
    tender = extraction.tender
    return ReadingRow(
        document_id=document_id,
        run_id=run_id,
        is_current=True,
        fingerprint=fingerprint,
        status=extraction.status,
        doc_type=extraction.doc_type,
        pages=extraction.pages,
        seconds=extraction.seconds,
        reference=tender.reference,
        buyer=tender.buyer,
        object=tender.object,
        departments=list(tender.departments),
        cpv=list(tender.cpv),
        families=list(extraction.families),
        family=_first(extraction.families),
    )


_Child = LotRow | ClauseRow | VolumeRow | PenaltyRow | ContactRow | TermRow | AbsenceRow | ProblemRow


def _children(extraction: Extraction, *, reading_id: int) -> Iterator[_Child]:
    # A lot is joined by its number, and must not multiply the clauses: the first of a number stands.
    for lot in {lot.number: lot for lot in reversed(extraction.lots)}.values():
        yield LotRow(
            reading_id=reading_id,
            number=lot.number,
            title=lot.title,
            families=list(lot.families),
            family=_first(lot.families),
        )
    for clause in extraction.clauses:
        yield ClauseRow(
            reading_id=reading_id,
            category=clause.category,
            weight_percent=clause.weight_percent,
            legal_refs=list(clause.legal_refs),
            confidence=clause.confidence,
            rule=clause.rule,
            lots=[ClauseLotRow(lot=lot) for lot in dict.fromkeys(clause.lots)],
            evidence=_evidence(clause.evidence),
        )
    for volume in extraction.volumes:
        yield VolumeRow(
            reading_id=reading_id,
            category=volume.category,
            lot=volume.lot,
            value=volume.value,
            value_max=volume.value_max,
            unit=volume.unit,
            per=volume.per,
            per_amount_eur=volume.per_amount_eur,
            threshold_eur=volume.threshold_eur,
            phase=volume.phase,
            bound=volume.bound,
            derived_hours=volume.derived_hours,
            formula=volume.formula,
            confidence=volume.confidence,
            rule=volume.rule,
            evidence=_evidence(volume.evidence),
        )
    for penalty in extraction.penalties:
        yield PenaltyRow(
            reading_id=reading_id,
            amount_eur=penalty.amount_eur,
            per=penalty.per,
            confidence=penalty.confidence,
            rule=penalty.rule,
            evidence=_evidence(penalty.evidence),
        )
    for contact in extraction.contacts:
        yield ContactRow(
            reading_id=reading_id,
            organisation=contact.organisation,
            email=contact.email,
            phone=contact.phone,
            role=contact.role,
            evidence=_evidence(contact.evidence),
        )
    for term in extraction.terms:
        yield TermRow(
            reading_id=reading_id,
            kind=term.kind,
            code=term.code,
            confidence=term.confidence,
            rule=term.rule,
            evidence=_evidence(term.evidence),
        )
    for absence in extraction.absences:
        yield AbsenceRow(
            reading_id=reading_id,
            category=absence.category,
            rule=absence.rule,
            evidence=_evidence(absence.evidence),
        )
    for problem in extraction.problems:
        yield ProblemRow(
            reading_id=reading_id,
            stage=problem.stage,
            code=problem.code,
            message=problem.message,
            page=problem.page,
        )


def _evidence(proofs: Sequence[Evidence]) -> list[EvidenceRow]:
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


def _documents(session: Session, sha256s: Collection[str]) -> dict[str, DocumentRow]:
    return {
        document.sha256: document
        for chunk in chunks(sha256s)
        for document in session.scalars(select(DocumentRow).where(DocumentRow.sha256.in_(chunk)))
    }


def _first(families: Sequence[str]) -> str | None:
    return families[0] if families else None
