"""The report of a run: a table on the terminal, the same in Markdown for Prefect."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractors.codes import label
from flows.wording import number, problem
from models import RunSummary


def _counts(summary: RunSummary) -> list[tuple[str, int]]:
    return [
        ("Fichiers trouvés", summary.seen),
        ("Déjà traités", summary.skipped),
        *((label("status", status), getattr(summary, status)) for status in ("ok", "partial", "failed")),
    ]


def _families(summary: RunSummary) -> list[tuple[str, str, str]]:
    return [(total.label, str(total.clauses), number(total.hours)) for total in summary.families]


def _problems(summary: RunSummary) -> list[str]:
    return [f"{p.path} : {problem(p.message, p.page)}" for p in summary.problems]


def print_report(console: Console, summary: RunSummary) -> None:
    """Documents by status, clauses and hours by family, and every problem with its mend."""
    documents = Table(title=f"Traitement n° {summary.run_id}", title_justify="left")
    documents.add_column("Documents")
    documents.add_column("Nombre", justify="right")
    for name, count in _counts(summary):
        documents.add_row(name, str(count))
    console.print(documents)
    if summary.families:
        families = Table(title="Clauses et heures d'insertion par famille d'achat", title_justify="left")
        families.add_column("Famille")
        families.add_column("Clauses", justify="right")
        families.add_column("Heures", justify="right")
        for row in _families(summary):
            families.add_row(*row)
        console.print(families)
    if summary.unconverted_volumes:
        console.print(f"{summary.unconverted_volumes} volume(s) dans une autre unité ou période : voir v_volumes.")
    for line in _problems(summary):
        console.print(Text(f"• {line}"), style="yellow", soft_wrap=True)


def markdown(summary: RunSummary) -> str:
    lines = ["| Documents | Nombre |", "|---|---:|", *(f"| {name} | {count} |" for name, count in _counts(summary))]
    lines += ["", "| Famille | Clauses | Heures |", "|---|---:|---:|"]
    lines += [f"| {' | '.join(row)} |" for row in _families(summary)]
    lines += ["", *(f"- {line}" for line in _problems(summary))]
    return "\n".join(lines)
