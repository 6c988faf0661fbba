"""The sources of tenders, read from the rows of their documents in bulk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, and_, func, select
from sqlalchemy.orm import Session

from extractors.consolidation.records import Source, StatedClause, StatedVolume
from extractors.schema import WHOLE_CONTRACT, Absence, Clause, Evidence, Volume
from models.bulk import chunks
from models.copies import copies_of
from models.finding_tables import AbsenceRow, ClauseLotRow, ClauseRow, EvidenceRow, LotRow, VolumeRow
from models.notice_records import StoredNotice, notices_of
from models.tables import DocumentPathRow, ReadingRow, RunRow, as_utc
from models.versions import TenderDocument, sync_versions

_FIGURES = (
    *("category", "lot", "value", "value_max", "unit", "per", "per_amount_eur", "threshold_eur", "phase", "bound"),
    *("derived_hours", "formula", "confidence", "rule"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What tenders hold today, by tender."""

    notices: Mapping[int, Sequence[StoredNotice]]
    documents: Mapping[int, Sequence[TenderDocument]]
    superseded: Mapping[int, Collection[int]]
    """Documents that a later version replaces, or that are copies of others."""


def held_by(session: Session, tender_ids: Collection[int]) -> Held:
    """What these tenders hold; the versions and the copies among their documents are recorded."""
    notices = notices_of(session, tender_ids)
    documents = documents_of(session, tender_ids, notices)
    copies = copies_of(session, documents, notices)
    return Held(notices=notices, documents=documents, superseded=sync_versions(session, documents, notices, copies))


def documents_of(
    session: Session, tender_ids: Collection[int], notices: Mapping[int, Sequence[StoredNotice]]
) -> Mapping[int, Sequence[TenderDocument]]:
    """The documents that were read of these tenders, each once, by tender."""
    texts = {stored.document_id for rows in notices.values() for stored in rows}
    found: defaultdict[int, list[TenderDocument]] = defaultdict(list, {tender_id: [] for tender_id in tender_ids})
    for chunk in chunks(tender_ids):
        copies = (
            select(DocumentPathRow.tender_id, DocumentPathRow.document_id, func.min(DocumentPathRow.path).label("path"))
            .where(DocumentPathRow.tender_id.in_(chunk))
            .group_by(DocumentPathRow.tender_id, DocumentPathRow.document_id)
            .subquery()
        )
        past = (
            select(ReadingRow.document_id, func.min(RunRow.started_at).label("since"))
            .join(RunRow, RunRow.id == ReadingRow.run_id)
            .where(ReadingRow.document_id.in_(select(copies.c.document_id)))
            .group_by(ReadingRow.document_id)
            .subquery()
        )
        current = and_(ReadingRow.document_id == copies.c.document_id, ReadingRow.is_current)
        rows = session.execute(
            select(copies, ReadingRow.doc_type, ReadingRow.replaces_earlier, past.c.since)
            .join(ReadingRow, current)
            .join(past, past.c.document_id == copies.c.document_id)
            .order_by(copies.c.tender_id, copies.c.path)
        )
        for row in rows:
            # The text of a notice is one, whatever its words look like.
            doc_type = "avis" if row.document_id in texts else row.doc_type
            found[row.tender_id].append(
                TenderDocument(
                    tender_id=row.tender_id,
                    document_id=row.document_id,
                    path=row.path,
                    doc_type=doc_type,
                    since=as_utc(row.since),
                    replaces_earlier=row.replaces_earlier,
                )
            )
    return found


def sources_of(
    session: Session,
    documents: Mapping[int, Sequence[TenderDocument]],
    *,
    without: Mapping[int, Collection[int]] | None = None,
) -> Mapping[int, Sequence[Source]]:
    """What each of these documents says, by tender; `without` those of each tender."""
    left_out = without or {}
    kept = {
        tender_id: [d for d in held if d.document_id not in left_out.get(tender_id, ())]
        for tender_id, held in documents.items()
    }
    readings = _readings(session, {document.document_id for held in kept.values() for document in held})
    said = _Said(session, [reading_id for reading_id, _ in readings.values()])
    return {
        tender_id: [said.source(document, *readings[document.document_id]) for document in held]
        for tender_id, held in kept.items()
    }


def _readings(session: Session, document_ids: Collection[int]) -> Mapping[int, tuple[int, bool]]:
    """Document → its current reading, and whether it was read whole."""
    return {
        row.document_id: (row.id, row.status == "ok")
        for chunk in chunks(document_ids)
        for row in session.execute(
            select(ReadingRow.id, ReadingRow.document_id, ReadingRow.status).where(
                ReadingRow.document_id.in_(chunk), ReadingRow.is_current
            )
        )
    }


