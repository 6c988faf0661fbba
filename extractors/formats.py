"""One file, whatever it is, as pages of lines with what is drawn on them: the one place that knows every format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from extractors.drawings import Drawings
from extractors.errors import DocumentError, EmptyFile, NotPdf, OfficeError, TooBig
from extractors.kinds import MOST_TEXT, PICTURES, SHEETS, TEXTS, WORDS, FileKind, kind_by_name, kind_of
from extractors.mails import mail_document
from extractors.ocr.documents import with_images_read
from extractors.ocr.rendering import DPI, Frames, pdf_images, picture_document
from extractors.office import office_document, printed_from
from extractors.reading import pdf_document, read_bytes, text_document
from extractors.schema import Document, Source
from extractors.sheets import sheets_document
from extractors.tools import NO_TOOLS, Tools

Opened = tuple[Document, Drawings]
_NOTHING = (np.full((1, 1), 255, np.uint8), DPI)
"""The image of a logo, which no page asks for."""


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
    if kind in TEXTS and len(data) > MOST_TEXT:
        size = f"{len(data) / 1e6:.0f} Mo, {MOST_TEXT // 10**6} au plus pour un texte"
        raise TooBig(f"{name} : {size} ; le découper, ou vérifier sa provenance")
    if kind == "pdf":
        drawings = Drawings(pdf=lambda: source.path, name=name)
        return _with_images_read(data, pdf_document(data, source.name), drawings, tools), drawings
    if kind in PICTURES:
        return _picture(data, source, kind, tools)
    if kind == "txt":
        return text_document(data, source.name), Drawings(pdf=lambda: source.path, name=name)
    if kind in WORDS:
        return _office(data, source, kind, tools)
    if kind in SHEETS:
        return sheets_document(data, source.name, kind), Drawings(pdf=lambda: source.path, name=name)
    if kind == "eml" or kind == "msg":
        return mail_document(data, source.name, kind), Drawings(pdf=lambda: source.path, name=name)
    raise _unread(kind, name)


def _with_images_read(data: bytes, document: Document, drawings: Drawings, tools: Tools) -> Document:
    if tools.recogniser is None or not any(page.state in ("scan", "unmapped") for page in document.pages):
        return document
    with pdf_images(data, drawings.name) as image_of:
        return with_images_read(document, drawings, image_of, tools)


def _office(data: bytes, source: Source, kind: FileKind, tools: Tools) -> Opened:
    """The pages printed; a scan that was put in a Word document is a page to recognise too."""
    document, drawings = office_document(data, source, kind, tools)
    if any(page.state == "scan" for page in document.pages):
        document = _with_images_read(read_bytes(drawings.pdf(), source.name), document, drawings, tools)
    return document, drawings


def with_rest_read(document: Document, drawings: Drawings, source: Source, tools: Tools) -> Document:
    """A document that was read before, with the images that were not, page by page: what was read is not read again.

    Raises:
        DocumentError: its bytes cannot be read.
    """
    if document.kind in PICTURES:
        frames = Frames(read_bytes(source.path, source.name), drawings.name)
        return with_images_read(document, drawings, lambda number: frames.of(number) or _NOTHING, tools)
    if document.kind not in {"pdf", *WORDS}:
        return document
    return _with_images_read(read_bytes(drawings.pdf(), source.name), document, drawings, tools)


def _picture(data: bytes, source: Source, kind: FileKind, tools: Tools) -> Opened:
    """Its frames as pages; a logo is an empty one."""
    drawings = Drawings(pdf=lambda: source.path, name=Path(source.name).name)
    frames = Frames(data, drawings.name)
    document = picture_document(data, source.name, kind, frames)
    return with_images_read(document, drawings, lambda number: frames.of(number) or _NOTHING, tools), drawings


def drawn_from(source: Source, kind: FileKind, sha256: str, tools: Tools) -> Callable[[], Path]:
    """Where the PDF of a document that was read before stands, for the pages that were not looked at yet."""
    return printed_from(source, kind, sha256, tools) if kind in WORDS else lambda: source.path


def may_be(document: Document, name: str) -> bool:
    """Whether these bytes are the same document under that name: the bytes of a text say nothing of what it is."""
    return document.layout == "pages" or kind_by_name(name) == document.kind


def _unread(kind: FileKind, name: str) -> DocumentError:
    if kind == "locked":
        return OfficeError("encrypted", name)
    if kind_by_name(name) != "other":
        return NotPdf(f"{name} : ce n'est pas ce qu'annonce son nom ; fournir la pièce d'origine")
    return NotPdf(f"{name} : format non lu ; fournir la pièce en PDF, en Word ou en tableur")
