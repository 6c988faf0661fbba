"""`export gold`: documents that people have gone through, as known answers beside a copy of their files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from sqlalchemy import Engine

from extractors.output import number_of
from extractors.schema import Clause, Evidence, Volume
from flows.files import cannot_write, writing_whole
from models import KnownAnswer, known_answers


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldExport:
    """How many documents were written, and the paths of those whose file is no more."""

    written: int
    without_file: tuple[str, ...]


def export_gold(engine: Engine, output: Path, *, declared_only: bool) -> GoldExport:
    """Write one line for each document, and its file below a folder named after `output`, where `evaluate` finds it.

    Raises:
        OutputError, StoreError: with the next action in one line.
    """
    lines: list[str] = []
    without_file: list[str] = []
    for answer in known_answers(engine, declared_only=declared_only):
        extraction = answer.extraction
        if answer.raw_path is None or not Path(answer.raw_path).is_file():
            without_file.append(extraction.path)
            continue
        name = PurePath(extraction.path).name
        file = PurePath(output.stem, extraction.sha256[:12], name)
        _copy(Path(answer.raw_path), output.parent / file)
        lines.append(json.dumps(gold_line(answer, file=file.as_posix()), ensure_ascii=False))
    with writing_whole(output) as partial:
        partial.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return GoldExport(written=len(lines), without_file=tuple(without_file))


def gold_line(answer: KnownAnswer, *, file: str) -> dict[str, Any]:
    """The line that `evaluate` reads: rows with their pages and words, every one of them required."""
    extraction = answer.extraction
    return {
        "id": f"{PurePath(extraction.path).stem}-{extraction.sha256[:8]}",
        "file": file,
        "text": None,
        "buyer": answer.buyer,
        "doc_type": extraction.doc_type,
        "clauses": [_clause(row) for row in extraction.clauses],
        "volumes": [_volume(row) for row in extraction.volumes],
        "penalties": [
            {"amount_eur": number_of(p.amount_eur), "per": p.per} | _place(p.evidence) for p in extraction.penalties
        ],
        "contacts": [],
        "absent": sorted({a.category for a in extraction.absences}),
        "families": list(extraction.families),
        "note": " · ".join(answer.reasons),
    }


def _clause(row: Clause) -> dict[str, Any]:
    weight = number_of(row.weight_percent)
    return {"category": row.category, "lots": list(row.lots), "weight_percent": weight} | _place(row.evidence)


def _volume(row: Volume) -> dict[str, Any]:
    return {
        "category": row.category,
        "lot": row.lot,
        "value": number_of(row.value),
        "value_max": number_of(row.value_max),
        "unit": row.unit,
        "per": row.per,
        "per_amount_eur": number_of(row.per_amount_eur),
        "threshold_eur": number_of(row.threshold_eur),
        "phase": row.phase,
        "bound": row.bound,
    } | _place(row.evidence)


def _place(evidence: Iterable[Evidence]) -> dict[str, Any]:
    proofs = list(evidence)
    pages = sorted({proof.page for proof in proofs})
    return {"pages": pages, "quote": proofs[0].quote if proofs else "", "optional": False}


def _copy(source: Path, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
    except OSError as error:
        raise cannot_write(target, error) from error
