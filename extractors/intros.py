"""The sentence or header row that opens a list or a table, for each passage that stands under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extractors.schema import Passage
from extractors.text import fold

_LENGTH = 300
_REACH = 12  # items of a list that its opening sentence governs
_HEADER_ROW = re.compile(r"^[^.]*criteres?\b[^.]* {2,}[^.]*(?:ponderation|points|note|poids|%)[^.]*$")


def with_intros(passages: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """Every passage with what opens its list (« … selon les critères suivants : »), empty where nothing does."""
    intro, left = "", 0
    for passage in passages:
        if passage.role == "heading":
            left = 0
        yield passage, intro if left > 0 else ""
        left -= 1
        if passage.role == "body" and (passage.text.rstrip().endswith(":") or _HEADER_ROW.search(fold(passage.text))):
            intro, left = passage.text[-_LENGTH:], _REACH
