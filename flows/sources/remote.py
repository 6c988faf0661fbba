"""A remote folder (S3, SFTP, or a web server that lists it): what changed is copied, then read as a drop folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from extractors.schema import Problem
from flows.archives.names import is_noise, tree_parts
from flows.files import cannot_write
from flows.http import Client
from flows.http_errors import HttpError, problem_of, shown
from flows.remote_folders import RemoteFile, RemoteFolder, open_folder
from flows.sources.base import CheckResult, Item, SourceError, Window
from flows.sources.folder import FolderSource
from flows.sources.settings import SourceSettings


def make_source(settings: SourceSettings) -> RemoteSource:
    return RemoteSource(
        settings.remote_url, copied_in=settings.fetched_dir / "remote", max_bytes=settings.max_download_mb * 10**6
    )


class RemoteSource:
    """Its first-level sub-folders and archives are tenders, as in the drop folder; the watermark is the same too."""

    name = "remote"
    title = "Dossier distant (S3, SFTP, web)"

    def __init__(self, url: str, *, copied_in: Path, max_bytes: int) -> None:
        self._url = url
        self._copy = copied_in / "copie"
        self._local = FolderSource(self._copy, laid_in=copied_in / "contenu")
        self._max_bytes = max_bytes

    def items(self, window: Window, watermark: str | None, client: Client) -> Iterator[Item]:
        try:
            folder = self._open(client)
            for file in folder.files():
                if problem := self._take(file, folder):
                    yield Item(tender_key=f"depot:{file.path.partition('/')[0]}", problems=(problem,))
        except HttpError as error:
            raise SourceError(str(error)) from error
        yield from self._local.items(window, watermark, client)

    def check(self, client: Client) -> CheckResult:
        try:
            first = next(iter(self._open(client).files()), None)
        except (SourceError, HttpError) as error:
            return CheckResult(ok=False, message=str(error))
        found = "répond" if first else "répond, mais il est vide"
        return CheckResult(ok=True, message=f"Le dossier distant « {shown(self._url)} » {found}.")

    def _take(self, file: RemoteFile, folder: RemoteFolder) -> Problem | None:
        """Copy one file when it is not the one we have."""
        parts = tree_parts(file.path)
        if parts is None or is_noise(file.path):
            return None
        if file.size is not None and file.size > self._max_bytes:
            return Problem(
                stage="fetch",
                code="too_large",
                message=f"« {file.path} » dépasse {self._max_bytes // 10**6} Mo : montez CLAUSOSCOPE_MAX_DOWNLOAD_MB.",
            )
        target = self._copy.joinpath(*parts)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            folder.copy(file, target)
        except HttpError as error:
            return problem_of(error)
        except OSError as error:
            raise cannot_write(target, error) from error
        return None

    def _open(self, client: Client) -> RemoteFolder:
        if not self._url:
            raise SourceError(
                "Aucun dossier distant : donnez son adresse (s3://, sftp:// ou https://) par CLAUSOSCOPE_REMOTE_URL."
            )
        self._copy.mkdir(parents=True, exist_ok=True)
        return open_folder(self._url, client, scratch=self._copy / ".en_cours")