class _Said:
    """Clauses, volumes, absences and lots of readings, by reading; rows that a correction hides do not count."""

    def __init__(self, session: Session, reading_ids: Iterable[int]) -> None:
        self._clauses: defaultdict[int, list[StatedClause]] = defaultdict(list)
        self._volumes: defaultdict[int, list[StatedVolume]] = defaultdict(list)
        self._absences: defaultdict[int, dict[int, Absence]] = defaultdict(dict)
        self._lots: defaultdict[int, list[str]] = defaultdict(list)
        for chunk in chunks(reading_ids):
            self._read(session, chunk)

    def source(self, document: TenderDocument, reading_id: int, complete: bool) -> Source:
        return Source(
            id=document.document_id,
            doc_type=document.doc_type,
            path=document.path,
            clauses=tuple(self._clauses[reading_id]),
            volumes=tuple(self._volumes[reading_id]),
            absences=tuple(self._absences[reading_id].values()),
            lots=tuple(self._lots[reading_id]),
            since=document.since,
            complete=complete,
        )

    def _read(self, session: Session, chunk: list[int]) -> None:
        lots: defaultdict[int, list[str]] = defaultdict(list)
        of_clauses = (
            select(ClauseLotRow.clause_id, ClauseLotRow.lot)
            .join(ClauseRow, ClauseRow.id == ClauseLotRow.clause_id)
            .where(ClauseRow.reading_id.in_(chunk))
        )
        for clause_id, lot in session.execute(of_clauses).tuples():
            lots[clause_id].append(lot)
        columns = ("category", "weight_percent", "confidence", "rule")
        for row in session.execute(_rows(ClauseRow, columns, chunk)):
            clause = Clause(
                **{name: getattr(row, name) for name in columns},
                lots=tuple(sorted(lots[row.id])) or (WHOLE_CONTRACT,),
                evidence=_proof(row),
            )
            corrected = row.correction_id is not None
            self._clauses[row.reading_id].append(StatedClause(id=row.id, clause=clause, corrected=corrected))
        for row in session.execute(_rows(VolumeRow, _FIGURES, chunk)):
            volume = Volume(**{name: getattr(row, name) for name in _FIGURES}, evidence=_proof(row))
            corrected = row.correction_id is not None
            self._volumes[row.reading_id].append(StatedVolume(id=row.id, volume=volume, corrected=corrected))
        self._read_absences(session, chunk)
        numbers = select(LotRow.reading_id, LotRow.number).where(LotRow.reading_id.in_(chunk)).order_by(LotRow.id)
        for reading_id, number in session.execute(numbers).tuples():
            self._lots[reading_id].append(number)

    def _read_absences(self, session: Session, chunk: list[int]) -> None:
        """With every proof: any of them may say why."""
        query = (
            select(AbsenceRow, EvidenceRow.page, EvidenceRow.quote)
            .outerjoin(EvidenceRow, EvidenceRow.absence_id == AbsenceRow.id)
            .where(AbsenceRow.reading_id.in_(chunk))
            .order_by(AbsenceRow.id, EvidenceRow.position)
        )
        for absence, page, quote in session.execute(query).tuples():
            known = self._absences[absence.reading_id].get(absence.id)
            proofs = known.evidence if known else ()
            own = (Evidence(page=page, quote=quote),) if quote is not None else ()
            self._absences[absence.reading_id][absence.id] = Absence(
                category=absence.category, rule=absence.rule, evidence=(*proofs, *own)
            )


def _rows(table: type[ClauseRow] | type[VolumeRow], columns: Sequence[str], chunk: list[int]) -> Any:
    """The rows of these readings that no correction hides, with their first proof."""
    owner = EvidenceRow.clause_id if table is ClauseRow else EvidenceRow.volume_id
    return (
        select(
            table.id,
            table.reading_id,
            table.correction_id,
            *(getattr(table, name) for name in columns),
            EvidenceRow.page,
            EvidenceRow.quote,
        )
        .outerjoin(EvidenceRow, and_(owner == table.id, EvidenceRow.position == 0))
        .where(table.reading_id.in_(chunk), table.hidden_by.is_(None))
        .order_by(table.id)
    )


def _proof(row: Row[Any]) -> tuple[Evidence, ...]:
    return (Evidence(page=row.page, quote=row.quote),) if row.quote is not None else ()
