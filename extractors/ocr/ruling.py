"""Ruled tables of an image: its long straight strokes, the grid that they make, and the image without them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from extractors.ocr.images import Grey, Ink
from extractors.schema import Box

_LONG, _TALL = 60.0, 14.0  # points: strokes of a table are longer than any letter
_THIN = 3.0  # points: a thicker stroke is a dark cell
_AROUND = 1.5  # points: farther than the line is thick
_CONTRAST = 35  # levels of grey between a line and its paper
_TOUCH = 4.0  # points between strokes that meet
_SOLID = 0.98  # share of ink along a stroke: the space between two words is wider than what is missing
_DARK = 0.5  # share of ink in a cell whose words are light
_REDUCE = 2
"""Strokes are looked for at this fraction of the resolution."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """A straight line: `start` and `end` along it, `low` and `high` across it; in pixels."""

    low: float
    high: float
    start: float
    end: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A ruled table: boxes of its cells row by row, in pixels; None where a merged cell covers the place."""

    rows: tuple[tuple[Box | None, ...], ...]

    @property
    def bbox(self) -> Box:
        boxes = [box for row in self.rows for box in row if box]
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)


def strokes_of(image: Grey, ink: Ink, dpi: int) -> tuple[list[Stroke], list[Stroke]]:
    """The strokes across the page and those down it; a dark band, such as the head of a table, is one across."""
    point = dpi / 72
    long, tall, thin = (round(length * point / _REDUCE) for length in (_LONG, _TALL, _THIN))
    bands = [stroke for stroke in _runs(_reduced(ink), long) if stroke.high - stroke.low > thin * _REDUCE]
    lines = _runs(_reduced(_lines(image, dpi)), long)
    columns = _runs(_reduced(_lines(np.ascontiguousarray(image.T), dpi)), tall)
    return [*(line for line in lines if not any(_within(line, band) for band in bands)), *bands], columns


def _within(line: Stroke, band: Stroke) -> bool:
    return band.low < line.middle < band.high and band.start <= line.start and line.end <= band.end


def _lines(image: Grey, dpi: int) -> Ink:
    """Pixels darker than those a little above and a little below: thin lines, on white or on grey paper."""
    reach = max(2, round(_AROUND * dpi / 72))
    levels = image.astype(np.int16)
    found = np.zeros(image.shape, np.bool_)
    middle = levels[reach:-reach]
    found[reach:-reach] = (levels[: -2 * reach] - middle > _CONTRAST) & (levels[2 * reach :] - middle > _CONTRAST)
    return found


def _reduced(ink: Ink) -> Ink:
    """At the resolution where strokes are looked for: a pixel there is ink where one of its own is."""
    height, width = (side // _REDUCE for side in ink.shape)
    small = ink[: height * _REDUCE, : width * _REDUCE].reshape(height, _REDUCE, width, _REDUCE)
    return np.asarray(small.any(axis=(1, 3)))


def grids_of(ink: Ink, across: Sequence[Stroke], down: Sequence[Stroke], dpi: int) -> list[Grid]:
    """The tables that the strokes make, of two cells at least."""
    point = dpi / 72
    thin = [stroke for stroke in down if stroke.high - stroke.low <= _THIN * point]
    grids = []
    for rows, columns in _groups(across, thin, _TOUCH * point):
        ys = _places([y for s in rows for y in _edges(s, _THIN * point)], _TOUCH * point)
        xs = _places([s.middle for s in columns], _TOUCH * point)
        if len(ys) > 1 and len(xs) > 1:
            grid = Grid(rows=_cells(ink, xs, ys, rows, columns, _TOUCH * point))
            if sum(box is not None for row in grid.rows for box in row) > 1:
                grids.append(grid)
    return grids


def without_rules(
    image: Grey, strokes: tuple[Sequence[Stroke], Sequence[Stroke]], grids: Sequence[Grid], dpi: int
) -> Grey:
    """The image with its thin strokes white; a short upright one only in a table, where it is no letter."""
    clean = image.copy()
    reach, tall = _THIN * dpi / 72, 3 * _TALL * dpi / 72
    paper = int(np.median(image))
    tables = [grid.bbox for grid in grids]
    across, down = ([s for s in side if s.high - s.low <= reach] for side in strokes)
    for stroke in across:
        clean[_slice(stroke.low, stroke.high), _slice(stroke.start, stroke.end)] = paper
    for stroke in down:
        if stroke.end - stroke.start > tall or any(_is_in(stroke, box, reach) for box in tables):
            clean[_slice(stroke.start, stroke.end), _slice(stroke.low, stroke.high)] = paper
    return clean


def _is_in(column: Stroke, box: Box, near: float) -> bool:
    middle = (column.start + column.end) / 2
    return box[0] - near <= column.middle <= box[2] + near and box[1] - near <= middle <= box[3] + near


def with_dark_cells_light(image: Grey, ink: Ink, grids: Sequence[Grid]) -> Grey:
    """The image with the cells of light words on a dark ground inverted, their ground as white as paper."""
    clean = image.copy()
    for box in (box for grid in grids for row in grid.rows for box in row if box):
        left, top, right, bottom = (round(side) for side in box)
        cell = clean[top:bottom, left:right]
        if cell.size and ink[top:bottom, left:right].mean() > _DARK:
            ground = 255 - float(np.percentile(cell, 60))
            clean[top:bottom, left:right] = np.clip((255.0 - cell) * (250 / max(ground, 1)), 0, 255).astype(np.uint8)
    return clean


def _slice(low: float, high: float) -> slice:
    return slice(max(0, round(low) - 1), round(high) + 2)


def _runs(ink: Ink, length: int) -> list[Stroke]:
    """Strokes along the rows of at least that length; runs of rows that touch are one stroke."""
    if length < 2 or ink.shape[1] <= length:
        return []
    sums = np.zeros((ink.shape[0], ink.shape[1] + 1), np.int32)
    np.cumsum(ink, axis=1, out=sums[:, 1:])
    solid = sums[:, length:] - sums[:, :-length] >= _SOLID * length
    open_ones: list[list[float]] = []
    closed: list[list[float]] = []
    for y in np.flatnonzero(solid.any(axis=1)):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], solid[y].view(np.int8), [0]))))
        still = [stroke for stroke in open_ones if stroke[1] >= y - 2]
        closed += [stroke for stroke in open_ones if stroke[1] < y - 2]
        open_ones = still
        for first, last in zip(edges[::2], edges[1::2], strict=True):
            start, end = float(first), float(last + length - 1)
            met = next((s for s in open_ones if s[2] <= end and start <= s[3]), None)
            if met is None:
                open_ones.append([float(y), float(y), start, end])
            else:
                met[1:] = [float(y), min(met[2], start), max(met[3], end)]
    return [
        Stroke(low=s[0] * _REDUCE, high=(s[1] + 1) * _REDUCE - 1, start=s[2] * _REDUCE, end=(s[3] + 1) * _REDUCE - 1)
        for s in closed + open_ones
    ]


