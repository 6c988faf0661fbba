"""Corrections follow a file that is replaced, and survive an older schema."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from alembic import command
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
    store,
    volumes,
)
from sqlalchemy import Engine
from store_records import PROOF, document, hours

from extractors.schema import Extraction
from models import (
    FamilyPlace,
    RowName,
    StartedFile,
    add_paths,
    add_row,
    complete_document,
    confirm_row,
    edit_row,
    list_corrections,
    mark_started,
    read_row,
    read_view,
    reject_row,
    set_families,
    start_run,
    to_review_count,
    withdraw,
)
from models.database import migrating


@pytest.fixture
def engine(database_url: str) -> Engine:
    return filled(database_url)


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
