"""One source of a night, step by step: its items received, their documents read, all of it stored.

Prefect calls the steps (`flows.nightly`). The watermark of a source moves after the rows of a batch are stored, so
that a night killed anywhere is finished by the next one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import islice
from pathlib import PurePosixPath

from sqlalchemy.exc import SQLAlchemyError

from extractors.errors import ClausoscopeError
from extractors.fingerprint import fingerprint
from flows.fetched import clean, unpacked
from flows.files import FoundFile, OutputError, keep_bytes
from flows.http_errors import HttpError
from flows.links import Followed, Follower
from flows.night import Night
from flows.plan import plan_files
from flows.run import Work
from flows.sources.base import Item, Source, SourceError, Window, open_source
from models import (
    Outcome,
    ReceivedNotice,
    SourceProgress,
    advance,
    drop_paths,
    finish_run,
    finish_source,
    known_downloads,
    known_notices,
    save_notices,
    start_run,
    start_source,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """A notice whose bytes are in the raw store, and its text there too."""

    received: ReceivedNotice | None = None
    text: FoundFile | None = None


class SourceNight:
    """One source of a night: `receive` and `store` until nothing comes, then `finish`.

    Raises (every step): StoreError, OutputError, RuleError, LockLost. What the source itself fails at is recorded, and
    so is an item that nobody expected: neither loses the others.
    """

    def __init__(self, night: Night, name: str) -> None:
        self.name = name
        self.error: str | None = None
        self._night = night
        self._fingerprint = fingerprint()
        self._scope = ",".join(night.departements)
        self._cursor: str | None = None
        self._safe: str | None = None
        self._ended = False
        self._seen = self._skipped = 0
        source: Source | None = None
        try:
            source = open_source(name, night.source_settings)
        except SourceError as error:
            self.error = str(error)
        self._run_id = start_run(
            night.engine, command=f"{night.asked.command} {name}", fingerprint=self._fingerprint, night_id=night.id
        )
        left = start_source(
            night.engine, night_id=night.id, run_id=self._run_id, name=name, title=source.title if source else name
        )
        self._left = left.watermark
        known = left.watermark if left.scope == self._scope and not night.asked.is_back_fill else None
        self._items = source.items(self._window(known), known, night.client) if source else iter(())
        self._follower = Follower(
            client=night.client, platforms=night.platforms, folder=night.source_settings.fetched_dir / "links" / name
        )

    def receive(self) -> list[Item]:
        """The next items; empty at the end, or when the source fails."""
        self._night.lock.check()
        items: list[Item] = []
        if self._night.is_late:
            self.error = (
                f"La durée d'un passage ({self._night.wanted.night_hours:g} h) est écoulée : le prochain continue "
                "d'ici, ou montez CLAUSOSCOPE_NIGHT_HOURS."
            )
            return items
        try:
            for item in islice(self._items, self._night.settings.batch_size):
                items.append(item)
                if item.cursor and item.cursor != self._cursor:
                    # Items of one cursor may still come: only what stood before it is whole.
                    self._safe, self._cursor = self._cursor, item.cursor
        except (SourceError, HttpError, OutputError) as error:
            self.error = str(error)
        except Exception as error:
            logger.exception("La source %s s'arrête sur une erreur imprévue.", self.name)
            self.error = _unforeseen(error)
        self._ended = not items and self.error is None
        return items

    def store(self, items: Sequence[Item]) -> None:
        """The rows of the items: documents, then notices, then what the links gave, last the watermark."""
        try:
            self._store(items, watermark=self._safe)
        except (ClausoscopeError, SQLAlchemyError):
            raise
        except Exception:
            logger.exception("Un avis de %s arrête son lot : chacun est repris seul.", self.name)
            for item in items:
                self._store_alone(item)
            self._advance(SourceProgress(watermark=self._reached(self._safe)))

    def _store_alone(self, item: Item) -> None:
        try:
            self._store([item], watermark=None)
        except (ClausoscopeError, SQLAlchemyError):
            raise
        except Exception as error:
            name = item.raw_name or item.tender_key
            logger.exception("L'avis ou le dossier %s de %s est laissé.", name, self.name)
            outcome = Outcome(
                address=name,
                subject=item.tender_key,
                kind="avis",
                state="failed",
                code="unforeseen",
                message=_unforeseen(error),
            )
            self._advance(SourceProgress(items=1, problems=1), [outcome])

    def _store(self, items: Sequence[Item], *, watermark: str | None) -> None:
        night = self._night
        kept = [self._keep(item) for item in items]
        names = [one.received.name for one in kept if one.received]
        stored = known_notices(night.engine, names, fingerprint=self._fingerprint)
        new = [one.received is not None and stored.get(one.received.name) != one.received.sha256 for one in kept]
        followed = self._follow(items, new)
        texts = [one.text for one, is_new in zip(kept, new, strict=True) if is_new and one.text]
        documents = self._read([*texts, *(file for part in followed for file in part.files)])
        notices = [one.received for one, is_new in zip(kept, new, strict=True) if is_new and one.received]
        counts = save_notices(night.engine, notices, night_id=night.id, fingerprint=self._fingerprint)
        outcomes = [outcome for part in followed for outcome in part.outcomes]
        states = [outcome.state for outcome in outcomes]
        progress = SourceProgress(
            watermark=self._reached(watermark),
            items=len(items),
            new_notices=counts.new,
            changed_notices=counts.changed,
            downloads=sum(part.downloads for part in followed),
            manual=states.count("manual"),
            problems=states.count("failed") + states.count("partial"),
            documents=documents,
        )
        for part in followed:
            for renewed in part.renewed:
                drop_paths(night.engine, renewed, kept={file.recorded for file in part.files})
        self._advance(progress, outcomes)
        for item, part in zip(items, followed, strict=True):
            laid = self._follower.lay_in(item)
            # The next night goes on from where a download was cut.
            cut = any(outcome.state == "failed" for outcome in part.outcomes)
            clean(laid, kept=(*laid.rglob("*.part"), *laid.rglob("*.proof")) if cut else ())
            for folder in unpacked(item, night.source_settings.fetched_dir):
                clean(folder)

    def finish(self) -> None:
        """Close the source: its watermark takes the last cursor when all was given, its error is recorded when not."""
        night = self._night
        if self._ended:
            self._advance(SourceProgress(watermark=self._reached(self._cursor)))
        finish_run(night.engine, self._run_id, seen=self._seen, skipped=self._skipped)
        finish_source(night.engine, night_id=night.id, source=self.name, error=self.error)

    def _advance(self, progress: SourceProgress, outcomes: Sequence[Outcome] = ()) -> None:
        night = self._night
        advance(night.engine, progress, outcomes, night_id=night.id, source=self.name, scope=self._scope)

    def _reached(self, watermark: str | None) -> str | None:
        """The watermark to store, if any: the days that a night goes over again never bring it back."""
        if self._night.asked.is_back_fill:
            return None
        before, now = _day(self._left), _day(watermark)
        return None if before and now and now < before else watermark

    def _window(self, watermark: str | None) -> Window:
        night = self._night
        first = date.min if watermark else night.until - timedelta(days=night.wanted.first_days)
        return Window(since=night.asked.since or first, until=night.until, departements=night.departements)

    def _keep(self, item: Item) -> _Kept:
        """Keep the bytes of a notice as they came, whether they could be read or not, and its text as a document."""
        if not item.raw:
            return _Kept()
        raw_dir = self._night.settings.raw_dir
        path, sha256 = keep_bytes(item.raw, raw_dir=raw_dir, suffix=PurePosixPath(item.raw_name).suffix)
        notice = item.notice
        if notice is None:
            return _Kept()
        received = ReceivedNotice(notice=notice, source=self.name, raw_path=str(path), sha256=sha256)
        if not notice.text:
            return _Kept(received=received)
        path, sha256 = keep_bytes(notice.text.encode(errors="replace"), raw_dir=raw_dir, suffix=".txt")
        name = f"avis/{notice.journal}/{notice.notice_id}.txt"
        text = FoundFile(path=path, name=name, tender=item.tender_key)
        return _Kept(received=replace(received, text_sha256=sha256), text=text)

    def _follow(self, items: Sequence[Item], new: Sequence[bool]) -> list[Followed]:
        """What the links of the items give; notices of one tender often give the same links: they are tried once."""
        known = known_downloads(self._night.engine, {item.tender_key for item in items})
        seen: dict[str, set[str]] = {}
        skips = []
        for item in items:
            others = seen.setdefault(item.tender_key, set())
            skips.append(frozenset(others))
            others.update(link.url for link in item.links)

        def follow(item: Item, is_new: bool, skip: frozenset[str]) -> Followed:
            return self._follower.follow(item, known, changed=is_new, skip=skip)

        return list(self._night.threads.map(follow, items, new, skips))

    def _read(self, files: Sequence[FoundFile]) -> int:
        """Extract and store those that hold something new; how many."""
        night = self._night
        plan = plan_files(night.engine, files, night_id=night.id, mended=night.settings.mended_codes())
        self._seen += len(plan.todo) + len(plan.known)
        self._skipped += len(plan.known)
        if not plan.todo:
            return 0
        work = Work(night.settings, night.engine, plan, run_id=self._run_id, pool=night.pool)
        work.claim()
        count = 0
        while batch := work.read_batch():
            work.store_batch(batch)
            count += len(batch)
        return count


def follow_sources(
    night: Night, receive: Callable[[SourceNight], list[Item]], store: Callable[[SourceNight, Sequence[Item]], None]
) -> None:
    """Each source in turn; one that cannot go on is closed as failed, and the next one begins.

    Raises:
        StoreError, RuleError, LockLost: no source could go on.
    """
    for name in night.sources:
        source = SourceNight(night, name)
        try:
            while items := receive(source):
                store(source, items)
        except OutputError as error:
            source.error = str(error)
        source.finish()


def _unforeseen(error: Exception) -> str:
    said = f"{type(error).__name__} : {error}".splitlines()[0][:200]
    return f"Erreur imprévue ({said}) : le reste continue ; signalez-la avec le journal du passage."


def _day(watermark: str | None) -> date | None:
    """The day of a watermark that is one."""
    try:
        return date.fromisoformat(watermark or "")
    except ValueError:
        return None
