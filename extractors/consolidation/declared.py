"""What the buyer declares beside what the documents say.

Declared: the social fields of the notices and of the DECP, and the clauses that the text of the notice states. Found:
what the other documents state; where none of those that would state it was read whole, nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from extractors.consolidation.claims import lot_order
from extractors.consolidation.records import Source
from extractors.notices.records import Declared
from extractors.schema import WHOLE_CONTRACT
from extractors.tomlfiles import frozen, load_toml

DECLARED_FILE = Path(__file__).parents[1] / "lexicons" / "declared.toml"
CONSIDERATIONS = ("clause", "critere", "reserve")

Answer = Literal["yes", "no", "unsaid", "unknown"]
"""`unsaid`: no field says it; `unknown`: the documents that would say it were not read (lexicon: answer)."""
Result = Literal["agree", "declared_only", "found_only", "unknown"]
"""Lexicon: agreement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One consideration of one lot, declared and found."""

    lot: str
    """« * » unless the notice declares by lot."""
    consideration: str
    """clause, critere, reserve, or sociale where the notice does not say which (lexicon: consideration)."""
    declared: Answer
    found: Answer
    result: Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """All of a tender, and its figures for the tender as a whole."""

    declared: str
    """clause, critere, reserve, sociale, plusieurs, aucune or rien (lexicon: declared)."""
    result: Result
    agreements: tuple[Agreement, ...]
    """Only what is declared, denied or found."""


def compare_declared(fields: Iterable[Declared], sources: Sequence[Source]) -> Comparison:
    """`fields`: those of the notices of the tender; `sources`: its documents, the texts of its notices among them."""
    said = _declared(fields, [source for source in sources if source.doc_type == "avis"])
    documents = [source for source in sources if source.doc_type != "avis"]
    found = {consideration: _lots_of(documents, consideration) for consideration in CONSIDERATIONS}
    covered = any(answer == "yes" for answer in said.get("sociale", {}).values())
    rows = [
        row
        for consideration in CONSIDERATIONS
        if said.get(consideration) or (found[consideration] and not covered)
        for row in _agreements(consideration, said.get(consideration, {}), found[consideration], documents)
    ]
    if covered:
        together = frozenset(lot for lots in found.values() for lot in lots)
        rows += _agreements("sociale", said["sociale"], together, documents)
    return Comparison(declared=_summary(said), result=_result(rows, documents), agreements=tuple(rows))


def consideration_of(category: str) -> str:
    """Of a category of the lexicon: clause, critere or reserve."""
    named = (name for name, categories in load_declared()["categories"].items() if category in categories)
    return next(named, "clause")


def is_written_in(consideration: str, documents: Iterable[Source]) -> bool:
    """Whether one of the documents that would state it was read whole."""
    types = load_declared()["written_in"][consideration]
    return any(source.doc_type in types and source.complete for source in documents)


@cache
def load_declared(path: Path = DECLARED_FILE) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """The lexicon: what fields deny, where each consideration is written, categories; RuleError for a wrong file."""
    data = load_toml(path, keys=("denies", "written_in", "categories"))
    return {name: {key: frozen(values) for key, values in table.items()} for name, table in data.items()}


Said = dict[str, dict[str, Answer]]
"""Consideration → lot → yes or no."""


def _declared(fields: Iterable[Declared], notices: Iterable[Source]) -> Said:
    """A yes wins over a no of the same lot: fields that deny speak of themselves only."""
    said: Said = {}
    for field in fields:
        lot = field.lot or WHOLE_CONTRACT
        if field.meaning == "aucune":
            for consideration in load_declared()["denies"].get(field.field, CONSIDERATIONS):
                said.setdefault(consideration, {}).setdefault(lot, "no")
        elif field.meaning != "inconnu":
            said.setdefault(field.meaning, {})[lot] = "yes"
    for notice in notices:
        for absence in notice.absences:
            said.setdefault(consideration_of(absence.category), {}).setdefault(WHOLE_CONTRACT, "no")
        for stated in notice.clauses:
            for lot in stated.clause.lots:
                said.setdefault(consideration_of(stated.clause.category), {})[lot] = "yes"
    return said


def _lots_of(documents: Iterable[Source], consideration: str) -> frozenset[str]:
    return frozenset(
        lot
        for source in documents
        for stated in source.clauses
        if consideration_of(stated.clause.category) == consideration
        for lot in stated.clause.lots
    )


def _agreements(
    consideration: str, said: Mapping[str, Answer], found: frozenset[str], documents: Sequence[Source]
) -> Iterable[Agreement]:
    """By lot where the notice declares by lot, else for the whole contract."""
    needed = CONSIDERATIONS if consideration == "sociale" else (consideration,)
    silent: Answer = "no" if all(is_written_in(name, documents) for name in needed) else "unknown"
    whole = said.get(WHOLE_CONTRACT, "unsaid")
    by_lot = set(said) - {WHOLE_CONTRACT}
    lots = sorted(by_lot | (found - {WHOLE_CONTRACT}), key=lot_order) if by_lot else [WHOLE_CONTRACT]
    for lot in lots:
        there = bool(found) if lot == WHOLE_CONTRACT else bool(found & {lot, WHOLE_CONTRACT})
        declared, seen = said.get(lot, whole), "yes" if there else silent
        yield Agreement(
            lot=lot, consideration=consideration, declared=declared, found=seen, result=_compared(declared, seen)
        )


def _compared(declared: Answer, found: Answer) -> Result:
    match declared, found:
        case _, "unknown":
            return "unknown"
        case "yes", "no":
            return "declared_only"
        case (("no" | "unsaid"), "yes"):
            return "found_only"
        case _:
            return "agree"


def _summary(said: Said) -> str:
    declared = [name for name, answers in said.items() if "yes" in answers.values()]
    if len(declared) > 1:
        return "plusieurs"
    if declared:
        return declared[0]
    return "aucune" if any(said.values()) else "rien"


def _result(rows: Sequence[Agreement], documents: Sequence[Source]) -> Result:
    results = [row.result for row in rows]
    for result in ("declared_only", "found_only"):
        if result in results:
            return result
    known = "agree" in results or (not results and is_written_in("clause", documents))
    return "agree" if known else "unknown"
