"""The HTTP client against real servers: its manners, its stubbornness, and every fault it must survive or refuse."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from conftest import pdf
from servers import Asked, Reply, Server, certificate, document

from flows.http import Client, HttpError
from flows.http_errors import (
    BadAnswer,
    BadCertificate,
    BadStatus,
    ForbiddenAddress,
    Incomplete,
    PageInstead,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
)
from flows.sources.settings import SourceSettings

PDF = pdf()
PAGE = b"<!DOCTYPE html><html><body>Veuillez vous identifier</body></html>"
OK = Reply(body=b"bonjour")


def client(**settings: object) -> Client:
    """A client in a hurry, that may reach the servers of the tests."""
    hurried = {"requests_per_second": 50, "retry_seconds": 0.001, "retries": 2, "allowed_private_hosts": ("127.0.0.1",)}
    return Client(SourceSettings(**(hurried | settings)))


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


# ---------------------------------------------------------------- where it refuses to go

PRIVATE = {
    "loopback": "http://127.0.0.2/",
    "loopback-ipv6": "http://[::1]/",
    "mapped-ipv6": "http://[::ffff:127.0.0.2]/",
    "link-local": "http://169.254.169.254/latest/meta-data/",
    "private-10": "http://10.1.2.3/",
    "private-192": "http://192.168.1.1/",
    "unspecified": "http://0.0.0.0/",
    "decimal": "http://2130706434/",
    "name": "http://localhost/",
}


@pytest.mark.parametrize("address", [pytest.param(address, id=name) for name, address in PRIVATE.items()])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_to_a_private_address(address: str, status: int, serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(status=status, headers={"Location": address})})
    with client() as http, pytest.raises(ForbiddenAddress, match="CLAUSOSCOPE_ALLOWED_PRIVATE_HOSTS"):
        http.get(f"{server.url}/")


@pytest.mark.parametrize("address", [pytest.param(address, id=name) for name, address in PRIVATE.items()])
def test_no_first_request_to_a_private_address(address: str) -> None:
    with client() as http, pytest.raises(ForbiddenAddress):
        http.get(address)


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/hostname",
        "ftp://exemple.fr/dce.zip",
        "dce.zip",
        "http://",
        "http://[::1",
    ],
)
def test_no_address_that_is_not_of_the_web(address: str) -> None:
    with client() as http, pytest.raises(ForbiddenAddress):
        http.get(address)


def test_a_name_that_changes_between_check_and_connection(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The body is not read: the machine that answered is looked at too."""
    server = serve({"/": OK})
    resolve, asked = socket.getaddrinfo, []

    def changing(host: str, *args: object, **options: object) -> object:
        asked.append(host)
        return resolve("9.9.9.9" if len(asked) == 1 else "127.0.0.1", *args, **options)

    monkeypatch.setattr("socket.getaddrinfo", changing)
    with client(allowed_private_hosts=()) as http, pytest.raises(ForbiddenAddress):
        http.get(f"http://change.exemple.fr:{server.port}/")
    assert len(asked) == 2


def test_redirects_are_followed_between_allowed_hosts(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(status=302, headers={"Location": "/vrai"}), "/vrai": OK})
    with client() as http:
        assert http.get(f"{server.url}/").url == f"{server.url}/vrai"


def test_redirects_without_end(serve: Callable[..., Server]) -> None:
    server = serve({"/": Reply(status=302, headers={"Location": "/"})})
    with client() as http, pytest.raises(TooManyRedirects):
        http.get(f"{server.url}/")
    assert len(server.asked) == 6


