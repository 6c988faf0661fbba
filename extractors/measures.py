"""Rules that read a number: volumes of insertion and penalties, one TOML each, a regex on the folded view with typed groups.

In a `regex`, `{NUM}` is a number (digits, words, words with digits), `{EURO}` the euro sign or word with « HT » if any,
`{PCT}` the percent sign or words; groups named value, value_max, per_amount, threshold, amount are numbers.
Line breaks and the indentation after them say nothing; a space that starts a line is written « \\ ».
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import MISSING, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Literal

from extractors.codes import codes_of
from extractors.errors import RuleError
from extractors.numbers import EURO, NUMBER
from extractors.rulebook import FOLDER

GROUPS = {"value", "value_max", "per_amount", "threshold", "amount", "per_word"}
MACROS = {"{NUM}": NUMBER, "{EURO}": EURO, "{PCT}": r" ?(?:%|pour ?cents?|p\. ?100)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One way to state a volume or a penalty."""

    name: str
    doc: str
    sources: tuple[str, ...]
    confidence: float
    priority: int
    """Rules of lower priority number read first; what one has read, no other reads again."""
    regex: str
    examples: tuple[str, ...]
    """Sentences with <ent value=… >the words read</ent>; an untagged sentence must give nothing."""
    category: str = "clause_insertion"
    unit: str = "hours"
    per: str = "contract"
    unless: str = r"(?!)"
    """Regex that cancels when found in the same sentence."""
    unless_before: str = r"(?!)"
    """Regex that cancels when found just before the number (40 characters)."""
    unless_after: str = r"(?!)"
    """Regex that cancels when found just after (50 characters)."""
    inline: str = r"(?!)"
    """Regex of the sentence that makes it speak of the clause by itself; else the passage must be about it."""

    def has(self, field: Literal["unless", "unless_before", "unless_after", "inline"], text: str) -> bool:
        """Whether one of the context regexes is found in a folded text."""
        return bool(_compiled(getattr(self, field)).search(text))

    @property
    def pattern(self) -> re.Pattern[str]:
        return _compiled(self.regex)


@cache
def _compiled(regex: str) -> re.Pattern[str]:
    regex = re.sub(r"\n *", "", regex)
    for macro, pattern in MACROS.items():
        regex = regex.replace(macro, pattern)
    return re.compile(regex)


def _measure(path: Path) -> Measure:
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{path.name} : TOML illisible ({error}) ; corrigez la syntaxe.") from error
    data["examples"] = [example.get("text", "") for example in data.get("examples", [])]
    known = {f.name: f for f in fields(Measure)}
    if extra := sorted(set(data) - set(known)):
        raise RuleError(f"{path.name} : clés inconnues {', '.join(extra)} ; clés admises : {', '.join(known)}.")
    if missing := [name for name, f in known.items() if f.default is MISSING and not data.get(name)]:
        raise RuleError(f"{path.name} : il manque {', '.join(missing)}.")
    measure = Measure(**{k: tuple(v) if isinstance(v, list) else v for k, v in data.items()})
    if measure.name != path.stem:
        raise RuleError(f"{path.name} : « name » vaut « {measure.name} » ; donnez-lui le nom du fichier.")
    for key in ("regex", "unless", "unless_before", "unless_after", "inline"):
        try:
            groups = set(_compiled(getattr(measure, key)).groupindex)
        except re.error as error:
            raise RuleError(f"{path.name} : « {key} » n'est pas une expression valable ({error}).") from error
        if key == "regex" and (not groups & {"value", "amount"} or groups - GROUPS):
            raise RuleError(f"{path.name} : « regex » nomme {sorted(groups)} ; il faut value ou amount, parmi {sorted(GROUPS)}.")
    if measure.unit not in codes_of("unit") or measure.category not in codes_of("category"):
        raise RuleError(f"{path.name} : unité ou catégorie inconnue ({measure.unit}, {measure.category}).")
    return measure


@cache
def load_measures(kind: str) -> tuple[Measure, ...]:
    """Rules of `volumes` or `penalties`, by priority; raises RuleError naming the file and the mend."""
    measures = [_measure(path) for path in (FOLDER / "rules" / kind).glob("*.toml")]
    if not measures:
        raise RuleError(f"aucune règle dans rules/{kind} ; réinstallez le paquet.")
    return tuple(sorted(measures, key=lambda m: (m.priority, m.name)))
