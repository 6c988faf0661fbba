"""Word, LibreOffice Writer, RTF, HTML → Document: the pages that LibreOffice prints, else the text without pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from extractors.drawings import Drawings
from extractors.errors import DocumentError, OfficeError
from extractors.kinds import FileKind
from extractors.labels import label_lines
from extractors.reading import pdf_document, read_bytes
from extractors.schema import Document, Line, Page, Problem, Source
from extractors.tools import Tools


def office_document(data: bytes, source: Source, kind: FileKind, tools: Tools) -> tuple[Document, Drawings]:
    """The pages of an Office document; without its conversion, its text as one page, with what that lacks.

    Raises:
        OfficeError: nothing of it can be read.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    content = _given(data, kind)
    if not content:
        raise OfficeError("damaged", Path(source.name).name)
    pdf = printed_from(source, kind, sha256, tools)
    drawings = Drawings(pdf=pdf, name=Path(source.name).name)
    try:
        if tools.converter is None:
            raise OfficeError("no_office", drawings.name)
        printed = tools.converter.to_pdf(content, kind=kind, sha256=sha256, name=drawings.name)
        document = pdf_document(read_bytes(printed, source.name), source.name)
    except DocumentError as error:
        if error.code == "encrypted":
            raise
        return replace(_text_document(content, source, kind, sha256, error), size=len(data)), drawings
    return replace(document, sha256=sha256, size=len(data), kind=kind), drawings


def printed_from(source: Source, kind: FileKind, sha256: str, tools: Tools) -> Callable[[], Path]:
    """Where the PDF made of an Office document stands, made again when it is gone."""

    def pdf() -> Path:
        name = Path(source.name).name
        if tools.converter is None:
            raise OfficeError("no_office", name)
        if made := tools.converter.made(sha256):
            return made
        data = _given(read_bytes(source.path, source.name), kind)
        return tools.converter.to_pdf(data, kind=kind, sha256=sha256, name=name)

    return pdf


def _given(data: bytes, kind: FileKind) -> bytes:
    """What is given to read; nothing where it cannot be."""
    from extractors.webpage import plain_page, plain_rtf  # its parser loads only where it serves

    if kind == "html":
        return plain_page(data)
    return plain_rtf(data) if kind == "rtf" else data


def _text_document(data: bytes, source: Source, kind: FileKind, sha256: str, why: DocumentError) -> Document:
    """The text alone; raises what kept the document from being printed when there is none."""
    from extractors.officetext import office_lines  # its parsers load only where they serve

    texts = office_lines(data, kind)
    if not any(text.strip() for text in texts):
        raise why
    lines = tuple(Line(text=text, bbox=(0, 0, 0, 0)) for text in texts)
    message = f"texte lu sans pages ni mise en page : {str(why).partition(' : ')[2]}"
    return Document(
        path=source.name,
        sha256=sha256,
        size=len(data),
        pages=tuple(label_lines([Page(number=1, width=0, height=0, lines=lines)])),
        problems=(Problem(stage="read", code=why.code, message=message),),
        kind=kind,
        layout="text",
    )
