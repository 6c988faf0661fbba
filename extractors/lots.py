"""Lots: the numbers a sentence speaks of, and the list of lots that a document states."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from extractors.numbers import parse_number
from extractors.text import fold

_DASH = r"[-‐‑–—]"
_COUNT = r"(?:\d{1,3}|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt)"
_MONTH = r"janv|févr|fevr|mars\b|avril|mai\b|juin|juil|août|aout|sept|octo|nove|déce|dece"
# A number that one of these follows counts something: it is no lot.
_UNIT = (
    r"%|‰|€|h\b|hres?\b|heures?|euros?|k€|eur\b|pour\s*cents?|pourcent|millions?|milliers?|ht\b|ttc\b|"
    r"ans?\b|année|annee|mois\b|semaines?|jours?|jrs?\b|minutes?|fois\b|points?\b|pts?\b|"
    r"pers(?:\.|onnes?|onnels)?\b|etp\b|équivalents?|equivalents?|postes?\b|emplois?\b|embauche|salarié|agents?\b|"
    r"contrats?\b|actions?\b|visites?\b|stages?\b|stagiaire|apprenti|candidat|titulaires?\b|attributaire|opérateur|"
    r"entreprises?\b|lots?\b|autres?\b|tranches?\b|m²|m2\b|m3\b|ml\b|km\b|kg\b|tonnes?\b|repas\b|"
    r"véhicule|logement|bâtiment|sites?\b|exemplaire|unités?\b|" + _MONTH
)
_NUMERAL = r"n\s?(?:[°ºo]\s?s?|um[ée]ros?)?[\s.:]{0,3}"
_ITEM = re.compile(
    rf"""(?:{_NUMERAL}(?=\d|[A-Z]\b))?
    (?P<number>
        \d{{1,3}}(?:\.\d{{1,2}}(?![\d.])|\s?(?:bis|ter|quater)\b|(?-i:[a-gA-G])(?!\w))?
      | (?-i:[A-Z])\d{{1,2}}
      # « LOT A RÉALISER » or « LOT D UNE » name no lot; X and Y stand for a number to be filled in.
      | (?-i:[BCE-KMO-W])(?!['’.]?\w)
      | (?-i:[ADLN])(?=\s*(?:$|[,;:()/&]|{_DASH}|\.(?:\s|$)|(?:et|ou|à)\s))
    )
    # A capital after it begins the next sentence of a notice whose lines run together: « lots 9 et 18Ces lots ».
    (?!(?-i:[^\WA-Z]|[A-Z](?![a-zé]))|[°²]|\.\d{{3}}|(?:[.,]\d+)?\s?(?:{_UNIT})|/\d{{2}}/\d{{4}})""",
    re.IGNORECASE | re.VERBOSE,
)
_THOUSANDS = re.compile(r"\s\d{3}(?!\d)")
_HEAD = re.compile(
    # « …1200 hLot 2 » : notices run their lines together.
    r"""(?:(?<!\w)(?<!\w-)|(?-i:(?<=[a-zé])(?=L)))(?:macro[\s-]?)?lot(?P<plural>s|\(s\))?(?!\w)
    (?:\s+(?:concern|vis|réserv|soumis|claus)\w*(?=\s*:))?(?:\s*:)?\s*(?P<open>\()?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
_AGAIN = r"(?:(?:d[ue]s?\s|aux?\s)?\s*lots?\s+)?"
_AND = re.compile(
    rf"\s*(?:,|;|&|\+|/)\s*(?:et\s+|ou\s+)?{_AGAIN}|\s*(?:\bet\s*/\s*ou|\bet|\bou|\bainsi\s+que)\s+{_AGAIN}", re.I
)
_TO = re.compile(r"\s*(?:\bà|\ba|\bau|\bjusqu['’]au)\s+(?:lots?\s+)?", re.I)
_HYPHEN = re.compile(rf"[^\S\n]*{_DASH}\s*")
_TIGHT_HYPHEN = re.compile(rf"{_DASH}(?=\d)")
# What names the lot beside its number: « lots 2 (maçonnerie), 5 (menuiseries) et 9 », « lots 1 VRD et 4 serrurerie ».
_BRACKETS = re.compile(r"\s*\([^()\d]{2,60}\)")
_TITLED_LOT = re.compile(
    r"\s+(?!(?:et|ou|à|a|au|aux|sont|est|ont|seront|sera|peu|comport|compren|font|doiv|pour|avec|dont|qui|ainsi|sur)\w*\b)"
    r"[^\W\d_][\w'’-]{1,20}(?: [^\W\d_][\w'’-]{1,15})?(?=,\s*\d|\s+et\s+\d)"
)
_NOT_CONCERNED = re.compile(
    r"(?:\s*+\([^()]{2,60}\))?\s*+(?:[:–-]\s*+)?(?:sans\s+(?:clause|objet)|néant|non\b|pas\s+de\s+clause|n['’e]\s*\w+\s+(?:est|sont)?\s*pas\b)",
    re.IGNORECASE,
)
_BUT = re.compile(r"[^.;]{0,40}\b(?:mais|toutefois|cependant)\b", re.IGNORECASE)
_COUNTED = re.compile(r"nombre\s+(?:\w+\s+){0,2}de\s+$", re.I)
_EXCEPT = re.compile(
    r"""(?:\b(?:hors|hormis|sauf|except(?:é|ion\s+faite)|en\s+dehors|autres?\s+que)
         |\b[àa]\s+l['’\s]\s?(?:exception|exclusion)
         |\bn(?:e\s+|e\s+s['’]|['’])(?:appliqu|concern|port)\w+\s+(?:donc\s+)?pas)
    [\s('’]+(?:(?:de|du|des|d|le|les|l|pour|à|au|aux|sur|celui|celle|ceux|celles|titulaires?)\b['’\s]*){0,4}$""",
    re.IGNORECASE | re.VERBOSE,
)
_WHOLE = re.compile(
    rf"""\b(?:
        (?:tous\s+(?:les\s+|ces\s+)?|chacun\s+des\s+|(?:l['’\s]\s?(?:ensemble|intégralité)|la\s+totalité)\s+(?:des|de\s+ces)\s+)(?:{_COUNT}\s+)?lots
      | (?:les|aux)\s+{_COUNT}\s+lots
      | (?:chaque|tout|quel\s+que\s+soit\s+le)\s+lot
      | lot\s+unique
    )\b(?!\s+(?:concern|réserv|suivant|non\b|qui\b|pour\s+lesquels|dont\b|comport|soumis|infruct|rest|ci\b|précit|susvis))""",
    re.IGNORECASE | re.VERBOSE,
)
_WIDEST_RANGE = 100


@dataclass(frozen=True, slots=True)
class LotReference:
    """Lots that a sentence names, `text[start:end]`: their numbers, or `whole` for every lot of the contract."""

    start: int
    end: int
    numbers: tuple[str, ...]
    excluded: bool
    whole: bool


def normalise_number(written: str) -> str:
    """The number of a lot as it is stored: « 01 » → « 1 », « 02a » → « 2A », « 3 bis » → « 3BIS »."""
    return "".join(written.split()).upper().lstrip("0") or "0"


def lot_references(text: str) -> tuple[LotReference, ...]:
    """The lots named in `text`, in reading order.

    A list stops at a colon and at a number that counts something: « Lot 1:1200 h » names lot 1 alone.
    """
    named = list(_named(text))
    whole = (
        LotReference(found.start(), found.end(), (), _is_excluded(text, found.start(), found.end()), True)
        for found in _WHOLE.finditer(text)
        if not any(found.start() < reference.end and reference.start < found.end() for reference in named)
    )
    return tuple(sorted([*named, *whole], key=lambda reference: reference.start))


def _is_excluded(text: str, start: int, end: int) -> bool:
    before = _EXCEPT.search(text, max(0, start - 80), start)
    denied = _NOT_CONCERNED.match(text, end)
    # « Les lots 1 et 2 ne sont pas réservés mais comportent … »
    return before is not None or (denied is not None and not _BUT.match(text, denied.end()))


def _named(text: str) -> Iterator[LotReference]:
    position = 0
    while head := _HEAD.search(text, position):
        position = head.end()
        plural = bool(head["plural"])
        if head["plural"] == "s" and _COUNTED.search(text, max(0, head.start() - 40), head.start()):
            continue
        if head["open"] and not plural:  # « Lot (46) » is a département
            continue
        written, end = _read_list(text, head.end(), plural=plural)
        # « en lots (2) » counts them.
        if not written or (head["open"] and len(written) == 1):
            continue
        position = end
        yield LotReference(head.start(), end, _numbers(written), _is_excluded(text, head.start(), end), False)


def _read_list(text: str, start: int, *, plural: bool) -> tuple[list[tuple[str, str]], int]:
    """The (separator, number) pairs of the list at `start`, and where it ends; separators: comma, hyphen, « à »."""
    hyphen = _HYPHEN if plural else _TIGHT_HYPHEN  # « Lot 2 - 3 véhicules » is a title
    separator, item = "", _ITEM.match(text, start)
    written: list[tuple[str, str]] = []
    end = start
    while item:
        written.append((separator, normalise_number(item["number"])))
        end = item.end()
        separator, item = _next_item(text, end, hyphen, plural=plural)
    return written, end


def _next_item(text: str, end: int, hyphen: re.Pattern[str], *, plural: bool) -> tuple[str, re.Match[str] | None]:
    titled = _BRACKETS.match(text, end) or (_TITLED_LOT.match(text, end) if plural else None)
    if titled and _AND.match(text, titled.end()):
        end = titled.end()
    for pattern, separator in ((_AND, ","), (hyphen, "-"), (_TO, "à")):
        joint = pattern.match(text, end)
        item = _ITEM.match(text, joint.end()) if joint else None
        if item and not _THOUSANDS.match(text, item.end()):
            return separator, item
    return "", None


def _numbers(written: list[tuple[str, str]]) -> tuple[str, ...]:
    """The numbers meant: a range is unrolled; « 1-2-3 » is a list and « 1-5 » a range."""
    meant: list[str] = []
    for index, (separator, number) in enumerate(written):
        lone_hyphen = separator == "-" and "-" not in (
            written[index - 1][0],
            written[index + 1][0] if index + 1 < len(written) else "",
        )
        if separator == "à" or lone_hyphen:
            meant += _between(written[index - 1][1], number)
        meant.append(number)
    return tuple(dict.fromkeys(meant))


def _between(first: str, last: str) -> list[str]:
    """The numbers strictly between two numbers or two letters of a range."""
    if first.isdigit() and last.isdigit() and int(last) - int(first) <= _WIDEST_RANGE:
        return [str(number) for number in range(int(first) + 1, int(last))]
    if len(first) == len(last) == 1 and first.isalpha() and last.isalpha():
        return [chr(code) for code in range(ord(first) + 1, ord(last))]
    return []


_LOTS_COUNTED = rf"({_COUNT})(?:\s*\(\d+\))?\s+lots\b(?!\s+techniques)"
_COUNTED_LOTS = re.compile(
    rf"(?:divis|d[ée]compos|r[ée]parti|alloti|fractionn|scind)\w*[^.;\n]{{0,40}}?\b{_LOTS_COUNTED}"
    r"|(?:march[ée]|consultation|accord[- ]cadre|proc[ée]dure|contrat|op[ée]ration)\s+"
    rf"(?:comporte|comprend|est\s+compos[ée]e?\s+de|se\s+compose\s+de)\s+{_LOTS_COUNTED}"
    rf"|\b({_COUNT})\s+lots\s+num[ée]rot[ée]s",
    re.IGNORECASE,
)


def counted_lots(text: str) -> Iterator[int]:
    """How many lots a text says that the contract has: « divisé en cinq lots »."""
    for match in _COUNTED_LOTS.finditer(text):
        yield int(parse_number(fold(match[1] or match[2] or match[3])))
