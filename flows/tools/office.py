"""LibreOffice as the converter of Office documents: found, kept warm, renewed; each content is converted once.

Measured on two cores: 1 to 2 s to start, then 0.05 to 0.1 s for a document of some pages (0.9 s by a LibreOffice
started for each), and 140 to 150 MB.
"""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import shutil
import threading
from pathlib import Path

from extractors.errors import OfficeError
from extractors.kinds import FileKind
from flows.files import writing_whole
from flows.tools.office_process import (
    Installed,
    Office,
    OfficeEnded,
    OfficeGreedy,
    OfficeLate,
    new_folder,
    remove_folder,
)

_RECIPE = 1
"""Counts the ways in which we ask LibreOffice to print: a PDF made by another is made again."""
_DOCUMENTS = 100
"""Documents after which LibreOffice is renewed."""
_READERS: dict[FileKind, str] = {
    "docx": "MS Word 2007 XML",
    "doc": "MS Word 97",
    "odt": "writer8",
    "rtf": "Rich Text Format",
    "html": "HTML (StarWriter)",
}


def find_office() -> Installed | None:
    """The LibreOffice of this machine, where it has a Python that can drive it (`python3-uno`)."""
    found = (shutil.which(name) for name in ("soffice", "libreoffice"))
    for program in (Path(path).resolve().parent for path in found if path):
        if (program / "soffice.bin").is_file() and (program / "pyuno.so").is_file():
            own = program / "python"
            python = own if own.is_file() else Path("/usr/bin/python3")
            if python.is_file():
                return Installed(program=program, python=python, version=_version(program))
    return None


def _version(program: Path) -> str:
    """What changes when LibreOffice is upgraded: starting it to ask would take half a second."""
    size = (program / "soffice.bin").stat().st_mtime_ns
    with contextlib.suppress(OSError):
        return hashlib.sha256((program / "versionrc").read_bytes() + str(size).encode()).hexdigest()[:12]
    return str(size)


class LibreOffice:
    """One LibreOffice for the process that reads, started at the first document. See `extractors.tools.Converter`."""

    def __init__(
        self, installed: Installed, *, seconds: float = 120, megabytes: float = 600, converted: Path | None = None
    ) -> None:
        self._installed = installed
        self._seconds = seconds
        self._megabytes = megabytes
        self._converted = converted
        self._folder: Path | None = None
        self._office: Office | None = None
        self._printed = 0
        self._is_broken = False
        self._one = threading.Lock()

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes at work; none before the first document."""
        return self._office.pids if self._office else ()

    def made(self, sha256: str) -> Path | None:
        """The PDF of that content, where it was made before."""
        place = self._place(sha256)
        return place if place and place.is_file() else None

    def to_pdf(self, data: bytes, *, kind: FileKind, sha256: str, name: str) -> Path:
        """Where the PDF stands, made once for each content.

        Raises:
            OfficeError: locked, damaged, too slow, too big; the message, in French, says what to do next.
            OutputError: the PDF cannot be written.
        """
        with self._one:
            if kept := self.made(sha256):
                return kept
            if self._folder is None:
                self._folder = new_folder()
                atexit.register(self.close)
            place = self._place(sha256)
            assert place is not None
            source = self._folder / f"source.{kind}"  # the name may lie: LibreOffice sees that of the kind
            with writing_whole(place) as partial:
                source.write_bytes(data)
                if code := self._printed_into(partial, source, kind):
                    raise OfficeError(code, name, self._seconds)
            return place

    def close(self) -> None:
        """End LibreOffice, and remove what was not to be kept."""
        if self._office:
            self._office.end()
            self._office = None
        if self._folder:
            remove_folder(self._folder)
            self._folder = None

    def _place(self, sha256: str) -> Path | None:
        folder = self._converted or (self._folder and self._folder / "converted")
        return folder / sha256[:2] / f"{sha256}-{self._installed.version}-{_RECIPE}.pdf" if folder else None

    def _printed_into(self, target: Path, source: Path, kind: FileKind) -> str:
        """The code of what went wrong, empty when nothing did."""
        for _ in range(2):  # one that fell, fell perhaps by the file before
            if not (office := self._started()):
                return "office_broken"
            try:
                code = office.print(
                    source, target, reader=_READERS[kind], seconds=self._seconds, megabytes=self._megabytes
                )
            except OfficeLate:
                self._office = None
                return "office_timeout"
            except OfficeGreedy:
                self._office = None
                return "office_memory"
            except OfficeEnded:
                self._office = None
            else:
                self._renew_if_worn()
                return code or ("" if target.is_file() else "damaged")
        return "office_crashed"

    def _started(self) -> Office | None:
        """The LibreOffice at work; None where it does not start, nor would for the next file."""
        assert self._folder is not None
        if self._office is None and not self._is_broken:
            try:
                self._office, self._printed = Office(self._installed, self._folder), 0
            except (OfficeEnded, OSError):
                self._is_broken = True
        return self._office

    def _renew_if_worn(self) -> None:
        self._printed += 1
        if self._office and (self._printed >= _DOCUMENTS or self._office.megabytes > self._megabytes / 2):
            self._office.end()
            self._office = None
