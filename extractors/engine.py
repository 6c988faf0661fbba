"""The spaCy pipeline: rules find words, cues of context decide whether they bind. One engine per process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import cast

from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import filter_spans

from extractors.boxes import box_for
from extractors.patterns import PatternSet, any_of, blank_french, words_of
from extractors.rulebook import CANCELLING, SOFT, Cue, Rule, load_cues, load_rules
from extractors.schema import Finding, Passage
from extractors.text import View, fold, joined, normalise, sentences

# Span groups of the spaCy document. A span's label is the rule, or the index of the cue in the lexicon.
RULES, REQUIRES, UNLESS, CUES = "clausoscope_rules", "clausoscope_requires", "clausoscope_unless", "clausoscope_cues"


class RuleMatcher:
    """spaCy component: the words that rules name, require and refuse."""

    def __init__(self, nlp: Language) -> None:
        rules = load_rules()
        self.sets = {
            key: PatternSet((rule.name, line, rule.name) for rule in rules for line in getattr(rule, field))
            for key, field in ((RULES, "patterns"), (REQUIRES, "requires"), (UNLESS, "unless"))
        }

    def __call__(self, doc: Doc) -> Doc:
        for key, patterns in self.sets.items():
            if key != RULES and not doc.spans[RULES]:
                doc.spans[key] = []
                continue
            doc.spans[key] = [Span(doc, span.start, span.end, label=name) for name, span in patterns.find(doc)]
        return doc


class CueMatcher:
    """spaCy component: the cues of context; a pseudo cue (« sans préjudice ») hides those it covers."""

    def __init__(self, nlp: Language) -> None:
        self.cues = load_cues()
        self.set = PatternSet(((i, cue.pattern, cue.group) for i, cue in enumerate(self.cues)))

    def __call__(self, doc: Doc) -> Doc:
        if not doc.spans.get(RULES, True):  # nothing for the context to judge
            doc.spans[CUES] = []
            return doc
        found = [(self.cues[i].group, Span(doc, span.start, span.end, label=str(i))) for i, span in self.set.find(doc)]
        hidden = [span for group, span in found if group == "pseudo"]
        doc.spans[CUES] = [
            span
            for group, span in found
            if group != "pseudo" and not any(h.start <= span.start and span.end <= h.end for h in hidden)
        ]
        return doc


@Language.factory("clausoscope_rules")
def _rule_matcher(nlp: Language, name: str) -> RuleMatcher:
    return RuleMatcher(nlp)


@Language.factory("clausoscope_cues")
def _cue_matcher(nlp: Language, name: str) -> CueMatcher:
    return CueMatcher(nlp)


# A title that may open a social clause; a first sieve before titles are read with the cues.
_TITLE_WORDS = re.compile("insertion|social|emploi|heures|engagement|condition|dispositif|volet")


# « Prix : 50 %. Valeur technique : 35 %. », « Lot 1 : 450 heures. »
_COUNTS = re.compile(r"\d ?(?:%|points?\b|pts?\b|h\b|heures?\b)")


class Engine:
    """Finds and qualifies clause words in passages."""

    def __init__(self) -> None:
        self.rules = {rule.name: rule for rule in load_rules()}
        self.cues = load_cues()
        self.nlp = blank_french()
        for pipe in ("clausoscope_rules", "clausoscope_cues"):
            self.nlp.add_pipe(pipe)
        self.rule_patterns = cast(RuleMatcher, self.nlp.get_pipe("clausoscope_rules")).sets[RULES]
        self.headings = blank_french()
        self.headings.add_pipe("clausoscope_cues")
        self.trigger, self.title_trigger = (
            any_of({t for rule in load_rules() if rule.under_title == flag for t in rule.triggers})
            for flag in (False, True)
        )
        self.heading_groups = cache(self._heading_groups)

    def find(self, passage: Passage, *, intro: str = "", asked: bool = False) -> Iterator[Finding]:
        """Findings of one passage, discarded ones included with their reason, in order of the text.

        `intro` is the sentence that opens the list or table the passage belongs to: it counts as a title. `asked`: the
        document puts questions, and what stands before one in its passage only leads to it.
        """
        folded = fold(joined(passage.text))
        above = (*passage.headings, intro) if intro else passage.headings
        title = bool(_TITLE_WORDS.search(fold(" ".join(above))))
        if not (self.trigger.search(folded) or (title and self.title_trigger.search(folded))):
            return
        groups = self.heading_groups(above)
        view = normalise(passage.text)
        opening: frozenset[str] = frozenset()
        question = view.text.rfind("?") if asked else -1
        for start, end in sentences(view.text):
            sentence, colon = view.folded[start:end], view.text.rfind(" :", start, end)
            if self.trigger.search(sentence) or ("insertion_title" in groups and self.title_trigger.search(sentence)):
                for finding in self._find_in_sentence(passage, view, start, end, groups | opening):
                    yield finding if finding.rejected or end > question else replace(finding, rejected="question")
            # « Critères : prix 60 % ; insertion 10 % ; … »: what opens the list governs its items.
            short_item = end - start < 90 and _COUNTS.search(sentence)
            if not sentence.rstrip().endswith((";", ":")) and not short_item:
                opening = frozenset()
            elif colon > 0 and not opening:
                opening = self.heading_groups((view.text[start:colon],))

    def _find_in_sentence(
        self, passage: Passage, view: View, start: int, end: int, headings: frozenset[str]
    ) -> Iterator[Finding]:
        """One finding per rule: the words that stand win over those that the context discards."""
        if not self.rule_patterns.candidates(words_of(view.text[start:end])):
            return
        doc = self.nlp(view.text[start:end])
        requires, unless = ({s.label_ for s in doc.spans[key]} for key in (REQUIRES, UNLESS))
        cues = [(self.cues[int(s.label_)], s) for s in doc.spans[CUES]]
        best: dict[str, Finding] = {}
        for span in sorted(_longest_by_rule(doc.spans[RULES]), key=lambda s: s.start):
            rule = self.rules[span.label_]
            if (rule.requires and rule.name not in requires) or (
                rule.under_title and "insertion_title" not in headings
            ):
                continue
            counted, marks, rejected = _judge(rule, span, cues, headings)
            if passage.role in ("toc", "furniture") or (
                passage.role == "heading"
                and not (rule.category == "critere_social" and "criteria_title" in headings)
                and not _says_something(passage, rejected, counted)
            ):
                rejected = passage.role
            elif rule.name in unless:
                rejected = "other_words"
            elif rejected is None and box_for(view.text, start + span.start_char, start + span.end_char) is False:
                rejected = "unticked"
            if rule.name not in best or (best[rule.name].rejected and not rejected):
                at = view.source_span(start + span.start_char, start + span.end_char)
                best[rule.name] = Finding(
                    rule=rule.name,
                    category=rule.category,
                    passage=passage.index,
                    start=at[0],
                    end=at[1],
                    sentence=view.source_span(start, end),
                    cues=counted,
                    marks=tuple(view.source_span(start + low, start + high) for low, high in marks),
                    rejected=rejected,
                )
        yield from sorted(best.values(), key=lambda f: (f.start, f.rule))

    def _heading_groups(self, headings: tuple[str, ...]) -> frozenset[str]:
        """Groups of the cues that the titles above a passage hold."""
        doc = self.headings(normalise(" . ".join(headings)).text)
        found = (self.cues[int(s.label_)] for s in doc.spans[CUES])
        return frozenset(cue.group for cue in found if cue.direction == "heading")


def _judge(
    rule: Rule, span: Span, cues: Iterable[tuple[Cue, Span]], headings: frozenset[str]
) -> tuple[tuple[str, ...], list[tuple[int, int]], str | None]:
    """The cues that count for the words of a rule, where they stand, and the reason to discard the words if any."""
    stops = [at.start for cue, at in cues if cue.group == "stop"]
    counted = [(cue, at) for cue, at in cues if reaches(cue, at, span, stops)]
    groups = {cue.group for cue, _ in counted} | headings
    words = tuple(dict.fromkeys(f"{cue.group}: {at.text}" for cue, at in counted))
    marks = sorted({(at.start_char, at.end_char) for _, at in counted})
    if groups & {"obligation", "announced"}:
        groups -= SOFT
    for group in sorted(groups & (CANCELLING | set(rule.cancelled_by))):
        if group not in rule.ignores:
            return words, marks, group
    return words, marks, "no_obligation" if rule.needs and not groups & set(rule.needs) else None


def _says_something(passage: Passage, rejected: str | None, cues: Iterable[str]) -> bool:
    """Whether a title is more than a title: a numbered sentence, a denial, a criterion with its points."""
    return passage.text.rstrip().endswith(".") or rejected == "negation" or any(c.startswith("noted") for c in cues)


def reaches(cue: Cue, at: Span, span: Span, stops: Iterable[int]) -> bool:
    """Whether a cue bears on the words of a rule: side, distance, and no « mais », « toutefois » between."""
    if cue.direction == "heading" or cue.group in ("stop", "pseudo"):
        return False
    overlaps = at.start < span.end and span.start < at.end
    if overlaps:
        # « la clause … ne comporte pas … d'insertion »: a denial inside the words denies them.
        inside = cue.group == "negation" and at.start > span.start
        return inside or cue.direction == "any" or cue.group not in CANCELLING
    before = at.end <= span.start
    if cue.direction == ("after" if before else "before"):
        return False
    low, high = (at.end, span.start) if before else (span.end, at.start)
    if cue.words and high - low > cue.words:
        return False
    return not any(low <= stop < high for stop in stops) or not cue.words


def _longest_by_rule(spans: Iterable[Span]) -> list[Span]:
    """The longest spans of each rule: two rules may name the same words, one rule says them once."""
    by_label: dict[str, list[Span]] = {}
    for span in spans:
        by_label.setdefault(span.label_, []).append(span)
    return [span for found in by_label.values() for span in filter_spans(found)]


@cache
def get_engine() -> Engine:
    """The engine of this process, built on first use."""
    return Engine()
