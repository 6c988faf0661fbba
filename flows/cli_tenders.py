"""What the command line does with one tender."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer


def diff(
    tender: Annotated[str, typer.Argument(metavar="CONSULTATION", help="Clé ou référence de la consultation.")],
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Toutes les pièces, comparées à celles de ce jour-là.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON, avec tous les détails.")] = False,
) -> None:
    """Montre ce que les nouvelles versions des pièces d'une consultation changent, clause par clause."""
    from flows import diff as told
    from flows.extract import console
    from flows.settings import load_settings
    from models import open_database

    engine = open_database(load_settings().database_url)
    if since is not None:
        found = told.since(engine, tender, since.date())
        typer.echo(told.since_json(found)) if as_json else told.print_since(console(sys.stdout), found)
        return
    versions = told.versions_of(engine, tender)
    typer.echo(told.versions_json(versions)) if as_json else told.print_versions(console(sys.stdout), versions)
