"""Which files a command reads, what names them, and the raw store where their bytes are kept."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from extractors.errors import ClausoscopeError
from extractors.fingerprint import path_key
from extractors.kinds import READ_SUFFIXES, kind_of
from extractors.schema import Extraction, Problem
from flows.archives.kinds import ARCHIVES, true_suffix
from flows.wording import agree


class InputNotFound(ClausoscopeError):
    """A path given on the command line does not exist."""

    code = "input_not_found"


class OutputError(ClausoscopeError):
    """A file cannot be written."""

    code = "output"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFile:
    path: Path
    root: Path | None = None
    """The folder of the command line it was found under; None for a file named explicitly."""
    name: str | None = None
    """The path to record, for a file that a source gave; None for its path on this disk."""
    tender: str | None = None
    """A name of its tender, where the source knows it."""
    record: Extraction | None = None
    """What is known of it without reading it: an archive that did not give all that it holds."""

    @property
    def recorded(self) -> str:
        return self.name or str(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    files: tuple[FoundFile, ...]
    skipped: int
    """Files that are of no supported format."""


def find_files(paths: Iterable[Path]) -> Found:
    """Files to read or to open, each once, folders walked in order and without their hidden files.

    Raises:
        InputNotFound: one of `paths` does not exist.
    """
    files: dict[Path, FoundFile] = {}
    skipped = 0
    for path in paths:
        if path.is_dir():
            for below in _walk(path):
                if below.suffix.lower() in ARCHIVES or below.is_dir() or is_read(below, below.name):
                    files.setdefault(below.resolve(), FoundFile(path=below, root=path))
                else:
                    skipped += 1
        elif os.path.lexists(path):
            files.setdefault(path.resolve(), FoundFile(path=path))
        else:
            raise InputNotFound(f"« {path} » n'existe pas : vérifiez le chemin (dossier courant : {Path.cwd()}).")
    return Found(files=tuple(files.values()), skipped=skipped)


def is_read(path: Path, name: str) -> bool:
    """Whether a file is of a format that is read: by its name, or by its bytes where its name says nothing of it."""
    suffix = PurePosixPath(name).suffix.lower()
    if suffix in READ_SUFFIXES:
        return True
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a named pipe would wait for ever
            return False
        return true_suffix(path) == ".pdf" or (suffix in ARCHIVES and kind_of(path.read_bytes(), name) != "other")
    except OSError:
        return False


def nothing_found(paths: Sequence[Path], skipped: int) -> InputNotFound:
    """The error for paths that hold nothing to read."""
    where = ", ".join(f"« {path} »" for path in paths)
    others = agree(f" ({skipped} autre(s) fichier(s))", skipped) if skipped else ""
    return InputNotFound(f"Aucun document à lire dans {where}{others} : vérifiez le dossier.")


def tell_ignored(count: int) -> None:
    """Say on stderr that files were left aside: a tender comes with plans and presentations too."""
    if count:
        words = f"{count} fichier(s) laissé(s) de côté : format non lu."
        sys.stderr.write(f"clausoscope : {agree(words, count)}\n")


def _walk(folder: Path) -> list[Path]:
    """Every visible file below `folder`; a folder that cannot be listed stands for its files, to be reported."""
    seen: list[Path] = []

    def keep(error: OSError) -> None:
        seen.append(Path(error.filename))

    for where, folders, names in os.walk(folder, onerror=keep):
        folders[:] = [name for name in folders if not name.startswith(".")]
        seen += [Path(where, name) for name in names if not name.startswith(".")]
    return sorted(seen)


def hash_file(path: Path) -> str:
    """SHA-256 of the bytes, read as a stream; OSError when they cannot be."""
    if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():  # opening a named pipe would wait for ever
        raise OSError(errno.EINVAL, "pas un fichier ordinaire")
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def failed_record(path: Path, *, code: str, message: str) -> Extraction:
    """The record of a file that gave nothing.

    When even its bytes cannot be read, `sha256` is « path: » and the hash of its path: every document needs a key.
    """
    try:
        sha256, size = hash_file(path), path.stat().st_size
    except OSError:
        sha256, size = path_key(path), 0
    problem = Problem(stage="read", code=code, message=message)
    return Extraction(path=str(path), sha256=sha256, size=size, status="failed", problems=(problem,))


def unreadable_record(path: Path, error: OSError) -> Extraction:
    mend = "vérifiez le lien ou les droits de lecture, puis relancez"
    return failed_record(path, code="unreadable", message=f"Fichier illisible ({reason(error)}) : {mend}.")


def folder_key(file: FoundFile) -> str | None:
    """What the source said, else the sub-folder of the file below that of the command line: one is one tender."""
    if file.tender:
        return file.tender
    if file.root is None or file.path.parent == file.root:
        return None
    return file.path.parent.relative_to(file.root).as_posix()


def tender_key(file: FoundFile, extraction: Extraction) -> str:
    """What groups the documents of one tender: their sub-folder, else their reference, else the document is alone."""
    if folder := folder_key(file):
        return folder
    reference = extraction.tender.reference
    return f"ref:{reference}" if reference else f"doc:{extraction.sha256}"


def store_raw(path: Path, *, raw_dir: Path, sha256: str) -> Path:
    """Keep the bytes of `path` under their hash; nothing is written when they are already there.

    Raises:
        OutputError: the store cannot be written.
        OSError: `path` itself cannot be read.
    """
    kept = raw_dir / sha256[:2] / f"{sha256}{path.suffix.lower()}"
    if kept.exists():
        return kept
    with path.open("rb") as source, writing_whole(kept) as partial, partial.open("wb") as target:
        shutil.copyfileobj(source, target)
    return kept


def keep_bytes(content: bytes, *, raw_dir: Path, suffix: str) -> tuple[Path, str]:
    """Keep bytes that were never a file as `store_raw` does; where they stand and their SHA-256.

    Raises:
        OutputError: the store cannot be written.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    kept = raw_dir / sha256[:2] / f"{sha256}{suffix}"
    if not kept.exists():
        with writing_whole(kept) as partial:
            partial.write_bytes(content)
    return kept, sha256


@contextlib.contextmanager
def writing_whole(path: Path) -> Iterator[Path]:
    """Where to write what `path` shall hold: it takes that name once whole, and nothing of it stays otherwise.

    Raises:
        OutputError: it cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The one-line error for a file that cannot be written, with the mend."""
    return OutputError(
        f"Impossible d'écrire « {path} » ({reason(error)}) : "
        "libérez de la place ou choisissez un dossier où vous avez le droit d'écrire."
    )


_REASONS = {
    errno.ENOENT: "introuvable, ou lien brisé",
    errno.EACCES: "accès refusé",
    errno.EPERM: "accès refusé",
    errno.EROFS: "en lecture seule",
    errno.ENOSPC: "disque plein",
    errno.ENOTDIR: "un fichier tient la place d'un dossier",
    errno.EISDIR: "un dossier tient la place d'un fichier",
    errno.EEXIST: "un fichier tient la place d'un dossier",
}


def reason(error: OSError) -> str:
    """Why the system refused, in French when it is a common case."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))
