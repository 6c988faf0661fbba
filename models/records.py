"""Findings ⇄ rows: the only place where what was found becomes rows, all those of a batch at once, and comes back.

A record and its row name their columns alike; lots of a clause and proofs are rows of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any, TypeVar

from sqlalchemy import insert
from sqlalchemy.orm import Session

from extractors.schema import (
    Absence,
    Clause,
    Contact,
    Evidence,
    Extraction,
    Lot,
    Penalty,
    Problem,
    Term,
    Volume,
)
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

Record = Lot | Clause | Volume | Penalty | Contact | Term | Absence | Problem
FindingRow = LotRow | ClauseRow | VolumeRow | PenaltyRow | ContactRow | TermRow | AbsenceRow | ProblemRow
Found = TypeVar("Found", Lot, Clause, Volume, Penalty, Contact, Term, Absence, Problem)

_TABLES: Mapping[type[Record], type[FindingRow]] = {
    Lot: LotRow,
    Clause: ClauseRow,
    Volume: VolumeRow,
    Penalty: PenaltyRow,
    Contact: ContactRow,
    Term: TermRow,
    Absence: AbsenceRow,
    Problem: ProblemRow,
}
_PROOF_OF: Mapping[type[FindingRow], str] = {
    ClauseRow: "clause_id",
    VolumeRow: "volume_id",
    PenaltyRow: "penalty_id",
    ContactRow: "contact_id",
    TermRow: "term_id",
    AbsenceRow: "absence_id",
}
_APART: Mapping[type[Record], frozenset[str]] = {Clause: frozenset({"evidence", "lots"})}
_PLAIN: Mapping[type[Record], tuple[str, ...]] = {
    kind: tuple(f.name for f in fields(kind) if f.name not in _APART.get(kind, {"evidence"})) for kind in _TABLES
}
"""The fields that are columns of the row."""


# ---------------------------------------------------------------- records → rows


def save_findings(session: Session, extractions: Mapping[int, Extraction]) -> None:
    """Write everything that was found; `extractions`: id of a new reading → what was read."""
    found = [
        (row_of(record, reading_id=reading_id), record)
        for reading_id, extraction in extractions.items()
        for record in _records(extraction)
    ]
    session.add_all(row for row, _ in found)
    session.flush()  # gives the rows their ids
    # Half of the rows are proofs, that nothing refers to: they need no object, and no id in return.
    if proofs := [proof for row, record in found for proof in _proofs(row, record)]:
        session.execute(insert(EvidenceRow), proofs)


def save_finding(session: Session, record: Clause | Volume, *, reading_id: int, correction_id: int) -> int:
    """Write one row, that a correction says, with its proofs; its id."""
    row = row_of(record, reading_id=reading_id)
    assert isinstance(row, ClauseRow | VolumeRow)
    row.correction_id = correction_id
    session.add(row)
    session.flush()
    if proofs := list(_proofs(row, record)):
        session.execute(insert(EvidenceRow), proofs)
    return int(row.id)


def row_of(record: Record, *, reading_id: int) -> FindingRow:
    """The row of a record, without its proofs, to be added to a session."""
    plain = {name: getattr(record, name) for name in _PLAIN[type(record)]}
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
    row = _TABLES[type(record)](reading_id=reading_id, **values)
    if isinstance(record, Clause) and isinstance(row, ClauseRow):
        row.lots = [ClauseLotRow(lot=lot) for lot in dict.fromkeys(record.lots)]
    if isinstance(record, Lot) and isinstance(row, LotRow):
        row.family = next(iter(record.families), None)
    return row


def _records(extraction: Extraction) -> Iterator[Record]:
    # A lot is joined by its number, and must not multiply the clauses: the first of a number stands.
    yield from {lot.number: lot for lot in reversed(extraction.lots)}.values()
    for records in (
        *(extraction.clauses, extraction.volumes, extraction.penalties, extraction.contacts, extraction.terms),
        *(extraction.absences, extraction.problems),
    ):
        yield from records


def _proofs(row: FindingRow, record: Record) -> Iterator[dict[str, Any]]:
    for position, proof in enumerate(getattr(record, "evidence", ())):
        x0, top, x1, bottom = proof.bbox or (None, None, None, None)
        yield {
            **dict.fromkeys(_PROOF_OF.values()),
            _PROOF_OF[type(row)]: row.id,
            "position": position,
            "page": proof.page,
            "quote": proof.quote,
            "section": proof.section,
            "via": proof.via,
            "read_as": proof.read_as,
            "x0": x0,
            "top": top,
            "x1": x1,
            "bottom": bottom,
        }


# ---------------------------------------------------------------- rows → records


def record_of(row: FindingRow, kind: type[Found]) -> Found:
    """The record that a row was made of, with its proofs and lots; `kind` is that of the row."""
    values = {name: getattr(row, name) for name in _PLAIN[kind]}
    made: dict[str, Any] = {n: tuple(value) if isinstance(value, list) else value for n, value in values.items()}
    if isinstance(row, ClauseRow):
        made["lots"] = tuple(lot.lot for lot in row.lots)
    if not isinstance(row, LotRow | ProblemRow):
        made["evidence"] = proofs_of(row.evidence)
    return kind(**made)


def stated_of(row: ClauseRow | VolumeRow) -> Clause | Volume:
    """The record of a row that people may correct."""
    return record_of(row, Clause) if isinstance(row, ClauseRow) else record_of(row, Volume)


def proofs_of(rows: Iterable[EvidenceRow]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            page=row.page,
            quote=row.quote,
            bbox=None
            if row.x0 is None or row.top is None or row.x1 is None or row.bottom is None
            else (row.x0, row.top, row.x1, row.bottom),
            section=row.section,
            via="ocr" if row.via == "ocr" else None,
            read_as=row.read_as,
        )
        for row in sorted(rows, key=lambda row: row.position)
    )


# ---------------------------------------------------------------- records ⇄ JSON


def to_plain(record: Clause | Volume) -> dict[str, Any]:
    """The record as JSON keeps it."""
    return asdict(record)


def from_plain(kind: str, plain: dict[str, Any]) -> Clause | Volume:
    """The record that `to_plain` gave, of a correction of this kind."""
    values = plain | {"evidence": proofs_from_plain(plain["evidence"])}
    if kind == "volume":
        return Volume(**values)
    return Clause(**(values | {"lots": tuple(plain["lots"]), "legal_refs": tuple(plain["legal_refs"])}))


def proofs_from_plain(plain: Sequence[dict[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(Evidence(**(proof | {"bbox": tuple(proof["bbox"]) if proof.get("bbox") else None})) for proof in plain)
