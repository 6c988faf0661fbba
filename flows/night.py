"""A night: what it is for, and what its sources share from its beginning to its end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from types import TracebackType
from typing import Self
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from flows.extract import open_pool
from flows.fetched import forget_parts
from flows.http import Client
from flows.lock import SourceLock
from flows.night_settings import NightSettings, load_night_settings
from flows.pool import Pool
from flows.settings import Settings, load_settings
from flows.sources.base import open_platforms
from flows.sources.settings import SourceSettings, load_source_settings
from models import finish_night, open_database, start_night

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
        today = datetime.now(ZoneInfo(self.wanted.nightly_timezone)).date()
        self.until: date = asked.until or today
        """Last day of publication asked for; a night that goes past midnight keeps it."""
        self._workers = workers
        self._open = ExitStack()

    @property
    def sources(self) -> tuple[str, ...]:
        return self.asked.sources or self.wanted.sources

    @property
    def departements(self) -> tuple[str, ...]:
        return self.asked.departements or self.wanted.departements

    @property
    def is_late(self) -> bool:
        """Whether the night has lasted as long as it may."""
        return time.monotonic() > self._end

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            self.engine: Engine = open_database(self.settings.database_url)
            self.lock = opening.enter_context(SourceLock(self.engine, stale_after=self.wanted.stale_after))
            self.client = opening.enter_context(Client(self.source_settings))
            self.pool: Pool = opening.enter_context(
                open_pool(self.settings, workers=self._workers, keep_pages=True, with_texts=True)
            )
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
        self._end = time.monotonic() + self.wanted.night_hours * 3600
        forget_parts(self.source_settings.fetched_dir)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._open:
            if error is None:
                finish_night(self.engine, self.id)
