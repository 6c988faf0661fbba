"""Volumes of the clauses that stand: one row per lot and quantity, from sentences and from tables."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from math import fsum

from extractors.context import QUOTE_LENGTH, About, Context, lots_said_before, passages_about, silent_sentences
from extractors.measures import Counted
from extractors.passages import upright_box
from extractors.quantities import Reading, read_volumes
from extractors.schema import WHOLE_CONTRACT, Evidence, Finding, Passage, Problem, Table, Volume
from extractors.scope import ALL, lots_of_title
from extractors.tables import is_lots_table, table_volumes, text_tables
from extractors.text import sentences

VOLUME_CATEGORIES = frozenset(
    {"clause_insertion", "objet_insertion", "formation_scolaire", "action_sociale", "alternance", "handicap"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number read in a sentence, what it counts and for which lots."""

    reading: Reading
    category: str
    passage: Passage
    sentence: tuple[int, int]
    number: tuple[int, int]
    """Both in passage.text."""
    lots: tuple[str, ...]
    rejected: str | None
    """Why it is no volume, None when it is one."""


def volume_rows(
    context: Context, findings: Sequence[Finding], every_finding: Sequence[Finding]
) -> tuple[tuple[Volume, ...], tuple[Problem, ...], frozenset[Counted]]:
    """Volumes of the clauses that stand, one row per lot and quantity, totals that do not add up, and where they were
    looked for.

    A passage or a table after a clause may state its volume; a sentence that was discarded for its context does not.
    """
    present = {f.category for f in findings}
    anchors = anchors_of(findings, every_finding)
    if not anchors:
        return (), (), frozenset()
    looked_at: set[Counted] = set()
    tables, in_tables = _lots_tables(context, present)
    walk = list(passages_about(context, anchors))
    every_number = quantities(context, walk, findings, every_finding, in_tables, looked_at)
    said = [q for q in every_number if q.rejected is None]
    by_lot = any(lot != WHOLE_CONTRACT for q in said for lot in q.lots)
    rows: list[Volume] = []
    totals: list[Volume] = []
    for q in said:
        evidence = context.evidence(q.passage, *q.sentence, at=q.number[0])
        is_total = q.reading.is_total and q.lots == ALL and by_lot
        (totals if is_total else rows).extend(_volume(q.reading, q.category, lot, evidence) for lot in q.lots)
    all_about = context.doc_type == "annexe_sociale"
    wake_pages = {passage.page for passage, _, about, _ in walk if about or all_about}
    near = [t for t in tables if t.page in wake_pages or t.page - 1 in wake_pages]
    for found in table_volumes(near, present, looked_at):
        evidence = context.table_evidence(found.page, found.quote, found.bbox)
        category = _category(found.reading, present)
        if category in present:
            (totals if found.is_total else rows).extend(
                _volume(found.reading, category, lot, evidence) for lot in found.lots
            )
    return tuple(without_totals(unique_volumes(rows))), _wrong_totals(rows, totals), frozenset(looked_at)


def anchors_of(findings: Sequence[Finding], every_finding: Sequence[Finding]) -> list[Finding]:
    """Where passages about volumes start: clauses that stand, and titles that name one of their categories."""
    standing = [f for f in findings if f.category in VOLUME_CATEGORIES]
    present = {f.category for f in standing}
    titles = [f for f in every_finding if f.rejected == "heading" and f.category in present]
    return sorted([*standing, *titles], key=lambda f: (f.passage, f.start)) if titles else standing


def quantities(
    context: Context,
    walk: Iterable[About],
    findings: Sequence[Finding],
    every_finding: Sequence[Finding],
    in_tables: Container[int] = (),
    looked_at: set[Counted] | None = None,
) -> Iterator[Quantity]:
    """Every number that a rule reads in the passages of `walk`, with the reason why it is no volume, if any.

    `in_tables`: passages that a table says better; `looked_at`: as for `read_volumes`.
    """
    present = {f.category for f in findings}
    anchors = anchors_of(findings, every_finding)
    starts = {f.passage: f.sentence[0] for f in sorted(anchors, key=lambda f: -f.sentence[0])}
    silent = silent_sentences(findings, every_finding)
    own_lots = context.own_lots or ALL
    about_before: frozenset[str] = frozenset()
    about: frozenset[str] = frozenset()
    for passage, intro, now, lots_before in walk:
        about_before, about = about, now
        if passage.index in in_tables:
            continue
        view = context.view(passage.index)
        first = starts.get(passage.index, -1)
        for start, end in sentences(view.text):
            at = view.source_span(start, end)
            # What stands before the clause in its own passage is not yet about it.
            known = about_before if at[0] < first else about
            following = view.text[end : end + QUOTE_LENGTH] + " " + context.text_after(passage)
            readings = read_volumes(
                view.text[start:end], about=known, intro=intro, following=following, looked_at=looked_at
            )
            for reading in readings:
                number = view.source_span(start + reading.start, start + reading.end)
                category = _category(reading, present)
                rejected = silent.get((passage.index, at[0])) or (None if category in present else "no_clause")
                if rejected is None and context.ticks.state(passage, *number) is False:
                    rejected = "unticked"
                yield Quantity(
                    reading=reading,
                    category=category,
                    passage=passage,
                    sentence=at,
                    number=number,
                    lots=_lots(
                        reading.lots or lots_said_before(passage.text[: at[0]], passage.text[at[0] : at[1]]),
                        lots_of_title(passage, intro),
                        # The total of an operation is not that of the lots just named.
                        None if reading.is_total else lots_before,
                        own_lots,
                    ),
                    rejected=rejected,
                )


def _lots(
    said: tuple[str, ...] | None,
    titled: tuple[str, ...] | None,
    before: tuple[str, ...] | None,
    own: tuple[str, ...],
) -> tuple[str, ...]:
    """Lots of a volume: said beside it, by its title or before it; « au total » in the acte d'un lot is of its lot."""
    return own if said == ALL else said or titled or before or own


def _category(reading: Reading, present: Container[str]) -> str:
    """Hours of insertion are those of the clause, else those of the insertion that is bought."""
    bought = "clause_insertion" not in present and "objet_insertion" in present
    own = reading.measure.category
    return "objet_insertion" if bought and own == "clause_insertion" else own


def _lots_tables(context: Context, present: Set[str]) -> tuple[list[Table], set[int]]:
    """Tables of lots and hours, ruled or not, and the passages that those which give something say better."""

    def says(table: Table) -> bool:
        return is_lots_table(table) and any(table_volumes([table], present))

    ruled = [t for t in context.tables if says(t)]
    inside = set()
    for passage in context.passages if ruled else ():
        span = passage.spans[0]
        line = context.document.pages[span.page - 1].lines[span.line].bbox
        middle = (line[1] + line[3]) / 2
        if any(t.page == span.page and t.bbox[1] <= middle <= t.bbox[3] for t in ruled):
            inside.add(passage.index)
    free = [p for p in context.passages if p.index not in inside]
    tables = list(context.tables)
    for table, indexes in text_tables(free, lambda p: upright_box(context.document, p, 0, len(p.text))):
        if says(table):
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
                f"total de {total.value:.10g} écrit, mais {summed:.10g} en additionnant les lots ; vérifier la page"
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
