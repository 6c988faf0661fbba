"""`ingest`: the Prefect flow. It only calls, retries and reports; a file that fails is a record, not an error.

Retries are for what may pass (a busy database, a slow disk); what a document holds never changes by itself.
Prefect records the parameters of flows: they are paths, never the address of the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import flow, get_client, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import PrefectException

from extractors.errors import ClausoscopeError
from extractors.schema import Extraction
from flows.files import OutputError
from flows.report import markdown
from flows.run import Report, Run
from flows.settings import load_settings
from models import StoreError

RETRY_SECONDS: list[float] = [1, 4, 10]
"""Waits before what failed is tried again: a database that restarts takes about ten seconds."""


class PrefectError(ClausoscopeError):
    """The Prefect server does not answer."""

    code = "prefect"


def may_pass(_task: Any, _run: Any, state: Any) -> bool:
    """Whether trying again can help: only for the database and the disk."""
    return isinstance(state.result(raise_on_failure=False), StoreError | OutputError)


@task(
    name="prendre en charge",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=may_pass,
)
def claim(run: Run) -> None:
    run.claim()


@task(name="lire un lot de documents", cache_policy=NO_CACHE)
def read_batch(run: Run) -> list[Extraction]:
    return run.read_batch()


@task(
    name="enregistrer un lot",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=may_pass,
)
def store_batch(run: Run, batch: Sequence[Extraction]) -> None:
    run.store_batch(batch)


@flow(name="ingest", validate_parameters=False)
def ingest(paths: list[str], workers: int | None = None) -> Report:
    """Extract what is new or changed below `paths` and store it."""
    with Run(load_settings(), [Path(path) for path in paths], workers=workers) as run:
        claim(run)
        while batch := read_batch(run):
            store_batch(run, batch)
    report = run.finish()
    create_markdown_artifact(markdown(report), key="clausoscope-ingest", description="Rapport du traitement")
    return report


def run_ingest(paths: Sequence[Path], *, workers: int | None) -> Report:
    """Run the flow here, on the server of PREFECT_API_URL or on a temporary one.

    Raises:
        PrefectError: the server does not answer.
        ClausoscopeError: what the flow raises, with the next action in one line.
    """
    check_server()
    return ingest([str(path) for path in paths], workers)


def check_server() -> None:
    """Whether the server of PREFECT_API_URL, or a temporary one, answers; PrefectError when it does not."""
    try:
        with get_client(sync_client=True) as client:
            error = client.api_healthcheck()
    except (RuntimeError, PrefectException) as failure:
        error = failure
    if error is not None:
        mend = "démarrez-le, ou retirez PREFECT_API_URL pour un serveur temporaire"
        raise PrefectError(f"Le serveur Prefect ne répond pas ({error}) : {mend}.")
