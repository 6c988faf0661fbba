"""Scans and pictures through the real Tesseract: the rows of the same pages as text, with proofs and doubt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from pdf_samples import HEIGHT, WIDTH, write_pdf
from PIL import Image
from reportlab.lib.utils import ImageReader
from scans import Scanner, as_bytes
from tool_marks import needs_tesseract

from extractors.formats import open_bytes, read_file
from extractors.pipeline import extract
from extractors.rowkeys import volume_key
from extractors.schema import Document, Extraction, Source
from extractors.tools import NO_TOOLS, Tools
from flows.page_store import DiskStore
from flows.tools.opening import ToolLimits, open_tools
from flows.tools.tesseract import Tesseract, find_tesseract

TITLE = "Article 8 - Clause sociale d'insertion"
ENGAGEMENT = "Le titulaire du lot 2 réserve 1 200 heures d'insertion à des personnes éloignées de l'emploi."
PENALTY = "En cas de non-respect de la clause d'insertion, une pénalité de 50 € par heure non réalisée est appliquée."
OPTION = "Lot 1 : clause d'insertion de 300 heures."
TEXTS = [(60.0, 100.0, TITLE), (60.0, 130.0, ENGAGEMENT), (60.0, 160.0, PENALTY), (80.0, 200.0, OPTION)]


def draw_page(canvas: object) -> None:
    """An open tick-box before the option."""
    canvas.rect(62, HEIGHT - 202, 10, 10)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def born_digital(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ocr") / "ccap.pdf"
    return write_pdf(path, [TEXTS], size=11, draw=draw_page)


@pytest.fixture(scope="module")
def tools() -> Tools:
    return open_tools(ToolLimits())


@pytest.fixture(scope="module")
def scan(born_digital: Path, tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Extraction]:
    """The page scanned askew, and what is read of it."""
    path = tmp_path_factory.mktemp("ocr") / "scan.pdf"
    Scanner(dpi=200, degrees=1.5, grain=8).scan(born_digital, path)
    return path, extract(path, tools=tools)


def opened(path: Path, tools: Tools) -> Document:
    return open_bytes(path.read_bytes(), Source(path=path, name=str(path)), tools=tools)[0]


@needs_tesseract
def test_a_scan_gives_the_rows_of_the_same_page_as_text(born_digital: Path, scan: tuple[Path, Extraction]) -> None:
    text, read = extract(born_digital), scan[1]
    assert [(c.category, c.lots) for c in read.clauses] == [(c.category, c.lots) for c in text.clauses]
    assert [volume_key(v) for v in read.volumes] == [volume_key(v) for v in text.volumes]
    assert [(v.value, v.lot) for v in read.volumes] == [(1200.0, "2")]  # the box of lot 1 is not ticked
    assert [(p.amount_eur, p.per) for p in read.penalties] == [(50.0, "hour")]
    assert (read.status, read.problems) == ("ok", ())


@needs_tesseract
def test_its_proofs_say_so_and_are_trusted_less(born_digital: Path, scan: tuple[Path, Extraction]) -> None:
    (text,), (read,) = extract(born_digital).volumes, scan[1].volumes
    assert (text.evidence[0].via, read.evidence[0].via) == (None, "ocr")
    assert 0.5 < read.confidence < text.confidence


@needs_tesseract
def test_the_box_of_a_proof_falls_on_its_words_in_the_leaning_page(
    born_digital: Path, scan: tuple[Path, Extraction]
) -> None:
    with pdfium.PdfDocument(scan[0]) as pdf:
        image = Scanner(dpi=72).image(pdf, 1)
    x0, top, x1, bottom = (round(side) for side in scan[1].volumes[0].evidence[0].bbox or ())
    ink = [(x, y) for y in range(60, 230) for x in range(0, int(WIDTH)) if image.getpixel((x, y)) < 120]
    framed = [y for x, y in ink if x0 <= x <= x1 and top <= y <= bottom]
    left, right = (min(x for x, y in ink if top <= y <= bottom), max(x for x, y in ink if top <= y <= bottom))
    assert framed and abs(left - x0) < 5 and abs(right - x1) < 5
    assert 12 < bottom - top < 40


@needs_tesseract
@pytest.mark.parametrize(
    "degrees", [pytest.param(90, id="on-its-side"), pytest.param(180, id="upside-down", marks=pytest.mark.slow)]
)
def test_a_page_that_does_not_stand_upright_is_turned(
    born_digital: Path, tools: Tools, tmp_path: Path, degrees: float
) -> None:
    path = Scanner(dpi=150, degrees=degrees).scan(born_digital, tmp_path / "a.pdf")
    (volume,) = extract(path, tools=tools).volumes
    x0, top, x1, bottom = volume.evidence[0].bbox or (0, 0, 0, 0)
    assert (volume.value, bottom - top > x1 - x0) == (1200.0, degrees == 90)


@needs_tesseract
def test_only_the_pages_that_are_images_are_recognised(born_digital: Path, tools: Tools, tmp_path: Path) -> None:
    with pdfium.PdfDocument(born_digital) as pdf:
        body = ImageReader(Scanner(dpi=150).image(pdf, 1))
    path = write_pdf(
        tmp_path / "mixte.pdf",
        [[(60, 40, "Ville de Valdaure - Direction des marchés publics - 1 place de la Mairie")]],
        draw=lambda canvas: canvas.drawImage(body, 0, 0, WIDTH, HEIGHT - 60),
    )
    both = tmp_path / "deux.pdf"
    with pdfium.PdfDocument.new() as made:
        for source in (born_digital, path):
            with pdfium.PdfDocument(source) as pdf:
                made.import_pages(pdf)
        made.save(both)
    document = opened(both, tools)
    assert [page.state for page in document.pages] == ["text", "ocr"]
    text = " ".join(document.pages[1].text.split())
    assert "Ville de Valdaure" in text and "1 200 heures d'insertion" in text.replace("’", "'")


@needs_tesseract
def test_the_frames_of_a_picture_are_pages(born_digital: Path, tools: Tools, tmp_path: Path) -> None:
    with pdfium.PdfDocument(born_digital) as pdf:
        page = Scanner(dpi=150).image(pdf, 1)
    path = tmp_path / "annexe.tif"
    path.write_bytes(
        as_bytes(page, "TIFF", save_all=True, append_images=[Image.new("L", (90, 60), 255)], dpi=(150, 150))
    )
    found = extract(path, tools=tools)
    assert (found.pages, [v.value for v in found.volumes]) == (2, [1200.0])
    document = opened(path, tools)
    assert [(p.state, round(p.width)) for p in document.pages] == [("ocr", 595), ("empty", 0)]
    assert document.kind == "tif"


def test_without_tesseract_a_picture_tells_the_mend(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(as_bytes(Image.new("L", (1240, 1754), 255), "PNG"))
    found = extract(path, tools=NO_TOOLS)
    assert (found.status, [p.code for p in found.problems]) == ("partial", ["scan"])
    assert "make setup-system" in found.problems[0].message


# ---------------------------------------------------------------- programs that hang or fail


def program(folder: Path, script: str) -> str:
    """A program that stands where Tesseract should."""
    path = folder / "tesseract"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("script", "code"),
    [
        pytest.param("exec sleep 60", "ocr_timeout", id="hung"),
        pytest.param("exit 3", "ocr_failed", id="failed"),
    ],
)
def test_a_program_that_hangs_or_fails_is_told_page_by_page(
    born_digital: Path, tmp_path: Path, script: str, code: str
) -> None:
    path = Scanner(dpi=72).scan(born_digital, tmp_path / "a.pdf")
    wrong = Tesseract(program(tmp_path, script), page_seconds=0.5)
    found = extract(path, tools=Tools(recogniser=wrong, ocr_seconds=30))
    assert (found.status, [(p.code, p.page) for p in found.problems]) == ("partial", [(code, 1)])


def test_a_program_that_is_not_there_is_told(born_digital: Path, tmp_path: Path) -> None:
    path = Scanner(dpi=72).scan(born_digital, tmp_path / "a.pdf")
    found = extract(path, tools=Tools(recogniser=Tesseract(str(tmp_path / "absent"))))
    assert [p.code for p in found.problems] == ["ocr_failed"] and "make setup-system" in found.problems[0].message


@needs_tesseract
def test_pages_left_for_want_of_time_are_read_the_next_time(born_digital: Path, tools: Tools, tmp_path: Path) -> None:
    path = Scanner(dpi=150).scan(born_digital, tmp_path / "a.pdf")
    store = DiskStore(tmp_path / "pages")
    first = extract(path, store=store, tools=replace(tools, ocr_seconds=0))
    assert [p.code for p in first.problems] == ["ocr_budget"]
    again = extract(path, store=store, tools=tools)
    assert ([v.value for v in again.volumes], again.problems) == ([1200.0], ())
    kept = extract(path, store=store, tools=NO_TOOLS)  # nothing is recognised any more
    assert replace(kept, seconds=0) == replace(again, seconds=0)


@needs_tesseract
def test_french_must_be_installed_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    program(tmp_path, 'printf "List of available languages (1):\\neng\\n"')
    assert find_tesseract() is not None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_tesseract() is None


def test_pages_of_text_are_not_touched(born_digital: Path, tmp_path: Path) -> None:
    wrong = Tesseract(program(tmp_path, "exit 3"))
    with_tool = extract(born_digital, tools=Tools(recogniser=wrong))
    assert replace(with_tool, seconds=0) == replace(extract(born_digital), seconds=0)
    assert all(line.confidence is None for page in read_file(born_digital).pages for line in page.lines)
