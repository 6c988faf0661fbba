"""The page of the morning report, in HTML and in Markdown: accessible, escaped, cut when it is long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from morning_world import alerted_world
from night_world import World, run_night

from flows.morning import finish_morning
from flows.page import Cell, Page, Table, rows
from flows.page_html import as_html
from flows.page_text import as_markdown


@pytest.fixture
def world(tmp_path: Path, database_url: str) -> Iterator[World]:
    with alerted_world(tmp_path, database_url) as made:
        yield made


class Structure(HTMLParser):
    """Every tag with its attributes, and the words of the page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "link", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data if "style" not in self.open else ""

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


HOSTILE = '<script>alert("1")</script> & | `a` [b](http://c.example) *d* _e_\n# f'


def hostile_page() -> Page:
    cells = [
        Cell(text=HOSTILE, url='javascript:alert("1")'),
        Cell(text="lien", url='https://a.example/?a=1&b="2" (3)|'),
    ]
    table = Table(title=HOSTILE, columns=("Un", "Deux"), rows=rows([cells]), empty="Rien.", more="la base")
    return Page(title=HOSTILE, intro=HOSTILE, warnings=(HOSTILE,), facts=((HOSTILE, "3"),), tables=(table,), footer="")


def test_html_is_one_accessible_file(world: World) -> None:
    morning = finish_morning(run_night(), news=True)
    page = Structure(morning.files[0].read_text("utf-8"))
    assert page.open == []
    assert page.all("html") == [{"lang": "fr"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")
    assert len(page.all("h1")) == len(page.all("title")) == len(page.all("main")) == 1
    assert len(page.all("table")) == len(page.all("caption")) == sum(bool(t.rows) for t in morning.page.tables)
    assert page.all("th") and all(th["scope"] == "col" for th in page.all("th"))
    assert all(td["data-label"] for td in page.all("td"))
    assert not any(page.all(tag) for tag in ("script", "link", "img", "iframe", "object", "form"))
    assert not re.search(r"url\(|@import", morning.files[0].read_text("utf-8"))
    assert {str(a["href"])[:4] for a in page.all("a")} == {"http"}
    for table in morning.page.tables:
        assert table.title in page.words
        assert all(cell.text in page.words for row in table.rows for cell in row)


def test_html_escapes_the_words_of_others() -> None:
    page = Structure(as_html(hostile_page()))
    assert not page.all("script")
    assert page.words.count(HOSTILE) == 8  # title, heading, intro, warning, fact, heading and caption of table, cell
    assert page.all("a") == [{"href": 'https://a.example/?a=1&b="2" (3)|'}]


def test_markdown_escapes_the_words_of_others() -> None:
    text = as_markdown(hostile_page())
    escaped = r'\<script\>alert("1")\</script\> \& \| \`a\` \[b\](http://c.example) \*d\* \_e\_ \# f'
    assert text.splitlines()[0] == f"# {escaped}"
    assert text.count(escaped) == 6  # title, intro, warning, fact, heading of the table, cell
    assert "[lien](https://a.example/?a=1&b=%222%22%20%283%29%7C)" in text
    assert "javascript" not in text
    assert "\n# f" not in text


def test_long_tables_are_cut_and_say_so() -> None:
    table = replace(hostile_page().tables[0], rows=rows([("a", "b")] * 230))
    page = replace(hostile_page(), tables=(table,))
    assert len(Structure(as_html(page)).all("tr")) == 201
    assert "… et 30 de plus : la base" in as_html(page)
    assert as_markdown(page).count("| a | b |") == 200
