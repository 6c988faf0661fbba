"""Load and validate the rules (`rules/*.toml`) and the cues of context (`lexicons/context.csv`): refused at load, never ignored.

A rule says which words name a social clause; the context decides whether they bind. Both are data with their own examples.
"""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from extractors.errors import RuleError
from extractors.patterns import compile_pattern
from extractors.text import fold

FOLDER = Path(__file__).parent

Direction = Literal["before", "after", "any", "heading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way to name a social clause."""

    name: str
    category: str
    doc: str
    sources: tuple[str, ...]
    """Legal or documentary origin of the wording."""
    confidence: float
    triggers: tuple[str, ...]
    """Letters (no case, no accent) without which the rule cannot match: pages that hold none are never read closely."""
    patterns: tuple[str, ...]
    examples: tuple[str, ...]
    """Sentences with <ent>the words found</ent>; an untagged sentence must give nothing."""
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
        *("past", "bidder", "candidature", "offer_title", "staff"),
    }
)
# Preambles and quotations are discarded only when no obligation stands beside them.
SOFT = frozenset({"policy", "quoted_law"})
STRUCTURAL = frozenset({"stop", "pseudo", "penalty_title"})


def _rule(path: Path) -> Rule:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{path.name} : TOML illisible ({error}) ; corrigez la syntaxe.") from error
    data["examples"] = [example.get("text", "") for example in data.get("examples", [])]
    known = {f.name: f for f in fields(Rule)}
    if extra := sorted(set(data) - set(known)):
        raise RuleError(f"{path.name} : clés inconnues {', '.join(extra)} ; clés admises : {', '.join(known)}.")
    needed = [name for name, f in known.items() if f.default is MISSING]
    if missing := [name for name in needed if not data.get(name)]:
        raise RuleError(f"{path.name} : il manque {', '.join(missing)}.")
    for name in known:
        expected = {"confidence": float, "under_title": bool}.get(name, str if name in ("name", "category", "doc") else list)
        if name in data and not isinstance(data[name], expected):
            raise RuleError(f"{path.name} : « {name} » doit être de type {expected.__name__}.")
    rule = Rule(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})
    if rule.name != path.stem:
        raise RuleError(f"{path.name} : « name » vaut « {rule.name} » ; donnez-lui le nom du fichier.")
    if not 0 < rule.confidence <= 1:
        raise RuleError(f"{path.name} : « confidence » vaut {rule.confidence} ; elle va de 0 à 1.")
    if any(t != fold(t) for t in rule.triggers):
        raise RuleError(f"{path.name} : « triggers » s'écrit en minuscules sans accent.")
    if wrong := sorted({*rule.needs, *rule.cancelled_by} - SUPPORTING) or sorted({*rule.ignores} - CANCELLING):
        raise RuleError(f"{path.name} : groupes d'indices inconnus {', '.join(wrong)}.")
    for line in (*rule.patterns, *rule.requires, *rule.unless):
        compile_pattern(line, path.name)
    return rule


@cache
def load_rules(folder: Path = FOLDER / "rules" / "clauses") -> tuple[Rule, ...]:
    """Every clause rule, sorted by name; raises RuleError naming the file and the mend."""
    rules = tuple(_rule(path) for path in sorted(folder.glob("*.toml")))
    if not rules:
        raise RuleError(f"aucune règle dans {folder} ; réinstallez le paquet.")
    return rules


@cache
def load_cues(path: Path = FOLDER / "lexicons" / "context.csv") -> tuple[Cue, ...]:
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
    if not row["words"].isdigit():
        raise RuleError(f"{where} : « words » doit être un nombre, 0 pour toute la phrase.")
    compile_pattern(row["pattern"], where)
    return Cue(
        group=row["group"],
        pattern=row["pattern"],
        direction=cast(Direction, row["direction"]),
        words=int(row["words"]),
    )
