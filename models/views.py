"""The analysts' views: put in place by the migrations, read as typed tables."""

from __future__ import annotations

import hashlib
import re
from dataclasses import astuple
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, Engine, delete, insert, select, text

from extractors.codes import CODES_FILE, all_codes
from models.errors import StoreError, storage_errors
from models.tables import Base, CodeRow, DigestRow

_SQL_FILE = Path(__file__).with_name("views.sql")
_LOCALE_TEXTS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = CURRENT_SCHEMA AND table_name = :table AND data_type = 'character varying'
        AND collation_name IS DISTINCT FROM 'C'
    ORDER BY ordinal_position"""
_CREATE = re.compile(r"^CREATE VIEW (\w+) AS.*?;$", re.MULTILINE | re.DOTALL)

VIEWS = (
    "v_clauses",
    "v_volumes",
    "v_documents",
    "v_lots",
    "v_penalites",
    "v_contacts",
    "v_modalites",
    "v_absences",
    "v_problemes",
    "v_avis",
    "v_declare",
    "v_sources",
    "v_telechargements",
)

ORDERS = {
    "v_clauses": "consultation NULLS FIRST, chemin, page NULLS FIRST, clause_id, LENGTH(lot), lot",
    "v_volumes": "consultation NULLS FIRST, chemin, page NULLS FIRST, volume_id",
    "v_problemes": "consultation NULLS FIRST, chemin, page NULLS FIRST, code, message",
}
"""The order of a view, to be asked again where a query filters or joins it: PostgreSQL does not keep it then."""

_INTEGERS = (
    *("page", "pages", "octets", "traitement", "nb_clauses", "nb_volumes", "nb_problemes", "nb_copies"),
    *("nb_documents", "nb_preuves", "document_id", "consultation_id", "clause_id", "volume_id"),
    *("nb_lots", "nb_declarations", "nb_recus", "nb_avis_nouveaux", "nb_avis_changes", "nb_telechargements"),
    *("nb_a_la_main", "nb_essais", "nuit", "avis_id", "lecture"),
)
_FLOATS = (
    *("valeur", "valeur_max", "tranche_eur", "seuil_eur", "heures_derivees", "montant_eur", "poids_pourcent"),
    *("bbox_x0", "bbox_haut", "bbox_x1", "bbox_bas", "confiance", "secondes"),
    "montant_estime_eur",
)
_TIMES = ("traite_le", "limite", "reussie_le", "debut", "fin", "vu_le", "suivi_le")
_TYPES = {
    **dict.fromkeys(_INTEGERS, "Int64"),
    **dict.fromkeys(_FLOATS, "Float64"),
    **dict.fromkeys(_TIMES, "datetime64[us, UTC]"),
}


def read_view(engine: Engine, name: str, *, limit: int | None = None) -> pd.DataFrame:
    """One view as a table whose column types never depend on the rows; StoreError for an unknown name."""
    if name not in VIEWS:
        raise StoreError(f"Vue inconnue : {name}. Choisissez parmi : {', '.join(VIEWS)}.")
    query = f"SELECT * FROM {name}" + ("" if limit is None else f" LIMIT {limit:d}")
    with storage_errors(engine.url), engine.connect() as connection:
        rows = connection.execute(text(query))
        frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return frame.astype({column: _TYPES.get(column, "string") for column in frame.columns})


def digest() -> str:
    """What the views and the codes should be; stored beside them, so that open_database sees when they are outdated."""
    return hashlib.sha256(_SQL_FILE.read_bytes() + CODES_FILE.read_bytes()).hexdigest()


def is_current(connection: Connection) -> bool:
    """Whether the views and codes of the database are ours; the tables must be at head."""
    return connection.scalar(select(DigestRow.sha256).where(DigestRow.name == "views")) == digest()


def drop_views(connection: Connection) -> None:
    """Views stand in the way of changes to their tables."""
    for found in reversed(list(_CREATE.finditer(_SQL_FILE.read_text("utf-8")))):
        connection.execute(text(f"DROP VIEW IF EXISTS {found[1]}"))


def sort_by_bytes(connection: Connection) -> None:
    """On PostgreSQL, text compares by its bytes as on SQLite, whatever the locale of the server; no view may stand."""
    if connection.dialect.name != "postgresql":
        return
    for table in Base.metadata.tables:
        names = [row.column_name for row in connection.execute(text(_LOCALE_TEXTS), {"table": table})]
        if names:
            changes = ", ".join(f'ALTER COLUMN "{name}" TYPE VARCHAR COLLATE "C"' for name in names)
            connection.exec_driver_sql(f"ALTER TABLE {table} {changes}")


def create_views(connection: Connection) -> None:
    """Create the views (dropped before) and fill the codes they name."""
    for found in _CREATE.finditer(_SQL_FILE.read_text("utf-8")):
        connection.exec_driver_sql(found[0])
    connection.execute(delete(CodeRow))
    connection.execute(
        insert(CodeRow),
        [dict(zip(("kind", "code", "label", "meaning"), astuple(code), strict=True)) for code in all_codes()],
    )
    connection.execute(delete(DigestRow).where(DigestRow.name == "views"))
    connection.execute(insert(DigestRow), [{"name": "views", "sha256": digest()}])
