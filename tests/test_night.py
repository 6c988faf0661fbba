"""Whole nights over real servers and databases: what they store, that they change nothing twice, what stops them."""

from __future__ import annotations

import os
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from databases import Sqlite
from night_process import waiting_night
from night_world import BEFORE, DCE, LATER, TODAY, World, clause, run_night, zipped
from notice_samples import record
from notice_servers import BoampServer
from processes import FORKED
from servers import Reply, Server, document

from flows.lock import NightBusy, SourceLock
from flows.night import Asked, Night
from models import NightSummary, night_summary, take_lock


def start(world: World, step: str = "", count: int = 0) -> BaseProcess:
    """A night in a process of its own, that has begun, or come to the step where it waits."""
    here = FORKED.Event()
    process = FORKED.Process(target=waiting_night, args=({**os.environ, **world.settings}, here, step, count))
    process.start()
    assert here.wait(60)
    return process


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join()
    assert process.exitcode == -9


def summary(world: World, night: int) -> NightSummary:
    return night_summary(world.engine, night)


def test_a_night_that_goes_past_midnight_keeps_its_last_day(world: World) -> None:
    """Of two places more than a day apart, one has another date than the night when it began."""
    night = Night(Asked())
    began, days = night.until, set()
    for place in ("Pacific/Kiritimati", "Pacific/Niue"):
        night.wanted = night.wanted.model_copy(update={"nightly_timezone": place})
        days.add(night.until)
    assert days == {began}


# ---------------------------------------------------------------- a whole night


def test_a_night_stores_notices_documents_and_links(world: World) -> None:
    night = run_night()

    assert world.rows(
        "SELECT consultation, journal, numero, nature, etat_consultation, nb_lots FROM v_avis ORDER BY 1, 2, 3"
    ) == [
        ("boamp:26-10001", "boamp", "26-10001", "call", "open", 1),
        ("boamp:26-10002", "boamp", "26-10002", "call", "cancelled", 1),
        ("boamp:26-10002", "boamp", "26-10004", "cancellation", "cancelled", 0),
        *(
            ("folder:11111111-2222-4333-8444-555555555555", journal, number, kind, "open", lots)
            for journal, number, kind, lots in (
                ("boamp", "26-10003", "call", 0),
                ("ted", "700001-2026", "call", 0),
                ("ted", "700002-2026", "rectification", 2),
            )
        ),
    ]
    assert world.rows(
        "SELECT chemin, type_document, etat, nb_clauses FROM v_documents ORDER BY consultation, chemin"
    ) == [
        ("avis/boamp/26-10001.txt", "avis", "ok", 1),
        (world.path_of("/dce.zip", "dce.zip/Lot 1/CCAP.pdf"), "ccap", "ok", 1),
        (world.path_of("/dce.zip", "dce.zip/RC.pdf"), "rc", "ok", 1),
        ("avis/boamp/26-10002.txt", "avis", "ok", 0),
        ("avis/boamp/26-10004.txt", "avis", "ok", 0),
        ("depot:École/CCAP.pdf", "ccap", "ok", 1),
        ("depot:École/plans.zip/notice.txt", "annexe_sociale", "ok", 0),
        ("avis/boamp/26-10003.txt", "avis", "ok", 0),
        ("avis/ted/700001-2026.txt", "avis", "ok", 0),
        ("avis/ted/700002-2026.txt", "avis", "ok", 0),
    ]
    assert world.rows("SELECT adresse, etat, code, fichier FROM v_telechargements ORDER BY adresse") == [
        (f"{world.server.url}/absent.zip", "failed", "http_status", None),
        (f"{world.server.url}/dce.zip", "ok", "format", "dce.zip"),
        (f"{world.server.url}/page", "manual", "manual", None),
        ("https://www.boamp.fr/pages/avis/?q=idweb:26-10003", "manual", "manual", None),
    ]
    assert world.rows("SELECT numero, champ, sens, lot FROM v_declare WHERE journal = 'ted' AND champ = 'BT-71'") == [
        ("700001-2026", "BT-71", "reserve", "*"),
        ("700002-2026", "BT-71", "reserve", "1"),
        ("700002-2026", "BT-71", "aucune", "2"),
    ]
    brought = summary(world, night)
    assert [(s.name, s.state, s.items, s.new_notices, s.documents) for s in brought.sources] == [
        ("boamp", "ok", 4, 4, 6),
        ("ted", "ok", 2, 2, 2),
        ("folder", "ok", 1, 0, 2),
    ]
    assert world.rows("SELECT command, seen, skipped, ok, finished_at IS NOT NULL FROM runs ORDER BY id") == [
        ("nightly boamp", 6, 0, 6, 1),
        ("nightly ted", 2, 0, 2, 1),
        ("nightly folder", 2, 0, 2, 1),
    ]
    assert [s.watermark for s in brought.sources][:2] == [LATER.isoformat(), BEFORE.isoformat()]
    assert [tender.key for tender in brought.new_tenders] == [
        *("boamp:26-10001", "boamp:26-10002", "depot:École", "folder:11111111-2222-4333-8444-555555555555"),
    ]
    assert [(c.tender_key, c.category, c.lot, c.hours) for c in brought.new_clauses] == [
        ("boamp:26-10001", "clause_insertion", "*", 450.0),
        ("depot:École", "clause_insertion", "*", 452.0),
    ]
    assert [(h.family, h.departements, h.hours) for h in brought.hours] == [(None, (), 452), ("EV", ("05", "2A"), 450)]
    assert [(link.state, link.address) for link in brought.missed] == [
        ("manual", "https://www.boamp.fr/pages/avis/?q=idweb:26-10003"),
        ("failed", f"{world.server.url}/absent.zip"),
    ]


