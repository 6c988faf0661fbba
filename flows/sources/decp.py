"""Essential data of contracts (DECP): what buyers declared once they had awarded, from files of any size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from extractors.errors import ClausoscopeError
from extractors.notices.decp import read_contract, stream
from extractors.notices.records import NoticeError
from flows.http import Client
from flows.http_errors import HttpError, shown
from flows.sources.base import CheckResult, Item, SourceError, Window
from flows.sources.journals import Raw, as_json, fetched_file, file_name, first_day, item_of, unread, wanted
from flows.sources.settings import SourceSettings

UNSET = "Aucun fichier DECP à lire : donnez des adresses dans CLAUSOSCOPE_DECP_URLS."


def make_source(settings: SourceSettings) -> Decp:
    return Decp(settings)


class Decp:
    name = "decp"
    title = "DECP (données essentielles de la commande publique)"

    def __init__(self, settings: SourceSettings) -> None:
        self._urls = settings.decp_urls
        self._folder = settings.fetched_dir / "decp"

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
                for item in self._contracts(url, since, window, client):
                    if last:
                        yield last
                    last = item
            except (HttpError, NoticeError) as error:
                whole = False
                yield unread(f"decp:{shown(url)}", error, "")
        if last:
            yield replace(last, cursor=window.until.isoformat() if whole else "")

    def check(self, client: Client) -> CheckResult:
        if not self._urls:
            return CheckResult(ok=False, message=UNSET)
        return CheckResult(
            ok=True, message=f"{len(self._urls)} fichier(s) DECP à lire ; leur adresse n'est pas testée."
        )

    def _contracts(self, url: str, since: date, window: Window, client: Client) -> Iterator[Item]:
        path = fetched_file(url, self._folder, client)
        try:
            with path.open("rb") as file:
                for place, data in enumerate(stream(file), 1):
                    try:
                        notice = read_contract(data)
                    except ClausoscopeError as error:
                        yield unread(f"decp:{shown(url)}#{place}", error, "")
                        continue
                    in_time = notice.published and since <= notice.published <= window.until
                    if in_time and wanted(notice.departements, window):
                        raw = Raw(name=file_name(notice.notice_id, ".json"), content=as_json(data, default=str))
                        yield item_of(notice, raw, "")
        except NoticeError:
            path.unlink(missing_ok=True)  # it is asked again whole
            raise
