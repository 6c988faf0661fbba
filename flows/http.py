"""A polite HTTP client: named, slow enough for each host, and wary of what it is answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from extractors.errors import ClausoscopeError
from flows.sources.settings import SourceSettings


class HttpError(ClausoscopeError):
    """A page or a file could not be had."""

    code = "http"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A whole answer, held in memory."""

    url: str
    """After redirects."""
    content_type: str
    """Without its parameters, lower case; empty when the server does not say."""
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")

    def json(self) -> Any:
        """The JSON of the body; HttpError when it is none (an error can stand inside a 200 export, which is cut)."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise HttpError(f"Réponse JSON incomplète ou incorrecte de {self.url} : réessayez plus tard.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that was fetched whole."""

    url: str
    path: Path
    name: str
    """As the server names the file, else as the address does."""
    sha256: str
    size: int
    content_type: str
    etag: str
    last_modified: str


class Client:
    """One client for a whole run; several threads may share it.

    Raises (every method): HttpError and its subclasses, with the cause and the next action in one line of French.
    """

    def __init__(self, settings: SourceSettings) -> None:
        self._settings = settings
        self._http = httpx.Client(headers={"User-Agent": settings.user_agent})

    def get(self, url: str, *, params: Mapping[str, str | int] | None = None) -> Page:
        """A page, whole."""
        answer = self._http.get(url, params=params).raise_for_status()
        return Page(url=str(answer.url), content_type=answer.headers.get("content-type", ""), body=answer.content)

    def post(self, url: str, *, json: object = None, form: Mapping[str, str] | None = None) -> Page:
        """The answer to a JSON body, or to a form."""
        answer = self._http.post(url, json=json, data=form).raise_for_status()
        return Page(url=str(answer.url), content_type=answer.headers.get("content-type", ""), body=answer.content)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
