"""Folders on other machines, behind one shape: list the files, copy those that changed."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, unquote, urljoin, urlsplit

import fsspec  # type: ignore[import-untyped]

from flows.files import hash_file
from flows.http import Client
from flows.http_errors import BadAnswer, Incomplete, Unreachable, shown

MAX_FOLDERS = 2000
"""Of a web folder: its pages could list each other for ever."""
_CHUNK = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    path: str
    """Below the remote folder, with « / »."""
    size: int | None = None
    """None where the listing does not tell."""


class RemoteFolder(Protocol):
    def files(self) -> Iterator[RemoteFile]:
        """Every file, sub-folders included.

        Raises:
            HttpError: the folder cannot be listed.
        """

    def copy(self, file: RemoteFile, target: Path) -> None:
        """Bring the file to `target`, whole or not at all; `target` is not touched when it is already the same.

        Raises:
            HttpError: it cannot be read.
            OSError: `target` cannot be written.
        """


def open_folder(url: str, client: Client, *, scratch: Path) -> RemoteFolder:
    """The folder of an http(s), s3 or sftp address; `scratch`: where half-copied files stay.

    Raises:
        HttpError: the address is of another kind, or the machine does not let us in.
    """
    kind = urlsplit(url).scheme
    if kind in ("http", "https"):
        return _WebFolder(url, client, scratch)
    if kind in _LIBRARIES:
        return _MountedFolder(url, scratch)
    raise BadAnswer(f"Adresse {shown(url)} inconnue : donnez une adresse s3://, sftp:// ou https://.")


# ---------------------------------------------------------------- web


class _WebFolder:
    """A web server that lists its folders; read by our client, with its manners and its refusals."""

    def __init__(self, url: str, client: Client, scratch: Path) -> None:
        self._root = url if url.endswith("/") else f"{url}/"
        self._client = client
        self._scratch = scratch

    def files(self) -> Iterator[RemoteFile]:
        waiting, seen, folders = [self._root], {self._root}, 0
        while waiting:
            for link in self._links(waiting.pop(0)):
                if link in seen:
                    continue
                seen.add(link)
                if not link.endswith("/"):
                    yield RemoteFile(path=unquote(link.removeprefix(self._root)))
                    continue
                folders += 1
                if folders > MAX_FOLDERS:
                    raise BadAnswer(f"{shown(self._root)} a trop de sous-dossiers : donnez l'adresse de l'un d'eux.")
                waiting.append(link)

    def _links(self, url: str) -> list[str]:
        """What a page lists below the root."""
        page = self._client.get(url)
        if page.content_type != "text/html":
            raise BadAnswer(f"{shown(url)} ne liste pas de fichiers : donnez l'adresse d'un dossier.")
        links = _Links(page.text).found
        absolute = [urljoin(page.url, link) for link in links if "?" not in link and "#" not in link]
        return [link for link in absolute if link.startswith(self._root) and link != self._root]

    def copy(self, file: RemoteFile, target: Path) -> None:
        known = ""
        if target.exists():
            known = format_datetime(datetime.fromtimestamp(target.stat().st_mtime, UTC), usegmt=True)
        got = self._client.download(urljoin(self._root, quote(file.path)), self._scratch, last_modified=known)
        if got is None:
            return
        if target.exists() and hash_file(target) == got.sha256:
            got.path.unlink()
        else:
            got.path.replace(target)
        if got.last_modified:
            changed = parsedate_to_datetime(got.last_modified).timestamp()
            os.utime(target, (changed, changed))


class _Links(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a" and (link := dict(attrs).get("href")):
            self.found.append(link)


# ---------------------------------------------------------------- S3, SFTP

_LIBRARIES = {"s3": "s3fs", "sftp": "paramiko"}
"""Kind of folder → the library that fsspec reads it with; loaded when wanted, for it takes half a second."""


class _MountedFolder:
    """A folder that fsspec knows how to read."""

    def __init__(self, url: str, scratch: Path) -> None:
        self._url = url
        self._scratch = scratch
        kind = urlsplit(url).scheme
        try:
            library = importlib.import_module(_LIBRARIES[kind])
        except ImportError as error:
            raise Unreachable(
                f"{shown(url)} demande la bibliothèque {_LIBRARIES[kind]} : installez-la par pip."
            ) from error
        if kind == "s3":
            faults = importlib.import_module("botocore.exceptions")
            self._faults: tuple[type[Exception], ...] = (OSError, EOFError, faults.BotoCoreError, faults.ClientError)
            options: dict[str, Any] = {
                "use_listings_cache": False,
                "config_kwargs": {"connect_timeout": 10, "read_timeout": 30},
            }
        else:
            self._faults = (OSError, EOFError, library.SSHException)
            options = {"timeout": 10, "host_key_policy": _known_hosts_only(library)}
        with self._told(url):
            self._files, self._root = fsspec.url_to_fs(url, skip_instance_cache=True, **options)

    def files(self) -> Iterator[RemoteFile]:
        with self._told(self._url):
            found = self._files.find(self._root, detail=True)
        if not found:
            with self._told(self._url):
                self._files.info(self._root)  # empty, or not there?
        for name, known in sorted(found.items()):
            yield RemoteFile(path=name.removeprefix(self._root).strip("/"), size=known["size"])

    def copy(self, file: RemoteFile, target: Path) -> None:
        name = f"{self._root.rstrip('/')}/{file.path}"
        with self._told(name):
            changed = self._files.modified(name).timestamp()
        if target.exists():
            kept = target.stat()
            if kept.st_size == file.size and abs(kept.st_mtime - changed) < 1:
                return
        self._scratch.mkdir(parents=True, exist_ok=True)
        part = self._scratch / f"{os.getpid()}.part"
        with part.open("wb") as written:
            for chunk in self._chunks(name):
                written.write(chunk)
            size = written.tell()
        if size != file.size:
            raise Incomplete(f"« {file.path} » a changé pendant la copie : relancez plus tard.")
        os.utime(part, (changed, changed))
        part.replace(target)

    def _chunks(self, name: str) -> Iterator[bytes]:
        """What is read; only the remote faults are told here, not those of whoever writes."""
        with self._told(name):
            file = self._files.open(name, "rb")
        with file:
            while True:
                with self._told(name):
                    chunk = file.read(_CHUNK)
                if not chunk:
                    return
                yield chunk

    @contextmanager
    def _told(self, name: str) -> Iterator[None]:
        try:
            yield
        except self._faults as error:
            raise Unreachable(
                f"{shown(name)} est injoignable ou refusé ({error}) : vérifiez l'adresse, les droits et la connexion."
            ) from error


def _known_hosts_only(paramiko: Any) -> Any:
    """The rule by which fsspec takes only the machines of ~/.ssh/known_hosts; by default it takes any."""

    class KnownHostsOnly(paramiko.MissingHostKeyPolicy):  # type: ignore[misc]
        def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
            known = paramiko.HostKeys()
            path = Path("~/.ssh/known_hosts").expanduser()
            if path.exists():
                known.load(str(path))
            if not known.check(hostname, key):
                raise paramiko.SSHException(f"clé inconnue ; ajoutez-la par « ssh-keyscan {hostname} »")

    return KnownHostsOnly()
