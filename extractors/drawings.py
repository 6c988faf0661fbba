"""What is drawn on the pages of one file: looked at when a rule asks for it, once, and kept for the next time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from extractors.geometry import drawn_pages, read_geometry
from extractors.schema import Geometry


@dataclass(slots=True, kw_only=True)
class Drawings:
    """The looks taken at the pages of a file; it grows with every page asked for.

    Raises (every look): DocumentError, OSError.
    """

    pdf: Callable[[], Path]
    """Where the PDF stands, asked for when a page was not yet looked at."""
    name: str
    """The name that messages tell."""
    drawn: dict[int, tuple[bool, bool]] = field(default_factory=dict)
    """Page → whether it holds small squares, whether it holds ruled lines."""
    geometry: dict[int, Geometry] = field(default_factory=dict)
    grown: bool = False
    """Whether a page was looked at since this record was made."""

    def of(self, pages: Collection[int]) -> tuple[frozenset[int], frozenset[int]]:
        """The pages, of those asked for, that hold small squares, and those that hold ruled lines."""
        if missing := set(pages) - self.drawn.keys():
            squares, rules = drawn_pages(self.pdf(), missing, name=self.name)
            self.drawn |= {page: (page in squares, page in rules) for page in missing}
            self.grown = True
        return frozenset(p for p in pages if self.drawn[p][0]), frozenset(p for p in pages if self.drawn[p][1])

    def closer(self, pages: Sequence[int]) -> tuple[Geometry, ...]:
        """Geometry of the pages asked for, in that order."""
        if missing := sorted(set(pages) - self.geometry.keys()):
            self.geometry |= {g.page: g for g in read_geometry(self.pdf(), missing, name=self.name)}
            self.grown = True
        return tuple(self.geometry[page] for page in pages)
