"""The source DECP over real HTTP: contracts of files that change, are cut, or cannot be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from notice_calls import DAY, cut_once, items, numbers, until_it_fails
from notice_samples import EXPECTED, SOURCES, needs_samples
from servers import Reply, Server, document

from flows.sources.base import Item, Window

pytestmark = pytest.mark.usefixtures("data_dir")


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

    first, second = decp(server, "a.json"), decp(server, "a.json")
    assert [item.tender_key for item in first] == ["decp:21930001900011/M1"]
    assert second == first
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, '"v1"']

    server.routes["/a.json"] = document(decp_file(decp_contract("M2")).body, etag='"v2"')
    assert [item.tender_key for item in decp(server, "a.json")] == ["decp:21930001900011/M2"]


def test_a_cut_file_of_contracts_goes_on_the_next_night(serve: Callable[..., Server], data_dir: Path) -> None:
    body = decp_file(decp_contract("M1"), decp_contract("M2")).body
    server = serve({"/a.json": cut_once(body, '"v1"')})
    url = f"{server.url}/a.json"

    (problem,) = items("decp", server, decp_urls=(url,), retries=0)
    found = list(items("decp", server, decp_urls=(url,), retries=0))

    assert [told.code for told in problem.problems] == ["incomplete"]
    assert [item.tender_key for item in found] == ["decp:21930001900011/M1", "decp:21930001900011/M2"]
    assert server.asked[1].headers["range"] == f"bytes={len(body) // 2}-"
    assert len(list(data_dir.rglob("*.json"))) == 2


def test_no_secret_of_an_address_of_contracts_is_told(serve: Callable[..., Server]) -> None:
    server = serve({"/b.json": Reply(body=b'{"marches": [{"objet": "sans identifiant"}]}')})
    secret = f"http://bob:SECRET@127.0.0.1:{server.port}"
    urls = tuple(f"{secret}/{name}.json?v=2&token=SECRET" for name in ("a", "b"))

    found = list(items("decp", server, decp_urls=urls))

    assert [item.tender_key for item in found] == [
        f"decp:{server.url}/a.json?v=2&token=…",
        f"decp:{server.url}/b.json?v=2&token=…#1",
    ]
    assert "SECRET" not in str(found)
