"""Lines in the order a person reads them, from the pieces of text that the PDF draws in its own order.

The order of the file is kept unless boxes show it wrong: columns drawn row by row, a block drawn before what stands
above it, a short table cell drawn after a longer neighbour.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

_CELL_GAP = 1.8  # in line heights: wider than any space of justified text
_GUTTER_BIN = 4.0  # points
_SAME_BLOCK = 150.0  # points; a header and a footer drawn one after the other are not one block
_ROW_REACH = 6  # a wrapped table cell has fewer lines than this


class Piece(NamedTuple):
    """A run of text on one line; `row` numbers the line of the file it was drawn on."""

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    row: int

    @property
    def height(self) -> float:
        return self.bottom - self.top


def reading_order(pieces: Sequence[Piece]) -> list[Piece]:
    """One piece per line, in reading order; pieces of one row are joined, two spaces between table cells."""
    columns = _columns(pieces)
    if columns:
        return columns
    lines: list[Piece] = []
    for piece in pieces:
        if lines and (_same_row(lines[-1], piece) or _continues(lines[-1], piece)):
            lines[-1] = _joined(lines[-1], piece)
        else:
            lines.append(piece)
    return _cells_on_rows(_blocks_downwards(lines))


def _same_row(left: Piece, right: Piece) -> bool:
    # pdfium makes one row of two columns whose baselines are half a line apart
    return left.row == right.row and _overlap(left, right) > 0.5


def _joined(left: Piece, right: Piece) -> Piece:
    if right.x0 < left.x0:
        left, right = right, left
    space = "  " if right.x0 - left.x1 > _CELL_GAP * min(left.height, right.height) else " "
    return Piece(
        left.text.rstrip() + space + right.text.lstrip(),
        left.x0,
        min(left.top, right.top),
        max(left.x1, right.x1),
        max(left.bottom, right.bottom),
        left.row,
    )


def _continues(left: Piece, right: Piece) -> bool:
    """On the same row and to the right: a raised letter or a form field makes the file break a line there."""
    if left.height > left.x1 - left.x0 and len(left.text) > 3:
        return False  # text written upwards
    return right.x0 >= left.x1 - 1 and _overlap(left, right) > 0.6


def _overlap(a: Piece, b: Piece) -> float:
    """Share of the smaller height that both cover."""
    shared = min(a.bottom, b.bottom) - max(a.top, b.top)
    return shared / max(min(a.height, b.height), 0.1)


# ---------------------------------------------------------------- columns drawn row by row


def _columns(pieces: Sequence[Piece]) -> list[Piece] | None:
    """The pieces column by column where prose columns are interleaved; None on the ordinary page."""
    sideways = sum(b.row == a.row or b.top < a.top + 0.3 * a.height for a, b in pairwise(pieces))
    if sideways < 6:
        return None
    gutters = _gutters(pieces)
    if not gutters:
        return None
    ordered: list[Piece] = []
    found = False
    for crossing, group in groupby(pieces, key=lambda p: _column(p, gutters) is None):
        band = list(group)
        if not crossing and _interleaved_prose(band, gutters):
            found = True
            band.sort(key=lambda p: (_column(p, gutters) or 0, p.top, p.x0))
        ordered += band
    if not found:
        return None
    lines: list[Piece] = []
    for piece in ordered:
        if lines and _same_row(lines[-1], piece) and _column(lines[-1], gutters) == _column(piece, gutters):
            lines[-1] = _joined(lines[-1], piece)
        else:
            lines.append(piece)
    return lines


def _gutters(pieces: Sequence[Piece]) -> list[float]:
    """Middles of the vertical strips that (nearly) no narrow piece crosses."""
    prose = [p for p in pieces if len(p.text) >= 12]
    if len(prose) < 12:
        return []
    left, right = min(p.x0 for p in prose), max(p.x1 for p in prose)
    narrow = [p for p in prose if p.x1 - p.x0 < 0.6 * (right - left)]
    bins = [0] * (int((right - left) / _GUTTER_BIN) + 1)
    for piece in narrow:
        for i in range(int((piece.x0 - left) / _GUTTER_BIN), int((piece.x1 - left) / _GUTTER_BIN) + 1):
            bins[i] += 1
    gutters = []
    for is_free, strip in groupby(range(len(bins)), key=lambda i: bins[i] <= 0.05 * len(narrow)):
        places = list(strip)
        if is_free and len(places) >= 2 and places[0] > 0 and places[-1] < len(bins) - 1:
            gutters.append(left + (places[0] + len(places) / 2) * _GUTTER_BIN)
    return gutters


def _column(piece: Piece, gutters: Sequence[float]) -> int | None:
    """Which column holds the piece; None when it crosses a gutter."""
    first = sum(g < piece.x0 + 2 for g in gutters)
    return first if first == sum(g < piece.x1 - 2 for g in gutters) else None


def _interleaved_prose(band: Sequence[Piece], gutters: Sequence[float]) -> bool:
    """Sentences run on down each column while the file goes across: neither a table nor columns already in order."""
    columns: dict[int, list[Piece]] = {}
    runs = 0
    for place, group in groupby(band, key=lambda p: _column(p, gutters) or 0):
        columns.setdefault(place, []).extend(group)
        runs += 1
    if len(columns) < 2 or len(band) >= 2 * runs:
        return False
    return all(_runs_on(sorted(column, key=lambda p: p.top)) for column in columns.values())


def _runs_on(column: Sequence[Piece]) -> bool:
    if len(column) < 4 or sorted(len(p.text) for p in column)[len(column) // 2] < 18:
        return False
    return sum(b.text.lstrip()[:1].islower() for _, b in pairwise(column)) >= 0.35 * (len(column) - 1)


# ---------------------------------------------------------------- blocks and cells


def _blocks_downwards(lines: Sequence[Piece]) -> list[Piece]:
    """Move up a block drawn after all that stands below it, such as a body drawn after its footer."""
    blocks: list[list[Piece]] = []
    for line in lines:
        if blocks and -0.5 * line.height < line.top - blocks[-1][-1].top < _SAME_BLOCK:
            blocks[-1].append(line)
        else:
            blocks.append([line])
    if len(blocks) < 2:
        return list(lines)
    placed: list[tuple[float, float, list[Piece]]] = []
    for block in blocks:
        top, bottom = min(p.top for p in block), max(p.bottom for p in block)
        at = len(placed)
        while at and placed[at - 1][0] >= bottom - 1:
            at -= 1
        placed.insert(at, (top, bottom, block))
    return [line for _, _, block in placed for line in block]


def _cells_on_rows(lines: Sequence[Piece]) -> list[Piece]:
    """Put a one-line cell, drawn after the wrapped cell at its left, back on its row."""
    done: list[Piece] = []
    for index, line in enumerate(lines):
        above = done[-1] if done else None
        following = lines[index + 1] if index + 1 < len(lines) else None
        if (
            above is not None
            and line.top < above.top - 2
            and len(line.text) < 40
            and (following is None or following.top >= above.bottom - 3 or _overlap(line, following) > 0.6)
        ):
            reach = range(max(0, len(done) - _ROW_REACH), len(done))
            row = max(reach, key=lambda i: _overlap(done[i], line))
            if _overlap(done[row], line) > 0.3 and line.x0 >= done[row].x1 - 1:
                done[row] = _joined(done[row], line)
                continue
        done.append(line)
    return done
