"""The Bulletin officiel des annonces des marchés publics, by its Opendatasoft API (Explore v2.1)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import httpx

from extractors.notices.boamp import read_record
from extractors.notices.records import NoticeError
from extractors.notices.values import day
from flows.http import Client
from flows.http_errors import HttpError
from flows.sources.base import CheckResult, Item, SourceError, Window
from flows.sources.journals import Raw, as_json, file_name, first_day, item_of, unread
from flows.sources.settings import SourceSettings

PAGE = 100
"""The most records that one request gives."""
REACH = 10_000
"""The API refuses offset + limit beyond it: more is exported."""
MONTH = timedelta(days=31)
"""The longest stretch asked for at once: some 13 000 notices."""
FIELDS = frozenset({"idweb", "objet", "dateparution", "code_departement", "nature", "etat", "donnees", "gestion"})


def make_source(settings: SourceSettings) -> Boamp:
    return Boamp(settings)


class Boamp:
    name = "boamp"
    title = "BOAMP (Bulletin officiel des annonces des marchés publics)"

    def __init__(self, settings: SourceSettings) -> None:
        self._url = settings.boamp_url.rstrip("/")
        self._folder = settings.fetched_dir / "boamp"

    def items(self, window: Window, watermark: str | None, client: Client) -> Iterator[Item]:
        since = first_day(window, watermark)
        while since <= window.until:
            until = min(window.until, since + MONTH - timedelta(days=1))
            for record in self._records(_where(since, until, window.departements), client):
                yield _item(record, since)
            since = until + timedelta(days=1)

    def check(self, client: Client) -> CheckResult:
        try:
            answer = _object(client.get(self._url).json())
        except (HttpError, SourceError) as error:
            return CheckResult(ok=False, message=str(error))
        names = {field.get("name") for field in answer.get("fields") or [] if isinstance(field, dict)}
        if missing := FIELDS - names:
            return CheckResult(
                ok=False,
                message=f"Le jeu de données n'a plus {', '.join(sorted(missing))} : vérifiez CLAUSOSCOPE_BOAMP_URL.",
            )
        return CheckResult(ok=True, message=f"Le BOAMP répond, avec ses {len(names)} champs.")

    def _records(self, where: str, client: Client) -> Iterator[object]:
        """The records of a stretch, oldest first; a page or an export that gives fewer than announced is an error."""
        asked: dict[str, str | int] = {"where": where, "order_by": "dateparution,idweb"}
        total, results = self._page(asked, 0, client)
        if total > REACH:
            yield from self._export(asked, total, client)
            return
        given = 0
        while results:
            yield from results
            given += len(results)
            results = self._page(asked, given, client)[1] if given < total else []
        _complete(given, total)

    def _page(self, asked: Mapping[str, str | int], offset: int, client: Client) -> tuple[int, list[object]]:
        page = client.get(f"{self._url}/records", params={**asked, "limit": PAGE, "offset": offset})
        answer = _object(page.json())
        total, results = answer.get("total_count"), answer.get("results")
        if not isinstance(total, int) or not isinstance(results, list):
            raise SourceError(f"Le BOAMP répond sans « results » ({_reason(answer)}) : vérifiez CLAUSOSCOPE_BOAMP_URL.")
        return total, results

    def _export(self, asked: Mapping[str, str | int], total: int, client: Client) -> Iterator[object]:
        given = 0
        url = httpx.URL(f"{self._url}/exports/jsonl", params=asked)
        export = client.download(str(url), self._folder)
        assert export is not None  # nothing was said of a copy already had
        try:
            with export.path.open("rb") as lines:
                for line in filter(bytes.strip, lines):
                    try:
                        record = json.loads(line)
                    except (ValueError, RecursionError) as error:  # an error can stand in the middle of an answer 200
                        said = line.strip()[:80].decode(errors="replace")
                        message = f"L'export du BOAMP s'arrête après {given} avis (« {said} ») : relancez plus tard."
                        raise SourceError(message) from error
                    yield record
                    given += 1
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        _complete(given, total)


def _where(since: date, until: date, departements: tuple[str, ...]) -> str:
    clauses = [f"dateparution >= date'{since.isoformat()}'", f"dateparution <= date'{until.isoformat()}'"]
    if departements:
        codes = ", ".join(f'"{_as_indexed(code)}"' for code in departements)
        clauses.append(f"code_departement IN ({codes})")
    return " AND ".join(clauses)


def _as_indexed(code: str) -> str:
    """« 05 » → « 5 », « 2A » → « 20A », as the portal writes them."""
    return {"2A": "20A", "2B": "20B"}.get(code, code.lstrip("0"))


def _item(record: object, since: date) -> Item:
    fields = record if isinstance(record, dict) else {}
    id = str(fields.get("idweb") or fields.get("id") or "?")
    cursor = (day(str(fields.get("dateparution"))) or since).isoformat()
    raw = Raw(name=file_name(id, ".json"), content=as_json(record))
    try:
        return item_of(read_record(record), raw, cursor)
    except NoticeError as error:
        return unread(f"boamp:{id}", error, cursor, raw)


def _object(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):
        raise SourceError("Le BOAMP répond autre chose qu'un objet JSON : vérifiez CLAUSOSCOPE_BOAMP_URL.")
    return answer


def _reason(answer: Mapping[str, object]) -> str:
    return str(answer.get("message") or answer.get("error") or "aucune raison donnée")[:120]


def _complete(given: int, total: int) -> None:
    if given < total:
        raise SourceError(f"Le BOAMP annonce {total} avis et n'en donne que {given} : relancez plus tard.")
