"""A document to be corrected, the gestures of a person, and what the views then show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
from sqlalchemy import Engine
from store_records import PROOF, SECOND, document, hours

from extractors.schema import Clause, Evidence, Extraction, Volume
from models import (
    RowName,
    Signature,
    add_row,
    confirm_row,
    edit_row,
    list_corrections,
    open_database,
    read_row,
    read_view,
    reject_row,
    save,
    start_run,
)

BY = Signature(author="MACS", reason="Lu dans le CCAP")
TEXTS = ("",) * 6 + (f"8.2 {PROOF.quote}. Soit 35 heures par an pour le lot 2.", f"Et {SECOND.quote} HT")
WEIGHT = Clause(category="critere_social", weight_percent=15, confidence=1, rule="x", evidence=(SECOND,))


def store(engine: Engine, *records: Extraction, key: str = "T1") -> int:
    """A run of its own, so a reading of its own."""
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    save(engine, records, run_id=run_id, fingerprint="f1", tender_keys={record.path: key for record in records})
    return run_id


def filled(url: str) -> Engine:
    """A database that holds the document."""
    engine = open_database(url)
    store(engine, document(texts=TEXTS))
    return engine


def clauses(engine: Engine) -> list[tuple[Any, ...]]:
    frame = read_view(engine, "v_clauses")
    columns = ["categorie", "lot", "poids_pourcent", "page", "regle", "confiance"]
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame[columns].itertuples(index=False)]


def volumes(engine: Engine) -> list[tuple[Any, ...]]:
    frame = read_view(engine, "v_volumes")
    return list(frame[["lot", "valeur", "unite", "regle", "confiance"]].itertuples(index=False, name=None))


def named(engine: Engine, kind: str, **where: Any) -> RowName:
    """The number of the row that the view shows."""
    frame = read_view(engine, f"v_{kind}s")
    for column, value in where.items():
        frame = frame[frame[column] == value]
    (number,) = set(frame[f"{kind}_id"])
    return RowName(kind=kind, id=int(number))  # type: ignore[arg-type]


def states(engine: Engine, *, with_history: bool = False) -> list[tuple[str, str]]:
    return [(c.action, c.state) for c in list_corrections(engine, with_history=with_history)]


INSERTION = [
    ("clause_insertion", "1", None, 7, "heures_par_tranche", 0.97),
    ("clause_insertion", "2", None, 7, "heures_par_tranche", 0.97),
]
CRITERION = ("critere_social", "*", 10.0, 8, "critere", 0.9)


def added(**changes: Any) -> Volume:
    proof = Evidence(page=7, quote="35 heures par an pour le lot 2", bbox=(1, 2, 3, 4))
    return replace(hours(35, lot="2", per="year", evidence=(proof,)), **changes)


def _edit_volume(engine: Engine) -> int:
    name = named(engine, "volume", lot="1")
    row = read_row(engine, name)
    return edit_row(engine, name, replace(row, value=2), BY)  # type: ignore[arg-type]


EVERY_GESTURE: tuple[Callable[[Engine], int], ...] = (
    lambda engine: reject_row(engine, named(engine, "clause", categorie="critere_social"), BY),
    lambda engine: confirm_row(engine, named(engine, "clause", categorie="clause_insertion"), BY),
    _edit_volume,
    lambda engine: add_row(engine, 1, added(), BY),
)
