"""The labels under which a document states facts (« Objet : … »), and what follows them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from extractors.schema import Passage
from extractors.text import fold

_LEXICONS = Path(__file__).parent / "lexicons"

# After a label: a colon, a wide gap between two columns, or the end of the line.
_AFTER = r"(?:\s*\)?\s*(?:[:=]|\s[-–]\s)\s*|\s{2,}|\s*$)"
_NUMBERED = r"(?:[-•▪*\s]*|(?:article\s+)?[\divx]{1,4}(?:[.)][\d.)]*)?\s*[-–.:)]*\s*|[a-h]\s*[-–.)]\s*)"
PLACEHOLDER = re.compile(r"\.{3,}|…|_{3,}|x{3,}", re.I)
"""A blank to fill in: nothing is stated there."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    reference: tuple[re.Pattern[str], ...]
    buyer: tuple[re.Pattern[str], ...]
    object: tuple[re.Pattern[str], ...]
    place: tuple[re.Pattern[str], ...]
    organisation: re.Pattern[str]
    not_a_title: re.Pattern[str]


@cache
def lexicon() -> Lexicon:
    labels = tomllib.loads((_LEXICONS / "facts.toml").read_text(encoding="utf-8"))
    compiled = {
        kind: tuple(re.compile(rf"^{_NUMBERED}(?:{label}){_AFTER}") for label in labels[kind])
        for kind in ("buyer", "object", "place")
    }
    return Lexicon(
        # « Marché n° 23-F-0112 » : nothing stands between a number sign and its number.
        reference=tuple(
            re.compile(rf"(?:^|[\s(–-])(?:{label})(?:\s*:\s*|\s+|(?<=[°o]))(?:n°\s*)?", re.M)
            for label in labels["reference"]
        ),
        organisation=re.compile(rf"(?:le |la |l')?(?:{'|'.join(labels['organisations'])})"),
        not_a_title=re.compile(rf"[\d\W]*(?:{'|'.join(labels['not_a_title'])})"),
        **compiled,
    )


FoldedLine = tuple[int, int, str]
"""Index of the passage, number of the line in it, and the line."""


def folded_lines(passages: Sequence[Passage]) -> list[FoldedLine]:
    return [
        (index, number, fold(line.replace("’", "'")))
        for index, passage in enumerate(passages)
        for number, line in enumerate(passage.text.split("\n"))
    ]


def labelled(
    passages: Sequence[Passage], labels: Sequence[re.Pattern[str]], lines: Sequence[FoldedLine] | None = None
) -> Iterator[tuple[int, str]]:
    """(index of the passage, what follows the label), label by label; a bare label takes the passage after it.

    `lines`: those of the passages, where they are at hand.
    """
    lines = folded_lines(passages) if lines is None else lines
    for label in labels:
        for index, number, line in lines:
            if not (found := label.match(line)):
                continue
            passage = passages[index]
            written = passage.text.split("\n")
            rest = "\n".join([written[number][found.end() :], *written[number + 1 :]]).strip()
            # « … l'acheteur » at the end of a line of prose is no label.
            says = ":" in found[0] or "  " in found[0] or passage.role == "heading" or len(written) == 1
            if rest and (found.end() < len(line) or says):
                yield index, rest
            elif says and index + 1 < len(passages):
                yield index + 1, passages[index + 1].text.strip()
