"""What a new version of the documents of a tender gains, loses and changes, clause by clause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from extractors.compare import compare
from extractors.consolidation.records import Source
from extractors.rowkeys import Difference
from extractors.schema import Extraction


def changes(
    before: Sequence[Source], after: Sequence[Source], *, replaced: Mapping[int, int]
) -> tuple[Difference, ...]:
    """Clauses, volumes and absences gained (`before` is None), lost (`after` is None) and changed, by document.

    `replaced`: id of an older version → id of the one that replaces it; a document of both sides is its own version.
    A pair is named by the path of its new version.
    """
    paths = {source.id: source.path for source in after}
    old = [_extraction(source, path=paths.get(_newest(source.id, replaced), source.path)) for source in before]
    return compare(old, [_extraction(source, path=source.path) for source in after])


def _newest(id: int, replaced: Mapping[int, int]) -> int:
    seen: set[int] = set()
    while id in replaced and id not in seen:
        seen.add(id)
        id = replaced[id]
    return id


def _extraction(source: Source, *, path: str) -> Extraction:
    return Extraction(
        path=path,
        sha256=str(source.id),
        size=0,
        status="ok",
        doc_type=source.doc_type,
        clauses=tuple(stated.clause for stated in source.clauses),
        volumes=tuple(stated.volume for stated in source.volumes),
        absences=source.absences,
    )
