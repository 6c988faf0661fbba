"""The same tender in two journals is one; corrections update it, cancellations mark it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from databases import NewDatabase
from notice_samples import FOLDER, changed, eforms, eforms_lot, record
from sqlalchemy import Engine, text
from store_records import night

from extractors.notices.boamp import read_record
from extractors.notices.identity import one_tender, tender_key, tender_keys
from extractors.notices.reader import read_xml
from extractors.notices.records import Notice, Reference
from models import open_database, start_run

CALL = read_xml(eforms(eforms_lot(1)))
ON_BOAMP = read_record(record("26-91551", {}, contractfolderid=FOLDER, dateparution="2026-11-19"))
CORRECTION = read_xml(
    eforms(
        eforms_lot(1, reserved="res-ws"),
        number="00700002-2026",
        published="2026-11-22Z",
        uuid="aaaaaaaa-0000-4000-8000-000000000002",
        changes=changed("aaaaaaaa-0000-4000-8000-000000000001-01"),
    )
)
LATER = datetime(2027, 1, 15, 11, tzinfo=UTC)
FIRST = Notice(
    journal="boamp", notice_id="26-90000", kind="call", published=date(2026, 11, 1), object="Voirie", text="d'abord"
)


def after(notice: Notice, kind: str, id: str, day: int, **more: object) -> Notice:
    """A later notice of BOAMP that names the first."""
    relation = "follows" if kind == "award" else "corrects"
    reference = Reference(journal=notice.journal, id=notice.notice_id, relation=relation)
    return Notice(
        journal="boamp", notice_id=id, kind=kind, published=date(2026, 11, day), references=(reference,), **more
    )  # type: ignore[arg-type]


@pytest.fixture
def engine(database_url: str) -> Engine:
    engine = open_database(database_url)
    start_run(engine, command="nightly boamp", fingerprint="f1")
    return engine


def grouped(engine: Engine, *notices: Notice) -> list[tuple[str, str]]:
    """Key and state of the tenders that a night which brings the notices makes of them, in their order."""
    night(engine, *notices)
    with engine.connect() as connection:
        return [(row.key, row.state) for row in connection.execute(text("SELECT key, state FROM tenders ORDER BY id"))]


def test_two_journals_one_tender(engine: Engine) -> None:
    assert grouped(engine, CALL, ON_BOAMP) == [(f"folder:{FOLDER}", "open")]

    tender = one_tender([CALL, ON_BOAMP])

    assert tender.key == f"folder:{FOLDER}"
    assert tender.keys == (
        f"folder:{FOLDER}",
        "boamp:26-91551",
        "ted:700001-2026",
        "uuid:aaaaaaaa-0000-4000-8000-000000000001",
    )
    assert tender.notices == (ON_BOAMP, CALL)
    assert tender.state == "open"


def test_two_journals_without_folder_meet_by_their_references(engine: Engine) -> None:
    boamp = after(FIRST, "award", "26-95000", 10)
    boamp = replace(boamp, references=(*boamp.references, Reference(journal="ted", id="5-2026", relation="follows")))
    ted = Notice(journal="ted", notice_id="5-2026", kind="call")

    assert grouped(engine, ted, FIRST, boamp) == [("boamp:26-90000", "awarded")]


def test_correction_in_eforms_restates_the_tender(engine: Engine) -> None:
    assert grouped(engine, CORRECTION, ON_BOAMP, CALL) == [(f"folder:{FOLDER}", "open")]

    tender = one_tender([CORRECTION, ON_BOAMP, CALL])

    assert tender.current.notice_id == "700002-2026"
    assert tender.current.text == CORRECTION.text
    assert [(d.field, d.value) for d in tender.current.declared] == [
        ("BT-71", "res-ws"),
        ("BT-736", "no"),
        ("criteres", "sociaux"),
    ]
    assert tender.state == "open"


def test_correction_in_words_changes_only_what_it_says(engine: Engine) -> None:
    correction = after(FIRST, "rectification", "26-90010", 5, deadline=LATER, text="au lieu de")

    assert grouped(engine, FIRST, correction) == [("boamp:26-90000", "open")]
    tender = one_tender([FIRST, correction])

    assert (tender.current.deadline, tender.current.object, tender.current.text) == (LATER, "Voirie", "d'abord")
    assert (tender.current.notice_id, tender.current.published) == ("26-90000", date(2026, 11, 1))


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        pytest.param(["cancellation"], "cancelled", id="cancelled"),
        pytest.param(["rectification"], "open", id="corrected"),
        pytest.param(["award"], "awarded", id="awarded"),
        pytest.param(["award", "rectification"], "awarded", id="award-corrected"),
        pytest.param(["rectification", "cancellation"], "cancelled", id="corrected-then-cancelled"),
    ],
)
def test_state_whatever_the_order_of_arrival(kinds: list[str], state: str, new_database: NewDatabase) -> None:
    notices = [FIRST, *(after(FIRST, kind, f"26-9100{i}", 10 + i) for i, kind in enumerate(kinds))]

    for order in permutations(notices):
        engine = open_database(new_database())
        start_run(engine, command="nightly boamp", fingerprint="f1")
        assert grouped(engine, *order) == [("boamp:26-90000", state)]


def test_planning_notice_does_not_join_the_calls_it_announces(engine: Engine) -> None:
    planning = Notice(journal="ted", notice_id="1-2026", kind="planning")
    calls = [
        Notice(
            journal="ted",
            notice_id=f"{number}-2026",
            kind="call",
            references=(Reference(journal="ted", id="1-2026", relation="follows"),),
        )
        for number in (2, 3)
    ]

    assert grouped(engine, planning, *calls) == [
        ("ted:1-2026", "planned"),
        ("ted:2-2026", "open"),
        ("ted:3-2026", "open"),
    ]


def test_chain_of_corrections_is_one_tender(engine: Engine) -> None:
    second = after(FIRST, "rectification", "26-90010", 5)
    third = after(second, "rectification", "26-90020", 6)

    assert len(grouped(engine, third, FIRST)) == 2
    assert len(grouped(engine, second)) == 1


def test_same_notice_twice_is_once(engine: Engine) -> None:
    assert len(grouped(engine, FIRST, FIRST)) == 1
    assert one_tender([FIRST, FIRST]).notices == (FIRST,)


def test_surest_name_is_the_procedure_then_the_oldest_notice() -> None:
    assert tender_key(["boamp:26-1", "folder:z", "ted:1-2026"]) == "folder:z"
    assert tender_key(["boamp:26-100", "boamp:26-99", "boamp:25-500"]) == "boamp:25-500"
    assert tender_key(["ted:5-2026", "ted:100-2025"]) == "ted:100-2025"
    assert tender_key(tender_keys(after(FIRST, "rectification", "26-90010", 5))) == "boamp:26-90000"
