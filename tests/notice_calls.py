"""Calls to the sources of notices, led to the servers of the tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

import pytest
from servers import Asked, Reply, Server, document

from flows.http import Client
from flows.http_errors import HttpError
from flows.sources.base import Item, SourceError, Window, open_source
from flows.sources.settings import SourceSettings

DAY = Window(since=date(2026, 11, 20), until=date(2026, 11, 20))


def settings(server: Server, **more: object) -> SourceSettings:
    """What leads every source to the server, without waiting."""
    told: dict[str, object] = {
        "boamp_url": f"{server.url}/boamp",
        "ted_url": f"{server.url}/search",
        "ted_notice_url": server.url + "/notice/{number}/xml",
        "allowed_private_hosts": ("127.0.0.1",),
        "requests_per_second": 50,
        "retries": 1,
        "retry_seconds": 0.01,
        **more,
    }
    return SourceSettings(**told)  # type: ignore[arg-type]


def items(
    name: str, server: Server, window: Window = DAY, watermark: str | None = None, **more: object
) -> Iterator[Item]:
    chosen = settings(server, **more)
    with Client(chosen) as client:
        yield from open_source(name, chosen).items(window, watermark, client)


def numbers(found: Iterator[Item]) -> list[str]:
    return [item.notice.notice_id if item.notice else item.tender_key for item in found]


def until_it_fails(found: Iterator[Item]) -> tuple[int, str]:
    """How many items come before the error, and its message."""
    count = 0
    with pytest.raises((SourceError, HttpError)) as caught:
        for _ in found:
            count += 1
    return count, str(caught.value)


def cut_once(body: bytes, etag: str) -> Callable[[Asked], Reply]:
    """A file whose first sending stops half-way."""
    whole, asked_before = document(body, etag=etag), []

    def answer(asked: Asked) -> Reply:
        asked_before.append(asked)
        if len(asked_before) == 1:
            return Reply(body=body[: len(body) // 2], announced=len(body), headers={"ETag": etag})
        assert callable(whole)
        return whole(asked)

    return answer
