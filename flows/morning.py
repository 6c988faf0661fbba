"""The morning report of a night: what it says, its files, and to whom it is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from extractors.errors import ClausoscopeError
from extractors.notices.values import PARIS
from flows.alerts import AlertError, list_alerts
from flows.files import writing_whole
from flows.guard import Suspicion, suspicions
from flows.morning_page import News, build_page, suspicion_words
from flows.notify import Letter, send_letter
from flows.page import Page
from flows.page_html import as_html
from flows.page_text import as_markdown
from flows.report_settings import load_report_settings
from flows.settings import Settings, load_settings
from models import (
    NightSummary,
    day_figures,
    night_matches,
    night_summary,
    nights_before,
    open_database,
    tender_facts,
    to_review_count,
)

FORMATS: dict[str, Callable[[Page], str]] = {"html": as_html, "md": as_markdown}
REMEMBERED = 14
"""Nights whose report is written when they were stopped before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """A report that is written."""

    summary: NightSummary
    suspicions: tuple[Suspicion, ...]
    page: Page
    files: tuple[Path, ...]
    failures: tuple[str, ...] = ()
    """What of alerts, of sending and of earlier reports failed, one line each."""

    @property
    def doubts(self) -> tuple[str, ...]:
        """What a person has to look at, beside sources that failed."""
        return (*map(suspicion_words, self.suspicions), *self.failures)


def read_news(engine: Engine, night_id: int, *, failures: tuple[str, ...] = ()) -> News:
    """Everything that the report of a night tells, as it is known today; StoreError for an unknown night."""
    summary = night_summary(engine, night_id)
    matches = night_matches(engine, night_id)
    ids = {tender.id for tender in summary.new_tenders}
    ids |= {clause.tender_id for clause in summary.new_clauses} | {match.clause.tender_id for match in matches}
    return News(
        summary=summary,
        matches=matches,
        facts=tender_facts(engine, ids),
        suspicions=suspicions(day_figures(engine, night_id)),
        failures=failures,
        to_review=to_review_count(engine),
    )


def report_night(night_id: int, *, formats: tuple[str, ...] = tuple(FORMATS)) -> Morning:
    """Write the report of any past night again.

    Raises:
        StoreError: there is no such night. OutputError: the file cannot be written.
    """
    settings = load_settings()
    return _write(read_news(open_database(settings.database_url), night_id), settings, formats=formats)


def finish_morning(night_id: int, *, news: bool) -> Morning:
    """What ends a night: its report written and, where it is `news` (no back-fill), alerts listed and the report sent.

    What fails there is told in the report; it undoes nothing of the night.

    Raises:
        StoreError, OutputError, SettingsError.
    """
    settings, wanted = load_settings(), load_report_settings()
    engine = open_database(settings.database_url)
    if not news:
        return _write(read_news(engine, night_id), settings)
    failures = _write_forgotten(engine, settings, night_id)
    try:
        list_alerts(engine, wanted.alerts_file, night_id=night_id)
    except AlertError as error:
        failures = (*failures, str(error))
    morning = _write(read_news(engine, night_id, failures=failures), settings)
    unsent = _send(morning)
    return _write(read_news(engine, night_id, failures=(*failures, *unsent)), settings) if unsent else morning


def _send(morning: Morning) -> tuple[str, ...]:
    """Why it could not be sent, one line for each way that failed."""
    letter = Letter(
        summary=morning.summary,
        title=morning.page.title,
        warnings=morning.page.warnings,
        markdown=as_markdown(morning.page),
        html=as_html(morning.page),
    )
    failures = []
    for way in send_letter(letter, load_report_settings()):
        try:
            way()
        except ClausoscopeError as error:
            failures.append(str(error))
    return tuple(failures)


def _path(settings: Settings, summary: NightSummary, kind: str) -> Path:
    day = summary.started_at.astimezone(PARIS).date()
    return _folder(settings) / f"{_stem(summary.night_id)}-{day}.{kind}"


def _folder(settings: Settings) -> Path:
    return settings.processed_dir / "reports"


def _stem(night_id: int) -> str:
    return f"nuit-{night_id:05}"


def _write(news: News, settings: Settings, *, formats: tuple[str, ...] = tuple(FORMATS)) -> Morning:
    page = build_page(news)
    files = []
    for kind in formats:
        path = _path(settings, news.summary, kind)
        with writing_whole(path) as partial:
            partial.write_text(FORMATS[kind](page), "utf-8")
        files.append(path)
    return Morning(
        summary=news.summary, suspicions=news.suspicions, page=page, files=tuple(files), failures=news.failures
    )


def _write_forgotten(engine: Engine, settings: Settings, night_id: int) -> tuple[str, ...]:
    """The reports of nights that were stopped before theirs: what they stored is news. One line for each."""
    told = []
    for earlier in nights_before(engine, night_id, count=REMEMBERED):
        if not any(_folder(settings).glob(f"{_stem(earlier)}-*")):
            written = _write(read_news(engine, earlier), settings)
            told.append(f"Le passage n° {earlier} s'est arrêté avant son rapport : lisez aussi {written.files[0]}.")
    return tuple(told)
