"""The pages already read, kept on the disk under `data/processed/pages`: see `extractors/pagecache.py`.

One file for each entry, named by its content, below a folder named by the version of the code that made it. Everything
there can be deleted at any time: what is missing, damaged or of another version is read again from the raw file.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from extractors.fingerprint import Kind, passages_version, reader_version, volumes_version
from flows.settings import Settings


@dataclass(frozen=True, slots=True)
class DiskStore:
    """Entries on the disk; a disk that is full or forbidden keeps none, and stops nothing."""

    folder: Path

    def load(self, kind: Kind, sha256: str) -> bytes | None:
        try:
            return self._place(kind, sha256).read_bytes()
        except OSError:
            return None

    def save(self, kind: Kind, sha256: str, entry: bytes) -> None:
        place = self._place(kind, sha256)
        partial = place.with_name(f".{place.name}.{os.getpid()}")  # renamed when whole: no half entry is ever read
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(entry)
            partial.replace(place)
        except OSError:
            with contextlib.suppress(OSError):
                partial.unlink()

    def forget(self, kind: Kind, sha256: str) -> None:
        with contextlib.suppress(OSError):
            self._place(kind, sha256).unlink()

    def remove_outdated(self) -> None:
        """Delete what other versions of the code left, and half files of a process that was killed."""
        current = {_version(kind) for kind in _VERSIONS}
        with contextlib.suppress(OSError):
            for below in self.folder.iterdir():
                if below.name not in current:
                    shutil.rmtree(below, ignore_errors=True)
            for partial in self.folder.glob("*/*/.*"):
                partial.unlink()

    def _place(self, kind: Kind, sha256: str) -> Path:
        return self.folder / _version(kind) / sha256[:2] / sha256


def _version(kind: Kind) -> str:
    return f"{kind}-{_VERSIONS[kind]()}"


_VERSIONS: Mapping[Kind, Callable[[], str]] = {
    "pages": reader_version,
    "passages": passages_version,
    "volumes": volumes_version,
}


def open_pages(settings: Settings) -> DiskStore:
    """The store of these settings, rid of what no longer serves."""
    store = DiskStore(settings.processed_dir / "pages")
    store.remove_outdated()
    return store
