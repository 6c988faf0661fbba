"""Volumes and penalties in sentences: which numbers are read, what they count, and for which lot."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace

from extractors.lots import lot_references
from extractors.measures import Counted, Measure, load_measures
from extractors.numbers import EURO, NUMBER, parse_number
from extractors.scope import ALL, merged
from extractors.text import fold

# Numbers that are never volumes are blotted out before rules read: lots, articles, clock times, dates, phones.
_NOT_QUANTITIES = re.compile(
    r"^ ?\d{1,2}(?:\.\d{1,2})+(?= )|\b\d{1,2} ?h(?:eures?)? ?\d{2}\b|\b\d{1,2} ?h(?:eures?)? ?(?:/|sur) ?(?:24|7)\b"
    r"|\b24 ?/ ?24\b|\b7 ?/ ?7\b|\b\d{1,2}:\d{2}\b|\b\d{1,2}/\d{1,2}/\d{2,4}\b"
    r"|\b\d{1,2}(?:er)? (?:janvier|fevrier|mars|avril|mai|juin|juillet|aout|septembre|octobre|novembre|decembre)"
    r"(?: \d{4})?\b"
    r"|\b0\d(?:[ .]?\d\d){4}\b|\b(?:articles?|art\.|[lrd]\.?) ?[lrd]?\.? ?\d[\d.\-]*\b|\ben (?:19|20)\d\d\b"
)
_PER = (
    ("year", re.compile(
        r"\bpar an\b|/ ?ans?\b|\bannuel\w*|\b(?:par|chaque) annee|\bpar exercice\b|\bl'annee\b|\btous les ans\b"
        r"|\bperiode de douze mois"
    )),
    ("month", re.compile(r"\bpar mois\b|/ ?mois\b|\bmensuel\w*|\bchaque mois")),
    ("order", re.compile(r"\b(?:par|chaque|tout) (?:bon de commande|commande|bon)\b")),
    ("subsequent_contract", re.compile(r"\b(?:par|chaque|tout) marche subsequent")),
)  # fmt: skip
_PHASE = (
    ("renewal", re.compile(r"reconduction|reconduit")),
    ("optional", re.compile(r"tranches? (?:optionnelle|conditionnelle)|tranche to\b|\bto ?\d\b")),
    ("firm", re.compile(r"tranche ferme|(?:periode|annee|duree) (?:\w+ )?(?:ferme|initiale)")),
)
_BOUND = (
    ("maximum", re.compile(r"maxim|au plus|plafond")),
    ("minimum", re.compile(r"minim|a minima|au moins|plus de|reserve|\bentre\b|obligatoire")),
    ("target", re.compile(r"objectif|\bvis(?:e|ent|er|ant)\b")),
)
_THRESHOLD = re.compile(
    r"(?:superieure?s? (?:ou egale?s? )?a|[>≥]|depass\w+|exced\w+|a partir d[e']|au-dela d[e']|a compter d[e']"
    r"|atteint|atteindra|atteigne|seuil(?: de declenchement)?(?: fixe a)?|au moins egal a)[^\d.;]{0,40}?"
    rf"(?P<threshold>{NUMBER}){EURO}"
)
_STARTS_AT = re.compile(r"declench|\bnai|seuil|s'applique|exigible|due?s? ")
# Values that a rectification takes away, or that a question only supposes.
_OLD_BEFORE = re.compile(
    r"(?:au lieu d[e']|initialement (?:\w+ )?[ad]e?|et non(?: pas)?(?: de)?|passe(?:nt|r)? de|anciennement|precedemment"
    r"|prevoyait) ?(?:\w+ )?$"
)
_OLD_AFTER = re.compile(r"^[^.;]{0,60}» ?(?:est|sont) remplace")
_SOIT = re.compile(r"\bsoit\b")
_QUANTITY = re.compile(r"\d ?(?:h\b|heures?|%|etp)")
_RESTATED = re.compile(r"^[^(),;]{0,20}\((?:soit )?$|\bsoit[\w ]{0,12}$")
_RESTATEMENT = re.compile(r"\bsoit (?=\d)|\((?:soit )?(?=\d)")
_PART = re.compile(r"\bdont (?:\w+ ){0,2}$")
_LIST_BEFORE = re.compile(rf"(?:{NUMBER}(?: ?(?:heures?|h\b|%))?(?:,| et) ?)+$")
_RESPECTIVE = re.compile(r"respecti(?:vement|fs?|ves?)\b")
_TOTAL_BEFORE = re.compile(r"(?<!au )\btotal\b[^.;\d]{0,40}$")
_LOT_IN_LIST = re.compile(r"(?:\blots? |, |\bet )(?:n ?° ?)?(?P<number>\d{1,3}|[a-z]) ?\((?:\w+ )?$")
_LINK = re.compile(
    r"(?:pour|titre|sur|d[eu]s?|aux?|concernant|affecte|dans|l')\W*"
    r"(?:(?:l[ea]s?|titulaires?|attributaires?|d[eu]s?|l')\W*)*$|^ ?\($"
)
# A sentence without a number and a thing to count holds no volume: most sentences stop here.
_NUMBERS = re.compile(
    r"\d|\b(?:une?|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente"
    r"|quarante|cinquante|soixante|cent|mille)\b"
)
_COUNTED = re.compile(
    r"heur|(?:\b|\d)h(?:rs?)?\b|%|pour ?cent|p\. ?100|\betp\b|e\.t\.p|equivalent|personne|demandeur|salarie|travailleur"
    r"|beneficiaire|allocataire|jeune|public|apprenti|alternan|contrat|action|visite|atelier"
    r"|\ben (?:recrut|embauch|empl|accueill|affect|reserv|realis|effectu|consacr|confi)"
)
_CLOCK = re.compile(r"\b(?:a|vers|jusqu'a|entre|et|de|avant|apres|des|,|hors heures \w+ \() ?$")
_PENALTY_PER = (
    ("hour", re.compile(r"^h")), ("day", re.compile(r"^jour")), ("action", re.compile(r"^action")),
    ("meeting", re.compile(r"^reunion|^absence")),
    ("document", re.compile(r"^(?:document|justificatif|piece|attestation|bilan|releve|rapport|etat)")),
    ("percent", re.compile(r"%|cent|100")), ("breach", re.compile(r"")),
)  # fmt: skip
_PENALTY_WORDS = re.compile(
    r"penalite|penalise|sanction|retenue?|defaut|manquement|retard|non[- ](?:realis|respect|execut|transmi|remis)"
    r"|manquante|multiplie|€|euro"
)
_CLAUSE_OF_SOMETHING_ELSE = re.compile(
    r"environnement|livraison|retard de paiement|valoris|\bsmic\b|taux horaire|cout (?:horaire|moyen)|remuner|salaire"
)


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
    is_total: bool = False
    """Said to be the total, in a sentence that names no lot."""


def blotted(sentence: str) -> str:
    """The folded sentence with every number that counts nothing written « ~ », same length."""
    folded = fold(sentence)
    chars = list(folded)
    lots = [(r.start, r.end) for r in lot_references(sentence)]
    for span in [m.span() for m in _NOT_QUANTITIES.finditer(folded)] + lots:
        chars[span[0] : span[1]] = "~" * (span[1] - span[0])
    return "".join(chars)


def read_volumes(
    sentence: str, *, about: Set[str], intro: str = "", following: str = "", looked_at: set[Counted] | None = None
) -> list[Reading]:
    """Volumes of a sentence of a view.

    `about`: categories of the clauses that the passage lays down or follows; `intro`: what opens the list the sentence
    belongs to; `following`: the next sentence, which may say from what amount a volume is due; `looked_at`: the
    sentences that the rules were tried on, to which this one is added.
    """
    folded = fold(sentence)
    if not (_NUMBERS.search(folded) and _COUNTED.search(folded)) or folded.rstrip().endswith("?"):
        return []
    found: list[Reading] = []
    text = blotted(sentence)
    counted = Counted(folded, text, frozenset(about))
    if looked_at is not None:
        looked_at.add(counted)
    for measure in load_measures("volumes"):
        for match in measure.matches(counted):
            reading = _reading(measure, match, folded, following)
            if reading and not any(reading.start < r.end and r.start < reading.end for r in found):
                listed = _listed_before(reading, text)
                found.extend(x for x in listed if not any(x.start < r.end and r.start < x.end for r in found))
                found.append(reading)
    found.sort(key=lambda r: r.start)
    said_once = [r for i, r in enumerate(found) if not _said_again(folded, found[:i], r)]
    if not said_once:
        return []
    return list(_placed(sentence, folded, said_once, fold(intro), fold(following)))


def _reading(measure: Measure, match: re.Match[str], folded: str, following: str) -> Reading | None:
    """What a match says, None where the words around it say that it is no volume in force."""
    start, end = match.start("value"), match.end()
    before, after = folded[max(0, start - 40) : start], folded[end : end + 70]
    if _offers_a_choice(folded):
        before = before.replace("soit ", "")
    if measure.has("unless_before", before) or measure.has("unless_after", after[:50]):
        return None
    read_instead = "lire" in folded[end:] or fold(following[:20]).lstrip(" -–:;").startswith("lire")
    replaced = "au lieu d" in folded[:start] and "lire" not in folded[:start] and read_instead
    if replaced or _OLD_BEFORE.search(before) or _OLD_AFTER.search(after):
        return None
    value = parse_number(match["value"])
    if not value:
        return None
    if measure.unit == "hours" and measure.per == "contract" and value <= 24 and _CLOCK.search(before):
        return None  # « de 9 heures à 12 heures »
    groups = {key: parse_number(text) for key, text in match.groupdict().items() if text}
    return Reading(
        measure=measure,
        start=min(start, match.start("per_amount") if "per_amount" in groups else start),
        end=end,
        value=value,
        value_max=groups.get("value_max"),
        per=measure.per,
        per_amount=groups.get("per_amount"),
        threshold=groups.get("threshold"),
    )


def _offers_a_choice(folded: str) -> bool:
    """« soit 280 heures, soit un apprenti » does; « 300 heures, soit 10 %, soit 0,2 ETP » says one thing."""
    first = _SOIT.search(folded)
    if first is None or _QUANTITY.search(folded, 0, first.start()):
        return False
    return _SOIT.search(folded, first.end()) is not None or not folded[: first.start()].strip(" -–•\n")


def _listed_before(reading: Reading, text: str) -> Iterator[Reading]:
    """« respectivement 240, 180 et 95 heures »: the numbers that share the unit of the last."""
    if _RESPECTIVE.search(text[: reading.start]) and (listed := _LIST_BEFORE.search(text[: reading.start])):
        for match in re.finditer(NUMBER, listed[0]):
            start = listed.start() + match.start()
            yield replace(reading, start=start, end=listed.start() + match.end(), value=parse_number(match[0]))


def _said_again(folded: str, before: Sequence[Reading], reading: Reading) -> bool:
    """« 60 heures par an (120 h par période de 2 ans) », « 600 heures, soit 120 par an », « 600, dont 200 … »."""
    if not before or before[-1].measure.category != reading.measure.category:
        return False
    between = folded[before[-1].end : reading.start]
    if _offers_a_choice(folded):
        return False
    return bool(
        _RESTATED.search(between) or (_PART.search(between) and reading.measure.unit == before[-1].measure.unit)
    )


def _placed(sentence: str, folded: str, readings: Sequence[Reading], intro: str, following: str) -> Iterator[Reading]:
    """Each reading with the period, trigger, phase, bound and lots that its part of the sentence gives."""
    lots = _lots_of(sentence, folded, readings)
    for index, reading in enumerate(readings):
        low = readings[index - 1].end if index else 0
        high = readings[index + 1].start if index + 1 < len(readings) else len(folded)
        before = folded[low : reading.start]
        after = _RESTATEMENT.split(folded[reading.start : min(high, reading.end + 80)])[0]
        shared = intro + " " + folded[: readings[0].start]
        per = reading.per
        if per == "contract":
            per = _first(_PER, after) or _first(_PER, before) or _first(_PER, shared) or "contract"
        threshold = reading.threshold
        if threshold is None and per in ("order", "subsequent_contract", "amount"):
            threshold = _threshold(folded[reading.end : high], before, shared, following)
        yield replace(
            reading,
            per=per,
            threshold=threshold,
            phase=_phase(before, after, shared),
            bound=_first(_BOUND, folded[low:high]) or _first(_BOUND, shared) or "unspecified",
            lots=lots[index],
            is_total=not any(lots) and bool(_TOTAL_BEFORE.search(before)),
        )


def _phase(before: str, after: str, shared: str) -> str | None:
    """The phase said just after a volume (« 300 heures en tranche ferme »), else before it, else for all."""
    said_after = re.search(r"^[^.;,:]{0,45}(?:en|pour|au titre|pendant|dans)\b", after)
    near = _earliest(_PHASE, after[:60]) if said_after else None
    return near or _last(_PHASE, before) or _earliest(_PHASE, after) or _last(_PHASE, shared)


def _threshold(after: str, before: str, shared: str, following: str) -> float | None:
    """The amount from which a volume is due, said after it, just before it, or in the next sentence."""
    places = [
        _THRESHOLD.search(after),
        *list(_THRESHOLD.finditer(before))[-1:],
        *list(_THRESHOLD.finditer(shared))[-1:],
    ]
    places.append(_THRESHOLD.search(following) if _STARTS_AT.search(following) else None)
    return next((parse_number(found["threshold"]) for found in places if found), None)


def _lots_of(sentence: str, folded: str, readings: Sequence[Reading]) -> list[tuple[str, ...] | None]:
    """Lots of each reading: « N heures pour le lot X », « lot X : N heures », « les lots 1 (N heures), 2 (M) »."""
    references = [r for r in lot_references(sentence) if not r.excluded]
    if _RESPECTIVE.search(folded):
        listed_lots = [r for r in references if len(r.numbers) == len(readings)]
        if listed_lots:
            return [(n,) for n in listed_lots[-1].numbers]
        numbers = [n for r in references for n in r.numbers if r.end <= readings[0].start]
        if len(numbers) == len(readings):
            return [(n,) for n in numbers]
    lots: list[tuple[str, ...] | None] = []
    taken: set[int] = set()
    # « lot 1 : N heures, lot 2 : M heures » names each lot first, whatever word links them.
    lot_first = bool(references) and references[0].start < readings[0].start and len(references) <= len(readings)
    for index, reading in enumerate(readings):
        low = readings[index - 1].end if index else 0
        high = readings[index + 1].start if index + 1 < len(readings) else len(folded)
        listed = _LOT_IN_LIST.search(folded[: reading.start])
        after = next((r for r in references if reading.end <= r.start < high), None)
        before = next((r for r in reversed(references) if r.end <= reading.start), None)
        if listed and references:
            lots.append((listed["number"].upper(),))
        elif after and not lot_first and _links(folded[reading.end : after.start]):
            taken.add(after.start)
            lots.append(merged([after]))
        elif before and (before.start not in taken or low <= before.start):
            lots.append(merged([before]))
        else:
            lots.append(merged([after]) if after else None)
    # Beside numbers that have their lots, the one without is said of the contract.
    return [ALL if x is None else x for x in lots] if any(lots) else lots


def _links(between: str) -> bool:
    """Whether the words between a number and the lot that follows give it to that lot."""
    return len(between) < 60 and bool(_LINK.search(between))


def _first(table: Sequence[tuple[str, re.Pattern[str]]], text: str) -> str | None:
    return next((code for code, pattern in table if pattern.search(text)), None)


def _earliest(table: Sequence[tuple[str, re.Pattern[str]]], text: str) -> str | None:
    """The code whose words stand first, nearest to what comes before."""
    places = [(m.start(), code) for code, pattern in table if (m := pattern.search(text))]
    return min(places)[1] if places else None


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
        if measure.has("unless", folded):
            continue
        for match in measure.pattern.finditer(folded):
            if any(match.start() < end and start < match.end() for _, start, end, _, _ in found):
                continue
            word = match.groupdict().get("per_word") or ""
            per = "breach" if not word else _first(_PENALTY_PER, word) or "breach"
            found.append((measure, match.start(), match.end(), parse_number(match["amount"]), per))
    return found
