"""What one document says, in French, for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from extractors.codes import codes_of, label
from extractors.schema import Extraction
from extractors.words import clause, lots, penalty, volume
from flows.wording import agree, leaf, problem, proof

_STYLES = {"ok": "green", "partial": "yellow", "failed": "red"}


def print_summary(console: Console, extraction: Extraction) -> None:
    """Type, pages, lots, clauses, volumes, penalties, contacts, terms, absences and problems, with page and words."""
    head = Text(extraction.path, style="bold")
    if extraction.pages:
        pages = agree(f"{extraction.pages} {leaf(extraction.path)}(s)", extraction.pages)
        head.append(f" · {label('doc_type', extraction.doc_type)}, {pages}", style="not bold")
    head.append(" · ", style="not bold")
    head.append(label("status", extraction.status), style=_STYLES[extraction.status])
    console.print(head, soft_wrap=True)  # a path is copied whole
    for title, rows in _sections(extraction):
        if rows:
            console.print(f"  {title}", style="cyan")
        for row in rows:
            console.print(Text(_hanging(row, width=console.width)), soft_wrap=True)
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
        "familles": " ; ".join(f"{code} {label('family', code)}" for code in extraction.families),
    }
    yield "Consultation", [f"{name} : {value}" for name, value in facts.items() if value]
    yield "Lots", [_joined(f"lot {lot.number}", lot.title, *lot.families) for lot in extraction.lots]
    yield "Clauses", [clause(row) + proof(row.evidence) for row in extraction.clauses]
    yield "Volumes", [f"{volume(row)} ({lots((row.lot,))}){proof(row.evidence)}" for row in extraction.volumes]
    yield "Pénalités", [penalty(row) + proof(row.evidence) for row in extraction.penalties]
    contacts = extraction.contacts
    yield "Facilitateur", [_joined(row.organisation, row.email, row.phone) + proof(row.evidence) for row in contacts]
    for kind in codes_of("term_kind"):
        of_kind = [row for row in extraction.terms if row.kind == kind]
        yield label("term_kind", kind), [label(kind, row.code) + proof(row.evidence) for row in of_kind]
    absences = extraction.absences
    yield "Absences déclarées", [label("category", row.category) + proof(row.evidence) for row in absences]
    problems = extraction.problems
    path = extraction.path
    yield "Problèmes", [problem(row.message, path=path, page=row.page) for row in problems]


def _hanging(row: str, *, width: int) -> str:
    """The row as an item of a list; unlike Rich, textwrap breaks no « 1 260 heures » and leaves no trailing spaces."""
    return textwrap.fill(row, width, initial_indent="    • ", subsequent_indent="      ", break_on_hyphens=False)


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)
