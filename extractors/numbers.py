"""French numbers, hours, euros and percents as tenders write them (« 1 400 », « 109.000 », « 2,5 % », « cinq (5) »)."""

from __future__ import annotations

import re

# All patterns read a folded view: lower case, no accents, single plain spaces.
# Atomic: a rule that refuses « 1 200 » does not go on to read « 1 ».
# Twelve digits are enough for any amount; a longer run is no number, and would not fit.
_DIGITS = r"(?>\d{1,3}(?:[ .]\d{3}){1,4}(?!\d)(?:,\d{1,9})?|\d{1,12}(?:[.,]\d{1,9})?)"
_UNITS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16,
    "vingt": 20, "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
_SCALES = {"cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6}
_WORD = "(?:" + "|".join(sorted([*_UNITS, *_SCALES], key=len, reverse=True)) + ")"
_WORDS = rf"{_WORD}(?:(?:[ -]et)?[ -]{_WORD}){{0,12}}"
NUMBER = (
    rf"(?<![\w.,])(?:(?:{_WORDS} ?\( ?{_DIGITS} ?\)"
    rf"|{_DIGITS}(?: ?[km](?=€| ?euros)| (?:million|milliard)s?(?: d[e'])?)?)(?![\d])|{_WORDS}(?!\w)(?: d'(?=euro))?)"
)
"""Regex for one number: digits, words, or words followed by digits in brackets."""
EURO = r" ?(?:€|euros?|eur)(?!\w)(?: ?\(?(?:h\.? ?t\.?|ht|hors taxes?|t\.?t\.?c\.?)\)?(?!\w))?"

_IN_BRACKETS = re.compile(rf"\( ?({_DIGITS}) ?\)$")
_DIGITS_SCALE = re.compile(rf"^({_DIGITS})(?: ?(k|m|million|milliard)s?(?: d[e'])?)?$")
_SCALE_OF_DIGITS = {None: 1, "k": 10**3, "m": 10**6, "million": 10**6, "milliard": 10**9}


def parse_number(text: str) -> float:
    """The value of a text that NUMBER matches; digits in brackets win over words; else ValueError."""
    text = text.strip()
    if bracket := _IN_BRACKETS.search(text):
        return _digits(bracket[1])
    if match := _DIGITS_SCALE.match(text):
        return round(_digits(match[1]) * _SCALE_OF_DIGITS[match[2]], 6)
    return float(_words(text.removesuffix(" d'")))


def _digits(text: str) -> float:
    whole, _, decimals = text.partition(",")
    if not decimals and re.fullmatch(r"\d+\.\d+", whole) and not re.fullmatch(r"\d{1,3}\.\d{3}", whole):
        return float(whole)  # « 2.50 % »: a point that is no thousands mark
    return float(re.sub(r"[ .]", "", whole) + ("." + decimals if decimals else ""))


def _words(text: str) -> int:
    total = group = 0
    for word in re.split(r"[ -]+", text):
        if word == "et":
            continue
        if word in _UNITS:
            # « quatre-vingt » multiplies, « vingt-quatre » adds.
            group += 76 if word in ("vingt", "vingts") and group % 100 == 4 else _UNITS[word]
        elif word in ("cent", "cents"):
            group = max(group, 1) * 100
        elif word in _SCALES:
            total += max(group, 1) * _SCALES[word]
            group = 0
        else:
            raise ValueError(f"not a number: {text!r}")
    return total + group


def written(value: float) -> str:
    """1234.5 → « 1 234,5 »; two decimals at most."""
    text = f"{value:,.2f}".rstrip("0").rstrip(".")
    return text.replace(",", " ").replace(".", ",")
