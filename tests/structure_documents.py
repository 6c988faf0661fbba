"""Documents made of lines of text, for the tests of structure."""

from __future__ import annotations

from extractors.labels import label_lines
from extractors.passages import split_passages
from extractors.schema import Box, Cell, Document, Line, Page, Passage, Table

Made = tuple[Document, tuple[Passage, ...]]

_NOWHERE: Box = (0.0, 0.0, 0.0, 0.0)


def made(*pages: str, path: str = "document.pdf", size: float = 10.0) -> Made:
    """A PDF whose pages hold these texts, one line under another; a line that starts with « # » is twice as tall."""
    sheets = tuple(
        Page(number=number, width=595.0, height=842.0, lines=tuple(_lines(text, size)))
        for number, text in enumerate(pages, start=1)
    )
    document = Document(path=path, sha256="0" * 64, size=1, pages=tuple(label_lines(sheets)))
    return document, split_passages(document)


def notice(text: str) -> Made:
    """A text file, as the reader gives it: one page, lines without boxes."""
    lines = tuple(Line(text=line, bbox=_NOWHERE) for line in text.split("\n"))
    page = Page(number=1, width=0.0, height=0.0, lines=lines)
    document = Document(path="avis.txt", sha256="0" * 64, size=1, pages=(page,), layout="text")
    return document, split_passages(document)


def table(*rows: tuple[str | None, ...]) -> Table:
    cells = tuple(tuple(None if text is None else Cell(text=text, bbox=_NOWHERE) for text in row) for row in rows)
    return Table(page=1, bbox=_NOWHERE, rows=cells)


def _lines(text: str, size: float) -> list[Line]:
    lines, top = [], 60.0
    for written in text.split("\n"):
        height = 2 * size if written.startswith("#") else size
        words = written.lstrip("# ")
        if words:
            lines.append(Line(text=words, bbox=(60.0, top, 60.0 + 5 * len(words), top + height)))
        # A blank line leaves a gap, which ends the paragraph.
        top += height * 1.3
    return lines
