"""A large night on two cores, by the command line: every notice and document of it, its memory and its pace."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from night_world import TODAY, environment
from notice_samples import fns_simple, record
from notice_servers import BoampServer
from servers import Reply, Server, document

from extractors.pipeline import extract
from flows.settings import PREFIX

ROOT = Path(__file__).parents[1]
SAMPLES = sorted((ROOT / "data" / "raw" / "samples").glob("*/*.pdf"))
NOTICES = 2000
DOCUMENTS = 500
GIGABYTE = 1 << 30
PAGE = Reply(body=b"<!doctype html><html>Identifiez-vous</html>", headers={"Content-Type": "text/html"})
NIGHT = """
import os
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
from flows.cli import main
main()
"""


class Memory:
    """The most memory that a process and those below it held together, looked at often."""

    def __init__(self, process: int) -> None:
        self.peak = 0
        self._process = process
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            self.peak = max(self.peak, _held(self._process))


def _held(process: int) -> int:
    """Bytes in memory, shared pages counted once for all who share them; nothing for a process that has ended."""
    held = 0
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                held += int(line.split()[1]) * 1024
        for task in Path(f"/proc/{process}/task").iterdir():
            held += sum(_held(int(child)) for child in (task / "children").read_text().split())
    return held


def offer(server: Server) -> None:
    """Notices of five days, each of a consultation of its own; one in four gives a document, the others a page."""
    records = []
    for number in range(NOTICES):
        form = fns_simple({"numLot": "1", "intitule": f"Tonte {number}"}, f"Une clause d'insertion de {number} heures.")
        if number % (NOTICES // DOCUMENTS) == 0:
            sample = sample_of(number)
            path = f"/{number}/{sample.name}"
            content = sample.read_bytes() + b"\n%% %d\n" % number
            server.routes[path] = document(content, etag=f'"{number}"')
        else:
            path = f"/{number}/profil"
            server.routes[path] = PAGE
        form["FNSimple"]["initial"]["communication"]["urlDocConsul"] = server.url + path  # type: ignore[index]
        day = TODAY - timedelta(days=number % 5)
        records.append(record(f"26-{number + 1}", form, dateparution=day.isoformat()))
    server.routes.update(BoampServer(records=records).routes())


def sample_of(number: int) -> Path:
    return SAMPLES[number // (NOTICES // DOCUMENTS) % len(SAMPLES)]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_a_large_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Server({}) as server:
        offer(server)
        told = {name: value for name, value in os.environ.items() if not name.startswith((PREFIX, "PREFECT_"))}
        told |= environment(tmp_path, server.url)
        told |= {
            "PYTHONPATH": str(ROOT),
            "PREFECT_HOME": str(tmp_path / "prefect"),
            f"{PREFIX}BATCH_SIZE": "32",
            f"{PREFIX}CONNECTIONS_PER_HOST": "4",
        }
        command = [sys.executable, "-c", NIGHT, "ingest", "--source", "boamp", "--workers", "2"]
        start = time.monotonic()
        with (tmp_path / "told").open("w+") as out:
            process = subprocess.Popen(command, env=told, cwd=tmp_path, stdout=out, stderr=subprocess.STDOUT)
            try:
                with Memory(process.pid) as memory:
                    code = process.wait(timeout=1200)
            finally:
                process.kill()
            seconds = time.monotonic() - start
            out.seek(0)
            assert code == 0, out.read()

    found = {path: extract(path) for path in SAMPLES}
    given = Counter(sample_of(number) for number in range(0, NOTICES, NOTICES // DOCUMENTS))
    with contextlib.closing(sqlite3.connect(tmp_path / "base.db")) as database:
        declared = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'texts_index%'"
        tables = [name for (name,) in database.execute(declared)]
        rows = {name: database.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in tables}
        clauses = database.execute(
            "SELECT COUNT(*) FROM clauses c JOIN readings r ON r.id = c.reading_id AND r.is_current"
            " WHERE r.document_id IN (SELECT document_id FROM document_paths WHERE path LIKE '%.pdf')"
        ).fetchone()[0]
        states = dict(database.execute("SELECT state, COUNT(*) FROM downloads GROUP BY state"))
    every = sum(rows.values())
    with capsys.disabled():
        print(  # noqa: T201
            f"\n{NOTICES} notices, {DOCUMENTS} documents: {seconds:.0f} s, {len(server.asked)} requests "
            f"({len(server.asked) / seconds:.1f}/s), {every} rows ({every / seconds:.0f}/s), {memory.peak / 1e6:.0f} MB"
        )
    for table in ("notices", "notice_lots", "tenders", "downloads"):
        assert rows[table] == NOTICES, table
    assert rows["documents"] == NOTICES + DOCUMENTS
    assert states == {"ok": DOCUMENTS, "manual": NOTICES - DOCUMENTS}
    assert clauses == sum(len(found[path].clauses) * times for path, times in given.items()) > 0
    assert rows["clauses"] == clauses + NOTICES  # the words of each notice state one
    assert memory.peak < GIGABYTE
