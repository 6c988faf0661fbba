"""Sources of one tender → one row per lot and category, with every source, the strongest and most precise first.

Figures beat binding force (a CCAP that gives no hours does not hide those of the RC); among sources that give as
much, the order of documents decides. What a person corrected wins over all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from extractors.codes import codes_of
from extractors.consolidation.claims import Claim, claims_of, firm_hours, lot_order, proof_of
from extractors.consolidation.contradictions import contradictions_of, presence_contradictions, reserve_contradictions
from extractors.consolidation.order import order_of, rank
from extractors.consolidation.records import Consolidation, Contradiction, Row, RowSource, Source
from extractors.schema import WHOLE_CONTRACT

_STATED, _DERIVED, _QUANTITY, _NOTHING = range(4)
"""How precise a source is about a lot: hours stated, hours derived, another figure, none."""


def consolidate(sources: Sequence[Source]) -> Consolidation:
    """What the sources say together; those that a later version supersedes are not given."""
    rows: list[Row] = []
    contradictions: list[Contradiction] = []
    every_lot = frozenset(lot for source in sources for lot in source.lots)
    for category in _categories(sources):
        claims = list(claims_of(sources, category))
        ordered = {lot: _ordered(category, lot, sharing) for lot, sharing in _by_lot(claims, every_lot).items()}
        for lot, sharing in ordered.items():
            rows.append(_row(category, lot, sharing))
        contradictions += contradictions_of(category, ordered)
        contradictions += presence_contradictions(category, sources, claims)
    contradictions += reserve_contradictions(sources)
    return Consolidation(rows=tuple(rows), contradictions=tuple(contradictions))


def total_hours(hours: Mapping[str, float]) -> float:
    """Hours of the tender from those of its lots: of the whole contract, or of the lots together where that is more."""
    return max(hours.get(WHOLE_CONTRACT, 0), sum(value for lot, value in hours.items() if lot != WHOLE_CONTRACT))


def _categories(sources: Sequence[Source]) -> list[str]:
    """Those that a source states, in the order of the lexicon, then those that it does not name."""
    told = {stated.clause.category for source in sources for stated in source.clauses}
    told |= {stated.volume.category for source in sources for stated in source.volumes}
    known = codes_of("category")
    return sorted(told, key=lambda category: (known.index(category) if category in known else len(known), category))


def _by_lot(claims: Sequence[Claim], every_lot: Collection[str]) -> dict[str, list[Claim]]:
    """Who speaks of each lot.

    « Le marché comporte une clause » without a figure, when another source says which lots, is no clause of all the
    lots: it backs up that of each.
    """
    lots = sorted({lot for claim in claims for lot in claim.lots}, key=lot_order)
    found = {lot: [claim for claim in claims if lot in claim.lots] for lot in lots}
    named = [lot for lot in lots if lot != WHOLE_CONTRACT]
    vague = found.get(WHOLE_CONTRACT, [])
    told = any(not claim.is_of_one_lot for lot in named for claim in found[lot]) or (
        named and set(named) >= set(every_lot)
    )
    if vague and named and told and not any(_holds_the_contract(claim) for claim in vague):
        del found[WHOLE_CONTRACT]
        for lot in named:
            found[lot] += [claim for claim in vague if claim not in found[lot]]
    return found


def _holds_the_contract(claim: Claim) -> bool:
    """Whether it says more of the whole contract than that there is a clause."""
    whole = [stated for stated in claim.clauses if WHOLE_CONTRACT in stated.clause.lots]
    return bool(claim.volumes_of(WHOLE_CONTRACT)) or any(stated.corrected for stated in whole)


def _ordered(category: str, lot: str, claims: Sequence[Claim]) -> list[Claim]:
    order = order_of(category)
    among = [claim.source for claim in claims]

    def key(claim: Claim) -> tuple[bool, int, int, bool, float, float, str]:
        hours = firm_hours(claim.volumes_of(lot))
        return (
            not is_corrected(claim, lot),
            _precision(claim, lot),
            rank(claim.source, among, order),
            lot not in claim.lots,
            -_confidence(claim, lot),
            -(hours.value if hours else 0),  # of two that are worth the same, the one that asks most
            claim.source.path,
        )

    return sorted(claims, key=key)


def is_corrected(claim: Claim, lot: str) -> bool:
    clause = claim.clause_of(lot)
    return (clause is not None and clause.corrected) or any(stated.corrected for stated in claim.volumes_of(lot))


def _precision(claim: Claim, lot: str) -> int:
    hours = firm_hours(claim.volumes_of(lot))
    if hours is not None:
        return _DERIVED if hours.derived else _STATED
    clause = claim.clause_of(lot)
    weighed = clause is not None and clause.clause.weight_percent is not None
    return _QUANTITY if weighed or claim.volumes_of(lot) else _NOTHING


def _confidence(claim: Claim, lot: str) -> float:
    clause = claim.clause_of(lot)
    own = [clause.clause.confidence] if clause else [stated.volume.confidence for stated in claim.volumes_of(lot)]
    return max(own, default=0)


def _row(category: str, lot: str, claims: Sequence[Claim]) -> Row:
    """`claims` are in order: the first is chosen; the weight comes from the first that has one."""
    chosen = claims[0]
    clause, volumes = chosen.clause_of(lot), chosen.volumes_of(lot)
    hours = firm_hours(volumes)
    proving = hours.volumes if hours else volumes
    evidence = proving[0].volume.evidence if proving else clause.clause.evidence if clause else ()
    page, quote = proof_of(evidence)
    weights = (c.clause.weight_percent for claim in claims if (c := claim.clause_of(lot)))
    return Row(
        lot=lot,
        category=category,
        hours=hours.value if hours else None,
        hours_derived=hours is not None and hours.derived,
        formula=hours.formula if hours else None,
        weight_percent=next((weight for weight in weights if weight is not None), None),
        confidence=_confidence(chosen, lot),
        doc_type=chosen.source.doc_type,
        document_id=chosen.source.id,
        clause_id=clause.id if clause else None,
        volume_id=proving[0].id if proving else None,
        page=page,
        quote=quote,
        sources=tuple(source for claim in claims for source in _statements(claim, lot)),
        corrected=is_corrected(chosen, lot),
    )


def _statements(claim: Claim, lot: str) -> Iterator[RowSource]:
    clause = claim.clause_of(lot)
    clause_id = clause.id if clause else None
    volumes = claim.volumes_of(lot)
    for stated in volumes:
        yield RowSource(document_id=claim.source.id, clause_id=clause_id, volume_id=stated.id)
    if not volumes:
        yield RowSource(document_id=claim.source.id, clause_id=clause_id)
