"""What is seen on an image before and after its words: lean, tables, tick-boxes, places, broken text, repairs."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scans import as_bytes

from extractors.errors import BadPicture
from extractors.ocr.images import ink_of, lean_of, straightened, turned
from extractors.ocr.looks import with_ones
from extractors.ocr.places import displayed
from extractors.ocr.rendering import Frames
from extractors.ocr.repairs import UNSURE, lexicon, repaired
from extractors.ocr.ruling import grids_of, strokes_of
from extractors.ocr.soup import is_soup
from extractors.ocr.squares import squares_of
from extractors.ocr.writing import PlacedWord, lines_of
from extractors.schema import Page, Repair, Tilt
from extractors.tools import SeenWord

DPI = 150
POINT = DPI / 72


def sheet(draw_on: list[tuple[str, tuple[float, ...]]], *, size: tuple[int, int] = (420, 300)) -> np.ndarray:
    """Lines and boxes drawn in points on a white page."""
    image = Image.new("L", (round(size[0] * POINT), round(size[1] * POINT)), 255)
    draw = ImageDraw.Draw(image)
    for kind, points in draw_on:
        where = [round(p * POINT) for p in points]
        if kind == "line":
            draw.line(where, fill=0, width=2)
        elif kind == "box":
            draw.rectangle(where, outline=0, width=2)
        else:
            draw.rectangle(where, fill=60)
    return np.asarray(image)


TABLE = [
    *(("line", (40.0, y, 380.0, y)) for y in (60.0, 84.0, 108.0)),
    *(("line", (x, 60.0, x, 108.0)) for x in (40.0, 110.0, 380.0)),
]
TEXT = [("dark", (40.0, 20.0 + 14 * row, 370.0 - 11 * (row % 4), 27.0 + 14 * row)) for row in range(18)]


@pytest.mark.parametrize("degrees", [-3.0, -0.7, 0.0, 1.5])
def test_the_lean_of_lines_is_found_and_taken_away(degrees: float) -> None:
    leaning = straightened(sheet(TEXT), -degrees)
    assert lean_of(leaning, DPI) == pytest.approx(degrees, abs=0.15)
    assert lean_of(straightened(leaning, degrees), DPI) == 0.0


def test_a_ruled_table_is_a_grid_of_cells_also_under_a_dark_header() -> None:
    image = sheet([*TABLE, ("dark", (40.0, 60.0, 380.0, 84.0))])
    (grid,) = grids_of(ink_of(image), *strokes_of(image, ink_of(image), DPI), DPI)
    boxes = [[tuple(round(side / POINT) for side in box) for box in row if box] for row in grid.rows]
    expected = [[(40, 60, 110, 84), (110, 60, 380, 84)], [(40, 84, 110, 108), (110, 84, 380, 108)]]
    assert [[pytest.approx(box, abs=2) for box in row] for row in expected] == boxes


def test_a_merged_cell_covers_its_neighbour() -> None:
    strokes = [s for s in TABLE if s != ("line", (110.0, 60.0, 110.0, 108.0))]
    image = sheet([*strokes, ("line", (110.0, 84.0, 110.0, 108.0))])
    (grid,) = grids_of(ink_of(image), *strokes_of(image, ink_of(image), DPI), DPI)
    assert [[cell is not None for cell in row] for row in grid.rows] == [[True, False], [True, True]]


@pytest.mark.parametrize(
    ("drawn", "states"),
    [
        pytest.param([("box", (50.0, 50.0, 60.0, 60.0))], [False], id="open"),
        pytest.param(
            [("box", (50.0, 50.0, 60.0, 60.0)), ("line", (51.0, 51.0, 59.0, 59.0)), ("line", (51.0, 59.0, 59.0, 51.0))],
            [True],
            id="crossed",
        ),
        pytest.param([("dark", (50.0, 50.0, 60.0, 60.0))], [], id="bullet"),
        pytest.param([("box", (50.0, 50.0, 60.0, 60.0)), ("dark", (60.5, 50.0, 66.0, 60.0))], [], id="letter-in-word"),
        pytest.param([("box", (50.0, 50.0, 60.0, 60.0)), ("line", (50.0, 40.0, 50.0, 80.0))], [], id="part-of-a-table"),
        pytest.param([("box", (50.0, 50.0, 80.0, 80.0))], [], id="too-large"),
        pytest.param(
            [("box", (50.0 + inset, 50.0 + inset, 60.0 - inset, 60.0 - inset)) for inset in range(3)],
            [],
            id="bold-letter",
        ),
    ],
)
def test_tick_boxes_are_small_squares_that_stand_alone(
    drawn: list[tuple[str, tuple[float, ...]]], states: list[bool]
) -> None:
    assert [ticked for _, ticked in squares_of(ink_of(sheet(drawn)), DPI)] == states


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_box_of_the_upright_page_falls_on_the_ink_of_the_page_as_displayed(quarters: int) -> None:
    upright = np.full((300, 200), 255, np.uint8)
    upright[40:60, 30:90] = 0
    shown = turned(upright, -quarters)
    page = Page(number=1, width=200, height=300, lines=(), tilt=Tilt(turns=quarters))
    left, top, right, bottom = (round(side) for side in displayed(page, [(30, 40, 90, 60)]))
    rows, columns = np.nonzero(shown == 0)
    assert (left, top, right, bottom) == (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)


def test_a_box_of_a_straightened_page_covers_the_leaning_ink() -> None:
    upright = np.full((300, 200), 255, np.uint8)
    upright[40:60, 30:90] = 0
    rows, columns = np.nonzero(straightened(upright, -2.0) < 100)
    page = Page(number=1, width=200, height=300, lines=(), tilt=Tilt(degrees=2.0))
    expected = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert displayed(page, [(30, 40, 90, 60)]) == pytest.approx(expected, abs=1.5)


# ---------------------------------------------------------------- words → lines


def word(text: str, x0: float, x1: float, *, top: float = 100, line: int = 1, read: str | None = None) -> PlacedWord:
    return PlacedWord(text=text, bbox=(x0, top, x1, top + 8), confidence=0.9, line=(1, 1, line), read=read)


def test_words_far_apart_are_cells_of_one_row_whatever_block_they_were_found_in() -> None:
    words = [word("Lot", 50, 65), word("Heures", 300, 335, top=100.4, line=7), word("1", 50, 54, top=116, line=2)]
    assert [line.text for line in lines_of(words)] == ["Lot  Heures", "1"]


def test_lines_of_one_font_are_as_tall_with_or_without_descenders() -> None:
    low = PlacedWord(text="aucune", bbox=(50, 104.7, 90, 110), confidence=0.9, line=(1, 1, 1))
    tall = PlacedWord(text="Lot", bbox=(50, 122.8, 70, 130), confidence=0.9, line=(1, 1, 2))
    first, second = lines_of([low, tall])
    assert first.bbox[3] - first.bbox[1] == pytest.approx(second.bbox[3] - second.bbox[1])


@pytest.mark.parametrize(
    ("seen", "read"),
    [
        ("réaliser l 500 h d'msertion", "réaliser 1 500 h d'insertion"),
        ("soit 5 °/o des heurcs", "soit 5 % des heures"),
        ("1 5OO heures d’lnsertion", "1 500 heures d’insertion"),
        ("une pénalité de 50 E par heure", "une pénalité de 50 € par heure"),
        ("l'insertion, Il a 35 ans", "l'insertion, Il a 35 ans"),
        ("le lot I 500 heures", "le lot I 500 heures"),
        ("Phase I 500 heures", "Phase I 500 heures"),
        ("Lot l  |500 heures", "Lot l  … heures"),
    ],
    ids=["thousand", "percent", "zeros", "euro", "untouched", "roman-lot", "roman-phase", "rule-of-a-table"],
)
def test_damage_is_repaired_and_undone_for_the_quote(seen: str, read: str) -> None:
    (line,) = lines_of([word(seen, 50, 400)])
    assert (line.text, line.seen) == (read, seen)
    assert repaired(read) == (read, ())


def test_a_number_on_which_no_two_looks_agree_is_not_given() -> None:
    (line,) = lines_of([word("350", 50, 65, read=UNSURE), word("heures", 68, 100)])
    assert (line.text, line.seen) == ("… heures", "350 heures")
    assert line.repairs == (Repair(start=0, end=1, seen="350"),)


def test_a_lone_letter_among_numbers_is_a_one() -> None:
    column = [(40.0, 20.0 * row, 80.0, 20.0 * row + 20) for row in range(4)]
    texts = ("Lot", "L", "2", "3")
    seen = [
        SeenWord(text=t, bbox=(50, 20 * i + 5, 58, 20 * i + 15), confidence=0.9, line=(1, 1, i))
        for i, t in enumerate(texts)
    ]
    assert [word.read for word in with_ones(seen, [column])] == [None, "1", None, None]


def test_every_example_of_the_lexicon_holds() -> None:
    lexicon.cache_clear()
    assert len(lexicon().rules) >= 6


# ---------------------------------------------------------------- broken text layers


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Le titulaire réserve aux publics éloignés de l'emploi 350 heures d'insertion pendant la durée du marché. "
            * 2,
            False,
            id="french",
        ),
        pytest.param(
            "The contractor shall provide all the services described in the specifications, and may be paid monthly.",
            False,
            id="english",
        ),
        pytest.param("Fourniture et pose ml 120 35,00 4 200,00 Enrobé m2 350 22,50 7 875,00 " * 4, False, id="prices"),
        pytest.param("CCAP CCTP DPGF BPU DQE DCE AE MOE OPC SPS PMR ERP SSI CVC HT TTC TVA " * 4, False, id="acronyms"),
        pytest.param(
            "Ol wlwxodluh uévhuyh dxa sxeolfv éorljqév gh o'hpsorl 350 khxuhv g'lqvhuwlrq " * 4, True, id="shifted"
        ),
        pytest.param('!"# $%$&\'(%") "* +),-.)" /01\'2&) +$/) \'%( 3&*& ' * 8, True, id="numbered-glyphs"),
        pytest.param("Lot 3", False, id="short"),
    ],
)
def test_letter_soup_is_what_makes_no_words(text: str, expected: bool) -> None:
    assert is_soup(text) is expected


# ---------------------------------------------------------------- pictures


def picture(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.full((height, width), 255, np.uint8))


def test_a_picture_without_a_resolution_is_taken_for_a_sheet_of_a4() -> None:
    (frame,) = Frames(as_bytes(picture(1240, 1754), "PNG"), "a.png")
    assert frame is not None and frame[1] == 150


def test_a_logo_is_no_page_to_read() -> None:
    assert list(Frames(as_bytes(picture(200, 90), "PNG"), "logo.png")) == [None]


def test_the_camera_says_which_way_is_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    (frame,) = Frames(as_bytes(picture(900, 600), "JPEG", exif=exif), "a.jpg")
    assert frame is not None and frame[0].shape == (900, 600)


def test_a_picture_that_would_fill_the_memory_is_refused() -> None:
    bomb = io.BytesIO()
    Image.new("1", (30_000, 8_000)).save(bomb, "PNG")
    with pytest.raises(BadPicture, match="image trop grande"):
        list(Frames(bomb.getvalue(), "plan.png"))


def test_a_damaged_picture_is_refused_with_the_mend() -> None:
    with pytest.raises(BadPicture, match="la réenregistrer"):
        list(Frames(as_bytes(picture(900, 600), "PNG")[:300], "a.png"))


def test_the_sheets_of_a_fax_are_opened_one_by_one() -> None:
    fax, sheets = io.BytesIO(), [Image.new("1", (2480, 3508), shade) for shade in (1, 0) * 20]
    sheets[0].save(fax, "TIFF", compression="group4", save_all=True, append_images=sheets[1:], dpi=(300, 300))
    tracemalloc.start()
    frames = Frames(fax.getvalue(), "fax.tif")
    shades = [frame and int(frame[0].max()) for frame in frames]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert shades == [255, 0] * 20
    assert peak < 6 * 2480 * 3508
    first = frames.of(1)
    assert first is not None and first[1] == 300
