"""`reprocess`: the Prefect flow that reads stored documents again once the rules have changed.

Pages already read are taken from `data/processed/pages`; a document that no change of the rules can touch is not even
matched again. What a document says now is compared with what it said: where nothing changed, nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.again import Reprocessed, Reprocessing, is_needed
from flows.extract import open_pool
from flows.ingest import RETRY_SECONDS, check_server, may_pass
from flows.lock import SourceLock
from flows.night_settings import load_night_settings
from flows.settings import load_settings
from models import SelectedDocument, Selection, open_database


@task(
    name="relire un lot de documents",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
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
    engine = open_database(settings.database_url)
    wanted = selection or Selection()
    if not resume and not is_needed(engine, settings, wanted):
        return None
    with (
        SourceLock(engine, stale_after=load_night_settings().stale_after) as lock,
        open_pool(settings, workers=workers, keep_pages=True, with_texts=True) as pool,
    ):
        reprocessing = Reprocessing(settings, engine, pool, selection=wanted, name=name, resume=resume)
        reprocessing.leave()
        for documents in reprocessing.documents:
            lock.check()
            read(reprocessing, documents)
        if reprocessing.notices.to_read:
            read_notices(reprocessing)
        return reprocessing.finish()


def run_reprocess(
    *, workers: int | None, selection: Selection, name: str | None, resume: str | None
) -> Reprocessed | None:
    """Run the flow here; raises PrefectError when its server does not answer, and what the flow raises."""
    check_server()
    return reprocess(workers, selection, name, resume)
