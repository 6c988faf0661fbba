"""The rows of a sheet → passages that say what each says under its header and titles.

A row of cells is no sentence. Its label, its number and the name of their column are put together as a person would
read them (`extractors/sheet_sentences.py`), so that the rules that read sentences read it; evidence quotes the cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from extractors.headers import Header, read_header
from extractors.headings import numbering
from extractors.schema import Document, Line, LineSpan, Page, Passage
from extractors.sheet_numbers import place
from extractors.sheet_sentences import Cells, under_header, without_header
from extractors.text import fold

_PLAIN_NAME = re.compile(r"(?:feuille?|sheet|tableau|onglet) ?\d*$")
_NO_TITLE = re.compile(r"[.;!?…]\W?$|[☐☒☑□]|: ?\S|\d ?(?:%|h\b|heures|€)")
_TITLE_LENGTH = 110
_ROWS_BELOW = 60  # rows that tell what a header names
_GAP = 3  # blank rows after which a header speaks no more
_QUOTED_ALONE = 60  # characters of a sentence that one cell holds and that proves without the rest of its row


def sheet_passages(document: Document) -> Iterator[Passage]:
    """The passages of every sheet that a bidder sees, in order; several may stand on one row."""
    index = 0
    for page in document.pages:
        for said in _of_sheet(page):
            yield Passage(
                index=index,
                text=said.text,
                spans=(LineSpan(start=0, end=len(said.text), page=page.number, line=said.line),),
                role="heading" if said.is_title else "body",
                section=said.place,
                headings=said.headings,
            )
            index += 1


def row_quote(document: Document, passage: Passage, start: int, end: int) -> str:
    """The words that prove text[start:end] of a passage: a sentence that one cell holds, else the cells of the row."""
    span = passage.spans[0]
    line = document.pages[span.page - 1].lines[span.line].text
    words = passage.text[start:end]
    if len(words) > _QUOTED_ALONE and words in line:
        return words
    return " | ".join(cell for cell in line.split("\t") if cell)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    text: str
    line: int
    place: str
    headings: tuple[str, ...]
    is_title: bool


@dataclass(slots=True)
class _Sheet:
    """What was met so far on a sheet."""

    page: Page
    titles: list[str] = field(default_factory=list)
    was_title: bool = False
    header: Header | None = None
    last_row: int = 0

    @property
    def headings(self) -> tuple[str, ...]:
        name = self.page.name or ""
        named = () if not name or _PLAIN_NAME.match(fold(name)) else (name,)
        return (*named, *self.titles, *(self.header.titles if self.header else ()))

    def said(self, text: str, line: int, columns: Iterable[int], *, is_title: bool = False) -> _Said:
        row = int(self.page.lines[line].bbox[3])
        where = place(self.page.name, row, tuple(columns))
        return _Said(text=text, line=line, place=where, headings=self.headings, is_title=is_title)


def _of_sheet(page: Page) -> Iterator[_Said]:
    sheet = _Sheet(page)
    rows = [(index, line, _cells(line)) for index, line in enumerate(page.lines) if line.role != "hidden"]
    at = 0
    while at < len(rows):
        index, line, cells = rows[at]
        row = int(line.bbox[3])
        blank = row - sheet.last_row - 1
        if blank >= _GAP:
            sheet.header = None
        sheet.last_row = row
        # Below a blank row or a title, another table may begin.
        current = None if blank or sheet.was_title else sheet.header
        header = read_header([cells for _, _, cells in rows[at : at + _ROWS_BELOW]], current=current)
        if header is not None:
            sheet.header, sheet.was_title = header, False
            at += header.height
            sheet.last_row = int(rows[at - 1][1].bbox[3])
            yield sheet.said(header.text, index, cells, is_title=True)
            continue
        at += 1
        if len(cells) == 1:
            yield from _alone(sheet, index, cells)
            continue
        sheet.was_title = False
        saying = under_header(sheet.header, sheet.headings, cells) if sheet.header else without_header(cells)
        for text, columns in saying:
            yield sheet.said(text, index, columns)


def _cells(line: Line) -> Cells:
    first = int(line.bbox[0])
    return {first + rank: text for rank, text in enumerate(line.text.split("\t")) if text.strip()}


def _alone(sheet: _Sheet, index: int, cells: Cells) -> Iterator[_Said]:
    """A row of one cell: a title, or paragraphs."""
    text = next(iter(cells.values()))
    if _is_title(text):
        if not sheet.was_title:
            sheet.titles.clear()
        title = " ".join(text.split())
        yield sheet.said(title, index, cells, is_title=True)
        sheet.titles.append(title)
        sheet.was_title = True
        return
    if len(text) > _TITLE_LENGTH:
        sheet.header = None
    sheet.was_title = False
    for paragraph in filter(None, map(str.strip, text.split("\n"))):
        yield sheet.said(paragraph, index, cells)


def _is_title(text: str) -> bool:
    if len(text) > _TITLE_LENGTH or "\n" in text or not re.search(r"[^\W\d_]{3}", text):
        return False
    numbered = numbering(text)
    if numbered and numbered.kind == "article" and not text.rstrip().endswith((".", ";", ",")):
        return True  # « Article 3 : Clause sociale »
    return not _NO_TITLE.search(text.strip())
