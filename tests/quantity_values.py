"""A volume as the tests of quantities write it."""

from __future__ import annotations

from dataclasses import dataclass

from extractors.quantities import Reading, read_volumes
from extractors.text import normalise

INSERTION = frozenset({"clause_insertion"})


@dataclass(frozen=True)
class V:
    """A volume that must be read: all that is scored, and its phase."""

    value: float
    unit: str = "hours"
    to: float | None = None
    per: str = "contract"
    euros: float | None = None
    above: float | None = None
    phase: str | None = None
    lots: tuple[str, ...] | None = None


def shown(reading: Reading) -> V:
    return V(
        value=reading.value,
        unit=reading.measure.unit,
        to=reading.value_max,
        per=reading.per,
        euros=reading.per_amount,
        above=reading.threshold,
        phase=reading.phase,
        lots=reading.lots,
    )


def volumes(text: str, about: frozenset[str] = INSERTION, *, intro: str = "", following: str = "") -> list[V]:
    return [shown(r) for r in read_volumes(normalise(text).text, about=about, intro=intro, following=following)]


def percent(value: float, **details: object) -> V:
    return V(value, "percent_of_hours", **details)  # type: ignore[arg-type]
