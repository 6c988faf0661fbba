"""A run from files to rows, step by step; Prefect calls the steps and retries those that may fail for a while."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from extractors.retry import PUT_OFF
from extractors.schema import Clause, Extraction, Timings, has_problem
from flows.budget import TenderBudget
from flows.containers import laying_folder
from flows.extract import open_pool, track
from flows.plan import Plan, keep, make_plan
from flows.pool import Pool
from flows.settings import Settings
from models import RunSummary, finish_run, mark_started, open_database, run_summary, save, start_run


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run gave: its figures, and every clause with the path of its document."""

    summary: RunSummary
    clauses: tuple[tuple[str, Clause], ...]
    put_off: int = 0
    """Documents that were not read: their tender had used up its time."""
    timings: Timings = Timings()
    """Seconds of all the readings together, whatever ran side by side."""
    store_seconds: float = 0.0


class Work:
    """The documents of a plan, step by step: their bytes kept, claimed, read by the pool, stored.

    Raises (every step): OutputError, StoreError, RuleError, with the next action in one line.
    """

    def __init__(self, settings: Settings, engine: Engine, plan: Plan, *, run_id: int, pool: Pool) -> None:
        self._settings = settings
        self._engine = engine
        self._plan = plan
        self._id = run_id
        self._pool = pool
        self._results: Iterator[Extraction] = iter(())
        self._budget = TenderBudget(settings.tender_seconds, plan.tenders)
        self._put_off = 0
        self._timings = Timings()
        self._store_seconds = 0.0

    def claim(self) -> None:
        """Keep the bytes of every file, record that its work has started, and start it."""
        files = [keep(item, raw_dir=self._settings.raw_dir) for item in self._plan.todo]
        mark_started(self._engine, run_id=self._id, files=files)
        # One stream for all the batches: no process waits for the last file of a batch.
        to_read = self._plan.to_read
        reading = track(self._pool.run(to_read, around=self._budget.around), total=len(to_read))
        self._results = chain(self._plan.failures, reading)

    def read_batch(self) -> list[Extraction]:
        """The next records; empty at the end."""
        names = self._plan.names
        batch = islice(self._results, self._settings.batch_size)
        extractions = [replace(extraction, path=names[extraction.path]) for extraction in batch]
        for extraction in extractions:
            self._timings += extraction.timings
            self._put_off += has_problem(extraction, PUT_OFF)
        return extractions

    def store_batch(self, batch: Sequence[Extraction]) -> None:
        started = time.perf_counter()
        keys = self._plan.tender_keys(batch)
        save(self._engine, batch, run_id=self._id, fingerprint=self._plan.fingerprint, tender_keys=keys)
        self._store_seconds += time.perf_counter() - started


class Run(Work):
    """One run over paths: the database, what is to do, and the pool that reads it.

    Raises (every step): InputNotFound too.
    """

    def __init__(self, settings: Settings, paths: Sequence[Path], *, workers: int | None) -> None:
        engine = open_database(settings.database_url)
        with ExitStack() as opened:
            folder = opened.enter_context(laying_folder(settings.laid_dir))
            plan = make_plan(engine, paths, folder=folder, mended=settings.mended_codes())
            run_id = start_run(engine, command="ingest", fingerprint=plan.fingerprint)
            pool = opened.enter_context(open_pool(settings, workers=workers, keep_pages=True, with_texts=True))
            super().__init__(settings, engine, plan, run_id=run_id, pool=pool)
            self._opened = opened.pop_all()
        self._clauses: list[tuple[str, Clause]] = []

    def store_batch(self, batch: Sequence[Extraction]) -> None:
        super().store_batch(batch)
        self._clauses += [(extraction.path, clause) for extraction in batch for clause in extraction.clauses]

    def finish(self) -> Report:
        seen, skipped = len(self._plan.todo) + len(self._plan.known), len(self._plan.known)
        finish_run(self._engine, self._id, seen=seen, skipped=skipped)
        return Report(
            summary=run_summary(self._engine, self._id),
            clauses=tuple(self._clauses),
            put_off=self._put_off,
            timings=self._timings,
            store_seconds=self._store_seconds,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()
