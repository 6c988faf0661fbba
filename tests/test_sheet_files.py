"""Spreadsheets of every format, in disguise, damaged or too big: each is read, or says in one line what to do."""

from __future__ import annotations

import csv
import io
import resource
import struct
import subprocess
import zipfile
from datetime import date
from pathlib import Path

import pytest
from openpyxl import Workbook
from sheet_samples import write_ods, write_sheets, write_xlsb
from tool_marks import needs_libreoffice

from extractors.errors import TooBig
from extractors.formats import read_file
from extractors.kinds import kind_of
from extractors.pagecache import dump_pages, load_pages
from extractors.pipeline import extract, open_source
from extractors.schema import Extraction, Source

ROWS = [
    ["N° lot", "Intitulé du lot", "Heures d'insertion"],
    ["1", "Gros œuvre", "1 200"],
    ["2", "Étanchéité", "160"],
]
HTML = (
    "<html><head><title>Export</title><style>td {color: red}</style></head><body><h1>Répartition</h1><table>"
    + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)
    + "</table></body></html>"
)


def said(extraction: Extraction) -> list[tuple[str, float, str | None]]:
    return [(v.lot, v.value, v.evidence[0].section) for v in extraction.volumes]


def as_csv(delimiter: str) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=delimiter).writerows(ROWS)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "first_row"),
    [
        ("heures.csv", as_csv(";").encode("cp1252"), 1),
        ("heures.csv", as_csv(",").encode("utf-8-sig"), 1),
        ("heures.csv", as_csv("\t").encode("utf-16"), 1),
        ("heures.csv", ("sep=|\n" + as_csv("|")).encode(), 2),
        ("heures.xls", as_csv("\t").encode("cp1252"), 1),
        ("heures.xls", HTML.encode(), 2),
        ("heures.xls", HTML.encode("cp1252"), 2),
    ],
    ids=["semicolon-cp1252", "comma-utf8", "tab-utf16", "told", "tab-in-xls", "html-in-xls", "html-cp1252-in-xls"],
)
def test_text_that_holds_a_sheet(tmp_path: Path, name: str, data: bytes, first_row: int) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    extraction = extract(path)
    assert extraction.problems == ()
    first = first_row + 1 if data.startswith(b"sep") is False else 3
    assert said(extraction) == [("1", 1200, f"Feuille!C{first}"), ("2", 160, f"Feuille!C{first + 1}")]


def test_ods_with_hidden_sheet_and_repeats(tmp_path: Path) -> None:
    path = write_ods(
        tmp_path / "heures.ods", {"Listes": [["Clause sociale d'insertion", "oui"]], "Lots": ROWS}, hidden=["Listes"]
    )
    extraction = extract(path, with_texts=True)
    assert (extraction.problems, extraction.pages) == ((), 2)
    assert (extraction.texts[0], "Étanchéité" in extraction.texts[1]) == ("", True)
    assert said(extraction) == [("1", 1200, "Lots!C2"), ("2", 160, "Lots!C3")]
    assert {e.page for v in extraction.volumes for e in v.evidence} == {2}


def test_xlsb(tmp_path: Path) -> None:
    cells: dict[tuple[int, int], str | float] = {
        (r, c): text for r, row in enumerate(ROWS) for c, text in enumerate(row)
    }
    cells[1, 2], cells[2, 2] = 1200.0, 160.0
    extraction = extract(write_xlsb(tmp_path / "heures.xlsb", cells))
    assert extraction.problems == ()
    assert said(extraction) == [("1", 1200, "Lots!C2"), ("2", 160, "Lots!C3")]


