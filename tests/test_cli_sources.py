"""The commands of the sources, their exit codes, and the schedule, on real servers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml
from night_world import BEFORE, LATER, World, run_night
from servers import Reply, Server, certificate
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.exits import ExitCode
from flows.lock import SourceLock
from flows.night_settings import NightSettings, load_night_settings
from flows.settings import SettingsError

ROOT = Path(__file__).parents[1]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def lines(result: Result) -> list[str]:
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


@pytest.mark.usefixtures("prefect_server")
def test_ingest_of_sources(world: World) -> None:
    first = run("ingest", "--source", "boamp", "--since", f"{BEFORE}", "--until", f"{BEFORE}", "--departements", "5,2a")
    world.server.routes["/search"] = Reply(status=500)
    second = run("ingest", "--source", "boamp", "--source", "ted", "--workers", "0")

    assert first.exit_code == ExitCode.OK, first.output
    assert "│ boamp │ Complète │ — │ 3 │ 3 │ 0 │ 5 │ 2 │ 0 │" in lines(first)
    assert lines(first)[-1] == "3 consultations nouvelles, 1 clause nouvelle, 450 heures."
    assert second.exit_code == ExitCode.SOME_FAILED, second.output
    assert f"│ boamp │ Complète │ {LATER} │ 4 │ 1 │ 0 │ 1 │ 0 │ 0 │" in lines(second)
    assert "│ ted │ En panne │ — │ 0 │ 0 │ 0 │ 0 │ 0 │ 0 │" in lines(second)
    assert lines(second)[-1].startswith("• TED (Journal officiel de l'Union européenne) : ")


@pytest.mark.usefixtures("prefect_server")
def test_a_second_ingest_at_once_says_so_and_ends_well(world: World) -> None:
    with SourceLock(world.engine, stale_after=load_night_settings().stale_after):
        result = run("ingest", "--source", "folder")
    assert result.exit_code == ExitCode.OK
    assert result.stderr.startswith("clausoscope : Un passage sur les sources est déjà en cours depuis ")
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["--source", "boamps"], "source inconnue « boamps » ; choisissez parmi boamp, decp,", id="name"),
        pytest.param(["--source", "boamp", "--departements", "75,123"], "« 123 » n'est pas un département", id="place"),
        pytest.param(
            ["--source", "boamp", "--since", "2026-11-02", "--until", "2026-11-01"], "échangez-les", id="days"
        ),
        pytest.param(["x.pdf", "--since", "2026-11-02"], "vont avec --source", id="since-alone"),
        pytest.param(["x.pdf", "--source", "boamp"], "donnez des chemins, ou des sources", id="both"),
        pytest.param([], "donnez des chemins, ou des sources", id="nothing"),
    ],
)
@pytest.mark.usefixtures("world")
def test_commands_wrongly_written(arguments: list[str], words: str) -> None:
    result = run("ingest", *arguments)
    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_list_tells_how_far_each_source_is(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_SOURCES", "boamp, ted")
    monkeypatch.setenv("COLUMNS", "200")
    world.server.routes["/search"] = Reply(status=500)
    run_night()

    told = lines(run("sources", "list"))

    assert any(line.startswith("│ boamp │ BOAMP") and f"│ oui │ {LATER} │" in line for line in told)
    assert any(line.startswith("│ decp │ DECP") and "│ non │ — │ — │" in line for line in told)
    assert any(line.startswith("│ ted │ TED") and "│ oui │ — │ — │" in line for line in told)


def test_check_tells_which_source_answers(world: World) -> None:
    everything = run("sources", "check")
    world.server.routes.pop("/search")
    broken = run("sources", "check", "ted", "folder")

    assert everything.exit_code == ExitCode.OK, everything.output
    assert [line[:9] for line in everything.stdout.splitlines()] == ["✓ boamp :", "✓ ted : T", "✓ folder "]
    assert broken.exit_code == ExitCode.UNHEALTHY
    assert [line[0] for line in broken.stdout.splitlines()] == ["✗", "✓"]


def test_check_asks_the_platforms_too(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, signed = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(signed))
    with Server({"/": Reply(body=b"<html>PLACE</html>")}, certificate=context) as site:
        monkeypatch.setenv("CLAUSOSCOPE_ATEXO_HOSTS", f"127.0.0.1:{site.port}")
        everything = run("sources", "check")
        site.routes["/"] = Reply(status=503)
        alone = run("sources", "check", "atexo")

    assert everything.exit_code == ExitCode.OK, everything.output
    assert everything.stdout.splitlines()[-1] == f"✓ atexo : 127.0.0.1:{site.port} : sites joignables."
    assert alone.exit_code == ExitCode.UNHEALTHY
    assert alone.stdout.startswith("✗ atexo : ")


# ---------------------------------------------------------------- settings and schedule


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("DEPARTEMENTS", "75;93", "des codes de départements", id="departements"),
        pytest.param("FIRST_DAYS", "0", "un nombre de jours", id="first-days"),
        pytest.param("LOCK_SECONDS", "0", "un nombre de secondes", id="lock"),
        pytest.param("NIGHTLY_CRON", "à 3 h", "une heure au format cron", id="cron"),
        pytest.param("NIGHTLY_TIMEZONE", "Paris", "un fuseau horaire", id="timezone"),
    ],
)
def test_settings_refused(name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CLAUSOSCOPE_{name}", value)
    with pytest.raises(SettingsError, match=f"CLAUSOSCOPE_{name}=.* refusé : donnez {words}"):
        load_night_settings()


def test_departements_are_normalised(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_DEPARTEMENTS", "5, 2a,93,05")
    assert load_night_settings().departements == ("05", "2A", "93")


def test_prefect_yaml_says_what_the_settings_say() -> None:
    settings = NightSettings()
    told = {d["name"]: d for d in yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]}
    crons = {"nightly": settings.nightly_cron, "reprocess": settings.reprocess_cron}
    assert {name: d["schedules"] for name, d in told.items()} == {
        name: [{"cron": cron, "timezone": settings.nightly_timezone}] for name, cron in crons.items()
    }
    for deployment in told.values():
        path, name = deployment["entrypoint"].split(":")
        assert f"def {name}(" in (ROOT / path).read_text("utf-8")


@pytest.mark.slow
def test_schedule_serves_both_deployments(world: World, prefect_server: str) -> None:
    told = {**os.environ, **world.settings, "PREFECT_API_URL": prefect_server, "CLAUSOSCOPE_NIGHTLY_CRON": "30 4 * * *"}
    command = [sys.executable, "-c", "from flows.cli import main; main()", "schedule"]
    process = subprocess.Popen(command, env=told, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    found: dict[str, tuple[str, str]] = {}

    def served() -> bool:
        for deployment in httpx.post(f"{prefect_server}/deployments/filter", json={}).json():
            (schedule,) = deployment["schedules"]
            found[deployment["name"]] = schedule["schedule"]["cron"], schedule["schedule"]["timezone"]
        return len(found) == 2

    try:
        world.wait_for(served)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert found == {"nightly": ("30 4 * * *", "Europe/Paris"), "reprocess": ("0 12 * * 0", "Europe/Paris")}


# ---------------------------------------------------------------- reprocess


@pytest.mark.usefixtures("prefect_server")
def test_reprocess_reads_again_what_other_rules_read(world: World) -> None:
    from flows.reprocess import reprocess

    run_night()
    before = world.content()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE documents SET fingerprint = 'anciennes'")
        connection.exec_driver_sql("UPDATE readings SET doc_type = 'autre', object = 'ancien'")
        connection.exec_driver_sql("DELETE FROM clauses WHERE id = 1")
        connection.exec_driver_sql("UPDATE notices SET fingerprint = 'anciennes', buyer = 'Ancien', siret = NULL")
        connection.exec_driver_sql("DELETE FROM declared")

    done = reprocess(workers=0)
    assert done is not None
    assert (done.batch.counts, done.notices, done.lost) == ({"changed": 10}, len(before["v_avis"]), ())
    assert world.content() == before
    assert reprocess(workers=0) is None
    assert not list((world.root / "data" / "processed").rglob("*.pdf"))
