"""The publication guard: a day that brings suspiciously few notices or documents is told, never taken for calm.

The rule, for each source that answered, and for its notices and its documents apart:
- a day is compared with the last fourteen days of its kind that the source answered. Nights look back: that of a
  Sunday or of a Monday brings what was published on Saturday or Sunday, which is little; such days are compared among
  themselves. All the nights of a day count together, so that a second run of the day, which finds nothing more, raises
  no alarm, nor does it lower what is ordinary;
- it is suspicious when it brings less than half of the median, and no more than the least of those days — a rare day
  is not an alarm as long as one as low was seen —, or less than a tenth of the median, whatever was seen: an outage
  that lasts goes on being told;
- nothing is said with fewer than five days to compare with, nor where the median is below ten: small numbers vary by
  themselves.
The median does not move for the few days of exception: first night of a week, catching up, public holidays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from models import DayFigures

DAYS = 14
FEWEST_DAYS = 5
SMALLEST_MEDIAN = 10
FEW = 0.5
NEXT_TO_NOTHING = 0.1
SATURDAY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """A source that brought suspiciously little."""

    source: str
    title: str
    what: Literal["notices", "documents"]
    found: int
    usual: float
    """The median of the days it is compared with."""
    least: int
    days: int
    weekend: bool


def brings_weekend(day: date) -> bool:
    """Whether a night of this day brings what was published on a Saturday or a Sunday."""
    return (day - timedelta(days=1)).weekday() >= SATURDAY


def suspicions(figures: Sequence[DayFigures]) -> tuple[Suspicion, ...]:
    """What is suspicious of the last day of the figures; see the rule above."""
    if not figures:
        return ()
    today = max(day.day for day in figures)
    weekend = brings_weekend(today)
    found = []
    for now in (day for day in figures if day.day == today):
        past = sorted(
            (d for d in figures if d.source == now.source and d.day < today and brings_weekend(d.day) == weekend),
            key=lambda d: d.day,
        )[-DAYS:]
        for what, count, before in (
            ("notices", now.notices, [day.notices for day in past]),
            ("documents", now.documents, [day.documents for day in past]),
        ):
            if len(before) >= FEWEST_DAYS and is_suspicious(count, before):
                found.append(
                    Suspicion(
                        source=now.source,
                        title=now.title,
                        what=what,  # type: ignore[arg-type]
                        found=count,
                        usual=median(before),
                        least=min(before),
                        days=len(before),
                        weekend=weekend,
                    )
                )
    return tuple(found)


def is_suspicious(count: int, before: Sequence[int]) -> bool:
    usual = median(before)
    if usual < SMALLEST_MEDIAN:
        return False
    return count < usual * NEXT_TO_NOTHING or (count < usual * FEW and count <= min(before))
