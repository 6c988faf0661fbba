"""Which row of a sheet names its columns, and what each column holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from extractors.text import fold

Cells = Mapping[int, str]
Weight = Literal["percent", "points", "coefficient"]

_NUMBER = re.compile(
    r"[\d\s\u00a0\u202f.,:/%€-]+$|\d[\d\s\u00a0\u202f.,]*(?:h\b|hrs?\b|heures?|%|€|euros?|jours?|mois|ans?\b|points?|pts)",
    re.I,
)
_YES_OR_NO = re.compile(r"(?:oui|non)\W*$")
_LOT = re.compile(
    r"(?:n ?[°o]s? ?(?:(?:du|de|des) )?|numeros? (?:du|de|des) )?lots?"
    r"(?: ?concernes?| ?n ?[°o]| ?numero| ?(?:et|/|-|:|–) ?(?:intitule|designation|objet|libelle))?[\W]*$"
)
ONE_LOT = re.compile(r"lots? ?(?:n ?[°o] ?)?\d{1,3} ?[a-z]?\b|lots? (?:n ?[°o] ?)?[a-z]\b(?! ?°)", re.IGNORECASE)
"""« Lot 2 », « lot n° 3 », « Lot A »."""
_RANK = re.compile(r"n ?[°o]s?$|numeros?$")
_LABEL = re.compile(
    r"designation|intitule|libelle|objet\b|description|nature d|prestations?\b|(?:sous[- ])?criteres?\b|questions?\b"
    r"|rubrique|postes?\b|ouvrages?\b|articles?\b|ref(?:erence)?s?\b|exigences?\b|taches?\b|elements?\b|thematique"
    r"|themes?\b|denomination|engagements?\b|n ?[°o]\.?(?: |$)|numeros?\b|items?\b|corps d'etat|clauses?$|obligations?$"
    r"|indicateurs?\b|manquements?\b|motifs?\b|sites?\b|secteurs?\b|zones?\b|batiments?\b|perimetre|entreprises?\b|nature\b|composantes?\b|attendus?\b|informations?\b|sujet"
)
_UNIT = re.compile(r"u\.?$|unites?\b|un\.?$|unite de")
_QUANTITY = re.compile(r"quantites?\b|qtes?\b|qt\b|q\.?$|nombre$|nb\.?$|volume$")
_PRICE = re.compile(
    r"\bprix|\bp\.? ?u\b|\bmontants?|\bcouts?\b|\btarifs?|€|\beuros?\b|\bh\.?t\.?\b|\bt\.?t\.?c\b|\btva\b|\bremise"
    r"|taux horaire|^total(?!.*heure)|\bbudget|\bestimation|\bpenalite"
)
_HOURS = re.compile(r"heures?|\bh\b|volume horaire")
_WEIGHT = re.compile(r"ponderation|poids|coefficient|coef\b|^%$|bareme|pourcentage|\bpart\b")
_POINTS = re.compile(r"points?\b|\bpts\b|note")
_OTHER = re.compile(
    r"reponse|oui\b|non\b|reserve|clause|insertion|social|handicap|esat|siae|valeur|commentaire|observation|precision"
    r"|statut|echeance|responsable|delai|remarque|modalite|concerne|documents?"
)
_ANSWER = re.compile(r"oui|reserve|concerne|soumis|\?|reponse|clause|applicable|obligatoire")
_CLAUSE = re.compile(r"clauses? (?:sociale|d'insertion)|insertion ?(?:\(|\?|oui)")
_ONLY_HOURS = re.compile(
    r"(?:nb\.?|nbre|nombre|volume)? ?(?:d')?heures?(?: a realiser| prevues?| minimum)?$|volume horaire$"
)
_PLAIN = re.compile(r"\d+(?:[.,]\d+)?")
_LONGEST, _HEIGHT = 160, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The names of the columns, and which of them hold what; a column is of one kind at most, names apart."""

    names: Mapping[int, str]
    height: int
    """Rows that it takes."""
    lots: tuple[int, ...]
    labels: tuple[int, ...]
    units: tuple[int, ...]
    quantities: tuple[int, ...]
    weights: Mapping[int, Weight]
    clause: str | None = None
    """The name of a column that says which lots have a clause, « Clause sociale (oui/non) »."""
    fractions: frozenset[int] = frozenset()
    """Columns whose numbers are parts of one: 0,1 where the format of the cell shows 10 %."""

    @property
    def text(self) -> str:
        return " | ".join(dict.fromkeys(self.names.values()))

    @property
    def titles(self) -> tuple[str, ...]:
        """What it says of every row below: that they are criteria, that their hours are those of a clause."""
        criteria = (self.text,) if self.weights else ()
        return (*criteria, self.clause) if self.clause and self.clause_hours else criteria

    @property
    def clause_hours(self) -> tuple[int, ...]:
        """Columns of hours without another name, beside a column that says which lots have a clause."""
        named = self.names.items() if self.clause else ()
        return tuple(column for column, name in named if _ONLY_HOURS.match(fold(name)))

    @property
    def is_priced(self) -> bool:
        return bool(self.units or self.quantities) or any(map(is_price, self.names.values()))

    def answers(self, column: int) -> bool:
        """Whether the column holds « oui » and « non »."""
        name = fold(self.names.get(column, ""))
        return bool(_ANSWER.search(name)) and not _HOURS.search(name)


def is_price(name: str) -> bool:
    return _PRICE.search(fold(name)) is not None


