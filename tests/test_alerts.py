"""Saved alerts: what their file may say, which clauses answer them, and that each match is listed once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from databases import Sqlite
from night_world import BEFORE, TODAY, World, boamp_records, clause, run_night, zipped
from notice_samples import record
from notice_servers import BoampServer
from servers import Server, document
from store_records import document as stored
from store_records import hours

from extractors.schema import Volume
from flows.alerts import Alert, AlertError, list_alerts, load_alerts
from flows.night import Asked
from models import TenderClause, night_matches, open_clauses, open_database, save, start_run

CLAUSE = TenderClause(
    tender_id=1,
    tender_key="boamp:26-1",
    reference=None,
    buyer="Ville d'Essai",
    object="Rénovation de l'ÉCOLE Jules-Verne, maîtrise d'œuvre",
    departements=("92", "93"),
    category="clause_insertion",
    lot="2",
    lot_title="Plâtrerie",
    family="BAT",
    hours=500,
    path="RC.pdf",
    page=1,
    quote="…",
)


@pytest.fixture
def world(tmp_path: Path, sqlite: Sqlite, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with Server({}) as server:
        made = World(tmp_path, server, sqlite.create(tmp_path, "base"))
        later = f"{TODAY + timedelta(days=30)}T11:00:00+00:00"
        records = [{**record, "datelimitereponse": later} for record in boamp_records(server.url)]
        server.routes.update(BoampServer(records=records).routes())
        for name, value in made.settings.items():
            monkeypatch.setenv(name, value)
        yield made


def write(world: World, words: str) -> Path:
    path = world.root / "alertes.toml"
    path.write_text(words, "utf-8")
    return path


# ---------------------------------------------------------------- one alert


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({"categories": ["clause_insertion"]}, True, id="category"),
        pytest.param({"categories": ["critere_social", "alternance"]}, False, id="other-categories"),
        pytest.param({"departements": ["75", "93"]}, True, id="departement"),
        pytest.param({"departements": ["75"]}, False, id="other-departement"),
        pytest.param({"familles": ["BAT"]}, True, id="family"),
        pytest.param({"familles": ["NUM"]}, False, id="other-family"),
        pytest.param({"heures_min": 500}, True, id="hours-reached"),
        pytest.param({"heures_min": 500.5}, False, id="hours-not-reached"),
        pytest.param({"reserve": True}, False, id="not-reserved"),
        pytest.param({"mots": ["crèche", "ecole"]}, True, id="word-of-the-object"),
        pytest.param({"mots": ["platre"]}, True, id="start-of-a-word-of-the-lot"),
        pytest.param({"mots": ["jules verne"]}, True, id="two-words"),
        pytest.param({"mots": ["maîtrise d'oeuvre"]}, True, id="ligature-of-the-object"),
        pytest.param({"mots": ["Œuvre"]}, True, id="ligature-of-the-alert"),
        pytest.param({"mots": ["cole"]}, False, id="inside-of-a-word"),
        pytest.param({"categories": ["clause_insertion"], "departements": ["75"]}, False, id="all-must-hold"),
        pytest.param(
            {"categories": ["clause_insertion"], "departements": ["93"], "heures_min": 500}, True, id="of-the-purpose"
        ),
    ],
)
def test_what_answers_an_alert(asked: dict[str, object], found: bool) -> None:
    assert Alert.model_validate({"nom": "Une alerte", **asked}).matches(CLAUSE) is found


def test_the_words_of_an_alert() -> None:
    alert = Alert(nom="x", categories=["clause_insertion"], departements=["5"], heures_min=1500, mots=["école", "parc"])
    assert alert.words == (
        "Clause d'insertion ; département 05 ; au moins 1\N{NO-BREAK SPACE}500 heures ; « école » ou « parc »"
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        pytest.param("[[alerte]]\nnom = 'x'\nheures = 3", "alerte 1 heures : clé inconnue", id="key"),
        pytest.param("[[alertes]]\nnom = 'x'", "alertes : clé inconnue", id="table"),
        pytest.param(
            "[[alerte]]\nnom = 'x'\ncategories = ['insertion']", "« insertion » inconnu ; choisiss", id="code"
        ),
        pytest.param("[[alerte]]\nnom = 'x'\ndepartements = ['99']", "« 99 » n'est pas un département", id="place"),
        pytest.param("[[alerte]]\nnom = 'x'", "alerte 1 : aucune condition", id="no-condition"),
        pytest.param("[[alerte]]\nnom = 'x'\nreserve = false", "aucune condition", id="condition-that-asks-nothing"),
        pytest.param("[[alerte]]\nnom = 'x'\nmots = ['a']\n" * 2, "deux alertes « x »", id="same-name"),
        pytest.param("[[alerte]\nnom", "n'est pas du TOML", id="toml"),
    ],
)
def test_a_file_that_is_refused(words: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "alertes.toml"
    path.write_text(words, "utf-8")
    with pytest.raises(AlertError) as raised:
        load_alerts(path)
    assert told in str(raised.value)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


# ---------------------------------------------------------------- each match once

INSERTION = "[[alerte]]\nnom = 'Heures'\ncategories = ['clause_insertion']\ndepartements = ['05']\nheures_min = {}\n"


def test_each_match_is_listed_once_across_nights(world: World) -> None:
    alerts = write(world, INSERTION.format(400) + "[[alerte]]\nnom = 'Verts'\nfamilles = ['EV']\n")
    first, second = run_night(), run_night()
    assert list_alerts(world.engine, alerts, night_id=first) == 2
    assert list_alerts(world.engine, alerts, night_id=second) == 0

    told = night_matches(world.engine, first)
    assert [(match.alert, match.clause.tender_key, match.clause.key, match.clause.hours) for match in told] == [
        ("Heures", "boamp:26-10001", "clause_insertion *", 450.0),
        ("Verts", "boamp:26-10001", "clause_insertion *", 450.0),
    ]
    assert told[0].definition == "Clause d'insertion ; département 05 ; au moins 400 heures"
    assert night_matches(world.engine, second) == ()


def test_a_match_comes_when_the_hours_are_reached(world: World) -> None:
    alerts = write(world, INSERTION.format(500))
    assert list_alerts(world.engine, alerts, night_id=run_night()) == 0
    world.server.routes["/dce.zip"] = document(zipped({"RC.pdf": clause(600)}), etag='"v2"')
    night = run_night()
    assert list_alerts(world.engine, alerts, night_id=night) == 1
    assert [match.clause.hours for match in night_matches(world.engine, night)] == [600.0]


def test_an_alert_that_changes_begins_again_and_one_that_goes_is_forgotten(world: World) -> None:
    night = run_night()
    both = "[[alerte]]\nnom = 'Verts'\nfamilles = ['EV']\n" + INSERTION.format(400)
    assert list_alerts(world.engine, write(world, both), night_id=night) == 2
    assert list_alerts(world.engine, write(world, both.replace("400", "450")), night_id=night) == 1
    assert list_alerts(world.engine, write(world, INSERTION.format(450)), night_id=night) == 0
    assert world.rows("SELECT name FROM alerts") == [("Heures",)]
    assert world.rows("SELECT alert, clause FROM alert_matches") == [("Heures", "clause_insertion *")]


def test_a_file_that_is_absent_or_wrong_forgets_nothing(world: World) -> None:
    night = run_night()
    alerts = write(world, INSERTION.format(400))
    assert list_alerts(world.engine, alerts, night_id=night) == 1
    assert list_alerts(world.engine, world.root / "absent.toml", night_id=night) == 0
    with pytest.raises(AlertError):
        list_alerts(world.engine, write(world, "["), night_id=night)
    assert list_alerts(world.engine, write(world, INSERTION.format(400)), night_id=night) == 0


@pytest.mark.parametrize(
    ("fields", "kept"),
    [
        pytest.param({}, 1, id="open"),
        pytest.param({"nature": "ATTRIBUTION"}, 0, id="awarded"),
        pytest.param({"etat": "ANNULATION"}, 0, id="cancelled"),
        pytest.param({"datelimitereponse": f"{BEFORE}T10:00:00+00:00"}, 0, id="deadline-past"),
        pytest.param({"datelimitereponse": None}, 1, id="deadline-unknown"),
    ],
)
def test_only_tenders_that_take_offers(world: World, fields: dict[str, object], kept: int) -> None:
    words = {"ANNONCE": {"texte": "Une clause sociale d'insertion de 100 heures est prévue."}}
    given = {
        "datelimitereponse": f"{TODAY + timedelta(days=30)}T11:00:00+00:00",
        "objet": "Une clause sociale d'insertion est prévue.",
    }
    notice = record("26-40001", words, dateparution=BEFORE.isoformat(), **{**given, **fields})
    world.server.routes.update(BoampServer(records=[notice]).routes())
    run_night(Asked(sources=("boamp",)))
    assert world.rows("SELECT COUNT(*) > 0 FROM clauses") == [(1,)]
    assert len({clause.tender_id for clause in open_clauses(world.engine)}) == kept


# ---------------------------------------------------------------- hours of a tender


DERIVED: dict[str, Any] = {"unit": "percent_of_hours", "derived_hours": 700.0, "formula": "7 % × 10 000"}


@pytest.mark.parametrize(
    ("documents", "total"),
    [
        pytest.param([[hours(300, lot="1"), hours(200, lot="2")]], 500, id="lots-together"),
        pytest.param([[hours(300, lot="1"), hours(200, lot="2"), hours(500, lot="*")]], 500, id="lots-and-their-total"),
        pytest.param([[hours(300, lot="1"), hours(900, lot="*")]], 900, id="a-larger-total"),
        pytest.param([[hours(300, lot="1")], [hours(300, lot="1")]], 300, id="documents-that-repeat"),
        pytest.param([[hours(300, lot="1")], [hours(350, lot="1")]], 350, id="documents-that-differ"),
        pytest.param([[hours(7, lot="1", **DERIVED)]], 700, id="derived"),
        pytest.param([[hours(7, lot="1", **DERIVED), hours(650, lot="1")]], 650, id="stated-before-derived"),
        pytest.param([[hours(300, lot="1", phase="firm"), hours(100, lot="1", phase="optional")]], 300, id="firm-only"),
        pytest.param([[hours(300, lot="1", bound="maximum")]], 0, id="maximum"),
        pytest.param([[hours(300, lot="1", per="year")]], 0, id="by-year"),
        pytest.param([[]], 0, id="none"),
    ],
)
def test_hours_of_a_tender(documents: list[list[Volume]], total: float, database_url: str) -> None:
    engine = open_database(database_url)
    batch = [stored(number, volumes=tuple(volumes)) for number, volumes in enumerate(documents, 1)]
    run = start_run(engine, command="ingest", fingerprint="x")
    save(engine, batch, run_id=run, fingerprint="x", tender_keys={extraction.path: "T1" for extraction in batch})
    assert {found.hours for found in open_clauses(engine) if found.category == "clause_insertion"} == {total}
