"""Batches of documents read again: chosen, named, taken up where they stopped, undone.

A batch is a run that has a name. Each of its documents has a state: `todo`, then `same` (nothing changed: no new
reading), `changed` (a new reading is current), `failed` (what it had stands) or `gone` (no path leads to it any more);
after an undo, `undone` or `kept`.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, func, select, update
from sqlalchemy.orm import Session

from extractors.schema import Extraction
from models.batch_states import BatchState, batch_state, run_of
from models.bulk import chunks
from models.copies import keep_sketch
from models.corrected_rows import apply_corrections
from models.database import writing
from models.errors import StoreError, storage_errors
from models.readings import extractions_of, says_the_same
from models.selections import SelectedDocument, Selection
from models.store import save_readings
from models.tables import BatchDocumentRow, DocumentPathRow, DocumentRow, ReadingRow, RunRow
from models.tenders import fill_tenders
from models.texts import write_pages

READ_AGAIN_SINCE = "Relu depuis par un autre traitement : sa lecture actuelle est gardée."
GONE = "Son fichier a été remplacé par un autre contenu, ou retiré, depuis le choix : il n'y a plus rien à relire."
READ_FIRST = "Lu pour la première fois par ce lot : il n'a pas de lecture à retrouver."


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    id: int
    name: str
    todo: frozenset[int]
    """Documents not yet read."""
    changed: bool
    """Whether it chose what changed rules can touch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """A document that was read again, or could not be (`error` then says why and what to do)."""

    document: SelectedDocument
    extraction: Extraction | None = None
    tender_key: str | None = None
    error: str | None = None


def start_batch(
    engine: Engine,
    documents: Sequence[SelectedDocument],
    *,
    name: str | None,
    selection: Selection,
    fingerprint: str,
) -> Batch:
    """Record a batch and its documents; without a name, it gets that of its moment.

    Raises:
        StoreError: the name is taken, or the database cannot be written.
    """
    now = datetime.now(UTC)
    with writing(engine) as session:
        if name and session.scalar(select(RunRow.id).where(RunRow.name == name)):
            raise StoreError(f"Le lot « {name} » existe déjà : reprenez-le par --batch, ou choisissez un autre nom.")
        run = RunRow(command="reprocess", fingerprint=fingerprint, started_at=now, selection=_json(selection))
        session.add(run)
        session.flush()
        run.name = name or f"relecture-{now:%Y-%m-%d}-{run.id}"
        session.add_all(
            BatchDocumentRow(
                run_id=run.id, document_id=document.id, state="todo", previous_reading_id=document.reading_id
            )
            for document in documents
        )
        todo = frozenset(document.id for document in documents)
        return Batch(id=run.id, name=run.name, todo=todo, changed=selection.changed)


def resume_batch(engine: Engine, name: str) -> Batch:
    """What is left to do of a batch; StoreError when no batch has this name, or when it was undone."""
    with storage_errors(engine.url), Session(engine) as session:
        run = run_of(session, name)
        if run.undone_at:
            raise StoreError(f"Le lot « {name} » a été annulé : refaites-le sous un autre nom.")
        query = select(BatchDocumentRow.document_id).where(BatchDocumentRow.run_id == run.id)
        todo = session.scalars(query.where(BatchDocumentRow.state.in_(("todo", "failed"))))
        chosen = json.loads(run.selection or "{}")
        return Batch(id=run.id, name=name, todo=frozenset(todo), changed=chosen.get("changed", False))


def mark_gone(engine: Engine, batch: Batch, document_ids: Collection[int]) -> None:
    """Documents that were chosen, and that no tender holds any more: there is nothing to read. Raises StoreError."""
    with writing(engine) as session:
        for chunk in chunks(document_ids):
            _set_state(session, batch.id, chunk, "gone", GONE)


def leave_unchanged(
    engine: Engine, batch: Batch, documents: Sequence[SelectedDocument], *, fingerprint: str, consolidate: bool
) -> None:
    """Documents that no change of the rules can touch: their rows are those of these rules, without reading them.

    `consolidate`: whether what their tenders say is to be made again all the same.
    """
    with writing(engine) as session:
        for chunk in chunks(document.id for document in documents):
            _stamp(session, batch.id, chunk, fingerprint=fingerprint)
        if consolidate:
            _refill(session, [document.id for document in documents])


def save_batch(
    engine: Engine, batch: Batch, results: Sequence[ReadAgain], *, fingerprint: str, consolidate: bool
) -> None:
    """Write what was read again, in one transaction: readings of the documents that changed, texts, the state of each.

    `consolidate`: as for `leave_unchanged`. Raises StoreError, and then nothing of these documents was written.
    """
    with writing(engine) as session:
        stored = extractions_of(session, [result.document.sha256 for result in results])
        changed: list[ReadAgain] = []
        for result in results:
            if result.extraction is None:
                _set_state(session, batch.id, [result.document.id], "failed", result.error)
                continue
            old = stored.get(result.document.sha256)
            if old is None or not says_the_same(old, result.extraction):
                changed.append(result)
                continue
            # The status too: else an interruption would still be told of it.
            status = result.extraction.status
            keep_sketch(session, result.document.id, result.extraction.sketch)
            _stamp(session, batch.id, [result.document.id], fingerprint=fingerprint, status=status)
        read = {r.document.id: r.extraction.texts for r in results if r.extraction and r.extraction.texts}
        had = write_pages(session, read)
        if changed:
            _remember_current(session, batch.id, [result.document.id for result in changed])
            save_readings(
                session,
                [result.extraction for result in changed if result.extraction],
                run_id=batch.id,
                fingerprint=fingerprint,
                tender_keys={r.document.path: r.tender_key for r in changed if r.tender_key},
            )
            _set_state(session, batch.id, [result.document.id for result in changed], "changed")
            _remember_texts(session, batch.id, {r.document.id: had.pop(r.document.id, None) for r in changed})
        apply_corrections(session, had)
        if consolidate:
            _refill(session, [result.document.id for result in results if result not in changed])


