"""The examples of the rules are run: what a rule finds must be what its markup says, to the letter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from extractors.engine import get_engine
from extractors.markup import Kind, Mark, parse, render, write
from extractors.measures import load_measures
from extractors.quantities import Reading, read_penalties, read_volumes
from extractors.rulebook import load_rules
from extractors.rulefiles import Example, RuleFile
from extractors.schema import Passage
from extractors.terms import load_terms, read_terms
from extractors.text import normalise, sentences


@dataclass(frozen=True, slots=True)
class Case:
    """One example of one rule; `number` counts from 1 in its file."""

    kind: Kind
    rule: RuleFile
    number: int
    example: Example


@dataclass(frozen=True, slots=True)
class Failure:
    """An example whose rule finds something else than what its markup says."""

    case: Case
    found: str
    """The text, with the tags that the rule would put there."""

    @property
    def message(self) -> str:
        where = f"{self.case.kind}/{self.case.rule.name}.toml, exemple {self.case.number}"
        return f"{where} : attendu « {self.case.example.text} », trouvé « {self.found} »."


def all_cases() -> Iterator[Case]:
    """Every example of every rule."""
    rules: dict[Kind, tuple[RuleFile, ...]] = {
        "clauses": load_rules(),
        "volumes": load_measures("volumes"),
        "penalties": load_measures("penalties"),
        "terms": load_terms(),
    }
    for kind, of_kind in rules.items():
        for rule in of_kind:
            for number, example in enumerate(rule.examples, 1):
                yield Case(kind, rule, number, example)


def check_examples() -> tuple[Failure, ...]:
    """The examples that fail, over all rules; empty when every rule does what it says."""
    return tuple(failure for case in all_cases() if (failure := check(case)))


def check(case: Case) -> Failure | None:
    """None when the rule finds exactly the words, the values and the reasons that the example marks."""
    text, expected = parse(case.example.text, kind=case.kind)
    found = {"clauses": _clauses, "volumes": _volumes, "penalties": _penalties, "terms": _terms}[case.kind](case, text)
    return None if found == expected else Failure(case, render(text, found))


def _clauses(case: Case, text: str) -> tuple[Mark, ...]:
    headings = (case.example.heading,) if case.example.heading else ()
    passage = Passage(index=0, text=text, spans=(), headings=headings)
    return tuple(
        Mark(f.start, f.end, (("rejected", f.rejected),) if f.rejected else ())
        for f in get_engine().find(passage, intro=case.example.intro)
        if f.rule == case.rule.name
    )


def _volumes(case: Case, text: str) -> tuple[Mark, ...]:
    view = normalise(text)
    spans = list(sentences(view.text))
    about = {case.rule.category} if case.example.about else set()
    marks: list[Mark] = []
    for (start, end), following in zip(spans, [*spans[1:], (0, 0)], strict=True):
        readings = read_volumes(
            view.text[start:end], about=about, intro=case.example.intro, following=view.text[slice(*following)]
        )
        marks += [
            Mark(*view.source_span(start + reading.start, start + reading.end), _said(reading))
            for reading in readings
            if reading.measure.name == case.rule.name
        ]
    return tuple(marks)


def _said(reading: Reading) -> tuple[tuple[str, str], ...]:
    """What a reading says beyond the defaults of its rule."""
    said = {
        "value": reading.value,
        "value_max": reading.value_max,
        "per_amount": reading.per_amount,
        "threshold": reading.threshold,
        "per": reading.per if reading.per != reading.measure.per else None,
        "phase": reading.phase,
        "bound": reading.bound if reading.bound != "unspecified" else None,
        "lots": reading.lots,
    }
    return tuple((name, write(value)) for name, value in said.items() if value is not None)


def _penalties(case: Case, text: str) -> tuple[Mark, ...]:
    view = normalise(text)
    return tuple(
        Mark(*view.source_span(start + low, start + high), (("amount", write(amount)), ("per", per)))
        for start, end in sentences(view.text)
        for measure, low, high, amount, per in read_penalties(view.folded[start:end])
        if measure.name == case.rule.name
    )


def _terms(case: Case, text: str) -> tuple[Mark, ...]:
    view = normalise(text)
    return tuple(
        Mark(
            *view.source_span(start + reading.start, start + reading.end),
            (("rejected", reading.rejected),) if reading.rejected else (),
        )
        for start, end in sentences(view.text)
        for reading in read_terms(view.text[start:end])
        if reading.rule.name == case.rule.name
    )
