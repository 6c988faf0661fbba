"""`nightly`: the Prefect flow of the sources. It only calls, retries and reports; steps: `flows.source_night`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.cache_policies import NO_CACHE

from flows.ingest import RETRY_SECONDS, check_server, may_pass
from flows.morning import Morning, finish_morning
from flows.night import Asked, Night
from flows.page_text import as_markdown
from flows.report_settings import load_report_settings
from flows.source_night import SourceNight, follow_sources
from flows.sources.base import Item


@task(name="recevoir un lot d'avis", cache_policy=NO_CACHE)
def receive(source: SourceNight) -> list[Item]:
    return source.receive()


@task(
    name="lire et enregistrer un lot d'avis",
    cache_policy=NO_CACHE,
    retries=len(RETRY_SECONDS),
    retry_delay_seconds=RETRY_SECONDS,
    retry_condition_fn=may_pass,
)
def store(source: SourceNight, items: Sequence[Item]) -> None:
    source.store(items)


@task(name="rendre compte au matin", cache_policy=NO_CACHE)
def report(night: Night) -> Morning:
    morning = finish_morning(night.id, news=not night.asked.is_back_fill)
    told = f"{'À vérifier : ' if morning.page.warnings else ''}{morning.page.title}"
    create_markdown_artifact(as_markdown(morning.page), key="clausoscope-nuit", description=told)
    return morning


@flow(name="nightly", validate_parameters=False)
def nightly(
    sources: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    departements: Sequence[str] = (),
    workers: int | None = None,
    command: str = "nightly",
) -> Morning:
    """Everything new from the sources, stored; returns the report of the night."""
    load_report_settings()  # a wrong setting is told before the night, not after
    asked = Asked(command=command, sources=tuple(sources), since=since, until=until, departements=tuple(departements))
    with Night(asked, workers=workers) as night:
        follow_sources(night, receive, store)
    return report(night)


def run_nightly(asked: Asked, *, workers: int | None) -> Morning:
    """Run the flow here, as `run_ingest` does; the report of the night.

    Raises:
        PrefectError: the server does not answer.
        NightBusy: another night is at work.
        ClausoscopeError: what the flow raises, with the next action in one line.
    """
    check_server()
    return nightly(asked.sources, asked.since, asked.until, asked.departements, workers=workers, command=asked.command)
