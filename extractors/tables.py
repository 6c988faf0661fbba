"""Tables that give hours lot by lot: each cell becomes the sentence that its row and column say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from extractors.lots import normalise_number
from extractors.measures import Counted
from extractors.quantities import Reading, read_volumes
from extractors.schema import Box, Cell, Passage, Table
from extractors.scope import ALL
from extractors.text import fold, normalise

_LOT_HEADER = re.compile(r"\blots?\b|^n(?:°|o|umero)?$")
_HOURS_HEADER = re.compile(
    r"heures?|\bh\b|volume|insertion|tranche (?:ferme|opt|cond)|reconduction|periode (?:ferme|init)"
)
_NOT_HOURS = re.compile(r"penalite|montant|prix|ht\b|€|ouverture|(?<!volume )horaire|date|delai")
_BARE_NUMBER = re.compile(r"^[\d .,]+$")
_FIGURE = re.compile(r"^\d[\d .,]*(?:h|heures?)?$", re.IGNORECASE)
_HOURS_WORD = re.compile(r"heures?|\bh\b|horaire")
_LOT_CELL = re.compile(r"^(?:lots? ?)?(?:n ?[°o] ?)?(?P<number>\d{1,3} ?[a-z]?|[a-z])\b(?! ?(?:h|heures?|€|%))")
_WHOLE_CELL = re.compile(r"lot unique|tous (?:les )?lots|ensemble")
_TOTAL = re.compile(r"\btotal|\bensemble des lots")


def text_tables(
    passages: Sequence[Passage], boxes: Callable[[Passage], Box | None]
) -> Iterator[tuple[Table, frozenset[int]]]:
    """Tables of lots and hours that have no rules: rows are lines whose cells two spaces part, under such a header.

    Yields each table with the passages it is made of.
    """
    rows: list[tuple[Cell, ...]] = []
    indexes: list[int] = []
    page = 0
    for passage in (*passages, None):
        cells = _cells(passage, boxes) if passage is not None and passage.role in ("body", "heading") else ()
        if rows and len(cells) == len(rows[0]):
            rows.append(cells)
            indexes.append(passage.index if passage else 0)
            continue
        if len(rows) > 1:
            yield _table(page, rows), frozenset(indexes)
        rows, indexes = [], []
        if (
            passage is not None
            and len(cells) > 1
            and _header_row([[normalise(c.text).text for c in cells]]) is not None
        ):
            rows, indexes, page = [cells], [passage.index], passage.page


def _cells(passage: Passage, boxes: Callable[[Passage], Box | None]) -> tuple[Cell, ...]:
    first, *rest = passage.text.split("\n")
    bbox = boxes(passage) or (0.0, 0.0, 0.0, 0.0)
    texts = [text for text in re.split(r" {2,}| ?\| ?", first.strip()) if text]
    if len(texts) > 1 and rest:  # what a cell has too many for its line goes on below
        texts[1] = " ".join([texts[1], *rest])
    return tuple(Cell(text=text, bbox=bbox) for text in texts)


def _table(page: int, rows: Sequence[tuple[Cell, ...]]) -> Table:
    return Table(page=page, bbox=_around(cell.bbox for row in rows for cell in row), rows=tuple(rows))


def _around(boxes: Iterable[Box]) -> Box:
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return min(lefts), min(tops), max(rights), max(bottoms)


@dataclass(frozen=True, slots=True)
class TableVolume:
    """One quantity read in a table."""

    reading: Reading
    lots: tuple[str, ...]
    page: int
    quote: str
    bbox: Box
    is_total: bool


def table_volumes(
    tables: Sequence[Table], about: Set[str], looked_at: set[Counted] | None = None
) -> Iterator[TableVolume]:
    """Quantities of the tables that have a column of lots and one of hours; a table cut by a page keeps its header.

    `looked_at`: as for `read_volumes`.
    """
    header: list[str] | None = None
    covered: list[list[int]] = []
    for table in tables:
        rows = [[normalise(cell.text).text if cell else "" for cell in row] for row in table.rows]
        first = _header_row(rows)
        if first is not None:
            header, covered = rows[first], _covered(table.rows[first])
        elif header is None or len(rows[0]) != len(header):
            header = None
            continue
        lot_column, columns = _columns(header)
        for index in range(0 if first is None else first + 1, len(rows)):
            row = _under(rows[index], columns, covered)
            yield from _row_volumes(table, index, row, header, lot_column, columns, about, looked_at)


def is_lots_table(table: Table) -> bool:
    return lots_header(table) is not None


def lots_header(table: Table) -> str | None:
    """What the row that names both lots and hours says, None without any."""
    rows = [[normalise(cell.text).text if cell else "" for cell in row] for row in table.rows]
    first = _header_row(rows)
    return None if first is None else " ".join(rows[first])


def _covered(header: Sequence[Cell | None]) -> list[list[int]]:
    """For each column, those after it that its title covers: a merged cell, or a rule that a scan has lost."""
    gaps = [i for i, cell in enumerate(header) if cell is not None] + [len(header)]
    return [list(range(i + 1, min(gap for gap in gaps if gap > i))) for i in range(len(header))]


def _under(row: Sequence[str], columns: Sequence[int], covered: Sequence[Sequence[int]]) -> list[str]:
    """The row with the figure of a title that covers several columns in the first of them, where that one has none."""
    moved = list(row)
    for column in columns:
        if not _FIGURE.match(row[column]):
            figures = [i for i in covered[column] if _FIGURE.match(row[i])]
            if len(figures) == 1:
                moved[column], moved[figures[0]] = row[figures[0]], row[column]
    return moved


def _header_row(rows: Sequence[Sequence[str]]) -> int | None:
    """Index of the first row that names both lots and hours."""
    for index, row in enumerate(rows[:3]):
        lot_column, columns = _columns(row)
        if lot_column is not None and columns:
            return index
    return None


def _columns(header: Sequence[str]) -> tuple[int | None, list[int]]:
    folded = [fold(cell) for cell in header]
    lots = [i for i, cell in enumerate(folded) if _LOT_HEADER.search(cell) and not _HOURS_WORD.search(cell)]
    hours = [
        i
        for i, cell in enumerate(folded)
        if i not in lots and _HOURS_HEADER.search(cell) and not _NOT_HOURS.search(cell) and not re.search(r"\d", cell)
    ]
    return (lots[0] if lots else None), hours


def _row_volumes(
    table: Table,
    index: int,
    row: Sequence[str],
    header: Sequence[str],
    lot_column: int | None,
    columns: Sequence[int],
    about: Set[str],
    looked_at: set[Counted] | None,
) -> Iterator[TableVolume]:
    label = fold(row[lot_column or 0]) or next((fold(cell) for cell in row if cell), "")
    is_total = any(_TOTAL.search(fold(cell)) for cell in row)
    lot = _LOT_CELL.match(label)
    if lot and not is_total:
        lots: tuple[str, ...] = (normalise_number(lot["number"]),)
    elif is_total or _WHOLE_CELL.search(label):
        lots = ALL
    else:
        return
    cells = [cell for cell in table.rows[index] if cell]
    bbox = _around(cell.bbox for cell in cells)
    quote = " | ".join(words for cell in cells if (words := normalise(cell.text).text))
    # « Reconduction (par an) » in a cell of the row says of which period the hours are
    said = " ".join(cell for i, cell in enumerate(row) if i not in columns and i != lot_column)
    for column in columns:
        cell = row[column]
        if not re.search(r"\d", cell):
            continue
        unit = " heures" if _BARE_NUMBER.match(cell) and _HOURS_WORD.search(fold(header[column])) else ""
        share = " des heures" if "%" in cell and _HOURS_WORD.search(fold(header[column])) else ""
        words = f"{header[column]} : {cell}{unit}{share}"
        for reading in read_volumes(words, about=about, intro=said, looked_at=looked_at):
            yield TableVolume(reading, lots, table.page, quote, bbox, is_total)
