"""Recognised words → lines in reading order, with heights as a font gives them and not as the ink of each word does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from extractors.layout import Piece, reading_order
from extractors.ocr.places import around
from extractors.ocr.repairs import repaired
from extractors.schema import Box, Line

_CAPITAL, _SMALL, _DEEP = 0.72, 0.53, 0.21  # heights above the base line, depth below it, for a font of size 1
_ABOVE, _BELOW = 0.9, 0.21  # how far a line of text reaches
_ACCENT = 0.2
_ACCENTED = frozenset("ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜ")
_LOW_LETTERS = frozenset("acemnorsuvwxz")
_DEEP_LETTERS = frozenset("gjpqyçÇQ,;()[]{}|/")
_FLAT_TOPS = _LOW_LETTERS | frozenset("gpqyç")
_FLAT = frozenset("-–—_.,'’\"«»•·…*°:;~=+")
_GAP = 1.3  # in line heights: as for the text of a PDF
_STEP = 0.5  # points: heights are rounded to it, so that lines of one font are as tall


Cells = Sequence[Sequence[Box | None]]
"""The boxes of the cells of a table, row by row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedWord:
    """A word in points on the upright page."""

    text: str
    bbox: Box
    confidence: float
    line: tuple[int, int, int]
    read: str | None = None
    """As `SeenWord.read`."""


def lines_of(words: Sequence[PlacedWord], tables: Sequence[Cells] = ()) -> tuple[Line, ...]:
    """The lines of a page in reading order, two spaces between cells, what recognition damaged repaired.

    `tables`: the boxes of the cells of each ruled table; a row begins on one line, whatever the height of its cells.
    """
    rest = list(words)
    rows: list[tuple[float, Box, list[Line]]] = []
    for table in tables:
        lines = []
        for row in table:
            cells = [[word for word in rest if _is_in(word.bbox, box)] for box in row if box]
            rest = [word for word in rest if not any(word in cell for cell in cells)]
            lines += _row_lines([lines_of(cell) for cell in cells if cell])
        if lines:
            boxes = [box for row in table for box in row if box]
            rows.append((min(b[1] for b in boxes), around(boxes), lines))
    found = _prose(rest)
    for top, box, lines in sorted(rows, key=lambda table: -table[0]):
        above = [i for i, line in enumerate(found) if line.bbox[3] <= top + 2 and line.bbox[0] < box[2]]
        at = above[-1] + 1 if above else 0
        found[at:at] = lines
    return tuple(found)


def _row_lines(cells: Sequence[Sequence[Line]]) -> list[Line]:
    """The first lines of the cells of a row as one, then the second ones."""
    return [_joined([cell[i] for cell in cells if i < len(cell)]) for i in range(max(map(len, cells), default=0))]


def _joined(parts: Sequence[Line]) -> Line:
    text, repairs = "", []
    for part in parts:
        text += "  " if text else ""
        repairs += [replace(r, start=r.start + len(text), end=r.end + len(text)) for r in part.repairs]
        text += part.text
    length = sum(len(part.text) for part in parts)
    confidence = sum(len(part.text) * (part.confidence or 0.0) for part in parts) / max(length, 1)
    bbox = around(part.bbox for part in parts)
    return Line(text=text, bbox=bbox, confidence=round(confidence, 3), repairs=tuple(repairs))


def _is_in(inner: Box, outer: Box) -> bool:
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _prose(words: Sequence[PlacedWord]) -> list[Line]:
    """The lines of words outside tables."""
    pieces = _by_rows([piece for line in _lines(words) for piece in _pieces(line)])
    rest = list(words)
    lines = []
    for piece in reading_order(pieces):
        inside = [word for word in rest if _holds(piece, word.bbox)]
        places = _places(piece.text, inside)
        taken = {id(word) for word, _ in places}
        rest = [word for word in rest if id(word) not in taken]
        others = [(start, start + len(word.text), word.read) for word, start in places if word.read]
        text, repairs = repaired(piece.text, others)
        lines.append(
            Line(
                text=text,
                bbox=(piece.x0, piece.top, piece.x1, piece.bottom),
                confidence=_mean(word for word, _ in places),
                repairs=repairs,
            )
        )
    return lines


