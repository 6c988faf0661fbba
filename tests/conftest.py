"""Files made for the tests, the worlds and servers that they share, and one Prefect server for all of them."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from ssl import SSLContext
from typing import TYPE_CHECKING

import pytest
from databases import NewDatabase, Postgresql, Sqlite, postgresql_server, shared_statements
from hypothesis import settings
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas
from servers import Route, Server
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

if TYPE_CHECKING:
    from night_world import World
    from sqlalchemy import Engine

pytest_plugins = ["reprocessed"]

settings.register_profile("quick", max_examples=25)  # for `make test`; `make test-all` keeps to the hundred

CLAUSE = (
    "ARTICLE 8 - CLAUSE SOCIALE D'INSERTION",
    "Le titulaire s'engage à réserver à l'insertion 450 heures de travail sur la durée du marché.",
    "En cas de non-respect, une pénalité de 60 € par heure d'insertion non réalisée est appliquée.",
)
NO_PAGES = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n"
    b"2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
    b"xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \n"
    b"trailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n110\n%%EOF\n"
)


def pdf(*, lines: tuple[str, ...] = CLAUSE, encrypt: StandardEncryption | None = None) -> bytes:
    """A PDF of one page that holds the lines."""
    file = BytesIO()
    canvas = Canvas(file, invariant=True, encrypt=encrypt)
    for index, line in enumerate(lines):
        canvas.drawString(60, 760 - 20 * index, line)
    canvas.save()
    return file.getvalue()


BAD_FILES = {
    "texte.pdf": b"Bonjour, ceci n'est pas un PDF.",
    "tronqué.pdf": pdf()[:400],
    "mot de passe.pdf": pdf(encrypt=StandardEncryption("secret")),
    "vide.pdf": b"",
    "sans page.pdf": NO_PAGES,
}
GOOD_FILES = {
    "Cahier des clauses éàç n°1.pdf": pdf(),
    "chiffré sans mot de passe.pdf": pdf(encrypt=StandardEncryption("", ownerPassword="secret")),
}


@pytest.fixture
def bad_folder(tmp_path: Path) -> Path:
    """Every kind of bad file beside good ones."""
    folder = tmp_path / "dossier à lire"
    folder.mkdir()
    for name, content in {**BAD_FILES, **GOOD_FILES}.items():
        (folder / name).write_bytes(content)
    (folder / "lien brisé.pdf").symlink_to(folder / "absent")
    (folder / "piège.pdf").mkdir()
    (folder / "piège.pdf" / "dedans.txt").write_text("Le marché ne comporte pas de clause sociale d'insertion.")
    (folder / ".caché.pdf").write_bytes(pdf())
    (folder / "plan.dwg").write_bytes(b"AC1027")
    return folder


@pytest.fixture(scope="session", autouse=True)
def _shared_statements() -> Iterator[None]:
    with shared_statements():
        yield


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One temporary Prefect server for the session; gives its address."""
    home = tmp_path_factory.mktemp("prefect")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PREFECT_HOME", str(home))
        from flows.prefect_settings import set_up_prefect

        before = dict(os.environ)
        set_up_prefect(verbose=False)
        from prefect.settings import PREFECT_API_URL
        from prefect.testing.utilities import prefect_test_harness

        with prefect_test_harness(server_startup_timeout=120):
            yield str(PREFECT_API_URL.value())
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    """SQLite files that are migrated."""
    return Sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql(testrun_uid: str, worker_id: str) -> Iterator[Postgresql]:
    """Databases of one PostgreSQL, which the processes of the session share."""
    with postgresql_server(testrun_uid) as server:
        databases = Postgresql(server, f"clausoscope_{testrun_uid[:8]}_{worker_id}")
        yield databases
        databases.drop(databases.template)


ABOVE_THE_STORE = frozenset(
    {
        *("test_alerts", "test_cli_sources", "test_diff", "test_guard", "test_ingest", "test_morning"),
        *("test_morning_page", "test_night", "test_night_endurance", "test_night_links", "test_notice_identity"),
        *("test_notify", "test_store_corrections", "test_store_corrections_kept", "test_store_families"),
    }
)
"""Files of tests of what the store serves, slow on PostgreSQL; `test_two_databases` compares whole nights there."""


WITH_PREFECT = frozenset({"test_cli", "test_cli_sources", "test_ingest", "test_night_report", "test_readme"})
"""Files whose quick tests use `prefect_server`."""


class Files(LoadFileScheduling):
    """The tests of a file run in one process, and all the files that need the Prefect server in the same one."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "prefect" if Path(file).stem in WITH_PREFECT else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling | None:
    return Files(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What stands above the store is tried on SQLite by `make test`, and on both databases by `make test-all`."""
    for item in items:
        parameters = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        if item.path.stem in ABOVE_THE_STORE and parameters.get("new_database") == "postgresql":
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[NewDatabase]:
    """Makes databases of one engine: empty and migrated, or else without anything."""
    if request.param == "sqlite":
        files: Sqlite = request.getfixturevalue("sqlite")
        names = (f"base{number or ''}" for number in itertools.count())
        yield lambda *, migrated=True: files.create(tmp_path, next(names), migrated=migrated)
        return
    databases: Postgresql = request.getfixturevalue("postgresql")
    made: list[str] = []

    def create(*, migrated: bool = True) -> str:
        made.append(databases.create(migrated=migrated))
        return made[-1]

    yield create
    for url in made:
        databases.drop(url)


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """A database that is empty, and migrated."""
    return new_database()


@pytest.fixture
def engine(database_url: str) -> Engine:
    from models import open_database  # a test that needs no database pays nothing for it

    return open_database(database_url)


@pytest.fixture
def run_id(engine: Engine) -> int:
    from models import start_run

    return start_run(engine, command="ingest", fingerprint="f1")


@pytest.fixture
def world(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world whose settings are those of this process."""
    from night_world import World  # it imports this file

    with Server({}) as server:
        made = World(tmp_path, server, database_url)
        for name, value in made.settings.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where sources keep what they fetch."""
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Starts servers, that stop with the test."""
    started: list[Server] = []

    def start(routes: Mapping[str, Route], *, certificate: SSLContext | None = None) -> Server:
        started.append(Server(routes, certificate=certificate).__enter__())
        return started[-1]

    yield start
    for server in started:
        server.__exit__()
