"""Volumes of the clauses that stand: one row per lot and quantity, from sentences and from tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import fsum

from extractors.context import QUOTE_LENGTH, Context, passages_about
from extractors.passages import box_of
from extractors.quantities import Reading, read_volumes
from extractors.rulebook import CANCELLING
from extractors.schema import WHOLE_CONTRACT, Evidence, Finding, Problem, Table, Volume
from extractors.scope import ALL, lots_of_title
from extractors.tables import is_lots_table, table_volumes, text_tables
from extractors.text import sentences

VOLUME_CATEGORIES = frozenset(
    {"clause_insertion", "objet_insertion", "formation_scolaire", "action_sociale", "alternance"}
)


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
    starts = {f.passage: f.sentence[0] for f in sorted(anchors, key=lambda f: -f.sentence[0])}
    silent = _silent_sentences(findings, every_finding)
    own_lots = context.own_lots or ALL
    tables, in_tables = _lots_tables(context)
    rows: list[Volume] = []
    wake_pages: set[int] = set()
    about_before: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    for passage, intro, now, lots_before in passages_about(context, anchors):
        about_before, about = about, now
        if about:
            wake_pages.add(passage.page)
        if passage.index in in_tables:
            continue
        view = context.view(passage.index)
        first = starts.get(passage.index, -1)
        for start, end in sentences(view.text):
            at = view.source_span(start, end)
            if (passage.index, at[0]) in silent:
                continue
            # What stands before the clause in its own passage is not yet about it.
            known = about_before if at[0] < first else about
            following = view.text[end : end + QUOTE_LENGTH] + " " + context.text_after(passage)
            for reading in read_volumes(view.text[start:end], about=known, intro=intro, following=following):
                category = hours if reading.measure.category == "clause_insertion" else reading.measure.category
                number = view.source_span(start + reading.start, start + reading.end)
                if category not in present or context.ticks.state(passage, *number) is False:
                    continue
                evidence = context.evidence(passage, *at, at=number[0])
                lots = reading.lots or lots_of_title(passage, intro) or lots_before or own_lots
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
    for total in (t for t in totals if not t.unit.startswith("percent")):  # shares of lots add up to nothing
        parts = {
            (r.lot, r.value)
            for r in rows
            if (r.unit, r.per, r.phase) == (total.unit, total.per, total.phase) and r.lot != WHOLE_CONTRACT
        }
        summed = round(fsum(value for _, value in parts), 2)
        if parts and summed != round(total.value, 2):
            message = (
                f"total de {total.value:.10g} dans le tableau, mais {summed:.10g} en additionnant les lots ; "
                "vérifier la page"
            )
            problems.append(
                Problem(stage="assemble", code="total_mismatch", message=message, page=total.evidence[0].page)
            )
    return tuple(problems)


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
    """Rows that say the same quantity once, with every evidence; a rate without its trigger is the rate with it."""
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
    of_lots: dict[tuple[str, str, str | None], list[float]] = {}
    for row in rows:
        if row.lot != WHOLE_CONTRACT:
            of_lots.setdefault((row.unit, row.per, row.phase), []).append(row.value)
    for row in rows:
        parts = of_lots.get((row.unit, row.per, row.phase), [])
        if row.lot == WHOLE_CONTRACT and parts and (row.value in parts or round(row.value, 2) == round(fsum(parts), 2)):
            continue
        yield row
