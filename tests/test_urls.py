"""Lists of links that are none: pages, lines without end, secrets in the addresses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from servers import Reply, Server

from flows.http import Client
from flows.sources.base import Item, SourceError, Window, open_source
from flows.sources.settings import SourceSettings

NIGHT = Window(since=date(2026, 11, 20), until=date(2026, 11, 21))
LOGIN = b"\xef\xbb\xbf\n<!doctype html><html>\n<body>\n<p>Identifiez-vous</p>\n</html>"


def settings(place: object) -> SourceSettings:
    return SourceSettings(url_list=str(place), retries=0, allowed_private_hosts=("127.0.0.1",))


def items(chosen: SourceSettings) -> list[Item]:
    with Client(chosen) as client:
        return list(open_source("urls", chosen).items(NIGHT, None, client))


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(Reply(body=LOGIN), id="begins-as-a-page"),
        pytest.param(Reply(body=b"Connexion", headers={"Content-Type": "text/html; charset=utf-8"}), id="says-so"),
    ],
)
def test_a_login_page_is_no_list(reply: Reply, serve: Callable[..., Server]) -> None:
    chosen = settings(f"{serve({'/liste': reply}).url}/liste")
    with pytest.raises(SourceError, match="page web, pas une liste de liens"):
        items(chosen)
    with Client(chosen) as client:
        assert open_source("urls", chosen).check(client).ok is False


def test_a_saved_page_is_no_list(tmp_path: Path) -> None:
    (tmp_path / "liste.csv").write_bytes(LOGIN)
    with pytest.raises(SourceError, match="page web"):
        items(settings(tmp_path / "liste.csv"))


@pytest.mark.parametrize("before", ["", "url;reference\n"], ids=["header", "row"])
def test_a_line_longer_than_a_csv_can_hold(before: str, tmp_path: Path) -> None:
    (tmp_path / "liste.csv").write_text(before + "x" * 200_000)
    with pytest.raises(SourceError, match="200000 caractères"):
        items(settings(tmp_path / "liste.csv"))


def test_no_secret_is_told_and_links_stay_apart(tmp_path: Path) -> None:
    lines = ["https://a.fr/dl?token=SECRET1", "https://a.fr/dl?token=SECRET2", "ftp://bob:SECRET@a.fr/x"]
    (tmp_path / "liste.txt").write_text("\n".join(lines))
    bad, *good = items(settings(tmp_path / "liste.txt"))
    keys = {item.tender_key for item in good}
    assert len(keys) == 2
    assert "SECRET" not in str(keys) + str(bad.problems)
    assert [link.url for item in good for link in item.links] == lines[:2]
