"""What a file is: by its bytes, and by its name only where bytes cannot tell."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import every_format as made
import pytest
from conftest import pdf
from hypothesis import given
from hypothesis import strategies as st
from tool_marks import needs_libreoffice

from extractors.kinds import READ_SUFFIXES, FileKind, kind_by_name, kind_of

WORD = made.word("RC", made.control_box)
OPEN_TEXT = b"application/vnd.oasis.opendocument.text"


def open_document(mimetype: bytes, manifest: str = "<manifest/>") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", mimetype)
        archive.writestr("META-INF/manifest.xml", manifest)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        pytest.param(pdf(), "RC.pdf", "pdf", id="pdf"),
        pytest.param(b"rubbish\n" * 100 + pdf(), "RC.pdf", "pdf", id="pdf-after-rubbish"),
        pytest.param(pdf(), "RC.docx", "pdf", id="pdf-named-docx"),
        pytest.param(WORD, "RC.docx", "docx", id="docx"),
        pytest.param(WORD, "RC.pdf", "docx", id="docx-named-pdf"),
        pytest.param(WORD, "RC.doc", "docx", id="docx-named-doc"),
        pytest.param(WORD[: len(WORD) // 2], "RC.docx", "docx", id="docx-cut-short"),
        pytest.param(made.workbook("RC"), "BPU.xlsx", "xlsx", id="xlsx"),
        pytest.param(open_document(OPEN_TEXT), "RC.odt", "odt", id="odt"),
        pytest.param(open_document(OPEN_TEXT, '<encryption-data x="1"/>'), "RC.odt", "locked", id="odt-locked"),
        pytest.param(made.garbled(made.zipped({"mimetype": 4 * OPEN_TEXT})), "RC.odt", "other", id="odt-garbled"),
        pytest.param(
            open_document(b"application/vnd.oasis.opendocument.spreadsheet"), "BPU.xls", "ods", id="ods-named-xls"
        ),
        pytest.param(open_document(b"application/vnd.oasis.opendocument.graphics"), "plan.odg", "other", id="drawing"),
        pytest.param(made.zipped({"RC.pdf": pdf()}), "DCE.docx", "other", id="zip-named-docx"),
        pytest.param(b"{\\rtf1\\ansi Bonjour}", "RC.doc", "rtf", id="rtf-named-doc"),
        pytest.param(made.web_page("RC"), "RC.html", "html", id="html"),
        pytest.param(b"\xef\xbb\xbf\n<html><body>a</body></html>", "BPU.xls", "xls", id="html-named-xls"),
        pytest.param(b"<?xml version='1.0'?><html xmlns='x'>", "a.xhtml", "html", id="xhtml"),
        pytest.param(b"Lot;Heures\n1;350\n", "BPU.csv", "csv", id="csv"),
        pytest.param(b"Le titulaire", "avis.txt", "txt", id="txt"),
        pytest.param(b"Le titulaire", "avis.pdf", "other", id="txt-named-pdf"),
        pytest.param(b"Subject: a\n\nb", "a.eml", "eml", id="eml"),
        pytest.param(b"\x89PNG\r\n\x1a\n0000", "scan.jpg", "png", id="png-named-jpg"),
        pytest.param(b"\xff\xd8\xff\xe0", "scan.jpeg", "jpg", id="jpg"),
        pytest.param(b"MM\x00*", "scan.tiff", "tif", id="tif"),
        pytest.param(b"", "vide.pdf", "other", id="empty"),
    ],
)
def test_the_bytes_say_what_a_file_is(data: bytes, name: str, kind: FileKind) -> None:
    assert kind_of(data, name) == kind


@needs_libreoffice
@pytest.mark.slow
@pytest.mark.parametrize("target", ["doc", "xls"])
def test_old_office_files_are_told_apart(target: FileKind, tmp_path: Path) -> None:
    data, source = (WORD, "docx") if target == "doc" else (made.workbook("RC"), "xlsx")
    assert kind_of(made.converted(data, source=source, target=target, folder=tmp_path), "a.bin") == target


@given(st.binary(max_size=300), st.sampled_from(sorted(READ_SUFFIXES)))
def test_any_bytes_are_of_some_kind(data: bytes, suffix: str) -> None:
    assert kind_of(data, f"a{suffix}") is not None


@pytest.mark.parametrize("suffix", sorted(READ_SUFFIXES))
def test_every_suffix_that_is_read_announces_a_kind(suffix: str) -> None:
    assert kind_by_name(f"DCE\\Lot 1\\CCAP{suffix.upper()}") != "other"
