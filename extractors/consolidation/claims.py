"""What one source says of one category, lot by lot, and the hours that it asks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath

from extractors.consolidation.records import Source, StatedClause, StatedVolume
from extractors.lots import lot_references
from extractors.schema import WHOLE_CONTRACT, Evidence, Volume

_OF_ONE_LOT = ("ae", "cctp")
"""Types of documents that are often written for one lot."""
_IN_A_FOLDER_OF_ITS_LOT = ("ae", "cctp", "ccap", "ccp", "bpu", "dpgf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Hours that a source asks firmly for a lot, and the volumes that say so."""

    value: float
    derived: bool = False
    formula: str | None = None
    """How they follow, when they are derived."""
    volumes: tuple[StatedVolume, ...]


@dataclass(frozen=True, kw_only=True)
class Claim:
    """What one source says of one category."""

    source: Source
    clauses: tuple[StatedClause, ...]
    volumes: tuple[StatedVolume, ...]

    @cached_property
    def lots(self) -> frozenset[str]:
        named = {lot for stated in self.clauses for lot in stated.clause.lots}
        return frozenset(named | {stated.volume.lot for stated in self.volumes})

    @cached_property
    def is_of_one_lot(self) -> bool:
        """Written for one lot: it says nothing of the others."""
        return own_lot(self.source) is not None

    def clause_of(self, lot: str) -> StatedClause | None:
        """Its clause of the lot, else that of the whole contract."""
        clauses = sorted(self.clauses, key=lambda stated: (lot not in stated.clause.lots, not stated.corrected))
        of_lot = (c for c in clauses if lot in c.clause.lots or WHOLE_CONTRACT in c.clause.lots)
        return next(of_lot, None)

    def volumes_of(self, lot: str) -> tuple[StatedVolume, ...]:
        return tuple(stated for stated in self.volumes if stated.volume.lot == lot)


def claims_of(sources: Iterable[Source], category: str) -> Iterator[Claim]:
    for source in sources:
        claim = Claim(
            source=source,
            clauses=tuple(stated for stated in source.clauses if stated.clause.category == category),
            volumes=tuple(stated for stated in source.volumes if stated.volume.category == category),
        )
        if claim.lots:
            yield claim


def firm_hours(volumes: Sequence[StatedVolume]) -> Hours | None:
    """Hours that one source asks firmly for one lot: stated, else derived from what it states; None when none are.

    A source that repeats a figure asks it once; its different figures add up.
    """
    stated = {(v.value, v.threshold_eur, v.phase): s for s in reversed(volumes) if is_firm_hours(v := s.volume)}
    if stated:
        return Hours(value=sum(key[0] for key in stated), volumes=tuple(reversed(stated.values())))
    derived = {
        (v.derived_hours, v.formula, v.phase): s
        for s in reversed(volumes)
        if (v := s.volume).derived_hours is not None and _is_firm(v)
    }
    if not derived:
        return None
    found = tuple(reversed(derived.values()))
    formulas = dict.fromkeys(s.volume.formula for s in found if s.volume.formula)
    return Hours(
        value=sum(s.volume.derived_hours or 0 for s in found),
        derived=True,
        formula=" + ".join(formulas) or None,
        volumes=found,
    )


def is_firm_hours(volume: Volume) -> bool:
    """Whether it asks firmly for hours over the whole contract."""
    return volume.unit == "hours" and volume.per == "contract" and _is_firm(volume)


def own_lot(source: Source) -> str | None:
    """The lot that a document is written for, by its name, its folder, or all that it says (act, CCTP)."""
    path = PurePath(source.path)
    for name in (path.stem, path.parent.name if source.doc_type in _IN_A_FOLDER_OF_ITS_LOT else ""):
        named = {number for reference in lot_references(name.replace("_", " ")) for number in reference.numbers}
        if len(named) == 1:
            return named.pop()
    said = {lot for stated in source.clauses for lot in stated.clause.lots} | {s.volume.lot for s in source.volumes}
    if source.doc_type in _OF_ONE_LOT and len(said) == 1 and WHOLE_CONTRACT not in said:
        return said.pop()
    return None


def lot_order(lot: str) -> tuple[bool, int, str]:
    """The whole contract, then lots as people number them: 2 before 10, 2a after 2."""
    number = re.match(r"\d+", lot)
    return lot != WHOLE_CONTRACT, int(number[0]) if number else 10_000, lot


def proof_of(evidence: Sequence[Evidence]) -> tuple[int | None, str | None]:
    return (evidence[0].page, evidence[0].quote) if evidence else (None, None)


def _is_firm(volume: Volume) -> bool:
    return volume.phase in (None, "firm") and volume.bound != "maximum"