def undo_batch(engine: Engine, name: str) -> BatchState:
    """Give the documents of a batch the readings and the searched texts that they had.

    One read again since by something else is left, and told. Where the rows of a document stayed the same, so does the
    text that the batch gave it.

    Raises:
        StoreError: no batch has this name, it was undone already, or the database cannot be written.
    """
    with writing(engine) as session:
        run = run_of(session, name)
        if run.undone_at:
            raise StoreError(f"Le lot « {name} » a déjà été annulé.")
        run.undone_at = datetime.now(UTC)
        undone: list[int] = []
        query = select(BatchDocumentRow).where(BatchDocumentRow.run_id == run.id, BatchDocumentRow.state == "changed")
        for row in session.scalars(query).all():
            current = session.scalar(
                select(ReadingRow).where(ReadingRow.document_id == row.document_id, ReadingRow.is_current)
            )
            previous = row.previous_reading_id and session.get(ReadingRow, row.previous_reading_id)
            if current is None or current.run_id != run.id:
                row.state, row.message = "kept", READ_AGAIN_SINCE
            elif not previous:
                row.state, row.message = "kept", READ_FIRST
            else:
                _put_back(session, current, previous)
                if row.previous_texts is not None:
                    write_pages(session, {row.document_id: json.loads(zlib.decompress(row.previous_texts))})
                row.state, row.previous_texts = "undone", None
                undone.append(row.document_id)
        session.flush()
        apply_corrections(session, undone)
        _refill(session, undone)
    return batch_state(engine, name)


def finish_batch(engine: Engine, batch: Batch) -> BatchState:
    """Close a batch whose documents were all tried."""
    with writing(engine) as session:
        run = session.get_one(RunRow, batch.id)
        states = select(BatchDocumentRow.state, func.count()).where(BatchDocumentRow.run_id == run.id)
        counts = dict(session.execute(states.group_by(BatchDocumentRow.state)).tuples().all())
        run.finished_at, run.seen, run.skipped = datetime.now(UTC), sum(counts.values()), counts.get("same", 0)
        of_run = select(DocumentRow.status, func.count()).where(DocumentRow.run_id == run.id)
        status = dict(session.execute(of_run.group_by(DocumentRow.status)).tuples().all())
        run.ok, run.partial, run.failed = (status.get(name, 0) for name in ("ok", "partial", "failed"))
    return batch_state(engine, batch.name)


# ---------------------------------------------------------------- parts


def _json(selection: Selection) -> str:
    chosen = {key: value for key, value in asdict(selection).items() if value}
    return json.dumps(chosen, ensure_ascii=False, default=str)


def _stamp(session: Session, run_id: int, document_ids: Collection[int], **values: str) -> None:
    """The rows of these documents are those of a fingerprint, given in `values`."""
    session.execute(update(DocumentRow).where(DocumentRow.id.in_(document_ids)).values(values))
    _set_state(session, run_id, document_ids, "same")


def _set_state(
    session: Session, run_id: int, document_ids: Collection[int], state: str, message: str | None = None
) -> None:
    of_batch = BatchDocumentRow.run_id == run_id, BatchDocumentRow.document_id.in_(document_ids)
    session.execute(update(BatchDocumentRow).where(*of_batch).values(state=state, message=message))


def _remember_current(session: Session, run_id: int, document_ids: Collection[int]) -> None:
    """What an undo gives back: the readings that stand now; another run may have made them since the choice."""
    for chunk in chunks(document_ids):
        query = select(ReadingRow.document_id, ReadingRow.id).where(
            ReadingRow.document_id.in_(chunk), ReadingRow.is_current, ReadingRow.run_id != run_id
        )
        for document_id, reading_id in session.execute(query).tuples().all():
            session.execute(
                update(BatchDocumentRow)
                .where(BatchDocumentRow.run_id == run_id, BatchDocumentRow.document_id == document_id)
                .values(previous_reading_id=reading_id)
            )


def _remember_texts(session: Session, run_id: int, texts: Mapping[int, list[str] | None]) -> None:
    """What an undo gives back: the pages whose text the batch has replaced, another version having read them."""
    for document_id, pages in ((id, pages) for id, pages in texts.items() if pages is not None):
        session.execute(
            update(BatchDocumentRow)
            .where(BatchDocumentRow.run_id == run_id, BatchDocumentRow.document_id == document_id)
            .values(previous_texts=zlib.compress(json.dumps(pages).encode()))
        )


def _put_back(session: Session, current: ReadingRow, previous: ReadingRow) -> None:
    """Make a past reading the current one; its document is as up to date as it is."""
    current.is_current = False
    session.flush()  # one reading at a time is current
    previous.is_current = True
    document = session.get_one(DocumentRow, previous.document_id)
    document.status, document.fingerprint, document.run_id = previous.status, previous.fingerprint, previous.run_id


def _refill(session: Session, document_ids: Collection[int]) -> None:
    """What the tenders of these documents say follows their readings."""
    touched: set[int] = set()
    for chunk in chunks(document_ids):
        query = select(DocumentPathRow.tender_id).where(DocumentPathRow.document_id.in_(chunk))
        touched.update(id for id in session.scalars(query) if id is not None)
    fill_tenders(session, touched)
