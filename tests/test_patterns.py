"""Words and expressions looked for together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from extractors.patterns import any_of

WORDS = st.lists(st.text("ab -é", min_size=1, max_size=4), min_size=1, max_size=6)


@given(WORDS, st.text("ab -é", max_size=12))
def test_any_of_some_words_stands_where_one_of_them_does(words: list[str], text: str) -> None:
    first = min((text.find(word) for word in words if word in text), default=None)
    found = any_of(words).search(text)
    assert (found and found.start()) == first


def test_expressions_stand_beside_words() -> None:
    pattern = any_of(["insertion", r"\bess\b", "insert"])
    found = {text for text in ("inserer", "reinsertion", "l'ess", "blesse") if pattern.search(text)}
    assert found == {"reinsertion", "l'ess"}
