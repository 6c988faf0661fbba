"""The drop folder: one sub-folder is one tender, and so is one archive; files left alone tell their own tender."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from extractors.schema import Problem
from flows.archives.kinds import ARCHIVES
from flows.archives.unpack import LocalFile
from flows.files import hash_file, reason
from flows.http import Client
from flows.retrieve import documents_of
from flows.sources.base import CheckResult, Item, SourceError, Window
from flows.sources.settings import SourceSettings


def make_source(settings: SourceSettings) -> FolderSource:
    return FolderSource(settings.drop_dir, laid_in=settings.fetched_dir / "folder")


@dataclass(frozen=True, slots=True)
class _Tender:
    key: str
    root: Path
    """What the paths of its tree start from."""
    files: tuple[Path, ...]
    changed: int
    """When the youngest of its files was laid or changed, in nanoseconds."""
    problems: tuple[Problem, ...]


class FolderSource:
    """Tenders laid by hand, or by a copy; the watermark is the time at which the last one changed.

    The dates of the window do not apply: what is laid there is wanted.
    """

    name = "folder"
    title = "Dossier de dépôt"

    def __init__(self, folder: Path, *, laid_in: Path) -> None:
        self._folder = folder
        self._laid_in = laid_in

    def items(self, window: Window, watermark: str | None, client: Client) -> Iterator[Item]:
        """See `Source.items`; a tender one of whose files is new comes again whole."""
        last = int(watermark or 0)
        try:
            tenders = sorted(self._tenders(), key=lambda tender: tender.changed)
        except OSError as error:
            raise SourceError(self._missing(error)) from error
        for tender in tenders:
            if tender.changed > last:
                yield self._item(tender)

    def check(self, client: Client) -> CheckResult:
        try:
            next(self._folder.iterdir(), None)
        except OSError as error:
            return CheckResult(ok=False, message=self._missing(error))
        return CheckResult(ok=True, message=f"Dossier « {self._folder} » lisible.")

    def _missing(self, error: OSError) -> str:
        return (
            f"Le dossier de dépôt « {self._folder} » ne peut pas être lu ({reason(error)}) : créez-le, "
            "ou donnez-en un autre par CLAUSOSCOPE_DROP_DIR."
        )

    def _tenders(self) -> Iterator[_Tender]:
        for entry in sorted(self._folder.iterdir()):
            if entry.name.startswith("."):
                continue
            files, problems = _walk(entry) if entry.is_dir() else ((entry,), ())
            alone = not entry.is_dir() and entry.suffix.lower() not in ARCHIVES
            changed = entry.lstat().st_ctime_ns
            for file in files:
                with contextlib.suppress(OSError):  # told when it is read
                    changed = max(changed, file.stat().st_ctime_ns)
            if files or problems:
                yield _Tender(
                    key="" if alone else f"depot:{entry.name}",
                    root=entry if entry.is_dir() else self._folder,
                    files=files,
                    changed=changed,
                    problems=problems,
                )

    def _item(self, tender: _Tender) -> Item:
        files: list[LocalFile] = []
        problems = list(tender.problems)
        for path in tender.files:
            name = path.relative_to(tender.root).as_posix()
            try:
                # What a file holds is laid by content: the same archive, moved, is laid once.
                found, trouble = documents_of(path, name=path.name, folder=self._laid_in / hash_file(path)[:16])
            except OSError as error:
                problems.append(_unreadable(path, error))
                continue
            above = name.removesuffix(path.name)
            files += [LocalFile(path=file.path, inner_path=above + file.inner_path) for file in found]
            problems += trouble
        return Item(tender_key=tender.key, cursor=str(tender.changed), files=tuple(files), problems=tuple(problems))


def _walk(folder: Path) -> tuple[tuple[Path, ...], tuple[Problem, ...]]:
    """Every visible file below, in order, and the folders that cannot be listed."""
    errors: list[OSError] = []
    found: list[Path] = []
    for where, folders, names in os.walk(folder, onerror=errors.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(where, name) for name in sorted(names) if not name.startswith(".")]
    return tuple(found), tuple(_unreadable(Path(error.filename), error) for error in errors)


def _unreadable(path: Path, error: OSError) -> Problem:
    return Problem(
        stage="fetch",
        code="unreadable",
        message=f"« {path} » ne peut pas être lu ({reason(error)}) : vérifiez les droits de lecture, puis relancez.",
    )
