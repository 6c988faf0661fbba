"""What a run has to do: which files hold content not yet extracted by these rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from extractors.fingerprint import fingerprint
from extractors.reading_order import Place, place_of
from extractors.schema import Extraction
from flows.containers import files_to_read
from flows.files import FoundFile, folder_key, hash_file, store_raw, tender_key, unreadable_record
from models import StartedFile, add_paths, done


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A path and its content."""

    file: FoundFile
    sha256: str
    size: int
    failure: Extraction | None = None
    """The record of a file whose bytes cannot be read, of an archive that did not give all that it holds."""

    @property
    def tender(self) -> str:
        """What names its tender before it is read; a file of no folder is alone."""
        return folder_key(self.file) or self.file.recorded

    @property
    def place(self) -> Place:
        """Where it stands among the files of its tender, in the order of reading."""
        return place_of(self.file.recorded, size=self.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    fingerprint: str
    todo: tuple[Item, ...]
    """Several paths may hold the same content: it is read once."""
    known: tuple[Item, ...]
    """Content already extracted by these rules."""
    ignored: int
    """Files of no supported format."""

    @property
    def to_read(self) -> tuple[Path, ...]:
        """One path per content to extract: tender by tender, in each those that carry clauses first."""
        tenders: dict[str, int] = {}
        for item in self.todo:
            tenders.setdefault(item.tender, len(tenders))
        paths: dict[str, Path] = {}
        for item in sorted(self.todo, key=lambda item: (tenders[item.tender], item.place)):
            if not item.failure:
                paths.setdefault(item.sha256, item.file.path)
        return tuple(paths.values())

    @property
    def tenders(self) -> Mapping[Path, str]:
        """Path on this disk → what names its tender before it is read."""
        return {item.file.path: item.tender for item in self.todo}

    @property
    def failures(self) -> tuple[Extraction, ...]:
        return tuple(item.failure for item in self.todo if item.failure)

    @property
    def names(self) -> Mapping[str, str]:
        """Path on this disk → path to record."""
        return {str(item.file.path): item.file.recorded for item in self.todo}

    def tender_keys(self, extractions: Sequence[Extraction]) -> Mapping[str, str]:
        """Path → key of its tender, for every path of these extractions."""
        by_content = {extraction.sha256: extraction for extraction in extractions}
        return {
            item.file.recorded: tender_key(item.file, by_content[item.sha256])
            for item in self.todo
            if item.sha256 in by_content
        }


def make_plan(engine: Engine, paths: Sequence[Path], *, folder: Path, mended: Collection[str] = frozenset()) -> Plan:
    """Hash every file, ask the database what is done, and record where known content was found again.

    `folder`: where what archives hold is laid; the plan needs it until its files are read.
    `mended`: codes of the problems that a program now installed would not leave.

    Raises:
        InputNotFound, OutputError, StoreError: with the next action in one line.
    """
    found = files_to_read(paths, folder=folder)
    return plan_files(engine, found.files, ignored=found.skipped, mended=mended)


def plan_files(
    engine: Engine,
    files: Sequence[FoundFile],
    *,
    ignored: int = 0,
    night_id: int | None = None,
    mended: Collection[str] = frozenset(),
) -> Plan:
    """The same for files already found."""
    items = [_item(file) for file in files]
    current = fingerprint()
    stored = done(engine, sha256s=[item.sha256 for item in items], fingerprint=current, mended=mended)
    known = tuple(item for item in items if item.sha256 in stored)
    folders = {item.file.recorded: folder_key(item.file) for item in known}
    if known:
        add_paths(
            engine,
            files=[started(item) for item in known],
            tender_keys={path: folder for path, folder in folders.items() if folder},
            night_id=night_id,
        )
    todo = tuple(item for item in items if item.sha256 not in stored)
    return Plan(fingerprint=current, todo=todo, known=known, ignored=ignored)


def started(item: Item, *, raw_path: Path | None = None) -> StartedFile:
    return StartedFile(
        path=item.file.recorded, sha256=item.sha256, size=item.size, raw_path=str(raw_path) if raw_path else None
    )


def keep(item: Item, *, raw_dir: Path) -> StartedFile:
    """Copy the bytes of a file to the raw store; OutputError when it cannot be written."""
    if item.failure:
        return started(item)
    try:
        return started(item, raw_path=store_raw(item.file.path, raw_dir=raw_dir, sha256=item.sha256))
    except OSError:  # gone since it was hashed: its reading says so, and the other files go on
        return started(item)


def _item(file: FoundFile) -> Item:
    if file.record:
        return Item(file=file, sha256=file.record.sha256, size=file.record.size, failure=file.record)
    try:
        return Item(file=file, sha256=hash_file(file.path), size=file.path.stat().st_size)
    except OSError as error:
        record = unreadable_record(file.path, error)
        return Item(file=file, sha256=record.sha256, size=0, failure=record)