def _mean(words: Iterable[PlacedWord]) -> float:
    """Confidence of the words, each by its length."""
    weighed = [(len(word.text), word.confidence) for word in words]
    total = sum(length for length, _ in weighed)
    return round(sum(length * confidence for length, confidence in weighed) / total, 3) if total else 0.0


def _lines(words: Sequence[PlacedWord]) -> list[list[PlacedWord]]:
    """Words of each line that was recognised, from left to right."""
    lines: dict[tuple[int, int, int], list[PlacedWord]] = defaultdict(list)
    for word in words:
        lines[word.line].append(word)
    return [sorted(line, key=lambda word: word.bbox[0]) for line in lines.values()]


def _pieces(line: Sequence[PlacedWord]) -> list[Piece]:
    """Runs of words that wide gaps part, with the height of the font."""
    size, base = _font(line)
    widest = max(11.0, _GAP * size)
    runs: list[list[PlacedWord]] = [[line[0]]]
    for before, word in pairwise(line):
        if word.bbox[0] - before.bbox[2] > widest:
            runs.append([word])
        else:
            runs[-1].append(word)
    pieces = []
    for run in runs:
        x0, x1 = min(w.bbox[0] for w in run), max(w.bbox[2] for w in run)
        pieces.append(Piece(" ".join(w.text for w in run), x0, base - _ABOVE * size, x1, base + _BELOW * size, 0))
    return pieces


def _font(line: Sequence[PlacedWord]) -> tuple[float, float]:
    """Size of the font, and where its base line is."""
    measured = [(word, *_reach(word.text)) for word in line if not set(word.text) <= _FLAT]
    if not measured:
        top, bottom = min(w.bbox[1] for w in line), max(w.bbox[3] for w in line)
        return max(8.0, bottom - top), bottom
    size = median((word.bbox[3] - word.bbox[1]) / (above + below) for word, above, below in measured)
    size = max(_STEP, round(size / _STEP) * _STEP)
    bases = [word.bbox[3] - below * size for word, _, below in measured]
    return size, median(bases)


def _reach(text: str) -> tuple[float, float]:
    """How far the ink of a word reaches above and below the base line, for a font of size 1."""
    above = _SMALL if set(text) - _FLAT <= _FLAT_TOPS else _CAPITAL
    if not _ACCENTED.isdisjoint(text):
        above += _ACCENT
    return above, _DEEP if not _DEEP_LETTERS.isdisjoint(text) else 0.0


def _by_rows(pieces: Sequence[Piece]) -> list[Piece]:
    """From top to bottom, pieces side by side on one row, from left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.top + p.bottom) / 2):
        middle = (piece.top + piece.bottom) / 2
        row = rows[-1] if rows else None
        if row and all(abs((p.top + p.bottom) / 2 - middle) < 0.45 * min(p.height, piece.height) for p in row):
            row.append(piece)
        else:
            rows.append([piece])
    return [p._replace(row=number) for number, row in enumerate(rows) for p in sorted(row, key=lambda p: p.x0)]


def _holds(piece: Piece, box: Box) -> bool:
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return piece.x0 - 1 <= x <= piece.x1 + 1 and piece.top - 1 <= y <= piece.bottom + 1


def _places(text: str, words: Sequence[PlacedWord]) -> list[tuple[PlacedWord, int]]:
    """Where each word starts in the line; those that are not in it are left out."""
    places = []
    position = 0
    for word in sorted(words, key=lambda word: word.bbox[0]):
        start = text.find(word.text, position)
        if start >= 0:
            places.append((word, start))
            position = start + len(word.text)
    return places
