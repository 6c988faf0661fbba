"""The command line on real files: what it prints, what it refuses, and its exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import BAD_FILES, CLAUSE, GOOD_FILES, pdf
from databases import Sqlite
from openpyxl import load_workbook  # type: ignore[import-untyped]
from typer.testing import CliRunner, Result

from flows.cli import app
from flows.exits import MEANINGS, ExitCode
from flows.run import Run
from flows.settings import load_settings

ROOT = Path(__file__).parents[1]
SCRIPT = [sys.executable, "-c", "from flows.cli import main; main()"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder without settings."""
    folder = tmp_path / "ici"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in [name for name in os.environ if name.startswith("CLAUSOSCOPE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    return folder


def run(*arguments: str | Path) -> Result:
    """The command in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def script(*arguments: str | Path, **options: Any) -> subprocess.Popen[str]:
    """The command in a process of its own."""
    command = [*SCRIPT, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "Cahier des clauses éàç n°1.pdf"
    path.write_bytes(pdf())
    return path


# ---------------------------------------------------------------- extract


def test_jsonl_of_a_folder_of_bad_files(bad_folder: Path) -> None:
    process = script("extract", "--jsonl", "--workers", "2", bad_folder)
    stdout, stderr = process.communicate(timeout=60)

    statuses = {Path(row["document"]["path"]).name: row["document"]["status"] for row in rows(stdout)}
    assert statuses == {
        **dict.fromkeys(BAD_FILES, "failed"),
        **dict.fromkeys(GOOD_FILES, "ok"),
        "lien brisé.pdf": "failed",
        "dedans.txt": "ok",
    }
    assert list(statuses) == sorted(statuses, key=lambda name: (name == "dedans.txt" and "piège.pdf") or name)
    assert [row["volumes"][0]["value"] for row in rows(stdout) if row["volumes"]] == [450, 450]
    assert process.returncode == ExitCode.SOME_FAILED
    assert stderr == (
        "clausoscope : 1 fichier laissé de côté : format non lu.\n"
        "clausoscope : 6 documents en échec ; le problème et son remède sont donnés avec chacun.\n"
    )


@pytest.mark.parametrize(
    ("name", "code", "mend"),
    [
        pytest.param("texte.pdf", "not_pdf", "fournir la pièce d'origine", id="not-a-pdf"),
        pytest.param("tronqué.pdf", "damaged", "télécharger de nouveau", id="truncated"),
        pytest.param("mot de passe.pdf", "encrypted", "sans mot de passe", id="encrypted"),
        pytest.param("vide.pdf", "empty_file", "télécharger de nouveau", id="zero-bytes"),
        pytest.param("sans page.pdf", "empty_file", "sans page", id="zero-pages"),
        pytest.param("lien brisé.pdf", "unreadable", "vérifier le chemin", id="dangling-link"),
    ],
)
def test_a_bad_file_is_a_failed_record(name: str, code: str, mend: str, bad_folder: Path, good: Path) -> None:
    result = run("extract", "--jsonl", "--workers", "0", bad_folder / name, good)

    bad, fine = rows(result.stdout)
    (problem,) = bad["document"]["problems"]
    assert (bad["document"]["status"], problem["code"]) == ("failed", code)
    assert mend in problem["message"]
    assert fine["document"]["status"] == "ok"
    assert result.exit_code == ExitCode.SOME_FAILED


@pytest.mark.skipif(os.geteuid() == 0, reason="root lit tout : les droits ne l'arrêtent pas")
def test_a_file_without_read_permission_is_a_failed_record(good: Path) -> None:
    good.chmod(0)
    (row,) = rows(run("extract", "--jsonl", "--workers", "0", good).stdout)
    assert row["document"]["problems"][0]["code"] == "unreadable"


def test_a_hung_file_is_cut_and_the_next_one_read(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "tube.pdf"
    os.mkfifo(pipe)  # reading it waits for ever
    monkeypatch.setenv("CLAUSOSCOPE_FILE_TIMEOUT_SECONDS", "3")  # the next file takes less, on a busy machine too

    result = run("extract", "--jsonl", "--workers", "1", pipe, good)

    hung, fine = rows(result.stdout)
    assert [problem["code"] for problem in hung["document"]["problems"]] == ["timeout"]
    assert fine["document"]["status"] == "ok"
    assert result.exit_code == ExitCode.SOME_FAILED


def test_json_is_one_object_for_one_file_and_a_list_for_several(good: Path) -> None:
    other = good.with_name("autre.pdf")
    other.write_bytes(pdf(lines=("Objet : fourniture de papier.",)))

    assert json.loads(run("extract", "--json", "--workers", "0", good).stdout)["document"]["path"] == str(good)
    many = json.loads(run("extract", "--json", "--workers", "0", good, other, good).stdout)
    assert [row["document"]["path"] for row in many] == [str(good), str(other)]


def test_summary_tells_the_clause_the_volume_and_their_page(good: Path) -> None:
    result = run("extract", "--workers", "0", good)

    assert result.exit_code == ExitCode.OK
    for words in ("1 page · Complet", "Clause d'insertion (tout le marché), p. 1 «", "450 heures", "60 € par heure"):
        assert words in result.stdout.replace("\N{NO-BREAK SPACE}", " ")


def test_output_file_holds_what_stdout_would(good: Path, home: Path) -> None:
    printed = run("extract", "--jsonl", "--workers", "0", good).stdout
    result = run("extract", "--jsonl", "--workers", "0", "--output", "sortie.jsonl", good)

    assert result.stdout == ""
    written = rows((home / "sortie.jsonl").read_text("utf-8"))
    assert written == rows(printed)


def test_a_file_named_explicitly_is_tried_whatever_its_suffix(tmp_path: Path) -> None:
    odd = tmp_path / "pièce jointe.bin"
    odd.write_bytes(pdf())
    (row,) = rows(run("extract", "--jsonl", "--workers", "0", odd).stdout)
    assert row["document"]["status"] == "ok"


def test_a_name_that_is_not_unicode_is_still_json(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xe9t\xe9.txt")).write_text(CLAUSE[1])
    stdout, _ = script("extract", "--jsonl", "--workers", "0", tmp_path).communicate(timeout=60)
    (row,) = rows(stdout)
    assert row["document"]["path"].endswith("/\udce9t\udce9.txt")


def test_a_closed_pipe_ends_quietly(bad_folder: Path) -> None:
    process = script("extract", "--jsonl", "--workers", "1", bad_folder)
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()

    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == ExitCode.OK


def test_interruption_is_one_line(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "tube.pdf")
    # A shell that starts the tests in the background has them ignore Ctrl-C, and what they start as well.
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = script("extract", "--workers", "1", tmp_path / "tube.pdf", start_new_session=True, preexec_fn=heard)
    time.sleep(2)  # long enough to be reading, whatever the machine: earlier, Python itself says it was interrupted
    os.killpg(process.pid, signal.SIGINT)

    _, stderr = process.communicate(timeout=60)
    assert process.returncode == ExitCode.INTERRUPTED
    assert stderr.startswith("clausoscope : interrompu")
    assert stderr.count("\n") == 1


def test_extract_and_help_import_neither_prefect_nor_sqlalchemy(good: Path) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from flows.cli import app\n"
        f"for line in (['--help'], ['ingest', '--help'], ['extract', {str(good)!r}]):\n"
        "    assert CliRunner().invoke(app, line).exit_code == 0, line\n"
        "print({'prefect', 'sqlalchemy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("command", ["extract", "ingest"])
def test_files_left_aside_are_told(command: str, good: Path, home: Path, prefect_server: str) -> None:
    folder = home / "pièces"
    folder.mkdir()
    (folder / "plan.dwg").write_bytes(b"x")
    good.rename(folder / good.name)
    result = run(command, "--workers", "0", folder)
    assert result.stderr.endswith("clausoscope : 1 fichier laissé de côté : format non lu.\n")
    assert result.exit_code == ExitCode.OK


# ---------------------------------------------------------------- exit codes


EXITS = {
    "no-such-path": (["extract", "absent"], {}, ExitCode.INPUT_NOT_FOUND, "« absent » n'existe pas"),
    "empty-folder": (["extract", "."], {}, ExitCode.INPUT_NOT_FOUND, "Aucun document à lire"),
    "ingest-nothing": (["ingest", "absent"], {}, ExitCode.INPUT_NOT_FOUND, "« absent » n'existe pas"),
    "below-a-file": (["extract", "GOOD", "--output", "GOOD/x"], {}, ExitCode.OUTPUT, "Impossible d'écrire"),
    "full": (["extract", "GOOD", "--workers", "0", "--output", "/dev/full"], {}, ExitCode.OUTPUT, "disque plein"),
    "export-below-a-file": (["export", "v_clauses", "--output", "GOOD/x"], {}, ExitCode.OUTPUT, "Impossible d'écrire"),
    "no-database": (["ingest", "GOOD"], {"DATABASE_URL": "sqlite:///GOOD"}, ExitCode.DATABASE, "pas une base SQLite"),
    "bad-url": (["export", "v_clauses"], {"DATABASE_URL": "pas une adresse"}, ExitCode.DATABASE, "DATABASE_URL"),
    "setting": (["extract", "GOOD"], {"WORKERS": "huit"}, ExitCode.SETTINGS, "CLAUSOSCOPE_WORKERS=huit refusé"),
    "debug": (["extract", "GOOD"], {"DEBUG": "oui-da"}, ExitCode.USAGE, "CLAUSOSCOPE_DEBUG refusé ; donnez true ou"),
    "doctor": (["doctor"], {"DATA_DIR": "GOOD/data"}, ExitCode.UNHEALTHY, "CLAUSOSCOPE_DATA_DIR"),
    "no-argument": (["extract"], {}, ExitCode.USAGE, "il manque l'argument « paths » (aide : "),
    "unknown-command": (["lire"], {}, ExitCode.USAGE, "commande inconnue « lire » (aide : "),
    "unknown-option": (["extract", "--ocr", "GOOD"], {}, ExitCode.USAGE, "option inconnue « --ocr » (aide : "),
    "no-value": (["extract", "GOOD", "--output"], {}, ExitCode.USAGE, "l'option « --output » attend une valeur"),
    "value": (["extract", "GOOD", "--json=1"], {}, ExitCode.USAGE, "l'option « --json » n'attend pas de valeur"),
    "not-a-number": (
        ["extract", "GOOD", "--workers", "x"],
        {},
        ExitCode.USAGE,
        "« --workers » attend un nombre entier",
    ),
    "too-many": (["extract", "GOOD", "--workers", "99"], {}, ExitCode.USAGE, "la limite est 64"),
    "too-few": (["extract", "GOOD", "--workers", "-1"], {}, ExitCode.USAGE, "la limite est 0"),
    "format": (
        ["export", "v_lots", "--format", "ods"],
        {},
        ExitCode.USAGE,
        "« ods » refusé pour « --format » ; valeurs",
    ),
    "one-too-many": (["export", "v_lots", "csv"], {}, ExitCode.USAGE, "« csv » est en trop"),
    "json-and-jsonl": (["extract", "GOOD", "--json", "--jsonl"], {}, ExitCode.USAGE, "pas les deux"),
    "unknown-view": (["export", "v_rien"], {}, ExitCode.USAGE, "v_clauses"),
}


@pytest.mark.parametrize(("arguments", "settings", "code", "words"), EXITS.values(), ids=EXITS)
def test_exit_codes(
    arguments: list[str],
    settings: dict[str, str],
    code: ExitCode,
    words: str,
    good: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"CLAUSOSCOPE_{name}", value.replace("GOOD", str(good)))

    result = run(*(argument.replace("GOOD", str(good)) for argument in arguments))

    assert result.exit_code == code, result.output
    assert words in " ".join(result.output.split())
    if code != ExitCode.UNHEALTHY:
        assert result.stdout == ""
        assert result.stderr.startswith("clausoscope : ")
        assert result.stderr.count("\n") == 1


def test_a_full_stdout_is_one_line(good: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*SCRIPT, "extract", good], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == ExitCode.OUTPUT
    assert "« sortie standard » (disque plein)" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_unreachable_prefect_server_is_one_line(good: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("PREFECT_HOME", str(home))
    process = script("ingest", good)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == ExitCode.PREFECT
    assert "retirez PREFECT_API_URL" in stderr.splitlines()[-1]
    assert "Traceback" not in stderr


def test_verbose_shows_where_the_error_comes_from() -> None:
    result = run("--verbose", "extract", "absent")
    assert result.exception is not None
    assert "absent" in str(result.exception)


def test_help_tells_every_exit_code() -> None:
    text = " ".join(run("--help").stdout.split())
    assert [code for code, meaning in MEANINGS.items() if f"{code.value} {meaning}" not in text] == []
    assert set(MEANINGS) == set(ExitCode)


def test_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert run("--version").stdout == f"clausoscope {project['version']}\n"


# ---------------------------------------------------------------- export, doctor


@pytest.fixture
def stored(good: Path, home: Path, sqlite: Sqlite) -> None:
    """A database that holds the good file, and a quote that looks like a formula."""
    (home / "data").mkdir()
    sqlite.create(home / "data", "clausoscope")
    tricky = good.with_name("formule.txt")
    tricky.write_text("=1+1 : le titulaire s'engage à réserver 30 heures d'insertion sur la durée du marché.")
    with Run(load_settings(), [good, tricky], workers=0) as work:
        work.claim()
        work.store_batch(work.read_batch())
        work.finish()


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("kind", "read"),
    [
        pytest.param("csv", lambda path: pd.read_csv(path, sep=";", decimal=",", encoding="utf-8-sig"), id="csv"),
        pytest.param("parquet", pd.read_parquet, id="parquet"),
        pytest.param("xlsx", pd.read_excel, id="xlsx"),
    ],
)
def test_export_gives_the_rows_of_the_view(kind: str, read: Any, home: Path) -> None:
    result = run("export", "v_volumes", "--format", kind)

    path = home / "data" / "processed" / f"v_volumes.{kind}"
    assert result.stdout == f"2 lignes dans data/processed/v_volumes.{kind}\n"
    frame = read(path)
    assert sorted(frame["valeur"]) == [30.0, 450.0]
    assert sorted(frame["fichier"]) == ["Cahier des clauses éàç n°1.pdf", "formule.txt"]
    assert any(quote.startswith("=1+1") for quote in frame["citation"])
    assert [entry.name for entry in path.parent.iterdir() if entry.is_file()] == [path.name]


@pytest.mark.usefixtures("stored")
def test_csv_opens_in_a_french_spreadsheet(home: Path) -> None:
    run("export", "v_volumes")
    content = (home / "data" / "processed" / "v_volumes.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfconsultation;")
    assert b";450,0;" in content


@pytest.mark.usefixtures("stored")
def test_workbook_is_ready_to_read(home: Path) -> None:
    run("export", "v_volumes", "--format", "xlsx")
    sheet = load_workbook(home / "data" / "processed" / "v_volumes.xlsx")["Données"]
    widths = {cell.value: sheet.column_dimensions[cell.column_letter].width for cell in sheet[1]}
    assert sheet.auto_filter.ref == sheet.dimensions
    assert (widths["valeur"], widths["citation"]) == (8, 60)


def test_doctor_finds_everything_here() -> None:
    result = run("doctor")
    assert result.exit_code == ExitCode.OK, result.stdout
    for words in ("Python", "prefect", "règles chargées", "à jour", "Place libre"):
        assert words in result.stdout


# ---------------------------------------------------------------- rules


def test_rules_list_names_every_file_of_rules() -> None:
    files = (ROOT / "extractors" / "rules").rglob("*.toml")
    listed = run("rules", "list").stdout
    assert [file.stem for file in files if file.stem not in listed] == []


def test_rules_show_prints_the_file() -> None:
    file = ROOT / "extractors" / "rules" / "clauses" / "critere_social.toml"
    assert file.read_text("utf-8") in run("rules", "show", "critere_social").stdout


def test_rules_show_refuses_an_unknown_name() -> None:
    result = run("rules", "show", "rien")
    assert result.exit_code == ExitCode.USAGE
    assert "rules list" in result.stderr


def test_rules_check_accepts_the_rules_shipped() -> None:
    result = run("rules", "check")
    assert result.exit_code == ExitCode.OK
    assert result.stdout.startswith("Tout est valide : ")
