"""What one row of a sheet says, in sentences: « Lot 2 : Heures d'insertion : 350 heures », « Clause sociale : oui ».

Prices are never said, nor the numbers of a row whose words, header and titles name nothing social.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from extractors.headers import ONE_LOT, Header, is_price
from extractors.sheet_numbers import (
    DURATION,
    NO,
    NUMBER,
    TICKED,
    UNTICKED,
    YES,
    is_hours_unit,
    is_unit,
    is_zero,
    number,
    percent,
)
from extractors.sheets import telling
from extractors.text import fold

Cells = Mapping[int, str]
"""Column → text, of the cells that hold something."""
Saying = tuple[str, tuple[int, ...]]
"""A sentence, and the columns that prove it."""

_TOTAL = re.compile(r"\btotal|\btotaux|\bensemble des lots")
_PART_TOTAL = re.compile(r"sous[- ]?tota|report\b|a reporter")
_LOT = re.compile(r"(?:lots? ?)?(?:n ?[°o]s? ?)?(?P<number>\d{1,3} ?[a-z]?|[a-z])\b(?! ?(?:h\b|heures?|€|%))")
_WHOLE = re.compile(r"lot unique|tous (?:les )?lots|ensemble des lots")
_HOURS = re.compile(r"heures?|\bh\b|volume horaire")
# What a schedule counts for a clause; « Atelier d'insertion » is a service that is bought.
_OF_A_CLAUSE = re.compile(
    r"heures?\b|main d.oeuvre|volume|clause|actions? d'insertion|apprenti|alternan"
    r"|(?:personnel|salarie|public|personne)\w*[^.]{0,30}(?:insertion|eloigne|prioritaire)"
)
# A title that says what stands below it; « Association d'insertion Les Genêts » says nothing of its rows.
_CLAUSE_TITLE = re.compile(
    r"(?:clauses?|heures?|volumes?|engagements?|actions?|objectifs?|repartition|demarche|volet|conditions?|criteres?)\b"
    r".*(?:insertion|social|eloigne|handicap|alternan|apprenti)|^insertion\b|insertion (?:sociale|professionnelle|par)"
    r"|criteres?\b"
)
_DONE = re.compile(r"\bbilan|\b(?:realise|effectue|execute|constate|accompli|consomme)e?s?\b")
_NO_VOLUME = re.compile(
    r"duree|delai|temps|main d.oeuvre|\bmo\b|\bjours?\b|unitaire|hebdo|par semaine|mensuel|ouverture|debut|\bfin\b"
    r"|horaires\b"
)
_COUNTED = (("etp", "ETP"), ("equivalents? temps", "ETP"), ("apprenti", "apprentis"), ("alternant", "alternants"))
_SHARE = re.compile(r"%|\b(?:taux|part|pourcentage)\b")
_RESERVED = re.compile(r"(?:lots? )?reserv")
_ANY_VALUE = re.compile(
    r"valeurs?$|reponses?\b|contenu|details?$|commentaires?|precisions?|informations?|observations?|engagements?$"
)
_UNIT_IN_NAME = re.compile(r"\s*\((?:en )?(?:%|h|heures?|nb|nombre)\)|\s+(?:en )?%$", re.IGNORECASE)
_CHOICE = re.compile(r"\s*[(\[][^)\]]*\b(?:oui|o)\b[^)\]]*[)\]]|\s*\boui ?/ ?non\b|\s*\?$", re.IGNORECASE)
_WORDS_OF_A_SENTENCE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A row under a header, with what all its cells share."""

    header: Header
    cells: Cells
    label: str
    lot: str | None
    """« Lot 2 », « Tous les lots »."""
    is_total: bool
    told: bool
    """Whether its label or the titles above name something social."""

    @property
    def subject(self) -> str:
        return "Total" if self.is_total else self.lot or ""


