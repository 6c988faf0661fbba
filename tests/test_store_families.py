"""Families that a person gives, and documents that a person says are complete."""

from __future__ import annotations

import pytest
from corrected import (
    BY,
    TEXTS,
    added,
    clauses,
    filled,
    named,
    states,
    store,
    volumes,
)
from sqlalchemy import Engine, text
from store_records import document

from extractors.corrections import Row
from extractors.errors import CorrectionError
from extractors.schema import Lot
from models import (
    FamilyPlace,
    RowName,
    complete_document,
    confirm_row,
    drop_paths,
    edit_row,
    list_corrections,
    read_view,
    reject_row,
    set_families,
    to_review_count,
    withdraw,
)
from models.database import writing


@pytest.fixture
def engine(database_url: str) -> Engine:
    return filled(database_url)


# ---------------------------------------------------------------- families


def test_family_of_a_tender_wins_over_its_documents(engine: Engine) -> None:
    number = set_families(engine, FamilyPlace(tender_id=1), ["NET", "EV"], BY)
    store(engine, document(texts=TEXTS))
    with engine.connect() as connection:
        query = text("SELECT family FROM tenders")
        assert connection.execute(query).scalar() == "NET"
    withdraw(engine, number)
    with engine.connect() as connection:
        assert connection.execute(query).scalar() == "NUM"


def test_family_of_a_tender_outlives_its_documents(engine: Engine) -> None:
    number = set_families(engine, FamilyPlace(tender_id=1), ["NET"], BY)
    drop_paths(engine, "/dce/T1/", kept=[])
    store(engine, document(texts=TEXTS))
    assert list(read_view(engine, "v_consultations")["famille"]) == ["NET"]
    drop_paths(engine, "/dce/T1/", kept=[])
    withdraw(engine, number)
    assert len(read_view(engine, "v_consultations")) == 0


def test_family_of_a_lot(engine: Engine) -> None:
    before = read_view(engine, "v_lots")
    first = set_families(engine, FamilyPlace(tender_id=1, lot="1"), ["EV"], BY)
    second = set_families(engine, FamilyPlace(tender_id=1, lot="1"), ["NET"], BY)
    store(engine, document(texts=TEXTS))
    assert list(read_view(engine, "v_lots")["famille"]) == ["NET", "NUM"]
    withdraw(engine, second)
    assert list(read_view(engine, "v_lots")["famille"]) == ["EV", "NUM"]
    withdraw(engine, first)
    assert read_view(engine, "v_lots").equals(before)


def test_family_of_a_lot_that_is_no_more_is_to_be_reviewed(engine: Engine) -> None:
    set_families(engine, FamilyPlace(tender_id=1, lot="1"), ["EV"], BY)
    store(engine, document(texts=TEXTS, lots=(Lot(number="2"),)))
    assert states(engine) == [("edit", "missing")]
    assert to_review_count(engine) == 1


def test_family_of_a_document(engine: Engine) -> None:
    number = set_families(engine, FamilyPlace(document_id=1), ["TRA"], BY)
    store(engine, document(texts=TEXTS))
    assert list(read_view(engine, "v_documents")[["famille", "familles"]].iloc[0]) == ["TRA", "TRA"]
    withdraw(engine, number)
    assert list(read_view(engine, "v_documents")[["famille", "familles"]].iloc[0]) == ["NUM", "NUM, PI"]


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(FamilyPlace(tender_id=9), id="tender"),
        pytest.param(FamilyPlace(tender_id=1, lot="9"), id="lot"),
        pytest.param(FamilyPlace(document_id=9), id="document"),
        pytest.param(FamilyPlace(), id="nothing"),
    ],
)
def test_family_of_nothing(engine: Engine, place: FamilyPlace) -> None:
    with pytest.raises(CorrectionError):
        set_families(engine, place, ["BAT"], BY)


# ---------------------------------------------------------------- a whole document


def test_a_complete_document_has_every_row_confirmed(engine: Engine) -> None:
    reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    complete_document(engine, 1, BY)
    assert [c.kind for c in list_corrections(engine)] == ["document", "volume", "clause", "clause"]
    assert [row[-1] for row in (*clauses(engine), *volumes(engine))] == [1.0, 1.0, 1.0]
    complete_document(engine, 1, BY)  # said again: nothing more to confirm
    assert len(list_corrections(engine)) == 4


@pytest.mark.parametrize(
    "name", [RowName(kind="clause", id=99), RowName(kind="volume", id=99)], ids=["clause", "volume"]
)
def test_a_number_that_names_no_row(engine: Engine, name: RowName) -> None:
    for act in (confirm_row, reject_row):
        with pytest.raises(CorrectionError, match=r"99 : numéro inconnu"):
            act(engine, name, BY)


def test_a_clause_is_not_edited_into_a_volume(engine: Engine) -> None:
    row: Row = added()
    with pytest.raises(CorrectionError, match="ne se change pas en volume"):
        edit_row(engine, named(engine, "clause", categorie="critere_social"), row, BY)


def test_corrections_of_two_tenders_made_one_are_kept(engine: Engine) -> None:
    store(engine, document(3, texts=TEXTS), key="T2")
    set_families(engine, FamilyPlace(tender_id=2), ["NET"], BY)
    from models.tenders import tender_of

    with writing(engine) as session:
        tender_of(session, ["T1", "T2"], night_id=None)
    assert [c.tender for c in list_corrections(engine)] == ["T1"]
