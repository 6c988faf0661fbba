"""What one document says, in French, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from extractors.codes import label
from extractors.schema import Extraction
from flows.wording import clause, lots, penalty, problem, proof, volume

_STYLES = {"ok": "green", "partial": "yellow", "failed": "red"}


def print_summary(console: Console, extraction: Extraction) -> None:
    """Type, pages, lots, clauses, volumes, penalties, contacts, absences and problems, each with page and words."""
    head = Text(extraction.path, style="bold")
    kind = label("doc_type", extraction.doc_type)
    head.append(f" · {kind}, {extraction.pages} page{'s' if extraction.pages > 1 else ''} · ", style="not bold")
    head.append(label("status", extraction.status), style=_STYLES[extraction.status])
    console.print(head)
    for title, rows in _sections(extraction):
        if rows:
            console.print(f"  {title}", style="cyan")
        for row in rows:
            console.print(Padding.indent(Text(f"• {row}"), 4))
    if not (extraction.clauses or extraction.absences or extraction.status == "failed"):
        console.print("  Aucune clause sociale trouvée.", style="dim")
    console.print()


def _sections(extraction: Extraction) -> Iterator[tuple[str, list[str]]]:
    tender = extraction.tender
    facts = {
        "référence": tender.reference,
        "acheteur": tender.buyer,
        "objet": tender.object,
        "départements": ", ".join(tender.departments),
        "CPV": ", ".join(tender.cpv),
        "familles": ", ".join(label("family", code) for code in extraction.families),
    }
    yield "Consultation", [f"{name} : {value}" for name, value in facts.items() if value]
    yield "Lots", [_joined(f"lot {lot.number}", lot.title, *lot.families) for lot in extraction.lots]
    yield "Clauses", [clause(row) + proof(row.evidence) for row in extraction.clauses]
    yield "Volumes", [f"{volume(row)} ({lots((row.lot,))}){proof(row.evidence)}" for row in extraction.volumes]
    yield "Pénalités", [penalty(row) + proof(row.evidence) for row in extraction.penalties]
    contacts = extraction.contacts
    yield "Facilitateur", [_joined(row.organisation, row.email, row.phone) + proof(row.evidence) for row in contacts]
    absences = extraction.absences
    yield "Absences déclarées", [label("category", row.category) + proof(row.evidence) for row in absences]
    problems = extraction.problems
    path = extraction.path
    yield "Problèmes", [problem(row.message, path=path, page=row.page) for row in problems]


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
