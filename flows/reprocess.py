"""`reprocess`: the Prefect flow that reads stored documents again once the rules have changed.

Pages already read are taken from `data/processed/pages`; a document that no change of the rules can touch is not even
matched again. What a document says now is compared with what it said: where nothing changed, nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from extractors.fingerprint import fingerprint
from flows.again import Choice, choose, in_batches, read_again
from flows.extract import open_pool
from flows.ingest import check_server, may_pass
from flows.lock import SourceLock
from flows.night_settings import load_night_settings
from flows.notices_again import NoticesAgain, NoticeWork, choose_notices
from flows.pool import Pool
from flows.settings import Settings, load_settings
from models import (
    Batch,
    BatchState,
    SelectedDocument,
    Selection,
    finish_batch,
    leave_unchanged,
    open_database,
    resume_batch,
    save_batch,
    select_documents,
    start_batch,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprocessed:
    """What a batch gave."""

    batch: BatchState
    notices: int
    """Notices read again."""
    lost: tuple[tuple[str, str], ...] = ()
    """Notices that could not be read again, and why."""


class Reprocessing:
    """A batch, step by step: what is left as it is, then the documents, then the notices.

    Raises (every step): StoreError, OutputError, RuleError.
    """

    def __init__(
        self,
        settings: Settings,
        pool: Pool,
        *,
        selection: Selection,
        name: str | None = None,
        resume: str | None = None,
    ) -> None:
        self._engine = open_database(settings.database_url)
        self._pool = pool
        self._size = settings.batch_size
        self.batch, choice = self._resumed(resume) if resume else self._started(settings, selection, name)
        self.documents = tuple(in_batches(choice.to_read, self._size))
        self._left = choice.left
        concerned = choice.selection.changed
        self.notices = choose_notices(self._engine, settings) if concerned else NoticesAgain(to_read=(), left=())
        self._notice_work = NoticeWork(settings, self._engine, pool, run_id=self.batch.id)

    def _started(self, settings: Settings, selection: Selection, name: str | None) -> tuple[Batch, Choice]:
        choice = choose(self._engine, settings, selection)
        batch = start_batch(
            self._engine, choice.documents, name=name, selection=choice.selection, fingerprint=fingerprint()
        )
        return batch, choice

    def _resumed(self, name: str) -> tuple[Batch, Choice]:
        batch = resume_batch(self._engine, name)
        every = select_documents(self._engine, Selection(), fingerprint=fingerprint())
        todo = tuple(document for document in every if document.id in batch.todo)
        return batch, Choice(selection=Selection(changed=True), to_read=todo, left=())

    def leave(self) -> None:
        """What no change can touch is up to date as it stands."""
        for documents in in_batches(self._left, 100 * self._size):
            leave_unchanged(self._engine, self.batch, documents, fingerprint=fingerprint())
        self._notice_work.leave(self.notices.left)

    def read(self, documents: Sequence[SelectedDocument]) -> None:
        save_batch(self._engine, self.batch, list(read_again(self._pool, documents)), fingerprint=fingerprint())

    def read_notices(self) -> None:
        self._notice_work.read(self.notices.to_read)

    def finish(self) -> Reprocessed:
        return Reprocessed(
            batch=finish_batch(self._engine, self.batch),
            notices=len(self.notices.to_read) - len(self._notice_work.lost),
            lost=tuple(self._notice_work.lost),
        )


@task(
    name="relire un lot de documents",
    cache_policy=NO_CACHE,
    retries=2,
    retry_delay_seconds=[1, 5],
    retry_condition_fn=may_pass,
)
def read(reprocessing: Reprocessing, documents: Sequence[SelectedDocument]) -> None:
    reprocessing.read(documents)


@task(name="relire les avis", cache_policy=NO_CACHE)
def read_notices(reprocessing: Reprocessing) -> None:
    reprocessing.read_notices()


@flow(name="reprocess", validate_parameters=False)
def reprocess(
    workers: int | None = None,
    selection: Selection | None = None,
    name: str | None = None,
    resume: str | None = None,
) -> Reprocessed | None:
    """Read again what is selected, or what the changed rules can touch; None when there is nothing to do.

    `name`: of the batch to make; `resume`: that of the batch to take up where it stopped.
    """
    settings = load_settings()
    wanted = selection or Selection()
    if not resume and not is_needed(settings, wanted):
        return None
    engine = open_database(settings.database_url)
    with (
        SourceLock(engine, stale_after=load_night_settings().stale_after) as lock,
        open_pool(settings, workers=workers, keep_pages=True) as pool,
    ):
        reprocessing = Reprocessing(settings, pool, selection=wanted, name=name, resume=resume)
        reprocessing.leave()
        for documents in reprocessing.documents:
            lock.check()
            read(reprocessing, documents)
        if reprocessing.notices.to_read:
            read_notices(reprocessing)
        return reprocessing.finish()


def is_needed(settings: Settings, selection: Selection) -> bool:
    """Whether a selection holds any document, or the stored notices were read by other code."""
    engine = open_database(settings.database_url)
    wanted = Selection(changed=True) if selection.is_empty else selection
    if select_documents(engine, wanted, fingerprint=fingerprint()):
        return True
    notices = choose_notices(engine, settings)
    return wanted.changed and bool(notices.to_read or notices.left)


def run_reprocess(
    *, workers: int | None, selection: Selection, name: str | None, resume: str | None
) -> Reprocessed | None:
    """Run the flow here; raises PrefectError when its server does not answer, and what the flow raises."""
    check_server()
    return reprocess(workers, selection, name, resume)
