"""Spreadsheets written for real by the tests, from rows of text."""

from __future__ import annotations

import csv
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
