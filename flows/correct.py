"""What a person writes on the command line or in a table → corrections; codes and figures as French writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from extractors.codes import all_codes
from extractors.corrections import Row
from extractors.errors import CorrectionError
from extractors.schema import WHOLE_CONTRACT, Box, Clause, Evidence, Volume
from extractors.text import fold
from models import (
    FamilyPlace,
    RowName,
    Signature,
    add_row,
    edit_row,
    find_document,
    find_tender,
    raw_path_of,
    read_row,
    set_families,
)

NONE = "aucun"
"""What empties a value; an empty one is left as it is."""
_OF_CLAUSES = ("category", "lots", "weight_percent")
_FIGURES = ("value", "value_max", "per_amount_eur", "threshold_eur")


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What is given of a row, as written; None or empty: left as it is."""

    category: str | None = None
    lots: str | None = None
    weight_percent: str | None = None
    value: str | None = None
    value_max: str | None = None
    unit: str | None = None
    per: str | None = None
    per_amount_eur: str | None = None
    threshold_eur: str | None = None
    phase: str | None = None
    bound: str | None = None


COLUMNS = {
    "category": "categorie",
    "lots": "lot",
    "weight_percent": "poids_pourcent",
    "value": "valeur",
    "value_max": "valeur_max",
    "unit": "unite",
    "per": "par",
    "per_amount_eur": "tranche_eur",
    "threshold_eur": "seuil_eur",
    "phase": "phase",
    "bound": "borne",
}
"""Each value → the column of v_clauses and v_volumes that shows it."""


def with_values(row: Row, given: Values) -> Row:
    """The row with what is given; CorrectionError when something cannot be read.

    Hours that were derived from a figure that changes are no more.
    """
    if isinstance(row, Clause):
        refused = next(
            (n for n in COLUMNS if n not in ("category", "lots", "weight_percent") and getattr(given, n)), None
        )
        if refused:
            raise CorrectionError(f"« {COLUMNS[refused]} » n'est pas d'une clause : corrigez le volume.")
        return replace(
            row,
            category=_code("category", given.category) or row.category,
            lots=_lots(given.lots) if given.lots else row.lots,
            weight_percent=number(given.weight_percent, row.weight_percent),
        )
    if given.weight_percent:
        raise CorrectionError("« poids_pourcent » n'est pas d'un volume : corrigez la clause.")
    lots = _lots(given.lots) if given.lots else (row.lot,)
    if len(lots) > 1:
        raise CorrectionError("Un volume est d'un seul lot : ajoutez une ligne par lot.")
    changed = replace(
        row,
        category=_code("category", given.category) or row.category,
        lot=lots[0],
        value=needed(number(given.value, row.value)),
        value_max=number(given.value_max, row.value_max),
        unit=_code("unit", given.unit) or row.unit,
        per=_code("per", given.per) or row.per,
        per_amount_eur=number(given.per_amount_eur, row.per_amount_eur),
        threshold_eur=number(given.threshold_eur, row.threshold_eur),
        phase=None if _is_none(given.phase) else _code("phase", given.phase) or row.phase,
        bound=_code("bound", given.bound) or row.bound,
    )
    same = all(getattr(changed, name) == getattr(row, name) for name in (*_FIGURES, "unit", "per"))
    return changed if same else replace(changed, derived_hours=None, formula=None)


def edit(engine: Engine, name: RowName, given: Values, by: Signature) -> int:
    """Record the row with what is given; CorrectionError when that changes nothing."""
    row = read_row(engine, name)
    wanted = with_values(row, given)
    if wanted == row:
        raise CorrectionError("Rien ne change : donnez au moins une valeur, ou confirmez la ligne.")
    return edit_row(engine, name, wanted, by)


def add(engine: Engine, document: str, given: Values, *, page: int, quote: str, by: Signature) -> int:
    """Record a row that was missed: a volume when a value is given, else a clause; its box is sought in the file."""
    document_id = find_document(engine, document)
    proof = Evidence(page=page, quote=quote, bbox=_box(engine, document_id, page=page, quote=quote))
    common = {"confidence": 1.0, "rule": "correction", "evidence": (proof,)}
    category = _code("category", given.category)
    if category is None:
        raise CorrectionError("Catégorie manquante : donnez par exemple clause_insertion.")
    if given.value:
        unit = _code("unit", given.unit)
        if unit is None:
            raise CorrectionError("Unité manquante : donnez par exemple hours.")
        blank: Row = Volume(category=category, value=0, unit=unit, **common)  # type: ignore[arg-type]
    else:
        blank = Clause(category=category, lots=(WHOLE_CONTRACT,), **common)  # type: ignore[arg-type]
    return add_row(engine, document_id, with_values(blank, given), by)


def set_family(
    engine: Engine, families: str, by: Signature, *, tender: str = "", lot: str = "", document: str = ""
) -> int:
    """Set the families (« BAT, TP ») of a document, or of a tender, or of one lot of it."""
    codes = [_code("family", family) or "" for family in re.split(r"[\s,;]+", families.strip()) if family]
    if document and not tender:
        return set_families(engine, FamilyPlace(document_id=find_document(engine, document)), codes, by)
    place = FamilyPlace(tender_id=find_tender(engine, tender), lot=None if lot in ("", WHOLE_CONTRACT) else lot)
    return set_families(engine, place, codes, by)


# ---------------------------------------------------------------- what is written


def number(text: str | None, current: float | None = None) -> float | None:
    """« 1 234,5 » → 1234.5; nothing given leaves what is there."""
    if not text:
        return current
    if _is_none(text):
        return None
    try:
        return float(re.sub(r"[\s\u00a0\u202f]", "", text).replace(",", "."))
    except ValueError as error:
        raise CorrectionError(f"« {text} » n'est pas un nombre.") from error


def needed(value: float | None) -> float:
    if value is None:
        raise CorrectionError("Il manque un nombre : la valeur d'un volume, ou la page d'une preuve.")
    return value


def _is_none(text: str | None) -> bool:
    return text is not None and fold(text) == NONE


def _lots(text: str) -> tuple[str, ...]:
    return tuple(lot for lot in re.split(r"[\s,;]+", text.strip()) if lot)


def _code(kind: str, text: str | None) -> str | None:
    """The code, given as such or by its French name; what is neither is left as it is, to be refused."""
    if not text:
        return None
    names = {fold(code.label): code.code for code in all_codes() if code.kind == kind}
    return names.get(fold(text), text)


def _box(engine: Engine, document_id: int, *, page: int, quote: str) -> Box | None:
    """Where the words are on the page, when the file is still there."""
    from extractors.corrections import box_of_quote
    from extractors.errors import DocumentError
    from extractors.formats import read_file
    from flows.settings import load_settings
    from flows.tools.opening import open_tools

    raw = raw_path_of(engine, document_id)
    if raw is None:
        return None
    try:
        return box_of_quote(
            read_file(Path(raw), tools=open_tools(load_settings().tool_limits())), page=page, quote=quote
        )
    except DocumentError:
        return None
