"""Corrections in the database: they win over every reading, and can be withdrawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from corrected import (
    BY,
    CRITERION,
    EVERY_GESTURE,
    INSERTION,
    TEXTS,
    WEIGHT,
    added,
    clauses,
    filled,
    named,
    states,
    store,
    volumes,
)
from sqlalchemy import Engine, update
from store_records import PROOF, document, dump

from extractors.errors import CorrectionError
from extractors.schema import Evidence, Volume
from models import (
    FamilyPlace,
    ReadAgain,
    Selection,
    Signature,
    add_row,
    confirm_row,
    current_extractions,
    edit_row,
    list_corrections,
    read_row,
    read_view,
    reject_row,
    save_batch,
    says_the_same,
    select_documents,
    set_families,
    start_batch,
    undo_batch,
    withdraw,
)
from models.corrected_rows import apply_corrections
from models.database import writing
from models.tables import DocumentRow


@pytest.fixture
def engine(database_url: str) -> Engine:
    return filled(database_url)


# ---------------------------------------------------------------- the four gestures


def test_a_rejected_row_is_hidden_in_every_reading(engine: Engine) -> None:
    reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    assert clauses(engine) == INSERTION
    store(engine, document(texts=TEXTS))
    assert clauses(engine) == INSERTION


def test_a_confirmed_row_is_sure(engine: Engine) -> None:
    confirm_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    assert clauses(engine) == [*INSERTION, (*CRITERION[:5], 1.0)]
    store(engine, document(texts=TEXTS))
    assert clauses(engine) == [*INSERTION, (*CRITERION[:5], 1.0)]


def test_a_confirmed_row_comes_back_when_no_rule_finds_it(engine: Engine) -> None:
    confirm_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    store(engine, document(texts=TEXTS, clauses=document().clauses[:1]))
    assert clauses(engine) == [*INSERTION, (*CRITERION[:4], "correction", 1.0)]


def test_a_confirmed_row_wins_over_a_rule_that_reads_it_otherwise(engine: Engine) -> None:
    confirm_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    store(engine, document(texts=TEXTS, clauses=(*document().clauses[:1], replace(WEIGHT, confidence=0.9))))
    assert clauses(engine) == [*INSERTION, (*CRITERION[:4], "correction", 1.0)]


def test_an_edited_row_shows_what_the_person_said(engine: Engine) -> None:
    name = named(engine, "volume")
    row = read_row(engine, name)
    assert isinstance(row, Volume)
    edit_row(engine, name, replace(row, value=2, derived_hours=None, formula=None), BY)
    assert volumes(engine) == [("1", 2.0, "hours", "correction", 1.0)]
    frame = read_view(engine, "v_volumes")
    assert (frame["citation"][0], frame["bbox_x0"][0]) == (PROOF.quote, 56.5)  # the proof of the row
    longer = replace(PROOF, quote=f"Ainsi, {PROOF.quote}")
    other = replace(document().volumes[0], rule="new_rule", evidence=(longer,))
    store(engine, document(texts=TEXTS, volumes=(other,)))
    assert volumes(engine) == [("1", 2.0, "hours", "correction", 1.0)]
    assert read_view(engine, "v_volumes")["citation"][0] == longer.quote


def test_an_added_row_is_shown_with_its_proof(engine: Engine) -> None:
    add_row(engine, 1, added(), BY)
    store(engine, document(texts=TEXTS))
    frame = read_view(engine, "v_volumes")
    assert list(frame[["lot", "valeur", "page", "citation", "bbox_bas"]].itertuples(index=False, name=None)) == [
        ("1", 1.0, 7, PROOF.quote, 124.0),
        ("2", 35.0, 7, "35 heures par an pour le lot 2", 4.0),
    ]


def test_an_added_row_that_a_rule_finds_later_is_one_row(engine: Engine) -> None:
    add_row(engine, 1, added(), BY)
    store(engine, document(texts=TEXTS, volumes=(added(rule="annuel", confidence=0.8),)))
    assert volumes(engine) == [("2", 35.0, "hours", "annuel", 1.0)]


@pytest.mark.parametrize(
    ("page", "quote", "words"),
    [
        pytest.param(7, "36 heures par an", "Ces mots ne sont pas à la page 7", id="words"),
        pytest.param(8, "35 heures par an", "Ces mots ne sont pas à la page 8", id="page"),
        pytest.param(29, "35 heures", "Page 29 refusée", id="no-such-page"),
        pytest.param(7, " ", "Preuve manquante", id="no-words"),
    ],
)
def test_an_added_row_needs_its_proof(engine: Engine, page: int, quote: str, words: str) -> None:
    before = dump(engine)
    with pytest.raises(CorrectionError, match=words):
        add_row(engine, 1, added(evidence=(Evidence(page=page, quote=quote),)), BY)
    assert dump(engine) == before


def test_a_page_without_text_takes_the_words_as_given(engine: Engine) -> None:
    add_row(engine, 1, added(evidence=(Evidence(page=3, quote="35 heures (page scannée)"),)), BY)
    assert [c.state for c in list_corrections(engine)] == ["applied"]
    assert len(volumes(engine)) == 2


def test_a_name_in_the_words_is_masked(engine: Engine) -> None:
    proof = Evidence(page=3, quote="Contact : Mme Durand, 35 heures")
    add_row(engine, 1, added(evidence=(proof,)), Signature(author="MACS", reason="Vu avec Mme Durand"))
    (stored,) = list_corrections(engine)
    assert (stored.quote, stored.reason) == ("Contact : [nom], 35 heures", "Vu avec [nom]")


# ---------------------------------------------------------------- history, withdrawal


def test_the_last_correction_of_a_row_stands_and_the_first_is_kept(engine: Engine) -> None:
    name = named(engine, "clause", categorie="critere_social")
    edit_row(engine, name, WEIGHT, BY)
    assert clauses(engine)[-1] == ("critere_social", "*", 15.0, 8, "correction", 1.0)
    edit_row(engine, named(engine, "clause", categorie="critere_social"), replace(WEIGHT, weight_percent=20), BY)
    assert clauses(engine) == [*INSERTION, ("critere_social", "*", 20.0, 8, "correction", 1.0)]
    reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    assert clauses(engine) == INSERTION
    assert states(engine) == [("reject", "applied")]
    assert [c.action for c in list_corrections(engine, with_history=True)] == ["reject", "edit", "edit"]


def test_withdrawing_restores_what_was(engine: Engine) -> None:
    before = read_view(engine, "v_clauses")
    name = named(engine, "clause", categorie="critere_social")
    first = edit_row(engine, name, WEIGHT, BY)
    second = reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    withdraw(engine, second)
    assert clauses(engine) == [*INSERTION, ("critere_social", "*", 15.0, 8, "correction", 1.0)]
    withdraw(engine, first)
    assert read_view(engine, "v_clauses").equals(before)
    assert states(engine, with_history=True) == [("reject", "withdrawn"), ("edit", "withdrawn")]
    with pytest.raises(CorrectionError, match="déjà retirée"):
        withdraw(engine, first)


def test_withdrawing_the_first_of_three_leaves_the_last(engine: Engine) -> None:
    name = named(engine, "clause", categorie="critere_social")
    edit_row(engine, name, WEIGHT, BY)
    numbers = [
        edit_row(engine, named(engine, "clause", categorie="critere_social"), replace(WEIGHT, weight_percent=w), BY)
        for w in (20, 25)
    ]
    withdraw(engine, numbers[0])
    assert clauses(engine)[-1][2] == 25.0


def test_the_number_of_a_row_of_an_older_reading_still_names_it(engine: Engine) -> None:
    name = named(engine, "clause", categorie="critere_social")
    store(engine, document(texts=TEXTS))
    reject_row(engine, name, BY)
    assert clauses(engine) == INSERTION


def test_what_a_person_wrote_keeps_its_number(engine: Engine) -> None:
    add_row(engine, 1, added(), BY)
    number = named(engine, "volume", lot="2")
    confirm_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    assert named(engine, "volume", lot="2") == number


def test_applying_again_changes_nothing(engine: Engine) -> None:
    for act in EVERY_GESTURE:
        act(engine)
    before = (read_view(engine, "v_clauses"), read_view(engine, "v_volumes"))
    with writing(engine) as session:
        apply_corrections(session, [1])
    assert read_view(engine, "v_clauses").equals(before[0])
    assert read_view(engine, "v_volumes").equals(before[1])


def test_a_batch_that_is_undone_is_corrected_too(engine: Engine) -> None:
    with writing(engine) as session:
        session.execute(update(DocumentRow).values(raw_path="ccap.pdf"))
    confirm_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    documents = select_documents(engine, Selection(), fingerprint="f2")
    batch = start_batch(engine, documents, name="essai", selection=Selection(), fingerprint="f2")
    read = document(clauses=(), volumes=())
    results = [ReadAgain(document=one, extraction=read, tender_key="T1") for one in documents]
    save_batch(engine, batch, results, fingerprint="f2", consolidate=False)
    assert clauses(engine) == [(*CRITERION[:4], "correction", 1.0)]
    reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    assert clauses(engine) == []
    undo_batch(engine, "essai")
    assert clauses(engine) == INSERTION


def test_what_is_corrected_is_no_change_of_the_rules(engine: Engine) -> None:
    for act in EVERY_GESTURE:
        act(engine)
    set_families(engine, FamilyPlace(document_id=1), ["TRA"], BY)
    set_families(engine, FamilyPlace(tender_id=1, lot="1"), ["EV"], BY)
    (stored,) = current_extractions(engine, [document().sha256]).values()
    assert says_the_same(stored, document(texts=TEXTS))


def test_a_document_that_replaces_an_earlier_one_says_the_same(engine: Engine) -> None:
    store(engine, document(replaces_earlier=True))
    (stored,) = current_extractions(engine, [document().sha256]).values()
    assert says_the_same(stored, document(replaces_earlier=True))
    assert not says_the_same(stored, document())
