"""The lexicons of consolidation, read and checked together."""

from __future__ import annotations

from collections.abc import Iterable

from extractors.codes import codes_of
from extractors.consolidation.contradictions import CONTRADICTIONS_FILE, load_settings
from extractors.consolidation.declared import CONSIDERATIONS, DECLARED_FILE, load_declared
from extractors.consolidation.obligation import OBLIGATION_FILE, load_obligation
from extractors.consolidation.order import ORDER_FILE, load_orders
from extractors.consolidation.versions import VERSIONS_FILE, check_examples, load_marks
from extractors.errors import RuleError

LEXICONS = (ORDER_FILE, CONTRADICTIONS_FILE, VERSIONS_FILE, DECLARED_FILE, OBLIGATION_FILE)


def check_lexicons() -> int:
    """How many examples they hold, all true.

    Raises:
        RuleError: one of them has a key or a code that nobody knows, or an example that does not hold.
    """
    orders = load_orders()
    load_marks()
    settings, declared = load_settings(), load_declared()
    types, categories = codes_of("doc_type"), codes_of("category")
    _known((*settings.ignored, *settings.of_all_lots), types, where=CONTRADICTIONS_FILE.name)
    denied = (category for listed in settings.denies.values() for category in listed)
    _known((*settings.denies, *denied), categories, where=CONTRADICTIONS_FILE.name)
    for name, known in (("denies", CONSIDERATIONS), ("written_in", types), ("categories", categories)):
        _known((code for codes in declared[name].values() for code in codes), known, where=DECLARED_FILE.name)
    grounds = load_obligation().derogations
    of_orders = sum(len(order.examples) for order in orders)
    return of_orders + check_examples() + sum(len(ground.yes) + len(ground.no) for ground in grounds)


def _known(codes: Iterable[str], known: Iterable[str], *, where: str) -> None:
    if unknown := sorted(set(codes) - set(known)):
        raise RuleError(f"{where} : « {unknown[0]} » inconnu ; codes admis : {', '.join(known)}.")
