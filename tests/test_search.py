"""Searching: what a query means, what it finds, and what it may never do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from store_records import document, empty, night

from extractors.pagetexts import page_texts
from extractors.schema import Document, Extraction, Line, Lot, Page, Tender
from extractors.searching import Query, Term, parse_query, snippet, words
from models import (
    describe_every_tender,
    files_without_text,
    open_database,
    save,
    save_texts,
    search,
    start_run,
)
from models.database import writing

PAGES = (
    "Chantier de l'école Jean-Jaurès à Étampes. Maîtrise d'oeuvre : 60 h.",
    "Le titulaire réserve 450 heures d'insertion (art. L. 2113-12, EA/ESAT).",
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A few tenders that no test changes, in one database of each kind for all the tests."""
    databases = request.getfixturevalue(request.param)
    if request.param == "sqlite":
        engine = open_database(databases.create(tmp_path_factory.mktemp("search"), "base", migrated=True))
    else:
        url = databases.create(migrated=True)
        engine = open_database(url)
    store(engine, document(texts=PAGES, tender=Tender(object="Groupes du centre", departments=("91",))), key="T1")
    store(engine, empty(2, texts=("Travaux de voirie, sans insertion.",), tender=Tender(departments=("75",))), key="T2")
    store(engine, empty(3, texts=("Achat de livres",), lots=(Lot(number="1", title="Reliure à l'école"),)), key="T3")
    yield engine
    engine.dispose()
    if request.param == "postgresql":
        databases.drop(url)


def store(engine: Engine, *records: Extraction, key: str) -> None:
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    save(engine, records, run_id=run_id, fingerprint="f1", tender_keys={record.path: key for record in records})


def found(engine: Engine, query: str, **filters: Any) -> list[tuple[Any, ...]]:
    return sorted(((hit.tender, hit.file, hit.page) for hit in search(engine, query, **filters)), key=repr)


P1, P2 = ("T1", "ccap-1.pdf", 1), ("T1", "ccap-1.pdf", 2)
ROADS, SHEET_1, SHEET_3 = ("T2", "ccap-2.pdf", 1), ("T1", None, None), ("T3", None, None)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param("école", [P1, SHEET_3], id="word"),
        pytest.param("ECOLE", [P1, SHEET_3], id="without-accents"),
        pytest.param("chantier école", [P1], id="all-the-words"),
        pytest.param('"école jean jaurès"', [P1], id="phrase"),
        pytest.param('"jean école"', [], id="phrase-in-another-order"),
        pytest.param("jean-jaurès", [P1], id="compound-is-a-phrase"),
        pytest.param("maîtrise d’œuvre", [P1], id="ligature-and-apostrophe"),
        pytest.param("inser*", [P2, ROADS], id="beginning-of-a-word"),
        pytest.param('"heures inser"*', [], id="beginning-in-a-phrase-not-there"),
        pytest.param("voirie OR reliure", [ROADS, SHEET_3], id="or"),
        pytest.param("voirie OU reliure", [ROADS, SHEET_3], id="or-in-french"),
        pytest.param("voirie travaux OR chantier", [P1, ROADS], id="or-binds-less-than-words"),
        pytest.param("insertion -voirie", [P2], id="without-a-word"),
        pytest.param('insertion -"sans insertion"', [P2], id="without-a-phrase"),
        pytest.param("insertion -voi*", [P2], id="without-a-beginning"),
        pytest.param("ESAT", [P2], id="between-slashes"),
        pytest.param("2113-12", [P2], id="article"),
        pytest.param("lune", [], id="nothing"),
        pytest.param("-insertion", [], id="only-what-is-not"),
        pytest.param("", [], id="empty"),
    ],
)
def test_what_a_query_finds(engine: Engine, query: str, expected: list[tuple[Any, ...]]) -> None:
    assert found(engine, query) == sorted(expected, key=repr)


def test_other_forms_of_a_word_are_found_by_postgresql_alone(engine: Engine) -> None:
    forms = [P1, SHEET_3] if engine.dialect.name == "postgresql" else []
    assert found(engine, "écoles") == forms
    assert found(engine, "écol*") == [P1, SHEET_3]


def test_a_place_is_told_with_its_words(engine: Engine) -> None:
    (hit,) = search(engine, "450")
    assert (hit.tender, hit.buyer, hit.object, hit.path) == (
        "T1",
        None,
        "Groupes du centre",
        "/dce/T1/ccap-1.pdf",
    )
    assert hit.snippet == PAGES[1]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        pytest.param({"departement": "91"}, [P2], id="departement"),
        pytest.param({"departement": "9"}, [], id="whole-code"),
        pytest.param({"category": "clause_insertion"}, [P2], id="category"),
        pytest.param({"category": "alternance"}, [], id="other-category"),
        pytest.param({"since": date(2020, 1, 1)}, [P2, ROADS], id="since"),
        pytest.param({"since": date(2999, 1, 1)}, [], id="since-later"),
        pytest.param({"limit": 1}, 1, id="limit"),
    ],
)
def test_filters(engine: Engine, filters: dict[str, Any], expected: Any) -> None:
    hits = found(engine, "insertion", **filters)
    assert (len(hits) if isinstance(expected, int) else hits) == expected


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("aé\"*-() ORANDNEOT:^+{}'\\%_&|!<>œ1,;\x00\ud800"), max_size=30) | st.text(max_size=30))
def test_no_text_is_a_wrong_query(engine: Engine, query: str) -> None:
    assert isinstance(search(engine, query), tuple)


# ---------------------------------------------------------------- kept in step


