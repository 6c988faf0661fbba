"""A polite HTTP client: named, slow enough for each host, stubborn, and wary of what it is answered."""

from __future__ import annotations

import contextlib
import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import tenacity

from flows.hosts import MAX_WAIT, Guard, Health, Pace
from flows.http_errors import (
    BadAnswer,
    BadCertificate,
    BadStatus,
    ForbiddenAddress,
    HttpError,
    Incomplete,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    shown,
)
from flows.receive import Download, Limits, Partial, usable_proof
from flows.sources.settings import SourceSettings

MAX_REDIRECTS = 5
MAX_PAGE = 64 * 2**20
"""Bytes of a page held in memory; anything larger is downloaded."""
PATIENCE = 3
"""Requests in a row that a host may fail, with all their tries, before it is left alone until the next run."""
TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole answer, held in memory."""

    url: str
    """After redirects."""
    content_type: str
    """Without its parameters, lower case; empty when the server does not say."""
    body: bytes
    encoding: str = "utf-8"

    @property
    def text(self) -> str:
        return self.body.decode(self.encoding, errors="replace")

    def json(self) -> Any:
        """The JSON of the body.

        Raises:
            BadAnswer: it is none, or it is cut: an error can stand inside a 200 export.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise BadAnswer(
                f"Réponse JSON incomplète ou incorrecte de {shown(self.url)} : relancez plus tard."
            ) from error


