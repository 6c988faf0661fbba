"""Spreadsheets written for real by the tests, from rows of text."""

from __future__ import annotations

import csv
import struct
import zipfile
from collections.abc import Collection, Mapping, Sequence
from html import escape
from pathlib import Path

from openpyxl import Workbook

Cell = str | float | bool | None


def parsed(rows: str) -> list[list[Cell]]:
    """The rows of a case: « | » parts cells, « =350 » is a number, « =VRAI » a boolean, any other text is one."""
    return [[_cell(text.strip()) for text in line.split("|")] for line in rows.strip("\n").split("\n")]


def _cell(text: str) -> Cell:
    if text in ("=VRAI", "=FAUX"):
        return text == "=VRAI"
    return float(text[1:]) if text.startswith("=") else text or None


def _french(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "VRAI" if cell else "FAUX"
    return f"{cell:.10g}".replace(".", ",") if isinstance(cell, float) else str(cell or "")


def write_sheets(path: Path, sheets: Mapping[str, str], *, hidden: Collection[str] = ()) -> Path:
    """The sheets as the format that the suffix tells: .xlsx, .ods, or .csv as a French Excel writes it."""
    if path.suffix == ".ods":
        return write_ods(path, {name: parsed(rows) for name, rows in sheets.items()}, hidden=hidden)
    if path.suffix == ".csv":
        (rows,) = sheets.values()
        with path.open("w", encoding="cp1252", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows([_french(cell) for cell in row] for row in parsed(rows))
        return path
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in parsed(rows):
            sheet.append(row)
        if name in hidden:
            sheet.sheet_state = "hidden"
    book.save(path)
    return path


_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content'
    + "".join(
        f' xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"), ("style", "style"))
    )
    + '><office:automatic-styles><style:style style:name="hidden" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    "<office:body><office:spreadsheet>{}</office:spreadsheet></office:body></office:document-content>"
)


def write_ods(
    path: Path, sheets: Mapping[str, Sequence[Sequence[Cell]]], *, hidden: Collection[str] = (), more: str = ""
) -> Path:
    """The sheets as LibreOffice writes them; `more`: other tables, as XML."""
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    tables = "".join(
        f'<table:table table:name="{escape(name)}" table:style-name="{"hidden" if name in hidden else "shown"}">'
        + "".join(f"<table:table-row>{_ods_cells(row)}</table:table-row>" for row in rows)
        + f'<table:table-row table:number-rows-repeated="1048000">{blank}</table:table-row></table:table>'
        for name, rows in sheets.items()
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", _ODS.format(tables + more))
    return path


def write_xlsb(path: Path, rows: Mapping[tuple[int, int], str | float]) -> Path:
    """A binary workbook of one sheet, « Lots », from the cells (row, column) that hold something."""
    cells, last = b"", -1
    for (row, column), value in rows.items():
        cells += _record(0, struct.pack("<IIHHBI", row, 0, 300, 0, 0, 0)) if row != last else b""
        last, place = row, struct.pack("<II", column, 0)
        cells += (
            _record(5, place + struct.pack("<d", value))
            if isinstance(value, float)
            else _record(6, place + _wide(value))
        )
    book = _record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Lots"))
    link = f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.bin"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f'<Types xmlns="{_PACKAGE}/content-types"/>')
        archive.writestr(
            "xl/_rels/workbook.bin.rels", f'<Relationships xmlns="{_PACKAGE}/relationships">{link}</Relationships>'
        )
        archive.writestr("xl/workbook.bin", _record(131) + _record(143) + book + _record(144) + _record(132))
        size = _record(148, struct.pack("<4I", 0, max(row for row, _ in rows), 0, max(column for _, column in rows)))
        sheet = _record(129) + size + _record(145) + cells + _record(146) + _record(130)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _record(kind: int, content: bytes = b"") -> bytes:
    return (bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])) + bytes([len(content)]) + content


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _ods_cells(row: Sequence[Cell]) -> str:
    return "".join(map(_ods_cell, row))


def _ods_cell(cell: Cell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
    if isinstance(cell, float):
        return f'<table:table-cell office:value-type="float" office:value="{cell}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p></table:table-cell>'
