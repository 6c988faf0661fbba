"""The clause rules (`rules/clauses`) and the cues of context (`lexicons/context.csv`): refused at load, never ignored.

A rule says which words name a social clause; the context decides whether they bind.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from extractors.errors import RuleError
from extractors.markup import parse
from extractors.patterns import compile_pattern
from extractors.rulefiles import RULES, RuleFile, positive, read_rules
from extractors.text import fold, normalise

Direction = Literal["before", "after", "any", "heading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(RuleFile):
    """One way to name a social clause."""

    triggers: tuple[str, ...]
    """Letters (no case, no accent) without which the rule cannot match: pages that hold none are never read closely."""
    patterns: tuple[str, ...]
    requires: tuple[str, ...] = ()
    """Patterns of which one must stand in the same sentence."""
    unless: tuple[str, ...] = ()
    """Patterns that cancel when they stand in the same sentence."""
    needs: tuple[str, ...] = ()
    """Groups of cues of which one must support the words."""
    ignores: tuple[str, ...] = ()
    """Groups of cues that do not cancel this rule."""
    cancelled_by: tuple[str, ...] = ()
    """Supporting groups that cancel this rule: an item of a list of criteria is no condition of execution."""
    under_title: bool = False
    """Whether the rule reads only under a title of a social clause, where its own words say little."""
    not_in: tuple[str, ...] = ()
    """Types of document where the rule does not read."""
    yields_to: tuple[str, ...] = ()
    """More precise categories beside which this one says nothing new."""
    absent: tuple[str, ...] = ()
    """Categories whose absence a denial of these words states."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Words of the context that support or cancel the words of a rule."""

    group: str
    pattern: str
    direction: Direction
    """Where the cue stands, seen from the words of the rule; `heading`: in a title above."""
    words: int
    """Greatest distance in words; 0 for the whole sentence."""


# What a group of cues means: the words are confirmed, or the finding is discarded with the group as reason.
SUPPORTING = frozenset(
    {"obligation", "announced", "clause_title", "insertion_title", "criteria", "criteria_title", "noted", "quantity"}
)
CANCELLING = frozenset(
    {
        *("negation", "hypothesis", "quoted_law", "policy", "guidance", "other_sense"),
        *("past", "bidder", "question", "candidature", "offer_title", "staff"),
    }
)
# Preambles and quotations are discarded only when no obligation stands beside them.
SOFT = frozenset({"policy", "quoted_law"})
STRUCTURAL = frozenset({"stop", "pseudo"})


@cache
def load_rules(folder: Path = RULES / "clauses") -> tuple[Rule, ...]:
    """Every clause rule, sorted by name; raises RuleError naming the file and the mend."""
    rules = tuple(read_rules(Rule, folder, "clauses"))
    for rule in rules:
        _check(rule, f"{rule.name}.toml")
    return rules


def _check(rule: Rule, where: str) -> None:
    """What only a clause rule can have wrong."""
    if any(trigger != fold(trigger) for trigger in rule.triggers):
        raise RuleError(f"{where} : « triggers » s'écrit en minuscules sans accent.")
    if wrong := sorted({*rule.needs, *rule.cancelled_by} - SUPPORTING) or sorted({*rule.ignores} - CANCELLING):
        raise RuleError(f"{where} : groupes d'indices inconnus {', '.join(wrong)}.")
    for line in (*rule.patterns, *rule.requires, *rule.unless):
        compile_pattern(line, where)
    for example in rule.examples:
        text = normalise(parse(example.text, kind="clauses")[0]).folded
        if positive(example, "clauses") and not any(trigger in text for trigger in rule.triggers):
            raise RuleError(
                f"{where} : aucun des « triggers » n'est dans l'exemple « {text} » ; ajoutez-en un qui y soit."
            )


@cache
def load_cues(path: Path = Path(__file__).parent / "lexicons" / "context.csv") -> tuple[Cue, ...]:
    """The cues of context; raises RuleError naming the line and the mend."""
    with path.open(encoding="utf-8", newline="") as lines:
        cues = tuple(_cue(path.name, number, row) for number, row in enumerate(csv.DictReader(lines, delimiter=";"), 2))
    if twice := [key for key, n in Counter((c.group, c.pattern, c.direction) for c in cues).items() if n > 1]:
        raise RuleError(f"{path.name} : indice en double {twice[0]} ; gardez-en un.")
    return cues


def _cue(file: str, number: int, row: dict[str, Any]) -> Cue:
    where = f"{file} ligne {number}"
    if set(row) != {"group", "pattern", "direction", "words", "note"} or None in row.values():
        raise RuleError(f"{where} : colonnes attendues group;pattern;direction;words;note.")
    if row["group"] not in SUPPORTING | CANCELLING | STRUCTURAL:
        raise RuleError(f"{where} : groupe « {row['group']} » inconnu.")
    if row["direction"] not in get_args(Direction):
        raise RuleError(f"{where} : direction « {row['direction']} » inconnue ; before, after, any ou heading.")
    if not row["words"].isdecimal():
        raise RuleError(f"{where} : « words » doit être un nombre, 0 pour toute la phrase.")
    compile_pattern(row["pattern"], where)
    return Cue(
        group=row["group"],
        pattern=row["pattern"],
        direction=cast(Direction, row["direction"]),
        words=int(row["words"]),
    )
