"""Essential data of contracts: both formats, read piece by piece, and what declares nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO

import pytest

from extractors.notices.decp import read_contract, stream
from extractors.notices.records import NoticeError


def contract(**more: object) -> dict[str, object]:
    return {"id": "M1", "acheteur": {"id": "21930001900011"}, "objet": "Voirie", "codeCPV": "45233140-2", **more}


@pytest.mark.parametrize(
    ("data", "ids"),
    [
        pytest.param({"marches": [contract(), contract(id="M2")]}, ["M1", "M2"], id="2019"),
        pytest.param(
            {"marches": {"marche": [contract()], "contrat-concession": [contract(id="C1")]}}, ["M1", "C1"], id="2024"
        ),
        pytest.param({"marches": {"marche": contract()}}, ["M1"], id="2024-alone"),
        pytest.param({"marches": []}, [], id="none"),
    ],
)
def test_contracts_of_both_formats(data: object, ids: list[str]) -> None:
    found = [read_contract(each) for each in stream(BytesIO(json.dumps(data).encode()))]

    assert [notice.notice_id for notice in found] == [f"21930001900011/{id}" for id in ids]


@pytest.mark.parametrize(
    ("said", "meanings"),
    [
        pytest.param(
            {"considerationSociale": ["Clause sociale", "Critère social"]}, ["clause", "critere"], id="nested"
        ),
        pytest.param({"considerationSociale": "Marché réservé"}, ["reserve"], id="singleton"),
        pytest.param(["Pas de considération sociale"], ["aucune"], id="list"),
        pytest.param([{"considerationSociale": "Concession réservée"}], ["reserve"], id="list-of-objects"),
        pytest.param("NC", ["inconnu"], id="word"),
        pytest.param(None, [], id="null"),
    ],
)
def test_considerations_of_a_contract(said: object, meanings: list[str]) -> None:
    notice = read_contract(contract(considerationsSociales=said))

    assert [declared.meaning for declared in notice.declared] == meanings


@pytest.mark.parametrize(
    ("place", "departements"),
    [
        pytest.param({"code": "97430", "typeCode": "Code postal"}, ("974",), id="overseas"),
        pytest.param({"code": "2A004", "typeCode": "Code commune"}, ("2A",), id="corsica"),
        pytest.param({"code": "5", "typeCode": "Code département"}, ("05",), id="departement"),
        pytest.param({"code": "1000", "typeCode": "Code postal"}, ("01",), id="lost-zero"),
        pytest.param({"code": "FR", "typeCode": "Code pays"}, (), id="country"),
    ],
)
def test_place_of_a_contract(place: dict[str, str], departements: tuple[str, ...]) -> None:
    assert read_contract(contract(lieuExecution=place)).departements == departements


def test_not_a_number_is_nothing() -> None:
    text = b'{"marches": {"marche": [{"id": "M1", "montant":  NaN, "objet": "a NaN, b", "titulaires": [NaN , 1]}]}}'

    assert [*stream(BytesIO(text))] == [{"id": "M1", "montant": None, "objet": "a NaN, b", "titulaires": [None, 1]}]


def test_large_file_is_read_piece_by_piece() -> None:
    rows = 3000
    text = json.dumps({"marches": [contract(id=f"M{i}", montant=float("nan")) for i in range(rows)]}).encode()

    class Slow(BytesIO):
        asked = 0

        def read(self, size: int | None = -1) -> bytes:
            self.asked += 1
            return super().read(min(size or 0, 1 << 16) if size and size > 0 else 1 << 16)

    file = Slow(text)
    contracts = stream(file)
    next(contracts)

    assert file.asked <= 2
    assert len(list(contracts)) == rows - 1


def test_cut_file_gives_what_it_holds_then_says_so() -> None:
    whole = json.dumps({"marches": [contract(), contract(id="M2")]}).encode()

    def read() -> Iterator[str]:
        for each in stream(BytesIO(whole[:-20])):
            yield read_contract(each).notice_id

    found = read()
    assert next(found) == "21930001900011/M1"
    with pytest.raises(NoticeError, match="après 1 marchés"):
        next(found)


def test_a_file_nested_without_end_is_refused_before_it_fills_the_memory() -> None:
    text = b'{"marches":[' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"]}"
    with pytest.raises(NoticeError, match="imbriqué sans fin"):
        list(stream(BytesIO(text)))
