"""Which documents of tenders are copies of others, from the sketches of their current readings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from extractors.consolidation.copies import Copy, Pair, Text, alike, copies
from extractors.schema import Extraction, Sketch
from models.bulk import chunks
from models.notice_records import StoredNotice
from models.readings import extractions_of
from models.tables import DocumentRow, ReadingRow
from models.versions import TenderDocument


def copies_of(
    session: Session,
    documents: Mapping[int, Sequence[TenderDocument]],
    notices: Mapping[int, Sequence[StoredNotice]],
) -> Mapping[int, Sequence[Copy]]:
    """By tender, the copies among these documents, texts of notices apart; what was read decides, corrected or not."""
    published = {stored.document_id for found in notices.values() for stored in found}
    received = {
        tender_id: [document for document in held if document.document_id not in published]
        for tender_id, held in documents.items()
    }
    texts = _texts(session, {tender_id: held for tender_id, held in received.items() if len(held) > 1})
    pairs = {tender_id: alike(found) for tender_id, found in texts.items()}
    said = _said(session, pairs.values())
    return {tender_id: copies(found, said) for tender_id, found in pairs.items() if found}


def sketch_columns(sketch: Sketch) -> dict[str, Any]:
    """The columns of a reading that hold its sketch."""
    return {
        "kind": sketch.kind,
        "is_recognised": sketch.is_recognised,
        "word_sketch": sketch.words,
        "number_sketch": sketch.numbers,
    }


def keep_sketch(session: Session, document_id: int, sketch: Sketch | None) -> None:
    """Give the current reading of a document its sketch: one stored before there were any has none."""
    if sketch:
        current = update(ReadingRow).where(ReadingRow.document_id == document_id, ReadingRow.is_current)
        session.execute(current.values(**sketch_columns(sketch)))


def _said(session: Session, pairs: Iterable[Sequence[Pair]]) -> Mapping[int, Extraction]:
    """What was read of the documents of these pairs."""
    ids = {text.id for found in pairs for pair in found for text in (pair.one, pair.other)}
    said: dict[int, Extraction] = {}
    for chunk in chunks(ids):
        query = select(DocumentRow.sha256, DocumentRow.id).where(DocumentRow.id.in_(chunk))
        numbers = dict(session.execute(query).tuples().all())
        found = extractions_of(session, list(numbers))
        said.update({numbers[sha256]: extraction for sha256, extraction in found.items()})
    return said


def _texts(session: Session, documents: Mapping[int, Sequence[TenderDocument]]) -> Mapping[int, Sequence[Text]]:
    """By tender, the documents that have a sketch."""
    held = {document.document_id for found in documents.values() for document in found}
    readings = {
        row.document_id: row
        for chunk in chunks(held)
        for row in session.execute(
            select(
                ReadingRow.document_id,
                ReadingRow.status,
                ReadingRow.pages,
                ReadingRow.kind,
                ReadingRow.is_recognised,
                ReadingRow.word_sketch,
                ReadingRow.number_sketch,
            ).where(ReadingRow.document_id.in_(chunk), ReadingRow.is_current, ReadingRow.word_sketch.is_not(None))
        )
    }
    return {
        tender_id: [
            Text(
                id=document.document_id,
                path=document.path,
                doc_type=document.doc_type,
                sketch=Sketch(
                    words=row.word_sketch, numbers=row.number_sketch, kind=row.kind, is_recognised=row.is_recognised
                ),
                is_complete=row.status == "ok",
                pages=row.pages,
            )
            for document in found
            if (row := readings.get(document.document_id))
        ]
        for tender_id, found in documents.items()
    }
