"""What a run gave: documents by status, clauses and hours by family, problems."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, Row, func, select, text
from sqlalchemy.orm import Session

from extractors.codes import label
from extractors.schema import WHOLE_CONTRACT
from models.errors import StoreError, storage_errors
from models.hours import derives_hours, hours_by_lot, states_hours, total_hours
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

    A clause (tender, category, lot) that several documents of a tender repeat counts once. Its hours are those asked
    firmly, added up as `models.hours` says; volumes that neither state nor derive any are counted in
    `unconverted_volumes`.
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


_OF_RUN = "WHERE document_id IN (SELECT id FROM documents WHERE run_id = :run)"
_CLAUSES = f"SELECT consultation_id, categorie, lot, famille FROM v_clauses {_OF_RUN} ORDER BY {ORDERS['v_clauses']}"
_VOLUMES = f"SELECT * FROM v_volumes {_OF_RUN} ORDER BY {ORDERS['v_volumes']}"
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
    number = Counter(clause_families.values())
    hours = _hours_by_family(volumes)
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
        families=tuple(sorted(totals, key=lambda total: (-total.hours, -total.clauses, total.label))),
        unconverted_volumes=_unconverted(volumes),
        problems=tuple(
            StoredProblem(path=p.chemin, stage=p.etape, code=p.code, message=p.message, page=p.page) for p in problems
        ),
    )


def _hours_by_family(volumes: Sequence[Row[Any]]) -> Mapping[str | None, float]:
    """Each lot gives its hours to its family; what the whole contract asks beyond them goes to the tender's."""
    families = {(row.consultation_id, row.categorie, row.lot): row.famille for row in reversed(volumes)}
    hours: defaultdict[str | None, float] = defaultdict(float)
    for key, asked in hours_by_lot(volumes).items():
        lots = {lot: value for lot, value in asked.items() if lot != WHOLE_CONTRACT}
        beyond = total_hours(asked) - sum(lots.values())
        for lot, value in (*lots.items(), *([(WHOLE_CONTRACT, beyond)] if beyond else [])):
            hours[families[*key, lot]] += value
    return hours


def _unconverted(volumes: Sequence[Row[Any]]) -> int:
    """How many volumes of the tenders, repetitions apart, give no hours."""
    return len(
        {
            (
                *(row.consultation_id, row.categorie, row.lot, row.valeur, row.valeur_max, row.unite, row.par),
                *(row.tranche_eur, row.seuil_eur, row.phase, row.borne),
            )
            for row in volumes
            if not states_hours(row) and not derives_hours(row)
        }
    )
