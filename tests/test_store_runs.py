"""A run is all or nothing, begins again where it was stopped, and has a summary."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest
from databases import NewDatabase, on_sqlite
from processes import FORKED
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from store_records import SCANNED, count, document, dump, empty, hours, query, started, store

from extractors.retry import RETRIED
from extractors.schema import Lot, Problem, Volume
from models import (
    FamilyTotal,
    StoredProblem,
    StoreError,
    done,
    finish_run,
    mark_started,
    open_database,
    run_summary,
    save,
    start_run,
)

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
    process = FORKED.Process(target=die_while_saving, args=(database_url,))
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
    ranges = (range(0, 10), range(5, 15))
    processes = [FORKED.Process(target=save_many, args=(database_url, numbers)) for numbers in ranges]
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
