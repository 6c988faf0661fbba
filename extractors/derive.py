"""Hours that follow from a volume and from other numbers that the document states, each with its formula.

Nothing is supposed: a duration that may be renewed, two different amounts, a number that is not written give nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from extractors.context import Context
from extractors.numbers import EURO, NUMBER, parse_number, written
from extractors.schema import WHOLE_CONTRACT, Volume
from extractors.text import normalise, sentences

_CONTRACT = (
    r"(?:marches?|contrats?(?! d(?:e travail|'apprentissage|'insertion|e professionnalisation))|accords?[ -]cadres?"
    r"|concession|delegation|travaux|prestations?|operation)"
)
_TIME = rf"(?P<n>{NUMBER}) ?(?P<unit>ans?|annees?|mois)\b"
_DURATIONS = (
    re.compile(rf"(?:\bduree|\bdelai d'execution)\b[^.;:]{{0,40}}?\b{_CONTRACT}\b[^.;]{{0,60}}?\b{_TIME}"),
    re.compile(rf"\b{_CONTRACT} (?:est |sont )?(?:conclu|passe|etabli)\w* pour [^.;]{{0,40}}?{_TIME}"),
    re.compile(rf"^\W*(?:\d[\d.]* ?[-–.)]? ?)?duree ?: ?{_TIME}"),
)
_YEARS_AND_MONTHS = re.compile(r"\b(?:ans?|annees?) (?:et )?\w+ ?(?:\(\d+\) )?mois\b")
_OTHER_DURATION = re.compile(r"garantie|validite|preavis|paiement|conservation|parfait achevement|preparation")
_RENEWED = re.compile(r"recondu|renouvel|prorog|(?:excede|depasse)[rn]?t? .{0,40}\b(?:ans|annees|mois)\b")
_NOT_RENEWED = re.compile(r"(?:non|pas|sans|ni|aucune?) (?:\w+ ){0,3}(?:recondu|renouvel|prorog)")
_AMOUNT = re.compile(rf"montant [^.;€\d]{{0,60}}?\b{_CONTRACT}\b[^.;€\d]{{0,50}}?(?P<n>{NUMBER}){EURO}")
_ESTIMATED = re.compile(r"estim|prevision|forfait|s'eleve|est de|est fixe")
_OTHER_AMOUNT = re.compile(
    r"maxim|minim|avance|retenue|caution|garantie|penalite|tranche de|assurance|plafond|seuil|annuel|\bttc\b"
)
_ALL_HOURS = re.compile(
    rf"(?:nombre|volume|total)(?: \w+){{0,3}} d'heures(?: de (?:travail|main[ -]d'oeuvre|production|prestation))?"
    rf"[^.;\d%]{{0,60}}?(?:\best|:|\ba|\bde) ?(?P<n>{NUMBER}) ?(?:h|heures?)\b(?! ?(?:par|/) ?an)"
)
_OF_INSERTION = re.compile(r"insertion|eloign|reserve|annuel")
_FTE = re.compile(
    rf"\b(?:1|un|par) ?(?:etp|equivalent[ -]temps[ -]plein)\b[^.;\d]{{0,40}}?(?P<n>{NUMBER}) ?(?:h\b|heures?)"
)
_SAID_AGAIN = re.compile(rf"\bsoit (?:\w+ ){{0,5}}?(?P<n>{NUMBER}) ?(?:h\b|heures?)(?P<after>[^.;,]{{0,40}})")
_PERIOD = re.compile(r"\b(?:par|chaque) (?:an|mois|annee)|annuel|mensuel|/ ?an")
_LOT = re.compile(r"\blots? (?:n ?° ?)?\d")
_TOTAL = re.compile(r"total|\bsur (?:la duree|l'ensemble|\w+ ans)|pour (?:la duree|l'ensemble)")


@dataclass(frozen=True, slots=True)
class _Stated:
    """A number that the document states, and on which page."""

    value: float
    page: int


class _Facts:
    """Numbers of the document by which volumes become hours; None where none, or several, are stated."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @cached_property
    def months(self) -> _Stated | None:
        if any(_RENEWED.search(text) and not _NOT_RENEWED.search(text) for text, _ in self._sentences):
            return None
        return self._only(_months)

    @cached_property
    def amount(self) -> _Stated | None:
        return self._only(_amounts)

    @cached_property
    def hours(self) -> _Stated | None:
        return self._only(_all_hours)

    @cached_property
    def hours_of_fte(self) -> _Stated | None:
        return self._only(lambda text: (parse_number(match["n"]) for match in _FTE.finditer(text)))

    @cached_property
    def _sentences(self) -> list[tuple[str, int]]:
        bodies = (p for p in self._context.passages if p.role not in ("furniture", "toc"))
        views = ((self._context.view(p.index), p.page) for p in bodies)
        return [(view.folded[start:end], page) for view, page in views for start, end in sentences(view.text)]

    def _only(self, read: Callable[[str], Iterable[float]]) -> _Stated | None:
        # What is said of one lot is not of the others.
        general = [(text, page) for text, page in self._sentences if not _LOT.search(text)]
        found = [_Stated(value, page) for text, page in general for value in read(text) if value]
        return found[0] if len({stated.value for stated in found}) == 1 else None


