"""What a run gave: documents by status, clauses and hours by family, problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from extractors.codes import label
from models.errors import StoreError, storage_errors
from models.tables import DocumentRow, RunRow, as_utc
from models.tender_clauses import TenderClause, clauses_of, with_added_hours
from models.views import ORDERS


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyTotal:
    family: str | None
    label: str
    clauses: int
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProblem:
    path: str
    stage: str
    code: str
    message: str
    page: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """Of the documents that this run was the last to read.

    Clauses (tender, category, lot) are the consolidated ones that these documents state, with the hours that count for
    the tender; volumes that neither state nor derive hours are counted in `unconverted_volumes`.
    """

    run_id: int
    command: str
    started_at: datetime
    finished_at: datetime | None
    """None: the run was interrupted."""
    seen: int
    skipped: int
    ok: int
    partial: int
    failed: int
    families: tuple[FamilyTotal, ...]
    """Most hours first."""
    unconverted_volumes: int
    problems: tuple[StoredProblem, ...]


_DOCUMENTS = "SELECT id FROM documents WHERE run_id = :run"
_OF_RUN = f"WHERE document_id IN ({_DOCUMENTS})"
_TENDERS = f"SELECT tender_id FROM document_paths {_OF_RUN}"
_TOLD = f"""
    SELECT c.tender_id, c.category, c.lot FROM consolidated c
    JOIN consolidated_sources s ON s.consolidated_id = c.id AND s.document_id IN ({_DOCUMENTS})"""
# Neither hours asked firmly for the whole contract, nor a figure that the document's own numbers turn into hours.
_UNCONVERTED = f"""
    SELECT COUNT(*) FROM (
        SELECT DISTINCT consultation_id, categorie, lot, valeur, valeur_max, unite, par, tranche_eur, seuil_eur, phase,
               borne
        FROM v_volumes {_OF_RUN}
        AND NOT (COALESCE(phase, 'firm') = 'firm' AND borne <> 'maximum'
                 AND (heures_derivees IS NOT NULL OR (unite = 'hours' AND par = 'contract')))) found"""
_PROBLEMS = f"""
    SELECT chemin, etape, code, message, page FROM v_problemes {_OF_RUN} ORDER BY {ORDERS["v_problemes"]}"""


def run_summary(engine: Engine, run_id: int) -> RunSummary:
    """The figures of one run, read from the views; StoreError if there is no such run."""
    with storage_errors(engine.url), Session(engine) as session:
        run = session.get(RunRow, run_id)
        if run is None:
            raise StoreError(f"Traitement inconnu : {run_id}. Indiquez le numéro d'un traitement enregistré.")
        clauses = _clauses(session, run_id)
        unconverted = session.scalar(text(_UNCONVERTED), {"run": run_id}) or 0
        problems = session.execute(text(_PROBLEMS), {"run": run_id}).all()
        status = (
            select(DocumentRow.status, func.count()).where(DocumentRow.run_id == run_id).group_by(DocumentRow.status)
        )
        counts = dict(session.execute(status).tuples().all())

    number = Counter(clause.family for clause in clauses)
    hours: defaultdict[str | None, float] = defaultdict(float)
    for clause in clauses:
        hours[clause.family] += clause.hours
    totals = [
        FamilyTotal(
            family=family,
            label=label("family", family) if family else "Famille inconnue",
            clauses=number[family],
            hours=hours[family],
        )
        for family in number
    ]
    return RunSummary(
        run_id=run_id,
        command=run.command,
        started_at=as_utc(run.started_at),
        finished_at=run.finished_at and as_utc(run.finished_at),
        seen=run.seen,
        skipped=run.skipped,
        ok=counts.get("ok", 0),
        partial=counts.get("partial", 0),
        failed=counts.get("failed", 0),
        families=tuple(sorted(totals, key=lambda total: (-total.hours, -total.clauses, total.label))),
        unconverted_volumes=unconverted,
        problems=tuple(
            StoredProblem(path=p.chemin, stage=p.etape, code=p.code, message=p.message, page=p.page) for p in problems
        ),
    )


def _clauses(session: Session, run_id: int) -> list[TenderClause]:
    """The clauses of the tenders that one of the documents of the run states; their hours add up."""
    asked = {"run": run_id}
    told = set(session.execute(text(_TOLD), asked).tuples())
    clauses = with_added_hours(clauses_of(session.connection(), _TENDERS, **asked))
    return [clause for clause in clauses if (clause.tender_id, clause.category, clause.lot) in told]
