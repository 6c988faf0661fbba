"""Many rows at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")

_CHUNK = 500
"""Databases limit the number of parameters of a query."""


def chunks(items: Iterable[T]) -> Iterator[list[T]]:
    """The items, as many at once as a query takes."""
    whole = list(items)
    for start in range(0, len(whole), _CHUNK):
        yield whole[start : start + _CHUNK]
