"""Environment of Prefect, to be set before its first import."""

from __future__ import annotations

import os


def set_up_prefect(*, verbose: bool) -> None:
    """Defaults that let Prefect start alone, quietly and without calling home; what the user has set wins."""
    defaults = {
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",  # 20 to 35 s were seen on two slow cores
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "PREFECT_LOGGING_LEVEL": "INFO" if verbose else "CRITICAL",  # errors reach the terminal by our own line
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING" if verbose else "CRITICAL",
    }
    for name, value in defaults.items():
        os.environ.setdefault(name, value)
