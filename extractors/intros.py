"""The sentence or header row that opens a list or a table, for each passage that stands under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from extractors.schema import Passage
from extractors.text import fold

_LENGTH = 300
_TITLE_REACH = 6
_REACH = 12  # items of a list that its opening sentence governs
_HEADER_ROW = re.compile(r"^[^.]*criteres?\b[^.]* {2,}[^.]*(?:ponderation|points|note|poids|%)[^.]*$")


# « Lot 2 – Plomberie » alone on its line opens the part about lot 2, unless it is one of a list of lots.
_LOT_LINE = re.compile(r"\s*lot ?(?:(?:n ?°? ?)?\w{1,3} ?[–—:-] ?[^\n]{3,90}|(?:n ?°? ?)?: ?\w{1,3})$")
_LOT_REACH = 15


# A short line that names criteria or a clause and ends like a title opens what follows, where no heading says it.
_TITLE_LINE = re.compile(
    r"(?:(?:article )?[\divx.]{0,8} ?[-–:)]? ?)?(?:criteres? (?:de |d'|et )|jugement des offres"
    r"|(?:la )?clauses? (?:sociale|d'insertion)"
    r"|actions? d'insertion)[^\n.;:|%€☐☒☑]{0,50}$"
)


# « 2 : Performance en matière d'insertion » right under « Critères d'attribution » is an item that looks like a title.
_CRITERIA = re.compile(
    r"\bcriteres? (?:d|de) ?'? ?(?:attribution|jugement|selection|choix|notation)|jugement des offres"
)
_ITEM = re.compile(r"\s*(?:crit[eè]re )?(?:n ?° ?)?\d{1,2} ?[-–:.)] ?\D")
# A field of a notice that ends the list before it.
_OTHER_FIELD = re.compile(
    r"\s*(?:conditions? (?:d'execution|particuliere)|renseignements? complementaire|clause)[^.;\n]{0,60} ?:"
)
_SHORT, _TITLE_LENGTH = 40, 90


def with_intros(passages: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """Every passage with what opens its list (« … selon les critères suivants : »), empty where nothing does."""
    intro, left, in_criteria = "", 0, False
    for place, passage in enumerate(passages):
        if passage.role == "body" and _OTHER_FIELD.match(fold(passage.text)):
            left = 0
        if passage.role == "heading" and not (in_criteria and _ITEM.match(passage.text)):
            left, in_criteria = 0, False
        yield passage, intro if left > 0 else ""
        left -= 1
        following = passages[place + 1].text if place + 1 < len(passages) else ""
        if not in_criteria and len(passage.text) < _TITLE_LENGTH and _CRITERIA.search(fold(passage.text)):
            intro, left, in_criteria = passage.text, _TITLE_REACH, True
        elif passage.role == "body" and len(passage.text) > _SHORT:
            in_criteria = False
        previous = passages[place - 1].text if place else ""
        if passage.role == "body" and _opens_lot(passage.text, following) and not _LOT_LINE.match(fold(previous)):
            intro, left = passage.text, _LOT_REACH
        elif passage.role == "body" and _TITLE_LINE.match(fold(passage.text.strip())) and "  " not in passage.text:
            intro, left = passage.text, _TITLE_REACH
        elif passage.role == "body" and _opens_list(passage.text):
            intro, left = passage.text[-_LENGTH:], _REACH
        elif len(passage.text) > _LENGTH:
            left = 0  # a long paragraph is no item of a list


def _opens_list(text: str) -> bool:
    folded = fold(text.rstrip())
    return folded.endswith(":") or ("  " in text and _HEADER_ROW.search(folded) is not None)


def _opens_lot(text: str, following: str) -> bool:
    if "ot" not in text[:12].lower():
        return False
    folded = fold(text)
    counts = re.search(r"\d ?(?:h\b|heure|%|€)", folded)
    return (
        bool(_LOT_LINE.match(folded)) and not counts and not _LOT_LINE.match(fold(following)) and not text.endswith(".")
    )
