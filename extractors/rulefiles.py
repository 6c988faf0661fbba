"""What every file of rules has in common: fields, types, examples; a file that is wrong is refused, never half read."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from extractors.codes import codes_of
from extractors.errors import RuleError
from extractors.markup import Kind, parse

RULES = Path(__file__).parent / "rules"
"""One folder for each kind of rule."""

_TYPES: dict[str, type] = {"str": str, "float": float, "int": int, "bool": bool}  # any other field is a list
_EXAMPLE_KEYS: Mapping[Kind, tuple[str, ...]] = {
    "clauses": ("text", "heading", "intro"),
    "volumes": ("text", "intro", "about"),
    "penalties": ("text",),
    "terms": ("text",),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A text in the markup of `extractors/markup.py`, and what stands around it."""

    text: str
    heading: str = ""
    """Title above the text."""
    intro: str = ""
    """What opens the list the text belongs to."""
    about: bool = False
    """Whether the passage already lays down the clause, in other words than those of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """What every rule says of itself."""

    name: str
    category: str
    doc: str
    sources: tuple[str, ...]
    """Legal or documentary origin of the wording."""
    confidence: float
    examples: tuple[Example, ...]
    """The tests of the rule: at least one finds something and one finds nothing."""


AnyRule = TypeVar("AnyRule", bound=RuleFile)


def read_rules(type_: type[AnyRule], folder: Path, kind: Kind) -> Iterable[AnyRule]:
    """Every rule of a folder, by name; raises RuleError naming the file and the mend."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise RuleError(f"aucune règle dans {folder} ; réinstallez le paquet.")
    for path in paths:
        try:
            yield read_rule(type_, path.read_text("utf-8"), kind, name=path.stem)
        except RuleError as error:
            raise RuleError(f"{path.name} : {error}") from error


def read_rule(type_: type[AnyRule], text: str, kind: Kind, *, name: str) -> AnyRule:
    """The rule that a file of that name writes; raises RuleError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"TOML illisible ({error}) ; corrigez la syntaxe.") from error
    known = {field.name: field for field in fields(type_)}
    if extra := sorted(set(data) - set(known)):
        raise RuleError(f"clés inconnues {', '.join(extra)} ; clés admises : {', '.join(known)}.")
    if missing := [key for key, field in known.items() if field.default is MISSING and key not in data]:
        raise RuleError(f"il manque {', '.join(missing)} ; ajoutez-les.")
    for key, value in data.items():
        _check_type(key, value, str(known[key].type))
    data["examples"] = [_example(example, kind) for example in data["examples"]]
    values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in data.items()}
    rule = type_(**values)
    if rule.name != name:
        raise RuleError(f"« name » vaut « {rule.name} » ; donnez-lui le nom du fichier.")
    if not 0 < rule.confidence <= 1:
        raise RuleError(f"« confidence » vaut {rule.confidence} ; elle va de 0 à 1.")
    if rule.category not in codes_of("category"):
        raise RuleError(f"catégorie « {rule.category} » inconnue ; voir lexicons/codes.csv.")
    found = [positive(example, kind) for example in rule.examples]
    if not any(found) or all(found):
        raise RuleError("il faut un exemple dont les mots sont entre <ent> et </ent>, et un autre qui ne donne rien.")
    return rule


def _check_type(name: str, value: Any, expected: str) -> None:
    type_ = _TYPES.get(expected, list)
    if type(value) is not type_:
        raise RuleError(f"« {name} » doit être de type {type_.__name__}.")
    if isinstance(value, list) and expected == "tuple[str, ...]" and any(type(item) is not str for item in value):
        raise RuleError(f"« {name} » est une liste de textes ; mettez chacun entre guillemets.")
    if value in ("", []):
        raise RuleError(f"« {name} » est vide ; remplissez-le.")


def _example(data: Any, kind: Kind) -> Example:
    if not isinstance(data, dict) or "text" not in data or set(data).difference(_EXAMPLE_KEYS[kind]):
        raise RuleError(f"un exemple a un « text » ; les clés admises sont {', '.join(_EXAMPLE_KEYS[kind])}.")
    for field in fields(Example):
        if field.name in data:
            _check_type(field.name, data[field.name], str(field.type))
    return Example(**data)


def positive(example: Example, kind: Kind) -> bool:
    """Whether the rule must find something in an example, and keep it."""
    return any("rejected" not in dict(mark.values) for mark in parse(example.text, kind=kind)[1])
