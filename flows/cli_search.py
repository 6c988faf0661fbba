"""What the command line does with the search."""

from __future__ import annotations

import sys
from datetime import datetime
from typing import Annotated

import typer

DAY = ["%Y-%m-%d"]


def search(
    words: Annotated[
        list[str] | None,
        typer.Argument(help='Mots, "expressions", débuts de mots (insert*), OR entre deux choix, -mot pour exclure.'),
    ] = None,
    departement: Annotated[str | None, typer.Option(help="Des consultations de ce département.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=DAY, help="Parues, ou lues, depuis ce jour.")] = None,
    category: Annotated[
        str | None, typer.Option(help="Des consultations qui ont une clause de cette catégorie.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Nombre de réponses au plus.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON, avec tous les détails.")] = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="Lit d'abord le texte des documents enregistrés par une ancienne version."),
    ] = False,
) -> None:
    """Cherche des mots dans les pages, les objets et les intitulés de lots, sans égard aux accents."""
    from extractors.codes import codes_of
    from flows.extract import console
    from flows.search import hits_json, print_hits
    from flows.search import rebuild as read_texts
    from flows.settings import load_settings
    from flows.wording import agree
    from models import open_database
    from models import search as find

    if not words and not rebuild:
        raise typer.BadParameter("donnez au moins un mot à chercher.")
    if category is not None and category not in codes_of("category"):
        raise typer.BadParameter(
            f"catégorie inconnue « {category} » ; choisissez parmi {', '.join(codes_of('category'))}."
        )
    settings = load_settings()
    engine = open_database(settings.database_url)
    if rebuild:
        read, gone = read_texts(engine, settings, workers=None)
        typer.echo(agree(f"{read} document(s) lu(s) pour la recherche.", read), err=True)
        if gone:
            typer.echo(agree(f"clausoscope : {gone} document(s) dont le fichier n'est plus là.", gone), err=True)
    if not words:
        return
    hits = find(
        engine,
        " ".join(words),
        departement=departement,
        since=since.date() if since else None,
        category=category,
        limit=limit,
    )
    if as_json:
        typer.echo(hits_json(hits))
        return
    print_hits(console(sys.stdout), hits)
    more = f" (les {limit} premières)" if len(hits) == limit else ""
    typer.echo(agree(f"{len(hits)} réponse(s)", len(hits)) + f"{more}.", err=True)
