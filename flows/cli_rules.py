"""`rules`: the catalogue of rules, read from their files."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

app = typer.Typer(help="Le catalogue des règles.", no_args_is_help=True)

KINDS = {"clauses": "clause", "volumes": "volume", "penalties": "pénalité", "terms": "modalité"}
"""Folder of the rules → what they find."""


@app.command("list")
def list_rules() -> None:
    """Montre toutes les règles : ce qu'elles trouvent et leur source."""
    from rich.table import Table

    from extractors.codes import label
    from extractors.measures import load_measures
    from extractors.rulebook import load_rules
    from extractors.rulefiles import RuleFile
    from extractors.terms import load_terms
    from flows.extract import console

    catalogue: dict[str, tuple[RuleFile, ...]] = {
        "clauses": load_rules(),
        "volumes": load_measures("volumes"),
        "penalties": load_measures("penalties"),
        "terms": load_terms(),
    }
    table = Table("Sorte")
    table.add_column("Nom", no_wrap=True)  # to be copied
    for title in ("Catégorie", "Ce que la règle trouve", "Sources"):
        table.add_column(title)
    for kind, name in KINDS.items():
        for rule in catalogue[kind]:
            table.add_row(name, rule.name, label("category", rule.category), rule.doc, ", ".join(rule.sources))
    console(sys.stdout).print(table)


@app.command()
def show(name: Annotated[str, typer.Argument(help="Nom d'une règle, comme dans rules list.")]) -> None:
    """Montre le fichier d'une règle : ses mots, sa source, ses exemples."""
    from extractors.rulefiles import RULES

    files = [file for kind in KINDS if (file := RULES / kind / f"{name}.toml").is_file()]
    if not files:
        raise typer.BadParameter(f"aucune règle « {name} » ; voir clausoscope rules list.")
    for file in files:
        typer.echo(f"# {file}\n{file.read_text('utf-8')}")


@app.command()
def check() -> None:
    """Relit toutes les règles et tous les lexiques, refuse la première erreur, puis essaie tous les exemples."""
    from extractors.consolidation.lexicons import check_lexicons
    from extractors.errors import RuleError
    from extractors.examples import all_cases, check_examples
    from extractors.measures import load_measures
    from extractors.rulebook import load_cues, load_rules
    from extractors.terms import load_terms

    counts = [f"{len(load_rules())} règles de clause", f"{len(load_cues())} indices"]
    counts += [
        f"{len(load_measures('volumes'))} règles de volume",
        f"{len(load_measures('penalties'))} règles de pénalité",
        f"{len(load_terms())} règles de modalité",
    ]
    of_lexicons = check_lexicons()
    failures = check_examples()
    for failure in failures:
        typer.echo(failure.message, err=True)
    if failures:
        many = "s" if len(failures) > 1 else ""
        raise RuleError(f"{len(failures)} exemple{many} en échec ; corrigez la règle ou l'exemple.")
    typer.echo(f"Tout est valide : {', '.join(counts)}, {sum(1 for _ in all_cases()) + of_lexicons} exemples.")
