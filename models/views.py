"""The analysts' views: put in place by the migrations with what they look up, read as typed tables."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, astuple
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Result, delete, insert, select, text

from extractors.codes import CODES_FILE, all_codes, codes_of
from extractors.coordinations import COORDINATIONS_FILE, all_coordinations
from extractors.departements import names_by_code
from extractors.families import btp_families
from models.errors import StoreError, storage_errors
from models.place_tables import CoordinationRow, DepartementRow, FamilyRow
from models.tables import Base, CodeRow, DigestRow

_SQL_FILE = Path(__file__).with_name("views.sql")
_LOCALE_TEXTS = """
    SELECT column_name FROM information_schema.columns
    WHERE table_schema = CURRENT_SCHEMA AND table_name = :table AND data_type = 'character varying'
        AND collation_name IS DISTINCT FROM 'C'
    ORDER BY ordinal_position"""
_CREATE = re.compile(r"^CREATE VIEW (\w+) AS.*?;$", re.MULTILINE | re.DOTALL)

_OF_TENDER = "consultation NULLS FIRST"
_OF_DOCUMENT = f"{_OF_TENDER}, chemin, page NULLS FIRST"
_OF_LOT = "LENGTH(lot), lot"
ORDERS = {
    "v_consolide": f"{_OF_TENDER}, {_OF_LOT}, categorie",
    "v_consultations": _OF_TENDER,
    "v_clauses": f"{_OF_DOCUMENT}, clause_id, {_OF_LOT}",
    "v_volumes": f"{_OF_DOCUMENT}, volume_id",
    "v_preuves": f"{_OF_DOCUMENT}, nature, ligne_id, rang",
    "v_contradictions": f"{_OF_TENDER}, {_OF_LOT}, categorie, sujet, autre_valeur",
    "v_declare_trouve": f"{_OF_TENDER}, {_OF_LOT}, consideration",
    "v_activite": "mois NULLS FIRST",
    "v_familles": "famille NULLS FIRST",
    "v_departements": "departement, depuis NULLS FIRST",
    "v_territoires": f"{_OF_TENDER}, departement",
    "v_acheteurs": "acheteur",
    "v_documents": f"{_OF_TENDER}, chemin",
    "v_lots": f"{_OF_TENDER}, {_OF_LOT}",
    "v_penalites": f"{_OF_DOCUMENT}, montant_eur, par",
    "v_contacts": f"{_OF_DOCUMENT}, organisme NULLS FIRST, courriel NULLS FIRST",
    "v_modalites": f"{_OF_DOCUMENT}, nature, modalite",
    "v_absences": f"{_OF_DOCUMENT}, categorie",
    "v_versions": f"{_OF_TENDER}, ancien_chemin, remplace_le",
    "v_corrections": "correction_id",
    "v_problemes": f"{_OF_DOCUMENT}, code, message",
    "v_avis": f"{_OF_TENDER}, parution NULLS FIRST, journal, numero",
    "v_declare": f"{_OF_TENDER}, parution NULLS FIRST, journal, numero, champ, lot, valeur_declaree",
    "v_traitements": "traitement",
    "v_sources": "source, nuit NULLS FIRST",
    "v_telechargements": f"{_OF_TENDER}, adresse",
}
"""Every view, and the order in which its rows are shown; in SQL, to be asked for where it matters."""

VIEWS = tuple(ORDERS)

_INTEGERS = (
    *("page", "pages", "octets", "traitement", "nuit", "lecture", "rang", "page_retenue", "autre_page"),
    *("nb_clauses", "nb_volumes", "nb_problemes", "nb_copies", "nb_documents", "nb_preuves", "nb_lots"),
    *("nb_declarations", "nb_recus", "nb_avis", "nb_avis_nouveaux", "nb_avis_changes", "nb_telechargements"),
    *("nb_a_la_main", "nb_essais", "nb_consultations", "nb_avec_clause", "nb_reservees", "nb_lots_reserves"),
    *("nb_sources", "nb_contradictions", "nb_clauses_avant"),
    *("nb_clauses_apres", "nb_fichiers", "nb_deja_traites", "nb_ok", "nb_partiels", "nb_echecs", "nb_lectures"),
    *("nb_lectures_en_vigueur", "nb_choisis", "nb_a_relire", "nb_changes"),
    *(
        "document_id",
        "consultation_id",
        "clause_id",
        "volume_id",
        "avis_id",
        "ligne_id",
        "remplacee_par",
        "correction_id",
    ),
    *("ancien_document_id", "document_retenu_id", "autre_document_id"),
)
_FLOATS = (
    *("valeur", "valeur_max", "tranche_eur", "seuil_eur", "heures", "heures_derivees", "heures_comptees"),
    *("montant_eur", "montant_estime_eur", "poids_pourcent", "poids_moyen_pourcent", "confiance", "secondes"),
    *("bbox_x0", "bbox_haut", "bbox_x1", "bbox_bas"),
)
_BOOLEANS = ("btp", "par_ocr", "corrige", "heures_calculees", "ouverte", "remplace")
_DAYS = ("jour", "parution", "premier_jour", "dernier_jour", "depuis", "jusqu_au")
_TIMES = (
    *("traite_le", "limite", "reussie_le", "debut", "fin", "vu_le", "suivi_le", "annule_le", "remplace_le"),
    *("faite_le", "rapprochee_le", "retiree_le"),
)
TYPES: Mapping[str, Any] = {
    **dict.fromkeys(_INTEGERS, "Int64"),
    **dict.fromkeys(_FLOATS, "Float64"),
    **dict.fromkeys(_BOOLEANS, "boolean"),
    **dict.fromkeys(_DAYS, "datetime64[s]"),
    **dict.fromkeys(_TIMES, "datetime64[us, UTC]"),
}
"""Column of a view → type of pandas; any other holds text."""


def read_view(engine: Engine, name: str, *, limit: int | None = None) -> pd.DataFrame:
    """One view in its order; the types of its columns never depend on the rows. StoreError for an unknown name."""
    if name not in VIEWS:
        raise StoreError(f"Vue inconnue : {name}. Choisissez parmi : {', '.join(VIEWS)}.")
    query = f"SELECT * FROM {name} ORDER BY {ORDERS[name]}" + ("" if limit is None else f" LIMIT {limit:d}")
    with storage_errors(engine.url), engine.connect() as connection:
        return typed(connection.execute(text(query)))


def typed(rows: Result[Any]) -> pd.DataFrame:
    """Rows whose columns are those of views, with the types of `TYPES`."""
    frame = pd.DataFrame(rows.all(), columns=list(rows.keys()))
    return frame.astype({column: TYPES.get(column, "string") for column in frame.columns})


def digest() -> str:
    """What the views and their lexicons should be; stored beside them: open_database sees when they are outdated."""
    files = (_SQL_FILE, CODES_FILE, COORDINATIONS_FILE)
    lexicons = repr((sorted(btp_families()), sorted(names_by_code().items())))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files) + lexicons.encode()).hexdigest()


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
    """Create the views (dropped before) and fill the lexicons they look up."""
    for found in _CREATE.finditer(_SQL_FILE.read_text("utf-8")):
        connection.exec_driver_sql(found[0])
    btp = btp_families()
    for table, rows in (
        (
            CodeRow,
            [dict(zip(("kind", "code", "label", "meaning"), astuple(code), strict=True)) for code in all_codes()],
        ),
        (FamilyRow, [{"code": code, "is_btp": code in btp} for code in codes_of("family")]),
        (DepartementRow, [{"code": code, "name": name} for code, name in names_by_code().items()]),
        (CoordinationRow, [asdict(coordination) for coordination in all_coordinations()]),
    ):
        connection.execute(delete(table))
        connection.execute(insert(table), rows)
    connection.execute(delete(DigestRow).where(DigestRow.name == "views"))
    connection.execute(insert(DigestRow), [{"name": "views", "sha256": digest()}])
