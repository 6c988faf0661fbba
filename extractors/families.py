"""Purchase families of an object: from its CPV codes, then from the words of its title and of its lots."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from extractors.text import normalise

_Weights = dict[str, tuple[tuple[str, float], ...]]

_LEXICONS = Path(__file__).parent / "lexicons"
_WORD = re.compile(r"[a-z0-9]+")
_EMPTY_WORDS = frozenset(
    _WORD.findall(
        "a au aux avec ce ces cette d dans de des du elle en est et il l la le les leur leurs lieu n ne no ou par pour "
        "que qui s se ses son sa sont sur un une y sous ainsi afin dont entre vers chez sans"
    )
)
# Who may bid, for whom one buys and what the contract demands besides say nothing of what is bought.
_ASIDE = re.compile(
    r"\b(?:(?:marches?|lots?)(?: n?[o°]? ?\d+)? )?reservee?s? (?:a |au |aux )[^.;\n]*"
    r"|\bclauses? (?:sociales?|d'insertion|obligatoires? d'insertion)[^.;\n]*"
    r"|\bayant (?:pour|comme) supports?[^.;\n]*"
    r"|\b(?:pour les|afin de repondre aux) besoins (?:de |des |du |d')[^.;\n]*"
)
_LONGEST_KEYWORD = 4
_OPENING = 10
"""Words of an object that count whole; a long description says less and less."""
_MAIN_CPV = {1: 0.0, 2: 3.0, 3: 7.0, 4: 10.0, 5: 13.0}
_OTHER_CPV_SHARE = 0.3
_LOT_SHARE = 0.8
_DESCRIPTOR = 3.0
_DESCRIPTORS_SHARE = 2.0
_ENOUGH = 1.5
"""Below it only words of every trade were found."""
_RUNNER_UP = 0.6
"""A family is named after the first when it scores this share of it."""


def families_of(
    title: str,
    cpv: Sequence[str] = (),
    *,
    lot_titles: Sequence[str] = (),
    descriptors: Sequence[str] = (),
    body: str = "",
) -> tuple[str, ...]:
    """Family codes of a purchase, most important first; empty when nothing speaks for any.

    `cpv` is main code first; `lot_titles` are those of its lots, `descriptors` the notice's own key words;
    `body` is read only when all of these say too little.
    """
    scores: defaultdict[str, float] = defaultdict(float)
    _add(scores, _cpv_scores(cpv), 1.0)
    _add(scores, _text_scores(title), 1.0)
    for text in lot_titles:
        _add(scores, _text_scores(text), _LOT_SHARE * 2 / (1 + len(lot_titles)))
    named = list(_descriptor_scores(descriptors))
    for more in named:
        _add(scores, more, _DESCRIPTORS_SHARE / len(named))
    if max(scores.values(), default=0.0) < _ENOUGH:
        _add(scores, _text_scores(body), 1.0)
    if max(scores.values(), default=0.0) < _ENOUGH:
        return ()
    ranked = sorted(scores, key=lambda family: (-scores[family], family))
    return tuple(family for family in ranked[:3] if scores[family] >= _RUNNER_UP * scores[ranked[0]])


def _add(scores: defaultdict[str, float], more: dict[str, float], share: float) -> None:
    for family, score in more.items():
        scores[family] += share * score


def _descriptor_scores(descriptors: Sequence[str]) -> Iterator[dict[str, float]]:
    """What each descriptor says; « Conteneur, poubelles », cut at its comma where the notice is read, is one."""
    known, rest = descriptor_families(), list(descriptors)
    while rest:
        size = next((size for size in (3, 2, 1) if phrase_key(", ".join(rest[:size])) in known), 0)
        families = known.get(phrase_key(", ".join(rest[:size])), ())
        yield dict.fromkeys(families, _DESCRIPTOR / max(1, len(families))) if size else _text_scores(rest[0])
        del rest[: size or 1]


def words(text: str) -> list[str]:
    """Words of a text as keywords know them: folded, without plural marks, numbers and empty words."""
    return [
        word.rstrip("sx") if len(word) > 3 else word
        for word in _WORD.findall(_ASIDE.sub(" ", normalise(text).folded))
        if word not in _EMPTY_WORDS and len(word) > 1 and not word.isdigit()
    ]


def phrases(text: str) -> dict[str, float]:
    """Every run of one to four words of a text, with how much it counts: less and less after the opening."""
    found = words(text)
    best: dict[str, float] = {}
    for start in range(len(found)):
        share = 1.0 if start < _OPENING else max(0.3, _OPENING / (start + 1))
        for end in range(start + 1, min(start + _LONGEST_KEYWORD, len(found)) + 1):
            best.setdefault(" ".join(found[start:end]), share)
    return best


def trade_scores(text: str) -> dict[str, float]:
    """What the words set by hand alone say of a text: family → sum of their weights."""
    return _scores(text, (_trade_words(),))


def _text_scores(text: str) -> dict[str, float]:
    return _scores(text, (_trade_words(), _learned_words()))


def _scores(text: str, lexicons: tuple[_Weights, ...]) -> dict[str, float]:
    scores: defaultdict[str, float] = defaultdict(float)
    for phrase, share in phrases(text).items():
        for lexicon in lexicons:
            for family, weight in lexicon.get(phrase, ()):
                scores[family] += share * weight
    return scores


def _cpv_scores(codes: Iterable[str]) -> dict[str, float]:
    """The longest known prefix of each code speaks for its families, the main code loudest."""
    prefixes = _cpv_prefixes()
    scores: defaultdict[str, float] = defaultdict(float)
    for rank, code in enumerate(dict.fromkeys(code[:8] for code in codes)):
        meant = code.rstrip("0")
        length = next((size for size in range(8, 1, -1) if code[:size] in prefixes), 0)
        weight = _MAIN_CPV[min(5, length, max(2, len(meant)))] if length else 0.0
        for family in prefixes.get(code[:length], ()):
            scores[family] += weight * (1.0 if rank == 0 else _OTHER_CPV_SHARE / rank)
    return scores


@cache
def btp_families() -> frozenset[str]:
    """The families of building and public works: those most of whose subfamilies are (column is_btp)."""
    flags: defaultdict[str, list[bool]] = defaultdict(list)
    with (_LEXICONS / "families.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            flags[row["family_code"]].append(row["is_btp"] == "1")
    return frozenset(family for family, told in flags.items() if sum(told) * 2 > len(told))


@cache
def _cpv_prefixes() -> dict[str, tuple[str, ...]]:
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    with (_LEXICONS / "families.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for prefix in filter(None, row["cpv_prefixes"].split("|")):
                found[prefix][row["family_code"]] = None
    return {prefix: tuple(families) for prefix, families in found.items()}


@cache
def _trade_words() -> _Weights:
    found: defaultdict[str, list[tuple[str, float]]] = defaultdict(list)
    for keyword, family, weight in _rows("families_keywords.csv"):
        found[phrase_key(keyword)].append((family, float(weight)))
    return {keyword: tuple(weights) for keyword, weights in found.items()}


@cache
def _learned_words() -> _Weights:
    """« maitrise oeuvre,PI 1.4 NUM 0.3 »: already folded, see `docs/learn_families.py`."""
    found = {}
    for phrase, weights in _rows("families_words.csv"):
        parts = weights.split()
        found[phrase] = tuple(zip(parts[::2], map(float, parts[1::2]), strict=True))
    return found


@cache
def descriptor_families() -> dict[str, tuple[str, ...]]:
    """BOAMP descriptor, as words of its label → the families it may speak for: one when clear, none when vague."""
    return {
        phrase_key(label): (family,) if family else tuple(filter(None, ambiguous.strip("*").split("|")))
        for _, label, family, ambiguous in _rows("descripteurs.csv")
    }


def phrase_key(label: str) -> str:
    """A keyword or a label as `phrases` writes it."""
    return " ".join(words(label))


def _rows(name: str) -> Iterator[list[str]]:
    """Rows of a lexicon below its comment and its header."""
    with (_LEXICONS / name).open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(line for line in lines if not line.startswith("#"))
        next(rows)
        yield from rows
