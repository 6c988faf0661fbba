"""Which piece of the tender a document is, from its title, its running header, its articles and last its file name."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median

from extractors.kinds import MAILS, WORDS
from extractors.schema import Document, Line, Page, Passage
from extractors.text import fold

_LEXICON = Path(__file__).parent / "lexicons" / "doctype.csv"
_TITLE_LINES = 45
_OPENING = 600  # characters of a text file that hold its first sentence
_TITLE_PAGES = 2
_ENOUGH = 3.0
_ENOUGH_IN_A_TEXT = 8.0
_ARTICLES_AT_MOST = 4.0
# What may stand before a title on its line: a number, a bullet, « Pièce n° 2 : ».
_BEFORE_TITLE = r"(?:[\W\d_]*|.{0,8}\bpiece.{0,12}?|projet (?:de |d')|le |(?!objet|intitule|titre)[a-z.]{2,8}\W{1,3})"
_ARTICLE = re.compile(r"(?:article|art\.) ?\d|\d{1,2}(?:\.\d{1,2})+(?!\w)|\d{1,2}(?:\.\d{1,2})*\. ?-? ?[a-z]")
_TITLE_ENDS = re.compile(
    r"\W*$|\s*[-–—:,(]|\s+(?:d[eu] (?:la |l'|notre )?(?:marche|consultation|accord|societe|entreprise)"
    r"|a l'usage|n ?°|lots? )"
)


_BUYER_SPEAKS = re.compile(r"\b(?:candidats?|soumissionnaires?|titulaires?|attributaires?|pouvoir adjudicateur)\b")


@dataclass(frozen=True, slots=True)
class _Cue:
    doc_type: str
    place: str
    weight: float
    pattern: re.Pattern[str]


@cache
def _cues() -> tuple[_Cue, ...]:
    with _LEXICON.open(encoding="utf-8", newline="") as lines:
        return tuple(
            _Cue(
                row["doc_type"],
                row["place"],
                float(row["weight"]),
                re.compile(
                    rf"{_BEFORE_TITLE}(?P<title>{row['pattern']})(?![^\W_])"
                    if row["place"] == "title"
                    else row["pattern"]
                ),
            )
            for row in csv.DictReader(lines)
        )


def document_type(document: Document, passages: Sequence[Passage]) -> str:
    """Code of the document's type (`rc`, `ccap`, …), `autre` when nothing says what it is.

    A text file is a notice unless its title or the way it opens says otherwise; an e-mail is none.
    """
    if document.layout == "sheets":
        return _sheets_type(document)
    if not document.is_paged and document.kind not in WORDS:
        return _text_type(document)
    scores: defaultdict[str, float] = defaultdict(float)
    for doc_type, weight in (*_titles(document), *_running(passages), *_articles(document, passages)):
        scores[doc_type] += weight
    highest = max(scores.values(), default=0.0)
    if highest < _ENOUGH:
        for doc_type, weight in (*_file_name(document.path), *_voice(document)):
            scores[doc_type] += weight
    best = max(scores, key=lambda doc_type: scores[doc_type], default="autre")
    return best if scores[best] >= _ENOUGH else "autre"


def _sheets_type(document: Document) -> str:
    """A title of a sheet, its name or that of the file, whichever says it best; `autre` where none does."""
    scores: defaultdict[str, float] = defaultdict(float)
    titles = replace(document, pages=tuple(replace(p, lines=tuple(_alone(p))) for p in document.pages))
    for doc_type, weight in (*_titles(titles), *_sheet_names(document)):
        if doc_type != "guide":  # « Mode d'emploi » tells how to fill the sheets
            scores[doc_type] += weight
    for doc_type, weight in _file_name(document.path):
        scores[doc_type] += weight
    best = max(scores, key=lambda doc_type: scores[doc_type], default="autre")
    return best if scores[best] >= _ENOUGH else "autre"


def _alone(sheet: Page) -> Iterator[Line]:
    """The rows of one cell: a title stands alone on its row."""
    return (line for line in sheet.lines if "\t" not in line.text and line.role != "hidden")


def _sheet_names(document: Document) -> Iterator[tuple[str, float]]:
    best: defaultdict[str, float] = defaultdict(float)
    for page in document.pages:
        name = re.sub(r"[_\-. ]+", " ", _plain(page.name or ""))
        for cue in _cues():
            if cue.place == "file" and page.lines and page.lines[0].role != "hidden" and cue.pattern.search(name):
                best[cue.doc_type] = max(best[cue.doc_type], cue.weight)
    yield from best.items()


def _text_type(document: Document) -> str:
    """A title that opens the text, else what its first words say, else a notice, which no e-mail is by itself."""
    unknown = ("autre" if document.kind in MAILS else "avis", 0.0)
    text = "\n".join(line for page in document.pages for line in page.text.split("\n") if line.strip())
    opening = _plain(text[:_OPENING])
    # « ARTICLE 7 : CLAUSE SOCIALE » is an article of a contract, not the title of an annex.
    titles = () if _ARTICLE.match(opening) else _titles(document)
    best = max(titles, key=lambda title: title[1], default=unknown)
    if best[1] >= _ENOUGH_IN_A_TEXT:
        return best[0]
    opens = ((cue.doc_type, cue.weight) for cue in _cues() if cue.place == "opening" and cue.pattern.match(opening))
    return max((*opens, *_voice(document)), key=lambda cue: cue[1], default=unknown)[0]


def _voice(document: Document) -> Iterator[tuple[str, float]]:
    """Who speaks: a bidder says « notre entreprise » more often than « le candidat » or « le titulaire »."""
    text = _plain("\n".join(page.text for page in document.pages[:_TITLE_PAGES]))
    for cue in _cues():
        if cue.place == "voice" and len(cue.pattern.findall(text)) > len(_BUYER_SPEAKS.findall(text)):
            yield cue.doc_type, cue.weight


def _plain(text: str) -> str:
    return fold(" ".join(text.replace("’", "'").split()))


def below_title(text: str) -> str | None:
    """The lines of `text` below the title of a type of document, « Acte d'engagement »; None when it holds no title."""
    folded = fold(text.replace("’", "'")).replace("\n", " ")
    starts = (start.start() for start in re.finditer(r"^", text, re.M))
    ends = [
        found.end()
        for start in starts
        for cue in _cues()
        if cue.place == "title" and (found := cue.pattern.match(folded, start))
    ]
    return text[max(ends) :].partition("\n")[2] if ends else None


