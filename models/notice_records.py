"""Notices as the records that their rows were made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from extractors.notices.records import Declared, Link, Notice, NoticeLot, Reference
from models.bulk import chunks
from models.notice_tables import NoticeRow
from models.tables import as_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    notice: Notice
    """Without its text."""
    document_id: int | None
    """The document that its text is."""


def notices_of(session: Session, tender_ids: Collection[int]) -> Mapping[int, Sequence[StoredNotice]]:
    """The notices of these tenders, by tender; one without notice has none."""
    children = (NoticeRow.lots, NoticeRow.links, NoticeRow.references, NoticeRow.declared)
    found: defaultdict[int, list[StoredNotice]] = defaultdict(list)
    for chunk in chunks(tender_ids):
        query = select(NoticeRow).where(NoticeRow.tender_id.in_(chunk)).order_by(NoticeRow.journal, NoticeRow.notice_id)
        for row in session.scalars(query.options(*map(selectinload, children))):
            found[row.tender_id].append(StoredNotice(notice=notice_of(row), document_id=row.document_id))
    return found


def notice_of(row: NoticeRow) -> Notice:
    """The record that the row was made of, without its text."""
    return Notice(
        journal=row.journal,  # type: ignore[arg-type]
        notice_id=row.notice_id,
        kind=row.kind,  # type: ignore[arg-type]
        version=row.version,
        uuid=row.uuid,
        contract_folder_id=row.contract_folder_id,
        references=tuple(
            Reference(journal=r.journal, id=r.reference, relation=r.relation)  # type: ignore[arg-type]
            for r in row.references
        ),
        buyer=row.buyer,
        siret=row.siret,
        buyer_reference=row.buyer_reference,
        object=row.object,
        published=row.published,
        deadline=row.deadline and as_utc(row.deadline),
        departements=tuple(row.departements),
        cpv=tuple(row.cpv),
        lots=tuple(
            NoticeLot(number=lot.number, title=lot.title, cpv=tuple(lot.cpv), estimated_eur=lot.estimated_eur)
            for lot in row.lots
        ),
        procedure=row.procedure,
        estimated_eur=row.estimated_eur,
        links=tuple(Link(kind=link.kind, url=link.url) for link in row.links),  # type: ignore[arg-type]
        declared=tuple(
            Declared(field=d.field, value=d.value, meaning=d.meaning, lot=d.lot, text=d.text)  # type: ignore[arg-type]
            for d in row.declared
        ),
    )
