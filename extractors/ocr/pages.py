"""The image of a page → its lines, tables and tick-boxes, through a recogniser of words."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from extractors.ocr.images import Grey, Ink, as_pgm, ink_of, lean_of, straightened, turned, without_specks
from extractors.ocr.looks import is_in, with_ones, with_sure_numbers, words_of_cells
from extractors.ocr.ruling import Grid, grids_of, strokes_of, with_dark_cells_light, without_rules
from extractors.ocr.soup import POOR, is_unlikely
from extractors.ocr.squares import squares_of
from extractors.ocr.writing import PlacedWord, lines_of
from extractors.schema import Box, Cell, CheckBox, Geometry, Page, Table, Tilt, Word
from extractors.tools import Recogniser, SeenWord

_TICKED, _UNTICKED = "☒", "☐"
_NOISE = 0.2  # confidence of what is no word
_POOR = 0.65  # mean confidence below which the page may stand on its side or upside down
_STROKES = frozenset("|¦[]{}_—")  # a stroke that was taken for a letter
_DOUBTED = 0.6  # confidence of the words of a cell that is read again by itself
_BOX_CONFIDENCE = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadImage:
    """What stands on the image of one page; the geometry has the coordinates of the page's lines."""

    page: Page
    geometry: Geometry

    @property
    def is_sideways(self) -> bool:
        """Whether most words are taller than long: lines that go up or down the page were recognised as such."""
        sizes = [(x1 - x0, y1 - y0) for x0, y0, x1, y1 in (w.bbox for w in self.geometry.words if len(w.text) > 3)]
        return sum(height > width for width, height in sizes) > len(sizes) / 2

    @property
    def confidence(self) -> float:
        """Mean of the words, by their length; 1 where there are none."""
        weighed = [(len(line.text), line.confidence or 0.0) for line in self.page.lines]
        total = sum(length for length, _ in weighed)
        return sum(length * confidence for length, confidence in weighed) / total if total else 1.0


def read_image(image: Grey, *, dpi: int, number: int, recogniser: Recogniser, seconds: float) -> ReadImage:
    """The words of the page of that number, turned upright and straightened first where it needs it.

    `seconds`: time it may take, all together. Raises OcrTimeout, OcrFailed.
    """
    deadline = time.monotonic() + seconds
    image = without_specks(image)
    found = _read(image, 0, dpi=dpi, number=number, recogniser=recogniser, deadline=deadline)
    if not _is_poor(found):
        return found
    quarters = recogniser.quarter_turns(as_pgm(image), dpi=dpi, seconds=deadline - time.monotonic())
    if not quarters:
        return found
    other = _read(turned(image, quarters), quarters, dpi=dpi, number=number, recogniser=recogniser, deadline=deadline)
    return max(found, other, key=lambda read: (not read.is_sideways, _sense(read)))


def _is_poor(found: ReadImage) -> bool:
    return (
        found.is_sideways
        or found.confidence < _POOR
        or not found.page.lines
        or is_unlikely(found.page.text, below=POOR)
    )


def _sense(found: ReadImage) -> float:
    """How much was read, by its confidence."""
    return sum(len(line.text) * (line.confidence or 0.0) ** 2 for line in found.page.lines)


