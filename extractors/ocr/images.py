"""Images of pages as arrays: what is ink, which way they lean, and the same upright and clean."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Grey = NDArray[np.uint8]
"""Rows of pixels, 0 for black."""
Ink = NDArray[np.bool_]

_PAPER = 255
_LEAN = 5.0  # degrees: the most that a sheet is laid askew
_STEPS = ((0.5, _LEAN), (0.1, 0.5), (0.05, 0.1))  # degrees between tries, and how far they go
_LEAST_LEAN = 0.1  # degrees: less moves no word to another line
_BETTER = 1.05  # how much sharper the lines must be once turned
_DPI_OF_LEAN = 100
_GRAINY = 8.0  # levels between neighbours: the paper itself is not smooth
_BLUR = 0.8  # pixels
_SPECKS = 2e-4  # share of the page that is lone black pixels


def grey_of(image: Image.Image) -> Grey:
    """The image in grey on white paper, whatever its colours and transparency."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, (_PAPER, _PAPER, _PAPER, _PAPER))
        image = Image.alpha_composite(paper, image)
    if image.mode.startswith(("I", "F")):  # 16 bits: Pillow would cut what is above 255
        levels = np.asarray(image, dtype=np.float64)
        return np.asarray(np.clip(levels * (_PAPER / max(levels.max(), 1.0)), 0, _PAPER), dtype=np.uint8)
    return np.asarray(image.convert("L"))


def as_pgm(image: Grey) -> bytes:
    """The image as a program reads it, not compressed."""
    height, width = image.shape
    return b"P5 %d %d 255\n" % (width, height) + np.ascontiguousarray(image).tobytes()


def ink_of(image: Grey) -> Ink:
    """What is darker than the threshold of Otsu, which parts best the two kinds of pixels; nothing on a blank page."""
    counts = np.bincount(image.ravel(), minlength=256).astype(np.float64)
    levels = np.arange(256)
    below, total = np.cumsum(counts), counts.sum()
    sums = np.cumsum(counts * levels)
    above = total - below
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    threshold = int(np.argmax(np.nan_to_num(spread)))
    dark, light = sums[threshold] / max(below[threshold], 1), (sums[-1] - sums[threshold]) / max(above[threshold], 1)
    if light - dark < 40:  # grain of the paper
        return np.zeros(image.shape, np.bool_)
    return np.asarray(image <= threshold)


def without_specks(image: Grey) -> Grey:
    """The image with its specks or its grain smoothed, where there are many; else as it is."""
    ink = ink_of(image)
    inside = ink[1:-1, 1:-1]
    lone = inside & ~ink[:-2, 1:-1] & ~ink[2:, 1:-1] & ~ink[1:-1, :-2] & ~ink[1:-1, 2:]
    if lone.mean() >= _SPECKS:
        return np.asarray(Image.fromarray(image).filter(ImageFilter.MedianFilter(3)))
    if _grain(image) >= _GRAINY:
        return np.asarray(Image.fromarray(image).filter(ImageFilter.GaussianBlur(_BLUR)))
    return image


def _grain(image: Grey) -> float:
    """How much neighbouring pixels differ where nothing is drawn, in levels of grey."""
    steps = np.abs(np.diff(image[::3].astype(np.int16), axis=1))
    return float(np.median(steps))


def lean_of(image: Grey, dpi: int) -> float:
    """By how many degrees the lines go down to the right: the turn that makes rows of ink the sharpest."""
    small = Image.fromarray(image).reduce(max(1, round(dpi / _DPI_OF_LEAN)))
    rows, columns = np.nonzero(ink_of(np.asarray(small)))
    if len(rows) < 500:
        return 0.0
    height, width = small.height, small.width
    across = columns - width / 2

    def sharpness(degrees: float) -> float:
        shifted = rows - across * np.tan(np.radians(degrees)) + width * np.tan(np.radians(_LEAN))
        counts = np.bincount(shifted.astype(np.int64), minlength=height)
        return float(np.square(np.diff(counts)).sum())

    best = 0.0
    for step, reach in _STEPS:
        tries = np.arange(best - reach, best + reach + step / 2, step)
        best = float(max(tries, key=lambda degrees: sharpness(float(degrees))))
    if abs(best) < _LEAST_LEAN or abs(best) > _LEAN - 0.1 or sharpness(best) < _BETTER * sharpness(0.0):
        return 0.0
    return round(best, 2)


def straightened(image: Grey, degrees: float) -> Grey:
    """The image turned about its middle so that lines which go down by `degrees` lie flat; same size."""
    if not degrees:
        return image
    turned: Any = Image.fromarray(image).rotate(degrees, Image.Resampling.BICUBIC, fillcolor=_PAPER)
    return np.asarray(turned)


def turned(image: Grey, quarters: int) -> Grey:
    """The image turned clockwise by quarters."""
    return np.ascontiguousarray(np.rot90(image, -quarters))
