"""How right extractions are against known answers: precision, recall, shares, and what they confuse."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Generic, Self, TypeVar

from extractors.answers import Gold
from extractors.rowkeys import (
    Difference,
    Fact,
    Row,
    absence_key,
    clause_key,
    clause_lot_key,
    keyed,
    penalty_key,
    per_lot,
    quantity_key,
    volume_key,
    weight_key,
)
from extractors.schema import Clause, Extraction, Volume

Sure = TypeVar("Sure", Clause, Volume)
"""Rows that carry a confidence and are judged by it."""

BANDS = (0.9, 0.8, 0.0)
"""Lowest confidence of each band of `Measures.clause_bands` and `volume_bands`."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """Numbers that add up field by field."""

    def __add__(self, other: Self) -> Self:
        return replace(self, **{f.name: getattr(self, f.name) + getattr(other, f.name) for f in fields(self)})


@dataclass(frozen=True, slots=True)
class Counts(_Sum):
    """Rows right (`tp`), in excess (`fp`), missed (`fn`); with nothing to find, finding nothing is perfect."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 1.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Share(_Sum):
    right: int = 0
    total: int = 0

    @property
    def value(self) -> float | None:
        return self.right / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Bands(_Sum):
    """Rows by confidence, as bounded by BANDS; rows that are right either way are left out."""

    high: Share = Share()
    middle: Share = Share()
    low: Share = Share()


