"""The same tender in every format that a real one comes in gives the same clauses, volumes, penalties, pages."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import every_format as made
import pytest
from PIL import Image
from tool_marks import needs_libreoffice, needs_tesseract

from extractors.pipeline import extract
from extractors.schema import Evidence, Extraction
from extractors.tools import Tools
from flows.tools.opening import ToolLimits, open_tools

Row = tuple[object, ...]
Writer = Callable[[str, Path], bytes]

CCAP: frozenset[Row] = frozenset(
    {
        ("clause", "clause_insertion", ("1", "2", "3")),
        ("clause", "reserve_iae", ("2",)),
        ("volume", "clause_insertion", "1", 1250, "hours", 1),
        ("volume", "clause_insertion", "2", 300, "hours", 1),
        ("volume", "clause_insertion", "3", 420, "hours", 1),
        ("volume", "clause_insertion", "*", 5, "percent_of_hours", 2),
        ("volume", "clause_insertion", "*", 10, "percent_of_amount", 2),
        ("penalty", 60, "hour", 3),
    }
)
RC: frozenset[Row] = frozenset({("clause", "critere_social", ("*",)), ("weight", 15, 2)})


def rows_of(extraction: Extraction, *, paged: bool = True) -> frozenset[Row]:
    """What the document says, each figure with the page that proves it."""

    def page(evidence: tuple[Evidence, ...]) -> tuple[int, ...]:
        return (evidence[0].page,) if paged else ()

    return frozenset(
        (
            *(("clause", clause.category, tuple(sorted(clause.lots))) for clause in extraction.clauses),
            *(("weight", c.weight_percent, *page(c.evidence)) for c in extraction.clauses if c.weight_percent),
            *(("volume", v.category, v.lot, v.value, v.unit, *page(v.evidence)) for v in extraction.volumes),
            *(("penalty", p.amount_eur, p.per, *page(p.evidence)) for p in extraction.penalties),
        )
    )


def without_pages(rows: frozenset[Row]) -> frozenset[Row]:
    return frozenset(row if row[0] == "clause" else row[:-1] for row in rows)


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    tools = open_tools(ToolLimits(converted=tmp_path_factory.mktemp("converted")))
    yield tools
    if tools.converter is not None:
        tools.converter.close()


def pdf(piece: str, folder: Path) -> bytes:
    return made.pdf(piece)


def by_libreoffice(target: str) -> Writer:
    # In RTF, LibreOffice writes no state of a form field
    box = made.control_box if target == "rtf" else made.field_box

    def write(piece: str, folder: Path) -> bytes:
        return made.converted(made.word(piece, box), source="docx", target=target, folder=folder)

    return write


def sheet_by_libreoffice(target: str) -> Writer:
    def write(piece: str, folder: Path) -> bytes:
        return made.converted(made.workbook(piece), source="xlsx", target=target, folder=folder)

    return write


def scanned(piece: str, folder: Path) -> bytes:
    """Every page as a picture, in a PDF."""
    pages = [Image.open(io.BytesIO(picture)) for picture in made.pictures(made.pdf(piece), dpi=200)]
    stream = io.BytesIO()
    pages[0].save(stream, "PDF", resolution=200, save_all=True, append_images=pages[1:])
    return stream.getvalue()


def frames(piece: str, folder: Path) -> bytes:
    """Every page as a frame of one TIFF."""
    pages = [Image.open(io.BytesIO(picture)) for picture in made.pictures(made.pdf(piece), dpi=200)]
    stream = io.BytesIO()
    pages[0].save(stream, "TIFF", dpi=(200, 200), save_all=True, append_images=pages[1:])
    return stream.getvalue()


PAGED: list[tuple[str, Writer, tuple[pytest.MarkDecorator, ...]]] = [
    ("pdf", pdf, ()),
    ("docx", lambda piece, folder: made.word(piece, made.control_box), (needs_libreoffice,)),
    ("docx", lambda piece, folder: made.word(piece, made.field_box), (needs_libreoffice,)),
    ("docx", lambda piece, folder: made.word(piece, made.symbol_box), (needs_libreoffice,)),
    ("doc", by_libreoffice("doc"), (needs_libreoffice,)),
    ("odt", by_libreoffice("odt"), (needs_libreoffice,)),
    ("rtf", by_libreoffice("rtf"), (needs_libreoffice,)),
    ("html", lambda piece, folder: made.web_page(piece), (needs_libreoffice,)),
    ("pdf", scanned, (needs_tesseract,)),
    ("tif", frames, (needs_tesseract, pytest.mark.slow)),
]
PAGED_IDS = ["pdf", "docx-controls", "docx-fields", "docx-symbols", "doc", "odt", "rtf", "html", "scan", "tif"]


@pytest.mark.parametrize(("piece", "expected"), [("CCAP", CCAP), ("RC", RC)], ids=["ccap", "rc"])
@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        pytest.param(suffix, write, marks=marks, id=name)
        for name, (suffix, write, marks) in zip(PAGED_IDS, PAGED, strict=True)
    ],
)
def test_every_row_and_its_page(
    suffix: str, write: Writer, piece: str, expected: frozenset[Row], tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / f"{piece}.{suffix}"
    path.write_bytes(write(piece, tmp_path / "work"))

    found = extract(path, tools=tools)

    assert (found.status, found.doc_type) == ("ok", piece.lower())
    assert rows_of(found) == expected
    assert all(e.bbox for v in found.volumes for e in v.evidence)


@pytest.mark.parametrize(("piece", "expected"), [("CCAP", CCAP), ("RC", RC)], ids=["ccap", "rc"])
@pytest.mark.parametrize(
    ("suffix", "write"),
    [
        pytest.param("xlsx", lambda piece, folder: made.workbook(piece), id="xlsx"),
        pytest.param("csv", lambda piece, folder: made.comma_separated(piece), id="csv"),
        pytest.param("ods", sheet_by_libreoffice("ods"), marks=needs_libreoffice, id="ods"),
        pytest.param("xls", sheet_by_libreoffice("xls"), marks=needs_libreoffice, id="xls"),
    ],
)
def test_every_row_and_its_cell(
    suffix: str, write: Writer, piece: str, expected: frozenset[Row], tools: Tools, tmp_path: Path
) -> None:
    path = tmp_path / f"{piece}.{suffix}"
    path.write_bytes(write(piece, tmp_path / "work"))

    found = extract(path, tools=tools)

    assert found.status == "ok"
    assert rows_of(found, paged=False) == without_pages(expected)
    hours = {v.lot: v.evidence[0].section for v in found.volumes if v.unit == "hours"}
    assert all(section and "!" in section for section in hours.values())
    assert [e.quote for c in found.contacts for e in c.evidence] == (
        ["Maison de l'emploi du Pays Vernousain"] if piece == "CCAP" else []
    )
