"""Writing published notices: the only place where `Notice` records become rows, and tenders are joined by them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session, selectinload

from extractors.notices.identity import tender_keys
from extractors.notices.records import Notice
from models.bulk import chunks
from models.database import writing
from models.errors import storage_errors
from models.notice_tables import DeclaredRow, NoticeLinkRow, NoticeLotRow, NoticeReferenceRow, NoticeRow
from models.tables import DocumentRow
from models.tenders import fill_tenders, tender_of

NoticeName = tuple[str, str]
"""Journal and number: what names a notice."""

_PLAIN = (
    *("kind", "version", "uuid", "contract_folder_id", "buyer", "siret", "buyer_reference", "object", "published"),
    *("procedure", "estimated_eur"),
)
_CHILDREN = (NoticeRow.lots, NoticeRow.links, NoticeRow.references, NoticeRow.declared)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedNotice:
    """A notice, the bytes it was read from, and the document that its text is (empty when it has none)."""

    notice: Notice
    source: str
    raw_path: str
    sha256: str
    text_sha256: str = ""

    @property
    def name(self) -> NoticeName:
        return self.notice.journal, self.notice.notice_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeCounts:
    new: int
    changed: int


def known_notices(engine: Engine, names: Collection[NoticeName], *, fingerprint: str) -> Mapping[NoticeName, str]:
    """The SHA-256 of the bytes of those that are stored as this fingerprint reads them."""
    with storage_errors(engine.url), Session(engine) as session:
        rows = _rows(session, names)
    return {name: row.sha256 for name, row in rows.items() if row.fingerprint == fingerprint}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A notice, and where the bytes that it was read from are kept."""

    name: NoticeName
    source: str
    raw_path: str
    sha256: str
    fingerprint: str
    night_id: int


def outdated_notices(engine: Engine, *, fingerprint: str) -> tuple[StoredNotice, ...]:
    """Those that another fingerprint has read, in the order of their names."""
    query = (
        select(NoticeRow).where(NoticeRow.fingerprint != fingerprint).order_by(NoticeRow.journal, NoticeRow.notice_id)
    )
    with storage_errors(engine.url), Session(engine) as session:
        return tuple(
            StoredNotice(
                name=(row.journal, row.notice_id),
                source=row.source,
                raw_path=row.raw_path,
                sha256=row.sha256,
                fingerprint=row.fingerprint,
                night_id=row.night_id,
            )
            for row in session.scalars(query)
        )


def stamp_notices(engine: Engine, names: Collection[NoticeName], *, fingerprint: str) -> None:
    """Notices that this fingerprint reads as they stand."""
    with writing(engine) as session:
        for journal in {journal for journal, _ in names}:
            for chunk in chunks(notice_id for of, notice_id in names if of == journal):
                of_chunk = NoticeRow.journal == journal, NoticeRow.notice_id.in_(chunk)
                session.execute(update(NoticeRow).where(*of_chunk).values(fingerprint=fingerprint))


def save_notices(
    engine: Engine, received: Sequence[ReceivedNotice], *, night_id: int, fingerprint: str
) -> NoticeCounts:
    """Write a batch in one transaction, replacing what the same notices had; their texts are stored documents.

    A notice that shares a name with known tenders makes them one. Raises StoreError, and then nothing was written.
    """
    batch = {one.name: one for one in received}
    new = changed = 0
    with writing(engine) as session:
        known = _rows(session, batch)
        texts = _documents(session, {one.text_sha256 for one in batch.values()})
        touched: dict[int, None] = {}
        for name, one in batch.items():
            row = known.get(name)
            if row is None:
                new += 1
                row = NoticeRow(journal=name[0], notice_id=name[1], night_id=night_id)
            else:
                changed += row.sha256 != one.sha256
            row.tender_id = tender_of(session, tender_keys(one.notice), night_id=night_id).id
            row.document_id = texts.get(one.text_sha256)
            row.source, row.raw_path, row.sha256, row.fingerprint = one.source, one.raw_path, one.sha256, fingerprint
            _fill(row, one.notice)
            session.add(row)
            session.flush()
            touched[row.tender_id] = None
        fill_tenders(session, touched)  # one that a later notice made one with another is no more
    return NoticeCounts(new=new, changed=changed)


def _fill(row: NoticeRow, notice: Notice) -> None:
    for name in _PLAIN:
        setattr(row, name, getattr(notice, name))
    row.deadline = notice.deadline and notice.deadline.astimezone(UTC)  # SQLite keeps no zone
    row.departements, row.cpv = list(notice.departements), list(notice.cpv)
    row.lots = [
        NoticeLotRow(
            position=position, number=lot.number, title=lot.title, cpv=list(lot.cpv), estimated_eur=lot.estimated_eur
        )
        for position, lot in enumerate(notice.lots)
    ]
    row.links = [
        NoticeLinkRow(position=position, kind=link.kind, url=link.url) for position, link in enumerate(notice.links)
    ]
    row.references = [
        NoticeReferenceRow(position=position, journal=r.journal, reference=r.id, relation=r.relation)
        for position, r in enumerate(notice.references)
    ]
    row.declared = [
        DeclaredRow(position=position, field=d.field, value=d.value, meaning=d.meaning, lot=d.lot, text=d.text)
        for position, d in enumerate(notice.declared)
    ]


def _rows(session: Session, names: Collection[NoticeName]) -> dict[NoticeName, NoticeRow]:
    found = {
        (row.journal, row.notice_id): row
        for chunk in chunks({notice_id for _, notice_id in names})
        for row in session.scalars(
            select(NoticeRow).where(NoticeRow.notice_id.in_(chunk)).options(*map(selectinload, _CHILDREN))
        )
    }
    return {name: row for name, row in found.items() if name in names}


def _documents(session: Session, sha256s: Collection[str]) -> dict[str, int]:
    return {
        sha256: id
        for chunk in chunks(sha256s)
        for sha256, id in session.execute(
            select(DocumentRow.sha256, DocumentRow.id).where(DocumentRow.sha256.in_(chunk))
        ).tuples()
    }
