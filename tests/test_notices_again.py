"""Stored notices, read again from the bytes they came with."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path

from night_world import Asked, World, run_night

from extractors.catalogue import dump_catalogue, read_catalogue
from flows.again import Reprocessing
from flows.extract import open_pool
from flows.notices_again import choose_notices
from flows.settings import load_settings
from models import Selection


def test_notices_whose_bytes_are_gone_keep_what_they_say(world: World) -> None:
    run_night(Asked(sources=("boamp",)))
    before = world.content()["v_avis"]
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET fingerprint = 'anciennes'")
    first, *_ = choose_notices(world.engine, load_settings()).to_read
    Path(first.raw_path).unlink()
    with open_pool(load_settings(), workers=0, keep_pages=True) as pool:
        reprocessing = Reprocessing(load_settings(), world.engine, pool, selection=Selection())
        reprocessing.read_notices()
        done = reprocessing.finish()
    ((name, message),) = done.lost
    assert name == ":".join(first.name) and "avis gardé illisible" in message
    assert done.notices == len(before) - 1
    assert world.content()["v_avis"] == before
    assert [notice.name for notice in choose_notices(world.engine, load_settings()).to_read] == [first.name]


def test_notices_are_not_read_again_for_rules_that_read_none(world: World) -> None:
    run_night(Asked(sources=("boamp",)))
    settings = load_settings()
    now = read_catalogue()
    old = replace(now, parts={**now.parts, "rules/clauses/handicap.toml": "autre", "pipeline.py": "autre"})
    place = settings.processed_dir / "rules" / "anciennes.json.z"
    place.write_bytes(zlib.compress(dump_catalogue(old)))
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE notices SET fingerprint = 'anciennes'")
    found = choose_notices(world.engine, settings)
    assert (found.to_read, len(found.left)) == ((), len(world.content()["v_avis"]))
