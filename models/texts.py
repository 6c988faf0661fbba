"""Writing and reading the texts that people search in: pages of documents, objects and lots of tenders.

The index follows in the same transaction: SQLite keeps it by triggers, PostgreSQL gets the words from here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select, text
from sqlalchemy.orm import Session

from extractors.persons import without_names
from extractors.searching import words
from extractors.text import one_line
from models.bulk import chunks
from models.finding_tables import LotRow
from models.notice_tables import NoticeLotRow, NoticeRow
from models.search_tables import TextRow
from models.tables import DocumentPathRow, ReadingRow, TenderRow, storable

_LONGEST = 100_000
"""Characters of a row: PostgreSQL indexes no more than a megabyte of words at once."""
_SEPARATOR = " · "
_INDEX = text(
    """INSERT INTO texts_index (id, words)
    VALUES (:id, to_tsvector('simple', :words) || to_tsvector('french', :words))"""
)


def write_pages(session: Session, texts: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
    """The pages of these documents (id → text of each page), in place of those they had; none is written twice.

    Gives back the text of each page that those whose text changed had.
    """
    replaced: dict[int, list[str]] = {}
    for chunk in chunks(texts):
        had = _pages(session, chunk)
        wanted = {
            id: [(number, part) for number, page in enumerate(texts[id], start=1) for part in _parts(page)]
            for id in chunk
        }
        changed = [id for id in chunk if had.get(id, []) != wanted[id]]
        replaced.update({id: _whole(had.get(id, [])) for id in changed})
        session.execute(delete(TextRow).where(TextRow.document_id.in_(changed)))
        _add(
            session,
            [
                {"document_id": id, "tender_id": None, "page": page, "text": part}
                for id in changed
                for page, part in wanted[id]
            ],
        )
    return replaced


def page_texts(session: Session, document_id: int) -> dict[int, str]:
    """Page → its text, for the pages of a document that have one; empty when they are not known."""
    pages: dict[int, str] = {}
    for page, part in _pages(session, [document_id]).get(document_id, []):
        pages[page] = pages.get(page, "") + part
    return pages


def describe_tenders(session: Session, tender_ids: Collection[int]) -> None:
    """The objects of these tenders and of their notices, and the titles of their lots, as one text for each."""
    session.flush()
    for chunk in chunks(sorted(tender_ids)):
        said = _said(session, chunk)
        query = select(TextRow.tender_id, TextRow.text).where(TextRow.tender_id.in_(chunk))
        had = dict(session.execute(query).tuples().all())
        changed = [id for id in chunk if had.get(id) != said.get(id)]
        session.execute(delete(TextRow).where(TextRow.tender_id.in_(changed)))
        _add(
            session,
            [{"document_id": None, "tender_id": id, "page": None, "text": said[id]} for id in changed if id in said],
        )


def _said(session: Session, tender_ids: Sequence[int]) -> dict[int, str]:
    found: defaultdict[int, dict[str, None]] = defaultdict(dict)
    of_lots = (
        select(DocumentPathRow.tender_id, LotRow.title)
        .join(ReadingRow, ReadingRow.document_id == DocumentPathRow.document_id)
        .join(LotRow, LotRow.reading_id == ReadingRow.id)
        .where(DocumentPathRow.tender_id.in_(tender_ids), ReadingRow.is_current)
        .order_by(DocumentPathRow.path, LotRow.id)
    )
    of_notices = select(NoticeRow.tender_id, NoticeRow.object).where(NoticeRow.tender_id.in_(tender_ids))
    of_notice_lots = (
        select(NoticeRow.tender_id, NoticeLotRow.title)
        .join(NoticeLotRow, NoticeLotRow.notice_id == NoticeRow.id)
        .where(NoticeRow.tender_id.in_(tender_ids))
        .order_by(NoticeRow.id, NoticeLotRow.position)
    )
    for query in (
        select(TenderRow.id, TenderRow.object).where(TenderRow.id.in_(tender_ids)),
        of_notices.order_by(NoticeRow.id),
        of_notice_lots,
        of_lots,
    ):
        for tender_id, said in session.execute(query).tuples():
            if tender_id is not None and said:
                found[tender_id][without_names(one_line(said))] = None
    return {id: storable(_SEPARATOR.join(texts))[:_LONGEST] for id, texts in found.items()}


def _pages(session: Session, document_ids: Collection[int]) -> dict[int, list[tuple[int, str]]]:
    query = select(TextRow.document_id, TextRow.page, TextRow.text).where(TextRow.document_id.in_(document_ids))
    found: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for document_id, page, part in session.execute(query.order_by(TextRow.document_id, TextRow.id)).tuples():
        if document_id is not None and page is not None:
            found[document_id].append((page, part))
    return found


def _whole(parts: Sequence[tuple[int, str]]) -> list[str]:
    """The text of each page, empty where it has none."""
    pages = [""] * max((page for page, _ in parts), default=0)
    for page, part in parts:
        pages[page - 1] += part
    return pages


def _parts(page: str) -> Iterable[str]:
    page = storable(page)
    return (page[start : start + _LONGEST] for start in range(0, len(page), _LONGEST))


def _add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    if not rows:
        return
    if session.get_bind().dialect.name != "postgresql":
        session.execute(insert(TextRow), rows)
        return
    ids = session.scalars(insert(TextRow).returning(TextRow.id, sort_by_parameter_order=True), rows).all()
    session.execute(
        _INDEX, [{"id": id, "words": " ".join(words(row["text"]))} for id, row in zip(ids, rows, strict=True)]
    )
