"""Every recorded notice is read exactly."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import fields, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from notice_samples import EXPECTED, SOURCES, facts, needs_samples

from extractors.notices.boamp import read_record
from extractors.notices.decp import read_contract, stream
from extractors.notices.reader import read_xml
from extractors.notices.records import Notice
from extractors.persons import EMAIL, is_general
from extractors.pipeline import extract

COUNTS = {"boamp_xml_v230_2016_2017": 19, "eforms_fr": 45, "ted_xml_fr_2014_2022": 90, "decp": 17}
DECLARED = {
    "MARCHE_RESERVE": 7,
    "CONDITION_PARTICULIERE_EXECUTION": 1,
    "BT-71": 23,
    "BT-736": 25,
    "BT-70": 5,
    "BT-775": 12,
    "BT-06": 4,
    "BT-777": 4,
    "PERFORMANCE_CONDITIONS": 20,
    "RESTRICTED_SHELTERED_PROGRAM": 7,
    "RESTRICTED_SHELTERED_WORKSHOP": 7,
    "RESERVED_ORGANISATIONS_SERVICE_MISSION": 1,
    "considerationsSociales": 26,
}
"""How many times each field is declared in the recorded notices."""


def recorded(file: str) -> Notice:
    path, _, place = file.partition("#")
    content = (SOURCES / path).read_bytes()
    return read_contract(list(stream(BytesIO(content)))[int(place)]) if place else read_xml(content)


@needs_samples
@pytest.mark.parametrize("expected", EXPECTED, ids=lambda case: case["file"])
def test_recorded_notice_is_exact(expected: dict[str, Any]) -> None:
    assert facts(recorded(expected["file"])) == {name: value for name, value in expected.items() if name != "file"}


@needs_samples
def test_every_recorded_notice_is_expected() -> None:
    there = {
        path.relative_to(SOURCES).as_posix()
        for pattern in ("ted_xml_fr_2014_2022/*/*.xml", "boamp_xml_v230_2016_2017/*.xml", "eforms_fr/*/*.xml")
        for path in SOURCES.glob(pattern)
    }

    assert {case["file"] for case in EXPECTED if "#" not in case["file"]} == there


def test_expected_notices_are_counted() -> None:
    assert Counter(case["file"].partition("/")[0] for case in EXPECTED) == COUNTS
    assert Counter(field for case in EXPECTED for field, *_ in case.get("declared", [])) == DECLARED


@needs_samples
def test_records_of_boamp_say_what_its_xml_says() -> None:
    records = json.loads((SOURCES / "boamp_derived/legacy_records_from_xml.json").read_bytes())["results"]
    by_id = {case["id"]: recorded(case["file"]) for case in EXPECTED if case["file"].startswith("boamp_xml")}
    same = [field.name for field in fields(Notice) if field.name not in ("object", "links")]

    assert len(records) == 19
    for found in map(read_record, records):
        assert [getattr(found, name) for name in same] == [getattr(by_id[found.notice_id], name) for name in same]


@needs_samples
def test_eforms_of_boamp_say_what_their_xml_says() -> None:
    files = sorted((SOURCES / "boamp_derived/eforms_donnees").glob("*.json"))

    assert len(files) == 33
    for file in files:
        derived = json.loads(file.read_bytes())
        found = read_record({"idweb": "26-1", "donnees": derived["donnees"]})
        xml = read_xml((SOURCES / derived["_source_xml"]).read_bytes())
        assert replace(found, journal="ted", notice_id=xml.notice_id) == xml, file.name


@needs_samples
def test_words_of_recorded_notices_name_nobody() -> None:
    texts = [recorded(case["file"]).text for case in EXPECTED]

    assert [found[0] for text in texts for found in EMAIL.finditer(text) if not is_general(found["user"])] == []
    assert [text for text in texts if "Mme " in text or "Madame " in text or "Monsieur " in text] == []


@needs_samples
def test_clause_in_a_recorded_notice_is_extracted(tmp_path: Path) -> None:
    notice = recorded("ted_xml_fr_2014_2022/social/328555-2016.xml")
    path = tmp_path / "avis.txt"
    path.write_text(notice.text, "utf-8")

    found = extract(path)

    assert found.doc_type == "avis"
    assert [clause.category for clause in found.clauses] == ["clause_insertion", "critere_social"]
    assert [(volume.value, volume.unit) for volume in found.volumes] == [(8, "percent_of_hours")]
