"""Which documents of a tender are older versions of others: a re-published file supersedes the one before.

A version bears the same name but for its marks (« V2 », « modifié », a date: `lexicons/versions.toml`) in the same
folder, or says « annule et remplace » on its first page. Two lots' CCTP are no versions of each other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Literal

from extractors.errors import RuleError
from extractors.lots import lot_references
from extractors.text import fold
from extractors.tomlfiles import load_toml, record

VERSIONS_FILE = Path(__file__).parents[1] / "lexicons" / "versions.toml"
_DIGEST = re.compile(r"(?=.*[a-f])[\da-f]{8}|(?:boamp|ted|folder|uuid|decp):.+")
_KINDS = ("date", "number", "corrected", "copy", "neutral")

Reason = Literal["same_path", "name", "said"]
"""Lexicon: version_reason. `same_path` is known to whoever keeps the files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A document of a tender, as far as versions go."""

    id: int
    path: str
    doc_type: str = "autre"
    since: date | None = None
    """Day it came; between names that do not say which is later, the later to come is."""
    replaces_earlier: bool = False
    """Its first page says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Superseded:
    """A document that another one of its tender replaces."""

    old: int
    new: int
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    kind: str
    pattern: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    files: tuple[str, ...]
    old: str


Age = tuple[tuple[int, int, int], float, bool, int]
"""Date, number, corrected, copy: what is greater is later."""

_UNMARKED: Age = ((0, 0, 0), 1, False, 0)
"""A name without a mark is that of the first version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Name:
    """A path without its marks of version, and what these say."""

    stem: tuple[str, ...]
    ages: tuple[Age, ...]
    """One for each folder, outermost first, then that of the file."""


def superseded(files: Sequence[File]) -> tuple[Superseded, ...]:
    """The older versions among the documents of one tender, each with the latest that replaces it; each id once."""
    groups: defaultdict[tuple[tuple[str, ...], tuple[str, ...]], list[File]] = defaultdict(list)
    for file in files:
        groups[_name(file.path).stem, lots_of(file.path)].append(file)
    found: dict[int, Superseded] = {}
    for group in groups.values():
        for old, new in _older(group):
            found.setdefault(old.id, Superseded(old=old.id, new=new.id, reason="name"))
    for old, new in _said(files):
        if new.id not in found:
            found.setdefault(old.id, Superseded(old=old.id, new=new.id, reason="said"))
    return tuple(found.values())


def same_age(one: str, other: str) -> bool:
    """Whether no mark of version tells two names of a document apart."""
    a, b = _name(one), _name(other)
    return a.stem != b.stem or a.ages == b.ages


def stem_of(path: str) -> tuple[str, ...]:
    """The path without extension and marks of version: the same for all versions of a document."""
    return _name(path).stem


@cache
def load_marks(path: Path = VERSIONS_FILE) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Kind and pattern of every mark; RuleError names what is wrong in the file."""
    data = load_toml(path, keys=("mark", "example"))
    marks = [record(Mark, table, where=f"{path.name}, mark {n}") for n, table in enumerate(data["mark"], start=1)]
    for mark in marks:
        if mark.kind not in _KINDS:
            raise RuleError(f"{path.name} : kind « {mark.kind} » inconnu ; admis : {', '.join(_KINDS)}.")
    try:
        return tuple((mark.kind, re.compile(mark.pattern)) for mark in marks)
    except re.error as error:
        raise RuleError(f"{path.name} : motif faux ({error}) ; corrigez-le.") from error


def check_examples(path: Path = VERSIONS_FILE) -> int:
    """How many examples the file has; RuleError for one that does not hold."""
    tables = load_toml(path, keys=("mark", "example"))["example"]
    examples = [record(Example, table, where=f"{path.name}, exemple {n}") for n, table in enumerate(tables, start=1)]
    for example in examples:
        found = superseded([File(id=number, path=name) for number, name in enumerate(example.files)])
        old = example.files[found[0].old] if found else ""
        if old != example.old:
            raise RuleError(
                f"{path.name}, exemple {', '.join(example.files)} : remplacé « {old} », pas « {example.old} »."
            )
    return len(examples)


def _older(group: Sequence[File]) -> Iterator[tuple[File, File]]:
    """Documents of one name with the latest of them; two of one age are told apart by when they came, if at all."""
    if len({file.id for file in group}) < 2:
        return
    plain = any(_name(file.path).ages[-1] == _UNMARKED for file in group)
    aged = [(ages, file) for file in group if (ages := _ages(file, plain=plain)) is not None]
    if len(aged) < 2:
        return
    newest = max(ages for ages, _ in aged)
    latest = [file for ages, file in aged if ages == newest]
    chosen = max(latest, key=lambda file: (file.since or date.min, file.id))
    for ages, file in aged:
        if file.id != chosen.id and (ages < newest or _before(file, chosen)):
            yield file, chosen


def _before(old: File, new: File) -> bool:
    return old.since is not None and new.since is not None and old.since < new.since


def _ages(file: File, *, plain: bool) -> tuple[Age, ...] | None:
    """None for a « (2) » whose plain name is not there: it numbers the documents rather than the downloads."""
    ages = _name(file.path).ages
    return None if ages[-1][3] and not plain else ages


def _said(files: Sequence[File]) -> Iterator[tuple[File, File]]:
    """A document that says « annule et remplace », with those of its type and lots that came before or bear no date."""
    for new in files:
        if not new.replaces_earlier:
            continue
        rivals = [
            old
            for old in files
            if old.id != new.id
            and old.doc_type == new.doc_type != "autre"
            and lots_of(old.path) == lots_of(new.path)
            and not _before(new, old)
        ]
        if len(rivals) == 1:
            yield rivals[0], new


def lots_of(path: str) -> tuple[str, ...]:
    """Lots that the path names."""
    words = " / ".join(PurePosixPath(path).with_suffix("").parts).replace("_", " ")
    return tuple(sorted({number for reference in lot_references(words) for number in reference.numbers}))


@cache
def _name(path: str) -> _Name:
    # Folders named by the tender and by a digest of the link: another link or name may give the same documents.
    parts = [_part(part) for part in PurePosixPath(path).with_suffix("").parts if not _DIGEST.fullmatch(part)]
    return _Name(stem=tuple(stem for stem, _ in parts), ages=tuple(age for _, age in parts))


def _part(name: str) -> tuple[str, Age]:
    words = " ".join(fold(name).replace("_", " ").replace("-", " ").split())
    day, number, corrected, copy = _UNMARKED
    for kind, pattern in load_marks():
        for match in pattern.finditer(words):
            said = match.groupdict()
            if kind == "date":
                day = max(day, (int(said["y"]), int(said["m"]), int(said["d"])))
            elif kind == "number":
                number = max(number, float(said["n"]) if said["n"] else ord(said["letter"]) - ord("a") + 1)
            elif kind == "copy":
                copy = int(said["n"])
            corrected = corrected or kind == "corrected"
        words = pattern.sub(" ", words)
    return " ".join(re.sub(r"[\s.,;()+-]+", " ", words).split()), (day, number, corrected, copy)
