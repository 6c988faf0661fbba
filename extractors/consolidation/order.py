"""Which source wins over which: the order of documents is data (`lexicons/order.toml`), with its legal source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from extractors.codes import codes_of
from extractors.consolidation.records import Source
from extractors.errors import RuleError
from extractors.tomlfiles import load_toml, record

ORDER_FILE = Path(__file__).parents[1] / "lexicons" / "order.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """The order of documents for some categories."""

    name: str
    doc: str
    sources: tuple[str, ...]
    """Texts that say so."""
    categories: tuple[str, ...]
    documents: tuple[tuple[str, ...], ...]
    """Types of documents, the strongest first; those of one rank together."""
    corrects: tuple[str, ...] = ()
    """Types that win over all that came before them: an answer published later corrects the documents."""
    examples: tuple[Mapping[str, Any], ...] = ()


@cache
def load_orders(path: Path = ORDER_FILE) -> tuple[Order, ...]:
    """The orders, checked: every category in one of them, every type of document in each, their examples true.

    Raises:
        RuleError: naming what is wrong and the mend.
    """
    orders = tuple(
        record(Order, table, where=f"{path.name}, ordre {n}")
        for n, table in enumerate(load_toml(path, keys=("order",))["order"], start=1)
    )
    told = [category for order in orders for category in order.categories]
    if sorted(told) != sorted(codes_of("category")):
        raise RuleError(
            f"{path.name} : chaque catégorie du lexique est dans un ordre et un seul ; corrigez « categories »."
        )
    for order in orders:
        _check(order, where=f"{path.name}, ordre « {order.name} »")
    return orders


def order_of(category: str) -> Order:
    """That of its category; a category that the lexicon does not name yet is one of execution."""
    orders = load_orders()
    return next((order for order in orders if category in order.categories), orders[0])


def rank(source: Source, sources: Sequence[Source], order: Order) -> int:
    """0 for the strongest; -1 for a correction that came after every document that it may correct."""
    if source.doc_type in order.corrects and source.since is not None:
        corrected = [other.since for other in sources if other.doc_type not in order.corrects]
        if all(since is not None and since < source.since for since in corrected):
            return -1
    return _place(order, source.doc_type)


def _place(order: Order, doc_type: str) -> int:
    """A type that the lexicon does not name yet comes last."""
    return next((place for place, types in enumerate(order.documents) if doc_type in types), len(order.documents))


def _check(order: Order, *, where: str) -> None:
    types = [doc_type for types in order.documents for doc_type in types]
    if sorted(types) != sorted(codes_of("doc_type")):
        raise RuleError(f"{where} : chaque type de document a un rang et un seul ; corrigez « documents ».")
    if not order.examples:
        raise RuleError(f"{where} : il faut un exemple au moins ; ajoutez « examples ».")
    for example in order.examples:
        if set(example) != {"documents", "first"}:
            raise RuleError(f"{where} : un exemple a « documents » et « first », rien d'autre.")
        first = min(example["documents"], key=lambda doc_type: _place(order, doc_type))
        if first != example["first"]:
            raise RuleError(
                f"{where} : parmi {', '.join(example['documents'])}, « {first} » l'emporte, pas « {example['first']} »."
            )