@dataclass(frozen=True, slots=True)
class Measures(_Sum):
    """Every figure, of one document or of the sum of several."""

    clauses: Counts = Counts()
    """By category."""
    clauses_by_lot: Counts = Counts()
    volumes: Counts = Counts()
    """With lot, range, period, tranche and threshold."""
    volumes_value_unit: Counts = Counts()
    penalties: Counts = Counts()
    absent: Counts = Counts()
    silence: Share = Share()
    """Documents left without a clause, among those that have none."""
    family_top1: Share = Share()
    doc_type: Share = Share()
    """Of files: a text has no title page to read."""
    evidence_page: Share = Share()
    """Clauses found that are proved on a right page, among those found in files."""
    criterion_weight: Share = Share()
    clause_bands: Bands = Bands()
    volume_bands: Bands = Bands()


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryScore:
    category: str
    clauses: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class BuyerScore:
    buyer: str | None
    documents: int
    measures: Measures
    left_out: Measures
    """The same, counting only what is found by rules that documents of another buyer confirm: what the rules would be
    worth to this buyer had none of its documents been seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    documents: int
    missing: tuple[str, ...]
    """Ids of the documents that were not extracted: all that they hold counts as missed."""
    unreadable: tuple[str, ...]
    """Ids of those whose extraction failed."""
    total: Measures
    by_category: tuple[CategoryScore, ...]
    by_buyer: tuple[BuyerScore, ...]
    left_out: Measures
    """Sum of those of the buyers: leave-one-buyer-out cross-validation."""
    misses: tuple[Difference, ...]


def pair(golds: Sequence[Gold], found: Iterable[Extraction]) -> list[tuple[Gold, Extraction | None]]:
    """Each answer with its extraction: the one whose path ends with the file, or whose file is named after the id."""
    by_stem: dict[str, list[Extraction]] = {}
    for extraction in found:
        by_stem.setdefault(_stem(extraction.path), []).append(extraction)

    def match(gold: Gold) -> Extraction | None:
        if gold.file is None:
            return next(iter(by_stem.get(gold.id, ())), None)
        end = f"/{gold.file}"
        return next((e for e in by_stem.get(_stem(end), ()) if f"/{e.path}".endswith(end)), None)

    return [(gold, match(gold)) for gold in golds]


def score(pairs: Iterable[tuple[Gold, Extraction | None]]) -> Scores:
    """Figures of all the documents, by category, by buyer, and everything that is not as expected."""
    answers: list[Gold] = []
    missing: list[str] = []
    unreadable: list[str] = []
    misses: list[Difference] = []
    categories: dict[str, Counts] = {}
    buyers: dict[str | None, list[_Document]] = {}
    for gold, extraction in pairs:
        answers.append(gold)
        if extraction is None:
            missing.append(gold.id)
        elif extraction.status == "failed":
            unreadable.append(gold.id)
        document = _Document(gold, extraction or _NOTHING)
        for category, counts in document.by_category():
            categories[category] = categories.get(category, Counts()) + counts
        buyers.setdefault(gold.buyer, []).append(document)
        misses += document.misses()
    confirmed = {buyer: frozenset(rule for d in each for rule in d.right_rules()) for buyer, each in buyers.items()}
    by_buyer = tuple(
        BuyerScore(
            buyer=buyer,
            documents=len(each),
            measures=sum((d.measures() for d in each), Measures()),
            left_out=sum((d.only(_of_others(confirmed, buyer)).measures() for d in each), Measures()),
        )
        for buyer, each in buyers.items()
    )
    return Scores(
        documents=len(answers),
        missing=tuple(missing),
        unreadable=tuple(unreadable),
        total=sum((buyer.measures for buyer in by_buyer), Measures()),
        by_category=tuple(CategoryScore(category=name, clauses=categories[name]) for name in sorted(categories)),
        by_buyer=by_buyer,
        left_out=sum((buyer.left_out for buyer in by_buyer), Measures()),
        misses=tuple(misses),
    )


def _of_others(confirmed: Mapping[str | None, frozenset[str]], buyer: str | None) -> frozenset[str]:
    """Rules that gave a right row in a document of another buyer."""
    return frozenset[str]().union(*(rules for other, rules in confirmed.items() if other != buyer))


_NOTHING = Extraction(path="", sha256="", size=0, status="failed", doc_type="")
"""Stands for a document that was not extracted; it has no type, so that none can be right by chance."""


@dataclass(frozen=True, slots=True)
class _Match(Generic[Row]):
    """Rows of one part of a document, one per key, in their order."""

    right: tuple[Row, ...]
    missed: tuple[Row, ...]
    invented: tuple[Row, ...]

    @property
    def counts(self) -> Counts:
        return Counts(tp=len(self.right), fp=len(self.invented), fn=len(self.missed))


def _match(
    required: Iterable[Row], optional: Iterable[Row], found: Iterable[Row], *, key: Callable[[Row], Hashable]
) -> _Match[Row]:
    need, free, have = (keyed(rows, key) for rows in (required, optional, found))
    return _Match(
        right=tuple(row for k, row in have.items() if k in need),
        missed=tuple(row for k, row in need.items() if k not in have),
        invented=tuple(row for k, row in have.items() if k not in need and k not in free),
    )


class _Document:
    """One answer beside one extraction."""

    def __init__(self, gold: Gold, found: Extraction) -> None:
        need, free = gold.required, gold.optional
        self._gold, self._found = gold, found
        self._clauses = _match(need.clauses, free.clauses, found.clauses, key=clause_key)
        lots = (per_lot(rows) for rows in (need.clauses, free.clauses, found.clauses))
        self._by_lot = _match(*lots, key=clause_lot_key)
        self._volumes = _match(need.volumes, free.volumes, found.volumes, key=volume_key)
        self._penalties = _match(need.penalties, free.penalties, found.penalties, key=penalty_key)
        self._absent = _match(gold.absences, (), found.absences, key=absence_key)
        hits = [(row, [c for c in found.clauses if c.category == row.category]) for row in need.clauses]
        self._hits = [(row, same) for row, same in hits if same]

    def measures(self) -> Measures:
        gold, found = self._gold, self._found
        need, free = gold.required, gold.optional
        quantities = _match(need.volumes, free.volumes, found.volumes, key=quantity_key)
        return Measures(
            clauses=self._clauses.counts,
            clauses_by_lot=self._by_lot.counts,
            volumes=self._volumes.counts,
            volumes_value_unit=quantities.counts,
            penalties=self._penalties.counts,
            absent=self._absent.counts,
            silence=Share(not self._clauses.invented, 1) if not need.clauses else Share(),
            family_top1=Share(self._family_is_right(), 1) if gold.families else Share(),
            doc_type=Share(found.doc_type == gold.doc_type, 1) if gold.file and gold.doc_type else Share(),
            evidence_page=_share(_on_page(row, same) for row, same in self._hits if gold.file),
            criterion_weight=_share(_same_weight(*hit) for hit in self._hits if hit[0].weight_percent is not None),
            clause_bands=_bands(need.clauses, free.clauses, found.clauses, key=clause_key),
            volume_bands=_bands(need.volumes, free.volumes, found.volumes, key=volume_key),
        )

    def right_rules(self) -> Iterator[str]:
        """Rules that gave a right clause or volume."""
        yield from (row.rule for row in self._clauses.right)
        yield from (row.rule for row in self._volumes.right)

    def only(self, rules: Container[str]) -> _Document:
        """The same with the clauses and volumes of these rules only."""
        found = self._found
        clauses = tuple(row for row in found.clauses if row.rule in rules)
        volumes = tuple(row for row in found.volumes if row.rule in rules)
        return _Document(self._gold, replace(found, clauses=clauses, volumes=volumes))

    def by_category(self) -> Iterator[tuple[str, Counts]]:
        """One count per clause; zeros for a category that was found and is right either way."""
        clauses = self._clauses
        for rows, counts in (
            (self._found.clauses, Counts()),
            (clauses.right, Counts(tp=1)),
            (clauses.invented, Counts(fp=1)),
            (clauses.missed, Counts(fn=1)),
        ):
            for row in rows:
                yield row.category, counts

    def misses(self) -> Iterator[Difference]:
        for part, before, after in self._wrong():
            yield Difference(document=self._gold.id, part=part, before=before, after=after)

    def _wrong(self) -> Iterator[tuple[str, Fact | None, Fact | None]]:
        """Part, expected, found. Lots, pages and weights only of the clauses that are found: the rest is told once."""
        gold, found, clauses = self._gold, self._found, self._clauses
        right = {row.category for row in clauses.right}
        yield from _sides("clauses", clauses.missed, clauses.invented)
        lots = ([row for row in rows if row.category in right] for rows in (self._by_lot.missed, self._by_lot.invented))
        yield from _sides("clauses_by_lot", *lots)
        yield from _sides("volumes", self._volumes.missed, self._volumes.invented)
        yield from _sides("penalties", self._penalties.missed, self._penalties.invented)
        yield from _sides("absent", self._absent.missed, self._absent.invented)
        if gold.families and not self._family_is_right():
            yield "family_top1", gold.families_ok or gold.families[:1], found.families[:1]
        if gold.file and gold.doc_type and gold.doc_type != found.doc_type:
            yield "doc_type", (gold.doc_type,), (found.doc_type,) if found.doc_type else None
        for row, same in self._hits:
            if gold.file and not _on_page(row, same):
                yield "evidence_page", row, same[0]
            if row.weight_percent is not None and not _same_weight(row, same):
                yield "criterion_weight", row, same[0]

    def _family_is_right(self) -> bool:
        gold = self._gold
        return bool(self._found.families) and self._found.families[0] in (gold.families_ok or gold.families[:1])


def _sides(
    part: str, missed: Iterable[Fact], invented: Iterable[Fact]
) -> Iterator[tuple[str, Fact | None, Fact | None]]:
    yield from ((part, row, None) for row in missed)
    yield from ((part, None, row) for row in invented)


def _share(answers: Iterable[bool]) -> Share:
    return sum((Share(answer, 1) for answer in answers), Share())


def _on_page(expected: Clause, found: Iterable[Clause]) -> bool:
    pages = {evidence.page for evidence in expected.evidence}
    return any(evidence.page in pages for row in found for evidence in row.evidence)


def _same_weight(expected: Clause, found: Iterable[Clause]) -> bool:
    return weight_key(expected) in map(weight_key, found)


def _bands(
    required: Iterable[Sure], optional: Iterable[Sure], found: Iterable[Sure], *, key: Callable[[Sure], Hashable]
) -> Bands:
    """Every row found, several of one key too: each carries its own confidence."""
    need, free = keyed(required, key), keyed(optional, key)
    rows = [(row, key(row)) for row in found]
    shares = [
        _share(k in need for row, k in rows if low <= row.confidence < high and (k in need or k not in free))
        for low, high in pairwise((*reversed(BANDS), float("inf")))
    ]
    return Bands(*reversed(shares))


def _stem(path: str) -> str:
    return PurePosixPath(path).stem