@pytest.fixture
def base(database_url: str) -> Engine:
    return open_database(database_url)


def test_a_replaced_file_is_found_no_more(base: Engine) -> None:
    store(base, document(texts=("ancien texte",)), key="T1")
    store(base, document(2, path="/dce/T1/ccap-1.pdf", texts=("nouveau texte",)), key="T1")
    assert found(base, "ancien") == []
    assert found(base, "nouveau") == [("T1", "ccap-1.pdf", 1)]


def test_a_category_that_only_an_older_version_has_finds_nothing(base: Engine) -> None:
    store(base, document(path="/dce/T1/ccap.pdf"), empty(3, path="/dce/T1/cctp.pdf", texts=("école",)), key="T1")
    assert found(base, "école", category="clause_insertion") == [("T1", "cctp.pdf", 1)]
    store(base, empty(2, path="/dce/T1/ccap_V2.pdf"), key="T1")
    assert found(base, "école") == [("T1", "cctp.pdf", 1)]
    assert found(base, "école", category="clause_insertion") == []


def test_a_document_read_again_is_found_once(base: Engine) -> None:
    for pages in (("premier", "second"), ("premier", "second"), ("premier", "troisième")):
        store(base, document(texts=pages), key="T1")
    assert found(base, "premier") == [("T1", "ccap-1.pdf", 1)]
    assert (found(base, "second"), found(base, "troisieme")) == ([], [("T1", "ccap-1.pdf", 2)])


def test_a_reading_without_its_text_leaves_what_is_there(base: Engine) -> None:
    store(base, document(texts=("premier",)), key="T1")
    store(base, document(), key="T1")
    assert found(base, "premier") == [("T1", "ccap-1.pdf", 1)]


def test_a_copy_in_another_tender_is_found_there_too(base: Engine) -> None:
    store(base, document(texts=("premier",)), key="T1")
    store(base, document(path="/dce/T2/ccap.pdf", texts=("premier",)), key="T2")
    assert found(base, "premier") == [("T1", "ccap-1.pdf", 1), ("T2", "ccap.pdf", 1)]


def test_objects_and_lots_of_notices_are_found(base: Engine) -> None:
    start_run(base, command="nightly", fingerprint="f1")
    night(base)
    assert [hit.snippet for hit in search(base, "tonte")] == ["Entretien · Tonte"]


def test_a_long_page_is_found_to_its_end(base: Engine) -> None:
    store(base, document(texts=("mot " * 60_000 + "fin",)), key="T1")
    assert found(base, "fin") == [("T1", "ccap-1.pdf", 1)]


def test_a_deleted_document_leaves_the_index(base: Engine) -> None:
    store(base, document(texts=("premier",)), key="T1")
    with writing(base) as session:
        session.execute(text("DELETE FROM documents"))
    assert found(base, "premier") == []
    with writing(base) as session:  # the index and what it indexes agree
        if base.dialect.name == "sqlite":
            session.execute(text("INSERT INTO texts_index (texts_index, rank) VALUES ('integrity-check', 1)"))


def test_texts_of_an_older_version_are_added_later(base: Engine) -> None:
    store(base, document(), document(2, pages=0, status="failed"), key="T1")
    assert [file.document_id for file in files_without_text(base)] == [1]
    save_texts(base, {1: ["premier"]})
    with writing(base) as session:
        session.execute(text("DELETE FROM texts WHERE tender_id IS NOT NULL"))
    describe_every_tender(base)
    assert files_without_text(base) == ()
    assert (found(base, "premier"), found(base, "gros oeuvre")) == ([("T1", "ccap-1.pdf", 1)], [SHEET_1])


# ---------------------------------------------------------------- words


def test_what_is_searched_names_nobody() -> None:
    lines = ("Contact : Mme Durand, 01 02 03 04 05,", "jean.martin@ville.fr. Maî-", "trise d’œuvre")
    page = Page(number=1, width=1, height=1, lines=tuple(Line(text=line, bbox=(0, 0, 0, 0)) for line in lines))
    (read,) = page_texts(Document(path="a", sha256="a", size=1, pages=(page,)))
    assert read == "Contact : [nom], 01 02 03 04 05, [adresse]. Maîtrise d'oeuvre"


def test_words_of_a_text() -> None:
    assert words("L’Œuvre n°1 : sous-\ntraitance_2") == ["l", "oeuvre", "n", "1", "sous", "traitance", "2"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        pytest.param('un "deux trois"', Query(((Term(("un",)), Term(("deux", "trois"))),)), id="word-and-phrase"),
        pytest.param("qua* -cinq", Query(((Term(("qua",), True),),), (Term(("cinq",)),)), id="beginning-and-not"),
        pytest.param('a OR OR "', Query(((Term(("a",)),),)), id="nothing-after-or"),
        pytest.param('"sans fin', Query(((Term(("sans", "fin")),),)), id="open-quotes"),
        pytest.param("or", Query(((Term(("or",)),),)), id="a-word"),
    ],
)
def test_meaning_of_a_query(query: str, expected: Query) -> None:
    assert parse_query(query) == expected


@pytest.mark.parametrize("query", ["lune", "lunes", "brillait", '"la lune"'])
def test_snippet_is_around_the_words(query: str) -> None:
    told = snippet("mot " * 100 + "la lune brille " + "fin " * 100, parse_query(query))
    assert told.startswith("…mot ")
    assert told.endswith(" fin…")
    assert " la lune brille " in told


def test_snippet_of_a_short_text_is_the_text() -> None:
    assert snippet("la lune brille", parse_query("absent")) == "la lune brille"
