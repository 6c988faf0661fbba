"""What holds a clause up: the penalties attached to it and the body that follows it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from extractors.contacts import find_contacts
from extractors.context import Context, passages_about, silent_sentences
from extractors.measures import Measure
from extractors.quantities import read_penalties
from extractors.schema import Contact, Finding, Passage, Penalty
from extractors.text import fold, normalise, sentences

MONEY = re.compile(r"€|[Ee]uro|%|EUR")
_FACILITATOR = re.compile(r"facilitat|clauses? sociales?|clause-formation")
_SANCTIONED = frozenset({"clause_insertion", "condition_sociale", "action_sociale"})
_SUPPOSED = frozenset({"heading", "hypothesis", "no_obligation", "other_words"})
_CITED = re.compile(
    r"(?:\b(?:articles?|paragraphe|point|l'article) |§ ?)(\d{1,2}(?:\.\d{1,2})*)\b"
    r"|\b(?:du|au) (\d{1,2}(?:\.\d{1,2})+)\b"
)
# Faults of the service itself, or of another document, where an article about the clause mentions them.
_OF_THE_SERVICE = re.compile(
    r"indisponibilite|intervention|livraison|incident|panne|retard d'execution|penalites? de retard|plans? d'execution"
    r"|hygiene|depenses|securite|assurance|dechet|ccag|derogation"
)
# What a sentence recalls, asks or advises costs nothing here; « si le titulaire n'a pas … » does.
_SAID_BY_OTHERS = {"past", "bidder", "question", "guidance", "policy", "quoted_law", "candidature"}
_BREACH = re.compile(
    r"non[ -](?:realis|execut|effectu|respect|transmi|remi|produit|accompli|tenu|fourni)|manquant|justificatif"
    r"|attestation|manquement|inexecution|(?:defaut|absence) d(?:e remise|'envoi|e transmission|e production)"
    r"|ne se presente pas|a defaut\b"
)
CLAUSE_WORDS = re.compile(
    r"insertion(?! (?:paysag|urbain|architect|des ouvrages|dans le (?:site|paysage)))"
    r"|(?:clause|disposition|consideration|condition)s? sociales?|conditions? d'execution a caractere social"
    r"|volet social|(?:action|atelier)s? socia(?:le|ux|l)s?|facilitateur|egalite professionnelle|discriminations"
    r"|progres social|eloigne"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sanction:
    """A penalty read in a sentence."""

    measure: Measure
    passage: Passage
    sentence: tuple[int, int]
    words: tuple[int, int]
    """Both in passage.text."""
    amount_eur: float
    per: str
    about_clause: bool
    """Whether the sentence, its titles or its document are about the social clause."""


def penalty_rows(
    context: Context, findings: Sequence[Finding], every_finding: Sequence[Finding]
) -> tuple[Penalty, ...]:
    """Penalties of passages that are about the social clause, by title, own words, neighbours or kind of document."""
    rows: dict[tuple[float, str], Penalty] = {}
    for found in sanctions(context, findings, every_finding):
        evidence = context.evidence(found.passage, *found.sentence)
        old = rows.get((found.amount_eur, found.per))
        rows[found.amount_eur, found.per] = (
            replace(old, evidence=(*old.evidence, evidence))
            if old
            else Penalty(
                amount_eur=found.amount_eur,
                per=found.per,
                confidence=found.measure.confidence,
                rule=found.measure.name,
                evidence=(evidence,),
            )
        )
    return tuple(rows.values())


def proved_by_penalties(context: Context, findings: Sequence[Finding]) -> list[Finding]:
    """Findings of a document where no clause stands: one that a penalty sanctions is a clause all the same.

    « 13.4 Sanctions propres à l'obligation d'insertion » names it in a title, « en cas de non-respect de la clause
    sociale, 50 € par heure » supposes it.
    """
    of_execution = [f for f in findings if not f.category.startswith(("reserve_", "critere_"))]
    if any(f.rejected in (None, "negation", "other_sense") for f in of_execution):
        return list(findings)
    proved: set[Finding] = set()
    supposed = [f for f in findings if f.category in _SANCTIONED and f.rejected in _SUPPOSED]
    for found in sanctions(context, (), findings) if supposed else ():
        titles = found.passage.headings[-2:]
        for f in supposed:
            if f.passage == found.passage.index or context.passages[f.passage].text in titles:
                proved.add(f)
    return [replace(f, rejected=None) if f in proved else f for f in findings]


def sanctions(
    context: Context, findings: Sequence[Finding], every_finding: Sequence[Finding], *, every: bool = False
) -> Iterator[Sanction]:
    """Penalties of the social clause, and those of everything else too when `every` is asked for.

    `findings`: those that stand, of all that were seen (`every_finding`).
    """
    silent = silent_sentences(findings, every_finding)
    # Its article goes on to say what a breach of the clause costs; a list of penalties goes on to other subjects.
    anchors = [f for f in findings if not _lists_penalties(context.passages[f.passage])]
    wake = {passage.index for passage, _, about, _ in passages_about(context, anchors) if about}
    articles = {section for f in anchors if (section := context.passages[f.passage].section)}
    for passage in context.passages:
        if passage.role in ("furniture", "toc") or not MONEY.search(passage.text):
            continue
        view = context.view(passage.index)
        titles = [normalise(text).folded for text in (*passage.headings[-2:], context.intros.get(passage.index, ""))]
        about = context.doc_type == "annexe_sociale" or bool(CLAUSE_WORDS.search(" ".join(titles)))
        spoken = ""
        for start, end in sentences(view.text):
            folded = view.folded[start:end]
            own = bool(CLAUSE_WORDS.search(folded))
            # « La clause sociale … . En cas de manquement, 50 € par heure non réalisée »: the subject carries over.
            follows = passage.index in wake or CLAUSE_WORDS.search(spoken)
            cited = _cites(folded, articles)
            breached = bool(follows and _BREACH.search(folded))
            ours = own or ((about or cited or breached) and not _OF_THE_SERVICE.search(folded))
            if silent.get((passage.index, view.source_span(start, end)[0])) in _SAID_BY_OTHERS:
                ours = False
            spoken = spoken if ours and not own else folded
            for measure, low, high, amount, per in read_penalties(folded) if ours or every else ():
                yield Sanction(
                    measure=measure,
                    passage=passage,
                    sentence=view.source_span(start, end),
                    words=view.source_span(start + low, start + high),
                    amount_eur=amount,
                    per=per,
                    about_clause=ours,
                )


def _lists_penalties(passage: Passage) -> bool:
    titles = fold(" ".join((*passage.headings, passage.text)))
    return "penalit" in titles or "sanction" in titles


def _cites(folded: str, articles: Collection[str]) -> bool:
    """« En cas de non-respect du 4.1 », « de l'article 12 »: the article of the clause, or the one it is part of."""
    cited = [match[1] or match[2] for match in _CITED.finditer(folded)]
    return any(article == number or article.startswith(f"{number}.") for number in cited for article in articles)


def contact_rows(context: Context, findings: Sequence[Finding]) -> tuple[Contact, ...]:
    """Bodies named in the wake of the clauses that stand, or where the document speaks of their facilitator."""
    about = (
        p
        for p, _, categories, _ in passages_about(context, findings)
        if findings and (categories or _FACILITATOR.search(fold(" ".join((*p.headings[-1:], p.text)))))
    )
    return find_contacts(about, partial(context.evidence, alone=True))
