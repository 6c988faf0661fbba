"""`nightly`: the Prefect flow of the sources. It only calls, retries and reports; the steps are in `flows.night`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from prefect import flow, task
from prefect.cache_policies import NO_CACHE

from flows.ingest import check_server, may_pass
from flows.night import Asked, Night, SourceNight
from flows.sources.base import Item


@task(name="recevoir un lot d'avis", cache_policy=NO_CACHE)
def receive(source: SourceNight) -> list[Item]:
    return source.receive()


@task(
    name="lire et enregistrer un lot d'avis",
    cache_policy=NO_CACHE,
    retries=2,
    retry_delay_seconds=[1, 5],
    retry_condition_fn=may_pass,
)
def store(source: SourceNight, items: Sequence[Item]) -> None:
    source.store(items)


@flow(name="nightly", validate_parameters=False)
def nightly(
    sources: Sequence[str] = (),
    since: date | None = None,
    until: date | None = None,
    departements: Sequence[str] = (),
    workers: int | None = None,
    command: str = "nightly",
) -> int:
    """Everything new from the sources, stored; returns the number of the night."""
    asked = Asked(command=command, sources=tuple(sources), since=since, until=until, departements=tuple(departements))
    with Night(asked, workers=workers) as night:
        for name in night.sources:
            source = SourceNight(night, name)
            while items := receive(source):
                store(source, items)
            source.finish()
    return night.id


def run_nightly(asked: Asked, *, workers: int | None) -> int:
    """Run the flow here, as `run_ingest` does; the number of the night.

    Raises:
        PrefectError: the server does not answer.
        NightBusy: another night is at work.
        ClausoscopeError: what the flow raises, with the next action in one line.
    """
    check_server()
    return nightly(asked.sources, asked.since, asked.until, asked.departements, workers=workers, command=asked.command)
