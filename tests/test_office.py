"""Word, Writer, RTF and HTML: pages, boxes and evidence by LibreOffice, text without it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pdfplumber
import pytest
from docx import Document
from every_format import garbled, zipped
from office_samples import (
    BOXES,
    RTF_BOXES,
    add_box,
    boxes_docx,
    in_every_format,
    inline_boxes_docx,
    odt,
    reviewed_docx,
    saved,
)
from tool_marks import needs_libreoffice

from extractors.boxes import box_for
from extractors.errors import DocumentError
from extractors.formats import open_bytes
from extractors.kinds import kind_of
from extractors.pipeline import extract
from extractors.schema import Extraction, Source
from extractors.tools import NO_TOOLS, Tools
from flows.page_store import DiskStore
from flows.tools.office import LibreOffice, find_office

CLAUSE = "Le titulaire réserve 450 heures de travail à l'insertion sur la durée du marché."
READ = ("docx", "odt", "html", "rtf")


@pytest.fixture(scope="module")
def converter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibreOffice]:
    """One LibreOffice for all these tests."""
    installed = find_office()
    assert installed, "python3-uno absent : make setup-system"
    made = LibreOffice(installed, converted=tmp_path_factory.mktemp("converted"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def tools(converter: LibreOffice) -> Tools:
    return Tools(converter=converter)


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., list[str]]:
    """The lines of a document."""

    def read(data: bytes, name: str, tools: Tools) -> list[str]:
        document, _ = open_bytes(data, Source(path=tmp_path / name, name=name), tools=tools)
        return [line.text for page in document.pages for line in page.lines]

    return read


def ccap_docx() -> bytes:
    """A CCAP whose clause stands on its second page, with a table of hours by lot."""
    document = Document()
    document.sections[0].header.paragraphs[0].text = "Ville d'Exemple - marché 2026-07"
    document.add_heading("Cahier des clauses administratives particulières", 0)
    document.add_heading("ARTICLE 1 - OBJET", 1)
    document.add_paragraph("Le marché porte sur la réhabilitation de l'école Jules-Ferry.")
    document.add_page_break()
    document.add_heading("ARTICLE 2 - CLAUSE SOCIALE D'INSERTION", 1)
    document.add_paragraph(CLAUSE)
    table = document.add_table(3, 2, style="Table Grid")
    for row, (lot, hours) in zip(
        table.rows,
        (("Lot", "Heures d'insertion"), ("Lot 1 Gros œuvre", "300 h"), ("Lot 2 Peinture", "150 h")),
        strict=True,
    ):
        row.cells[0].text, row.cells[1].text = lot, hours
    document.add_page_break()
    document.add_heading("ARTICLE 3 - PRIX", 1)
    return saved(document)


def extracted(data: bytes, name: str, tools: Tools, folder: Path) -> Extraction:
    path = folder / name
    path.write_bytes(data)
    return extract(path, tools=tools)


# ---------------------------------------------------------------- with LibreOffice


@needs_libreoffice
def test_evidence_of_a_word_document_stands_on_the_page_it_prints(
    tmp_path: Path, tools: Tools, converter: LibreOffice
) -> None:
    found = extracted(ccap_docx(), "CCAP.docx", tools, tmp_path)
    assert (found.status, found.doc_type, found.pages, found.problems) == ("ok", "ccap", 3, ())
    assert {(v.lot, v.value) for v in found.volumes} == {("1", 300), ("2", 150)}
    (proof,) = found.clauses[0].evidence[:1]
    assert (proof.page, proof.quote, proof.section) == (2, CLAUSE, "2")
    made = converter.made(found.sha256)
    assert made and proof.bbox
    with pdfplumber.open(made) as pdf:
        assert " ".join(pdf.pages[1].crop(proof.bbox).extract_text().split()) == CLAUSE


@needs_libreoffice
def test_headers_are_furniture(tmp_path: Path, tools: Tools) -> None:
    document, _ = open_bytes(ccap_docx(), Source(path=tmp_path / "a.docx", name="a.docx"), tools=tools)
    assert [(page.lines[0].text, page.lines[0].role) for page in document.pages] == [
        ("Ville d'Exemple - marché 2026-07", "furniture")
    ] * 3


@needs_libreoffice
def test_every_box_of_word_keeps_its_state(lines: Callable[..., list[str]], tools: Tools) -> None:
    read = lines(boxes_docx(), "a.docx", tools)
    states = {line[2:]: box_for(line, len(line) - 1, len(line)) for line in read}
    assert states == {
        f"{make} : clause d'insertion {words}": ticked
        for make in BOXES
        for words, ticked in (("retenue", True), ("écartée", False))
    }


@needs_libreoffice
def test_boxes_of_an_rtf_form_keep_their_state(lines: Callable[..., list[str]], tools: Tools) -> None:
    assert [" ".join(line.split()) for line in lines(RTF_BOXES, "a.rtf", tools)] == [
        "☑ cochée",
        "☐ non cochée",
        "☑ cochée d'office",
    ]


@needs_libreoffice
def test_boxes_stand_in_order_between_their_words(lines: Callable[..., list[str]], tools: Tools) -> None:
    """Signs that the font of the line lacks, and those of a protected form."""
    assert lines(inline_boxes_docx(), "a.docx", tools) == ["Insertion : ☐ Oui ☒ Non ☐ Sans objet", "Form : ☐ Oui ☑ Non"]


@needs_libreoffice
def test_what_was_deleted_hidden_or_commented_is_not_read(lines: Callable[..., list[str]], tools: Tools) -> None:
    assert lines(reviewed_docx(), "a.docx", tools) == [
        "Ville d'Exemple - CCAP",
        "Le titulaire réserve 450 heures à l'insertion.",
        "Rédaction",
        "Marché 2026-07",
    ]


@needs_libreoffice
@pytest.mark.parametrize("written", READ)
def test_a_file_that_lies_about_its_suffix_is_read(written: str, tmp_path: Path, tools: Tools) -> None:
    data = in_every_format(CLAUSE)[written]
    for name in ("CCAP.doc", "CCAP.pdf"):
        found = extracted(data, name, tools, tmp_path)
        assert (kind_of(data, name), found.status, [v.value for v in found.volumes]) == (written, "ok", [450, 300]), (
            name
        )
        assert found.clauses[0].evidence[0].bbox is not None


@needs_libreoffice
def test_what_was_converted_once_starts_no_libreoffice(tmp_path: Path, tools: Tools, converter: LibreOffice) -> None:
    data = ccap_docx()
    found = extracted(data, "a.docx", tools, tmp_path)
    again = LibreOffice(converter._installed, converted=converter._converted)
    assert extracted(data, "b.docx", Tools(converter=again), tmp_path).clauses == found.clauses
    assert again.pids == ()


@needs_libreoffice
def test_pages_kept_find_their_pdf_again_when_it_is_gone(tmp_path: Path, tools: Tools, converter: LibreOffice) -> None:
    document = Document()
    add_box(document, "signs", CLAUSE, ticked=True)
    path, store = tmp_path / "a.docx", DiskStore(tmp_path / "pages")
    path.write_bytes(saved(document))
    found = extract(path, store=store, tools=tools)
    made = converter.made(found.sha256)
    assert made
    made.unlink()
    entry = store.load("pages", found.sha256)
    assert extract(path, store=store, tools=tools).clauses == found.clauses
    assert store.load("pages", found.sha256) == entry
    _, drawings = open_bytes(path.read_bytes(), Source(path=path, name="a.docx"), tools=tools)
    made.unlink()
    assert drawings.closer([1])[0].words[1].text == "Le"


@needs_libreoffice
def test_what_was_read_without_libreoffice_is_read_again_with_it(tmp_path: Path, tools: Tools) -> None:
    path, store = tmp_path / "a.docx", DiskStore(tmp_path / "pages")
    path.write_bytes(ccap_docx())
    assert extract(path, store=store).status == "partial"
    assert extract(path, store=store, tools=tools).status == "ok"
    assert extract(path, store=store).status == "ok"


# ---------------------------------------------------------------- without


@pytest.mark.parametrize("written", READ)
def test_without_libreoffice_the_text_is_read_and_the_mend_is_told(written: str, tmp_path: Path) -> None:
    found = extracted(in_every_format(CLAUSE)[written], f"CCAP.{written}", NO_TOOLS, tmp_path)
    assert (found.status, found.doc_type, [v.value for v in found.volumes]) == ("partial", "ccap", [450, 300])
    assert [(p.code, p.message) for p in found.problems] == [
        (
            "no_office",
            "texte lu sans pages ni mise en page : LibreOffice absent ; l'installer (make setup-system) puis relancer",
        )
    ]
    assert found.clauses[0].evidence[0].bbox is None


@pytest.mark.parametrize("written", READ)
def test_rows_of_tables_are_lines_without_libreoffice(written: str, lines: Callable[..., list[str]]) -> None:
    assert lines(in_every_format(CLAUSE)[written], f"a.{written}", NO_TOOLS)[-2:] == ["Lot | Heures", "Lot 1 | 300 h"]


def test_boxes_of_word_keep_their_state_without_libreoffice(lines: Callable[..., list[str]]) -> None:
    assert lines(boxes_docx(), "a.docx", NO_TOOLS) == [
        f"{sign} {make} : clause d'insertion {words}"
        for make in BOXES
        for sign, words in (("☑", "retenue"), ("☐", "écartée"))
    ]


def test_what_was_deleted_or_hidden_is_not_read_without_libreoffice(lines: Callable[..., list[str]]) -> None:
    assert lines(reviewed_docx(), "a.docx", NO_TOOLS) == ["Le titulaire réserve 450 heures à l'insertion.", "Rédaction"]


def test_boxes_of_a_web_form_keep_their_state(lines: Callable[..., list[str]]) -> None:
    page = "<html><p><input type=checkbox checked> Oui é <p><input TYPE='checkbox'> Non</html>".encode()
    assert lines(page, "a.html", NO_TOOLS) == ["☑ Oui é", "☐ Non"]


UNSEEN = {
    "html": b"<p>Vu<p style='color:red; Display : none'>A</p><p hidden>B</p> <s>C</s><del>D</del><p>et lu",
    "rtf": rb"{\rtf1\ansi Vu {\f0\v A}{\v\f0 B\'e9}{\deleted C}{\v0 et }lu\par}",
}


@pytest.mark.parametrize("suffix", sorted(UNSEEN))
def test_what_no_reader_sees_is_not_read_without_libreoffice(suffix: str, lines: Callable[..., list[str]]) -> None:
    assert " ".join(lines(UNSEEN[suffix], f"a.{suffix}", NO_TOOLS)) == "Vu et lu"


@needs_libreoffice
@pytest.mark.parametrize("suffix", sorted(UNSEEN))
def test_what_no_reader_sees_is_not_printed(suffix: str, lines: Callable[..., list[str]], tools: Tools) -> None:
    assert " ".join(lines(UNSEEN[suffix], f"a.{suffix}", tools)) == "Vu et lu"


def test_entities_of_a_word_document_are_not_expanded(lines: Callable[..., list[str]], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("SECRET")
    entity = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{secret.as_uri()}">]>'
    body = f'{entity}<w:document xmlns:w="w"><w:p><w:t>a&e;b</w:t></w:p></w:document>'
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", body)
    assert "SECRET" not in "".join(lines(file.getvalue(), "a.docx", NO_TOOLS))


def test_control_characters_of_a_web_page_are_no_words(lines: Callable[..., list[str]]) -> None:
    page = b"<html><body><script>x</script>\x01Le titulaire<p>r\x00alise"
    assert "".join(lines(page, "a.html", NO_TOOLS)).replace(" ", "") == "Letitulaireralise"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        pytest.param("a.docx", ccap_docx()[:-5000], "no_office", id="cut docx"),
        pytest.param("a.odt", odt("")[:300], "not_pdf", id="cut odt"),
        pytest.param("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "no_office", id="doc"),
        pytest.param("a.docx", garbled(zipped({"word/document.xml": b"mot " * 999})), "no_office", id="garbled docx"),
        pytest.param("a.docx", zipped({"word/styles.xml": b"<a/>"}), "no_office", id="docx without a text"),
        pytest.param("a.html", b"<html><object>", "no_office", id="web page without words"),
    ],
)
def test_what_cannot_be_read_without_libreoffice_fails_with_the_mend(name: str, data: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as error:
        open_bytes(data, Source(path=Path(name), name=name))
    assert error.value.code == code
