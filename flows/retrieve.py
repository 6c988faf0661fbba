"""From an address to documents on this disk; what a person must fetch is recorded with its link."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from extractors.schema import Problem
from flows.archives.unpack import LocalFile
from flows.containers import open_up
from flows.http import Client
from flows.http_errors import HttpError, problem_of, shown
from flows.receive import Download
from flows.sources.base import Fetched

DIRECT = frozenset({"dce", "rc", "autre"})
"""Kinds of link behind which a document can be; the others are pages, of use only to a platform we know."""
CONTENTS = ".contenu"
"""Ends the name of a folder that holds what was in an archive, an e-mail or a PDF."""


def fetch_direct(url: str, folder: Path, client: Client, *, etag: str = "", last_modified: str = "") -> Fetched | None:
    """The document of an address, archives opened; None when it has not changed since the download so proved."""
    try:
        download = client.download(url, folder, etag=etag, last_modified=last_modified)
    except HttpError as error:
        return Fetched(problems=(problem_of(error),))
    return opened(download, folder) if download else None


def opened(download: Download, folder: Path) -> Fetched:
    """The documents of a download; an empty one is none."""
    if not download.size:
        message = f"« {download.name} » est vide (0 octet) : relancez plus tard, ou récupérez-le à la main."
        return Fetched(problems=(Problem(stage="fetch", code="bad_answer", message=message),))
    files, problems = documents_of(download.path, name=download.name, folder=folder)
    return Fetched(files=files, problems=problems, downloads=(download,))


def documents_of(path: Path, *, name: str, folder: Path) -> tuple[tuple[LocalFile, ...], tuple[Problem, ...]]:
    """What a file of tender documents holds: itself, and the files inside it, laid under `folder`.

    Raises:
        OutputError: the folder cannot be written.
        OSError: the file cannot be read.
    """
    contents = open_up(path, name=name, folder=folder / f"{path.stem}{CONTENTS}")
    return contents.files, contents.problems


def joined(parts: Sequence[Fetched]) -> Fetched:
    return Fetched(
        files=tuple(file for part in parts for file in part.files),
        problems=tuple(problem for part in parts for problem in part.problems),
        downloads=tuple(download for part in parts for download in part.downloads),
    )


def manual(url: str, why: str) -> Problem:
    """A tender whose documents a person must fetch."""
    return Problem(stage="fetch", code="manual", message=f"Dossier à récupérer à la main ({why}) : {shown(url)}")