def _titles(document: Document) -> Iterator[tuple[str, float]]:
    """The best title of each type on the first pages that hold text."""
    best: defaultdict[str, float] = defaultdict(float)
    pages = [page for page in document.pages if page.text.strip()][:_TITLE_PAGES]
    for rank, page in enumerate(pages):
        for doc_type, weight in _page_titles(page):
            best[doc_type] = max(best[doc_type], weight / (1 + 2 * rank))
    yield from best.items()


def _page_titles(page: Page) -> Iterator[tuple[str, float]]:
    lines = [line for line in page.lines if line.text.strip() and line.role != "toc"][:_TITLE_LINES]
    heights = [line.bbox[3] - line.bbox[1] for line in lines]
    usual = median(heights) if heights else 0.0
    plain = [_plain(line.text) for line in lines]
    for index, line in enumerate(lines):
        # A title runs over several lines: « CAHIER DES / CLAUSES ADMINISTRATIVES / PARTICULIÈRES ».
        text = " ".join(plain[index : index + 4])
        here = len(plain[index])
        size = min(2.0, max(0.8, heights[index] / usual)) if usual > 0 else 1.0
        shout = 1.15 if line.text.isupper() else 1.0
        for cue in _cues():
            if cue.place != "title":
                continue
            found = cue.pattern.match(text)
            if not found or found.start("title") >= here:
                continue
            # A text file has no sizes: its first line is a title when the words of the title stand alone in it.
            first = index == 0 and heights[0] == 0 and _TITLE_ENDS.match(text, found.end())
            alone = 1.0 if first or found.end() - found.start("title") >= 0.5 * here else 0.5
            yield cue.doc_type, cue.weight * size * shout * alone / (1 + 0.02 * index)


def _running(passages: Sequence[Passage]) -> Iterator[tuple[str, float]]:
    """What the headers and footers say, once per type."""
    furniture = {_plain(passage.text) for passage in passages if passage.role == "furniture"}
    for cue in _cues():
        if cue.place == "furniture" and any(cue.pattern.search(text) for text in furniture):
            yield cue.doc_type, cue.weight


def _articles(document: Document, passages: Sequence[Passage]) -> Iterator[tuple[str, float]]:
    headings = [_plain(passage.text) for passage in passages if passage.role == "heading"]
    opening = " ".join(_plain(page.text) for page in document.pages[:2])
    weights: defaultdict[str, float] = defaultdict(float)
    for cue in _cues():
        if (cue.place == "heading" and any(cue.pattern.search(text) for text in headings)) or (
            cue.place == "field" and cue.pattern.search(opening)
        ):
            weights[cue.doc_type] += cue.weight
    for doc_type, weight in weights.items():
        yield doc_type, min(weight, _ARTICLES_AT_MOST)


def type_by_name(path: str) -> str:
    """The type that the name of a file announces, `autre` when it says none."""
    return max(_file_name(path), key=lambda cue: cue[1], default=("autre", 0.0))[0]


def _file_name(path: str) -> Iterator[tuple[str, float]]:
    name = re.sub(r"[_\-. ]+", " ", _plain(Path(path).stem))
    for cue in _cues():
        if cue.place == "file" and cue.pattern.search(name):
            yield cue.doc_type, cue.weight
