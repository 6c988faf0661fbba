"""The lock of those who work on the sources: one row, taken by one UPDATE, kept by signs of life."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select, update

from models.database import writing
from models.errors import StoreError
from models.night_tables import LockRow
from models.tables import as_utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    owner: str
    since: datetime


def take_lock(
    engine: Engine, name: str, *, owner: str, stale_after: timedelta, is_dead: Callable[[str], bool]
) -> Holder | None:
    """Take the lock, or tell who has it; one without a sign of life, or whose owner `is_dead`, is taken over."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        lock = session.scalars(select(LockRow).where(LockRow.name == name).with_for_update()).one_or_none()
        if lock is None:
            raise StoreError(f"Verrou inconnu : {name}. Base abîmée : remettez une sauvegarde en place.")
        if lock.owner and lock.taken_at and lock.beat_at:
            alive = now - as_utc(lock.beat_at) < stale_after
            if alive and not is_dead(lock.owner):
                return Holder(owner=lock.owner, since=as_utc(lock.taken_at))
        lock.owner, lock.taken_at, lock.beat_at = owner, now, now
    return None


def beat_lock(engine: Engine, name: str, *, owner: str) -> bool:
    """Give a sign of life; False when another has taken the lock over."""
    with writing(engine) as session:
        mine = (LockRow.name == name, LockRow.owner == owner)
        beaten = session.execute(update(LockRow).where(*mine).values(beat_at=datetime.now(UTC)))
        return bool(beaten.rowcount)  # type: ignore[attr-defined]


def release_lock(engine: Engine, name: str, *, owner: str) -> None:
    """Leave the lock, if it is still ours."""
    with writing(engine) as session:
        mine = (LockRow.name == name, LockRow.owner == owner)
        session.execute(update(LockRow).where(*mine).values(owner=None, taken_at=None, beat_at=None))
