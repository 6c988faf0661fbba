"""`schedule`: the deployments `nightly` and `reprocess`, served until the process ends.

Prefect's temporary servers schedule nothing: without PREFECT_API_URL, a server of our own is started beside.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx

from extractors.errors import ClausoscopeError
from flows.night_settings import NightSettings, load_night_settings

START_SECONDS = 120
"""20 to 35 s were seen on two slow cores."""


class ScheduleError(ClausoscopeError):
    """The Prefect server of the schedule does not start."""

    code = "prefect"


def serve_schedule() -> None:
    """Serve both deployments until interrupted.

    Raises:
        ScheduleError: the server does not start.
        SettingsError: a setting cannot be used.
    """
    settings = load_night_settings()
    with _server():
        _serve(settings)


def _serve(settings: NightSettings) -> None:
    from prefect import serve
    from prefect.deployments.runner import RunnerDeployment
    from prefect.schedules import Cron
    from prefect.types.entrypoint import EntrypointType

    from flows.nightly import nightly
    from flows.reprocess import reprocess

    deployments = [
        flow.to_deployment(
            name=flow.name,
            schedule=Cron(cron, timezone=settings.nightly_timezone),
            concurrency_limit=1,
            entrypoint_type=EntrypointType.MODULE_PATH,
        )
        for flow, cron in ((nightly, settings.nightly_cron), (reprocess, settings.reprocess_cron))
    ]
    serve(*(deployment for deployment in deployments if isinstance(deployment, RunnerDeployment)))


@contextlib.contextmanager
def _server() -> Iterator[None]:
    """A Prefect server, unless one is named by PREFECT_API_URL."""
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{port}/api"  # before Prefect is imported here
        _wait(server, os.environ["PREFECT_API_URL"])
        yield
    finally:
        del os.environ["PREFECT_API_URL"]
        server.terminate()
        server.wait()


def _wait(server: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"{url}/health").is_success:
                return
        time.sleep(0.2)
    raise ScheduleError(
        "Le serveur Prefect ne démarre pas : lancez « prefect server start » pour voir pourquoi, "
        "ou donnez l'adresse d'un autre par PREFECT_API_URL."
    )
