"""What read_file makes of good, odd and bad files."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pdfplumber
import pytest
from pdf_samples import HEIGHT, PRIVATE_MAP, WIDTH, column, raw_pdf, write_pdf
from reportlab.lib.utils import ImageReader

from extractors.errors import DamagedPdf, DocumentError, EmptyFile, EncryptedPdf, NotPdf
from extractors.formats import read_file
from extractors.geometry import read_geometry

SHARED = Path(__file__).parents[1].parent / "shared" / "corpus"

LEFT = [
    "Le titulaire du lot remet au pouvoir",
    "adjudicateur un bilan de chaque action",
    "menée pendant la période de référence,",
    "avec les justificatifs demandés par le",
    "facilitateur dans un délai de deux mois",
    "après la fin de chacun des trimestres.",
]
RIGHT = [
    "Les heures réalisées sont comptées dès",
    "la prise de poste et jusqu'à la date de",
    "fin du contrat de travail des salariés",
    "dont la liste est donnée au titulaire",
    "par le maître d'ouvrage au plus tard le",
    "premier jour du mois qui suit la visite.",
]


def texts(path: Path, page: int = 1) -> list[str]:
    return [line.text for line in read_file(path).pages[page - 1].lines]


# ---------------------------------------------------------------- order


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[*column(50, LEFT), *column(310, RIGHT)]])
    assert texts(path) == LEFT + RIGHT


@pytest.mark.parametrize("shift", [0, 3, 7], ids=["same-baseline", "shifted-3pt", "shifted-7pt"])
def test_columns_drawn_row_by_row_are_read_one_after_the_other(tmp_path: Path, shift: float) -> None:
    rows = zip(column(50, LEFT), column(310, RIGHT, top=100 + shift), strict=True)
    title = (
        50.0,
        70.0,
        "Un titre qui court sur toute la largeur de la page, au-dessus des deux colonnes du journal local",
    )
    path = write_pdf(tmp_path / "a.pdf", [[title, *(cell for row in rows for cell in row)]])
    assert texts(path) == [title[2], *LEFT, *RIGHT]


def test_table_rows_stay_on_one_line_with_two_spaces_between_cells(tmp_path: Path) -> None:
    rows = [("Lot 1", "Gros œuvre", "1 200 h"), ("Lot 2", "Peinture", "350 h"), ("Lot 3", "Espaces verts", "400 h")] * 4
    cells = [(x, 100 + 14 * i, cell) for i, row in enumerate(rows) for x, cell in zip((50, 150, 400), row, strict=True)]
    assert texts(write_pdf(tmp_path / "a.pdf", [cells])) == ["  ".join(row) for row in rows]


def test_a_short_cell_drawn_after_a_wrapped_one_is_put_back_on_its_row(tmp_path: Path) -> None:
    page = [
        (50, 100, "1  Mobilier de bureau dont mobilier issu du"),
        (60, 112, "réemploi"),
        (400, 100, "700 000 €"),
        (50, 128, "2  Sièges"),
    ]
    assert texts(write_pdf(tmp_path / "a.pdf", [page])) == [
        "1 Mobilier de bureau dont mobilier issu du  700 000 €",
        "réemploi",
        "2 Sièges",
    ]


def test_a_body_drawn_after_its_footer_is_read_first(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[(50, 800, "Page 1/1"), *column(50, LEFT)]])
    assert texts(path) == [*LEFT, "Page 1/1"]


# ---------------------------------------------------------------- characters


def test_hyphens_at_line_ends_are_kept_and_end_their_line(tmp_path: Path) -> None:
    lines = ["travaux dans les bâtiments communau-", "taires et les écoles de l’agglo-", "mération de la vallée."]
    assert texts(write_pdf(tmp_path / "a.pdf", [column(50, lines)])) == lines


def test_no_break_spaces_and_apostrophes_are_kept_and_ligatures_come_as_letters(tmp_path: Path) -> None:
    special = b"3 beginbfchar <7B> <00A0> <7C> <FB01> <7E> <2019> endbfchar endcmap"
    cmap = PRIVATE_MAP.replace(b"<20> <7E> <E020>", b"<20> <7A> <0020>").replace(b"endcmap", special)
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(b"BT /F1 9 Tf 20 700 Td (l~of|ce : 1{200 heures) Tj ET", to_unicode=cmap))
    assert texts(path) == ["l’office : 1\xa0200 heures"]


# ---------------------------------------------------------------- boxes


@pytest.mark.parametrize("crop", [None, (40, 30, 500, 560)], ids=["whole", "cropped"])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_are_those_of_pdfplumber_on_the_page_as_displayed(
    tmp_path: Path, rotation: int, crop: tuple[float, float, float, float] | None
) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[(100, 542, "Insertion")]], rotation=rotation, crop=crop)
    page = read_file(path).pages[0]
    (word,) = read_geometry(path, [1])[0].words
    assert page.lines[0].bbox == pytest.approx(word.bbox, abs=2.5)
    x0, top, x1, bottom = page.lines[0].bbox
    assert 0 < x0 < x1 < page.width and 0 < top < bottom < page.height


def test_an_unrotated_page_has_the_coordinates_of_pdfplumber(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [column(50, LEFT)])
    with pdfplumber.open(path) as pdf:
        expected = [(line["x0"], line["top"], line["x1"], line["bottom"]) for line in pdf.pages[0].extract_text_lines()]
    page = read_file(path).pages[0]
    assert (page.width, page.height) == (WIDTH, HEIGHT)
    assert [line.bbox for line in page.lines] == [pytest.approx(box, abs=2.5) for box in expected]


# ---------------------------------------------------------------- state of pages


def noise_image() -> ImageReader:
    from PIL import Image

    buffer = io.BytesIO()
    Image.effect_noise((60, 80), 50).save(buffer, "PNG")
    buffer.seek(0)
    return ImageReader(buffer)


def test_scans_are_recorded_with_their_pages_and_the_mend(tmp_path: Path) -> None:
    image = noise_image()
    path = write_pdf(
        tmp_path / "a.pdf", [[], [(500, 830, "Page 2")]], draw=lambda c: c.drawImage(image, 0, 0, WIDTH, HEIGHT)
    )
    document = read_file(path)
    assert [page.state for page in document.pages] == ["scan", "scan"]
    (problem,) = document.problems
    assert (problem.code, problem.page) == ("scan", 1)
    assert "pages 1 à 2" in problem.message and "OCR" in problem.message


def test_a_page_of_text_over_an_image_is_text(tmp_path: Path) -> None:
    image = noise_image()
    path = write_pdf(tmp_path / "a.pdf", [column(50, LEFT)], draw=lambda c: c.drawImage(image, 0, 0, WIDTH, HEIGHT))
    document = read_file(path)
    assert (document.pages[0].state, document.problems) == ("text", ())


def test_an_empty_page_is_no_problem(tmp_path: Path) -> None:
    document = read_file(write_pdf(tmp_path / "a.pdf", [[], [(50, 100, "Article 1")]]))
    assert [page.state for page in document.pages] == ["empty", "text"]
    assert document.problems == ()


def shifted(text: str) -> str:
    """As a font without a map gives it: codes of glyphs, 29 below those of letters."""
    return "".join(chr(ord(c) - 29) if c.isascii() and c > "=" else c for c in text)


@pytest.mark.parametrize(
    ("content", "to_unicode"),
    [
        pytest.param(" ".join(LEFT), PRIVATE_MAP, id="private-use"),
        pytest.param(shifted(" ".join(LEFT + RIGHT)), None, id="letter-soup"),
    ],
)
def test_fonts_without_a_unicode_map_are_recorded(tmp_path: Path, content: str, to_unicode: bytes | None) -> None:
    words = content.encode("cp1252", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(b"BT /F1 9 Tf 20 700 Td (%s) Tj ET" % words, to_unicode=to_unicode))
    document = read_file(path)
    assert document.pages[0].state == "unmapped"
    assert [problem.code for problem in document.problems] == ["unmapped"]


def test_private_use_tick_boxes_among_words_are_fine(tmp_path: Path) -> None:
    cmap = PRIVATE_MAP.replace(b"<20> <7E> <E020>", b"<20> <7E> <0020>").replace(
        b"endcmap", b"1 beginbfchar <7E> <F0FE> endbfchar endcmap"
    )
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(b"BT /F1 9 Tf 20 700 Td (~ Lot 1 : clause sociale d'insertion) Tj ET", to_unicode=cmap))
    document = read_file(path)
    assert (document.pages[0].state, document.problems) == ("text", ())
    assert document.pages[0].lines[0].text == "\uf0fe Lot 1 : clause sociale d'insertion"


# ---------------------------------------------------------------- bad and big files


def test_a_password_is_asked_for_only_where_there_is_one(tmp_path: Path) -> None:
    page = [[(50, 100, "Clause sociale")]]
    assert texts(write_pdf(tmp_path / "open.pdf", page, password="")) == ["Clause sociale"]
    with pytest.raises(EncryptedPdf, match="mot de passe"):
        read_file(write_pdf(tmp_path / "locked.pdf", page, password="secret"))


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        pytest.param("a.pdf", b"", EmptyFile, id="zero-bytes"),
        pytest.param("a.pdf", raw_pdf(b"", pages=0), EmptyFile, id="zero-pages"),
        pytest.param("a.pdf", b"PK\x03\x04 a spreadsheet", NotPdf, id="not-a-pdf"),
        pytest.param("a.docx", b"PK\x03\x04", NotPdf, id="another-format"),
        pytest.param("a.pdf", raw_pdf(b"BT ET")[:120], DamagedPdf, id="truncated"),
        pytest.param("a.pdf", b"%PDF-1.4\n" + bytes(2000), DamagedPdf, id="no-content"),
    ],
)
def test_bad_files_are_refused_in_one_line_that_names_them(
    tmp_path: Path, name: str, data: bytes, error: type[DocumentError]
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(error, match=name) as caught:
        read_file(path)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value) and " ; " in str(caught.value)


def test_a_file_cut_at_its_end_is_read_and_said_to_be_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(b"BT /F1 9 Tf 20 700 Td (Article 1) Tj ET").split(b"startxref")[0])
    document = read_file(path)
    assert [page.text for page in document.pages] == ["Article 1"]
    assert [problem.code for problem in document.problems] == ["truncated"]


def test_unreadable_files_are_document_errors(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="vérifier le chemin"):
        read_file(tmp_path / "absent.pdf")
    with pytest.raises(DocumentError, match="vérifier le chemin"):
        read_file(tmp_path)


def test_a_pdf_is_known_by_its_content_and_any_name_will_do(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "pièce n° 1 été.bin", [[(50, 100, "Clause sociale")]])
    assert read_file(path).is_paged
    assert texts(path) == ["Clause sociale"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_text_files_are_one_page(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "avis.txt"
    path.write_bytes("Marché réservé :\r\n1 200 heures à 10 €".replace("\r\n", "\n").encode(encoding))
    document = read_file(path)
    assert not document.is_paged
    assert [(line.text, line.bbox) for line in document.pages[0].lines] == [
        ("Marché réservé :", (0, 0, 0, 0)),
        ("1 200 heures à 10 €", (0, 0, 0, 0)),
    ]


def test_two_thousand_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(b"BT /F1 9 Tf 20 700 Td (Clause sociale) Tj ET", pages=2000))
    start = time.perf_counter()
    document = read_file(path)
    assert [page.number for page in document.pages] == list(range(1, 2001))
    assert all(page.text == "Clause sociale" for page in document.pages)
    assert time.perf_counter() - start < 10


def test_a_page_of_a_hundred_thousand_characters(tmp_path: Path) -> None:
    line = "Le titulaire realise des heures d'insertion sur le lot. " * 2
    shown = b"".join(b"(%s) Tj T* " % line.encode() for _ in range(100_000 // len(line) + 1))
    path = tmp_path / "a.pdf"
    path.write_bytes(raw_pdf(b"BT /F1 1 Tf 0.8 TL 20 820 Td %s ET" % shown))
    page = read_file(path).pages[0]
    assert len(page.text) >= 99_000
    assert {part.text for part in page.lines} == {line.strip()}


# ---------------------------------------------------------------- geometry


def test_tables_keep_their_rows_lines_and_merged_cells(tmp_path: Path) -> None:
    def grid(canvas) -> None:  # type: ignore[no-untyped-def]
        for y in (100, 140, 180):
            canvas.line(50, HEIGHT - y, 450, HEIGHT - y)
        for x in (50, 450):
            canvas.line(x, HEIGHT - 100, x, HEIGHT - 180)
        canvas.line(250, HEIGHT - 140, 250, HEIGHT - 180)

    cells = [
        (60, 120, "Heures d'insertion par lot"),
        (60, 155, "Lot 1"),
        (60, 170, "Gros œuvre"),
        (260, 155, "1 200 h"),
    ]
    (geometry,) = read_geometry(write_pdf(tmp_path / "a.pdf", [cells], draw=grid), [1])
    (table,) = geometry.tables
    assert [[cell and cell.text for cell in row] for row in table.rows] == [
        ["Heures d'insertion par lot", None],
        ["Lot 1\nGros œuvre", "1 200 h"],
    ]
    assert table.bbox == pytest.approx((50, 100, 450, 180), abs=1)


def cross(canvas, x: float, y: float) -> None:  # type: ignore[no-untyped-def]
    canvas.line(x, y, x + 8, y + 8)
    canvas.line(x, y + 8, x + 8, y)


def four_lines(canvas, x: float, y: float) -> None:  # type: ignore[no-untyped-def]
    for ends in ((x, y, x + 8, y), (x, y + 8, x + 8, y + 8), (x, y, x, y + 8), (x + 8, y, x + 8, y + 8)):
        canvas.line(*ends)


@pytest.mark.parametrize(
    ("draw", "ticked"),
    [
        pytest.param(lambda c, x, y: c.rect(x, y, 8, 8), False, id="open"),
        pytest.param(lambda c, x, y: (c.rect(x, y, 8, 8), cross(c, x, y)), True, id="crossed"),
        pytest.param(lambda c, x, y: (c.rect(x, y, 8, 8), c.rect(x + 2, y + 2, 4, 4, fill=1)), True, id="inner-fill"),
        pytest.param(lambda c, x, y: c.rect(x, y, 8, 8, fill=1), True, id="filled"),
        pytest.param(lambda c, x, y: (c.rect(x, y, 8, 8), c.drawString(x + 1, y + 1, "X")), True, id="letter-x"),
        pytest.param(four_lines, False, id="four-lines"),
        pytest.param(lambda c, x, y: (four_lines(c, x, y), cross(c, x, y)), True, id="four-lines-crossed"),
        pytest.param(lambda c, x, y: (c.rect(x, y, 8, 8), c.rect(x, y, 8, 8)), False, id="outlined-twice"),
    ],
)
def test_boxes_drawn_with_vectors(tmp_path: Path, draw, ticked: bool) -> None:  # type: ignore[no-untyped-def]
    def both(canvas) -> None:  # type: ignore[no-untyped-def]
        canvas.rect(60, HEIGHT - 208, 8, 8)
        draw(canvas, 60, HEIGHT - 108)

    page = [(80, 107, "Lot 1 : clause sociale"), (80, 207, "Lot 2 : sans objet")]
    (geometry,) = read_geometry(write_pdf(tmp_path / "a.pdf", [page], draw=both), [1])
    assert [(box.ticked, box.bbox) for box in geometry.checkboxes] == [
        (ticked, pytest.approx((60, 100, 68, 108), abs=1)),
        (False, pytest.approx((60, 200, 68, 208), abs=1)),
    ]


def test_solid_bullets_are_no_tick_boxes(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [column(80, LEFT)], draw=lambda c: c.rect(60, 700, 5, 5, fill=1))
    assert read_geometry(path, [1])[0].checkboxes == ()


def test_a_form_field_is_a_tick_box(tmp_path: Path) -> None:
    def fields(canvas) -> None:  # type: ignore[no-untyped-def]
        for i, checked in enumerate((True, False)):
            canvas.acroForm.checkbox(name=f"c{i}", checked=checked, x=60, y=HEIGHT - 112 - 100 * i, size=12)

    path = write_pdf(tmp_path / "a.pdf", [[(80, 110, "Lot 1")]], draw=fields)
    assert [box.ticked for box in read_geometry(path, [1])[0].checkboxes] == [True, False]


def test_geometry_comes_in_the_order_asked_and_only_for_pages_that_exist(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[(50, 100, f"Page{n}")] for n in (1, 2, 3)])
    assert [(g.page, g.words[0].text) for g in read_geometry(path, [3, 1])] == [(3, "Page3"), (1, "Page1")]
    with pytest.raises(DamagedPdf, match="tableaux et cases illisibles"):
        read_geometry(path, [4])


def test_geometry_of_a_damaged_file_is_a_document_error(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4\n" + bytes(2000))
    with pytest.raises(DamagedPdf, match=r"a\.pdf : tableaux et cases illisibles"):
        read_geometry(path, [1])


# ---------------------------------------------------------------- real layouts


def shared(name: str) -> Path:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"corpus absent: {name}")
    return path


def test_newspaper_columns_of_a_composed_notice() -> None:
    lines = texts(shared("composed/C15_agglo_peinture_insertion/AAPC_journal.pdf"))
    assert lines.index("taires.") == lines.index("petite maçonnerie dans les bâtiments communau-") + 1
    assert (
        lines.index("7. Durée : un an à compter du 1er juin 2020,")
        == lines.index("L. 2113-13 du Code de la commande publique).") + 1
    )


def test_vector_boxes_of_a_composed_commitment() -> None:
    (geometry,) = read_geometry(shared("composed/C19_belleroche_magazine/AE.pdf"), [3])
    assert [box.ticked for box in geometry.checkboxes] == [True, False, True, False, True, False]


def test_scanned_annex_of_a_composed_ccap() -> None:
    document = read_file(shared("composed/C08_valdech_decheteries/CCAP.pdf"))
    assert [problem.code for problem in document.problems] == ["scan"]
    assert [page.number for page in document.pages if page.state == "scan"] == [10, 11]
