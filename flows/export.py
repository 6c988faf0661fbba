"""A view of the database as a file that spreadsheets and programs open."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from flows.files import OutputError, writing_whole

WIDEST = 60
"""Characters: the width of a column of quotes in a workbook."""


def write_table(frame: pd.DataFrame, path: Path, *, kind: str) -> None:
    """Write the table, whole or not at all; OutputError when it cannot be."""
    with writing_whole(path) as partial:
        if kind == "csv":
            partial.write_text(as_csv(frame), "utf-8-sig", newline="")
        elif kind == "json":
            partial.write_text(as_json(frame), "utf-8")
        elif kind == "parquet":
            frame.to_parquet(partial, index=False)
        else:
            _write_xlsx(frame, partial)


def as_csv(frame: pd.DataFrame) -> str:
    """As a French spreadsheet opens it by a double click: « ; », decimal comma, days without hours, oui and non."""
    frame = frame.copy()
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.BooleanDtype):
            frame[name] = frame[name].map({True: "oui", False: "non"}, na_action="ignore")
    return frame.to_csv(sep=";", decimal=",", index=False)


def as_json(frame: pd.DataFrame) -> str:
    """A list of objects, one per row; days and times as ISO 8601, null where nothing is known."""
    frame = frame.copy()
    for name in frame.columns:
        if pd.api.types.is_datetime64_any_dtype(frame[name].dtype):
            day = not isinstance(frame[name].dtype, pd.DatetimeTZDtype)
            frame[name] = frame[name].dt.strftime("%Y-%m-%d" if day else "%Y-%m-%dT%H:%M:%SZ")
    return frame.to_json(orient="records", force_ascii=False, indent=1) + "\n"


def _write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    if len(frame) >= 1_048_576:
        raise OutputError("Trop de lignes pour un classeur Excel : choisissez --format csv ou parquet.")
    frame = frame.copy()
    days: set[str] = set()
    times: set[str] = set()
    for name in frame.columns:
        if isinstance(frame[name].dtype, pd.DatetimeTZDtype):  # Excel has no time zones
            times.add(name)
            frame[name] = frame[name].dt.tz_localize(None)
        elif pd.api.types.is_datetime64_any_dtype(frame[name].dtype):
            days.add(name)
        elif isinstance(frame[name].dtype, pd.StringDtype):
            # Control characters are not allowed in XML.
            frame[name] = frame[name].str.replace(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", regex=True)
    with pd.ExcelWriter(path, engine="openpyxl") as book:
        frame.to_excel(book, sheet_name="Données", index=False, freeze_panes=(1, 0))
        sheet = book.sheets["Données"]
        sheet.auto_filter.ref = sheet.dimensions
        for column, name in zip(sheet.columns, frame.columns, strict=True):
            longest = max(len(name), *frame[name].astype("string").str.len().dropna(), 0)
            sheet.column_dimensions[column[0].column_letter].width = min(longest + 2, WIDEST)
            shown = "DD/MM/YYYY" if name in days else "DD/MM/YYYY HH:MM" if name in times else None
            for cell in column[1:] if shown else ():
                cell.number_format = shown
        for row in sheet.iter_rows(min_row=2):
            for cell in row:
                if cell.data_type == "f":  # a quote that begins with « = » is words, not a formula
                    cell.data_type = "s"
