"""Which row a correction meets in a new reading, and what becomes of it: records in, records out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from extractors.correction_checks import Signature, check_families, check_row
from extractors.corrections import Correction, Outcome, box_of_quote, holds, resolve, same_values, shared
from extractors.errors import CorrectionError
from extractors.schema import Clause, Document, Evidence, Line, Page, Volume

QUOTE = "Le titulaire réserve 300 heures à l'insertion"
PAGE = f"Article 8. {QUOTE}. Le lot 2 en est dispensé."


def clause(**changes: Any) -> Clause:
    wanted: dict[str, Any] = {
        "category": "clause_insertion",
        "lots": ("1", "2"),
        "confidence": 0.9,
        "rule": "heures_insertion",
        "evidence": (Evidence(page=7, quote=QUOTE),),
    }
    return Clause(**(wanted | changes))


def volume(**changes: Any) -> Volume:
    wanted: dict[str, Any] = {
        "category": "clause_insertion",
        "lot": "1",
        "value": 300,
        "unit": "hours",
        "confidence": 0.9,
        "rule": "heures",
        "evidence": (Evidence(page=7, quote=QUOTE),),
    }
    return Volume(**(wanted | changes))


def correction(target: Clause | Volume, **changes: Any) -> Correction:
    wanted: dict[str, Any] = {"id": 1, "action": "confirm", "target": target, "wanted": target, "same_bytes": True}
    return Correction(**(wanted | changes))


def only(one: Correction, rows: list[Clause | Volume], texts: dict[int, str]) -> Outcome:
    (outcome,) = resolve([one], rows, texts)
    return outcome


TEXTS = {6: "Sommaire", 7: PAGE, 8: "Article 9"}


@pytest.mark.parametrize(
    ("row", "met"),
    [
        pytest.param(clause(), True, id="the-same"),
        pytest.param(clause(rule="new_rule", confidence=0.5), True, id="new-rule"),
        pytest.param(clause(lots=("2", "1")), True, id="other-order-of-lots"),
        pytest.param(clause(lots=("1",)), True, id="fewer-lots"),
        pytest.param(clause(evidence=(Evidence(page=7, quote=f"Article 8. {QUOTE}."),)), True, id="longer-quote"),
        pytest.param(
            clause(evidence=(Evidence(page=7, quote="réserve 300 heures  à l’INSER-\ntion"),)), True, id="shorter-quote"
        ),
        pytest.param(
            clause(evidence=(Evidence(page=3, quote="Insertion"), Evidence(page=7, quote=QUOTE))),
            True,
            id="second-proof",
        ),
        pytest.param(clause(category="critere_social"), False, id="other-category"),
        pytest.param(clause(evidence=(Evidence(page=8, quote=QUOTE),)), False, id="other-page"),
        pytest.param(clause(evidence=(Evidence(page=7, quote="Le lot 2 en est dispensé"),)), False, id="other-words"),
    ],
)
def test_which_clause_meets_its_correction(row: Clause, met: bool) -> None:
    outcome = only(correction(clause()), [row], TEXTS)
    assert (outcome.row, outcome.state, outcome.stands) == (0 if met else None, "applied", True)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        pytest.param(volume(value=3000), True, id="value-read-otherwise"),
        pytest.param(volume(lot="*"), True, id="lot-read-otherwise"),
        pytest.param(volume(unit="percent_of_hours", value=10), False, id="other-quantity-of-the-sentence"),
        pytest.param(volume(lot="2", value=100), False, id="quantity-of-another-lot"),
    ],
)
def test_which_volume_meets_its_correction(row: Volume, met: bool) -> None:
    assert only(correction(volume()), [row], TEXTS).row == (0 if met else None)


def test_each_row_meets_the_correction_it_is_most_like() -> None:
    firm, optional = volume(), volume(value=100, phase="optional")
    outcomes = resolve([correction(optional, id=1), correction(firm, id=2)], [firm, optional], TEXTS)
    assert [outcome.row for outcome in outcomes] == [1, 0]


def test_of_two_corrections_of_one_row_the_last_one_stands() -> None:
    outcomes = resolve([correction(clause(), id=1), correction(clause(), id=2)], [clause()], TEXTS)
    assert [outcome.row for outcome in outcomes] == [None, 0]


@pytest.mark.parametrize(
    ("same_bytes", "texts", "expected"),
    [
        pytest.param(True, TEXTS, ("applied", True, 7), id="the-words-are-there"),
        pytest.param(True, {}, ("applied", True, 7), id="text-not-known"),
        pytest.param(True, {6: "Sommaire"}, ("applied", True, 7), id="page-without-text"),
        pytest.param(True, {7: "Article 8. Sans objet"}, ("text_changed", True, 7), id="read-otherwise"),
        pytest.param(True, {7: "Le titulaire réserve", 8: "300 heures à l'insertion"}, ("applied", True, 7), id="cut"),
        pytest.param(False, TEXTS, ("applied", True, 7), id="new-version"),
        pytest.param(False, {2: PAGE, 9: PAGE}, ("applied", True, 9), id="new-version-other-pages"),
        pytest.param(False, {7: PAGE.replace("300", "350")}, ("text_changed", False, 7), id="new-version-other-figure"),
        pytest.param(False, {}, ("missing", False, 7), id="new-version-not-read"),
    ],
)
def test_state_without_a_row(same_bytes: bool, texts: dict[int, str], expected: tuple[Any, ...]) -> None:
    outcome = only(correction(clause(), same_bytes=same_bytes), [], texts)
    assert (outcome.state, outcome.stands, outcome.page) == expected


def test_a_new_version_whose_row_says_the_same_needs_no_text() -> None:
    row = clause(evidence=(Evidence(page=9, quote=QUOTE),))
    outcome = only(correction(clause(), same_bytes=False), [row], {})
    assert (outcome.state, outcome.row, outcome.page) == ("applied", 0, 9)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(clause(), clause(lots=("02", "1"), rule="x", confidence=0.1), True, id="clause"),
        pytest.param(clause(), clause(weight_percent=10), False, id="weight"),
        pytest.param(volume(), volume(bound="minimum"), True, id="bound-not-told"),
        pytest.param(volume(bound="maximum"), volume(bound="minimum"), False, id="bounds"),
        pytest.param(volume(), volume(phase="optional"), False, id="phase"),
        pytest.param(clause(), volume(), False, id="kinds"),
    ],
)
def test_same_values(one: Clause | Volume, other: Clause | Volume, expected: bool) -> None:
    assert same_values(one, other) is expected


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        pytest.param("réserve 300 heures", True, id="part"),
        pytest.param("RESERVE  300\nheures", True, id="other-spaces-and-accents"),
        pytest.param("Article 8. [nom] Le lot 2", True, id="masked-name"),
        pytest.param("350 heures", False, id="other-figure"),
        pytest.param("[nom]", False, id="nothing-but-a-name"),
        pytest.param("…", False, id="no-word"),
    ],
)
def test_whether_a_page_says_the_words(quote: str, expected: bool) -> None:
    assert holds(PAGE, quote) is expected


def test_how_much_two_quotes_share() -> None:
    assert shared("", QUOTE) == 0
    assert shared("300 heures", QUOTE) == 1
    assert 0.6 < shared(f"{QUOTE} dans le marché", f"Ainsi {QUOTE} au lot 1") < 1


def test_box_of_the_lines_that_hold_the_quote() -> None:
    lines = (
        Line(text="Article 8", bbox=(50, 10, 100, 20)),
        Line(text="Le titulaire réserve 300 heu-", bbox=(50, 30, 300, 40)),
        Line(text="res à l’insertion.", bbox=(40, 45, 200, 55)),
    )
    document = Document(
        path="ccap.pdf", sha256="a", size=1, pages=(Page(number=1, width=600, height=800, lines=lines),)
    )
    assert box_of_quote(document, page=1, quote=QUOTE) == (40, 30, 300, 55)
    assert box_of_quote(document, page=1, quote="absent") is None
    assert box_of_quote(document, page=2, quote=QUOTE) is None
    assert box_of_quote(replace(document, layout="text"), page=1, quote=QUOTE) is None


# ---------------------------------------------------------------- what may be written


@pytest.mark.parametrize("author", ["MACS", "référent 93", "CD", "Facilitateur de la clause"])
def test_author_is_a_label(author: str) -> None:
    assert Signature(author=author, reason="lu page 7").author == author


@pytest.mark.parametrize(
    ("author", "reason"),
    [
        pytest.param("jean.dupont@ville.fr", "lu", id="address"),
        pytest.param("Jean Dupont", "lu", id="name"),
        pytest.param("Mme Durand", "lu", id="title"),
        pytest.param(" ", "lu", id="empty"),
        pytest.param("M" * 41, "lu", id="long"),
        pytest.param("MACS", " ", id="no-reason"),
    ],
)
def test_signature_refused(author: str, reason: str) -> None:
    with pytest.raises(CorrectionError, match="refusé|Motif vide"):
        Signature(author=author, reason=reason)


@pytest.mark.parametrize(
    ("row", "words"),
    [
        pytest.param(clause(category="insertion"), "« insertion » refusé", id="category"),
        pytest.param(clause(lots=()), "Lots vides", id="lots"),
        pytest.param(clause(weight_percent=120), "Poids refusé", id="weight"),
        pytest.param(volume(unit="heures"), "« heures » refusé", id="unit"),
        pytest.param(volume(phase="ferme"), "« ferme » refusé", id="phase"),
        pytest.param(volume(value=-1), "Valeur refusée", id="negative"),
        pytest.param(volume(value=float("nan")), "Valeur refusée", id="not-a-number"),
        pytest.param(volume(value_max=200), "Valeur refusée", id="range"),
        pytest.param(volume(per="amount"), "tranche", id="tranche"),
    ],
)
def test_row_refused(row: Clause | Volume, words: str) -> None:
    with pytest.raises(CorrectionError, match=words):
        check_row(row)


def test_families_are_known_and_told_once() -> None:
    assert check_families(["BAT", "TP", "BAT"]) == ("BAT", "TP")
    for wrong in ([], ["XXX"]):
        with pytest.raises(CorrectionError):
            check_families(wrong)
