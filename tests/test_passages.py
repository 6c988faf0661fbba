"""Labels of lines and the passages they make."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_samples import Text, column, write_pdf

from extractors.formats import read_file
from extractors.headings import numbering
from extractors.passages import box_of, split_passages
from extractors.schema import Document, Line, Page, Passage

SHARED = Path(__file__).parents[1].parent / "shared" / "corpus"

BODY = [
    "Le titulaire du marché réserve une part des heures de travail à des personnes",
    "rencontrant des difficultés sociales ou professionnelles particulières, dans les",
    "conditions du présent article et de l'annexe relative à l'insertion.",
]


def passages_of(path: Path, pages: list[list[Text]]) -> tuple[Passage, ...]:
    return split_passages(read_file(write_pdf(path, pages)))


def roles(passages: tuple[Passage, ...], role: str) -> list[str]:
    return [passage.text for passage in passages if passage.role == role]


# ---------------------------------------------------------------- furniture


def test_running_headers_and_footers_are_furniture_whatever_their_numbers(tmp_path: Path) -> None:
    pages = [
        [(50, 40, "CCAP 2024-17 – clause sociale"), *column(50, BODY, top=130), (480, 810, f"Page {n} sur 4")]
        for n in range(1, 5)
    ]
    passages = passages_of(tmp_path / "a.pdf", pages)
    assert roles(passages, "furniture") == [
        text for n in range(1, 5) for text in ("CCAP 2024-17 – clause sociale", f"Page {n} sur 4")
    ]
    assert roles(passages, "body") == ["\n".join(BODY)] * 4


@pytest.mark.parametrize("number", ["Page 1/2", "1", "- 1 -", "1 sur 2", "CCAP 2023-17 – 1/2"])
def test_page_numbers_of_a_short_document_are_furniture(tmp_path: Path, number: str) -> None:
    passages = passages_of(tmp_path / "a.pdf", [[*column(50, BODY), (480, 815, number)]])
    assert roles(passages, "furniture") == [number]


@pytest.mark.parametrize("text", ["Lot 1", "1 200 heures", "Clause sociale : voir article 3"])
def test_a_last_line_that_does_not_come_back_is_no_furniture(tmp_path: Path, text: str) -> None:
    passages = passages_of(tmp_path / "a.pdf", [[*column(50, BODY), (50, 815, text)]])
    assert roles(passages, "furniture") == []


# ---------------------------------------------------------------- tables of contents


def test_contents_with_leaders(tmp_path: Path) -> None:
    entries = [
        "1.4 Clause d'insertion ........... 7",
        "1.5 Clause environnementale ....... 10",
        "ARTICLE 8 – PÉNALITÉS ...... 18",
    ]
    body = ["1.4 Clause d'insertion", *BODY]
    passages = passages_of(tmp_path / "a.pdf", [column(50, ["Table des matières", *entries]), column(50, body)])
    assert roles(passages, "toc") == ["Table des matières", *entries]
    assert roles(passages, "heading") == ["1.4 Clause d'insertion"]


@pytest.mark.parametrize("number", ["", "  3"], ids=["bare", "with-page"])
def test_contents_without_leaders(tmp_path: Path, number: str) -> None:
    titles = ["Article 1. Objet du marché", "Article 2. Clause sociale", "Article 3. Pénalités de retard"]
    entries = [title + number for title in titles]
    body = [(50.0, 100.0 + 90 * i + 16 * j, text) for i, t in enumerate(titles) for j, text in enumerate([t, *BODY])]
    passages = passages_of(tmp_path / "a.pdf", [column(50, ["SOMMAIRE", *entries], pitch=20), body])
    assert roles(passages, "toc") == ["SOMMAIRE", *(entry.replace("  ", " ") for entry in entries)]
    assert roles(passages, "heading") == titles


def test_dotted_fields_of_a_form_are_no_contents(tmp_path: Path) -> None:
    lines = [
        "Ouvert au nom de ...................",
        "IBAN ......................",
        "Lot 1 : clause de ........ heures.",
    ]
    assert roles(passages_of(tmp_path / "a.pdf", [column(50, lines)]), "toc") == []


# ---------------------------------------------------------------- headings


@pytest.mark.parametrize(
    ("text", "section"),
    [
        ("1.4 Clause d'insertion par l'activité économique", "1.4"),
        ("ARTICLE 8 – PÉNALITÉS", "8"),
        ("Article 5. Engagement en matière d'insertion", "5"),
        ("Article 1er : Objet", "1"),
        ("13.3 Résiliation", "13.3"),
        ("8.2.2 Pénalités relatives à la clause sociale", "8.2.2"),
        ("1.02Objet de la consultation", "1.02"),
        ("1. Objet de la consultation", "1"),
        ("II – Dispositions sociales", "II"),
        ("CHAPITRE III – VOLET SOCIAL", "chapitre III"),
        ("ANNEXE 2 : CLAUSE SOCIALE DE FORMATION", "annexe 2"),
    ],
)
def test_headings_give_their_number_to_what_follows(tmp_path: Path, text: str, section: str) -> None:
    passages = passages_of(tmp_path / "a.pdf", [[(50, 80, text), *column(50, BODY)]])
    heading, body = passages
    assert (heading.role, heading.section) == ("heading", section)
    assert (body.role, body.section, body.headings) == ("body", section, (text,))


@pytest.mark.parametrize(
    "text",
    [
        "12.03.2024",
        "12 mars 2024",
        "1 200,50 € HT",
        "35 heures",
        "3  Mobilier de bureau  700 000 €",
        "Article 5 du CCAP et des pièces qui l'accompagnent.",
        "L. 2113-13 du Code de la commande publique).",
        "3. Objet du marché : prestations d'insertion sociale,",
        "1. Le titulaire transmet chaque mois les justificatifs au facilitateur.",
        "- 1.4 tonne de déchets",
        "62999 SAINT-POL-LA-PLAINE",
    ],
)
def test_lines_with_numbers_that_are_no_headings(tmp_path: Path, text: str) -> None:
    passages = passages_of(tmp_path / "a.pdf", [[(50, 60, text), *column(50, BODY)]])
    assert roles(passages, "heading") == []


@pytest.mark.parametrize(
    "opening",
    [
        "Article 1. Le règlement de la consultation est complété : le titulaire du lot 2 réserve",
        "Article 2. Le titulaire du lot 2 réserve aux publics éloignés de l'emploi au minimum",
        "Article 3 – Sont réservées aux publics éloignés de l'emploi, pour le lot 2, 320 heures",
    ],
)
def test_the_sentence_of_an_article_that_runs_on_is_no_heading(tmp_path: Path, opening: str) -> None:
    lines = column(50, [opening, "d'insertion, dans les conditions du cahier des clauses administratives."])
    (passage,) = passages_of(tmp_path / "a.pdf", [lines])
    assert (passage.role, passage.text.split("\n")[0]) == ("body", opening)


def test_titles_form_a_chain_that_an_article_resets(tmp_path: Path) -> None:
    texts = [
        "ARTICLE 1 – OBJET",
        "1.4 Clause sociale",
        "1.4.1 Publics visés",
        "1.5 Durée",
        "ARTICLE 2 – PRIX",
        *BODY[-1:],
    ]
    passages = passages_of(tmp_path / "a.pdf", [column(50, texts, pitch=25)])
    assert [(p.section, p.headings) for p in passages] == [
        ("1", ()),
        ("1.4", ("ARTICLE 1 – OBJET",)),
        ("1.4.1", ("ARTICLE 1 – OBJET", "1.4 Clause sociale")),
        ("1.5", ("ARTICLE 1 – OBJET",)),
        ("2", ()),
        ("2", ("ARTICLE 2 – PRIX",)),
    ]


def test_a_numbered_list_does_not_change_the_article(tmp_path: Path) -> None:
    texts = ["8.2 Pièces à remettre", "1. Attestation", "2. Bulletins de salaire", "Le bilan est annuel."]
    passages = passages_of(tmp_path / "a.pdf", [column(50, texts, pitch=25)])
    assert [p.section for p in passages] == ["8.2"] * 4


def test_a_numbered_paragraph_gives_its_number(tmp_path: Path) -> None:
    texts = ["8.2.2 Le titulaire réserve une part des heures de travail à des personnes en", "difficulté."]
    (passage,) = passages_of(tmp_path / "a.pdf", [column(50, texts)])
    assert (passage.role, passage.section) == ("body", "8.2.2")


@pytest.mark.parametrize("text", ["article 5", "Article L. 2112-2", "IBAN", ""])
def test_no_numbering(text: str) -> None:
    assert numbering(text) is None


# ---------------------------------------------------------------- passages


def test_a_gap_between_lines_starts_a_paragraph(tmp_path: Path) -> None:
    pages = [[*column(50, BODY), *column(50, BODY, top=150)]]
    assert [p.text for p in passages_of(tmp_path / "a.pdf", pages)] == ["\n".join(BODY)] * 2


@pytest.mark.parametrize("mark", ["•", "–", "-", "a)", "1°"])
def test_list_items_are_passages_of_their_own(tmp_path: Path, mark: str) -> None:
    items = [
        f"{mark} les demandeurs d'emploi de longue durée, inscrits depuis plus de douze mois",
        "et leurs ayants droit ;",
    ]
    passages = passages_of(tmp_path / "a.pdf", [column(50, ["Les publics sont :", *items, f"{mark} les jeunes."])])
    assert [p.text for p in passages] == ["Les publics sont :", "\n".join(items), f"{mark} les jeunes."]


def test_a_paragraph_runs_on_over_the_page_and_its_furniture(tmp_path: Path) -> None:
    pages = [
        [(50, 40, "CCAP n° 1"), (50, 100, "Le titulaire réserve au moins 450"), (480, 810, "Page 1")],
        [(50, 40, "CCAP n° 1"), (50, 100, "heures d'insertion aux publics visés."), (480, 810, "Page 2")],
        [(50, 40, "CCAP n° 1"), (50, 100, "Le prix est ferme."), (480, 810, "Page 3")],
    ]
    passages = passages_of(tmp_path / "a.pdf", pages)
    assert [p.text for p in passages if p.role == "body"] == [
        "Le titulaire réserve au moins 450\nheures d'insertion aux publics visés.",
        "Le prix est ferme.",
    ]
    assert len(roles(passages, "furniture")) == 6
    cut = next(p for p in passages if p.role == "body")
    assert [(s.page, cut.text[s.start : s.end]) for s in cut.spans] == [
        (1, "Le titulaire réserve au moins 450"),
        (2, "heures d'insertion aux publics visés."),
    ]
    assert (cut.page_at(0), cut.page_at(40)) == (1, 2)


def test_rows_of_a_table_are_passages_of_their_own(tmp_path: Path) -> None:
    cells = [(x, 100.0 + 13 * i, text) for i in range(3) for x, text in ((50.0, f"Lot {i}"), (300.0, f"{i}00 heures"))]
    passages = passages_of(tmp_path / "a.pdf", [cells])
    assert [p.text for p in passages] == [f"Lot {i}  {i}00 heures" for i in range(3)]


def test_the_box_of_words_is_that_of_their_lines(tmp_path: Path) -> None:
    document = read_file(write_pdf(tmp_path / "a.pdf", [column(50, BODY)]))
    (passage,) = split_passages(document)
    start = passage.text.index("difficultés")
    lines = document.pages[0].lines
    assert box_of(document, passage, start, start + 5) == lines[1].bbox
    union = (
        min(lines[1].bbox[0], lines[2].bbox[0]),
        lines[1].bbox[1],
        max(lines[1].bbox[2], lines[2].bbox[2]),
        lines[2].bbox[3],
    )
    assert box_of(document, passage, start, len(passage.text)) == union


def text_document(lines: list[str]) -> Document:
    page = Page(number=1, width=0, height=0, lines=tuple(Line(text=text, bbox=(0, 0, 0, 0)) for text in lines))
    return Document(path="a.txt", sha256="0", size=0, pages=(page,), layout="text")


def test_paragraphs_of_a_text_file() -> None:
    lines = [
        "Objet : entretien des espaces",
        "verts.",
        "Lot 2 : peinture.",
        "",
        "Marché réservé",
        "- aux SIAE",
        "- aux EA",
    ]
    assert [p.text for p in split_passages(text_document(lines))] == [
        "Objet : entretien des espaces\nverts.",
        "Lot 2 : peinture.",
        "Marché réservé",
        "- aux SIAE",
        "- aux EA",
    ]


@given(st.lists(st.text(alphabet="aA1. :;-•–\t ", max_size=12), max_size=12))
def test_every_line_is_in_one_passage_and_spans_are_exact(lines: list[str]) -> None:
    passages = split_passages(text_document(lines))
    held = [(span.line, passage.text[span.start : span.end]) for passage in passages for span in passage.spans]
    assert held == [(i, text) for i, text in enumerate(lines) if text.strip()]
    assert [passage.index for passage in passages] == list(range(len(passages)))


def test_the_clause_of_a_real_ccap_stands_under_its_article() -> None:
    path = SHARED / "real" / "clause-sociale-clause-sociale-documentation-CCAP-21-BAM-048.pdf"
    if not path.exists():
        pytest.skip("corpus absent")
    passages = split_passages(read_file(path))
    clause = next(p for p in passages if p.text.startswith("Cette clause est applicable au lot unique"))
    assert (clause.page, clause.section, clause.headings[-1]) == (
        7,
        "1.4",
        "1.4 Clause d’insertion par l’activité économique",
    )
    penalty = next(p for p in passages if "pénalité de 200 euros" in p.text)
    assert penalty.section == "8.2.2"
