"""Ticked and unticked boxes decide whether a clause binds, in texts and where boxes are drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pdf_samples import HEIGHT, write_pdf
from structure_documents import notice

from extractors.pipeline import extract, extract_document

TITLE = "CAHIER DES CLAUSES ADMINISTRATIVES PARTICULIERES"
INSERTION = "Le titulaire réserve 300 heures de travail à des personnes éloignées de l'emploi."
SCHOOL = "Le titulaire accueille des stagiaires sous statut scolaire pendant 150 heures."


def categories(text: str) -> set[str]:
    document, _ = notice(text)
    return {clause.category for clause in extract_document(document).clauses}


TEXTS: dict[str, tuple[str, set[str]]] = {
    "ticked": (f"☒ {INSERTION}", {"clause_insertion"}),
    "unticked": (f"☐ {INSERTION}", set()),
    "wingdings-ticked": (f"\uf0fe {INSERTION}", {"clause_insertion"}),
    "wingdings-unticked": (f"\uf0a8 {INSERTION}", set()),
    "one-of-two": (
        f"☐ Sans objet\n☒ Clause d'insertion : {INSERTION}",
        {"clause_insertion"},
    ),
    "other-of-two": (f"☒ Sans objet\n☐ Clause d'insertion : {INSERTION}", set()),
    "answer-no": ("Marché réservé aux entreprises adaptées (L. 2113-12) : ☐ Oui ☒ Non", set()),
    "answer-yes": ("Marché réservé aux entreprises adaptées (L. 2113-12) : ☒ Oui ☐ Non", {"reserve_handicap"}),
    "no-box": (INSERTION, {"clause_insertion"}),
}


@pytest.mark.parametrize(("text", "expected"), TEXTS.values(), ids=TEXTS)
def test_boxes_of_a_text(text: str, expected: set[str]) -> None:
    assert categories(text) & {"clause_insertion", "reserve_handicap"} == expected


@pytest.mark.parametrize(
    "intro", ["Le candidat coche l'option retenue :", "Le titulaire choisit l'une des actions suivantes :"]
)
def test_an_empty_box_of_a_text_that_the_candidate_ticks_binds(intro: str) -> None:
    text = f"{intro}\n☐ {INSERTION}\n☐ Le titulaire parraine un demandeur d'emploi en insertion."
    assert "clause_insertion" in categories(text)


# ---------------------------------------------------------------- drawn boxes

Draw = Callable[[Any, float, float], None]


def empty(canvas: Any, x: float, y: float) -> None:
    canvas.rect(x, y, 8, 8)


def crossed(canvas: Any, x: float, y: float) -> None:
    canvas.rect(x, y, 8, 8)
    canvas.line(x, y, x + 8, y + 8)
    canvas.line(x, y + 8, x + 8, y)


def form(path: Path, *, first: Draw, second: Draw, intro: str = "Clauses sociales du marché :") -> Path:
    """A page with two drawn boxes, beside the insertion sentence and beside a disclaimer."""

    def boxes(canvas: Any) -> None:
        first(canvas, 60, HEIGHT - 208)
        second(canvas, 60, HEIGHT - 248)

    texts = [
        (60, 100, TITLE),
        (60, 140, "ARTICLE 8 - CLAUSE SOCIALE D'INSERTION"),
        (60, 170, intro),
        (80, 207, "Le titulaire réserve 300 heures de travail à des personnes éloignées"),
        (80, 219, "de l'emploi, dans les conditions de l'article 9."),
        (80, 247, "Sans objet pour ce marché."),
    ]
    return write_pdf(path, [texts], draw=boxes)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        pytest.param(crossed, empty, [300.0], id="ticked"),
        pytest.param(empty, crossed, [], id="unticked"),
        pytest.param(empty, empty, [], id="none"),
    ],
)
def test_drawn_boxes(tmp_path: Path, first: Draw, second: Draw, expected: list[float]) -> None:
    extraction = extract(form(tmp_path / "ccap.pdf", first=first, second=second))
    assert [volume.value for volume in extraction.volumes] == expected
    assert bool(extraction.clauses) == bool(expected)


def test_an_empty_box_that_the_candidate_ticks_binds(tmp_path: Path) -> None:
    intro = "Le candidat coche l'option qu'il retient :"
    extraction = extract(form(tmp_path / "ccap.pdf", first=empty, second=empty, intro=intro))
    assert [volume.value for volume in extraction.volumes] == [300.0]


def test_a_box_rules_only_its_own_item(tmp_path: Path) -> None:
    """An empty box below, or far on the right, says nothing of the sentence above."""

    def below(canvas: Any) -> None:
        empty(canvas, 60, HEIGHT - 300)
        empty(canvas, 500, HEIGHT - 208)

    texts = [
        (60, 140, "ARTICLE 8 - CLAUSE SOCIALE D'INSERTION"),
        (60, 207, INSERTION),
        (80, 299, "Autre disposition sans rapport avec la précédente."),
    ]
    extraction = extract(write_pdf(tmp_path / "ccap.pdf", [texts], draw=below))
    assert [volume.value for volume in extraction.volumes] == [300.0]
