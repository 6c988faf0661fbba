"""Which stored documents a batch chooses."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, func, or_, select, union
from sqlalchemy.orm import Session

from models.bulk import chunks
from models.errors import storage_errors
from models.finding_tables import AbsenceRow, ClauseRow, PenaltyRow, TermRow, VolumeRow
from models.notice_tables import TenderKeyRow
from models.store import done
from models.tables import DocumentPathRow, DocumentRow, ReadingRow, RunRow, TenderRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked for: documents that answer all of it; nothing asked means `changed`."""

    tender: str | None = None
    """Key or reference of a tender."""
    since: date | None = None
    """First day of publication of their tender; where no notice tells it, the first day they were read."""
    families: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """Rules that gave one of their rows."""
    statuses: tuple[str, ...] = ()
    changed: bool = False
    """Only those that the rules of today have not read, and that their changes can touch."""

    @property
    def is_empty(self) -> bool:
        return self == Selection()


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedDocument:
    id: int
    sha256: str
    raw_path: str
    path: str
    """One of the paths where it was found."""
    tender_key: str | None
    status: str
    fingerprint: str | None
    """The rules that its rows are up to date with."""
    read_by: str | None
    """Those that gave them: a document that changed rules cannot touch is not read again."""
    reading_id: int | None
    categories: frozenset[str]
    """Of the clauses of its current reading."""


def select_documents(
    engine: Engine, selection: Selection, *, fingerprint: str, mended: Collection[str] = frozenset()
) -> tuple[SelectedDocument, ...]:
    """The documents of the raw store that are asked for, in the order of their paths; `mended` as for `done`.

    Raises:
        StoreError: the database cannot be read.
    """
    with storage_errors(engine.url), Session(engine) as session:
        found = {row.id: row for row in session.execute(_query(selection))}
        if selection.families:
            wanted = set(selection.families)
            found = {
                id: row for id, row in found.items() if wanted.intersection((*(row.families or ()), *(row.told or ())))
            }
        categories = _categories(session, found)
    known: set[str] = set()
    if selection.changed:
        sha256s = [row.sha256 for row in found.values()]
        known = done(engine, sha256s=sha256s, fingerprint=fingerprint, mended=mended)
    return tuple(
        SelectedDocument(
            id=row.id,
            sha256=row.sha256,
            raw_path=row.raw_path,
            path=row.path,
            tender_key=row.key,
            status=row.status,
            fingerprint=row.fingerprint,
            read_by=row.read_by,
            reading_id=row.reading_id,
            categories=frozenset(categories.get(row.id, ())),
        )
        for row in reversed(found.values())
        if row.sha256 not in known
    )


def _query(selection: Selection) -> Any:
    """One row for each path; of several, the first in the alphabet is read last, and stays."""
    query: Any = (
        select(
            DocumentRow.id,
            DocumentRow.sha256,
            DocumentRow.raw_path,
            DocumentPathRow.path,
            TenderRow.key,
            DocumentRow.status,
            DocumentRow.fingerprint,
            ReadingRow.id.label("reading_id"),
            ReadingRow.fingerprint.label("read_by"),
            ReadingRow.families,
            TenderRow.families.label("told"),
        )
        .join(DocumentPathRow, DocumentPathRow.document_id == DocumentRow.id)
        .outerjoin(TenderRow, TenderRow.id == DocumentPathRow.tender_id)
        .outerjoin(ReadingRow, (ReadingRow.document_id == DocumentRow.id) & ReadingRow.is_current)
        .where(DocumentRow.raw_path.is_not(None))
        .order_by(DocumentPathRow.path.desc())
    )
    if selection.tender is not None:
        named = select(TenderKeyRow.tender_id).where(TenderKeyRow.key == selection.tender)
        query = query.where(or_(TenderRow.id.in_(named), TenderRow.reference == selection.tender))
    if selection.since is not None:
        first_read = (
            select(func.min(RunRow.started_at))
            .join(ReadingRow, ReadingRow.run_id == RunRow.id)
            .where(ReadingRow.document_id == DocumentRow.id)
            .correlate(DocumentRow)
            .scalar_subquery()
        )
        published = func.coalesce(TenderRow.published, func.date(first_read))
        query = query.where(published >= selection.since)
    if selection.statuses:
        query = query.where(DocumentRow.status.in_(selection.statuses))
    if selection.rules:
        gave = (select(t.reading_id).where(t.rule.in_(selection.rules)) for t in _WITH_RULES)
        query = query.where(ReadingRow.id.in_(union(*gave)))
    return query


_WITH_RULES = (ClauseRow, VolumeRow, PenaltyRow, TermRow, AbsenceRow)


def _categories(session: Session, document_ids: Iterable[int]) -> Mapping[int, set[str]]:
    """Document → categories of the clauses that were read in it."""
    found: dict[int, set[str]] = {}
    for chunk in chunks(document_ids):
        query = (
            select(ReadingRow.document_id, ClauseRow.category)
            .join(ClauseRow, ClauseRow.reading_id == ReadingRow.id)
            .where(ReadingRow.is_current, ReadingRow.document_id.in_(chunk))
        )
        for document_id, category in session.execute(query).tuples():
            found.setdefault(document_id, set()).add(category)
    return found
