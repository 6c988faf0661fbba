"""Which lots a sentence names, and the lots that a document lists."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structure_documents import made, notice, table

from extractors.lotlist import find_lots
from extractors.lots import LotReference, lot_references, normalise_number

# « 1 3 » numbers, « * » whole contract, « - » excluded, « | » between references.
REFERENCES = {
    "Les lots 1, 3 et 5 sont concernés": "1 3 5",
    "les lots n° 3, n° 7, n° 10 et n° 13": "3 7 10 13",
    "relance du lot no1": "1",
    "LOT N°2 – COUVERTURE": "2",
    "Lot nº : 4": "4",
    "Lot No: 6": "6",
    "Lot : 01": "1",
    "le lot n\no\n3 est réservé": "3",
    "Lots 01, 04 et 09": "1 4 9",
    "lots 2, 6, 8, 11 ou 12": "2 6 8 11 12",
    "Lots no1,2,": "1 2",
    "lots 13 , 15, 16": "13 15 16",
    "les lots 2\u00a0et\u00a03": "2 3",
    "lots 1-2-3-4": "1 2 3 4",
    "lots 3-5-9": "3 5 9",
    "lots 12-13": "12 13",
    "lots 4-8": "4 5 6 7 8",
    "lots 8, 12-13 et 15": "8 12 13 15",
    "lots 2 - 3 - 7": "2 3 7",
    "lots 1/2/3": "1 2 3",
    "lots 1 à 5": "1 2 3 4 5",
    "LOTS 1 A 4": "1 2 3 4",
    "lots 5 à 7 et 9": "5 6 7 9",
    "lots A à D": "A B C D",
    "lots A, B et C": "A B C",
    "lot A : voirie": "A",
    "lots 9a, 9b, 10": "9A 9B 10",
    "le lot 02A": "2A",
    "lot n° 3 bis : dallage": "3BIS",
    "lot S15": "S15",
    "macro-lot 2": "2",
    "(lot 1)": "1",
    "deux lots (2 et 8) sont réservés": "2 8",
    "relance des lots (4 - 6 - 7a)": "4 6 7A",
    "du lot 1 et du lot 9": "1 9",
    "lot 1, lot 2 et lot 3": "1 2 3",
    "au lot 1, le lot 2 étant exclu": "1|2",
    "lots 1 et/ou 2": "1 2",
    "Lot 1:1200 h": "1",
    "Lot 1:1200 hLot 2: 250 h": "1|2",
    "lots 2 et 18Ces lots": "2 18",
    "lot 1, 1 500 heures": "1",
    "lot 1, 10 % des heures": "1",
    "lot 1, 150 h": "1",
    "lots 1 et 2, 3 ETP": "1 2",
    "lot 1, 412 300 € HT": "1",
    "lot 1, 12/05/2021": "1",
    "lots 1, 2 et 15 les jeudi 15 janvier": "1 2 15",
    "Lot 2 - 3 véhicules": "2",
    "par lot 35 heures": "",
    "Nombre de lots 4": "",
    "nombre maximal de lots : 2": "",
    "lots de lavage": "",
    "le lot de copropriété": "",
    "l'îlot 4": "",
    "les pompiers du Lot (46)": "",
    "10 Lots A Bâtir": "",
    "LOT A RÉALISER": "",
    "lot n° ……": "",
    "tous les lots": "*",
    "chacun des lots": "*",
    "l’ensemble des lots": "*",
    "chaque lot": "*",
    "Lot unique : 35 H": "*",
    "Pour les 4 lots :": "*",
    "l'ensemble des autres lots": "",
    "les deux lots réservés": "",
    "à l'exception du lot 2": "-2",
    "hors lot 3": "-3",
    "sauf les lots 1 et 2": "-1 2",
    "à l’exclusion des lots 3 à 5": "-3 4 5",
    "Elle ne s’applique pas au lot 2": "-2",
    "tous les lots, sauf le\nlot n°7": "*|-7",
}


def _shown(reference: LotReference) -> str:
    return ("-" if reference.excluded else "") + ("*" if reference.whole else " ".join(reference.numbers))


@pytest.mark.parametrize(("text", "expected"), REFERENCES.items(), ids=REFERENCES)
def test_lot_references(text: str, expected: str) -> None:
    assert "|".join(map(_shown, lot_references(text))) == expected


NUMBERS = st.lists(st.integers(1, 199), min_size=1, max_size=8, unique=True).map(sorted)
SEPARATORS = st.sampled_from([", ", ",", " ; ", " et ", " ou ", ", n° ", ",\u00a0", ",\n", " + "])
HEADS = st.sampled_from(
    ["lots ", "Lots n° ", "LOTS N°", "lots n\u00a0°\u00a0", "lot(s) ", "lots nº ", "lots : ", "lots no "]
)
ENDS = st.sampled_from(["", ".", " :", " sont réservés.", ")", " pour 35 heures", "\nArticle 4", " ; le titulaire"])


@given(NUMBERS, HEADS, SEPARATORS, ENDS, st.booleans())
def test_a_list_written_any_way_is_read_back(
    numbers: list[int], head: str, separator: str, end: str, padded: bool
) -> None:
    written = separator.join(f"{number:02d}" if padded else str(number) for number in numbers)
    (reference,) = lot_references(f"Pour les {head}{written}{end}")
    assert reference.numbers == tuple(map(str, numbers))
    assert not reference.whole
    assert not reference.excluded


@given(st.integers(1, 90), st.integers(1, 9), st.sampled_from([" à ", "\u00a0à\u00a0", " A ", " à\n"]))
def test_a_range_is_unrolled(first: int, more: int, joint: str) -> None:
    (reference,) = lot_references(f"les lots {first}{joint}{first + more}")
    assert reference.numbers == tuple(str(number) for number in range(first, first + more + 1))


@given(st.integers(1, 60), st.integers(1, 9999), st.sampled_from([" : ", ":", " – ", " (", " = "]))
def test_a_volume_after_the_lot_is_no_lot(number: int, hours: int, joint: str) -> None:
    (reference,) = lot_references(f"Lot {number}{joint}{hours} heures")
    assert reference.numbers == (str(number),)


@given(st.text(alphabet="lotsLOT n°0123456789,;:-–àet()./%h€\n\u00a0", max_size=60))
def test_spans_are_in_order_and_inside_the_text(text: str) -> None:
    references = lot_references(text)
    assert all(0 <= r.start < r.end <= len(text) for r in references)
    assert [r.start for r in references] == sorted(r.start for r in references)
    assert all(r.whole or r.numbers for r in references)


def test_the_span_holds_the_list_and_nothing_more() -> None:
    text = "Pour les lots 2 et 4, le titulaire réserve 300 heures."
    (reference,) = lot_references(text)
    assert text[reference.start : reference.end] == "lots 2 et 4"


@pytest.mark.parametrize(
    ("written", "number"), [("01", "1"), ("02a", "2A"), ("3 bis", "3BIS"), ("00", "0"), ("B", "B")], ids=str
)
def test_normalise_number(written: str, number: str) -> None:
    assert normalise_number(written) == number


LISTS = {
    "prose": (
        "Il y a trois lots :\n\nLot n° 1 : Gros œuvre\n\nLot 02 – Charpente bois\n\nLOT N°3 PEINTURE",
        [("1", "Gros oeuvre"), ("2", "Charpente bois"), ("3", "PEINTURE")],
    ),
    "on one line": ("Lot 1 : tonte – Lot 2 : élagage des platanes", [("1", "tonte"), ("2", "élagage des platanes")]),
    "columns": (
        "Lot  Désignation  Maximum HT\n\n1  Mobilier de classe  220 000 €\n\n2  Rayonnages  40 000 €",
        [("1", "Mobilier de classe"), ("2", "Rayonnages")],
    ),
    "leaders": (
        "Lot 1 – Cocktails.............................12\n\nLot 2 – Buffets froids",
        [("1", "Cocktails"), ("2", "Buffets froids")],
    ),
    "amounts": ("Lot 1 : Impression offset montant maximum 40 000 € HT", [("1", "Impression offset")]),
    "hours are no title": ("Lot 1 : 60 heures\n\nLot 2 : 35 heures", []),
    "prose about a lot": ("Le lot 2 est réservé.\n\nLot 4 : marché réservé aux structures d'insertion", []),
    "single lot": ("Lot unique : nettoyage des vitres", []),
    "other lots": ("Lot de copropriété : caves\n\nVente de lots de bois", []),
    "title over two lines": (
        "Lot 2 : Nettoyage des écoles et\ndes gymnases",
        [("2", "Nettoyage des écoles et des gymnases")],
    ),
    "capitals over two lines": ("Lot 1 : PLATEAU DE SPORT CLÉ EN\nMAIN", [("1", "PLATEAU DE SPORT CLÉ EN MAIN")]),
    "code after the title": ("Lot 1 : Tonte des stades. CPV 77310000", [("1", "Tonte des stades")]),
}


def test_a_long_run_of_spaces_costs_nothing() -> None:  # minutes where every space is tried with every other
    assert [reference.numbers for reference in lot_references(f"Lot 1{' ' * 100_000}Lot 2")] == [("1",), ("2",)]


@pytest.mark.parametrize(("text", "expected"), LISTS.values(), ids=LISTS)
def test_find_lots(text: str, expected: list[tuple[str, str]]) -> None:
    assert [(lot.number, lot.title) for lot in find_lots(*made(text))] == expected


def test_lots_of_a_notice_take_the_title_beside_their_number() -> None:
    lots = find_lots(*notice("Intitulé : Tonte des stades\nLot : 1\nCPV : 77310000\nIntitulé :\nÉlagage\nLot nº : 2"))
    assert [(lot.number, lot.title, lot.families) for lot in lots] == [
        ("1", "Tonte des stades", ("EV",)),
        ("2", "Élagage", ("EV",)),
    ]


def test_lots_of_a_table() -> None:
    lots = table(
        ("N° du lot", "Désignation", "Heures"), ("01", "Gros œuvre", "350"), ("Lot 2", "Peinture\nsols souples", "120")
    )
    document, passages = made("Décomposition en lots")
    assert [(lot.number, lot.title) for lot in find_lots(document, passages, [lots])] == [
        ("1", "Gros oeuvre"),
        ("2", "Peinture sols souples"),
    ]


def test_a_table_without_a_column_of_lots_gives_none() -> None:
    document, passages = made("Critères de jugement")
    assert find_lots(document, passages, [table(("Critère", "Pondération"), ("1", "Prix"))]) == ()