def _months(text: str) -> Iterator[float]:
    if not _OTHER_DURATION.search(text) and not _YEARS_AND_MONTHS.search(text):
        for pattern in _DURATIONS:
            for match in pattern.finditer(text):
                yield parse_number(match["n"]) * (1 if match["unit"] == "mois" else 12)


def _amounts(text: str) -> Iterator[float]:
    for match in _AMOUNT.finditer(text):
        if _ESTIMATED.search(match[0]) and not _OTHER_AMOUNT.search(match[0]):
            yield parse_number(match["n"])


def _all_hours(text: str) -> Iterator[float]:
    for match in _ALL_HOURS.finditer(text):
        if not _OF_INSERTION.search(match[0]):
            yield parse_number(match["n"])


def with_hours(context: Context, volumes: Sequence[Volume]) -> tuple[Volume, ...]:
    """The volumes, with hours and their formula where the document states every number of it."""
    facts = _Facts(context)
    quotes = Counter(volume.evidence[0].words for volume in volumes)
    return tuple(
        _restated(volume) or _computed(volume, facts)
        if quotes[volume.evidence[0].words] == 1
        else _computed(volume, facts)
        for volume in volumes
    )


def _restated(volume: Volume) -> Volume | None:
    """« 5 % des heures, soit 420 heures », « 120 heures par an, soit 480 heures au total »: said by the document."""
    if volume.unit not in ("hours", "percent_of_hours", "fte") or (volume.unit, volume.per) == ("hours", "contract"):
        return None
    for match in _SAID_AGAIN.finditer(normalise(volume.evidence[0].words).folded):
        if not _PERIOD.search(match["after"]) and (volume.per == "contract" or _TOTAL.search(match["after"])):
            words = f"dit par le document, p. {volume.evidence[0].page}"
            return replace(volume, derived_hours=parse_number(match["n"]), formula=words)
    return None


def _computed(volume: Volume, facts: _Facts) -> Volume:
    if volume.value_max is not None or volume.phase is not None:  # a range or a phase has no single figure
        return volume
    factor: _Stated | None = None
    hours, formula = 0.0, ""
    match volume.unit, volume.per:
        case "hours", "year" | "month" if factor := facts.months:
            times = factor.value if volume.per == "month" else factor.value / 12
            period = "mois" if volume.per == "month" else "an"
            unit = "mois" if volume.per == "month" else "ans" if times >= 2 else "an"
            hours, formula = volume.value * times, f"{written(volume.value)} h/{period} × {written(times)} {unit}"
        case "hours", "amount" if volume.per_amount_eur and volume.lot == WHOLE_CONTRACT and (factor := facts.amount):
            above = max(factor.value - (volume.threshold_eur or 0), 0)
            times = above / volume.per_amount_eur
            if times % 1 and "prorata" not in volume.evidence[0].words.lower():
                return volume  # the document does not say what part of a tranche is worth
            hours = volume.value * times
            less = f" − {written(volume.threshold_eur)} €" if volume.threshold_eur else ""
            amount = f"({written(factor.value)} €{less})" if less else f"{written(factor.value)} €"
            formula = f"{written(volume.value)} h × {amount} / {written(volume.per_amount_eur)} €"
        case "percent_of_hours", "contract" if volume.lot == WHOLE_CONTRACT and (factor := facts.hours):
            hours = volume.value * factor.value / 100
            formula = f"{written(volume.value)} % × {written(factor.value)} h"
        case "fte", "contract" if factor := facts.hours_of_fte:
            hours, formula = volume.value * factor.value, f"{written(volume.value)} ETP × {written(factor.value)} h"
    if factor is None or not hours:
        return volume
    return replace(volume, derived_hours=round(hours, 2), formula=f"{formula} (p. {factor.page})")
