"""Where a tender stands with article L2112-2-1 of the code: never a verdict, only what its notices and documents say.

Since 22 August 2026 the conditions of execution take social considerations into account above the EU thresholds,
unless the buyer says why not. Dates, thresholds and grounds: `lexicons/obligation.toml`, each with its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from extractors.consolidation.declared import consideration_of, is_written_in
from extractors.consolidation.records import Source
from extractors.errors import RuleError
from extractors.schema import Absence
from extractors.text import fold
from extractors.tomlfiles import load_toml, record
from extractors.words import number

OBLIGATION_FILE = Path(__file__).parents[1] / "lexicons" / "obligation.toml"

Status = Literal["found", "derogation", "absent", "below", "not_known", "before"]
"""Lexicon: obligation. `before`: launched before the obligation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Procurement:
    """What the notices of a tender say of its launch."""

    published: date | None = None
    """Of its first notice."""
    estimated_eur: float | None = None
    procedure: str | None = None
    in_european_journal: bool = False
    buyer: str | None = None
    cpv: tuple[str, ...] = ()
    """Main code first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Obligation:
    status: Status
    reason: str
    """What it rests on: date, amount, threshold, words. One line of French."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    since: date
    works: float
    central: float
    other: float
    entity: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Derogation:
    name: str
    label: str
    pattern: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    since: date
    source: str
    thresholds: tuple[Thresholds, ...]
    """Latest first."""
    central_buyers: re.Pattern[str]
    contracts: Mapping[str, tuple[str, ...]]
    derogations: tuple[Derogation, ...]


def obligation(procurement: Procurement, sources: Sequence[Source]) -> Obligation:
    """`sources`: the documents of the tender, the texts of its notices among them, superseded ones left out."""
    since = load_obligation().since
    if procurement.published is None:
        return Obligation(status="not_known", reason="aucun avis de lancement daté")
    day = f"avis du {procurement.published:%d/%m/%Y}"
    if procurement.published < since:
        return Obligation(status="before", reason=f"{day}, avant le {since:%d/%m/%Y}")
    level, why = _level(procurement)
    if level != "above":
        return Obligation(status="below" if level == "below" else "not_known", reason=f"{day} ; {why}")
    status, said = _said(sources)
    return Obligation(status=status, reason=f"{day} ; {why} ; {said}")


def derogation(absence: Absence) -> str | None:
    """The ground that the words of an absence give for it, in French; None when they give none."""
    quotes = [fold(evidence.quote) for evidence in absence.evidence]
    for ground in load_obligation().derogations:
        if any(re.search(ground.pattern, quote) for quote in quotes):
            return ground.label
    return None


@cache
def load_obligation(path: Path = OBLIGATION_FILE) -> Lexicon:
    """The lexicon, its examples checked.

    Raises:
        RuleError: naming what is wrong and the mend.
    """
    data = load_toml(path, keys=("since", "source", "threshold", "buyers", "contracts", "derogation"))
    grounds = tuple(record(Derogation, table, where=f"{path.name}, derogation") for table in data["derogation"])
    for ground in grounds:
        for examples, expected in ((ground.yes, True), (ground.no, False)):
            for words in examples:
                if bool(re.search(ground.pattern, fold(words))) != expected:
                    raise RuleError(
                        f"{path.name}, « {ground.name} » : exemple en échec « {words} » ; corrigez le motif."
                    )
    thresholds = (record(Thresholds, table, where=f"{path.name}, threshold") for table in data["threshold"])
    return Lexicon(
        since=data["since"],
        source=data["source"],
        thresholds=tuple(sorted(thresholds, key=lambda row: row.since, reverse=True)),
        central_buyers=re.compile("|".join(data["buyers"]["central"]), re.IGNORECASE),
        contracts={name: tuple(codes) for name, codes in data["contracts"].items()},
        derogations=grounds,
    )


def _level(procurement: Procurement) -> tuple[Literal["above", "below", "not_known"], str]:
    """Whether the need reaches the threshold, by its amount, else by its procedure."""
    lexicon = load_obligation()
    day = procurement.published or lexicon.since
    row = next((row for row in lexicon.thresholds if row.since <= day), lexicon.thresholds[-1])
    if procurement.estimated_eur is not None and procurement.cpv:
        threshold, kind = _threshold(procurement, row)
        amount = f"valeur estimée {number(procurement.estimated_eur)} €"
        above = procurement.estimated_eur >= threshold
        return "above" if above else "below", f"{amount}, seuil {number(threshold)} € ({kind})"
    if procurement.procedure in lexicon.contracts["formalised"]:
        if procurement.in_european_journal:
            return "above", "procédure formalisée, publiée au Journal officiel de l'Union européenne"
        return "not_known", "valeur estimée inconnue, procédure formalisée sans parution européenne connue"
    if procurement.procedure in lexicon.contracts["adapted"] and procurement.cpv:
        if not _of(procurement.cpv, lexicon.contracts["social_services"]):
            return "below", "procédure adaptée"
        return "not_known", "procédure adaptée de services qui y ont droit quel que soit le montant"
    return "not_known", "valeur estimée inconnue"


def _threshold(procurement: Procurement, row: Thresholds) -> tuple[float, str]:
    lexicon = load_obligation()
    if _of(procurement.cpv, lexicon.contracts["works"]):
        return row.works, "travaux"
    if procurement.buyer and lexicon.central_buyers.search(procurement.buyer):
        return row.central, "fournitures et services, État"
    return row.other, "fournitures et services"


def _of(cpv: Sequence[str], divisions: Sequence[str]) -> bool:
    """Whether the main code is of one of these divisions."""
    return bool(cpv) and cpv[0].startswith(tuple(divisions))


def _said(sources: Sequence[Source]) -> tuple[Status, str]:
    """What the documents say, a condition of execution or a reservation first."""
    documents = [source for source in sources if source.doc_type != "avis"]
    if any(_binds(source) for source in sources):
        return "found", "considération sociale trouvée"
    grounds = [ground for source in sources for ground in _grounds(source.absences)]
    if grounds:
        return "derogation", f"absence motivée : {grounds[0]}"
    if not is_written_in("clause", documents):
        return "not_known", "pièces du marché non lues"
    return "absent", "aucune considération sociale trouvée dans les pièces lues"


def _binds(source: Source) -> bool:
    """A criterion alone is no condition of execution; a reservation has the work done by those it is for."""
    return any(consideration_of(stated.clause.category) != "critere" for stated in source.clauses)


def _grounds(absences: Iterable[Absence]) -> Iterable[str]:
    """« Marché réservé : non » denies no condition of execution."""
    clauses = (absence for absence in absences if consideration_of(absence.category) == "clause")
    return (ground for absence in clauses if (ground := derogation(absence)))
