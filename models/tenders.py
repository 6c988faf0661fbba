"""Which documents and notices make one tender, and what they say of it together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath

from sqlalchemy import Engine, and_, delete, exists, or_, select, update
from sqlalchemy.orm import Session

from extractors.codes import codes_of
from extractors.notices.identity import one_tender
from extractors.notices.records import Notice
from models.bulk import chunks
from models.consolidate import consolidate_tenders
from models.consolidation_sources import documents_of, held_by
from models.corrected_rows import carry_over, correct_families
from models.correction_tables import CorrectionRow
from models.database import writing
from models.night_tables import AlertMatchRow, DownloadRow
from models.notice_tables import NoticeRow, TenderKeyRow
from models.tables import DocumentPathRow, ReadingRow, TenderRow, storable
from models.tender_tables import DocumentVersionRow
from models.texts import describe_tenders
from models.versions import Replaced, record_dropped, record_replaced

_FACTS = ("reference", "buyer", "object", "departments", "cpv", "families")


def place(session: Session, found: Mapping[str, int]) -> None:
    """Each path holds its document from now on; the one it held before leaves it, what was corrected of it stays."""
    found = {storable(path): document_id for path, document_id in found.items()}
    known: dict[str, DocumentPathRow] = {}
    for chunk in chunks(found):
        rows = session.scalars(select(DocumentPathRow).where(DocumentPathRow.path.in_(chunk)))
        known.update((row.path, row) for row in rows)
    changed = {(row.document_id, found[path]) for path, row in known.items() if row.document_id != found[path]}
    replaced = [
        Replaced(tender_id=row.tender_id, path=path, old=row.document_id, new=found[path])
        for path, row in known.items()
        if row.tender_id is not None and row.document_id != found[path]
    ]
    record_replaced(session, replaced)
    for path, document_id in found.items():
        if row := known.get(path):
            row.document_id = document_id
        else:
            session.add(DocumentPathRow(path=path, name=PurePath(path).name, document_id=document_id))
    session.flush()
    carry_over(session, changed)


def drop_paths(engine: Engine, folder: str, *, kept: Collection[str]) -> None:
    """Those below `folder` (`tender/link/`) that are not `kept` leave their tender: a DCE of today has them no more."""
    with writing(engine) as session:
        below = select(DocumentPathRow).where(DocumentPathRow.path.startswith(storable(folder), autoescape=True))
        gone = [row for row in session.scalars(below) if row.path not in {storable(path) for path in kept}]
        touched = {row.tender_id for row in gone if row.tender_id is not None}
        before = documents_of(session, touched, {})
        for row in gone:
            session.delete(row)
        session.flush()
        now = documents_of(session, touched, {})
        record_dropped(session, before=before, now=now)
        fill_tenders(session, touched)


def assign_tenders(
    session: Session, document_ids: Collection[int], keys: Mapping[str, str], *, night_id: int | None = None
) -> None:
    """Give the paths of the documents their tender, and the tenders their facts; `keys`: path → name of its tender."""
    keys = {storable(path): storable(key) for path, key in keys.items()}
    places = [
        place
        for chunk in chunks(document_ids)
        for place in session.scalars(select(DocumentPathRow).where(DocumentPathRow.document_id.in_(chunk)))
    ]
    # A copy without a key of its own follows the other copies of its document.
    followed = {place.document_id: place.tender_id for place in places if place.tender_id is not None}
    for place in places:
        if place.tender_id is None and place.path not in keys:
            place.tender_id = followed.get(place.document_id)
    wanted = {p.path: keys.get(p.path, p.path) for p in places if p.path in keys or p.tender_id is None}
    tenders = _named(session, wanted.values())
    for key in dict.fromkeys(wanted.values()):
        if key not in tenders:
            tenders[key] = _new_tender(session, [key], night_id=night_id).id
    touched = {place.tender_id for place in places if place.tender_id is not None}
    for place in places:
        if place.path in wanted:
            place.tender_id = tenders[wanted[place.path]]
            touched.add(place.tender_id)
    session.flush()
    fill_tenders(session, touched)


def tender_of(session: Session, keys: Sequence[str], *, night_id: int | None) -> TenderRow:
    """The tender of these names: the one that bears any of them, several made one, or else a new one."""
    keys = [storable(key) for key in keys]
    named = _named(session, keys)
    if not named:
        return _new_tender(session, keys, night_id=night_id)
    first, *others = sorted(set(named.values()))
    tender = session.get_one(TenderRow, first)
    for other in others:
        _merge(session, tender, session.get_one(TenderRow, other))
    session.add_all(TenderKeyRow(key=key, tender_id=first) for key in dict.fromkeys(keys) if key not in named)
    session.flush()
    return tender


def fill_tenders(session: Session, tender_ids: Collection[int]) -> None:
    """What their notices and documents say together; a tender that has neither, nor a correction, is no more."""
    session.flush()
    tenders = _locked(session, tender_ids)
    held = held_by(session, tenders)
    notices, places = held.notices, _places(session, tenders)
    standing = {*places, *notices, *_corrected(session, tenders)}
    for tender_id, tender in tenders.items():
        if tender_id in standing:
            _fill(tender, places.get(tender_id, ()), [stored.notice for stored in notices.get(tender_id, ())])
        else:
            session.execute(delete(TenderKeyRow).where(TenderKeyRow.tender_id == tender_id))
            session.delete(tender)
    session.flush()
    kept = [id for id in tenders if id in standing]
    correct_families(session, kept)
    describe_tenders(session, kept)
    consolidate_tenders(session, kept, held=held)


def _corrected(session: Session, tender_ids: Collection[int]) -> set[int]:
    """Those whose families a person corrected: documents that come again find them there."""
    return {
        found
        for chunk in chunks(tender_ids)
        for found in session.scalars(
            select(CorrectionRow.tender_id).where(
                CorrectionRow.tender_id.in_(chunk),
                CorrectionRow.kind == "family",
                CorrectionRow.document_id.is_(None),
                CorrectionRow.withdrawn_at.is_(None),
            )
        )
        if found is not None
    }


def _locked(session: Session, tender_ids: Collection[int]) -> Mapping[int, TenderRow]:
    """The tenders as they are now: no other worker changes them, nor what is said of them, before the end.

    With a lock that lets new documents refer to them: a stronger one would meet those of other workers.
    """
    return {
        tender.id: tender
        for chunk in chunks(sorted(tender_ids))
        for tender in session.scalars(
            select(TenderRow).where(TenderRow.id.in_(chunk)).order_by(TenderRow.id).with_for_update(key_share=True),
            execution_options={"populate_existing": True},
        )
    }


Place = tuple[ReadingRow | None, str]
"""The current reading of a document, and a path where it is; those that a later version supersedes are left out."""


def _places(session: Session, tender_ids: Collection[int]) -> Mapping[int, Sequence[Place]]:
    current_reading = and_(ReadingRow.document_id == DocumentPathRow.document_id, ReadingRow.is_current)
    superseded = exists().where(
        DocumentVersionRow.tender_id == DocumentPathRow.tender_id,
        DocumentVersionRow.document_id == DocumentPathRow.document_id,
    )
    found: defaultdict[int, list[Place]] = defaultdict(list)
    for chunk in chunks(tender_ids):
        rows = session.execute(
            select(DocumentPathRow.tender_id, ReadingRow, DocumentPathRow.path)
            .select_from(DocumentPathRow)
            .outerjoin(ReadingRow, current_reading)
            .where(DocumentPathRow.tender_id.in_(chunk), or_(ReadingRow.id.is_(None), ~superseded))
        ).all()
        for tender_id, reading, path in rows:
            if tender_id is not None:
                found[tender_id].append((reading, path))
    return found


def _fill(tender: TenderRow, places: Iterable[Place], notices: Sequence[Notice]) -> None:
    """What its notices say together, else its documents, in the order of `doc_type`."""
    rank = {code: position for position, code in enumerate(codes_of("doc_type"))}
    read = [(reading, path) for reading, path in places if reading is not None]
    documents = [
        reading for reading, path in sorted(read, key=lambda row: (rank.get(row[0].doc_type, len(rank)), row[1]))
    ]
    for fact in _FACTS:
        values = [getattr(document, fact) for document in documents] or [None if fact in _FACTS[:3] else []]
        setattr(tender, fact, next(filter(None, values), values[0]))
    tender.family = tender.families[0] if tender.families else None
    if notices:
        said = one_tender(notices)
        current = said.current
        tender.key, tender.state = said.key, said.state
        tender.reference = current.buyer_reference or tender.reference
        tender.buyer, tender.object = current.buyer or tender.buyer, current.object or tender.object
        tender.departments = list(current.departements) or tender.departments
        tender.cpv = list(current.cpv) or tender.cpv


def _named(session: Session, keys: Iterable[str]) -> dict[str, int]:
    """Name → tender, for those that are known."""
    return {
        row.key: row.tender_id
        for chunk in chunks(set(keys))
        for row in session.scalars(select(TenderKeyRow).where(TenderKeyRow.key.in_(chunk)))
    }


def _new_tender(session: Session, keys: Sequence[str], *, night_id: int | None) -> TenderRow:
    tender = TenderRow(key=keys[0], night_id=night_id)
    session.add(tender)
    session.flush()
    session.add_all(TenderKeyRow(key=key, tender_id=tender.id) for key in dict.fromkeys(keys))
    session.flush()
    return tender


def _merge(session: Session, tender: TenderRow, other: TenderRow) -> None:
    """Everything of the other tender becomes this one's; what an alert has listed for either stays listed."""
    listed = select(AlertMatchRow.alert, AlertMatchRow.clause).where(AlertMatchRow.tender_id == tender.id)
    for alert, clause in session.execute(listed).tuples().all():
        session.execute(
            delete(AlertMatchRow).where(
                AlertMatchRow.tender_id == other.id, AlertMatchRow.alert == alert, AlertMatchRow.clause == clause
            )
        )
    known = select(DocumentVersionRow.document_id).where(DocumentVersionRow.tender_id == tender.id)
    session.execute(
        delete(DocumentVersionRow).where(
            DocumentVersionRow.tender_id == other.id, DocumentVersionRow.document_id.in_(known)
        )
    )
    moved = (TenderKeyRow, NoticeRow, DocumentPathRow, DownloadRow, AlertMatchRow, DocumentVersionRow, CorrectionRow)
    for table in moved:
        session.execute(update(table).where(table.tender_id == other.id).values(tender_id=tender.id))
    nights = [night for night in (tender.night_id, other.night_id) if night is not None]
    tender.night_id = min(nights, default=None)
    session.delete(other)
    session.flush()
