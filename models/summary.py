"""What a run gave: documents by status, clauses and hours by family, problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select, text
from sqlalchemy.orm import Session

from extractors.codes import label
from models.errors import StoreError, storage_errors
from models.tables import DocumentRow, RunRow, as_utc
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

    A clause (tender, category, lot) that several documents of a tender repeat counts once, and so do its hours. Hours
    are those asked firmly for the whole contract; other volumes are counted in `unconverted_volumes`, not converted.
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
    started: int
    """Still `started`: interrupted, the next run takes them again."""
    families: tuple[FamilyTotal, ...]
    """Most hours first."""
    unconverted_volumes: int
    problems: tuple[StoredProblem, ...]


_OF_RUN = "WHERE document_id IN (SELECT id FROM documents WHERE run_id = :run)"
_CLAUSES = f"SELECT consultation_id, categorie, lot, famille FROM v_clauses {_OF_RUN} ORDER BY {ORDERS['v_clauses']}"
_VOLUMES = f"""
    SELECT consultation_id, categorie, lot, valeur, valeur_max, unite, par, tranche_eur, seuil_eur, phase, borne,
           famille
    FROM v_volumes {_OF_RUN} ORDER BY {ORDERS["v_volumes"]}"""
_PROBLEMS = f"""
    SELECT chemin, etape, code, message, page FROM v_problemes {_OF_RUN} ORDER BY {ORDERS["v_problemes"]}"""


def run_summary(engine: Engine, run_id: int) -> RunSummary:
    """The figures of one run, read from the views; StoreError if there is no such run."""
    with storage_errors(engine.url), Session(engine) as session:
        run = session.get(RunRow, run_id)
        if run is None:
            raise StoreError(f"Traitement inconnu : {run_id}. Indiquez le numéro d'un traitement enregistré.")
        clauses = session.execute(text(_CLAUSES), {"run": run_id}).all()
        volumes = session.execute(text(_VOLUMES), {"run": run_id}).all()
        problems = session.execute(text(_PROBLEMS), {"run": run_id}).all()
        status = (
            select(DocumentRow.status, func.count()).where(DocumentRow.run_id == run_id).group_by(DocumentRow.status)
        )
        counts = dict(session.execute(status).tuples().all())

    # The last column is the family: the first document to state a row gives it.
    clause_families = {tuple(row[:-1]): row.famille for row in reversed(clauses)}
    distinct_volumes = {tuple(row[:-1]): row for row in reversed(volumes)}.values()
    firm = [row for row in distinct_volumes if is_firm_hours(row)]
    number = Counter(clause_families.values())
    hours: defaultdict[str | None, float] = defaultdict(float)
    for row in firm:
        hours[row.famille] += row.valeur
    totals = [
        FamilyTotal(
            family=family,
            label=label("family", family) if family else "Famille inconnue",
            clauses=number[family],
            hours=hours[family],
        )
        for family in number.keys() | hours.keys()
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
        started=counts.get("started", 0),
        families=tuple(sorted(totals, key=lambda total: (-total.hours, -total.clauses, total.label))),
        unconverted_volumes=len(distinct_volumes) - len(firm),
        problems=tuple(
            StoredProblem(path=p.chemin, stage=p.etape, code=p.code, message=p.message, page=p.page) for p in problems
        ),
    )


def is_firm_hours(volume: Row[Any]) -> bool:
    """Whether a row of `v_volumes` asks firmly for hours over the whole contract."""
    return (
        volume.unite == "hours"
        and volume.par == "contract"
        and volume.phase in (None, "firm")
        and volume.borne != "maximum"
    )
