"""From a folder to rows: which files are read, where they are kept, and the Prefect flow over real databases."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from conftest import BAD_FILES, GOOD_FILES, pdf
from sqlalchemy import text
from typer.testing import CliRunner

from extractors.fingerprint import path_key
from extractors.schema import Extraction, Tender
from flows.cli import app
from flows.exits import ExitCode
from flows.files import FoundFile, OutputError, failed_record, find_files, hash_file, store_raw, tender_key
from flows.plan import make_plan
from flows.run import Run
from flows.settings import Settings, SettingsError, load_settings
from models import open_database, search


@pytest.fixture
def settings(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of the environment, with everything written below the test's own folder, or in its database."""
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", database_url)
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUSOSCOPE_WORKERS", "0")
    return load_settings()


def query(settings: Settings, sql: str) -> list[tuple[object, ...]]:
    with open_database(settings.database_url).connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def run_all(settings: Settings, *paths: Path) -> None:
    """A run, without Prefect."""
    with Run(settings, paths, workers=0) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
        run.finish()


# ---------------------------------------------------------------- files


def test_folders_are_walked_in_order_without_hidden_or_unknown_files(bad_folder: Path) -> None:
    found = find_files([bad_folder])

    assert [str(file.path.relative_to(bad_folder)) for file in found.files] == sorted(
        [*BAD_FILES, *GOOD_FILES, "lien brisé.pdf", "piège.pdf/dedans.txt"], key=lambda name: Path(name)
    )
    assert {file.root for file in found.files} == {bad_folder}
    assert found.skipped == 1


def test_each_file_is_found_once(bad_folder: Path) -> None:
    one = bad_folder / "texte.pdf"
    found = find_files([one, bad_folder / ".." / bad_folder.name / "texte.pdf", one])
    assert found.files == (FoundFile(path=one),)


def test_raw_store_keeps_the_bytes_once(bad_folder: Path, tmp_path: Path) -> None:
    source = bad_folder / "texte.pdf"
    sha256 = hash_file(source)

    kept = store_raw(source, raw_dir=tmp_path / "raw", sha256=sha256)
    written = kept.stat().st_mtime_ns
    again = store_raw(source, raw_dir=tmp_path / "raw", sha256=sha256)

    assert kept == again == tmp_path / "raw" / sha256[:2] / f"{sha256}.pdf"
    assert kept.read_bytes() == source.read_bytes()
    assert kept.stat().st_mtime_ns == written
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_raw_store_that_cannot_be_written_says_so(bad_folder: Path) -> None:
    source = bad_folder / "texte.pdf"
    with pytest.raises(OutputError, match="un fichier tient la place d'un dossier"):
        store_raw(source, raw_dir=source / "raw", sha256="00")


@pytest.mark.parametrize(
    ("path", "root", "reference", "key"),
    [
        pytest.param("dce/2025-07/RC.pdf", "dce", "M1", "2025-07", id="sub-folder"),
        pytest.param("dce/2025-07/annexes/RC.pdf", "dce", "M1", "2025-07/annexes", id="deep-sub-folder"),
        pytest.param("dce/RC.pdf", "dce", "M1", "ref:M1", id="in-the-root-with-a-reference"),
        pytest.param("dce/RC.pdf", "dce", None, "doc:abc", id="in-the-root-alone"),
        pytest.param("dce/2025-07/RC.pdf", None, None, "doc:abc", id="named-explicitly"),
    ],
)
def test_tender_key(path: str, root: str | None, reference: str | None, key: str) -> None:
    file = FoundFile(path=Path(path), root=Path(root) if root else None)
    extraction = Extraction(path=path, sha256="abc", size=1, status="ok", tender=Tender(reference=reference))
    assert tender_key(file, extraction) == key


