"""What the new versions of the documents of a tender change: since a day, or each against the one it replaces."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, or_, select
from sqlalchemy.orm import Session

from extractors.consolidation.changes import changes
from extractors.consolidation.records import Source
from extractors.rowkeys import Difference
from models.consolidation_sources import documents_of, sources_of
from models.errors import StoreError, storage_errors
from models.notice_records import notices_of
from models.notice_tables import TenderKeyRow
from models.tables import ReadingRow, RunRow, TenderRow, as_utc
from models.tender_tables import DocumentVersionRow
from models.versions import TenderDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChange:
    """A document, the version that replaces it, and what its rows gain, lose and change."""

    old_path: str
    new_path: str
    replaced_at: datetime
    reason: str
    """Lexicon: version_reason."""
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderChanges:
    """Of a whole tender, since a moment."""

    documents_before: int
    documents_after: int
    differences: tuple[Difference, ...]


def find_tender(engine: Engine, name: str) -> int:
    """The tender of this key or reference; StoreError when there is none, or several."""
    named = select(TenderKeyRow.tender_id).where(TenderKeyRow.key == name)
    query = select(TenderRow.id, TenderRow.key).where(
        or_(TenderRow.key == name, TenderRow.reference == name, TenderRow.id.in_(named))
    )
    with storage_errors(engine.url), Session(engine) as session:
        found = session.execute(query.order_by(TenderRow.key)).tuples().all()
    if not found:
        raise StoreError(f"Consultation inconnue : {name}. Prenez une clé ou une référence de « v_documents ».")
    if len(found) > 1:
        keys = ", ".join(key for _, key in found[:5])
        raise StoreError(f"{len(found)} consultations ont la référence {name} : indiquez une clé ({keys}…).")
    return found[0][0]


def version_changes(engine: Engine, tender_id: int) -> tuple[VersionChange, ...]:
    """Each version of a document of the tender against the one it replaces, oldest first."""
    with storage_errors(engine.url), Session(engine) as session:
        held = _Held(session, tender_id)
        return tuple(
            VersionChange(
                old_path=row.path,
                new_path=held.path_of(row.replaced_by),
                replaced_at=as_utc(row.replaced_at),
                reason=row.reason,
                differences=changes(
                    held.sources([row.document_id]),
                    held.sources([row.replaced_by]),
                    replaced={row.document_id: row.replaced_by},
                ),
            )
            for row in held.versions
            if row.reason != "copy"
        )


def changes_since(engine: Engine, tender_id: int, moment: datetime) -> TenderChanges:
    """What the documents of the tender say now against what they said at a moment (aware).

    A document that left the tender without being replaced is not remembered: it is on neither side.
    """
    with storage_errors(engine.url), Session(engine) as session:
        held = _Held(session, tender_id)
        before, after = held.known_at(moment), held.known_now()
        replaced = {row.document_id: row.replaced_by for row in held.versions}
        return TenderChanges(
            documents_before=len(before),
            documents_after=len(after),
            differences=changes(held.sources(before), held.sources(after), replaced=replaced),
        )


class _Held:
    """The documents of a tender, those that others have replaced among them."""

    def __init__(self, session: Session, tender_id: int) -> None:
        self._tender_id = tender_id
        query = select(DocumentVersionRow).where(DocumentVersionRow.tender_id == tender_id)
        self.versions = session.scalars(query.order_by(DocumentVersionRow.replaced_at, DocumentVersionRow.id)).all()
        now = documents_of(session, [tender_id], notices_of(session, [tender_id]))[tender_id]
        self._here = {document.document_id for document in now}
        paths = {row.document_id: row.path for row in self.versions}
        gone = _past(session, tender_id, {id: path for id, path in paths.items() if id not in self._here})
        self._documents = {document.document_id: document for document in (*gone, *now)}
        self._sources = {s.id: s for s in sources_of(session, {tender_id: [*self._documents.values()]})[tender_id]}

    def sources(self, document_ids: Collection[int]) -> list[Source]:
        return [self._sources[id] for id in document_ids if id in self._sources]

    def path_of(self, document_id: int) -> str:
        found = self._documents.get(document_id)
        return found.path if found else "—"

    def known_now(self) -> list[int]:
        old = {row.document_id for row in self.versions}
        return [id for id in self._documents if id in self._here and id not in old]

    def known_at(self, moment: datetime) -> list[int]:
        """Those that had come by then, the latest of each document."""
        came = {id for id, document in self._documents.items() if document.since <= moment}
        done = (row for row in self.versions if as_utc(row.replaced_at) <= moment and row.replaced_by in came)
        old = {row.document_id for row in done}
        kept = sorted(came - old, key=lambda id: self._documents[id].since)
        newest = {row.document_id: row.replaced_by for row in self.versions}
        latest = {newest.get(id, id): id for id in kept}
        return list(latest.values())


def _past(session: Session, tender_id: int, paths: Mapping[int, str]) -> Sequence[TenderDocument]:
    """Documents that the tender has no more, where it had them."""
    first = (
        select(ReadingRow.document_id, func.min(RunRow.started_at).label("since"))
        .join(RunRow, RunRow.id == ReadingRow.run_id)
        .group_by(ReadingRow.document_id)
        .subquery()
    )
    rows = session.execute(
        select(ReadingRow.document_id, ReadingRow.doc_type, first.c.since)
        .join(first, first.c.document_id == ReadingRow.document_id)
        .where(ReadingRow.document_id.in_(paths), ReadingRow.is_current)
    )
    return [
        TenderDocument(
            tender_id=tender_id,
            document_id=row.document_id,
            path=paths[row.document_id],
            doc_type=row.doc_type,
            since=as_utc(row.since),
        )
        for row in rows
    ]
