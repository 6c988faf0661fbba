"""Volumes and penalties in sentences: which numbers are read, what they count, and for which lot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extractors.lots import lot_references
from extractors.measures import Measure, load_measures
from extractors.numbers import parse_number
from extractors.scope import lots_near
from extractors.text import fold

# Numbers that are never volumes are blotted out before rules read: lots, articles, clock times, dates, phones.
_NOT_QUANTITIES = re.compile(
    r"\b\d{1,2} ?h(?:eures?)? ?\d{2}\b|\b\d{1,2} ?h(?:eures?)? ?(?:/|sur) ?(?:24|7)\b|\b24 ?/ ?24\b|\b7 ?/ ?7\b"
    r"|\b\d{1,2}:\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b|\b\d{1,2}(?:er)? (?:janvier|fevrier|mars|avril|mai|juin|juillet|aout"
    r"|septembre|octobre|novembre|decembre)(?: \d{4})?\b"
    r"|\b0\d(?:[ .]?\d\d){4}\b|\b(?:articles?|art\.|[lrd]\.?) ?[lrd]?\.? ?\d[\d.\-]*\b|\ben (?:19|20)\d\d\b"
)
_PER = (
    ("year", re.compile(r"\bpar an\b|/ ?ans?\b|\bannuel\w*|\b(?:par|chaque|pour chaque) annee|\bpar exercice\b|\bl'annee\b|\bchaque annee|\bpar periode annuelle")),
    ("month", re.compile(r"\bpar mois\b|/ ?mois\b|\bmensuel\w*")),
    ("order", re.compile(r"\b(?:par|pour chaque|pour tout) (?:bon de commande|commande|bon)\b")),
    ("subsequent_contract", re.compile(r"\b(?:par|pour chaque|pour tout) marche subsequent")),
)  # fmt: skip
_PHASE = (
    ("renewal", re.compile(r"reconduction|reconduit")),
    ("optional", re.compile(r"tranches? (?:optionnelle|conditionnelle)|tranche to\b|\bto ?\d\b")),
    ("firm", re.compile(r"tranche ferme|(?:periode|annee|duree) (?:\w+ )?(?:ferme|initiale)")),
)
_BOUND = (
    ("maximum", re.compile(r"maxim|au plus|plafond")),
    ("minimum", re.compile(r"minim|a minima|au moins|plus de|reserve|entre|obligatoire")),
    ("target", re.compile(r"objectif|vise")),
)
_CLOCK = re.compile(r"\b(?:a|vers|jusqu'a|entre|et|de|avant|apres|des|,|hors heures \w+ \() ?$")
_PENALTY_PER = (
    ("hour", re.compile(r"^h")), ("day", re.compile(r"^jour")), ("action", re.compile(r"^action")),
    ("meeting", re.compile(r"^reunion|^absence")), ("document", re.compile(r"^document|^justificatif")),
    ("percent", re.compile(r"%|cent|100")), ("breach", re.compile(r"")),
)  # fmt: skip
_PENALTY_WORDS = re.compile(r"penalite|penalise|sanction|defaut|manquement|retard|non[- ](?:realis|respect|execut|transmi|remis)|manquante|multiplie|€|euro")
_CLAUSE_OF_SOMETHING_ELSE = re.compile(r"environnement|livraison|retard de paiement")


@dataclass(frozen=True, slots=True)
class Reading:
    """One number read in a sentence; offsets in the sentence's view."""

    measure: Measure
    start: int
    end: int
    value: float
    value_max: float | None = None
    per: str = "contract"
    per_amount: float | None = None
    threshold: float | None = None
    phase: str | None = None
    bound: str = "unspecified"
    lots: tuple[str, ...] | None = None
    """None where the sentence names no lot for it."""


def blotted(sentence: str) -> str:
    """The folded sentence with every number that counts nothing written « ~ », same length."""
    folded = fold(sentence)
    chars = list(folded)
    lots = [(r.start, r.end) for r in lot_references(sentence)]
    for span in [m.span() for m in _NOT_QUANTITIES.finditer(folded)] + lots:
        chars[span[0] : span[1]] = "~" * (span[1] - span[0])
    return "".join(chars)


