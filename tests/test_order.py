"""The order in which the files of a tender are read, and what a time limit for the tender leaves unread."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine, text

from extractors.errors import RuleError
from extractors.reading_order import ORDER_FILE, load_order, place_of
from extractors.schema import Extraction, Timings
from flows.budget import TenderBudget
from flows.files import hash_file
from flows.plan import make_plan
from flows.pool import File
from flows.report import print_report
from flows.run import Report, Run
from flows.settings import Settings, load_settings
from models import open_database

SIZE = 1000


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param("DCE/CCAP.pdf", "DCE/RC.pdf", id="ccap-rc"),
        pytest.param("Annexe clause sociale.docx", "RC.pdf", id="worth-before-cost"),
        pytest.param("RC.docx", "AE lot 1.pdf", id="rc-ae"),
        pytest.param("AE.pdf", "CCTP.pdf", id="ae-cctp"),
        pytest.param("CCTP Lot 3.pdf", "BPU.xlsx", id="cctp-bpu"),
        pytest.param("DPGF.xlsx", "Notice hydraulique.pdf", id="dpgf-other"),
        pytest.param("Notice.pdf", "DC1.pdf", id="other-dc"),
        pytest.param("DC2.doc", "Plan de masse.pdf", id="dc-plan"),
        pytest.param("Notice.docx", "Photos du site.pdf", id="other-photos"),
        pytest.param("Plan d'insertion.pdf", "Plan de masse.pdf", id="a-plan-of-insertion-is-no-drawing"),
        pytest.param("CCTP_plans.pdf", "Notice.pdf", id="a-name-that-says-its-piece-is-believed"),
        pytest.param("CCAP.pdf", "CCAP.docx", id="pdf-word"),
        pytest.param("CCAP.docx", "CCAP.jpg", id="word-image"),
        pytest.param("BPU.xlsx", "BPU.doc", id="sheet-word"),
        pytest.param("CCAP.txt", "CCAP.inconnu", id="unknown-suffix"),
    ],
)
def test_what_is_read_first(first: str, then: str) -> None:
    assert place_of(first, size=SIZE) < place_of(then, size=SIZE)


def test_of_two_alike_the_lighter_is_read_first() -> None:
    assert place_of("CCAP.pdf", size=100) < place_of("CCAP scan.pdf", size=5_000_000)


@pytest.mark.parametrize(
    ("words", "instead", "message"),
    [
        pytest.param('["dc"]', '["dc", "rc"]', "chaque type de document", id="twice"),
        pytest.param('"qr", ', "", "chaque type de document", id="forgotten"),
        pytest.param("[[cost]]\nkinds", "[[cost]]\nsortes", "clés inconnues sortes", id="key"),
        pytest.param(r"(?:plans?", r"((?:plans?", "motif faux", id="pattern"),
    ],
)
def test_a_wrong_order_is_refused(tmp_path: Path, words: str, instead: str, message: str) -> None:
    text = ORDER_FILE.read_text("utf-8")
    assert words in text
    wrong = tmp_path / ORDER_FILE.name
    wrong.write_text(text.replace(words, instead, 1), "utf-8")
    with pytest.raises(RuleError, match=message):
        load_order(wrong)


# ---------------------------------------------------------------- a run

CLAUSE = "Article 8. Clause d'insertion : le titulaire réserve {hours} heures d'insertion à l'exécution du marché.\n"
FILES = {
    "Notice.txt": "Notice.\nLes travaux durent six mois.\n",
    "Plan de masse.txt": "Plan de masse.\nÉchelle 1/200.\n",
    "CCAP.txt": "Cahier des clauses administratives particulières\n" + CLAUSE.format(hours=1200),
    "RC.txt": "Règlement de la consultation\nLes offres sont remises avant le 3 mars 2026.\n",
}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", f"sqlite:///{tmp_path / 'base.db'}")
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path / "data"))
    return load_settings()


@pytest.fixture
def tenders(tmp_path: Path) -> Path:
    """Two tenders of four files; those of the second have other bytes."""
    root = tmp_path / "dce"
    for tender in ("A", "B"):
        (root / tender).mkdir(parents=True)
        for name, words in FILES.items():
            (root / tender / name).write_text(f"{words}Consultation {tender}.\n", "utf-8")
    return root


def ingest(settings: Settings, root: Path) -> Report:
    with Run(settings, [root], workers=0) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
        return run.finish()


def statuses(engine: Engine) -> dict[str, str]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT consultation, fichier, etat FROM v_documents")).tuples()
        return {f"{tender}/{name}": status for tender, name, status in rows}


def test_a_run_reads_tender_by_tender_in_the_order_of_worth(settings: Settings, tenders: Path) -> None:
    plan = make_plan(open_database(settings.database_url), [tenders], folder=settings.laid_dir)
    order = ["CCAP.txt", "RC.txt", "Notice.txt", "Plan de masse.txt"]
    assert plan.to_read == tuple(tenders / tender / name for tender in ("A", "B") for name in order)


def test_a_content_with_several_names_is_read_under_that_which_says_most(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "dce" / "A"
    folder.mkdir(parents=True)
    for name in ("10_document.txt", "CCAP.txt", "photo.txt"):
        (folder / name).write_text(FILES["CCAP.txt"], "utf-8")
    plan = make_plan(open_database(settings.database_url), [folder.parent], folder=settings.laid_dir)
    assert plan.to_read == (folder / "CCAP.txt",)


def test_a_tight_budget_leaves_what_says_least_and_the_next_run_reads_it(settings: Settings, tenders: Path) -> None:
    engine = open_database(settings.database_url)
    report = ingest(settings.model_copy(update={"tender_seconds": 1e-9}), tenders)

    found = statuses(engine)
    assert sorted(name for name, status in found.items() if status == "ok") == ["A/CCAP.txt", "B/CCAP.txt"]
    assert sorted(set(found.values())) == ["failed", "ok"]
    assert report.put_off == 6
    assert [(path, clause.category) for path, clause in report.clauses] == [
        (str(tenders / tender / "CCAP.txt"), "clause_insertion") for tender in ("A", "B")
    ]
    problem = report.summary.problems[0]
    assert (problem.code, "CLAUSOSCOPE_TENDER_SECONDS" in problem.message) == ("tender_budget", True)
    printed = io.StringIO()
    print_report(Console(file=printed, width=120), report)
    lines = printed.getvalue().splitlines()
    assert (
        lines[-2] == "6 documents reportés, le temps de leur consultation écoulé : relancez la commande pour la suite."
    )
    assert lines[-1].startswith("Temps par étape : lecture ")

    again = ingest(settings, tenders)
    assert set(statuses(engine).values()) == {"ok"}
    assert (again.put_off, again.summary.skipped) == (0, 2)


def test_what_was_read_by_older_rules_stands_while_it_is_put_off(settings: Settings, tenders: Path) -> None:
    engine = open_database(settings.database_url)
    ingest(settings, tenders)
    with engine.begin() as connection:
        connection.execute(text("UPDATE documents SET fingerprint = 'older'"))

    assert ingest(settings.model_copy(update={"tender_seconds": 1e-9}), tenders).put_off == 6

    assert set(statuses(engine).values()) == {"ok"}
    left = {item.file.path for item in make_plan(engine, [tenders], folder=settings.laid_dir).todo}
    assert left == {tenders / tender / name for tender in ("A", "B") for name in FILES if name != "CCAP.txt"}


def test_a_budget_is_that_of_each_tender_whatever_reads_side_by_side(tenders: Path) -> None:
    files = sorted(tenders.rglob("*.txt"))
    budget = TenderBudget(2.5, {path: path.parent.name for path in files})

    def read(file: File) -> Extraction:
        assert isinstance(file, Path)
        return Extraction(path=str(file), sha256=hash_file(file), size=1, status="ok", seconds=1.0)

    with ThreadPoolExecutor(1) as threads:
        records = list(threads.map(budget.around(read), files))
    assert [record.status for record in records] == ["ok", "ok", "ok", "failed"] * 2
    with ThreadPoolExecutor(2) as threads:
        after = list(threads.map(budget.around(read), files))
    assert {problem.code for record in after for problem in record.problems} == {"tender_budget"}
    assert TenderBudget(0, {}).around(read) is read


def test_the_report_of_a_run_tells_the_time_by_stage(settings: Settings, tenders: Path) -> None:
    report = ingest(settings, tenders)
    assert report.timings.match > 0 and report.timings.read > 0 and report.store_seconds > 0
    assert (report.timings.convert, report.timings.recognise) == (0, 0)
    assert report.timings + Timings(convert=2.0) == Timings(
        read=report.timings.read, match=report.timings.match, convert=2.0
    )
