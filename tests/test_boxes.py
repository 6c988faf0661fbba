"""Tick-boxes of a text: which box governs some words, and whether it is ticked."""

from __future__ import annotations

import pytest

from extractors.boxes import box_for
from extractors.text import normalise

WORDS = "clause d'insertion"


def state(text: str) -> bool | None:
    view = normalise(text).text
    start = view.index(WORDS)
    return box_for(view, start, start + len(WORDS))


BEFORE: dict[str, tuple[str, bool | None]] = {
    "ticked": ("☒ clause d'insertion", True),
    "checked": ("☑ clause d'insertion", True),
    "tick": ("✓ clause d'insertion", True),
    "open": ("☐ clause d'insertion", False),
    "white-square": ("□ clause d'insertion", False),
    "brackets-x": ("[X] clause d'insertion", True),
    "brackets-spaced-x": ("[ x ] clause d'insertion", True),
    "brackets-empty": ("[ ] clause d'insertion", False),
    "wingdings-ticked": ("\uf0fe clause d'insertion", True),
    "wingdings-open": ("\uf0a8 clause d'insertion", False),
    "wingdings-round": ("\uf06f clause d'insertion", False),
    "own-box-of-two": ("☒ clause environnementale ☐ clause d'insertion", False),
    "own-box-of-two-ticked": ("☐ clause environnementale ☒ clause d'insertion", True),
    "next-line": ("☐ clause environnementale\n☒ clause d'insertion", True),
    "words-between": ("☒ le marché comporte une clause d'insertion", True),
    "no-box": ("Le marché comporte une clause d'insertion", None),
    "list-sign": ("\uf0b7 clause d'insertion", None),
    "bullet": ("• clause d'insertion", None),
    "brackets-of-a-note": ("[1] clause d'insertion", None),
}
AFTER: dict[str, tuple[str, bool | None]] = {
    "yes": ("clause d'insertion : ☒ Oui ☐ Non", True),
    "no": ("clause d'insertion : ☐ Oui ☒ Non", False),
    "yes-capitals": ("clause d'insertion ☒ OUI ☐ NON", True),
    "no-first": ("clause d'insertion : ☒ Non ☐ Oui", False),
    "yes-last": ("clause d'insertion : ☐ Non ☒ Oui", True),
    "neither": ("clause d'insertion : ☐ Oui ☐ Non", False),
    "without-object": ("clause d'insertion : ☐ Oui ☒ Sans objet", False),
    "brackets": ("clause d'insertion : [X] Oui [ ] Non", True),
    "matrix-one-lot": ("clause d'insertion  ☒  ☐  ☐", True),
    "matrix-last-lot": ("clause d'insertion  ☐  ☐  ☒", True),
    "matrix-none": ("clause d'insertion  ☐  ☐  ☐", False),
    "next-item": ("clause d'insertion ☐ clause environnementale", None),
    "too-far": ("clause d'insertion " + "et toutes les mesures prévues par le contrat " * 3 + ": ☐ Oui ☒ Non", None),
}


@pytest.mark.parametrize(("text", "expected"), BEFORE.values(), ids=BEFORE)
def test_a_box_before_the_words_governs_them(text: str, expected: bool | None) -> None:
    assert state(text) is expected


@pytest.mark.parametrize(("text", "expected"), AFTER.values(), ids=AFTER)
def test_boxes_after_the_words_answer_them(text: str, expected: bool | None) -> None:
    assert state(text) is expected
