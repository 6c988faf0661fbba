"""What people ask for when they search: a query that any database reads alike, and the words around what it finds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from extractors.text import fold, one_line

MAX_TERMS = 32
"""Terms of a query that count: a text pasted whole is no query."""
_SNIPPET = 110
_WORD = re.compile(r"[^\W_]+")
_TERM = re.compile(r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?:"|$)(?P<star>\*)?|(?P<bare>[^\s"]+))')


def words(text: str) -> list[str]:
    """The words of a text as they are compared: letters and digits, lower case, without accents."""
    return _WORD.findall(fold(one_line(text)))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that follow each other; with `is_prefix` the last one is only the beginning of a word."""

    words: tuple[str, ...]
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: all the terms of one of the alternatives, and none of those excluded."""

    alternatives: tuple[tuple[Term, ...], ...]
    excluded: tuple[Term, ...] = ()

    @property
    def terms(self) -> tuple[Term, ...]:
        return tuple(term for terms in self.alternatives for term in terms)


def parse_query(text: str) -> Query:
    """Words, « "phrases" », beginnings of words (insert*), OR between alternatives, -word to exclude.

    Any text is a query: marks that mean nothing are left out. No alternative is left when it holds no word.
    """
    alternatives: list[list[Term]] = [[]]
    excluded: list[Term] = []
    for found in list(_TERM.finditer(text))[: 2 * MAX_TERMS]:
        bare = found["bare"]
        if bare in ("OR", "OU") and not found["minus"]:
            alternatives.append([])
            continue
        term = Term(
            words=tuple(words(found["phrase"] if bare is None else bare)),
            is_prefix=bool(found["star"]) if bare is None else bare.endswith("*"),
        )
        if term.words:
            (excluded if found["minus"] else alternatives[-1]).append(term)
    kept = tuple(tuple(terms[:MAX_TERMS]) for terms in alternatives if terms)
    return Query(alternatives=kept, excluded=tuple(excluded[:MAX_TERMS]))


def snippet(text: str, query: Query) -> str:
    """The words around the first place where a term of the query stands, or the beginning of the text."""
    start, end = next((span for span in (_place(text, term) for term in query.terms) if span), (0, 0))
    first = max(0, start - _SNIPPET)
    last = min(len(text), max(end, start) + _SNIPPET)
    first = text.find(" ", first) + 1 if first and " " in text[first:start] else first
    last = text.rfind(" ", 0, last) if last < len(text) and " " in text[end:last] else last
    return ("…" if first else "") + text[first:last].strip() + ("…" if last < len(text) else "")


def _place(text: str, term: Term) -> tuple[int, int] | None:
    """Where the term stands; where no form of it does (stemming), the longest beginning of its first word."""
    folded = fold(text)
    pattern = r"[\W_]+".join(map(re.escape, term.words)) + ("" if term.is_prefix else r"(?![^\W_])")
    found = re.search(rf"(?<![^\W_]){pattern}", folded)
    word = term.words[0]
    while found is None and len(word) > 3:
        word = word[:-1]
        found = re.search(rf"(?<![^\W_]){re.escape(word)}[^\W_]*", folded)
    return found.span() if found else None
