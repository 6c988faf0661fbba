"""A short record of what a text says, by which two files that hold the same text are known: words, then numbers.

Bottom-k MinHash (Broder 1997; Cohen and Kaplan 2007): of the hashes of every five words in a row, the least ones.
Numbers stand apart, each with the word beside it: a template filled for two lots has the same words, other numbers.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from extractors.schema import Document, Passage, Sketch
from extractors.text import words

ROW = 5
WORDS_KEPT = 256
"""Of 256 hashes, a likeness of 0.95 is told to 0.014 (standard deviation)."""
NUMBERS_KEPT = 1024
_FACTORS = [np.uint64(pow(0x9E3779B97F4A7C15, n + 1, 2**64)) for n in range(ROW)]
_LOW, _HIGH, _HALF = np.uint32(0xFFFF), np.uint32(0xFFFF0000), np.uint32(16)

Hashes = NDArray[np.uint32]


def _hash(token: bytes) -> int:
    return zlib.crc32(token) & ~1


# As in `_numbers`: « lot 2 », « 1 200 heures ».
_TELLING = np.array(
    [_hash(word) >> 16 for word in (b"lot", b"lots", b"marche")]
    + [(~_hash(word) & 0xFFFFFFFF) >> 16 for word in (b"heure", b"heures", b"h")],
    dtype=np.uint32,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    words: float
    """Part of the rows of five words that both have, of all those that either has; 0 to 1."""
    other_numbers: int
    """Words beside which each has a number that the other has not."""
    other_lots: bool
    """Some of these words are those that tell two documents apart: « lot », « heures »…"""


def sketch_of(document: Document, passages: Sequence[Passage]) -> Sketch:
    """The sketch of a document, without what repeats on its pages and its table of contents."""
    tokens = words("\n".join(p.text for p in passages if p.role in ("body", "heading")))
    # Even for a word, odd for a number.
    hashes = {token: _hash(token) | token.isdigit() for token in set(tokens)}
    text = np.fromiter(map(hashes.__getitem__, tokens), dtype=np.uint32, count=len(tokens))
    is_number = (text & 1).astype(bool)
    return Sketch(
        words=_rows(text[~is_number]).tobytes(),
        numbers=_numbers(text, is_number).tobytes(),
        kind=document.kind,
        is_recognised=any(page.state == "ocr" for page in document.pages),
    )


def likeness(one: Sketch, other: Sketch) -> Likeness:
    a, b = _read(one.words), _read(other.words)
    least = np.union1d(a, b)[:WORDS_KEPT]
    shared = np.isin(least, np.intersect1d(a, b, assume_unique=True)).sum() / len(least) if len(least) else 0.0
    beside = _replaced(_read(one.numbers), _read(other.numbers))
    return Likeness(words=float(shared), other_numbers=len(beside), other_lots=bool(np.isin(beside, _TELLING).any()))


def may_be_alike(sketches: Iterable[Sketch]) -> set[tuple[int, int]]:
    """Positions of the pairs that share one of their very least hashes: the others are not alike."""
    holders: dict[int, list[int]] = {}
    for position, sketch in enumerate(sketches):
        for value in _read(sketch.words)[:8].tolist():
            holders.setdefault(value, []).append(position)
    return {(a, b) for held in holders.values() for n, a in enumerate(held) for b in held[n + 1 :]}


def _rows(text: Hashes) -> Hashes:
    count = len(text) - ROW + 1
    if count < 1:
        return text[:0]
    mixed = np.zeros(count, dtype=np.uint64)
    for n, factor in enumerate(_FACTORS):
        mixed += text[n : n + count] * factor
    mixed ^= mixed >> np.uint64(29)
    mixed *= _FACTORS[-1]
    return np.unique((mixed >> np.uint64(32)).astype(np.uint32))[:WORDS_KEPT]


def _numbers(text: Hashes, is_number: NDArray[np.bool_]) -> Hashes:
    """Word beside (high half) and number (low half); of many, all those of some words."""
    after, before = is_number[1:] & ~is_number[:-1], is_number[:-1] & ~is_number[1:]
    low = (text >> np.uint32(1)) & _LOW
    found = ((text[:-1][after] & _HIGH) | low[1:][after], (~text[1:][before] & _HIGH) | low[:-1][before])
    return np.unique(np.concatenate(found))[:NUMBERS_KEPT]


def _replaced(a: Hashes, b: Hashes) -> Hashes:
    """The words beside which each has a number that the other has not, as halves of hashes."""
    ends = [numbers[-1] >> _HALF for numbers in (a, b) if len(numbers) == NUMBERS_KEPT]
    beside = np.intersect1d(np.setdiff1d(a, b) >> _HALF, np.setdiff1d(b, a) >> _HALF)
    return beside[beside < min(ends)] if ends else beside


def _read(data: bytes) -> Hashes:
    return np.frombuffer(data, dtype="<u4")
