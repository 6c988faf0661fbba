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
    r"\s*(?:[\divx.]+\)? ?)?(?:conditions? (?:d['’]execution|particuliere)|renseignements? complementaire|clause)"
    r"[^.;\n]{0,60} ?:"
)
_SHORT, _TITLE_LENGTH = 40, 90


def with_intros(passages: Sequence[Passage]) -> Iterator[tuple[Passage, str]]:
    """Every passage with what opens its list (« … selon les critères suivants : »), empty where nothing does."""
    intro, left, in_criteria = "", 0, False
    was_lot_line = False
    for place, passage in enumerate(passages):
        text, body = passage.text, passage.role == "body"
        folded = fold(text) if len(text) <= _LENGTH else ""
        if body and left > 0 and ":" in folded and _OTHER_FIELD.match(folded):
            left = 0
        if passage.role == "heading" and not (in_criteria and _ITEM.match(folded)):
            left, in_criteria = 0, False
        yield passage, intro if left > 0 else ""
        left -= 1
        following = passages[place + 1].text if place + 1 < len(passages) else ""
        is_lot_line = "lot" in folded[:12] and bool(_LOT_LINE.match(folded))
        if not in_criteria and len(text) < _TITLE_LENGTH and _CRITERIA.search(folded):
            intro, left, in_criteria = text, _TITLE_REACH, True
        elif body and len(text) > _SHORT:
            in_criteria = False
        if body and is_lot_line and not was_lot_line and _opens_lot(folded, following):
            intro, left = text, _LOT_REACH
        elif body and "  " not in text and folded and _TITLE_LINE.match(folded.strip()):
            intro, left = text, _TITLE_REACH
        elif body and _opens_list(text):
            intro, left = text[-_LENGTH:], _REACH
        elif len(text) > _LENGTH:
            left = 0  # a long paragraph is no item of a list
        was_lot_line = is_lot_line


def _opens_list(text: str) -> bool:
    if text.rstrip().endswith(":"):
        return True
    return "  " in text and _HEADER_ROW.search(fold(text.rstrip())) is not None


def _opens_lot(folded: str, following: str) -> bool:
    """Whether a line « Lot 2 – Plomberie » stands alone: it counts nothing and begins no list of lots."""
    counts = re.search(r"\d ?(?:h\b|heure|%|€)", folded)
    return not counts and not _LOT_LINE.match(fold(following)) and not folded.endswith(".")
