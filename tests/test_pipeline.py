"""extract: one file in, one record out, whatever the file; every row proved by words of its page."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from conftest import BAD_FILES, CLAUSE, GOOD_FILES, pdf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pdf_samples import HEIGHT, WIDTH, raw_pdf, write_pdf
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from extractors.errors import DamagedPdf
from extractors.formats import read_file
from extractors.geometry import drawn_pages
from extractors.pipeline import extract
from extractors.schema import Clause, Evidence, Extraction, Penalty, Volume

SAMPLES = Path(__file__).parents[1] / "data" / "raw" / "samples"
PDFS = sorted(SAMPLES.rglob("*.pdf"))


def timeless(extraction: Extraction) -> Extraction:
    return replace(extraction, seconds=0.0)


# ---------------------------------------------------------------- a known clause


def test_a_known_clause_gives_exactly_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "ccap.pdf"
    path.write_bytes(pdf())
    extraction = extract(path)

    assert (extraction.path, extraction.sha256) == (str(path), hashlib.sha256(pdf()).hexdigest())
    assert (extraction.size, extraction.pages, extraction.status) == (len(pdf()), 1, "ok")
    assert extraction.problems == ()
    (clause,) = extraction.clauses
    assert (clause.category, clause.lots, clause.weight_percent) == ("clause_insertion", ("*",), None)
    (volume,) = extraction.volumes
    assert (volume.category, volume.lot, volume.value, volume.value_max) == ("clause_insertion", "*", 450, None)
    assert (volume.unit, volume.per, volume.phase, volume.bound) == ("hours", "contract", None, "minimum")
    (penalty,) = extraction.penalties
    assert (penalty.amount_eur, penalty.per) == (60, "hour")
    assert (extraction.contacts, extraction.absences, extraction.lots) == ((), (), ())
    (proof,) = volume.evidence
    assert proof.page == 1 and proof.section == "8"
    assert proof.quote == "Le titulaire s'engage à réserver à l'insertion 450 heures de travail sur la durée du marché."
    assert proof.bbox is not None and 50 < proof.bbox[0] < 70 and 80 < proof.bbox[1] < proof.bbox[3] < 120


def test_a_text_file_is_one_page_without_boxes(tmp_path: Path) -> None:
    path = tmp_path / "avis.txt"
    path.write_text("Le titulaire réserve 450 heures de travail à l'insertion de personnes éloignées de l'emploi.")
    extraction = extract(path)
    assert (extraction.status, extraction.pages) == ("ok", 1)
    assert [(v.value, v.unit) for v in extraction.volumes] == [(450, "hours")]
    assert {e.bbox for v in extraction.volumes for e in v.evidence} == {None}


def test_nothing_social_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "cctp.pdf"
    path.write_bytes(pdf(lines=("ARTICLE 1 - OBJET", "Le marché a pour objet la fourniture de mobilier de bureau.")))
    extraction = extract(path)
    assert extraction.status == "ok"
    assert (extraction.clauses, extraction.volumes, extraction.penalties) == ((), (), ())
    assert (extraction.contacts, extraction.absences) == ((), ())


def test_a_stated_absence(tmp_path: Path) -> None:
    path = tmp_path / "ccap.pdf"
    path.write_bytes(pdf(lines=("Le marché ne comporte pas de clause sociale d'insertion.",)))
    extraction = extract(path)
    assert [absence.category for absence in extraction.absences] == ["clause_insertion"]
    assert (extraction.clauses, extraction.volumes) == ((), ())


# ---------------------------------------------------------------- files that cannot be read


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_failed_with_its_reason(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    extraction = extract(path)
    assert (extraction.status, extraction.pages, extraction.path) == ("failed", 0, str(path))
    assert (extraction.sha256, extraction.size) == (hashlib.sha256(BAD_FILES[name]).hexdigest(), len(BAD_FILES[name]))
    (problem,) = extraction.problems
    assert problem.stage == "read" and "\n" not in problem.message and len(problem.message) > 20
    assert (extraction.clauses, extraction.volumes, extraction.penalties) == ((), (), ())


@pytest.mark.parametrize("name", GOOD_FILES)
def test_a_good_file_is_ok(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(GOOD_FILES[name])
    assert extract(path).status == "ok"


@pytest.mark.parametrize("kind", ["absent", "folder", "broken-link", "not-unicode"])
def test_a_path_that_is_no_file_is_failed(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "piège.pdf"
    if kind == "folder":
        path.mkdir()
    elif kind == "not-unicode":
        path = tmp_path / "\udcff.pdf"
    elif kind == "broken-link":
        path.symlink_to(tmp_path / "nulle-part")
    extraction = extract(path)
    assert (extraction.status, extraction.size) == ("failed", 0)
    assert extraction.sha256.startswith("path:")


def test_a_scanned_page_makes_the_document_partial_and_is_named(tmp_path: Path) -> None:
    picture = ImageReader(BytesIO(b"P5 40 40 255\n" + bytes(range(40)) * 40))
    canvas = Canvas(str(tmp_path / "ccap.pdf"), invariant=True)
    for y, line in enumerate(CLAUSE):
        canvas.drawString(60, 760 - 20 * y, line)
    canvas.showPage()
    canvas.drawImage(picture, 0, 0, WIDTH, HEIGHT)
    canvas.save()
    extraction = extract(tmp_path / "ccap.pdf")
    assert (extraction.status, extraction.pages) == ("partial", 2)
    assert [(problem.stage, problem.page) for problem in extraction.problems] == [("read", 2)]
    assert [volume.value for volume in extraction.volumes] == [450]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    content=st.binary(max_size=400),
    start=st.sampled_from([b"", b"%PDF-1.4\n", b"%PDF-1.7\n1 0 obj\n<<", b"\xef\xbb\xbf"]),
)
def test_random_bytes_never_raise(tmp_path: Path, content: bytes, start: bytes) -> None:
    path = tmp_path / "x.pdf"
    path.write_bytes(start + content)
    extraction = extract(path)
    assert extraction.status in ("failed", "partial", "ok")
    assert (extraction.status == "ok") == (extraction.problems == () and extraction.pages > 0)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=300))
def test_any_text_never_raises(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    assert extract(path).status in ("failed", "partial", "ok")


WORDS = (
    "clause", "sociale", "d'insertion", "heures", "120", "1 200", "%", "lot", "lots", "n°", "2", "€", "par", "de",
    "réservé", "tranche", "L. 2113-12", "☐", "☒", "Oui", "Non", "|", "  ", "\n", ".", ";", ":", "ne", "pas", "pénalité",
    "emploi", "total", "personnes", "éloignées", "critère", "respectivement", "et", "1", "titulaire", "doit", "(",
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from(WORDS), max_size=60))
def test_words_of_clauses_in_any_order_never_raise(tmp_path: Path, words: list[str]) -> None:
    path = tmp_path / "x.txt"
    path.write_text(" ".join(words), "utf-8")
    first = extract(path)
    assert first.status in ("failed", "ok")
    assert timeless(extract(path)) == timeless(first)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), cut=st.integers(1, 100), flips=st.integers(0, 20))
def test_a_pdf_cut_or_damaged_anywhere_never_raises(tmp_path: Path, seed: int, cut: int, flips: int) -> None:
    content = bytearray(pdf())
    content = content[: len(content) * cut // 100]
    chance = random.Random(seed)
    for _ in range(flips):
        content[chance.randrange(len(content))] = chance.randrange(256)
    path = tmp_path / "x.pdf"
    path.write_bytes(bytes(content))
    extraction = extract(path)
    assert extraction.status in ("failed", "partial", "ok")
    assert extraction.status != "ok" or extraction.problems == ()


# ---------------------------------------------------------------- samples


@pytest.fixture(scope="module")
def samples() -> dict[Path, Extraction]:
    return {path: extract(path) for path in PDFS}


def proofs(extraction: Extraction) -> list[Evidence]:
    groups = (
        extraction.clauses,
        extraction.volumes,
        extraction.penalties,
        extraction.contacts,
        extraction.absences,
    )
    return [evidence for rows in groups for row in rows for evidence in row.evidence]


def squeezed(text: str) -> str:
    """Letters and digits alone: cells and line breaks are joined in many ways."""
    return re.sub(r"[\W_]+", "", text.replace("œ", "oe").replace("Œ", "OE"))


by_name = pytest.mark.parametrize("path", PDFS, ids=lambda path: path.relative_to(SAMPLES).as_posix())


@by_name
def test_twice_is_the_same(samples: dict[Path, Extraction], path: Path) -> None:
    assert timeless(extract(path)) == timeless(samples[path])


@by_name
def test_every_box_lies_on_its_page(samples: dict[Path, Extraction], path: Path) -> None:
    pages = read_file(path).pages
    for proof in proofs(samples[path]):
        page = pages[proof.page - 1]
        assert proof.bbox is not None
        x0, top, x1, bottom = proof.bbox
        assert 0 <= x0 < x1 <= page.width and 0 <= top < bottom <= page.height


@by_name
def test_every_quote_stands_on_its_page(samples: dict[Path, Extraction], path: Path) -> None:
    pages = [squeezed(page.text) for page in read_file(path).pages]
    for proof in proofs(samples[path]):
        quote = squeezed(proof.quote)
        # A sentence cut by a page break begins on the page that is stated; a row of a table is its cells.
        here = pages[proof.page - 1]
        both = here + (pages[proof.page] if proof.page < len(pages) else "")
        cells = [squeezed(cell) for cell in proof.quote.split(" | ")]
        assert quote and (quote in here or quote[:20] in here or all(cell in both for cell in cells)), proof


@by_name
def test_every_row_is_proved_and_sure(samples: dict[Path, Extraction], path: Path) -> None:
    extraction = samples[path]
    rows: tuple[Clause | Volume | Penalty, ...] = (*extraction.clauses, *extraction.volumes, *extraction.penalties)
    for row in rows:
        assert row.evidence and 0 < row.confidence <= 1 and row.rule
    assert len({c.category for c in extraction.clauses}) == len(extraction.clauses)
    assert {v.category for v in extraction.volumes} <= {c.category for c in extraction.clauses}
    assert not {a.category for a in extraction.absences} & {c.category for c in extraction.clauses}


def test_a_rotated_page_gives_the_same_rows(tmp_path: Path) -> None:
    texts = [(60, 100, "ARTICLE 8 - CLAUSE SOCIALE D'INSERTION"),
             (60, 130, "Le titulaire réserve 450 heures de travail à l'insertion."),]  # fmt: skip
    upright = extract(write_pdf(tmp_path / "a.pdf", [texts]))
    turned = extract(write_pdf(tmp_path / "b.pdf", [texts], rotation=90))
    assert [v.value for v in turned.volumes] == [v.value for v in upright.volumes] == [450]
    (proof,) = turned.volumes[0].evidence
    assert proof.bbox is not None
    assert 0 <= proof.bbox[0] < proof.bbox[2] <= HEIGHT and 0 <= proof.bbox[1] < proof.bbox[3] <= WIDTH


def test_a_volume_on_the_next_page_is_shown_there(tmp_path: Path) -> None:
    first = "Au titre de la clause sociale d'insertion, le titulaire réserve, pendant la durée du marché,"
    path = write_pdf(
        tmp_path / "ccap.pdf", [[(60, 800, first)], [(60, 60, "un nombre minimum de 450 heures de travail.")]]
    )
    (volume,) = extract(path).volumes
    (proof,) = volume.evidence
    assert (volume.value, proof.page) == (450, 2)
    assert proof.bbox is not None and 45 < proof.bbox[1] < proof.bbox[3] < 70


def test_a_page_that_cannot_be_loaded_after_a_table_of_hours_harms_no_other(tmp_path: Path) -> None:
    path = tmp_path / "ccap.pdf"
    words = b"(Le titulaire reserve 100 heures d'insertion pour le lot 1.) Tj 0 -20 Td (Lot  Heures d'insertion) Tj"
    path.write_bytes(raw_pdf(b"BT /F1 10 Tf 60 700 Td %s ET" % words, pages=2).replace(b"7 0 R", b"9 0 R"))
    extraction = extract(path)
    assert (extraction.status, extraction.pages, [v.value for v in extraction.volumes]) == ("partial", 2, [100])
    assert [(problem.code, problem.page) for problem in extraction.problems] == [("damaged_page", 2)]


def test_drawings_of_what_is_no_pdf_are_an_error_of_the_document(tmp_path: Path) -> None:
    path = tmp_path / "ccap.pdf"
    for write in (lambda: None, lambda: path.write_text("rien")):
        write()
        with pytest.raises(DamagedPdf, match="ccap.pdf : dessins illisibles"):
            drawn_pages(path, [1])


def test_clauses_of_one_sentence_keep_their_own_lots(tmp_path: Path) -> None:
    path = tmp_path / "avis.txt"
    path.write_text(
        "Le lot 1 est réservé aux entreprises adaptées et le lot 2 comporte une clause sociale d'insertion."
    )
    lots = {clause.category: clause.lots for clause in extract(path).clauses}
    assert lots == {"reserve_handicap": ("1",), "clause_insertion": ("2",)}
