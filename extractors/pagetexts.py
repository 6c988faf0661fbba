"""The text of pages as people search in it: on one line, names of persons masked as in quotes."""

from __future__ import annotations

from pathlib import Path

from extractors.errors import DocumentError
from extractors.formats import read_file
from extractors.persons import without_names
from extractors.schema import Document, Extraction, Source, as_source
from extractors.text import one_line
from extractors.tools import NO_TOOLS, Tools


def page_texts(document: Document) -> tuple[str, ...]:
    """The text of every page as it is searched: on one line, names of persons masked as in quotes.

    Words of an image are those that were recognised: quotes are looked for among them. Hidden sheets say nothing.
    """
    shown = ((line.seen for line in page.lines if line.role != "hidden") for page in document.pages)
    return tuple(without_names(one_line("\n".join(lines))) for lines in shown)


def read_texts(file: Path | Source, *, tools: Tools = NO_TOOLS) -> Extraction:
    """A document read for its texts alone: nothing in it is looked for."""
    path = as_source(file).path
    try:
        document = read_file(path, tools=tools)
    except DocumentError:
        return Extraction(path=str(path), sha256="", size=0, status="failed")
    return Extraction(
        path=str(path),
        sha256=document.sha256,
        size=document.size,
        status="ok",
        pages=len(document.pages),
        texts=page_texts(document),
    )
