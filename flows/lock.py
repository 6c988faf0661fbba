"""One night at a time: the lock is in the database, and its owner gives signs of life while it works."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import uuid4

from sqlalchemy import Engine

from extractors.errors import ClausoscopeError
from extractors.notices.values import PARIS
from models import StoreError, beat_lock, release_lock, take_lock

NAME = "sources"
BEATS = 10
"""Signs of life before the silence that gives us for dead."""


class NightBusy(ClausoscopeError):
    """Another process works on the sources."""

    code = "busy"


class LockLost(ClausoscopeError):
    """We gave no sign of life for so long that another process took over."""

    code = "busy"


class SourceLock:
    """The right to work on the sources, from `with` to its end; NightBusy when another has it."""

    def __init__(self, engine: Engine, *, stale_after: timedelta) -> None:
        self._engine = engine
        self._stale_after = stale_after
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:8]}"
        self._stop = threading.Event()
        self._lost = False
        self._thread = threading.Thread(target=self._beat, name="clausoscope-lock", daemon=True)

    def check(self) -> None:
        """Raise LockLost when the lock is not ours any more."""
        if self._lost:
            raise LockLost("Un autre traitement a repris les sources (celui-ci ne répondait plus) : laissez-le finir.")

    def __enter__(self) -> Self:
        holder = take_lock(self._engine, NAME, owner=self._owner, stale_after=self._stale_after, is_dead=_is_dead)
        if holder:
            machine, process, _ = holder.owner.split(":")
            raise NightBusy(
                f"Un passage sur les sources est déjà en cours depuis {holder.since.astimezone(PARIS):%H:%M} "
                f"(machine {machine}, processus {process}) : rien n'est lancé, attendez sa fin."
            )
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        release_lock(self._engine, NAME, owner=self._owner)

    def _beat(self) -> None:
        while not self._lost and not self._stop.wait(self._stale_after.total_seconds() / BEATS):
            with contextlib.suppress(StoreError):  # busy: the next beat will do
                self._lost = not beat_lock(self._engine, NAME, owner=self._owner)


def _is_dead(owner: str) -> bool:
    """Whether the owner was a process of this machine that is no more."""
    machine, process, _ = owner.split(":")
    if machine != socket.gethostname():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return False
