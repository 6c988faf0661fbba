"""The HTTP client against real servers: its manners, its stubbornness, and the hosts that it leaves alone."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hurried import client
from servers import Reply, Server

from flows.http import HttpError
from flows.http_errors import BadAnswer, BadStatus, Incomplete, TooSlow, Unreachable

OK = Reply(body=b"bonjour")


# ---------------------------------------------------------------- manners


def test_says_its_name(serve: Callable[..., Server]) -> None:
    server = serve({"/": OK})
    with client(user_agent="Clausoscope (contact@exemple.fr)") as http:
        assert http.get(f"{server.url}/").text == "bonjour"
    assert server.asked[0].headers["user-agent"] == "Clausoscope (contact@exemple.fr)"


def test_keeps_to_the_rate_of_a_host(serve: Callable[..., Server]) -> None:
    server = serve({"/": OK})
    with client(requests_per_second=20) as http:
        start = time.monotonic()
        for _ in range(4):
            http.get(f"{server.url}/")
    assert time.monotonic() - start >= 3 / 20


def test_keeps_to_the_connections_of_a_host(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(body=b"lent", pause=0.2)})
    with client(connections_per_host=2) as http:
        threads = [threading.Thread(target=http.get, args=(f"{server.url}/",)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.asked) == 6
    assert server.most_at_once == 2


def test_another_host_does_not_wait(serve: Callable[..., Server]) -> None:
    slow, quick = serve({"/": Reply(status=429, headers={"Retry-After": "60"})}), serve({"/": OK})
    with client(retries=0) as http:
        with pytest.raises(BadStatus):
            http.get(f"{slow.url}/")
        assert http.get(f"{quick.url}/").body == b"bonjour"


def seconds(count: int) -> str:
    return str(count)


def http_date(count: int) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=count + 1), usegmt=True)


@pytest.mark.parametrize("form", [seconds, http_date], ids=["seconds", "date"])
@pytest.mark.parametrize("status", [429, 503])
def test_waits_as_long_as_it_is_asked(form: Callable[[int], str], status: int, serve: Callable[..., Server]) -> None:
    server = serve({"/": [Reply(status=status, headers={"Retry-After": form(1)}), OK]})
    with client() as http:
        assert http.get(f"{server.url}/").body == b"bonjour"
    first, second = server.asked
    assert second.at - first.at >= 1


def test_does_not_wait_for_hours(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(status=429, headers={"Retry-After": "7200"})})
    with client() as http, pytest.raises(BadStatus, match="429.*trop de demandes"):
        http.get(f"{server.url}/")
    assert len(server.asked) == 1


# ---------------------------------------------------------------- faults that pass

PASSING = {
    "500": Reply(status=500),
    "502": Reply(status=502),
    "429-without-retry-after": Reply(status=429),
    "connection-dropped": Reply(drop=True),
    "body-cut": Reply(body=b"bon", announced=7),
}


@pytest.mark.parametrize("fault", [pytest.param(fault, id=name) for name, fault in PASSING.items()])
def test_tries_again(fault: Reply, serve: Callable[..., Server]) -> None:
    server = serve({"/": [fault, fault, OK]})
    with client() as http:
        assert http.get(f"{server.url}/").body == b"bonjour"
    assert len(server.asked) == 3


LASTING = {
    "500": (Reply(status=500), BadStatus, 3),
    "connection-dropped": (Reply(drop=True), Unreachable, 3),
    "wrong-length": (Reply(body=b"bon", announced=7), Incomplete, 3),
    "no-answer": (Reply(pause=5), Unreachable, 3),
    "400": (Reply(status=400), BadStatus, 1),
    "403": (Reply(status=403), BadStatus, 1),
    "404": (Reply(status=404), BadStatus, 1),
    "redirect-without-address": (Reply(status=302), BadStatus, 1),
}


@pytest.mark.parametrize(("fault", "error", "tries"), [pytest.param(*case, id=name) for name, case in LASTING.items()])
def test_gives_up(fault: Reply, error: type[HttpError], tries: int, serve: Callable[..., Server]) -> None:
    server = serve({"/": fault})
    with client(read_timeout_seconds=0.2) as http, pytest.raises(error) as raised:
        http.get(f"{server.url}/")
    assert len(server.asked) == tries
    assert "\n" not in str(raised.value)
    assert server.url in str(raised.value)


def test_a_post_is_sent_again_whole(serve: Callable[..., Server]) -> None:
    server = serve({"/": [Reply(status=500), Reply(body=b'{"notices": []}')]})
    with client() as http:
        assert http.post(f"{server.url}/", json={"query": "PD=20261121"}).json() == {"notices": []}
    assert [asked.body for asked in server.asked] == [b'{"query":"PD=20261121"}'] * 2


def test_an_error_inside_a_200_export_is_seen(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(body=b'[{"idweb": "26-1"}, Streaming interrupted due to the following error')})
    with client() as http, pytest.raises(BadAnswer, match="JSON incomplète"):
        http.get(f"{server.url}/").json()


def test_a_server_that_is_not_there() -> None:
    with Server({}) as gone:
        address = gone.url
    with client() as http, pytest.raises(Unreachable, match="injoignable"):
        http.get(address)


def test_a_password_of_the_address_is_not_told(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(status=403)})
    with client() as http, pytest.raises(BadStatus) as raised:
        http.get(f"http://moi:secret@127.0.0.1:{server.port}/")
    assert "secret" not in str(raised.value)


def test_a_key_of_the_address_is_not_told(serve: Callable[..., Server]) -> None:
    server = serve({"/rc.pdf": Reply(status=403)})
    query = "id=7&token=SECRET1&X-Amz-Signature=SECRET2&sig=SECRET3"
    with client() as http, pytest.raises(BadStatus) as raised:
        http.get(f"{server.url}/rc.pdf?{query}")
    assert "SECRET" not in str(raised.value)
    assert "id=7" in str(raised.value)


# ---------------------------------------------------------------- pages and hosts that would hold us for ever


def test_json_as_deep_as_a_well(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(body=b"[" * 100_000 + b"]" * 100_000)})
    with client() as http, pytest.raises(BadAnswer, match="JSON"):
        http.get(f"{server.url}/").json()


def test_a_page_that_drips(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(body=b" ", endless=True, pause=0.05)})
    start = time.monotonic()
    with client(max_download_seconds=0.5) as http, pytest.raises(TooSlow, match="CLAUSOSCOPE_MAX_DOWNLOAD_SECONDS"):
        http.get(f"{server.url}/")
    assert time.monotonic() - start < 3


FAILING = {
    "500": (Reply(status=500), 9),
    "429": (Reply(status=429), 9),
    "cut": (Reply(drop=True), 9),
    "no-answer": (Reply(pause=5), 9),
    "wait-for-hours": (Reply(status=503, headers={"Retry-After": "7200"}), 3),
}


@pytest.mark.parametrize(("fault", "tries"), [pytest.param(*case, id=name) for name, case in FAILING.items()])
def test_a_host_that_fails_three_requests_is_left_alone(fault: Reply, tries: int, serve: Callable[..., Server]) -> None:
    down, up = serve({"*": fault}), serve({"/": OK})
    with client(read_timeout_seconds=0.1) as http:
        for _ in range(3):
            with pytest.raises(HttpError):
                http.get(f"{down.url}/")
        with pytest.raises(Unreachable, match="trop de fois de suite"):
            http.get(f"{down.url}/autre")
        assert http.get(f"{up.url}/").body == b"bonjour"
    assert len(down.asked) == tries


@pytest.mark.parametrize("answer", [OK, Reply(status=404)], ids=["page", "404"])
def test_an_answer_gives_a_host_its_chances_back(answer: Reply, serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(status=500), "/vit": answer})
    with client(retries=0) as http:
        for _ in range(3):
            for path in ("/", "/", "/vit"):
                with contextlib.suppress(BadStatus):
                    http.get(f"{server.url}{path}")
    assert len(server.asked) == 9


def test_threads_leave_a_host_alone_together(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(status=500)})

    def ask() -> None:
        with contextlib.suppress(HttpError):
            http.get(f"{server.url}/")

    with client(connections_per_host=8) as http:
        threads = [threading.Thread(target=ask) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        asked = len(server.asked)
        ask()
    assert 9 <= asked == len(server.asked) < 60


def test_a_host_makes_us_wait_so_long_and_no_longer(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.hosts.MAX_WAIT", 1.5)
    server = serve({"/": [Reply(status=503, headers={"Retry-After": "1"})] * 3})
    with client() as http, pytest.raises(BadStatus, match="503"):
        http.get(f"{server.url}/")
    assert len(server.asked) == 2