def _read(image: Grey, quarters: int, *, dpi: int, number: int, recogniser: Recogniser, deadline: float) -> ReadImage:
    degrees = lean_of(image, dpi)
    image = straightened(image, degrees)
    ink = ink_of(image)
    strokes = strokes_of(image, ink, dpi)
    grids = grids_of(ink, *strokes, dpi)
    boxes = squares_of(ink, dpi)
    clean = without_rules(with_dark_cells_light(image, ink, grids), strokes, grids, dpi)
    for (left, top, right, bottom), _ in boxes:
        clean[int(top) - 1 : int(bottom) + 2, int(left) - 1 : int(right) + 2] = 255
    seen = recogniser.words(as_pgm(clean), dpi=dpi, seconds=deadline - time.monotonic())
    seen = [w for w in seen if w.confidence >= _NOISE and not _STROKES.issuperset(w.text)]
    doubtful = [box for grid in grids for row in grid.rows for box in row if box and _is_unread(box, ink, seen)]
    again = words_of_cells(doubtful, clean, recogniser, dpi=dpi, seconds=deadline - time.monotonic())
    read_again = [box for box in doubtful if any(is_in(word.bbox, box) for word in again)]
    seen = [*(word for word in seen if not any(is_in(word.bbox, box) for box in read_again)), *again]
    columns = [[box for box in column if box] for grid in grids for column in zip(*grid.rows, strict=True)]
    seen = with_ones(seen, columns)
    seen = with_sure_numbers(seen, clean, recogniser, dpi=dpi, seconds=deadline - time.monotonic())
    point = 72 / dpi
    words = _placed(seen, point)
    words += [_box_word(_scaled(box, point), ticked, words) for box, ticked in boxes]
    height, width = image.shape
    page = Page(
        number=number,
        width=width * point,
        height=height * point,
        lines=lines_of(words, [[[box and _scaled(box, point) for box in row] for row in grid.rows] for grid in grids]),
        state="ocr",
        tilt=Tilt(turns=quarters, degrees=degrees) if quarters or degrees else None,
    )
    geometry = Geometry(
        page=number,
        words=tuple(Word(text=word.text, bbox=word.bbox) for word in words),
        tables=tuple(_table(grid, page, words, point) for grid in grids),
        checkboxes=tuple(CheckBox(bbox=_scaled(box, point), ticked=ticked) for box, ticked in boxes),
    )
    return ReadImage(page=page, geometry=geometry)


def _is_unread(box: Box, ink: Ink, seen: Sequence[SeenWord]) -> bool:
    """Whether a cell has ink but no word that is sure: a lone « 1 » is easily overlooked."""
    left, top, right, bottom = (round(side) for side in box)
    part = ink[top + 4 : bottom - 4, left + 4 : right - 4]
    if part.size == 0 or not 20 < part.sum() < 0.4 * part.size:
        return False
    return all(word.confidence < _DOUBTED for word in seen if is_in(word.bbox, box))


def _placed(seen: Sequence[SeenWord], point: float) -> list[PlacedWord]:
    return [
        PlacedWord(text=w.text, bbox=_scaled(w.bbox, point), confidence=w.confidence, line=w.line, read=w.read)
        for w in seen
    ]


def _scaled(box: Box, point: float) -> Box:
    return (box[0] * point, box[1] * point, box[2] * point, box[3] * point)


def _box_word(box: Box, ticked: bool, words: Sequence[PlacedWord]) -> PlacedWord:
    """The sign of a tick-box, on the line of the words at its right, else at its left."""
    middle, height = (box[1] + box[3]) / 2, box[3] - box[1]
    beside = [w for w in words if w.bbox[1] - height / 2 <= middle <= w.bbox[3] + height / 2]
    right = min((w for w in beside if w.bbox[0] >= box[2] - 2), key=lambda w: w.bbox[0], default=None)
    near = right or max((w for w in beside if w.bbox[2] <= box[0] + 2), key=lambda w: w.bbox[2], default=None)
    return PlacedWord(
        text=_TICKED if ticked else _UNTICKED,
        bbox=box,
        confidence=_BOX_CONFIDENCE,
        line=near.line if near else (-1, round(box[1]), round(box[0])),
    )


def _table(grid: Grid, page: Page, words: Sequence[PlacedWord], point: float) -> Table:
    rows = tuple(tuple(None if box is None else _cell(_scaled(box, point), words) for box in row) for row in grid.rows)
    return Table(page=page.number, bbox=_scaled(grid.bbox, point), rows=rows)


def _cell(box: Box, words: Sequence[PlacedWord]) -> Cell:
    """The words of a cell, repaired as its lines are."""
    inside = [
        word
        for word in words
        if box[0] <= (word.bbox[0] + word.bbox[2]) / 2 <= box[2]
        and box[1] <= (word.bbox[1] + word.bbox[3]) / 2 <= box[3]
    ]
    return Cell(text="\n".join(line.text for line in lines_of(inside)), bbox=box)
