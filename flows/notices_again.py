"""Stored notices read again from the bytes they came with, once the code that reads notices has changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Engine

from extractors.catalogue import read_catalogue
from extractors.errors import ClausoscopeError
from extractors.fingerprint import files_behind, fingerprint
from extractors.notices.boamp import read_record
from extractors.notices.decp import read_contract
from extractors.notices.identity import tender_key, tender_keys
from extractors.notices.reader import read_xml
from extractors.notices.records import Notice
from flows.files import FoundFile, keep_bytes
from flows.plan import plan_files
from flows.pool import Pool
from flows.rule_archive import archived_rules
from flows.run import Work
from flows.settings import Settings
from models import ReceivedNotice, StoredNotice, outdated_notices, save_notices, stamp_notices

_READERS = ("notices.reader", "notices.boamp", "notices.decp", "notices.identity")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesAgain:
    """Notices that another state of the code has read."""

    to_read: tuple[StoredNotice, ...]
    left: tuple[StoredNotice, ...]
    """Those that what changed does not concern: rules of clauses do not read the fields of a notice."""


def choose_notices(engine: Engine, settings: Settings) -> NoticesAgain:
    """What is to be done with the stored notices; raises StoreError."""
    today = _reading(read_catalogue().parts)
    to_read: list[StoredNotice] = []
    left: list[StoredNotice] = []
    states: dict[str, object] = {}
    for notice in outdated_notices(engine, fingerprint=fingerprint()):
        if notice.fingerprint not in states:
            known = archived_rules(settings, notice.fingerprint)
            states[notice.fingerprint] = known and _reading(known.parts)
        (left if states[notice.fingerprint] == today else to_read).append(notice)
    return NoticesAgain(to_read=tuple(to_read), left=tuple(left))


def _reading(parts: Mapping[str, str]) -> dict[str, str]:
    """Digests of what reads notices."""
    read = files_behind(*_READERS)
    return {name: digest for name, digest in parts.items() if name in read}


class NoticeWork:
    """Notices read again, and their texts, which are documents.

    Raises (every step): OutputError, StoreError, RuleError.
    """

    def __init__(self, settings: Settings, engine: Engine, pool: Pool, *, run_id: int) -> None:
        self._settings, self._engine, self._pool, self._id = settings, engine, pool, run_id
        self.lost: list[tuple[str, str]] = []
        """Notice and reason, for those whose bytes are gone or say nothing any more: they keep what they had."""

    def leave(self, notices: Sequence[StoredNotice]) -> None:
        stamp_notices(self._engine, [notice.name for notice in notices], fingerprint=fingerprint())

    def read(self, notices: Sequence[StoredNotice]) -> None:
        by_night: dict[int, list[ReceivedNotice]] = defaultdict(list)
        texts = []
        for stored in notices:
            try:
                notice = replace(_read(stored), notice_id=stored.name[1])
            except (OSError, ValueError, ClausoscopeError) as error:
                self.lost.append((":".join(stored.name), _why(error)))
                continue
            received = ReceivedNotice(
                notice=notice, source=stored.source, raw_path=stored.raw_path, sha256=stored.sha256
            )
            if notice.text:
                text = notice.text.encode(errors="replace")
                path, sha256 = keep_bytes(text, raw_dir=self._settings.raw_dir, suffix=".txt")
                received = replace(received, text_sha256=sha256)
                name = f"avis/{notice.journal}/{notice.notice_id}.txt"
                texts.append(FoundFile(path=path, name=name, tender=tender_key(tender_keys(notice))))
            by_night[stored.night_id].append(received)
        self._read_texts(texts)
        for night_id, received_of_night in by_night.items():
            save_notices(self._engine, received_of_night, night_id=night_id, fingerprint=fingerprint())

    def _read_texts(self, files: Sequence[FoundFile]) -> None:
        plan = plan_files(self._engine, files)
        if plan.todo:
            work = Work(self._settings, self._engine, plan, run_id=self._id, pool=self._pool)
            work.claim()
            while batch := work.read_batch():
                work.store_batch(batch)


def _read(stored: StoredNotice) -> Notice:
    content = Path(stored.raw_path).read_bytes()
    if stored.raw_path.endswith(".xml"):
        return read_xml(content)
    data = json.loads(content)
    return read_contract(data) if stored.name[0] == "decp" else read_record(data)


def _why(error: Exception) -> str:
    if isinstance(error, ClausoscopeError):
        return str(error)
    return f"avis gardé illisible ({error}) : restaurez data/raw, ou reprenez sa parution par ingest --source."