def under_header(header: Header, headings: Sequence[str], cells: Cells) -> Iterator[Saying]:
    """A sentence for the label of the row, and one for each column that may tell of a clause."""
    row = _row(header, headings, cells)
    if row is None:
        return
    rest = [c for c in cells if c not in header.labels and c not in header.lots]
    penalties = [(said, c) for c in rest if (said := _penalty(row, header.names.get(c, ""), cells[c], headings))]
    for said, column in penalties:
        yield said, (column,)
    amount = None if header.lots or row.is_total else _amount(row)
    if penalties:
        return
    if amount:
        said, counted = amount
        yield f"{row.label} : {said}", (counted,)
        rest.remove(counted)
    elif row.label and (row.lot or header.is_priced or not telling(row.label)):
        yield f"{row.subject} : {row.label}" if row.lot and not row.is_total else row.label, tuple(cells)
    if _DONE.search(fold(" ".join(headings))):
        return
    hours = [c for c in rest if _HOURS.search(fold(header.names.get(c, "")))]
    for column in rest:
        name = header.names.get(column, "")
        if is_price(name) or column in header.units or column in header.quantities:
            continue
        if column in hours and len(hours) > 1 and _TOTAL.search(fold(name)):
            continue  # what the other columns add up to
        named = telling(name)
        if not (row.told or named or telling(cells[column]) or column in header.clause_hours):
            continue
        if _DONE.search(fold(name)) or (_NO_VOLUME.search(fold(name)) and not named):
            continue
        if text := _cell(row, column, name):
            yield text, (column,)


def _penalty(row: _Row, name: str, text: str, headings: Sequence[str]) -> str | None:
    """« Pénalité : Heure d'insertion non réalisée : 60 € par heure »: a price that is told, for what the row names."""
    is_penalty = re.search("penalite", fold(" ".join([*headings[-1:], *row.header.names.values()])))
    if not (is_penalty and is_price(name) and telling(row.label)):
        return None
    amount = f"{number(text)} €" if NUMBER.match(text) else " ".join(text.split())
    return f"Pénalité : {row.label} : {amount}" if re.search(r"€|euro", amount) else None


def _row(header: Header, headings: Sequence[str], cells: Cells) -> _Row | None:
    """None for a row that only adds up the rows above."""
    named = [" ".join(cells[c].split()) for c in header.labels if c in cells and not NUMBER.match(cells[c])]
    label = " – ".join(named)
    words = fold(" ".join([label, *(cells[c] for c in header.lots if c in cells)]))
    if _PART_TOTAL.search(words):
        return None
    return _Row(
        header=header,
        cells=cells,
        label=label,
        lot=_lot([cells[c] for c in header.lots if c in cells] + [text for text in named if ONE_LOT.match(text)]),
        is_total=bool(_TOTAL.search(words)),
        told=telling(label) or any(_CLAUSE_TITLE.search(fold(title)) for title in headings),
    )


def _lot(texts: Sequence[str]) -> str | None:
    for text in map(fold, texts):
        if _WHOLE.search(text):
            return "Tous les lots"
        if found := _LOT.match(text):
            return f"Lot {found['number'].upper()}"
    return None


def _amount(row: _Row) -> tuple[str, int] | None:
    """« 350 heures », of a row of a schedule of prices that names a clause; a row that does not says no number."""
    header, cells = row.header, row.cells
    column = next((c for c in header.quantities if c in cells and NUMBER.match(cells[c])), None)
    if column is None or not row.label or is_zero(cells[column]):
        return None
    if not (row.told and _OF_A_CLAUSE.search(fold(row.label))):
        return None
    unit = next((" ".join(cells[c].split()) for c in header.units if c in cells), "")
    is_hours = is_hours_unit(unit) or (not unit and bool(_HOURS.search(fold(row.label))))
    return f"{number(cells[column])} {'heures' if is_hours else unit}".strip(), column


# ---------------------------------------------------------------- one cell under its header


def _cell(row: _Row, column: int, name: str) -> str | None:
    """What one cell says under the name of its column."""
    label, subject = row.label, row.subject
    if lot := ONE_LOT.match(name):  # a column for each lot
        subject, name, label = lot[0], row.label, ""
    text = " ".join(row.cells[column].split())
    before = f"{subject} : " if subject else ""
    if column in row.header.weights:
        return f"{before}{label or name} : {_weight(row.header, column, text)}"
    named = fold(name)
    if named.strip(" ?:") in ("oui", "non"):
        return f"{before}{label} : {named.strip(' ?:')}" if fold(text) in YES and label else None
    name = "" if label and _ANY_VALUE.match(named) else _UNIT_IN_NAME.sub("", name)
    what = name if subject and name else " – ".join(filter(None, (label, name)))
    if (NUMBER.match(text) or DURATION.match(text)) and not row.header.answers(column):
        return _quantity(row, column, text, before, what)
    if _RESERVED.match(named) and telling(text) and "non" not in fold(text).split():
        return f"{before}réservé : {text}"
    if answer := _answer(fold(text), _CHOICE.sub("", what), asked=row.header.answers(column)):
        return f"{before}{answer}"
    if is_unit(text):
        return None
    return f"{before}{text}" if len(text.split()) >= _WORDS_OF_A_SENTENCE else f"{before}{what} : {text}"


