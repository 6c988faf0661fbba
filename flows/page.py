"""A report as data: a title, warnings, facts and tables, which `flows.page_html` and `flows.page_text` write out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 200
"""Rows of a table that a report shows; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    url: str = ""
    """Where its words lead; only http(s) addresses become links."""

    @property
    def link(self) -> str:
        return self.url if self.url.lower().startswith(("http://", "https://")) else ""


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    empty: str
    """What is said instead of a table without rows."""
    more: str
    """How to see all of it, when rows are left out."""

    @property
    def shown(self) -> tuple[Row, ...]:
        return self.rows[:SHOWN]

    @property
    def note(self) -> str:
        """What is said below the table; empty when it shows all."""
        hidden = len(self.rows) - SHOWN
        return f"… et {hidden} de plus : {self.more}" if hidden > 0 else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    title: str
    intro: str
    warnings: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    """Name and figure."""
    tables: tuple[Table, ...]
    footer: str


def row(*cells: str | Cell) -> Row:
    return tuple(cell if isinstance(cell, Cell) else Cell(text=cell) for cell in cells)


def rows(lines: Sequence[Sequence[str | Cell]]) -> tuple[Row, ...]:
    return tuple(row(*line) for line in lines)
