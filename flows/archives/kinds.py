"""What a file is by its first bytes: names and content types of the web are often wrong."""

from __future__ import annotations

from pathlib import Path

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
