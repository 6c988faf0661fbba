"""Saving is idempotent, all or nothing, and keeps one record per document whatever happens."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from databases import NewDatabase, on_sqlite
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError
from store_records import PROOF, SCANNED, SECOND, count, document, dump, empty, hours

from extractors.fingerprint import path_key
from extractors.retry import RETRIED
from extractors.schema import Clause, Evidence, Extraction, Lot, Problem, Sketch, Tender, Volume
from models import (
    FamilyTotal,
    StartedFile,
    StoredProblem,
    StoreError,
    add_paths,
    done,
    finish_run,
    mark_started,
    open_database,
    run_summary,
    save,
    start_run,
)
from models.database import writing


@pytest.fixture
def engine(database_url: str) -> Engine:
    return open_database(database_url)


@pytest.fixture
def run_id(engine: Engine) -> int:
    return start_run(engine, command="ingest", fingerprint="f1")


def store(engine: Engine, *records: Extraction, run_id: int = 1, fingerprint: str = "f1", key: str = "T1") -> None:
    save(engine, records, run_id=run_id, fingerprint=fingerprint, tender_keys={r.path: key for r in records})


def started(record: Extraction, **changes: Any) -> StartedFile:
    known: dict[str, Any] = {"path": record.path, "sha256": record.sha256, "size": record.size}
    return StartedFile(**(known | changes))


def query(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


# ---------------------------------------------------------------- what is written


def test_a_document_becomes_these_rows(engine: Engine, run_id: int) -> None:
    store(engine, document(sketch=Sketch(words=b"mots", numbers=b"1234", kind="docx", is_recognised=True)))
    rows = dump(engine)
    assert rows["lots"] == [("1", "Gros œuvre", ["BAT", "TP"], "BAT", None), ("2", None, [], None, None)]
    assert rows["clauses"] == [
        ("clause_insertion", None, ["L2112-2", "R2113-7"], 0.97, "heures_par_tranche"),
        ("critere_social", 10.0, [], 0.9, "critere"),
    ]
    assert rows["clause_lots"] == [("*",), ("1",), ("2",)]
    volume = (1.0, None, "hours", "amount", 2000.0, 2700000.0, None, "minimum", 450.5, "901 000 / 2 000")
    assert rows["volumes"] == [("clause_insertion", "1", *volume, 0.9, "heures_par_tranche")]
    assert rows["penalties"] == [(200.0, "hour", 0.9, "penalite")]
    assert rows["contacts"] == [("EPEC", "a@b.fr", "01 02", "facilitator")]
    assert rows["terms"] == [("public", "rsa", 0.95, "rsa")]
    assert rows["absences"] == [("reserve_handicap_iae", "sans_objet")]
    assert rows["problems"] == []
    facts = ("21-048", "Ville de Paris", None, ["75", "93"], ["45000000"], ["NUM", "PI"], "NUM")
    totals = (datetime.now(UTC).date(), 3, 0, 450.5)
    assert rows["tenders"] == [("T1", *facts, *[None] * 4, "unknown", "not_known", "aucun avis", *totals)]
    assert rows["documents"] == [(f"{1:064x}", 1001, None, "ok", "f1")]
    assert rows["readings"] == [(1, "f1", "ok", "ccap", 28, 0.25, *facts, False, None, "docx", True, b"mots", b"1234")]
    assert rows["document_paths"] == [("/dce/T1/ccap-1.pdf", "ccap-1.pdf")]
    first = (0, 7, PROOF.quote, 56.5, 100.0, 540.25, 124.0, "8.2")
    second = (8, SECOND.quote, None, None, None, None, None)
    assert rows["evidence"] == sorted([first] * 5 + [(0, *second)] * 2 + [(1, *second)] * 2, key=repr)


@pytest.mark.parametrize("fingerprint", ["f1", "f2"], ids=["same-rules", "other-rules"])
def test_saving_again_gives_the_same_rows(engine: Engine, run_id: int, fingerprint: str) -> None:
    records = [document(1), document(2, problems=(SCANNED,), status="partial"), empty(3)]
    store(engine, *records, fingerprint=fingerprint)
    before = dump(engine)
    store(engine, *records, fingerprint=fingerprint)
    store(engine, *reversed(records), fingerprint=fingerprint)
    assert dump(engine) == before
    assert {table: len(rows) for table, rows in before.items() if table in ("documents", "problems", "tenders")} == {
        "documents": 3,
        "problems": 1,
        "tenders": 1,
    }


def test_a_new_extraction_replaces_all_rows_of_its_document_and_no_other(engine: Engine, run_id: int) -> None:
    store(engine, document(1), document(2))
    store(engine, empty(1), fingerprint="f2")
    rows = dump(engine)
    with_one = {"lots": 2, "clauses": 2, "clause_lots": 3, "volumes": 1, "penalties": 1, "contacts": 1, "terms": 1}
    with_one["absences"] = 1
    assert {table: len(rows[table]) for table in with_one} == with_one
    assert len(rows["evidence"]) == 9
    assert query(engine, "SELECT fingerprint FROM documents ORDER BY sha256") == [("f2",), ("f1",)]


def test_a_lot_or_a_clause_lot_given_twice_is_one(engine: Engine, run_id: int) -> None:
    clause = Clause(category="clause_insertion", lots=("1", "1"), confidence=1, rule="r", evidence=(PROOF,))
    store(engine, empty(lots=(Lot(number="1", title="Premier"), Lot(number="1", title="Second")), clauses=(clause,)))
    assert query(engine, "SELECT number, title FROM lots") == [("1", "Premier")]
    assert query(engine, "SELECT lot FROM clause_lots") == [("1",)]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("œuvre à 2 000 € — « 你好 » 🏗", "œuvre à 2 000 € — « 你好 » 🏗"),
        ("l'acheteur ; DROP TABLE lots; -- %s :x", "l'acheteur ; DROP TABLE lots; -- %s :x"),
        ("avant\x00après", "avantaprès"),
        ("demi \ud83d seul", "demi \\ud83d seul"),
    ],
    ids=["accents-emoji", "sql", "nul", "lone-surrogate"],
)
def test_any_text_is_stored(engine: Engine, run_id: int, written: str, kept: str) -> None:
    record = empty(
        path=f"/dce/{written}.pdf",
        tender=Tender(buyer=written, cpv=(written,)),
        contacts=document().contacts[:0],
        clauses=(Clause(category="c", confidence=1, rule="r", evidence=(Evidence(page=1, quote=written),)),),
    )
    for _ in range(2):
        mark_started(engine, run_id=run_id, files=[started(record)])
        store(engine, record, key=written)
    assert query(engine, "SELECT quote FROM evidence") == [(kept,)]
    assert query(engine, "SELECT path, name FROM document_paths") == [(f"/dce/{kept}.pdf", f"{kept}.pdf")]
    assert query(engine, "SELECT key, buyer FROM tenders") == [(kept, kept)]


# ---------------------------------------------------------------- documents, paths, tenders


def test_same_bytes_under_two_paths_are_one_document_with_both_paths(engine: Engine, run_id: int) -> None:
    first, copy = empty(path="/dce/T1/rc.pdf"), empty(path="/dce/T2/rc.pdf")
    mark_started(engine, run_id=run_id, files=[started(first), started(copy)])
    save(engine, [first], run_id=1, fingerprint="f1", tender_keys={first.path: "T1", copy.path: "T2"})
    assert count(engine, "documents") == 1
    expected = [("/dce/T1/rc.pdf", "T1"), ("/dce/T2/rc.pdf", "T2")]
    placed = "SELECT p.path, t.key FROM document_paths p JOIN tenders t ON t.id = p.tender_id ORDER BY p.path"
    assert query(engine, placed) == expected

    add_paths(engine, files=[started(first, path="/dce/T3/rc.pdf")], tender_keys={"/dce/T3/rc.pdf": "T3"})
    add_paths(engine, files=[started(first, path="/dce/vrac.pdf")], tender_keys={})
    assert query(engine, placed) == [*expected, ("/dce/T3/rc.pdf", "T3"), ("/dce/vrac.pdf", "T3")]
    assert query(engine, "SELECT status, fingerprint FROM documents") == [("ok", "f1")]


def test_a_path_with_new_bytes_leaves_its_old_document(engine: Engine, run_id: int) -> None:
    store(engine, document(1, path="/dce/rc.pdf"))
    store(engine, empty(2, path="/dce/rc.pdf"))
    assert count(engine, "documents") == 2
    assert query(engine, "SELECT p.path, d.sha256 FROM document_paths p JOIN documents d ON d.id = p.document_id") == [
        ("/dce/rc.pdf", f"{2:064x}")
    ]
    assert query(engine, "SELECT sha256 FROM v_documents") == [(f"{2:064x}",)]
    assert query(engine, "SELECT * FROM v_clauses") == []


def test_an_unreadable_file_has_a_record_and_then_its_own_once_readable(engine: Engine, run_id: int) -> None:
    path = "/dce/interdit.pdf"
    failed = empty(path=path, sha256=path_key(Path(path)), size=0, status="failed", pages=0, problems=(SCANNED,))
    store(engine, failed)
    assert re.fullmatch("path:[0-9a-f]{64}", path_key(Path(path)))
    assert query(engine, "SELECT chemin, etat, nb_problemes FROM v_documents") == [(path, "failed", 1)]
    assert done(engine, sha256s=[path_key(Path(path))], fingerprint="f1") == set()
    store(engine, empty(2, path=path))
    assert query(engine, "SELECT chemin, etat, nb_problemes FROM v_documents") == [(path, "ok", 0)]


def test_tender_takes_the_first_known_facts_in_the_order_of_document_types(engine: Engine, run_id: int) -> None:
    cctp = empty(1, doc_type="cctp", tender=Tender(buyer="CCTP", object="Travaux"), families=("TP",))
    rc = empty(2, doc_type="rc", tender=Tender(reference="R1", buyer="RC"))
    facts = "SELECT reference, buyer, object, CAST(families AS TEXT), family FROM tenders"
    expected = [("R1", "RC", "Travaux", '["TP"]', "TP")]
    store(engine, cctp)
    store(engine, rc)
    assert query(engine, facts) == expected
    store(engine, rc, cctp)
    assert query(engine, facts) == expected
    store(engine, empty(2, doc_type="rc", tender=Tender()), fingerprint="f2")
    assert query(engine, facts) == [(None, "CCTP", "Travaux", '["TP"]', "TP")]


def test_a_tender_left_by_its_last_document_disappears(engine: Engine, run_id: int) -> None:
    store(engine, empty(1), key="dossier")
    store(engine, empty(1), key="21-048")
    assert query(engine, "SELECT key FROM tenders") == [("21-048",)]


def test_a_document_without_key_is_a_tender_by_itself_and_keeps_the_one_it_has(engine: Engine, run_id: int) -> None:
    save(engine, [empty(1, path="/seul.pdf")], run_id=1, fingerprint="f1", tender_keys={})
    store(engine, empty(2, path="/a.pdf"), key="T2")
    save(engine, [empty(2, path="/a.pdf")], run_id=1, fingerprint="f1", tender_keys={})
    assert query(engine, "SELECT key FROM tenders ORDER BY key") == [("/seul.pdf",), ("T2",)]


# ---------------------------------------------------------------- done, started, interrupted


@pytest.mark.parametrize(
    ("status", "fingerprint", "is_done"),
    [("ok", "f1", True), ("partial", "f1", True), ("failed", "f1", True), ("ok", "f0", False)],
    ids=["ok", "partial", "failed", "other-rules"],
)
def test_done(engine: Engine, run_id: int, status: str, fingerprint: str, is_done: bool) -> None:
    record = empty(status=status)
    store(engine, record, fingerprint=fingerprint)
    found = done(engine, sha256s=[record.sha256, "unknown"], fingerprint="f1")
    assert found == ({record.sha256} if is_done else set())


@pytest.mark.parametrize("code", sorted(RETRIED))
def test_a_document_whose_reading_was_interrupted_is_redone(engine: Engine, run_id: int, code: str) -> None:
    record = empty(status="failed", problems=(Problem(stage="read", code=code, message="Lecture abandonnée."),))
    store(engine, record)
    assert done(engine, sha256s=[record.sha256], fingerprint="f1") == set()


def test_a_document_that_a_program_now_there_would_mend_is_redone(engine: Engine, run_id: int) -> None:
    record = empty(status="partial", problems=(Problem(stage="read", code="scan", message="Page scannée."),))
    store(engine, record)
    assert done(engine, sha256s=[record.sha256], fingerprint="f1") == {record.sha256}
    assert done(engine, sha256s=[record.sha256], fingerprint="f1", mended={"scan"}) == set()


def test_a_document_left_started_is_redone_and_keeps_its_rows_meanwhile(engine: Engine, run_id: int) -> None:
    record = document()
    store(engine, record)
    mark_started(engine, run_id=run_id, files=[started(record, raw_path="data/raw/00/x.pdf")])
    assert done(engine, sha256s=[record.sha256], fingerprint="f1") == set()
    assert count(engine, "clauses") == 2
    store(engine, record)
    assert done(engine, sha256s=[record.sha256], fingerprint="f1") == {record.sha256}
    assert query(engine, "SELECT status, raw_path FROM documents") == [("ok", "data/raw/00/x.pdf")]


@on_sqlite
def test_done_takes_more_names_than_a_query_holds_parameters(engine: Engine, run_id: int) -> None:
    store(engine, empty(70_000))
    names = (f"{number:064x}" for number in range(300_000))
    assert done(engine, sha256s=names, fingerprint="f1") == {f"{70_000:064x}"}


def test_an_error_in_the_middle_of_a_batch_leaves_nothing_of_it(engine: Engine, run_id: int) -> None:
    store(engine, document(1))
    before = dump(engine)
    broken = empty(3, volumes=(hours(None),))  # type: ignore[arg-type]
    with pytest.raises(IntegrityError):
        store(engine, document(2), empty(1), broken, fingerprint="f2")
    assert dump(engine) == before


def die_while_saving(url: str) -> None:
    engine = open_database(url)

    def die(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO evidence"):
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", die)
    store(engine, document(1), empty(2), fingerprint="f2")


def test_a_process_killed_in_the_middle_of_a_save_leaves_the_rows_as_they_were(
    engine: Engine, run_id: int, database_url: str
) -> None:
    records = [empty(1), document(2)]
    store(engine, *records)
    mark_started(engine, run_id=run_id, files=[started(record) for record in records])
    before = dump(engine)
    process = multiprocessing.get_context("spawn").Process(target=die_while_saving, args=(database_url,))
    process.start()
    process.join(60)
    assert process.exitcode == -9
    assert dump(engine) == before
    assert done(engine, sha256s=[r.sha256 for r in records], fingerprint="f2") == set()
    store(engine, document(1), empty(2), fingerprint="f2")
    assert done(engine, sha256s=[r.sha256 for r in records], fingerprint="f2") == {r.sha256 for r in records}


def save_many(url: str, numbers: range) -> None:
    engine = open_database(url)
    for number in numbers:
        store(engine, document(number), document(number + 1))


def test_two_processes_may_save_at_the_same_time(
    engine: Engine, run_id: int, database_url: str, new_database: NewDatabase
) -> None:
    context = multiprocessing.get_context("spawn")
    ranges = (range(0, 10), range(5, 15))
    processes = [context.Process(target=save_many, args=(database_url, numbers)) for numbers in ranges]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    alone = open_database(new_database())
    start_run(alone, command="ingest", fingerprint="f1")
    store(alone, *(document(number) for number in range(16)))
    assert dump(engine) == dump(alone)


def test_hundreds_of_documents(engine: Engine, run_id: int) -> None:
    for first in range(0, 400, 50):
        records = [document(number, path=f"/dce/T{number // 5}/{number}.pdf") for number in range(first, first + 50)]
        mark_started(engine, run_id=run_id, files=[started(record) for record in records])
        keys = {record.path: record.path.split("/")[2] for record in records}
        save(engine, records, run_id=run_id, fingerprint="f1", tender_keys=keys)
    assert {t: count(engine, t) for t in ("documents", "tenders", "evidence")} == {
        "documents": 400,
        "tenders": 80,
        "evidence": 3600,
    }


# ---------------------------------------------------------------- what the database refuses


PROOF_OF = "INSERT INTO evidence (position, page, quote{0}) VALUES (0, 1, 'x'{1})"


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO problems (reading_id, stage, code, message) VALUES (99, 'read', 'c', 'm')",
        "INSERT INTO document_paths (path, name, document_id) VALUES ('p', 'n', 99)",
        "INSERT INTO clause_lots (clause_id, lot) VALUES (99, '1')",
        "DELETE FROM runs",
        "DELETE FROM tenders",
        "UPDATE documents SET status = 'done'",
        "INSERT INTO clause_lots (clause_id, lot) SELECT clause_id, lot FROM clause_lots",
        PROOF_OF.format("", ""),
        PROOF_OF.format(", clause_id, volume_id", ", 1, 1"),
    ],
    ids=[
        *("no-reading", "path-of-no-document", "lot-of-no-clause", "run-in-use", "tender-in-use", "unknown-status"),
        *("clause-lot-twice", "proof-of-nothing", "proof-of-two"),
    ],
)
def test_the_database_refuses(engine: Engine, run_id: int, statement: str) -> None:
    store(engine, document())
    before = dump(engine)
    with pytest.raises(IntegrityError), writing(engine) as session:
        session.execute(text(statement))
    assert dump(engine) == before


# ---------------------------------------------------------------- a database that cannot be used


def not_a_database(folder: Path) -> str:
    (folder / "notes.db").write_text("Ceci est un texte, pas une base. " * 50)
    return f"sqlite:///{folder / 'notes.db'}"


def below_a_file(folder: Path) -> str:
    (folder / "fichier").write_text("x")
    return f"sqlite:///{folder / 'fichier' / 'base.db'}"


@pytest.mark.parametrize(
    ("make_url", "said"),
    [
        (lambda folder: f"sqlite:///{folder}", "fichier impossible à ouvrir"),
        (not_a_database, "n'est pas une base SQLite"),
        (below_a_file, "dossier impossible à créer"),
        (lambda folder: f"sqlite:///file:{folder / 'absent.db'}?mode=ro&uri=true", "fichier impossible à ouvrir"),
        (lambda folder: "n'importe quoi", "exemple : sqlite:///data/clausoscope.db"),
        (lambda folder: "inconnu://hote/base", "exemple : sqlite:///data/clausoscope.db"),
        (lambda folder: "mysql+mysqldb://hote/base", "pilote de base absent (No module named 'MySQLdb')"),
    ],
    ids=["a-folder", "a-text", "below-a-file", "absent-read-only", "not-an-address", "unknown-engine", "no-driver"],
)
def test_a_database_that_does_not_open(tmp_path: Path, make_url: Any, said: str) -> None:
    with pytest.raises(StoreError) as caught:
        open_database(make_url(tmp_path))
    message = str(caught.value)
    assert said in message
    assert "\n" not in message and message.endswith(".")


def test_a_read_only_database_is_read_but_not_written(engine: Engine, run_id: int) -> None:
    store(engine, document())
    engine.dispose()
    if engine.dialect.name == "sqlite":
        address = f"sqlite:///file:{engine.url.database}?mode=ro&uri=true"
    else:
        read_only = engine.url.update_query_dict({"options": "-c default_transaction_read_only=on"})
        address = read_only.render_as_string(hide_password=False)
    reader = open_database(address)
    assert count(reader, "documents") == 1
    with pytest.raises(StoreError, match="base en lecture seule ; donnez le droit d'"):
        start_run(reader, command="ingest", fingerprint="f1")


@on_sqlite
def test_a_full_disk_is_said_and_leaves_nothing_of_the_batch(engine: Engine, run_id: int) -> None:
    store(engine, document(1))
    before = dump(engine)
    engine.dispose()
    pages = query(engine, "PRAGMA page_count")[0][0]
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count = {pages}"))
    engine.dispose()
    with pytest.raises(StoreError, match="disque plein ; libérez de la place"):
        store(engine, *(document(number) for number in range(1, 200)), fingerprint="f2")
    assert dump(engine) == before


def test_a_database_kept_by_another_writer_is_said(
    engine: Engine, run_id: int, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.database.BUSY_SECONDS", 0.05)
    hurried = open_database(database_url)
    with writing(engine), pytest.raises(StoreError, match="base occupée par un autre traitement"):
        store(hurried, document())
    store(hurried, document())
    assert count(engine, "documents") == 1


# ---------------------------------------------------------------- the summary of a run


def test_summary_of_a_run(engine: Engine) -> None:
    store(engine, document(9, path="/dce/old.pdf"), run_id=start_run(engine, command="ingest", fingerprint="f0"))
    run = start_run(engine, command="ingest", fingerprint="f1")
    mark_started(engine, run_id=run, files=[started(empty(number)) for number in range(1, 5)])
    clause = document().clauses[0]
    volumes = (
        hours(100, lot="1"),
        hours(50.5, lot="2", phase="firm"),
        hours(7, lot="1", phase="optional"),
        hours(8, lot="1", bound="maximum"),
        hours(9, lot="1", per="year"),
        hours(5, lot="1", unit="percent_of_hours"),
    )
    lots = (Lot(number="1", families=("BAT",)), Lot(number="2"))
    store(engine, empty(1, lots=lots, families=("NUM",), clauses=(clause,), volumes=volumes), run_id=run, key="A")
    # The same hours written again in another document of the tender.
    store(engine, empty(2, doc_type="ae", clauses=(clause,), volumes=volumes[:2]), run_id=run, key="A")
    failed = empty(3, status="failed", pages=0, problems=(SCANNED,), volumes=(hours(100),))
    store(engine, failed, run_id=run, key="B")
    finish_run(engine, run, seen=7, skipped=3)
    summary = run_summary(engine, run)
    assert (summary.command, summary.seen, summary.skipped) == ("ingest", 7, 3)
    assert (summary.ok, summary.partial, summary.failed) == (2, 0, 1)
    building = "Bâtiment (construction, réhabilitation, second œuvre)"
    assert summary.families == (
        FamilyTotal(family="BAT", label=building, clauses=1, hours=100.0),
        FamilyTotal(family=None, label="Famille inconnue", clauses=1, hours=100.0),
        FamilyTotal(family="NUM", label="Numérique et télécommunications", clauses=1, hours=50.5),
    )
    assert summary.unconverted_volumes == 4
    assert summary.problems == (
        StoredProblem(path="/dce/T1/ccap-3.pdf", stage="read", code="scan", message=SCANNED.message, page=3),
    )
    assert summary.finished_at is not None
    assert 0 <= (summary.finished_at - summary.started_at).total_seconds() < 60
    assert query(engine, f"SELECT seen, skipped, ok, partial, failed FROM runs WHERE id = {run}") == [(7, 3, 2, 0, 1)]


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param([(hours(500),), (hours(600),)], ({"NUM": 600.0}, 0), id="two documents that differ"),
        pytest.param(
            [(hours(500), hours(300, lot="1"), hours(200, lot="2"))],
            ({"BAT": 300.0, "NUM": 200.0}, 0),
            id="the whole contract is its lots",
        ),
        pytest.param(
            [(hours(600),), (hours(300, lot="1"),)], ({"BAT": 300.0, "NUM": 300.0}, 0), id="more than its lots"
        ),
        pytest.param(
            [(hours(10, unit="percent_of_hours", derived_hours=450.5, formula="10 % × 4505 h"), hours(5, per="year"))],
            ({"NUM": 450.5}, 1),
            id="derived hours",
        ),
        pytest.param(
            [(hours(400), hours(10, unit="percent_of_hours", derived_hours=450.5, formula="10 % × 4505 h"))],
            ({"NUM": 400.0}, 0),
            id="stated beside derived",
        ),
    ],
)
def test_the_summary_adds_hours_as_alerts_and_the_morning_report_do(
    engine: Engine, run_id: int, documents: list[tuple[Volume, ...]], expected: tuple[dict[str, float], int]
) -> None:
    lots = (Lot(number="1", families=("BAT",)), Lot(number="2"))
    store(
        engine,
        *(
            empty(number, lots=lots, families=("NUM",), volumes=volumes)
            for number, volumes in enumerate(documents, start=1)
        ),
    )
    summary = run_summary(engine, run_id)
    assert ({total.family: total.hours for total in summary.families}, summary.unconverted_volumes) == expected


def test_summary_of_a_run_that_did_not_finish(engine: Engine, run_id: int) -> None:
    assert run_summary(engine, run_id).finished_at is None
    with pytest.raises(StoreError, match=r"Traitement inconnu : 99\."):
        run_summary(engine, 99)
