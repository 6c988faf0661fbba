"""What the sources of published notices share: how a notice becomes an item, and which window is asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from extractors.errors import ClausoscopeError
from extractors.notices.identity import tender_key, tender_keys
from extractors.notices.records import LinkKind as NoticeLinkKind
from extractors.notices.records import Notice
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
        tender_key=key,
        cursor=cursor,
        raw=raw.content if raw else b"",
        raw_name=raw.name if raw else "",
        problems=(problem_of(error),),
    )


def wanted(departements: tuple[str, ...], window: Window) -> bool:
    """Whether places are among those asked for; a place that is not known may be."""
    return not window.departements or not departements or bool(set(departements) & set(window.departements))
