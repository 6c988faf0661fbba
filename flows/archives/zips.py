"""ZIP archives, by the standard library."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path

from flows.archives.members import Member
from flows.archives.names import dos_name

DAMAGE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError, LookupError,
)  # fmt: skip
"""What is raised on archives that are damaged, or made to harm."""
_CHUNK = 2**18
_ENCRYPTED = 0x1
_UTF8 = 0x800


class ZipReader:
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
                is_encrypted=bool(info.flag_bits & _ENCRYPTED),
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
                except DAMAGE:
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
    return info.filename if info.flag_bits & _UTF8 else dos_name(info.filename.encode("cp437"))