@pytest.mark.slow
@needs_libreoffice
def test_xls(tmp_path: Path) -> None:
    """Written by LibreOffice, with a hidden sheet, a boolean, a date, a formula that has its value."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Lots"
    for row in (*ROWS, ["Total", None, "=2*680"], ["Le marché comporte une clause sociale", True, date(2026, 3, 1)]):
        sheet.append(row)
    book.create_sheet("Listes").sheet_state = "hidden"
    book.save(tmp_path / "heures.xlsx")
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", "xls", "--outdir", tmp_path, tmp_path / "heures.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    document = read_file(tmp_path / "heures.xls")
    assert (document.kind, [page.state for page in document.pages]) == ("xls", ["text", "empty"])
    assert [line.text for line in document.pages[0].lines[3:]] == [
        "Total\t\t1360",
        "Le marché comporte une clause sociale\tVRAI\t01/03/2026",
    ]
    assert said(extract(tmp_path / "heures.xls")) == [("1", 1200, "Lots!C2"), ("2", 160, "Lots!C3")]


def test_a_proof_is_the_cells_of_the_row(tmp_path: Path) -> None:
    extraction = extract(
        write_sheets(tmp_path / "lots.xlsx", {"Un": "a | b", "Lots": "\n".join(map(" | ".join, ROWS))})
    )
    (proof,) = extraction.volumes[0].evidence
    assert (proof.page, proof.section, proof.quote) == (2, "Lots!C2", "1 | Gros œuvre | 1 200")
    assert proof.bbox is None


def test_merged_lot_labels_its_rows(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "Lots"
    for row in (("Lot", "Tranche", "Heures d'insertion"), (1, "Tranche ferme", 300), (None, "Tranche optionnelle", 90)):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    book.save(tmp_path / "lots.xlsx")
    extraction = extract(tmp_path / "lots.xlsx")
    assert said(extraction) == [("1", 300, "Lots!C2"), ("1", 90, "Lots!C3")]


def test_kept_pages_give_the_same_rows(tmp_path: Path) -> None:
    path = write_sheets(
        tmp_path / "lots.xlsx", {"Lots": "\n".join(map(" | ".join, ROWS)), "Masquée": "x"}, hidden=["Masquée"]
    )
    source = Source(path=path, name=str(path))
    document, drawings = open_source(source)
    again, _ = load_pages(dump_pages(document, drawings), source, sha256=document.sha256)
    assert again == document
    assert [(page.number, page.name, page.lines[0].role) for page in again.pages] == [
        (1, "Lots", "body"),
        (2, "Masquée", "hidden"),
    ]


# ---------------------------------------------------------------- what cannot be read


def xlsx(path: Path) -> bytes:
    return write_sheets(path, {"Lots": "a | b\nc | d"}).read_bytes()


def with_parts(data: bytes, **changed: str) -> bytes:
    """The workbook with the text of some of its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            stem = name.rpartition("/")[2].removesuffix(".xml")
            target.writestr(name, changed.get(stem) or source.read(name))
    return made.getvalue()


def announcing(data: bytes, size: int) -> bytes:
    """The ZIP whose directory announces that many bytes for its sheet."""
    at = data.index(b"xl/worksheets/sheet1.xml", data.index(b"PK\x01\x02"))
    return data[: at - 22] + struct.pack("<I", size) + data[at - 18 :]


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
CELL = '<c r="{0}" t="inlineStr"><is><t>x</t></is></c>'
LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(64)
XML_2003 = b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"></Workbook>'


