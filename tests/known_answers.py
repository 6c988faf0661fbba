"""Answers made by hand, and what `extract` might say of their documents: for the tests of the figures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from extractors.answers import read_extractions, read_gold
from extractors.evaluate import Measures, Scores, pair, score
from flows.cli import app

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data" / "raw" / "samples"
SHARED = ROOT.parent / "shared"
GOLD_SETS = [SAMPLES / "gold.jsonl", *sorted((SHARED / "gold").glob("*.jsonl"))]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def clause(category: str = "clause_insertion", *lots: str, **more: Any) -> dict[str, Any]:
    return {"category": category, "lots": list(lots or "*"), "pages": [1], "quote": "…", **more}


def volume(value: float, **more: Any) -> dict[str, Any]:
    return {"category": "clause_insertion", "lot": "*", "value": value, "unit": "hours", "pages": [1], **more}


def gold(id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"id": id, "file": f"dossier/{id}.pdf", "doc_type": "ccap", "clauses": [], "volumes": [], **fields}


def found(path: str = "/ailleurs/dossier/a.pdf", **fields: Any) -> dict[str, Any]:
    """A line of `extract --jsonl`; rows written as in a gold line, with the confidence of each."""
    rows = {"clauses": [], "volumes": [], "penalties": [], "absent": [], "families": [], **fields}
    for row in rows["clauses"] + rows["volumes"] + rows["penalties"]:
        row.setdefault("confidence", 0.95)
        row.setdefault("rule", "règle")
        row["evidence"] = [{"page": page, "quote": "…"} for page in row.get("pages", [1])]
    document = {"path": path, "sha256": "0", "doc_type": rows.pop("doc_type", "ccap"), "pages": 1, "status": "ok"}
    return {"document": document, **rows}


def lines(*objects: dict[str, Any]) -> list[str]:
    return [json.dumps(each) for each in objects]


def scores(*golds: dict[str, Any], against: list[dict[str, Any]]) -> Scores:
    answers = read_gold(lines(*golds), name="gold")
    return score(pair(answers, read_extractions(lines(*against), name="sortie")))


def measures(gold_fields: dict[str, Any], found_fields: dict[str, Any]) -> Measures:
    return scores(gold(**gold_fields), against=[found(**found_fields)]).total


def write(path: Path, *objects: dict[str, Any]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines(*objects)), "utf-8")
    return path
