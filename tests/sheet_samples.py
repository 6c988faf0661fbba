"""Spreadsheets written for real by the tests, from rows of text."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
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


def write_sheets(path: Path, sheets: Mapping[str, str], *, hidden: Collection[str] = ()) -> Path:
    """The sheets as the format that the suffix tells: .xlsx, or .csv as a French Excel writes it."""
    if path.suffix == ".csv":
        (rows,) = sheets.values()
        with path.open("w", encoding="cp1252", newline="") as stream:
            csv.writer(stream, delimiter=";").writerows(parsed(rows))
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
