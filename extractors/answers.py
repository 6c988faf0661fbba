"""Lines of JSON → records: known answers (gold sets), and what `extract --jsonl` wrote."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from extractors.errors import ClausoscopeError
from extractors.schema import WHOLE_CONTRACT, Absence, Clause, Evidence, Extraction, Penalty, Status, Volume

Record = TypeVar("Record")


class AnswerError(ClausoscopeError):
    """A line is not what it should be."""

    code = "input_not_found"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows of one gold line; their evidence is the pages and the words where they can be read."""

    clauses: tuple[Clause, ...] = ()
    volumes: tuple[Volume, ...] = ()
    penalties: tuple[Penalty, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gold:
    """The known answer for one document, which is a file or a text."""

    id: str
    file: str | None = None
    """Relative to a folder above the gold file."""
    text: str | None = None
    buyer: str | None = None
    doc_type: str | None = None
    families: tuple[str, ...] = ()
    families_ok: tuple[str, ...] = ()
    """First families that are right; the first of `families` when empty."""
    required: Rows = Rows()
    optional: Rows = Rows()
    """Right either way: neither rewarded nor punished."""
    absences: tuple[Absence, ...] = ()


def read_gold(lines: Iterable[str], *, name: str) -> tuple[Gold, ...]:
    """The answers of a gold file; `name` is how errors call it.

    Raises:
        AnswerError: with the number of the line and what is wrong.
    """
    return tuple(_records(lines, _gold, name=name))


def read_extractions(lines: Iterable[str], *, name: str) -> tuple[Extraction, ...]:
    """What `extract --jsonl` wrote, as far as it is scored or compared: no tender, lots, contacts, terms or problems.

    Raises:
        AnswerError: with the number of the line and what is wrong.
    """
    return tuple(_records(lines, _extraction, name=name))


def _records(lines: Iterable[str], make: Callable[[_Fields], Record], *, name: str) -> Iterator[Record]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield make(_Fields(json.loads(line)))
        except json.JSONDecodeError as error:
            raise AnswerError(f"« {name} », ligne {number} : pas du JSON ({error.msg}) ; corrigez la ligne.") from error
        except ValueError as error:
            raise AnswerError(f"« {name} », ligne {number} : {error} ; corrigez la ligne.") from error


class _Fields:
    """A JSON object whose values are asked for by name and kind; ValueError says in French what is wrong."""

    def __init__(self, data: object) -> None:
        if not isinstance(data, dict):
            raise ValueError("un objet JSON était attendu")
        self._data = data

    def maybe_text(self, key: str) -> str | None:
        value: str | None = self._value(key, str, "un texte")
        return value

    def text(self, key: str) -> str:
        return self._needed(key, self.maybe_text(key))

    def maybe_number(self, key: str) -> float | None:
        value = self._value(key, (int, float), "un nombre")
        return None if value is None else float(value)

    def number(self, key: str) -> float:
        return self._needed(key, self.maybe_number(key))

    def integer(self, key: str) -> int:
        value: int | None = self._value(key, int, "un nombre entier")
        return self._needed(key, value)

    def is_true(self, key: str) -> bool:
        return self._data.get(key) is True

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(self._list(key, str, "des textes"))

    def integers(self, key: str) -> tuple[int, ...]:
        return tuple(self._list(key, int, "des nombres entiers"))

    def object(self, key: str) -> _Fields:
        return _Fields(self._needed(key, self._value(key, dict, "un objet")))

    def objects(self, key: str) -> list[_Fields]:
        return [_Fields(item) for item in self._list(key, dict, "des objets")]

    def _value(self, key: str, kind: type | tuple[type, ...], words: str) -> Any:
        value = self._data.get(key)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise ValueError(f"« {key} » doit être {words}")
        return value

    def _needed(self, key: str, value: Record | None) -> Record:
        if value is None:
            raise ValueError(f"« {key} » manque")
        return value

    def _list(self, key: str, kind: type | tuple[type, ...], words: str) -> list[Any]:
        values: list[Any] = self._value(key, list, "une liste") or []
        if not all(isinstance(value, kind) and not isinstance(value, bool) for value in values):
            raise ValueError(f"« {key} » doit être une liste qui contient {words}")
        return values


# ---------------------------------------------------------------- gold


def _gold(line: _Fields) -> Gold:
    file, text = line.maybe_text("file"), line.maybe_text("text")
    if not (file or text):
        raise ValueError("« file » ou « text » doit dire quel est le document")
    return Gold(
        id=line.text("id"),
        file=file or None,
        text=text,
        buyer=line.maybe_text("buyer"),
        doc_type=line.maybe_text("doc_type"),
        families=line.texts("families"),
        families_ok=line.texts("families_ok"),
        required=_rows(line, optional=False),
        optional=_rows(line, optional=True),
        absences=_absences(line, rule="gold"),
    )


def _rows(line: _Fields, *, optional: bool) -> Rows:
    def wanted(key: str) -> list[_Fields]:
        return [row for row in line.objects(key) if row.is_true("optional") == optional]

    return Rows(
        clauses=tuple(_clause(row, _place(row)) for row in wanted("clauses")),
        volumes=tuple(_volume(row, _place(row)) for row in wanted("volumes")),
        penalties=tuple(_penalty(row, _place(row)) for row in wanted("penalties")),
    )


def _place(row: _Fields) -> _Proof:
    quote = row.maybe_text("quote") or ""
    evidence = tuple(Evidence(page=page, quote=quote) for page in row.integers("pages"))
    return _Proof(rule="gold", confidence=1, evidence=evidence)


# ---------------------------------------------------------------- output of extract


def _extraction(line: _Fields) -> Extraction:
    document = line.object("document")
    status: Status | None = next((known for known in get_args(Status) if known == document.text("status")), None)
    if status is None:
        raise ValueError(f"« status » doit être {', '.join(get_args(Status))}")
    return Extraction(
        path=document.text("path"),
        sha256=document.text("sha256"),
        size=0,
        status=status,
        doc_type=document.text("doc_type"),
        pages=document.integer("pages"),
        families=line.texts("families"),
        clauses=tuple(_clause(row, _proof(row)) for row in line.objects("clauses")),
        volumes=tuple(_volume(row, _proof(row)) for row in line.objects("volumes")),
        penalties=tuple(_penalty(row, _proof(row)) for row in line.objects("penalties")),
        absences=_absences(line, rule=""),
    )


def _proof(row: _Fields) -> _Proof:
    evidence = (Evidence(page=e.integer("page"), quote=e.text("quote")) for e in row.objects("evidence"))
    return _Proof(rule=row.text("rule"), confidence=row.number("confidence"), evidence=tuple(evidence))


# ---------------------------------------------------------------- rows of both


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    rule: str
    confidence: float
    evidence: tuple[Evidence, ...]


def _clause(row: _Fields, proof: _Proof) -> Clause:
    return Clause(
        category=row.text("category"),
        lots=row.texts("lots") or (WHOLE_CONTRACT,),
        weight_percent=row.maybe_number("weight_percent"),
        confidence=proof.confidence,
        rule=proof.rule,
        evidence=proof.evidence,
    )


def _volume(row: _Fields, proof: _Proof) -> Volume:
    return Volume(
        category=row.text("category"),
        lot=row.maybe_text("lot") or WHOLE_CONTRACT,
        value=row.number("value"),
        value_max=row.maybe_number("value_max"),
        unit=row.text("unit"),
        per=row.maybe_text("per") or "contract",
        per_amount_eur=row.maybe_number("per_amount_eur"),
        threshold_eur=row.maybe_number("threshold_eur"),
        phase=row.maybe_text("phase"),
        bound=row.maybe_text("bound") or "unspecified",
        confidence=proof.confidence,
        rule=proof.rule,
        evidence=proof.evidence,
    )


def _penalty(row: _Fields, proof: _Proof) -> Penalty:
    return Penalty(
        amount_eur=row.number("amount_eur"),
        per=row.text("per"),
        confidence=proof.confidence,
        rule=proof.rule,
        evidence=proof.evidence,
    )


def _absences(line: _Fields, *, rule: str) -> tuple[Absence, ...]:
    """Neither format says where an absence is stated."""
    return tuple(Absence(category=category, rule=rule, evidence=()) for category in line.texts("absent"))
