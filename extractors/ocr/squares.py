"""Tick-boxes of an image: small squares of four straight sides, ticked where there is ink inside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from extractors.ocr.images import Ink
from extractors.schema import Box

_SMALLEST, _LARGEST = 5.5, 16.0  # sides of a box, in points
_SIDE = 0.85  # share of a side that is ink
_SQUARE = 0.2  # by how much its sides may differ
_TICKED = 0.08  # share of ink inside: a tick has more, grain has less
_SOLID = 0.85  # all ink: a bullet, or a letter filled
_STROKE = 0.26  # of its side: how thick the line of a box is at most
_CLEAR = 0.25  # of its side: how far from a box the next letter is, at its left and at its right
_GRAIN = 0.04  # share of ink that is not a letter


def squares_of(ink: Ink, dpi: int) -> list[tuple[Box, bool]]:
    """The boxes, in pixels, and whether each is ticked; from top to bottom."""
    point = dpi / 72
    smallest, largest = round(_SMALLEST * point), round(_LARGEST * point)
    thick = max(2, round(point))
    found: list[tuple[Box, bool]] = []
    for y, left, right in _tops(ink, smallest, largest):
        if any(b[0] - thick <= left and right <= b[2] + thick and b[1] - thick <= y <= b[3] for b, _ in found):
            continue
        bottom = _bottom(ink, y, left, right, thick)
        if bottom is None or _goes_on(ink, y, bottom, left, right, thick):
            continue
        if not _stands_alone(ink, y, bottom, left, right) or not _has_corners(ink, y, bottom, left, right, thick):
            continue
        if _is_bold(ink[y : bottom + 1, left : right + 1]):
            continue
        inside = ink[y + 2 * thick : bottom - 2 * thick + 1, left + 2 * thick : right - 2 * thick + 1]
        share = float(inside.mean()) if inside.size else 1.0
        if share < _SOLID:
            found.append(((left, y, right + 1, bottom + 1), share > _TICKED))
    return sorted(found, key=lambda box: (box[0][1], box[0][0]))


def _tops(ink: Ink, smallest: int, largest: int) -> list[tuple[int, int, int]]:
    """Runs of ink along a row, as long as the side of a box: row, first and last pixel."""
    padded = np.zeros((ink.shape[0], ink.shape[1] + 2), np.int8)
    padded[:, 1:-1] = ink
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    _, ends = np.nonzero(steps == -1)
    lengths = ends - starts
    kept = (lengths >= smallest) & (lengths <= largest)
    return [(int(y), int(x), int(e) - 1) for y, x, e in zip(rows[kept], starts[kept], ends[kept], strict=True)]


def _bottom(ink: Ink, y: int, left: int, right: int, thick: int) -> int | None:
    """The last row of the square whose top is there; None where its other sides are not."""
    side = right - left + 1
    for bottom in range(y + round((1 + _SQUARE) * side), y + round((1 - _SQUARE) * side), -1):
        if bottom >= ink.shape[0]:
            continue
        rows = slice(y, bottom + 1)
        sides = (ink[rows, left : left + thick], ink[rows, right - thick + 1 : right + 1])
        if ink[bottom, left : right + 1].mean() >= _SIDE and all(_is_side(side, axis=1) for side in sides):
            return bottom
    return None


def _is_side(strip: NDArray[np.bool_], *, axis: int) -> bool:
    return bool(strip.any(axis=axis).mean() >= _SIDE) if strip.size else False


def _goes_on(ink: Ink, top: int, bottom: int, left: int, right: int, thick: int) -> bool:
    """Whether its sides run on past the corners: the cell of a table, a part of a letter."""
    reach = 3 * thick
    for x in (left, right):
        column = slice(max(0, x - thick), x + thick + 1)
        for rows in (slice(max(0, top - reach), max(0, top - thick)), slice(bottom + thick + 1, bottom + reach + 1)):
            if _is_side(ink[rows, column], axis=1):
                return True
    return False


def _stands_alone(ink: Ink, top: int, bottom: int, left: int, right: int) -> bool:
    """Whether the paper is white beside it: a letter has others at its sides."""
    gap = max(2, round(_CLEAR * (right - left)))
    sides = (
        ink[top : bottom + 1, max(0, left - 1 - gap) : max(0, left - 1)],
        ink[top : bottom + 1, right + 2 : right + 2 + gap],
    )
    return all(side.mean() <= _GRAIN for side in sides if side.size)


def _is_bold(square: Ink) -> bool:
    """Whether both upright sides are thick: a bold « a » or « B » looks like a box otherwise."""
    height, width = square.shape
    middle = square[height // 4 : height - height // 4]
    return bool(min(_stroke(middle), _stroke(middle[:, ::-1])) > _STROKE * width)


def _stroke(rows: Ink) -> float:
    """How many pixels of ink come first on each row, most often."""
    first = rows.argmax(axis=1)
    after = [np.append(row[start:], False).argmin() for row, start in zip(rows, first, strict=True)]
    return float(np.median(after)) if after else 0.0


def _has_corners(ink: Ink, top: int, bottom: int, left: int, right: int, thick: int) -> bool:
    """Whether two sides meet in each corner, where letters are round."""
    rows = (slice(top, top + thick), slice(bottom - thick + 1, bottom + 1))
    columns = (slice(left, left + thick), slice(right - thick + 1, right + 1))
    return all(ink[row, column].mean() >= 0.5 for row in rows for column in columns)
