"""What the sources of tenders say together, kept in step with them: made again, in bulk, whenever one changes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.orm import Session

from extractors.consolidation import lexicons
from extractors.consolidation.declared import compare_declared
from extractors.consolidation.obligation import Procurement, obligation
from extractors.consolidation.records import Consolidation, Contradiction, Row, Source
from extractors.consolidation.rows import consolidate
from extractors.notices.identity import one_tender
from extractors.notices.records import Notice
from extractors.schema import WHOLE_CONTRACT
from models.bulk import chunks
from models.consolidation_sources import Held, held_by, sources_of
from models.places import fill_places
from models.tables import Base, DigestRow, TenderRow
from models.tender_tables import AgreementRow, ConsolidatedRow, ConsolidatedSourceRow, ContradictionRow

_CODE = Path(lexicons.__file__).parent
_DIGEST = "consolidation"
_SAME = (
    *("lot", "category", "hours", "hours_derived", "formula", "weight_percent", "confidence", "doc_type"),
    *("document_id", "clause_id", "volume_id", "page", "quote"),
)
"""Columns of a consolidated row that the record names alike."""
_LAUNCHES = ("call", "rectification", "cancellation", "other")
"""Kinds of notices whose date tells when the tender was launched, or at the latest."""


def consolidate_tenders(session: Session, tender_ids: Collection[int], *, held: Held | None = None) -> None:
    """Make again all that is consolidated of these tenders; `held`: what they hold, where it is at hand.

    Their rows are locked first: what another worker has just written of the same tenders is seen.
    """
    for chunk in chunks(sorted(tender_ids)):
        tenders = session.scalars(
            select(TenderRow).where(TenderRow.id.in_(chunk)).order_by(TenderRow.id).with_for_update(key_share=True)
        ).all()
        _refresh(session, tenders, held or held_by(session, chunk))


def consolidate_all(session: Session) -> None:
    """Make again what is consolidated of every tender, as the rules of today say it."""
    for chunk in chunks(session.scalars(select(TenderRow.id).order_by(TenderRow.id)).all()):
        consolidate_tenders(session, chunk)
    session.execute(delete(DigestRow).where(DigestRow.name == _DIGEST))
    session.execute(insert(DigestRow), [{"name": _DIGEST, "sha256": digest()}])


def is_consolidated(connection: Connection) -> bool:
    """Whether what is consolidated follows the rules of today; the tables must be at head."""
    return connection.scalar(select(DigestRow.sha256).where(DigestRow.name == _DIGEST)) == digest()


@cache
def digest() -> str:
    """Of the code and of the lexicons by which sources are consolidated."""
    files = (*sorted(_CODE.glob("*.py")), *lexicons.LEXICONS)
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _refresh(session: Session, tenders: Sequence[TenderRow], held: Held) -> None:
    documents = {tender.id: held.documents[tender.id] for tender in tenders}
    sources = sources_of(session, documents, without=held.superseded)
    found: dict[int, Consolidation] = {}
    agreements: list[dict[str, Any]] = []
    for tender in tenders:
        told = sources.get(tender.id, ())
        found[tender.id] = consolidate(told)
        published = [stored.notice for stored in held.notices.get(tender.id, ())]
        if published:
            agreements += _compare(tender, published, told)
        else:
            tender.declared, tender.agreement = None, "unknown"
            tender.obligation, tender.obligation_reason = "not_known", "aucun avis"
    _write(session, found, agreements)
    fill_places(session, [tender.id for tender in tenders])


def _compare(tender: TenderRow, notices: Sequence[Notice], sources: Sequence[Source]) -> list[dict[str, Any]]:
    """What the tender learns from its notices, alone and beside its documents; its agreements, as rows."""
    current = one_tender(notices).current
    tender.deadline = current.deadline
    tender.published = min((notice.published for notice in notices if notice.published), default=None)
    comparison = compare_declared(current.declared, sources)
    situation = obligation(_procurement(tender, notices, current), sources)
    tender.declared, tender.agreement = comparison.declared, comparison.result
    tender.obligation, tender.obligation_reason = situation.status, situation.reason
    return [
        {
            "tender_id": tender.id,
            "lot": row.lot,
            "consideration": row.consideration,
            "declared": row.declared,
            "found": row.found,
            "result": row.result,
        }
        for row in comparison.agreements
    ]


def _procurement(tender: TenderRow, notices: Sequence[Notice], current: Notice) -> Procurement:
    lots = [lot.estimated_eur for lot in current.lots]
    of_lots = sum(value for value in lots if value is not None) if lots and None not in lots else None
    return Procurement(
        published=_launched(notices),
        estimated_eur=current.estimated_eur or of_lots,
        procedure=current.procedure,
        in_european_journal=any(_is_european(notice) for notice in notices),
        buyer=tender.buyer,
        cpv=tuple(tender.cpv),
    )


def _launched(notices: Sequence[Notice]) -> date | None:
    return min((n.published for n in notices if n.published and n.kind in _LAUNCHES), default=None)


def _is_european(notice: Notice) -> bool:
    """Published in the European journal, or says that it is."""
    named = any(reference.journal == "ted" and reference.relation == "same" for reference in notice.references)
    return notice.journal == "ted" or named or notice.contract_folder_id is not None


# ---------------------------------------------------------------- records → rows


_Name = tuple[int, str, str]
"""Tender, lot and category of a row."""


def _write(session: Session, found: Mapping[int, Consolidation], agreements: Sequence[dict[str, Any]]) -> None:
    for table in (ContradictionRow, AgreementRow, ConsolidatedRow):
        session.execute(
            delete(table).where(table.tender_id.in_(found)), execution_options={"synchronize_session": False}
        )
    ids = _write_rows(session, found)
    _insert(session, ConsolidatedSourceRow, _sources(found, ids))
    _insert(session, ContradictionRow, _contradictions(found, ids))
    _insert(session, AgreementRow, agreements)


def _insert(session: Session, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    if listed := list(rows):
        session.execute(insert(table), listed)


def _write_rows(session: Session, found: Mapping[int, Consolidation]) -> Mapping[_Name, int]:
    """The number of each row in the table."""
    rows = [
        (tender_id, row, sum(_concerns(c, row) for c in consolidation.contradictions))
        for tender_id, consolidation in found.items()
        for row in consolidation.rows
    ]
    if not rows:
        return {}
    values = [
        {
            "tender_id": tender_id,
            **{name: getattr(row, name) for name in _SAME},
            "source_count": len({source.document_id for source in row.sources}),
            "contradiction_count": contradictions,
            "is_corrected": row.corrected,
        }
        for tender_id, row, contradictions in rows
    ]
    statement = insert(ConsolidatedRow).returning(ConsolidatedRow.id, sort_by_parameter_order=True)
    ids = session.scalars(statement, values).all()
    return {(t, row.lot, row.category): id for (t, row, _), id in zip(rows, ids, strict=True)}


def _sources(found: Mapping[int, Consolidation], ids: Mapping[_Name, int]) -> Iterator[dict[str, Any]]:
    for tender_id, consolidation in found.items():
        for row in consolidation.rows:
            for position, source in enumerate(row.sources):
                consolidated_id = ids[tender_id, row.lot, row.category]
                yield {"consolidated_id": consolidated_id, "position": position, **asdict(source)}


def _contradictions(found: Mapping[int, Consolidation], ids: Mapping[_Name, int]) -> Iterator[dict[str, Any]]:
    for tender_id, consolidation in found.items():
        for c in consolidation.contradictions:
            concerned = (ids[tender_id, row.lot, row.category] for row in consolidation.rows if _concerns(c, row))
            yield {
                "tender_id": tender_id,
                "consolidated_id": next(concerned, None),
                "lot": c.lot,
                "category": c.category,
                "subject": c.subject,
                **{f"kept_{name}": value for name, value in asdict(c.kept).items()},
                **{f"other_{name}": value for name, value in asdict(c.other).items()},
            }


def _concerns(contradiction: Contradiction, row: Row) -> bool:
    """One about the whole contract is one about each of its lots."""
    return contradiction.category == row.category and contradiction.lot in (row.lot, WHOLE_CONTRACT)
