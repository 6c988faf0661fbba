"""`reprocess`: the Prefect flow that reads stored documents again once the rules have changed."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from sqlalchemy import Engine

from extractors.fingerprint import fingerprint
from flows.extract import open_pool
from flows.files import FoundFile, cannot_write
from flows.ingest import RETRY_SECONDS, may_pass
from flows.lock import SourceLock
from flows.night_settings import load_night_settings
from flows.plan import plan_files
from flows.pool import Pool
from flows.run import Work
from flows.settings import Settings, load_settings
from models import OutdatedDocument, finish_run, open_database, outdated, start_run


class Reprocessing:
    """The documents that other rules read, batch by batch, from the raw store."""

    def __init__(self, settings: Settings, engine: Engine, pool: Pool) -> None:
        self._settings = settings
        self._engine = engine
        self._pool = pool
        self.id = start_run(engine, command="reprocess", fingerprint=fingerprint())
        found = outdated(engine, fingerprint=fingerprint())
        self.documents = tuple(document for document in found if Path(document.raw_path).is_file())
        """Those whose bytes are still in the raw store."""

    def batches(self) -> Iterator[Sequence[OutdatedDocument]]:
        size = self._settings.batch_size
        for start in range(0, len(self.documents), size):
            yield self.documents[start : start + size]

    def read(self, batch: Sequence[OutdatedDocument]) -> None:
        with _named(batch, self._settings.processed_dir / "reprocess") as files:
            plan = plan_files(self._engine, files)
            work = Work(self._settings, self._engine, plan, run_id=self.id, pool=self._pool)
            work.claim()
            while records := work.read_batch():
                work.store_batch(records)

    def finish(self) -> int:
        """Close the run; how many documents were read again."""
        finish_run(self._engine, self.id, seen=len(self.documents), skipped=0)
        return len(self.documents)


@contextlib.contextmanager
def _named(batch: Sequence[OutdatedDocument], folder: Path) -> Iterator[list[FoundFile]]:
    """The raw files under the names they came with, which tell what they are; the copies do not outlive the block."""
    try:
        yield [_copied(document, folder) for document in batch]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copied(document: OutdatedDocument, folder: Path) -> FoundFile:
    copy = folder / document.sha256 / Path(document.path).name
    try:
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(document.raw_path, copy)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return FoundFile(path=copy, name=document.path, tender=document.tender_key)


@task(
    name="relire un lot de documents",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=may_pass,
)
def read(reprocessing: Reprocessing, batch: Sequence[OutdatedDocument]) -> None:
    reprocessing.read(batch)


@flow(name="reprocess", validate_parameters=False)
def reprocess(workers: int | None = None) -> int:
    """Read again the stored documents that other rules read, or that an interruption left; how many."""
    settings = load_settings()
    engine = open_database(settings.database_url)
    with (
        SourceLock(engine, stale_after=load_night_settings().stale_after) as lock,
        open_pool(settings, workers=workers) as pool,
    ):
        reprocessing = Reprocessing(settings, engine, pool)
        for batch in reprocessing.batches():
            lock.check()
            read(reprocessing, batch)
        return reprocessing.finish()
