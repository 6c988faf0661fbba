"""A small database whose every figure is known: the answers of the analysts' questions are counted by hand on it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.correction_tables import CorrectionRow
from models.database import writing
from models.finding_tables import ClauseLotRow, ClauseRow, EvidenceRow, LotRow, VolumeRow
from models.places import fill_places
from models.tables import BatchDocumentRow, DocumentPathRow, DocumentRow, ReadingRow, RunRow, TenderRow
from models.tender_tables import AgreementRow, ConsolidatedRow, ContradictionRow, DocumentVersionRow

NOW = datetime(2026, 10, 20, 8, tzinfo=UTC)

TENDERS: tuple[dict[str, Any], ...] = (
    # 1. School, two lots: the whole contract asks 1,000 h, its lots 700 + 500. 1,200 h count.
    {"buyer": "Ville de Paris", "object": "École", "departments": ["75"], "family": "BAT", "day": date(2026, 9, 10)}
    | {"declared": "clause", "agreement": "agree", "obligation": "found"},
    # 2. Cleaning over two départements: 12,000 h derived, and a criterion.
    {"buyer": "Département", "object": "Nettoyage", "departments": ["93", "75"], "family": "NET"}
    | {"day": date(2026, 9, 20), "declared": "rien", "agreement": "found_only", "obligation": "found"},
    # 3. Parks in the year of another coordination: a lot reserved, another of 300 h.
    {"buyer": "Ville de Paris", "object": "Parcs", "departments": ["77"], "family": "EV", "day": date(2018, 3, 1)}
    | {"declared": None, "agreement": None, "obligation": "before"},
    # 4. Parks again: the whole contract asks 400 h, its lot 100. 400 h count.
    {"buyer": "Ville de Melun", "object": "Tonte", "departments": ["77"], "family": "EV", "day": date(2026, 10, 5)}
    | {"declared": "clause", "agreement": "agree", "obligation": "found"},
    # 5. Software: declared, not found.
    {"buyer": "Ville de Paris", "object": "Logiciel", "departments": ["92"], "family": "NUM"}
    | {"day": date(2026, 10, 12), "declared": "clause", "agreement": "declared_only", "obligation": "absent"},
    # 6. Nothing is known of it but a reservation.
    {"buyer": None, "object": None, "departments": [], "family": None, "day": date(2026, 10, 15)}
    | {"declared": "aucune", "agreement": "unknown", "obligation": "not_known"},
)
CONSOLIDATED: tuple[dict[str, Any], ...] = (
    {"tender_id": 1, "lot": "*", "category": "clause_insertion", "hours": 1000},
    {"tender_id": 1, "lot": "1", "category": "clause_insertion", "hours": 700, "contradiction_count": 1},
    {"tender_id": 1, "lot": "2", "category": "clause_insertion", "hours": 500, "is_corrected": True},
    {"tender_id": 2, "lot": "*", "category": "clause_insertion", "hours": 12000, "hours_derived": True}
    | {"formula": "10 % × 120 000"},
    {"tender_id": 2, "lot": "*", "category": "critere_social", "weight_percent": 15},
    {"tender_id": 3, "lot": "1", "category": "reserve_handicap"},
    {"tender_id": 3, "lot": "2", "category": "clause_insertion", "hours": 300},
    {"tender_id": 3, "lot": "*", "category": "critere_social", "weight_percent": 5},
    {"tender_id": 4, "lot": "*", "category": "clause_insertion", "hours": 400},
    {"tender_id": 4, "lot": "1", "category": "clause_insertion", "hours": 100},
    {"tender_id": 6, "lot": "*", "category": "reserve_handicap_iae"},
)
AGREEMENTS = (
    (1, "yes", "yes", "agree"),
    (2, "unsaid", "yes", "found_only"),
    (4, "yes", "yes", "agree"),
    (5, "yes", "no", "declared_only"),
    (6, "yes", "unknown", "unknown"),
)
"""Tender, what its notices say of a clause, what its documents do, and how they compare."""
LOTS = {
    1: (("1", "Gros œuvre", "BAT"), ("2", "Espaces verts", "EV")),
    3: (("1", "Désherbage", "EV"), ("2", "Élagage", "EV")),
    4: (("1", "Tonte", "EV"),),
}
"""By tender: number, title, family."""


def fill(engine: Engine) -> None:
    """Write it; the row numbers are those of the order above."""
    with writing(engine) as session:
        _runs(session)
        for number, facts in enumerate(TENDERS, 1):
            tender = TenderRow(id=number, key=f"T{number}", reference=f"26-{number:03}", state="open", **facts)
            tender.published, tender.obligation_reason = tender.day, "À l'essai"
            session.add(tender)
        session.flush()
        for number in range(1, len(TENDERS) + 1):
            _document(session, number, tender_id=number)
        _document(session, 7, tender_id=1, doc_type="rc")
        session.flush()
        for number in (1, 2, 3):
            _findings(session, number)
        session.flush()
        session.add_all(map(_consolidated, CONSOLIDATED))
        session.flush()
        _judgements(session)
        fill_places(session, range(1, len(TENDERS) + 1))


def _runs(session: Session) -> None:
    session.add(RunRow(id=1, command="ingest", fingerprint="f1", started_at=NOW, finished_at=NOW, seen=7, ok=7))
    session.add(RunRow(id=2, command="reprocess", fingerprint="f2", started_at=NOW, name="automne", selection="{}"))
    session.flush()


def _document(session: Session, number: int, *, tender_id: int, doc_type: str = "ccap") -> None:
    session.add(DocumentRow(id=number, sha256=f"{number:064x}", size=10, status="ok", fingerprint="f1", run_id=1))
    session.flush()
    session.add(
        ReadingRow(
            id=number, document_id=number, run_id=1, is_current=True, fingerprint="f1", status="ok", doc_type=doc_type
        )
    )
    name = f"{doc_type}-{number}.pdf"
    session.add(DocumentPathRow(path=f"/dce/{name}", name=name, document_id=number, tender_id=tender_id))
    session.flush()
    if doc_type == "ccap":
        for lot, title, family in LOTS.get(tender_id, ()):
            session.add(LotRow(reading_id=number, number=lot, title=title, families=[family], family=family))


def _findings(session: Session, number: int) -> None:
    """A clause and a volume of the document, each with its proof."""
    session.add(
        ClauseRow(
            id=number,
            reading_id=number,
            category="clause_insertion",
            confidence=0.9,
            rule="heures",
            lots=[ClauseLotRow(lot="*")],
            evidence=[EvidenceRow(position=0, page=3, quote="Clause d'insertion")],
        )
    )
    session.add(
        VolumeRow(
            id=number,
            reading_id=number,
            category="clause_insertion",
            lot="*",
            value=100 * number,
            unit="hours",
            per="contract",
            bound="minimum",
            confidence=0.9,
            rule="heures",
            evidence=[EvidenceRow(position=0, page=4, quote=f"{100 * number} heures")],
        )
    )


def _consolidated(facts: dict[str, Any]) -> ConsolidatedRow:
    unknown = {"hours_derived": False, "contradiction_count": 0, "is_corrected": False}
    kept = {"doc_type": "ccap", "document_id": facts["tender_id"], "page": 4, "quote": "Citation retenue"}
    return ConsolidatedRow(**({"confidence": 0.9, "source_count": 2} | unknown | kept | facts))


def _judgements(session: Session) -> None:
    """What disagrees, what was replaced, what people said, and a batch that is half done."""
    sides = {"kept_document_id": 1, "kept_page": 4, "kept_quote": "700 heures", "other_document_id": 7}
    told = {"other_page": 2, "other_quote": "600 heures"}
    hours = {"category": "clause_insertion", "subject": "hours", "tender_id": 1, **sides, **told}
    session.add(ContradictionRow(consolidated_id=2, lot="1", kept_value="700 h", other_value="600 h", **hours))
    session.add(ContradictionRow(consolidated_id=3, lot="2", kept_value="500 h", other_value="450 h", **hours))
    session.add(
        DocumentVersionRow(
            tender_id=1, path="/dce/rc-7.pdf", document_id=7, replaced_by=1, replaced_at=NOW, reason="name"
        )
    )
    shared = {"author": "facilitatrice", "created_at": NOW, "checked_at": NOW, "category": "clause_insertion"}
    for number, (state, reason) in enumerate((("applied", "Lu au CCAP"), ("text_changed", "Vu au RC")), 1):
        session.add(
            CorrectionRow(
                kind="clause",
                action="confirm",
                document_id=number,
                tender_id=number,
                lot="*",
                page=3,
                quote="Clause d'insertion",
                before={"lot": "*"},
                reason=reason,
                state=state,
                **shared,
            )
        )
    for tender_id, declared, found, result in AGREEMENTS:
        session.add(
            AgreementRow(
                tender_id=tender_id, lot="*", consideration="clause", declared=declared, found=found, result=result
            )
        )
    for document_id, state in ((1, "changed"), (2, "todo")):
        session.add(BatchDocumentRow(run_id=2, document_id=document_id, state=state))
