"""What spreadsheets say, written here for real in each format, and read with exact expectations."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from sheet_samples import write_sheets

from extractors.pipeline import extract

CASES = tomllib.loads((Path(__file__).parent / "cases" / "sheets.toml").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    extraction = extract(write_sheets(tmp_path / case["file"], case["sheets"], hidden=case.get("hidden", ())))
    assert extraction.problems == ()
    clauses = {clause.category: clause for clause in extraction.clauses}
    expected = case.get("clauses", {})
    assert {name: list(c.lots) for name, c in clauses.items()} == {name: c["lots"] for name, c in expected.items()}
    for name, clause in expected.items():
        assert clauses[name].weight_percent == clause.get("weight"), name
        proof = clauses[name].evidence[0]
        assert proof.section == clause.get("cell", proof.section)
        assert proof.bbox is None
    volumes = [
        " ".join([v.lot, f"{v.value:g}", v.unit, v.evidence[0].section or "", *([v.phase] if v.phase else [])])
        for v in extraction.volumes
    ]
    assert sorted(volumes) == sorted(case.get("volumes", []))
    assert {absence.category for absence in extraction.absences} == set(case.get("absent", []))
    if "doc_type" in case:
        assert extraction.doc_type == case["doc_type"]


def test_there_are_enough_cases_of_each_side() -> None:
    told = sum(1 for case in CASES if case.get("clauses"))
    assert told >= 12
    assert len(CASES) - told >= 12
