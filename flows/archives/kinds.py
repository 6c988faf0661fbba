"""What a file is by its first bytes: names and content types of the web are often wrong."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from extractors.kinds import SHEETS, WORDS, ZIP_ERRORS, kind_by_name

ARCHIVES = frozenset({".zip", ".7z", ".rar"})

_MAGICS = {
    b"PK\x03\x04": ".zip",
    b"PK\x05\x06": ".zip",  # an empty one
    b"7z\xbc\xaf\x27\x1c": ".7z",
    b"Rar!\x1a\x07": ".rar",
}
_PDF_WITHIN = 1024
"""PDF readers accept rubbish before the header, up to here."""


def true_suffix(path: Path) -> str | None:
    """`.pdf`, `.zip` (Office documents too), `.7z`, `.rar` or `.html`; None for anything else."""
    with path.open("rb") as file:
        head = file.read(_PDF_WITHIN)
    for magic, suffix in _MAGICS.items():
        if head.startswith(magic):
            return suffix
    if b"%PDF-" in head:
        return ".pdf"
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    starts = text.startswith((b"<!doctype html", b"<html"))
    return ".html" if starts or (text.startswith((b"<?xml", b"<!--")) and b"<html" in text) else None


def is_archive(path: Path, name: str) -> bool:
    """Whether a file is opened for its members: by its bytes, since names lie; Office documents are ZIPs, and are not.

    A file that is named as an archive and is nothing known is one that is damaged; so is a document of an office
    program whose ZIP holds no document, and its own reading tells.
    """
    true = true_suffix(path)
    named = PurePosixPath(name).suffix.lower() in ARCHIVES
    if true == ".zip":
        return not _is_office(path) if named else kind_by_name(name) not in WORDS | SHEETS and _is_plain(path)
    return true in ARCHIVES or (true is None and named)


def _is_office(path: Path) -> bool:
    names = _names(path)
    return "[Content_Types].xml" in names or "mimetype" in names


def _is_plain(path: Path) -> bool:
    """A ZIP that can be listed, whatever its name says, and is no document of an office program."""
    return bool(_names(path)) and not _is_office(path)


def _names(path: Path) -> frozenset[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(archive.namelist())
    except ZIP_ERRORS:
        return frozenset()
