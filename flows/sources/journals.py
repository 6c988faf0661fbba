"""What the sources of published notices share: how a notice becomes an item, and which window is asked for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from extractors.errors import ClausoscopeError
from extractors.notices.identity import tender_key, tender_keys
from extractors.notices.records import LinkKind as NoticeLinkKind
from extractors.notices.records import Notice
from flows.files import cannot_write
from flows.http import Client
from flows.http_errors import problem_of
from flows.sources.base import Item, Link, LinkKind, Window

OVERLAP = timedelta(days=7)
"""Read again before the watermark: corrections, and notices that the journal indexes late."""
_KINDS: dict[NoticeLinkKind, LinkKind] = {
    "documents": "dce",
    "submission": "autre",
    "profile": "profil",
    "notice": "avis",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A notice as it was fetched."""

    name: str
    content: bytes


def first_day(window: Window, watermark: str | None) -> date:
    """From which day to ask: that of the window, or a week before the watermark where that is later."""
    return max(window.since, date.fromisoformat(watermark) - OVERLAP) if watermark else window.since


def file_name(id: str, suffix: str) -> str:
    """A name of file from an identifier that others chose."""
    return re.sub(r"[^\w.-]+", "_", id) + suffix


def as_json(data: object, default: Callable[[object], object] | None = None) -> bytes:
    """What a service gave, as it is kept; half a surrogate pair, which no file holds, stays an escape."""
    try:
        return json.dumps(data, ensure_ascii=False, sort_keys=True, default=default).encode()
    except UnicodeEncodeError:
        return json.dumps(data, sort_keys=True, default=default).encode()


def fetched_file(url: str, folder: Path, client: Client) -> Path:
    """The file of an address, alone in `folder`: a cut download goes on, one that has not changed is not sent again.

    Raises:
        HttpError: it cannot be had.
        OutputError: the folder cannot be written.
    """
    folder /= hashlib.sha256(url.encode()).hexdigest()[:16]
    note = folder / "copie.json"
    try:
        known = json.loads(note.read_text("utf-8"))
        path = folder / str(known["file"])
        etag, last_modified = (str(known[name]) if path.is_file() else "" for name in ("etag", "last_modified"))
    except (OSError, ValueError, KeyError, TypeError):
        path, etag, last_modified = note, "", ""
    got = client.download(url, folder, etag=etag, last_modified=last_modified)
    if got is None:
        return path
    try:
        for old in folder.iterdir():
            if old != got.path:
                old.unlink()
        kept = {"file": got.path.name, "etag": got.etag, "last_modified": got.last_modified}
        note.write_text(json.dumps(kept), "utf-8")
    except OSError as error:
        raise cannot_write(note, error) from error
    return got.path


def item_of(notice: Notice, raw: Raw, cursor: str) -> Item:
    return Item(
        tender_key=tender_key(tender_keys(notice)),
        cursor=cursor,
        notice=notice,
        raw=raw.content,
        raw_name=raw.name,
        links=tuple(Link(url=link.url, kind=_KINDS[link.kind]) for link in notice.links),
    )


def unread(key: str, error: ClausoscopeError, cursor: str, raw: Raw | None = None) -> Item:
    """A notice that could not be had or read: recorded, it stops no other."""
    return Item(
        tender_key=key.encode(errors="replace").decode(),
        cursor=cursor,
        raw=raw.content if raw else b"",
        raw_name=raw.name if raw else "",
        problems=(problem_of(error),),
    )


def wanted(departements: tuple[str, ...], window: Window) -> bool:
    """Whether places are among those asked for; a place that is not known may be."""
    return not window.departements or not departements or bool(set(departements) & set(window.departements))
