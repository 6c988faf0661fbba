"""The corrections as they stand, and what they call documents and tenders."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from extractors.corrections import Action, Row, State
from extractors.errors import CorrectionError
from models.bulk import chunks
from models.corrected_rows import IN_FORCE
from models.correction_tables import CorrectionRow
from models.errors import storage_errors
from models.records import from_plain
from models.tables import DocumentPathRow, DocumentRow, TenderRow, as_utc

Kind = Literal["clause", "volume", "family", "document"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCorrection:
    """A correction as it stands today; `before` and `after` are rows, or families."""

    id: int
    kind: Kind
    action: Action
    state: State
    tender: str | None
    """Key of the tender, None when the document is in none."""
    path: str | None
    """Where the document is, None when it is nowhere any more, or for a tender."""
    document_id: int | None
    tender_id: int | None
    category: str | None
    lot: str | None
    page: int | None
    quote: str | None
    before: Row | tuple[str, ...] | None
    after: Row | tuple[str, ...] | None
    author: str
    reason: str
    created_at: datetime
    checked_at: datetime
    replaced_by: int | None
    origin_id: int | None


def find_document(engine: Engine, name: str) -> int:
    """The number of a document, from that number, its path (`chemin`) or the first letters of its SHA-256."""
    with storage_errors(engine.url), Session(engine) as session:
        queries = [select(DocumentPathRow.document_id).where(DocumentPathRow.path == name)]
        if name.isdigit():
            queries.insert(0, select(DocumentRow.id).where(DocumentRow.id == int(name)))
        if re.fullmatch(r"[0-9a-f]{8,64}", name):
            queries.append(select(DocumentRow.id).where(DocumentRow.sha256.startswith(name)))
        for query in queries:
            if len(found := set(session.scalars(query))) == 1:
                return found.pop()
    raise CorrectionError(f"Document « {name} » inconnu : donnez son document_id ou son chemin, lus dans v_documents.")


def raw_path_of(engine: Engine, document_id: int) -> str | None:
    """Where the bytes of a document are kept, None when they are not."""
    with storage_errors(engine.url), Session(engine) as session:
        return session.scalar(select(DocumentRow.raw_path).where(DocumentRow.id == document_id))


def list_corrections(
    engine: Engine, *, to_review: bool = False, with_history: bool = False, document_id: int | None = None
) -> tuple[StoredCorrection, ...]:
    """The corrections in force, the latest first; `with_history`: also those replaced or withdrawn.

    `to_review`: those whose words are no more in the document, or that found nothing to stand on.
    """
    query = select(CorrectionRow).order_by(CorrectionRow.id.desc())
    if not with_history:
        query = query.where(*IN_FORCE)
    if to_review:
        query = query.where(CorrectionRow.state.in_(("missing", "text_changed")))
    if document_id is not None:
        query = query.where(CorrectionRow.document_id == document_id)
    with storage_errors(engine.url), Session(engine) as session:
        rows = session.scalars(query).all()
        paths = paths_of(session, {row.document_id for row in rows if row.document_id is not None})
        ids = {row.tender_id for row in rows if row.tender_id is not None} | {t for _, t in paths.values() if t}
        keys = {
            id: key
            for chunk in chunks(ids)
            for id, key in session.execute(select(TenderRow.id, TenderRow.key).where(TenderRow.id.in_(chunk))).tuples()
        }
        return tuple(_stored(row, paths, keys) for row in rows)


def to_review_count(engine: Engine) -> int:
    """How many corrections wait for somebody to look at them, of documents that are still somewhere."""
    return sum(c.path is not None or c.document_id is None for c in list_corrections(engine, to_review=True))


def paths_of(session: Session, document_ids: Collection[int]) -> dict[int, tuple[str, int | None]]:
    """Document → its first path, and the tender it is in there."""
    found: dict[int, tuple[str, int | None]] = {}
    for chunk in chunks(document_ids):
        query = select(DocumentPathRow.document_id, DocumentPathRow.path, DocumentPathRow.tender_id)
        rows = session.execute(query.where(DocumentPathRow.document_id.in_(chunk)).order_by(DocumentPathRow.path))
        for document_id, path, tender_id in rows.tuples():
            found.setdefault(document_id, (path, tender_id))
    return found


def _stored(row: CorrectionRow, paths: dict[int, tuple[str, int | None]], keys: dict[int, str]) -> StoredCorrection:
    path, tender_id = (None, row.tender_id) if row.document_id is None else paths.get(row.document_id, (None, None))

    def said(plain: dict[str, Any] | None) -> Row | tuple[str, ...] | None:
        if plain is None or row.kind == "document":
            return None
        return tuple(plain["families"]) if row.kind == "family" else from_plain(row.kind, plain)

    return StoredCorrection(
        id=row.id,
        kind=row.kind,  # type: ignore[arg-type]
        action=row.action,  # type: ignore[arg-type]
        state=row.state,  # type: ignore[arg-type]
        tender=keys.get(tender_id) if tender_id is not None else None,
        path=path,
        document_id=row.document_id,
        tender_id=tender_id,
        category=row.category,
        lot=row.lot,
        page=row.page,
        quote=row.quote,
        before=said(row.before),
        after=said(row.after),
        author=row.author,
        reason=row.reason,
        created_at=as_utc(row.created_at),
        checked_at=as_utc(row.checked_at),
        replaced_by=row.replaced_by,
        origin_id=row.origin_id,
    )
