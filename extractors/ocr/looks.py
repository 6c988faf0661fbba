"""A second look at the numbers that count something: a digit taken for another one changes a clause, unseen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from PIL import Image

from extractors.ocr.images import Grey, as_pgm
from extractors.ocr.places import around
from extractors.ocr.repairs import UNSURE, unit
from extractors.schema import Box
from extractors.tools import Recogniser, SeenWord

_SCALES = (1.5, 0.75)
"""Of the second look and of the third, which parts the first two."""
_MARGIN = 0.35  # of the height of the words, around them
_SURE = 0.5
"""Confidence of a word that was overlooked at first."""
_CELL_BLOCK = 1_000_000  # no block of the recogniser has this number
_LIKE_ONE = frozenset({"l", "L", "I", "i", "|", "!", "il", "Il", "ll", "li"})
_APART = 24  # pixels between numbers
_DIGITS = re.compile(r"\D+")
_NUMBER = re.compile(r"[(«]?\d[\d.,]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    """Words that make one number, and the word of its unit where that stands apart."""

    at: tuple[int, ...]
    """Places of its words among all."""
    digits: str
    bbox: Box
    """With the words beside it: a lone digit is hard to read."""


def with_sure_numbers(
    words: Sequence[SeenWord], image: Grey, recogniser: Recogniser, *, dpi: int, seconds: float
) -> list[SeenWord]:
    """The words; `read` tells where two looks of three see other digits than the first, or `UNSURE` where none agree.

    Raises: as the recogniser.
    """
    doubtful = _numbers(words)
    votes: dict[_Number, list[str]] = {number: [number.digits] for number in doubtful}
    for scale in _SCALES:
        if doubtful:
            for number, digits in zip(
                doubtful, _look(doubtful, image, recogniser, scale, dpi=dpi, seconds=seconds), strict=True
            ):
                votes[number].append(digits)
            doubtful = [number for number in doubtful if len(set(votes[number])) > 1]
    changed = list(words)
    for number in doubtful:
        best = max(votes[number], key=votes[number].count)
        agreed = votes[number].count(best) > 1 and len(best) == len(number.digits)
        if agreed and best == number.digits:
            continue
        position = 0
        for place in number.at:
            length = len(_DIGITS.sub("", words[place].text))
            read = _rewritten(words[place].text, best[position : position + length]) if agreed else UNSURE
            changed[place] = replace(words[place], read=read)
            position += length
    return changed


def _numbers(words: Sequence[SeenWord]) -> list[_Number]:
    """Numbers followed by a unit, « 1 » and « 500 » as one."""
    found = []
    for _, group in groupby(range(len(words)), key=lambda i: words[i].line):
        line = list(group)
        at: list[int] = []
        for here, following in zip(line, [*line[1:], None], strict=True):
            if not _NUMBER.match(words[here].text):
                at = []
                continue
            at = [*at, here] if at and re.fullmatch(r"\d{1,3}", words[at[-1]].text) else [here]
            after = _NUMBER.sub("", words[here].text, count=1) or (
                words[following].text if following is not None else ""
            )
            if unit().match(after):
                around_it = [i for i in (at[0] - 1, here + 1) if i in line and words[i].text.isalpha()]
                found.append(
                    _Number(
                        at=tuple(at),
                        digits="".join(_DIGITS.sub("", words[i].text) for i in at),
                        bbox=around(words[i].bbox for i in (*at, *around_it)),
                    )
                )
    return found


def words_of_cells(
    cells: Sequence[Box], image: Grey, recogniser: Recogniser, *, dpi: int, seconds: float
) -> list[SeenWord]:
    """What stands in cells where no word was found, one word a cell at most; raises as the recogniser."""
    if not cells:
        return []
    inner = [_ink_box(cell, image) for cell in cells]
    found = []
    for number, (box, texts) in enumerate(
        zip(inner, _sheet(inner, image, recogniser, 1.5, dpi=dpi, seconds=seconds), strict=True)
    ):
        if len(texts) == 1 and texts[0].confidence >= _SURE:
            found.append(replace(texts[0], bbox=box, line=(_CELL_BLOCK, 0, number)))
    return found


def with_ones(seen: Sequence[SeenWord], columns: Sequence[Sequence[Box]]) -> list[SeenWord]:
    """The words, a lone « l » or « L » in a column of numbers read as the 1 that it is."""
    words = list(seen)
    for column in columns:
        inside = [[i for i, word in enumerate(words) if is_in(word.bbox, box)] for box in column]
        alone = [places[0] for places in inside if len(places) == 1]
        if sum(words[i].text.isdecimal() for i in alone) >= 2:
            for i in alone:
                if words[i].text in _LIKE_ONE:
                    words[i] = replace(words[i], read="1")
    return words


def is_in(inner: Box, outer: Box) -> bool:
    """Whether the middle of a box is in another one."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x <= outer[2] and outer[1] <= y <= outer[3]


def _ink_box(cell: Box, image: Grey) -> Box:
    """Around what is dark in a cell, its borders aside."""
    left, top, right, bottom = (round(side) for side in cell)
    part = image[top + 4 : bottom - 4, left + 4 : right - 4]
    rows, columns = np.nonzero(part < (int(part.min()) + int(np.median(part))) // 2)
    if not len(rows):
        return cell
    x0, y0 = left + 4, top + 4
    return (x0 + int(columns.min()), y0 + int(rows.min()), x0 + int(columns.max()) + 1, y0 + int(rows.max()) + 1)


def _look(
    numbers: Sequence[_Number], image: Grey, recogniser: Recogniser, scale: float, *, dpi: int, seconds: float
) -> list[str]:
    """The digits of each number, read again at another size."""
    seen = _sheet([number.bbox for number in numbers], image, recogniser, scale, dpi=dpi, seconds=seconds)
    return ["".join(_DIGITS.sub("", word.text) for word in words) for words in seen]


def _sheet(
    boxes: Sequence[Box], image: Grey, recogniser: Recogniser, scale: float, *, dpi: int, seconds: float
) -> list[list[SeenWord]]:
    """The words of each box, cut out and put under one another on a sheet of their own."""
    crops = [_crop(box, image, scale) for box in boxes]
    width = max(crop.shape[1] for crop in crops) + 2 * _APART
    height = sum(crop.shape[0] + _APART for crop in crops) + _APART
    sheet = np.full((height, width), 255, np.uint8)
    bands, top = [], _APART
    for crop in crops:
        sheet[top : top + crop.shape[0], _APART : _APART + crop.shape[1]] = crop
        bands.append((top - _APART / 2, top + crop.shape[0] + _APART / 2))
        top += crop.shape[0] + _APART
    seen = recogniser.words(as_pgm(sheet), dpi=round(dpi * scale), seconds=seconds, is_block=True)
    return [[w for w in seen if low <= (w.bbox[1] + w.bbox[3]) / 2 < high] for low, high in bands]


def _crop(box: Box, image: Grey, scale: float) -> Grey:
    margin = _MARGIN * (box[3] - box[1])
    left, top, right, bottom = (
        max(0, round(side)) for side in (box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin)
    )
    part = Image.fromarray(image[top:bottom, left:right])
    size = (max(1, round(part.width * scale)), max(1, round(part.height * scale)))
    return np.asarray(part.resize(size, Image.Resampling.LANCZOS))


def _rewritten(text: str, digits: str) -> str:
    """The word with other digits in the place of its own."""
    rest = iter(digits)
    return re.sub(r"\d", lambda _: next(rest), text)
