"""The source BOAMP over real HTTP: what is asked, what is yielded, and every way in which the service fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from notice_calls import cut_once, items, numbers, settings, until_it_fails
from notice_samples import EXPECTED, SOURCES, fns_simple, needs_samples, record
from notice_servers import BoampServer
from servers import Reply, Server

from flows.http import Client
from flows.http_errors import BadStatus
from flows.sources.base import Window, open_source

pytestmark = pytest.mark.usefixtures("data_dir")


def many(count: int, day: str = "2026-11-20") -> list[dict[str, object]]:
    return [{"idweb": f"26-{n:05}", "dateparution": day, "nature": "APPEL_OFFRE"} for n in range(1, count + 1)]


@needs_samples
def test_recorded_notices_of_boamp(serve: Callable[..., Server]) -> None:
    records = json.loads((SOURCES / "boamp_derived/legacy_records_from_xml.json").read_bytes())["results"]
    server = serve(BoampServer(records=records).routes())
    expected = [case for case in EXPECTED if case["file"].startswith("boamp_xml")]

    found = list(items("boamp", server, Window(since=date(2016, 1, 1), until=date(2017, 3, 31))))

    assert len(found) == 19
    assert {item.notice.notice_id for item in found if item.notice} == {case["id"] for case in expected}
    assert [item.cursor for item in found] == sorted(case["published"] for case in expected)
    assert all(json.loads(item.raw)["idweb"] in item.raw_name for item in found)
    assert [item.problems for item in found if item.problems] == []


@needs_samples
def test_boamp_of_some_departements_and_days(serve: Callable[..., Server]) -> None:
    records = json.loads((SOURCES / "boamp_derived/legacy_records_from_xml.json").read_bytes())["results"]
    server = serve(BoampServer(records=records).routes())
    window = Window(since=date(2017, 1, 1), until=date(2017, 1, 11), departements=("05", "42"))

    assert numbers(items("boamp", server, window)) == ["17-1515", "17-4742"]
    assert 'code_departement IN ("5", "42")' in server.asked[0].query["where"]


def test_boamp_item(serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=[record("26-91551", fns_simple([], "Rien de plus."))]).routes())

    (item,) = items("boamp", server)

    assert (item.tender_key, item.cursor, item.raw_name) == ("boamp:26-91551", "2026-11-20", "26-91551.json")
    assert [(link.kind, link.url) for link in item.links] == [
        ("dce", "https://profil.example.fr/?id=1&region=93"),
        ("profil", "https://www.profil.example.fr"),
        ("avis", "https://www.boamp.fr/pages/avis/?q=idweb:26-91551"),
    ]


def test_boamp_pages(serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=many(250)).routes())

    assert numbers(items("boamp", server)) == [f"26-{n:05}" for n in range(1, 251)]
    assert [(asked.query["limit"], asked.query["offset"]) for asked in server.asked] == [
        ("100", "0"),
        ("100", "100"),
        ("100", "200"),
    ]


def test_boamp_beyond_ten_thousand_is_exported(serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=many(10_001)).routes())

    assert len(numbers(items("boamp", server))) == 10_001
    assert server.paths() == ["/boamp/records", "/boamp/exports/jsonl"]


def test_boamp_is_asked_a_month_at_a_time(serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=[*many(2, "2026-01-15"), *many(1, "2026-02-20")]).routes())
    window = Window(since=date(2026, 1, 1), until=date(2026, 3, 1))

    assert numbers(items("boamp", server, window)) == ["26-00001", "26-00002", "26-00001"]
    assert [asked.query["where"] for asked in server.asked] == [
        "dateparution >= date'2026-01-01' AND dateparution <= date'2026-01-31'",
        "dateparution >= date'2026-02-01' AND dateparution <= date'2026-03-01'",
    ]


@pytest.mark.parametrize(
    ("watermark", "since"),
    [
        pytest.param(None, "2026-01-01", id="first-run"),
        pytest.param("2026-11-20", "2026-11-13", id="overlap"),
        pytest.param("2025-06-01", "2026-01-01", id="window-is-later"),
    ],
)
def test_boamp_starts_from_its_watermark(watermark: str | None, since: str, serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=[]).routes())
    list(items("boamp", server, Window(since=date(2026, 1, 1), until=date(2026, 11, 22)), watermark))

    assert server.asked[0].query["where"].startswith(f"dateparution >= date'{since}'")


def test_one_bad_record_stops_no_other(serve: Callable[..., Server]) -> None:
    bad = {**record("26-2", {}), "donnees": '{"EFORMS": {'}
    server = serve(BoampServer(records=[record("26-1", {}), bad, record("26-3", {})]).routes())

    found = list(items("boamp", server))

    assert numbers(iter(found)) == ["26-1", "boamp:26-2", "26-3"]
    assert [(problem.stage, problem.code) for problem in found[1].problems] == [("fetch", "notice")]
    assert json.loads(found[1].raw) == bad


def test_interrupted_export_is_told_after_what_it_gave(serve: Callable[..., Server]) -> None:
    said = "Streaming interrupted due to the following error: timeout"
    server = serve(BoampServer(records=many(10_002), cut_export=said).routes())

    count, message = until_it_fails(items("boamp", server))

    assert count == 5001
    assert message == f"L'export du BOAMP s'arrête après 5001 avis (« {said} ») : relancez plus tard."


@pytest.mark.parametrize("count", [pytest.param(150, id="pages"), pytest.param(10_010, id="export")])
def test_fewer_notices_than_announced_is_an_error(count: int, serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=many(count), lost=7).routes())

    given, message = until_it_fails(items("boamp", server))

    assert given == count - 7
    assert message == f"Le BOAMP annonce {count} avis et n'en donne que {count - 7} : relancez plus tard."


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(Reply(body=b"<html>maintenance</html>"), "Réponse JSON incomplète", id="page-instead"),
        pytest.param(Reply(body=b'{"total_count": 1, "results": ['), "Réponse JSON incomplète", id="cut-json"),
        pytest.param(Reply(body=b'{"error": "busy"}'), "(busy)", id="error-inside-a-200"),
        pytest.param(Reply(body=b"[]"), "objet JSON", id="another-json"),
        pytest.param(Reply(status=400, body=b'{"error_code": "ODSQLError"}'), "400", id="refused"),
        pytest.param(Reply(status=500), "500", id="down"),
        pytest.param(Reply(drop=True), "coupe la connexion", id="cut"),
    ],
)
def test_boamp_that_fails(reply: Reply, message: str, serve: Callable[..., Server]) -> None:
    count, said = until_it_fails(items("boamp", serve({"/boamp/records": reply})))

    assert count == 0
    assert message in said


def test_boamp_waits_when_it_is_told_to(serve: Callable[..., Server]) -> None:
    busy = Reply(status=429, headers={"Retry-After": "0"}, body=b'{"errorcode": 10005, "call_limit": 1000}')
    server = serve({"/boamp/records": [busy, Reply(body=b'{"total_count": 0, "results": []}')]})

    assert list(items("boamp", server)) == []
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({"limit": 1473}, id="limit"),
        pytest.param({"limit": 100, "offset": 9950}, id="offset-and-limit"),
        pytest.param({"where": "inconnu = 1"}, id="unknown-field"),
    ],
)
def test_server_refuses_what_the_service_refuses(params: dict[str, str | int], serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=[]).routes())

    with Client(settings(server)) as client, pytest.raises(BadStatus) as caught:
        client.get(f"{server.url}/boamp/records", params={"order_by": "idweb", **params})
    assert caught.value.status == 400


@pytest.mark.parametrize("missing", ["donnees", "idweb"])
def test_check_tells_a_field_that_is_gone(missing: str, serve: Callable[..., Server]) -> None:
    fields = [name for name in BoampServer(records=[]).fields if name != missing]
    chosen = settings(serve(BoampServer(records=[], fields=fields).routes()))
    with Client(chosen) as client:
        result = open_source("boamp", chosen).check(client)

    assert not result.ok
    assert missing in result.message


def test_half_a_surrogate_stops_no_notice(serve: Callable[..., Server]) -> None:
    records = [{**record("26-1", {}), "objet": "caf\ud800"}, record("26-2", {})]
    server = serve(BoampServer(records=records).routes())

    first, second = items("boamp", server)

    assert json.loads(first.raw)["objet"] == "caf\ud800"
    assert b"\\ud800" in first.raw
    assert second.notice and second.notice.notice_id == "26-2"


def test_a_surrogate_in_the_number_of_a_notice(serve: Callable[..., Server]) -> None:
    server = serve(BoampServer(records=[{**record("26-\ud800", {}), "donnees": "{"}]).routes())

    (item,) = items("boamp", server)

    assert item.tender_key == "boamp:26-?"


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b'{"idweb": "\xff"}', id="not-utf-8"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep"),
    ],
)
def test_a_line_of_an_export_that_cannot_be_read(line: bytes, serve: Callable[..., Server], data_dir: Path) -> None:
    export = json.dumps(record("26-1", {})).encode() + b"\n" + line + b"\n"
    count = Reply(body=b'{"total_count": 10001, "results": []}')
    server = serve({"/boamp/records": count, "/boamp/exports/jsonl": Reply(body=export)})

    given, message = until_it_fails(items("boamp", server))

    assert given == 1
    assert "s'arrête après 1 avis" in message
    assert list(data_dir.rglob("*.*")) == []


def test_a_cut_export_goes_on_the_next_night(serve: Callable[..., Server], data_dir: Path) -> None:
    lines = "\n".join(json.dumps(one) for one in many(10_001)).encode()
    count = Reply(body=b'{"total_count": 10001, "results": []}')
    server = serve({"/boamp/records": count, "/boamp/exports/jsonl": cut_once(lines, '"v1"')})

    assert until_it_fails(items("boamp", server, retries=0))[0] == 0
    assert len(numbers(items("boamp", server, retries=0))) == 10_001
    assert server.asked[-1].headers["range"] == f"bytes={len(lines) // 2}-"
    assert list(data_dir.rglob("*.*")) == []
