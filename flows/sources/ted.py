"""Tenders Electronic Daily: the Search API v3 finds the notices, their XML tells what they say."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from extractors.departements import from_nuts
from extractors.notices.reader import read_xml
from extractors.notices.records import NoticeError
from extractors.notices.values import day, unique
from flows.files import writing_whole
from flows.http import Client
from flows.http_errors import HttpError
from flows.sources.base import CheckResult, Item, SourceError, Window
from flows.sources.journals import OVERLAP, Raw, file_name, first_day, item_of, unread, wanted
from flows.sources.settings import SourceSettings

PAGE = 250
"""The most notices that one request gives."""
FIELDS = ("publication-number", "publication-date", "place-of-performance")
MAX_FAILURES = 5
"""That many notices in a row that cannot be had: the service is down, not the notice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    number: str
    published: str
    departements: tuple[str, ...]
    """Empty where one place is larger than regions, or unknown."""


def make_source(settings: SourceSettings) -> Ted:
    return Ted(settings)


class Ted:
    name = "ted"
    title = "TED (Journal officiel de l'Union européenne)"

    def __init__(self, settings: SourceSettings) -> None:
        self._search = settings.ted_url
        self._notice = settings.ted_notice_url
        self._folder = settings.fetched_dir / "ted"

    def items(self, window: Window, watermark: str | None, client: Client) -> Iterator[Item]:
        failures = 0
        self._forget_old()
        for found in self._found(first_day(window, watermark), window.until, client):
            if not wanted(found.departements, window):
                continue
            try:
                content = self._kept(found) or client.get(self._notice.format(number=found.number)).body
            except HttpError as error:
                failures += 1
                if failures == MAX_FAILURES:
                    raise
                yield unread(f"ted:{found.number}", error, found.published)
                continue
            failures = 0
            raw = Raw(name=file_name(found.number, ".xml"), content=content)
            try:
                notice = replace(read_xml(content), notice_id=found.number)
            except NoticeError as error:
                yield unread(f"ted:{found.number}", error, found.published, raw)
                continue
            self._keep(found, content)
            if wanted(notice.departements, window):
                yield item_of(notice, raw, found.published)

    def _path(self, found: Found) -> Path:
        return self._folder / file_name(found.number, ".xml")

    def _kept(self, found: Found) -> bytes | None:
        """The XML that another night fetched: a notice once published never changes."""
        try:
            return self._path(found).read_bytes()
        except OSError:
            return None

    def _keep(self, found: Found, content: bytes) -> None:
        path = self._path(found)
        if not path.exists():
            with writing_whole(path) as partial:
                partial.write_bytes(content)

    def _forget_old(self) -> None:
        """Delete the XML of the days that no night asks for again."""
        limit = time.time() - 2 * OVERLAP.total_seconds()
        for path in self._folder.glob("*.xml"):
            with contextlib.suppress(OSError):
                if path.stat().st_mtime < limit:
                    path.unlink()

    def check(self, client: Client) -> CheckResult:
        today = date.today()
        try:
            total = self._ask(today, today, None, client).get("totalNoticeCount")
        except (HttpError, SourceError) as error:
            return CheckResult(ok=False, message=str(error))
        return CheckResult(ok=True, message=f"TED répond : {total} avis français aujourd'hui.")

    def _found(self, since: date, until: date, client: Client) -> Iterator[Found]:
        """The French notices of a period, oldest first.

        A token still comes with the page after the last one: what ends is the count, or an empty page.
        """
        token: str | None = None
        seen: set[str] = set()
        total = 1
        while len(seen) < total:
            answer = self._ask(since, until, token, client)
            total = answer["totalNoticeCount"]
            new = [found for notice in answer["notices"] if (found := _read(notice, since)).number not in seen]
            if not new:
                break
            seen.update(found.number for found in new)
            yield from new
            token = answer.get("iterationNextToken")
            if token is None:
                break
        if len(seen) < total:
            raise SourceError(f"TED annonce {total} avis et n'en donne que {len(seen)} : relancez plus tard.")

    def _ask(self, since: date, until: date, token: str | None, client: Client) -> dict[str, Any]:
        period = f"publication-date>={since:%Y%m%d} AND publication-date<={until:%Y%m%d}"
        body = {
            "query": f"buyer-country=FRA AND {period} SORT BY publication-date ASC",
            "fields": list(FIELDS),
            "limit": PAGE,
            "scope": "ALL",
            "paginationMode": "ITERATION",
            **({"iterationNextToken": token} if token else {}),
        }
        answer = client.post(self._search, json=body).json()
        known = isinstance(answer, dict) and isinstance(answer.get("notices"), list)
        if not known or not isinstance(answer.get("totalNoticeCount"), int):
            raise SourceError("TED répond sans « notices » ni « totalNoticeCount » : vérifiez CLAUSOSCOPE_TED_URL.")
        if answer.get("timedOut"):
            raise SourceError(
                "TED n'a pas fini sa recherche (timedOut), la réponse est partielle : relancez plus tard."
            )
        return dict(answer)


def _read(notice: object, since: date) -> Found:
    fields = notice if isinstance(notice, dict) else {}
    number = fields.get("publication-number")
    if not isinstance(number, str):
        raise SourceError("TED donne un avis sans « publication-number » : relancez plus tard.")
    places = [code for code in fields.get("place-of-performance") or [] if isinstance(code, str)]
    known = [from_nuts(code) for code in places]
    return Found(
        number=number,
        published=(day(fields.get("publication-date")) or since).isoformat(),
        departements=unique(d for found in known for d in found) if all(known) else (),
    )
