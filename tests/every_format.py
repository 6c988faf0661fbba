"""One tender text written in every format that a real one comes in; the marks are those of `make_samples.py`."""

from __future__ import annotations

import csv
import importlib.util
import io
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from email.message import EmailMessage
from functools import cache
from html import escape
from pathlib import Path
from types import ModuleType

import docx
import pypdfium2 as pdfium
from docx.document import Document as Word
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from openpyxl import Workbook

SOURCES = Path(__file__).parent / "formats"
SAMPLES = Path(__file__).parents[1] / "data" / "raw" / "samples"
Block = str

_W14 = 'xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml"'


@cache
def maker() -> ModuleType:
    """The script that makes the sample tenders: its marks are read by it alone."""
    spec = importlib.util.spec_from_file_location("make_samples", SAMPLES / "make_samples.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pdf(piece: str) -> bytes:
    made: bytes = maker().make(SOURCES / f"{piece}.md")
    return made


def blocks(piece: str) -> Iterator[Block]:
    """What is laid out, without the widths of columns."""
    found: list[str] = maker().parse(SOURCES / f"{piece}.md")[1]
    return (block for block in found if not block.startswith("[[widths"))


def cells(block: Block) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.splitlines()]


def is_boxes(block: Block) -> bool:
    return re.match(r"\[[ x]\] ", block) is not None


# ---------------------------------------------------------------- words


def word(piece: str, box: Callable[[Word, str, bool], None]) -> bytes:
    """A .docx; `box` writes one line behind a tick-box."""
    document = docx.Document()
    for block in blocks(piece):
        if block == "[[page]]":
            document.add_page_break()
        elif block.startswith("|"):
            rows = cells(block)
            table = document.add_table(len(rows), len(rows[0]), style="Table Grid")
            for line, row in zip(table.rows, rows, strict=True):
                for cell, text in zip(line.cells, row, strict=True):
                    cell.text = text
        elif block.startswith("# "):
            document.add_heading(block[2:], 1)
        elif block.startswith("! "):
            document.add_heading(block[2:], 0)
        elif is_boxes(block):
            for line in block.splitlines():
                box(document, line[4:], line[1] == "x")
        else:
            document.add_paragraph(" ".join(block.splitlines()))
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def control_box(document: Word, text: str, ticked: bool) -> None:
    """The content control of Word 2010 and later."""
    sign, state = ("☒", 1) if ticked else ("☐", 0)
    paragraph = document.add_paragraph()
    paragraph._p.append(
        parse_xml(
            f'<w:sdt {nsdecls("w")} {_W14}><w:sdtPr><w14:checkbox><w14:checked w14:val="{state}"/>'
            '<w14:checkedState w14:val="2612" w14:font="MS Gothic"/>'
            '<w14:uncheckedState w14:val="2610" w14:font="MS Gothic"/></w14:checkbox></w:sdtPr>'
            f'<w:sdtContent><w:r><w:rPr><w:rFonts w:ascii="MS Gothic" w:hAnsi="MS Gothic"/></w:rPr><w:t>{sign}</w:t>'
            "</w:r></w:sdtContent></w:sdt>"
        )
    )
    paragraph.add_run(f" {text}")


def field_box(document: Word, text: str, ticked: bool) -> None:
    """The form field of older Words."""
    paragraph = document.add_paragraph()
    for inside in (
        '<w:fldChar w:fldCharType="begin"><w:ffData><w:name w:val="Case"/><w:enabled/><w:checkBox><w:sizeAuto/>'
        f'<w:default w:val="{int(ticked)}"/></w:checkBox></w:ffData></w:fldChar>',
        '<w:instrText xml:space="preserve"> FORMCHECKBOX </w:instrText>',
        '<w:fldChar w:fldCharType="end"/>',
    ):
        paragraph._p.append(parse_xml(f"<w:r {nsdecls('w')}>{inside}</w:r>"))
    paragraph.add_run(f" {text}")


def symbol_box(document: Word, text: str, ticked: bool) -> None:
    """A sign of Wingdings, as « Insertion, Symbole » gives."""
    paragraph = document.add_paragraph()
    code = "F0FE" if ticked else "F0A8"
    paragraph._p.append(parse_xml(f'<w:r {nsdecls("w")}><w:sym w:font="Wingdings" w:char="{code}"/></w:r>'))
    paragraph.add_run(f" {text}")


def web_page(piece: str) -> bytes:
    """An HTML page, whose tables have no lines."""
    parts = []
    for block in blocks(piece):
        if block == "[[page]]":
            parts.append('<p style="page-break-before: always"></p>')
        elif block.startswith("|"):
            rows = ("".join(f"<td>{escape(cell)}</td>" for cell in row) for row in cells(block))
            parts.append(f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>")
        elif block.startswith(("# ", "! ")):
            parts.append(f"<h1>{escape(block[2:])}</h1>")
        elif is_boxes(block):
            parts += [f"<p>{'☒' if line[1] == 'x' else '☐'} {escape(line[4:])}</p>" for line in block.splitlines()]
        else:
            parts.append(f"<p>{escape(' '.join(block.splitlines()))}</p>")
    return f'<!DOCTYPE html><html><head><meta charset="utf-8"></head><body>{"".join(parts)}</body></html>'.encode()


def converted(data: bytes, *, source: str, target: str, folder: Path) -> bytes:
    """A file that LibreOffice itself writes in another of its formats."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"a.{source}").write_bytes(data)
    program = shutil.which("soffice")
    assert program is not None
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    subprocess.run(
        [program, profile, "--headless", "--convert-to", target, "--outdir", folder / "out", folder / f"a.{source}"],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (folder / "out" / f"a.{target.partition(':')[0]}").read_bytes()


# ---------------------------------------------------------------- sheets


def rows_of(piece: str) -> list[list[str]]:
    """The text as the rows of a sheet: one cell for a sentence, a mark beside what is ticked."""
    rows: list[list[str]] = []
    for block in blocks(piece):
        if block.startswith("|"):
            rows += cells(block)
        elif is_boxes(block):
            rows += [["☒" if line[1] == "x" else "☐", line[4:]] for line in block.splitlines()]
        elif block != "[[page]]":
            rows.append([" ".join(block.removeprefix("# ").removeprefix("! ").splitlines())])
    return rows


def workbook(piece: str) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = piece
    for row in rows_of(piece):
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def comma_separated(piece: str) -> bytes:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\r\n").writerows(rows_of(piece))
    return b"\xef\xbb\xbf" + stream.getvalue().encode()  # as Excel writes « CSV UTF-8 »


# ---------------------------------------------------------------- images, containers


def pictures(data: bytes, *, dpi: int) -> list[bytes]:
    """Every page of a PDF as a PNG of that resolution."""
    found = []
    with pdfium.PdfDocument(data) as document:
        for page in document:
            stream = io.BytesIO()
            page.render(scale=dpi / 72, grayscale=True).to_pil().save(stream, "PNG", dpi=(dpi, dpi))
            page.close()
            found.append(stream.getvalue())
    return found


def zipped(members: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def garbled(data: bytes) -> bytes:
    """The ZIP, whose first member cannot be unpacked any more."""
    start = 30 + int.from_bytes(data[26:28], "little")
    return data[:start] + bytes(byte ^ 0x55 for byte in data[start : start + 20]) + data[start + 20 :]


def mail(members: Mapping[str, bytes]) -> bytes:
    """An e-mail that brings these files."""
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = "Pièces du marché", "a@example.org", "b@example.org"
    message.set_content("Bonjour, vous trouverez ci-joint les pièces du marché.")
    for name, data in members.items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()
