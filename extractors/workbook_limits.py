"""What a workbook would take in memory, told from its bytes before it is opened: a ZIP of a few kB may ask for all.

python-calamine holds a sheet as one rectangle of cells, and unrolls what an .ods says that it repeats.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from array import array
from collections.abc import Iterator
from itertools import pairwise

from extractors.errors import DamagedSheets, TooBig
from extractors.kinds import ZIP_ERRORS

MOST_BYTES = 600_000_000
"""Of the sheets and texts of a workbook, unpacked."""
MOST_CELLS = 8_000_000
"""Of the rectangle that holds all the cells of a sheet: 100 000 rows of 80 columns."""
MOST_TEXT = 400_000_000
"""Characters of a sheet, where cells share their texts."""

_CHUNK = 1 << 20
_PARTS = re.compile(r"xl/(?:worksheets/[^/]+|sharedStrings)\.(?:xml|bin)$|content\.xml$", re.IGNORECASE)
_CELL = re.compile(rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"([^>/]*)>')
_SHARED = re.compile(rb"<(?:\w+:)?si\b")
_SHARED_USE = re.compile(rb't="s"[^>]*>\s*<(?:\w+:)?v>(\d{1,9})<')
_ROW_OR_CELL = re.compile(rb"<table:(?:table-(row|cell)\b([^>]*)|(table)\b[^>]*)>")
_ROWS = re.compile(rb'number-rows-repeated="(\d{1,9})"')
_COLUMNS = re.compile(rb'number-columns-repeated="(\d{1,9})"')
_TARGET = re.compile(rb"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb'\b(Id|Target|r:id)="([^"]*)"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet\b[^>]*>")

_ROW, _FILLED = 0, frozenset(range(2, 12))
"""Records of an .xlsb: a row, and the cells that hold something (BrtRowHdr, BrtCellRk to BrtFmlaError)."""


def too_big_sheets(data: bytes, name: str) -> dict[int, str]:
    """Rank of each sheet that is not to be opened, from 0, with the reason and the mend; nothing for an .xls.

    Raises:
        TooBig: no sheet can be opened.
        DamagedSheets: the ZIP is damaged.
    """
    if not data.startswith(b"PK"):
        return {}  # an .xls holds 65 536 rows of 256 columns at most, and nothing packed
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _checked(archive, name)
    except ZIP_ERRORS as error:
        raise DamagedSheets(f"{name} : classeur abîmé ou tronqué ; le télécharger de nouveau") from error


def _checked(archive: zipfile.ZipFile, name: str) -> dict[int, str]:
    parts = [info for info in archive.infolist() if _PARTS.search(info.filename)]
    unpacked = sum(info.file_size for info in parts)
    if unpacked > MOST_BYTES:
        size = f"{unpacked / 1e6:.0f} Mo une fois décompressé, {MOST_BYTES // 10**6} au plus"
        raise TooBig(f"{name} : {size} ; n'en garder que les feuilles utiles, ou vérifier sa provenance")
    names = {info.filename for info in parts}
    binary = [name for name in names if name.endswith(".bin") and "worksheets" in name]
    if "content.xml" in names:  # all the sheets of an .ods are read at once
        counts = [sum(_repeated_cells(archive))]
    elif binary:
        counts = [max(_binary_cells(archive.read(path)) for path in binary)]
    else:
        shared = _shared_lengths(archive) if "xl/sharedStrings.xml" in names else array("L")
        counts = [_cells(archive, path, shared) if path in names else 0 for path in _sheet_paths(archive)]
    most = f"millions de cellules, {MOST_CELLS // 10**6} au plus"
    found = {rank: f"{cells / 1e6:.0f} {most}" for rank, cells in enumerate(counts) if cells > MOST_CELLS}
    if found and ("content.xml" in names or binary):
        raise TooBig(f"{name} : {found[0]} ; n'en garder que les lignes et colonnes utiles")
    return found


def _chunks(archive: zipfile.ZipFile, path: str) -> Iterator[bytes]:
    """The bytes of a member in pieces that end with a tag; reading it whole checks its length and its sum too."""
    rest = b""
    with archive.open(path) as stream:
        while chunk := stream.read(_CHUNK):
            chunk = rest + chunk
            cut = chunk.rfind(b">") + 1
            rest = chunk[cut:] if len(chunk) - cut < _CHUNK else b""
            yield chunk[:cut]


def _cells(archive: zipfile.ZipFile, path: str, shared: array[int]) -> float:
    """Cells of the rectangle around those that hold something; texts that cells share count for what they weigh."""
    columns: set[bytes] = set()
    low, high, texts = 1 << 30, 0, 0
    for chunk in _chunks(archive, path):
        if found := _CELL.findall(chunk):
            columns.update({column for column, _, _ in found})
            low, high = min(low, int(found[0][1])), max(high, int(found[-1][1]))
            texts += len(found)
    if not columns:
        return 0
    ranks = [_rank(column) for column in columns]
    rectangle = (high - low + 1) * (max(ranks) - min(ranks) + 1)
    if texts * max(shared, default=0) < MOST_TEXT:
        return rectangle
    uses = (int(index) for chunk in _chunks(archive, path) for index in _SHARED_USE.findall(chunk))
    weight = sum(shared[index] for index in uses if index < len(shared))
    return max(rectangle, weight / MOST_TEXT * MOST_CELLS)


def _binary_cells(sheet: bytes) -> int:
    """The same for a sheet of an .xlsb: records of a kind, a length, and the row or the column of what they hold."""
    rows: list[int] = []
    columns: set[int] = set()
    at = row = 0
    while at < len(sheet) - 1:
        kind, at = _varying(sheet, at)
        length, at = _varying(sheet, at)
        if kind == _ROW and length >= 4:
            row = int.from_bytes(sheet[at : at + 4], "little")
        elif kind in _FILLED and length >= 4:
            rows.append(row)
            columns.add(int.from_bytes(sheet[at : at + 4], "little"))
        at += length
    return (max(rows) - min(rows) + 1) * (max(columns) - min(columns) + 1) if rows else 0


def _varying(data: bytes, at: int) -> tuple[int, int]:
    """An integer of seven bits a byte, as many bytes as it takes, and where it ends."""
    value, shift = 0, 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80 or shift > 28 or at >= len(data):
            return value, at


def _rank(column: bytes) -> int:
    rank = 0
    for letter in column:
        rank = rank * 26 + letter - 64
    return rank


def _shared_lengths(archive: zipfile.ZipFile) -> array[int]:
    """Bytes of every text that cells share, about."""
    lengths = array("L")
    for chunk in _chunks(archive, "xl/sharedStrings.xml"):
        starts = [found.start() for found in _SHARED.finditer(chunk)]
        if starts and lengths:
            lengths[-1] += starts[0]
        elif lengths:
            lengths[-1] += len(chunk)
        lengths.extend(after - before for before, after in pairwise([*starts, len(chunk)]))
    return lengths


def _sheet_paths(archive: zipfile.ZipFile) -> list[str]:
    """The members that hold the sheets, in the order of the workbook; empty for an .xlsb, whose book is binary."""
    try:
        book, links = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return []
    targets = {}
    for link in _TARGET.findall(links):
        told = dict(_ATTRIBUTE.findall(link))
        if b"Id" in told and b"Target" in told:
            path = told[b"Target"].decode("utf-8", "replace")
            targets[told[b"Id"]] = posixpath.normpath(path.lstrip("/") if path[:1] == "/" else f"xl/{path}")
    sheets = (dict(_ATTRIBUTE.findall(sheet)) for sheet in _SHEET.findall(book))
    return [targets.get(sheet.get(b"r:id", b""), "") for sheet in sheets]


def _repeated_cells(archive: zipfile.ZipFile) -> list[float]:
    """Cells of every sheet of an .ods, those that it repeats counted as often as they are."""
    sheets: list[float] = []
    total = row = times = 0
    is_in_sheet = False
    for chunk in _chunks(archive, "content.xml"):
        for kind, about, table in _ROW_OR_CELL.findall(chunk):
            if kind == b"cell":
                if not about.endswith(b"/"):
                    row += int(found[1]) if (found := _COLUMNS.search(about)) else 1
                continue
            total, row = total + row * times, 0
            if table:
                sheets += [total] if is_in_sheet else []
                total, times, is_in_sheet = 0, 0, True
            else:
                times = int(found[1]) if (found := _ROWS.search(about)) else 1
    return [*sheets, total + row * times]
