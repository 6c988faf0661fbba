"""What changed between two states of the rules, and which documents it can touch: the others keep their rows.

A document is left alone only where that is proved: a rule that changed gives nothing there, neither as it was nor as
it is (or the same, for a rule of volumes), and what it changed for the other rules (the letters that open a sentence
to them) stands nowhere in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import chain
from typing import cast

from spacy.language import Language

from extractors.catalogue import Catalogue
from extractors.controls import MONEY
from extractors.errors import RuleError
from extractors.fingerprint import files_behind
from extractors.markup import Kind
from extractors.measures import Counted, Measure, check
from extractors.pagecache import PageStore
from extractors.passagecache import PassageTexts, kept_passages
from extractors.patterns import EXPRESSION, PatternSet, blank_french
from extractors.rulebook import Rule
from extractors.rulefiles import RuleFile, read_rule
from extractors.terms import OF_THE_OFFER, TermRule, without_persons
from extractors.text import letters, normalise, sentences
from extractors.volumecache import kept_looked_at
from extractors.volumes import VOLUME_CATEGORIES

_TYPES: dict[Kind, type[RuleFile]] = {
    "clauses": Rule,
    "volumes": Measure,
    "penalties": Measure,
    "terms": TermRule,
}
_SAYS_NOTHING = {"doc": "", "sources": (), "examples": ()}
"""What a rule says of itself, that changes no row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChange:
    """A rule that reads otherwise; None where it is new, or gone."""

    kind: Kind
    name: str
    old: RuleFile | None
    new: RuleFile | None

    @property
    def sides(self) -> tuple[RuleFile, ...]:
        return tuple(rule for rule in (self.old, self.new) if rule)

    def differs_only_in(self, *names: str) -> bool:
        if self.old is None or self.new is None:
            return False
        others = (field.name for field in fields(self.old) if field.name not in names)
        return all(getattr(self.old, name) == getattr(self.new, name) for name in others)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What changed between two states of `extractors/`."""

    everything: bool
    """Code or lexicons changed, or a rule cannot be read: any document may give other rows."""
    rules: tuple[RuleChange, ...] = ()
    """Rules that read otherwise, by kind and name; new examples or comments are no change."""
    opened: tuple[str, ...] = ()
    """Letters that open a sentence to the clause rules in one of the two states, and not in the other."""
    clauses: tuple[Rule, ...] = ()
    """Every clause rule of the two states, where `opened` says something."""

    @property
    def nothing(self) -> bool:
        return not self.everything and not self.rules


def changes(old: Catalogue | None, new: Catalogue) -> Changes:
    """What changed since a state; everything where that state is not known."""
    if old is None:
        return Changes(everything=True)
    differ = {path for path in old.parts.keys() | new.parts.keys() if old.parts.get(path) != new.parts.get(path)}
    # What reads no document (notices, consolidation, measures) touches none; a file that is gone may have read them.
    reading = files_behind("pipeline") | (old.parts.keys() - new.parts.keys())
    if any(not path.startswith("rules/") for path in differ & reading):
        return Changes(everything=True)
    try:
        before, after = _rules(old), _rules(new)
    except RuleError:
        return Changes(everything=True)
    found = tuple(
        RuleChange(kind=key[0], name=key[1], old=before.get(key), new=after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )
    was, is_ = _of_clauses(before.values()), _of_clauses(after.values())
    opened = tuple(chain.from_iterable(_opened(was, is_, under_title=flag) for flag in (False, True)))
    return Changes(everything=False, rules=found, opened=opened, clauses=(*was, *is_) if opened else ())


def _rules(catalogue: Catalogue) -> dict[tuple[Kind, str], RuleFile]:
    """Every rule of a state, without what it says of itself."""
    found = {}
    for path, text in catalogue.rules.items():
        kind, _, name = path.partition("/")
        if kind not in _TYPES:
            raise RuleError(f"règles d'une sorte inconnue : « {kind} »")
        found[kind, name] = _rule(kind, name, text)
    return found


@cache
def _rule(kind: Kind, name: str, text: str) -> RuleFile:
    """Most rules are the same in both states: each text is read once."""
    rule = replace(read_rule(_TYPES[kind], text, kind, name=name), **_SAYS_NOTHING)  # type: ignore[arg-type]
    if isinstance(rule, Measure):
        check(rule, name)
    return rule


def _of_clauses(rules: Iterable[RuleFile]) -> list[Rule]:
    return [rule for rule in rules if isinstance(rule, Rule)]


def _opened(old: Sequence[Rule], new: Sequence[Rule], *, under_title: bool) -> Iterator[str]:
    """Triggers of one state that say something the other does not know: « insertion » opens all that it stands in."""
    was, is_ = ({t for rule in rules if rule.under_title == under_title for t in rule.triggers} for rules in (old, new))
    for trigger in sorted(was ^ is_):
        if not any(other in trigger for other in was & is_):
            yield trigger


# ---------------------------------------------------------------- what they can touch


class Reach:
    """Which documents some changes can touch; built once for many documents."""

    def __init__(self, found: Changes) -> None:
        self._everything = found.everything
        by_kind = {kind: [change for change in found.rules if change.kind == kind] for kind in _TYPES}
        self._clauses = _Lines(chain.from_iterable(map(_lines, by_kind["clauses"])))
        self._terms = _Lines(chain.from_iterable(map(_lines, by_kind["terms"])), said=without_persons)
        self._volumes = by_kind["volumes"]
        sides = chain.from_iterable(change.sides for change in by_kind["penalties"])
        self._penalties = [cast(Measure, rule).pattern for rule in sides]
        # A trigger that is an expression may stand anywhere.
        self._opened = ["" if EXPRESSION.search(trigger) else letters(trigger) for trigger in found.opened]
        self._every = _Lines(line for rule in found.clauses for line in rule.patterns)
        self._on_passages = bool(self._opened) or any(by_kind[kind] for kind in _TYPES if kind != "volumes")

    def touches_kept(self, store: PageStore, sha256: str, *, read_by: str | None, categories: Set[str] | None) -> bool:
        """`touches` for a document of which a store keeps the texts: only what the changes bear on is loaded.

        `read_by`: fingerprint of the rules that gave its rows.
        """
        if self._everything:
            return True
        document = kept_passages(store, sha256) if self._on_passages else PassageTexts(texts=(), letters=())
        looked_at = kept_looked_at(store, sha256, read_by=read_by) if self._volumes else frozenset()
        return self.touches(document, categories, looked_at)

    def touches(
        self, document: PassageTexts | None, categories: Set[str] | None, looked_at: Set[Counted] | None = None
    ) -> bool:
        """Whether a document can give other rows.

        `document`: its passages; `categories`: those of the clauses found in it; `looked_at`: the sentences in which
        volumes were looked for. None for what is not known.
        """
        if self._everything or document is None:
            return True
        executes = categories is None or any(not category.startswith(OF_THE_OFFER) for category in categories)
        return (
            self._counts(categories, looked_at)
            or self._clauses.in_any(document)
            or (executes and self._terms.in_any(document))
            or self._penalised(document)
            or self._opens(document)
        )

    def _counts(self, categories: Set[str] | None, looked_at: Set[Counted] | None) -> bool:
        if looked_at is not None:
            return any(_counts_otherwise(change, sentence) for change in self._volumes for sentence in looked_at)
        return bool(self._volumes) and (categories is None or not VOLUME_CATEGORIES.isdisjoint(categories))

    def _penalised(self, document: PassageTexts) -> bool:
        if not self._penalties:
            return False
        for text in document.texts:
            if MONEY.search(text):
                view = normalise(text)
                spans = list(sentences(view.text))
                if any(pattern.search(view.folded[start:end]) for pattern in self._penalties for start, end in spans):
                    return True
        return False

    def _opens(self, document: PassageTexts) -> bool:
        """Whether a passage that letters open, or no longer open, holds words that any clause rule names."""
        return any(
            any(trigger in folded for trigger in self._opened) and self._every.in_passage(text, folded)
            for text, folded in (zip(document.texts, document.letters, strict=True) if self._opened else ())
        )


def _counts_otherwise(change: RuleChange, sentence: Counted) -> bool:
    """Whether a rule of volumes can read a sentence otherwise: what else a rule says bears on all that it finds."""
    found = ([_groups(match) for match in cast(Measure, rule).matches(sentence)] for rule in change.sides)
    if change.differs_only_in("regex", "unless", "inline"):
        return next(found) != next(found)
    return any(found)


def _groups(match: re.Match[str]) -> dict[str, tuple[int, int]]:
    """Where a match stands, and each number that it read."""
    read = {name: match.span(name) for name, text in match.groupdict().items() if text is not None}
    return {"": match.span(), **read}


def _lines(change: RuleChange) -> Iterator[str]:
    """The patterns whose words can make a difference: those that changed, all of them where the rest changed.

    Triggers serve all the rules together: `Changes.opened` tells what they change.
    """
    written = [set(getattr(rule, "patterns", ())) for rule in change.sides]
    alone = change.differs_only_in("patterns", "triggers")
    yield from written[0] ^ written[1] if alone else set[str]().union(*written)


class _Lines:
    """Whether patterns are found in passages: a look at their letters, then, where these stand, at their sentences."""

    def __init__(self, lines: Iterable[str], *, said: Callable[[str], str] = str) -> None:
        written = sorted(set(lines))
        self._said = said
        self._patterns = PatternSet((line, line, line) for line in written)
        # One row of choices for each pattern; words without a letter stand anywhere.
        self._needed = [
            [sorted({letters(word) for word in choice}, key=len) for choice in pattern.needed]
            for _, pattern in self._patterns.patterns
        ]

    def in_any(self, document: PassageTexts) -> bool:
        if not self._needed or not self._may_stand("\n".join(document.letters)):
            return False
        return any(map(self.in_passage, document.texts, document.letters))

    def in_passage(self, text: str, folded: str) -> bool:
        if not self._may_stand(folded):
            return False
        view = normalise(text)
        return any(self._in_sentence(view.text[start:end]) for start, end in sentences(view.text))

    def _may_stand(self, folded: str) -> bool:
        return any(all(any(word in folded for word in choice) for choice in needed) for needed in self._needed)

    def _in_sentence(self, sentence: str) -> bool:
        return next(self._patterns.find(_tokenizer().make_doc(self._said(sentence))), None) is not None


@cache
def _tokenizer() -> Language:
    return blank_french()
