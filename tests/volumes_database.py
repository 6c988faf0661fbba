"""A database of synthetic tenders, as many as asked, written in bulk: what the speed of the views is measured on."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Engine, insert

from extractors.codes import codes_of
from models.bulk import chunks
from models.correction_tables import CorrectionRow
from models.database import writing
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
from models.night_tables import DownloadRow, NightRow, NightSourceRow, SourceRow
from models.notice_tables import DeclaredRow, NoticeLinkRow, NoticeLotRow, NoticeRow
from models.places import fill_places
from models.tables import BatchDocumentRow, DocumentPathRow, DocumentRow, ReadingRow, RunRow, TenderRow, to_json
from models.tender_tables import (
    AgreementRow,
    ConsolidatedRow,
    ConsolidatedSourceRow,
    ContradictionRow,
    DocumentVersionRow,
)

VOLUMES_PER_TENDER = 20
DOCUMENTS = ("avis", "rc", "ccap", "cctp")
LOTS = ("*", "1", "2", "3", "4")
FAMILIES = codes_of("family")
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
QUOTE = "Le titulaire réserve à l'insertion professionnelle au moins {} heures de travail sur la durée du marché."


def fill_volumes(engine: Engine, volumes: int) -> None:
    """As many tenders as the volumes need, with documents, clauses and all that goes with them, in bulk."""
    choice = random.Random(7)
    tenders = max(1, volumes // VOLUMES_PER_TENDER)
    write = _writer(engine)
    write(SourceRow, [{"name": "boamp", "title": "BOAMP", "scope": ""}])
    days = [{"id": n + 1, "command": "nightly", "started_at": NOW - timedelta(days=n)} for n in range(365)]
    write(NightRow, [day | {"until": day["started_at"].date(), "departements": []} for day in days])
    write(RunRow, [_run(n) for n in range(1, 366)])
    write(
        NightSourceRow,
        [{"night_id": n, "source": "boamp", "run_id": n, "state": "ok", "started_at": NOW} for n in range(1, 366)],
    )
    for start in range(0, tenders, 2000):
        numbers = range(start + 1, min(start + 2000, tenders) + 1)
        _tenders(write, numbers, choice)
        with writing(engine) as session:
            for chunk in chunks(numbers):
                fill_places(session, chunk)
        print(f"\r{engine.dialect.name} : {min(start + 2000, tenders)} consultations", end="", file=sys.stderr)
    print(file=sys.stderr)
    if engine.dialect.name == "postgresql":  # as its autovacuum does
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")


Write = Callable[[Any, Sequence[dict[str, Any]]], None]


def _writer(engine: Engine) -> Write:
    return partial(_insert if engine.dialect.name == "sqlite" else _copy, engine)


def _insert(engine: Engine, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    with writing(engine) as session:
        session.connection().execute(insert(table.__table__), list(rows))


def _copy(engine: Engine, table: Any, rows: Sequence[dict[str, Any]]) -> None:
    """Many times quicker than INSERT on PostgreSQL."""
    columns = [c for c in table.__table__.columns if c.name in rows[0] or (c.default and c.default.is_scalar)]
    names = ", ".join(f'"{column.name}"' for column in columns)
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        with driver.cursor() as cursor, cursor.copy(f"COPY {table.__tablename__} ({names}) FROM STDIN") as copy:
            for row in rows:
                given = (row.get(c.name, c.default.arg if c.default and c.default.is_scalar else None) for c in columns)
                copy.write_row([to_json(value) if isinstance(value, list | dict) else value for value in given])
        driver.commit()


def _run(number: int) -> dict[str, Any]:
    counts = dict.fromkeys(("seen", "skipped", "ok", "partial", "failed"), 0)
    name = f"lot {number}" if number % 50 == 0 else None
    return {
        "id": number,
        "command": "ingest",
        "fingerprint": "f",
        "started_at": NOW,
        "night_id": number,
        "name": name,
    } | counts


def _tenders(write: Write, numbers: range, choice: random.Random) -> None:
    categories = codes_of("category")
    departements = [f"{n:02}" for n in range(1, 96) if n != 20]
    rows: dict[Any, list[dict[str, Any]]] = {
        table: []
        for table in (
            *(TenderRow, DocumentRow, ReadingRow, DocumentPathRow, NoticeRow),
            *(NoticeLotRow, NoticeLinkRow, DeclaredRow, LotRow, ClauseRow, ClauseLotRow, VolumeRow, PenaltyRow),
            *(ContactRow, TermRow, AbsenceRow, ProblemRow, EvidenceRow, CorrectionRow, BatchDocumentRow),
            *(ConsolidatedRow, ConsolidatedSourceRow, ContradictionRow, DocumentVersionRow, DownloadRow, AgreementRow),
        )
    }
    for tender in numbers:
        _tender(rows, tender, choice, categories, departements)
    for table, made in rows.items():
        if made:
            write(table, made)


def _tender(
    rows: dict[Any, list[dict[str, Any]]],
    tender: int,
    choice: random.Random,
    categories: Sequence[str],
    departements: Sequence[str],
) -> None:
    day = date(2025, 11, 23) + timedelta(days=choice.randrange(365))
    places = choice.sample(departements, 2 if tender % 10 == 0 else 1)
    family = FAMILIES[min(int(choice.expovariate(0.25)), len(FAMILIES) - 1)]
    rows[TenderRow].append(
        {"id": tender, "key": f"T{tender:07}", "reference": f"26-{tender}", "buyer": f"Acheteur {tender % 2000:04}"}
        | {"object": f"Objet de la consultation {tender}", "departments": places, "cpv": ["45000000"]}
        | {"families": [family], "family": family, "state": "open", "night_id": tender % 365 + 1, "published": day}
        | {"day": day, "deadline": NOW, "declared": choice.choice(("clause", "rien"))}
        | {"agreement": choice.choice(("agree", "declared_only", "found_only", "unknown"))}
        | {"obligation": choice.choice(("found", "absent", "below", "not_known")), "obligation_reason": "Seuil"}
    )
    _notice(rows, tender, day, places)
    for position, doc_type in enumerate(DOCUMENTS):
        _document(rows, tender, (tender - 1) * len(DOCUMENTS) + position + 1, doc_type, family, categories)
    _together(rows, tender, categories)


def _notice(rows: dict[Any, list[dict[str, Any]]], tender: int, day: date, places: Sequence[str]) -> None:
    rows[NoticeRow].append(
        {
            "id": tender,
            "journal": "boamp",
            "notice_id": f"26-{tender}",
            "kind": "call",
            "published": day,
            "deadline": NOW,
        }
        | {"buyer": f"Acheteur {tender % 2000:04}", "siret": f"{tender % 2000:014}", "departements": list(places)}
        | {"cpv": ["45000000"], "tender_id": tender, "source": "boamp", "raw_path": "/raw", "sha256": "0" * 64}
        | {"fingerprint": "f", "document_id": (tender - 1) * len(DOCUMENTS) + 1, "night_id": tender % 365 + 1}
        | {"procedure": "ouverte", "estimated_eur": 1000.0 * tender}
    )
    for lot in LOTS[1:]:
        facts = {"number": lot, "title": f"Lot {lot}", "cpv": [], "position": int(lot)}
        rows[NoticeLotRow].append({"notice_id": tender, **facts})
    rows[NoticeLinkRow].append(
        {"notice_id": tender, "position": 0, "kind": "notice", "url": "https://avis.example.fr/"}
    )
    told = {"field": "criteres", "value": "oui", "lot": None, "text": ""}
    rows[DeclaredRow].append({"notice_id": tender, "position": 0, "meaning": "clause", **told})
    if tender % 5 == 0:
        facts = {"address": f"https://dce.example.fr/{tender}", "subject": f"boamp:{tender}", "kind": "dce"}
        facts |= {"source": "boamp", "state": "manual" if tender % 100 == 0 else "ok", "attempts": 1}
        nights = {"first_night_id": tender % 365 + 1, "night_id": tender % 365 + 1}
        rows[DownloadRow].append(facts | nights | {"tender_id": tender})


def _document(
    rows: dict[Any, list[dict[str, Any]]],
    tender: int,
    document: int,
    doc_type: str,
    family: str,
    categories: Sequence[str],
) -> None:
    status = "partial" if document % 200 == 0 else "ok"
    run = tender % 365 + 1
    shared = {"fingerprint": "f", "status": status, "run_id": run}
    rows[DocumentRow].append({"id": document, "sha256": f"{document:064x}", "size": 1, "night_id": run, **shared})
    facts = {"doc_type": doc_type, "pages": 20, "seconds": 0.1, "departments": [], "cpv": [], "families": [family]}
    rows[ReadingRow].append(
        {"id": document, "document_id": document, "is_current": True, "family": family, **shared, **facts}
    )
    path = f"/dce/T{tender:07}/{doc_type}-{document}.pdf"
    rows[DocumentPathRow].append(
        {"path": path, "name": path.rpartition("/")[2], "document_id": document, "tender_id": tender}
    )
    if doc_type == "rc":
        for lot in LOTS[1:]:
            own = family if tender % 3 else FAMILIES[(tender + int(lot)) % len(FAMILIES)]
            title = {"number": lot, "title": f"Lot {lot} de {tender}", "families": [own], "family": own}
            rows[LotRow].append({"reading_id": document, **title})
    found = {"reading_id": document, "confidence": 0.9, "rule": "regle"}
    for turn in range(2):
        clause = document * 2 + turn
        category = "clause_insertion" if turn == 0 else categories[(tender + document) % len(categories)]
        rows[ClauseRow].append({"id": clause, "category": category, "legal_refs": ["L2112-2"], **found})
        rows[ClauseLotRow].append({"clause_id": clause, "lot": LOTS[(document + turn) % len(LOTS)]})
        rows[EvidenceRow].append(_proof(clause_id=clause))
    for turn in range(VOLUMES_PER_TENDER // len(DOCUMENTS)):
        volume = document * 5 + turn
        value = float(10 * (volume % 500) + (20000 if volume % 700 == 0 else 0))
        facts = {"lot": LOTS[turn], "value": value, "unit": "hours", "per": "contract", "bound": "minimum"}
        rows[VolumeRow].append({"id": volume, "category": "clause_insertion", **facts, **found})
        rows[EvidenceRow].append(_proof(volume_id=volume))
    if doc_type == "ccap":
        rows[PenaltyRow].append({"id": document, "amount_eur": 60, "per": "hour", **found})
        rows[EvidenceRow].append(_proof(penalty_id=document))
        contact = {"id": document, "reading_id": document, "organisation": "EPEC", "role": "facilitator"}
        rows[ContactRow].append(contact)
        rows[EvidenceRow].append(_proof(contact_id=document))
        rows[TermRow].append({"id": document, "kind": "public", "code": "rsa" if tender % 4 else "qpv", **found})
        rows[EvidenceRow].append(_proof(term_id=document))
    if doc_type == "cctp":
        rows[AbsenceRow].append({"id": document, "category": "reserve_iae", "reading_id": document, "rule": "r"})
        rows[EvidenceRow].append(_proof(absence_id=document))
    if status == "partial":
        problem = {"stage": "read", "code": "scan", "message": "Page sans texte", "page": 3}
        rows[ProblemRow].append({"reading_id": document, **problem})
        rows[BatchDocumentRow].append({"run_id": 50, "document_id": document, "state": "changed"})


_OWNERS = ("clause_id", "volume_id", "penalty_id", "contact_id", "absence_id", "term_id")


def _proof(**owner: int) -> dict[str, Any]:
    (number,) = owner.values()
    place = {"position": 0, "page": number % 20 + 1, "quote": QUOTE.format(number), "section": "8.2"}
    return dict.fromkeys(_OWNERS) | owner | place | {"x0": 56.0, "top": 100.0, "x1": 540.0, "bottom": 124.0}


def _together(rows: dict[Any, list[dict[str, Any]]], tender: int, categories: Sequence[str]) -> None:
    """What the sources of the tender say together."""
    ccap = (tender - 1) * len(DOCUMENTS) + 3
    for place, lot in enumerate(LOTS):
        line = tender * 10 + place
        category = "clause_insertion" if place < 4 else categories[tender % len(categories)]
        hours = float(10 * (line % 300) + (15000 if line % 900 == 0 else 0)) if place < 4 else None
        facts = {"category": category, "hours": hours, "hours_derived": place == 1, "doc_type": "ccap"}
        facts |= {"weight_percent": 10.0 if category == "critere_social" else None, "confidence": 0.9}
        proof = {
            "document_id": ccap,
            "clause_id": ccap * 2,
            "volume_id": ccap * 5,
            "page": 4,
            "quote": QUOTE.format(hours),
        }
        counts = {"source_count": 2, "contradiction_count": int(tender % 20 == 0), "is_corrected": tender % 50 == 0}
        rows[ConsolidatedRow].append({"id": line, "tender_id": tender, "lot": lot, **facts, **proof, **counts})
        source = {"position": 0, "document_id": ccap, "clause_id": ccap * 2, "volume_id": ccap * 5}
        rows[ConsolidatedSourceRow].append({"consolidated_id": line, **source})
    answers = {"lot": "*", "consideration": "clause", "declared": "yes", "found": "no", "result": "declared_only"}
    rows[AgreementRow].append(
        {"tender_id": tender, **answers, **({} if tender % 4 else {"result": "agree", "found": "yes"})}
    )
    if tender % 20 == 0:
        told = {"lot": "*", "category": "clause_insertion", "subject": "hours", "tender_id": tender}
        kept = {"kept_document_id": ccap, "kept_value": "350 h", "kept_page": 4, "kept_quote": QUOTE.format(350)}
        other = {
            "other_document_id": ccap - 1,
            "other_value": "300 h",
            "other_page": 2,
            "other_quote": QUOTE.format(300),
        }
        rows[ContradictionRow].append({"consolidated_id": tender * 10, **told, **kept, **other})
    if tender % 25 == 0:
        versions = {"document_id": ccap - 1, "replaced_by": ccap, "path": "/dce/rc.pdf", "reason": "name"}
        rows[DocumentVersionRow].append({"tender_id": tender, "replaced_at": NOW, **versions})
    if tender % 50 == 0:
        facts = {"kind": "clause", "action": "confirm", "document_id": ccap, "tender_id": tender, "author": "AB"}
        state = "text_changed" if tender % 500 == 0 else "applied"
        dates = {"created_at": NOW, "checked_at": NOW}
        rows[CorrectionRow].append(
            {**facts, **dates, "state": state, "reason": "Lu", "lot": "*", "page": 1, "quote": "q"}
        )
