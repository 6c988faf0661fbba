"""Why a page or a file could not be had: one family of errors, each with the next action in one line of French."""

from __future__ import annotations

import hashlib
import re

from extractors.errors import ClausoscopeError
from extractors.schema import Problem

_SECRETS = re.compile(
    r"(?<=[?&;])([^=&;#]*(?:token|sig|signature|secret|password|passwd|pwd|credential|api_?key|jeton)=)[^&;#\s]+",
    re.IGNORECASE,
)


class HttpError(ClausoscopeError):
    """A page or a file could not be had; `temporary` when trying again later may do."""

    code = "http"

    def __init__(self, message: str, *, temporary: bool = False, wait: float = 0) -> None:
        super().__init__(message)
        self.temporary = temporary
        self.wait = wait
        """Seconds the server asks us to wait."""


class Unreachable(HttpError):
    """No connection, or it was cut."""

    code = "unreachable"


class BadStatus(HttpError):
    """The server answers with an error; `status` is its HTTP code."""

    code = "http_status"

    def __init__(self, message: str, *, status: int, temporary: bool = False, wait: float = 0) -> None:
        super().__init__(message, temporary=temporary, wait=wait)
        self.status = status


class BadCertificate(HttpError):
    code = "certificate"


class ForbiddenAddress(HttpError):
    """An address of a private network, or one that is not of the web."""

    code = "forbidden_address"


class TooManyRedirects(HttpError):
    code = "redirects"


class TooLarge(HttpError):
    code = "too_large"


class TooSlow(HttpError):
    code = "too_slow"


class Incomplete(HttpError):
    """Fewer bytes than announced."""

    code = "incomplete"


class PageInstead(HttpError):
    """A web page where a document was expected: a login, a captcha, or a closed tender."""

    code = "manual"


class BadAnswer(HttpError):
    """A body that is not what its type says."""

    code = "bad_answer"


def shown(url: object) -> str:
    """The address as it may be told and stored: without the password, key or signature that it can hold."""
    return _SECRETS.sub(r"\1…", re.sub(r"//[^/?#]*@", "//", str(url)))


def stored_as(url: str) -> str:
    """What names an address in the database: two that differ by a secret only stay two."""
    told = shown(url)
    return told if told == url else f"{told}#{hashlib.sha256(url.encode()).hexdigest()[:8]}"


def problem_of(error: ClausoscopeError) -> Problem:
    """The error as it is recorded beside the tender."""
    return Problem(stage="fetch", code=error.code, message=str(error))
