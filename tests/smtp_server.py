"""A real SMTP server on loopback: STARTTLS or TLS from the start, accounts, addresses that it refuses."""

from __future__ import annotations

import base64
import contextlib
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass(frozen=True, kw_only=True)
class Received:
    sender: str
    recipients: tuple[str, ...]
    encrypted: bool
    user: str
    message: EmailMessage


class SmtpServer:
    """Keeps what it receives; `account` is « user:password », `refused` are addresses unknown here."""

    def __init__(
        self,
        *,
        certificate: ssl.SSLContext | None = None,
        starttls: bool = True,
        account: str = "",
        refused: tuple[str, ...] = (),
    ) -> None:
        self.received: list[Received] = []
        self.certificate, self.starttls, self.account, self.refused = certificate, starttls, account, refused
        self._tcp = socketserver.ThreadingTCPServer(("127.0.0.1", 0), self._handler())
        self._tcp.daemon_threads = True
        self.port = self._tcp.server_address[1]

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, ssl.SSLError):
                    server.talk(self.request)

        return Handler

    def __enter__(self) -> SmtpServer:
        threading.Thread(target=self._tcp.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._tcp.shutdown()
        self._tcp.server_close()

    def talk(self, sock: socket.socket) -> None:
        encrypted = self.certificate is not None and not self.starttls
        if encrypted and self.certificate:
            sock = self.certificate.wrap_socket(sock, server_side=True)
        file = sock.makefile("rb")
        sender, recipients, user = "", [], ""

        def say(words: str) -> None:
            sock.sendall(f"{words}\r\n".encode())

        say("220 ici")
        while line := file.readline():
            words = line.decode().strip()
            match words.upper().split(":")[0].split()[0]:
                case "EHLO":
                    offered = ["250-ici", "250-STARTTLS"] if self.certificate and not encrypted else ["250-ici"]
                    say("\r\n".join([*offered, "250 AUTH PLAIN"]))
                case "STARTTLS" if self.certificate:
                    say("220 allez-y")
                    sock = self.certificate.wrap_socket(sock, server_side=True)
                    file, encrypted = sock.makefile("rb"), True
                case "AUTH":
                    _, name, password = base64.b64decode(words.split()[2]).decode().split("\0")
                    user = name if f"{name}:{password}" == self.account else ""
                    say("235 bonjour" if user else "535 inconnu")
                case "MAIL":
                    sender = words[words.index("<") + 1 : words.index(">")]
                    say("530 identifiez-vous" if self.account and not user else "250 oui")
                case "RCPT":
                    address = words[words.index("<") + 1 : words.index(">")]
                    known = address not in self.refused
                    recipients += [address] if known else []
                    say("250 oui" if known else "550 inconnu ici")
                case "DATA":
                    say("354 allez-y")
                    lines = [part[1:] if part.startswith(b"..") else part for part in iter(file.readline, b".\r\n")]
                    message = message_from_bytes(b"".join(lines), policy=policy.default)
                    assert isinstance(message, EmailMessage)
                    self.received.append(
                        Received(
                            sender=sender,
                            recipients=tuple(recipients),
                            encrypted=encrypted,
                            user=user,
                            message=message,
                        )
                    )
                    say("250 reçu")
                case "QUIT":
                    say("221 au revoir")
                    return
                case _:
                    say("250 oui")
