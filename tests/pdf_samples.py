"""Small PDFs with one oddity each, written by the tests that read them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = 595.0, 842.0
Text = tuple[float, float, str]
"""x, y from the top, words."""


def write_pdf(
    path: Path,
    pages: Sequence[Iterable[Text]],
    *,
    size: float = 10,
    font: str = "Helvetica",
    rotation: int = 0,
    crop: tuple[float, float, float, float] | None = None,
    password: str | None = None,
    draw: Callable[[Any], None] | None = None,
) -> Path:
    """One page per list of texts; `draw` adds vectors to every page; an empty `password` encrypts without asking."""
    encryption = None if password is None else StandardEncryption(password, ownerPassword="owner")
    canvas = Canvas(str(path), pagesize=(WIDTH, HEIGHT), encrypt=encryption)
    for texts in pages:
        if rotation:
            canvas.setPageRotation(rotation)
        if crop:
            canvas.setCropBox(crop)
        canvas.setFont(font, size)
        for x, y, words in texts:
            canvas.drawString(x, HEIGHT - y, words)
        if draw:
            draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def column(x: float, texts: Iterable[str], *, top: float = 100, pitch: float = 13) -> list[Text]:
    """Lines under one another."""
    return [(x, top + i * pitch, text) for i, text in enumerate(texts)]


def raw_pdf(content: bytes, *, pages: int = 1, to_unicode: bytes | None = None) -> bytes:
    """A PDF by hand: the same content on every page, in Helvetica, with a chosen Unicode map or none."""
    mapping = b" /ToUnicode 5 0 R" if to_unicode is not None else b""
    kids = b" ".join(b"%d 0 R" % (6 + i) for i in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding%s >>" % mapping,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(to_unicode or b""), to_unicode or b""),
    ]
    resources = b"/Contents 4 0 R /Resources << /Font << /F1 3 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] %s >>" % resources
    objects += [page] * pages
    out = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


PRIVATE_MAP = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Private def
1 begincodespacerange <00> <FF> endcodespacerange
1 beginbfrange <20> <7E> <E020> endbfrange
endcmap end end"""
