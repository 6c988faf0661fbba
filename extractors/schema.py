"""The frozen records that flow through Clausoscope; nothing else crosses a module border.

Path ─▶ Document(pages of lines) ─▶ Passage ─▶ Finding ─▶ Extraction, which is all that `models` and `flows` see.
Units: euros, hours, percent as written (10 means 10 %), PDF points with the origin at the top left.
Codes of `category`, `unit`, `per`, `doc_type`: README, « Lexique ».
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from extractors.kinds import FileKind

Box = tuple[float, float, float, float]
"""x0, top, x1, bottom."""

Status = Literal["ok", "partial", "failed"]
Role = Literal["body", "heading", "furniture", "toc", "hidden"]
"""`hidden`: of a sheet that its workbook hides."""
CandidateKind = Literal["clause", "volume", "penalty"]
PageState = Literal["text", "empty", "scan", "unmapped", "ocr"]
"""`scan`: an image without text; `unmapped`: glyphs without a Unicode map; `empty`: nothing drawn; `ocr`: an image
whose words were recognised."""
Layout = Literal["pages", "text", "sheets"]
"""`pages`: printed pages, with boxes; `text`: lines without a place; `sheets`: a page for each sheet of a workbook."""
TermKind = Literal["public", "modality", "reporting"]

WHOLE_CONTRACT = "*"
"""The lot « number » of a clause that binds the whole contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Something that was not read or does not add up: recorded, never hidden."""

    stage: Literal["fetch", "read", "structure", "match", "assemble", "store"]
    code: str
    message: str
    """One line in French: what happened and what to do next."""
    page: int | None = None


# ---------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file to read: where its bytes stand, the path to record for it, its content where that is known."""

    path: Path
    name: str
    sha256: str | None = None


def as_source(file: Path | Source) -> Source:
    return file if isinstance(file, Source) else Source(path=file, name=str(file))


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """Words of an image that are read otherwise than they were recognised: line.text[start:end]."""

    start: int
    end: int
    seen: str
    """As they were recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a page, in reading order; `text` is what the file says, never edited.

    On an image it is what was recognised, and `repairs` tell where it is read otherwise.
    """

    text: str
    bbox: Box
    role: Role = "body"
    confidence: float | None = None
    """Of the words that were recognised, 0 to 1; None for the text of a file."""
    repairs: tuple[Repair, ...] = ()

    @property
    def seen(self) -> str:
        """The text as it was recognised, without repairs."""
        text = self.text
        for repair in reversed(self.repairs):
            text = text[: repair.start] + repair.seen + text[repair.end :]
        return text


@dataclass(frozen=True, slots=True, kw_only=True)
class Tilt:
    """How an image lies on its page: `turns` quarters clockwise make it upright, where its lines lean to the right."""

    turns: int = 0
    degrees: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    number: int
    """1 for the first page of the file, whatever is printed on it."""
    width: float
    height: float
    lines: tuple[Line, ...]
    state: PageState = "text"
    tilt: Tilt | None = None
    """Of an image that does not stand straight: size and boxes of lines are those of the page made upright, where rows
    are rows; proofs have boxes on the page as displayed (`extractors.ocr.places`)."""
    name: str | None = None
    """Of a sheet."""

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file as read: pages of lines, and what could not be read."""

    path: str
    sha256: str
    size: int
    pages: tuple[Page, ...]
    problems: tuple[Problem, ...] = ()
    kind: FileKind = "pdf"
    layout: Layout = "pages"

    @property
    def is_paged(self) -> bool:
        """Whether its lines stand on pages, in boxes."""
        return self.layout == "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    text: str
    bbox: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    text: str
    """Lines of the cell, joined by a newline."""
    bbox: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    page: int
    bbox: Box
    rows: tuple[tuple[Cell | None, ...], ...]
    """Every row has the same number of columns; None where a merged cell covers the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckBox:
    """A box drawn with vectors beside a line of text."""

    bbox: Box
    ticked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """What pdfplumber sees on one page; computed only where a finding needs it."""

    page: int
    words: tuple[Word, ...]
    tables: tuple[Table, ...]
    checkboxes: tuple[CheckBox, ...]


# ---------------------------------------------------------------- structure