class Client:
    """One client for a whole run; several threads may share it.

    Raises (every method): HttpError and its subclasses, with the cause and the next action in one line of French.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._guard = Guard(settings.allowed_private_hosts)
        self._pace = Pace(per_second=settings.requests_per_second, at_once=settings.connections_per_host)
        self._limits = Limits(max_bytes=settings.max_download_mb * 10**6, max_seconds=settings.max_download_seconds)
        self._http = httpx.Client(
            headers={"User-Agent": settings.user_agent, "Accept-Language": "fr"},
            timeout=settings.read_timeout_seconds,
            follow_redirects=False,  # each step is checked first
        )
        self._backoff = tenacity.wait_random_exponential(multiplier=settings.retry_seconds, max=MAX_WAIT)
        self._attempts = settings.retries + 1
        self._health = Health(requests=PATIENCE, tries=self._attempts)

    def get(self, url: str, *, params: Mapping[str, str | int] | None = None) -> Page:
        """A page, whole."""
        return self._page("GET", url, params=params)

    def post(self, url: str, *, json: object = None, form: Mapping[str, str] | None = None) -> Page:
        """The answer to a JSON body, or to a form."""
        return self._page("POST", url, json=json, data=form)

    def download(
        self,
        url: str,
        folder: Path,
        *,
        form: Mapping[str, str] | None = None,
        etag: str = "",
        last_modified: str = "",
    ) -> Download | None:
        """A document, streamed to `folder`; a cut download goes on where it stopped, even in a later run.

        `etag` and `last_modified` are those of a `Download` already had: None when the document has not changed.
        With `form`, the document is the answer to that form.

        Raises:
            HttpError: PageInstead when a web page comes in the place of a document.
            OutputError: the folder cannot be written.
        """
        part = Partial(url if form is None else None, folder)
        known = {"If-None-Match": usable_proof(etag), "If-Modified-Since": usable_proof(last_modified)}
        until = time.monotonic() + self._limits.max_seconds

        def attempt() -> Download | None:
            resume = part.resume_headers()
            asked = resume or {name: value for name, value in known.items() if value}
            headers = {"Accept-Encoding": "identity", **asked}
            method = "GET" if form is None else "POST"
            with self._open(method, url, headers=headers, data=form) as answer:
                if answer.status_code == httpx.codes.NOT_MODIFIED:
                    if any(known.values()) and not resume:
                        return None
                    part.forget()
                    raise BadAnswer(f"{shown(url)} dit « inchangé » sans qu'on le demande : {_LATER}")
                return part.receive(answer, self._limits, until=until)

        try:
            return self._persist(attempt)
        except BadStatus as error:
            if error.status != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                raise
            part.forget()  # what we kept is no part of it any more
            return self._persist(attempt)

    def _page(self, method: str, url: str, **request: Any) -> Page:
        until = time.monotonic() + self._limits.max_seconds

        def attempt() -> Page:
            with self._open(method, url, **request) as answer:
                body = bytearray()
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > MAX_PAGE:
                        raise TooLarge(
                            f"{shown(url)} envoie plus de {MAX_PAGE // 2**20} Mo : demandez-en moins à la fois."
                        )
                    if time.monotonic() > until:
                        raise TooSlow(
                            f"{shown(url)} n'est pas arrivé en {self._limits.max_seconds:g} s : relancez plus tard, "
                            "ou montez CLAUSOSCOPE_MAX_DOWNLOAD_SECONDS."
                        )
                kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
                return Page(
                    url=str(answer.url), content_type=kind, body=bytes(body), encoding=answer.encoding or "utf-8"
                )

        return self._persist(attempt)

    def _persist(self, attempt: Callable[[], T]) -> T:
        """Try again what may pass: longer and longer, at random, and never sooner than the server asks."""

        def wait(state: tenacity.RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return max(self._backoff(state), error.wait if isinstance(error, HttpError) else 0)

        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda error: isinstance(error, HttpError) and error.temporary),
            wait=wait,
            stop=tenacity.stop_after_attempt(self._attempts),
            reraise=True,
        )(attempt)

    @contextlib.contextmanager
    def _open(self, method: str, url: str, **request: Any) -> Iterator[httpx.Response]:
        """The answer to a request, redirects followed; its body is still to be read."""
        with _told(url):
            step: httpx.Request | None = self._http.build_request(method, url, **request)
            for _ in range(MAX_REDIRECTS + 1):
                assert step is not None
                with self._health.watched(step.url), self._pace.turn(step.url.netloc.decode()):
                    self._guard.check(step.url)
                    answer = self._http.send(step, stream=True)
                    try:
                        self._guard.check_peer(answer)
                        step = answer.next_request
                        if step is None:
                            self._raise_for_status(answer)
                            yield answer
                            return
                    finally:
                        answer.close()
            raise TooManyRedirects(f"{shown(url)} renvoie sans fin d'une adresse à l'autre : ouvrez le lien à la main.")

    def _raise_for_status(self, answer: httpx.Response) -> None:
        status = answer.status_code
        if status < 400 and status not in (300, 301, 302, 303, 305, 307, 308):
            return
        wait = _retry_after(answer.headers.get("retry-after", ""))
        temporary = status in TEMPORARY and self._pace.hold(answer.url.netloc.decode(), wait)
        raise BadStatus(
            f"{shown(answer.url)} répond {status} ({answer.reason_phrase}) : {_MENDS.get(status, _LATER)}",
            status=status,
            temporary=temporary,
            wait=wait,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()


_LATER = "relancez plus tard."
_MENDS = {
    400: "la demande est refusée ; vérifiez l'adresse et les réglages de la source.",
    401: "il faut s'identifier ; récupérez ce document à la main.",
    403: "l'accès est refusé ; récupérez ce document à la main.",
    404: "le document n'existe plus ; vérifiez le lien.",
    410: "le document a été retiré ; vérifiez le lien.",
    429: "trop de demandes ; relancez plus tard, ou baissez CLAUSOSCOPE_REQUESTS_PER_SECOND.",
}


def _retry_after(value: str) -> float:
    """Seconds to wait, from seconds or a date; 0 when the header says nothing."""
    if value.strip().isdecimal():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        return max(0.0, (date.replace(tzinfo=date.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
    except (ValueError, OverflowError):
        return 0


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Every error of httpx, as one of ours."""
    try:
        yield
    except httpx.RemoteProtocolError as error:
        if "complete" in str(error):
            raise Incomplete(f"{shown(url)} envoie moins que ce qu'il annonce : {_LATER}", temporary=True) from error
        raise Unreachable(f"{shown(url)} coupe la connexion : {_LATER}", temporary=True) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, httpx.LocalProtocolError) as error:
        raise ForbiddenAddress(f"Adresse incorrecte : {shown(url)} ; corrigez le lien.") from error
    except httpx.TimeoutException as error:
        raise Unreachable(f"{shown(url)} ne répond pas à temps : {_LATER}", temporary=True) from error
    except httpx.TransportError as error:
        if _has_certificate_error(error):
            raise BadCertificate(
                f"Le certificat de {shown(url)} n'est pas valable : vérifiez l'adresse, ou prévenez le site."
            ) from error
        raise Unreachable(f"{shown(url)} est injoignable ({error}) : {_LATER}", temporary=True) from error
    except httpx.DecodingError as error:
        raise BadAnswer(f"{shown(url)} envoie un contenu mal compressé : {_LATER}", temporary=True) from error


def _has_certificate_error(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
