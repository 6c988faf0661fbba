"""What two readings of a document do not say alike, in French for the terminal and in codes for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from extractors.codes import label
from extractors.rowkeys import Difference, Fact
from extractors.schema import Absence, Clause, Penalty, Volume
from extractors.words import clause, lots, penalty, volume
from flows.wording import proof

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


def print_differences(
    console: Console, rows: Sequence[Difference], *, before: str, after: str, named: bool = True
) -> None:
    """Each difference under its document (unless it is `named` already), one line a side.

    `before` and `after` name the two sides.
    """
    document = None
    for row in rows:
        if named and row.document != document:
            document = row.document
            console.print(Text(printable(document), style="bold"), soft_wrap=True)
        console.print(f"  {PARTS[row.part]}", style="cyan")
        for title, side in ((before, row.before), (after, row.after)):
            words = printable(f"{title} : {_words(row.part, side)}")
            lines = textwrap.fill(words, console.width, initial_indent="    ", subsequent_indent="      ")
            console.print(Text(lines), soft_wrap=True)


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
