"""Codes, dates and amounts of notices are brought to one form; nothing is guessed and nothing fails."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extractors import departements as places
from extractors.notices import values
from extractors.notices.build import links, lot_number, lot_numbers, ted_number
from extractors.notices.tree import Node, decode, from_json, parse_json, parse_xml
from extractors.notices.wording import anonymous

LEXICONS = Path(__file__).parents[1] / "extractors" / "lexicons"
with (LEXICONS / "departements.csv").open(encoding="utf-8", newline="") as lines:
    CODES = [row["code"] for row in csv.DictReader(lines)]


@pytest.mark.parametrize("code", CODES)
def test_every_departement_is_itself_and_as_the_journal_writes_it(code: str) -> None:
    indexed = {"2A": "20A", "2B": "20B"}.get(code, code.lstrip("0"))

    assert places.departement(code) == places.departement(indexed) == places.departement(f" {code.lower()} ") == code


@pytest.mark.parametrize("code", ["99", "20", "0", "", "96", "7", "1000", "FR"])
def test_no_departement(code: str) -> None:
    assert places.departement(code) == ("07" if code == "7" else None)


def test_departements_of_lists_and_of_one_text() -> None:
    assert places.departements(["6, 83", "20A;20B", "6"]) == ("06", "83", "2A", "2B")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("75011", ("75",)),
        ("20000", ("2A",)),
        ("20167", ("2A",)),
        ("20200", ("2B",)),
        ("97133", ("971",)),
        ("98800", ("988",)),
        ("5008", ("05",)),
        ("75 001", ("75",)),
        ("2B033", ("2B",)),
        ("F-13663", ("13",)),
        ("BE100", ()),
        ("", ()),
        ("99123", ()),
    ],
)
def test_postal_code(code: str, found: tuple[str, ...]) -> None:
    assert places.from_postal(code) == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("FR101", ("75",)),
        ("FRL04", ("13",)),
        ("FR824", ("13",)),
        ("FR10", ("75", "77", "78", "91", "92", "93", "94", "95")),
        ("FR1", ("75", "77", "78", "91", "92", "93", "94", "95")),
        ("FRM0", ("2A", "2B")),
        ("FRY1", ("971",)),
        ("FR940", ("974",)),
        ("FR", ()),
        ("FRA", ()),
        ("FRA4", ("974",)),
        ("LU000", ()),
        ("", ()),
    ],
)
def test_nuts(code: str, found: tuple[str, ...]) -> None:
    assert places.from_nuts(code) == found


def test_nuts_of_each_edition_cover_each_departement_once() -> None:
    with (LEXICONS / "nuts.csv").open(encoding="utf-8", newline="") as lines:
        rows = [(row["nuts"], row["departement"]) for row in csv.DictReader(lines)]
    mainland = {code for code in CODES if len(code) == 2}
    overseas = {"971", "972", "973", "974", "976"}
    since_2016 = [d for nuts, d in rows if (nuts[2].isalpha() and nuts[2] != "A") or nuts.startswith("FR10")]
    before = [d for nuts, d in rows if nuts[2].isdigit() and nuts[2] != "9"]

    assert sorted(since_2016) == sorted(mainland | overseas)
    assert sorted(before) == sorted(mainland)


@settings(deadline=None)
@given(st.integers(0, 10**14 - 1), st.sampled_from(["", " ", "."]))
def test_siret_is_found_however_spaced(number: int, gap: str) -> None:
    digits = f"{number:014}"
    written = gap.join((digits[:3], digits[3:6], digits[6:9], digits[9:]))

    assert values.siret(f"SIRET : {written} (siège)") == digits


@pytest.mark.parametrize(
    "text", [None, "", "356000000", "5520944760003", "219300019000112", "fr105", "FR 12 345678901"]
)
def test_no_siret(text: str | None) -> None:
    assert values.siret(text) is None


@settings(deadline=None)
@given(
    st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    st.times(),
    st.one_of(st.none(), st.integers(-12, 14)),
)
def test_moments_are_as_written(day: date, at: time, hours: int | None) -> None:
    at = at.replace(microsecond=0)
    zone = "Z" if hours is None else f"{'-' if hours < 0 else '+'}{abs(hours):02}:00"
    expected = datetime.combine(day, at, UTC if hours is None else timezone(timedelta(hours=hours)))

    assert values.moment(f"{day.isoformat()}T{at.isoformat()}{zone}") == expected
    assert values.moment(f"{day.isoformat()}{zone}", f"{at.isoformat()}{zone}") == expected
    assert values.day(f"{day.isoformat()}{zone}") == values.day(f"{day:%Y%m%d}") == values.day(f"{day:%d/%m/%Y}") == day


@pytest.mark.parametrize(
    ("on", "at", "found"),
    [
        pytest.param("2026-07-01", "12h30", "2026-07-01T12:30:00+02:00", id="paris-in-summer"),
        pytest.param("20261201 17:00", None, "2026-12-01T17:00:00+01:00", id="ted"),
        pytest.param("2026-12-01+01:00", None, "2026-12-01T23:59:00+01:00", id="no-time"),
        pytest.param("2026-12-01", "25:00", None, id="no-such-time"),
        pytest.param("2026-02-30", "12:00", None, id="no-such-day"),
        pytest.param("bientôt", None, None, id="words"),
        pytest.param("2026-12-01T10:00:00+99:99", None, None, id="no-such-zone"),
        pytest.param("2026-12-01T10:00:00+٠١:00", None, None, id="zone-in-other-digits"),
        pytest.param("0001-01-01T00:00:00", None, None, id="year-1"),
        pytest.param("9999-12-31T23:59:59-05:00", None, None, id="year-9999-west"),
        pytest.param("9999-12-31T23:59:59+00:00", None, None, id="year-9999"),
        pytest.param("31/12/2201", None, None, id="after-the-last-year"),
        pytest.param("2200-12-31T23:59:59-05:00", None, "2200-12-31T23:59:59-05:00", id="last-year"),
    ],
)
def test_moment(on: str, at: str | None, found: str | None) -> None:
    moment = values.moment(on, at)

    assert (moment and moment.isoformat()) == found


@pytest.mark.parametrize("text", ["0001-01-01", "19891231", "01/01/2201", "9999-12-31Z"])
def test_no_day_out_of_reach(text: str) -> None:
    assert values.day(text) is None


@settings(deadline=None)
@given(st.integers(0, 9999), st.integers(0, 99), st.integers(0, 99))
def test_any_moment_has_a_time_everywhere(year: int, hours: int, minutes: int) -> None:
    for sign in "+-":
        for day in ("01-01T00:00", "12-31T23:59"):
            if moment := values.moment(f"{year:04}-{day}:00{sign}{hours:02}:{minutes:02}"):
                moment.astimezone(UTC).astimezone(ZoneInfo("Europe/Paris"))


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_or_none(text: str) -> None:
    values.moment(text)
    values.amount(text)
    values.siret(text)
    places.from_postal(text)
    places.from_nuts(text)
    ted_number(text)
    lot_number(text)
    assert places.departement(text) in {*CODES, None}
    assert all(len(code) == 8 and code.isdigit() for code in values.cpv([text]))


@pytest.mark.parametrize(
    ("text", "euros"),
    [
        ("1 500 000,50", 1500000.5),
        ("3200000", 3200000),
        ("1.0E+17", 1e17),
        ("0", None),
        ("-5", None),
        ("NaN", None),
        ("inf", None),
        (None, None),
        ("NC", None),
    ],
)
def test_amount(text: str | None, euros: float | None) -> None:
    assert values.amount(text) == euros


def test_cpv_codes() -> None:
    assert values.cpv(["45316110-9", "45316110", None, "4531", " 09000000 "]) == ("45316110", "09000000")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("00041387-2024", "41387-2024"),
        ("041387-2024", "41387-2024"),
        ("2024/S 015-041387", "41387-2024"),
        ("26-91551", None),
        (None, None),
    ],
)
def test_number_of_the_european_journal(text: str | None, number: str | None) -> None:
    assert ted_number(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("LOT-0003", "3"),
        ("PAR-0001", "1"),
        ("03", "3"),
        ("9 (lot technique M)", "9"),
        ("Lot 2", "2"),
        ("Lot n°12", "12"),
        ("LOT 8 LA BANQUE", "8"),
        ("3 bis", "3BIS"),
        ("LOT-0002a", "2A"),
        ("Lot A", "A"),
        ("LOT-0000", "0"),
        ("Unique", "Unique"),
        ("279102325", "279102325"),
    ],
)
def test_lot_number(text: str, number: str) -> None:
    assert lot_number(text) == number


def test_lots_stay_apart() -> None:
    assert lot_numbers(["1 A", "1 B"]) == ["1A", "1B"]
    assert lot_numbers(["3", "3 bis"]) == ["3", "3BIS"]
    assert lot_numbers(["1 rue Basse", "1 rue Haute"]) == ["1 rue Basse", "1 rue Haute"]
    assert lot_numbers(["01", "02"]) == ["1", "2"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("d&amp;#039;insertion", "d'insertion", id="twice"),
        pytest.param("l\x92eau \x96 40\xa0%", "l’eau – 40 %", id="windows"),
        pytest.param("?id=1&region=11&not=2", "?id=1&region=11&not=2", id="address"),
        pytest.param("  a  b \r\n\r\n c ", "a b\nc", id="blanks"),
    ],
)
def test_text_is_decoded(written: str, read: str) -> None:
    assert decode(written) == read


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(json_values)
def test_any_json_makes_a_tree(data: object) -> None:
    assert from_json("racine", data).tag == "racine"


def test_half_a_surrogate_pair_becomes_a_mark() -> None:
    node = parse_json("racine", r'{"@cl\u00e9": "a\ud800", "#text": "b\udc00 \ud83d\ude00", "n": {"m": "\ud800"}}')
    assert node == Node("racine", "b? 😀", (Node("n", children=(Node("m", "?"),)),), (("clé", "a?"),))


def test_json_and_xml_make_the_same_tree() -> None:
    xml = parse_xml(b'<a:r xmlns:a="u"><a:x k="1">un</a:x><a:x>deux</a:x><a:y><P>n<FT>o</FT> 3</P></a:y></a:r>')
    data = {"c:x": [{"@k": "1", "#text": "un"}, "deux"], "c:y": {"P": "no 3"}}

    assert from_json("r", data) == Node("r", children=xml.children)


def test_addresses_that_are_kept() -> None:
    found = links(
        [
            ("documents", "www.a.fr"),
            ("submission", "https://www.a.fr"),
            ("profile", "voir le règlement"),
            ("profile", "https://b.fr/x?y=1"),
            ("profile", "ftp://c.fr"),
            ("profile", None),
        ]
    )

    assert [(link.kind, link.url) for link in found] == [
        ("documents", "https://www.a.fr"),
        ("profile", "https://b.fr/x?y=1"),
    ]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("Contact : Mme Anne Essai, 01 02 03 04 05", "Contact : [nom], ", id="named"),
        pytest.param("Contact : Jean DUPONT, 01 02 03 04 05", "Contact : [nom], ", id="named-without-title"),
        pytest.param("anne.essai@ville.fr ou 01.02.03.04.05", "[adresse] ou ", id="personal-address"),
        pytest.param(
            "accueil@plie-nord.fr, 01 02 03 04 05", "accueil@plie-nord.fr, 01 02 03 04 05", id="general-mailbox"
        ),
        pytest.param(
            "clauses-insertion@plie.fr, 01 02 03 04 05", "clauses-insertion@plie.fr, 01 02 03 04 05", id="body"
        ),
        pytest.param("Au 06 12 34 56 78", "Au ", id="mobile"),
        pytest.param("Monsieur le Maire", "Monsieur le Maire", id="office"),
        pytest.param("Lot M. 3", "Lot M. 3", id="letter"),
    ],
)
def test_nobody_is_named(written: str, kept: str) -> None:
    assert anonymous(written) == kept
