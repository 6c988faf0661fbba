"""The sources of notices over real HTTP: what is asked, what is yielded, and every way in which a service fails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from notice_samples import EXPECTED, SOURCES, eforms, eforms_lot, fns_simple, needs_samples, record
from notice_servers import BoampServer, TedServer
from servers import Asked, Reply, Server, document

from flows.http import Client
from flows.http_errors import BadStatus, HttpError
from flows.sources.base import Item, Source, SourceError, Window, factories, open_source
from flows.sources.settings import SourceSettings

DAY = Window(since=date(2026, 11, 20), until=date(2026, 11, 20))


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sources keep what they fetch."""
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path))
    return tmp_path


def settings(server: Server, **more: object) -> SourceSettings:
    """What leads every source to the server, without waiting."""
    told: dict[str, object] = {
        "boamp_url": f"{server.url}/boamp",
        "ted_url": f"{server.url}/search",
        "ted_notice_url": server.url + "/notice/{number}/xml",
        "allowed_private_hosts": ("127.0.0.1",),
        "requests_per_second": 50,
        "retries": 1,
        "retry_seconds": 0.01,
        **more,
    }
    return SourceSettings(**told)  # type: ignore[arg-type]


def items(
    name: str, server: Server, window: Window = DAY, watermark: str | None = None, **more: object
) -> Iterator[Item]:
    chosen = settings(server, **more)
    with Client(chosen) as client:
        yield from open_source(name, chosen).items(window, watermark, client)


def numbers(found: Iterator[Item]) -> list[str]:
    return [item.notice.notice_id if item.notice else item.tender_key for item in found]


def many(count: int, day: str = "2026-11-20") -> list[dict[str, object]]:
    return [{"idweb": f"26-{n:05}", "dateparution": day, "nature": "APPEL_OFFRE"} for n in range(1, count + 1)]


def until_it_fails(found: Iterator[Item]) -> tuple[int, str]:
    """How many items come before the error, and its message."""
    count = 0
    with pytest.raises((SourceError, HttpError)) as caught:
        for _ in found:
            count += 1
    return count, str(caught.value)


# ---------------------------------------------------------------- all of them


def test_sources_are_found_by_name() -> None:
    assert {"boamp", "ted", "decp"} <= set(factories())


@pytest.mark.parametrize("name", ["boamp", "ted"])
def test_check_tells_whether_the_service_answers(name: str, serve: Callable[..., Server]) -> None:
    up = serve({**BoampServer(records=[]).routes(), **TedServer(notices={}).routes()})
    down = serve({})

    for server, ok in ((up, True), (down, False)):
        chosen = settings(server)
        with Client(chosen) as client:
            source: Source = open_source(name, chosen)
            result = source.check(client)
        assert result.ok is ok
        assert result.message
        assert source.title


# ---------------------------------------------------------------- BOAMP


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


