"""extract: one file → one Extraction, whatever the file; the whole product in the order it happens."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

from extractors.assemble import (
    NOT_BINDING,
    Context,
    absence_rows,
    clause_rows,
    mixed_reservations,
    penalty_rows,
    standing,
    volume_rows,
)
from extractors.doctype import document_type
from extractors.engine import get_engine
from extractors.errors import DocumentError
from extractors.facts import document_families, tender_facts
from extractors.lotlist import find_lots
from extractors.passages import split_passages
from extractors.reading import read_document
from extractors.schema import Document, Extraction, Finding, Problem, status_of


def extract(path: Path) -> Extraction:
    """All that one file gives; bad input comes back as a failed or partial Extraction that names the mend."""
    started = time.perf_counter()
    try:
        document = read_document(path)
    except DocumentError as error:
        return _failed(path, error, time.perf_counter() - started)
    return extract_document(document, started=started)


def extract_document(document: Document, *, started: float | None = None) -> Extraction:
    """All that a document already read gives."""
    started = time.perf_counter() if started is None else started
    passages = split_passages(document)
    doc_type = document_type(document, passages)
    context = Context(document, passages, get_engine())
    findings = find(context, doc_type)
    stands = mixed_reservations(standing(findings), passages)
    volumes = volume_rows(context, stands)
    clauses = clause_rows(context, stands, volumes)
    tender = tender_facts(document, passages)
    lots = find_lots(document, passages)
    return Extraction(
        path=document.path,
        sha256=document.sha256,
        size=document.size,
        status=status_of(len(document.pages), document.problems),
        doc_type=doc_type,
        pages=len(document.pages),
        problems=document.problems,
        tender=tender,
        lots=lots,
        families=document_families(tender, lots, passages),
        clauses=clauses,
        volumes=volumes,
        penalties=penalty_rows(context, stands),
        absences=absence_rows(context, findings, clauses),
        seconds=round(time.perf_counter() - started, 4),
    )


def find(context: Context, doc_type: str) -> list[Finding]:
    """Findings of every passage that can hold one, discarded ones included."""
    if doc_type in NOT_BINDING:
        return []
    engine = context.engine
    return [f for p in context.passages if engine.may_match(p.text) for f in engine.find(p)]


def _failed(path: Path, error: DocumentError, seconds: float) -> Extraction:
    try:
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
    except OSError:  # a file that cannot be opened has no content to hash: its path stands for it
        data = b""
        sha256 = "path:" + hashlib.sha256(str(path).encode()).hexdigest()
    return Extraction(
        path=str(path),
        sha256=sha256,
        size=len(data),
        status="failed",
        problems=(Problem(stage="read", code=error.code, message=str(error)),),
        seconds=round(seconds, 4),
    )
