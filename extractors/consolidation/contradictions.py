"""Where two sources of a tender disagree; what only repeats, completes or rounds is no contradiction.

Figures are compared only when they measure the same thing: same lot, unit and period, firm with firm, a minimum with
a minimum. Sources agree as soon as one way to read their figures is common (a figure, the sum of its phases, what it
is derived from). Lexicon: `lexicons/contradictions.toml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.codes import label
from extractors.consolidation.claims import Claim, claims_of, lot_order, own_lot, proof_of
from extractors.consolidation.figures import Verdict, compared
from extractors.consolidation.order import order_of, rank
from extractors.consolidation.records import Contradiction, Side, Source, StatedClause, StatedVolume, Subject
from extractors.schema import WHOLE_CONTRACT
from extractors.tomlfiles import load_toml, record
from extractors.words import lots as lots_in_words
from extractors.words import number, volume

CONTRADICTIONS_FILE = Path(__file__).parents[1] / "lexicons" / "contradictions.toml"
_BOTH = "reserve_handicap_iae"
_RESERVES = ("reserve_handicap", "reserve_iae")
_SAME_WEIGHT = 0.05
"""Points of the mark."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the lexicon says of contradictions."""

    tolerance_percent: float
    ignored: tuple[str, ...]
    of_all_lots: tuple[str, ...]
    denies: Mapping[str, tuple[str, ...]]


@cache
def load_settings(path: Path = CONTRADICTIONS_FILE) -> Settings:
    """The lexicon, checked; RuleError names what is wrong."""
    data = load_toml(path, keys=("tolerance_percent", "ignored", "of_all_lots", "denies"))
    denies = {category: tuple(denied) for category, denied in data["denies"].items()}
    return record(Settings, {**data, "denies": denies}, where=path.name)


def contradictions_of(category: str, claims: Mapping[str, Sequence[Claim]]) -> Iterator[Contradiction]:
    """Within one category: figures and weights of each lot, and which lots; `claims` by lot, the strongest first."""
    for lot, sharing in claims.items():
        heard = [claim for claim in sharing if _is_heard(claim.source)]
        yield from _figures(category, lot, heard)
        yield from _weights(category, lot, heard)
    yield from _lots(category, [claim for sharing in claims.values() for claim in sharing])


def presence_contradictions(
    category: str, sources: Sequence[Source], claims: Sequence[Claim]
) -> Iterator[Contradiction]:
    """A source that states the clause, another that says there is none."""
    order = order_of(category)
    ranked = sorted(
        (claim for claim in claims if claim.clauses and _is_heard(claim.source)),
        key=lambda claim: rank(claim.source, sources, order),
    )
    for source in filter(_is_heard, sources):
        absence = next((a for a in source.absences if category in _denied(a.category)), None)
        rival = next((c for c in ranked if c.source.id != source.id and _same_scope(c, source)), None)
        if absence is None or rival is None:
            continue
        there = _side(rival.source.id, label("category", category), rival.clauses[0])
        page, quote = proof_of(absence.evidence)
        absent = Side(document_id=source.id, value="absence dite", page=page, quote=quote)
        stronger = rank(rival.source, sources, order) <= rank(source, sources, order)
        kept, other = (there, absent) if stronger else (absent, there)
        lot = own_lot(source) or WHOLE_CONTRACT
        yield Contradiction(lot=lot, category=category, subject="presence", kept=kept, other=other)


def reserve_contradictions(sources: Sequence[Source]) -> Iterator[Contradiction]:
    """A lot reserved for EA and ESAT by one source, for SIAE by another, neither of which says both."""
    order = order_of(_BOTH)
    heard = sorted(filter(_is_heard, sources), key=lambda source: (rank(source, sources, order), source.path))
    told_of = [[claim.source.id for claim in claims_of(heard, category)] for category in (_BOTH, *_RESERVES)]
    both = {*told_of[0], *(id for id in told_of[1] if id in told_of[2])}
    claims = [(claim, category) for category in _RESERVES for claim in claims_of(heard, category)]
    claims = [told for told in claims if told[0].source.id not in both]
    claims.sort(key=lambda told: heard.index(told[0].source))
    for lot in sorted({lot for claim, _ in claims for lot in claim.lots}, key=lot_order):
        of_lot = [told for told in claims if lot in told[0].lots]
        first, category = of_lot[0]
        rival = next((told for told in of_lot if told[1] != category), None)
        if rival is None:
            continue
        pair = ((first, category), rival)
        kept, other = (_side(c.source.id, label("category", name), c.clause_of(lot)) for c, name in pair)
        yield Contradiction(lot=lot, category=category, subject="reserve", kept=kept, other=other)


