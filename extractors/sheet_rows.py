"""The rows of a sheet → passages that say what a row says under its header: « Lot 2 : Heures d'insertion : 350 heures ».

A row of cells is no sentence. Its label, its number and the header of their column are put together as a person would
read them, so that the rules that read sentences read it; evidence quotes the cells themselves (`row_quote`).
Prices are never read, nor numbers of a row whose words, headers and titles name nothing social.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from extractors.headers import Header, is_price, read_header
from extractors.schema import Document, Line, LineSpan, Page, Passage
from extractors.sheets import telling
from extractors.text import fold

Cells = dict[int, str]
"""Column → text, of the cells that hold something."""

NUMBER = re.compile(r"[\d\s\u00a0\u202f]+(?:[.,]\d+)?$")
_HOURS_UNIT = re.compile(r"(?:h|hr?s?|heures?|nb ?(?:d'? ?)?h(?:eures?)?)\.?$")
_UNIT = re.compile(r"(?:u|un|ens|ft|fft|pm|ml|m2|m²|m3|kg|t|j|jours?|mois|an|forfait|unites?|ensemble)\.?$")
_DURATION = re.compile(r"(\d{1,6}):([0-5]\d)(?::\d\d)?$")
_TICKED, _UNTICKED = frozenset({"x", "oui", "o", "vrai", "✓", "✔", "☒", "☑"}), frozenset({"faux", "☐", "□"})
_YES, _NO = _TICKED | {"1"}, _UNTICKED | {"non", "n", "0", "-", "–", "sans objet", "neant"}
_TOTAL = re.compile(r"\btotal|\btotaux|\bensemble des lots")
_PART_TOTAL = re.compile(r"sous[- ]?tota|report\b|a reporter")
_LOT = re.compile(r"(?:lots? ?)?(?:n ?[°o]s? ?)?(?P<number>\d{1,3} ?[a-z]?|[a-z])\b(?! ?(?:h\b|heures?|€|%))", re.I)
_WHOLE = re.compile(r"lot unique|tous (?:les )?lots|ensemble des lots")
_HOURS = re.compile(r"heures?|\bh\b|volume horaire")
_LOT_NAME = re.compile(r"lots? ?(?:n ?[°o] ?)?(?:\d{1,3} ?[a-z]?|[a-z])\b", re.IGNORECASE)
_ANY_VALUE = re.compile(
    r"valeurs?$|reponses?\b|contenu|details?$|commentaires?|precisions?|informations?|observations?|engagements?$"
)
_UNIT_IN_NAME = re.compile(r"\s*\((?:en )?(?:%|h|heures?|nb|nombre)\)|\s+(?:en )?%$", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"(?:feuille?|sheet|tableau|onglet) ?\d*$")
_TITLE_LENGTH = 110
_GAP = 3  # blank rows after which a header speaks no more
_CELL_PARAGRAPHS = re.compile(r"\n+")


@dataclass(slots=True)
class _Sheet:
    """What was met so far on a sheet."""

    page: Page
    titles: list[str] = field(default_factory=list)
    was_title: bool = False
    header: Header | None = None
    last_row: int = 0
    lot: str = ""

    @property
    def headings(self) -> tuple[str, ...]:
        name = self.page.name or ""
        named = () if not name or _PLAIN_NAME.match(fold(name)) else (name,)
        criteria = (self.header.text,) if self.header and self.header.is_of_criteria else ()
        return (*named, *self.titles, *criteria)


def sheet_passages(document: Document) -> Iterator[Passage]:
    """The passages of every sheet that a bidder sees, in order; several may stand on one row, none on an empty one."""
    index = 0
    for page in document.pages:
        for said in _of_sheet(page):
            yield Passage(
                index=index,
                text=said.text,
                spans=(LineSpan(start=0, end=len(said.text), page=page.number, line=said.line),),
                role="heading" if said.is_title else "body",
                section=_place(page, said.row, said.columns),
                headings=said.headings,
            )
            index += 1


def is_cell(section: str | None) -> bool:
    """Whether the place of a proof is that of cells, « Lots!C12 », not an article."""
    return section is not None and "!" in section


def row_quote(document: Document, passage: Passage, start: int, end: int) -> str:
    """The words that prove text[start:end] of a passage: these words where one cell holds them, else its row."""
    span = passage.spans[0]
    line = document.pages[span.page - 1].lines[span.line].text
    words = passage.text[start:end]
    return words if words in line and len(words) > 60 else " | ".join(cell for cell in line.split("\t") if cell)


# ---------------------------------------------------------------- rows


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    text: str
    line: int
    row: int
    columns: tuple[int, ...]
    headings: tuple[str, ...]
    is_title: bool = False


def _of_sheet(page: Page) -> Iterator[_Said]:
    sheet = _Sheet(page)
    rows = [(at, line, _cells(line)) for at, line in enumerate(page.lines) if line.role != "hidden"]
    at = 0
    while at < len(rows):
        index, line, cells = rows[at]
        row = int(line.bbox[3])
        if row - sheet.last_row > _GAP:
            sheet.header, sheet.lot = None, ""
        sheet.last_row = row
        header = read_header([cells for _, _, cells in rows[at : at + 4]], current=sheet.header)
        if header is not None:
            sheet.header, sheet.was_title, sheet.lot = header, False, ""
            sheet.last_row = row + header.height - 1
            yield _said(sheet, header.text, index, row, cells, is_title=True)
            at += header.height
            continue
        at += 1
        if len(cells) == 1:
            yield from _alone(sheet, index, row, cells)
            continue
        sheet.was_title = False
        saying = _under_header(sheet, cells) if sheet.header else _without_header(sheet, cells)
        for text, columns in saying:
            yield _said(sheet, text, index, row, columns)


def _cells(line: Line) -> Cells:
    first = int(line.bbox[0])
    return {first + place: text for place, text in enumerate(line.text.split("\t")) if text.strip()}


def _said(
    sheet: _Sheet, text: str, line: int, row: int, columns: Sequence[int] | Cells, *, is_title: bool = False
) -> _Said:
    return _Said(text=text, line=line, row=row, columns=tuple(columns), headings=sheet.headings, is_title=is_title)


def _alone(sheet: _Sheet, index: int, row: int, cells: Cells) -> Iterator[_Said]:
    """A row of one cell: a title, or paragraphs."""
    ((column, text),) = cells.items()
    if _is_title(text):
        if not sheet.was_title:
            sheet.titles.clear()
        title = _said(sheet, " ".join(text.split()), index, row, cells, is_title=True)
        sheet.titles.append(title.text)
        sheet.was_title = True
        yield title
        return
    if len(text) > _TITLE_LENGTH:
        sheet.header = None
    sheet.was_title = False
    for paragraph in filter(None, map(str.strip, _CELL_PARAGRAPHS.split(text))):
        yield _said(sheet, paragraph, index, row, (column,))


def _is_title(text: str) -> bool:
    if len(text) > _TITLE_LENGTH or "\n" in text or not re.search(r"[^\W\d_]{3}", text):
        return False
    return not re.search(r"[.;!?…]\W?$|[☐☒☑□]|: ?\S|\d ?(?:%|h\b|heures|€)", text.strip())


# ---------------------------------------------------------------- under a header

Saying = Iterator[tuple[str, tuple[int, ...]]]
"""What a row says, and the columns that prove it."""


def _under_header(sheet: _Sheet, cells: Cells) -> Saying:
    """A sentence for the label of the row, and one for each column that may tell of a clause."""
    header = sheet.header
    assert header is not None
    label = " – ".join(" ".join(cells[c].split()) for c in header.labels if c in cells and not NUMBER.match(cells[c]))
    folded = fold(" ".join([label, *(cells[c] for c in header.lots if c in cells)]))
    if _PART_TOTAL.search(folded):
        return
    lot, is_total = _lot_of(header, cells), bool(_TOTAL.search(folded))
    subject = "Total" if is_total else lot or ""
    about_row = telling(label)
    told = about_row or telling(" ".join(sheet.headings))
    rest = [c for c in cells if c not in header.labels and c not in header.lots]
    if not header.lots and not is_total and (amount := _amount(header, cells, label, told)):
        text, column = amount
        yield f"{label} : {text}", (column,)
        rest = [c for c in rest if c not in (column, *header.units)]
    elif label and (lot or not about_row or header.is_priced):
        yield f"{subject} : {label}" if lot and not is_total else label, tuple(cells)
    for column in rest:
        name = header.names.get(column, "")
        if is_price(name) or column in header.units or column in header.quantities:
            continue
        if not (telling(name) or told or telling(cells[column])):
            continue
        if text := _value(header, column, name, label, cells[column], subject):
            yield text, (column,)


def _lot_of(header: Header, cells: Cells) -> str | None:
    for column in header.lots:
        text = cells.get(column, "")
        if _WHOLE.search(fold(text)):
            return "Tous les lots"
        if found := _LOT.match(fold(text)):
            return f"Lot {found['number'].upper()}"
    return None


def _amount(header: Header, cells: Cells, label: str, told: bool) -> tuple[str, int] | None:
    """« 350 heures », of a row of a schedule of prices that names a clause; a row that does not says no number."""
    column = next((c for c in header.quantities if c in cells and NUMBER.match(cells[c])), None)
    if column is None or not label or _is_zero(cells[column]):
        return None
    unit = next((" ".join(cells[c].split()) for c in header.units if c in cells), "")
    is_hours = bool(_HOURS_UNIT.match(fold(unit))) or (not unit and bool(_HOURS.search(fold(label))))
    if not (telling(label) or (told and re.search(r"heures?|main d.oeuvre|volume", fold(label)))):
        return None
    return f"{_number(cells[column])} {'heures' if is_hours else unit}".strip(), column


def _value(header: Header, column: int, name: str, label: str, text: str, subject: str) -> str | None:
    """What one cell says under the name of its column."""
    folded, named = fold(text).strip(), fold(name)
    if lot := _LOT_NAME.match(name):  # a column for each lot
        subject, name, named = lot[0], label, fold(label)
        label = ""
    before = f"{subject} : " if subject else ""
    name = "" if label and _ANY_VALUE.match(named) else _UNIT_IN_NAME.sub("", name)
    what = name if subject and name else " – ".join(filter(None, (label, name)))
    if column in header.weights and NUMBER.match(text):
        return f"{label or name} : {_weight(header, column, text)}"
    if column in header.weights and label:
        return f"{before}{label} : {text}"
    if NUMBER.match(text) or _DURATION.match(text):
        if _is_zero(text) and not header.answers(column):
            return None
        if _HOURS.search(named) and "%" not in named:
            return f"{before}{what} : {_number(text)} heures"
        if "%" in named or re.search(r"\b(?:taux|part|pourcentage)\b", named):
            return f"{before}{what} : {_percent(text)} %{' des heures' if _HOURS.search(named) else ''}"
        if not header.answers(column):
            return f"{before}{what} : {_number(text)}"
    if named.strip(" ?:") in ("oui", "non"):
        return f"{before}{label} : {named.strip(' ?:')}" if folded in _YES and label else None
    if folded in _YES and header.answers(column):
        return f"{before}{_without_choice(what)} : oui"
    if folded in _TICKED - {"oui"}:
        return f"{before}☒ {_without_choice(what)}"
    if folded in _NO:
        return f"{before}☐ {_without_choice(what)}" if folded in _UNTICKED else f"{before}{_without_choice(what)} : non"
    if _HOURS_UNIT.match(folded) or _UNIT.match(folded):
        return None
    words = " ".join(text.split())
    return f"{before}{words}" if len(words.split()) > 5 else f"{before}{what} : {words}"


def _without_choice(name: str) -> str:
    return re.sub(r"\s*[(\[][^)\]]*\boui\b[^)\]]*[)\]]|\s*\boui ?/ ?non\b|\s*\?$", "", name, flags=re.IGNORECASE)


# ---------------------------------------------------------------- without a header


def _without_header(sheet: _Sheet, cells: Cells) -> Saying:
    """« label : value », for two cells; a quantity beside its unit for more, whose other numbers say nothing."""
    texts = [" ".join(text.split()) for text in cells.values()]
    columns = tuple(cells)
    if len(texts) == 2:
        yield _pair(*texts), columns
        return
    words = [text for text in texts if not NUMBER.match(text)]
    hours = next((i for i, text in enumerate(texts) if _HOURS_UNIT.match(fold(text))), None)
    if hours and (beside := _beside(texts, hours)) is not None and telling(" ".join(words)):
        label = " – ".join(text for text in texts[: min(hours, beside)] if not NUMBER.match(text))
        if label:
            yield f"{label} : {_number(texts[beside])} heures", (columns[beside],)
            return
    yield " – ".join(words), columns


def _pair(label: str, value: str) -> str:
    if fold(label) in _TICKED - {"oui", "o"}:
        return f"☒ {value}"
    if fold(label) in _UNTICKED:
        return f"☐ {value}"
    if fold(value) in _TICKED - {"oui", "o"}:
        return f"☒ {label}"
    if fold(value) in _UNTICKED:
        return f"☐ {label}"
    if re.match(r"(?:lot )?(?:n ?[°o] ?)?\d{1,3}\W?$", fold(label)):
        return f"{label} : {value}" if "lot" in fold(label) else f"{label} – {value}"
    unit = " heures" if NUMBER.match(value) and _HOURS.search(fold(label)) and not _is_zero(value) else ""
    return f"{label.rstrip(' :?')} : {_number(value) if unit else value}{unit}"


def _beside(texts: Sequence[str], hours: int) -> int | None:
    """Where the number that « h » counts stands: just after it, else just before."""
    near = (i for i in (hours + 1, hours - 1) if 0 < i < len(texts))
    return next((i for i in near if NUMBER.match(texts[i]) and not _is_zero(texts[i])), None)


# ---------------------------------------------------------------- numbers and places


def _number(text: str) -> str:
    """« 350:00 » is 350; « 1.5 » of a CSV, 1,5."""
    if duration := _DURATION.match(text):
        minutes = int(duration[2])
        return duration[1] if not minutes else f"{int(duration[1]) + minutes / 60:.2f}".replace(".", ",")
    return re.sub(r"(?<=\d)\.(?=\d{1,2}$)", ",", " ".join(text.split()))


def _is_zero(text: str) -> bool:
    return not re.search(r"[1-9]", text)


def _weight(header: Header, column: int, text: str) -> str:
    if header.weights[column] == "points":
        return f"{_number(text)} points"
    return f"{_percent(text)} %"


def _percent(text: str) -> str:
    """0,1 is what the format of the cell shows as 10 %."""
    value = float(re.sub(r"\s", "", text).replace(",", "."))
    return f"{value * 100 if 0 < value <= 1 else value:.10g}".replace(".", ",")


def _place(page: Page, row: int, columns: Sequence[int]) -> str:
    """« Lots!C12 », « Lots!A12:D12 », « Feuille!C12 » where the sheet has no name."""
    low, high = _column(min(columns)), _column(max(columns))
    cells = f"{low}{row}" if low == high else f"{low}{row}:{high}{row}"
    return f"{page.name or 'Feuille'}!{cells}"


def _column(rank: int) -> str:
    name, rank = "", rank + 1
    while rank:
        rank, letter = divmod(rank - 1, 26)
        name = chr(65 + letter) + name
    return name
