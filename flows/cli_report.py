"""What the command line does with reports of nights, and with the simulator that gives it one without internet."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flows.exits import ExitCode

if TYPE_CHECKING:
    from flows.morning import Morning


def tell_report(morning: Morning) -> None:
    """Where the report is and what of the night is to be checked, on stderr."""
    typer.echo(f"Rapport : {morning.files[0]}", err=True)
    for doubt in morning.doubts:
        typer.echo(f"clausoscope : à vérifier : {doubt}", err=True)


def report(
    night: Annotated[int | None, typer.Option(min=1, help="Numéro du passage ; par défaut le dernier.")] = None,
    kind: Annotated[Literal["html", "md"], typer.Option("--format", help="html, ou md pour du Markdown.")] = "html",
) -> None:
    """Écrit le rapport d'une nuit : consultations et clauses nouvelles, heures, ce qui manque, état des sources."""
    from flows.morning import report_night
    from flows.settings import load_settings
    from models import last_night, open_database

    number = night or last_night(open_database(load_settings().database_url))
    morning = report_night(number, formats=(kind,))
    tell_report(morning)
    if morning.doubts:
        raise typer.Exit(ExitCode.TO_CHECK)


def simulate(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port d'écoute ; 0 en prend un libre.")] = 8765,
    night: Annotated[bool, typer.Option("--night", help="Fait une nuit entière sur ces avis, puis s'arrête.")] = False,
) -> None:
    """Sert des avis et des dossiers d'exemple sur cette machine, pour essayer une nuit sans réseau."""
    from flows.simulate import serving, simulated_settings

    with contextlib.ExitStack() as opened:
        try:
            url = opened.enter_context(serving(0 if night else port))
        except OSError as error:
            raise typer.BadParameter(f"port {port} indisponible ({error.strerror}) ; essayez --port 0.") from error
        settings = simulated_settings(url)
        if night:
            _one_night(settings, verbose=context.obj.verbose)
            return
        for name, value in settings.items():
            typer.echo(f"export {name}='{value}'")
        sys.stdout.flush()
        typer.echo(f"Simulateur en marche sur {url} ; copiez ces réglages, puis Ctrl+C pour l'arrêter.", err=True)
        while True:
            time.sleep(3600)


def _one_night(settings: dict[str, str], *, verbose: bool) -> None:
    """A whole night on the simulator; it is sent to nobody, and its data stay where the settings of the user say."""
    from flows.prefect_settings import set_up_prefect
    from flows.settings import PREFIX

    kept = {PREFIX + name for name in ("DATA_DIR", "DATABASE_URL", "ALERTS_FILE")}
    os.environ.update(
        {name: os.environ.get(name) or value if name in kept else value for name, value in settings.items()}
    )
    for name in ("WEBHOOK_URL", "MAIL_TO", "DEPARTEMENTS"):
        os.environ.pop(PREFIX + name, None)
    set_up_prefect(verbose=verbose)

    from flows.cli_sources import print_night
    from flows.extract import console
    from flows.night import Asked
    from flows.nightly import run_nightly

    morning = run_nightly(Asked(), workers=None)
    print_night(console(sys.stdout), morning.summary)
    tell_report(morning)
    if morning.summary.failed_sources or morning.summary.failed:
        raise typer.Exit(ExitCode.SOME_FAILED)
