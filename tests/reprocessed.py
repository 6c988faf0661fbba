"""A database filled by a run, whose documents are to be read again: fixtures that `conftest` gives to all tests."""

from __future__ import annotations

import shutil
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from conftest import pdf
from databases import Postgresql
from sqlalchemy import Engine, text

from extractors.catalogue import Catalogue, dump_catalogue, read_catalogue
from flows.again import Reprocessed, Reprocessing
from flows.extract import open_pool
from flows.run import Run
from flows.settings import Settings, load_settings
from models import (
    Selection,
    open_database,
)

FILES = {
    "École/CCAP.pdf": pdf(),
    "École/RC.pdf": pdf(lines=("RÈGLEMENT DE LA CONSULTATION", "Objet : construction d'une école.")),
    "Voirie/avis.txt": b"Objet : nettoyage de la voirie. Le lot 1 est r\xc3\xa9serv\xc3\xa9 aux ESAT.",
    "Voirie/CCTP.pdf": pdf(lines=("CAHIER DES CLAUSES TECHNIQUES", "Les enrobés sont posés à chaud.")),
}
BOTH = pytest.mark.parametrize("stored", ["sqlite", "postgresql"], indirect=True)
OLD = "0" * 16
"""The fingerprint of rules that knew no « ESAT »."""


@dataclass(frozen=True)
class Stored:
    """A database filled by a run, its settings and its files."""

    settings: Settings
    engine: Engine
    folder: Path

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def execute(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def everything(self) -> list[list[tuple[object, ...]]]:
        tables = ("documents", "readings", "clauses", "volumes", "evidence", "tenders", "runs", "batch_documents")
        return [self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]

    def states(self) -> Mapping[str, str]:
        """Name of each document of the last batch → its state."""
        return dict(
            self.rows(  # type: ignore[arg-type]
                "SELECT name, state FROM batch_documents JOIN document_paths USING (document_id) "
                "WHERE run_id = (SELECT MAX(id) FROM runs) ORDER BY name"
            )
        )

    def raw(self, name: str) -> Path:
        sql = "SELECT raw_path FROM documents JOIN document_paths ON document_id = documents.id WHERE name = :name"
        with self.engine.connect() as connection:
            return Path(connection.execute(text(sql), {"name": name}).scalar_one())

    def hours(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT valeur FROM v_volumes")


SETTINGS = {
    "CLAUSOSCOPE_DATA_DIR": ".",
    "CLAUSOSCOPE_DATABASE_URL": "sqlite:///base.db",
    "CLAUSOSCOPE_WORKERS": "0",
    "CLAUSOSCOPE_BATCH_SIZE": "1",
}


def fill(folder: Path) -> None:
    """Have a run read the files, in the current folder and settings."""
    for name, content in FILES.items():
        (folder / "depot" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "depot" / name).write_bytes(content)
    read_all()


def read_all() -> None:
    """Have a run read what is new below the folder."""
    with Run(load_settings(), [Path("depot")], workers=0) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
        run.finish()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a run has read the files; what it holds are paths relative to it."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        fill(folder)
    return folder


@pytest.fixture
def stored(
    request: pytest.FixtureRequest, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stored]:
    """A copy of that folder; on PostgreSQL where the test asks for it, a folder of its own."""
    folder = tmp_path / "monde"
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copytree(filled, folder)
        monkeypatch.chdir(folder)
        yield Stored(load_settings(), open_database(load_settings().database_url), folder)
        return
    databases: Postgresql = request.getfixturevalue("postgresql")
    url = databases.create(migrated=True)
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", url)
    folder.mkdir()
    monkeypatch.chdir(folder)
    fill(folder)
    engine = open_database(url)
    yield Stored(load_settings(), engine, folder)
    engine.dispose()
    databases.drop(url)


def keep_rules(stored: Stored, rules: Catalogue) -> None:
    """Rules of the past."""
    place = stored.settings.processed_dir / "rules" / f"{OLD}.json.z"
    place.write_bytes(zlib.compress(dump_catalogue(rules)))


@pytest.fixture
def outdated(stored: Stored) -> Stored:
    """Read by rules that knew no « ESAT », and that read 999 hours where there are 450."""
    now = read_catalogue()
    rule = now.rules["clauses/reserve_handicap"].replace("patterns = [", 'patterns = ["esat", ', 1)
    old = replace(
        now,
        parts={**now.parts, "rules/clauses/reserve_handicap.toml": "autre", "rules/volumes/etp.toml": "autre"},
        rules={
            **now.rules,
            "clauses/reserve_handicap": rule,
            "volumes/etp": now.rules["volumes/etp"].replace("confidence = ", "confidence = 0.5 #"),
        },
    )
    keep_rules(stored, old)
    stored.execute(
        f"UPDATE documents SET fingerprint = '{OLD}'",
        f"UPDATE readings SET fingerprint = '{OLD}'",
        "UPDATE volumes SET value = 999",
    )
    return stored


def reprocess(stored: Stored, *, name: str | None = None, resume: str | None = None, **asked: object) -> Reprocessed:
    """A batch without Prefect."""
    with open_pool(stored.settings, workers=0, keep_pages=True, with_texts=True) as pool:
        selection = Selection(**asked)  # type: ignore[arg-type]
        reprocessing = Reprocessing(stored.settings, stored.engine, pool, selection=selection, name=name, resume=resume)
        reprocessing.leave()
        for documents in reprocessing.documents:
            reprocessing.read(documents)
        reprocessing.read_notices()
        return reprocessing.finish()
