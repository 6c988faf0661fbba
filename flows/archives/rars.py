"""RAR archives, by the unrar library that its wheel carries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from unrar.cffi.unrarlib import BadRarFile, RarArchive  # type: ignore[import-untyped]

from flows.archives.members import Member

DAMAGE = (BadRarFile, EOFError, OSError, ValueError)
"""What is raised on archives that are damaged, or made to harm."""
_ENCRYPTED = 0x04
_FOLDER = 0x20


class RarReader:
    def __init__(self, path: Path) -> None:
        self._path = path
        with RarArchive.open_for_processing(path) as archive:
            self.members = tuple(self._list(archive))
        if not self.members:
            raise EOFError

    @staticmethod
    def _list(archive: Any) -> Iterator[Member]:
        for index, header in enumerate(archive.iterate_headers()):
            yield Member(
                index=index,
                name=header.FileNameW,
                size=header.UnpSize + (header.UnpSizeHigh << 32),
                packed=header.PackSize + (header.PackSizeHigh << 32),
                is_folder=bool(header.Flags & _FOLDER),
                is_encrypted=bool(header.Flags & _ENCRYPTED),
            )
            header.skip()

    def extract(self, targets: Mapping[int, Path]) -> tuple[int, ...]:
        written = self._write(targets)
        missing = {index: target for index, target in targets.items() if index not in written}
        # A damaged member stops the pass: those after it are sought one by one.
        return tuple(index for index, target in missing.items() if not self._write({index: target}))

    def _write(self, targets: Mapping[int, Path]) -> frozenset[int]:
        """Ranks of the members that were written whole."""
        written = set()
        with RarArchive.open_for_processing(self._path) as archive:
            for index, header in enumerate(archive.iterate_headers()):
                if index not in targets:
                    header.skip()
                elif self._copy(header, targets[index], self.members[index].size):
                    written.add(index)
        return frozenset(written)

    @staticmethod
    def _copy(header: Any, target: Path, size: int) -> bool:
        refusals: list[OSError] = []
        with target.open("wb") as file:

            def write(chunk: bytes) -> None:
                try:  # called from C: an exception would be lost there
                    file.write(chunk[: max(0, size - file.tell())])
                except OSError as error:
                    refusals.append(error)

            try:
                header.test(write)
            except BadRarFile:
                return False
        if refusals:
            raise refusals[0]
        return True

    def close(self) -> None:
        """Opened anew for each pass."""
