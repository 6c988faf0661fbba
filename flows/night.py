"""A night, step by step: each source in turn, its items received, their documents read, all of it stored.

Prefect calls the steps (`flows.nightly`). The watermark of a source moves after the rows of a batch are stored, so
that a night killed anywhere is finished by the next one.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from extractors.fingerprint import fingerprint
from flows.extract import open_pool
from flows.files import FoundFile, keep_bytes
from flows.http import Client
from flows.http_errors import HttpError
from flows.links import Followed, Follower
from flows.lock import SourceLock
from flows.night_settings import NightSettings, load_night_settings
from flows.plan import plan_files
from flows.pool import Pool
from flows.run import Work
from flows.settings import Settings, load_settings
from flows.sources.base import Item, Source, SourceError, Window, open_platforms, open_source
from flows.sources.settings import SourceSettings, load_source_settings
from models import (
    ReceivedNotice,
    SourceProgress,
    advance,
    finish_night,
    finish_run,
    finish_source,
    known_downloads,
    known_notices,
    open_database,
    save_notices,
    start_night,
    start_run,
    start_source,
)

AT_ONCE = 4
"""Tenders whose links are followed together; each host keeps its own pace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a night is for; what is not said comes from the settings and from the watermarks."""

    command: str = "nightly"
    sources: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    departements: tuple[str, ...] = ()

    @property
    def is_back_fill(self) -> bool:
        """Days or places of one's own: the watermarks are left where they are."""
        return self.since is not None or self.until is not None or bool(self.departements)


