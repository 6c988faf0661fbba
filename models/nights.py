"""What happens during a night, as rows: each source, how far it came, and what each link gave."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.bulk import chunks
from models.database import writing
from models.errors import storage_errors
from models.night_tables import DownloadRow, NightRow, NightSourceRow, SourceRow
from models.notice_tables import TenderKeyRow
from models.tables import as_utc

DownloadState = Literal["ok", "partial", "page", "manual", "failed"]
"""`page`: a web page, beside another link that gave the documents or that a person must follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """A source as its last nights left it."""

    name: str
    title: str
    watermark: str | None
    scope: str
    """Départements asked for when the watermark moved, separated by commas; empty for all."""
    succeeded_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceProgress:
    """What a batch adds to the counts of a source, and how far it brings its watermark (None: not further)."""

    watermark: str | None = None
    items: int = 0
    new_notices: int = 0
    changed_notices: int = 0
    downloads: int = 0
    manual: int = 0
    problems: int = 0
    documents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one link gave, or what of an item could not be had (`address` is then the name of the item)."""

    address: str
    subject: str
    """Name of the tender, as the source gives it; may be empty."""
    kind: str
    state: DownloadState
    code: str | None = None
    message: str | None = None
    name: str | None = None
    sha256: str | None = None
    size: int | None = None
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDownload:
    state: DownloadState
    etag: str
    last_modified: str


def start_night(engine: Engine, *, command: str, since: date | None, until: date, departements: Sequence[str]) -> int:
    """Record a night and return its id."""
    with writing(engine) as session:
        night = NightRow(
            command=command,
            started_at=datetime.now(UTC),
            since=since,
            until=until,
            departements=list(departements),
        )
        session.add(night)
        session.flush()
        return night.id


def finish_night(engine: Engine, night_id: int) -> None:
    """Close the night, whatever its sources gave."""
    with writing(engine) as session:
        session.get_one(NightRow, night_id).finished_at = datetime.now(UTC)


def source_states(engine: Engine) -> Mapping[str, SourceState]:
    """Every source that was ever followed, by name."""
    with storage_errors(engine.url), Session(engine) as session:
        return {row.name: _state(row) for row in session.scalars(select(SourceRow))}


def start_source(engine: Engine, *, night_id: int, run_id: int, name: str, title: str) -> SourceState:
    """Record that the night comes to a source; returns where earlier nights left it."""
    with writing(engine) as session:
        source = session.get(SourceRow, name) or SourceRow(name=name, scope="")
        source.title = title
        session.add(source)
        session.flush()
        session.add(
            NightSourceRow(
                night_id=night_id,
                source=name,
                run_id=run_id,
                state="started",
                started_at=datetime.now(UTC),
                watermark_before=source.watermark,
                watermark_after=source.watermark,
            )
        )
        return _state(source)


def advance(
    engine: Engine,
    progress: SourceProgress,
    outcomes: Sequence[Outcome],
    *,
    night_id: int,
    source: str,
    scope: str,
) -> None:
    """Record a batch whose rows are stored: what its links gave, the counts, then the watermark, in one transaction."""
    with writing(engine) as session:
        _save_outcomes(session, outcomes, night_id=night_id, source=source)
        row = session.get_one(NightSourceRow, (night_id, source))
        for count in ("items", "new_notices", "changed_notices", "downloads", "manual", "problems", "documents"):
            setattr(row, count, getattr(row, count) + getattr(progress, count))
        if progress.watermark is not None:
            state = session.get_one(SourceRow, source)
            state.watermark, state.scope = progress.watermark, scope
            row.watermark_after = progress.watermark


def finish_source(engine: Engine, *, night_id: int, source: str, error: str | None) -> None:
    """Close a source; `error`: why it did not give all, in one line."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        row = session.get_one(NightSourceRow, (night_id, source))
        row.state, row.message, row.finished_at = "failed" if error else "ok", error, now
        state = session.get_one(SourceRow, source)
        state.error = error
        state.succeeded_at = state.succeeded_at if error else now


def known_downloads(engine: Engine, subjects: Collection[str]) -> Mapping[tuple[str, str], KnownDownload]:
    """What the links of these tenders gave last, by (address, subject)."""
    with storage_errors(engine.url), Session(engine) as session:
        return {
            (row.address, row.subject): KnownDownload(
                state=row.state,  # type: ignore[arg-type]
                etag=row.etag,
                last_modified=row.last_modified,
            )
            for chunk in chunks(subjects)
            for row in session.scalars(select(DownloadRow).where(DownloadRow.subject.in_(chunk)))
        }


def _save_outcomes(session: Session, outcomes: Sequence[Outcome], *, night_id: int, source: str) -> None:
    rows = {
        (row.address, row.subject): row
        for chunk in chunks({outcome.address for outcome in outcomes})
        for row in session.scalars(select(DownloadRow).where(DownloadRow.address.in_(chunk)))
    }
    tenders = {
        row.key: row.tender_id
        for chunk in chunks({outcome.subject for outcome in outcomes})
        for row in session.scalars(select(TenderKeyRow).where(TenderKeyRow.key.in_(chunk)))
    }
    for outcome in outcomes:
        key = outcome.address, outcome.subject
        row = rows.get(key)
        if row is None:
            row = rows[key] = DownloadRow(
                address=outcome.address, subject=outcome.subject, source=source, first_night_id=night_id, attempts=0
            )
            session.add(row)
        row.attempts = 0 if outcome.state in ("ok", "partial", "page") else row.attempts + 1
        row.night_id, row.tender_id = night_id, tenders.get(outcome.subject, row.tender_id)
        row.kind, row.state, row.code, row.message = outcome.kind, outcome.state, outcome.code, outcome.message
        if outcome.sha256:  # a failure forgets nothing of the file that came before
            row.name, row.sha256, row.size = outcome.name, outcome.sha256, outcome.size
            row.etag, row.last_modified = outcome.etag, outcome.last_modified


def _state(row: SourceRow) -> SourceState:
    return SourceState(
        name=row.name,
        title=row.title,
        watermark=row.watermark,
        scope=row.scope,
        succeeded_at=row.succeeded_at and as_utc(row.succeeded_at),
        error=row.error,
    )
