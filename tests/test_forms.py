"""What is typed in a form, ticked in it, noted on a page or struck out of it, beside its label."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from pdf_samples import HEIGHT, Text, write_pdf
from reportlab.pdfbase.pdfdoc import PDFArray, PDFDictionary, PDFName, PDFString
from reportlab.pdfgen.canvas import Canvas

from extractors.errors import XfaForm
from extractors.formats import read_file
from extractors.pipeline import extract

HOURS = "Nombre d'heures d'insertion :"
Draw = Callable[[Any], None]


def field(value: str, x: float, top: float, *, width: float = 60, flags: str = "", name: str = "a") -> Draw:
    """A text field whose top left corner is there."""
    return lambda canvas: canvas.acroForm.textfield(
        name=name, value=value, x=x, y=HEIGHT - top - 16, width=width, height=16, fieldFlags=flags, borderWidth=0
    )


def box(checked: bool, x: float, top: float, *, name: str = "b") -> Draw:
    return lambda canvas: canvas.acroForm.checkbox(name=name, checked=checked, x=x, y=HEIGHT - top - 12, size=12)


def radio(value: str, chosen: bool, x: float, top: float) -> Draw:
    return lambda canvas: canvas.acroForm.radio(
        name="r", value=value, selected=chosen, x=x, y=HEIGHT - top - 12, size=12
    )


def choice(chosen: str, x: float, top: float) -> Draw:
    options = [("150 heures", "A"), ("300 heures", "B")]
    return lambda canvas: canvas.acroForm.choice(
        name="c", value=chosen, options=options, x=x, y=HEIGHT - top - 16, width=80, height=16
    )


def form(path: Path, texts: Sequence[Text], *drawn: Draw) -> Path:
    def draw(canvas: Any) -> None:
        for one in drawn:
            one(canvas)

    return write_pdf(path / "formulaire.pdf", [texts], draw=draw)


def lines(path: Path) -> list[str]:
    return [line.text for line in read_file(path).pages[0].lines]


# ---------------------------------------------------------------- beside its label


DOTS = "." * 20
SHAPES: dict[str, tuple[list[Text], list[Draw], list[str]]] = {
    "after-its-label": ([(60, 100, HOURS)], [field("350", 320, 89)], [f"{HOURS} 350"]),
    "in-a-gap": (
        [(60, 100, "Le titulaire réserve"), (240, 100, "heures d'insertion.")],
        [field("350", 160, 89)],
        ["Le titulaire réserve 350 heures d'insertion."],
    ),
    "over-dots": (
        [(60, 100, f"Le titulaire réserve {DOTS} heures d'insertion.")],
        [field("350", 155, 89, width=40)],
        ["Le titulaire réserve 350 heures d'insertion."],
    ),
    "a-dot-ends-the-sentence": (
        [(60, 100, "Le titulaire réserve 350 heures à l'insertion.")],
        [field("B", 300, 89)],
        ["Le titulaire réserve 350 heures à l'insertion. B"],
    ),
    "below-its-label": (
        [(60, 100, HOURS), (60, 140, "Article 2")],
        [field("350", 60, 108)],
        [HOURS, "350", "Article 2"],
    ),
    "two-on-a-line": (
        [(60, 100, "Lot :"), (160, 100, "Heures :")],
        [field("350", 220, 89, name="b"), field("1", 90, 89)],
        ["Lot : 1 Heures : 350"],
    ),
    "empty": ([(60, 100, HOURS)], [field("", 320, 89)], [HOURS]),
    "password": ([(60, 100, "Mot de passe :")], [field("secret", 200, 89, flags="password")], ["Mot de passe :"]),
    "choice": ([(60, 100, HOURS)], [choice("B", 320, 89)], [f"{HOURS} 300 heures"]),
    "boxes": (
        [(80, 100, "Clause sociale"), (80, 120, "Clause environnementale")],
        [box(True, 60, 90), box(False, 60, 110, name="c")],
        ["☒ Clause sociale", "☐ Clause environnementale"],
    ),
    "radio": (
        [(60, 100, "Clause sociale :"), (170, 100, "Oui"), (230, 100, "Non")],
        [radio("oui", True, 152, 90), radio("non", False, 212, 90)],
        ["Clause sociale : ☒ Oui ☐ Non"],
    ),
    "box-over-a-printed-one": ([(60, 100, "o Clause")], [box(True, 58, 92)], ["☒ o Clause"]),
}


@pytest.mark.parametrize(
    ("texts", "drawn", "expected"), [pytest.param(*case, id=name) for name, case in SHAPES.items()]
)
def test_a_value_stands_beside_its_label(
    texts: list[Text], drawn: list[Draw], expected: list[str], tmp_path: Path
) -> None:
    assert [" ".join(line.split()) for line in lines(form(tmp_path, texts, *drawn))] == expected


def test_lines_of_a_long_field_are_lines(tmp_path: Path) -> None:
    def long(canvas: Any) -> None:
        canvas.acroForm.textfield(
            name="a", value="Lot 1 : 350 heures\nLot 2 : 70 heures", x=60, y=HEIGHT - 160, width=200, height=50,
            fieldFlags="multiline",
        )  # fmt: skip

    path = form(tmp_path, [(60, 100, "Heures :"), (60, 200, "Fin")], long)
    assert lines(path) == ["Heures :", "Lot 1 : 350 heures", "Lot 2 : 70 heures", "Fin"]


def test_the_box_of_a_value_is_on_its_line(tmp_path: Path) -> None:
    path = form(tmp_path, [(60, 100, "Heures :")], field("350", 120, 89))
    (line,) = read_file(path).pages[0].lines
    assert (round(line.bbox[0]), round(line.bbox[2])) == (61, 180)
    assert 88 < line.bbox[1] < 100 < line.bbox[3] < 105


# ---------------------------------------------------------------- what it gives


def test_a_filled_form_gives_its_volume(tmp_path: Path) -> None:
    extraction = extract(form(tmp_path, [(60, 100, HOURS)], field("350", 320, 89)))
    (volume,) = extraction.volumes
    assert (volume.value, volume.unit, extraction.status) == (350, "hours", "ok")
    assert volume.evidence[0].quote == f"{HOURS} 350"


def test_an_empty_form_gives_nothing(tmp_path: Path) -> None:
    extraction = extract(form(tmp_path, [(60, 100, HOURS)], field("", 320, 89)))
    assert extraction.volumes == ()


CLAUSE = "Le titulaire réalise une action d'insertion par l'activité économique."


@pytest.mark.parametrize(("checked", "count"), [pytest.param(True, 1, id="ticked"), pytest.param(False, 0, id="not")])
def test_a_box_of_a_form_decides(checked: bool, count: int, tmp_path: Path) -> None:
    extraction = extract(form(tmp_path, [(80, 100, CLAUSE)], box(checked, 60, 90)))
    assert [clause.category for clause in extraction.clauses] == ["clause_insertion"] * count


# ---------------------------------------------------------------- annotations


def annotated(
    path: Path, texts: Sequence[Text], subtype: str, box: tuple[float, float, float, float], contents: str = "",
    flags: int = 4,
) -> Path:  # fmt: skip
    """A page with an annotation; `box`: left, top, right, bottom from the top of the page."""
    left, top, right, bottom = box[0], HEIGHT - box[1], box[2], HEIGHT - box[3]

    def draw(canvas: Any) -> None:
        note = PDFDictionary({"Type": PDFName("Annot"), "Subtype": PDFName(subtype), "F": flags})
        note["Rect"] = PDFArray([left, bottom, right, top])
        note["QuadPoints"] = PDFArray([left, top, right, top, left, bottom, right, bottom])
        if contents:
            note["Contents"] = PDFString(contents)
        canvas._addAnnotation(note)

    return write_pdf(path / "annoté.pdf", [texts], draw=draw)


SENTENCE = "Le titulaire réserve 900 heures 350 heures à l'insertion."
NOTES: dict[str, tuple[str, tuple[float, float, float, float], str, int, list[str]]] = {
    "typed": ("FreeText", (400, 89, 480, 104), "pour le lot 2", 4, [f"{SENTENCE} pour le lot 2"]),
    "typed-below": ("FreeText", (60, 120, 480, 134), "Lot 2 seulement", 4, [SENTENCE, "Lot 2 seulement"]),
    "typed-hidden": ("FreeText", (400, 89, 480, 104), "pour le lot 2", 2, [SENTENCE]),
    "sticky": ("Text", (400, 89, 420, 104), "à vérifier : 120 heures d'insertion", 4, [SENTENCE]),
    "highlight": ("Highlight", (60, 89, 200, 104), "trop : 120 heures d'insertion", 4, [SENTENCE]),
}


@pytest.mark.parametrize(
    ("subtype", "at", "contents", "flags", "expected"), [pytest.param(*case, id=name) for name, case in NOTES.items()]
)
def test_words_typed_on_the_page_are_read_and_comments_are_not(
    subtype: str, at: tuple[float, float, float, float], contents: str, flags: int, expected: list[str], tmp_path: Path
) -> None:
    path = annotated(tmp_path, [(60, 100, SENTENCE)], subtype, at, contents, flags)
    assert [" ".join(line.split()) for line in lines(path)] == expected


def test_words_struck_out_do_not_bind(tmp_path: Path) -> None:
    canvas = Canvas(io.BytesIO())
    start = 60 + canvas.stringWidth("Le titulaire réserve ", "Helvetica", 10)
    end = start + canvas.stringWidth("900 heures", "Helvetica", 10)
    path = annotated(tmp_path, [(60, 100, SENTENCE)], "StrikeOut", (start - 0.5, 91, end + 0.5, 102))
    assert lines(path) == ["Le titulaire réserve [rayé] 350 heures à l'insertion."]
    assert [volume.value for volume in extract(path).volumes] == [350]


# ---------------------------------------------------------------- XFA


def xfa(path: Path, words: str, *, filled: bool) -> Path:
    """A form that says it is XFA, with or without the fields that every reader shows."""
    made = form(path, [(60, 100, words)], field("350", 320, 89))
    data = made.read_bytes() if filled else made.read_bytes().replace(b"/Annots", b"/Nothin")
    data = re.sub(rb"/DR ?<<", b"/XFA [(template) 1 0 R] /DR <<", data, count=1)
    made.write_bytes(data)
    with pdfium.PdfDocument(data) as pdf:
        assert pdf.get_formtype() in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND)
    return made


def test_a_dynamic_form_names_the_mend(tmp_path: Path) -> None:
    path = xfa(tmp_path, "Please wait... If this message is not eventually replaced", filled=False)
    with pytest.raises(XfaForm, match="l'imprimer en PDF"):
        read_file(path)
    extraction = extract(path)
    assert (extraction.status, [problem.code for problem in extraction.problems]) == ("failed", ["xfa"])


def test_a_dynamic_form_with_words_is_partial(tmp_path: Path) -> None:
    extraction = extract(xfa(tmp_path, "Le titulaire réserve 70 heures à l'insertion.", filled=False))
    assert [problem.code for problem in extraction.problems] == ["xfa"]
    assert (extraction.status, [volume.value for volume in extraction.volumes]) == ("partial", [70])


def test_a_form_that_every_reader_shows_is_read(tmp_path: Path) -> None:
    extraction = extract(xfa(tmp_path, HOURS, filled=True))
    assert (extraction.status, [volume.value for volume in extraction.volumes]) == ("ok", [350])
