"""What the terminal says of a record: French words that agree, and lines that break where they may."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from extractors.schema import Clause, Evidence, Extraction, Volume
from extractors.words import volume
from flows.summary import print_summary
from flows.wording import agree, leaf_number, place_of


@pytest.mark.parametrize(("count", "words"), [(0, "0 lot lu"), (1, "1 lot lu"), (2, "2 lots lus")])
def test_words_agree_with_the_count(count: int, words: str) -> None:
    assert agree(f"{count} lot(s) lu(s)", count) == words


VOLUMES: dict[str, dict[str, Any]] = {
    "1 heure par tranche de 2 000 €, minimum": {"per": "amount", "per_amount_eur": 2000, "bound": "minimum"},
    "1,5 heure de formation par an": {"value": 1.5, "unit": "training_hours", "per": "year"},
    "1 à 2 personnes pour le marché": {"value_max": 2, "unit": "persons"},
    "1 % des heures pour le marché": {"unit": "percent_of_hours"},
    "1 260 heures pour le marché": {"value": 1260},
}
ROW: dict[str, Any] = {"category": "clause_insertion", "confidence": 1, "rule": "essai"}


@pytest.mark.parametrize(("words", "fields"), VOLUMES.items(), ids=VOLUMES)
def test_volume_in_words(words: str, fields: dict[str, Any]) -> None:
    row = Volume(**(ROW | {"value": 1, "unit": "hours", "per": "contract", "evidence": ()} | fields))
    assert volume(row).replace("\N{NO-BREAK SPACE}", " ") == words


def lines(extraction: Extraction, *, width: int) -> list[str]:
    stream = io.StringIO()
    print_summary(Console(file=stream, width=width), extraction)
    return stream.getvalue().replace("\N{NO-BREAK SPACE}", " ").splitlines()


def test_rows_hang_and_no_line_ends_in_spaces() -> None:
    evidence = Evidence(page=4, quote="1 260 heures d'insertion sont demandées pour le lot 1")
    clause = Clause(lots=("1",), evidence=(evidence,), **ROW)
    shown = lines(
        Extraction(path="a.pdf", sha256="0", size=1, status="ok", doc_type="ccap", pages=2, clauses=(clause,)), width=50
    )
    assert shown == [
        "a.pdf · CCAP, 2 pages · Complet",
        "  Clauses",
        "    • Clause d'insertion (lot 1), p. 4 « 1 260",
        "      heures d'insertion sont demandées pour le",
        "      lot 1 »",
        "",
    ]


@pytest.mark.parametrize(("path", "counted"), [("a.pdf", "2 pages"), ("a.xlsx", "2 feuilles")])
def test_a_workbook_has_sheets(path: str, counted: str) -> None:
    shown = lines(Extraction(path=path, sha256="0", size=1, status="ok", doc_type="dpgf", pages=2), width=80)
    assert shown[0] == f"{path} · DPGF, {counted} · Complet"


@pytest.mark.parametrize(
    ("path", "said"), [("DCE.zip/ccap.docx", "p.\N{NO-BREAK SPACE}2"), ("DPGF.ods", "feuille\N{NO-BREAK SPACE}2")]
)
def test_a_page_of_a_workbook_is_a_sheet(path: str, said: str) -> None:
    assert leaf_number(path, 2) == said


@pytest.mark.parametrize(("section", "place"), [("Lots!C12", "Lots!C12"), ("8.2", "4"), (None, "4")])
def test_the_place_of_a_proof_is_its_page_or_its_cells(section: str | None, place: str) -> None:
    assert place_of(Evidence(page=4, quote="35 heures", section=section)) == place


def test_a_document_that_gave_nothing_has_no_type_and_no_pages() -> None:
    assert lines(Extraction(path="a.pdf", sha256="0", size=0, status="failed"), width=50) == ["a.pdf · Illisible", ""]
