"""What the command line does with corrections: record them, list them, withdraw them."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from flows.exits import ExitCode

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from models import Signature, StoredCorrection

app = typer.Typer(
    help="Corrige ce que montrent les vues ; une correction l'emporte sur toute lecture, jusqu'à son retrait.",
    no_args_is_help=True,
    invoke_without_command=True,
)
listing = typer.Typer(help="Les corrections enregistrées.", no_args_is_help=True)

Kind = Annotated[Literal["clause", "volume"], typer.Argument(help="clause ou volume.")]
Number = Annotated[int, typer.Argument(help="Son numéro : clause_id dans v_clauses, volume_id dans v_volumes.")]
Document = Annotated[str, typer.Argument(help="Document : document_id ou chemin de v_documents.")]
Author = Annotated[
    str, typer.Option(envvar="CLAUSOSCOPE_AUTHOR", help="Qui corrige : un rôle ou des initiales, jamais un nom.")
]
Reason = Annotated[str, typer.Option(help="Pourquoi, en quelques mots.")]
Category = Annotated[str | None, typer.Option(help="Catégorie, par exemple clause_insertion.")]
Lots = Annotated[str | None, typer.Option(help="Lots : « 1,2 », ou « * » pour tout le marché.")]
Weight = Annotated[str | None, typer.Option(help="Poids du critère, en pour cent.")]
Value = Annotated[str | None, typer.Option(help="Valeur du volume, « 1 234,5 ».")]
ValueMax = Annotated[str | None, typer.Option(help="Haut de la fourchette ; « aucun » l'enlève.")]
Unit = Annotated[str | None, typer.Option(help="Unité, par exemple hours.")]
Per = Annotated[str | None, typer.Option(help="Période ou assiette, par exemple year.")]
PerAmount = Annotated[str | None, typer.Option(help="Tranche en euros, avec --per amount.")]
Threshold = Annotated[str | None, typer.Option(help="Seuil de déclenchement, en euros.")]
Phase = Annotated[str | None, typer.Option(help="firm, optional ou renewal.")]
Bound = Annotated[str | None, typer.Option(help="minimum, target, maximum ou unspecified.")]


@app.callback()
def correct(
    context: typer.Context,
    table: Annotated[
        Path | None,
        typer.Option("--from", help="CSV de corrections : un export de v_clauses ou v_volumes, et la colonne geste."),
    ] = None,
    author: Annotated[
        str | None, typer.Option(envvar="CLAUSOSCOPE_AUTHOR", help="Auteur des lignes sans auteur.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Motif des lignes sans motif.")] = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    if table is None:
        raise typer.BadParameter("donnez un geste (confirm, reject, edit, add, family, done), ou --from FICHIER.csv.")
    from flows.correct_table import correct_from
    from flows.wording import agree

    recorded = correct_from(_engine(), table, author=author, reason_given=reason)
    typer.echo(agree(f"{len(recorded.numbers)} correction(s) enregistrée(s).", len(recorded.numbers)))
    for line, why in recorded.refused:
        typer.echo(f"clausoscope : ligne {line} refusée : {why}", err=True)
    if recorded.refused:
        raise typer.Exit(ExitCode.SOME_FAILED)


@app.command()
def confirm(kind: Kind, number: Number, author: Author, reason: Reason) -> None:
    """Dit que la ligne est juste : elle reste telle quelle, quoi que lisent de nouvelles règles."""
    from models import RowName, confirm_row

    _told(confirm_row(_engine(), RowName(kind=kind, id=number), _signed(author, reason)), "confirm", f"{kind} {number}")


@app.command()
def reject(kind: Kind, number: Number, author: Author, reason: Reason) -> None:
    """Cache une ligne qui n'a pas lieu d'être."""
    from models import RowName, reject_row

    _told(reject_row(_engine(), RowName(kind=kind, id=number), _signed(author, reason)), "reject", f"{kind} {number}")


@app.command()
def edit(
    kind: Kind,
    number: Number,
    author: Author,
    reason: Reason,
    category: Category = None,
    lots: Lots = None,
    weight: Weight = None,
    value: Value = None,
    value_max: ValueMax = None,
    unit: Unit = None,
    per: Per = None,
    per_amount: PerAmount = None,
    threshold: Threshold = None,
    phase: Phase = None,
    bound: Bound = None,
) -> None:
    """Remplace une ligne par la même avec les valeurs données."""
    from flows.correct import Values
    from flows.correct import edit as record
    from models import RowName

    given = Values(
        category=category,
        lots=lots,
        weight_percent=weight,
        value=value,
        value_max=value_max,
        unit=unit,
        per=per,
        per_amount_eur=per_amount,
        threshold_eur=threshold,
        phase=phase,
        bound=bound,
    )
    by = _signed(author, reason)
    _told(record(_engine(), RowName(kind=kind, id=number), given, by), "edit", f"{kind} {number}")


@app.command()
def add(
    kind: Kind,
    document: Document,
    page: Annotated[int, typer.Option(min=1, help="Page de la preuve.")],
    quote: Annotated[str, typer.Option(help="Les mots de la preuve, tels qu'ils sont sur la page.")],
    author: Author,
    reason: Reason,
    category: Category = "clause_insertion",
    lots: Lots = None,
    weight: Weight = None,
    value: Value = None,
    value_max: ValueMax = None,
    unit: Unit = "hours",
    per: Per = None,
    per_amount: PerAmount = None,
    threshold: Threshold = None,
    phase: Phase = None,
    bound: Bound = None,
) -> None:
    """Ajoute une ligne manquée, avec la page et les mots qui la prouvent."""
    from flows.correct import Values
    from flows.correct import add as record

    if (kind == "volume") != bool(value):
        raise typer.BadParameter("un volume va avec --value, une clause sans.")
    given = Values(
        category=category,
        lots=lots,
        weight_percent=weight,
        value=value,
        value_max=value_max,
        unit=unit if kind == "volume" else None,
        per=per,
        per_amount_eur=per_amount,
        threshold_eur=threshold,
        phase=phase,
        bound=bound,
    )
    by = _signed(author, reason)
    _told(record(_engine(), document, given, page=page, quote=quote, by=by), "add", f"{kind} de {document}")


@app.command()
def family(
    place: Annotated[str, typer.Argument(help="Consultation (clé ou référence), ou document avec --document.")],
    families: Annotated[str, typer.Argument(help="Familles, la principale d'abord : « BAT,TP ».")],
    author: Author,
    reason: Reason,
    lot: Annotated[str, typer.Option(help="Un lot de la consultation plutôt qu'elle entière.")] = "",
    is_document: Annotated[bool, typer.Option("--document", help="C'est un document : document_id ou chemin.")] = False,
) -> None:
    """Donne ses familles d'achat à une consultation, à un de ses lots ou à un document."""
    from flows.correct import set_family

    named = {"document": place} if is_document else {"tender": place, "lot": lot}
    _told(
        set_family(_engine(), families, _signed(author, reason), **named),
        "edit",
        f"famille de {place}" + (f", lot {lot}" if lot else ""),
    )


