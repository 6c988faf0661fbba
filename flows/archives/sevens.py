"""7z archives, by py7zr."""

from __future__ import annotations

import lzma
import os
import struct
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

import py7zr
from py7zr import exceptions
from py7zr.io import Py7zIO, WriterFactory

from flows.archives.members import Member

DAMAGE = (
    exceptions.ArchiveError, exceptions.Bad7zFile, exceptions.CrcError, exceptions.DecompressionBombError,
    exceptions.DecompressionError, exceptions.InternalError, exceptions.PasswordRequired,
    exceptions.UnsupportedCompressionMethodError, lzma.LZMAError, zlib.error, struct.error, EOFError, OSError,
    RuntimeError, ValueError, TypeError, LookupError, AttributeError, AssertionError, MemoryError,
)  # fmt: skip
"""What is raised on archives that are damaged, or made to harm: py7zr trusts what it reads."""


class SevenReader:
    def __init__(self, path: Path) -> None:
        self._archive = py7zr.SevenZipFile(path)
        locked = self._archive.needs_password()
        self.members = tuple(
            Member(
                index=index,
                name=info.filename,
                size=info.uncompressed,
                packed=None,
                is_folder=info.is_directory,
                is_link=info.is_symlink,
                is_encrypted=locked and not info.is_directory,
            )
            for index, info in enumerate(self._archive.list())
        )
        self._written_as = tuple(_numbered(member.name for member in self.members))

    def extract(self, targets: Mapping[int, Path]) -> tuple[int, ...]:
        if self._write(targets):
            return ()
        return tuple(index for index, target in targets.items() if not self._write({index: target}))

    def _write(self, targets: Mapping[int, Path]) -> bool:
        files = _Files({self._written_as[index]: (path, self.members[index].size) for index, path in targets.items()})
        try:
            self._archive.reset()
            self._archive.extract(targets=[self.members[index].name for index in targets], factory=files)
        except DAMAGE:
            if files.refusals:
                raise files.refusals[0] from None
            return False
        finally:
            files.close()
        return all(path.exists() for path in targets.values())

    def close(self) -> None:
        self._archive.close()


def _numbered(names: Iterable[str]) -> Iterator[str]:
    """How py7zr calls the members it writes: path tidied, and a number from the second of a name on."""
    seen: Counter[str] = Counter()
    for name in names:
        yield PurePosixPath(f"{name}_{seen[name] - 1}" if seen[name] else name).as_posix()
        seen[name] += 1


class _Files(WriterFactory):
    """Where py7zr writes the members it unpacks; those that are not wanted go nowhere."""

    def __init__(self, by_name: Mapping[str, tuple[Path, int]]) -> None:
        self._by_name = by_name
        self._opened: list[_File] = []
        self.refusals: list[OSError] = []
        """Of the disk, not of the archive."""

    def create(self, filename: str) -> Py7zIO:
        path, size = self._by_name.get(filename, (Path(os.devnull), sys.maxsize))
        self._opened.append(_File(path, size, self.refusals))
        return self._opened[-1]

    def close(self) -> None:
        for file in self._opened:
            file.close()


class _File(Py7zIO):
    def __init__(self, path: Path, limit: int, refusals: list[OSError]) -> None:
        self._refusals = refusals
        with self._told():
            self._file: IO[bytes] = path.open("w+b")
        self._room = limit

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._refusals.append(error)
            raise

    def write(self, s: bytes | bytearray) -> int:
        self._room -= len(s)
        if self._room < 0:
            raise ValueError("more bytes than announced")
        with self._told():
            return self._file.write(s)

    def read(self, size: int | None = None) -> bytes:
        return self._file.read(-1 if size is None else size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def flush(self) -> None:
        self._file.flush()

    def size(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()
