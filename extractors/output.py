"""The JSON contract of `clausoscope extract`: one dictionary per document, same names as the gold sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from extractors.schema import Evidence, Extraction

SCHEMA = 1


def explained(extraction: Extraction) -> dict[str, Any]:
    """The same with every candidate, offsets in its `text`."""
    return to_dict(extraction) | {"candidates": [asdict(candidate) for candidate in extraction.candidates]}


def to_dict(extraction: Extraction) -> dict[str, Any]:
    """What a program reads of one extraction; ready for `json.dumps`."""
    return {
        "schema": SCHEMA,
        "document": {
            "path": extraction.path,
            "sha256": extraction.sha256,
            "doc_type": extraction.doc_type,
            "pages": extraction.pages,
            "status": extraction.status,
            "problems": [
                {"stage": p.stage, "code": p.code, "message": p.message, "page": p.page} for p in extraction.problems
            ],
        },
        "tender": {
            "reference": extraction.tender.reference,
            "buyer": extraction.tender.buyer,
            "object": extraction.tender.object,
            "departments": list(extraction.tender.departments),
            "cpv": list(extraction.tender.cpv),
        },
        "lots": [{"number": x.number, "title": x.title, "families": list(x.families)} for x in extraction.lots],
        "families": list(extraction.families),
        "clauses": [
            {
                "category": c.category,
                "lots": list(c.lots),
                "weight_percent": number_of(c.weight_percent),
                "legal_refs": list(c.legal_refs),
                "confidence": c.confidence,
                "rule": c.rule,
                "evidence": _evidence(c.evidence),
            }
            for c in extraction.clauses
        ],
        "volumes": [
            {
                "category": v.category,
                "lot": v.lot,
                "value": number_of(v.value),
                "value_max": number_of(v.value_max),
                "unit": v.unit,
                "per": v.per,
                "per_amount_eur": number_of(v.per_amount_eur),
                "threshold_eur": number_of(v.threshold_eur),
                "phase": v.phase,
                "bound": v.bound,
                "derived_hours": number_of(v.derived_hours),
                "formula": v.formula,
                "confidence": v.confidence,
                "rule": v.rule,
                "evidence": _evidence(v.evidence),
            }
            for v in extraction.volumes
        ],
        "penalties": [
            {
                "amount_eur": number_of(p.amount_eur),
                "per": p.per,
                "confidence": p.confidence,
                "rule": p.rule,
                "evidence": _evidence(p.evidence),
            }
            for p in extraction.penalties
        ],
        "contacts": [
            {
                "role": c.role,
                "organisation": c.organisation,
                "email": c.email,
                "phone": c.phone,
                "evidence": _evidence(c.evidence),
            }
            for c in extraction.contacts
        ],
        "terms": [
            {
                "kind": t.kind,
                "code": t.code,
                "confidence": t.confidence,
                "rule": t.rule,
                "evidence": _evidence(t.evidence),
            }
            for t in extraction.terms
        ],
        "absent": [a.category for a in extraction.absences],
    }


def _evidence(items: Iterable[Evidence]) -> list[dict[str, Any]]:
    return [
        {
            "page": e.page,
            "quote": e.quote,
            "bbox": list(e.bbox) if e.bbox else None,
            "section": e.section,
            "via": e.via,
            "read_as": e.read_as,
        }
        for e in items
    ]


def number_of(value: float | None) -> float | int | None:
    """35.0 is written 35, as in the gold sets."""
    return int(value) if value is not None and value == int(value) else value
