"""The French names of our codes, from `lexicons/codes.csv`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CODES_FILE = Path(__file__).parent / "lexicons" / "codes.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    kind: str
    code: str
    label: str
    meaning: str


@cache
def all_codes() -> tuple[Code, ...]:
    """Every code, in the order of the file; within a kind that order is the one to show them in."""
    with CODES_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(
            Code(kind=row["kind"], code=row["code"], label=row["label_fr"], meaning=row["meaning_fr"])
            for row in csv.DictReader(file)
        )


def codes_of(kind: str) -> tuple[str, ...]:
    """The codes of one kind, in order; KeyError for a kind that the file does not hold."""
    found = tuple(c.code for c in all_codes() if c.kind == kind)
    if not found:
        raise KeyError(kind)
    return found


def label(kind: str, code: str) -> str:
    """The French name of a code, or the code itself when it has none (a rule may come before its name)."""
    return next((c.label for c in all_codes() if (c.kind, c.code) == (kind, code)), code)


def meaning(kind: str, code: str) -> str:
    """What a code means, in French; empty when it has no line."""
    return next((c.meaning for c in all_codes() if (c.kind, c.code) == (kind, code)), "")
