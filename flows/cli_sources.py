"""What the command line does with sources: follow them now, list them, see whether they answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli_report import simulate, tell_report
from flows.exits import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from models import NightSummary

app = typer.Typer(help="D'où viennent les consultations.", no_args_is_help=True)
app.command()(simulate)


def ingest_sources(
    sources: Sequence[str],
    *,
    since: datetime | None,
    until: datetime | None,
    departements: str | None,
    workers: int | None,
    verbose: bool,
) -> None:
    """`ingest --source`: follow the sources now, store what is new and tell it; a source that fails gives code 3."""
    from flows.lock import NightBusy
    from flows.night import Asked
    from flows.night_settings import split_departements
    from flows.prefect_settings import set_up_prefect
    from flows.settings import load_settings
    from flows.sources.base import factories
    from models import open_database

    unknown = [name for name in sources if name not in factories()]
    if unknown:
        known = ", ".join(sorted(factories()))
        raise typer.BadParameter(f"source inconnue « {unknown[0]} » ; choisissez parmi {known}.")
    if since and until and since > until:
        raise typer.BadParameter("--since est après --until : échangez-les.")
    try:
        places = split_departements(departements or "")
    except ValueError as error:
        raise typer.BadParameter(f"{error} : donnez des codes séparés par des virgules, comme 75,92,2A.") from error
    asked = Asked(
        command="ingest",
        sources=tuple(dict.fromkeys(sources)),
        since=_day(since),
        until=_day(until),
        departements=places,
    )
    open_database(load_settings().database_url)  # what is wrong with it is told before Prefect starts
    set_up_prefect(verbose=verbose)
    if sys.stderr.isatty():  # Prefect takes seconds to start
        typer.echo(f"Sources : {', '.join(asked.sources)}. Démarrage…", err=True)

    from flows.extract import console
    from flows.nightly import run_nightly

    try:
        morning = run_nightly(asked, workers=workers)
    except NightBusy as busy:
        typer.echo(f"clausoscope : {busy}", err=True)
        return
    print_night(console(sys.stdout), morning.summary)
    tell_report(morning)
    if morning.summary.failed_sources or morning.summary.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)
    if morning.doubts:
        raise typer.Exit(ExitCode.TO_CHECK)


def print_night(console: Console, summary: NightSummary) -> None:
    """One line for each source, what is new, and why a source failed."""
    from rich.table import Table
    from rich.text import Text

    from extractors.codes import label
    from extractors.words import number
    from flows.wording import agree

    table = Table(title=f"Passage n° {summary.night_id}", title_justify="left")
    for title in ("Source", "État", "Repère"):
        table.add_column(title)
    for title in ("Reçus", "Avis nouveaux", "Avis changés", "Documents", "À la main", "Problèmes"):
        table.add_column(title, justify="right")
    for source in summary.sources:
        counts = (source.items, source.new_notices, source.changed_notices)
        rest = (source.documents, source.manual, source.problems)
        state = label("source_state", source.state)
        table.add_row(source.name, state, source.watermark or "—", *map(str, (*counts, *rest)))
    console.print(table)
    tenders, clauses = len(summary.new_tenders), len(summary.new_clauses)
    hours = number(sum(clause.hours for clause in summary.new_clauses))
    console.print(
        f"{agree(f'{tenders} consultation(s) nouvelle(s)', tenders)}, "
        f"{agree(f'{clauses} clause(s) nouvelle(s)', clauses)}, {hours} heures."
    )
    for source in summary.failed_sources:
        console.print(Text(f"• {source.title} : {source.message or 'interrompue'}"), style="yellow", soft_wrap=True)


@app.command("list")
def list_sources() -> None:
    """Montre les sources : lesquelles sont suivies chaque nuit, jusqu'où, et comment s'est passée la dernière."""
    from rich.table import Table

    from extractors.notices.values import PARIS
    from flows.extract import console
    from flows.night_settings import load_night_settings
    from flows.settings import load_settings
    from flows.sources.base import factories
    from flows.sources.settings import load_source_settings
    from models import open_database, source_states

    wanted = load_night_settings().sources
    settings = load_source_settings()
    states = source_states(open_database(load_settings().database_url))
    table = Table()
    table.add_column("Nom", no_wrap=True)  # to be copied
    for title in ("Source", "Chaque nuit", "Repère", "Dernière réussite", "Erreur"):
        table.add_column(title)
    for name, make in sorted(factories().items()):
        state = states.get(name)
        succeeded = state.succeeded_at if state else None
        table.add_row(
            name,
            make(settings).title,
            "oui" if name in wanted else "non",
            (state and state.watermark) or "—",
            f"{succeeded.astimezone(PARIS):%d/%m/%Y %H:%M}" if succeeded else "—",
            (state and state.error) or "",
        )
    console(sys.stdout).print(table)


@app.command()
def check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Sources à vérifier ; par défaut celles de la nuit, et les plateformes.")
    ] = None,
) -> None:
    """Demande à chaque source et à chaque plateforme si elle répond, sans rien enregistrer."""
    from flows.http import Client
    from flows.night_settings import load_night_settings
    from flows.sources.base import open_platforms, open_source
    from flows.sources.settings import load_source_settings

    settings = load_source_settings()
    platforms = {platform.name: platform for platform in open_platforms(settings)}
    broken = False
    with Client(settings) as client:
        for name in names or (*load_night_settings().sources, *platforms):
            result = (platforms.get(name) or open_source(name, settings)).check(client)
            broken |= not result.ok
            typer.echo(f"{'✓' if result.ok else '✗'} {name} : {result.message}")
    if broken:
        raise typer.Exit(ExitCode.UNHEALTHY)


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
