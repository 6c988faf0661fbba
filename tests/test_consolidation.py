"""What the sources of one tender say together, from small tenders written as annotated cases."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.consolidation.claims import firm_hours
from extractors.consolidation.records import Consolidation, Source, StatedClause, StatedVolume
from extractors.consolidation.rows import consolidate, total_hours
from extractors.schema import Absence, Clause, Evidence, Volume
from extractors.words import number

CASES = tomllib.loads((Path(__file__).parent / "cases" / "consolidation.toml").read_text("utf-8"))["tender"]


def evidence(file: str) -> tuple[Evidence, ...]:
    return (Evidence(page=3, quote=f"dit par {file}"),)


def clause(id: int, words: str, *, file: str) -> StatedClause:
    category, lots, *weight = words.split()
    return StatedClause(
        id=id,
        clause=Clause(
            category=category,
            lots=tuple(lots.split(",")),
            weight_percent=float(weight[0]) if weight else None,
            confidence=0.9,
            rule="cas",
            evidence=evidence(file),
        ),
    )


def volume(id: int, data: dict[str, Any], *, file: str) -> StatedVolume:
    fields = {"category": "clause_insertion", "unit": "hours", "confidence": 0.9, "rule": "cas"} | data
    corrected, derived = fields.pop("corrected", False), fields.pop("derived", None)
    formula = "calcul" if derived else None
    return StatedVolume(
        id=id,
        corrected=corrected,
        volume=Volume(**fields, derived_hours=derived, formula=formula, evidence=evidence(file)),
    )


def source(id: int, data: dict[str, Any]) -> Source:
    file = data["file"]
    return Source(
        id=id,
        doc_type=data["type"],
        path=file,
        clauses=tuple(clause(10 * id + n, words, file=file) for n, words in enumerate(data.get("clauses", ()))),
        volumes=tuple(volume(10 * id + n, fields, file=file) for n, fields in enumerate(data.get("volumes", ()))),
        absences=tuple(
            Absence(category=category, rule="cas", evidence=evidence(file)) for category in data.get("absent", ())
        ),
        lots=tuple(data.get("lots", ())),
        since=data.get("since"),
    )


def sources_of(case: dict[str, Any]) -> list[Source]:
    return [source(id, data) for id, data in enumerate(case["source"], start=1)]


def told(found: Consolidation, sources: Sequence[Source]) -> tuple[list[str], list[str]]:
    """Rows and contradictions as the cases write them."""
    files = {source.id: source.path for source in sources}
    rows = [
        f"{row.category} {row.lot} : {'=' * row.hours_derived}{row.hours:g}, {files[row.document_id]}"
        if row.hours is not None
        else f"{row.category} {row.lot} : ?, {files[row.document_id]}"
        for row in found.rows
    ]
    contradictions = [
        f"{c.subject} {c.lot} : " + " / ".join(f"{files[side.document_id]} {side.value}" for side in (c.kept, c.other))
        for c in found.contradictions
    ]
    return rows, [words.replace("\N{NO-BREAK SPACE}", " ") for words in contradictions]


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_tender(case: dict[str, Any]) -> None:
    sources = sources_of(case)

    found = consolidate(sources)

    assert told(found, sources) == (case["rows"], case.get("contradictions", []))
    assert [row.weight_percent for row in found.rows if row.weight_percent is not None] == case.get("weights", [])


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_the_order_in_which_sources_come_changes_nothing(case: dict[str, Any]) -> None:
    sources = sources_of(case)

    assert told(consolidate(sources[::-1]), sources) == told(consolidate(sources), sources)


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in CASES])
def test_a_tender_said_twice_is_the_same_tender(case: dict[str, Any]) -> None:
    sources = sources_of(case)
    copies = [replace(source, id=100 + source.id) for source in sources]
    once, twice = consolidate(sources), consolidate([*sources, *copies])

    key = [(row.category, row.lot, row.hours, row.weight_percent) for row in once.rows]
    assert [(row.category, row.lot, row.hours, row.weight_percent) for row in twice.rows] == key
    assert [(c.subject, c.lot, c.kept.value) for c in twice.contradictions if c.subject != "presence"] == [
        (c.subject, c.lot, c.kept.value) for c in once.contradictions if c.subject != "presence"
    ]


def test_every_source_of_a_row_is_kept_the_chosen_one_first() -> None:
    case = next(case for case in CASES if case["id"] == "ccap-wins-over-rc")

    (row,) = consolidate(sources_of(case)).rows

    assert [(s.document_id, s.clause_id, s.volume_id) for s in row.sources] == [(2, 20, 20), (1, 10, 10)]
    assert (row.document_id, row.clause_id, row.volume_id) == (2, 20, 20)
    assert (row.page, row.quote, row.confidence, row.corrected) == (3, "dit par ccap.pdf", 0.9, False)


def test_a_contradiction_quotes_both_sides() -> None:
    case = next(case for case in CASES if case["id"] == "denied-by-the-rc")

    (found,) = consolidate(sources_of(case)).contradictions

    assert (found.kept.page, found.kept.quote) == (3, "dit par ccap.pdf")
    assert (found.other.page, found.other.quote) == (3, "dit par rc.pdf")


def test_a_lot_that_is_vaguely_announced_keeps_the_announcement_among_its_sources() -> None:
    case = next(case for case in CASES if case["id"] == "vague-notice-precise-contract")

    for row in consolidate(sources_of(case)).rows:
        assert [s.document_id for s in row.sources] == [2, 1]


# ---------------------------------------------------------------- hours

figures = st.lists(
    st.builds(
        dict,
        value=st.integers(1, 2000).map(float),
        per=st.sampled_from(["contract", "year"]),
        phase=st.sampled_from([None, "firm", "optional"]),
        bound=st.sampled_from(["minimum", "maximum", "unspecified"]),
        derived=st.one_of(st.none(), st.integers(1, 5000).map(float)),
    ),
    max_size=6,
)


@given(figures)
def test_hours_are_those_stated_firmly_else_those_derived(volumes: list[dict[str, Any]]) -> None:
    found = firm_hours([volume(n, data, file="ccap.pdf") for n, data in enumerate(volumes)])

    firm = [v for v in volumes if v["phase"] != "optional" and v["bound"] != "maximum"]
    stated = {(v["value"], v["phase"]) for v in firm if v["per"] == "contract"}
    derived = {(v["derived"], v["phase"]) for v in firm if v["derived"] is not None}
    expected = sum(value for value, _ in stated or derived)
    assert (found.value if found else 0) == expected
    assert (found is not None and found.derived) == (not stated and bool(derived))


@given(figures)
def test_saying_a_figure_again_asks_no_more(volumes: list[dict[str, Any]]) -> None:
    once = [volume(n, data, file="ccap.pdf") for n, data in enumerate(volumes)]
    again = [volume(100 + n, data, file="ccap.pdf") for n, data in enumerate(volumes)]

    found, repeated = firm_hours(once), firm_hours([*once, *again])

    assert (found and found.value) == (repeated and repeated.value)


@given(st.dictionaries(st.sampled_from(["*", "1", "2", "3", "4"]), st.integers(0, 5000).map(float)))
def test_the_total_is_that_of_the_contract_or_of_its_lots(hours: dict[str, float]) -> None:
    lots = sum(value for lot, value in hours.items() if lot != "*")

    assert total_hours(hours) == max(lots, hours.get("*", 0))


@given(st.integers(1, 4000), st.integers(1, 4000))
def test_two_figures_contradict_each_other_beyond_one_percent(one: int, two: int) -> None:
    texts = [
        {"file": "ccap.pdf", "type": "ccap", "clauses": ["clause_insertion *"], "volumes": [{"value": float(one)}]},
        {"file": "rc.pdf", "type": "rc", "clauses": ["clause_insertion *"], "volumes": [{"value": float(two)}]},
    ]
    sources = [source(id, data) for id, data in enumerate(texts, start=1)]

    found = consolidate(sources)

    assert found.rows[0].hours == one
    far = abs(one - two) > max(one, two) / 100
    words = [f"{number(float(value))} heure{'s' * (value > 1)} pour le marché" for value in (one, two)]
    assert [(c.kept.value, c.other.value) for c in found.contradictions] == ([tuple(words)] if far else [])
