"""What stands inside files: archives, e-mails, PDFs with embedded files, opened one in another.

Each document is laid beside the others, as `DCE.zip/Lot 1/message.eml/CCAP.pdf`; what could not be had is told, and
never stops the rest.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import mmap
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from uuid import uuid4

from extractors.attachments import attachments_of, holds_files
from extractors.kinds import MAILS, kind_by_name
from extractors.mails import Attachment
from extractors.persons import without_names
from extractors.schema import Extraction, Problem, Status
from flows.archives.kinds import is_archive
from flows.archives.names import safe_name
from flows.archives.unpack import LocalFile, UnpackLimits, unpack
from flows.files import Found, FoundFile, cannot_write, find_files, folder_key, hash_file, is_read, nothing_found

MOST_PROBLEMS = 20
"""Lines that a container may take in a report."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A container that did not give all that it holds, or a file of which it gave nothing."""

    inner_path: str
    sha256: str
    """Of its bytes; « inside: » and a hash of its place in the container when it has none."""
    size: int
    gave: bool
    """Whether it gave something all the same."""
    problems: tuple[Problem, ...]

    def record(self, name: str) -> Extraction:
        """What the database and the summary tell of it."""
        status: Status = "partial" if self.gave else "failed"
        return Extraction(path=name, sha256=self.sha256, size=self.size, status=status, problems=self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    files: tuple[LocalFile, ...]
    """Documents, whatever their format; an e-mail or a PDF stands before the files that it holds."""
    troubles: tuple[Trouble, ...]
    opened: bool
    """Whether the file was a container: an archive, or a document that held files."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        return tuple(problem for trouble in self.troubles for problem in trouble.problems)


def open_up(path: Path, *, name: str, folder: Path, limits: UnpackLimits | None = None) -> Contents:
    """A file and all that stands inside, as deep as the limits allow; what is inside is laid under `folder`.

    `name` starts the `inner_path` of every file. Nothing is written for a file that holds no other.

    Raises:
        OutputError: the folder cannot be written.
        OSError: the file itself cannot be read.
    """
    if not path.is_file():  # opening a named pipe would wait for ever
        raise OSError(errno.EINVAL, "pas un fichier ordinaire")
    work = _Work(folder, limits or UnpackLimits())
    work.open(path, PurePosixPath(safe_name(name)), depth=1)
    return Contents(files=tuple(work.files), troubles=tuple(work.troubles), opened=work.places > 0)


class _Work:
    def __init__(self, folder: Path, limits: UnpackLimits) -> None:
        self._folder = folder
        self._limits = limits
        self._files_left = limits.max_files
        self._bytes_left = limits.max_bytes
        self.places = 0
        """Folders taken, one for each container."""
        self.files: list[LocalFile] = []
        self.troubles: list[Trouble] = []

    def open(self, path: Path, inner: PurePosixPath, *, depth: int) -> None:
        if is_archive(path, inner.name):
            self._archive(path, inner, depth=depth)
        else:
            self._document(path, inner, depth=depth)

    def _archive(self, path: Path, inner: PurePosixPath, *, depth: int) -> None:
        left = replace(
            self._limits,
            max_files=self._files_left,
            max_bytes=self._bytes_left,
            max_depth=self._limits.max_depth - depth + 1,
        )
        laid = unpack(path, self._place(), name=inner.name, limits=left)
        self._files_left -= len(laid.files)
        self._bytes_left -= sum(file.path.stat().st_size for file in laid.files)
        problems = laid.problems
        if not laid.files and not problems:
            message = f"L'archive « {inner} » ne contient aucun fichier : demandez-la de nouveau à l'acheteur."
            problems = (Problem(stage="fetch", code="archive_empty", message=message),)
        if problems:
            self._tell(inner, _first(problems, inner), within=path, size=path.stat().st_size, gave=bool(laid.files))
        for file in laid.files:
            self._document(file.path, inner.parent / file.inner_path, depth=depth + 1)

    def _document(self, path: Path, inner: PurePosixPath, *, depth: int) -> None:
        self.files.append(LocalFile(path=path, inner_path=str(inner)))
        attached = _attached(path, inner.name)
        if not attached:
            return
        if depth > self._limits.max_depth:
            message = f"Dans « {inner} », trop de fichiers emboîtés : ouvrez-le à la main et déposez ce qu'il contient."
            self._tell(inner / "…", (Problem(stage="fetch", code="archive_depth", message=message),), within=path)
            return
        place = self._place()
        taken: dict[str, int] = {}
        refused = 0
        for file in attached:
            name = _free(_name(file), taken)
            if problem := self._refusal(file, inner, name):
                refused += 1
                if refused <= MOST_PROBLEMS:
                    self._tell(inner / name, (problem,), within=path)
                continue
            content = file.content or b""
            self._files_left -= 1
            self._bytes_left -= len(content)
            laid = place / name
            try:
                place.mkdir(parents=True, exist_ok=True)
                laid.write_bytes(content)
            except OSError as error:
                raise cannot_write(laid, error) from error
            self.open(laid, inner / name, depth=depth + 1)
        if refused > MOST_PROBLEMS:
            message = f"Dans « {inner} », {refused - MOST_PROBLEMS} autres pièces refusées : ouvrez-le à la main."
            self._tell(inner / "…", (Problem(stage="fetch", code="archive_more", message=message),), within=path)

    def _refusal(self, file: Attachment, inner: PurePosixPath, name: str) -> Problem | None:
        """Why an attachment is left out."""
        code, why = "", ""
        if file.content is None:
            code, why = "attachment", file.refusal
        elif not file.content:
            code, why = "attachment", "vide : la demander de nouveau à l'expéditeur"
        elif self._files_left < 1 or self._bytes_left < len(file.content):
            code, why = "archive_limits", "au-delà de la taille ou du nombre admis : l'extraire et la déposer à la main"
        message = f"Pièce « {name} » de « {inner} » : {why}."
        return Problem(stage="fetch", code=code, message=message) if code else None

    def _tell(
        self, inner: PurePosixPath, problems: tuple[Problem, ...], *, within: Path, size: int = 0, gave: bool = False
    ) -> None:
        """Record what was not had of a container, or of one of its files, that has no bytes of its own."""
        sha256 = hash_file(within)
        if not size:
            sha256 = "inside:" + hashlib.sha256(f"{sha256}/{inner.name}".encode()).hexdigest()
        self.troubles.append(Trouble(inner_path=str(inner), sha256=sha256, size=size, gave=gave, problems=problems))

    def _place(self) -> Path:
        """Where a container lays its files: no member can bear such a name."""
        self.places += 1
        return self._folder if self.places == 1 else self._folder / f".{self.places}"


def _first(problems: tuple[Problem, ...], inner: PurePosixPath) -> tuple[Problem, ...]:
    """The problems of an archive, the last ones counted when they are many: one made to harm has thousands."""
    if len(problems) <= MOST_PROBLEMS:
        return problems
    left = len(problems) - MOST_PROBLEMS
    message = f"Dans l'archive « {inner} », {left} autres fichiers ou archives refusés : ouvrez-la à la main."
    return (*problems[:MOST_PROBLEMS], Problem(stage="fetch", code="archive_more", message=message))


def _attached(path: Path, name: str) -> Sequence[Attachment]:
    """The files that a document holds; most hold none, and are only looked at."""
    with path.open("rb") as file:
        if not path.stat().st_size:
            return ()
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            if not holds_files(data, name):
                return ()
    return attachments_of(path.read_bytes(), name)


def _name(file: Attachment) -> str:
    """The name of a file inside another; that of a message is often its subject, which may name somebody."""
    is_mail = kind_by_name(file.name) in MAILS
    return safe_name(without_names(file.name) if is_mail else file.name)


def _free(name: str, taken: dict[str, int]) -> str:
    """The name, numbered where another file of the container has it: « annexe (2).pdf »; `taken`: the last number."""
    place, free, number = PurePosixPath(name), name, taken.get(name.casefold(), 1)
    while free.casefold() in taken:
        number += 1
        free = f"{place.stem} ({number}){place.suffix}"
    taken[name.casefold()] = number
    taken.setdefault(free.casefold(), 1)
    return free


# ---------------------------------------------------------------- files given to a command


@contextlib.contextmanager
def laying_folder(parent: Path) -> Iterator[Path]:
    """A folder below `parent` for the time of a run, made once something is laid; what a killed run left goes too."""
    for left in parent.glob("[0-9]*-*"):
        if not Path(f"/proc/{left.name.partition('-')[0]}").exists() and Path("/proc/self").exists():
            shutil.rmtree(left, ignore_errors=True)
    folder = parent / f"{os.getpid()}-{uuid4().hex[:8]}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # another run is there, or nothing was laid
            parent.rmdir()


def files_to_read(paths: Sequence[Path], *, folder: Path) -> Found:
    """Files to read, those inside others laid under `folder` among them; nothing to read is an error.

    An archive, an e-mail or a PDF with its files is one tender, unless it stands in the sub-folder of one.

    Raises:
        InputNotFound: a path does not exist, or none holds a document.
        OutputError: the folder cannot be written.
    """
    found = find_files(paths)
    files: list[FoundFile] = []
    skipped = found.skipped
    for number, file in enumerate(found.files):
        try:
            contents = open_up(file.path, name=file.path.name, folder=folder / str(number))
        except OSError:  # its own reading says why
            files.append(file)
            continue
        if not contents.opened:
            files.append(file)
            continue
        tender = folder_key(file) or _key(file)
        for inside in contents.files:
            if is_read(inside.path, inside.inner_path):
                name = _recorded(file, inside.inner_path)
                files.append(FoundFile(path=inside.path, name=name, tender=tender))
            else:
                skipped += 1
        for trouble in contents.troubles:
            name = _recorded(file, trouble.inner_path)
            files.append(FoundFile(path=Path(name), name=name, tender=tender, record=trouble.record(name)))
    if not files:
        raise nothing_found(paths, skipped)
    return Found(files=tuple(files), skipped=skipped)


def _recorded(file: FoundFile, inner_path: str) -> str:
    """The path to record: that of the file given, then the place inside."""
    _, slash, rest = inner_path.partition("/")
    return f"{file.path}{slash}{rest}"


def _key(file: FoundFile) -> str:
    """The tender of a container: its name in its folder; given alone, with its content, for many are « DCE.zip »."""
    if file.root:
        return file.path.relative_to(file.root).as_posix()
    return f"{file.path.name}:{hash_file(file.path)[:8]}"
