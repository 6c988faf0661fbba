"""A report as one HTML file that needs nothing else; on a narrow screen each row of a table becomes a card.

Roles are written out: a table that is shown as cards would lose its own.
"""

from __future__ import annotations

from html import escape

from flows.page import Cell, Page, Row, Table

LONG = 24
"""Letters of a word that may be cut anywhere, as addresses and paths are."""
_STYLE = """
:root { color-scheme: light dark; --line: #c9ccd1; --soft: #f2f4f7; --warn: #fff3d6; --mark: #8a5a00; --link: #0b57a4; }
@media (prefers-color-scheme: dark) {
  :root { --line: #4a4f57; --soft: #24272c; --warn: #3a2f14; --mark: #ffcf70; --link: #8ec5ff; }
}
* { box-sizing: border-box; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 75rem; }
h1 { font-size: 1.5rem; line-height: 1.2; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
a { color: var(--link); }
.warnings { background: var(--warn); border-left: .3rem solid var(--mark); padding: .5rem 1rem; margin: 1rem 0; }
.warnings ul { margin: 0; padding-left: 1.2rem; }
dl { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0; }
dl div { background: var(--soft); border-radius: .4rem; padding: .5rem .8rem; min-width: 8rem; flex: 1; }
dt { font-size: .85rem; } dd { font-size: 1.4rem; font-weight: 600; margin: 0; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-size: .85rem; padding-bottom: .3rem; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .5rem; text-align: left; vertical-align: top; }
th { background: var(--soft); }
.long { overflow-wrap: anywhere; }
footer { border-top: 1px solid var(--line); font-size: .85rem; margin-top: 2rem; padding-top: .5rem; }
@media (max-width: 48rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tbody, tr, td, caption { display: block; }
  tr { border: 1px solid var(--line); border-radius: .4rem; margin: .6rem 0; padding: .3rem .6rem; }
  td { border: 0; padding: .15rem 0; }
  td::before { content: attr(data-label) " : "; font-weight: 600; }
}
"""


def as_html(page: Page) -> str:
    return f"""<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(page.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<header>
<h1>{escape(page.title)}</h1>
<p>{escape(page.intro)}</p>
</header>
<main>
{_warnings(page.warnings)}<dl>
{"".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>{chr(10)}" for name, value in page.facts)}</dl>
{"".join(map(_section, enumerate(page.tables, 1)))}</main>
<footer><p>{escape(page.footer)}</p></footer>
</body>
</html>
"""


def _warnings(words: tuple[str, ...]) -> str:
    if not words:
        return ""
    items = "".join(f"<li>{escape(warning)}</li>\n" for warning in words)
    return f'<section class="warnings" aria-label="À vérifier">\n<h2>À vérifier</h2>\n<ul>\n{items}</ul>\n</section>\n'


def _section(numbered: tuple[int, Table]) -> str:
    place, table = numbered
    note = f"<p>{escape(table.note)}</p>\n" if table.note else ""
    return (
        f'<section aria-labelledby="s{place}">\n<h2 id="s{place}">{escape(table.title)}</h2>\n'
        f"{_table(table) if table.rows else f'<p>{escape(table.empty)}</p>'}\n{note}</section>\n"
    )


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col" role="columnheader">{escape(name)}</th>' for name in table.columns)
    body = "".join(f'<tr role="row">{_cells(table.columns, row)}</tr>\n' for row in table.shown)
    count = f"{len(table.rows)} ligne{'s' if len(table.rows) > 1 else ''}"
    return (
        f'<table role="table">\n<caption>{escape(table.title)} : {count}</caption>\n'
        f'<thead><tr role="row">{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>'
    )


def _cells(columns: tuple[str, ...], row: Row) -> str:
    return "".join(
        f'<td role="cell"{_class(cell)} data-label="{escape(name)}">{_words(cell)}</td>'
        for name, cell in zip(columns, row, strict=True)
    )


def _class(cell: Cell) -> str:
    return ' class="long"' if any(len(word) > LONG for word in cell.text.split()) else ""


def _words(cell: Cell) -> str:
    words = escape(cell.text)
    return f'<a href="{escape(cell.link)}">{words}</a>' if cell.link else words