def cut_once(body: bytes, etag: str) -> Callable[[Asked], Reply]:
    """A file whose first sending stops half-way."""
    whole, asked_before = document(body, etag=etag), []

    def answer(asked: Asked) -> Reply:
        asked_before.append(asked)
        if len(asked_before) == 1:
            return Reply(body=body[: len(body) // 2], announced=len(body), headers={"ETag": etag})
        assert callable(whole)
        return whole(asked)

    return answer


def test_a_cut_export_goes_on_the_next_night(serve: Callable[..., Server], data_dir: Path) -> None:
    lines = "\n".join(json.dumps(one) for one in many(10_001)).encode()
    count = Reply(body=b'{"total_count": 10001, "results": []}')
    server = serve({"/boamp/records": count, "/boamp/exports/jsonl": cut_once(lines, '"v1"')})

    assert until_it_fails(items("boamp", server, retries=0))[0] == 0
    assert len(numbers(items("boamp", server, retries=0))) == 10_001
    assert server.asked[-1].headers["range"] == f"bytes={len(lines) // 2}-"
    assert list(data_dir.rglob("*.*")) == []


# ---------------------------------------------------------------- TED


def test_the_xml_of_ted_is_fetched_once(serve: Callable[..., Server]) -> None:
    server = serve(TedServer(notices=ted_notices(3)).routes())

    first, again = list(items("ted", server)), list(items("ted", server))

    assert again == first
    assert sorted(path for path in server.paths() if path != "/search") == [
        f"/notice/{n}-2026/xml" for n in range(1, 4)
    ]


def test_xml_of_ted_that_no_night_asks_again_is_deleted(serve: Callable[..., Server], data_dir: Path) -> None:
    server = serve(TedServer(notices=ted_notices(1)).routes())
    list(items("ted", server))
    (kept,) = data_dir.rglob("*.xml")
    os.utime(kept, (0, 0))

    list(items("ted", serve(TedServer(notices={}).routes())))

    assert not kept.exists()


def test_a_page_in_the_place_of_ted_xml_is_not_kept(serve: Callable[..., Server]) -> None:
    xml = ted_notices(1)["1-2026"]
    replies = [Reply(body=b"<html>captcha</html>"), Reply(body=xml)]
    server = serve({**TedServer(notices=ted_notices(1)).routes(), "/notice/1-2026/xml": replies})

    assert numbers(items("ted", server)) == ["ted:1-2026"]
    assert numbers(items("ted", server)) == ["1-2026"]


def ted_notices(count: int) -> dict[str, bytes]:
    return {f"{n}-2026": eforms(eforms_lot(1), number=f"{n:08}-2026") for n in range(1, count + 1)}


@needs_samples
def test_recorded_notices_of_ted(serve: Callable[..., Server]) -> None:
    cases = [case for case in EXPECTED if case["file"].startswith(("ted_xml", "eforms_fr/real"))]
    server = serve(TedServer(notices={case["id"]: (SOURCES / case["file"]).read_bytes() for case in cases}).routes())

    found = list(items("ted", server))

    assert len(found) == 96
    assert [(item.notice.notice_id, list(item.notice.departements)) for item in found if item.notice] == [
        (case["id"], case.get("departements", [])) for case in cases
    ]
    assert [item.problems for item in found if item.problems] == []


@needs_samples
def test_recorded_answer_of_the_search_is_understood(serve: Callable[..., Server]) -> None:
    recorded = json.loads((SOURCES / "ted_search_api/notice_619675-2026_trimmed.json").read_bytes())
    body = {"notices": [recorded], "totalNoticeCount": 1, "iterationNextToken": "x", "timedOut": False}
    xml = Reply(body=eforms(eforms_lot(1), number="00619675-2026"))
    server = serve({"/search": Reply(body=json.dumps(body).encode()), "/notice/619675-2026/xml": xml})

    (item,) = items("ted", server)

    assert (item.tender_key.partition(":")[0], item.cursor, item.raw_name) == (
        "folder",
        "2026-09-09",
        "619675-2026.xml",
    )


def test_ted_asks_by_iteration(serve: Callable[..., Server]) -> None:
    server = serve(TedServer(notices=ted_notices(2)).routes())

    (first, _) = items("ted", server)

    assert json.loads(server.asked[0].body) == {
        "query": "buyer-country=FRA AND publication-date>=20261120 AND publication-date<=20261120 "
        "SORT BY publication-date ASC",
        "fields": ["publication-number", "publication-date", "place-of-performance"],
        "limit": 250,
        "scope": "ALL",
        "paginationMode": "ITERATION",
    }
    assert (first.cursor, first.raw_name) == ("2026-11-20", "1-2026.xml")


@pytest.mark.parametrize("ends_without_token", [False, True])
def test_ted_stops_though_a_token_still_comes(ends_without_token: bool, serve: Callable[..., Server]) -> None:
    notices = ted_notices(251)
    places = {number: ["FR101"] for number in list(notices)[:-1]}  # only the last one is fetched
    server = serve(TedServer(notices=notices, places=places, ends_without_token=ends_without_token).routes())
    window = Window(since=DAY.since, until=DAY.until, departements=("93",))

    assert numbers(items("ted", server, window)) == ["251-2026"]
    assert server.paths() == ["/search", "/search", "/notice/251-2026/xml"]
    assert json.loads(server.asked[1].body)["iterationNextToken"] == "250"


def test_ted_without_notices(serve: Callable[..., Server]) -> None:
    server = serve(TedServer(notices={}).routes())

    assert list(items("ted", server)) == []
    assert server.paths() == ["/search"]


def test_ted_fetches_only_what_can_concern_the_departements(serve: Callable[..., Server]) -> None:
    server = serve(
        TedServer(
            notices={
                "1-2026": eforms(eforms_lot(1, nuts="FRL04")),
                "2-2026": eforms(eforms_lot(1, nuts="FR106")),
                "3-2026": eforms(eforms_lot(1, nuts="FRL04")),
            },
            places={"1-2026": ["FRL04"], "2-2026": ["FR10"], "3-2026": ["FRA"]},
        ).routes()
    )
    window = Window(since=DAY.since, until=DAY.until, departements=("93",))

    assert numbers(items("ted", server, window)) == ["2-2026"]
    assert "/notice/1-2026/xml" not in server.paths()
    assert "/notice/3-2026/xml" in server.paths()


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        pytest.param(Reply(status=404), "http_status", id="gone"),
        pytest.param(Reply(body=b"<html>captcha</html>"), "notice", id="page-instead"),
        pytest.param(Reply(body=b"<ContractNotice><a"), "notice", id="cut-xml"),
        pytest.param(Reply(body=b"", drop=True), "unreachable", id="cut"),
    ],
)
def test_one_bad_notice_stops_no_other(broken: Reply, code: str, serve: Callable[..., Server]) -> None:
    server = serve({**TedServer(notices=ted_notices(3)).routes(), "/notice/2-2026/xml": broken})

    found = list(items("ted", server))

    assert numbers(iter(found)) == ["1-2026", "ted:2-2026", "3-2026"]
    assert [problem.code for problem in found[1].problems] == [code]


