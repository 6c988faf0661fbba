"""What holds a clause up: the penalties attached to it and the body that follows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from extractors.contacts import find_contacts
from extractors.context import Context, passages_about
from extractors.quantities import read_penalties
from extractors.schema import Contact, Finding, Penalty
from extractors.text import fold, normalise, sentences

_MONEY = re.compile(r"€|[Ee]uro|%|EUR")
_FACILITATOR = re.compile(r"facilitat|clauses? sociales?|clause-formation")
_BREACH = re.compile(
    r"non (?:realis|execut|effectu|respect|transmi)|manquant|justificatif|attestation|manquement|inexecution"
)
_CLAUSE_WORDS = re.compile(
    r"insertion|(?:clause|disposition|consideration|condition)s? sociales?|volet social|action sociale|facilitateur"
    r"|egalite professionnelle|discriminations|progres social"
    r"|eloigne"
)


def penalty_rows(context: Context) -> tuple[Penalty, ...]:
    """Penalties of passages that are about the social clause, by title, own words or kind of document."""
    rows: dict[tuple[float, str], Penalty] = {}
    for passage in context.passages:
        if passage.role in ("furniture", "toc") or not _MONEY.search(passage.text):
            continue
        view = context.view(passage.index)
        titles = [normalise(text).folded for text in (*passage.headings[-2:], context.intros.get(passage.index, ""))]
        about = context.doc_type == "annexe_sociale" or bool(_CLAUSE_WORDS.search(" ".join(titles)))
        spoken = ""
        for start, end in sentences(view.text):
            folded = view.folded[start:end]
            own = bool(_CLAUSE_WORDS.search(folded))
            # « La clause sociale … . En cas de manquement, 50 € par heure non réalisée »: the subject carries over.
            if not (own or about or (_CLAUSE_WORDS.search(spoken) and _BREACH.search(folded))):
                spoken = folded
                continue
            spoken = folded if own else spoken
            for measure, _, _, amount, per in read_penalties(folded):
                evidence = context.evidence(passage, *view.source_span(start, end))
                old = rows.get((amount, per))
                rows[amount, per] = (
                    replace(old, evidence=(*old.evidence, evidence))
                    if old
                    else Penalty(
                        amount_eur=amount,
                        per=per,
                        confidence=measure.confidence,
                        rule=measure.name,
                        evidence=(evidence,),
                    )
                )
    return tuple(rows.values())


def contact_rows(context: Context, findings: Sequence[Finding]) -> tuple[Contact, ...]:
    """Bodies named in the wake of the clauses that stand, or where the document speaks of their facilitator."""
    about = (
        p
        for p, _, categories, _ in passages_about(context, findings)
        if findings and (categories or _FACILITATOR.search(fold(" ".join((*p.headings[-1:], p.text)))))
    )
    return find_contacts(about, context.evidence)