def test_the_same_night_again_changes_nothing(world: World) -> None:
    run_night()
    before, asked = world.content(), len(world.server.asked)

    again = summary(world, run_night())

    assert world.content() == before
    assert (again.documents, again.new_tenders, again.new_clauses) == (0, (), ())
    assert [(s.new_notices, s.changed_notices, s.downloads) for s in again.sources] == [(0, 0, 0)] * 3
    conditional = [a for a in world.server.asked[asked:] if a.path == "/dce.zip"]
    assert [a.headers.get("if-none-match") for a in conditional] == ['"v1"']
    assert "/page" not in [a.path for a in world.server.asked[asked:]]


def test_a_dce_that_changes_takes_the_place_of_the_first(world: World) -> None:
    run_night()
    world.server.routes["/dce.zip"] = document(zipped({"RC.pdf": clause(600)}), etag='"v2"')

    brought = summary(world, run_night())

    assert brought.documents == 1
    found = "SELECT valeur FROM v_volumes WHERE chemin LIKE '%RC.pdf'"
    assert world.rows(found) == [(600.0,)]
    assert brought.new_clauses == ()  # its tender was known to have the clause


def test_a_later_notice_makes_two_tenders_one(world: World) -> None:
    one = [record("26-20001", {}, dateparution=BEFORE.isoformat())]
    two = [record("26-20002", {}, dateparution=BEFORE.isoformat())]
    joins = record("26-20003", {}, dateparution=LATER.isoformat(), nature="RECTIFICATIF")
    asked = Asked(sources=("boamp",))
    world.server.routes.update(BoampServer(records=[*one, *two]).routes())
    run_night(asked)
    assert world.rows("SELECT key FROM tenders ORDER BY key") == [("boamp:26-20001",), ("boamp:26-20002",)]

    joined = {**joins, "annonce_lie": ["26-20001", "26-20002"]}
    world.server.routes.update(BoampServer(records=[*one, *two, joined]).routes())
    run_night(asked)

    assert world.rows("SELECT key FROM tenders") == [("boamp:26-20001",)]
    assert world.rows("SELECT COUNT(*), COUNT(DISTINCT consultation) FROM v_documents") == [
        (2, 1)
    ]  # two say the same words
    assert world.rows("SELECT COUNT(*) FROM tender_keys") == [(3,)]


def test_a_back_fill_leaves_the_watermark(world: World) -> None:
    run_night(Asked(sources=("boamp",), since=BEFORE, until=BEFORE, departements=("05",)))

    assert world.rows("SELECT numero FROM v_avis ORDER BY 1") == [("26-10001",), ("26-10002",), ("26-10003",)]
    assert world.rows("SELECT watermark FROM sources") == [(None,)]
    asked = world.server.asked[0].query["where"]
    assert f"dateparution >= date'{BEFORE}' AND dateparution <= date'{BEFORE}'" in asked
    assert 'code_departement IN ("5")' in asked


def test_other_departements_start_from_the_first_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_night(Asked(sources=("boamp",)))
    monkeypatch.setenv("CLAUSOSCOPE_DEPARTEMENTS", "93, 5")
    monkeypatch.setenv("CLAUSOSCOPE_FIRST_DAYS", "30")
    world.server.asked.clear()

    run_night(Asked(sources=("boamp",)))

    assert f"dateparution >= date'{TODAY - timedelta(days=30)}'" in world.server.asked[0].query["where"]
    assert world.rows("SELECT watermark, scope FROM sources") == [(LATER.isoformat(), "93,05")]


# ---------------------------------------------------------------- what fails


def test_a_source_that_is_down_stops_no_other_and_is_seen(world: World) -> None:
    world.server.routes["/search"] = Reply(status=500)

    down = summary(world, run_night())

    assert [(s.name, s.state) for s in down.sources] == [("boamp", "ok"), ("ted", "failed"), ("folder", "ok")]
    (failed,) = down.failed_sources
    assert failed.message and "500" in failed.message and failed.watermark is None
    assert world.rows("SELECT error = message FROM sources JOIN night_sources ON source = name AND state = 'failed'")


