"""Roles of lines: page furniture, table of contents, headings; labelled, never deleted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import median

from extractors.headings import is_heading, wraps_heading
from extractors.schema import Line, Page, Role

_ZONE = 0.12  # of the page height: where headers and footers stand
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"(?:^|.*\s)(?:page|p\.|folio)\s*:?\s*\d{1,4}(?:\s*(?:/|sur|de|of)\s*\d{1,4})?\W*$"
    r"|^[-–—\s(]{0,3}\d{1,3}[-–—\s)]{0,3}$"
    r"|(?:^|.*\s)\d{1,3}\s*(?:/|sur)\s*\d{1,3}\W*$",
    re.IGNORECASE,
)
_PAGE_ALONE = re.compile(r"^\W*page\s+\d{1,4}(?:\s*(?:/|sur|de)\s*\d{1,4})?\W*$", re.IGNORECASE)
_LEADER = re.compile(r"(?:[.…·_]\s?){4,}\s*\d{1,4}\s*$|…{2,}\s*\d{1,4}\s*$")
_LEADER_END = 80  # characters: a line of thousands of dots is not searched from each of them
_DOTS = re.compile(r"(?:[.…·_]\s?){4}|…{2}")
_TOC_TITLE = re.compile(r"^\W*(?:sommaire|tables?\s+des\s+mati[eèÈ]res|table\s+of\s+contents)\W*$", re.IGNORECASE)
_ENTRY_NUMBER = re.compile(r"(?<=\s)(\d{1,4})\s*$")


def label_lines(pages: Sequence[Page]) -> list[Page]:
    """The same pages, each line with its role."""
    roles: list[list[Role]] = [["body"] * len(page.lines) for page in pages]
    _furniture(pages, roles)
    _contents(pages, roles)
    _headings(pages, roles)
    return [_with_roles(page, page_roles) for page, page_roles in zip(pages, roles, strict=True)]


def _with_roles(page: Page, roles: Sequence[Role]) -> Page:
    if all(role == "body" for role in roles):
        return page
    lines = (line if role == "body" else replace(line, role=role) for line, role in zip(page.lines, roles, strict=True))
    return replace(page, lines=tuple(lines))


# ---------------------------------------------------------------- furniture


def _furniture(pages: Sequence[Page], roles: list[list[Role]]) -> None:
    """Lines at the top or bottom that come back at the same height with other digits, and page numbers."""
    seen: Counter[tuple[str, int]] = Counter()
    zones: list[list[tuple[int, str, int]]] = []
    for page in pages:
        zone = [
            (index, _DIGITS.sub("#", line.text), _distance_to_edge(line, page))
            for index, line in enumerate(page.lines)
            if page.height and (line.bbox[3] < _ZONE * page.height or line.bbox[1] > (1 - _ZONE) * page.height)
        ]
        zones.append(zone)
        # A line may stand a point higher on one page than on the next
        seen.update({(mask, height + shift) for _, mask, height in zone for shift in (-1, 0, 1)})
    for page, page_roles, zone in zip(pages, roles, zones, strict=True):
        for index, line in enumerate(page.lines):
            if len(line.text) < 24 and _PAGE_ALONE.match(line.text):
                page_roles[index] = "furniture"
        for index, mask, height in zone:
            text = page.lines[index].text
            repeated = seen[mask, height] >= 3 and any(c.isalpha() for c in mask)
            if repeated or (_PAGE_NUMBER.match(text) and len(text) < 100 and _is_outermost(page, index)):
                page_roles[index] = "furniture"


def _distance_to_edge(line: Line, page: Page) -> int:
    """In steps of two points; negative from the bottom."""
    _, top, _, bottom = line.bbox
    return round(top / 2) + 1 if top < page.height / 2 else -round((page.height - bottom) / 2) - 1


def _is_outermost(page: Page, index: int) -> bool:
    """Nothing but one line may stand between a page number and the edge of the page."""
    _, top, _, bottom = page.lines[index].bbox
    if top < page.height / 2:
        return sum(line.bbox[3] <= top + 1 for line in page.lines) <= 1
    return sum(line.bbox[1] >= bottom - 1 for line in page.lines) <= 1


# ---------------------------------------------------------------- table of contents


def _contents(pages: Sequence[Page], roles: list[list[Role]]) -> None:
    """Lines with leaders to a page number, and what follows a title « Sommaire » and names later titles or pages."""
    entries: set[str] = set()
    last_seen: dict[str, tuple[int, int]] = {}
    in_list = ends_in_list = False
    for page, page_roles in zip(pages, roles, strict=True):
        body = [i for i, role in enumerate(page_roles) if role == "body"]
        ends_in_list = _leaders(page, page_roles, body, ends_in_list)
        misses = 0
        for i in body:
            text = page.lines[i].text
            if _TOC_TITLE.match(text):
                page_roles[i], in_list, misses, entries = "toc", True, 0, set()
                continue
            if not in_list or page_roles[i] == "toc":
                continue
            last_seen = last_seen or {_key(row.text): (p.number, n) for p in pages for n, row in enumerate(p.lines)}
            key = _key(text)
            if key in entries:
                in_list = False  # the first title of the list is back: the body begins
            elif _is_entry(text, len(pages), comes_back=len(key) > 3 and last_seen[key] > (page.number, i)):
                page_roles[i], misses = "toc", 0
                entries.add(key)
            else:
                misses += 1
                in_list = misses < 2
        _fill_single_misses(page_roles, body)


def _leaders(page: Page, page_roles: list[Role], body: Sequence[int], continues: bool) -> bool:
    """Label the entries with leaders and the first lines of wrapped ones; whether the page ends within the list."""
    dotted = [i for i in body if _DOTS.search(page.lines[i].text)]
    if sum(_LEADER.search(page.lines[i].text[-_LEADER_END:]) is not None for i in dotted) < 3:
        return False
    reach = 8 if len(dotted) >= 10 else 3
    previous = body[0] if continues else dotted[0]
    for i in dotted:
        between = [j for j in body if previous <= j <= i]
        for j in between if len(between) <= reach + 1 else [i]:
            page_roles[j] = "toc"
        previous = i
    return body.index(dotted[-1]) >= len(body) - 3


def _fill_single_misses(page_roles: list[Role], body: Sequence[int]) -> None:
    """The first line of a wrapped entry, between two entries."""
    for before, here, after in zip(body, body[1:], body[2:], strict=False):
        if page_roles[here] == "body" and page_roles[before] == page_roles[after] == "toc":
            page_roles[here] = "toc"


def _is_entry(text: str, page_count: int, *, comes_back: bool) -> bool:
    """A title that comes back further on, or that ends with the number of a page."""
    number = _ENTRY_NUMBER.search(text)
    ends_with_page = number is not None and int(number[1]) <= page_count + 5 and text[:1] not in "-•"
    return len(text) < 140 and (comes_back or ends_with_page)


def _key(text: str) -> str:
    """A title without its page number and leaders, to find it again in the body."""
    return re.sub(r"\W+", "", re.sub(r"[\s.…_]*\d*\s*$", "", text)).casefold()


# ---------------------------------------------------------------- headings


def _headings(pages: Sequence[Page], roles: list[list[Role]]) -> None:
    body_height = _body_height(pages)
    for page, page_roles in zip(pages, roles, strict=True):
        body = [i for i, role in enumerate(page_roles) if role == "body"]
        right = max((page.lines[i].bbox[2] for i in body), default=0.0)
        for i, follower in zip(body, [*body[1:], None][: len(body)], strict=True):
            line = page.lines[i]
            following = page.lines[follower] if follower is not None else None
            if page_roles[i] == "body" and is_heading(line, following, body_height=body_height, right=right):
                page_roles[i] = "heading"
                if follower is not None and following and wraps_heading(line, following, body_height=body_height):
                    page_roles[follower] = "heading"


def _body_height(pages: Sequence[Page]) -> float:
    """Height of the ordinary line."""
    heights = [line.bbox[3] - line.bbox[1] for page in pages for line in page.lines if len(line.text) > 40]
    return median(heights) if heights else 0.0
