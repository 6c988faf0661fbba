"""A list of links, one a line, or a CSV of them: what a colleague or another tool prepared."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from extractors.schema import Problem
from flows.files import reason
from flows.http import Client
from flows.http_errors import HttpError, shown, stored_as
from flows.sources.base import CheckResult, Item, Link, LinkKind, SourceError, Window
from flows.sources.settings import SourceSettings
from flows.wording import agree

_COLUMNS = {
    "url": {"url", "lien", "adresse", "link"},
    "tender": {"marche", "marché", "reference", "référence", "tender", "dossier"},
    "kind": {"type", "kind", "nature"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    number: int
    """Of its line."""
    url: str
    tender: str = ""
    kind: str = ""


def make_source(settings: SourceSettings) -> UrlsSource:
    return UrlsSource(settings.url_list)


class UrlsSource:
    """The links of a file, or of an address; those of the same reference are one tender.

    The whole list is given each time: neither the window nor a watermark applies, and downloads tell what is new.
    """

    name = "urls"
    title = "Liste de liens"

    def __init__(self, place: str) -> None:
        self._place = place

    def items(self, window: Window, watermark: str | None, client: Client) -> Iterator[Item]:
        tenders: dict[str, list[Link]] = {}
        kinds: dict[str, LinkKind] = {kind: kind for kind in get_args(LinkKind)}
        for row in _rows(self._read(client)):
            if not re.match(r"https?://[^\s/]", row.url):
                yield Item(tender_key="", problems=(self._bad_line(row),))
                continue
            link = Link(url=row.url, kind=kinds.get(row.kind.lower(), "dce"))
            tenders.setdefault(f"lien:{row.tender or stored_as(row.url)}", []).append(link)
        for key, links in tenders.items():
            yield Item(tender_key=key, links=tuple(links))

    def check(self, client: Client) -> CheckResult:
        try:
            count = sum(1 for _ in _rows(self._read(client)))
        except (SourceError, HttpError) as error:
            return CheckResult(ok=False, message=str(error))
        return CheckResult(ok=True, message=agree(f"{count} lien(s) dans « {shown(self._place)} ».", count))

    def _read(self, client: Client) -> str:
        if not self._place:
            raise SourceError("Aucune liste de liens : donnez son chemin ou son adresse par CLAUSOSCOPE_URL_LIST.")
        if re.match(r"https?://", self._place):
            page = client.get(self._place)
            return self._list(page.body, page=page.content_type == "text/html")
        try:
            body = Path(self._place).read_bytes()
        except OSError as error:
            raise SourceError(
                f"La liste de liens « {self._place} » ne peut pas être lue ({reason(error)}) : vérifiez le chemin."
            ) from error
        return self._list(body)

    def _list(self, body: bytes, *, page: bool = False) -> str:
        text = _decoded(body)
        if page or text.lstrip().startswith("<"):
            raise SourceError(
                f"« {shown(self._place)} » est une page web, pas une liste de liens : vérifiez CLAUSOSCOPE_URL_LIST."
            )
        return text

    def _bad_line(self, row: _Row) -> Problem:
        said = shown(row.url)[:80]
        return Problem(
            stage="fetch",
            code="bad_link",
            message=f"« {shown(self._place)} », ligne {row.number} : « {said} » n'est pas un lien : corrigez.",
        )


def _decoded(body: bytes) -> str:
    """Spreadsheets save CSV in the alphabet of Windows."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")


def _rows(text: str) -> Iterator[_Row]:
    """The links of a list or of a table; comments and blank lines left."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip() and line[0] != "#"]
    header = lines[0][1] if lines else ""
    delimiter = max(";,\t", key=header.count)
    names = [name.strip().lower() for name in _cells(header, delimiter)]
    if not set(names) & _COLUMNS["url"]:
        for number, line in lines:
            yield _Row(number=number, url=line.strip())
        return
    for number, line in lines[1:]:
        cells = dict(zip(names, _cells(line, delimiter), strict=False))
        found = {
            field: next((cells[name].strip() for name in names if name in known and name in cells), "")
            for field, known in _COLUMNS.items()
        }
        yield _Row(number=number, **found)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error as error:
        raise SourceError(
            f"La liste de liens a une ligne illisible (« {shown(line[:40])}… », {len(line)} caractères) : corrigez-la."
        ) from error
