"""What every source has in common: what it is asked, what it yields, and how it is found.

A new source is one file of this package, or one of another package declared under the entry point group
`clausoscope.sources`, that holds `make_source(settings) -> Source`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Literal, Protocol

import flows.sources
from extractors.errors import ClausoscopeError
from extractors.notices.records import Notice
from extractors.schema import Problem
from flows.archives.unpack import LocalFile
from flows.http import Client
from flows.receive import Download
from flows.sources.settings import SourceSettings

GROUP = "clausoscope.sources"

LinkKind = Literal["dce", "rc", "avis", "profil", "autre"]
"""Tender documents, their règlement alone, the notice itself, the home page of the buyer's profile, anything else."""


class SourceError(ClausoscopeError):
    """A source cannot be used at all: its service is down, refuses us, or answers what it should not."""

    code = "source"


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The notices asked for: published from `since` to `until`, both included."""

    since: date
    until: date
    departements: tuple[str, ...] = ()
    """Normalised codes (« 05 », « 2A », « 93 »); empty for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    url: str
    kind: LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """What a source yields: a notice, or the documents of one tender, or both."""

    tender_key: str
    """What the same tender always gets from this source (`boamp:26-91551`…); empty: its documents tell."""
    cursor: str = ""
    """The watermark of the source once this item and all those before it are stored; empty: it does not move."""
    notice: Notice | None = None
    raw: bytes = b""
    """The notice as it was fetched, kept as evidence; empty when there is none."""
    raw_name: str = ""
    """File name of `raw`, with its suffix (`26-91551.json`)."""
    links: tuple[Link, ...] = ()
    files: tuple[LocalFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    """What of this tender could not be had (stage `fetch`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    ok: bool
    message: str
    """One line in French: what answers, or what does not and what to do next."""


class Source(Protocol):
    """Where tenders come from. Making one touches nothing: no file, no network."""

    @property
    def name(self) -> str:
        """As in `--source NAME`."""

    @property
    def title(self) -> str:
        """As people call it, in French."""

    def items(self, window: Window, watermark: str | None, client: Client) -> Iterator[Item]:
        """The items of the window, or those after the watermark (the last stored `Item.cursor`), oldest first.

        One bad item is an item with problems; it never stops the others.

        Raises:
            SourceError, HttpError: the source itself fails; what was yielded before stands.
        """

    def check(self, client: Client) -> CheckResult:
        """Whether the source answers and is well configured; never raises for a service that is down."""


class SourceFactory(Protocol):
    def __call__(self, settings: SourceSettings, /) -> Source: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What links gave."""

    files: tuple[LocalFile, ...] = ()
    problems: tuple[Problem, ...] = ()
    downloads: tuple[Download, ...] = ()
    """With what asks later whether each has changed."""


class Platform(Protocol):
    """A buyer's profile whose documents take more than one request to get.

    It is a file of this package that holds `make_platform(settings)`: the platform, or None when it is not wanted.
    """

    @property
    def name(self) -> str:
        """As in `sources check NAME`."""

    def handles(self, url: str) -> bool: ...

    def fetch(self, url: str, folder: Path, client: Client) -> Fetched:
        """The documents of the tender of this page; what cannot be had is a problem, never an error."""

    def check(self, client: Client) -> CheckResult:
        """As for a source."""


def factories() -> Mapping[str, SourceFactory]:
    """Name → factory of every source: the files of this package, then those other packages declare."""
    found: dict[str, SourceFactory] = dict(_named("make_source"))
    for point in entry_points(group=GROUP):
        found[point.name] = point.load()
    return found


def open_platforms(settings: SourceSettings) -> tuple[Platform, ...]:
    """The platforms that the settings ask for."""
    made = (make(settings) for _, make in _named("make_platform"))
    return tuple(platform for platform in made if platform is not None)


def _named(function: str) -> Iterator[tuple[str, Any]]:
    """Name of each file of this package that holds the function, and the function."""
    for module in pkgutil.iter_modules(flows.sources.__path__):
        found = getattr(importlib.import_module(f"{flows.sources.__name__}.{module.name}"), function, None)
        if found is not None:
            yield module.name, found


def open_source(name: str, settings: SourceSettings) -> Source:
    """The source of that name.

    Raises:
        SourceError: there is none; the message lists those that exist.
    """
    known = factories()
    if name not in known:
        raise SourceError(f"Source « {name} » inconnue : choisissez parmi {', '.join(sorted(known))}.")
    return known[name](settings)
