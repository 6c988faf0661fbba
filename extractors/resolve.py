"""Which findings stand, and what they stand for together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from extractors.lots import lot_references
from extractors.rulebook import load_rules
from extractors.schema import Finding, Passage
from extractors.scope import lots_near


def decided(findings: Iterable[Finding], passages: Sequence[Passage]) -> tuple[list[Finding], list[Finding]]:
    """The findings that make rows, and all that stand, generic wordings included."""
    every = mixed_reservations(standing(findings), passages)
    return precise(every), every


def standing(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if f.rejected is None]


def mixed_reservations(findings: Sequence[Finding], passages: Sequence[Passage]) -> list[Finding]:
    """Findings where a sentence that reserves the same lots to both handicap and insertion says so once (L2113-14)."""
    generic = {rule.name for rule in load_rules() if rule.yields_to}
    both: set[tuple[int, tuple[int, int]]] = set()
    seen: dict[tuple[int, tuple[int, int]], set[str]] = {}
    for finding in (f for f in findings if f.rule not in generic and not _spans_lots(f, passages)):
        seen.setdefault((finding.passage, finding.sentence), set()).add(finding.category)
    for key, categories in seen.items():
        if "reserve_handicap_iae" in categories or {"reserve_handicap", "reserve_iae"} <= categories:
            both.add(key)
    result = []
    for finding in (f for f in findings if not _spans_lots(f, passages)):
        key = (finding.passage, finding.sentence)
        if key in both and finding.category in ("reserve_handicap", "reserve_iae"):
            if _lots_apart(findings, key, passages) and "reserve_handicap_iae" not in seen[key]:
                result.append(finding)
            else:
                result.append(replace(finding, category="reserve_handicap_iae"))
        else:
            result.append(finding)
    return result


def _spans_lots(finding: Finding, passages: Sequence[Passage]) -> bool:
    """« Lot 1 : réservé L2113-12 – Lot 2 : réservé L2113-13 »: words that run over two lots reserve neither to both."""
    text = passages[finding.passage].text
    inside = lot_references(text[finding.start : finding.end])
    around = lot_references(text[finding.sentence[0] : finding.sentence[1]])
    return finding.category == "reserve_handicap_iae" and bool(inside) and len(around) > 1


def precise(findings: Sequence[Finding]) -> list[Finding]:
    """Findings without those of a generic wording that stands beside a more precise category."""
    yields = {rule.name: frozenset(rule.yields_to) for rule in load_rules()}
    present = {f.category for f in findings}
    return [f for f in findings if not yields[f.rule] & (present - {f.category})]


def _lots_apart(findings: Sequence[Finding], key: tuple[int, tuple[int, int]], passages: Sequence[Passage]) -> bool:
    """Whether the reservations of one sentence concern different lots."""
    inside = [f for f in findings if (f.passage, f.sentence) == key and f.category.startswith("reserve_")]
    text = passages[key[0]].text[key[1][0] : key[1][1]]
    spans = [(f.start - key[1][0], f.end - key[1][0]) for f in inside]
    lots = [lots_near(text, *span, [s for s in spans if s != span]) for span in spans]
    return len({x for x in lots if x}) > 1
