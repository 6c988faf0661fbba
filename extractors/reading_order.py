"""In which order the files of a tender are read: those that carry clauses first, so that a time limit loses little."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath

from extractors.codes import codes_of
from extractors.doctype import type_by_name
from extractors.errors import RuleError
from extractors.kinds import FileKind, kind_by_name
from extractors.text import fold
from extractors.tomlfiles import load_toml, record

ORDER_FILE = Path(__file__).parent / "lexicons" / "reading_order.toml"
Place = tuple[int, int, int]
"""Worth, cost, size: what is least is read first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rank:
    doc_types: tuple[str, ...]
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cost:
    kinds: tuple[FileKind, ...]
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Last:
    pattern: str
    doc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingOrder:
    ranks: Mapping[str, int]
    """Type of document → rank, 0 for what is read first."""
    costs: Mapping[FileKind, int]
    """Kind of file → rank, 0 for the cheapest."""
    last: re.Pattern[str]
    """Names, folded, of files that hold no text worth reading."""


def place_of(path: str, *, size: int) -> Place:
    """Where a file stands among those of its tender, from its name and its size in bytes: a scan weighs more."""
    order = load_order()
    doc_type = type_by_name(path)
    worth = order.ranks[doc_type]
    if doc_type == "autre" and order.last.search(_plain(path)):
        worth = len(order.ranks)
    return worth, order.costs.get(kind_by_name(path), len(order.costs)), size


@cache
def load_order(path: Path = ORDER_FILE) -> ReadingOrder:
    """The order; RuleError names what is wrong in the file."""
    data = load_toml(path, keys=("rank", "last", "cost"))
    ranks = [record(_Rank, table, where=f"{path.name}, rank {n}") for n, table in enumerate(data["rank"], start=1)]
    costs = [record(_Cost, table, where=f"{path.name}, cost {n}") for n, table in enumerate(data["cost"], start=1)]
    told = [doc_type for rank in ranks for doc_type in rank.doc_types]
    if sorted(told) != sorted(codes_of("doc_type")):
        raise RuleError(f"{path.name} : chaque type de document est dans un « rank » et un seul ; corrigez « rank ».")
    try:
        last = re.compile(record(_Last, data["last"], where=f"{path.name}, last").pattern)
    except re.error as error:
        raise RuleError(f"{path.name} : motif faux ({error}) ; corrigez-le.") from error
    return ReadingOrder(
        ranks={doc_type: n for n, rank in enumerate(ranks) for doc_type in rank.doc_types},
        costs={kind: n for n, cost in enumerate(costs) for kind in cost.kinds},
        last=last,
    )


def _plain(path: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", fold(PurePosixPath(path).stem)).split())
