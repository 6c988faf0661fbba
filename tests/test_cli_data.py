"""The command line asks the database: queries, totals with their chart, filtered exports; each refusal is one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from databases import Sqlite
from known_database import fill
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.exits import ExitCode
from models import open_database


@pytest.fixture(scope="module")
def known(sqlite: Sqlite, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database that no command here writes to."""
    url = sqlite.create(tmp_path_factory.mktemp("known"), "base")
    fill(open_database(url))
    return url


@pytest.fixture
def home(known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", known)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


FAMILIES = "SELECT famille, btp, heures FROM v_familles WHERE heures > 0 ORDER BY famille"


def test_query_as_csv_and_json(home: Path) -> None:
    assert run("query", FAMILIES, "--format", "csv").stdout == (
        "famille;btp;heures\nBAT;oui;700,0\nEV;non;1200,0\nNET;non;12000,0\n"
    )
    first = json.loads(run("query", "SELECT consultation, jour FROM v_consultations", "--format", "json").stdout)[0]
    assert first == {"consultation": "T1", "jour": "2026-09-10"}


def test_query_as_a_table(home: Path) -> None:
    told = run("query", FAMILIES).stdout
    assert [part in told for part in ("│ BAT     │ oui │", "12\N{NO-BREAK SPACE}000 │", "3 lignes.")] == [True] * 3


def test_query_into_a_workbook_has_days_and_truth_values(home: Path) -> None:
    result = run("query", "SELECT jour, btp FROM v_consolide ORDER BY consultation, lot", "-o", "r.xlsx")
    assert (result.exit_code, result.stdout) == (0, "11 lignes dans r.xlsx\n")
    sheet = load_workbook(home / "r.xlsx")["Données"]
    assert (sheet["A2"].number_format, sheet["B2"].value, sheet.freeze_panes) == ("DD/MM/YYYY", True, "A2")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        pytest.param(["query", "DROP TABLE codes"], ExitCode.DATABASE, "Seules les lectures", id="writes"),
        pytest.param(["query", "SELECT 1", "--format", "xlsx"], ExitCode.USAGE, "-o FICHIER.xlsx", id="no-file"),
        pytest.param(["query", "SELECT 1", "-o", "r.doc"], ExitCode.USAGE, "extension connue", id="unknown-suffix"),
        pytest.param(["stats", "--chart", "r.pdf"], ExitCode.USAGE, ".png ou .svg", id="unknown-picture"),
        pytest.param(["export", "v_lots", "--families", "XX"], ExitCode.USAGE, "« XX »", id="unknown-family"),
        pytest.param(["export", "v_lots", "--departements", "0"], ExitCode.USAGE, "« 0 »", id="unknown-departement"),
        pytest.param(["export", "v_familles", "--lot", "1"], ExitCode.DATABASE, "par lot", id="no-such-filter"),
    ],
)
def test_what_cannot_be_done_is_one_line(home: Path, arguments: list[str], code: ExitCode, told: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, len(result.stderr.splitlines())) == (code, 1)
    assert told in result.stderr


def test_filtered_export(home: Path) -> None:
    run("export", "v_consolide", "--departements", "75", "--categories", "critere_social", "--output", "r.csv")
    lines = (home / "r.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(";")[0] for line in lines] == ["consultation", "T2"]


@pytest.mark.parametrize(("name", "start"), [("r.png", b"\x89PNG"), ("r.svg", b"<?xml")])
def test_totals_and_their_chart(home: Path, name: str, start: bytes) -> None:
    told = run("stats", "--by", "departement", "--chart", name).stdout
    assert "│ 77 Seine-et-Marne    │             2 │" in told
    assert (home / name).read_bytes().startswith(start)
