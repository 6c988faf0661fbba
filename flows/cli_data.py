"""What the command line does with the database of the analysts: write a view, ask one query, show totals."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from models.queries import Filter

Format = Literal["csv", "parquet", "xlsx"]
DAY = ["%Y-%m-%d"]

Departements = Annotated[
    str | None, typer.Option(help="Départements, l'un d'eux suffit, séparés par des virgules : 75,92.")
]
Families = Annotated[str | None, typer.Option(help="Familles d'achat, séparées par des virgules : NET,EV.")]
Categories = Annotated[str | None, typer.Option(help="Catégories de clause, séparées par des virgules.")]
Buyer = Annotated[str | None, typer.Option(help="Acheteur, tel que la vue l'écrit.")]
Since = Annotated[datetime | None, typer.Option(formats=DAY, help="Premier jour des consultations.")]
Until = Annotated[datetime | None, typer.Option(formats=DAY, help="Dernier jour des consultations.")]
MinHours = Annotated[float | None, typer.Option(min=0, help="Heures demandées, au moins.")]


def export(
    view: Annotated[str, typer.Argument(help="Vue à exporter, par exemple v_clauses ; gold : les réponses connues.")],
    kind: Annotated[Format, typer.Option("--format", help="csv : point-virgule et UTF-8, pour tableur.")] = "csv",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Fichier à écrire ; par défaut sous data/processed/.")
    ] = None,
    confirmed_only: Annotated[
        bool, typer.Option("--confirmed-only", help="gold : seulement les documents déclarés complets (correct done).")
    ] = False,
    departements: Departements = None,
    families: Families = None,
    categories: Categories = None,
    buyer: Buyer = None,
    tender: Annotated[str | None, typer.Option(help="Consultation : sa clé.")] = None,
    lot: Annotated[str | None, typer.Option(help="Numéro du lot ; * pour tout le marché.")] = None,
    since: Since = None,
    until: Until = None,
    min_hours: MinHours = None,
) -> None:
    """Écrit une vue de la base dans un fichier, entière ou filtrée, ou les documents corrigés (gold)."""
    from flows.export import write_table
    from flows.settings import load_settings
    from flows.wording import agree
    from models import VIEWS, open_database
    from models.queries import Filter, rows

    if view not in (*VIEWS, "gold"):
        raise typer.BadParameter(f"vue inconnue « {view} » ; choisissez parmi {', '.join(VIEWS)}, gold.")
    if confirmed_only and view != "gold":
        raise typer.BadParameter("--confirmed-only va avec gold.")
    where = _filter(
        departements=departements,
        families=families,
        categories=categories,
        buyer=buyer,
        tender=tender,
        lot=lot,
        since=since,
        until=until,
        min_hours=min_hours,
    )
    settings = load_settings()
    if view == "gold":
        if where != Filter():
            raise typer.BadParameter("gold ne se filtre pas : retirez les filtres.")
        _export_gold(output or settings.processed_dir / "gold.jsonl", declared_only=confirmed_only)
        return
    frame = rows(open_database(settings.database_url), view, where)
    path = output or settings.processed_dir / f"{view}.{kind}"
    write_table(frame, path, kind=kind)
    typer.echo(f"{agree(f'{len(frame)} ligne(s)', len(frame))} dans {path}")


def _export_gold(output: Path, *, declared_only: bool) -> None:
    from flows.gold import export_gold
    from flows.settings import load_settings
    from flows.wording import agree
    from models import open_database

    done = export_gold(open_database(load_settings().database_url), output, declared_only=declared_only)
    typer.echo(f"{agree(f'{done.written} document(s)', done.written)} dans {output}")
    for path in done.without_file:
        typer.echo(f"clausoscope : « {path} » laissé de côté : son fichier n'est plus sous data/raw.", err=True)


def query(
    sql: Annotated[str, typer.Argument(help="Une requête SELECT, entre guillemets ; - la lit sur l'entrée.")],
    kind: Annotated[
        Literal["table", "csv", "json", "parquet", "xlsx"] | None,
        typer.Option("--format", help="Par défaut table, ou ce que dit le nom du fichier."),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Fichier à écrire.")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Temps laissé à la base, en secondes.")] = 60,
) -> None:
    """Pose une question en SQL à la base, qui ne peut que lire."""
    from flows.export import write_table
    from flows.extract import console
    from flows.settings import load_settings
    from flows.tables import as_text, print_frame
    from flows.wording import agree
    from models import open_database
    from models.readonly import run_query

    known = ("csv", "json", "parquet", "xlsx")
    chosen = kind or (output.suffix.lstrip(".") if output else "table")
    if output and chosen not in known:
        raise typer.BadParameter(f"donnez à {output.name} une extension connue, ou --format : {', '.join(known)}.")
    if not output and chosen in ("parquet", "xlsx"):
        raise typer.BadParameter(f"--format {chosen} écrit un fichier : donnez -o FICHIER.{chosen}.")
    asked = sys.stdin.read() if sql == "-" else sql
    frame = run_query(open_database(load_settings().database_url), asked, seconds=seconds)
    if output:
        write_table(frame, output, kind=chosen)
        typer.echo(f"{agree(f'{len(frame)} ligne(s)', len(frame))} dans {output}")
    elif chosen == "table":
        print_frame(console(sys.stdout), frame)
    else:
        typer.echo(as_text(frame, kind=chosen), nl=False)


def stats(
    by: Annotated[
        Literal["famille", "departement", "coordination", "mois", "acheteur"],
        typer.Option(help="Ce par quoi compter."),
    ] = "famille",
    chart: Annotated[Path | None, typer.Option(help="Dessine aussi les heures dans ce fichier .png ou .svg.")] = None,
    top: Annotated[int, typer.Option(min=1, max=200, help="Nombre de lignes montrées.")] = 20,
    departements: Departements = None,
    families: Families = None,
    categories: Categories = None,
    buyer: Buyer = None,
    since: Since = None,
    until: Until = None,
    min_hours: MinHours = None,
) -> None:
    """Montre les consultations, les clauses et les heures par famille, département, coordination, mois ou acheteur."""
    from flows.extract import console
    from flows.settings import load_settings
    from flows.tables import print_totals
    from models import open_database
    from models.queries import hours_by

    if chart and chart.suffix not in (".png", ".svg"):
        raise typer.BadParameter(f"{chart.name} : donnez un fichier .png ou .svg.")
    where = _filter(
        departements=departements,
        families=families,
        categories=categories,
        buyer=buyer,
        since=since,
        until=until,
        min_hours=min_hours,
    )
    found = hours_by(open_database(load_settings().database_url), by, where)
    print_totals(console(sys.stdout), found, by, top=top)
    if chart:
        from flows.chart import draw_totals

        draw_totals(found, by, chart, top=top)
        typer.echo(f"Graphique : {chart}")


def _filter(
    *,
    departements: str | None,
    families: str | None,
    categories: str | None,
    buyer: str | None,
    since: datetime | None,
    until: datetime | None,
    min_hours: float | None,
    tender: str | None = None,
    lot: str | None = None,
) -> Filter:
    """The filter of these options; BadParameter for a code that does not exist."""
    from extractors.codes import codes_of
    from flows.night_settings import split_departements
    from models.queries import Filter

    try:
        places = split_departements(departements or "")
    except ValueError as error:
        raise typer.BadParameter(f"{error}.") from error
    return Filter(
        departements=places,
        families=_codes(families, known=codes_of("family"), what="famille"),
        categories=_codes(categories, known=codes_of("category"), what="catégorie"),
        buyer=buyer,
        tender=tender,
        lot=lot,
        since=since.date() if since else None,
        until=until.date() if until else None,
        min_hours=min_hours,
    )


def _codes(told: str | None, *, known: tuple[str, ...], what: str) -> tuple[str, ...]:
    codes = tuple(code.strip() for code in (told or "").split(",") if code.strip())
    if wrong := [code for code in codes if code not in known]:
        raise typer.BadParameter(f"{what} inconnue « {wrong[0]} » ; choisissez parmi {', '.join(known)}.")
    return codes
