"""What two readings of a document do not say alike, in French for the terminal and in codes for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from extractors.codes import label
from extractors.rowkeys import Difference, Fact
from extractors.schema import Absence, Clause, Penalty, Volume
from flows.wording import clause, lots, penalty, proof, volume

PARTS = {
    "clauses": "Clauses",
    "clauses_by_lot": "Clauses par lot",
    "volumes": "Volumes",
    "volumes_value_unit": "Volumes (valeur et unité)",
    "penalties": "Pénalités",
    "absent": "Absences dites",
    "silence": "Silence sans clause",
    "family_top1": "Première famille",
    "families": "Familles",
    "doc_type": "Type de document",
    "evidence_page": "Page de la preuve",
    "criterion_weight": "Poids du critère",
    "status": "État",
}


def print_differences(console: Console, rows: Sequence[Difference], *, before: str, after: str) -> None:
    """One line per difference; `before` and `after` are the titles of the two sides."""
    table = Table(show_lines=True)
    for title, ratio in (("Document", 3), ("Mesure", 2), (before, 5), (after, 5)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for row in rows:
        sides = (_words(row.part, side) for side in (row.before, row.after))
        table.add_row(*(Text(printable(cell)) for cell in (row.document, PARTS[row.part], *sides)))
    console.print(table)


def to_json(row: Difference) -> dict[str, Any]:
    """The same with codes; a side is a row, a list of codes or null."""
    return asdict(row)


def printable(text: str) -> str:
    """A file name that is not Unicode holds what no terminal can show."""
    return text.encode("utf-8", "backslashreplace").decode()


def _words(part: str, fact: Fact | None) -> str:
    match fact:
        case None:
            return "—"
        case Clause():
            return clause(fact) + proof(fact.evidence)
        case Volume():
            return f"{volume(fact)} ({lots((fact.lot,))}){proof(fact.evidence)}"
        case Penalty():
            return penalty(fact) + proof(fact.evidence)
        case Absence():
            return label("category", fact.category) + proof(fact.evidence)
        case codes:
            return ", ".join(label("family" if part in ("family_top1", "families") else part, code) for code in codes)
