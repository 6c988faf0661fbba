"""Whether two sources ask the same quantities of a lot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from extractors.consolidation.records import StatedVolume
from extractors.schema import Volume

_ADDED_UP = ("hours", "training_hours", "fte", "persons", "actions")
"""Units whose figures may be the sum of those of another source."""

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Two figures that cannot both be right."""

    kept: StatedVolume
    other: StatedVolume


def compared(
    kept: Sequence[StatedVolume], other: Sequence[StatedVolume], *, tolerance_percent: float
) -> Verdict | Literal["agree"] | None:
    """None when the two measure nothing in common; a verdict only when nothing that they measure alike agrees."""
    verdict: Verdict | None = None
    for unit, per in dict.fromkeys((s.volume.unit, s.volume.per) for s in kept):
        pair = _pair(kept, other, unit, per)
        if pair is None:
            continue
        if _agree(kept, other, unit, per, tolerance_percent) and _same_thresholds(pair, tolerance_percent):
            return "agree"
        verdict = verdict or Verdict(kept=pair[0], other=pair[1])
    return verdict


def _pair(
    kept: Sequence[StatedVolume], other: Sequence[StatedVolume], unit: str, per: str
) -> tuple[StatedVolume, StatedVolume] | None:
    """The first figures of this unit and period that measure the same thing."""
    ours, theirs = ([s for s in side if (s.volume.unit, s.volume.per) == (unit, per)] for side in (kept, other))
    pairs = ((one, two) for one in ours for two in theirs)
    return next((pair for pair in pairs if _alike(pair[0].volume, pair[1].volume)), None)


def _alike(one: Volume, two: Volume) -> bool:
    bounds = {one.bound, two.bound}
    same_bound = len(bounds) == 1 or ("unspecified" in bounds and "maximum" not in bounds)
    return same_bound and (one.phase or "firm") == (two.phase or "firm")


def _agree(
    kept: Sequence[StatedVolume], other: Sequence[StatedVolume], unit: str, per: str, tolerance_percent: float
) -> bool:
    ours, theirs = (list(_readings([s.volume for s in side], unit, per)) for side in (kept, other))
    return any(_meet(one, two, tolerance_percent) for one in ours for two in theirs)


def _readings(volumes: Sequence[Volume], unit: str, per: str) -> Iterator[Interval]:
    """Every way to read what a source asks in this unit: each figure, their sums, and what they are worth in all."""
    own = [volume for volume in volumes if (volume.unit, volume.per) == (unit, per)]
    yield from map(_interval, own)
    if unit in _ADDED_UP and len(own) > 1:
        firm = [volume for volume in own if volume.phase in (None, "firm")]
        for together in (own, firm):
            total = sum(volume.value for volume in together)
            yield total, total
    if (unit, per) == ("hours", "contract"):
        yield from ((v.derived_hours, v.derived_hours) for v in volumes if v.derived_hours is not None)


def _interval(volume: Volume) -> Interval:
    by = volume.per_amount_eur or 1  # « 1 heure par 2 000 € » is « 5 heures par 10 000 € »
    return volume.value / by, (volume.value_max or volume.value) / by


def _meet(one: Interval, two: Interval, tolerance_percent: float) -> bool:
    slack = max(one[1], two[1]) * tolerance_percent / 100
    return one[0] <= two[1] + slack and two[0] <= one[1] + slack


def _same_thresholds(pair: tuple[StatedVolume, StatedVolume], tolerance_percent: float) -> bool:
    one, two = (stated.volume.threshold_eur for stated in pair)
    return one is None or two is None or _meet((one, one), (two, two), tolerance_percent)
