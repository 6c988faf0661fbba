"""Tick-boxes in the text: Unicode signs, Wingdings letters in the private area, brackets."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache

_TICKED = "☑☒✓✔✗✘🗹🗷■\uf0fe\uf0fd\uf078\uf052\uf053\uf054\uf0fc\uf0fb\uf04e\uf06e"
_UNTICKED = "☐□▢❏❑❒⬜\uf0a8\uf06f\uf071\uf072\uf0a3\uf02a\uf070"
_BOX = re.compile(rf"(?P<on>[{_TICKED}]|\[ ?[xX] ?\])|(?P<off>[{_UNTICKED}]|\[ ?\])")
_ANSWER = re.compile(r"\s*(?P<yes>[Oo]ui|OUI)\b|\s*(?P<no>[Nn]on|NON|[Ss]ans objet)\b")
_ROW_END = 80  # a row of boxes stands close after the words it answers


def box_for(text: str, start: int, end: int) -> bool | None:
    """State of the box that governs text[start:end]: the last before, else those after on the row, None without any.

    After the words, « ☐ Oui ☒ Non » is an answer, and « ☑ ☐ ☐ » a row of a matrix that holds when one box is ticked.
    """
    boxes = _boxes(text)
    before = bisect_left(boxes, (start,))
    if before:
        return boxes[before - 1][1]
    row = list(_BOX.finditer(text, end, end + _ROW_END))
    answers = {
        "yes" if answer["yes"] else "no": box["on"] is not None
        for box in row
        if (answer := _ANSWER.match(text, box.end()))
    }
    if answers:
        return answers.get("yes", False) and not answers.get("no", False)
    if row and " | " in text[end : row[0].start() + 1]:
        return any(match["on"] for match in row)
    return None


@lru_cache(maxsize=8)  # a long text is asked about again for each of its findings
def _boxes(text: str) -> list[tuple[int, bool]]:
    """Place and state of every box of a text, in order."""
    return [(match.start(), match["on"] is not None) for match in _BOX.finditer(text)]
