"""What a file is by its first bytes: its name often lies, and decides only where the bytes cannot tell."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import Literal

from olefile import OleFileIO

FileKind = Literal[
    "pdf", "txt",
    "docx", "doc", "odt", "rtf", "html",
    "xlsx", "xls", "ods", "csv",
    "png", "jpg", "tif",
    "eml", "msg",
    "locked", "other",
]  # fmt: skip
"""`locked`: an Office document that a password protects; `other`: nothing that is read (archives are opened before)."""

WORDS: frozenset[FileKind] = frozenset({"docx", "doc", "odt", "rtf", "html"})
SHEETS: frozenset[FileKind] = frozenset({"xlsx", "xls", "ods", "csv"})
PICTURES: frozenset[FileKind] = frozenset({"png", "jpg", "tif"})
MAILS: frozenset[FileKind] = frozenset({"eml", "msg"})
TEXTS: frozenset[FileKind] = frozenset({"txt", "csv", "html", "rtf", *MAILS})
MOST_TEXT = 100_000_000
"""Bytes of a text or a message that is read: it takes ten times as much memory."""

_BY_NAME: dict[str, FileKind] = {
    ".pdf": "pdf", ".txt": "txt",
    ".docx": "docx", ".docm": "docx", ".dotx": "docx", ".doc": "doc", ".dot": "doc", ".odt": "odt", ".ott": "odt",
    ".rtf": "rtf", ".html": "html", ".htm": "html", ".xhtml": "html", ".mht": "other",
    ".xlsx": "xlsx", ".xlsm": "xlsx", ".xlsb": "xlsx", ".xls": "xls", ".ods": "ods", ".csv": "csv",
    ".png": "png", ".jpg": "jpg", ".jpeg": "jpg", ".tif": "tif", ".tiff": "tif",
    ".eml": "eml", ".msg": "msg",
}  # fmt: skip
READ_SUFFIXES = frozenset(suffix for suffix, kind in _BY_NAME.items() if kind != "other")
"""Suffixes of the files that are read; the bytes have the last word on what each is."""

_MAGICS: tuple[tuple[bytes, FileKind], ...] = (
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"II*\x00", "tif"),
    (b"MM\x00*", "tif"),
)
ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError),
    *(RuntimeError, NotImplementedError, ValueError, LookupError),
)
"""What `zipfile` raises on an archive that is damaged, locked or made to harm."""

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PDF_WITHIN = 1024
"""PDF readers accept rubbish before the header, up to here."""
_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)
_OPEN_DOCUMENTS: dict[bytes, FileKind] = {
    b"application/vnd.oasis.opendocument.text": "odt",
    b"application/vnd.oasis.opendocument.text-template": "odt",
    b"application/vnd.oasis.opendocument.spreadsheet": "ods",
}
# Names at the root of an OLE file
_STREAMS: tuple[tuple[str, FileKind], ...] = (
    ("EncryptedPackage", "locked"),
    ("__properties_version1.0", "msg"),
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
)


def kind_of(data: bytes, name: str) -> FileKind:
    """What the bytes are; the suffix of `name` tells plain text, CSV, e-mails and the sheets in disguise apart."""
    named = kind_by_name(name)
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return "pdf"
    for magic, kind in _MAGICS:
        if data.startswith(magic):
            return kind
    if data.startswith(_ZIP):
        return _in_zip(data)
    if data.startswith(_OLE):
        return _in_ole(data, named)
    if named == "txt" or named in ("csv", "eml"):
        return named
    if named in ("xls", "xlsx") and not data.startswith(b"PK"):
        return named  # a table of HTML or a CSV that a program exports under that name: the reader of sheets tells
    if _HTML.match(data[:_PDF_WITHIN].removeprefix(b"\xef\xbb\xbf")):
        return "html"
    return "html" if named == "html" else "other"


def kind_by_name(name: str) -> FileKind:
    """What the suffix of a name announces."""
    return _BY_NAME.get(PurePosixPath(name.replace("\\", "/")).suffix.lower(), "other")


def _in_zip(data: bytes) -> FileKind:
    """An Office document is a ZIP whose members say which; any other ZIP is no document."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                kind = _OPEN_DOCUMENTS.get(archive.read("mimetype").strip(), "other")
                return "locked" if kind != "other" and _is_locked(archive) else kind
    except ZIP_ERRORS:
        names = _names_in_bytes(data)
    if any(name.startswith("word/") for name in names):
        return "docx"
    return "xlsx" if any(name.startswith("xl/") for name in names) else "other"


def _names_in_bytes(data: bytes) -> set[str]:
    """What a ZIP cut short still says that it holds."""
    return {found.decode("ascii") for found in re.findall(rb"PK\x03\x04.{26}((?:word|xl)/)", data, re.DOTALL)}


def _is_locked(archive: zipfile.ZipFile) -> bool:
    try:
        info = archive.getinfo("META-INF/manifest.xml")
    except KeyError:
        return False
    return info.file_size < 1_000_000 and b"encryption-data" in archive.read(info)


def _in_ole(data: bytes, named: FileKind) -> FileKind:
    """What the names at its root say: a message may hold any Office document, and be none."""
    try:
        with OleFileIO(io.BytesIO(data)) as ole:
            names = {entry.name for entry in ole.root.kids}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError, struct.error):
        names = {stream for stream, _ in _STREAMS if stream.encode("utf-16-le") + b"\0\0" in data}
    kind = next((kind for stream, kind in _STREAMS if stream in names), None)
    if kind is None:
        return named if named in ("doc", "xls", "msg") else "other"  # the directory is what a cut file lacks
    return "locked" if kind == "doc" and _is_locked_word(data) else kind


def _is_locked_word(data: bytes) -> bool:
    """Whether the header of the text, at the start of one of the sectors, says that a password protects it."""
    headers = (data[start : start + 12] for start in range(512, len(data), 512))
    return any(h[:2] == b"\xec\xa5" and h[3:4] in (b"\0", b"\1") and h[11:] and h[11] & 1 for h in headers)
