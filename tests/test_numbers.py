"""Numbers as tenders write them are read back exactly, whatever the spelling; anything else is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extractors.numbers import EURO, NUMBER, parse_number
from extractors.text import normalise

UNITS = ("", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
         "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf")  # fmt: skip
TENS = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante", 80: "quatre-vingt"}


def below_hundred(number: int) -> str:
    if number < 20:
        return UNITS[number]
    ten = 80 if number >= 80 else 60 if number >= 60 else number // 10 * 10
    rest = number - ten
    if rest == 0:
        return "quatre-vingts" if ten == 80 else TENS[ten]
    if rest in (1, 11) and ten != 80:
        return f"{TENS[ten]} et {UNITS[rest]}"
    return f"{TENS[ten]}-{UNITS[rest]}"


def spelled(number: int) -> str:
    """French words of 1..9999, in the spelling before 1990."""
    thousands, rest = divmod(number, 1000)
    hundreds, last = divmod(rest, 100)
    words = []
    if thousands:
        words.append("mille" if thousands == 1 else f"{UNITS[thousands]} mille")
    if hundreds:
        words.append("cent" if hundreds == 1 else f"{UNITS[hundreds]} cent{'' if last else 's'}")
    if last:
        words.append(below_hundred(last))
    return " ".join(words)


def thousands(number: int, mark: str) -> str:
    """1234567 → « 1 234 567 » with `mark` between the groups."""
    return f"{number:,}".replace(",", mark)


def read(text: str) -> float:
    """The value of a text that NUMBER must match whole in its view, as the rules see it."""
    folded = normalise(text).folded
    match = re.match(NUMBER, folded)
    assert match is not None and match.group() == folded, (folded, match)
    return parse_number(match.group())


# ---------------------------------------------------------------- digits

SPACES = {"space": " ", "nbsp": "\u00a0", "thin": "\u202f", "figure": "\u2007", "dot": ".", "none": ""}
amounts = st.integers(0, 999_999_999)


@pytest.mark.parametrize("mark", SPACES.values(), ids=SPACES)
@given(number=amounts)
def test_thousands(mark: str, number: int) -> None:
    assert read(thousands(number, mark)) == number


@pytest.mark.parametrize("mark", SPACES.values(), ids=SPACES)
@given(number=amounts, decimals=st.from_regex(r"\A[0-9]{1,4}\Z"))
def test_decimals_after_a_comma(mark: str, number: int, decimals: str) -> None:
    assert read(f"{thousands(number, mark)},{decimals}") == float(f"{number}.{decimals}")


@given(number=st.integers(0, 999), decimals=st.from_regex(r"\A(?:[0-9]{1,2}|[0-9]{4})\Z"))
def test_a_point_that_no_three_digits_follow_is_decimal(number: int, decimals: str) -> None:
    assert read(f"{number}.{decimals}") == float(f"{number}.{decimals}")


@pytest.mark.parametrize(("scale", "value"), [("k€", 10**3), ("k euros", 10**3), ("M€", 10**6), ("M euros", 10**6)])
@pytest.mark.parametrize("space", ["", " ", "\u00a0"], ids=["glued", "space", "nbsp"])
@given(number=st.integers(1, 9999), decimal=st.integers(0, 9))
def test_scale_letters(scale: str, value: int, space: str, number: int, decimal: int) -> None:
    folded = normalise(f"{number},{decimal}{space}{scale}").folded
    match = re.match(NUMBER + EURO, folded)
    assert match is not None and match.group() == folded
    written = re.match(NUMBER, folded)
    assert written is not None
    assert parse_number(written.group()) == pytest.approx((number + decimal / 10) * value, abs=1e-6)


@pytest.mark.parametrize(("scale", "value"), [("million", 10**6), ("millions", 10**6), ("milliard", 10**9)])
@given(number=st.integers(1, 999), decimal=st.integers(0, 9))
def test_scale_words(scale: str, value: int, number: int, decimal: int) -> None:
    assert read(f"{number},{decimal} {scale}") == pytest.approx((number + decimal / 10) * value, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,1 million d'", 1_100_000),
        ("2 millions d'", 2_000_000),
        ("8,4 millions d’", 8_400_000),
        ("2,5 millions de", 2_500_000),
        ("109.000", 109_000),
        ("2.50", 2.5),
        ("1.5", 1.5),
        ("25 124 684", 25_124_684),
        ("0,5", 0.5),
        ("08", 8),
    ],
)
def test_forms_seen_in_documents(text: str, value: float) -> None:
    assert read(text) == value


# ---------------------------------------------------------------- words


@pytest.mark.parametrize("hundred", range(0, 10_000, 500))
def test_words_up_to_9999(hundred: int) -> None:
    wrong = [(n, spelled(n)) for n in range(max(hundred, 1), hundred + 500) if read(spelled(n)) != n]
    assert wrong == []


@given(number=st.integers(1, 9999))
def test_words_in_capitals_all_hyphens_and_over_two_lines(number: int) -> None:
    words = spelled(number)
    assert read(words.upper()) == number
    assert read(words.replace(" ", "-")) == number
    assert read(words.replace(" ", "\n  ")) == number


@pytest.mark.parametrize("bracket", ["({})", "( {} )"], ids=["tight", "loose"])
@pytest.mark.parametrize("mark", [" ", "\u00a0", ".", ""], ids=["space", "nbsp", "dot", "none"])
@given(number=st.integers(1, 9999))
def test_words_with_digits_in_brackets(bracket: str, mark: str, number: int) -> None:
    assert read(f"{spelled(number)} {bracket.format(thousands(number, mark))}") == number


def test_digits_in_brackets_win_over_words() -> None:
    assert read("quarante (48)") == 48


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("une", 1),
        ("deux millions", 2_000_000),
        ("un million", 1_000_000),
        ("trois millions cinq cent mille", 3_500_000),
        ("deux cent quatre-vingts", 280),
        ("quatre-vingt mille", 80_000),
        ("deux cent mille", 200_000),
        ("vingt-et-un", 21),
    ],
)
def test_words_above_and_beside(text: str, value: float) -> None:
    assert read(text) == value


# ---------------------------------------------------------------- what stands around


@pytest.mark.parametrize(
    ("sentence", "numbers"),
    [
        ("de 2 000 euros", [2000]),
        ("35 heures par tranche de 100 000 €", [35, 100_000]),
        ("pour 1 200 h, dont 300 h", [1200, 300]),
        ("au lot 1 1 200 heures", [1, 1200]),
        ("entre 900 et 1 100", [900, 1100]),
        ("une heure par tranche", [1]),
        ("vingt-quatre mois", [24]),
        ("centre commun", []),
        ("sixième lot", []),
        ("onzeheures", []),
        ("unité", []),
        ("zéro heure", []),
        ("1 2345", [1, 2345]),
    ],
)
def test_numbers_of_a_sentence(sentence: str, numbers: list[float]) -> None:
    folded = normalise(sentence).folded
    assert [parse_number(match.group()) for match in re.finditer(NUMBER, folded)] == numbers


@given(number=amounts, mark=st.sampled_from(list(SPACES.values())), before=st.sampled_from(["de ", "", "(", "« "]))
def test_a_number_is_never_read_in_part(number: int, mark: str, before: str) -> None:
    folded = normalise(f"{before}{thousands(number, mark)} heures").folded
    assert [parse_number(m.group()) for m in re.finditer(NUMBER, folded)] == [number]


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    "text", ["", " ", "heures", "abc", "douze heures", "12h", "12 h", "€", "-", "trois (x)", "cent un an"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_number(text)


@pytest.mark.parametrize("text", ["9" * 400, "cent " * 200], ids=["digits", "words"])
def test_a_run_without_end_holds_no_number_that_does_not_fit(text: str) -> None:
    assert all(parse_number(match.group()) < 1e30 for match in re.finditer(NUMBER, text))


@pytest.mark.parametrize("text", ["9" * 400, "1" + " 000" * 200, "1," + "0" * 400], ids=["run", "groups", "decimals"])
def test_digits_without_end_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_number(text)


@given(text=st.text(max_size=12))
def test_any_text_is_a_number_or_a_value_error(text: str) -> None:
    try:
        value = parse_number(normalise(text).folded)
    except ValueError:
        return
    assert value >= 0


# ---------------------------------------------------------------- euros


@pytest.mark.parametrize(
    "text",
    [
        "€",
        " €",
        " euros",
        " Euros",
        " EUR",
        " € HT",
        "€ H.T.",
        " euros hors taxes",
        " € (HT)",
        " € TTC",
        " euro",
        "\u00a0€",
    ],
)
def test_euro_signs(text: str) -> None:
    folded = normalise(text).folded
    match = re.match(EURO, folded)
    assert match is not None and match.group() == folded


@pytest.mark.parametrize("text", [" européens", " eurl", " e", " heures", " eureka"])
def test_no_euro(text: str) -> None:
    assert re.match(EURO, normalise(text).folded) is None
