"""The JSON contract of `extract`: these keys, in this order, with these types, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from extractors.answers import read_extractions
from extractors.output import SCHEMA, to_dict
from extractors.pipeline import extract
from extractors.schema import (
    Absence,
    Clause,
    Contact,
    Evidence,
    Extraction,
    Lot,
    Penalty,
    Problem,
    Tender,
    Term,
    Volume,
)

SAMPLES = Path(__file__).parents[1] / "data" / "raw" / "samples"

PROOF = Evidence(
    page=7,
    quote="lh d’insertion",
    bbox=(56.5, 100.0, 300.0, 112.25),
    section="1.4",
    via="ocr",
    read_as="1h d’insertion",
)
BARE = Evidence(page=1, quote="clause")
FULL = Extraction(
    path="dossier/ccap.pdf",
    sha256="ab" * 32,
    size=10,
    status="partial",
    doc_type="ccap",
    pages=28,
    problems=(Problem(stage="read", code="scan", message="page 3 sans texte ; océrisez-la.", page=3),),
    tender=Tender(reference="23-F-0112", buyer="Ville", object="Travaux", departments=("75",), cpv=("45000000",)),
    lots=(Lot(number="1", title="Gros œuvre", families=("BAT",)),),
    families=("BAT", "NET"),
    clauses=(
        Clause(
            category="clause_insertion",
            lots=("1", "2"),
            legal_refs=("L2112-2",),
            confidence=0.97,
            rule="heures_insertion",
            evidence=(PROOF, BARE),
        ),
        Clause(category="critere_social", weight_percent=10.0, confidence=0.9, rule="critere_social", evidence=(BARE,)),
    ),
    volumes=(
        Volume(
            category="clause_insertion",
            value=1.0,
            unit="hours",
            per="amount",
            per_amount_eur=2000.0,
            threshold_eur=2_700_000.0,
            bound="minimum",
            confidence=0.9,
            rule="heures_par_tranche",
            evidence=(PROOF,),
        ),
        Volume(
            category="clause_insertion",
            lot="2",
            value=2.5,
            value_max=5.0,
            unit="percent_of_hours",
            phase="firm",
            derived_hours=120.0,
            formula="4 800 × 2,5 %",
            confidence=0.9,
            rule="pourcent_heures",
            evidence=(BARE,),
        ),
    ),
    penalties=(Penalty(amount_eur=200.0, per="hour", confidence=0.9, rule="penalite_par_unite", evidence=(BARE,)),),
    contacts=(Contact(organisation="EPEC", evidence=(BARE,)),),
    terms=(Term(kind="reporting", code="month", confidence=0.9, rule="suivi_mensuel", evidence=(PROOF,)),),
    absences=(Absence(category="reserve_iae", rule="reserve_iae", evidence=(BARE,)),),
    seconds=0.5,
)
WRITTEN_PROOF = {"page": 7, "quote": "lh d’insertion", "bbox": [56.5, 100.0, 300.0, 112.25], "section": "1.4"}
WRITTEN_PROOF |= {"via": "ocr", "read_as": "1h d’insertion"}
WRITTEN_BARE = {"page": 1, "quote": "clause", "bbox": None, "section": None, "via": None, "read_as": None}


def test_a_full_extraction_is_written_whole() -> None:
    assert to_dict(FULL) == {
        "schema": 1,
        "document": {
            "path": "dossier/ccap.pdf",
            "sha256": "ab" * 32,
            "doc_type": "ccap",
            "pages": 28,
            "status": "partial",
            "problems": [{"stage": "read", "code": "scan", "message": "page 3 sans texte ; océrisez-la.", "page": 3}],
        },
        "tender": {
            "reference": "23-F-0112",
            "buyer": "Ville",
            "object": "Travaux",
            "departments": ["75"],
            "cpv": ["45000000"],
        },
        "lots": [{"number": "1", "title": "Gros œuvre", "families": ["BAT"]}],
        "families": ["BAT", "NET"],
        "clauses": [
            {
                "category": "clause_insertion",
                "lots": ["1", "2"],
                "weight_percent": None,
                "legal_refs": ["L2112-2"],
                "confidence": 0.97,
                "rule": "heures_insertion",
                "evidence": [WRITTEN_PROOF, WRITTEN_BARE],
            },
            {
                "category": "critere_social",
                "lots": ["*"],
                "weight_percent": 10,
                "legal_refs": [],
                "confidence": 0.9,
                "rule": "critere_social",
                "evidence": [WRITTEN_BARE],
            },
        ],
        "volumes": [
            {
                "category": "clause_insertion",
                "lot": "*",
                "value": 1,
                "value_max": None,
                "unit": "hours",
                "per": "amount",
                "per_amount_eur": 2000,
                "threshold_eur": 2_700_000,
                "phase": None,
                "bound": "minimum",
                "derived_hours": None,
                "formula": None,
                "confidence": 0.9,
                "rule": "heures_par_tranche",
                "evidence": [WRITTEN_PROOF],
            },
            {
                "category": "clause_insertion",
                "lot": "2",
                "value": 2.5,
                "value_max": 5,
                "unit": "percent_of_hours",
                "per": "contract",
                "per_amount_eur": None,
                "threshold_eur": None,
                "phase": "firm",
                "bound": "unspecified",
                "derived_hours": 120,
                "formula": "4 800 × 2,5 %",
                "confidence": 0.9,
                "rule": "pourcent_heures",
                "evidence": [WRITTEN_BARE],
            },
        ],
        "penalties": [
            {
                "amount_eur": 200,
                "per": "hour",
                "confidence": 0.9,
                "rule": "penalite_par_unite",
                "evidence": [WRITTEN_BARE],
            }
        ],
        "contacts": [
            {"role": "facilitator", "organisation": "EPEC", "email": None, "phone": None, "evidence": [WRITTEN_BARE]}
        ],
        "terms": [
            {
                "kind": "reporting",
                "code": "month",
                "confidence": 0.9,
                "rule": "suivi_mensuel",
                "evidence": [WRITTEN_PROOF],
            }
        ],
        "absent": ["reserve_iae"],
    }


def test_a_failed_extraction_has_the_same_keys() -> None:
    empty = to_dict(Extraction(path="a.pdf", sha256="path:1", size=0, status="failed"))
    assert list(empty) == list(to_dict(FULL)) and empty["schema"] == SCHEMA
    assert empty["tender"] == {"reference": None, "buyer": None, "object": None, "departments": [], "cpv": []}
    assert all(empty[key] == [] for key in list(empty)[3:])
    assert empty["document"]["status"] == "failed"


def test_whole_numbers_are_written_without_a_point() -> None:
    text = json.dumps(to_dict(FULL), ensure_ascii=False)
    assert '"value": 1,' in text and '"per_amount_eur": 2000,' in text and '"value": 2.5,' in text


@pytest.mark.parametrize("pdf", sorted(SAMPLES.rglob("*.pdf")), ids=lambda pdf: pdf.relative_to(SAMPLES).as_posix())
def test_a_sample_goes_through_json_and_back(pdf: Path) -> None:
    extraction = extract(pdf)
    written = to_dict(extraction)
    line = json.dumps(written, ensure_ascii=False)
    assert json.loads(line) == written
    (back,) = read_extractions([line], name="sortie")
    assert [(c.category, c.lots, c.weight_percent) for c in back.clauses] == [
        (c.category, c.lots, c.weight_percent) for c in extraction.clauses
    ]
    assert [shown(v) for v in back.volumes] == [shown(v) for v in extraction.volumes]
    assert [a.category for a in back.absences] == [a.category for a in extraction.absences]


def shown(volume: Volume) -> tuple[Any, ...]:
    return volume.category, volume.lot, volume.value, volume.value_max, volume.unit, volume.per, volume.threshold_eur
