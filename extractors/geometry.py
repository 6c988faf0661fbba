"""Words, tables and tick-boxes of the few pages whose findings need them, with pdfplumber.

pdfplumber is fifty times slower than pdfium, so nothing here runs on a page that no finding asks for.
Boxes have the origin of the page as displayed, like those of the lines.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pdfplumber
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from pdfminer.pdftypes import resolve1
from pdfminer.psexceptions import PSException
from pdfplumber.utils.exceptions import MalformedPDFException, PdfminerException

from extractors.errors import DamagedPdf
from extractors.reading import PDFIUM
from extractors.schema import Box, Cell, CheckBox, Geometry, Table, Word

# What comes through pdfplumber from a page whose content or fonts are malformed
_MALFORMED = (
    MalformedPDFException,
    PdfminerException,
    PSException,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    struct.error,
)

_SMALLEST, _LARGEST = 4.0, 16.0  # sides of a tick-box, in points
_CORNER = 1.5  # points: how far apart the ends of two sides may be
_INK_MARKS = frozenset("xX×✓✔✕✖✗✘☑☒■●")


def read_geometry(path: Path, pages: Sequence[int], *, name: str | None = None) -> tuple[Geometry, ...]:
    """Geometry of the pages asked for (1 is the first), in that order; raises DamagedPdf when they cannot be read.

    `name`: what messages call the file, its own name unless told.
    """
    geometries = {}
    try:
        with pdfplumber.open(path, pages=sorted(set(pages))) as pdf:
            for page in pdf.pages:
                try:
                    geometries[page.page_number] = _geometry(page, page.page_number)
                finally:
                    page.close()
        return tuple(geometries[number] for number in pages)
    except _MALFORMED as error:
        reason = f"tableaux et cases illisibles ({type(error).__name__}) ; vérifier ces pages à l'œil"
        raise DamagedPdf(f"{name or path.name} : {reason}") from error


def _geometry(page: Any, number: int) -> Geometry:
    dx, dy = _origin(page)
    words = (Word(text=w["text"], bbox=_shifted(_box(w), dx, dy)) for w in page.extract_words())
    checkboxes = (
        CheckBox(bbox=_shifted(box, dx, dy), ticked=ticked) for box, ticked in [*_drawn_boxes(page), *_form_boxes(page)]
    )
    return Geometry(
        page=number,
        words=tuple(words),
        tables=tuple(_tables(page, number, dx, dy)),
        checkboxes=tuple(sorted(checkboxes, key=lambda c: (c.bbox[1], c.bbox[0]))),
    )


def _origin(page: Any) -> tuple[float, float]:
    """Where the displayed page starts in pdfplumber's coordinates, which are those of the media box."""
    left, bottom, right, top = page.page_obj.mediabox
    crop_left, crop_bottom, crop_right, crop_top = page.page_obj.cropbox
    cut = {
        0: (crop_left - left, top - crop_top),
        90: (crop_bottom - bottom, crop_left - left),
        180: (right - crop_right, crop_bottom - bottom),
        270: (top - crop_top, right - crop_right),
    }[page.rotation % 360]
    return max(cut[0], 0.0), max(cut[1], 0.0)


def _box(item: Any) -> Box:
    return (item["x0"], item["top"], item["x1"], item["bottom"])


def _shifted(box: Box, dx: float, dy: float) -> Box:
    return (box[0] - dx, box[1] - dy, box[2] - dx, box[3] - dy)


# ---------------------------------------------------------------- tables


def _tables(page: Any, number: int, dx: float, dy: float) -> Iterable[Table]:
    """Ruled tables of at least two cells; a frame around a title is none."""
    for table in page.find_tables():
        texts = table.extract()
        rows = tuple(
            tuple(
                None if box is None else Cell(text=(text or "").strip(), bbox=_shifted(box, dx, dy))
                for box, text in zip(row.cells, row_texts, strict=True)
            )
            for row, row_texts in zip(table.rows, texts, strict=True)
        )
        if sum(cell is not None for row in rows for cell in row) >= 2:
            yield Table(page=number, bbox=_shifted(table.bbox, dx, dy), rows=rows)


# ---------------------------------------------------------------- tick-boxes


def _drawn_boxes(page: Any) -> list[tuple[Box, bool]]:
    """Small squares drawn with vectors, and whether something is drawn or written inside."""
    shapes = [(_box(s), _is_filled(s)) for s in [*page.rects, *page.curves]]
    squares = [(box, filled) for box, filled in shapes if _is_square(box)]
    squares += [(box, False) for box in _squares_of_lines(page)]
    outer: list[tuple[Box, bool]] = []
    for box, filled in sorted(squares, key=lambda s: -(s[0][2] - s[0][0])):
        if not any(_center_in(box, other) for other, _ in outer):
            outer.append((box, filled))
    open_sides = [box[2] - box[0] for box, filled in outer if not filled]
    marks = [_box(line) for line in page.lines]
    marks += [box for box, _ in shapes if not any(_is_outline(box, square) for square, _ in outer)]
    marks += [_box(char) for char in page.chars if char["text"] in _INK_MARKS or "\uf000" <= char["text"] <= "\uf8ff"]
    found = []
    for box, filled in outer:
        side = box[2] - box[0]
        if filled and not any(abs(side - other) < 1 for other in open_sides):
            continue  # a solid square without open ones like it is a bullet
        found.append((box, filled or any(_marks_inside(mark, box) for mark in marks)))
    return found