def read_header(rows: Sequence[Cells], *, current: Header | None) -> Header | None:
    """The header that begins with the first row, None where it names no column; `current`: the one above, if any."""
    first = rows[0]
    if not _may_name(first) or not _names(first, rows[1:], current):
        return None
    names = {column: _one_line(text) for column, text in first.items()}
    height = 1
    for row in rows[1:_HEIGHT]:
        if not _goes_on(first, row, is_last=len(rows) == height + 1):
            break
        for column, text in row.items():
            above = names.get(column) or _left_of(first, column)
            text = _one_line(text)
            names[column] = text if not above or fold(above) == fold(text) else f"{above} {text}"
        height += 1
    return _header(names, height, rows[height:])


def _header(names: Mapping[int, str], height: int, below: Sequence[Cells]) -> Header:
    folded = {column: fold(name) for column, name in sorted(names.items())}
    weights: dict[int, Weight] = {}
    lots, labels, units, quantities = [], [], [], []
    for column, name in folded.items():
        if _LOT.match(name) and not _HOURS.search(name):
            lots.append(column)
        elif ONE_LOT.match(name):
            continue
        elif _UNIT.match(name):
            units.append(column)
        elif _QUANTITY.match(name):
            quantities.append(column)
        elif _WEIGHT.search(name) and not _HOURS.search(name) and not _PRICE.search(name):
            weights[column] = "points" if _POINTS.search(name) else "coefficient" if "coef" in name else "percent"
        elif _POINTS.match(name):
            weights[column] = "points"
        elif _LABEL.match(name) and not _HOURS.search(name) and not _PRICE.search(name):
            labels.append(column)
    ranks = [column for column, name in folded.items() if _RANK.match(name)]
    by_lot = any(re.search(r"\blots?\b", name) for name in folded.values())
    by_lot |= not (units or quantities or weights) and any(_HOURS.search(name) for name in folded.values())
    if ranks and by_lot and not lots:  # « N° | Intitulé du lot | Heures »
        lots = ranks
        labels = [column for column in labels if column not in ranks]
    if not any("critere" in name for name in folded.values()):
        weights = {}
    elif not weights:  # « Critère | Lot 1 | Lot 2 »
        weights = {column: "percent" for column, name in folded.items() if ONE_LOT.match(name)}
    if not labels and not lots:  # « Site », « Bâtiment »: the first column names the rows
        labels = [next(iter(folded))]
    return Header(
        names=names,
        height=height,
        lots=tuple(lots[:1]),
        labels=tuple(labels),
        units=tuple(units),
        quantities=tuple(quantities),
        weights=weights,
        clause=next((name for name in names.values() if _CLAUSE.search(fold(name))), None),
        fractions=frozenset(column for column in folded if _are_fractions(below, column)),
    )


def _are_fractions(below: Sequence[Cells], column: int) -> bool:
    numbers = [float(m[0].replace(",", ".")) for row in below if (m := _PLAIN.fullmatch(row.get(column, "")))]
    return any(0 < number < 1 for number in numbers) and max(numbers) <= 1


def _may_name(row: Cells) -> bool:
    return len(row) > 1 and not any(_NUMBER.match(text) or len(text) > _LONGEST for text in row.values())


def _names(first: Cells, below: Sequence[Cells], current: Header | None) -> bool:
    """Whether the words of a row name columns: those that headers use, or any words above numbers."""
    folded = [fold(_one_line(text)) for text in first.values()]
    if ONE_LOT.match(folded[0]) or (len(folded) == 2 and ONE_LOT.match(folded[1])):
        return False  # « Lot 01 | VRD », « Lots concernés | Lots 1 et 2 » are rows
    kinds = (_LOT, ONE_LOT, _LABEL, _UNIT, _QUANTITY, *([_YES_OR_NO] if {"oui", "non"} <= {*folded} else []))
    strong = sum(any(kind.match(text) for kind in kinds) for text in folded)
    weak = sum(
        bool(_PRICE.search(t) or _HOURS.search(t) or _WEIGHT.search(t) or _POINTS.match(t) or _OTHER.search(t))
        for t in folded
        if not any(kind.match(t) for kind in kinds)
    )
    if strong and strong + weak >= 2 and 2 * (strong + weak) >= len(folded):
        return current is None or strong > 1 or weak > 1 or len(first) > 2
    if current is not None or len(first) < 3 or not below:
        return False
    columns = list(first)[1:]
    return any(_NUMBER.match(below[0].get(column, "")) for column in columns) and strong + weak > 0


def _goes_on(first: Cells, row: Cells, *, is_last: bool) -> bool:
    """Whether the row names parts of the columns of the row above: « Tranche ferme | Tranche optionnelle »."""
    if len(row) < 1 or any(_NUMBER.match(text) or len(text) > _LONGEST for text in row.values()):
        return False
    leftmost = min(first)
    starts_row = leftmost in row and fold(_one_line(row[leftmost])) != fold(_one_line(first[leftmost]))
    parts = any(column not in first or fold(_one_line(first[column])) == fold(_one_line(row[column])) for column in row)
    return parts and not starts_row and min(row) >= leftmost and not is_last


def _left_of(first: Cells, column: int) -> str:
    """The name that stands over several columns, of which this is one."""
    return next((_one_line(first[c]) for c in sorted(first, reverse=True) if c < column), "")


def _one_line(text: str) -> str:
    return " ".join(text.split())