def _figures(category: str, lot: str, claims: Sequence[Claim]) -> Iterator[Contradiction]:
    """Each other figure once, against the strongest source that measures the same thing."""
    tolerance = load_settings().tolerance_percent
    told: set[str] = set()
    for index, claim in enumerate(claims):
        verdicts = (
            (stronger, compared(stronger.volumes_of(lot), claim.volumes_of(lot), tolerance_percent=tolerance))
            for stronger in claims[:index]
        )
        stronger, verdict = next(((c, v) for c, v in verdicts if v is not None), (None, None))
        if stronger is None or not isinstance(verdict, Verdict):
            continue
        other = _volume_side(claim.source.id, verdict.other)
        if other.value not in told:
            told.add(other.value)
            subject: Subject = "hours" if verdict.kept.volume.unit == "hours" else "quantity"
            kept = _volume_side(stronger.source.id, verdict.kept)
            yield Contradiction(lot=lot, category=category, subject=subject, kept=kept, other=other)


def _weights(category: str, lot: str, claims: Sequence[Claim]) -> Iterator[Contradiction]:
    weighed = [
        (claim.source.id, clause, clause.clause.weight_percent)
        for claim in claims
        if (clause := claim.clause_of(lot)) and clause.clause.weight_percent is not None
    ]
    told: set[float] = set()
    for document_id, clause, weight in weighed[1:]:
        first_id, first, kept = weighed[0]
        if abs(weight - kept) > _SAME_WEIGHT and weight not in told:
            told.add(weight)
            sides = (_side(first_id, f"{number(kept)} %", first), _side(document_id, f"{number(weight)} %", clause))
            yield Contradiction(lot=lot, category=category, subject="weight", kept=sides[0], other=sides[1])


def _lots(category: str, claims: Iterable[Claim]) -> Iterator[Contradiction]:
    """Sources that tell of all the lots, and name others than the strongest of them."""
    settings = load_settings()
    by_source = {claim.source.id: claim for claim in claims}
    naming = [
        claim
        for claim in by_source.values()
        if claim.clauses
        and claim.source.doc_type in settings.of_all_lots
        and WHOLE_CONTRACT not in claim.lots
        and not claim.is_of_one_lot
    ]
    order = order_of(category)
    sources = [claim.source for claim in naming]
    naming.sort(key=lambda claim: (rank(claim.source, sources, order), claim.source.path))
    told: set[frozenset[str]] = set()
    for claim in naming[1:]:
        if claim.lots != naming[0].lots and claim.lots not in told:
            told.add(claim.lots)
            kept, other = (_side(c.source.id, _in_words(c.lots), c.clauses[0]) for c in (naming[0], claim))
            yield Contradiction(lot=WHOLE_CONTRACT, category=category, subject="lots", kept=kept, other=other)


def _in_words(lots: Iterable[str]) -> str:
    return lots_in_words(tuple(sorted(lots, key=lot_order)))


def _denied(category: str) -> tuple[str, ...]:
    return load_settings().denies.get(category, (category,))


def _is_heard(source: Source) -> bool:
    return source.doc_type not in load_settings().ignored


def _same_scope(claim: Claim, source: Source) -> bool:
    """An absence told by the document of one lot denies the clause of that lot only, not that of the contract."""
    lot = own_lot(source)
    return lot is None or lot in claim.lots


def _volume_side(document_id: int, stated: StatedVolume) -> Side:
    page, quote = proof_of(stated.volume.evidence)
    return Side(document_id=document_id, value=volume(stated.volume), page=page, quote=quote)


def _side(document_id: int, value: str, stated: StatedClause | None) -> Side:
    page, quote = proof_of(stated.clause.evidence if stated else ())
    return Side(document_id=document_id, value=value, page=page, quote=quote)
