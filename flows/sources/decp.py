"""Essential data of contracts (DECP): what buyers declared once they had awarded, from files of any size."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

from extractors.errors import ClausoscopeError
from extractors.notices.decp import read_contract, stream
from extractors.notices.records import NoticeError
from flows.http import Client
from flows.http_errors import HttpError
from flows.sources.base import CheckResult, Item, SourceError, Window
from flows.sources.journals import Raw, file_name, first_day, item_of, unread, wanted
from flows.sources.settings import SourceSettings

UNSET = "Aucun fichier DECP à lire : donnez des adresses dans CLAUSOSCOPE_DECP_URLS."


def make_source(settings: SourceSettings) -> Decp:
    return Decp(settings)


class Decp:
    name = "decp"
    title = "DECP (données essentielles de la commande publique)"

    def __init__(self, settings: SourceSettings) -> None:
        self._urls = settings.decp_urls

    def items(self, window: Window, watermark: str | None, client: Client) -> Iterator[Item]:
        """The contracts published in the window, in the order of the files.

        Files are in no order: the watermark moves with the last contract, once every file was read whole.
        """
        if not self._urls:
            raise SourceError(UNSET)
        since, whole = first_day(window, watermark), True
        last: Item | None = None
        for url in self._urls:
            try:
                for item in _contracts(url, since, window, client):
                    if last:
                        yield last
                    last = item
            except (HttpError, NoticeError) as error:
                whole = False
                yield unread(f"decp:{url}", error, "")
        if last:
            yield replace(last, cursor=window.until.isoformat() if whole else "")

    def check(self, client: Client) -> CheckResult:
        if not self._urls:
            return CheckResult(ok=False, message=UNSET)
        return CheckResult(
            ok=True, message=f"{len(self._urls)} fichier(s) DECP à lire ; leur adresse n'est pas testée."
        )


def _contracts(url: str, since: date, window: Window, client: Client) -> Iterator[Item]:
    with tempfile.TemporaryDirectory(prefix="clausoscope-decp-") as folder:
        download = client.download(url, Path(folder))
        assert download is not None  # nothing was said of a copy already had
        with download.path.open("rb") as file:
            for place, data in enumerate(stream(file), 1):
                try:
                    notice = read_contract(data)
                except ClausoscopeError as error:
                    yield unread(f"decp:{url}#{place}", error, "")
                    continue
                in_time = notice.published and since <= notice.published <= window.until
                if in_time and wanted(notice.departements, window):
                    content = json.dumps(data, ensure_ascii=False, sort_keys=True, default=str).encode()
                    yield item_of(notice, Raw(name=file_name(notice.notice_id, ".json"), content=content), "")