def _weight(header: Header, column: int, text: str) -> str:
    kind = header.weights[column]
    if not NUMBER.match(text):
        return text
    if kind == "percent" or column in header.fractions:
        return f"{percent(text, is_fraction=column in header.fractions)} %"
    return f"{number(text)} points" if kind == "points" else f"coefficient {number(text)}"


def _quantity(row: _Row, column: int, text: str, before: str, what: str) -> str | None:
    if is_zero(text):
        return None
    named = fold(f"{row.header.names.get(column, '')} {what}")
    is_hours = bool(_HOURS.search(named))
    if _SHARE.search(named) and NUMBER.match(text):
        share = percent(text, is_fraction=column in row.header.fractions)
        return f"{before}{what} : {share} %{' des heures' if is_hours else ''}"
    if not is_hours:
        unit = next((f" {unit}" for words, unit in _COUNTED if re.search(words, named)), "")
        return f"{before}{what} : {number(text)}{unit}"
    if row.header.clause and column in row.header.clause_hours:
        what = f"{_CHOICE.sub('', row.header.clause)} – {what}"
    return f"{what} : total : {number(text)} heures" if row.is_total else f"{before}{what} : {number(text)} heures"


def _answer(text: str, what: str, *, asked: bool) -> str | None:
    """What « oui », a cross or « non » says of the words it answers, None where the cell is no answer."""
    if text == "oui" or (text in YES and asked):
        return f"{what} : oui"
    if text in TICKED:
        return f"☒ {what}"
    if text in UNTICKED:
        return f"☐ {what}"
    return f"{what} : non" if text in NO else None


# ---------------------------------------------------------------- without a header


def without_header(cells: Cells) -> Iterator[Saying]:
    """« label : value », for two cells; a quantity beside its unit for more, whose other numbers say nothing."""
    texts = [" ".join(text.split()) for text in cells.values()]
    columns = tuple(cells)
    if len(texts) == 2:
        yield _pair(*texts), columns
        return
    words = [text for text in texts if not NUMBER.match(text)]
    hours = next((i for i, text in enumerate(texts) if is_hours_unit(text)), None)
    if hours and (beside := _beside(texts, hours)) is not None and telling(" ".join(words)):
        label = " – ".join(text for text in texts[: min(hours, beside)] if not NUMBER.match(text))
        if label:
            yield f"{label} : {number(texts[beside])} heures", (columns[beside],)
            return
    if len(words) > 2 and (fold(words[0]) in TICKED | UNTICKED or fold(words[1]) in YES | NO):
        words = [_pair(*words[:2]), *words[2:]]
    yield " – ".join(words), columns


def _pair(label: str, value: str) -> str:
    for mark, words in ((fold(label), value), (fold(value), label)):
        if mark in TICKED:
            return f"☒ {words}"
        if mark in UNTICKED:
            return f"☐ {words}"
    if re.match(r"(?:n ?[°o] ?)?\d{1,3}\W?$", fold(label)):
        return f"{label} – {value}"
    is_hours = NUMBER.match(value) and _HOURS.search(fold(label)) and not is_zero(value)
    return f"{label.rstrip(' :?')} : {number(value)} heures" if is_hours else f"{label.rstrip(' :?')} : {value}"


def _beside(texts: Sequence[str], hours: int) -> int | None:
    """Where the number that « h » counts stands: just after it, else just before."""
    near = (i for i in (hours + 1, hours - 1) if 0 < i < len(texts))
    return next((i for i in near if NUMBER.match(texts[i]) and not is_zero(texts[i])), None)
