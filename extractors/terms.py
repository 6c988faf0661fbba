"""What the social clause settles beside its volume: eligible publics, ways to carry it out, rhythm of reporting.

A rule (`rules/terms`) names one code; its words count only where a clause of execution that stands speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import cast, get_args

from spacy.tokens import Span
from spacy.util import filter_spans

from extractors.codes import codes_of
from extractors.context import Context, passages_about
from extractors.controls import CLAUSE_WORDS
from extractors.engine import CUES, get_engine, reaches
from extractors.errors import RuleError
from extractors.patterns import PatternSet, compile_pattern, words_of
from extractors.persons import PERSON
from extractors.rulebook import SOFT, Cue
from extractors.rulefiles import RULES, RuleFile, read_rules
from extractors.schema import Finding, Passage, Term, TermKind
from extractors.text import View, fold, normalise, sentences

_CANCELLING = ("negation", "quoted_law")
# Words that make a sentence speak of the clause by itself; what follows it closely speaks of it too.
_SPEAKS = re.compile(
    rf"{CLAUSE_WORDS.pattern}|facilitat|eligib|heures (?:realis|effectu|travaill)|main-d'oeuvre"
    r"|(?:personne|public|beneficiaire|salarie)s? (?:concerne|recrute|embauche|vise|prioritaire)"
)
_SPOKEN = 600  # characters
_ITEM = 200  # characters
# Parts of a document that speak of the offer or of the candidate, where a public or a report binds nobody.
_OFFER = re.compile(
    r"candidature|memoire|(?:jugement|analyse|choix|selection|contenu|presentation|remise) des offres"
    r"|criteres? (?:d'attribution|de jugement|de selection|de choix|d'analyse|des offres)"
    r"|criteres? (?!d'eligib).{0,20}(?:insertion|social)"
)
_TITLE = re.compile(r"(?:ARTICLE |Article )?(?P<number>\d{1,2}(?:\.\d{1,2})*)(?:[ .:)–-]+)[A-ZÀ-Ý][^\n.;:,]{3,100}$")
# Those who reply to a reserved contract or to a criterion are not those whom the clause employs.
OF_THE_OFFER = ("critere_social", "reserve_")


@dataclass(frozen=True, slots=True, kw_only=True)
class TermRule(RuleFile):
    """One code and the ways to write it."""

    kind: str
    code: str
    patterns: tuple[str, ...]
    unless: tuple[str, ...] = ()
    """Patterns that cancel when they stand in the same sentence."""
    category: str = "clause_insertion"


@dataclass(frozen=True, slots=True)
class TermReading:
    """Words found in a sentence of a view; offsets in that sentence."""

    rule: TermRule
    start: int
    end: int
    rejected: str | None


@cache
def load_terms(folder: Path = RULES / "terms") -> tuple[TermRule, ...]:
    """Every rule of terms, sorted by name; raises RuleError naming the file and the mend."""
    rules = tuple(read_rules(TermRule, folder, "terms"))
    for rule in rules:
        where = f"{rule.name}.toml"
        if rule.kind not in get_args(TermKind):
            raise RuleError(f"{where} : « kind » vaut « {rule.kind} » ; public, modality ou reporting.")
        if rule.code not in codes_of(rule.kind):
            raise RuleError(f"{where} : code « {rule.code} » inconnu ; voir {rule.kind} dans lexicons/codes.csv.")
        for line in (*rule.patterns, *rule.unless):
            compile_pattern(line, where)
    return rules


@cache
def _patterns() -> tuple[PatternSet[TermRule], PatternSet[TermRule]]:
    """The words that rules find, and those that cancel them."""
    rules = load_terms()
    return (
        PatternSet((rule, line, rule.name) for rule in rules for line in rule.patterns),
        PatternSet((rule, line, rule.name) for rule in rules for line in rule.unless),
    )


def without_persons(sentence: str) -> str:
    """The sentence, same length: « ; » stops words that would run over a name, « : » those that would end in it."""
    return PERSON.sub(lambda person: (";:" * len(person[0]))[: len(person[0])], sentence)


def read_terms(sentence: str) -> list[TermReading]:
    """Terms of one sentence of a view that speaks of the clause, in order; the discarded ones with their reason."""
    text = without_persons(sentence)
    patterns, unless = _patterns()
    if text.rstrip().endswith("?") or not patterns.candidates(words_of(text)):
        return []
    engine = get_engine()
    doc = engine.headings(text)
    cancelled = {rule for rule, _ in unless.find(doc)}
    spans: dict[TermRule, list[Span]] = {}
    for rule, span in patterns.find(doc):
        if rule not in cancelled:
            spans.setdefault(rule, []).append(span)
    cues = [(engine.cues[int(span.label_)], span) for span in doc.spans[CUES]]
    found = [
        TermReading(rule, span.start_char, span.end_char, _rejected(span, cues))
        for rule, of_rule in spans.items()
        for span in filter_spans(of_rule)
    ]
    return sorted(found, key=lambda reading: (reading.start, reading.rule.name))


def _rejected(span: Span, cues: Sequence[tuple[Cue, Span]]) -> str | None:
    """Why the context discards words, None when it does not."""
    stops = [at.start for cue, at in cues if cue.group == "stop"]
    groups = {cue.group for cue, at in cues if reaches(cue, at, span, stops)}
    if groups & {"obligation", "announced"}:
        groups -= SOFT
    return next((group for group in _CANCELLING if group in groups), None)


def term_rows(context: Context, findings: Sequence[Finding]) -> tuple[Term, ...]:
    """Publics, modalities and rhythms that the clauses of execution settle, each with every passage that says it."""
    anchors = [f for f in findings if not f.category.startswith(OF_THE_OFFER)]
    of_the_offer = {(f.passage, f.sentence) for f in findings if f.category.startswith(OF_THE_OFFER)}
    rows: dict[tuple[str, str], Term] = {}
    for passage, titled in _speaking(context, anchors) if anchors else ():
        view = context.view(passage.index)
        spoken = len(view.text) if titled else -1
        for start, end in sentences(view.text):
            if _SPEAKS.search(view.folded, start, end):
                spoken = max(spoken, end + _SPOKEN)
            if (passage.index, view.source_span(start, end)) in of_the_offer:
                continue
            for reading in read_terms(view.text[start:end]):
                rule = reading.rule
                # Publics and modalities name themselves; any report may be of something else.
                said = start <= spoken or (rule.kind != "reporting" and start < _SPOKEN)
                if reading.rejected or not said:
                    continue
                proof = context.evidence(passage, *view.source_span(*_quoted(view, start, end, reading)))
                kind = cast(TermKind, rule.kind)
                row = rows.get((kind, rule.code)) or Term(
                    kind=kind, code=rule.code, confidence=rule.confidence, rule=rule.name, evidence=()
                )
                if proof not in row.evidence:
                    row = replace(row, evidence=(*row.evidence, proof))
                rows[kind, rule.code] = row
    return tuple(sorted(rows.values(), key=lambda term: get_args(TermKind).index(term.kind)))


def _quoted(view: View, start: int, end: int, reading: TermReading) -> tuple[int, int]:
    """The item of a list, where it is short and tells nothing but a public or a way; else the words alone."""
    alone = reading.rule.kind != "reporting" and end - start <= _ITEM
    if alone and not PERSON.search(view.text, start, end):
        return start, end
    return start + reading.start, start + reading.end


def _number(passage: Passage) -> str | None:
    """The number of the article that a title opens, also where the title was read as a line of text."""
    if passage.role == "heading":
        return passage.section
    title = _TITLE.match(passage.text) if passage.role == "body" else None
    return title["number"] if title else None


def _speaking(context: Context, anchors: Sequence[Finding]) -> Iterator[tuple[Passage, bool]]:
    """Passages where the clauses speak, and whether a title says that they speak of nothing else."""
    sections = {context.passages[f.passage].section for f in anchors} - {None}
    of_clause = {number for p in context.passages if (number := _number(p)) and CLAUSE_WORDS.search(fold(p.text))}
    for passage, intro, about, _ in passages_about(context, anchors):
        titles = normalise(" ".join((*passage.headings, intro))).folded
        if _OFFER.search(titles):
            continue
        titled = (
            context.doc_type == "annexe_sociale"
            or bool(CLAUSE_WORDS.search(titles))
            or any(f"{passage.section}.".startswith(f"{number}.") for number in of_clause)
        )
        if titled or about or passage.section in sections:
            yield passage, titled
