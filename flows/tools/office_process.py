"""One LibreOffice that runs and prints file after file, with the script that drives it; held in time and in memory.

Both are of the process group of whoever reads, so that one signal ends them with it; and the script ends LibreOffice
when the process that reads is gone. All that they write stands in one folder.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from flows.tools.office_profile import write_profile

_DRIVER = Path(__file__).with_name("office_driver.py")
_PREFIX = "clausoscope-office-"
_SOCKETS = "sockets"
_RESTART = 81
"""How LibreOffice ends, the first time it is started with a new profile, to be started again."""
_START_SECONDS = 60.0
_TICK = 0.1  # seconds between two looks at the memory


class OfficeEnded(Exception):
    """It ended, or was ended: another is to be started."""


class OfficeLate(OfficeEnded):
    """It did not answer in time."""


class OfficeGreedy(OfficeEnded):
    """It took more memory than it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A LibreOffice of this machine that can be driven."""

    program: Path
    """The folder of `soffice.bin`."""
    python: Path
    """The Python that has `uno`."""
    version: str
    """Tells two installations apart."""


class Office:
    """A running LibreOffice; raises OfficeEnded, and then it is ended."""

    def __init__(self, installed: Installed, folder: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="run-", dir=folder))
        write_profile(self._folder / "profile")
        self.pipe = f"clausoscope-{secrets.token_hex(8)}"
        self._buffer = b""
        deadline = time.monotonic() + _START_SECONDS
        self._start(installed)
        try:
            while not self._is_ready(deadline):
                self._start(installed)
        except OfficeEnded:
            self.end()
            raise
        self._note_sockets(folder)

    @property
    def megabytes(self) -> float:
        """Memory that it holds."""
        with contextlib.suppress(psutil.Error):
            return float(psutil.Process(self._office.pid).memory_info().rss) / 2**20
        return 0.0

    @property
    def pids(self) -> tuple[int, int]:
        """LibreOffice, and its driver."""
        return self._office.pid, self._driver.pid

    def print(self, source: Path, target: Path, *, reader: str, seconds: float, megabytes: float) -> str:
        """Print a file into a PDF; the code of what went wrong, empty when nothing did.

        Raises:
            OfficeEnded: it took too long or too much, or fell.
        """
        request = json.dumps({"source": str(source), "target": str(target), "reader": reader})
        try:
            assert self._driver.stdin is not None
            self._driver.stdin.write(request.encode() + b"\n")
            self._driver.stdin.flush()
            answer = self._answer(time.monotonic() + seconds, megabytes)
        except OSError as error:
            self.end()
            raise OfficeEnded(str(error)) from error
        except OfficeEnded:
            self.end()
            raise
        return str(answer["code"])

    def end(self) -> None:
        """Kill both, and remove what they left."""
        for process in (self._office, self._driver):
            process.kill()
        for process in (self._office, self._driver):
            process.wait()
        for stream in (self._driver.stdin, self._driver.stdout):
            with contextlib.suppress(OSError):
                stream.close()  # type: ignore[union-attr]
        _remove_sockets(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _start(self, installed: Installed) -> None:
        # Nothing of the user or of our own Python reaches them
        environment = {
            **{name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ},
            **{name: str(self._folder) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")},
            "LC_ALL": "C.UTF-8",
            "SAL_USE_VCLPLUGIN": "svp",
        }
        profile = (self._folder / "profile").as_uri()
        quiet = ("--headless", "--norestore", "--nologo", "--nodefault", "--nolockcheck", "--nofirststartwizard")
        self._office = subprocess.Popen(
            (
                installed.program / "soffice.bin",
                f"-env:UserInstallation={profile}",
                *quiet,
                f"--accept=pipe,name={self.pipe};urp;",
            ),
            env=environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._driver = subprocess.Popen(
            (installed.python, "-I", _DRIVER, self.pipe, str(self._office.pid)),
            env=environment,
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def _is_ready(self, deadline: float) -> bool:
        """Whether it waits for files; False when it asked to be started again."""
        try:
            self._answer(deadline, megabytes=float("inf"))
            return True
        except OfficeLate:
            raise
        except OfficeEnded:
            if self._office.poll() != _RESTART:
                raise
            self._driver.kill()
            self._driver.wait()
            return False

    def _answer(self, deadline: float, megabytes: float) -> dict[str, object]:
        stream = self._driver.stdout
        assert stream is not None
        while b"\n" not in self._buffer:
            if select.select([stream], [], [], _TICK)[0]:
                if not (read := os.read(stream.fileno(), 65536)):
                    raise OfficeEnded("the driver ended")
                self._buffer += read
            elif self._office.poll() is not None:
                raise OfficeEnded("LibreOffice ended")
            elif self.megabytes > megabytes:
                raise OfficeGreedy
            elif time.monotonic() > deadline:
                raise OfficeLate
        line, _, self._buffer = self._buffer.partition(b"\n")
        answer: dict[str, object] = json.loads(line)
        if answer.get("code") == "ended":
            raise OfficeEnded("LibreOffice ended")
        return answer

    def _note_sockets(self, folder: Path) -> None:
        """LibreOffice leaves its sockets in /tmp when it is killed: note which, for whoever cleans after us."""
        with contextlib.suppress(psutil.Error, OSError):
            found = {c.laddr for c in psutil.Process(self._office.pid).net_connections("unix") if c.laddr}
            (self._folder / _SOCKETS).write_text("\n".join(str(s) for s in found if "OSL_PIPE" in str(s)))


# ---------------------------------------------------------------- the folder of a process


def new_folder() -> Path:
    """A folder for what the LibreOffice of this process write; what killed processes left is removed."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdecimal() and not psutil.pid_exists(int(pid)):
            remove_folder(left)
    return Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-"))


def remove_folder(folder: Path) -> None:
    for run in folder.glob("run-*"):
        _remove_sockets(run)
    shutil.rmtree(folder, ignore_errors=True)


def _remove_sockets(run: Path) -> None:
    with contextlib.suppress(OSError):
        for socket in (run / _SOCKETS).read_text().split("\n"):
            if Path(socket).name.startswith("OSL_PIPE_"):
                Path(socket).unlink(missing_ok=True)
