"""A report in Markdown, for Prefect, for mails and for the terminal; every word of others is escaped."""

from __future__ import annotations

import re
from urllib.parse import quote

from flows.page import Cell, Page, Table


def as_markdown(page: Page) -> str:
    lines = [f"# {_plain(page.title)}", "", _plain(page.intro), ""]
    lines += [f"> **À vérifier** : {_plain(warning)}\n" for warning in page.warnings]
    lines += [f"- {_plain(name)} : **{_plain(value)}**" for name, value in page.facts]
    for table in page.tables:
        lines += ["", f"## {_plain(table.title)}", "", *_table(table)]
    return "\n".join([*lines, "", _plain(page.footer), ""])


def _table(table: Table) -> list[str]:
    if not table.rows:
        return [_plain(table.empty)]
    lines = [f"| {' | '.join(table.columns)} |", "|" + "---|" * len(table.columns)]
    lines += [f"| {' | '.join(map(_cell, row))} |" for row in table.shown]
    return [*lines, *(["", _plain(table.note)] if table.note else [])]


def _cell(cell: Cell) -> str:
    if not cell.link:
        return _plain(cell.text)
    return f"[{_plain(cell.text)}]({quote(cell.link, safe=':/?#@!$&+,;=%~-._')})"


def _plain(words: str) -> str:
    """On one line, without anything that Markdown or HTML would take for its own."""
    return re.sub(r"([\\`*_\[\]<>|~#&])", r"\\\1", " ".join(words.split()))
