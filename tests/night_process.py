"""A night in a process of its own, that stops and waits to be killed at the step it is told.

Arguments: the step (`start`, `read`, `commit`) and at which of its times; nothing for a whole night.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from night_world import run_night
from sqlalchemy import event
from sqlalchemy.orm import Session

from flows.pool import Pool
from flows.source_night import SourceNight


def waiting(count: int, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step; at its `count`-th time, say so and wait for the end."""
    seen = 0

    def wait(*args: Any, **more: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == count:
            print("ici", flush=True)  # noqa: T201
            time.sleep(60)
        return step(*args, **more)

    return wait


def main(step: str = "", count: str = "0") -> None:
    if step == "start":
        SourceNight.receive = waiting(int(count), SourceNight.receive)  # type: ignore[method-assign]
    elif step == "read":
        Pool.run = waiting(int(count), Pool.run)  # type: ignore[method-assign]
    elif step == "commit":
        event.listen(Session, "before_commit", waiting(int(count), lambda session: None))
    run_night()


if __name__ == "__main__":
    main(*sys.argv[1:])
