"""What a person may write in a correction: codes that exist, figures that can be, a label that names nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from extractors.codes import codes_of
from extractors.errors import CorrectionError
from extractors.persons import names_person, without_names
from extractors.schema import WHOLE_CONTRACT, Clause, Volume

T = TypeVar("T", bound=Clause | Volume)

_LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who corrects, and why; CorrectionError when the author is not a label (a role, initials), or without a reason."""

    author: str
    reason: str

    def __post_init__(self) -> None:
        author = self.author.strip()
        if not author or len(author) > _LONGEST_LABEL or "@" in author or without_names(author) != author:
            raise _refused_author(author)
        if names_person(author):
            raise _refused_author(author)
        if not self.reason.strip():
            raise CorrectionError("Motif vide : dites en quelques mots ce qui fonde la correction.")


def check_row(row: T) -> T:
    """The row itself; CorrectionError when a code is unknown or a figure impossible."""
    _code("category", row.category)
    if isinstance(row, Clause):
        if not row.lots or not all(lot.strip() for lot in row.lots):
            raise CorrectionError(f"Lots vides : donnez leurs numéros, ou {WHOLE_CONTRACT} pour tout le marché.")
        if row.weight_percent is not None and not 0 < row.weight_percent <= 100:
            raise CorrectionError("Poids refusé : donnez un nombre entre 0 et 100.")
        return row
    for kind, code in (("unit", row.unit), ("per", row.per), ("bound", row.bound)):
        _code(kind, code)
    if row.phase is not None:
        _code("phase", row.phase)
    if not 0 <= row.value < float("inf") or (row.value_max is not None and not row.value <= row.value_max):
        raise CorrectionError("Valeur refusée : un nombre positif, et un haut de fourchette au-dessus du bas.")
    if (row.per == "amount") != (row.per_amount_eur is not None):
        raise CorrectionError("Une quantité par tranche (par = amount) va avec la tranche en euros, et elle seule.")
    return row


def check_families(families: Sequence[str]) -> tuple[str, ...]:
    """The families, each once; CorrectionError when there is none or one is unknown."""
    if not families:
        raise CorrectionError("Aucune famille : donnez au moins un code, le principal d'abord.")
    for family in families:
        _code("family", family)
    return tuple(dict.fromkeys(families))


def _code(kind: str, code: str) -> None:
    codes = codes_of(kind)
    if code not in codes:
        raise CorrectionError(f"« {code} » refusé ; choisissez parmi {', '.join(codes)}.")


def _refused_author(author: str) -> CorrectionError:
    return CorrectionError(
        f"Auteur « {author} » refusé : donnez un rôle ou des initiales (MACS, référent 93, CD), "
        f"{_LONGEST_LABEL} caractères au plus, ni adresse ni nom."
    )
