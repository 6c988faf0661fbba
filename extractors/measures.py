"""Rules that read a number: volumes of insertion and penalties, one TOML each, a regex on the folded view.

In a `regex`, `{NUM}` is a number (digits, words, words with digits), `{EURO}` the euro sign or word with « HT » if any,
`{PCT}` the percent sign or words; groups named value, value_max, per_amount, threshold, amount are numbers.
Line breaks and the indentation after them say nothing; a space that starts a line is written « \\ ».
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from extractors.codes import codes_of
from extractors.errors import RuleError
from extractors.numbers import EURO, NUMBER
from extractors.rulefiles import RULES, RuleFile, read_rules

GROUPS = {"value", "value_max", "per_amount", "threshold", "amount", "per_word"}
MACROS = {"{NUM}": NUMBER, "{EURO}": EURO, "{PCT}": r" ?(?:%|pour ?cents?|p\. ?100)"}


@dataclass(frozen=True, slots=True)
class Counted:
    """A sentence in which rules look for volumes, as they see it."""

    folded: str
    text: str
    """`folded` without the numbers that count nothing."""
    about: frozenset[str]
    """Categories of the clauses that it follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(RuleFile):
    """One way to state a volume or a penalty."""

    priority: int
    """Rules of lower priority number read first; what one has read, no other reads again."""
    regex: str
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

    def matches(self, sentence: Counted) -> Iterator[re.Match[str]]:
        """Where a rule of volumes finds its words and its number; what stands around them is not yet judged."""
        speaks = self.category in sentence.about or self.has("inline", sentence.folded)
        return self.pattern.finditer(sentence.text) if speaks and not self.has("unless", sentence.folded) else iter(())

    @property
    def pattern(self) -> re.Pattern[str]:
        return _compiled(self.regex)


@cache
def _compiled(regex: str) -> re.Pattern[str]:
    regex = re.sub(r"\n *", "", regex)
    for macro, pattern in MACROS.items():
        regex = regex.replace(macro, pattern)
    return re.compile(regex)


@cache
def load_measures(kind: Literal["volumes", "penalties"], root: Path = RULES) -> tuple[Measure, ...]:
    """Rules of `volumes` or `penalties`, by priority; raises RuleError naming the file and the mend."""
    measures = tuple(read_rules(Measure, root / kind, kind))
    for measure in measures:
        check(measure, f"{measure.name}.toml")
    return tuple(sorted(measures, key=lambda m: (m.priority, m.name)))


def check(measure: Measure, where: str) -> None:
    """Refuse what only a rule that reads a number can have wrong: raises RuleError naming `where`."""
    for key in ("regex", "unless", "unless_before", "unless_after", "inline"):
        try:
            groups = set(_compiled(getattr(measure, key)).groupindex)
        except re.error as error:
            raise RuleError(f"{where} : « {key} » n'est pas une expression valable ({error}) ; corrigez-la.") from error
        if key == "regex" and (not groups & {"value", "amount"} or groups - GROUPS):
            raise RuleError(
                f"{where} : « regex » nomme {sorted(groups)} ; il faut value ou amount, parmi {sorted(GROUPS)}."
            )
    if measure.unit not in codes_of("unit") or measure.per not in codes_of("per"):
        raise RuleError(
            f"{where} : « unit » ou « per » inconnu ({measure.unit}, {measure.per}) ; voir lexicons/codes.csv."
        )
