"""Who coordinates social clauses in a département, from `lexicons/coordinations.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

COORDINATIONS_FILE = Path(__file__).parent / "lexicons" / "coordinations.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """A coordination of one département, from `valid_from` (unknown when None) to the day before `valid_to`."""

    departement: str
    name: str
    aliases: str | None
    """Other spellings, separated by « | »."""
    valid_from: date | None
    valid_to: date | None
    certainty: str
    """Lexicon: certainty."""
    source: str


@cache
def all_coordinations() -> tuple[Coordination, ...]:
    """Every one that is known, in the order of the file: by département, then by date."""
    with COORDINATIONS_FILE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Coordination(
                departement=row["departement"],
                name=row["name"],
                aliases=row["aliases"] or None,
                valid_from=_day(row["valid_from"]),
                valid_to=_day(row["valid_to"]),
                certainty=row["certainty"],
                source=row["source"],
            )
            for row in csv.DictReader(lines)
        )


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None
