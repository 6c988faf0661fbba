"""One large tender from end to end: seconds, stages, memory of every process (`make bench-dce`)."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from big_dce import write_dce


class Memory(threading.Thread):
    """The most that a process and all those it started held at once, in MB (proportional share of what they share)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._process = psutil.Process(pid)
        self._ended = threading.Event()
        self.peak = 0.0
        self.parts: Counter[str] = Counter()

    def run(self) -> None:
        while not self._ended.wait(0.25):
            parts: Counter[str] = Counter()
            try:
                family = [self._process, *self._process.children(recursive=True)]
            except psutil.Error:
                return
            for process in family:
                try:
                    parts[process.name()] += process.memory_full_info().pss
                except psutil.Error:  # it has just ended
                    continue
            if (total := sum(parts.values()) / 1e6) > self.peak:
                self.peak, self.parts = total, parts

    def stop(self) -> None:
        self._ended.set()
        self.join()


def main() -> None:
    with TemporaryDirectory() as home:
        archive = Path(home) / "DCE.zip"
        counts = write_dce(archive)
        size = archive.stat().st_size / 1e6
        sys.stdout.write(f"{sum(counts.values())} fichiers, {size:.0f} Mo : {dict(counts)}\n")
        start = time.perf_counter()
        process = subprocess.Popen(
            [Path(sys.executable).with_name("clausoscope"), "ingest", archive],
            env={**os.environ, "CLAUSOSCOPE_DATA_DIR": home, "CLAUSOSCOPE_DATABASE_URL": f"sqlite:///{home}/a.db"},
        )
        memory = Memory(process.pid)
        memory.start()
        code = process.wait()
        seconds = time.perf_counter() - start
        memory.stop()
    shares = ", ".join(f"{name} {value / 1e6:.0f}" for name, value in memory.parts.most_common())
    sys.stdout.write(f"code {code}, {seconds:.0f} s, {memory.peak:.0f} Mo au plus ({shares})\n")


if __name__ == "__main__":
    main()