def test_a_certificate_that_nobody_signed(serve: Callable[..., Server], tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    server = serve({"/": OK}, certificate=context)
    with client() as http, pytest.raises(BadCertificate, match="certificat"):
        http.get(f"{server.url}/")
    assert server.asked == []


def test_a_certificate_that_this_machine_trusts(
    serve: Callable[..., Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context, signed = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    server = serve({"/": OK}, certificate=context)
    with client() as http:
        assert http.get(f"{server.url}/").body == b"bonjour"


# ---------------------------------------------------------------- downloads


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_download_is_whole_named_and_hashed(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/dce/RC.pdf": document(PDF, etag='"v1"', modified="Sat, 21 Nov 2026 03:00:00 GMT")})
    with client() as http:
        got = http.download(f"{server.url}/dce/RC.pdf", tmp_path)
    assert got is not None
    assert (got.name, got.size, got.etag, got.last_modified) == (
        "RC.pdf", len(PDF), '"v1"', "Sat, 21 Nov 2026 03:00:00 GMT",
    )  # fmt: skip
    assert got.sha256 == hashlib.sha256(PDF).hexdigest()
    assert got.path.read_bytes() == PDF
    assert left(tmp_path) == [f"{got.sha256[:16]}.pdf"]


@pytest.mark.parametrize(
    "known", [{"etag": '"v1"'}, {"last_modified": "Sat, 21 Nov 2026 03:00:00 GMT"}], ids=["etag", "date"]
)
def test_a_document_that_did_not_change_is_not_sent_again(
    known: dict[str, str], serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve({"/rc.pdf": document(PDF, etag='"v1"', modified="Sat, 21 Nov 2026 03:00:00 GMT")})
    with client() as http:
        assert http.download(f"{server.url}/rc.pdf", tmp_path, **known) is None
        assert http.download(f"{server.url}/rc.pdf", tmp_path, etag='"v0"') is not None


def cut_then(body: bytes, at: int, *, etag: str, then: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
    """The first answer stops at `at`; the next ones are those of `then`."""
    cut: list[bool] = []

    def answer(asked: Asked) -> Reply:
        if cut:
            return then(asked)
        cut.append(True)
        return Reply(body=body[:at], announced=len(body), headers={"ETag": etag})

    return answer


def test_a_cut_download_goes_on_where_it_stopped(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=document(PDF, etag='"v1"'))})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF
    assert (server.asked[1].headers["range"], server.asked[1].headers["if-range"]) == ("bytes=500-", '"v1"')


def test_a_later_run_goes_on_where_the_first_was_cut(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=document(PDF, etag='"v1"'))})
    with client(retries=0) as http, pytest.raises(Incomplete):
        http.download(f"{server.url}/rc.pdf", tmp_path)
    with client(retries=0) as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF
    assert server.asked[1].headers["range"] == "bytes=500-"
    assert left(tmp_path) == [got.path.name]


CHANGED = pdf(lines=("Le document a changé entre les deux demandes.",))
OTHER_ENDS = {
    "document-changed": document(CHANGED, etag='"v2"'),
    "ranges-unknown": Reply(body=CHANGED),
    "range-refused": lambda asked: Reply(status=416) if "range" in asked.headers else Reply(body=CHANGED),
    "wrong-range": lambda asked: (
        Reply(status=206, body=b"x", headers={"Content-Range": "bytes 7-7/8"})
        if "range" in asked.headers
        else Reply(body=CHANGED)
    ),
}


@pytest.mark.parametrize("then", [pytest.param(then, id=name) for name, then in OTHER_ENDS.items()])
def test_two_halves_of_different_documents_are_never_joined(
    then: Callable[[Asked], Reply] | Reply, serve: Callable[..., Server], tmp_path: Path
) -> None:
    rest = then if callable(then) else lambda asked: then
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=rest)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == CHANGED
    assert left(tmp_path) == [got.path.name]


@pytest.mark.parametrize("etag", ["", 'W/"v1"'], ids=["no-proof", "weak-proof"])
def test_without_proof_a_cut_download_starts_again(etag: str, serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag=etag, then=document(PDF))})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF
    assert "range" not in server.asked[1].headers


REFUSED = {
    "endless-body": (Reply(body=b"0" * 65536, endless=True), TooLarge),
    "announced-too-large": (Reply(body=b"", announced=2_000_000), TooLarge),
    "slow-without-end": (Reply(body=b"%PDF-", endless=True, pause=0.05), TooSlow),
    "html-instead-of-pdf": (Reply(body=PAGE, headers={"Content-Type": "text/html; charset=utf-8"}), PageInstead),
    "html-that-says-zip": (Reply(body=PAGE, headers={"Content-Type": "application/zip"}), PageInstead),
    "empty-page": (Reply(body=b"", headers={"Content-Type": "text/html"}), PageInstead),
    "wrong-length": (Reply(body=PDF, announced=len(PDF) + 9), Incomplete),
    "404": (Reply(status=404), BadStatus),
}