def read_volumes(sentence: str, *, about_clause: bool) -> list[Reading]:
    """Volumes of a sentence of a view; `about_clause` when the passage around it lays down the clause."""
    found: list[Reading] = []
    folded = fold(sentence)
    text = blotted(sentence)
    for measure in load_measures("volumes"):
        about = about_clause or re.search(measure.inline, folded)
        if not about or re.search(measure.unless, folded):
            continue
        for match in measure.pattern.finditer(text):
            start, end = match.start("value"), match.end()
            if any(start < r.end and r.start < end for r in found):
                continue
            before = folded[max(0, start - 40) : start]
            if re.search(measure.unless_before, before):
                continue
            if measure.unit == "hours" and measure.per == "contract" and parse_number(match["value"]) <= 24 and _CLOCK.search(before):
                continue  # « de 9 heures à 12 heures »
            if re.search(measure.unless_after, folded[end : end + 50]):
                continue
            groups = match.groupdict()
            found.append(
                Reading(
                    measure=measure,
                    start=match.start(),
                    end=end,
                    value=parse_number(groups["value"]),
                    value_max=parse_number(groups["value_max"]) if groups.get("value_max") else None,
                    per=measure.per,
                    per_amount=parse_number(groups["per_amount"]) if groups.get("per_amount") else None,
                    threshold=parse_number(groups["threshold"]) if groups.get("threshold") else None,
                )
            )
    found.sort(key=lambda r: r.start)
    return list(_placed(sentence, folded, [r for i, r in enumerate(found) if not _restated(folded, found[:i], r)]))


def _restated(folded: str, before: Sequence[Reading], reading: Reading) -> bool:
    """« 60 heures annuelles (120 h par période de 2 ans) », « 600 heures, soit 120 heures par an »: the same quantity said again."""
    return bool(before) and bool(re.search(r"(?:\(|\bsoit)[\w ]{0,12}$", folded[before[-1].end : reading.start]))


def _placed(sentence: str, folded: str, readings: Sequence[Reading]) -> Iterator[Reading]:
    """Each reading with the period, phase, bound and lots that its part of the sentence gives."""
    for index, reading in enumerate(readings):
        low = readings[index - 1].end if index else 0
        high = readings[index + 1].start if index + 1 < len(readings) else len(folded)
        before, after = folded[low : reading.start], folded[reading.start : min(high, reading.end + 80)]
        shared = folded[: readings[0].start]
        per = reading.per
        if per == "contract":
            per = _first(_PER, after) or _first(_PER, before) or _first(_PER, shared) or "contract"
        rivals = [(r.start, r.end) for r in readings if r is not reading]
        yield Reading(
            measure=reading.measure,
            start=reading.start,
            end=reading.end,
            value=reading.value,
            value_max=reading.value_max,
            per=per,
            per_amount=reading.per_amount,
            threshold=reading.threshold,
            phase=_last(_PHASE, before) or _first(_PHASE, after) or _last(_PHASE, shared),
            bound=_first(_BOUND, folded[max(0, low) : high]) or "unspecified",
            lots=lots_near(sentence, reading.start, reading.end, rivals),
        )


def _first(table: Sequence[tuple[str, re.Pattern[str]]], text: str) -> str | None:
    return next((code for code, pattern in table if pattern.search(text)), None)


def _last(table: Sequence[tuple[str, re.Pattern[str]]], text: str) -> str | None:
    """The code whose words stand last, nearest to what follows."""
    places = [(m.start(), code) for code, pattern in table for m in pattern.finditer(text)]
    return max(places)[1] if places else None


def read_penalties(folded: str) -> list[tuple[Measure, int, int, float, str]]:
    """Penalties of a folded sentence that is about the social clause: rule, span, euros (or percent) and `per`."""
    found: list[tuple[Measure, int, int, float, str]] = []
    if not _PENALTY_WORDS.search(folded) or _CLAUSE_OF_SOMETHING_ELSE.search(folded):
        return found
    for measure in load_measures("penalties"):
        if re.search(measure.unless, folded):
            continue
        for match in measure.pattern.finditer(folded):
            if any(match.start() < end and start < match.end() for _, start, end, _, _ in found):
                continue
            word = match.groupdict().get("per_word") or ""
            per = "breach" if not word else _first(_PENALTY_PER, word) or "breach"
            found.append((measure, match.start(), match.end(), parse_number(match["amount"]), per))
    return found
