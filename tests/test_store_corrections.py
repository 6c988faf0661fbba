"""Corrections in the database: they win over every reading, follow a file that is replaced, and can be withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from alembic import command
from sqlalchemy import Engine, text, update
from store_records import PROOF, SECOND, document, dump, hours

from extractors.corrections import Row
from extractors.errors import CorrectionError
from extractors.schema import Clause, Evidence, Extraction, Lot, Volume
from models import (
    FamilyPlace,
    ReadAgain,
    RowName,
    Selection,
    Signature,
    StartedFile,
    add_paths,
    add_row,
    complete_document,
    confirm_row,
    current_extractions,
    drop_paths,
    edit_row,
    list_corrections,
    mark_started,
    open_database,
    read_row,
    read_view,
    reject_row,
    save,
    save_batch,
    says_the_same,
    select_documents,
    set_families,
    start_batch,
    start_run,
    to_review_count,
    undo_batch,
    withdraw,
)
from models.corrected_rows import apply_corrections
from models.database import migrating, writing
from models.tables import DocumentRow

BY = Signature(author="MACS", reason="Lu dans le CCAP")
TEXTS = ("",) * 6 + (f"8.2 {PROOF.quote}. Soit 35 heures par an pour le lot 2.", f"Et {SECOND.quote} HT")
WEIGHT = Clause(category="critere_social", weight_percent=15, confidence=1, rule="x", evidence=(SECOND,))


@pytest.fixture
def engine(database_url: str) -> Engine:
    engine = open_database(database_url)
    store(engine, document(texts=TEXTS))
    return engine


def store(engine: Engine, *records: Extraction, key: str = "T1") -> int:
    """A run of its own, so a reading of its own."""
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    save(engine, records, run_id=run_id, fingerprint="f1", tender_keys={record.path: key for record in records})
    return run_id


def clauses(engine: Engine) -> list[tuple[Any, ...]]:
    frame = read_view(engine, "v_clauses")
    columns = ["categorie", "lot", "poids_pourcent", "page", "regle", "confiance"]
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame[columns].itertuples(index=False)]


def volumes(engine: Engine) -> list[tuple[Any, ...]]:
    frame = read_view(engine, "v_volumes")
    return list(frame[["lot", "valeur", "unite", "regle", "confiance"]].itertuples(index=False, name=None))


def named(engine: Engine, kind: str, **where: Any) -> RowName:
    """The number of the row that the view shows."""
    frame = read_view(engine, f"v_{kind}s")
    for column, value in where.items():
        frame = frame[frame[column] == value]
    (number,) = set(frame[f"{kind}_id"])
    return RowName(kind=kind, id=int(number))  # type: ignore[arg-type]


def states(engine: Engine, *, with_history: bool = False) -> list[tuple[str, str]]:
    return [(c.action, c.state) for c in list_corrections(engine, with_history=with_history)]


INSERTION = [
    ("clause_insertion", "1", None, 7, "heures_par_tranche", 0.97),
    ("clause_insertion", "2", None, 7, "heures_par_tranche", 0.97),
]
CRITERION = ("critere_social", "*", 10.0, 8, "critere", 0.9)


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


def added(**changes: Any) -> Volume:
    proof = Evidence(page=7, quote="35 heures par an pour le lot 2", bbox=(1, 2, 3, 4))
    return replace(hours(35, lot="2", per="year", evidence=(proof,)), **changes)


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


def _edit_volume(engine: Engine) -> int:
    name = named(engine, "volume", lot="1")
    row = read_row(engine, name)
    return edit_row(engine, name, replace(row, value=2), BY)  # type: ignore[arg-type]


EVERY_GESTURE: tuple[Callable[[Engine], int], ...] = (
    lambda engine: reject_row(engine, named(engine, "clause", categorie="critere_social"), BY),
    lambda engine: confirm_row(engine, named(engine, "clause", categorie="clause_insertion"), BY),
    _edit_volume,
    lambda engine: add_row(engine, 1, added(), BY),
)


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


# ---------------------------------------------------------------- a file that is replaced


def replaced(texts: tuple[str, ...], **changes: Any) -> Extraction:
    """Other bytes at the path of the document."""
    return document(2, path="/dce/T1/ccap-1.pdf", texts=texts, **changes)


def seen(engine: Engine, record: Extraction) -> None:
    """What a run does before it reads: the path holds the new bytes from now on."""
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    file = StartedFile(path=record.path, sha256=record.sha256, size=record.size)
    mark_started(engine, run_id=run_id, files=[file])


@pytest.mark.parametrize("act", EVERY_GESTURE, ids=["reject", "confirm", "edit", "add"])
def test_a_new_version_that_says_the_same_is_corrected_too(engine: Engine, act: Callable[[Engine], int]) -> None:
    act(engine)
    before = (clauses(engine), volumes(engine))
    seen(engine, replaced(TEXTS))
    assert to_review_count(engine) == 1  # until it is read
    store(engine, replaced(TEXTS))
    assert (clauses(engine), volumes(engine)) == before
    assert {c.state for c in list_corrections(engine)} == {"applied"}
    assert to_review_count(engine) == 0


def test_in_a_new_version_the_words_may_stand_on_another_page(engine: Engine) -> None:
    add_row(engine, 1, added(), BY)
    store(engine, replaced(("", *TEXTS), clauses=(), volumes=()))
    assert volumes(engine) == [("2", 35.0, "hours", "correction", 1.0)]
    frame = read_view(engine, "v_volumes")
    assert (frame["page"][0], list_corrections(engine)[0].page) == (8, 8)
    assert frame["bbox_x0"].isna()[0]  # the place on the page was that of the other file


def test_a_new_version_with_other_words_is_to_be_reviewed(engine: Engine) -> None:
    confirm_row(engine, named(engine, "volume"), BY)
    texts = tuple(page.replace("2 000", "3 000") for page in TEXTS)
    proof = replace(PROOF, quote=PROOF.quote.replace("2 000", "3 000"))
    store(engine, replaced(texts, volumes=(replace(document().volumes[0], per_amount_eur=3000, evidence=(proof,)),)))
    assert volumes(engine) == [("1", 1.0, "hours", "heures_par_tranche", 0.9)]
    (waiting,) = list_corrections(engine, to_review=True)
    assert (waiting.state, waiting.path, waiting.quote) == ("text_changed", "/dce/T1/ccap-1.pdf", PROOF.quote)
    assert to_review_count(engine) == 1


def test_withdrawing_is_for_all_versions(engine: Engine) -> None:
    number = reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    store(engine, replaced(TEXTS))
    withdraw(engine, list_corrections(engine)[0].id)
    assert clauses(engine) == [*INSERTION, CRITERION]
    assert {c.state for c in list_corrections(engine, with_history=True)} == {"withdrawn"}
    assert number in {c.id for c in list_corrections(engine, with_history=True)}


def test_the_file_comes_back_to_its_first_bytes(engine: Engine) -> None:
    reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    store(engine, replaced(TEXTS))
    first = document()
    file = StartedFile(path=first.path, sha256=first.sha256, size=first.size)
    add_paths(engine, files=[file], tender_keys={first.path: "T1"})
    assert clauses(engine) == INSERTION
    assert len(list_corrections(engine)) == 2


@pytest.mark.parametrize(
    ("paths", "numbers"),
    [
        pytest.param(("T1/ccap v1.pdf", "T1/ccap v2.pdf", "T1/ccap v3.pdf"), (5, 6, 7), id="third-version"),
        pytest.param(("T1/ccap.pdf",) * 3, (5, 6, 5), id="first-bytes-again"),
    ],
)
def test_a_correction_of_a_correction_is_alone_in_later_versions(
    paths: tuple[str, ...], numbers: tuple[int, ...], engine: Engine
) -> None:
    def of(place: int) -> Extraction:
        return document(numbers[place], path=paths[place], clauses=(), volumes=(hours(300),), texts=TEXTS)

    for place, value in enumerate((350, 400)):
        store(engine, of(place))
        name = RowName(kind="volume", id=int(volume_at(engine, paths[place])["volume_id"]))
        edit_row(engine, name, replace(read_row(engine, name), value=value), BY)
    store(engine, of(2))
    assert volume_at(engine, paths[2])["valeur"] == 400
    withdraw(engine, max(correction.id for correction in list_corrections(engine)))
    assert volume_at(engine, paths[2])["valeur"] == 350


def volume_at(engine: Engine, path: str) -> Any:
    """The only one of the document there."""
    frame = read_view(engine, "v_volumes")
    (row,) = frame[frame["chemin"] == path].to_dict("records")
    return row


def test_corrections_survive_an_older_schema_and_back(engine: Engine) -> None:
    edit_row(engine, named(engine, "clause", categorie="critere_social"), WEIGHT, BY)
    reject_row(engine, named(engine, "clause", categorie="critere_social"), BY)
    add_row(engine, 1, added(), BY)
    set_families(engine, FamilyPlace(document_id=1), ["TRA"], BY)
    complete_document(engine, 1, BY)
    before = [read_view(engine, view) for view in ("v_clauses", "v_volumes", "v_documents")]
    kept = [(c.id, c.kind, c.action) for c in list_corrections(engine) if c.kind != "document"]
    with migrating(engine) as config:
        command.downgrade(config, "0005")
        command.upgrade(config, "head")
    after = [read_view(engine, view) for view in ("v_clauses", "v_volumes", "v_documents")]
    assert [one.equals(other) for one, other in zip(before, after, strict=True)] == [True] * 3
    assert [(c.id, c.kind, c.action) for c in list_corrections(engine)] == kept
    store(engine, document(texts=TEXTS))
    assert (clauses(engine), len(volumes(engine))) == ([(*row[:5], 1.0) for row in INSERTION], 2)


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
