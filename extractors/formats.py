"""One file, whatever it is, as pages of lines with what is drawn on them: the one place that knows every format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from extractors.drawings import Drawings
from extractors.errors import DocumentError, EmptyFile, NotPdf, OfficeError
from extractors.kinds import WORDS, FileKind, kind_by_name, kind_of
from extractors.office import office_document, printed_from
from extractors.reading import pdf_document, read_bytes, text_document
from extractors.schema import Document, Source
from extractors.tools import NO_TOOLS, Tools

Opened = tuple[Document, Drawings]


def read_file(path: Path, *, tools: Tools = NO_TOOLS) -> Document:
    """The file as pages of lines, labelled, with what could not be read; raises DocumentError when nothing can be."""
    return open_bytes(read_bytes(path, str(path)), Source(path=path, name=str(path)), tools=tools)[0]


def open_bytes(data: bytes, source: Source, *, tools: Tools = NO_TOOLS) -> Opened:
    """The same for the bytes of a source, with the looks taken at what is drawn.

    Raises:
        DocumentError: nothing of it can be read; the message says what to do next.
    """
    name = Path(source.name).name
    if not data.strip():
        raise EmptyFile(f"{name} : fichier vide ; le télécharger de nouveau")
    kind = kind_of(data, source.name)
    if kind == "pdf":
        document = pdf_document(data, source.name)
        return document, Drawings(pdf=lambda: source.path, name=name)
    if kind == "txt":
        return text_document(data, source.name), Drawings(pdf=lambda: source.path, name=name)
    if kind in WORDS:
        return office_document(data, source, kind, tools)
    raise _unread(kind, name)


def drawn_from(source: Source, kind: FileKind, sha256: str, tools: Tools) -> Callable[[], Path]:
    """Where the PDF of a document that was read before stands, for the pages that were not looked at yet."""
    return printed_from(source, kind, sha256, tools) if kind in WORDS else lambda: source.path


def may_be(document: Document, name: str) -> bool:
    """Whether these bytes are the same document under that name: the bytes of a text say nothing of what it is."""
    return document.layout == "pages" or kind_by_name(name) == document.kind


def _unread(kind: FileKind, name: str) -> DocumentError:
    if kind == "locked":
        return OfficeError("locked", name)
    return NotPdf(f"{name} : ce n'est pas un PDF ; fournir le PDF d'origine ou un fichier .txt")
