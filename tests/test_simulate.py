"""The simulator, as a process of its own: its settings, its answers, and a whole night on itself."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from night_world import run_night

from flows.alerts import load_alerts
from flows.http import Client
from flows.morning import finish_morning
from flows.settings import PREFIX
from flows.simulate import SAMPLES, Simulator
from flows.sources.base import Window, open_source
from flows.sources.settings import SourceSettings

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from flows.cli import main; main()", "sources", "simulate"]
TODAY = date.today()
EXPORT = "export "


def environment(**more: str) -> dict[str, str]:
    told = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return {**told, "PYTHONPATH": str(ROOT), **more}


@dataclass(frozen=True, kw_only=True)
class Served:
    url: str
    settings: dict[str, str]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The simulator in another process; the settings that it prints."""
    folder = tmp_path_factory.mktemp("simulateur")
    process = subprocess.Popen(
        [*COMMAND, "--port", "0"],
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that starts the tests in the background has them ignore Ctrl-C, and what they start as well.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout and process.stderr
    url = process.stderr.readline().split()[4]  # told once every setting is
    settings = {}
    while len(settings) < 9:
        name, _, value = process.stdout.readline().removeprefix(EXPORT).strip().partition("=")
        settings[name] = value.strip("'")
    yield Served(url=url, settings=settings)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode == 130, told


def test_the_settings_send_the_sources_to_the_simulator(served: Served) -> None:
    assert {name: value for name, value in served.settings.items() if served.url in value} == {
        "CLAUSOSCOPE_BOAMP_URL": f"{served.url}/boamp",
        "CLAUSOSCOPE_TED_URL": f"{served.url}/ted/search",
        "CLAUSOSCOPE_TED_NOTICE_URL": served.url + "/ted/{number}.xml",
    }
    assert served.settings["CLAUSOSCOPE_DATA_DIR"] == "data/simulation"


@pytest.mark.parametrize("name", ["boamp", "ted"])
def test_each_source_answers(served: Served, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in served.settings.items():
        monkeypatch.setenv(variable, value)
    settings = SourceSettings()
    with Client(settings) as client:
        assert open_source(name, settings).check(client).ok


@pytest.mark.parametrize(
    ("since", "departements", "numbers"),
    [
        pytest.param(7, (), [*range(101, 104), 106, 104, 105, 107], id="all"),
        pytest.param(1, (), [104, 105, 107], id="yesterday"),
        pytest.param(7, ("93", "13"), [102, 105], id="departements"),
        pytest.param(0, (), [], id="today"),
    ],
)
def test_boamp_keeps_what_is_asked(
    served: Served, since: int, departements: tuple[str, ...], numbers: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in served.settings.items():
        monkeypatch.setenv(variable, value)
    settings = SourceSettings()
    window = Window(since=TODAY - timedelta(days=since), until=TODAY, departements=departements)
    with Client(settings) as client:
        items = list(open_source("boamp", settings).items(window, None, client))
    assert [item.notice and item.notice.notice_id for item in items] == [f"26-900{number}" for number in numbers]


def test_a_night_on_the_settings_that_it_prints(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in served.settings.items():
        monkeypatch.setenv(variable, value)

    morning = finish_morning(run_night(), news=True)

    sources = [(s.name, s.state, s.items, s.new_notices, s.documents) for s in morning.summary.sources]
    assert sources == [("boamp", "ok", 7, 7, 12), ("ted", "ok", 2, 2, 7)]
    states = {tender.key: (tender.buyer, tender.departements, tender.state) for tender in morning.summary.new_tenders}
    assert states == {
        "boamp:26-900101": ("Ville de Saint-Aubin-les-Prés", ("95",), "open"),
        "boamp:26-900102": ("Département de la Haute-Orne-et-Loire", ("93",), "open"),
        "boamp:26-900103": ("SDIS de la Vallonnière", ("78",), "open"),
        "boamp:26-900106": ("Ville de Saint-Aubin-les-Prés", ("95",), "cancelled"),
        "folder:4c10c1e1-0004-4000-8000-00000000c4c4": ("Agence de l'eau Garance-Estérel", ("13",), "open"),
        "folder:4c10c1e1-0002-4000-8000-00000000c2c2": ("Communauté d'agglomération Val de Lorbe", ("77",), "open"),
    }
    hours = {(total.family, total.departements): total.hours for total in morning.summary.hours if total.hours}
    assert hours == {("BAT", ("95",)): 2460.0, ("EV", ("95",)): 140.0}
    assert f"{served.url}/profil/2025-F-118" in [link.address for link in morning.summary.missed]
    assert {row[0].text for row in morning.page.tables[0].rows} == {
        alert.nom for alert in load_alerts(SAMPLES / "notices" / "alertes.toml")
    }
    assert morning.page.warnings == ()


@pytest.mark.slow
def test_a_whole_night_with_prefect_sends_nothing(prefect_server: str, tmp_path: Path) -> None:
    told = environment(PREFECT_API_URL=prefect_server, CLAUSOSCOPE_WEBHOOK_URL="http://127.0.0.1:1/x")
    done = subprocess.run(
        [*COMMAND, "--night"], cwd=tmp_path, env=told, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "6 consultations nouvelles, 11 clauses nouvelles, 2\N{NO-BREAK SPACE}600 heures." in done.stdout
    report = Path(done.stderr.removeprefix("Rapport : ").strip())
    assert report == Path(f"data/simulation/processed/reports/nuit-00001-{TODAY}.html")
    assert (tmp_path / report).read_text("utf-8").startswith("<!doctype html>")
    kept = httpx.post(f"{prefect_server}/artifacts/filter", json={"sort": "CREATED_DESC", "limit": 1}).json()
    assert [(artifact["key"], artifact["data"]) for artifact in kept] == [
        ("clausoscope-nuit", (tmp_path / report.with_suffix(".md")).read_text("utf-8"))
    ]
    with sqlite3.connect(tmp_path / "data" / "simulation" / "clausoscope.db") as database:
        assert database.execute("SELECT COUNT(*) FROM alert_matches").fetchone() == (10,)


def test_what_is_not_served() -> None:
    simulator = Simulator("http://127.0.0.1:1")
    status, _, xml = simulator.answer("/ted/900201-2026.xml", b"")
    assert (status, b"{{" in xml) == (200, False)
    assert simulator.answer("/ailleurs", b"")[0] == 404
    assert simulator.answer("/dce/..%2fsecret.zip", b"")[0] == 404


def test_a_port_that_is_taken_is_told(served: Served, tmp_path: Path) -> None:
    port = served.url.rpartition(":")[2]
    command = [*COMMAND, "--port", port]
    done = subprocess.run(command, cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(f"clausoscope : port {port} indisponible (") and done.stderr.count("\n") == 1
