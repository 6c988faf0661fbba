"""The cells of a workbook, sheet by sheet, with python-calamine; CSV and the HTML or CSV that calls itself .xls.

Values are written as a French reader sees them: « 1234,5 », « 12/03/2026 », « VRAI ». A formula gives the value kept
with it, an error gives an empty cell. The format of a number is not known: 10 % reads « 0,1 ».
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from html.parser import HTMLParser

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, ZipError
from python_calamine import SheetVisibleEnum as Visible

from extractors.errors import DamagedSheets, LockedSheets
from extractors.workbook_limits import too_big_sheets

Value = str | int | float | bool | date | datetime | time | timedelta
Row = tuple[int, Sequence[Value]]
"""Its number, 1 for the first, and its values from column A on, "" for the cells that hold nothing."""

_HTML = re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|table|meta)\b", re.I | re.S)
_XML_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
_START = 65_536
_BINARY = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
_DURATION = re.compile(r"PT(\d+)H(\d\d)M(?:\d\d)?(?:[.,]\d+)?S?$")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufeff\ufffe\uffff]")
_MERGED_ROWS = 500  # a merge that reaches further labels nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet; `rows` are read once, as they are asked for."""

    name: str | None
    """None where the file gives no name to its only sheet (CSV)."""
    rows: Iterator[Row]
    is_hidden: bool = False
    too_big: str | None = None
    """Why it is not read, where it would take too much memory."""


def read_sheets(data: bytes, name: str) -> Iterator[Sheet]:
    """The sheets of the file of that name, in their order.

    Raises:
        DocumentError: locked, damaged, too big, or of a kind that is not read; the message says what to do next.
    """
    if data.startswith(_BINARY):
        return _of_workbook(data, name)
    if _XML_2003 in data[:_START]:
        raise DamagedSheets(f"{name} : classeur XML d'Excel 2003 ; l'ouvrir dans un tableur et l'enregistrer en .xlsx")
    if _HTML.match(data[:_START].removeprefix(b"\xef\xbb\xbf")):
        return _of_html(_decoded(data))
    if b"\0" in data[:_START] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DamagedSheets(f"{name} : ni classeur ni CSV ; demander le fichier d'origine")
    return _of_csv(_decoded(data), name)


# ---------------------------------------------------------------- workbooks


def _of_workbook(data: bytes, name: str) -> Iterator[Sheet]:
    too_big = too_big_sheets(data, name)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for index, about in enumerate(workbook.sheets_metadata):
            hidden = about.visible != Visible.Visible
            if about.typ != SheetTypeEnum.WorkSheet:
                yield Sheet(name=about.name, rows=iter(()), is_hidden=hidden)
            elif index in too_big:
                yield Sheet(name=about.name, rows=iter(()), is_hidden=hidden, too_big=too_big[index])
            else:
                yield Sheet(name=about.name, rows=_rows(workbook.get_sheet_by_index(index)), is_hidden=hidden)
    except PasswordError as error:
        raise LockedSheets(f"{name} : protégé par un mot de passe ; fournir une copie sans mot de passe") from error
    except (CalamineError, ZipError, OSError, ValueError) as error:
        raise DamagedSheets(f"{name} : classeur abîmé ou tronqué ; le télécharger de nouveau") from error


def _rows(sheet: CalamineSheet) -> Iterator[Row]:
    first_column = (sheet.start or (0, 0))[1]  # iter_rows gives the empty rows above, not the empty columns before
    merged = {
        (row, low[1]): low for low, high in sheet.merged_cell_ranges or () if low[0] < high[0] <= low[0] + _MERGED_ROWS
        for row in range(low[0] + 1, high[0] + 1)
    }  # fmt: skip
    labels: dict[tuple[int, int], Value] = {}
    corners = set(merged.values())
    margin = [""] * first_column
    for row, values in enumerate(sheet.iter_rows()):
        if all(value == "" for value in values) and not corners:
            continue
        cells: list[Value] = [*margin, *values]
        for column in range(len(cells)) if corners else ():
            if (row, column) in corners:
                labels[row, column] = cells[column]
            elif cells[column] == "" and (corner := merged.get((row, column))):
                cells[column] = labels.get(corner, "")
        yield row + 1, cells


def written(value: Value) -> str:
    """The value of a cell as a French spreadsheet shows it without a format."""
    if isinstance(value, str):
        if duration := _DURATION.match(value):
            return f"{int(duration[1])}:{duration[2]}"
        return _CONTROL.sub("", value).strip()
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, int | float):
        return f"{value:.10g}".replace(".", ",") if abs(value) < 1e10 else f"{value:.0f}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60}:{minutes % 60:02}"
    return value.strftime("%H:%M") if isinstance(value, time) else value.strftime("%d/%m/%Y")


# ---------------------------------------------------------------- texts


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _of_csv(text: str, name: str) -> Iterator[Sheet]:
    first, _, rest = text.partition("\n")
    if told := re.fullmatch(r"sep=(.)\s*", first):  # what Excel writes for itself
        return iter((Sheet(name=None, rows=_csv_rows(rest, told[1], name, above=1)),))
    return iter((Sheet(name=None, rows=_csv_rows(text, _delimiter(text), name)),))


def _csv_rows(text: str, delimiter: str, name: str, *, above: int = 0) -> Iterator[Row]:
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=delimiter), above + 1):
            if any(row):
                yield number, row
    except csv.Error as error:
        raise DamagedSheets(f"{name} : CSV illisible ({error}) ; l'enregistrer de nouveau depuis un tableur") from error


def _delimiter(text: str) -> str:
    """The sign that cuts the most lines into the same number of cells; the semicolon of France where none does.

    A sign before a blank belongs to a sentence.
    """
    best, score = ";", 0
    start = [line for line in text[:_START].splitlines()[:50] if line.strip()]
    for delimiter in ";\t|,":
        cuts = re.compile(rf"{re.escape(delimiter)}(?! )")
        lines = [line for line in start if cuts.search(line)]
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
        alike = max(widths.values(), default=0)
        if alike > score:
            best, score = delimiter, alike
    return best


class _Tables(HTMLParser):
    """The rows of every table of a page, one below the other, and the texts between them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = [[]]
        self._in_cell = False
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "title"):
            self._skipped += 1
        elif tag in ("tr", "p", "div", "h1", "h2", "h3") and not self._in_cell:
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True
        elif tag == "br" and self._in_cell:
            self.rows[-1][-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "title"):
            self._skipped = max(0, self._skipped - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._in_cell = False
            if tag != "td" and tag != "th":
                self.rows.append([])

    def handle_data(self, data: str) -> None:
        if self._skipped:
            return
        if self._in_cell:
            self.rows[-1][-1] += data
        elif data.strip():
            self.rows[-1].append(data)


def _of_html(text: str) -> Iterator[Sheet]:
    tables = _Tables()
    tables.feed(text)
    tables.close()
    rows = ([_lines_of(cell) for cell in row] for row in tables.rows)
    return iter((Sheet(name=None, rows=_numbered(row for row in rows if any(row))),))


def _lines_of(cell: str) -> str:
    lines = (" ".join(line.split()) for line in cell.split("\n"))
    return _CONTROL.sub("", "\n".join(line for line in lines if line))


def _numbered(rows: Iterable[list[str]]) -> Iterator[Row]:
    yield from enumerate(rows, 1)
