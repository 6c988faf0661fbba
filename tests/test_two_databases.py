"""The same work on SQLite and on PostgreSQL gives the same rows, view by view."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest
from databases import Postgresql, Sqlite
from night_world import World, run_night
from servers import Server
from sqlalchemy import Engine
from store_records import SCANNED, document, empty
from store_records import night as recorded_night

from flows.doctor import checks
from flows.run import Run
from flows.settings import load_settings
from models import VIEWS, RowName, Signature, confirm_row, open_database, read_view, save, start_run

SAMPLES = Path(__file__).parents[1] / "data" / "raw" / "samples"
IDS = {
    *("document_id", "consultation_id", "clause_id", "volume_id", "avis_id", "lecture", "traitement", "nuit"),
    *("ligne_id", "correction_id"),
}
CLOCK = {
    *("secondes", "traite_le", "reussie_le", "debut", "fin", "vu_le", "suivi_le", "remplace_le", "faite_le"),
    "rapprochee_le",
}
UNSORTED = ("Zone", "avenue", "École", "ecole", "a b", "a-b", "A_b", "été", "ÉTÉ", "2", "10", "œuvre")
"""Keys that French, English and bytes put in different orders."""


def fill(url: str) -> Engine:
    """The sample tenders, a night of the world, a night with everything, and documents of every kind of name."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLAUSOSCOPE_DATABASE_URL", url)
        with Run(load_settings(), [SAMPLES], workers=0) as run:
            run.claim()
            while batch := run.read_batch():
                run.store_batch(batch)
            run.finish()
        run_night()
    engine = open_database(url)
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    recorded_night(engine, run_id=run_id)
    records = [
        document(1, path="/sans page.pdf", problems=(SCANNED, SCANNED), status="partial"),
        *(empty(number, path=f"/dce/{key}/rc.pdf") for number, key in enumerate(UNSORTED, 2)),
    ]
    keys = {f"/dce/{key}/rc.pdf": key for key in UNSORTED}
    save(engine, records, run_id=run_id, fingerprint="f1", tender_keys=keys)
    first = int(read_view(engine, "v_clauses")["clause_id"][0])
    confirm_row(engine, RowName(kind="clause", id=first), Signature(author="analyste", reason="relue"))
    return engine


@pytest.fixture(scope="module")
def filled(
    sqlite: Sqlite, postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]:
    """View → its rows on SQLite and on PostgreSQL, of the same work on the same files and servers."""
    folder = tmp_path_factory.mktemp("deux")
    with pytest.MonkeyPatch.context() as patch, Server({}) as server:
        for name, value in World(folder, server).settings.items():
            patch.setenv(name, value)
        urls = sqlite.create(folder, "deux", migrated=True), postgresql.create(migrated=True)
        first, second = (fill(url) for url in urls)
        frames = {view: (read_view(first, view), read_view(second, view)) for view in VIEWS}
    first.dispose()
    second.dispose()
    postgresql.drop(urls[1])
    return frames


@pytest.mark.parametrize("view", VIEWS)
def test_same_rows_in_the_same_order(view: str, filled: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    left = IDS | CLOCK
    on_sqlite, on_postgresql = (frame.drop(columns=left & set(frame.columns)) for frame in filled[view])
    assert len(on_sqlite) > 0
    pd.testing.assert_frame_equal(on_sqlite, on_postgresql)


def test_the_columns_left_out_exist(filled: Mapping[str, tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    columns = {column for frame, _ in filled.values() for column in frame.columns}
    assert columns >= IDS | CLOCK


def test_doctor_tells_the_engine(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", database_url)
    (found,) = (check for check in checks() if check.name == "Base de données")
    engine = open_database(database_url)
    name = "SQLite 3." if engine.name == "sqlite" else "PostgreSQL 1"
    assert found.mend is None and found.found.startswith(name)
    assert found.found.endswith(", à jour, accessible en écriture")