def test_an_unreadable_file_has_the_key_of_its_path(tmp_path: Path) -> None:
    missing = tmp_path / "été.pdf"
    assert failed_record(missing, code="unreadable", message="").sha256 == path_key(missing)


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("WORKERS", "-1", "un nombre entier de 0 à 64", id="workers"),
        pytest.param("FILE_TIMEOUT_SECONDS", "0", "un nombre de secondes, plus grand que 0", id="timeout"),
    ],
)
def test_a_wrong_setting_is_named(name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"CLAUSOSCOPE_{name}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"Réglage CLAUSOSCOPE_{name}={value} refusé : donnez {expected}")


# ---------------------------------------------------------------- runs


def test_one_record_per_document_whatever_happens(settings: Settings, bad_folder: Path) -> None:
    run_all(settings, bad_folder)

    stored = {str(name): status for name, status in query(settings, "SELECT fichier, etat FROM v_documents")}
    assert stored == {
        **dict.fromkeys(BAD_FILES, "failed"),
        **dict.fromkeys(GOOD_FILES, "ok"),
        "lien brisé.pdf": "failed",
        "dedans.txt": "ok",
    }
    assert {name for (name,) in query(settings, "SELECT DISTINCT fichier FROM v_problemes")} == {
        name for name, status in stored.items() if status == "failed"
    }
    assert {hit.file for hit in search(open_database(settings.database_url), "heures insertion")} == set(GOOD_FILES)


def test_running_again_reads_nothing_but_what_could_not_be_opened(settings: Settings, bad_folder: Path) -> None:
    run_all(settings, bad_folder)
    before = query(settings, "SELECT * FROM v_clauses") + query(settings, "SELECT * FROM v_volumes")

    plan = make_plan(open_database(settings.database_url), [bad_folder], folder=settings.laid_dir)

    assert [item.file.path.name for item in plan.todo] == ["lien brisé.pdf"]
    assert before == query(settings, "SELECT * FROM v_clauses") + query(settings, "SELECT * FROM v_volumes")


def test_changed_rules_read_everything_again(
    settings: Settings, bad_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_all(settings, bad_folder)
    monkeypatch.setattr("flows.plan.fingerprint", lambda: "autres règles")

    plan = make_plan(open_database(settings.database_url), [bad_folder], folder=settings.laid_dir)

    assert len(plan.todo) == 9


def test_an_interrupted_run_is_taken_up(settings: Settings, bad_folder: Path) -> None:
    with Run(settings, [bad_folder], workers=0) as interrupted:
        interrupted.claim()
    assert query(settings, "SELECT DISTINCT status FROM documents") == [("started",)]

    run_all(settings, bad_folder)

    assert query(settings, "SELECT COUNT(*) FROM documents WHERE status = 'started'") == [(0,)]


def test_the_same_content_in_two_tenders_is_read_once_and_belongs_to_both(settings: Settings, tmp_path: Path) -> None:
    for tender in ("2025-01", "2025-02"):
        (tmp_path / "dce" / tender).mkdir(parents=True)
        (tmp_path / "dce" / tender / "CCAP.pdf").write_bytes(pdf())

    run_all(settings, tmp_path / "dce")
    assert query(settings, "SELECT COUNT(*) FROM documents") == [(1,)]
    assert query(settings, "SELECT key FROM tenders ORDER BY key") == [("2025-01",), ("2025-02",)]

    (tmp_path / "dce" / "2025-03").mkdir()
    (tmp_path / "dce" / "2025-03" / "CCAP.pdf").write_bytes(pdf())
    plan = make_plan(open_database(settings.database_url), [tmp_path / "dce"], folder=settings.laid_dir)
    assert (len(plan.todo), len(plan.known)) == (0, 3)
    assert query(settings, "SELECT key FROM tenders ORDER BY key") == [("2025-01",), ("2025-02",), ("2025-03",)]


def test_bytes_of_every_file_are_kept(settings: Settings, bad_folder: Path) -> None:
    run_all(settings, bad_folder)
    kept = {hash_file(path) for path in settings.raw_dir.rglob("*") if path.is_file()}
    assert kept == {hash_file(file.path) for file in find_files([bad_folder]).files if file.path.exists()}


def test_a_file_gone_once_planned_does_not_end_the_run(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "dce"
    folder.mkdir()
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text(f"Le titulaire réserve 100 heures d'insertion ({name}).", "utf-8")
    with Run(settings, [folder], workers=0) as run:
        (folder / "a.txt").unlink()
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
    told = "SELECT d.fichier, d.etat, b.code FROM v_documents d LEFT JOIN v_problemes b USING (chemin) ORDER BY 1"
    assert query(settings, told) == [("a.txt", "failed", "unreadable"), ("b.txt", "ok", None)]


# ---------------------------------------------------------------- Prefect


@pytest.mark.usefixtures("prefect_server")
def test_the_command_stores_reports_and_then_has_nothing_to_do(settings: Settings, bad_folder: Path) -> None:
    (bad_folder / "lien brisé.pdf").unlink()

    first = CliRunner().invoke(app, ["ingest", str(bad_folder)])
    second = CliRunner().invoke(app, ["ingest", str(bad_folder)])

    assert first.exit_code == ExitCode.SOME_FAILED, first.output
    lines = [" ".join(line.split()) for line in first.stdout.splitlines()]
    for row in ("Fichiers trouvés │ 8", "Complet │ 3", "Illisible │ 5"):
        assert any(row in line for line in lines), row
    for name in BAD_FILES:
        assert f"{bad_folder / name} : " in first.stdout
    assert second.exit_code == ExitCode.OK
    assert second.stdout == "Rien de nouveau : 8 fichiers déjà traités avec les mêmes règles.\n"


def test_the_flow_leaves_a_report_and_no_secret_on_the_server(
    settings: Settings, bad_folder: Path, prefect_server: str
) -> None:
    from prefect import get_client
    from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId

    from flows.ingest import run_ingest

    report = run_ingest([bad_folder], workers=0)

    with get_client(sync_client=True) as client:
        (run,) = (run for run in client.read_flow_runs() if run.parameters.get("paths") == [str(bad_folder)])
        (artifact,) = client.read_artifacts(
            artifact_filter=ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run.id]))
        )
        assert str(client.api_url).startswith(prefect_server)
    assert run.parameters == {"paths": [str(bad_folder)], "workers": 0}
    assert run.state_name == "Completed"
    assert (report.summary.ok, report.summary.failed) == (3, 6)
    assert "| Illisible | 6 |" in str(artifact.data)


@pytest.mark.usefixtures("prefect_server")
def test_a_failure_of_the_disk_that_passes_is_retried(settings: Settings, bad_folder: Path) -> None:
    from flows.ingest import run_ingest

    settings.data_dir.write_text("un fichier à la place du dossier")
    threading.Timer(0.5, settings.data_dir.unlink).start()

    assert run_ingest([bad_folder], workers=0).summary.ok == 3


@pytest.mark.slow  # it waits for the retries
@pytest.mark.usefixtures("prefect_server")
def test_a_failure_of_the_disk_that_lasts_is_one_line(settings: Settings, bad_folder: Path) -> None:
    settings.data_dir.write_text("un fichier à la place du dossier")

    result = CliRunner().invoke(app, ["ingest", str(bad_folder)])

    assert result.exit_code == ExitCode.OUTPUT
    assert result.output.startswith("clausoscope : Impossible d'écrire")
    assert result.output.count("\n") == 1
