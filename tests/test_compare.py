"""Changes between two outputs: exact counts on outputs made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from known_answers import clause, found, lines, run, volume, write

from extractors.answers import read_extractions
from extractors.compare import compare
from extractors.rowkeys import Difference
from flows.exits import ExitCode


def changes(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[Difference]:
    return list(compare(*(read_extractions(lines(*side), name="sortie") for side in (old, new))))


def test_rows_written_otherwise_are_the_same() -> None:
    old = found(clauses=[clause("reserve_iae", "1", "2")], volumes=[volume(5)], families=["BAT"])
    new = found(
        clauses=[clause("reserve_iae", "02"), clause("reserve_iae", "01")], volumes=[volume(5.0)], families=["BAT"]
    )
    assert changes([old], [new]) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({}, {"clauses": [clause("handicap", "1", "2")]}, {"clauses": (2, 0, 0)}, id="clause-gained"),
        pytest.param({"clauses": [clause()]}, {}, {"clauses": (0, 1, 0)}, id="clause-lost"),
        pytest.param(
            {"clauses": [clause("handicap", "1")]},
            {"clauses": [clause("handicap", "2")]},
            {"clauses": (1, 1, 0)},
            id="other-lot",
        ),
        pytest.param(
            {"clauses": [clause("critere_social", weight_percent=5)]},
            {"clauses": [clause("critere_social", weight_percent=10)]},
            {"clauses": (0, 0, 1)},
            id="other-weight",
        ),
        pytest.param(
            {"volumes": [volume(5), volume(6)]},
            {"volumes": [volume(6), volume(7), volume(8)]},
            {"volumes": (1, 0, 1)},
            id="one-volume-changed-one-gained",
        ),
        pytest.param({"volumes": [volume(5)]}, {"volumes": [volume(5, unit="fte")]}, {"volumes": (1, 1, 0)}, id="unit"),
        pytest.param(
            {"penalties": [{"amount_eur": 60, "per": "hour"}], "absent": ["handicap"]},
            {"penalties": [{"amount_eur": 80, "per": "hour"}], "absent": ["critere_social"]},
            {"penalties": (0, 0, 1), "absent": (1, 1, 0)},
            id="penalty-and-absence",
        ),
        pytest.param(
            {"doc_type": "rc", "families": ["BAT"]},
            {"doc_type": "ccap", "families": ["TP", "BAT"]},
            {"families": (0, 0, 1), "doc_type": (0, 0, 1)},
            id="type-and-families",
        ),
    ],
)
def test_changes_are_counted(
    old: dict[str, Any], new: dict[str, Any], expected: dict[str, tuple[int, int, int]], tmp_path: Path
) -> None:
    files = (write(tmp_path / name, found(**fields)) for name, fields in (("old", old), ("new", new)))
    result = run("compare", *files, "--json")

    counts = json.loads(result.stdout)["counts"]
    assert {part: tuple(numbers.values()) for part, numbers in counts.items()} == expected
    assert result.exit_code == ExitCode.OK


def test_a_document_of_one_side_is_gained_or_lost_with_its_rows() -> None:
    rows = changes([found("a", clauses=[clause()])], [found("b")])
    assert [(row.document, row.part, row.before is None, row.after is None) for row in rows] == [
        ("a", "status", False, True),
        ("a", "doc_type", False, True),
        ("a", "clauses", False, True),
        ("b", "status", True, False),
        ("b", "doc_type", True, False),
    ]


def test_changes_are_shown_with_their_words(tmp_path: Path) -> None:
    old = write(tmp_path / "old", found(volumes=[volume(450)], families=["BAT"]))
    new = write(tmp_path / "new", found(volumes=[volume(540, pages=[7])], families=["TP"]))

    shown = " ".join(run("compare", old, new).stdout.split())

    for words in ("Changées", "450 heures", "540 heures", "p. 7", "Travaux publics"):
        assert words in shown
    assert run("compare", old, old).stdout == "Rien n'a changé.\n"
