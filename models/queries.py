"""The questions asked most, as pandas tables with typed columns: views with filters, and totals by family or place.

>>> from models import open_database
>>> from models.queries import Filter, hours_by, rows
>>> engine = open_database("sqlite:///data/clausoscope.db")
>>> rows(engine, "v_consolide", Filter(departements=("93",), categories=("clause_insertion",), min_hours=1000))
>>> hours_by(engine, "famille", Filter(since=date(2026, 1, 1)))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, get_args

import pandas as pd
from sqlalchemy import BindParameter, Connection, Date, Engine, bindparam, text

from models.errors import StoreError, storage_errors
from models.views import ORDERS, VIEWS, typed

By = Literal["famille", "departement", "coordination", "mois", "acheteur"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows of a view; all conditions count, and one value of each list is enough."""

    departements: tuple[str, ...] = ()
    """Codes; a tender over several départements is found by any of them."""
    families: tuple[str, ...] = ()
    """Codes of purchase families."""
    categories: tuple[str, ...] = ()
    """Codes of categories."""
    buyer: str | None = None
    """As the view writes it."""
    tender: str | None = None
    """Key of the tender."""
    lot: str | None = None
    """« * » is the whole contract."""
    since: date | None = None
    until: date | None = None
    """First and last day of the tenders."""
    min_hours: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Condition:
    what: str
    """In French."""
    column: str
    """What the view must have."""
    sql: str
    parameter: BindParameter[Any]


def rows(engine: Engine, view: str, where: Filter | None = None, *, limit: int | None = None) -> pd.DataFrame:
    """The rows of a view that the filter keeps, in the order of the view, with the types of its dictionary.

    Raises StoreError for an unknown view, and for a filter on a column that the view does not have.
    """
    if view not in VIEWS:
        raise StoreError(f"Vue inconnue : {view}. Choisissez parmi : {', '.join(VIEWS)}.")
    conditions = tuple(_conditions(where or Filter()))
    with storage_errors(engine.url), engine.connect() as connection:
        known = _columns(connection, view)
        if missing := next((c.what for c in conditions if c.column not in known), None):
            raise StoreError(f"{view} ne se filtre pas par {missing} : prenez une autre vue, v_consolide par exemple.")
        end = f"ORDER BY {ORDERS[view]}" + ("" if limit is None else f" LIMIT {limit:d}")
        return _ask(connection, f"SELECT * FROM {view}", conditions, end)


def hours_by(engine: Engine, by: By, where: Filter | None = None) -> pd.DataFrame:
    """Totals of `v_consolide`: columns `by`, `libelle`, nb_consultations, nb_clauses, nb_reservees, heures.

    Most hours first, months in their order. A tender counts in each of its départements and coordinations: their rows
    do not add up. Raises StoreError for a filter that cannot be.
    """
    if by not in get_args(By):
        raise StoreError(f"Total inconnu : {by}. Choisissez parmi : {', '.join(get_args(By))}.")
    source, key, label = _TOTALS[by]
    query = f"""
        SELECT {key} AS {by}, {label} AS libelle, COUNT(DISTINCT c.consultation_id) AS nb_consultations,
               COUNT(*) AS nb_clauses,
               COUNT(DISTINCT CASE WHEN SUBSTR(c.categorie, 1, 8) = 'reserve_' THEN c.consultation_id END)
                   AS nb_reservees,
               SUM(c.heures_comptees) AS heures
        FROM {source}"""
    order = "1 NULLS FIRST" if by == "mois" else "SUM(c.heures_comptees) DESC NULLS LAST, 1 NULLS FIRST"
    with storage_errors(engine.url), engine.connect() as connection:
        conditions = tuple(_conditions(where or Filter(), table="c."))
        return _ask(connection, query, conditions, f"GROUP BY 1, 2 ORDER BY {order}")


_IN_DEPARTEMENTS = "v_consolide c LEFT JOIN v_territoires x ON x.consultation_id = c.consultation_id"
_IN_COORDINATIONS = (
    "v_consolide c LEFT JOIN (SELECT DISTINCT consultation_id, coordination FROM v_territoires) x"
    " ON x.consultation_id = c.consultation_id"
)
_TOTALS: Mapping[str, tuple[str, str, str]] = {
    "famille": ("v_consolide c", "c.famille", "c.libelle_famille"),
    "departement": (_IN_DEPARTEMENTS, "x.departement", "x.nom_departement"),
    "coordination": (_IN_COORDINATIONS, "x.coordination", "x.coordination"),
    "mois": ("v_consolide c", "c.mois", "c.mois"),
    "acheteur": ("v_consolide c", "c.acheteur", "c.acheteur"),
}
"""By what → where it is read, its key, its name."""


def _conditions(where: Filter, *, table: str = "") -> Iterator[_Condition]:
    """Those that the filter states; `table`: prefix of the columns."""
    in_departements = "consultation_id IN (SELECT tender_id FROM tender_departements WHERE code IN :departements)"
    for option, what, column, sql, value in (
        ("departements", "département", "consultation_id", in_departements, where.departements),
        ("families", "famille", "famille", "famille IN :families", where.families),
        ("categories", "catégorie", "categorie", "categorie IN :categories", where.categories),
        ("buyer", "acheteur", "acheteur", "acheteur = :buyer", where.buyer),
        ("tender", "consultation", "consultation", "consultation = :tender", where.tender),
        ("lot", "lot", "lot", "lot = :lot", where.lot),
        ("since", "date", "jour", "jour >= :since", where.since),
        ("until", "date", "jour", "jour <= :until", where.until),
        ("min_hours", "heures", "heures", "heures >= :min_hours", where.min_hours),
    ):
        if value is None or value == ():
            continue
        parameter: BindParameter[Any] = bindparam(option, value, type_=Date() if isinstance(value, date) else None)
        if isinstance(value, tuple):
            parameter = bindparam(option, list(value), expanding=True)
        yield _Condition(what=what, column=column, sql=table + sql, parameter=parameter)


def _columns(connection: Connection, view: str) -> list[str]:
    return list(connection.execute(text(f"SELECT * FROM {view} LIMIT 0")).keys())


def _ask(connection: Connection, query: str, conditions: tuple[_Condition, ...], end: str) -> pd.DataFrame:
    where = f" WHERE {' AND '.join(condition.sql for condition in conditions)}" if conditions else ""
    statement = text(f"{query}{where} {end}").bindparams(*(condition.parameter for condition in conditions))
    return typed(connection.execute(statement))
