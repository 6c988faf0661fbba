"""Real HTTP servers on loopback that behave as told, faults included."""

from __future__ import annotations

import contextlib
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that a server received."""

    method: str
    target: str
    """With its query, as sent."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes
    at: float

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def form(self) -> dict[str, str]:
        return {name: values[-1] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass(frozen=True, kw_only=True)
class Reply:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int | None = None
    """Content-Length, when it is not that of the body: the connection is cut at the end of the body."""
    drop: bool = False
    """Cut the connection before any answer."""
    endless: bool = False
    """Send the body again and again, without a length."""
    pause: float = 0
    """Seconds before the answer, or between two sendings of an endless body."""


Route = Reply | Sequence[Reply] | Callable[[Asked], Reply]
"""A sequence is played once, then its last reply stands."""


def document(body: bytes, *, etag: str = "", modified: str = "", headers: Mapping[str, str] | None = None) -> Route:
    """A file as good servers give it: conditional requests and ranges."""
    proofs = {name: value for name, value in (("ETag", etag), ("Last-Modified", modified)) if value}
    told = {"Accept-Ranges": "bytes", **proofs, **(headers or {})}

    def answer(asked: Asked) -> Reply:
        if (etag and asked.headers.get("if-none-match") == etag) or (
            modified and asked.headers.get("if-modified-since") == modified
        ):
            return Reply(status=304, headers=proofs)
        wanted = asked.headers.get("range", "")
        if wanted and asked.headers.get("if-range") in proofs.values():
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(body):
                return Reply(status=416)
            rest = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
            return Reply(status=206, body=body[start:], headers={**told, **rest})
        return Reply(body=body, headers=told)

    return answer


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """What a server needs to be https on loopback, and the certificate that a client must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    address = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    signed = builder.add_extension(address, critical=False).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(private + signed.public_bytes(pem))
    (folder / "trusted.pem").write_bytes(signed.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    return context, folder / "trusted.pem"


class Server:
    """Answers `routes` (path → reply, « * » for any other path) and keeps what it was asked."""

    def __init__(self, routes: Mapping[str, Route], *, certificate: ssl.SSLContext | None = None) -> None:
        self.routes = dict(routes)
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._http.daemon_threads = True
        if certificate:
            self._http.socket = certificate.wrap_socket(self._http.socket, server_side=True)
        self.port = self._http.server_address[1]
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        return [asked.path for asked in self.asked]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                with contextlib.suppress(ConnectionError, ssl.SSLError), server.counted():
                    server.reply(self)

            do_GET = do_POST = do_HEAD = handle_any

            def log_message(self, format: str, *args: Any) -> None:
                """Tests have nothing to read there."""

        return Handler

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            yield
        finally:
            with self._lock:
                self._at_once -= 1

    def reply(self, http: BaseHTTPRequestHandler) -> None:
        asked = Asked(
            method=http.command,
            target=http.path,
            headers={name.lower(): value for name, value in http.headers.items()},
            body=http.rfile.read(int(http.headers.get("Content-Length", 0))),
            at=time.monotonic(),
        )
        with self._lock:
            self.asked.append(asked)
            rank = self.paths().count(asked.path) - 1
        route = self.routes.get(asked.path) or self.routes.get("*", Reply(status=404))
        if callable(route):
            route = route(asked)
        self._send(http, route if isinstance(route, Reply) else route[min(rank, len(route) - 1)])

    def _send(self, http: BaseHTTPRequestHandler, reply: Reply) -> None:
        if reply.pause and not reply.endless:
            self._stopped.wait(reply.pause)
        if reply.drop:
            http.close_connection = True
            return
        http.send_response(reply.status)
        for name, value in reply.headers.items():
            http.send_header(name, value)
        if reply.endless:
            http.send_header("Connection", "close")
        elif reply.status != 304:
            http.send_header("Content-Length", str(len(reply.body) if reply.announced is None else reply.announced))
        http.end_headers()
        if http.command == "HEAD" or reply.status == 304:
            return
        http.wfile.write(reply.body)
        while reply.endless and not self._stopped.wait(reply.pause):
            http.wfile.write(reply.body)
        if reply.announced is not None:
            http.close_connection = True

    def __enter__(self) -> Server:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._http.shutdown()
        self._http.server_close()
