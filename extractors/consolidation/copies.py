"""Which documents of a tender are copies of others: the same text in another format, or as a scan, whatever the name.

A copy adds nothing: it says no clause, volume, penalty, absence or lot that the document kept does not say. Two lots'
CCTP, two versions of an RC, a template filled twice are no copies: their numbers differ, or their names say so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from extractors.consolidation.versions import lots_of, same_age
from extractors.kinds import FileKind
from extractors.rowkeys import absence_key, clause_lot_key, penalty_key, per_lot, volume_key, weight_key
from extractors.schema import Extraction, Sketch
from extractors.sketch import likeness, may_be_alike

# Measured on real tender documents. Two formats of one: 0.996 to 1, no other number. One of them recognised on images
# of 200 or 150 dpi: 0.48 to 0.95, up to five. Two documents of a buyer from one template: up to 0.61, with 20 or more.
_SAME_FORMAT = 1.0
_OTHER_FORMAT = 0.98
_RECOGNISED = 0.5
_MISREAD = 5
_ENOUGH = 32
"""Rows of words below which two texts may be alike by chance (empty forms, title pages)."""
_PREFERRED: tuple[FileKind, ...] = ("pdf", "docx", "odt", "doc", "rtf", "xlsx", "ods", "xls", "csv", "html", "txt")


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A document of a tender, as far as copies go."""

    id: int
    path: str
    doc_type: str
    sketch: Sketch
    is_complete: bool
    """Read whole."""
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two documents whose texts are nearly the same."""

    one: Text
    other: Text
    likeness: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A document that counts no more, and the one that counts for both."""

    id: int
    of: int


def alike(texts: Sequence[Text]) -> tuple[Pair, ...]:
    """The pairs with nearly the same words and the same numbers, whose names do not tell two lots or two versions."""
    known = [text for text in texts if len(text.sketch.words) >= 4 * _ENOUGH]
    pairs = []
    for a, b in sorted(may_be_alike(text.sketch for text in known)):
        one, other = known[a], known[b]
        if _may_be_one(one, other) and (found := _nearness(one.sketch, other.sketch)):
            pairs.append(Pair(one=one, other=other, likeness=found))
    return tuple(pairs)


def copies(pairs: Iterable[Pair], said: Mapping[int, Extraction]) -> tuple[Copy, ...]:
    """The copies among these pairs, each with the most alike of those kept; `said`: what each was read to say."""
    texts: dict[int, Text] = {}
    near: defaultdict[int, dict[int, float]] = defaultdict(dict)
    for pair in pairs:
        for text, beside in ((pair.one, pair.other), (pair.other, pair.one)):
            texts[text.id] = text
            near[text.id][beside.id] = pair.likeness
    rows = {id: _rows(said[id]) for id in texts}
    kept: list[int] = []
    found = []
    for text in sorted(
        texts.values(), key=lambda text: (*_preference(text), -len(rows[text.id]), -text.pages, text.path)
    ):
        models = [id for id in kept if id in near[text.id] and rows[text.id] <= rows[id]]
        if models:
            found.append(Copy(id=text.id, of=max(models, key=lambda id: near[text.id][id])))
        else:
            kept.append(text.id)
    return tuple(found)


def _may_be_one(one: Text, other: Text) -> bool:
    types = {one.doc_type, other.doc_type} - {"autre"}
    return len(types) < 2 and lots_of(one.path) == lots_of(other.path) and same_age(one.path, other.path)


def _nearness(one: Sketch, other: Sketch) -> float | None:
    """How alike they are, None when that is not enough."""
    found = likeness(one, other)
    if one.is_recognised or other.is_recognised:
        least, numbers = _RECOGNISED, _MISREAD
    else:
        least, numbers = _SAME_FORMAT if one.kind == other.kind else _OTHER_FORMAT, 0
    same_numbers = found.other_numbers <= numbers and not found.other_lots
    return found.words if found.words >= least and same_numbers else None


def _preference(text: Text) -> tuple[bool, bool, int]:
    """What is least is kept: a scan last, then what was not read whole; PDF before Office."""
    kind = text.sketch.kind
    rank = _PREFERRED.index(kind) if kind in _PREFERRED else len(_PREFERRED)
    return text.sketch.is_recognised, not text.is_complete, rank


def _rows(said: Extraction) -> frozenset[Hashable]:
    """What a document says, whatever the words and the place."""
    return frozenset(
        (
            *(("clause", clause_lot_key(row), weight_key(row)) for row in per_lot(said.clauses)),
            *(("volume", row.category, volume_key(row), row.phase) for row in said.volumes),
            *(("penalty", penalty_key(row)) for row in said.penalties),
            *(("absence", absence_key(row)) for row in said.absences),
            *(("lot", lot.number) for lot in said.lots),
        )
    )
