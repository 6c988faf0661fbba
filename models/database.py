"""Opening the database: migrated to head, one writer at a time, errors that say what to do.

SQLite and PostgreSQL behave alike: a writer waits for its turn before it reads what it is to change, so that two that
meet the same tender or document make it once; readers wait for nobody.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.orm import Session

from models.consolidate import consolidate_all, is_consolidated
from models.errors import StoreError, shown, storage_errors
from models.tables import to_json
from models.views import is_current

BUSY_SECONDS = 60
"""How long a writer waits for the other one; a batch takes well under a second."""
_TURN = 20260822
"""The number of the writers' turn among the advisory locks of a PostgreSQL database."""


def open_database(url: str) -> Engine:
    """Create or migrate the database and return its engine, for one process (threads may share it).

    What is consolidated is made again when its rules have changed.

    SQLite: the folder is created, WAL and foreign keys are on. A database that is read-only opens when nothing has
    to be migrated; its first write raises. Raises StoreError when it cannot be reached, made or migrated.
    """
    engine = _engine(url)
    with storage_errors(engine.url):
        with engine.connect() as connection:
            stale = not _is_current(connection, where=shown(engine.url))
        if stale:
            if engine.dialect.name == "sqlite":
                with engine.connect() as connection:
                    connection.connection.execute("PRAGMA journal_mode = WAL")  # kept in the file; not in a transaction
            with migrating(engine) as config:
                command.upgrade(config, "head")
        with engine.connect() as connection:
            outdated = not is_consolidated(connection)
        if outdated:
            with writing(engine) as session:
                consolidate_all(session)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that holds the write lock from its start: all or nothing, also between processes."""
    with (
        storage_errors(engine.url),
        Session(engine.execution_options(immediate=True), autoflush=False) as session,
        session.begin(),
    ):
        session.connection()  # a session begins on the database with its first statement: have it begin now
        yield session


@contextmanager
def migrating(engine: Engine) -> Iterator[Config]:
    """One transaction for the commands of Alembic, whose configuration it gives: all or nothing.

    SQLite makes a table again to change it, and would take the rows that refer to it along: its foreign keys are
    looked at once, at the end. Raises StoreError when a row then refers to nothing.
    """
    is_sqlite = engine.dialect.name == "sqlite"
    with storage_errors(engine.url), engine.execution_options(immediate=True).connect() as connection:
        driver = connection.connection
        if is_sqlite:
            driver.execute("PRAGMA foreign_keys = OFF")  # without effect in a transaction
        try:
            with connection.begin():
                yield alembic_config(connection)
                if is_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first()):
                    raise StoreError(
                        f"{shown(engine.url)} : la table {lost[0]} renvoie à des lignes absentes ; "
                        "rien n'a été changé, restaurez une sauvegarde."
                    )
        finally:
            if is_sqlite:
                driver.execute("PRAGMA foreign_keys = ON")


def alembic_config(connection: Connection) -> Config:
    """The Alembic configuration, in code: usable from any folder, with `alembic.command`."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _is_current(connection: Connection, *, where: str) -> bool:
    script = ScriptDirectory.from_config(alembic_config(connection))
    heads = set(MigrationContext.configure(connection).get_current_heads())
    if heads - {revision.revision for revision in script.walk_revisions()}:
        raise StoreError(f"{where} : base faite par une version plus récente ; mettez Clausoscope à jour.")
    return heads == set(script.get_heads()) and is_current(connection)


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
        engine = create_engine(parsed, json_serializer=to_json, pool_pre_ping=True)  # a server may have restarted
    except ImportError as error:
        cause = str(error).splitlines()[0]
        raise StoreError(
            f"{shown(parsed)} : pilote de base absent ({cause}) ; bases connues : sqlite:/// et postgresql+psycopg://."
        ) from error
    except (ArgumentError, NoSuchModuleError) as error:
        raise StoreError(
            f"CLAUSOSCOPE_DATABASE_URL illisible ({error}) ; exemple : sqlite:///data/clausoscope.db."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
        if parsed.database and not parsed.database.startswith((":memory:", "file:")):
            try:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise StoreError(
                    f"{shown(parsed)} : dossier impossible à créer ({error.strerror}) ; changez de chemin."
                ) from error
    else:
        event.listen(engine, "begin", _take_turn)
    return engine


def _set_up(connection: sqlite3.Connection, _record: Any) -> None:
    # Without this the driver itself opens transactions, late and not around DDL.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = NORMAL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _is_writing(connection) else "BEGIN")


def _take_turn(connection: Connection) -> None:
    if _is_writing(connection):
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {int(BUSY_SECONDS * 1000)}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")


def _is_writing(connection: Connection) -> bool:
    return bool(connection.get_execution_options().get("immediate", False))
