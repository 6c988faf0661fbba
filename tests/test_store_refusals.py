"""What the database refuses, and a database that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from databases import on_sqlite
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError
from store_records import count, document, dump, query, store

from models import (
    StoreError,
    open_database,
    start_run,
)
from models.database import writing

# ---------------------------------------------------------------- what the database refuses


PROOF_OF = "INSERT INTO evidence (position, page, quote{0}) VALUES (0, 1, 'x'{1})"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO problems (reading_id, stage, code, message) VALUES (99, 'read', 'c', 'm')",
        "INSERT INTO document_paths (path, name, document_id) VALUES ('p', 'n', 99)",
        "INSERT INTO clause_lots (clause_id, lot) VALUES (99, '1')",
        "DELETE FROM runs",
        "DELETE FROM tenders",
        "UPDATE documents SET status = 'done'",
        "INSERT INTO clause_lots (clause_id, lot) SELECT clause_id, lot FROM clause_lots",
        PROOF_OF.format("", ""),
        PROOF_OF.format(", clause_id, volume_id", ", 1, 1"),
    ],
    ids=[
        *("no-reading", "path-of-no-document", "lot-of-no-clause", "run-in-use", "tender-in-use", "unknown-status"),
        *("clause-lot-twice", "proof-of-nothing", "proof-of-two"),
    ],
)
def test_the_database_refuses(engine: Engine, run_id: int, statement: str) -> None:
    store(engine, document())
    before = dump(engine)
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(text(statement))
    assert dump(engine) == before


# ---------------------------------------------------------------- a database that cannot be used


def not_a_database(folder: Path) -> str:
    (folder / "notes.db").write_text("Ceci est un texte, pas une base. " * 50)
    return f"sqlite:///{folder / 'notes.db'}"


def below_a_file(folder: Path) -> str:
    (folder / "fichier").write_text("x")
    return f"sqlite:///{folder / 'fichier' / 'base.db'}"


@pytest.mark.parametrize(
    ("make_url", "said"),
    [
        (lambda folder: f"sqlite:///{folder}", "fichier impossible à ouvrir"),
        (not_a_database, "n'est pas une base SQLite"),
        (below_a_file, "dossier impossible à créer"),
        (lambda folder: f"sqlite:///file:{folder / 'absent.db'}?mode=ro&uri=true", "fichier impossible à ouvrir"),
        (lambda folder: "n'importe quoi", "exemple : sqlite:///data/clausoscope.db"),
        (lambda folder: "inconnu://hote/base", "exemple : sqlite:///data/clausoscope.db"),
        (lambda folder: "mysql+mysqldb://hote/base", "pilote de base absent (No module named 'MySQLdb')"),
    ],
    ids=["a-folder", "a-text", "below-a-file", "absent-read-only", "not-an-address", "unknown-engine", "no-driver"],
)
def test_a_database_that_does_not_open(tmp_path: Path, make_url: Any, said: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_database(make_url(tmp_path))
    message = str(caught.value)
    assert said in message
    assert "\n" not in message and message.endswith(".")


def test_a_read_only_database_is_read_but_not_written(engine: Engine, run_id: int) -> None:
    store(engine, document())
    engine.dispose()
    if engine.dialect.name == "sqlite":
        address = f"sqlite:///file:{engine.url.database}?mode=ro&uri=true"
    else:
        read_only = engine.url.update_query_dict({"options": "-c default_transaction_read_only=on"})
        address = read_only.render_as_string(hide_password=False)
    reader = open_database(address)
    assert count(reader, "documents") == 1
    with pytest.raises(StoreError, match="base en lecture seule ; donnez le droit d'"):
        start_run(reader, command="ingest", fingerprint="f1")


@on_sqlite
def test_a_full_disk_is_said_and_leaves_nothing_of_the_batch(engine: Engine, run_id: int) -> None:
    store(engine, document(1))
    before = dump(engine)
    engine.dispose()
    pages = query(engine, "PRAGMA page_count")[0][0]
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count = {pages}"))
    engine.dispose()
    with pytest.raises(StoreError, match="disque plein ; libérez de la place"):
        store(engine, *(document(number) for number in range(1, 200)), fingerprint="f2")
    assert dump(engine) == before


def test_a_database_kept_by_another_writer_is_said(
    engine: Engine, run_id: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.BUSY_SECONDS", 0.05)
    hurried = open_database(database_url)
    with writing(engine), pytest.raises(StoreError, match="base occupée par un autre traitement"):
        store(hurried, document())
    store(hurried, document())
    assert count(engine, "documents") == 1
