"""What was found in documents, as rows: the only place where findings become rows, all those of a batch at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from extractors.schema import Evidence, Extraction
from models.finding_tables import (
    AbsenceRow,
    ClauseLotRow,
    ClauseRow,
    ContactRow,
    EvidenceRow,
    LotRow,
    PenaltyRow,
    ProblemRow,
    TermRow,
    VolumeRow,
)

_Row = LotRow | ClauseRow | VolumeRow | PenaltyRow | ContactRow | TermRow | AbsenceRow | ProblemRow
_Finding = tuple[_Row, tuple[Evidence, ...]]
_PROOF_OF: Mapping[type[_Row], str] = {
    ClauseRow: "clause_id",
    VolumeRow: "volume_id",
    PenaltyRow: "penalty_id",
    ContactRow: "contact_id",
    TermRow: "term_id",
    AbsenceRow: "absence_id",
}


def save_findings(session: Session, extractions: Mapping[int, Extraction]) -> None:
    """Write everything that was found; `extractions`: id of a new reading → what was read."""
    found = [finding for reading_id, extraction in extractions.items() for finding in _findings(extraction, reading_id)]
    session.add_all(row for row, _ in found)
    session.flush()  # gives the rows their ids
    # Half of the rows are proofs, that nothing refers to: they need no object, and no id in return.
    proofs = [proof for row, evidence in found for proof in _proofs(row, evidence)]
    if proofs:
        session.execute(insert(EvidenceRow), proofs)


def _findings(extraction: Extraction, reading_id: int) -> Iterator[_Finding]:
    # A lot is joined by its number, and must not multiply the clauses: the first of a number stands.
    for lot in {lot.number: lot for lot in reversed(extraction.lots)}.values():
        yield (
            LotRow(
                reading_id=reading_id,
                number=lot.number,
                title=lot.title,
                families=list(lot.families),
                family=next(iter(lot.families), None),
            ),
            (),
        )
    for clause in extraction.clauses:
        yield (
            ClauseRow(
                reading_id=reading_id,
                category=clause.category,
                weight_percent=clause.weight_percent,
                legal_refs=list(clause.legal_refs),
                confidence=clause.confidence,
                rule=clause.rule,
                lots=[ClauseLotRow(lot=lot) for lot in dict.fromkeys(clause.lots)],
            ),
            clause.evidence,
        )
    for volume in extraction.volumes:
        yield (
            VolumeRow(
                reading_id=reading_id,
                category=volume.category,
                lot=volume.lot,
                value=volume.value,
                value_max=volume.value_max,
                unit=volume.unit,
                per=volume.per,
                per_amount_eur=volume.per_amount_eur,
                threshold_eur=volume.threshold_eur,
                phase=volume.phase,
                bound=volume.bound,
                derived_hours=volume.derived_hours,
                formula=volume.formula,
                confidence=volume.confidence,
                rule=volume.rule,
            ),
            volume.evidence,
        )
    for penalty in extraction.penalties:
        yield (
            PenaltyRow(
                reading_id=reading_id,
                amount_eur=penalty.amount_eur,
                per=penalty.per,
                confidence=penalty.confidence,
                rule=penalty.rule,
            ),
            penalty.evidence,
        )
    for contact in extraction.contacts:
        yield (
            ContactRow(
                reading_id=reading_id,
                organisation=contact.organisation,
                email=contact.email,
                phone=contact.phone,
                role=contact.role,
            ),
            contact.evidence,
        )
    for term in extraction.terms:
        yield (
            TermRow(
                reading_id=reading_id,
                kind=term.kind,
                code=term.code,
                confidence=term.confidence,
                rule=term.rule,
            ),
            term.evidence,
        )
    for absence in extraction.absences:
        yield (
            AbsenceRow(
                reading_id=reading_id,
                category=absence.category,
                rule=absence.rule,
            ),
            absence.evidence,
        )
    for problem in extraction.problems:
        yield (
            ProblemRow(
                reading_id=reading_id,
                stage=problem.stage,
                code=problem.code,
                message=problem.message,
                page=problem.page,
            ),
            (),
        )


def _proofs(row: _Row, evidence: Sequence[Evidence]) -> Iterator[dict[str, Any]]:
    for position, proof in enumerate(evidence):
        x0, top, x1, bottom = proof.bbox or (None, None, None, None)
        yield {
            **dict.fromkeys(_PROOF_OF.values()),
            _PROOF_OF[type(row)]: row.id,
            "position": position,
            "page": proof.page,
            "quote": proof.quote,
            "section": proof.section,
            "x0": x0,
            "top": top,
            "x1": x1,
            "bottom": bottom,
        }
