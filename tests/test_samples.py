"""The sample tenders: the script, the PDFs it made and the gold lines say the same thing."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pypdfium2 as pdfium
import pytest

RAW = Path(__file__).parents[1] / "data" / "raw"
SAMPLES = RAW / "samples"
PDFS = sorted(SAMPLES.rglob("*.pdf"))
GOLD: list[dict[str, Any]] = [json.loads(line) for line in (SAMPLES / "gold.jsonl").read_text("utf-8").splitlines()]
CATEGORIES = {"clause_insertion", "condition_sociale", "reserve_handicap", "reserve_iae", "critere_social"}


def page_texts(pdf: Path | bytes) -> list[str]:
    """The text of every page, blanks collapsed."""
    with pdfium.PdfDocument(pdf) as document:
        texts = []
        for page in document:
            texts.append(" ".join(page.get_textpage().get_text_range().split()))
            page.close()
        return texts


def name(pdf: Path) -> str:
    return pdf.relative_to(SAMPLES).as_posix()


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_are_enough_samples_in_enough_consultations() -> None:
    assert len(PDFS) >= 8
    assert len({pdf.parent for pdf in PDFS}) >= 4
    assert sum(pdf.stat().st_size for pdf in PDFS) < 1_500_000


@pytest.mark.parametrize("pdf", PDFS, ids=name)
def test_the_script_makes_the_same_pdf_again(maker: ModuleType, pdf: Path) -> None:
    made = maker.make(SAMPLES / "sources" / pdf.relative_to(SAMPLES).with_suffix(".md"))
    # Another zlib or pdfium compresses and draws otherwise: then the words must be the same.
    assert made == pdf.read_bytes() or page_texts(made) == page_texts(pdf)


def test_every_source_has_its_pdf() -> None:
    sources = {path.relative_to(SAMPLES / "sources").with_suffix("") for path in SAMPLES.glob("sources/*/*.md")}
    assert sources == {pdf.relative_to(SAMPLES).with_suffix("") for pdf in PDFS}


def test_gold_describes_every_pdf_once() -> None:
    assert [line["file"] for line in GOLD] == [pdf.relative_to(RAW).as_posix() for pdf in PDFS]
    assert len({line["id"] for line in GOLD}) == len(GOLD)


def test_gold_shows_every_first_category() -> None:
    assert {clause["category"] for line in GOLD for clause in line["clauses"] if not clause["optional"]} == CATEGORIES


@pytest.mark.parametrize("line", GOLD, ids=[line["id"] for line in GOLD])
def test_gold_quotes_stand_on_their_pages(line: dict[str, Any]) -> None:
    texts = page_texts(RAW / line["file"])
    for row in line["clauses"] + line["volumes"] + line["penalties"]:
        quote = " ".join(row["quote"].split())
        assert any(quote in texts[page - 1] for page in row["pages"]), (quote, row["pages"])
    for contact in line["contacts"]:
        assert all(value in " ".join(texts) for value in contact.values()), contact
    assert [number for number, text in enumerate(texts, start=1) if not text] == line["no_text_pages"]


def test_only_invented_addresses() -> None:
    """E-mails end in `.example`, which nobody can own."""
    words = " ".join(text for pdf in PDFS for text in page_texts(pdf))
    assert set(re.findall(r"@[\w.-]+\w", words)) and all(
        host.endswith(".example") for host in re.findall(r"@[\w.-]+\w", words)
    )
