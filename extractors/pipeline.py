"""extract: one file → one Extraction, whatever the file; the whole product in the order it happens."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from extractors.clauses import absence_rows, clause_rows
from extractors.context import Context
from extractors.controls import contact_rows, penalty_rows, proved_by_penalties
from extractors.derive import with_hours
from extractors.doctype import document_type
from extractors.drawings import Drawings
from extractors.engine import get_engine
from extractors.errors import DocumentError
from extractors.facts import document_families, tender_facts
from extractors.fingerprint import path_key
from extractors.formats import open_bytes
from extractors.intros import with_intros
from extractors.lotlist import find_lots
from extractors.measures import Counted
from extractors.ocr.proofs import trusted
from extractors.pagecache import PageStore, keep_pages, kept_pages
from extractors.pagetexts import page_texts
from extractors.passagecache import keep_passages
from extractors.passages import split_passages
from extractors.reading import read_bytes
from extractors.replaces import replaces_earlier
from extractors.resolve import decided
from extractors.schema import (
    Document,
    Extraction,
    Finding,
    Geometry,
    Passage,
    Problem,
    Source,
    Table,
    as_source,
    status_of,
)
from extractors.sketch import sketch_of
from extractors.tables import is_lots_table, lots_header, text_tables
from extractors.terms import term_rows
from extractors.text import fold, one_line
from extractors.ticks import Ticks
from extractors.timing import Clock
from extractors.tools import NO_TOOLS, Tools
from extractors.volumecache import keep_looked_at
from extractors.volumes import volume_rows

_DENIAL = re.compile(r"(?:- ?)?(?:sans objet|neant|non applicable|non concernee?|aucune?|sans|non)\s*[.;]?$")
# Documents whose words bind nobody: forms of the candidate, the bidder's own text, guides.
NOT_BINDING = frozenset({"dc", "memoire", "guide"})
HEADER_LENGTH = 250
LOT_HOURS = re.compile(r"\blots?\b.*(?:heures?|insertion)|(?:heures?|insertion).*\blots?\b", re.DOTALL)


def extract(
    file: Path | Source, *, store: PageStore | None = None, with_texts: bool = False, tools: Tools = NO_TOOLS
) -> Extraction:
    """All that one file gives; bad input comes back as a failed or partial Extraction that names the mend.

    `store`: where its pages are taken from when they were read before, and kept when they were not.
    `with_texts`: give the text of every page too, for what is to be searched in.
    `tools`: the outside programs that read what is neither a PDF nor a text.
    """
    started = time.perf_counter()
    clock = Clock()
    source = as_source(file)
    try:
        with clock("read"):
            document, drawings = open_source(source, store=store, tools=clock.timed(tools))
    except DocumentError as error:
        return replace(_failed(source, error, time.perf_counter() - started), timings=clock.timings)
    with clock("match"):
        passages = split_passages(document)
        extraction, looked_at = _assembled(document, passages, drawings, started)
    extraction = replace(extraction, timings=clock.timings)
    if store:
        keep_pages(store, document, drawings)
        keep_passages(store, document.sha256, passages)
        keep_looked_at(store, document.sha256, looked_at)
    return replace(extraction, texts=page_texts(document)) if with_texts else extraction


def extract_document(document: Document) -> Extraction:
    """All that a document already read gives."""
    drawings = Drawings(pdf=lambda: Path(document.path), name=Path(document.path).name)
    return _assembled(document, split_passages(document), drawings, time.perf_counter())[0]


def open_source(
    source: Source, *, store: PageStore | None = None, tools: Tools = NO_TOOLS
) -> tuple[Document, Drawings]:
    """The pages of a file: those that the store keeps, else read; a known content is not opened when it is kept.

    Raises:
        DocumentError: nothing of it can be read.
    """
    if source.sha256 and (kept := kept_pages(store, source, source.sha256, tools)):
        return kept
    data = read_bytes(source.path, source.name)
    if store and (kept := kept_pages(store, source, hashlib.sha256(data).hexdigest(), tools)):
        return kept
    return open_bytes(data, source, tools=tools)


def _assembled(
    document: Document, passages: tuple[Passage, ...], drawings: Drawings, started: float
) -> tuple[Extraction, frozenset[Counted]]:
    """The rows of a document, and the sentences in which volumes were looked for."""
    doc_type = document_type(document, passages)
    context, findings, problems = analyse(document, passages, doc_type, drawings)
    stands, every = decided(findings, passages)
    volumes, wrong_totals, looked_at = volume_rows(context, stands, findings)
    precise_ones = set(stands)
    clauses = clause_rows(context, stands, volumes, [f for f in every if f not in precise_ones])
    problems = (*document.problems, *problems, *wrong_totals)
    tender = tender_facts(document, passages)
    extraction = Extraction(
        path=document.path,
        sha256=document.sha256,
        size=document.size,
        status=status_of(len(document.pages), problems),
        doc_type=doc_type,
        pages=len(document.pages),
        problems=problems,
        replaces_earlier=replaces_earlier(document),
        tender=tender,
        lots=context.lots,
        families=document_families(tender, context.lots, passages),
        clauses=trusted(document, clauses),
        volumes=trusted(document, with_hours(context, volumes)) if volumes else (),
        contacts=contact_rows(context, stands),
        terms=trusted(document, term_rows(context, stands)),
        penalties=() if doc_type in NOT_BINDING else trusted(document, penalty_rows(context, stands, findings)),
        absences=absence_rows(context, findings, clauses),
        sketch=sketch_of(document, passages),
        seconds=round(time.perf_counter() - started, 4),
    )
    return extraction, looked_at


def analyse(
    document: Document, passages: tuple[Passage, ...], doc_type: str, drawings: Drawings
) -> tuple[Context, list[Finding], tuple[Problem, ...]]:
    """Every finding, discarded ones included, with what is needed to make rows of them."""
    # A row of a sheet stands under its header and titles alone: the row above opens nothing.
    listed = with_intros(passages) if document.layout != "sheets" else ()
    intros = {passage.index: intro for passage, intro in listed if intro}
    findings = [] if doc_type in NOT_BINDING else find(passages, intros, doc_type)
    geometry, problems = look_closer(document, passages, findings, drawings)
    ticks = Ticks(document, passages, {g.page: g.checkboxes for g in geometry})
    tables = tuple(t for g in geometry for t in g.tables)
    findings = proved_by_ruled_table(passages, findings, tables)
    context = Context(
        document=document,
        passages=passages,
        doc_type=doc_type,
        ticks=ticks,
        intros=intros,
        tables=tables,
        lots=find_lots(document, passages, [table for table in tables if is_lots_table(table)]),
    )
    return context, proved_by_penalties(context, ticks.applied(findings)), problems


def find(passages: Sequence[Passage], intros: Mapping[int, str], doc_type: str) -> list[Finding]:
    """Findings of every passage that can hold one, discarded ones included; `intros` as in Context."""
    engine = get_engine()
    asked = doc_type == "qr"
    found = [f for p in passages for f in engine.find(p, intro=intros.get(p.index, ""), asked=asked)]
    foreign = {name for name, rule in engine.rules.items() if doc_type in rule.not_in}
    # What would stand elsewhere is kept with the reason, for whoever asks why it gives no row.
    placed = [
        replace(f, rejected="doc_type") if f.rule in foreign else f
        for f in found
        if f.rule not in foreign or f.rejected is None
    ]
    return proved_by_table(passages, denied_by_body(passages, placed))


def proved_by_table(passages: Sequence[Passage], findings: Sequence[Finding]) -> list[Finding]:
    """Findings where the header of a table of lots and hours (« Heures d'insertion ») asks for what its rows say."""
    if not any(map(_may_be_header, findings)):
        return list(findings)
    headers = {min(indexes) for _, indexes in text_tables(passages, lambda _: None)}
    return [replace(f, rejected=None) if _may_be_header(f) and f.passage in headers else f for f in findings]


def proved_by_ruled_table(
    passages: Sequence[Passage], findings: Sequence[Finding], tables: Sequence[Table]
) -> list[Finding]:
    """The same where lines part the cells: a narrow column leaves no room between the words of a header."""
    if not any(map(_may_be_header, findings)):
        return list(findings)
    headers = [(table.page, fold(header)) for table in tables if (header := lots_header(table))]

    def heads(finding: Finding) -> bool:
        passage = passages[finding.passage]
        words = fold(one_line(passage.text[finding.start : finding.end]))
        return any(page == passage.page and words in header for page, header in headers)

    return [replace(f, rejected=None) if _may_be_header(f) and heads(f) else f for f in findings]


def _may_be_header(finding: Finding) -> bool:
    return finding.rejected == "no_obligation" and finding.rule == "heures_insertion"


def denied_by_body(passages: Sequence[Passage], findings: Sequence[Finding]) -> list[Finding]:
    """Findings where a title (or a lone line) followed by « Sans objet » is a stated absence."""
    result = []
    for finding in findings:
        passage = passages[finding.passage]
        following = next((p for p in passages[passage.index + 1 :] if p.role == "body"), None)
        alone = finding.rejected in (None, "heading", "no_obligation") and len(passage.text) < 120
        if alone and following and _DENIAL.match(fold(following.text.strip())):
            finding = replace(finding, rejected="negation")
        result.append(finding)
    return result


def look_closer(
    document: Document, passages: Sequence[Passage], findings: Sequence[Finding], drawings: Drawings
) -> tuple[tuple[Geometry, ...], tuple[Problem, ...]]:
    """Tables and tick-boxes of the pages that need them: clauses beside small squares, ruled tables of hours."""
    clauses = {s.page for f in findings if f.rejected is None for s in passages[f.passage].spans}
    asking = {passages[f.passage].page for f in findings if _may_be_header(f)}
    if not document.is_paged or not clauses | asking:
        return (), ()
    # The header of a table may stand on two lines, so in two passages.
    lines = zip(passages, (*passages[1:], passages[-1]), strict=True)
    headers = {
        p.page
        for p, following in lines
        if len(p.text) + len(following.text) < HEADER_LENGTH and LOT_HOURS.search(fold(f"{p.text} {following.text}"))
    }
    tables = {
        page for page in headers | {p + 1 for p in headers} if {page, page - 1, page - 2} & clauses
    } | headers & asking
    try:
        squares, rules = drawings.of({p.number for p in document.pages if p.lines} & (clauses | tables))
        return drawings.closer(sorted(squares & clauses | rules & tables)), ()
    except DocumentError as error:
        return (), (Problem(stage="structure", code=error.code, message=str(error)),)
    except OSError as error:
        message = f"{drawings.name} : relecture impossible ({error.strerror}) ; tableaux et cases non lus, relancer"
        return (), (Problem(stage="structure", code="unreadable", message=message),)


def _failed(source: Source, error: DocumentError, seconds: float) -> Extraction:
    try:
        data = source.path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
    except OSError:  # a file that cannot be opened has no content to hash: its path stands for it
        data = b""
        sha256 = source.sha256 or path_key(Path(source.name))
    return Extraction(
        path=source.name,
        sha256=sha256,
        size=len(data),
        status="failed",
        problems=(Problem(stage="read", code=error.code, message=str(error)),),
        seconds=round(seconds, 4),
    )