def test_service_without_its_notices_is_down(serve: Callable[..., Server]) -> None:
    routes = TedServer(notices=ted_notices(20)).routes()
    server = serve({"/search": routes["/search"]})

    count, message = until_it_fails(items("ted", server))

    assert count == 4
    assert "404" in message


@pytest.mark.parametrize(
    ("options", "given", "message"),
    [
        pytest.param({"timed_out": True}, 0, "timedOut", id="timed-out"),
        pytest.param({"lost": 2}, 1, "TED annonce 3 avis et n'en donne que 1", id="fewer"),
    ],
)
def test_partial_answer_of_ted_is_an_error(
    options: dict[str, object], given: int, message: str, serve: Callable[..., Server]
) -> None:
    server = serve(TedServer(notices=ted_notices(3), **options).routes())  # type: ignore[arg-type]

    count, said = until_it_fails(items("ted", server))

    assert count == given
    assert message in said


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        pytest.param(Reply(status=500), "500", id="invalid-token"),
        pytest.param(Reply(body=b"{}"), "totalNoticeCount", id="another-json"),
        pytest.param(Reply(body=b"<html></html>"), "JSON", id="page-instead"),
        pytest.param(
            Reply(body=b'{"notices": [{}], "totalNoticeCount": 1, "timedOut": false}'), "number", id="no-number"
        ),
    ],
)
def test_ted_that_fails(reply: Reply, message: str, serve: Callable[..., Server]) -> None:
    count, said = until_it_fails(items("ted", serve({"/search": reply})))

    assert count == 0
    assert message in said


# ---------------------------------------------------------------- DECP


def decp_file(*contracts: dict[str, object]) -> Reply:
    return Reply(
        body=json.dumps({"marches": {"marche": contracts}}).encode(), headers={"Content-Type": "application/json"}
    )


def decp_contract(id: str, day: str = "2026-11-20", place: str = "93") -> dict[str, object]:
    return {
        "id": id,
        "acheteur": {"id": "21930001900011"},
        "datePublicationDonnees": day,
        "lieuExecution": {"code": place, "typeCode": "Code département"},
        "montant": 1.5,
        "considerationsSociales": {"considerationSociale": ["Clause sociale"]},
    }


def decp(server: Server, *names: str, window: Window = DAY) -> list[Item]:
    return list(items("decp", server, window, decp_urls=tuple(f"{server.url}/{name}" for name in names)))


