"""The files that a document holds: attachments of an e-mail, files embedded in a PDF or pinned to its pages.

pdfminer reads them, not pdfium: whoever asks is the process that must outlive every file, and nothing of C runs there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from mmap import mmap
from typing import Any

from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfexceptions import PDFException
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1
from pdfminer.psexceptions import PSException
from pdfminer.utils import decode_text

from extractors.errors import DamagedMail
from extractors.kinds import MAILS, MOST_TEXT, kind_of
from extractors.mails import Attachment, read_mail

_HEAD = 1024
_OLE = b"\xd0\xcf\x11\xe0"
# A stream is never packed with other objects: the dictionary of an embedded file is there to be seen.
_EMBEDDED = (b"/EmbeddedFile", b"/CheckSum")
# What comes from pdfminer on a PDF that is damaged, or made to harm
_MALFORMED = (
    PDFException, PSException, zlib.error, ArithmeticError, AssertionError, AttributeError, LookupError, OSError,
    RecursionError, TypeError, ValueError,
)  # fmt: skip
_MAX_BYTES = 2**29
_MAX_FILES = 1000
_MAX_PAGES = 5000
_TOO_LARGE = f"dépasse {_MAX_BYTES >> 20} Mo une fois décompressé : l'extraire avec un lecteur de PDF et le déposer"
_SHRINKING = frozenset({"ASCIIHexDecode", "ASCII85Decode"})
"""Filters that give fewer bytes than they take."""
_DAMAGED = "illisible : l'extraire avec un lecteur de PDF et le déposer"


def holds_files(data: bytes | mmap, name: str) -> bool:
    """Whether the bytes are of an e-mail or of a PDF with embedded files: a look, before anything is parsed."""
    head = bytes(data[:_HEAD])
    kind = kind_of(bytes(data) if head.startswith(_OLE) else head, name)
    if kind == "pdf":
        return any(data.find(mark) >= 0 for mark in _EMBEDDED)
    return kind in MAILS and len(data) <= MOST_TEXT


def attachments_of(data: bytes, name: str) -> tuple[Attachment, ...]:
    """The files inside an e-mail or a PDF, in order; none where it is damaged, as its own reading tells."""
    kind = kind_of(data, name)
    if kind == "pdf":
        return tuple(_in_pdf(data))
    if kind == "eml" or kind == "msg":
        try:
            return read_mail(data, kind).attachments
        except DamagedMail:
            return ()
    return ()


def _in_pdf(data: bytes) -> list[Attachment]:
    found: list[Attachment] = []
    seen: set[int | None] = set()
    try:
        document = PDFDocument(PDFParser(BytesIO(data)), fallback=False)
        specs = list(_names(resolve1(resolve1(document.catalog.get("Names")) or {}).get("EmbeddedFiles")))
        for number, page in enumerate(PDFPage.create_pages(document)):
            if number >= _MAX_PAGES:
                break
            specs += [resolve1(note).get("FS") for note in resolve1(page.annots) or () if _is_pinned(resolve1(note))]
        for spec in specs[:_MAX_FILES]:
            if (file := _file(resolve1(spec), seen)) is not None:
                found.append(file)
    except _MALFORMED:
        return found
    return found


def _is_pinned(note: Any) -> bool:
    return isinstance(note, dict) and getattr(note.get("Subtype"), "name", "") == "FileAttachment"


def _names(root: Any) -> Iterator[Any]:
    """The values of a name tree, in order; one that turns on itself ends."""
    waiting, visited = [root], 0
    while waiting and visited < 10 * _MAX_FILES:
        visited += 1
        node = resolve1(waiting.pop(0))
        if isinstance(node, dict):
            yield from (resolve1(node.get("Names")) or [])[1::2]
            waiting = list(resolve1(node.get("Kids")) or []) + waiting


def _file(spec: Any, seen: set[int | None]) -> Attachment | None:
    """The file of a specification; None where it holds none, or one that another gave."""
    if not isinstance(spec, dict) or not isinstance(inside := resolve1(spec.get("EF")), dict):
        return None
    stream = resolve1(inside.get("UF") or inside.get("F"))
    if not isinstance(stream, PDFStream) or stream.objid in seen:
        return None
    seen.add(stream.objid)
    given = resolve1(spec.get("UF") or spec.get("F"))
    name = decode_text(given) if isinstance(given, bytes) else ""
    try:
        content = _content(stream)
    except _MALFORMED:
        return Attachment(name=name, content=None, refusal=_DAMAGED)
    if content is None:
        return Attachment(name=name, content=None, refusal=_TOO_LARGE)
    return Attachment(name=name, content=content)


def _content(stream: Any) -> bytes | None:
    """The bytes of an embedded file; None where there are too many."""
    filters = [getattr(name, "name", "") for name, _ in stream.get_filters()]
    if _SHRINKING.issuperset(filters):
        content: bytes = stream.get_data()
        return content
    if filters != ["FlateDecode"]:  # filters in a row, or old ones, which nothing would bound
        raise ValueError(filters)
    packed = stream.get_rawdata()
    if stream.decipher:
        packed = stream.decipher(stream.objid, stream.genno, packed, stream.attrs)
    unpacker = zlib.decompressobj()
    content = unpacker.decompress(packed, _MAX_BYTES)
    return None if unpacker.unconsumed_tail else content
