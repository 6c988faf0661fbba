"""Tables that give hours lot by lot, ruled or not, in PDFs made here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle
from structure_documents import notice
from structure_documents import table as made_table

from extractors.pipeline import extract, extract_document
from extractors.schema import Extraction
from extractors.tables import TableVolume, is_lots_table, table_volumes

CLAUSE = "Les titulaires réservent à des personnes éloignées de l'emploi les heures de travail du tableau suivant."
BODY = getSampleStyleSheet()["BodyText"]
TITLE = getSampleStyleSheet()["Heading1"]
INSERTION = frozenset({"clause_insertion"})

Rows = Sequence[Sequence[str]]


def pdf(
    path: Path, *tables: Rows, ruled: bool = True, widths: tuple[int, ...] = (70, 200, 120), before: int = 0
) -> Path:
    """The clause, then each table; `before` points of blank push the first table towards the end of its page."""
    style = TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)] if ruled else [])
    story = [
        Paragraph("CAHIER DES CLAUSES ADMINISTRATIVES PARTICULIERES", TITLE),
        Paragraph("Article 8 - Clause sociale d'insertion", TITLE),
        Paragraph(CLAUSE, BODY),
        Spacer(1, 10 + before),
    ]
    for index, rows in enumerate(tables):
        if index:
            story.append(PageBreak())
        cells = [[cell.replace("\n", "<br/>") for cell in row] for row in rows]
        made = [[Paragraph(cell, BODY) for cell in row] for row in cells]
        story.append(Table(made, colWidths=widths[: len(rows[0])], style=style))
    SimpleDocTemplate(str(path), pagesize=A4, invariant=1).build(story)
    return path


def hours(extraction: Extraction) -> dict[str, float]:
    """Hours of each lot, which must all be plain hours of the insertion clause."""
    assert {(v.category, v.unit, v.per) for v in extraction.volumes} <= {("clause_insertion", "hours", "contract")}
    assert len({v.lot for v in extraction.volumes}) == len(extraction.volumes)
    return {v.lot: v.value for v in extraction.volumes}


HEADER = ("Lot", "Désignation", "Heures d'insertion")
ROWS = (HEADER, ("1", "Gros œuvre", "1 200 h"), ("2", "Charpente", "450 h"), ("4", "Peinture", "310 h"))


@pytest.mark.parametrize("ruled", [True, False], ids=["ruled", "without-rules"])
def test_hours_of_each_lot(tmp_path: Path, ruled: bool) -> None:
    extraction = extract(pdf(tmp_path / "ccap.pdf", ROWS, ruled=ruled))
    assert hours(extraction) == {"1": 1200, "2": 450, "4": 310}
    assert [clause.lots for clause in extraction.clauses] == [("1", "2", "4")]
    assert extraction.problems == ()


def test_a_row_is_proved_by_its_cells(tmp_path: Path) -> None:
    extraction = extract(pdf(tmp_path / "ccap.pdf", ROWS))
    (proof,) = next(v for v in extraction.volumes if v.lot == "2").evidence
    assert (proof.page, proof.quote) == (1, "2 | Charpente | 450 h")
    assert proof.bbox is not None
    x0, top, x1, bottom = proof.bbox
    assert 0 < x0 < x1 < A4[0] and 0 < top < bottom < A4[1] and bottom - top < 40


def test_numbers_without_unit_take_that_of_the_header(tmp_path: Path) -> None:
    rows = (
        ("N° de lot", "Intitulé", "Nombre d'heures"),
        ("Lot 01", "Gros œuvre", "1 200"),
        ("Lot 02", "Charpente", "450"),
    )
    assert hours(extract(pdf(tmp_path / "ccap.pdf", rows))) == {"1": 1200, "2": 450}


BROKEN = (
    ("Lot\nn° 1", "Gros œuvre, maçonnerie,\ndémolitions et reprises\nen sous-œuvre", "1 200\nheures"),
    ("Lot\nn° 2", "Charpente et\nossature bois", "450\nheures"),
)


def test_cells_that_break_over_lines_are_read_whole(tmp_path: Path) -> None:
    assert hours(extract(pdf(tmp_path / "ccap.pdf", (HEADER, *BROKEN)))) == {"1": 1200, "2": 450}


def test_a_header_that_breaks_over_lines_is_a_header(tmp_path: Path) -> None:
    header = ("Lot", "Désignation", "Nombre d'heures d'insertion\nà réaliser par le titulaire")
    assert hours(extract(pdf(tmp_path / "ccap.pdf", (header, *BROKEN)))) == {"1": 1200, "2": 450}


def test_a_rate_that_breaks_over_lines_keeps_its_tranche_and_trigger(tmp_path: Path) -> None:
    rows = (
        ("Lot", "Nombre d'heures d'insertion à réaliser sur la durée d'exécution"),
        (
            "Lot unique",
            "1h d’insertion à réaliser par tranche\nde 2 000 Euros facturée, à partir\n"
            "d’un seuil de déclenchement de\n2 700 000 Euros facturés",
        ),
    )
    (volume,) = extract(pdf(tmp_path / "ccap.pdf", rows, widths=(90, 220))).volumes
    assert (volume.lot, volume.value, volume.unit, volume.per) == ("*", 1, "hours", "amount")
    assert (volume.per_amount_eur, volume.threshold_eur) == (2000, 2_700_000)


def test_a_single_lot_is_the_whole_contract(tmp_path: Path) -> None:
    rows = (HEADER, ("Lot unique", "Nettoyage", "600 h"))
    extraction = extract(pdf(tmp_path / "ccap.pdf", rows))
    assert hours(extraction) == {"*": 600}
    assert [clause.lots for clause in extraction.clauses] == [("*",)]


def test_the_title_of_a_lot_is_the_whole_of_its_cell(tmp_path: Path) -> None:
    rows = (HEADER, ("1", "Mobilier scolaire, dont la moitié issue du\nRéemploi", "90 h"), ("2", "Charpente", "60 h"))
    lots = extract(pdf(tmp_path / "ccap.pdf", rows)).lots
    assert [(lot.number, lot.title) for lot in lots] == [
        ("1", "Mobilier scolaire, dont la moitié issue du Réemploi"),
        ("2", "Charpente"),
    ]


def test_a_table_goes_on_with_the_header_of_the_page_before(tmp_path: Path) -> None:
    more = (("5", "Plomberie", "90 h"), ("6", "Électricité", "140 h"))
    extraction = extract(pdf(tmp_path / "ccap.pdf", ROWS, more))
    assert hours(extraction) == {"1": 1200, "2": 450, "4": 310, "5": 90, "6": 140}
    assert {v.lot: v.evidence[0].page for v in extraction.volumes} == {"1": 1, "2": 1, "4": 1, "5": 2, "6": 2}


def test_a_long_table_runs_over_the_page(tmp_path: Path) -> None:
    rows = (HEADER, *((str(lot), f"Lot de travaux {lot}", f"{100 + lot} h") for lot in range(1, 31)))
    extraction = extract(pdf(tmp_path / "ccap.pdf", rows, before=300))
    assert hours(extraction) == {str(lot): 100.0 + lot for lot in range(1, 31)}
    assert extraction.pages == 2


def test_a_total_that_adds_up_is_no_volume(tmp_path: Path) -> None:
    extraction = extract(pdf(tmp_path / "ccap.pdf", (*ROWS, ("Total", "", "1 960 h"))))
    assert hours(extraction) == {"1": 1200, "2": 450, "4": 310}
    assert (extraction.status, extraction.problems) == ("ok", ())


def test_the_share_of_all_lots_is_no_sum(tmp_path: Path) -> None:
    rows = (("Lot", "Désignation", "Part d'heures d'insertion"), ("1", "Gros œuvre", "5 %"), ("2", "Peinture", "7 %"))
    extraction = extract(pdf(tmp_path / "ccap.pdf", (*rows, ("Total", "", "6 %"))))
    assert [(v.lot, v.value, v.unit) for v in extraction.volumes] == [
        ("1", 5, "percent_of_hours"),
        ("2", 7, "percent_of_hours"),
    ]
    assert (extraction.status, extraction.problems) == ("ok", ())


def test_decimals_add_up_as_people_add_them(tmp_path: Path) -> None:
    rows = (HEADER, ("1", "Gros œuvre", "120,1 h"), ("2", "Peinture", "45,2 h"), ("3", "Sols", "31,3 h"))
    assert 120.1 + 45.2 + 31.3 != 196.6
    extraction = extract(pdf(tmp_path / "ccap.pdf", (*rows, ("Total", "", "196,6 h"))))
    assert hours(extraction) == {"1": 120.1, "2": 45.2, "3": 31.3}
    assert (extraction.status, extraction.problems) == ("ok", ())


def test_a_total_that_does_not_add_up_is_said(tmp_path: Path) -> None:
    extraction = extract(pdf(tmp_path / "ccap.pdf", (*ROWS, ("Total", "", "2 000 h"))))
    assert hours(extraction) == {"1": 1200, "2": 450, "4": 310}
    assert extraction.status == "partial"
    (problem,) = extraction.problems
    assert (problem.stage, problem.code, problem.page) == ("assemble", "total_mismatch", 1)
    assert "2000" in problem.message and "1960" in problem.message and "\n" not in problem.message


def test_other_columns_give_no_hours(tmp_path: Path) -> None:
    header = ("Lot", "Montant estimé en euros", "Heures d'insertion", "Pénalité par heure")
    rows = (header, ("1", "120 000", "300 h", "60"), ("2", "80 000", "150 h", "60"))
    assert hours(extract(pdf(tmp_path / "ccap.pdf", rows, widths=(60, 130, 120, 120)))) == {"1": 300, "2": 150}


def test_a_lot_without_hours_has_no_volume(tmp_path: Path) -> None:
    rows = (HEADER, ("1", "Gros œuvre", "1 200 h"), ("2", "Charpente", "Sans objet"), ("3", "Peinture", "-"))
    extraction = extract(pdf(tmp_path / "ccap.pdf", rows))
    assert hours(extraction) == {"1": 1200}
    assert [clause.lots for clause in extraction.clauses] == [("1",)]


def test_a_table_of_a_text() -> None:
    lines = ["Lot  Désignation  Heures d'insertion", "1  Gros œuvre  1 200 h", "2  Charpente  450 h"]
    document, _ = notice("\n".join([CLAUSE, "", *lines]))
    assert hours(extract_document(document)) == {"1": 1200, "2": 450}


# ---------------------------------------------------------------- tables already read


def read(*tables: tuple[tuple[str | None, ...], ...]) -> list[tuple[tuple[str, ...], float, bool]]:
    def shown(found: TableVolume) -> tuple[tuple[str, ...], float, bool]:
        return found.lots, found.reading.value, found.is_total

    return [shown(found) for found in table_volumes([made_table(*rows) for rows in tables], INSERTION)]


def test_percent_by_lot() -> None:
    (found,) = table_volumes([made_table(("Lot", "Part d'insertion"), ("3", "5 % des heures travaillées"))], INSERTION)
    assert (found.lots, found.reading.value, found.reading.measure.unit) == (("3",), 5, "percent_of_hours")


def test_firm_and_optional_columns() -> None:
    header = ("Lot", "Heures d'insertion tranche ferme", "Heures d'insertion tranche optionnelle")
    found = list(table_volumes([made_table(header, ("1", "300 h", "120 h"))], INSERTION))
    assert [(f.reading.value, f.reading.phase) for f in found] == [(300, "firm"), (120, "optional")]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        pytest.param(("Lot", "Intitulé Heures d'insertion", None), ("1", "Charpente", "1250h"), [1250], id="rule-lost"),
        pytest.param(("Lot", "Intitulé Heures d'insertion", None), ("1", "École 2", "90"), [90], id="number-in-title"),
        pytest.param(("Lot", "Heures d'insertion", None), ("1", "90", "16,20 €"), [90], id="figure-at-its-place"),
        pytest.param(("Lot", "Heures d'insertion", None, None), ("1", "", "90", "40"), [], id="two-figures"),
        pytest.param(("Lot", "Heures d'insertion", "Prix"), ("1", "", "90"), [], id="no-merged-cell"),
    ],
)
def test_a_title_that_covers_columns_has_its_figure_in_one_of_them(
    header: tuple[str | None, ...], row: tuple[str, ...], expected: list[float]
) -> None:
    read = list(table_volumes([made_table(header, row)], INSERTION))
    assert [found.reading.value for found in read] == expected
    assert all(found.quote == " | ".join(row) for found in read)


def test_header_after_a_title_row() -> None:
    rows = (("Heures par lot", None, None), HEADER, ("1", "Gros œuvre", "300 h"))
    assert read(rows) == [(("1",), 300, False)]


def test_total_row() -> None:
    assert read((HEADER, ("1", "Gros œuvre", "300 h"), ("Total", None, "300 h")))[-1] == (("*",), 300, True)


def test_a_table_of_another_shape_does_not_take_the_header() -> None:
    assert read((HEADER, ("1", "Gros œuvre", "300 h")), (("7", "450 h"),)) == [(("1",), 300, False)]


LOTS_TABLES = {
    "lot-and-hours": (("Lot", "Heures d'insertion"), True),
    "number-and-hours": (("N°", "Désignation", "Volume d'insertion"), True),
    "no-lot": (("Désignation", "Heures d'insertion"), False),
    "no-hours": (("Lot", "Désignation"), False),
    "hourly-price": (("Lot", "Prix horaire"), False),
    "opening-hours": (("Lot", "Heures d'ouverture"), False),
}


@pytest.mark.parametrize(("header", "expected"), LOTS_TABLES.values(), ids=LOTS_TABLES)
def test_a_table_of_hours_by_lot_is_known_by_its_header(header: tuple[str, ...], expected: bool) -> None:
    assert is_lots_table(made_table(header, tuple("1" for _ in header))) is expected


def test_a_total_in_prose_that_does_not_add_up_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "ccap.txt"
    lots = "Lot 1 : 300 heures d'insertion.\n\nLot 2 : 200 heures d'insertion."
    path.write_text(f"8 CLAUSE D'INSERTION\n\n{lots}\n\nSoit un total de 600 heures d'insertion.", "utf-8")
    extraction = extract(path)
    assert [(volume.lot, volume.value) for volume in extraction.volumes] == [("1", 300), ("2", 200)]
    assert [(problem.code, problem.message) for problem in extraction.problems] == [
        ("total_mismatch", "total de 600 écrit, mais 500 en additionnant les lots ; vérifier la page")
    ]


def test_a_table_whose_rows_name_no_lot_leaves_the_hours_to_its_text(tmp_path: Path) -> None:
    rows = [["Lot", "Objet", "Heures d'insertion"], ["Gros œuvre", "Démolition, structure", "1 250 heures"]]
    volumes = extract(pdf(tmp_path / "CCAP.pdf", rows)).volumes
    assert [(volume.lot, volume.value, volume.unit) for volume in volumes] == [("*", 1250, "hours")]
