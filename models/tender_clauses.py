"""A clause of a tender as alerts and the morning report tell it, from the rows of `v_clauses`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderClause:
    """A clause (tender, category, lot) with its first proof."""

    tender_id: int
    tender_key: str
    reference: str | None
    buyer: str | None
    object: str | None
    departements: tuple[str, ...]
    category: str
    lot: str
    """« * » for the whole contract."""
    lot_title: str | None
    family: str | None
    hours: float
    """Asked firmly: stated, else derived; 0 when none is. Who makes the record says of what (lot, or whole tender)."""
    path: str
    page: int | None
    quote: str | None

    @property
    def key(self) -> str:
        """What names the clause in its tender."""
        return f"{self.category} {self.lot}"


def clause_of(row: Row[Any], *, hours: float) -> TenderClause:
    """The record of a row of `v_clauses`."""
    return TenderClause(
        tender_id=row.consultation_id,
        tender_key=row.consultation,
        reference=row.reference,
        buyer=row.acheteur,
        object=row.objet,
        departements=tuple(row.departements.split(", ")) if row.departements else (),
        category=row.categorie,
        lot=row.lot,
        lot_title=row.lot_titre,
        family=row.famille,
        hours=hours,
        path=row.chemin,
        page=row.page,
        quote=row.citation,
    )
