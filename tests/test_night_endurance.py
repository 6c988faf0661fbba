"""Nights among what nobody foresees: plug-ins and items that break, addresses that hold secrets, time that runs out."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from night_world import DCE, TODAY, World, clause, run_night, zipped
from notice_samples import record
from notice_servers import BoampServer
from servers import Reply, document

from flows.night import Asked
from models import night_summary
from models.tables import Base

LINKS = Asked(sources=("urls",))
FOUND = "SELECT adresse, etat, code FROM v_telechargements ORDER BY adresse"
FILES = "SELECT consultation, fichier FROM v_documents ORDER BY consultation, fichier"


@pytest.fixture
def links(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The list of links of the world."""
    path = world.root / "liens.csv"
    monkeypatch.setenv("CLAUSOSCOPE_URL_LIST", str(path))
    return path


def listed(links: Path, *rows: str) -> None:
    links.write_text("\n".join(["url;reference;type", *rows]), "utf-8")


def plug_in(folder: Path, monkeypatch: pytest.MonkeyPatch, *, items: str) -> None:
    """Install a source « fragile » whose items are what these lines yield."""
    package = folder / "fragile-1.0.dist-info"
    package.mkdir(parents=True)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: fragile\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[clausoscope.sources]\nfragile = fragile_source:make_source\n")
    (folder / "fragile_source.py").write_text(
        "from flows.sources.base import CheckResult, Item\n\n\n"
        "class Fragile:\n"
        "    name = title = 'fragile'\n\n"
        "    def check(self, client):\n        return CheckResult(ok=True, message='')\n\n"
        f"    def items(self, window, watermark, client):\n{items}\n\n\n"
        "def make_source(settings):\n    return Fragile()\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "fragile_source", raising=False)


# ---------------------------------------------------------------- what nobody foresees


def test_a_plug_in_that_breaks_stops_no_other(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(tmp_path / "plug", monkeypatch, items="        yield Item(tender_key='a', cursor='1')\n        1 / 0")

    brought = night_summary(world.engine, run_night(Asked(sources=("fragile", "folder"))))

    assert [(s.name, s.state, s.items) for s in brought.sources] == [("fragile", "failed", 1), ("folder", "ok", 1)]
    assert brought.sources[0].message == (
        "Erreur imprévue (ZeroDivisionError : division by zero) : le reste continue ; "
        "signalez-la avec le journal du passage."
    )
    assert brought.sources[0].watermark is None


def test_an_item_that_breaks_loses_no_other(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = "LocalFile(path=Path('{}'), inner_path='{}')"
    one, two = tmp_path / "un.pdf", tmp_path / "deux.pdf"
    one.write_bytes(clause(10))
    two.write_bytes(clause(20))
    items = "\n".join(
        f"        {line}"
        for line in (
            "from pathlib import Path",
            "from flows.archives.unpack import LocalFile",
            f"yield Item(tender_key='un', cursor='1', files=({good.format(one, 'CCAP.pdf')},))",
            "yield Item(tender_key='mauvais', cursor='2', raw='du texte', raw_name='7.xml')",
            f"yield Item(tender_key='deux', cursor='3', files=({good.format(two, 'CCAP.pdf')},))",
        )
    )
    plug_in(tmp_path / "plug", monkeypatch, items=items)
    monkeypatch.setenv("CLAUSOSCOPE_BATCH_SIZE", "32")

    brought = night_summary(world.engine, run_night(Asked(sources=("fragile",))))

    assert [(s.state, s.items, s.problems, s.watermark) for s in brought.sources] == [("ok", 3, 1, "3")]
    assert world.rows(FILES) == [("deux", "CCAP.pdf"), ("un", "CCAP.pdf")]
    assert world.rows(FOUND) == [("7.xml", "failed", "unforeseen")]


def test_a_folder_that_cannot_be_written_stops_one_source(world: World, links: Path) -> None:
    listed(links, f"{world.server.url}/dce.zip;T1;dce")
    fetched = world.root / "data" / "fetched"
    fetched.mkdir(parents=True)
    (fetched / "links").write_text("un fichier là où il faut un dossier")

    brought = night_summary(world.engine, run_night(Asked(sources=("urls", "folder"))))

    assert [(s.name, s.state) for s in brought.sources] == [("urls", "failed"), ("folder", "ok")]
    assert "links" in (brought.sources[0].message or "")


def test_a_night_that_lasts_too_long_leaves_the_rest_to_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_NIGHT_HOURS", "0.000000001")
    late = night_summary(world.engine, run_night(Asked(sources=("folder",))))
    assert [(s.state, s.items) for s in late.sources] == [("failed", 0)]
    assert "CLAUSOSCOPE_NIGHT_HOURS" in (late.sources[0].message or "")

    monkeypatch.delenv("CLAUSOSCOPE_NIGHT_HOURS")
    brought = night_summary(world.engine, run_night(Asked(sources=("folder",))))
    assert [(s.state, s.items) for s in brought.sources] == [("ok", 1)]


def test_days_gone_over_again_never_bring_the_watermark_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [TODAY - timedelta(days=age) for age in range(6, 0, -1)]
    records = [record(f"26-4000{age}", {}, dateparution=day.isoformat()) for age, day in enumerate(days)]
    world.server.routes.update(BoampServer(records=records).routes())
    boamp = Asked(sources=("boamp",))
    run_night(boamp)
    assert world.rows("SELECT watermark FROM sources") == [(days[-1].isoformat(),)]

    # The journal now breaks after the first days of the window.
    world.server.routes.update(BoampServer(records=records[:3]).routes())
    run_night(boamp)

    assert world.rows("SELECT watermark FROM sources") == [(days[-1].isoformat(),)]


# ---------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0" + b"x" * 600, "format", id="doc"),
        pytest.param(b"Bonjour", "format", id="text"),
    ],
)
def test_a_document_whose_address_has_no_suffix_is_told(body: bytes, code: str, world: World, links: Path) -> None:
    world.server.routes["/download"] = Reply(body=body, headers={"Content-Type": "application/octet-stream"})
    listed(links, f"{world.server.url}/download;T1;dce", f"{world.server.url}/dce.zip;T2;dce")

    run_night(LINKS)

    assert (f"{world.server.url}/download", "ok", code) in world.rows(FOUND)
    assert world.rows(FILES) == [("lien:T2", "CCAP.pdf"), ("lien:T2", "RC.pdf")]


def test_an_empty_document_is_a_failure(world: World, links: Path) -> None:
    world.server.routes["/RC.pdf"] = Reply(headers={"Content-Type": "application/pdf"})
    listed(links, f"{world.server.url}/RC.pdf;T1;rc")
    run_night(LINKS)
    assert world.rows(FOUND) == [(f"{world.server.url}/RC.pdf", "failed", "bad_answer")]


def test_two_addresses_that_differ_by_a_secret_stay_two(world: World, links: Path) -> None:
    listed(links, *(f"{world.server.url}/dce.zip?token={word};T1;dce" for word in ("SESAME1", "SESAME2")))
    run_night(LINKS)
    (one, _, _), (two, _, _) = world.rows(FOUND)
    assert one != two
    assert "SESAME" not in f"{one}{two}"


def test_a_home_page_that_many_tenders_give_is_asked_for_once(world: World, links: Path) -> None:
    listed(links, *(f"{world.server.url}/page;T{number};dce" for number in range(20)))
    run_night(LINKS)
    assert world.server.paths().count("/page") <= 4  # those asked for at the same time
    assert world.rows("SELECT etat, COUNT(*) FROM v_telechargements GROUP BY etat") == [("manual", 20)]


def test_a_password_in_an_address_is_used_and_never_stored(world: World, links: Path) -> None:
    address = world.server.url.replace("//", "//bob:SESAME@")
    listed(links, f"{address}/dce.zip;T1;dce", f"{address}/absent.zip;T2;dce")

    run_night(LINKS)
    run_night(LINKS)

    assert any(asked.headers.get("authorization") for asked in world.server.asked)
    assert [state for _, state, _ in world.rows(FOUND)] == ["failed", "ok"]
    assert world.server.asked[-1].headers.get("if-none-match") or world.server.asked[-2].headers.get("if-none-match")
    for table in Base.metadata.tables:
        assert "SESAME" not in str(world.rows(f"SELECT * FROM {table}")), table


def test_what_a_changed_dce_has_no_more_leaves_its_tender(world: World, links: Path) -> None:
    listed(links, f"{world.server.url}/dce.zip;T1;dce", f"{world.server.url}/autre.zip;T1;dce")
    world.server.routes["/dce.zip"] = document(zipped({"CCAP v1.pdf": clause(450), "RC.pdf": clause(1)}), etag='"v1"')
    world.server.routes["/autre.zip"] = document(zipped({"CCTP.pdf": clause(70)}), etag='"a"')
    run_night(LINKS)

    world.server.routes["/dce.zip"] = document(zipped({"CCAP v2.pdf": clause(900), "RC.pdf": clause(1)}), etag='"v2"')
    run_night(LINKS)

    assert world.rows(FILES) == [("lien:T1", name) for name in ("CCAP v2.pdf", "CCTP.pdf", "RC.pdf")]
    assert sorted(world.rows("SELECT valeur FROM v_volumes")) == [(1.0,), (70.0,), (900.0,)]


# ---------------------------------------------------------------- what is left on the disk


def left(world: World) -> list[str]:
    fetched = world.root / "data" / "fetched"
    return sorted(path.relative_to(fetched).as_posix() for path in fetched.rglob("*") if path.is_file())


def test_a_dead_link_keeps_nothing_of_the_others(world: World, links: Path) -> None:
    listed(links, f"{world.server.url}/dce.zip;T1;dce", f"{world.server.url}/absent.zip;T1;dce")
    run_night(LINKS)
    assert world.rows("SELECT COUNT(*) FROM v_documents") == [(2,)]
    assert left(world) == []


def test_archives_of_the_drop_folder_are_laid_only_while_they_are_read(world: World) -> None:
    (world.root / "depot" / "gros.zip").write_bytes(DCE)
    run_night(Asked(sources=("folder",)))
    assert world.rows("SELECT COUNT(*) FROM v_documents WHERE consultation = 'depot:gros.zip'") == [(2,)]
    assert left(world) == []


def test_a_cut_download_that_no_night_took_up_is_forgotten(world: World) -> None:
    folder = world.root / "data" / "fetched" / "links"
    folder.mkdir(parents=True)
    for name, days in (("vieux.part", 31), ("recent.part", 2)):
        path = folder / name
        path.write_bytes(b"x")
        then = path.stat().st_mtime - timedelta(days=days).total_seconds()
        os.utime(path, (then, then))
    run_night(Asked(sources=("folder",)))
    assert left(world) == ["links/recent.part"]
