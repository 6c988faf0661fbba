"""What the morning report needs beyond the summary of its night: facts of tenders, figures of earlier days, numbers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from extractors.codes import label
from models.bulk import chunks
from models.errors import StoreError, storage_errors
from models.night_tables import NightRow, NightSourceRow, SourceRow
from models.notice_tables import DeclaredRow, NoticeLinkRow, NoticeRow
from models.tables import as_utc

MEMORY = timedelta(days=60)
"""Enough for fourteen days of a week-end kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderFacts:
    """What the notices of a tender add to its row."""

    deadline: datetime | None = None
    address: str | None = None
    """The page of its latest notice."""
    declared: tuple[str, ...] = ()
    """What its buyer declares, in French words; what it denies is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """What the nights of one day brought from a source, together."""

    source: str
    title: str
    day: date
    notices: int = 0
    documents: int = 0


def last_night(engine: Engine) -> int:
    """The number of the latest night; StoreError when there was none."""
    with storage_errors(engine.url), Session(engine) as session:
        night = session.scalar(select(NightRow.id).order_by(NightRow.id.desc()).limit(1))
    if night is None:
        raise StoreError("Aucun passage enregistré : lancez « clausoscope ingest --source boamp », puis recommencez.")
    return night


def nights_before(engine: Engine, night_id: int, *, count: int) -> tuple[int, ...]:
    """The numbers of the nights before this one, oldest first, `count` at most."""
    query = select(NightRow.id).where(NightRow.id < night_id).order_by(NightRow.id.desc()).limit(count)
    with storage_errors(engine.url), Session(engine) as session:
        return tuple(session.scalars(query))[::-1]


def tender_facts(engine: Engine, tender_ids: Collection[int]) -> Mapping[int, TenderFacts]:
    """The facts of these tenders, by their internal number; one without notice has none."""
    found: dict[int, TenderFacts] = {}
    declared: defaultdict[int, dict[str, None]] = defaultdict(dict)
    with storage_errors(engine.url), Session(engine) as session:
        for chunk in chunks(tender_ids):
            notices = session.execute(
                select(NoticeRow.tender_id, NoticeRow.deadline, NoticeLinkRow.url)
                .outerjoin(NoticeLinkRow, (NoticeLinkRow.notice_id == NoticeRow.id) & (NoticeLinkRow.kind == "notice"))
                .where(NoticeRow.tender_id.in_(chunk))
                .order_by(NoticeRow.published, NoticeRow.id)
            ).tuples()
            for tender_id, deadline, url in notices:
                known = found.get(tender_id, TenderFacts())
                latest = as_utc(deadline) if deadline else known.deadline
                found[tender_id] = TenderFacts(deadline=latest, address=url or known.address)
            fields = session.execute(
                select(NoticeRow.tender_id, DeclaredRow.meaning)
                .join(DeclaredRow, DeclaredRow.notice_id == NoticeRow.id)
                .where(NoticeRow.tender_id.in_(chunk), DeclaredRow.meaning.not_in(("aucune", "inconnu")))
                .order_by(DeclaredRow.id)
            ).tuples()
            for tender_id, meaning in fields:
                declared[tender_id][label("meaning", meaning)] = None
    return {id: replace(facts, declared=tuple(declared.get(id, ()))) for id, facts in found.items()}


def day_figures(engine: Engine, night_id: int) -> tuple[DayFigures, ...]:
    """What each source that answered brought day by day, up to this night and its day, over `MEMORY`.

    Only nights like this one count: the same départements, going on from the watermark. A night that was asked for
    days of its own is compared with nothing: empty. A source that failed this night is left out.
    """
    with storage_errors(engine.url), Session(engine) as session:
        night = session.get_one(NightRow, night_id)
        if not _goes_on(night):
            return ()
        rows = session.execute(
            select(NightSourceRow, NightRow, SourceRow.title)
            .join(NightRow, NightRow.id == NightSourceRow.night_id)
            .join(SourceRow, SourceRow.name == NightSourceRow.source)
            .where(NightRow.id <= night_id, NightRow.until > night.until - MEMORY, NightSourceRow.state == "ok")
            .order_by(NightRow.id)
        ).tuples()
        found: dict[tuple[str, date], DayFigures] = {}
        sources = set()
        for row, of, title in rows:
            if not _goes_on(of) or of.departements != night.departements:
                continue
            if of.id == night_id:
                sources.add(row.source)
            key = row.source, of.until
            day = found.get(key) or DayFigures(source=row.source, title=title, day=of.until)
            found[key] = replace(day, notices=day.notices + row.new_notices, documents=day.documents + row.documents)
    return tuple(day for (source, _), day in found.items() if source in sources)


def _goes_on(night: NightRow) -> bool:
    """Whether the night went on from the watermarks until its own day."""
    return night.since is None and night.until >= as_utc(night.started_at).date()
