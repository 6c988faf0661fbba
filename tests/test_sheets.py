"""What spreadsheets say, written here for real in each format, and read with exact expectations."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from sheet_samples import write_sheets

from extractors.pipeline import extract
from extractors.schema import Extraction, Volume
from extractors.sheets import telling

CASES = tomllib.loads((Path(__file__).parent / "cases" / "sheets.toml").read_text("utf-8"))["cases"]


def read(case: dict[str, Any], folder: Path, suffix: str) -> Extraction:
    path = (folder / case["file"]).with_suffix(suffix)
    return extract(write_sheets(path, case["sheets"], hidden=case.get("hidden", ())))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    extraction = read(case, tmp_path, Path(case["file"]).suffix)
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
        " ".join([v.lot, f"{v.value:g}", v.unit, v.evidence[0].section or "", *_when(v)]) for v in extraction.volumes
    ]
    assert sorted(volumes) == sorted(case.get("volumes", []))
    penalties = [f"{p.amount_eur:g} {p.per} {p.evidence[0].section}" for p in extraction.penalties]
    assert penalties == case.get("penalties", [])
    assert {absence.category for absence in extraction.absences} == set(case.get("absent", []))
    if "doc_type" in case:
        assert extraction.doc_type == case["doc_type"]


def _when(volume: Volume) -> list[str]:
    """The period and the phase of a volume, where they are not those of the whole contract."""
    return [*([volume.per] if volume.per != "contract" else []), *([volume.phase] if volume.phase else [])]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_same_sheets_as_ods_say_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    there = read(case, tmp_path, ".ods")
    if (here := Path(case["file"]).suffix) == ".xlsx":
        same = read(case, tmp_path, here)
        for rows in ("doc_type", "clauses", "volumes", "penalties", "absences", "lots", "problems"):
            assert getattr(there, rows) == getattr(same, rows), rows


# A CSV has no name of a sheet to say what its rows do not.
UNNAMED = [c for c in CASES if len(c["sheets"]) == 1 and not any(telling(n) or "lot" in n.lower() for n in c["sheets"])]


@pytest.mark.parametrize("case", UNNAMED, ids=lambda case: case["id"])
def test_the_same_sheet_as_csv_says_the_same(case: dict[str, Any], tmp_path: Path) -> None:
    there, same = read(case, tmp_path, ".csv"), read(case, tmp_path, ".xlsx")
    assert [(v.lot, v.value, v.unit, v.per) for v in there.volumes] == [
        (v.lot, v.value, v.unit, v.per) for v in same.volumes
    ]
    assert [c.category for c in there.clauses] == [c.category for c in same.clauses]


def test_there_are_enough_cases_of_each_side() -> None:
    told = sum(1 for case in CASES if case.get("clauses"))
    assert told >= 12
    assert len(CASES) - told >= 12
