"""The three formats of archive behind one shape: list the members, then write those that are wanted."""

from __future__ import annotations

import lzma
import os
import stat
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

import py7zr
from py7zr import exceptions as seven
from py7zr.io import Py7zIO, WriterFactory
from unrar.cffi.unrarlib import BadRarFile, RarArchive  # type: ignore[import-untyped]

from extractors.errors import ClausoscopeError
from flows.archives.kinds import true_suffix
from flows.archives.names import dos_name

DAMAGE = (
    zipfile.BadZipFile, seven.ArchiveError, seven.Bad7zFile, seven.CrcError, seven.DecompressionBombError,
    seven.DecompressionError, seven.InternalError, seven.PasswordRequired, seven.UnsupportedCompressionMethodError,
    BadRarFile, zlib.error, lzma.LZMAError, struct.error, EOFError, RuntimeError, ValueError, TypeError, LookupError,
    AttributeError, AssertionError, MemoryError,
)  # fmt: skip
"""What the libraries raise on archives that are damaged, or made to harm."""
_CHUNK = 2**18
_ZIP_ENCRYPTED = 0x1
_ZIP_UTF8 = 0x800
_RAR_ENCRYPTED = 0x04
_RAR_FOLDER = 0x20


class ArchiveUnreadable(ClausoscopeError):
    """The archive cannot even be listed."""

    code = "archive_damaged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    index: int
    """Its rank in the archive: names are not unique."""
    name: str
    """As written there."""
    size: int
    """Bytes once unpacked, as announced."""
    packed: int | None
    """Bytes in the archive; None where the format does not tell."""
    is_folder: bool = False
    is_link: bool = False
    is_encrypted: bool = False


class Reader(Protocol):
    @property
    def members(self) -> tuple[Member, ...]: ...

    def extract(self, targets: Mapping[int, Path]) -> tuple[int, ...]:
        """Write the members, by rank, each to its path (whose folder exists); gives those that are damaged.

        No member gets more bytes than it announced.

        Raises:
            OSError: the disk refuses.
        """


@contextmanager
def open_archive(path: Path) -> Iterator[Reader]:
    """The reader of an archive, by what its bytes say it is.

    Raises:
        ArchiveUnreadable: it cannot be listed.
    """
    kind = true_suffix(path)
    reader = _Seven if kind == ".7z" else _Rar if kind == ".rar" else _Zip
    try:
        archive: _Zip | _Seven | _Rar = reader(path)
    except (*DAMAGE, OSError) as error:
        raise ArchiveUnreadable(f"« {path.name} » est endommagée, ou protégée par un mot de passe") from error
    try:
        yield archive
    finally:
        archive.close()


class _Zip:
    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path)
        self._infos = self._archive.infolist()
        self.members = tuple(
            Member(
                index=index,
                name=_zip_name(info),
                size=info.file_size,
                packed=info.compress_size,
                is_folder=info.is_dir(),
                is_link=stat.S_ISLNK(info.external_attr >> 16),
                is_encrypted=bool(info.flag_bits & _ZIP_ENCRYPTED),
            )
            for index, info in enumerate(self._infos)
        )

    def extract(self, targets: Mapping[int, Path]) -> tuple[int, ...]:
        return tuple(index for index, target in targets.items() if not self._copy(self._infos[index], target))

    def _copy(self, info: zipfile.ZipInfo, target: Path) -> bool:
        with target.open("wb") as written:
            chunks = self._chunks(info)
            while True:
                try:
                    chunk = next(chunks, None)
                except (*DAMAGE, OSError):  # OSError: damaged bz2, or a place outside the archive
                    return False
                if chunk is None:
                    return True
                written.write(chunk)

    def _chunks(self, info: zipfile.ZipInfo) -> Iterator[bytes]:
        with self._archive.open(info) as member:
            while chunk := member.read(_CHUNK):
                yield chunk

    def close(self) -> None:
        self._archive.close()


def _zip_name(info: zipfile.ZipInfo) -> str:
    """zipfile reads as cp437 every name that is not marked as UTF-8: take its bytes back."""
    return info.filename if info.flag_bits & _ZIP_UTF8 else dos_name(info.filename.encode("cp437"))


class _Seven:
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
        except (*DAMAGE, OSError):
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


class _Rar:
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
                is_folder=bool(header.Flags & _RAR_FOLDER),
                is_encrypted=bool(header.Flags & _RAR_ENCRYPTED),
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
