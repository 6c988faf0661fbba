"""`clausoscope diff`: what the new versions of the documents of a tender change."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from store_records import document, empty, hours
from typer.testing import CliRunner, Result

from extractors.schema import Absence, Clause, Evidence, Extraction, Tender
from flows.cli import app
from flows.exits import ExitCode
from models import open_database, save, start_run
from models.database import writing

FIRST_DAY, SECOND_DAY = datetime(2026, 10, 1, 8, tzinfo=UTC), datetime(2026, 11, 3, 8, tzinfo=UTC)


def ccap(number: int, path: str, value: float, *clauses: Clause, absent: bool = False) -> Extraction:
    proof = (Evidence(page=number, quote=f"{value:g} heures d'insertion"),)
    sans = (Absence(category="reserve_iae", rule="cas", evidence=(Evidence(page=9, quote="non réservé"),)),)
    return empty(
        number,
        path=path,
        doc_type="ccap",
        tender=Tender(reference="26V01"),
        clauses=clauses,
        volumes=(hours(value, evidence=proof),),
        absences=sans if absent else (),
    )


@pytest.fixture
def run(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The command on a database where a CCAP had two versions, of two days, and the RC none."""
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", database_url)
    engine = open_database(database_url)
    proof = (Evidence(page=1, quote="10 %"),)
    criterion = Clause(category="critere_social", weight_percent=10, confidence=0.9, rule="cas", evidence=proof)
    for day, documents in (
        (FIRST_DAY, [ccap(1, "T1/CCAP.pdf", 300, absent=True), ccap(2, "T1/RC.pdf", 120)]),
        (SECOND_DAY, [ccap(3, "T1/CCAP_V2.pdf", 350), replace(document(4, path="T2/x.pdf"), tender=Tender())]),
        (SECOND_DAY + timedelta(days=1), [ccap(5, "T1/RC.pdf", 120, criterion)]),
    ):
        number = start_run(engine, command="ingest", fingerprint="f")
        with writing(engine) as session:
            session.execute(text("UPDATE runs SET started_at = :day WHERE id = :run"), {"day": day, "run": number})
        for one in documents:
            save(engine, [one], run_id=number, fingerprint="f", tender_keys={one.path: one.path.partition("/")[0]})
    with writing(engine) as session:
        # The path changed hands on the third day, not today.
        session.execute(
            text("UPDATE document_versions SET replaced_at = :day WHERE reason = 'same_path'"),
            {"day": SECOND_DAY + timedelta(days=1)},
        )
    return lambda *words: CliRunner().invoke(app, ["diff", *words])


def test_each_version_is_told_with_both_quotes(run: Callable[..., Result]) -> None:
    found = run("26V01")
    assert found.exit_code == 0, found.output
    words = [" ".join(line.split()) for line in found.output.replace("\N{NO-BREAK SPACE}", " ").splitlines()]
    assert words == [
        "T1/CCAP.pdf → T1/CCAP_V2.pdf (Nom de version, 03/11/2026)",
        "Volumes",
        "Avant : 300 heures pour le marché, minimum (tout le marché), p. 1 « 300 heures d'insertion »",
        "Après : 350 heures pour le marché, minimum (tout le marché), p. 3 « 350 heures d'insertion »",
        "Absences dites",
        "Avant : Réservé à l'insertion (SIAE), p. 9 « non réservé »",
        "Après : —",
        "T1/RC.pdf (Même fichier, 04/11/2026)",
        "Clauses",
        "Avant : —",
        "Après : Critère social (tout le marché, 10 %), p. 1 « 10 % »",
    ]


def test_versions_as_json(run: Callable[..., Result]) -> None:
    found = json.loads(run("T1", "--json").output)
    assert [(v["old_path"], v["new_path"], v["reason"], len(v["differences"])) for v in found] == [
        ("T1/CCAP.pdf", "T1/CCAP_V2.pdf", "name", 2),
        ("T1/RC.pdf", "T1/RC.pdf", "same_path", 1),
    ]
    assert found[0]["differences"][0]["before"]["value"] == 300
    assert found[0]["differences"][0]["after"]["evidence"][0]["page"] == 3


@pytest.mark.parametrize(
    ("day", "changed"),
    [
        pytest.param("2026-09-01", {("T1/CCAP_V2.pdf", "gained"), ("T1/RC.pdf", "gained")}, id="before-all"),
        pytest.param(
            "2026-10-02",
            {("T1/CCAP_V2.pdf", "changed"), ("T1/CCAP_V2.pdf", "lost"), ("T1/RC.pdf", "gained")},
            id="first",
        ),
        pytest.param("2026-11-04", {("T1/RC.pdf", "gained")}, id="between"),
        pytest.param("2026-11-05", set(), id="after-all"),
    ],
)
def test_the_whole_dce_since_a_day(day: str, changed: set[tuple[str, str]], run: Callable[..., Result]) -> None:
    found = json.loads(run("T1", "--since", day, "--json").output)["differences"]
    kinds = {
        (row["document"], "gained" if row["before"] is None else "lost" if row["after"] is None else "changed")
        for row in found
    }
    assert kinds == changed


def test_a_tender_without_version(run: Callable[..., Result]) -> None:
    assert run("T2").output == "Aucune pièce de cette consultation n'a été remplacée.\n"


def test_an_unknown_tender_says_what_to_do(run: Callable[..., Result]) -> None:
    found = run("T9")
    assert found.exit_code == ExitCode.DATABASE
    assert "Consultation inconnue : T9." in found.output
