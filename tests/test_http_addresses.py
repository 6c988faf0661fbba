"""Where the HTTP client refuses to go: private addresses, redirects, certificates, and proxies."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hurried import client
from servers import Reply, Server, certificate

from flows.http_errors import BadCertificate, ForbiddenAddress, TooManyRedirects

OK = Reply(body=b"bonjour")

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
