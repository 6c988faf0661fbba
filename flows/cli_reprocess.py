"""The commands that read stored documents again: `reprocess`, and `batches`, which lists what it did."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli_correct import tell_to_review
from flows.exits import ExitCode

if TYPE_CHECKING:
    from models import BatchState, Selection


class Status(StrEnum):
    OK = "ok"
    PARTIAL = "partial"
    FAILED = "failed"
    STARTED = "started"


def reprocess(
    context: typer.Context,
    batch: Annotated[str | None, typer.Option(help="Reprend ce lot là où il s'est arrêté.")] = None,
    tender: Annotated[str | None, typer.Option(help="Consultation : sa clé ou sa référence.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Premier jour de parution, ou de lecture s'il n'y a pas d'avis."),
    ] = None,
    family: Annotated[list[str] | None, typer.Option(help="Famille d'achat (NET, BAT…) ; peut être répétée.")] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Règle qui a donné une ligne ; peut être répétée.")] = None,
    status: Annotated[list[Status] | None, typer.Option(help="État ; peut être répété.")] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Seulement ce que les règles changées peuvent toucher ; c'est le défaut.")
    ] = False,
    name: Annotated[str | None, typer.Option(help="Nom à donner au lot.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Montre les lignes gagnées, perdues ou changées, sans rien écrire.")
    ] = False,
    undo: Annotated[str | None, typer.Option(help="Annule ce lot : chaque document retrouve sa lecture.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON.")] = False,
    workers: Annotated[
        int | None, typer.Option(min=0, max=64, help="Nombre de processus de lecture ; 0 lit dans ce processus.")
    ] = None,
) -> None:
    """Relit les documents enregistrés avec les règles du jour, sans rouvrir de PDF ; les choix se combinent."""
    from models import Selection

    selection = Selection(
        tender=tender,
        since=since.date() if since else None,
        families=tuple(family or ()),
        rules=tuple(rule or ()),
        statuses=tuple(status or ()),
        changed=changed,
    )
    alone = [option for option, given in (("--batch", batch), ("--undo", undo)) if given]
    if len(alone) > 1 or (alone and not (selection.is_empty and name is None and not dry_run)):
        raise typer.BadParameter(f"{alone[0]} va seul.")
    if dry_run and name:
        raise typer.BadParameter("--name nomme un lot, que --dry-run ne fait pas.")
    if undo:
        _undo(undo, as_json=as_json)
    elif dry_run:
        _dry_run(selection, as_json=as_json, workers=workers)
    else:
        _run(selection, name=name, batch=batch, as_json=as_json, workers=workers, verbose=context.obj.verbose)


def batches(as_json: Annotated[bool, typer.Option("--json", help="Du JSON.")] = False) -> None:
    """Liste les lots de relecture : ce qu'ils ont choisi, où ils en sont, ce qu'ils ont changé."""
    from flows.batch_report import batches_json, print_batches
    from flows.extract import console
    from flows.settings import load_settings
    from models import list_batches, open_database

    found = list_batches(open_database(load_settings().database_url))
    if as_json:
        typer.echo(batches_json(found))
    else:
        print_batches(console(sys.stdout), found)


def _dry_run(selection: Selection, *, as_json: bool, workers: int | None) -> None:
    from flows.dry_run import dry_run, dry_run_json, print_dry_run
    from flows.extract import console

    found = dry_run(selection, workers=workers)
    if as_json:
        typer.echo(dry_run_json(found))
    else:
        print_dry_run(console(sys.stdout), found)
    if found.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)


def _undo(name: str, *, as_json: bool) -> None:
    from flows.settings import load_settings
    from models import open_database, undo_batch

    _tell(undo_batch(open_database(load_settings().database_url), name), as_json=as_json)
    tell_to_review()


def _run(
    selection: Selection, *, name: str | None, batch: str | None, as_json: bool, workers: int | None, verbose: bool
) -> None:
    from flows.again import is_needed
    from flows.prefect_settings import set_up_prefect
    from flows.settings import load_settings
    from models import open_database

    settings = load_settings()
    nothing = "[]" if as_json else "Rien à relire : tout est à jour des règles du jour, ou rien n'est choisi."
    if not batch and not is_needed(open_database(settings.database_url), settings, selection):
        # no need to start Prefect to say so
        typer.echo(nothing)
        return
    set_up_prefect(verbose=verbose)
    if sys.stderr.isatty():  # Prefect takes seconds to start
        typer.echo("Démarrage…", err=True)

    from flows.reprocess import run_reprocess

    done = run_reprocess(workers=workers, selection=selection, name=name, resume=batch)
    if done is None:
        typer.echo(nothing)
        return
    _tell(done.batch, notices=done.notices, as_json=as_json)
    tell_to_review()
    for notice, message in done.lost:
        typer.echo(f"clausoscope : avis {notice} : {message}", err=True)
    if done.lost or done.batch.counts.get("failed"):
        raise typer.Exit(ExitCode.SOME_FAILED)


def _tell(batch: BatchState, *, as_json: bool, notices: int = 0) -> None:
    from flows.batch_report import batches_json, print_batch
    from flows.extract import console

    if as_json:
        typer.echo(batches_json([batch]))
    else:
        print_batch(console(sys.stdout), batch, notices=notices)
