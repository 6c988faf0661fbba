"""One query of an analyst, that can only read, and not for ever."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
from sqlalchemy import Engine

from extractors.words import number
from models.errors import StoreError, storage_errors
from models.tables import to_json
from models.views import TYPES

SECONDS = 60.0
"""How long a query may take, unless told otherwise."""
_COMMENTS = re.compile(r"\A(?:\s|--[^\n]*(?:\n|\Z)|/\*.*?\*/|\()*", re.DOTALL)
_READS = ("select", "with", "values")
_STEPS = 20_000
"""Instructions of SQLite between two looks at the clock."""
_ALLOWED = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE)
_BY_VALUE: Mapping[str, Any] = {
    "integer": "Int64",
    "floating": "Float64",
    "mixed-integer-float": "Float64",
    "boolean": "boolean",
    "date": "datetime64[s]",
    "datetime": "datetime64[us, UTC]",
}
"""What pandas sees in the values → type of the column; text otherwise."""
_TIMED_OUT = "57014"
_READ_ONLY = "25006"


def run_query(engine: Engine, sql: str, *, seconds: float = SECONDS) -> pd.DataFrame:
    """The answer to one SELECT as a typed table: columns named as those of views have their types.

    The database itself refuses to write: SQLite by an authorizer, PostgreSQL by a read-only transaction.
    Raises StoreError, in one French line, for what is no SELECT, for several statements, for a query that the
    database does not understand, and after `seconds`.
    """
    statement = sql.strip().rstrip(";").rstrip()
    words = _COMMENTS.sub("", statement, count=1).lower()
    if not words.startswith(_READS):
        raise StoreError("Seules les lectures sont permises : la requête doit commencer par SELECT ou WITH.")
    ask = _ask_sqlite if engine.dialect.name == "sqlite" else _ask_postgresql
    with storage_errors(engine.url), engine.connect() as connection:
        driver = connection.connection.driver_connection
        try:
            names, rows = ask(driver, statement, seconds)
        finally:
            connection.detach()  # its settings are of no use to others
    return _table(names, rows)


_Answer = tuple[Sequence[str], Sequence[Sequence[Any]]]


def _ask_sqlite(driver: Any, statement: str, seconds: float) -> _Answer:
    end = time.monotonic() + seconds
    driver.execute("PRAGMA query_only = ON")
    driver.execute("SELECT rowid FROM texts_index LIMIT 0")  # it is opened as if tables were made
    driver.set_authorizer(_permit)
    driver.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
    try:
        cursor = driver.execute(statement)
        return [column[0] for column in cursor.description], cursor.fetchall()
    except (sqlite3.Error, sqlite3.Warning) as error:
        name = getattr(error, "sqlite_errorname", "") or ""
        if name == "SQLITE_INTERRUPT":
            raise _too_long(seconds) from error
        if name == "SQLITE_AUTH":
            raise _writes() from error
        if "one statement" in str(error):
            raise _several() from error
        raise _not_understood(error) from error
    finally:
        driver.set_progress_handler(None, 0)
        driver.set_authorizer(None)


def _permit(action: int, name: str | None, value: str | None, *_: str | None) -> int:
    """Reading; the full-text index asks the version of the data for itself."""
    is_version = action == sqlite3.SQLITE_PRAGMA and name == "data_version" and value is None
    return sqlite3.SQLITE_OK if is_version or action in _ALLOWED else sqlite3.SQLITE_DENY


def _ask_postgresql(driver: Any, statement: str, seconds: float) -> _Answer:
    import psycopg

    try:
        with driver.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            cursor.execute(f"SET LOCAL statement_timeout = {int(seconds * 1000)}")
            cursor.execute(statement, prepare=True)  # only one statement can be prepared
            return [column.name for column in cursor.description or ()], cursor.fetchall()
    except psycopg.Error as error:
        if error.sqlstate == _TIMED_OUT:
            raise _too_long(seconds) from error
        if error.sqlstate == _READ_ONLY:
            raise _writes() from error
        if "multiple commands" in str(error):
            raise _several() from error
        raise _not_understood(error) from error


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Types by name where the values allow it, else by value; a name that comes again gets a number."""
    seen: Counter[str] = Counter()
    columns: dict[str, pd.Series[Any]] = {}
    for place, name in enumerate(names):
        seen[name] += 1
        values = pd.Series([_plain(row[place]) for row in rows], dtype=object)
        columns[name if seen[name] == 1 else f"{name}_{seen[name]}"] = _typed(values, TYPES.get(name))
    return pd.DataFrame(columns)


def _typed(values: pd.Series[Any], wanted: Any) -> pd.Series[Any]:
    if wanted is not None:
        with contextlib.suppress(TypeError, ValueError):  # the name of a column of a view, for something else
            return values.astype(wanted)
    return values.astype(_BY_VALUE.get(pd.api.types.infer_dtype(values, skipna=True), "string"))


def _plain(value: Any) -> Any:
    """What PostgreSQL gives richer than SQLite: decimals and JSON."""
    if isinstance(value, Decimal):
        return float(value)
    return to_json(value) if isinstance(value, dict | list) else value


def _too_long(seconds: float) -> StoreError:
    return StoreError(
        f"Requête arrêtée après {number(seconds)} s : ajoutez un filtre, ou donnez plus de temps par --seconds."
    )


def _writes() -> StoreError:
    return StoreError("Seules les lectures sont permises : la requête écrit ou change un réglage ; rien n'a été fait.")


def _several() -> StoreError:
    return StoreError("Une seule requête à la fois : retirez ce qui suit le premier point-virgule.")


def _not_understood(error: Exception) -> StoreError:
    detail = str(error).splitlines()[0] if str(error) else type(error).__name__
    return StoreError(f"Requête refusée par la base ({detail}) : corrigez-la ; les colonnes sont dans DICTIONNAIRE.md.")
