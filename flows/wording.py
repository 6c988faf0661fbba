"""Agreement, proofs, problems and quotes in French words, for the terminal and the reports."""

from __future__ import annotations

from pathlib import Path

from extractors.kinds import SHEETS, kind_by_name
from extractors.schema import Evidence
from extractors.sheet_numbers import is_cell


def agree(words: str, count: int) -> str:
    """« 1 ligne », « 2 lignes », from « (s) » wherever the words agree with `count`."""
    return words.replace("(s)", "s" if count > 1 else "")


def proof(evidence: tuple[Evidence, ...]) -> str:
    """« , p. 4, 5 « … » » : pages, and the words of the first evidence; no-break spaces keep the marks with them.

    Words that were recognised on an image say so, and how they were read where that is not as they were recognised.
    """
    if not evidence:
        return ""
    pages = ", ".join(str(page) for page in sorted({item.page for item in evidence}))
    first = evidence[0]
    words = f"«\N{NO-BREAK SPACE}{quote(first.quote, length=160)}\N{NO-BREAK SPACE}»"
    if is_cell(first.section):
        cells = ", ".join(dict.fromkeys(item.section for item in evidence if item.section))
        return f", {cells} {words}"
    said = f", p.\N{NO-BREAK SPACE}{pages} {words}"
    if first.via is None:
        return said
    read = f", lu «\N{NO-BREAK SPACE}{quote(first.read_as, length=160)}\N{NO-BREAK SPACE}»" if first.read_as else ""
    return f"{said} (image{read})"


def leaf(path: str) -> str:
    """What the document of that name counts: sheets in a workbook, pages elsewhere."""
    return "feuille" if kind_by_name(path) in SHEETS else "page"


def leaf_number(path: str, number: int) -> str:
    """« p. 4 », « feuille 4 »."""
    return f"{'feuille' if leaf(path) == 'feuille' else 'p.'}\N{NO-BREAK SPACE}{number}"


def place_of(proof: Evidence) -> str:
    """« 4 », or the cells of a sheet, « Lots!C12 »."""
    return proof.section if proof.section and is_cell(proof.section) else str(proof.page)


def problem(message: str, *, path: str, page: int | None) -> str:
    """The message with its page, without the name of its file: it stands beside the path."""
    message = message.removeprefix(f"{Path(path).name} : ")
    return message if page is None or message.startswith(("page", "feuille")) else f"page {page} : {message}"


def quote(words: str, *, length: int) -> str:
    """The words on one line, cut at `length` characters."""
    line = " ".join(words.split())
    return line if len(line) <= length else line[:length].rstrip() + "…"
