"""A spreadsheet → Document: each sheet is a page, each row a line whose cells a tab parts.

`Page.number` is the rank of the sheet, hidden ones counted, `Page.name` its name. The box of a line counts cells:
its first column, its row, where it ends, the row below (A1 is 0, 0); no PDF point.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from extractors.errors import EmptyFile, TooBig
from extractors.kinds import FileKind
from extractors.schema import Document, Line, Page, Problem
from extractors.workbooks import Row, Sheet, read_sheets, written

MOST_ROWS = 5_000
"""Rows of a workbook that are kept whatever they say; of those below, the rows that hold a word of `telling`."""
MOST_TOLD = 2_000
MOST_COLUMNS = 2_000

_TELLING = re.compile(
    r"insertion(?! (?:paysag|graphi|urbain|dans (?:le|la|l'|un)|d'(?:un|image|objet|carte|ligne)|de donnees))"
    r"|social(?!ement)|sociaux|societal|handicap|\besat\b|entreprises? adaptee|\bsiaes?\b|\bl\.? ?21(?:12|13)-|\bess\b"
    r"|\brqth\b|\bgeiq\b|\bplie\b|eloigne|demandeurs? d'emploi|chomage|chomeur|\brsa\b|prioritaires?"
    r"|difficultes? d'acces|retour a l'emploi|apprenti|alternan|professionnalisation|statut scolaire|decrochage"
    r"|\bmlds\b|equitable|discriminat|egalite|penitentiaire|detenu|facilitat"
    r"|reservee?s? (?:a|aux|pour)\b|(?:lots?|marches?|prestations?) reserve|(?<!de )(?<!des )reservee?s?\W*$"
    r"|reservation\b"
)
_ACCENTS = re.compile("[\u0300-\u036f]")


def telling(text: str) -> bool:
    """Whether a text may be about a social clause: a first sieve, which lets far too much through."""
    plain = text if text.isascii() else _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    return _TELLING.search(plain.lower()) is not None


def sheets_document(data: bytes, name: str, kind: FileKind) -> Document:
    """The sheets of a workbook, or the rows of a CSV as one sheet.

    Hidden sheets are kept apart (role `hidden`): a bidder does not see them, they hold lists and settings.

    Raises:
        DocumentError: nothing of it can be read; the message says what to do next.
    """
    pages: list[Page] = []
    problems: list[Problem] = []
    budget = [MOST_ROWS, MOST_TOLD]
    short = Path(name).name
    for number, sheet in enumerate(read_sheets(data, short), 1):
        lines, wide = _lines(sheet, budget)
        pages.append(
            Page(
                number=number,
                width=0,
                height=0,
                lines=lines,
                state="text" if lines or sheet.too_big else "empty",
                name=sheet.name,
            )
        )
        problems += _problems(sheet, number, wide)
    if not any(page.lines for page in pages):
        if too_big := next((p for p in problems if p.code == "too_big"), None):
            raise TooBig(f"{short} : {too_big.message}")
        raise EmptyFile(f"{short} : aucune cellule remplie ; demander le fichier d'origine")
    return Document(
        path=name,
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pages=tuple(pages),
        problems=tuple(problems),
        kind=kind,
        layout="sheets",
    )


def _lines(sheet: Sheet, budget: list[int]) -> tuple[tuple[Line, ...], bool]:
    """The rows kept of a sheet, which take from the budget of the workbook, and whether columns were left out."""
    lines: list[Line] = []
    wide = False
    for row, values in _kept(sheet.rows, budget):
        cells = [written(value) for value in values[:MOST_COLUMNS]]
        wide |= any(value != "" for value in values[MOST_COLUMNS:])
        filled = [column for column, cell in enumerate(cells) if cell]
        if filled:
            first, end = filled[0], filled[-1] + 1
            text = "\t".join(cell.replace("\t", " ").replace("\r", "") for cell in cells[first:end])
            bbox = (float(first), float(row - 1), float(end), float(row))
            lines.append(Line(text=text, bbox=bbox, role="hidden" if sheet.is_hidden else "body"))
    return tuple(lines), wide


def _kept(rows: Iterator[Row], budget: list[int]) -> Iterator[Row]:
    for row in rows:
        share = 0 if budget[0] else 1
        if share and not (budget[1] and telling("\t".join(value for value in row[1] if isinstance(value, str)))):
            continue
        budget[share] -= 1
        yield row


def _problems(sheet: Sheet, number: int, wide: bool) -> Iterator[Problem]:
    where = f"feuille « {sheet.name} »" if sheet.name else "fichier"
    if sheet.too_big:
        message = f"{where} non lue : {sheet.too_big} ; n'en garder que les lignes et colonnes utiles"
        yield Problem(stage="read", code="too_big", message=message, page=number)
    if wide:
        message = f"{where} : colonnes au-delà de {MOST_COLUMNS} non lues ; la présenter en lignes"
        yield Problem(stage="read", code="too_wide", message=message, page=number)