@needs_samples
def test_recorded_files_of_contracts(serve: Callable[..., Server]) -> None:
    files = sorted({case["file"].partition("#")[0] for case in EXPECTED if case["file"].startswith("decp/")})
    replies = {f"/{n}.json": Reply(body=(SOURCES / file).read_bytes()) for n, file in enumerate(files)}
    window = Window(since=date(2000, 1, 1), until=date(2026, 11, 22))

    found = decp(serve(replies), *(f"{n}.json" for n in range(len(files))), window=window)

    assert len(files) == 6
    assert numbers(iter(found)) == [case["id"] for case in EXPECTED if case["file"].startswith("decp/")]
    assert [item.cursor for item in found if item.cursor] == ["2026-11-22"]


def test_contracts_of_the_window_and_departements(serve: Callable[..., Server]) -> None:
    server = serve(
        {
            "/a.json": decp_file(
                decp_contract("M1"), decp_contract("M2", "2026-11-19"), decp_contract("M3", place="75")
            ),
            "/b.json": decp_file(decp_contract("M4")),
        }
    )
    window = Window(since=DAY.since, until=DAY.until, departements=("93",))

    found = decp(server, "a.json", "b.json", window=window)

    assert [(item.tender_key, item.cursor) for item in found] == [
        ("decp:21930001900011/M1", ""),
        ("decp:21930001900011/M4", "2026-11-20"),
    ]
    assert found[0].raw_name == "21930001900011_M1.json"
    assert json.loads(found[0].raw)["considerationsSociales"] == {"considerationSociale": ["Clause sociale"]}


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param(Reply(status=404), id="gone"),
        pytest.param(Reply(body=b'{"marches": {"marche": [{"id": '), id="cut-json"),
        pytest.param(Reply(body=b'{"marches": [{"objet": "sans identifiant"}]}'), id="no-identifier"),
    ],
)
def test_one_bad_file_stops_no_other_and_keeps_the_watermark(broken: Reply, serve: Callable[..., Server]) -> None:
    server = serve({"/a.json": broken, "/b.json": decp_file(decp_contract("M4"))})

    found = decp(server, "a.json", "b.json")

    assert [bool(item.problems) for item in found] == [True, False]
    assert found[1].tender_key == "decp:21930001900011/M4"


def test_decp_without_files_says_what_to_set(serve: Callable[..., Server]) -> None:
    count, message = until_it_fails(items("decp", serve({})))

    assert (count, "CLAUSOSCOPE_DECP_URLS" in message) == (0, True)


def test_contracts_that_did_not_change_are_not_sent_again(serve: Callable[..., Server]) -> None:
    reply = decp_file(decp_contract("M1"))
    server = serve({"/a.json": document(reply.body, etag='"v1"')})

    assert decp(server, "a.json") == decp(server, "a.json")
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"v1"']

    server.routes["/a.json"] = document(decp_file(decp_contract("M2")).body, etag='"v2"')
    assert [item.tender_key for item in decp(server, "a.json")] == ["decp:21930001900011/M2"]


def test_a_cut_file_of_contracts_goes_on_the_next_night(serve: Callable[..., Server], data_dir: Path) -> None:
    body = decp_file(decp_contract("M1"), decp_contract("M2")).body
    server = serve({"/a.json": cut_once(body, '"v1"')})
    url = f"{server.url}/a.json"

    (problem,) = items("decp", server, decp_urls=(url,), retries=0)
    found = list(items("decp", server, decp_urls=(url,), retries=0))

    assert problem.problems and len(found) == 2
    assert server.asked[1].headers["range"] == f"bytes={len(body) // 2}-"
    assert len(list(data_dir.rglob("*.json"))) == 2


def test_no_secret_of_an_address_of_contracts_is_told(serve: Callable[..., Server]) -> None:
    server = serve({"/b.json": Reply(body=b'{"marches": [{"objet": "sans identifiant"}]}')})
    secret = f"http://bob:SECRET@127.0.0.1:{server.port}"
    urls = tuple(f"{secret}/{name}.json?v=2&token=SECRET" for name in ("a", "b"))

    found = list(items("decp", server, decp_urls=urls))

    assert len(found) >= 2
    assert all(f"decp:{server.url}/" in item.tender_key and "v=2" in item.tender_key for item in found)
    assert "SECRET" not in str(found)
