"""The time that the readings of one tender may take: what is left when it is over is recorded, not read."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from extractors.retry import PUT_OFF
from extractors.schema import Extraction, as_source
from flows.files import failed_record
from flows.pool import File, Reader


class TenderBudget:
    """Seconds by tender, spent by the threads that read; 0: no limit.

    Files that are being read when it is over end as usual: each has its own limit.
    """

    def __init__(self, seconds: float, tenders: Mapping[Path, str]) -> None:
        self._seconds = seconds
        self._tenders = tenders
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def around(self, read: Reader) -> Reader:
        """The same reader, as long as the tender of the file has time left."""

        def within(file: File) -> Extraction:
            path = as_source(file).path
            tender = self._tenders.get(path, str(path))
            with self._lock:
                spent = self._spent[tender]
            if spent >= self._seconds:
                return self._put_off(path)
            extraction = read(file)
            with self._lock:
                self._spent[tender] += extraction.seconds
            return extraction

        return within if self._seconds else read

    def _put_off(self, path: Path) -> Extraction:
        return failed_record(
            path,
            code=PUT_OFF,
            message=f"Pas encore lu : les {self._seconds:g} s laissées à sa consultation sont écoulées ; relancez pour "
            "la suite, ou montez CLAUSOSCOPE_TENDER_SECONDS.",
        )
