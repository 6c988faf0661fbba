"""A BOAMP, a TED and a buyer's profile on this machine, serving the sample notices: a demonstration without internet.

They answer what our sources ask, no more: `where` by date and département, pages, iteration tokens.
"""

from __future__ import annotations

import io
import json
import re
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from flows.files import InputNotFound
from flows.settings import PREFIX

SAMPLES = Path(__file__).parents[1] / "data" / "raw" / "samples"
LOGIN = b"<!doctype html><html lang=fr><title>Profil</title><p>Identifiez-vous pour retirer le dossier.</html>"


class Simulator:
    """The sample notices, published yesterday and the day before, at an address of this machine."""

    def __init__(self, url: str, *, samples: Path = SAMPLES) -> None:
        today = date.today()
        self._samples = samples
        self._words = {
            "{{adresse}}": url,
            "{{avant-hier}}": (today - timedelta(days=2)).isoformat(),
            "{{hier}}": (today - timedelta(days=1)).isoformat(),
            "{{limite}}": (today + timedelta(days=30)).isoformat(),
        }
        self.url = url
        self._records = [self._record(path) for path in sorted((samples / "notices" / "boamp").glob("*.json"))]
        self._ted = {path.stem: self._told(path) for path in sorted((samples / "notices" / "ted").glob("*.xml"))}
        if not self._records or not self._ted:
            raise InputNotFound(f"Avis d'exemple introuvables dans « {samples} » : lancez depuis un dépôt complet.")

    def answer(self, target: str, body: bytes) -> tuple[HTTPStatus, str, bytes]:
        """Status, type and body of an answer."""
        asked = urlsplit(target)
        query = {name: values[-1] for name, values in parse_qs(asked.query).items()}
        if asked.path == "/boamp":
            return _json({"fields": [{"name": name} for name in sorted({key for r in self._records for key in r})]})
        if asked.path == "/boamp/records":
            return _json(self._boamp(query))
        if asked.path == "/ted/search":
            return _json(self._search(json.loads(body or b"{}")))
        if (found := re.fullmatch(r"/ted/([\d-]+)\.xml", asked.path)) and found[1] in self._ted:
            return HTTPStatus.OK, "application/xml", self._ted[found[1]].encode()
        if (found := re.fullmatch(r"/dce/(\w+)\.zip", asked.path)) and (self._samples / found[1]).is_dir():
            return HTTPStatus.OK, "application/zip", _zipped(self._samples / found[1])
        if asked.path.startswith("/profil/"):
            return HTTPStatus.OK, "text/html; charset=utf-8", LOGIN
        return HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", "Rien à cette adresse.\n".encode()

    def _told(self, path: Path) -> str:
        words = path.read_text("utf-8")
        for name, value in self._words.items():
            words = words.replace(name, value)
        return words

    def _record(self, path: Path) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._told(path))
        return {**record, "donnees": json.dumps(record["donnees"]), "gestion": "{}"}  # JSON in a text, as published

    def _boamp(self, query: Mapping[str, str]) -> dict[str, Any]:
        where = query.get("where", "")
        since, until = (re.search(rf"dateparution {sign} date'([\d-]+)'", where) for sign in (">=", "<="))
        places = re.search(r"code_departement IN \(([^)]*)\)", where)
        wanted = set(re.findall(r'"([^"]*)"', places[1])) if places else None
        found = [
            record
            for record in sorted(self._records, key=lambda r: (r["dateparution"], r["idweb"]))
            if (since is None or record["dateparution"] >= since[1])
            and (until is None or record["dateparution"] <= until[1])
            and (wanted is None or wanted & set(record["code_departement"]))
        ]
        start = int(query.get("offset", 0))
        return {"total_count": len(found), "results": found[start : start + int(query.get("limit", 10))]}

    def _search(self, body: Mapping[str, Any]) -> dict[str, Any]:
        days = re.findall(r"publication-date(?:>=|<=)(\d{4})(\d\d)(\d\d)", body.get("query", ""))
        since, until = ("-".join(day) for day in days) if len(days) == 2 else ("", "")
        published = {
            number: found[1]
            for number, xml in self._ted.items()
            if (found := re.search(r"PublicationDate>([\d-]+)", xml)) and since <= found[1] <= until
        }
        start = int(body.get("iterationNextToken") or 0)
        given = sorted(published, key=lambda number: (published[number], number))[start : start + int(body["limit"])]
        notices = [{"publication-number": n, "publication-date": f"{published[n]}+01:00"} for n in given]
        return {
            "notices": notices,
            "totalNoticeCount": len(published),
            "iterationNextToken": str(start + len(given)),
            "timedOut": False,
        }


def simulated_settings(url: str) -> dict[str, str]:
    """The variables that send the sources to the simulator, in a folder and a database of their own."""
    told = {
        "BOAMP_URL": f"{url}/boamp",
        "TED_URL": f"{url}/ted/search",
        "TED_NOTICE_URL": url + "/ted/{number}.xml",
        "ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "REQUESTS_PER_SECOND": "50",
        "SOURCES": "boamp,ted",
        "DATA_DIR": "data/simulation",
        "DATABASE_URL": "sqlite:///data/simulation/clausoscope.db",
        "ALERTS_FILE": str(SAMPLES / "notices" / "alertes.toml"),
    }
    return {PREFIX + name: value for name, value in told.items()}


@contextmanager
def serving(port: int = 0) -> Iterator[str]:
    """The simulator on loopback, in a thread; its address.

    Raises:
        InputNotFound: the samples are not there. OSError: the port is taken.
    """
    with ThreadingHTTPServer(("127.0.0.1", port), BaseHTTPRequestHandler) as http:
        simulator = Simulator(f"http://127.0.0.1:{http.server_address[1]}")
        http.RequestHandlerClass = _handler(simulator)
        threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield simulator.url
        finally:
            http.shutdown()


def _handler(simulator: Simulator) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, kind, body = simulator.answer(self.path, asked)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            """The terminal is for the settings to copy."""

    return Handler


def _json(answer: object) -> tuple[HTTPStatus, str, bytes]:
    return HTTPStatus.OK, "application/json; charset=utf-8", json.dumps(answer).encode()


def _zipped(folder: Path) -> bytes:
    """The documents of a sample tender, as a buyer's profile gives them; the same bytes each time."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.glob("*.pdf")):
            archive.writestr(zipfile.ZipInfo(path.name), path.read_bytes())
    return held.getvalue()
