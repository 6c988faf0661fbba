"""Why a document gives its rows, in French for the terminal: each candidate with its rule, its cues and its words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from extractors.codes import label, meaning
from extractors.schema import Candidate, Extraction
from extractors.sheet_numbers import is_cell
from flows.wording import agree

_KINDS = {"clause": "Clause", "volume": "Volume", "penalty": "Pénalité"}
_AROUND = 220
"""Characters of the sentence shown on each side of the words of a rule."""


def print_candidates(console: Console, extraction: Extraction) -> None:
    """What gives rows, then what was discarded and why; [[…]] holds the words of the rule, {…} those that counted."""
    kept = [c for c in extraction.candidates if c.rejected is None]
    discarded = [c for c in extraction.candidates if c.rejected is not None]
    for title, candidates, mark, style in (
        ("retenu(s)", kept, "✓", "green"),
        ("écarté(s)", discarded, "✗", "yellow"),
    ):
        words = agree(f"{len(candidates)} candidat(s) {title}", len(candidates))
        console.print(f"  {words}", style="cyan")
        for candidate in candidates:
            _print(console, Text(f"{mark} ", style=style) + _head(candidate), indent=4)
            for line in _details(candidate):
                _print(console, line, indent=8)
    console.print()


def _print(console: Console, text: Text, *, indent: int) -> None:
    """The text on lines of the console's width; unlike Rich's padding, without trailing spaces."""
    for line in text.wrap(console, console.width - indent):
        line.rstrip()
        console.print(Text(" " * indent) + line, soft_wrap=True)


def _head(candidate: Candidate) -> Text:
    name = label("category", candidate.category) if candidate.category else "Pénalité"
    place = f"p.\N{NO-BREAK SPACE}{candidate.page}"
    if is_cell(candidate.section):
        place = f"cellule {candidate.section}"
    elif candidate.section:
        place += f", art.\N{NO-BREAK SPACE}{candidate.section}"
    kind = "" if candidate.category is None else f"{_KINDS[candidate.kind]} · "
    return Text(f"{kind}{name} · règle {candidate.rule} · {place}")


def _details(candidate: Candidate) -> Iterator[Text]:
    if candidate.rejected is not None:
        words = f"{label('reason', candidate.rejected)} : {meaning('reason', candidate.rejected)}."
        yield Text(words, style="yellow")
    yield _highlighted(candidate)
    groups: dict[str, list[str]] = {}
    for cue in candidate.cues:
        group, _, words = cue.partition(": ")
        groups.setdefault(group, []).append(f"« {' '.join(words.split())} »")
    if groups:
        told = " ; ".join(f"{label('reason', group).lower()} {', '.join(words)}" for group, words in groups.items())
        yield Text(f"indices : {told}", style="dim")
    if candidate.titles:
        yield Text(f"sous : {' › '.join(' '.join(title.split()) for title in candidate.titles[-2:])}", style="dim")


def _highlighted(candidate: Candidate) -> Text:
    """The sentence, cut around the words of the rule, which stand in [[…]]; the cues stand in {…}."""
    if candidate.words is None:
        return Text(candidate.text)
    low, high = candidate.words
    opened = [(low, high, "[[", "]]", "bold reverse")]
    outside = [part for a, b in candidate.marks for part in ((a, min(b, low)), (max(a, high), b))]
    for a, b in outside:  # a cue may run into the words of the rule
        words = candidate.text[a:b].strip()
        if words:
            a = candidate.text.index(words, a)
            opened.append((a, a + len(words), "{", "}", "bold cyan"))
    start, end = max(0, low - _AROUND), min(len(candidate.text), high + _AROUND)
    text = Text("…" if start else "")
    at = start
    for first, last, before, after, style in sorted(opened):
        if first < at or last > end:
            continue
        text.append(candidate.text[at:first])
        text.append(before + candidate.text[first:last] + after, style=style)
        at = last
    text.append(candidate.text[at:end] + ("…" if end < len(candidate.text) else ""))
    return text
