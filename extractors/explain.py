"""Why a document gives the rows it gives: every candidate, with the rule, the cues and what was decided."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from extractors.context import Context, passages_about, quoted
from extractors.controls import sanctions
from extractors.passages import split_passages
from extractors.pipeline import NOT_BINDING, analyse, extract, find, open_source
from extractors.resolve import decided
from extractors.schema import Candidate, CandidateKind, Evidence, Extraction, Finding, Passage, Source, as_source
from extractors.sheet_numbers import is_cell
from extractors.tools import NO_TOOLS, Tools
from extractors.volumes import anchors_of, quantities

Span = tuple[int, int]
Placed = tuple[int, int, Candidate]
"""Passage and offset of a candidate, by which candidates are put in order."""


def explain(file: Path | Source, *, tools: Tools = NO_TOOLS) -> Extraction:
    """The extraction of a file with its candidates; reads the file twice, which a question about one file may cost."""
    source = as_source(file)
    extraction = extract(source, tools=tools)
    if extraction.status == "failed":
        return extraction
    document, drawings = open_source(source, tools=tools)
    passages = split_passages(document)
    context, findings, _ = analyse(document, passages, extraction.doc_type, drawings)
    binding = extraction.doc_type not in NOT_BINDING
    if not binding:
        findings = [replace(f, rejected="doc_type") for f in find(passages, context.intros, extraction.doc_type)]
    stands, _ = decided(findings, passages)
    found = [
        *_clauses(context, findings, stands),
        *_quantities(context, findings, stands),
        *_sanctions(context, findings, stands),
    ]
    found.sort(key=lambda placed: placed[:2])
    candidates = list(_without_dropped(extraction, (c for _, _, c in found)))
    if not binding:
        candidates = [replace(c, rejected="doc_type") if c.rejected in (None, "no_clause") else c for c in candidates]
    return replace(extraction, candidates=(*candidates, *_from_tables(extraction, candidates)))


def _clauses(context: Context, findings: Sequence[Finding], stands: Sequence[Finding]) -> Iterator[Placed]:
    kept = {(f.rule, f.passage, f.start): f.category for f in stands}
    for f in findings:
        category = kept.get((f.rule, f.passage, f.start))
        yield _placed(
            context,
            context.passages[f.passage],
            f.sentence,
            (f.start, f.end),
            kind="clause",
            rule=f.rule,
            category=category or f.category,
            rejected=f.rejected or (None if category else "said_better"),
            marks=f.marks,
            cues=f.cues,
        )


def _quantities(context: Context, findings: Sequence[Finding], stands: Sequence[Finding]) -> Iterator[Placed]:
    walk = passages_about(context, anchors_of(stands, findings))
    for q in quantities(context, walk, stands, findings):
        measure = q.reading.measure
        yield _placed(
            context,
            q.passage,
            q.sentence,
            q.number,
            kind="volume",
            rule=measure.name,
            category=q.category,
            rejected=q.rejected,
        )


def _sanctions(context: Context, findings: Sequence[Finding], stands: Sequence[Finding]) -> Iterator[Placed]:
    for s in sanctions(context, stands, findings, every=True):
        yield _placed(
            context,
            s.passage,
            s.sentence,
            s.words,
            kind="penalty",
            rule=s.measure.name,
            category=None,
            rejected=None if s.about_clause else "other_subject",
        )


def _placed(
    context: Context,
    passage: Passage,
    sentence: Span,
    words: Span,
    *,
    kind: CandidateKind,
    rule: str,
    category: str | None,
    rejected: str | None,
    marks: Sequence[Span] = (),
    cues: tuple[str, ...] = (),
) -> Placed:
    """A candidate from offsets in its passage; line breaks become spaces, one for one."""
    low, high = sentence
    intro = context.intros.get(passage.index)
    candidate = Candidate(
        kind=kind,
        rule=rule,
        category=category,
        page=passage.page_at(words[0]),
        section=passage.section,
        titles=(*passage.headings, intro) if intro else passage.headings,
        text=passage.text[low:high].replace("\n", " "),
        words=(words[0] - low, words[1] - low),
        marks=tuple((start - low, end - low) for start, end in marks),
        cues=cues,
        rejected=rejected,
    )
    return passage.index, words[0], candidate


def _without_dropped(extraction: Extraction, candidates: Iterable[Candidate]) -> Iterator[Candidate]:
    """The candidates; a number that gives no row because a table says it, or because it adds up lots, says so."""
    quotes = {(volume.rule, _proof(evidence)) for volume in extraction.volumes for evidence in volume.evidence}
    for c in candidates:
        dropped = c.kind == "volume" and c.rejected is None and (c.rule, _said(c)) not in quotes
        yield replace(c, rejected="counted_elsewhere") if dropped else c


def _proof(evidence: Evidence) -> str:
    """What tells a proof from another: its cells in a workbook, where the quote is not the sentence; else its words."""
    return evidence.section if evidence.section and is_cell(evidence.section) else evidence.words


def _said(candidate: Candidate) -> str:
    return candidate.section if candidate.section and is_cell(candidate.section) else quoted(candidate.text)


def _from_tables(extraction: Extraction, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """Volumes read in the rows of a table, where no sentence says them."""
    said = {_said(c) for c in candidates if c.kind == "volume" and c.rejected is None}
    for volume in extraction.volumes:
        for evidence in volume.evidence:
            if _proof(evidence) not in said:
                yield Candidate(
                    kind="volume",
                    rule=volume.rule,
                    category=volume.category,
                    page=evidence.page,
                    section=evidence.section,
                    text=evidence.words,
                )
