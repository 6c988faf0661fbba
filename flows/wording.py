"""Agreement, proofs, problems and quotes in French words, for the terminal and the reports."""

from __future__ import annotations

from pathlib import Path

from extractors.schema import Evidence
from extractors.sheet_numbers import is_cell


def agree(words: str, count: int) -> str:
    """« 1 ligne », « 2 lignes », from « (s) » wherever the words agree with `count`."""
    return words.replace("(s)", "s" if count > 1 else "")


def proof(evidence: tuple[Evidence, ...]) -> str:
    """« , p. 4, 5 « … » » : pages, and the words of the first evidence; no-break spaces keep the marks with them."""
    if not evidence:
        return ""
    pages = ", ".join(str(page) for page in sorted({item.page for item in evidence}))
    if is_cell(evidence[0].section):
        cells = ", ".join(dict.fromkeys(item.section for item in evidence if item.section))
        return f", {cells} «\N{NO-BREAK SPACE}{quote(evidence[0].quote, length=160)}\N{NO-BREAK SPACE}»"
    return f", p.\N{NO-BREAK SPACE}{pages} «\N{NO-BREAK SPACE}{quote(evidence[0].quote, length=160)}\N{NO-BREAK SPACE}»"


def problem(message: str, *, path: str, page: int | None) -> str:
    """The message with its page, without the name of its file: it stands beside the path."""
    message = message.removeprefix(f"{Path(path).name} : ")
    return message if page is None or message.startswith(("page", "feuille")) else f"page {page} : {message}"


def quote(words: str, *, length: int) -> str:
    """The words on one line, cut at `length` characters."""
    line = " ".join(words.split())
    return line if len(line) <= length else line[:length].rstrip() + "…"
