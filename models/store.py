"""Writing what was extracted: documents, their paths and their readings, a batch at once.

A document is its bytes (sha256); it keeps every path where it was found. What a run reads of it is a reading, that
its rows hang on; the last one saved is current, the others stay. Saving twice in a run replaces the reading of that
run, so that saving again after a crash gives the same database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from extractors.retry import PUT_OFF, RETRIED
from extractors.schema import Extraction, has_problem
from models.bulk import chunks
from models.copies import sketch_columns
from models.corrected_rows import apply_corrections
from models.database import writing
from models.errors import storage_errors
from models.finding_tables import ProblemRow
from models.records import save_findings
from models.tables import BatchDocumentRow, DocumentRow, ReadingRow, RunRow
from models.tenders import assign_tenders, place
from models.texts import write_pages


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


def done(
    engine: Engine, *, sha256s: Iterable[str], fingerprint: str, mended: Collection[str] = frozenset()
) -> set[str]:
    """Those already stored, whatever their status, by this fingerprint, or whose reading by it was undone.

    Not done: one left `started` by a crash, one that has a problem worth another reading (`extractors.retry`), or one
    that a program now installed would mend (`mended`: the codes of these).
    """
    interrupted = (
        select(ProblemRow.id)
        .join(ReadingRow, ReadingRow.id == ProblemRow.reading_id)
        .where(
            ReadingRow.document_id == DocumentRow.id,
            ReadingRow.is_current,
            ProblemRow.code.in_(sorted(RETRIED.union(mended))),
        )
        .exists()
    )
    undone = (
        select(ReadingRow.id)
        .join(
            BatchDocumentRow,
            and_(BatchDocumentRow.run_id == ReadingRow.run_id, BatchDocumentRow.document_id == ReadingRow.document_id),
        )
        .where(
            ReadingRow.document_id == DocumentRow.id,
            ReadingRow.fingerprint == fingerprint,
            BatchDocumentRow.state == "undone",
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
                        or_(and_(DocumentRow.fingerprint == fingerprint, ~interrupted), undone),
                        DocumentRow.status != "started",
                        DocumentRow.sha256.not_like("path:%"),
                    )
                )
            )
    return found


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
    with writing(engine) as session:
        save_readings(session, extractions, run_id=run_id, fingerprint=fingerprint, tender_keys=tender_keys)


def save_readings(
    session: Session,
    extractions: Sequence[Extraction],
    *,
    run_id: int,
    fingerprint: str,
    tender_keys: Mapping[str, str],
) -> None:
    """`save`, as a part of a transaction."""
    night_id = session.get_one(RunRow, run_id).night_id
    documents = _documents(session, {extraction.sha256 for extraction in extractions})
    kept = _keep_readings(session, documents, extractions)
    batch = {extraction.sha256: extraction for extraction in extractions if extraction.sha256 not in kept}
    for sha256, extraction in batch.items():
        document = documents.setdefault(sha256, DocumentRow(sha256=sha256))
        document.size, document.status = extraction.size, extraction.status
        document.run_id, document.fingerprint = run_id, fingerprint
    session.add_all(documents.values())
    session.flush()
    ids = {documents[sha256].id for sha256 in batch}
    read = _no_longer_current(session, ids, run_id=run_id)
    for sha256 in batch:
        if documents[sha256].id not in read:  # what was read before is not news, whatever reads it again
            documents[sha256].night_id = night_id or documents[sha256].night_id
    readings = {
        sha256: _reading(extraction, document_id=documents[sha256].id, run_id=run_id, fingerprint=fingerprint)
        for sha256, extraction in batch.items()
    }
    session.add_all(readings.values())
    session.flush()
    save_findings(session, {readings[sha256].id: extraction for sha256, extraction in batch.items()})
    write_pages(session, {documents[sha256].id: one.texts for sha256, one in batch.items() if one.texts})
    place(session, {extraction.path: documents[extraction.sha256].id for extraction in extractions})
    apply_corrections(session, ids)
    assign_tenders(session, {document.id for document in documents.values()}, tender_keys, night_id=night_id)


# ---------------------------------------------------------------- record → rows


def _keep_readings(
    session: Session, documents: Mapping[str, DocumentRow], extractions: Iterable[Extraction]
) -> frozenset[str]:
    """Those put off of which a run had read something, as they stood: their reading is still what is known of them."""
    put_off = {one.sha256 for one in extractions if has_problem(one, PUT_OFF)} & documents.keys()
    readings = [
        reading
        for chunk in chunks(documents[sha256].id for sha256 in put_off)
        for reading in session.scalars(
            select(ReadingRow).where(ReadingRow.document_id.in_(chunk), ReadingRow.is_current, ReadingRow.pages > 0)
        )
    ]
    by_id = {document.id: document for document in documents.values()}
    for reading in readings:
        by_id[reading.document_id].status, by_id[reading.document_id].run_id = reading.status, reading.run_id
    return frozenset(by_id[reading.document_id].sha256 for reading in readings)


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
        replaces_earlier=extraction.replaces_earlier,
        seconds=extraction.seconds,
        reference=tender.reference,
        buyer=tender.buyer,
        object=tender.object,
        departments=list(tender.departments),
        cpv=list(tender.cpv),
        families=list(extraction.families),
        family=_first(extraction.families),
        **(sketch_columns(extraction.sketch) if extraction.sketch else {}),
    )


def _documents(session: Session, sha256s: Collection[str]) -> dict[str, DocumentRow]:
    return {
        document.sha256: document
        for chunk in chunks(sha256s)
        for document in session.scalars(select(DocumentRow).where(DocumentRow.sha256.in_(chunk)))
    }


def _first(families: Sequence[str]) -> str | None:
    return families[0] if families else None
