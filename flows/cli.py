"""The command line: options and French words; the work is done elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from flows.exits import EPILOG, ErrorGroup, ExitCode

app = typer.Typer(
    cls=ErrorGroup,
    help="Lit les pièces des marchés publics et en tire les clauses sociales, prouvées page par page.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Paths = Annotated[list[Path], typer.Argument(help="Fichiers PDF ou texte, ou dossiers parcourus en entier.")]
Workers = Annotated[
    int | None,
    typer.Option(min=0, max=64, help="Nombre de processus de lecture ; 0 lit dans le processus principal."),
]


@dataclass(frozen=True, slots=True)
class State:
    """Options of every command."""

    verbose: bool


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"clausoscope {version('clausoscope')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", envvar="CLAUSOSCOPE_DEBUG", help="Montre le détail, même des erreurs.")
    ] = False,
    show_version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Affiche la version.")
    ] = False,
) -> None:
    context.obj = State(verbose)


@app.command()
def extract(
    paths: Paths,
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON : une liste s'il y en a plusieurs.")] = False,
    as_jsonl: Annotated[bool, typer.Option("--jsonl", help="Un objet JSON par ligne et par document.")] = False,
    workers: Workers = None,
    output: Annotated[Path | None, typer.Option(help="Écrit dans ce fichier plutôt que sur la sortie.")] = None,
) -> None:
    """Lit des documents et montre ce qu'ils disent, sans base de données."""
    from flows.extract import Shape, extract_to

    if as_json and as_jsonl:
        raise typer.BadParameter("choisissez --json ou --jsonl, pas les deux.")
    shape: Shape = "jsonl" if as_jsonl else "json" if as_json else "text"
    if extract_to(paths, shape=shape, workers=workers, output=output):
        raise typer.Exit(ExitCode.SOME_FAILED)


def main() -> None:
    """Entry point of the `clausoscope` script."""
    app()
