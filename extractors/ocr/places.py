"""Boxes of a page made upright → the same on the page as displayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import cos, radians, sin

from extractors.schema import Box, Page


def displayed(page: Page, boxes: Sequence[Box]) -> Box:
    """The box around the boxes of a page, where a reader of the file sees them."""
    tilted = [_tilted(page, box) for box in boxes] if page.tilt else list(boxes)
    return around(tilted)


def around(boxes: Iterable[Box]) -> Box:
    """The box around boxes, one at least."""
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


def _tilted(page: Page, box: Box) -> Box:
    assert page.tilt is not None
    angle = radians(page.tilt.degrees)
    width, height = page.width, page.height
    xs, ys = [], []
    for x, y in ((box[0], box[1]), (box[2], box[1]), (box[0], box[3]), (box[2], box[3])):
        dx, dy = x - width / 2, y - height / 2
        x, y = width / 2 + cos(angle) * dx - sin(angle) * dy, height / 2 + sin(angle) * dx + cos(angle) * dy
        x, y = {0: (x, y), 1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[page.tilt.turns]
        xs.append(x)
        ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)
