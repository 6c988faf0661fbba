"""What reading one file gave, as bytes and back: a rule that changes is tried again on it, and no PDF is read again.

One entry for each content, kept by whoever calls `extract` (a `PageStore`) under the version of the code that made it:
its pages, with what was looked at closer on them. No path is kept: the same content may stand under several.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from srsly import msgpack

from extractors.drawings import Drawings
from extractors.fingerprint import Kind
from extractors.formats import drawn_from, may_be, with_rest_read
from extractors.ocr.documents import IMAGE_PROBLEMS
from extractors.schema import (
    Box,
    Cell,
    CheckBox,
    Document,
    Geometry,
    Line,
    Page,
    Problem,
    Repair,
    Role,
    Source,
    Table,
    Tilt,
    Word,
)
from extractors.tools import NO_TOOLS, Tools

_ROLES: tuple[Role, ...] = ("body", "heading", "furniture", "toc", "hidden")
_FAST = 1  # level of compression: a third of the time of the usual one, for a tenth more bytes


class PageStore(Protocol):
    """Where entries are kept. It never raises: what it cannot keep is read again."""

    def load(self, kind: Kind, sha256: str) -> bytes | None: ...

    def save(self, kind: Kind, sha256: str, entry: bytes) -> None: ...

    def forget(self, kind: Kind, sha256: str) -> None: ...


class DamagedEntry(ValueError):
    """The bytes are no entry of this content: it is to be read again."""


# ---------------------------------------------------------------- pages


def dump_pages(document: Document, drawings: Drawings) -> bytes:
    """The pages of a document and what was looked at closer, without its path."""
    return packed(
        [
            document.sha256,
            document.size,
            document.kind,
            document.layout,
            [[p.stage, p.code, p.message, p.page] for p in document.problems],
            [_plain_page(page) for page in document.pages],
            [[page, *answers] for page, answers in sorted(drawings.drawn.items())],
            [_plain_geometry(geometry) for _, geometry in sorted(drawings.geometry.items())],
        ]
    )


def load_pages(entry: bytes, source: Source, *, sha256: str, tools: Tools = NO_TOOLS) -> tuple[Document, Drawings]:
    """The document and its drawings, as if read from that source.

    Raises:
        DamagedEntry: the bytes are damaged, or are not of this content.
    """
    try:
        kept, size, kind, layout, problems, pages, drawn, geometries = unpacked(entry)
        if kept != sha256:
            raise DamagedEntry("entry of another content")
        document = Document(
            path=source.name,
            sha256=sha256,
            size=size,
            pages=tuple(_page(page) for page in pages),
            problems=tuple(Problem(stage=s, code=c, message=m, page=p) for s, c, m, p in problems),
            kind=kind,
            layout=layout,
        )
        return document, Drawings(
            pdf=drawn_from(source, kind, sha256, tools),
            name=Path(source.name).name,
            drawn={page: (squares, rules) for page, squares, rules in drawn},
            geometry={g.page: g for g in map(_geometry, geometries)},
        )
    except (TypeError, LookupError, struct.error) as error:
        raise DamagedEntry("not an entry") from error


def _plain_page(page: Page) -> list[Any]:
    return [
        page.number,
        page.width,
        page.height,
        page.state,
        page.name,
        [line.text for line in page.lines],
        bytes(_ROLES.index(line.role) for line in page.lines),
        _boxes([line.bbox for line in page.lines]),
        _plain_image(page) if page.state == "ocr" else None,
    ]


def _plain_image(page: Page) -> list[Any]:
    """What only the page of an image has."""
    return [
        page.tilt and [page.tilt.turns, page.tilt.degrees],
        [line.confidence for line in page.lines],
        [[[r.start, r.end, r.seen] for r in line.repairs] for line in page.lines],
    ]


def _page(plain: list[Any]) -> Page:
    number, width, height, state, name, texts, roles, boxes, image = plain
    rows = zip(texts, roles, _unboxed(boxes), strict=True)
    lines = tuple(Line(text=text, bbox=bbox, role=_ROLES[role]) for text, role, bbox in rows)
    page = Page(number=number, width=width, height=height, state=state, name=name, lines=lines)
    return page if image is None else _of_image(page, *image)


def _of_image(page: Page, tilt: Any, confidences: list[float], repairs: list[Any]) -> Page:
    lines = (
        replace(
            line, confidence=confidence, repairs=tuple(Repair(start=s, end=e, seen=seen) for s, e, seen in repaired)
        )
        for line, confidence, repaired in zip(page.lines, confidences, repairs, strict=True)
    )
    return replace(page, lines=tuple(lines), tilt=tilt and Tilt(turns=tilt[0], degrees=tilt[1]))


def _plain_geometry(geometry: Geometry) -> list[Any]:
    return [
        geometry.page,
        [word.text for word in geometry.words],
        _boxes([word.bbox for word in geometry.words]),
        [[t.bbox, [[cell and [cell.text, cell.bbox] for cell in row] for row in t.rows]] for t in geometry.tables],
        [[box.bbox, box.ticked] for box in geometry.checkboxes],
    ]


def _geometry(plain: list[Any]) -> Geometry:
    page, words, boxes, tables, checkboxes = plain
    return Geometry(
        page=page,
        words=tuple(Word(text=text, bbox=bbox) for text, bbox in zip(words, _unboxed(boxes), strict=True)),
        tables=tuple(
            Table(
                page=page,
                bbox=tuple(bbox),
                rows=tuple(tuple(cell and Cell(text=cell[0], bbox=tuple(cell[1])) for cell in row) for row in rows),
            )
            for bbox, rows in tables
        ),
        checkboxes=tuple(CheckBox(bbox=tuple(bbox), ticked=ticked) for bbox, ticked in checkboxes),
    )


def _boxes(boxes: Sequence[Box]) -> bytes:
    """Doubles, to the bit: the same boxes come out."""
    return struct.pack(f"<{4 * len(boxes)}d", *(side for box in boxes for side in box))


def _unboxed(data: bytes) -> list[Box]:
    sides = iter(struct.unpack(f"<{len(data) // 8}d", data))
    return list(zip(sides, sides, sides, sides, strict=True))


# ---------------------------------------------------------------- bytes


def packed(plain: list[Any]) -> bytes:
    """The bytes of lists, texts, numbers and bytes."""
    return zlib.compress(msgpack.packb(plain, use_bin_type=True, unicode_errors="surrogatepass"), _FAST)


def unpacked(entry: bytes) -> Any:
    """What was packed; raises DamagedEntry."""
    try:
        return msgpack.unpackb(zlib.decompress(entry), raw=False, unicode_errors="surrogatepass")
    except (zlib.error, ValueError, msgpack.UnpackException) as error:
        raise DamagedEntry("damaged bytes") from error


# ---------------------------------------------------------------- reading through a store


def kept_pages(store: PageStore | None, source: Source, sha256: str, tools: Tools) -> tuple[Document, Drawings] | None:
    """What the store keeps of a content; None where it is to be read, as when a program now there would mend it."""
    if store is None or (entry := store.load("pages", sha256)) is None:
        return None
    try:
        document, drawings = load_pages(entry, source, sha256=sha256, tools=tools)
    except DamagedEntry:
        store.forget("pages", sha256)
        return None
    if tools.may_mend(document.problems):
        if not all(problem.code in IMAGE_PROBLEMS for problem in document.problems if problem.code in tools.mends):
            store.forget("pages", sha256)
            return None
        document = with_rest_read(document, drawings, source, tools)
    return (document, drawings) if may_be(document, source.name) else None


def keep_pages(store: PageStore, document: Document, drawings: Drawings) -> None:
    """Give the store the pages that it does not have yet."""
    if drawings.grown or store.load("pages", document.sha256) is None:
        store.save("pages", document.sha256, dump_pages(document, drawings))
