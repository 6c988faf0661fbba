"""A night in a process of its own, that stops and waits to be killed at the step it is told."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from multiprocessing.synchronize import Event
from typing import Any

from night_world import run_night
from sqlalchemy import event
from sqlalchemy.orm import Session

from flows.pool import Pool
from flows.source_night import SourceNight


def waiting(here: Event, count: int, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step; at its `count`-th time, say so and wait for the end."""
    seen = 0

    def wait(*args: Any, **more: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == count:
            here.set()
            time.sleep(60)
        return step(*args, **more)

    return wait


def waiting_night(environment: Mapping[str, str], here: Event, step: str, count: int) -> None:
    """A night; `here` is set when it comes to the step (`start`, `read`, `commit`) for that time; without step, now."""
    os.environ.clear()
    os.environ.update(environment)
    if step == "start":
        SourceNight.receive = waiting(here, count, SourceNight.receive)  # type: ignore[method-assign]
    elif step == "read":
        Pool.run = waiting(here, count, Pool.run)  # type: ignore[method-assign]
    elif step == "commit":
        event.listen(Session, "before_commit", waiting(here, count, lambda session: None))
    else:
        here.set()
    run_night()
