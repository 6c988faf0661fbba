"""Whether letters make words of a language: the text layer of a page may be letter soup that no rule can read.

Mean log-likelihood of the pairs of letters, as French writes them (`lexicons/bigrammes.csv`, learnt by
docs/learn_letters.py from our own texts).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from unicodedata import normalize

import numpy as np
from numpy.typing import NDArray

BIGRAMS_FILE = Path(__file__).parents[1] / "lexicons" / "bigrammes.csv"
LETTERS = " abcdefghijklmnopqrstuvwxyz"
ENOUGH = 80
"""Letters: fewer tell nothing."""


def likelihood(text: str) -> float | None:
    """How much the letters look like French words, from about -7 to -2; None where there are too few of them.

    Measured: `BROKEN` in extractors/ocr/soup.py.
    """
    codes = _codes(text)
    before, after = codes[:-1], codes[1:]
    if np.count_nonzero(codes) < ENOUGH:
        return None
    kept = (before > 0) | (after > 0)
    return float(_model()[before[kept], after[kept]].mean())


def count_bigrams(texts: Iterable[str]) -> NDArray[np.int64]:
    """How often each letter follows each other one; what is no letter counts as a space."""
    counts = np.zeros((len(LETTERS), len(LETTERS)), np.int64)
    for text in texts:
        codes = _codes(text)
        np.add.at(counts, (codes[:-1], codes[1:]), 1)
    counts[0, 0] = 0
    return counts


@cache
def _table() -> NDArray[np.int64]:
    """Byte of Windows-1252 → 1 to 26 for a letter, whatever its accent and case, 0 for anything else."""
    bare = (normalize("NFD", bytes([byte]).decode("cp1252", "replace"))[0].lower() for byte in range(256))
    return np.array([max(0, LETTERS.find(letter)) for letter in bare])


def _codes(text: str) -> NDArray[np.int64]:
    return np.asarray(_table()[np.frombuffer(text.encode("cp1252", "replace"), np.uint8)])


@cache
def _model() -> NDArray[np.float64]:
    with BIGRAMS_FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    counts = np.array([[float(count) for count in row[1:]] for row in rows]) + 0.5
    return np.asarray(np.log(counts / counts.sum(axis=1, keepdims=True)))
