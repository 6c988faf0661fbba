"""The database is made by the migrations alone, and they give exactly the declared tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from databases import NewDatabase, on_postgresql, on_sqlite
from processes import FORKED
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, inspect, make_url, text
from store_records import document, dump, night

from models import VIEWS, StoreError, open_database, save, start_run
from models.database import alembic_config, migrating, writing
from models.errors import shown
from models.search_tables import is_declared
from models.tables import Base

OURS = {"include_name": is_declared}
VERSIONS = Path(__file__).parents[1] / "models" / "migrations" / "versions"


@pytest.fixture
def url(new_database: NewDatabase) -> str:
    """A database that holds nothing at all."""
    return new_database(migrated=False)


def differences(engine: Engine, metadata: MetaData) -> list[object]:
    with engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection, opts=OURS), metadata))


def test_head_is_what_the_tables_declare(url: str) -> None:
    engine = open_database(url)
    assert differences(engine, Base.metadata) == []
    found = inspect(engine)
    for table in Base.metadata.tables.values():
        declared = {c.name for c in table.constraints if type(c).__name__ == "CheckConstraint"}
        assert {c["name"] for c in found.get_check_constraints(table.name)} == declared, table.name


def test_a_forgotten_migration_would_be_seen(database_url: str) -> None:
    changed = MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(changed)
    changed.tables["lots"].append_column(Column("forgotten", Integer))
    Table("also_forgotten", changed, Column("id", Integer, primary_key=True))
    assert len(differences(open_database(database_url), changed)) == 2


def test_alembic_check_finds_nothing_to_do(database_url: str) -> None:
    with writing(open_database(database_url)) as session:
        command.check(alembic_config(session.connection()))


def test_downgrade_empties_and_upgrade_restores(database_url: str) -> None:
    engine = open_database(database_url)
    with migrating(engine) as config:
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    assert inspect(engine).get_view_names() == []
    with migrating(engine) as config:
        command.upgrade(config, "head")
    names = {name for name in inspect(engine).get_table_names() if is_declared(name, "table")}
    assert names == {*Base.metadata.tables, "alembic_version"}
    assert set(inspect(engine).get_view_names()) == set(VIEWS)


def test_every_table_and_column_has_a_french_comment() -> None:
    for table in Base.metadata.tables.values():
        assert table.comment, table.name
        assert [c.name for c in table.columns if not c.comment] == [], table.name


def test_a_database_of_the_first_version_keeps_its_rows(database_url: str) -> None:
    engine = open_database(database_url)
    start_run(engine, command="ingest", fingerprint="f1")
    save(engine, [document()], run_id=1, fingerprint="f1", tender_keys={})
    before = dump(engine)
    with migrating(engine) as config:
        command.downgrade(config, "0001")
    assert "terms" not in inspect(engine).get_table_names()
    after = dump(open_database(database_url))
    assert {table for table in before if after[table] != before[table]} == {"terms", "evidence", "texts"}
    assert (len(after["terms"]), len(before["evidence"]) - len(after["evidence"])) == (0, 2)  # the proofs of the term
    assert differences(engine, Base.metadata) == []


def test_tenders_of_the_version_before_get_the_days_of_their_notices(database_url: str) -> None:
    engine = open_database(database_url)
    night(engine, run_id=start_run(engine, command="ingest", fingerprint="f1"))
    days = text("SELECT published, deadline, day FROM tenders")
    with engine.connect() as connection:
        before = connection.execute(days).all()
    with migrating(engine) as config:
        command.downgrade(config, "0003")
    with open_database(database_url).connect() as connection:
        assert connection.execute(days).all() == before
    assert before[0].published is not None


def test_relative_address_and_missing_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    open_database("sqlite:///données à moi/base.db")
    assert (tmp_path / "données à moi" / "base.db").is_file()


@on_sqlite
def test_settings_of_a_connection(url: str) -> None:
    with open_database(url).connect() as connection:
        pragmas = ("journal_mode", "foreign_keys", "busy_timeout")
        assert [connection.execute(text(f"PRAGMA {p}")).scalar() for p in pragmas] == ["wal", 1, 60000]


@on_sqlite
def test_opening_again_writes_nothing(url: str, tmp_path: Path) -> None:
    open_database(url).dispose()
    before = (tmp_path / "base.db").read_bytes()
    open_database(url).dispose()
    assert (tmp_path / "base.db").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["base.db"]


@on_postgresql
def test_every_text_compares_by_its_bytes(database_url: str) -> None:
    found = inspect(open_database(database_url))
    types = [column["type"] for table in Base.metadata.tables for column in found.get_columns(table)]
    assert {type.collation for type in types if isinstance(type, String)} == {"C"}


def test_outdated_views_and_codes_are_renewed(database_url: str) -> None:
    with writing(open_database(database_url)) as session:
        session.execute(text("DROP VIEW v_absences"))
        session.execute(text("DELETE FROM codes WHERE kind = 'unit'"))
        session.execute(text("UPDATE digests SET sha256 = 'older'"))
    engine = open_database(database_url)
    assert "v_absences" in inspect(engine).get_view_names()
    with engine.connect() as connection:
        query = "SELECT label FROM codes WHERE kind = 'unit' AND code = 'fte'"
        assert connection.execute(text(query)).scalar() == "ETP"


def test_a_database_of_a_newer_version_is_refused(database_url: str) -> None:
    with writing(open_database(database_url)) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError) as caught:
        open_database(database_url)
    expected = f"{shown(make_url(database_url))} : base faite par une version plus récente ; mettez Clausoscope à jour."
    assert str(caught.value) == expected


def test_several_processes_make_the_same_database(url: str) -> None:
    processes = [FORKED.Process(target=open_database, args=(url,)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert differences(open_database(url), Base.metadata) == []
