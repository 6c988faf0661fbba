"""Which lots a clause binds: those named nearest, those of its title, or the whole contract."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structure_documents import made

from extractors.lots import lot_references
from extractors.scope import ALL, lots_near, lots_of_title, merged

MERGED: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "none": ("Le titulaire réserve 100 heures.", None),
    "one": ("Le lot n° 2 est réservé.", ("2",)),
    "list": ("Les lots 1, 3 et 5 sont réservés.", ("1", "3", "5")),
    "two-mentions": ("Le lot 1 et, plus loin, le lot 4.", ("1", "4")),
    "named-twice": ("Le lot 1, encore le lot 1.", ("1",)),
    "range": ("Lots 2 à 4", ("2", "3", "4")),
    "every-lot": ("Tous les lots sont concernés.", ALL),
    "each-lot": ("Chaque lot est concerné.", ALL),
    "single-lot": ("Lot unique", ALL),
    "every-lot-and-one": ("Tous les lots, dont le lot 2.", ALL),
    "all-but-one": ("Tous les lots à l'exception du lot 2.", ALL),
    "excluded-alone": ("La clause ne concerne pas le lot 2.", ALL),
    "one-without-another": ("Le lot 1, hors lot 2.", ("1",)),
}


@pytest.mark.parametrize(("text", "expected"), MERGED.values(), ids=MERGED)
def test_lots_of_a_sentence(text: str, expected: tuple[str, ...] | None) -> None:
    assert merged(lot_references(text)) == expected


NEAR: dict[str, tuple[str, str, list[str], tuple[str, ...] | None]] = {
    "no-rival": ("Le lot 2 est réservé aux ESAT.", "réservé", [], ("2",)),
    "no-lot": ("Le marché est réservé aux ESAT.", "réservé", [], None),
    "before": ("Le lot 1 est réservé aux ESAT, le lot 2 aux SIAE.", "ESAT", ["SIAE"], ("1",)),
    "before-the-rival": ("Le lot 1 est réservé aux ESAT, le lot 2 aux SIAE.", "SIAE", ["ESAT"], ("2",)),
    "two-lots": ("Les lots 1 et 2 sont réservés aux ESAT, le lot 3 aux SIAE.", "ESAT", ["SIAE"], ("1", "2")),
}


@pytest.mark.parametrize(("text", "words", "rivals", "expected"), NEAR.values(), ids=NEAR)
def test_lots_go_to_the_words_they_stand_nearest_to(
    text: str, words: str, rivals: list[str], expected: tuple[str, ...] | None
) -> None:
    def span(part: str) -> tuple[int, int]:
        return text.index(part), text.index(part) + len(part)

    assert lots_near(text, *span(words), [span(rival) for rival in rivals]) == expected


@pytest.mark.xfail(strict=True, reason="a lot that stands after its words goes to the words that follow it")
@pytest.mark.parametrize(("words", "rival", "lot"), [("insertion", "critère", "3"), ("critère", "insertion", "4")])
def test_a_lot_after_its_words_is_theirs(words: str, rival: str, lot: str) -> None:
    text = "Le marché comporte une clause d'insertion pour le lot 3 et un critère social pour le lot 4."
    spans = [(text.index(part), text.index(part) + len(part)) for part in (words, rival)]
    assert lots_near(text, *spans[0], spans[1:]) == (lot,)


@given(lots=st.lists(st.integers(1, 60), min_size=1, max_size=6, unique=True))
def test_lots_written_are_lots_read(lots: list[int]) -> None:
    written = " ; ".join(f"le lot n° {lot} est réservé" for lot in lots)
    assert merged(lot_references(written)) == tuple(map(str, lots))


def test_the_nearest_title_gives_the_lots() -> None:
    _, passages = made(
        "#ARTICLE 4 - LOTS 1 ET 2\n\n#4.1 Dispositions du lot 1\n\nLe titulaire réserve 100 heures à l'insertion.\n\n"
        "#4.2 Généralités\n\nLe titulaire désigne un interlocuteur pour toute la durée du marché."
    )
    bodies = [passage for passage in passages if passage.role == "body"]
    assert [lots_of_title(passage) for passage in bodies] == [("1",), ("1", "2")]


def test_a_title_without_lot_says_nothing() -> None:
    _, passages = made("#ARTICLE 4 - CLAUSE SOCIALE\n\nLe titulaire réserve 100 heures à l'insertion.")
    assert lots_of_title(passages[-1]) is None
