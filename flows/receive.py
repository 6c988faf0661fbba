"""A download on its way to the disk: counted, timed, taken up where it was cut, and whole when it bears its name."""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath
from urllib.parse import unquote
from uuid import uuid4

import httpx

from flows.archives.kinds import true_suffix
from flows.archives.names import safe_name
from flows.files import cannot_write, hash_file
from flows.http_errors import BadAnswer, HttpError, Incomplete, PageInstead, TooLarge, TooSlow, shown

PARTIAL_CONTENT = 206


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    max_bytes: int
    max_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that was fetched whole."""

    path: Path
    name: str
    """As the server names the file, else as the address does; with the suffix that its bytes call for."""
    sha256: str
    size: int
    etag: str
    last_modified: str


class Partial:
    """What has been received of `url` so far, in a hidden file of `folder`, with what proves it is still the same.

    Without `url` (the answer to a form), nothing is taken up later.
    """

    def __init__(self, url: str | None, folder: Path) -> None:
        name = hashlib.sha256(url.encode()).hexdigest()[:16] if url else uuid4().hex
        self._path = folder / f".{name}.part"
        self._proof = folder / f".{name}.proof"
        self._resumable = url is not None

    def resume_headers(self) -> Mapping[str, str]:
        """What to ask for the rest; empty when the download starts from nothing."""
        try:
            proof, size = usable_proof(self._proof.read_text("utf-8")), self._path.stat().st_size
        except (OSError, UnicodeError):
            return {}
        return {"Range": f"bytes={size}-", "If-Range": proof} if proof and size else {}

    def forget(self) -> None:
        for path in (self._path, self._proof):
            path.unlink(missing_ok=True)

    def receive(self, answer: httpx.Response, limits: Limits, *, until: float) -> Download:
        """Write the body to its end, check it, and give it its name; see `Client.download` for the errors."""
        try:
            return self._receive(answer, limits, until)
        except OSError as error:
            raise cannot_write(self._path, error) from error
        except (HttpError, httpx.HTTPError) as error:
            if not self._resumable or isinstance(error, (TooLarge, PageInstead, BadAnswer)):
                self.forget()
            raise

    def _receive(self, answer: httpx.Response, limits: Limits, until: float) -> Download:
        size = self._start(answer)
        if (announced := _length(answer)) is not None and size + announced > limits.max_bytes:
            raise _too_large(answer, limits)
        with self._path.open("ab") as file:
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > limits.max_bytes:
                    raise _too_large(answer, limits)
                if time.monotonic() > until:
                    raise TooSlow(
                        f"{shown(answer.url)} n'est pas arrivé en {limits.max_seconds:g} s : relancez pour la suite, "
                        "ou montez CLAUSOSCOPE_MAX_DOWNLOAD_SECONDS."
                    )
                file.write(chunk)
        if (total := _total(answer)) is not None and size != total:
            raise Incomplete(
                f"{shown(answer.url)} envoie {size} octets sur {total} : relancez plus tard.", temporary=True
            )
        return self._finish(answer, size)

    def _start(self, answer: httpx.Response) -> int:
        """Bytes that stand before this body: none, unless the server goes on where we stopped."""
        if answer.status_code == PARTIAL_CONTENT:
            if "range" not in answer.request.headers:
                raise BadAnswer(f"{shown(answer.url)} n'envoie qu'une partie du document : relancez plus tard.")
            kept = self._path.stat().st_size
            if not answer.headers.get("content-range", "").startswith(f"bytes {kept}-"):
                raise BadAnswer(f"{shown(answer.url)} envoie une autre partie que demandé : relancez.", temporary=True)
            return kept
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.forget()
        proof = usable_proof(answer.headers.get("etag", ""))
        if not proof or proof.startswith("W/"):  # a weak tag does not prove that the bytes are the same
            proof = _date(answer)
        if self._resumable and proof and "content-encoding" not in answer.headers:
            self._proof.write_text(proof, "utf-8")
        return 0

    def _finish(self, answer: httpx.Response, size: int) -> Download:
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        suffix = true_suffix(self._path)
        if suffix == ".html" or (suffix is None and kind in ("text/html", "application/xhtml+xml")):
            raise PageInstead(f"{shown(answer.url)} donne une page web, pas un document : à récupérer à la main.")
        name = _file_name(answer)
        if suffix and PurePosixPath(name).suffix.lower() != suffix and not _is_office(name, suffix):
            name = safe_name(PurePosixPath(name).stem + suffix)
        sha256 = hash_file(self._path)
        path = self._path.with_name(f"{sha256[:16]}{PurePosixPath(name).suffix.lower()}")
        self._path.replace(path)
        self._proof.unlink(missing_ok=True)
        return Download(
            path=path,
            name=name,
            sha256=sha256,
            size=size,
            etag=usable_proof(answer.headers.get("etag", "")),
            last_modified=_date(answer),
        )


def usable_proof(value: str) -> str:
    """What a server gave to tell its document by, when it can be sent back in a header; else nothing."""
    return value if value.isascii() and value.isprintable() else ""


def _date(answer: httpx.Response) -> str:
    """When the document last changed; empty when the server says it in words that are no date."""
    value = usable_proof(answer.headers.get("last-modified", ""))
    try:
        year = parsedate_to_datetime(value).year
    except (ValueError, OverflowError):
        return ""
    return value if 1970 < year < 9999 else ""


def _is_office(name: str, suffix: str) -> bool:
    """Office documents are ZIP files: their own suffix says more."""
    return suffix == ".zip" and re.search(r"\.(docx|xlsx|pptx|docm|xlsm|odt|ods|odp|epub)$", name.lower()) is not None


def _too_large(answer: httpx.Response, limits: Limits) -> TooLarge:
    return TooLarge(
        f"{shown(answer.url)} dépasse {limits.max_bytes // 10**6} Mo : montez CLAUSOSCOPE_MAX_DOWNLOAD_MB, "
        "ou récupérez ce document à la main."
    )


def _length(answer: httpx.Response) -> int | None:
    """Bytes announced for this body."""
    value = answer.headers.get("content-length", "")
    return int(value) if re.fullmatch(r"[0-9]{1,18}", value) and "content-encoding" not in answer.headers else None


def _total(answer: httpx.Response) -> int | None:
    """Bytes announced for the whole document."""
    if answer.status_code == PARTIAL_CONTENT:
        total = answer.headers.get("content-range", "").rpartition("/")[2]
        return int(total) if re.fullmatch(r"[0-9]{1,18}", total) else None
    return _length(answer)


def _file_name(answer: httpx.Response) -> str:
    """The name given by Content-Disposition (RFC 6266), else the end of the address."""
    given = answer.headers.get("content-disposition", "")
    if found := re.search(r"filename\*\s*=\s*([\w-]+)'[^']*'([^;\s]+)", given, re.IGNORECASE):
        with contextlib.suppress(LookupError, UnicodeError):  # `idna`, `undefined`: codecs, but not for this
            return safe_name(unquote(found[2].strip('"'), encoding=found[1], errors="replace"))
    if found := re.search(r'filename\s*=\s*(?:"([^"]*)"|([^;]+))', given, re.IGNORECASE):
        name = (found[1] or found[2]).strip()
        with contextlib.suppress(UnicodeError):  # httpx reads headers as Latin-1 where servers send UTF-8
            name = name.encode("latin-1").decode("utf-8")
        return safe_name(unquote(name))
    return safe_name(unquote(PurePosixPath(answer.url.path).name))
