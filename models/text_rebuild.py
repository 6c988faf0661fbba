"""Making searchable what an earlier version stored without its text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.corrected_rows import apply_corrections
from models.database import writing
from models.errors import storage_errors
from models.search_tables import TextRow
from models.tables import DocumentRow, ReadingRow, TenderRow
from models.texts import describe_tenders, write_pages


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A document and where its bytes are kept."""

    document_id: int
    raw_path: str | None


def files_without_text(engine: Engine) -> tuple[StoredFile, ...]:
    """The documents read at least in part of which no page can be searched: an older version read them, or scans."""
    known = select(TextRow.id).where(TextRow.document_id == DocumentRow.id)
    query = (
        select(DocumentRow.id, DocumentRow.raw_path)
        .join(ReadingRow, ReadingRow.document_id == DocumentRow.id)
        .where(ReadingRow.is_current, ReadingRow.pages > 0, ~known.exists())
        .order_by(DocumentRow.id)
    )
    with storage_errors(engine.url), Session(engine) as session:
        return tuple(StoredFile(document_id=id, raw_path=path) for id, path in session.execute(query).tuples())


def save_texts(engine: Engine, texts: Mapping[int, Sequence[str]]) -> None:
    """Store the pages of these documents (number → text of each page), and look again at what is corrected of them."""
    with writing(engine) as session:
        write_pages(session, texts)
        apply_corrections(session, list(texts))


def describe_every_tender(engine: Engine) -> None:
    """Make the objects and lots of every tender searchable."""
    with writing(engine) as session:
        describe_tenders(session, session.scalars(select(TenderRow.id)).all())
