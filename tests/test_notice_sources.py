"""What the sources of notices share: they are found by name, and tell whether their service answers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from notice_calls import settings
from notice_servers import BoampServer, TedServer
from servers import Server

from flows.http import Client
from flows.sources.base import Source, factories, open_source

pytestmark = pytest.mark.usefixtures("data_dir")


def test_sources_are_found_by_name() -> None:
    assert {"boamp", "ted", "decp"} <= set(factories())


@pytest.mark.parametrize("name", ["boamp", "ted"])
def test_check_tells_whether_the_service_answers(name: str, serve: Callable[..., Server]) -> None:
    up = serve({**BoampServer(records=[]).routes(), **TedServer(notices={}).routes()})
    down = serve({})

    for server, ok in ((up, True), (down, False)):
        chosen = settings(server)
        with Client(chosen) as client:
            source: Source = open_source(name, chosen)
            result = source.check(client)
        assert result.ok is ok
        assert result.message
        assert source.title
