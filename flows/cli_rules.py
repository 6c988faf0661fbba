"""`rules`: the catalogue of rules, read from their files."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(help="Le catalogue des règles.", no_args_is_help=True)

KINDS = {"clauses": "clause", "volumes": "volume", "penalties": "pénalité"}
"""Folder of the rules → what they find."""


@app.command("list")
def list_rules() -> None:
    """Montre toutes les règles : ce qu'elles trouvent et leur source."""
    from rich.table import Table

    from extractors.codes import label
    from extractors.measures import load_measures
    from extractors.rulebook import load_rules
    from flows.extract import console

    table = Table("Sorte")
    table.add_column("Nom", no_wrap=True)  # to be copied
    for title in ("Catégorie", "Ce que la règle trouve", "Sources"):
        table.add_column(title)
    for kind, name in KINDS.items():
        for rule in load_rules() if kind == "clauses" else load_measures(kind):
            table.add_row(name, rule.name, label("category", rule.category), rule.doc, ", ".join(rule.sources))
    console(sys.stdout).print(table)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Nom d'une règle, comme dans rules list.")]) -> None:
    """Montre le fichier d'une règle : ses mots, sa source, ses exemples."""
    from extractors.rulebook import FOLDER

    files = [file for kind in KINDS if (file := FOLDER / "rules" / kind / f"{name}.toml").is_file()]
    if not files:
        raise typer.BadParameter(f"aucune règle « {name} » ; voir clausoscope rules list.")
    for file in files:
        typer.echo(f"# {file}\n{file.read_text('utf-8')}")


@app.command()
def check() -> None:
    """Relit toutes les règles et tous les lexiques, et refuse la première erreur."""
    from extractors.engine import get_engine
    from extractors.measures import load_measures
    from extractors.rulebook import load_cues, load_rules

    counts = [f"{len(load_rules())} règles de clause", f"{len(load_cues())} indices"]
    counts += [f"{len(load_measures(kind))} règles de {KINDS[kind]}" for kind in ("volumes", "penalties")]
    get_engine()
    typer.echo(f"Tout est valide : {', '.join(counts)}.")
