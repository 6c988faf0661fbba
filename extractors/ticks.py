"""Which words stand behind a ticked or an unticked box, drawn in the text layer or with vectors."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from extractors.boxes import box_for
from extractors.schema import CheckBox, Document, Finding, Passage
from extractors.text import normalise

# The bidder will tick: the obligation stands whatever the box shows today.
_BIDDER_CHOOSES = re.compile(
    r"(?:titulaire|candidat|soumissionnaire|entreprise|attributaire|\bil\b)[^.]{0,30}(?:coche|choisi|retien|opte)"
    r"|au choix d|cocher (?:l'option|la case) (?:retenue|choisie|correspondante)|soit .* soit "
)
_LINES_OF_AN_ITEM = 4


@dataclass(frozen=True, slots=True)
class Ticks:
    """The boxes of a document, by page."""

    document: Document
    passages: tuple[Passage, ...]
    drawn: Mapping[int, Sequence[CheckBox]]

    def state(self, passage: Passage, start: int, end: int) -> bool | None:
        """True behind a ticked box, False behind an unticked one, None without a box or where the bidder chooses."""
        view = normalise(passage.text)
        state = box_for(view.text, bisect_left(view.offsets, start), bisect_left(view.offsets, end))
        if state is None:
            state = self._drawn_state(passage, start)
        if state is False and self._bidder_chooses(passage):
            return None
        return state

    def _drawn_state(self, passage: Passage, start: int) -> bool | None:
        """State of the drawn box at the left of the item that holds the character: its own line or one just above."""
        spans = [s for s in passage.spans if s.start <= start][::-1]
        for count, span in enumerate(spans[:_LINES_OF_AN_ITEM]):
            line = self.document.pages[span.page - 1].lines[span.line]
            if count and line.text.rstrip().endswith((".", ";")):
                return None
            middle = (line.bbox[1] + line.bbox[3]) / 2
            for box in self.drawn.get(span.page, ()):
                if box.bbox[1] - 3 <= middle <= box.bbox[3] + 3 and box.bbox[2] <= line.bbox[0] + 12:
                    return box.ticked
        return None

    def _bidder_chooses(self, passage: Passage) -> bool:
        around = self.passages[max(0, passage.index - 3) : passage.index + 1]
        return bool(_BIDDER_CHOOSES.search(" ".join(normalise(p.text).folded for p in around if p.role == "body")))

    def applied(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings, those behind an unticked box discarded, unless the bidder is to tick it."""
        result = []
        for finding in findings:
            if finding.rejected in (None, "unticked"):
                unticked = self.state(self.passages[finding.passage], finding.start, finding.end) is False
                finding = replace(finding, rejected="unticked" if unticked else None)
            result.append(finding)
        return result