def test_a_source_that_does_not_exist_is_a_failed_source(world: World) -> None:
    told = summary(world, run_night(Asked(sources=("boamp", "inconnue"))))
    assert [(s.name, s.state) for s in told.sources] == [("boamp", "ok"), ("inconnue", "failed")]


def test_a_notice_that_cannot_be_read_is_a_row_until_it_can(world: World) -> None:
    bad = {"idweb": "26-30001", "dateparution": BEFORE.isoformat(), "donnees": "{"}
    told = "SELECT adresse, nature, etat, code FROM v_telechargements WHERE nature = 'avis' AND adresse LIKE 'boamp%'"
    world.server.routes.update(BoampServer(records=[bad]).routes())
    run_night(Asked(sources=("boamp",)))
    assert world.rows(told) == [("boamp:26-30001", "avis", "failed", "notice")]

    good = record("26-30001", {}, dateparution=BEFORE.isoformat())
    world.server.routes.update(BoampServer(records=[good]).routes())
    run_night(Asked(sources=("boamp",)))

    assert world.rows(told) == [("boamp:26-30001", "avis", "ok", None)]
    assert world.rows("SELECT numero FROM v_avis ORDER BY 1") == [("26-30001",)]


# ---------------------------------------------------------------- one at a time


def test_two_at_once_the_second_says_so(world: World) -> None:
    first = start(world, "start", 1)

    with pytest.raises(NightBusy, match=rf"déjà en cours depuis \d\d:\d\d \(machine .+, processus {first.pid}\)"):
        run_night()
    assert world.rows("SELECT COUNT(*) FROM nights") == [(1,)]

    kill(first)
    assert summary(world, run_night()).failed_sources == ()


def test_a_lock_without_sign_of_life_is_taken_over(world: World) -> None:
    def take(owner: str, stale: float) -> bool:
        wait = timedelta(seconds=stale)
        return not take_lock(world.engine, "sources", owner=owner, stale_after=wait, is_dead=lambda owner: False)

    assert take("ailleurs:1:x", 60)
    assert not take("ici:2:y", 60)
    assert take("ici:2:y", 0)
    with pytest.raises(NightBusy), SourceLock(world.engine, stale_after=timedelta(seconds=60)):
        pass


# ---------------------------------------------------------------- killed


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, sqlite: Sqlite) -> dict[str, list[str]]:
    """What a night that nothing disturbs stores."""
    with pytest.MonkeyPatch.context() as patch, Server({}) as server:
        folder = tmp_path_factory.mktemp("calme")
        calm = World(folder, server, sqlite.create(folder, "base"))
        for name, value in calm.settings.items():
            patch.setenv(name, value)
        run_night()
        return calm.content()


@pytest.mark.parametrize(
    ("step", "count"),
    [
        pytest.param("read", 1, id="extraction"),
        pytest.param("commit", 8, id="save-of-documents"),
        pytest.param("commit", 9, id="save-of-notices", marks=pytest.mark.slow),
        pytest.param("commit", 10, id="watermark"),
        pytest.param("start", 2, id="between-batches", marks=pytest.mark.slow),
    ],
)
def test_a_killed_night_is_finished_by_the_next(
    step: str, count: int, world: World, undisturbed: dict[str, list[str]]
) -> None:
    kill(start(world, step, count))
    assert world.rows("SELECT finished_at FROM nights") == [(None,)]

    run_night()

    assert world.content() == undisturbed
    assert world.rows("SELECT COUNT(*) FROM documents WHERE status = 'started'") == [(0,)]


def test_a_night_killed_in_a_download_goes_on_where_it_stopped(world: World, undisturbed: dict[str, list[str]]) -> None:
    whole = world.server.routes["/dce.zip"]
    half = len(DCE) // 2
    world.server.routes["/dce.zip"] = Reply(
        body=DCE[:half], headers={"ETag": '"v1"', "Accept-Ranges": "bytes"}, endless=True, pause=60
    )
    stopped = start(world)
    fetched = Path(world.root / "data" / "fetched")
    world.wait_for(lambda: any(path.stat().st_size > half // 2 for path in fetched.rglob("*.part")))
    kill(stopped)
    part = max(fetched.rglob("*.part"), key=lambda path: path.stat().st_size)  # another link may have just begun
    size = part.stat().st_size
    world.server.routes["/dce.zip"] = whole

    run_night()

    assert world.content() == undisturbed
    last = [asked for asked in world.server.asked if asked.path == "/dce.zip"][-1]
    assert last.headers["range"] == f"bytes={size}-"
