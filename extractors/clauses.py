"""Findings → clauses and stated absences: one row per category, with every evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from extractors.context import Context, Sentence, by_sentence, finding_lots
from extractors.lots import lot_references
from extractors.rulebook import load_rules
from extractors.schema import WHOLE_CONTRACT, Absence, Clause, Finding, Volume
from extractors.scope import ALL
from extractors.text import normalise
from extractors.weights import weight_near

OBLIGES = 0.03  # what an obligation in the sentence adds to its weight as proof
PENALISES = 0.1
_PENALISES = re.compile(r"pénalité|pénalise|€|non (?:réalis|effectu|exécut)", re.IGNORECASE)
_OBLIGES = re.compile(
    r"obligation: (?:dev|doi|s['’ ]|m['’ ]|est|sont|ser|obligatoir|impos|exig|réserv|consacr|confi)", re.IGNORECASE
)
# « aucun lot réservé aux EA, aux ESAT ou aux SIAE » denies both at once (L2113-14).
_SAID_TOGETHER = {("reserve_handicap_iae", "reserve_handicap"), ("reserve_handicap_iae", "reserve_iae")}
_LEGAL = re.compile(r"\b([LR])\.? ?(\d{4}-\d+(?:-\d+)?)")


def clause_rows(
    context: Context, findings: Sequence[Finding], volumes: Sequence[Volume], generic: Sequence[Finding] = ()
) -> tuple[Clause, ...]:
    """One clause per category, with every evidence, the strongest first.

    `generic`: findings of wordings that say nothing beside these, except perhaps for which lots.
    """
    confidences = {rule.name: rule.confidence for rule in load_rules()}
    together = by_sentence(findings)
    rows = []
    for category in dict.fromkeys(f.category for f in findings):
        own = [f for f in findings if f.category == category]
        # A sentence that obliges proves better than a mention; of those that prove alike, the first says it.
        strength = {f: confidences[f.rule] + _weight_as_proof(context, f) for f in own}
        best = next(f for f in own if strength[f] >= max(strength.values()) - OBLIGES)
        own.sort(key=lambda f: f is not best)
        weights = [_weight(context, f) for f in own if category == "critere_social"]
        rows.append(
            Clause(
                category=category,
                lots=_lots(context, own, together, [v for v in volumes if v.category == category], generic),
                weight_percent=next((weight for weight in weights if weight is not None), None),
                legal_refs=_legal_refs(context, own),
                confidence=confidences[best.rule],
                rule=best.rule,
                evidence=tuple(dict.fromkeys(context.evidence(context.passages[f.passage], *f.sentence) for f in own)),
            )
        )
    return tuple(rows)


def _weight_as_proof(context: Context, finding: Finding) -> float:
    """More for a sentence that obliges, less for one that only sets a penalty."""
    sentence = context.passages[finding.passage].text[finding.sentence[0] : finding.sentence[1]]
    return OBLIGES * any(map(_OBLIGES.match, finding.cues)) - PENALISES * bool(_PENALISES.search(sentence))


def _weight(context: Context, finding: Finding) -> float | None:
    passage = context.passages[finding.passage]
    return weight_near(context.passages, passage, finding)


def _lots(
    context: Context,
    own: Sequence[Finding],
    together: Mapping[Sentence, Sequence[Finding]],
    volumes: Sequence[Volume],
    generic: Sequence[Finding],
) -> tuple[str, ...]:
    """Lots named by the findings and volumes of one category, the contract for « tous les lots » or no lot."""
    found = [finding_lots(context, f, together) for f in own]
    if not any(found):
        together = by_sentence(generic)
        found = [finding_lots(context, f, together) for f in generic]
    if context.covers_every_part({n for lots in found if lots for n in lots}):
        return ALL
    counted = [v.lot for v in volumes]
    by_lot = bool(counted) and WHOLE_CONTRACT not in counted
    if ALL in found and not by_lot:
        return ALL
    named = [n for lots in found if lots and lots != ALL for n in lots]
    named += [lot for lot in counted if lot != WHOLE_CONTRACT]
    return tuple(dict.fromkeys(named)) or context.own_lots or ALL


def _legal_refs(context: Context, own: Sequence[Finding]) -> tuple[str, ...]:
    texts = (context.passages[f.passage].text[f.sentence[0] : f.sentence[1]] for f in own)
    return tuple(dict.fromkeys(f"{m[1]}{m[2]}" for text in texts for m in _LEGAL.finditer(normalise(text).text)))


def absence_rows(context: Context, findings: Sequence[Finding], clauses: Sequence[Clause]) -> tuple[Absence, ...]:
    """Categories that the document says it does not have, and indeed does not have elsewhere."""
    absent = {rule.name: rule.absent for rule in load_rules()}
    present = {clause.category for clause in clauses}
    rows: dict[str, Absence] = {}
    denied = [f for f in findings if f.rejected == "negation"]
    for finding in denied:
        if any(_says_more(other, finding) for other in denied) or _of_some_lots(context, finding):
            continue
        evidence = context.evidence(context.passages[finding.passage], *finding.sentence)
        for category in absent[finding.rule]:
            if category in present:
                continue
            old = rows.get(category)
            rows[category] = (
                replace(old, evidence=(*old.evidence, evidence))
                if old
                else Absence(category=category, rule=finding.rule, evidence=(evidence,))
            )
    return tuple(rows.values())


def _of_some_lots(context: Context, finding: Finding) -> bool:
    """« Le lot 3 n'est pas réservé » says nothing of the other lots of the document."""
    passage, (start, end) = context.passages[finding.passage], finding.sentence
    if any(r.numbers and r.excluded for r in lot_references(passage.text[start:end])):
        return True  # « La clause ne concerne pas le lot 2 »
    lots = finding_lots(context, finding, by_sentence([finding]))
    return lots is not None and lots != ALL and lots != context.own_lots


def _says_more(other: Finding, finding: Finding) -> bool:
    """« clause sociale d'insertion » denies the insertion clause, not every « clause sociale »."""
    same = (other.passage, other.sentence) == (finding.passage, finding.sentence)
    longer = other.end - other.start > finding.end - finding.start
    both = (other.category, finding.category) in _SAID_TOGETHER and other.rule != finding.rule
    return same and (longer or both) and other.start <= finding.start and finding.end <= other.end
