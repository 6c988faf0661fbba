"""The publication guard: what is suspicious, and which days are compared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from flows.guard import brings_weekend, is_suspicious, suspicions
from flows.morning_page import suspicion_words
from models import (
    DayFigures,
    SourceProgress,
    advance,
    day_figures,
    finish_night,
    finish_source,
    start_night,
    start_run,
    start_source,
)

FRIDAY = date(2026, 11, 20)
ORDINARY = (100, 110, 90, 105, 95, 120, 100, 100, 98, 101, 99, 130, 88, 100)


@pytest.mark.parametrize(
    ("count", "before", "suspicious"),
    [
        pytest.param(100, ORDINARY, False, id="ordinary"),
        pytest.param(51, ORDINARY, False, id="half"),
        pytest.param(49, ORDINARY, True, id="less-than-half-and-least"),
        pytest.param(49, (*ORDINARY[1:], 40), False, id="as-low-was-seen"),
        pytest.param(40, (*ORDINARY[1:], 40), True, id="as-low-as-the-least"),
        pytest.param(0, (*ORDINARY[1:], 0), True, id="nothing-again"),
        pytest.param(9, (*ORDINARY[3:], 0, 0, 0), True, id="outage-that-lasts"),
        pytest.param(10, (*ORDINARY[3:], 0, 0, 0), False, id="a-tenth-and-lower-was-seen"),
        pytest.param(0, (9,) * 14, False, id="small-numbers"),
        pytest.param(0, (10,) * 14, True, id="no-more-small"),
        pytest.param(600, ORDINARY, False, id="catching-up"),
    ],
)
def test_rule(count: int, before: Sequence[int], suspicious: bool) -> None:
    assert is_suspicious(count, before) is suspicious


@pytest.mark.parametrize(
    ("day", "weekend"),
    [
        pytest.param(date(2026, 11, 20), False, id="friday"),
        pytest.param(date(2026, 11, 21), False, id="saturday-brings-friday"),
        pytest.param(date(2026, 11, 22), True, id="sunday"),
        pytest.param(date(2026, 11, 23), True, id="monday-brings-sunday"),
        pytest.param(date(2026, 11, 24), False, id="tuesday"),
    ],
)
def test_kind_of_day(day: date, weekend: bool) -> None:
    assert brings_weekend(day) is weekend


def figures(last: date, days: int, *, source: str = "boamp", **now: int) -> list[DayFigures]:
    """Days of 100 notices and 200 documents (a tenth at week-ends), then the last one."""
    past = [last - timedelta(days=back) for back in range(days, 0, -1)]
    told = [
        DayFigures(source=source, title="BOAMP", day=day, notices=100 // share, documents=200 // share)
        for day in past
        for share in (10 if brings_weekend(day) else 1,)
    ]
    return [*told, DayFigures(source=source, title="BOAMP", day=last, **now)]


def test_a_quiet_sunday_is_no_alarm() -> None:
    assert suspicions(figures(date(2026, 11, 22), 40, notices=10, documents=20)) == ()


def test_a_day_as_quiet_as_a_sunday_is_one() -> None:
    found = suspicions(figures(FRIDAY, 40, notices=10, documents=150))
    assert [suspicion_words(one) for one in found] == [
        "BOAMP : 10 avis nouveaux seulement, contre 100 d'ordinaire (100 au moins ces 14 derniers jours de semaine). "
        "Vérifiez la source : clausoscope sources check boamp"
    ]


def test_notices_and_documents_are_judged_apart() -> None:
    found = suspicions(figures(FRIDAY, 40, notices=95, documents=1))
    assert [(one.what, one.found, one.usual) for one in found] == [("documents", 1, 200)]
    assert suspicion_words(found[0]).startswith("BOAMP : 1 document nouveau seulement, contre 200 d'ordinaire")


@pytest.mark.parametrize(("days", "told"), [pytest.param(6, 0, id="four-days"), pytest.param(7, 2, id="five-days")])
def test_nothing_is_said_before_five_days(days: int, told: int) -> None:
    assert len(suspicions(figures(FRIDAY, days, notices=0, documents=0))) == told


def test_only_fourteen_days_of_the_source_count() -> None:
    old = [
        DayFigures(source="boamp", title="BOAMP", day=FRIDAY - timedelta(days=back), notices=0, documents=0)
        for back in range(41, 56)
    ]
    other = figures(FRIDAY, 40, source="ted", notices=100, documents=200)
    found = suspicions([*old, *figures(FRIDAY, 40, notices=40, documents=200), *other])
    assert [(one.source, one.what, one.least, one.days) for one in found] == [("boamp", "notices", 100, 14)]


# ---------------------------------------------------------------- from the database


def night(
    engine: Engine,
    day: date,
    *,
    notices: int,
    source: str = "boamp",
    since: date | None = None,
    until: date | None = None,
    departements: Sequence[str] = (),
    error: str | None = None,
) -> int:
    """A night of that day, as the flow records it."""
    id = start_night(engine, command="nightly", since=since, until=until or day, departements=departements)
    run = start_run(engine, command="nightly", fingerprint="x", night_id=id)
    start_source(engine, night_id=id, run_id=run, name=source, title=source.upper())
    counts = SourceProgress(new_notices=notices, documents=2 * notices)
    advance(engine, counts, (), night_id=id, source=source, scope="")
    finish_source(engine, night_id=id, source=source, error=error)
    finish_night(engine, id)
    started = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(text("UPDATE nights SET started_at = :at WHERE id = :id"), {"at": started, "id": id})
    return id


def test_only_nights_alike_are_compared_and_those_of_a_day_are_added(engine: Engine) -> None:
    wednesday, thursday = FRIDAY - timedelta(days=2), FRIDAY - timedelta(days=1)
    night(engine, FRIDAY - timedelta(days=60), notices=1)
    night(engine, wednesday, notices=50)
    night(engine, wednesday, notices=7)
    night(engine, wednesday, notices=900, since=wednesday)
    night(engine, thursday, notices=900, until=wednesday)
    night(engine, thursday, notices=900, departements=("93",))
    night(engine, thursday, notices=900, error="En panne.")
    night(engine, thursday, notices=60, source="ted")
    last = night(engine, FRIDAY, notices=40)
    night(engine, FRIDAY, notices=3)

    assert day_figures(engine, last) == (
        DayFigures(source="boamp", title="BOAMP", day=wednesday, notices=57, documents=114),
        DayFigures(source="boamp", title="BOAMP", day=FRIDAY, notices=40, documents=80),
    )
    assert [day.notices for day in day_figures(engine, last + 1)] == [57, 43]


@pytest.mark.parametrize("kind", ["back-fill", "failed"])
def test_what_is_not_compared(engine: Engine, kind: str) -> None:
    for back in range(30, 0, -1):
        night(engine, FRIDAY - timedelta(days=back), notices=100)
    if kind == "failed":
        last = night(engine, FRIDAY, notices=0, error="En panne.")
    else:
        last = night(engine, FRIDAY, notices=0, since=FRIDAY)
    assert day_figures(engine, last) == ()
    assert suspicions(day_figures(engine, last)) == ()
    assert [one.found for one in suspicions(day_figures(engine, night(engine, FRIDAY, notices=0)))] == [0, 0]
