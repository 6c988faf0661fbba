"""Documents read again: which of them the rules of today may read otherwise, and what they say now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from extractors.catalogue import read_catalogue
from extractors.fingerprint import fingerprint
from extractors.schema import Extraction, Source
from flows.files import FoundFile, tender_key
from flows.page_store import open_pages
from flows.pool import Pool
from flows.rule_archive import archived_rules
from flows.settings import Settings
from models import ReadAgain, SelectedDocument, Selection, select_documents

_READ = ("ok", "partial")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a selection comes to."""

    selection: Selection
    to_read: tuple[SelectedDocument, ...]
    left: tuple[SelectedDocument, ...]
    """Those that no change of the rules can touch."""

    @property
    def documents(self) -> tuple[SelectedDocument, ...]:
        return self.to_read + self.left


def choose(engine: Engine, settings: Settings, selection: Selection) -> Choice:
    """The documents to read again; nothing asked means what the changed rules can touch.

    Raises:
        StoreError: the database cannot be read.
    """
    selection = replace(selection, changed=True) if selection.is_empty else selection
    documents = select_documents(engine, selection, fingerprint=fingerprint())
    if not selection.changed:
        return Choice(selection=selection, to_read=documents, left=())
    touches = _touches(settings) if documents else bool
    to_read = [document for document in documents if touches(document)]
    read = {document.id for document in to_read}
    return Choice(
        selection=selection,
        to_read=tuple(to_read),
        left=tuple(document for document in documents if document.id not in read),
    )


def _touches(settings: Settings) -> Callable[[SelectedDocument], bool]:
    """Whether what changed since the rules of a document can give it other rows; what is not known can."""
    from extractors.changes import Reach, changes
    from extractors.passagecache import kept_passages

    today, pages = read_catalogue(), open_pages(settings)

    @cache
    def reach(since: str) -> Reach:
        return Reach(changes(archived_rules(settings, since), today))

    def touches(document: SelectedDocument) -> bool:
        if document.status not in _READ or document.fingerprint in (None, fingerprint()):
            return True  # never read, or interrupted
        passages = kept_passages(pages, document.sha256)
        return reach(document.fingerprint or "").touches(passages, document.categories)

    return touches


def read_again(pool: Pool, documents: Sequence[SelectedDocument]) -> Iterator[ReadAgain]:
    """What each document says now, in their order; what could not be read keeps what it had, and is told.

    Raises:
        RuleError: a rule is wrong.
    """
    files = [Source(path=Path(d.raw_path), name=d.path, sha256=d.sha256) for d in documents]
    for document, extraction in zip(documents, pool.run(files), strict=True):
        if error := _unread(document, extraction):
            yield ReadAgain(document=document, error=error)
            continue
        found = FoundFile(path=Path(document.raw_path), name=document.path, tender=document.tender_key)
        yield ReadAgain(document=document, extraction=extraction, tender_key=tender_key(found, extraction))


def _unread(document: SelectedDocument, extraction: Extraction) -> str | None:
    """Why what was read is not what the document says, None when it is."""
    if extraction.sha256 != document.sha256:
        return "La copie sous data/raw n'a plus le contenu de ce document : restaurez-la, ou refaites-la par ingest."
    lost = [problem for problem in extraction.problems if problem.code == "unreadable"]
    if extraction.status == "failed" and document.status in _READ:
        lost = list(extraction.problems)
    return lost[0].message if lost else None


def in_batches(documents: Sequence[SelectedDocument], size: int) -> Iterator[Sequence[SelectedDocument]]:
    for start in range(0, len(documents), size):
        yield documents[start : start + size]
