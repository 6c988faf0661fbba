"""`compare`: what changed between two outputs of `extract --jsonl`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from extractors.answers import read_extractions
from extractors.compare import compare
from extractors.rowkeys import Difference
from flows.differences import PARTS, print_differences, to_json
from flows.evaluate import load


def compare_files(old: Path, new: Path) -> tuple[Difference, ...]:
    """Differences of two files of extractions.

    Raises:
        InputNotFound, AnswerError: one of them cannot be read.
    """
    return compare(load(old, read_extractions), load(new, read_extractions))


def changes_json(rows: Sequence[Difference]) -> str:
    return json.dumps({"counts": counts_of(rows), "differences": [to_json(row) for row in rows]}, indent=1)


def counts_of(rows: Sequence[Difference]) -> dict[str, dict[str, int]]:
    """Part → rows gained, lost and changed."""
    names = ("gained", "lost", "changed")
    return {part: dict(zip(names, numbers, strict=True)) for part, numbers in _counts(rows)}


def print_changes(console: Console, rows: Sequence[Difference]) -> None:
    """Counts by part, then every change with its words."""
    if not rows:
        console.print("Rien n'a changé.")
        return
    table = Table("Mesure")
    for title in ("Gagnées", "Perdues", "Changées"):
        table.add_column(title, justify="right")
    for part, numbers in _counts(rows):
        table.add_row(PARTS[part], *map(str, numbers))
    console.print(table)
    print_differences(console, rows, before="Avant", after="Après")


def _counts(rows: Sequence[Difference]) -> list[tuple[str, tuple[int, int, int]]]:
    """Rows gained, lost and changed, for each part that has any."""
    parts = {part: [row for row in rows if row.part == part] for part in PARTS}
    return [
        (
            part,
            (
                sum(row.before is None for row in of_part),
                sum(row.after is None for row in of_part),
                sum(row.before is not None and row.after is not None for row in of_part),
            ),
        )
        for part, of_part in parts.items()
        if of_part
    ]
