"""What reading again leaves behind when it fails."""

from __future__ import annotations

from pathlib import Path

import pytest
from night_world import Asked, World, run_night
from servers import Server
from sqlalchemy.exc import IntegrityError

from flows.extract import open_pool
from flows.reprocess import Reprocessing
from flows.settings import load_settings


def test_a_failure_leaves_no_copy_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server({}) as server:
        world = World(tmp_path, server)
        for name, value in world.settings.items():
            monkeypatch.setenv(name, value)
        run_night(Asked(sources=("folder",)))
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE documents SET fingerprint = 'anciennes'")
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON clauses BEGIN SELECT RAISE(ABORT, 'refusé'); END"
        )
    settings = load_settings()
    with open_pool(settings, workers=0) as pool:
        reprocessing = Reprocessing(settings, world.engine, pool)
        assert reprocessing.documents
        with pytest.raises(IntegrityError):
            for batch in reprocessing.batches():
                reprocessing.read(batch)
    assert not list((tmp_path / "data" / "processed").rglob("*.pdf"))
