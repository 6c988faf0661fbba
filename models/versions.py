"""Which documents of a tender do not count, replaced by later versions or copies of others: kept in step with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from extractors.consolidation.copies import Copy
from extractors.consolidation.versions import File, superseded
from extractors.notices.identity import restated
from models.bulk import chunks
from models.corrected_rows import carry_over
from models.notice_records import StoredNotice
from models.tables import DocumentRow
from models.tender_tables import DocumentVersionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderDocument:
    """A document where a tender has it now."""

    tender_id: int
    document_id: int
    path: str
    """The first by alphabetical order, where there are copies."""
    doc_type: str
    since: datetime
    """When it was first read, aware."""
    replaces_earlier: bool = False

    @property
    def file(self) -> File:
        return File(
            id=self.document_id,
            path=self.path,
            doc_type=self.doc_type,
            since=self.since.date(),
            replaces_earlier=self.replaces_earlier,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """A path whose bytes are others from now on."""

    tender_id: int
    path: str
    old: int
    new: int


def record_replaced(session: Session, replaced: Collection[Replaced]) -> None:
    """The documents that were at these paths are older versions; a file that could never be had is none."""
    had: set[int] = set()
    for chunk in chunks({row.old for row in replaced}):
        query = select(DocumentRow.id).where(DocumentRow.id.in_(chunk), DocumentRow.sha256.not_like("path:%"))
        had.update(session.scalars(query))
    now = datetime.now(UTC)
    _add(session, [(row.tender_id, row.path, row.old, row.new, now, "same_path") for row in replaced if row.old in had])


def record_dropped(
    session: Session, *, before: Mapping[int, Sequence[TenderDocument]], now: Mapping[int, Sequence[TenderDocument]]
) -> None:
    """Documents that tenders have no more: those whose name, but for a mark of version, is that of one they have."""
    rows = []
    for tender_id, held in now.items():
        here = {document.document_id: document for document in held}
        gone = {d.document_id: d for d in before.get(tender_id, ()) if d.document_id not in here}
        for pair in superseded([document.file for document in (*gone.values(), *here.values())]):
            if pair.old in gone and pair.new in here:
                rows.append((tender_id, gone[pair.old].path, pair.old, pair.new, here[pair.new].since, pair.reason))
    _add(session, rows)


def sync_versions(
    session: Session,
    documents: Mapping[int, Sequence[TenderDocument]],
    notices: Mapping[int, Sequence[StoredNotice]],
    copies: Mapping[int, Sequence[Copy]],
) -> Mapping[int, frozenset[int]]:
    """Record the versions and copies among what these tenders hold; by tender, the documents that do not count."""
    stored: defaultdict[int, list[DocumentVersionRow]] = defaultdict(list)
    for chunk in chunks(documents):
        for row in session.scalars(select(DocumentVersionRow).where(DocumentVersionRow.tender_id.in_(chunk))):
            stored[row.tender_id].append(row)
    outdated: list[int] = []
    new: list[_Version] = []
    found: dict[int, frozenset[int]] = {}
    for tender_id, held in documents.items():
        versions = _versions(tender_id, held, notices.get(tender_id, ()), copies.get(tender_id, ()))
        here = {document.document_id for document in held}
        known = {(row.document_id, row.replaced_by, row.reason): row for row in stored[tender_id]}
        wanted = {(old, replaced_by, reason) for _, _, old, replaced_by, _, reason in versions}
        # What is no more at hand stays on record; what came back is no older version.
        outdated += [row.id for key, row in known.items() if key not in wanted and row.document_id in here]
        new += [row for row in versions if (row[2], row[3], row[5]) not in known]
        found[tender_id] = frozenset(old for old, *_ in wanted)
    for chunk in chunks(outdated):
        session.execute(delete(DocumentVersionRow).where(DocumentVersionRow.id.in_(chunk)))
    _add(session, new)
    carry_over(session, {(old, newer) for _, _, old, newer, _, _ in new})
    return found


_Version = tuple[int, str, int, int, datetime, str]
"""Tender, path of the document that does not count, its number, that of the one that does, when, reason."""


def _versions(
    tender_id: int, held: Sequence[TenderDocument], notices: Sequence[StoredNotice], copies: Sequence[Copy]
) -> list[_Version]:
    by_id = {document.document_id: document for document in held}
    ids = {stored.notice: stored.document_id for stored in notices if stored.document_id in by_id}
    pairs = [(ids.get(old), ids.get(new), "notice") for old, new in restated(list(ids))]
    pairs += [(copy.id, copy.of, "copy") for copy in copies]
    apart = {*ids.values(), *(copy.id for copy in copies)}
    files = [document.file for document in held if document.document_id not in apart]
    pairs += [(pair.old, pair.new, pair.reason) for pair in superseded(files)]
    return [
        (tender_id, by_id[old].path, old, new, max(by_id[old].since, by_id[new].since), reason)
        for old, new, reason in pairs
        if old is not None and new is not None and old != new
    ]


def _add(session: Session, rows: Iterable[_Version]) -> None:
    """Each document once in its tender: what is known last of it stands."""
    latest = {(row[0], row[2]): row for row in rows}
    for tender_id, old in latest:
        session.execute(
            delete(DocumentVersionRow).where(
                DocumentVersionRow.tender_id == tender_id, DocumentVersionRow.document_id == old
            )
        )
    if latest:
        names = ("tender_id", "path", "document_id", "replaced_by", "replaced_at", "reason")
        session.execute(insert(DocumentVersionRow), [dict(zip(names, row, strict=True)) for row in latest.values()])
