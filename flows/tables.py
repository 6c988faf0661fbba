"""Tables of the database on the terminal, with numbers and days as French people write them."""

from __future__ import annotations

from numbers import Real
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from extractors.words import number
from flows.export import as_csv, as_json
from flows.wording import agree

MOST_ROWS = 200
"""Rows that a terminal shows; a file holds all."""
UNKNOWN = "non précisé"
NAMES = {
    "famille": "Famille d'achat",
    "departement": "Département",
    "coordination": "Coordination",
    "mois": "Mois",
    "acheteur": "Acheteur",
}
"""What totals are counted by → its title."""


def as_text(frame: pd.DataFrame, *, kind: str) -> str:
    """`csv` or `json`, for the standard output."""
    return as_csv(frame) if kind == "csv" else as_json(frame)


def print_frame(console: Console, frame: pd.DataFrame) -> None:
    """The first rows, numbers on the right, empty where nothing is known; and how many there are."""
    table = Table()
    for name in frame.columns:
        table.add_column(name, justify="right" if pd.api.types.is_numeric_dtype(frame[name].dtype) else "left")
    for row in frame.head(MOST_ROWS).itertuples(index=False):
        table.add_row(*(shown(value) for value in row))
    console.print(table)
    told = agree(f"{number(len(frame))} ligne(s)", len(frame))
    hidden = len(frame) - MOST_ROWS
    more = f", dont {number(hidden)} non montrées : écrivez-les toutes par -o FICHIER.csv" if hidden > 0 else ""
    console.print(f"{told}{more}.")


def print_totals(console: Console, totals: pd.DataFrame, by: str, *, top: int) -> None:
    """The totals of `models.queries.hours_by`, the `top` first."""
    table = Table(NAMES[by])
    for title in ("Consultations", "Clauses", "Consultations réservées", "Heures"):
        table.add_column(title, justify="right")
    for row in totals.head(top).itertuples(index=False):
        counts = (row.nb_consultations, row.nb_clauses, row.nb_reservees, row.heures)
        table.add_row(label_of(row, by), *(shown(value) for value in counts))
    console.print(table)
    if len(totals) > top:
        console.print(f"{number(len(totals) - top)} de plus : --top {len(totals)} les montre.")
    if by in ("departement", "coordination"):
        console.print("Une consultation compte dans chacun de ses territoires : les lignes ne s'additionnent pas.")


def label_of(row: Any, by: str) -> str:
    """How a total is named: « 93 Seine-Saint-Denis », « Nettoyage et propreté »."""
    key = getattr(row, by)
    if pd.isna(key):
        return UNKNOWN
    label = row.libelle if pd.notna(row.libelle) else key
    return f"{key} {label}" if by == "departement" else str(label)


def shown(value: Any) -> str:
    """One value in French; empty for nothing."""
    if pd.isna(value):
        return ""
    if pd.api.types.is_bool(value):
        return "oui" if value else "non"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%d/%m/%Y" if value.tz is None else "%d/%m/%Y %H:%M")
    if isinstance(value, Real):
        return number(float(value))
    return str(value)
