"""What the product must find: our samples without a fault, independent cases one by one, floors on the gold sets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from extractors.answers import Gold, read_gold
from extractors.evaluate import Measures, Scores, score
from extractors.pipeline import extract
from extractors.schema import Extraction

ROOT = Path(__file__).parents[1]
RAW = ROOT / "data" / "raw"
CASES = Path(__file__).parent / "cases"
SHARED = ROOT.parent / "shared"


def answers(path: Path) -> tuple[Gold, ...]:
    return read_gold(path.read_text("utf-8").splitlines(), name=path.name)


def extracted(golds: Iterable[Gold], *, root: Path, texts: Path) -> list[tuple[Gold, Extraction]]:
    """Each answer with what is found in its file below `root`, or in its text written to `texts`."""
    pairs = []
    for number, gold in enumerate(golds):
        path = root / gold.file if gold.file else texts / f"{number}.txt"
        if gold.text is not None:
            path.write_text(gold.text, "utf-8")
        pairs.append((gold, extract(path)))
    return pairs


# ---------------------------------------------------------------- our samples

SAMPLES = answers(RAW / "samples" / "gold.jsonl")


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Gold, Extraction]]:
    return extracted(SAMPLES, root=RAW, texts=tmp_path_factory.mktemp("textes"))


def test_samples_are_read_without_a_fault(samples: list[tuple[Gold, Extraction]]) -> None:
    scores = score(samples)
    total = scores.total
    assert (scores.missing, scores.unreadable, scores.documents) == ((), (), len(SAMPLES))
    assert (total.clauses.f1, total.volumes.f1, total.silence.value) == (1.0, 1.0, 1.0), scores.misses
    assert total.clauses.tp > 0 and total.volumes.tp > 0 and total.silence.total > 0


@pytest.mark.parametrize("index", range(len(SAMPLES)), ids=[gold.id for gold in SAMPLES])
def test_sample(samples: list[tuple[Gold, Extraction]], index: int) -> None:
    assert score([samples[index]]).misses == ()


# ---------------------------------------------------------------- cases of independent examiners

KNOWN_MISSES = dict(
    line.split(" : ", 1)
    for line in (CASES / "known_misses.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)
EXAMINED = [gold for path in sorted(CASES.glob("*.jsonl")) for gold in answers(path)]


@pytest.mark.parametrize(
    "gold",
    [
        pytest.param(
            gold,
            id=gold.id,
            marks=[pytest.mark.xfail(strict=True, reason=KNOWN_MISSES[gold.id])] if gold.id in KNOWN_MISSES else [],
        )
        for gold in EXAMINED
    ],
)
def test_case(gold: Gold, tmp_path: Path) -> None:
    assert score(extracted([gold], root=CASES, texts=tmp_path)).misses == ()


def test_known_misses_are_cases() -> None:
    ids = [gold.id for gold in EXAMINED]
    assert len(set(ids)) == len(ids)
    assert set(KNOWN_MISSES) <= set(ids)


# ---------------------------------------------------------------- dev gold sets

GOLD_SETS = ("dev_composed", "dev_documents", "dev_texts")
NAMED = "clause-sociale-clause-sociale-documentation-CCAP-21-BAM-048"
needs_shared = pytest.mark.skipif(
    not (SHARED / "gold").is_dir(), reason="the gold sets and their documents stand in shared/, beside the repository"
)


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Scores:
    pairs = []
    for name in GOLD_SETS:
        golds = answers(SHARED / "gold" / f"{name}.jsonl")
        pairs += extracted(golds, root=SHARED, texts=tmp_path_factory.mktemp(name))
    return score(pairs)


FLOORS: dict[str, tuple[Callable[[Measures], float | None], float]] = {
    "clauses": (lambda total: total.clauses.f1, 0.95),
    "silence": (lambda total: total.silence.value, 0.98),
    "volumes": (lambda total: total.volumes.f1, 0.92),
    "penalties": (lambda total: total.penalties.f1, 0.85),
    "doc_type": (lambda total: total.doc_type.value, 0.95),
    "evidence_page": (lambda total: total.evidence_page.value, 0.98),
    "first_family": (lambda total: total.family_top1.value, 0.88),
}


@needs_shared
@pytest.mark.parametrize("figure", FLOORS)
def test_floor_of_the_dev_gold_sets(dev: Scores, figure: str) -> None:
    measure, floor = FLOORS[figure]
    value = measure(dev.total)
    assert value is not None and value >= floor


@needs_shared
def test_every_document_of_the_dev_gold_sets_is_read(dev: Scores) -> None:
    assert dev.documents > 250
    assert (dev.missing, dev.unreadable) == ((), ())
    assert dev.total != Measures()


@pytest.fixture(scope="module")
def named() -> Extraction:
    return extract(SHARED / "corpus" / "real" / f"{NAMED}.pdf")


@needs_shared
def test_named_document_clause_and_rate(named: Extraction) -> None:
    assert (named.doc_type, named.status) == ("ccap", "ok")
    assert [(clause.category, clause.lots) for clause in named.clauses if clause.category == "clause_insertion"] == [
        ("clause_insertion", ("*",))
    ]
    assert [
        (v.category, v.lot, v.value, v.value_max, v.unit, v.per, v.per_amount_eur, v.threshold_eur, v.bound)
        for v in named.volumes
    ] == [("clause_insertion", "*", 1, None, "hours", "amount", 2000, 2_700_000, "minimum")]


@needs_shared
def test_named_document_proof_stands_on_pages_7_and_8(named: Extraction) -> None:
    (clause,) = [clause for clause in named.clauses if clause.category == "clause_insertion"]
    (volume,) = named.volumes
    assert clause.evidence[0].page in (7, 8)
    assert {evidence.page for evidence in volume.evidence} == {8}


@needs_shared
def test_named_document_penalty_per_hour(named: Extraction) -> None:
    assert (200, "hour") in [(penalty.amount_eur, penalty.per) for penalty in named.penalties]
    assert {p.amount_eur for p in named.penalties} <= {200, 75}


@needs_shared
def test_named_document_facilitator(named: Extraction) -> None:
    assert any(c.role == "facilitator" and "EPEC" in (c.organisation or "") for c in named.contacts)
    # Its addresses and phones are those of named persons.
    assert [(c.email, c.phone) for c in named.contacts if c.email or c.phone] == []


@needs_shared
def test_named_document_denies_only_its_environmental_clause(named: Extraction) -> None:
    assert named.absences == ()
