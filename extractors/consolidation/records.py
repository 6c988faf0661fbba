"""The records of consolidation: what each source of a tender says, and what they say together.

Source(clauses, volumes, absences) ─▶ Consolidation(rows, contradictions). Ids are those of whoever stores the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from extractors.schema import Absence, Clause, Volume

Subject = Literal["hours", "quantity", "weight", "presence", "reserve", "lots"]
"""What two sources disagree on (lexicon: contradiction)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedClause:
    id: int
    clause: Clause
    corrected: bool = False
    """Confirmed or written by a person: it wins over all others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedVolume:
    id: int
    volume: Volume
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One document of the tender, or the text of one of its notices; versions that are superseded are left out."""

    id: int
    doc_type: str
    path: str
    clauses: tuple[StatedClause, ...] = ()
    volumes: tuple[StatedVolume, ...] = ()
    absences: tuple[Absence, ...] = ()
    lots: tuple[str, ...] = ()
    """Numbers of the lots that it lists."""
    since: datetime | None = None
    """When its content came, where that is known."""
    complete: bool = True
    """Read whole: what it does not say, it does not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSource:
    """One statement behind a row: a clause, a volume, or a clause with one of its volumes."""

    document_id: int
    clause_id: int | None = None
    volume_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A clause of the tender: one lot (« * » for the whole contract) and one category."""

    lot: str
    category: str
    hours: float | None = None
    """Asked firmly."""
    hours_derived: bool = False
    formula: str | None = None
    """How the hours follow, when they are derived."""
    weight_percent: float | None = None
    confidence: float
    doc_type: str
    """Of the chosen source, as are the ids and the proof below."""
    document_id: int
    clause_id: int | None = None
    volume_id: int | None = None
    page: int | None = None
    quote: str | None = None
    sources: tuple[RowSource, ...] = ()
    """Every statement, those of the chosen source first."""
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one source says."""

    document_id: int
    value: str
    """In French words."""
    page: int | None = None
    quote: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    lot: str
    category: str
    subject: Subject
    kept: Side
    other: Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Consolidation:
    rows: tuple[Row, ...] = ()
    """By category in the order of the lexicon, then by lot, the whole contract first."""
    contradictions: tuple[Contradiction, ...] = ()
