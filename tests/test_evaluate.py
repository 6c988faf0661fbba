"""Figures against known answers: exact numbers on answers made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from known_answers import clause, found, gold, measures, scores, volume

from extractors.evaluate import Bands, Counts, Share


@pytest.mark.parametrize(
    ("expected", "extracted", "counts", "by_lot"),
    [
        pytest.param([clause()], [clause()], Counts(tp=1), Counts(tp=1), id="right"),
        pytest.param([clause()], [], Counts(fn=1), Counts(fn=1), id="missed"),
        pytest.param([], [clause()], Counts(fp=1), Counts(fp=1), id="invented"),
        pytest.param([], [], Counts(), Counts(), id="nothing"),
        pytest.param([clause(optional=True)], [], Counts(), Counts(), id="optional-missed"),
        pytest.param([clause(optional=True)], [clause()], Counts(), Counts(), id="optional-found"),
        pytest.param(
            [clause("clause_insertion", "1"), clause("clause_insertion", "2", optional=True)],
            [clause("clause_insertion", "2")],
            Counts(tp=1),
            Counts(fn=1),
            id="optional-for-another-lot",
        ),
        pytest.param(
            [clause("reserve_iae", "1", "2a")],
            [clause("reserve_iae", "01"), clause("reserve_iae", "02A", "3")],
            Counts(tp=1),
            Counts(tp=2, fp=1),
            id="zeros-before-a-lot",
        ),
        pytest.param([clause(lots=None)], [clause()], Counts(tp=1), Counts(tp=1), id="no-lot-is-the-contract"),
        pytest.param(
            [clause("critere_social")], [clause()], Counts(fp=1, fn=1), Counts(fp=1, fn=1), id="other-category"
        ),
    ],
)
def test_clauses(expected: list[Any], extracted: list[Any], counts: Counts, by_lot: Counts) -> None:
    total = measures({"clauses": expected}, {"clauses": extracted})
    assert (total.clauses, total.clauses_by_lot) == (counts, by_lot)


@pytest.mark.parametrize(
    ("expected", "extracted", "exact", "quantity"),
    [
        pytest.param(volume(450), volume(450.0), Counts(tp=1), Counts(tp=1), id="right"),
        pytest.param(volume(450), volume(540), Counts(fp=1, fn=1), Counts(fp=1, fn=1), id="other-value"),
        pytest.param(volume(450, lot="2"), volume(450, lot="02"), Counts(tp=1), Counts(tp=1), id="zero-before-lot"),
        pytest.param(volume(450, lot=None), volume(450), Counts(tp=1), Counts(tp=1), id="no-lot-is-the-contract"),
        pytest.param(volume(450, lot="2"), volume(450), Counts(fp=1, fn=1), Counts(tp=1), id="other-lot"),
        pytest.param(volume(450, per="year"), volume(450), Counts(fp=1, fn=1), Counts(tp=1), id="other-period"),
        pytest.param(volume(450, per=None), volume(450, per="contract"), Counts(tp=1), Counts(tp=1), id="no-period"),
        pytest.param(volume(5, value_max=7), volume(5), Counts(fp=1, fn=1), Counts(tp=1), id="range"),
        pytest.param(volume(1, threshold_eur=9), volume(1), Counts(fp=1, fn=1), Counts(tp=1), id="threshold"),
        pytest.param(volume(1, per_amount_eur=2), volume(1), Counts(fp=1, fn=1), Counts(tp=1), id="tranche"),
        pytest.param(volume(5), volume(5, unit="fte"), Counts(fp=1, fn=1), Counts(fp=1, fn=1), id="other-unit"),
        pytest.param(
            volume(5, phase="firm", bound="minimum"), volume(5, bound="target"), Counts(tp=1), Counts(tp=1), id="bound"
        ),
        pytest.param(volume(5, optional=True), volume(5), Counts(), Counts(), id="optional"),
    ],
)
def test_volumes(expected: Any, extracted: Any, exact: Counts, quantity: Counts) -> None:
    total = measures({"volumes": [expected]}, {"volumes": [extracted]})
    assert (total.volumes, total.volumes_value_unit) == (exact, quantity)


def test_penalties_and_absences() -> None:
    total = measures(
        {"penalties": [{"amount_eur": 60, "per": "hour"}], "absent": ["clause_insertion", "critere_social"]},
        {
            "penalties": [{"amount_eur": 60.0, "per": "hour"}, {"amount_eur": 60, "per": "day"}],
            "absent": ["critere_social", "reserve_iae"],
        },
    )
    assert total.penalties == Counts(tp=1, fp=1)
    assert total.absent == Counts(tp=1, fp=1, fn=1)


def test_precision_recall_f1() -> None:
    counts = Counts(tp=3, fp=1, fn=2)
    assert (counts.precision, counts.recall) == (0.75, 0.6)
    assert counts.f1 == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    assert (Counts().f1, Counts(fp=1).f1, Counts(fp=1, fn=1).f1) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("expected", "extracted", "silence"),
    [
        pytest.param([], [], Share(1, 1), id="silent"),
        pytest.param([], [clause()], Share(0, 1), id="talks"),
        pytest.param([clause(optional=True)], [clause()], Share(1, 1), id="says-what-is-optional"),
        pytest.param([clause()], [], Share(), id="had-to-talk"),
    ],
)
def test_silence(expected: list[Any], extracted: list[Any], silence: Share) -> None:
    assert measures({"clauses": expected}, {"clauses": extracted}).silence == silence


@pytest.mark.parametrize(
    ("answer", "families", "right"),
    [
        pytest.param({"families": ["BAT", "TP"]}, ["BAT"], Share(1, 1), id="first"),
        pytest.param({"families": ["BAT", "TP"]}, ["TP", "BAT"], Share(0, 1), id="second"),
        pytest.param({"families": ["BAT"], "families_ok": ["BAT", "TP"]}, ["TP"], Share(1, 1), id="also-right"),
        pytest.param({"families": ["BAT"]}, [], Share(0, 1), id="none"),
        pytest.param({"families": []}, ["BAT"], Share(), id="not-annotated"),
    ],
)
def test_first_family(answer: dict[str, Any], families: list[str], right: Share) -> None:
    assert measures(answer, {"families": families}).family_top1 == right


def test_weight_and_page_of_the_clauses_found() -> None:
    total = measures(
        {
            "clauses": [
                clause("critere_social", weight_percent=10, pages=[3, 4]),
                clause("clause_insertion", pages=[5]),
                clause("reserve_iae", weight_percent=7, pages=[6]),
                clause("handicap", optional=True, pages=[7]),
            ]
        },
        {
            "clauses": [
                clause("critere_social", "1", weight_percent=5, pages=[2]),
                clause("critere_social", "2", weight_percent=10.0, pages=[4]),
                clause("clause_insertion", pages=[1]),
                clause("handicap", pages=[1]),
            ]
        },
    )
    assert total.criterion_weight == Share(1, 1)
    assert total.evidence_page == Share(1, 2)


def test_a_text_has_neither_type_nor_page() -> None:
    answer = gold(id="avis 1", file=None, text="…", clauses=[clause(pages=[9])])
    total = scores(answer, against=[found("/n'importe où/avis 1.txt", clauses=[clause()], doc_type="rc")]).total
    assert (total.clauses, total.doc_type, total.evidence_page) == (Counts(tp=1), Share(), Share())


def test_calibration_counts_rows_by_confidence() -> None:
    total = measures(
        {"clauses": [clause(), clause("handicap", optional=True)], "volumes": [volume(5)]},
        {
            "clauses": [
                clause("clause_insertion", "1", confidence=0.9),
                clause("clause_insertion", "2", confidence=0.89),
                clause("handicap", confidence=0.85),
                clause("reserve_iae", confidence=0.8),
                clause("critere_social", confidence=0.79),
            ],
            "volumes": [volume(5, confidence=1)],
        },
    )
    assert total.clause_bands == Bands(Share(1, 1), Share(1, 2), Share(0, 1))
    assert total.volume_bands == Bands(Share(1, 1), Share(), Share())


def test_documents_are_told_apart_by_their_whole_name() -> None:
    answers = [gold("rc"), gold("xrc"), gold("absent", clauses=[clause()], doc_type="autre")]
    result = scores(*answers, against=[found("dossier/xrc.pdf"), found("/là/dossier/rc.pdf", clauses=[clause()])])
    assert result.documents == 3
    assert result.missing == ("absent",)
    assert result.total.clauses == Counts(fp=1, fn=1)
    assert result.total.doc_type == Share(2, 3)
    assert result.total.silence == Share(1, 2)


def test_figures_by_category_and_by_buyer() -> None:
    result = scores(
        gold("a", buyer="Ville", clauses=[clause(), clause("handicap", optional=True)]),
        gold("b", buyer="Région", clauses=[clause()]),
        gold("c", buyer="Ville"),
        against=[
            found("dossier/a.pdf", clauses=[clause(), clause("handicap")]),
            found("dossier/c.pdf", clauses=[clause("reserve_iae")]),
        ],
    )
    assert {row.category: row.clauses for row in result.by_category} == {
        "clause_insertion": Counts(tp=1, fn=1),
        "handicap": Counts(),
        "reserve_iae": Counts(fp=1),
    }
    assert [(row.buyer, row.documents, row.measures.clauses) for row in result.by_buyer] == [
        ("Ville", 2, Counts(tp=1, fp=1)),
        ("Région", 1, Counts(fn=1)),
    ]


def test_each_buyer_is_judged_without_the_rules_that_only_it_confirms() -> None:
    def row(rule: str, category: str = "clause_insertion") -> dict[str, Any]:
        return clause(category, rule=rule, confidence=0.9)

    result = scores(
        gold("a", buyer="Ville", clauses=[clause()], volumes=[volume(5)]),
        gold("b", buyer="Région", clauses=[clause()]),
        gold("c", buyer="Ville", clauses=[clause("handicap")]),
        gold("d", buyer="Région"),
        against=[
            found("dossier/a.pdf", clauses=[row("heures")], volumes=[volume(5)]),
            found("dossier/b.pdf", clauses=[row("heures")]),
            found("dossier/c.pdf", clauses=[row("esat", "handicap")]),
            found("dossier/d.pdf", clauses=[row("jamais", "handicap")]),
        ],
    )
    assert [(row.buyer, row.left_out.clauses, row.left_out.volumes) for row in result.by_buyer] == [
        ("Ville", Counts(tp=1, fn=1), Counts(fn=1)),
        ("Région", Counts(tp=1), Counts()),
    ]
    assert (result.left_out.clauses, result.total.clauses) == (Counts(tp=2, fn=1), Counts(tp=3, fp=1))


def test_every_miss_is_told() -> None:
    result = scores(
        gold(
            clauses=[clause("critere_social", "1", weight_percent=10, pages=[3]), clause("reserve_iae")],
            volumes=[volume(5)],
            absent=["handicap"],
            families=["BAT"],
        ),
        against=[
            found(
                clauses=[clause("critere_social", "2"), clause()],
                penalties=[{"amount_eur": 60, "per": "hour"}],
                families=["TP"],
                doc_type="rc",
            )
        ],
    )

    def side(fact: Any) -> object:
        names = ("category", "lots", "lot", "value", "amount_eur")
        return (
            fact if fact is None or isinstance(fact, tuple) else [getattr(fact, n) for n in names if hasattr(fact, n)]
        )

    assert [(miss.document, miss.part, side(miss.before), side(miss.after)) for miss in result.misses] == [
        ("a", "clauses", ["reserve_iae", ("*",)], None),
        ("a", "clauses", None, ["clause_insertion", ("*",)]),
        ("a", "clauses_by_lot", ["critere_social", ("1",)], None),
        ("a", "clauses_by_lot", None, ["critere_social", ("2",)]),
        ("a", "volumes", ["clause_insertion", "*", 5.0], None),
        ("a", "penalties", None, [60.0]),
        ("a", "absent", ["handicap"], None),
        ("a", "family_top1", ("BAT",), ("TP",)),
        ("a", "doc_type", ("ccap",), ("rc",)),
        ("a", "evidence_page", ["critere_social", ("1",)], ["critere_social", ("2",)]),
        ("a", "criterion_weight", ["critere_social", ("1",)], ["critere_social", ("2",)]),
    ]
