"""From the links of an item to its documents, and what each link gave; what has not changed is not fetched again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from extractors.schema import Problem
from flows.archives.unpack import LocalFile
from flows.files import FoundFile, is_read
from flows.http import Client
from flows.http_errors import stored_as
from flows.retrieve import DIRECT, fetch_direct, manual
from flows.sources.base import Fetched, Item, Link, Platform
from flows.wording import agree
from models import DownloadState, KnownDownload, Outcome

OVER = frozenset({"award", "modification", "cancellation"})
"""Kinds of notice whose tender takes no more offers: its documents are not asked for."""
TOLD = 3
"""Files of a format that we do not read named in a message; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What an item gave beyond its notice."""

    files: tuple[FoundFile, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    downloads: int = 0
    renewed: tuple[str, ...] = ()
    """Folders (`tender/link/`) whose link has given all its documents anew: what else they held is no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Follows the links of items; several threads may share it."""

    client: Client
    platforms: Sequence[Platform]
    folder: Path
    """Where downloads are laid, a sub-folder for each tender: nothing is needed of it once the rows are stored."""
    barren: dict[str, Fetched] = field(default_factory=dict)
    """Addresses that gave no document: other tenders that have the same (a home page) do not ask again."""

    def follow(
        self, item: Item, known: Mapping[tuple[str, str], KnownDownload], *, changed: bool, skip: frozenset[str]
    ) -> Followed:
        """The documents of the item, `skip` being addresses that another item of the same tender follows.

        `changed`: its notice says something new, so that every other link is tried again.

        Raises:
            OutputError: the folder cannot be written.
        """
        parts = [_given(item, known)]
        if not (item.notice and item.notice.kind in OVER):
            links = {link.url: link for link in item.links}.values()
            leading = [link for link in links if link.kind in DIRECT or self._platform(link)]
            tried = [link for link in leading if link.url not in skip]
            parts += [self._follow(link, item, known, changed=changed) for link in tried]
            if links and not leading and not item.files:
                # The buyer's profile is where a person would begin.
                link = next((link for link in links if link.kind == "profil"), item.links[0])
                if (stored_as(link.url), item.tender_key) not in known:
                    problem = manual(link.url, "aucun lien direct vers les documents")
                    parts.append(Followed(outcomes=(_outcome(link, item, (problem,), state="manual"),)))
        return _one_manual(parts)

    def lay_in(self, item: Item) -> Path:
        return self.folder / _digest(item.tender_key)

    def _platform(self, link: Link) -> Platform | None:
        return next((platform for platform in self.platforms if platform.handles(link.url)), None)

    def _follow(
        self, link: Link, item: Item, known: Mapping[tuple[str, str], KnownDownload], *, changed: bool
    ) -> Followed:
        was = known.get((stored_as(link.url), item.tender_key))
        platform = self._platform(link)
        folder = self.lay_in(item) / _digest(link.url)
        provable = platform is None and was is not None and bool(was.etag or was.last_modified)
        if was and was.state != "failed" and not changed and not provable:
            return Followed()  # nobody could tell whether it has changed: it is left in peace
        got = self.barren.get(link.url) or self._fetch(link, platform, folder, was)
        if got is None:
            return Followed()
        if not got.files:
            self.barren[link.url] = got
        got = _renamed(got)
        base = f"{item.tender_key}/{_digest(link.url)}"
        files = _found(got.files, base=base, tender=item.tender_key)
        problems = (*got.problems, *_unread(got.files))
        outcome = _outcome(link, item, problems, state=_state(got.files, got.problems))
        if len(got.downloads) == 1:
            (last,) = got.downloads
            outcome = replace(
                outcome,
                name=last.name,
                sha256=last.sha256,
                size=last.size,
                etag=last.etag,
                last_modified=last.last_modified,
            )
        renewed = (f"{base}/",) if was and got.files and outcome.state == "ok" else ()
        return Followed(files=files, outcomes=(outcome,), downloads=len(got.downloads), renewed=renewed)

    def _fetch(self, link: Link, platform: Platform | None, folder: Path, was: KnownDownload | None) -> Fetched | None:
        """What the link gives; None when it has not changed."""
        if platform:
            return platform.fetch(link.url, folder, self.client)
        proofs = {"etag": was.etag, "last_modified": was.last_modified} if was else {}
        return fetch_direct(link.url, folder, self.client, **proofs)


def _given(item: Item, known: Mapping[tuple[str, str], KnownDownload]) -> Followed:
    """The files that came with the item, and what of it could not be had."""
    problems = (*item.problems, *_unread(item.files))
    name = item.tender_key or (problems[0].message if problems else "")
    was = known.get((name, item.tender_key))
    outcomes: tuple[Outcome, ...] = ()
    if problems or (was and was.state != "ok"):
        state: DownloadState = "ok"
        if item.problems:
            state = "partial" if item.files or item.notice else "failed"
        outcomes = (_outcome(Link(url=name, kind="avis" if item.raw else "dce"), item, problems, state=state),)
    files = _found(item.files, base=item.tender_key or "depot", tender=item.tender_key or None)
    return Followed(files=files, outcomes=outcomes)


def _found(files: Sequence[LocalFile], *, base: str, tender: str | None) -> tuple[FoundFile, ...]:
    return tuple(
        FoundFile(path=file.path, name=f"{base}/{file.inner_path}", tender=tender)
        for file in files
        if is_read(file.path, file.inner_path)
    )


def _unread(files: Sequence[LocalFile]) -> tuple[Problem, ...]:
    names = [PurePosixPath(file.inner_path).name for file in files if not is_read(file.path, file.inner_path)]
    if not names:
        return ()
    told = ", ".join(f"« {name} »" for name in names[:TOLD]) + ("…" if len(names) > TOLD else "")
    message = agree(f"{len(names)} fichier(s) d'un format qui n'est pas lu : {told}", len(names))
    return (Problem(stage="fetch", code="format", message=message),)


def _state(files: Sequence[LocalFile], problems: Sequence[Problem]) -> DownloadState:
    if any(problem.code == "manual" for problem in problems):
        return "manual"  # even when the règlement came alone
    return "ok" if not problems else "partial" if files else "failed"


def _outcome(link: Link, item: Item, problems: Sequence[Problem], *, state: DownloadState) -> Outcome:
    return Outcome(
        address=stored_as(link.url),
        subject=item.tender_key,
        kind=link.kind,
        state=state,
        code=problems[0].code if problems else None,
        message="\n".join(problem.message for problem in problems) or None,
    )


def _one_manual(parts: Sequence[Followed]) -> Followed:
    """A tender is listed once as to be fetched by a person, and not at all when some link gave its documents."""
    files = tuple(file for part in parts for file in part.files)
    outcomes: list[Outcome] = []
    listed = any(part.files and outcome.state != "manual" for part in parts for outcome in part.outcomes)
    for outcome in (outcome for part in parts for outcome in part.outcomes):
        outcomes.append(replace(outcome, state="page") if listed and outcome.state == "manual" else outcome)
        listed = listed or outcome.state == "manual"
    return Followed(
        files=files,
        outcomes=tuple(outcomes),
        downloads=sum(part.downloads for part in parts),
        renewed=tuple(folder for part in parts for folder in part.renewed),
    )


def _renamed(got: Fetched) -> Fetched:
    """Documents that came alone take the names that their server gives them: their type can be read there."""
    alone = {download.path for download in got.downloads}
    files = []
    for file in got.files:
        if file.path in alone:
            named = file.path.parent / f"{file.path.stem}.seul" / PurePosixPath(file.inner_path).name
            named.parent.mkdir(exist_ok=True)
            file.path.replace(named)
            file = replace(file, path=named)
        files.append(file)
    return replace(got, files=tuple(files))


def _digest(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()[:8]