def _is_square(box: Box) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return _SMALLEST <= width <= _LARGEST and _SMALLEST <= height <= _LARGEST and 0.75 <= width / height <= 1.34


def _is_filled(shape: Any) -> bool:
    """Painted in a dark colour, not only outlined or whitened."""
    if not shape["fill"]:
        return False
    colour = shape["non_stroking_color"]
    levels = [c for c in (colour if isinstance(colour, tuple | list) else (colour,)) if isinstance(c, int | float)]
    if len(levels) == 4:
        return sum(levels) > 0.8  # cyan, magenta, yellow, black
    return not levels or sum(levels) / len(levels) < 0.6


def _squares_of_lines(page: Any) -> Iterable[Box]:
    """Squares made of four separate strokes, or of four thin rectangles."""
    strokes = [_box(s) for s in [*page.lines, *page.rects]]
    across = [b for b in strokes if _SMALLEST <= b[2] - b[0] <= _LARGEST + 1 and b[3] - b[1] < 1.5]
    upright = [b for b in strokes if _SMALLEST <= b[3] - b[1] <= _LARGEST + 1 and b[2] - b[0] < 1.5]
    for top in across:
        for bottom in across:
            square = (top[0], top[1], top[2], bottom[3])
            if (
                _is_square(square)
                and abs(top[0] - bottom[0]) < _CORNER
                and abs(top[2] - bottom[2]) < _CORNER
                and all(any(_is_side(side, x, square) for side in upright) for x in (top[0], top[2]))
            ):
                yield square


def _is_side(side: Box, x: float, square: Box) -> bool:
    near = abs((side[0] + side[2]) / 2 - x) < _CORNER
    return near and abs(side[1] - square[1]) < _CORNER and abs(side[3] - square[3]) < _CORNER


def _center_in(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] < x < outer[2] and outer[1] < y < outer[3]


def _is_outline(shape: Box, box: Box) -> bool:
    """The square itself, drawn again or with a double line."""
    return all(abs(a - b) < 0.15 * (box[2] - box[0]) for a, b in zip(shape, box, strict=True))


def _marks_inside(mark: Box, box: Box) -> bool:
    """A stroke, shape or glyph within the box that is no side of it."""
    side = box[2] - box[0]
    width, height = mark[2] - mark[0], mark[3] - mark[1]
    return _center_in(mark, box) and 0.25 * side < width < 1.6 * side and 0.25 * side < height < 1.6 * side


def _form_boxes(page: Any) -> list[tuple[Box, bool]]:
    """Tick-boxes of a fillable form: its widgets are not part of what the page draws."""
    found = []
    for annotation in page.annots:
        data = annotation["data"]
        parent = resolve1(data.get("Parent")) or {}
        kind = data.get("FT") or parent.get("FT")
        box = _box(annotation)
        if getattr(kind, "name", None) == "Btn" and _is_square(box):
            found.append((box, getattr(data.get("AS"), "name", "Off") != "Off"))
    return found


def drawn_pages(path: Path, pages: Iterable[int], *, name: str | None = None) -> tuple[frozenset[int], frozenset[int]]:
    """The pages, of those asked for, that hold small squares (so perhaps tick-boxes), and those that hold ruled lines.

    A look through pdfium costs a millisecond where pdfplumber costs a tenth of a second. Raises DamagedPdf.
    """
    try:
        with PDFIUM:
            return _drawn_pages(path, pages)
    except (pdfium.PdfiumError, OSError) as error:
        raise DamagedPdf(f"{name or path.name} : dessins illisibles ; vérifier tableaux et cases à l'œil") from error


def _drawn_pages(path: Path, pages: Iterable[int]) -> tuple[frozenset[int], frozenset[int]]:
    squares, rules = set(), set()
    with closing(pdfium.PdfDocument(path)) as pdf:
        for number in sorted(set(pages)):
            sides = 0
            with closing(pdf[number - 1]) as page:
                for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3):
                    left, bottom, right, top = item.get_bounds()
                    short, long = sorted((right - left, top - bottom))
                    if _SMALLEST <= long <= _LARGEST and short >= 0.8 * long:
                        squares.add(number)
                    elif long > 2 * _LARGEST:
                        rules.add(number)
                    elif short < _CORNER and _SMALLEST <= long <= _LARGEST:
                        sides += 1
            if sides >= 4:  # a box drawn line by line
                squares.add(number)
    return frozenset(squares), frozenset(rules)