@pytest.mark.parametrize(("fault", "error"), [pytest.param(*case, id=name) for name, case in REFUSED.items()])
def test_a_download_that_cannot_be_had(
    fault: Reply, error: type[HttpError], serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve({"/dce.zip": fault})
    with client(max_download_mb=1, max_download_seconds=0.5) as http, pytest.raises(error) as raised:
        http.download(f"{server.url}/dce.zip", tmp_path)
    assert f"{server.url}/dce.zip" in str(raised.value)
    assert [name for name in left(tmp_path) if not name.startswith(".")] == []


NAMES = {
    "plain": ('attachment; filename="DCE.pdf"', "DCE.pdf"),
    "unquoted": ("attachment; filename=DCE 1.pdf", "DCE 1.pdf"),
    "extended": ("attachment; filename=\"x.pdf\"; filename*=UTF-8''R%C3%A8glement%20n%C2%B01.pdf", "Règlement n°1.pdf"),
    "utf-8-bytes": ('attachment; filename="Règlement.pdf"'.encode().decode("latin-1"), "Règlement.pdf"),
    "latin-1": ('attachment; filename="Règlement.pdf"', "Règlement.pdf"),
    "climbing": ('attachment; filename="../../etc/RC.pdf"', "RC.pdf"),
    "climbing-windows": (r'attachment; filename="C:\tmp\RC.pdf"', "RC.pdf"),
    "unknown-alphabet": ("attachment; filename*=martien''RC.pdf; filename=\"RC.pdf\"", "RC.pdf"),
    "no-suffix": ('attachment; filename="RC"', "RC.pdf"),
    "wrong-suffix": ('attachment; filename="RC.zip"', "RC.pdf"),
    "none": ("", "telecharger.pdf"),
}


@pytest.mark.parametrize(("header", "name"), [pytest.param(*case, id=name) for name, case in NAMES.items()])
def test_the_name_of_a_download(header: str, name: str, serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/telecharger.php": Reply(body=PDF, headers={"Content-Disposition": header} if header else {})})
    with client() as http:
        got = http.download(f"{server.url}/telecharger.php", tmp_path)
    assert got is not None
    assert (got.name, got.path.suffix) == (name, ".pdf")


def test_a_folder_that_cannot_be_written(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": Reply(body=PDF)})
    (tmp_path / "fichier").write_bytes(b"")
    with client() as http, pytest.raises(Exception, match="Impossible d'écrire"):
        http.download(f"{server.url}/rc.pdf", tmp_path / "fichier")


def test_a_part_of_a_document_that_was_asked_whole(serve: Callable[..., Server], tmp_path: Path) -> None:
    part = Reply(status=206, body=b"abc", headers={"Content-Range": "bytes 5-7/9"})
    server = serve({"/rc.pdf": part})
    with client() as http, pytest.raises(BadAnswer, match="qu'une partie"):
        http.download(f"{server.url}/rc.pdf", tmp_path)


def test_not_modified_though_nothing_was_known(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": Reply(status=304)})
    with client() as http, pytest.raises(BadAnswer, match="inchangé"):
        http.download(f"{server.url}/rc.pdf", tmp_path)


STRANGE = {
    "etag-latin-1": ({"ETag": '"\xe9"'}, ("", "")),
    "date-in-words": ({"Last-Modified": "lun., 03 f\xe9vr. 2025 10:00:00 GMT"}, ("", "")),
    "yesterday": ({"ETag": '"v1"', "Last-Modified": "hier"}, ('"v1"', "")),
    "end-of-time": ({"Last-Modified": "Fri, 31 Dec 9999 23:59:59 GMT"}, ("", "")),
}


@pytest.mark.parametrize(("headers", "kept"), [pytest.param(*case, id=name) for name, case in STRANGE.items()])
def test_a_proof_that_cannot_be_sent_back_is_not_kept(
    headers: dict[str, str], kept: tuple[str, str], serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve({"/rc.pdf": Reply(body=PDF, headers=headers)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and (got.etag, got.last_modified) == kept


def test_an_old_proof_that_cannot_be_sent_is_not(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": Reply(body=PDF)})
    with client() as http:
        assert http.download(f"{server.url}/rc.pdf", tmp_path, etag='"é"', last_modified="févr.") is not None
    assert "if-none-match" not in server.asked[0].headers


def test_a_download_cut_under_a_proof_that_cannot_be_sent(serve: Callable[..., Server], tmp_path: Path) -> None:
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"\xe9"', then=document(PDF))})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF


@pytest.mark.parametrize("codec", ["idna", "undefined"])
def test_a_name_in_an_alphabet_that_is_none(codec: str, serve: Callable[..., Server], tmp_path: Path) -> None:
    told = {"Content-Disposition": f"attachment; filename*={codec}''%41.pdf"}
    server = serve({"/rc.pdf": Reply(body=PDF, headers=told)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.name == "rc.pdf"


def test_a_total_of_thousands_of_digits(serve: Callable[..., Server], tmp_path: Path) -> None:
    rest = Reply(status=206, body=PDF[500:], headers={"Content-Range": "bytes 500-/" + "9" * 5000})
    server = serve({"/rc.pdf": cut_then(PDF, 500, etag='"v1"', then=lambda asked: rest)})
    with client() as http:
        got = http.download(f"{server.url}/rc.pdf", tmp_path)
    assert got is not None and got.path.read_bytes() == PDF


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


# ---------------------------------------------------------------- proxies


@pytest.fixture
def proxy(serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Server]:
    def through(variable: str) -> Server:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        server = serve({"*": OK})
        monkeypatch.setenv(variable, server.url)
        return server

    return through


@pytest.mark.parametrize("address", [pytest.param(address, id=name) for name, address in PRIVATE.items()])
def test_no_private_address_by_the_proxy(address: str, proxy: Callable[[str], Server]) -> None:
    server = proxy("http_proxy")
    with client() as http, pytest.raises(ForbiddenAddress):
        http.get(address)
    assert server.asked == []


@pytest.mark.parametrize("variable", ["http_proxy", "ALL_PROXY"])
def test_public_names_by_the_proxy(variable: str, proxy: Callable[[str], Server]) -> None:
    proxy(variable)
    with client(allowed_private_hosts=()) as http:
        assert http.get("http://nom.qui.n.existe.pas.example/").body == b"bonjour"


def test_a_key_of_the_address_is_not_told(serve: Callable[..., Server]) -> None:
    server = serve({"/rc.pdf": Reply(status=403)})
    query = "id=7&token=SECRET1&X-Amz-Signature=SECRET2&sig=SECRET3"
    with client() as http, pytest.raises(BadStatus) as raised:
        http.get(f"{server.url}/rc.pdf?{query}")
    assert "SECRET" not in str(raised.value)
    assert "id=7" in str(raised.value)
