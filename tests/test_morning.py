"""The morning report: what it says of a small night."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from morning_world import OPEN, alerted_world, told
from night_world import BEFORE, LATER, TODAY, World, run_night
from notice_samples import record
from notice_servers import BoampServer
from servers import Reply
from sqlalchemy.orm import Session
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.exits import ExitCode
from flows.morning import finish_morning, read_news, report_night
from flows.morning_page import build_page
from models import StoreError, source_states
from models.night_tables import NightRow, NightSourceRow


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with alerted_world(tmp_path, database_url) as made:
        yield made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def test_the_report_of_a_small_night(world: World) -> None:
    world.server.routes["/search"] = Reply(status=500)
    night = run_night()
    morning = finish_morning(night, news=True)

    changed = (world.root / "depot" / "École" / "plans.zip").stat().st_mtime
    dropped_at = datetime.fromtimestamp(changed, ZoneInfo("Europe/Paris"))
    tender = "Ville d'Essai – Entretien d'espaces verts"
    dropped = "Aucune clause sociale"  # the object that its notice.txt seems to state
    assert morning.page.facts == (
        ("Consultations nouvelles", "4"),
        ("Clauses nouvelles", "2"),
        ("Heures demandées", "902"),
        ("Documents lus", "8"),
        ("Alertes", "1"),
    )
    assert morning.page.warnings == (
        "TED (Journal officiel de l'Union européenne) : "
        f"{world.server.url}/search répond 500 (Internal Server Error) : relancez plus tard.",
    )
    assert told(morning, "Vos alertes") == [
        (
            "Vert & <b>haut</b>",
            tender,
            "05, 2A",
            "Clause d'insertion",
            "tout le marché",
            "450",
            "Lot 1/CCAP.pdf, p. 1 : « Le titulaire s'engage à réserver à l'insertion "
            "450 heures de travail sur la durée du marché. »",
            f"{OPEN.astimezone(ZoneInfo('Europe/Paris')):%d/%m/%Y %H:%M}",
        )
    ]
    family = "Espaces verts, espaces naturels et milieu rural (entretien)"
    assert [row[:6] for row in told(morning, "Clauses nouvelles")] == [
        (dropped, "", "Clause d'insertion", "tout le marché", "—", "452"),
        (tender, "05, 2A", "Clause d'insertion", "tout le marché", family, "450"),
    ]
    assert told(morning, "Heures par famille et département") == [
        ("Famille inconnue", "—", "1", "452"),
        (family, "05, 2A", "1", "450"),
    ]
    assert [(row[0], row[3], row[4], row[5]) for row in told(morning, "Consultations nouvelles")] == [
        (tender, "Ouverte", "Considération sociale", "oui"),
        (dropped, "—", "—", "oui"),
        (tender, "Annulée", "Considération sociale", "non"),
        (tender, "Ouverte", "Considération sociale", "non"),
    ]
    other = "https://www.boamp.fr/pages/avis/?q=idweb:26-10003"
    assert told(morning, "À récupérer à la main") == [
        (tender, other, f"Dossier à récupérer à la main (aucun lien direct vers les documents) : {other}"),
    ]
    assert told(morning, "Téléchargements en échec") == []
    assert told(morning, "Documents non lus, ou lus en partie") == []
    assert [row[1:4] for row in told(morning, "Sources et repères")] == [
        ("Complète", (TODAY - timedelta(days=1)).isoformat(), "4"),
        ("En panne", "—", "0"),
        ("Complète", f"{dropped_at:%d/%m/%Y %H:%M}", "0"),
    ]
    assert [path.name for path in morning.files] == [f"nuit-00001-{TODAY}.html", f"nuit-00001-{TODAY}.md"]
    assert morning.files[0].parent == world.root / "data" / "processed" / "reports"


@pytest.mark.parametrize(
    ("nature", "listed"),
    [
        pytest.param("RECTIFICATIF", ["boamp:26-1"], id="corrected"),
        pytest.param("ANNULATION", [], id="cancelled"),
    ],
)
def test_a_tender_is_to_be_fetched_once_and_not_at_all_when_cancelled(
    nature: str, listed: list[str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_SOURCES", "boamp")
    records = [
        record("26-1", {}, dateparution=BEFORE.isoformat()),
        record("26-2", {}, dateparution=LATER.isoformat(), nature=nature, annonce_lie=["26-1"]),
    ]
    world.server.routes.update(BoampServer(records=records).routes())

    morning = finish_morning(run_night(), news=True)

    assert [link.tender_key for link in morning.summary.missed] == listed
    assert len(told(morning, "À récupérer à la main")) == len(listed)


@pytest.mark.parametrize("deadline", ["9999-12-31T23:59:59+00:00", "2026-12-01T10:00:00+99:99"])
def test_a_deadline_that_cannot_be_is_not_told(deadline: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_SOURCES", "boamp")
    records = [record("26-1", {}, dateparution=BEFORE.isoformat(), datelimitereponse=deadline)]
    world.server.routes.update(BoampServer(records=records).routes())

    morning = finish_morning(run_night(), news=True)

    assert [row[-1] for row in told(morning, "Consultations nouvelles")] == ["—"]
    assert morning.page.warnings == ()


def test_sources_are_listed_with_the_hours_of_paris(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_night()
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        result = run("sources", "list")
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()
    succeeded = source_states(world.engine)["boamp"].succeeded_at
    assert succeeded
    assert f"{succeeded.astimezone(ZoneInfo('Europe/Paris')):%d/%m/%Y %H:%M}" in result.stdout


def test_the_same_night_again_has_nothing_new(world: World) -> None:
    finish_morning(run_night(), news=True)
    again = finish_morning(run_night(), news=True)
    assert [value for _, value in again.page.facts] == ["0"] * 5
    assert again.page.warnings == ()
    assert "Rien de nouveau pour vos alertes." in again.files[1].read_text("utf-8")


def test_a_back_fill_lists_no_alert(world: World) -> None:
    night = run_night()
    assert told(finish_morning(night, news=False), "Vos alertes") == []
    assert len(told(finish_morning(night, news=True), "Vos alertes")) == 1


def test_a_night_that_was_stopped_before_its_report_has_one_the_next_morning(world: World) -> None:
    stopped = run_night()
    with world.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE nights SET finished_at = NULL")

    morning = finish_morning(run_night(), news=True)

    (written,) = morning.files[0].parent.glob(f"nuit-{stopped:05}-*.html")
    assert morning.page.warnings == (f"Le passage n° 1 s'est arrêté avant son rapport : lisez aussi {written}.",)
    assert "Passage interrompu" in written.read_text("utf-8")
    assert finish_morning(run_night(), news=True).page.warnings == ()


def test_alerts_that_are_refused_are_told_and_undo_nothing(world: World) -> None:
    (world.root / "alertes.toml").write_text("[")
    morning = finish_morning(run_night(), news=True)
    (warning,) = morning.page.warnings
    assert warning.startswith(f"Alertes illisibles : « {world.root}/alertes.toml » n'est pas du TOML")
    assert warning in (morning.doubts)
    assert len(morning.summary.new_tenders) == 4


# ---------------------------------------------------------------- a suspicious night, on the command line


def test_report_of_any_night(world: World) -> None:
    run_night()
    run_night()
    first, last = run("report", "--night", "1", "--format", "md"), run("report")
    assert (first.exit_code, last.exit_code) == (ExitCode.OK, ExitCode.OK)
    folder = world.root / "data" / "processed" / "reports"
    assert first.stderr == f"Rapport : {folder}/nuit-00001-{TODAY}.md\n"
    assert last.stderr == f"Rapport : {folder}/nuit-00002-{TODAY}.html\n"
    assert sorted(path.name for path in folder.iterdir()) == [f"nuit-00001-{TODAY}.md", f"nuit-00002-{TODAY}.html"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["--night", "7"], ExitCode.DATABASE, "Passage inconnu : 7.", id="unknown-night"),
        pytest.param([], ExitCode.DATABASE, "Aucun passage enregistré", id="no-night"),
        pytest.param(["--format", "pdf"], ExitCode.USAGE, "« pdf » refusé", id="format"),
    ],
)
@pytest.mark.usefixtures("world")
def test_report_that_cannot_be(arguments: list[str], code: ExitCode, words: str) -> None:
    result = run("report", *arguments)
    assert result.exit_code == code
    assert words in result.stderr and result.stderr.count("\n") == 1


def test_a_suspicious_night_is_seen(world: World) -> None:
    run_night()
    with Session(world.engine) as session, session.begin():
        for back in range(1, 50):
            started = datetime(TODAY.year, TODAY.month, TODAY.day, 2, tzinfo=UTC) - timedelta(days=back)
            night = NightRow(command="nightly", started_at=started, until=started.date(), departements=[])
            session.add(night)
            session.flush()
            counts = {"new_notices": 100, "documents": 8}
            session.add(
                NightSourceRow(night_id=night.id, source="boamp", run_id=1, state="ok", started_at=started, **counts)
            )
    last = run_night()
    result = run("report")
    assert result.exit_code == ExitCode.TO_CHECK
    assert re.search(
        r"à vérifier : BOAMP .* : 4 avis nouveaux seulement, contre 100 d'ordinaire \(100 au moins ces 14 derniers "
        r"jours (de semaine|de fin de semaine)\)\. Vérifiez la source : clausoscope sources check boamp\n$",
        result.stderr,
    )
    assert report_night(last).page.warnings[0] in report_night(last).files[1].read_text("utf-8").replace("\\", "")


def test_the_page_is_made_of_the_database_alone(world: World) -> None:
    night = run_night()
    assert finish_morning(night, news=True).page == build_page(read_news(world.engine, night))
    with pytest.raises(StoreError):
        report_night(99)
