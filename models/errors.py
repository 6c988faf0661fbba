"""What the database says when it cannot be used, in one French line with the mend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL
from sqlalchemy.exc import DatabaseError, OperationalError

from extractors.errors import ClausoscopeError

_FULL = "disque plein ; libérez de la place puis relancez la même commande"
_BUSY = "base occupée par un autre traitement ; relancez quand il aura fini"
_MENDS = {
    "SQLITE_READONLY": "base en lecture seule ; donnez le droit d'écrire sur le fichier et son dossier",
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_CANTOPEN": "fichier impossible à ouvrir ; vérifiez que le dossier existe et qu'il est accessible",
    "SQLITE_NOTADB": "ce fichier n'est pas une base SQLite ; indiquez-en un autre dans CLAUSOSCOPE_DATABASE_URL",
    "SQLITE_CORRUPT": "base abîmée ; remettez une sauvegarde en place, ou supprimez-la et relancez l'ingestion",
    "SQLITE_IOERR": "le disque ne répond pas ; vérifiez-le puis relancez la même commande",
    "25006": "base en lecture seule ; donnez le droit d'y écrire",
    "40P01": _BUSY,
    "42501": "droits insuffisants ; donnez à ce compte le droit de créer et d'écrire dans le schéma",
    "53100": _FULL,
    "55P03": _BUSY,
}
"""By the beginning of SQLite's name of the error, or by the SQLSTATE of PostgreSQL."""


class StoreError(ClausoscopeError):
    """The database cannot be used; nothing of the current batch was written."""

    code = "store"


@contextmanager
def storage_errors(url: URL) -> Iterator[None]:
    """Turn what the driver says of the database (not of our rows) into one line with the mend."""
    try:
        yield
    except DatabaseError as error:
        name = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
        mend = next((mend for prefix, mend in _MENDS.items() if name.startswith(prefix)), None)
        if mend is None and not isinstance(error, OperationalError):
            raise
        detail = " ".join(str(error.orig).split())
        mend = mend or f"base inutilisable ({detail}) ; vérifiez CLAUSOSCOPE_DATABASE_URL et que le serveur répond"
        raise StoreError(f"{shown(url)} : {mend}.") from error


def shown(url: URL) -> str:
    """How a message names the database: the file of SQLite, else the address without its password."""
    if url.drivername.startswith("sqlite"):
        return url.database or ":memory:"
    return url.render_as_string(hide_password=True)
