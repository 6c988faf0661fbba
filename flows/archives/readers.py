"""The reader of an archive, chosen by what its bytes say it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from extractors.errors import ClausoscopeError
from flows.archives import rars, sevens, zips
from flows.archives.kinds import true_suffix
from flows.archives.members import Reader


class ArchiveUnreadable(ClausoscopeError):
    """The archive cannot even be listed."""

    code = "archive_damaged"


@contextmanager
def open_archive(path: Path) -> Iterator[Reader]:
    """Open an archive for the length of the block.

    Raises:
        ArchiveUnreadable: it cannot be listed.
    """
    reader: Reader
    try:
        match true_suffix(path):
            case ".7z":
                reader = sevens.SevenReader(path)
            case ".rar":
                reader = rars.RarReader(path)
            case _:
                reader = zips.ZipReader(path)
    except (*zips.DAMAGE, *sevens.DAMAGE, *rars.DAMAGE) as error:
        raise ArchiveUnreadable(f"« {path.name} » est endommagée, ou protégée par un mot de passe") from error
    try:
        yield reader
    finally:
        reader.close()
