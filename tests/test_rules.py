"""Every example of every rule is a test; a wrong tag, offset or value would make it fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.errors import RuleError
from extractors.examples import Case, all_cases, check, check_examples
from extractors.markup import Mark, parse, render, write
from extractors.rulefiles import RULES, positive
from flows.exits import ExitCode

ROOT = Path(__file__).parents[1]
CASES = list(all_cases())
TAGGED = [case for case in CASES if "<ent" in case.example.text]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.kind}-{c.rule.name}-{c.number}")
def test_example(case: Case) -> None:
    failure = check(case)
    assert failure is None, failure.message


@pytest.mark.parametrize("file", sorted(RULES.rglob("*.toml")), ids=lambda f: f"{f.parent.name}-{f.stem}")
def test_rule_speaks_and_keeps_silent(file: Path) -> None:
    """A second example on each side: other words must answer too, another look-alike must not."""
    sides = Counter(
        positive(case.example, case.kind)
        for case in CASES
        if (case.kind, case.rule.name) == (file.parent.name, file.stem)
    )
    assert min(sides[True], sides[False]) >= 2


# ---------------------------------------------------------------- seeded faults


def one_letter_more(text: str, mark: Mark) -> tuple[Mark, ...]:
    return (replace(mark, end=mark.end + 1),) if mark.end < len(text) else ()


def one_letter_less(text: str, mark: Mark) -> tuple[Mark, ...]:
    return (replace(mark, end=mark.end - 1),) if mark.end - mark.start > 1 else ()


def forgotten(text: str, mark: Mark) -> tuple[Mark, ...]:
    return ()


def another_value(text: str, mark: Mark) -> tuple[Mark, ...]:
    if "rejected" in dict(mark.values):
        return (replace(mark, values=()),)
    if not mark.values:
        return (replace(mark, values=(("rejected", "negation"),)),)
    (name, value), *others = mark.values
    return (replace(mark, values=((name, write(float(value) + 1)), *others)),)


def one_value_less(text: str, mark: Mark) -> tuple[Mark, ...]:
    return (replace(mark, values=mark.values[:-1]),) if mark.values else ()


@pytest.mark.parametrize("fault", [one_letter_more, one_letter_less, forgotten, another_value, one_value_less])
def test_a_wrong_mark_fails(fault: Callable[[str, Mark], tuple[Mark, ...]]) -> None:
    unseen = []
    for case in TAGGED:
        text, (mark, *others) = parse(case.example.text, kind=case.kind)
        wrong = replace(case, example=replace(case.example, text=render(text, (*fault(text, mark), *others))))
        unseen += [wrong.example.text] if check(wrong) is None else []
    assert unseen == []


def test_an_untagged_text_in_which_the_rule_finds_something_fails() -> None:
    case = next(case for case in TAGGED if case.rule.name == "clause_insertion_nommee")
    text, _ = parse(case.example.text, kind="clauses")
    failure = check(replace(case, example=replace(case.example, text=text)))
    assert failure
    assert failure.message == (
        f"clauses/clause_insertion_nommee.toml, exemple {case.number} : attendu « {text} »,"
        f" trouvé « {case.example.text} »."
    )


def test_check_examples_runs_them_all() -> None:
    assert check_examples() == ()


def test_rules_check_lists_the_examples_that_fail(tmp_path: Path) -> None:
    for layer in ("extractors", "models", "flows"):
        shutil.copytree(ROOT / layer, tmp_path / layer, ignore=shutil.ignore_patterns("__pycache__"))
    file = tmp_path / "extractors" / "rules" / "clauses" / "clause_progres.toml"
    right = file.read_text("utf-8")
    file.write_text(right.replace("<ent>plan", "plan").replace("social</ent> annexé", "social annexé"), "utf-8")
    assert file.read_text("utf-8") != right
    done = subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", "rules", "check"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == ExitCode.RULES, done.stderr
    assert "clauses/clause_progres.toml, exemple 1 : attendu « Le titulaire" in done.stderr
    assert "1 exemple en échec" in done.stderr


# ---------------------------------------------------------------- markup


@pytest.mark.parametrize(
    ("example", "message"),
    [
        pytest.param("une <ent>clause", "jamais fermée", id="unclosed"),
        pytest.param("une clause</ent>", "</ent> sans <ent>", id="unopened"),
        pytest.param("<ent>une <ent>clause</ent></ent>", "dans une autre", id="nested"),
        pytest.param("une <ent></ent>clause", "balise vide", id="empty"),
        pytest.param("une <ent >clause</ent>", "mal écrite", id="space in the tag"),
        pytest.param("une <Ent>clause</ent>", "mal écrite", id="capital"),
        pytest.param("une <ent>clause< /ent>", "mal écrite", id="space in the closing tag"),
        pytest.param("une <ent per = year>clause</ent>", "« per » mal écrit", id="spaces around ="),
        pytest.param("une <ent value>clause</ent>", "« value » mal écrit", id="no value"),
        pytest.param("une <ent value='35'>clause</ent>", "« value='35' » mal écrit", id="quoted"),
        pytest.param("une <ent value=1,5>clause</ent>", "« value=1,5 » mal écrit", id="comma"),
        pytest.param("une <ent value=35.0>clause</ent>", "« value=35.0 » mal écrit", id="useless decimal"),
        pytest.param("une <ent lots=1,>clause</ent>", "« lots=1, » mal écrit", id="hanging comma"),
        pytest.param("une <ent value=1 value=1>clause</ent>", "« value=1 » inconnu ou répété", id="repeated"),
        pytest.param("une <ent valeur=1>clause</ent>", "« valeur=1 » inconnu", id="unknown"),
        pytest.param("une <ent rejected=negation>clause</ent>", "inconnu", id="of another kind"),
    ],
)
def test_markup_is_strict(example: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        parse(example, kind="volumes")


def test_markup_gives_the_text_and_its_marks() -> None:
    example = "Lots 1 et 3 : <ent value=2.5 lots=1,3>2,5\u00a0%</ent> < 3 % ; <ent>rien</ent>"
    assert parse(example, kind="volumes") == (
        "Lots 1 et 3 : 2,5\u00a0% < 3 % ; rien",
        (Mark(14, 19, (("value", "2.5"), ("lots", "1,3"))), Mark(28, 32)),
    )


@st.composite
def marked(draw: st.DrawFn) -> tuple[str, tuple[Mark, ...]]:
    """A text without a tag, and marks that follow one another."""
    text = draw(st.text(alphabet="aé ’<>=/\n\u00a0", max_size=30))
    ends = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    values = draw(st.sampled_from([(), (("rejected", "negation"),)]))
    return text, tuple(Mark(a, b, values) for a, b in _pairs(ends))


def _pairs(ends: list[int]) -> Iterator[tuple[int, int]]:
    return zip(ends[::2], ends[1::2], strict=False)  # an odd end closes nothing


@given(marked())
def test_markup_reads_what_it_writes(drawn: tuple[str, tuple[Mark, ...]]) -> None:
    text, marks = drawn
    assert parse(render(text, marks), kind="clauses") == (text, marks)


@pytest.mark.parametrize(
    ("value", "written"), [(35.0, "35"), (2.5, "2.5"), (2700000.0, "2700000"), (("1", "3"), "1,3"), ("year", "year")]
)
def test_values_are_written_one_way(value: float | str | tuple[str, ...], written: str) -> None:
    assert write(value) == written