@app.command()
def done(document: Document, author: Author, reason: Reason) -> None:
    """Dit que ce qui est montré d'un document est juste et complet : il peut servir de réponse connue."""
    from models import complete_document, find_document

    engine = _engine()
    number = find_document(engine, document)
    _told(complete_document(engine, number, _signed(author, reason)), "confirm", f"document {number}, complet")


@listing.command("list")
def list_all(
    to_review: Annotated[bool, typer.Option("--to-review", help="Celles dont le texte a changé ou manque.")] = False,
    history: Annotated[bool, typer.Option("--history", help="Aussi celles qui sont remplacées ou retirées.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Du JSON, avec tous les détails.")] = False,
) -> None:
    """Montre les corrections, la plus récente d'abord."""
    import json
    from dataclasses import asdict

    from flows.wording import agree
    from models import list_corrections

    found = list_corrections(_engine(), to_review=to_review, with_history=history)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False, indent=1, default=str))
        return
    if found:
        _print(found)
    typer.echo(agree(f"{len(found)} correction(s)" + (" à revoir." if to_review else "."), len(found)))


@listing.command("withdraw")
def withdraw_one(number: Annotated[int, typer.Argument(help="Numéro de la correction.")]) -> None:
    """Retire une correction : ce qui était est rétabli ; elle reste dans l'historique."""
    from models import withdraw

    withdraw(_engine(), number)
    typer.echo(f"Correction {number} retirée.")


def tell_to_review() -> None:
    """One line on stderr when corrections wait for somebody: what they are about changed."""
    from flows.wording import agree
    from models import to_review_count

    if count := to_review_count(_engine()):
        told = agree(f"{count} correction(s) à revoir : clausoscope corrections list --to-review", count)
        typer.echo(f"clausoscope : {told}", err=True)


def _print(found: tuple[StoredCorrection, ...]) -> None:
    from rich.table import Table
    from rich.text import Text

    from extractors.codes import label
    from flows.correct_wording import about, change
    from flows.extract import console

    table = Table()
    table.add_column("N°", justify="right")
    for title, ratio in (("Geste", 2), ("État", 2), ("Où", 4), ("Sur quoi", 5), ("Auteur et motif", 3)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for one in found:
        state = label("correction_state", one.state) + (f" (par {one.replaced_by})" if one.replaced_by else "")
        where = one.path or (f"consultation {one.tender}" if one.tender else "nulle part")
        gesture = label("correction_action", one.action)
        cells = (gesture, state, where, about(one) + change(one), f"{one.author} : {one.reason}")
        table.add_row(str(one.id), *map(Text, cells))
    console(sys.stdout).print(table)


def _engine() -> Engine:
    from flows.settings import load_settings
    from models import open_database

    return open_database(load_settings().database_url)


def _signed(author: str, reason: str) -> Signature:
    from models import Signature

    return Signature(author=author, reason=reason)


def _told(number: int, action: str, what: str) -> None:
    from extractors.codes import label

    typer.echo(f"Correction {number} enregistrée : {label('correction_action', action).lower()}, {what}.")