class Night:
    """Everything that the sources of a night share, from `with` to its end.

    Raises (entering): NightBusy when another night is at work; SettingsError, StoreError.
    """

    def __init__(self, asked: Asked, *, workers: int | None = None) -> None:
        self.asked = asked
        self.settings: Settings = load_settings()
        self.wanted: NightSettings = load_night_settings()
        self.source_settings: SourceSettings = load_source_settings()
        self._workers = workers
        self._open = ExitStack()

    @property
    def sources(self) -> tuple[str, ...]:
        return self.asked.sources or self.wanted.sources

    @property
    def departements(self) -> tuple[str, ...]:
        return self.asked.departements or self.wanted.departements

    @property
    def until(self) -> date:
        return self.asked.until or date.today()

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self.engine: Engine = open_database(self.settings.database_url)
            self.lock = opening.enter_context(SourceLock(self.engine, stale_after=self.wanted.stale_after))
            self.client = opening.enter_context(Client(self.source_settings))
            self.pool: Pool = opening.enter_context(open_pool(self.settings, workers=self._workers))
            self.threads = opening.enter_context(ThreadPoolExecutor(AT_ONCE, thread_name_prefix="clausoscope-links"))
            self.platforms = open_platforms(self.source_settings)
            self.id = start_night(
                self.engine,
                command=self.asked.command,
                since=self.asked.since,
                until=self.until,
                departements=self.departements,
            )
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if error is None:
                finish_night(self.engine, self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A notice whose bytes are in the raw store, and its text there too."""

    received: ReceivedNotice | None = None
    text: FoundFile | None = None


class SourceNight:
    """One source of a night: `receive` and `store` until nothing comes, then `finish`.

    Raises (every step): StoreError, OutputError, RuleError, LockLost. What the source itself fails at is recorded.
    """

    def __init__(self, night: Night, name: str) -> None:
        self.name = name
        self.error: str | None = None
        self._night = night
        self._fingerprint = fingerprint()
        self._scope = ",".join(night.departements)
        self._cursor: str | None = None
        self._safe: str | None = None
        self._ended = False
        self._seen = self._skipped = 0
        source: Source | None = None
        try:
            source = open_source(name, night.source_settings)
        except SourceError as error:
            self.error = str(error)
        self._run_id = start_run(
            night.engine, command=f"{night.asked.command} {name}", fingerprint=self._fingerprint, night_id=night.id
        )
        left = start_source(
            night.engine, night_id=night.id, run_id=self._run_id, name=name, title=source.title if source else name
        )
        known = left.watermark if left.scope == self._scope and not night.asked.is_back_fill else None
        self._items = source.items(self._window(known), known, night.client) if source else iter(())
        self._follower = Follower(
            client=night.client, platforms=night.platforms, folder=night.source_settings.fetched_dir / "links" / name
        )

    def receive(self) -> list[Item]:
        """The next items; empty at the end, or when the source fails."""
        self._night.lock.check()
        items: list[Item] = []
        try:
            for item in islice(self._items, self._night.settings.batch_size):
                items.append(item)
                if item.cursor and item.cursor != self._cursor:
                    # Items of one cursor may still come: only what stood before it is whole.
                    self._safe, self._cursor = self._cursor, item.cursor
        except (SourceError, HttpError) as error:
            self.error = str(error)
        self._ended = not items and self.error is None
        return items

    def store(self, items: Sequence[Item]) -> None:
        """The rows of the items: documents, then notices, then what the links gave, last the watermark."""
        night = self._night
        kept = [self._keep(item) for item in items]
        names = [one.received.name for one in kept if one.received]
        stored = known_notices(night.engine, names, fingerprint=self._fingerprint)
        new = [one.received is not None and stored.get(one.received.name) != one.received.sha256 for one in kept]
        followed = self._follow(items, new)
        texts = [one.text for one, is_new in zip(kept, new, strict=True) if is_new and one.text]
        documents = self._read([*texts, *(file for part in followed for file in part.files)])
        notices = [one.received for one, is_new in zip(kept, new, strict=True) if is_new and one.received]
        counts = save_notices(night.engine, notices, night_id=night.id, fingerprint=self._fingerprint)
        outcomes = [outcome for part in followed for outcome in part.outcomes]
        states = [outcome.state for outcome in outcomes]
        progress = SourceProgress(
            watermark=None if night.asked.is_back_fill else self._safe,
            items=len(items),
            new_notices=counts.new,
            changed_notices=counts.changed,
            downloads=sum(part.downloads for part in followed),
            manual=states.count("manual"),
            problems=states.count("failed") + states.count("partial"),
            documents=documents,
        )
        advance(night.engine, progress, outcomes, night_id=night.id, source=self.name, scope=self._scope)
        for item, part in zip(items, followed, strict=True):
            if all(outcome.state != "failed" for outcome in part.outcomes):  # else the next night goes on from there
                with contextlib.suppress(FileNotFoundError):
                    shutil.rmtree(self._follower.lay_in(item))

    def finish(self) -> None:
        """Close the source: its watermark takes the last cursor when all was given, its error is recorded when not."""
        night = self._night
        if self._ended and self._cursor and not night.asked.is_back_fill:
            whole = SourceProgress(watermark=self._cursor)
            advance(night.engine, whole, (), night_id=night.id, source=self.name, scope=self._scope)
        finish_run(night.engine, self._run_id, seen=self._seen, skipped=self._skipped)
        finish_source(night.engine, night_id=night.id, source=self.name, error=self.error)

    def _window(self, watermark: str | None) -> Window:
        night = self._night
        first = date.min if watermark else night.until - timedelta(days=night.wanted.first_days)
        return Window(since=night.asked.since or first, until=night.until, departements=night.departements)

    def _keep(self, item: Item) -> _Kept:
        """Keep the bytes of a notice as they came, whether they could be read or not, and its text as a document."""
        if not item.raw:
            return _Kept()
        raw_dir = self._night.settings.raw_dir
        path, sha256 = keep_bytes(item.raw, raw_dir=raw_dir, suffix=PurePosixPath(item.raw_name).suffix)
        notice = item.notice
        if notice is None:
            return _Kept()
        received = ReceivedNotice(notice=notice, source=self.name, raw_path=str(path), sha256=sha256)
        if not notice.text:
            return _Kept(received=received)
        path, sha256 = keep_bytes(notice.text.encode(errors="replace"), raw_dir=raw_dir, suffix=".txt")
        name = f"avis/{notice.journal}/{notice.notice_id}.txt"
        text = FoundFile(path=path, name=name, tender=item.tender_key)
        return _Kept(received=replace(received, text_sha256=sha256), text=text)

    def _follow(self, items: Sequence[Item], new: Sequence[bool]) -> list[Followed]:
        """What the links of the items give; notices of one tender often give the same links: they are tried once."""
        known = known_downloads(self._night.engine, {item.tender_key for item in items})
        seen: dict[str, set[str]] = {}
        skips = []
        for item in items:
            others = seen.setdefault(item.tender_key, set())
            skips.append(frozenset(others))
            others.update(link.url for link in item.links)

        def follow(item: Item, is_new: bool, skip: frozenset[str]) -> Followed:
            return self._follower.follow(item, known, changed=is_new, skip=skip)

        return list(self._night.threads.map(follow, items, new, skips))

    def _read(self, files: Sequence[FoundFile]) -> int:
        """Extract and store those that hold something new; how many."""
        night = self._night
        plan = plan_files(night.engine, files, night_id=night.id)
        self._seen += len(plan.todo) + len(plan.known)
        self._skipped += len(plan.known)
        if not plan.todo:
            return 0
        work = Work(night.settings, night.engine, plan, run_id=self._run_id, pool=night.pool)
        work.claim()
        count = 0
        while batch := work.read_batch():
            work.store_batch(batch)
            count += len(batch)
        return count
