"""Documents read again: which of them the rules of today may read otherwise, and what they say now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from extractors.catalogue import read_catalogue
from extractors.fingerprint import FOLDER, files_behind, fingerprint
from extractors.schema import Extraction, Source
from flows.files import FoundFile, tender_key
from flows.notices_again import NoticesAgain, NoticeWork, choose_notices
from flows.page_store import open_pages
from flows.pool import Pool
from flows.rule_archive import archived_rules
from flows.settings import Settings
from models import (
    Batch,
    BatchState,
    ReadAgain,
    SelectedDocument,
    Selection,
    finish_batch,
    leave_unchanged,
    mark_gone,
    resume_batch,
    save_batch,
    select_documents,
    start_batch,
)

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


def consolidation_changed(settings: Settings, documents: Sequence[SelectedDocument]) -> bool:
    """Whether what makes one answer of the documents of a tender changed since these were read."""
    modules = (f"consolidation.{path.stem}" for path in (FOLDER / "consolidation").glob("*.py"))
    read = files_behind(*sorted(modules))
    today = read_catalogue().parts
    for since in {document.fingerprint for document in documents} - {None, fingerprint()}:
        past = archived_rules(settings, since or "")
        if past is None or any(past.parts.get(name) != today[name] for name in read):
            return True
    return False


def choose(engine: Engine, settings: Settings, selection: Selection) -> Choice:
    """The documents to read again; nothing asked means what the changed rules can touch.

    Raises:
        StoreError: the database cannot be read.
    """
    selection = replace(selection, changed=True) if selection.is_empty else selection
    documents = select_documents(engine, selection, fingerprint=fingerprint(), mended=settings.mended_codes())
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

    today, pages = read_catalogue(), open_pages(settings)

    @cache
    def reach(since: str) -> Reach:
        return Reach(changes(archived_rules(settings, since), today))

    def touches(document: SelectedDocument) -> bool:
        if document.status not in _READ or document.fingerprint in (None, fingerprint()):
            return True  # never read, or interrupted
        found = reach(document.fingerprint or "")
        return found.touches_kept(pages, document.sha256, read_by=document.read_by, categories=document.categories)

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


# ---------------------------------------------------------------- a batch


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprocessed:
    """What a batch gave."""

    batch: BatchState
    notices: int
    """Notices read again."""
    lost: tuple[tuple[str, str], ...] = ()
    """Notices that could not be read again, and why."""


class Reprocessing:
    """A batch, step by step: what is left as it is, then the documents, then the notices.

    Raises (every step): StoreError, OutputError, RuleError.
    """

    def __init__(
        self,
        settings: Settings,
        engine: Engine,
        pool: Pool,
        *,
        selection: Selection,
        name: str | None = None,
        resume: str | None = None,
    ) -> None:
        self._engine = engine
        self._pool = pool
        self._size = settings.batch_size
        self.batch, choice = self._resumed(resume) if resume else self._started(settings, selection, name)
        self.documents = tuple(in_batches(choice.to_read, self._size))
        self._left = choice.left
        self._consolidate = consolidation_changed(settings, choice.documents)
        concerned = choice.selection.changed
        self.notices = choose_notices(self._engine, settings) if concerned else NoticesAgain(to_read=(), left=())
        self._notice_work = NoticeWork(settings, self._engine, pool, run_id=self.batch.id)

    def _started(self, settings: Settings, selection: Selection, name: str | None) -> tuple[Batch, Choice]:
        choice = choose(self._engine, settings, selection)
        batch = start_batch(
            self._engine, choice.documents, name=name, selection=choice.selection, fingerprint=fingerprint()
        )
        return batch, choice

    def _resumed(self, name: str) -> tuple[Batch, Choice]:
        batch = resume_batch(self._engine, name)
        every = select_documents(self._engine, Selection(), fingerprint=fingerprint())
        todo = tuple(document for document in every if document.id in batch.todo)
        mark_gone(self._engine, batch, batch.todo - {document.id for document in todo})
        return batch, Choice(selection=Selection(changed=batch.changed), to_read=todo, left=())

    def leave(self) -> None:
        """What no change can touch is up to date as it stands."""
        for documents in in_batches(self._left, 100 * self._size):
            leave_unchanged(
                self._engine, self.batch, documents, fingerprint=fingerprint(), consolidate=self._consolidate
            )
        self._notice_work.leave(self.notices.left)

    def read(self, documents: Sequence[SelectedDocument]) -> None:
        results = list(read_again(self._pool, documents))
        save_batch(self._engine, self.batch, results, fingerprint=fingerprint(), consolidate=self._consolidate)

    def read_notices(self) -> None:
        self._notice_work.read(self.notices.to_read)

    def finish(self) -> Reprocessed:
        return Reprocessed(
            batch=finish_batch(self._engine, self.batch),
            notices=len(self.notices.to_read) - len(self._notice_work.lost),
            lost=tuple(self._notice_work.lost),
        )


def is_needed(engine: Engine, settings: Settings, selection: Selection) -> bool:
    """Whether a selection holds any document, or the stored notices were read by other code."""
    wanted = Selection(changed=True) if selection.is_empty else selection
    if select_documents(engine, wanted, fingerprint=fingerprint(), mended=settings.mended_codes()):
        return True
    notices = choose_notices(engine, settings)
    return wanted.changed and bool(notices.to_read or notices.left)
