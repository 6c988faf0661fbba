"""What assembling one document needs at hand: its passages, tables and boxes, and where its clauses reach."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from extractors.lots import counted_lots, lot_references
from extractors.ocr.places import displayed
from extractors.ocr.proofs import seen_row, seen_words
from extractors.passages import box_of
from extractors.persons import without_names
from extractors.rulebook import CANCELLING
from extractors.schema import WHOLE_CONTRACT, Box, Document, Evidence, Finding, Lot, Passage, Table
from extractors.scope import lots_near, lots_of_row, lots_of_title, merged
from extractors.sheet_rows import row_quote
from extractors.text import View, normalise, sentences
from extractors.ticks import Ticks

QUOTE_LENGTH = 400
_SAME_CLAUSE = re.compile(r"\b(?:[Cc]ette|[Ll]a présente|ladite) (?:clause|action|obligation|condition|démarche)")
_SAID_AFTER = 1000  # characters within which a clause may still say its lots
PASSAGES_AROUND = 12  # a clause keeps speaking of its volumes for this many passages of the same article


@dataclass(frozen=True)
class Context:
    """What assembling one document needs at hand."""

    document: Document
    passages: tuple[Passage, ...]
    doc_type: str
    ticks: Ticks
    intros: Mapping[int, str]
    """What opens the list or the part about one lot that a passage belongs to, by passage index."""
    tables: tuple[Table, ...] = ()
    """Tables of the pages that lay down a clause."""
    lots: tuple[Lot, ...] = ()
    """Those that the document lists."""

    @cached_property
    def lot_numbers(self) -> tuple[str, ...]:
        """Every lot of the contract, where the document lists or counts them."""
        listed = tuple(lot.number for lot in self.lots)
        numbered = [int(number) for number in listed if number.isdigit()]
        if len(listed) > 1 and (not numbered or max(numbered) == len(listed)):
            return listed
        counts = {n for p in self.passages if p.role == "body" for n in counted_lots(p.text)}
        return tuple(str(n) for n in range(1, counts.pop() + 1)) if len(counts) == 1 else ()

    @cached_property
    def own_lots(self) -> tuple[str, ...] | None:
        """The lot of a document written for one lot (« Acte d'engagement – Lot n° 3 »), None otherwise."""
        if self.doc_type not in ("ae", "cctp", "ccap", "ccp") or len(self.lots) > 1:
            return None
        first_page = [p.text for p in self.passages if p.page == 1 and p.role != "furniture"]
        title = merged(r for text in first_page[:4] for r in lot_references(text) if not r.excluded)
        if not title or len(title) != 1 or title == (WHOLE_CONTRACT,):
            return None
        if any(r.numbers == title for text in first_page[:2] for r in lot_references(text)):
            return title
        references = [r for text in first_page for r in lot_references(text)]
        return title if {n for r in references for n in r.numbers} == set(title) else None

    def covers_every_part(self, lots: set[str]) -> bool:
        """Whether the lots are those of all the parts « Lot n » of a notice: the clause is then of the contract."""
        openings = (merged(lot_references(intro)) or () for intro in set(self.intros.values()))
        parts = {lots[0] for lots in openings if len(lots) == 1}
        return len(parts) > 1 and parts == lots

    def view(self, index: int) -> View:
        return normalise(self.passages[index].text)

    def text_after(self, passage: Passage) -> str:
        """The first words of the next body passage, where a sentence may go on with its condition."""
        following = next((p for p in self.passages[passage.index + 1 :] if p.role == "body"), None)
        return normalise(following.text[:QUOTE_LENGTH]).text if following else ""

    def evidence(
        self, passage: Passage, start: int, end: int, *, at: int | None = None, alone: bool = False
    ) -> Evidence:
        """The words start..end of a passage as proof: page, quote on one line, box of the lines that hold them there.

        In a workbook, the page is the sheet, the section its cells, and the quote what these hold, unless the words
        are to stand `alone`: those around may name a person.
        The page is that of the character `at`, the first one unless told: a sentence may run on to the next page.
        """
        page = passage.page_at(start if at is None else at)
        is_row = self.document.layout == "sheets" and not alone
        read = quoted(row_quote(self.document, passage, start, end) if is_row else passage.text[start:end])
        seen = seen_words(self.document, passage, start, end)
        quote = read if seen is None else quoted(seen)
        return Evidence(
            page=page,
            quote=quote,
            bbox=box_of(self.document, passage, start, end, page=page) if self.document.is_paged else None,
            section=passage.section,
            via=None if seen is None else "ocr",
            read_as=None if quote == read else read,
        )

    def table_evidence(self, number: int, words: str, box: Box) -> Evidence:
        """The words of the row of a table as proof; `box` has the coordinates of the page's lines."""
        if not self.document.is_paged:
            return Evidence(page=number, quote=quoted(words), bbox=box)
        page = self.document.pages[number - 1]
        seen = seen_row(page, box)
        return Evidence(
            page=number,
            quote=quoted(seen or words),
            bbox=displayed(page, [box]),
            via="ocr" if page.state == "ocr" else None,
            read_as=quoted(words) if seen else None,
        )


def quoted(text: str) -> str:
    """Words as a proof quotes them: on one line, without names of persons, cut where they are too long."""
    quote = without_names(" ".join(text.split()))
    return quote if len(quote) <= QUOTE_LENGTH else quote[: QUOTE_LENGTH - 1] + "…"


Sentence = tuple[int, tuple[int, int]]
"""Passage and span of a sentence."""


def by_sentence(findings: Iterable[Finding]) -> Mapping[Sentence, list[Finding]]:
    found: dict[Sentence, list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.passage, finding.sentence), []).append(finding)
    return found


