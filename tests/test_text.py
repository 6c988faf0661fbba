"""The view of a text: what it reads like, where its characters come from, and where its sentences end."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from extractors.text import fold, normalise, sentences

# ---------------------------------------------------------------- the view

VIEWS = {
    "plain": ("Clause sociale", "Clause sociale"),
    "empty": ("", ""),
    "line-break": ("clause\nsociale", "clause sociale"),
    "indented-line": ("clause  \n   sociale", "clause sociale"),
    "cells": ("Lot 1  1 200 h  Peinture", "Lot 1 | 1 200 h | Peinture"),
    "wide-cells": ("Lot 1        1 200 h", "Lot 1 | 1 200 h"),
    "nbsp": ("1\u00a0200\u00a0h", "1 200 h"),
    "thin-space": ("1\u202f200 €", "1 200 €"),
    "figure-space": ("1\u2007200", "1 200"),
    "zero-width": ("L.\u200b2112", "L. 2112"),
    "tab": ("Lot 1\t200 h", "Lot 1 200 h"),
    "curly-apostrophe": ("l’insertion", "l'insertion"),
    "cp1252-apostrophe": ("l\x92insertion", "l'insertion"),
    "cp1252-opening": ("l\x91insertion", "l'insertion"),
    "acute-as-apostrophe": ("l´insertion", "l'insertion"),
    "ligature-fi": ("béné\ufb01ciaires", "bénéficiaires"),
    "ligature-ffi": ("o\ufb03ce", "office"),
    "ligature-oe": ("main d’œuvre", "main d'oeuvre"),
    "capital-oe": ("MAIN D’ŒUVRE", "MAIN D'OEUVRE"),
    "composed-accent": ("re\u0301servé", "réservé"),
    "composed-cedilla": ("franc\u0327ais", "français"),
    "unbreakable-hyphen": ("sous\u2011traitance", "sous-traitance"),
    "soft-hyphen": ("inser\u00adtion", "insertion"),
    "cut-word": ("éloi-\ngnées de l'emploi", "éloignées de l'emploi"),
    "cut-word-indented": ("éloi- \n   gnées", "éloignées"),
    "cut-word-soft-hyphen": ("éloi\u00ad\ngnées", "éloignées"),
    "cut-word-true-hyphen": ("éloi\u2010\ngnées", "éloignées"),
    "cut-before-accent": ("n\u2010\népreuve", "népreuve"),
    "compound-sous": ("en sous-\ntraitance", "en sous-traitance"),
    "compound-co": ("les co-\ntraitants", "les co-traitants"),
    "compound-demi": ("une demi-\njournée", "une demi-journée"),
    "compound-peut": ("peut-\nêtre", "peut-être"),
    "compound-capital": ("Sous-\ntraitant", "Sous-traitant"),
    "not-compound": ("déci-\nsion", "décision"),
    "hyphen-before-capital": ("Nord-\nPas", "Nord- Pas"),
    "hyphen-before-digit": ("article L2113-\n12", "article L2113- 12"),
    "list-dash": ("travaux\n- peinture", "travaux - peinture"),
    "range": ("2024-\n2025", "2024- 2025"),
}


@pytest.mark.parametrize(("source", "text"), VIEWS.values(), ids=VIEWS)
def test_view(source: str, text: str) -> None:
    assert normalise(source).text == text


def test_the_last_letter_of_a_compound_decides() -> None:
    """« inaction » ends like no compound, « association » does not begin one."""
    assert normalise("person-\nnes").text == "personnes"
    assert normalise("Mayenne-\nsud").text == "Mayennesud"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÉLOIGNÉES", "eloignees"),
        ("Àâçîïôùûüÿ", "aaciiouuuy"),
        ("Œuvre", "œuvre"),
        ("1 200 €", "1 200 €"),
        ("İI", "ii"),
        ("ſß", "sß"),
    ],
)
def test_fold_keeps_every_place(text: str, folded: str) -> None:
    assert len(fold(text)) == len(text)
    if text != "ſß":
        assert fold(text) == folded


ODD = "aé eà\u0301-\u2010\u2011\u00ad\n\t\u00a0\u202f\u2009\u200b’\x92\ufb01\ufb03œŒæ.;|  LlNn12"
MARKS = "".join(chr(code) for code in range(0x300, 0x370))
texts = st.one_of(st.text(ODD, max_size=60), st.text(max_size=40))


@given(source=texts)
@example(source="e\u0301\u0327 \u00a0\n")
@example(source="\u0301")
@example(source="\n")
def test_every_character_of_the_view_has_a_place_in_the_source(source: str) -> None:
    view = normalise(source)
    assert len(view.offsets) == len(view.text) + 1 == len(view.folded) + 1
    assert view.offsets[-1] == len(source)
    assert list(view.offsets) == sorted(view.offsets)
    assert all(0 <= offset < len(source) for offset in view.offsets[:-1])


@given(source=texts, data=st.data())
@example(source="éloi-\ngnées", data=None)
def test_a_span_of_the_view_comes_from_a_span_that_reads_the_same(source: str, data: st.DataObject | None) -> None:
    view = normalise(source)
    size = len(view.text)
    spans = (
        [(i, j) for i in range(size) for j in range(i + 1, size + 1)]
        if data is None
        else [tuple(sorted((data.draw(st.integers(0, size)), data.draw(st.integers(0, size)))))]
    )
    for start, end in spans:
        low, high = view.source_span(start, end)
        assert 0 <= low <= high <= len(source)
        # At the ends of a slice a blank, a hyphen that joins and a mark without its letter read otherwise than inside.
        wanted = view.text[start:end].strip(" |-").lstrip(MARKS)
        assert wanted in normalise(source[low:high]).text, (source, (start, end), (low, high))


@given(source=st.text("abcdefgh éèàÇ1234567890.,;:()", max_size=60).map(lambda text: " ".join(text.split())))
def test_a_plain_text_is_its_own_view(source: str) -> None:
    view = normalise(source)
    assert view.text == source
    assert view.offsets == tuple(range(len(source) + 1))


@given(source=texts)
def test_a_view_has_no_line_break_no_odd_space_and_no_double_space(source: str) -> None:
    text = normalise(source).text
    assert not set(text) & set("\n\t\u00a0\u202f\u2009\u200b’\x92\ufb01\ufb03\u2011\u00ad")


@pytest.mark.parametrize(
    ("source", "words", "expected"),
    [
        ("à des personnes éloi-\ngnées de l’emploi", "éloignées", "éloi-\ngnées"),
        ("béné\ufb01ciaires du RSA", "bénéficiaires", "béné\ufb01ciaires"),
        ("de   1\u00a0200 heures", "1 200", "1\u00a0200"),
        ("l’insertion", "l'insertion", "l’insertion"),
        ("re\u0301serve\u0301 a", "réservé", "re\u0301serve\u0301"),
        ("Lot 2    35 h", "2 | 35", "2    35"),
    ],
)
def test_words_of_the_view_quote_the_source(source: str, words: str, expected: str) -> None:
    view = normalise(source)
    start = view.text.index(words)
    low, high = view.source_span(start, start + len(words))
    assert source[low:high] == expected


# ---------------------------------------------------------------- sentences


def cut(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentences(text)]


CUTS: dict[str, list[str]] = {
    "plain": ["Le marché est réservé.", "Il dure un an."],
    "after-digits": ["Le lot dure jusqu'en 2025.", "Il est reconductible."],
    "after-capitals": ["Le marché est réservé aux ESAT.", "Il dure un an."],
    "after-percent": ["La part est de 5 %.", "Elle est contrôlée."],
    "after-euro": ["La pénalité est de 50 €.", "Elle est cumulable."],
    "after-bracket": ["Le lot est réservé (L. 2113-12).", "Il dure un an."],
    "after-quote": ["Il écrit « réservé ».", "Elle répond."],
    "question": ["Le lot est-il réservé ?", "Oui."],
    "list-of-items": ["Critères : prix 60 % ;", "insertion 10 % ;", "délai 30 %."],
    "bullets": ["Le titulaire :", "• réserve 100 heures", "• forme un apprenti"],
    "list-sign": ["Le titulaire :", "➢ réserve 100 heures"],
    "private-list-sign": ["Le titulaire :", "\uf0b7 réserve 100 heures"],
    "boxes": ["Clauses :", "☒ insertion", "☐ formation"],
    "accented-capital": ["Le lot est réservé.", "À défaut, il est relancé."],
    "opening-quote": ["Le lot est réservé.", "« Il dure un an »."],
    "numbered": ["Le lot est réservé.", "2) Il dure un an."],
    "dash": ["Le lot est réservé.", "- Il dure un an."],
    "long-initials": ["Il renvoie au C.C.A.P.", "Le titulaire réserve 100 heures."],
}


@pytest.mark.parametrize("parts", CUTS.values(), ids=CUTS)
def test_sentences_are_parted(parts: list[str]) -> None:
    assert cut(" ".join(parts)) == parts


GLUED = {
    "point": ["Marché de prestations.", "La consultation est ouverte."],
    "point-accent": ["Le lot est réservé.", "Écrire en français."],
    "no-point": ["La durée est d'un an", "Les candidats répondent."],
    "capital-after-number": ["Le lot compte 300 heures en 2024.", "Le titulaire répond."],
}


@pytest.mark.parametrize("parts", GLUED.values(), ids=GLUED)
def test_sentences_of_a_notice_that_lost_its_spaces_are_parted(parts: list[str]) -> None:
    assert cut("".join(parts)) == parts


WHOLE = {
    "article-of-law": "En application de l'article L. 2113-12 du code, le lot est réservé.",
    "article-of-decree": "L'article R. 2113-7 fixe la part à 50 %.",
    "article-letter-space": "En application de l'art. 4 du CCAP, le titulaire répond.",
    "capital-after-art": "Voir l'art. L2113-12 du code.",
    "initials": "Le C.C.A.P. prévoit 100 heures d'insertion.",
    "cf": "La clause (cf. Annexe 2) s'applique.",
    "page": "La clause figure p. 12 du CCAP.",
    "number": "Le lot n. 3 est réservé.",
    "section": "L'article 8.2.2 du CCAP prévoit une pénalité.",
    "decimal": "La part est de 2.50 % des heures.",
    "thousands": "Le titulaire réserve 1.200 heures.",
    "mister": "Le contact est M. Le Goff, facilitateur.",
    "alinea": "L'al. 2 de l'article 4 s'applique.",
    "address": "Écrire à clauses@plie.example pour la clause.",
    "hyphen": "L'entreprise McDonald réserve 100 heures.",
    "capitals-inside": "La SIAE ou l'ESAT retenu réserve 100 heures.",
    "camel-brand": "Les PDF sont déposés sur la plateforme.",
}


@pytest.mark.parametrize("text", WHOLE.values(), ids=WHOLE)
def test_a_point_that_ends_no_sentence_parts_nothing(text: str) -> None:
    assert cut(text) == [text]


@given(text=st.text("ab AZé.;!?•☐1( )«»", max_size=60))
def test_sentences_follow_each_other_and_lose_no_word(text: str) -> None:
    spans = list(sentences(text))
    place = 0
    for start, end in spans:
        assert place <= start < end <= len(text) and text[start] != " "
        assert text[place:start].strip() == "" and text[start:end].strip()
        place = end
    assert text[place:].strip() == ""


@pytest.mark.parametrize("word", ["heures d'insertion, ", "x"], ids=["words", "no-space"])
def test_what_runs_on_without_end_is_cut_and_loses_nothing(word: str) -> None:
    text = (word * 100_000)[:100_000].rstrip()
    spans = list(sentences(text))
    assert max(end - start for start, end in spans) <= 4000
    assert "".join(text[start:end] for start, end in spans).replace(" ", "") == text.replace(" ", "")
