"""A small world for the nights of the tests: two journals and a buyer's profile on loopback, and a drop folder."""

from __future__ import annotations

import hashlib
import io
import re
import time
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random

from conftest import CLAUSE, pdf
from notice_samples import changed, eforms, eforms_lot, fns_simple, record
from notice_servers import BoampServer, TedServer
from servers import Reply, Route, Server, document
from sqlalchemy import Engine, text

from flows.night import Asked, Night
from flows.source_night import SourceNight, follow_sources
from models import open_database, read_view

TODAY = date.today()
BEFORE = TODAY - timedelta(days=2)
LATER = TODAY - timedelta(days=1)
FIRST_UUID = "aaaaaaaa-0000-4000-8000-000000000001"
ALL = ("boamp", "ted", "folder")


def zipped(files: Mapping[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def clause(hours: int) -> bytes:
    """A PDF whose clause asks for these hours."""
    return pdf(lines=(CLAUSE[0], CLAUSE[1].replace("450", str(hours)), CLAUSE[2]))


PLAN = Random(0).randbytes(400_000)
DCE = zipped({"Lot 1/CCAP.pdf": clause(450), "RC.pdf": clause(451), "plan.dwg": PLAN})


def boamp_records(profile: str) -> list[dict[str, object]]:
    """A call with a DCE, one that nobody can fetch, a call that TED has too, and its cancellation."""
    lots = {"numLot": "1", "intitule": "Tonte"}
    direct = fns_simple(lots, "Une clause sociale d'insertion de 100 heures est prévue.")
    direct["FNSimple"]["initial"]["communication"]["urlDocConsul"] = f"{profile}/dce.zip"  # type: ignore[index]
    manual = fns_simple(lots, "Rien de particulier.")
    manual["FNSimple"]["initial"]["communication"]["urlDocConsul"] = f"{profile}/page"  # type: ignore[index]
    return [
        record("26-10001", direct, dateparution=BEFORE.isoformat()),
        record("26-10002", manual, dateparution=BEFORE.isoformat()),
        record(
            "26-10003", {}, dateparution=BEFORE.isoformat(), contractfolderid="11111111-2222-4333-8444-555555555555"
        ),
        record("26-10004", {}, dateparution=LATER.isoformat(), nature="ANNULATION", annonce_lie=["26-10002"]),
    ]


def ted_notices(profile: str) -> dict[str, bytes]:
    """A call whose documents are not there, and its rectification."""
    given = {
        "700001-2026": eforms(eforms_lot(1, reserved="res-ws"), published=f"{BEFORE}Z"),
        "700002-2026": eforms(
            eforms_lot(1, reserved="res-ws"),
            eforms_lot(2),
            number="00700002-2026",
            published=f"{LATER}Z",
            uuid="aaaaaaaa-0000-4000-8000-000000000002",
            changes=changed(f"{FIRST_UUID}-01"),
        ),
    }
    link = b"https://marches.example.fr/?page=dce&amp;id=7&amp;region=11"
    return {number: notice.replace(link, f"{profile}/absent.zip".encode()) for number, notice in given.items()}


def routes(url: str) -> dict[str, Route]:
    """What the server of the world answers at its address."""
    return {
        **BoampServer(records=boamp_records(url)).routes(),
        **TedServer(notices=ted_notices(url), published=BEFORE.isoformat()).routes(),
        "/dce.zip": document(DCE, etag='"v1"'),
        "/page": Reply(body=b"<!doctype html><html>Identifiez-vous</html>", headers={"Content-Type": "text/html"}),
    }


def environment(root: Path, url: str, database_url: str | None = None) -> dict[str, str]:
    """The settings of a night that writes below `root` only."""
    drop = root / "depot" / "École"
    if not drop.exists():
        drop.mkdir(parents=True)
        (drop / "CCAP.pdf").write_bytes(clause(452))
        (drop / "plans.zip").write_bytes(zipped({"notice.txt": b"Aucune clause sociale."}))
    told = {
        "DATABASE_URL": database_url or f"sqlite:///{root / 'base.db'}",
        "DATA_DIR": str(root / "data"),
        "DROP_DIR": str(root / "depot"),
        "BOAMP_URL": f"{url}/boamp",
        "TED_URL": f"{url}/search",
        "TED_NOTICE_URL": url + "/notice/{number}/xml",
        "ALLOWED_PRIVATE_HOSTS": "127.0.0.1",
        "REQUESTS_PER_SECOND": "50",
        "RETRIES": "0",
        "RETRY_SECONDS": "0.01",
        "WORKERS": "0",
        "BATCH_SIZE": "2",
        "SOURCES": ",".join(ALL),
        "FIRST_DAYS": "7",
    }
    return {f"CLAUSOSCOPE_{name}": value for name, value in told.items()}


def run_night(asked: Asked | None = None) -> int:
    """A night without Prefect."""
    with Night(asked or Asked(), workers=0) as night:
        follow_sources(night, SourceNight.receive, SourceNight.store)
    return night.id


class World:
    """The server of the world and what a night writes, under a folder of its own."""

    def __init__(self, root: Path, server: Server, database_url: str | None = None) -> None:
        self.root = root
        self.server = server
        server.routes.update(routes(server.url))
        self.settings = environment(root, server.url, database_url)

    @property
    def engine(self) -> Engine:
        return open_database(self.settings["CLAUSOSCOPE_DATABASE_URL"])

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def path_of(self, link: str, inner: str, tender: str = "boamp:26-10001") -> str:
        """Where a document that came by a link is recorded."""
        return f"{tender}/{hashlib.sha256((self.server.url + link).encode()).hexdigest()[:8]}/{inner}"

    def wait_for(self, done: Callable[[], bool]) -> None:
        """Until it is done; half a minute is the end of the test."""
        for _ in range(600):
            if done():
                return
            time.sleep(0.05)
        raise TimeoutError

    def content(self) -> dict[str, list[str]]:
        """Everything that the database tells of the world, whatever the number of nights that it took."""
        told = {}
        for view, left in CONTENT.items():
            rows = read_view(self.engine, view).drop(columns=left.split(", ")).to_dict("records")
            told[view] = sorted(
                re.sub(
                    r"/[0-9a-f]{8}/",  # of an address, whose port is another in each world
                    "/…/",
                    str(row).replace(str(self.root), "").replace(self.server.url, ""),
                )
                for row in rows
            )
        return told


CONTENT = {
    "v_avis": "fichier_brut, nuit, document_id, avis_id, consultation_id",
    "v_declare": "avis_id, consultation_id",
    "v_telechargements": "nb_essais, vu_le, suivi_le, consultation_id",
    "v_documents": "secondes, traitement, traite_le, document_id, consultation_id, lecture",
    "v_clauses": "document_id, consultation_id, clause_id, traitement",
    "v_volumes": "document_id, consultation_id, volume_id, traitement",
    "v_problemes": "traitement, document_id, consultation_id",
}
"""Views that tell what the world holds → their columns that tell when and how it was read."""
