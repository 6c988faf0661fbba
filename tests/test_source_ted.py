"""The source TED over real HTTP: what is asked, what is yielded, and every way in which the service fails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from notice_calls import DAY, items, numbers, until_it_fails
from notice_samples import EXPECTED, SOURCES, eforms, eforms_lot, needs_samples
from notice_servers import TedServer
from servers import Reply, Server

from flows.sources.base import Window

pytestmark = pytest.mark.usefixtures("data_dir")


def ted_notices(count: int) -> dict[str, bytes]:
    return {f"{n}-2026": eforms(eforms_lot(1), number=f"{n:08}-2026") for n in range(1, count + 1)}


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
