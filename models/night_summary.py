"""What a night brought, read from the database: for the morning report, the alerts and the guard."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from extractors.codes import label
from models.errors import StoreError, storage_errors
from models.night_tables import DownloadRow, NightRow, NightSourceRow, SourceRow
from models.summary import StoredProblem
from models.tables import DocumentRow, TenderRow, as_utc
from models.tender_clauses import TenderClause, clauses_of, with_added_hours
from models.views import ORDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceNightSummary:
    name: str
    title: str
    state: str
    """`ok`, `failed`, or `started` when the night was interrupted there."""
    message: str | None
    watermark: str | None
    items: int
    new_notices: int
    changed_notices: int
    downloads: int
    manual: int
    problems: int
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NightTender:
    """A tender that this night brought first."""

    id: int
    key: str
    reference: str | None
    buyer: str | None
    object: str | None
    departements: tuple[str, ...]
    family: str | None
    state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursTotal:
    """Hours of the new clauses of a family in a set of départements: a tender over several counts once."""

    family: str | None
    label: str
    departements: tuple[str, ...]
    clauses: int
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedLink:
    """A link that gave nothing, or not all, this night."""

    tender_key: str | None
    buyer: str | None
    object: str | None
    address: str
    state: str
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightSummary:
    night_id: int
    command: str
    started_at: datetime
    finished_at: datetime | None
    """None: the night was interrupted."""
    since: date | None
    until: date
    departements: tuple[str, ...]
    sources: tuple[SourceNightSummary, ...]
    documents: int
    """Read during the night, texts of the notices included."""
    failed: int
    """Those that gave nothing."""
    new_tenders: tuple[NightTender, ...]
    new_clauses: tuple[TenderClause, ...]
    """Those that no document read before this night stated; hours are those of the lot, and for the whole contract
    what it asks beyond its lots."""
    hours: tuple[HoursTotal, ...]
    """Most hours first."""
    unread: tuple[StoredProblem, ...]
    """What of the documents of the night was not read, and why."""
    missed: tuple[MissedLink, ...]
    """First what a person must fetch, a tender once: none that is cancelled, or whose documents came otherwise."""

    @property
    def failed_sources(self) -> tuple[SourceNightSummary, ...]:
        return tuple(source for source in self.sources if source.state != "ok")


_OF_NIGHT = "SELECT id FROM documents WHERE night_id = :night"
_TENDERS = f"SELECT tender_id FROM document_paths WHERE document_id IN ({_OF_NIGHT})"
# Also by the versions that others have superseded since.
_BEFORE = f"""
    SELECT held.tender_id, c.category, x.lot
    FROM (SELECT tender_id, document_id FROM document_paths
          UNION SELECT tender_id, document_id FROM document_versions) held
    JOIN documents d ON d.id = held.document_id AND (d.night_id IS NULL OR d.night_id <> :night)
    JOIN readings r ON r.document_id = d.id AND r.is_current
    JOIN clauses c ON c.reading_id = r.id
    JOIN clause_lots x ON x.clause_id = c.id
    WHERE held.tender_id IN ({_TENDERS})"""
_PROBLEMS = f"""
    SELECT chemin, etape, code, message, page FROM v_problemes WHERE document_id IN ({_OF_NIGHT})
    ORDER BY {ORDERS["v_problemes"]}"""
_GIVEN = "SELECT tender_id FROM downloads WHERE state IN ('ok', 'partial') AND sha256 IS NOT NULL"


def night_summary(engine: Engine, night_id: int) -> NightSummary:
    """Everything that the night brought, as it is known today; StoreError if there is no such night.

    `missed` tells of the links that no later night has tried again.
    """
    with storage_errors(engine.url), Session(engine) as session:
        night = session.get(NightRow, night_id)
        if night is None:
            raise StoreError(f"Passage inconnu : {night_id}. Indiquez le numéro d'un passage enregistré (v_sources).")
        asked = {"night": night_id}
        clauses = _new_clauses(session, night_id)
        problems = session.execute(text(_PROBLEMS), asked).all()
        sources = _sources(session, night_id)
        failed = select(func.count()).where(DocumentRow.night_id == night_id, DocumentRow.status == "failed")
        return NightSummary(
            night_id=night_id,
            command=night.command,
            started_at=as_utc(night.started_at),
            finished_at=night.finished_at and as_utc(night.finished_at),
            since=night.since,
            until=night.until,
            departements=tuple(night.departements),
            sources=sources,
            documents=sum(source.documents for source in sources),
            failed=session.scalar(failed) or 0,
            new_tenders=_new_tenders(session, night_id),
            new_clauses=clauses,
            hours=_hours(clauses),
            unread=tuple(
                StoredProblem(path=p.chemin, stage=p.etape, code=p.code, message=p.message, page=p.page)
                for p in problems
            ),
            missed=_missed(session, night_id),
        )


def _sources(session: Session, night_id: int) -> tuple[SourceNightSummary, ...]:
    rows = session.execute(
        select(NightSourceRow, SourceRow.title)
        .join(SourceRow, SourceRow.name == NightSourceRow.source)
        .where(NightSourceRow.night_id == night_id)
        .order_by(NightSourceRow.started_at)
    ).tuples()
    return tuple(
        SourceNightSummary(
            name=row.source,
            title=title,
            state=row.state,
            message=row.message,
            watermark=row.watermark_after,
            items=row.items,
            new_notices=row.new_notices,
            changed_notices=row.changed_notices,
            downloads=row.downloads,
            manual=row.manual,
            problems=row.problems,
            documents=row.documents,
        )
        for row, title in rows
    )


def _new_tenders(session: Session, night_id: int) -> tuple[NightTender, ...]:
    rows = session.scalars(select(TenderRow).where(TenderRow.night_id == night_id).order_by(TenderRow.key))
    return tuple(
        NightTender(
            id=row.id,
            key=row.key,
            reference=row.reference,
            buyer=row.buyer,
            object=row.object,
            departements=tuple(row.departments),
            family=row.family,
            state=row.state,
        )
        for row in rows
    )


def _new_clauses(session: Session, night_id: int) -> tuple[TenderClause, ...]:
    asked = {"night": night_id}
    before = set(session.execute(text(_BEFORE), asked).tuples())
    clauses = with_added_hours(clauses_of(session.connection(), _TENDERS, **asked))
    new = (c for c in clauses if (c.tender_id, c.category, c.lot) not in before)
    return tuple(sorted(new, key=lambda c: (c.tender_key, c.category, c.lot)))


def _hours(clauses: Sequence[TenderClause]) -> tuple[HoursTotal, ...]:
    groups: defaultdict[tuple[str | None, tuple[str, ...]], list[TenderClause]] = defaultdict(list)
    for clause in clauses:
        groups[clause.family, clause.departements].append(clause)
    totals = [
        HoursTotal(
            family=family,
            label=label("family", family) if family else "Famille inconnue",
            departements=departements,
            clauses=len(members),
            hours=sum(clause.hours for clause in members),
        )
        for (family, departements), members in groups.items()
    ]
    return tuple(sorted(totals, key=lambda total: (-total.hours, -total.clauses, total.label, total.departements)))


def _missed(session: Session, night_id: int) -> tuple[MissedLink, ...]:
    rows = session.execute(
        select(DownloadRow, TenderRow)
        .join(TenderRow, TenderRow.id == DownloadRow.tender_id, isouter=True)
        .where(DownloadRow.night_id == night_id, DownloadRow.state.not_in(("ok", "page")))
        # A person begins with the buyer's profile rather than with the notice.
        .order_by(DownloadRow.state.desc(), DownloadRow.kind == "avis", DownloadRow.address)
    ).tuples()
    done = {tender_id for (tender_id,) in session.execute(text(_GIVEN))}
    by_hand: dict[int | str, tuple[DownloadRow, TenderRow]] = {}
    others = []
    for row, tender in rows:
        if row.state != "manual":
            others.append((row, tender))
        elif row.tender_id not in done and not (tender and tender.state == "cancelled"):
            by_hand.setdefault(row.tender_id or row.subject, (row, tender))
    return tuple(
        MissedLink(
            tender_key=tender.key if tender else None,
            buyer=tender.buyer if tender else None,
            object=tender.object if tender else None,
            address=row.address,
            state=row.state,
            message=row.message,
        )
        for row, tender in (*by_hand.values(), *others)
    )
