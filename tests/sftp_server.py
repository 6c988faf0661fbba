"""A real SFTP server on loopback, that serves one folder."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import paramiko


class _Door(paramiko.ServerInterface):
    def check_auth_password(self, username: str, password: str) -> int:
        return paramiko.AUTH_SUCCESSFUL if password == "secret" else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def get_allowed_auths(self, username: str) -> str:
        return "password"


class _Files(paramiko.SFTPServerInterface):
    root = Path()

    def _path(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        return [
            paramiko.SFTPAttributes.from_stat(below.stat(), below.name) for below in sorted(self._path(path).iterdir())
        ]

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        handle = paramiko.SFTPHandle(flags)
        try:
            handle.readfile = self._path(path).open("rb")  # type: ignore[attr-defined]
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)
        return handle


class SftpServer:
    def __init__(self, folder: Path) -> None:
        self.key = paramiko.RSAKey.generate(2048)
        self._files = type("Files", (_Files,), {"root": folder})
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._open: list[paramiko.Transport] = []

    def known_hosts(self) -> str:
        return f"[127.0.0.1]:{self.port} {self.key.get_name()} {self.key.get_base64()}\n"

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(client)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, self._files)
            self._open.append(transport)
            threading.Thread(target=self._welcome, args=(transport,), daemon=True).start()

    @staticmethod
    def _welcome(transport: paramiko.Transport) -> None:
        try:
            transport.start_server(server=_Door())
        except (paramiko.SSHException, EOFError, OSError):  # a client that goes when it sees our key
            transport.close()

    def __enter__(self) -> SftpServer:
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR) if os.name == "posix" else None
        self._socket.close()
        for transport in self._open:
            transport.close()