def _edges(stroke: Stroke, thin: float) -> tuple[float, ...]:
    """A thin stroke parts cells in its middle; a dark band is a row of cells, from edge to edge."""
    return (stroke.middle,) if stroke.high - stroke.low <= thin else (stroke.low, stroke.high)


def _groups(across: Sequence[Stroke], down: Sequence[Stroke], near: float) -> list[tuple[list[Stroke], list[Stroke]]]:
    """Strokes that meet, at least two each way, table by table."""
    groups: list[tuple[list[Stroke], list[Stroke]]] = []
    for column in down:
        met = [
            row
            for row in across
            if row.start - near <= column.middle <= row.end + near
            and column.start - near <= row.high
            and row.low <= column.end + near
        ]
        if not met:
            continue
        joined: tuple[list[Stroke], list[Stroke]] = (met, [column])
        for group in [g for g in groups if any(row in g[0] for row in met)]:
            groups.remove(group)
            joined = ([*group[0], *(row for row in joined[0] if row not in group[0])], [*group[1], *joined[1]])
        groups.append(joined)
    return [group for group in groups if len(group[0]) > 1 and len(group[1]) > 1]


def _places(values: Sequence[float], near: float) -> list[float]:
    """The values, those that are near as one."""
    places: list[list[float]] = []
    for value in sorted(values):
        if places and value - places[-1][-1] <= near:
            places[-1].append(value)
        else:
            places.append([value])
    return [sum(place) / len(place) for place in places]


def _cells(
    ink: Ink,
    xs: Sequence[float],
    ys: Sequence[float],
    across: Sequence[Stroke],
    down: Sequence[Stroke],
    near: float,
) -> tuple[tuple[Box | None, ...], ...]:
    def is_dark(i: int, j: int) -> bool:
        part = ink[round(ys[i]) : round(ys[i + 1]), round(xs[j]) : round(xs[j + 1])]
        return bool(part.size) and bool(part.mean() > _DARK)

    def ends_right(i: int, j: int) -> bool:
        middle = (ys[i] + ys[i + 1]) / 2
        ruled = any(abs(s.middle - xs[j + 1]) <= near and s.start <= middle <= s.end for s in down)
        return ruled or is_dark(i, j)  # no stroke can be seen on a dark ground

    def ends_below(i: int, j: int) -> bool:
        middle = (xs[j] + xs[j + 1]) / 2
        at = ys[i + 1]
        ruled = any(s.low - near <= at <= s.high + near and s.start <= middle <= s.end for s in across)
        return ruled or is_dark(i, j) != is_dark(i + 1, j)

    height, width = len(ys) - 1, len(xs) - 1
    cells: list[list[Box | None]] = [[None] * width for _ in range(height)]
    taken: set[tuple[int, int]] = set()
    for i in range(height):
        for j in range(width):
            if (i, j) in taken:
                continue
            right = j
            while right + 1 < width and (i, right + 1) not in taken and not ends_right(i, right):
                right += 1
            below = i
            while below + 1 < height and not any(ends_below(below, k) for k in range(j, right + 1)):
                below += 1
            taken |= {(y, x) for y in range(i, below + 1) for x in range(j, right + 1)}
            cells[i][j] = (xs[j], ys[i], xs[right + 1], ys[below + 1])
    return tuple(tuple(row) for row in cells)