def finding_lots(
    context: Context, finding: Finding, others: Mapping[Sentence, Sequence[Finding]]
) -> tuple[str, ...] | None:
    """Lots that one finding names: in its sentence, else in the titles above; None where nothing is named."""
    passage = context.passages[finding.passage]
    offset = finding.sentence[0]
    rivals = [
        (o.start - offset, o.end - offset)
        for o in others[finding.passage, finding.sentence]
        if o.category != finding.category
    ]
    text = passage.text[offset : finding.sentence[1]]
    near = lots_near(text, finding.start - offset, finding.end - offset, rivals, context.lot_numbers)
    return (
        near
        or lots_said_before(passage.text[:offset], text)
        or _lots_said_after(passage.text[finding.sentence[1] :][:_SAID_AFTER], context.lot_numbers)
        or lots_of_row(context.passages, passage)
        or lots_of_title(passage, context.intros.get(passage.index, ""))
    )


_THESE_LOTS = re.compile(r"\b(?:[Cc]es|[Ll]esdits) lots\b|\b(?:[Cc]e|[Ll]e|ledit|du|au) lot (?!n ?°|\d|[A-Z]\b)")


def lots_said_before(before: str, sentence: str) -> tuple[str, ...] | None:
    """« Lot 4 – Vitrerie. Le lot est réservé … », « Les lots 2 et 3 … . Le titulaire de chacun de ces lots … »."""
    if not _THESE_LOTS.search(sentence):
        return None
    references = [r for r in lot_references(before[-_SAID_AFTER:]) if not r.whole]
    return merged(references[-1:])


def _lots_said_after(text: str, every: Sequence[str]) -> tuple[str, ...] | None:
    """« … une clause d'insertion. Les titulaires des lots 3, 7 et 8 devront mettre en œuvre cette clause. »"""
    for start, end in sentences(text):
        if _SAME_CLAUSE.search(text, start, end):
            return merged(lot_references(text[start:end]), every)
    return None


About = tuple[Passage, str, frozenset[str], tuple[str, ...] | None]
"""A passage, what opens its list, the clauses it follows, and the lots these bind."""


def passages_about(context: Context, anchors: Sequence[Finding]) -> Iterator[About]:
    """Passages that may state a volume, in order."""
    together = by_sentence(anchors)
    named = {f.passage: finding_lots(context, f, together) for f in anchors}
    categories: dict[int, frozenset[str]] = {}
    for finding in anchors:
        categories[finding.passage] = categories.get(finding.passage, frozenset()) | {finding.category}
    last = -PASSAGES_AROUND - 1
    title: tuple[str, ...] = ()
    lots: tuple[str, ...] | None = None
    about: frozenset[str] = frozenset()
    for passage in context.passages:
        if passage.role in ("furniture", "toc"):
            continue
        if passage.headings[: len(title)] != title or passage.index - last > PASSAGES_AROUND:
            last, lots, about = -PASSAGES_AROUND - 1, None, frozenset()
        if passage.index in named:
            last, title = passage.index, passage.headings
            lots = named[passage.index] or lots
            about = about | categories[passage.index]
        yield passage, context.intros.get(passage.index, ""), about, lots


def silent_sentences(findings: Sequence[Finding], every_finding: Sequence[Finding]) -> dict[tuple[int, int], str]:
    """Sentences (passage, start) that speak of clauses only to deny, recall or suppose them, and which of these."""
    speaking = {(f.passage, f.sentence[0]) for f in findings}
    return {
        (f.passage, f.sentence[0]): f.rejected
        for f in every_finding
        if f.rejected in CANCELLING | {"criteria_title", "noted"} and (f.passage, f.sentence[0]) not in speaking
    }