@dataclass(frozen=True, slots=True, kw_only=True)
class LineSpan:
    """Where one line of the page stands in a passage: passage.text[start:end]."""

    start: int
    end: int
    page: int
    line: int
    """Index in Page.lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A paragraph, list item, heading or furniture line; its lines are joined by a newline."""

    index: int
    text: str
    spans: tuple[LineSpan, ...]
    role: Role = "body"
    section: str | None = None
    """Article number it stands under, such as « 8.2.2 »; in a workbook, its cells, such as « Lots!C12 »."""
    headings: tuple[str, ...] = ()
    """Titles above it, outermost first, with their numbers."""

    @property
    def page(self) -> int:
        return self.spans[0].page

    def page_at(self, offset: int) -> int:
        """The page that holds the character at `offset` of the text."""
        return next((s.page for s in self.spans if offset < s.end + 1), self.spans[-1].page)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one rule saw in one sentence of a passage, and what decided about it."""

    rule: str
    category: str
    passage: int
    start: int
    end: int
    """The words that triggered the rule: passage.text[start:end]."""
    sentence: tuple[int, int]
    """The sentence around them, same offsets: it is what evidence quotes."""
    cues: tuple[str, ...] = ()
    """Words of the context that counted, each « group: words »."""
    marks: tuple[tuple[int, int], ...] = ()
    """Where these words stand, same offsets."""
    rejected: str | None = None
    """Why the finding is discarded, None when it stands."""


# ---------------------------------------------------------------- results


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The words that prove a row."""

    page: int
    quote: str
    bbox: Box | None = None
    section: str | None = None
    via: Literal["ocr"] | None = None
    """`ocr`: the words were recognised on an image."""
    read_as: str | None = None
    """The quote as it was read where recognition had damaged it, None where both are the same."""

    @property
    def words(self) -> str:
        """The quote as the rules read it."""
        return self.read_as or self.quote


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    number: str
    title: str | None = None
    families: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """Facts of the consultation, where the document states them."""

    reference: str | None = None
    buyer: str | None = None
    object: str | None = None
    departments: tuple[str, ...] = ()
    cpv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    category: str
    lots: tuple[str, ...] = (WHOLE_CONTRACT,)
    weight_percent: float | None = None
    legal_refs: tuple[str, ...] = ()
    confidence: float
    rule: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    category: str
    lot: str = WHOLE_CONTRACT
    value: float
    value_max: float | None = None
    unit: str
    per: str = "contract"
    per_amount_eur: float | None = None
    threshold_eur: float | None = None
    phase: str | None = None
    bound: str = "unspecified"
    derived_hours: float | None = None
    formula: str | None = None
    confidence: float
    rule: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Penalty:
    amount_eur: float
    per: str
    confidence: float
    rule: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One thing that the clause settles: a public it is for, a way to carry it out, a rhythm of reporting."""

    kind: TermKind
    code: str
    """Code of that kind in the lexicon."""
    confidence: float
    rule: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The body that follows the clause; never a natural person."""

    organisation: str | None = None
    email: str | None = None
    phone: str | None = None
    role: str = "facilitator"
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """The document says that there is no clause of this category."""

    category: str
    rule: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Words that a rule saw, what the context said of them, and what was decided; kept for explanations only."""

    kind: CandidateKind
    rule: str
    category: str | None
    page: int
    section: str | None = None
    titles: tuple[str, ...] = ()
    """Titles above, outermost first, then what opens the list they belong to."""
    text: str
    """The sentence, on one line."""
    words: tuple[int, int] | None = None
    """The words that the rule saw: text[start:end]; None for the row of a table."""
    marks: tuple[tuple[int, int], ...] = ()
    """The words of the context that counted, same offsets."""
    cues: tuple[str, ...] = ()
    """The same, each « group: words »."""
    rejected: str | None = None
    """Why it gives no row (codes « reason » of the lexicon), None when it gives one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """What tells whether two files hold the same text: see `extractors.sketch`."""

    words: bytes
    """Least hashes of five words in a row, ascending, four bytes each."""
    numbers: bytes
    """Numbers, each with the word beside it, ascending, four bytes each."""
    kind: FileKind
    is_recognised: bool = False
    """Some of its words were recognised on images."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Seconds that a reading took, by stage."""

    read: float = 0.0
    """Pages: their text, or those kept from an earlier reading."""
    convert: float = 0.0
    """Office documents made PDF."""
    recognise: float = 0.0
    """Words of images."""
    match: float = 0.0
    """Structure, rules, tables."""

    def __add__(self, other: Timings) -> Timings:
        return Timings(
            read=self.read + other.read,
            convert=self.convert + other.convert,
            recognise=self.recognise + other.recognise,
            match=self.match + other.match,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Extraction:
    """All that one document gives; the whole of what `models` and `flows` know of it."""

    path: str
    sha256: str
    size: int
    status: Status
    doc_type: str = "autre"
    pages: int = 0
    problems: tuple[Problem, ...] = ()
    tender: Tender = Tender()
    lots: tuple[Lot, ...] = ()
    families: tuple[str, ...] = ()
    clauses: tuple[Clause, ...] = ()
    volumes: tuple[Volume, ...] = ()
    penalties: tuple[Penalty, ...] = ()
    contacts: tuple[Contact, ...] = ()
    terms: tuple[Term, ...] = ()
    absences: tuple[Absence, ...] = ()
    replaces_earlier: bool = False
    """Its first page says that it replaces an earlier version."""
    seconds: float = 0.0
    timings: Timings = field(default=Timings(), compare=False)
    sketch: Sketch | None = field(default=None, compare=False)
    candidates: tuple[Candidate, ...] = ()
    """Everything that was considered, in order of the text; only `explain` fills it."""
    texts: tuple[str, ...] = ()
    """The text of every page on one line, without names of persons; only what is to be searched in fills it."""


def has_problem(extraction: Extraction, code: str) -> bool:
    return any(problem.code == code for problem in extraction.problems)


def status_of(pages: int, problems: Sequence[Problem]) -> Status:
    """Never « ok » while a problem stands; « failed » when nothing was read."""
    if pages == 0:
        return "failed"
    return "partial" if problems else "ok"