@pytest.mark.parametrize(
    ("name", "code", "mend"),
    [
        ("cut", "damaged", "classeur abîmé ou tronqué ; le télécharger de nouveau"),
        ("flipped", "damaged", "classeur abîmé ou tronqué ; le télécharger de nouveau"),
        ("locked", "encrypted", "protégé par un mot de passe ; fournir une copie sans mot de passe"),
        ("xml-2003", "damaged", "classeur XML d'Excel 2003 ; l'ouvrir dans un tableur et l'enregistrer en .xlsx"),
        ("empty", "empty_file", "aucune cellule remplie ; demander le fichier d'origine"),
        ("bomb", "too_big", "n'en garder que les feuilles utiles, ou vérifier sa provenance"),
        ("far-cells", "too_big", "n'en garder que les lignes et colonnes utiles"),
        ("far-binary-cells", "too_big", "n'en garder que les lignes et colonnes utiles"),
        ("repeats", "too_big", "n'en garder que les lignes et colonnes utiles"),
        ("binary-csv", "damaged", "ni classeur ni CSV ; demander le fichier d'origine"),
    ],
)
def test_what_cannot_be_read_says_what_to_do(tmp_path: Path, name: str, code: str, mend: str) -> None:
    whole = xlsx(tmp_path / "whole.xlsx")
    middle = whole.index(b"xl/worksheets/sheet1.xml") + 60
    files = {
        "cut": ("a.xlsx", whole[: len(whole) // 2]),
        "flipped": ("a.xlsx", whole[:middle] + bytes(20) + whole[middle + 20 :]),
        "locked": ("a.xlsx", LOCKED),
        "xml-2003": ("a.xls", XML_2003),
        "empty": ("a.xlsx", with_parts(whole, sheet1=SHEET.format(""))),
        "bomb": ("a.xlsx", announcing(whole, 3_000_000_000)),
        "far-cells": ("a.xlsx", with_parts(whole, sheet1=FAR)),
        "far-binary-cells": (
            "a.xlsb",
            write_xlsb(tmp_path / "b.xlsb", {(0, 0): "x", (1_048_575, 16_383): "x"}).read_bytes(),
        ),
        "repeats": ("a.ods", write_ods(tmp_path / "b.ods", {"Lots": ROWS}, more=REPEATED).read_bytes()),
        "binary-csv": ("a.csv", bytes(range(256))),
    }
    file, data = files[name]
    path = tmp_path / file
    path.write_bytes(data)
    extraction = extract(path)
    (problem,) = extraction.problems
    assert (extraction.status, problem.code) == ("failed", code)
    assert problem.message.startswith(f"{file} : ") and problem.message.endswith(mend)
    assert "\n" not in problem.message


FAR = SHEET.format(f'<row r="1">{CELL.format("A1")}</row><row r="1048576">{CELL.format("XFD1048576")}</row>')
REPEATED = (
    '<table:table table:name="Folle"><table:table-row table:number-rows-repeated="100000">'
    '<table:table-cell table:number-columns-repeated="1000" office:value-type="string"><text:p>a</text:p>'
    "</table:table-cell></table:table-row></table:table>"
)


def test_a_sheet_that_is_too_big_leaves_the_others(tmp_path: Path) -> None:
    path = write_sheets(tmp_path / "a.xlsx", {"Lots": "\n".join(map(" | ".join, ROWS)), "Folle": "a"})
    path.write_bytes(with_parts(path.read_bytes(), sheet2=FAR))
    extraction = extract(path)
    assert extraction.status == "partial"
    assert [(p.code, p.page) for p in extraction.problems] == [("too_big", 2)]
    assert said(extraction) == [("1", 1200, "Lots!C2"), ("2", 160, "Lots!C3")]


def test_rows_far_below_are_kept_where_they_tell(tmp_path: Path) -> None:
    rows = [["Réf", "Désignation", "Unité", "Quantité"], *([f"A{i}", "Vis", "u", "10"] for i in range(6_000))]
    path = tmp_path / "dqe.csv"
    path.write_text("\n".join(";".join(row) for row in [*rows, ["B1", "Heures d'insertion", "h", "350"]]), "utf-8")
    extraction = extract(path)
    assert said(extraction) == [("*", 350, "Feuille!D6002")]
    assert extraction.problems == ()


def test_a_longest_cell_and_a_longest_row(tmp_path: Path) -> None:
    book = Workbook()
    book.worksheets[0].append(
        ["Le titulaire réserve 300 heures de travail à l'insertion. " + "Suite du texte. " * 2000]
    )
    book.worksheets[0].append(["x"] * 16_384)
    book.save(tmp_path / "a.xlsx")
    extraction = extract(tmp_path / "a.xlsx")
    assert said(extraction) == [("*", 300, "Sheet!A1")]
    assert [(p.code, p.page) for p in extraction.problems] == [("too_wide", 1)]


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (HTML.encode(), "a.xls", "xls"),
        (HTML.encode(), "a.html", "html"),
        (as_csv(";").encode(), "a.xls", "xls"),
        (as_csv(";").encode(), "a.csv", "csv"),
        (LOCKED, "a.xlsx", "locked"),
    ],
    ids=["html-xls", "html", "csv-xls", "csv", "locked"],
)
def test_kind(data: bytes, name: str, kind: str) -> None:
    assert kind_of(data, name) == kind


@pytest.mark.slow
def test_a_hundred_thousand_rows_take_bounded_memory(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Prix")
    sheet.append(["Réf", "Désignation", "Unité", "Quantité", *(f"Colonne {i}" for i in range(16))])
    for i in range(100_000):
        sheet.append([f"R{i}", f"Fourniture n° {i}", "u", i % 40, *(i * 1.5 + j for j in range(16))])
    sheet.append(["Z", "Heures d'insertion", "h", 350])
    book.save(tmp_path / "dqe.xlsx")
    extraction = extract(tmp_path / "dqe.xlsx")
    assert said(extraction) == [("*", 350, "Prix!D100002")]
    assert extraction.problems == ()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert peak < 1000


def test_a_file_that_would_fill_the_memory_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for size in (10**8 + 1, 10**9 + 1):
        with path.open("ab") as file:
            file.truncate(size)
        with pytest.raises(TooBig, match="; le découper"):
            read_file(path)
