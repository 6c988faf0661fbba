"""Saved alerts and what they have listed: the clauses of the tenders that still take offers, each listed once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from models.database import writing
from models.errors import storage_errors
from models.night_tables import AlertMatchRow, AlertRow
from models.tender_clauses import TenderClause, clauses_of, with_tender_hours


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAlert:
    name: str
    definition: str
    """What it looks for, in French words."""
    sha256: str
    """Of its definition: when it changes, the alert begins again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMatch:
    alert: str
    definition: str
    clause: TenderClause


_OPEN = """
    SELECT t.id FROM tenders t
    WHERE COALESCE(t.state, 'open') NOT IN ('awarded', 'cancelled') AND NOT EXISTS (
        SELECT 1 FROM notices n WHERE n.tender_id = t.id GROUP BY n.tender_id HAVING MAX(n.deadline) < :now)"""
_LISTED = "SELECT tender_id FROM alert_matches WHERE night_id = :night"


def open_clauses(engine: Engine, *, now: datetime | None = None) -> tuple[TenderClause, ...]:
    """Every clause of the tenders that take offers at `now` (aware), or whose deadline is not known."""
    return _clauses(engine, _OPEN, now=now or datetime.now(UTC))


def sync_alerts(engine: Engine, alerts: Iterable[SavedAlert]) -> None:
    """The stored alerts become these; one that is gone or has changed forgets what it listed."""
    wanted = {alert.name: alert for alert in alerts}
    with writing(engine) as session:
        for row in session.scalars(select(AlertRow)):
            if row.name not in wanted or row.sha256 != wanted[row.name].sha256:
                session.execute(delete(AlertMatchRow).where(AlertMatchRow.alert == row.name))
                session.delete(row)
        session.flush()
        for alert in wanted.values():
            if session.get(AlertRow, alert.name) is None:
                session.add(AlertRow(name=alert.name, definition=alert.definition, sha256=alert.sha256))


def list_matches(engine: Engine, matches: Sequence[tuple[str, TenderClause]], *, night_id: int) -> int:
    """Record what alerts found, as listed by this night; how many were not listed before."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        known = set(
            session.execute(select(AlertMatchRow.alert, AlertMatchRow.tender_id, AlertMatchRow.clause)).tuples()
        )
        new = dict.fromkeys((alert, clause.tender_id, clause.key) for alert, clause in matches)
        rows = [
            AlertMatchRow(alert=alert, tender_id=tender, clause=clause, night_id=night_id, first_listed_at=now)
            for alert, tender, clause in new
            if (alert, tender, clause) not in known
        ]
        session.add_all(rows)
    return len(rows)


def night_matches(engine: Engine, night_id: int) -> tuple[AlertMatch, ...]:
    """What the alerts listed that night, as it is known today; what has gone since is left out."""
    clauses = {(clause.tender_id, clause.key): clause for clause in _clauses(engine, _LISTED, night=night_id)}
    with storage_errors(engine.url), Session(engine) as session:
        rows = session.execute(
            select(AlertMatchRow, AlertRow.definition)
            .join(AlertRow, AlertRow.name == AlertMatchRow.alert)
            .where(AlertMatchRow.night_id == night_id)
            .order_by(AlertMatchRow.alert, AlertMatchRow.id)
        ).tuples()
        return tuple(
            AlertMatch(alert=row.alert, definition=definition, clause=clauses[row.tender_id, row.clause])
            for row, definition in rows
            if (row.tender_id, row.clause) in clauses
        )


def _clauses(engine: Engine, tenders: str, **asked: datetime | int) -> tuple[TenderClause, ...]:
    """The clauses of the tenders that a query gives, with the hours of their tender."""
    with storage_errors(engine.url), engine.connect() as connection:
        return with_tender_hours(clauses_of(connection, tenders, **asked))
