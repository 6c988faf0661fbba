"""Records read from TOML: a table becomes a frozen dataclass, and what it does not know is refused."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, TypeVar

from extractors.errors import RuleError

Record = TypeVar("Record")


def load_toml(path: Path, *, keys: tuple[str, ...]) -> Mapping[str, Any]:
    """The tables of the file; RuleError when it is no TOML, or has other keys than these."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise RuleError(f"{path.name} : TOML illisible ({error}) ; corrigez la syntaxe.") from error
    _same_keys(data, known=keys, needed=keys, where=path.name)
    return data


def record(type_: type[Record], table: Any, *, where: str) -> Record:
    """The dataclass whose fields the table gives, lists as tuples; RuleError for a key too many or too few."""
    if not isinstance(table, dict):
        raise RuleError(f"{where} : une table était attendue ; corrigez le fichier.")
    wanted = fields(type_)  # type: ignore[arg-type]
    needed = tuple(f.name for f in wanted if f.default is MISSING and f.default_factory is MISSING)
    _same_keys(table, known=tuple(f.name for f in wanted), needed=needed, where=where)
    return type_(**{name: frozen(value) for name, value in table.items()})


def frozen(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(map(frozen, value)) if isinstance(value, list) else value


def _same_keys(data: Mapping[str, Any], *, known: tuple[str, ...], needed: tuple[str, ...], where: str) -> None:
    if extra := sorted(set(data) - set(known)):
        raise RuleError(f"{where} : clés inconnues {', '.join(extra)} ; clés admises : {', '.join(known)}.")
    if missing := [name for name in needed if name not in data]:
        raise RuleError(f"{where} : il manque {', '.join(missing)} ; ajoutez-les.")
