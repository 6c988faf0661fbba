"""Where batches are: their documents by state, and those that could not be read again, or put back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from models.errors import StoreError, storage_errors
from models.tables import BatchDocumentRow, DocumentPathRow, DocumentRow, RunRow, as_utc
from models.tender_tables import DocumentVersionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """Where a batch is."""

    id: int
    name: str
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    selection: str
    """JSON of what it chose."""
    counts: Mapping[str, int]
    """State → documents."""
    told: tuple[tuple[str, str, str], ...]
    """State, path and message of the documents that could not be read again, or put back."""


def list_batches(engine: Engine) -> tuple[BatchState, ...]:
    """Every batch, the last one first; StoreError when the database cannot be read."""
    with storage_errors(engine.url), Session(engine) as session:
        runs = session.scalars(select(RunRow).where(RunRow.name.is_not(None)).order_by(RunRow.id.desc())).all()
        return tuple(_state(session, run) for run in runs)


def batch_state(engine: Engine, name: str) -> BatchState:
    """One batch; StoreError when none has this name, or the database cannot be read."""
    with storage_errors(engine.url), Session(engine) as session:
        return _state(session, run_of(session, name))


def _state(session: Session, run: RunRow) -> BatchState:
    # A document whose file is gone is told by the place that it had.
    had = select(func.min(DocumentVersionRow.path)).where(
        DocumentVersionRow.document_id == BatchDocumentRow.document_id
    )
    raw = select(DocumentRow.raw_path).where(DocumentRow.id == BatchDocumentRow.document_id)
    paths = func.coalesce(func.min(DocumentPathRow.path), had.scalar_subquery(), raw.scalar_subquery())
    query = (
        select(BatchDocumentRow.state, BatchDocumentRow.message, paths)
        .outerjoin(DocumentPathRow, DocumentPathRow.document_id == BatchDocumentRow.document_id)
        .where(BatchDocumentRow.run_id == run.id)
        .group_by(BatchDocumentRow.document_id, BatchDocumentRow.state, BatchDocumentRow.message)
        .order_by(paths)
    )
    rows = session.execute(query).tuples().all()
    return BatchState(
        id=run.id,
        name=run.name or "",
        started_at=as_utc(run.started_at),
        finished_at=run.finished_at and as_utc(run.finished_at),
        undone_at=run.undone_at and as_utc(run.undone_at),
        selection=run.selection or "{}",
        counts=Counter(state for state, _, _ in rows),
        told=tuple((state, path or "", message) for state, message, path in rows if message),
    )


def run_of(session: Session, name: str) -> RunRow:
    """The run that carries a batch; StoreError when no batch has this name."""
    if run := session.scalar(select(RunRow).where(RunRow.name == name)):
        return run
    raise StoreError(f"Aucun lot de relecture ne s'appelle « {name} » : « clausoscope batches » les liste.")
