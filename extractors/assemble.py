"""Findings → rows: one clause per category, one volume per lot and quantity, penalties, stated absences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from extractors.contacts import find_contacts
from extractors.lots import lot_references
from extractors.intros import with_intros
from extractors.passages import box_of
from extractors.quantities import Reading, read_penalties, read_volumes
from extractors.rulebook import CANCELLING, load_rules
from extractors.schema import (
    WHOLE_CONTRACT,
    Absence,
    Clause,
    Contact,
    Document,
    Evidence,
    Finding,
    Passage,
    Penalty,
    Problem,
    Table,
    Volume,
)
from extractors.scope import ALL, lots_near, lots_of_title, merged
from extractors.tables import is_lots_table, table_volumes, text_tables
from extractors.text import View, normalise, sentences
from extractors.ticks import Ticks
from extractors.weights import weight_near

# Documents whose words bind nobody: forms of the candidate, the bidder's own text, guides.
NOT_BINDING = frozenset({"dc", "memoire", "guide"})
QUOTE_LENGTH = 400
VOLUME_CATEGORIES = frozenset(
    {"clause_insertion", "objet_insertion", "formation_scolaire", "action_sociale", "alternance"}
)

_LEGAL = re.compile(r"\b([LR])\.? ?(\d{4}-\d+(?:-\d+)?)")
_PASSAGES_AROUND = 12  # a clause keeps speaking of its volumes for this many passages of the same article
_MONEY = re.compile(r"€|[Ee]uro|%|EUR")
_BREACH = re.compile(r"non (?:realis|execut|effectu|respect|transmi)|manquant|justificatif|attestation|manquement|inexecution")
_CLAUSE_WORDS = re.compile(r"insertion|(?:clause|disposition|consideration|condition)s? sociales?|volet social|action sociale|facilitateur|eloigne")


@dataclass(frozen=True, slots=True)
class Context:
    """What assembling one document needs at hand."""

    document: Document
    passages: tuple[Passage, ...]
    doc_type: str
    ticks: Ticks
    intros: Mapping[int, str]
    """What opens the list or the part about one lot that a passage belongs to, by passage index."""
    tables: tuple[Table, ...] = ()
    """Tables of the pages that lay down a clause."""

    @property
    def own_lots(self) -> tuple[str, ...] | None:
        """The lot of a document written for one lot (« Acte d'engagement – Lot n° 3 »), None otherwise."""
        if self.doc_type not in ("ae", "cctp", "ccap", "ccp"):
            return None
        first_page = [p.text for p in self.passages if p.page == 1 and p.role != "furniture"]
        references = [r for text in first_page for r in lot_references(text)]
        title = merged(r for text in first_page[:4] for r in lot_references(text))
        return title if title and len(title) == 1 and {n for r in references for n in r.numbers} == set(title) else None

    def view(self, index: int) -> View:
        return normalise(self.passages[index].text)

    def text_after(self, passage: Passage) -> str:
        """The first words of the next body passage, where a sentence may go on with its condition."""
        following = next((p for p in self.passages[passage.index + 1 :] if p.role == "body"), None)
        return normalise(following.text[:QUOTE_LENGTH]).text if following else ""

    def evidence(self, passage: Passage, start: int, end: int) -> Evidence:
        """The words start..end of a passage as proof: page, quote on one line, box of the lines that hold them."""
        page = passage.page_at(start)
        quote = " ".join(passage.text[start:end].split())
        return Evidence(
            page=page,
            quote=quote if len(quote) <= QUOTE_LENGTH else quote[: QUOTE_LENGTH - 1] + "…",
            bbox=box_of(self.document, passage, start, end, page=page) if self.document.is_pdf else None,
            section=passage.section,
        )


def standing(findings: Iterable[Finding]) -> list[Finding]:
    return [f for f in findings if f.rejected is None]


def mixed_reservations(findings: Sequence[Finding], passages: Sequence[Passage]) -> list[Finding]:
    """Findings where a sentence that reserves the same lots to both handicap and insertion says so once (L2113-14)."""
    generic = {rule.name for rule in load_rules() if rule.yields_to}
    both: set[tuple[int, tuple[int, int]]] = set()
    seen: dict[tuple[int, tuple[int, int]], set[str]] = {}
    for finding in (f for f in findings if f.rule not in generic):
        seen.setdefault((finding.passage, finding.sentence), set()).add(finding.category)
    for key, categories in seen.items():
        if "reserve_handicap_iae" in categories or {"reserve_handicap", "reserve_iae"} <= categories:
            both.add(key)
    result = []
    for finding in findings:
        key = (finding.passage, finding.sentence)
        if key in both and finding.category in ("reserve_handicap", "reserve_iae"):
            if _lots_apart(findings, key, passages) and "reserve_handicap_iae" not in seen[key]:
                result.append(finding)
            else:
                result.append(replace(finding, category="reserve_handicap_iae"))
        else:
            result.append(finding)
    return result


def precise(findings: Sequence[Finding]) -> list[Finding]:
    """Findings without those of a generic wording that stands beside a more precise category."""
    yields = {rule.name: frozenset(rule.yields_to) for rule in load_rules()}
    present = {f.category for f in findings}
    return [f for f in findings if not yields[f.rule] & (present - {f.category})]


def _lots_apart(
    findings: Sequence[Finding], key: tuple[int, tuple[int, int]], passages: Sequence[Passage]
) -> bool:
    """Whether the reservations of one sentence concern different lots."""
    inside = [f for f in findings if (f.passage, f.sentence) == key and f.category.startswith("reserve_")]
    text = passages[key[0]].text[key[1][0] : key[1][1]]
    spans = [(f.start - key[1][0], f.end - key[1][0]) for f in inside]
    lots = [lots_near(text, *span, [s for s in spans if s != span]) for span in spans]
    return len({x for x in lots if x}) > 1


def clause_rows(context: Context, findings: Sequence[Finding], volumes: Sequence[Volume]) -> tuple[Clause, ...]:
    """One clause per category, with every evidence, the strongest first."""
    confidences = {rule.name: rule.confidence for rule in load_rules()}
    rows = []
    for category in dict.fromkeys(f.category for f in findings):
        own = [f for f in findings if f.category == category]
        best = max(own, key=lambda f: confidences[f.rule])
        own.sort(key=lambda f: f is not best)
        weights = [w for f in own if (w := _weight(context, f)) is not None] if category == "critere_social" else []
        rows.append(
            Clause(
                category=category,
                lots=_lots(context, own, [v for v in volumes if v.category == category]),
                weight_percent=weights[0] if weights else None,
                legal_refs=_legal_refs(context, own),
                confidence=confidences[best.rule],
                rule=best.rule,
                evidence=tuple(
                    dict.fromkeys(context.evidence(context.passages[f.passage], *f.sentence) for f in own)
                ),
            )
        )
    return tuple(rows)


def _weight(context: Context, finding: Finding) -> float | None:
    passage = context.passages[finding.passage]
    return weight_near(context.passages, passage, finding)


def finding_lots(context: Context, finding: Finding, others: Sequence[Finding]) -> tuple[str, ...] | None:
    """Lots that one finding names: in its sentence, else in the titles above; None where nothing is named."""
    passage = context.passages[finding.passage]
    offset = finding.sentence[0]
    rivals = [
        (o.start - offset, o.end - offset)
        for o in others
        if (o.passage, o.sentence) == (finding.passage, finding.sentence) and o.category != finding.category
    ]
    text = passage.text[offset : finding.sentence[1]]
    near = lots_near(text, finding.start - offset, finding.end - offset, rivals)
    return near or lots_of_title(passage, context.intros.get(passage.index, ""))


def _lots(context: Context, own: Sequence[Finding], volumes: Sequence[Volume]) -> tuple[str, ...]:
    """Lots named by the findings and volumes of one category; the whole contract where some say « tous les lots » or none is named."""
    named: list[str] = []
    for lots in [finding_lots(context, f, own) for f in own]:
        if lots == ALL:
            return ALL
        named.extend(lots or ())
    named.extend(v.lot for v in volumes if v.lot != WHOLE_CONTRACT)
    return tuple(dict.fromkeys(named)) or context.own_lots or ALL


def _legal_refs(context: Context, own: Sequence[Finding]) -> tuple[str, ...]:
    texts = (context.passages[f.passage].text[f.sentence[0] : f.sentence[1]] for f in own)
    return tuple(dict.fromkeys(f"{m[1]}{m[2]}" for text in texts for m in _LEGAL.finditer(normalise(text).text)))


# ---------------------------------------------------------------- volumes


def volume_rows(
    context: Context, findings: Sequence[Finding], every_finding: Sequence[Finding]
) -> tuple[tuple[Volume, ...], tuple[Problem, ...]]:
    """Volumes of the clauses that stand, one row per lot and quantity, and totals that do not add up.

    A passage or a table after a clause may state its volume; a sentence that was discarded for its context does not.
    """
    present = {f.category for f in findings}
    anchors = [f for f in findings if f.category in VOLUME_CATEGORIES]
    if not anchors:
        return (), ()
    hours = "clause_insertion" if "clause_insertion" in present else "objet_insertion"
    silent = _silent_sentences(findings, every_finding)
    tables, in_tables = _lots_tables(context)
    rows: list[Volume] = []
    wake_pages: set[int] = set()
    about_before: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    for passage, intro, now, lots_before in _passages_about(context, anchors):
        about_before, about = about, now
        if about:
            wake_pages.add(passage.page)
        if passage.index in in_tables:
            continue
        view = context.view(passage.index)
        spans = list(sentences(view.text))
        first = min((f.sentence[0] for f in anchors if f.passage == passage.index), default=-1)
        for place, (start, end) in enumerate(spans):
            at = view.source_span(start, end)
            if (passage.index, at[0]) in silent:
                continue
            # What stands before the clause in its own passage is not yet about it.
            known = about_before if at[0] < first else about
            following = view.text[slice(*spans[place + 1])] if place + 1 < len(spans) else context.text_after(passage)
            for reading in read_volumes(view.text[start:end], about=known, intro=intro, following=following):
                category = hours if reading.measure.category == "clause_insertion" else reading.measure.category
                number = view.source_span(start + reading.start, start + reading.end)
                if category not in present or context.ticks.state(passage, *number) is False:
                    continue
                evidence = replace(context.evidence(passage, *at), page=passage.page_at(number[0]))
                lots = reading.lots or lots_of_title(passage, intro) or lots_before or context.own_lots or ALL
                rows.extend(_volume(reading, category, lot, evidence) for lot in lots)
    totals: list[Volume] = []
    near = [t for t in tables if t.page in wake_pages or t.page - 1 in wake_pages]
    for found in table_volumes(near, present):
        evidence = Evidence(page=found.page, quote=found.quote, bbox=found.bbox)
        category = hours if found.reading.measure.category == "clause_insertion" else found.reading.measure.category
        if category in present:
            (totals if found.is_total else rows).extend(
                _volume(found.reading, category, lot, evidence) for lot in found.lots
            )
    return tuple(without_totals(unique_volumes(rows))), _wrong_totals(rows, totals)


def _silent_sentences(findings: Sequence[Finding], every_finding: Sequence[Finding]) -> set[tuple[int, int]]:
    """Sentences (passage, start) that speak of clauses only to deny, recall or suppose them."""
    speaking = {(f.passage, f.sentence[0]) for f in findings}
    return {
        (f.passage, f.sentence[0]) for f in every_finding if f.rejected in CANCELLING | {"criteria_title", "noted"}
    } - speaking


def _lots_tables(context: Context) -> tuple[list[Table], set[int]]:
    """Tables of lots and hours, ruled or not, and the passages that they say better."""
    ruled = [t for t in context.tables if is_lots_table(t)]
    inside = set()
    for passage in context.passages if ruled else ():
        span = passage.spans[0]
        line = context.document.pages[span.page - 1].lines[span.line].bbox
        middle = (line[1] + line[3]) / 2
        if any(t.page == span.page and t.bbox[1] <= middle <= t.bbox[3] for t in ruled):
            inside.add(passage.index)
    free = [p for p in context.passages if p.index not in inside]
    tables = list(context.tables)
    for table, indexes in text_tables(free, lambda p: box_of(context.document, p, 0, len(p.text))):
        tables.append(table)
        inside |= indexes
    return sorted(tables, key=lambda t: (t.page, t.bbox[1])), inside


def _wrong_totals(rows: Sequence[Volume], totals: Sequence[Volume]) -> tuple[Problem, ...]:
    """Totals of a table that are not the sum of its lots: said, never corrected."""
    problems = []
    for total in totals:
        parts = {
            (r.lot, r.value)
            for r in rows
            if (r.unit, r.per, r.phase) == (total.unit, total.per, total.phase) and r.lot != WHOLE_CONTRACT
        }
        summed = sum(value for _, value in parts)
        if parts and summed != total.value:
            message = (
                f"total de {total.value:g} dans le tableau, mais {summed:g} en additionnant les lots ; vérifier la page"
            )
            problems.append(
                Problem(stage="assemble", code="total_mismatch", message=message, page=total.evidence[0].page)
            )
    return tuple(problems)


def _passages_about(
    context: Context, anchors: Sequence[Finding]
) -> Iterator[tuple[Passage, str, frozenset[str], tuple[str, ...] | None]]:
    """Passages that may state a volume, what opens their list, the clauses they follow, and the lots these bind."""
    named = {f.passage: finding_lots(context, f, anchors) for f in anchors}
    categories: dict[int, frozenset[str]] = {}
    for finding in anchors:
        categories[finding.passage] = categories.get(finding.passage, frozenset()) | {finding.category}
    last = -_PASSAGES_AROUND - 1
    title: tuple[str, ...] = ()
    lots: tuple[str, ...] | None = None
    about: frozenset[str] = frozenset()
    for passage, intro in with_intros(context.passages):
        if passage.role in ("furniture", "toc"):
            continue
        if passage.headings[: len(title)] != title or passage.index - last > _PASSAGES_AROUND:
            last, lots, about = -_PASSAGES_AROUND - 1, None, frozenset()
        if passage.index in named:
            last, title = passage.index, passage.headings
            lots = named[passage.index] or lots
            about = about | categories[passage.index]
        yield passage, intro, about, lots


def _volume(reading: Reading, category: str, lot: str, evidence: Evidence) -> Volume:
    return Volume(
        category=category,
        lot=lot,
        value=reading.value,
        value_max=reading.value_max,
        unit=reading.measure.unit,
        per=reading.per,
        per_amount_eur=reading.per_amount,
        threshold_eur=reading.threshold,
        phase=reading.phase,
        bound=reading.bound,
        confidence=reading.measure.confidence,
        rule=reading.measure.name,
        evidence=(evidence,),
    )


def unique_volumes(rows: Sequence[Volume]) -> list[Volume]:
    """Rows that say the same quantity once, with every evidence; a rate without its trigger says what the rate with it says."""
    merged: dict[tuple[object, ...], Volume] = {}
    for row in rows:
        key = (row.category, row.lot, row.value, row.value_max, row.unit, row.per, row.per_amount_eur, row.phase)
        old = merged.get(key)
        if old is None:
            merged[key] = row
            continue
        merged[key] = replace(
            old,
            threshold_eur=old.threshold_eur if old.threshold_eur is not None else row.threshold_eur,
            bound=old.bound if old.bound != "unspecified" else row.bound,
            evidence=tuple(dict.fromkeys(old.evidence + row.evidence)),
        )
    return list(merged.values())


def without_totals(rows: Sequence[Volume]) -> Iterator[Volume]:
    """Rows of lots without the total of the contract that only adds them up or says them again."""
    for row in rows:
        parts = [
            r.value
            for r in rows
            if r.lot != WHOLE_CONTRACT and (r.unit, r.per, r.phase) == (row.unit, row.per, row.phase)
        ]
        if row.lot == WHOLE_CONTRACT and parts and (row.value in parts or row.value == sum(parts)):
            continue
        yield row


# ---------------------------------------------------------------- penalties and absences


def penalty_rows(context: Context) -> tuple[Penalty, ...]:
    """Penalties of passages that are about the social clause, by their title, their own words or the kind of document."""
    if context.doc_type in NOT_BINDING:
        return ()
    rows: dict[tuple[float, str], Penalty] = {}
    for passage, intro in with_intros(context.passages):
        if passage.role in ("furniture", "toc") or not _MONEY.search(passage.text):
            continue
        view = context.view(passage.index)
        titles = [normalise(text).folded for text in (*passage.headings[-2:], intro)]
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
    """Bodies named in the wake of the clauses that stand."""
    about = (p for p, _, categories, _ in _passages_about(context, findings) if categories)
    return find_contacts((p, context.evidence(p, 0, len(p.text))) for p in about)


def absence_rows(context: Context, findings: Sequence[Finding], clauses: Sequence[Clause]) -> tuple[Absence, ...]:
    """Categories that the document says it does not have, and indeed does not have elsewhere."""
    absent = {rule.name: rule.absent for rule in load_rules()}
    present = {clause.category for clause in clauses}
    rows: dict[str, Absence] = {}
    for finding in findings:
        if finding.rejected != "negation":
            continue
        evidence = context.evidence(context.passages[finding.passage], *finding.sentence)
        for category in absent[finding.rule] or (finding.category,):
            if category in present:
                continue
            old = rows.get(category)
            rows[category] = (
                replace(old, evidence=(*old.evidence, evidence))
                if old
                else Absence(category=category, rule=finding.rule, evidence=(evidence,))
            )
    return tuple(rows.values())
