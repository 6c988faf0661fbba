"""The analysts' views: exact rows, types that do not depend on the rows, and a dictionary that tells the truth."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import known_database
import pandas as pd
import pytest
from databases import on_sqlite
from sqlalchemy import Engine, inspect
from store_records import PROOF, SCANNED, document, empty, hours, night

from extractors.codes import all_codes, codes_of, label
from extractors.schema import Clause, Evidence, Lot, Tender
from models import VIEWS, StoreError, open_database, read_view, save, start_run
from models.tables import Base
from models.views import TYPES

DICTIONARY = Path(__file__).parents[1] / "models" / "DICTIONNAIRE.md"
BUILDING = "Bâtiment (construction, réhabilitation, second œuvre)"
DIGITAL = "Numérique et télécommunications"


@pytest.fixture
def engine(database_url: str) -> Engine:
    engine = open_database(database_url)
    start_run(engine, command="ingest", fingerprint="f1")
    return engine


def store(engine: Engine, *records: Any, key: str = "T1") -> None:
    save(engine, records, run_id=1, fingerprint="f1", tender_keys={record.path: key for record in records})


def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame[list(columns)].itertuples(index=False)]


# ---------------------------------------------------------------- rows


COMMON = {
    "consultation": "T1",
    "reference": "21-048",
    "acheteur": "Ville de Paris",
    "objet": None,
    "jour": pd.Timestamp(datetime.now(UTC).date()),
    "departement": "75",
    "departements": "75, 93",
    "fichier": "ccap-1.pdf",
    "chemin": "/dce/T1/ccap-1.pdf",
    "type_document": "ccap",
    "libelle_type_document": "CCAP",
    "document_id": 1,
    "consultation_id": 1,
}
FIRST_PROOF = {
    "page": 7,
    "citation": PROOF.quote,
    "section": "8.2",
    "bbox_x0": 56.5,
    "bbox_haut": 100.0,
    "bbox_x1": 540.25,
    "bbox_bas": 124.0,
    "par_ocr": False,
    "lu_comme": None,
}
OTHER_PROOF = dict.fromkeys(FIRST_PROOF) | {"page": 8, "citation": "au-delà de 2 700 000 €"}
OTHER_PROOF |= {"par_ocr": True, "lu_comme": "au delà de 2 700 000 €"}
LOT_1 = {"lot": "1", "lot_titre": "Gros œuvre", "famille": "BAT", "libelle_famille": BUILDING}
LOT_1 |= {"btp": True, "familles": "NUM, PI"}
INSERTION = {"categorie": "clause_insertion", "libelle_categorie": "Clause d'insertion"}

EXPECTED: dict[str, dict[str, Any]] = {
    "v_clauses": COMMON
    | FIRST_PROOF
    | LOT_1
    | INSERTION
    | {"poids_pourcent": None, "references_legales": "L2112-2, R2113-7", "nb_preuves": 2}
    | {"regle": "heures_par_tranche", "confiance": 0.97, "clause_id": 1, "traitement": 1, "remplace": False},
    "v_volumes": COMMON
    | FIRST_PROOF
    | LOT_1
    | INSERTION
    | {"valeur": 1.0, "valeur_max": None, "unite": "hours", "libelle_unite": "heures"}
    | {"par": "amount", "libelle_par": "par tranche d'euros", "tranche_eur": 2000.0, "seuil_eur": 2700000.0}
    | {"phase": None, "borne": "minimum", "heures_derivees": 450.5, "heures": 450.5, "formule": "901 000 / 2 000"}
    | {
        "nb_preuves": 1,
        "regle": "heures_par_tranche",
        "confiance": 0.9,
        "volume_id": 1,
        "traitement": 1,
        "remplace": False,
    },
    "v_penalites": COMMON
    | FIRST_PROOF
    | {"montant_eur": 200.0, "par": "hour", "libelle_par": "par heure", "regle": "penalite", "confiance": 0.9},
    "v_contacts": COMMON
    | FIRST_PROOF
    | {"organisme": "EPEC", "courriel": "a@b.fr", "telephone": "01 02", "role": "Facilitateur"},
    "v_modalites": COMMON
    | FIRST_PROOF
    | {"nature": "public", "libelle_nature": "Public éligible"}
    | {"modalite": "rsa", "libelle_modalite": "Allocataires du RSA"}
    | {"nb_preuves": 2, "regle": "rsa", "confiance": 0.95},
    "v_absences": COMMON
    | OTHER_PROOF
    | {"categorie": "reserve_handicap_iae", "libelle_categorie": "Réservé au handicap et à l'insertion"}
    | {"regle": "sans_objet"},
    "v_problemes": COMMON
    | {"etat": "partial", "etape": "read", "libelle_etape": "Lecture", "code": "scan", "message": SCANNED.message}
    | {"page": 3, "traitement": 1},
}


@pytest.mark.parametrize("view", EXPECTED)
def test_first_row_of_the_view(engine: Engine, view: str) -> None:
    store(engine, document(problems=(SCANNED,), status="partial"))
    frame = read_view(engine, view)
    assert dict(zip(frame.columns, rows(frame, *frame.columns)[0], strict=True)) == EXPECTED[view]


def test_one_row_per_clause_and_lot(engine: Engine) -> None:
    store(engine, document())
    found = rows(read_view(engine, "v_clauses"), "categorie", "lot", "lot_titre", "famille", "poids_pourcent")
    assert found == [
        ("clause_insertion", "1", "Gros œuvre", "BAT", None),
        ("clause_insertion", "2", None, "NUM", None),
        ("critere_social", "*", None, "NUM", 10.0),
    ]


def test_title_and_family_of_a_lot_come_from_another_document_of_the_tender(engine: Engine) -> None:
    ccap = empty(1, volumes=(hours(10, lot="1"), hours(20, lot="2"), hours(30, lot="3")))
    lots = (Lot(number="1", title="Menuiserie", families=("BAT",)), Lot(number="2", title="Logiciel"))
    rc = empty(2, doc_type="rc", lots=lots, families=("NUM",))
    elsewhere = empty(3, lots=(Lot(number="3", title="Autre consultation", families=("TP",)),))
    store(engine, ccap, rc)
    store(engine, elsewhere, key="T2")
    assert rows(read_view(engine, "v_volumes"), "lot", "lot_titre", "famille", "libelle_famille") == [
        ("1", "Menuiserie", "BAT", BUILDING),
        ("2", "Logiciel", "NUM", DIGITAL),
        ("3", None, "NUM", DIGITAL),
    ]


def test_lots_of_a_tender_are_counted_once_in_the_order_of_their_numbers(engine: Engine) -> None:
    numbers = [Lot(number=number, title=f"Lot n° {number}") for number in ("10", "2", "1")]
    store(engine, empty(1, lots=tuple(numbers)), empty(2, lots=tuple(numbers[:1])))
    assert rows(read_view(engine, "v_lots"), "lot", "lot_titre", "nb_documents") == [
        ("1", "Lot n° 1", 1),
        ("2", "Lot n° 2", 1),
        ("10", "Lot n° 10", 2),
    ]


def test_documents_that_gave_nothing_or_failed_are_there(engine: Engine) -> None:
    store(engine, document(1), empty(2), empty(3, status="failed", pages=0, problems=(SCANNED, SCANNED)))
    found = read_view(engine, "v_documents")
    columns = ("fichier", "etat", "pages", "nb_clauses", "nb_volumes", "nb_problemes", "octets", "nb_copies")
    assert rows(found, *columns) == [
        ("ccap-1.pdf", "ok", 28, 2, 1, 0, 1001, 1),
        ("ccap-2.pdf", "ok", 28, 0, 0, 0, 1002, 1),
        ("ccap-3.pdf", "failed", 0, 0, 0, 2, 1003, 1),
    ]
    assert rows(found, "empreinte", "traitement", "secondes", "cpv", "familles")[0] == (
        *("f1", 1, 0.25, "45000000", "NUM, PI"),
    )
    assert abs(found["traite_le"][0] - pd.Timestamp.now(tz="UTC")) < pd.Timedelta("5min")


def test_copies_count_once_in_a_tender_and_once_in_each_tender(engine: Engine) -> None:
    paths = {"/dce/T1/b.pdf": "T1", "/dce/T1/a.pdf": "T1", "/dce/T2/a.pdf": "T2"}
    records = [document(1, path=path) for path in paths]
    save(engine, records, run_id=1, fingerprint="f1", tender_keys=paths)
    expected = [("T1", "/dce/T1/a.pdf", 2), ("T2", "/dce/T2/a.pdf", 1)]
    assert rows(read_view(engine, "v_documents"), "consultation", "chemin", "nb_copies") == expected
    assert rows(read_view(engine, "v_penalites"), "consultation") == [("T1",), ("T2",)]


def test_a_code_without_label_shows_as_it_is(engine: Engine) -> None:
    clause = Clause(category="tout_nouveau", confidence=1, rule="r", evidence=(Evidence(page=1, quote="x"),))
    store(engine, empty(1, clauses=(clause,), doc_type="plan", tender=Tender()))
    columns = ("libelle_categorie", "libelle_type_document", "libelle_famille", "references_legales", "familles")
    assert rows(read_view(engine, "v_clauses"), *columns) == [("tout_nouveau", "plan", None, None, None)]


# ---------------------------------------------------------------- types


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return open_database(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'base.db'}")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """A database where each view has rows."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('full') / 'base.db'}")
    known_database.fill(engine)
    store(engine, document(11, problems=(SCANNED,), status="partial"), key="T11")
    night(engine)
    return engine


@pytest.mark.parametrize("view", VIEWS)
def test_types_are_the_same_with_and_without_rows(empty_database: Engine, everything: Engine, view: str) -> None:
    without = read_view(empty_database, view)
    filled = read_view(everything, view)
    assert (len(without), len(filled) > 0) == (0, True)
    pd.testing.assert_series_equal(without.dtypes, filled.dtypes)
    kinds = {"string", "Int64", "Float64", "boolean", "datetime64[s]", "datetime64[us, UTC]"}
    assert {str(dtype) for dtype in filled.dtypes} <= kinds


def test_numbers_are_never_typed_as_text(everything: Engine) -> None:
    days = {name for name, kind in TYPES.items() if str(kind).startswith("datetime64")}
    with everything.connect() as connection:
        for view in VIEWS:
            raw = connection.exec_driver_sql(f"SELECT * FROM {view}").mappings().first()
            assert raw is not None
            numbers = {name for name, value in raw.items() if isinstance(value, int | float)}
            texts = {name for name, value in raw.items() if isinstance(value, str)} - days
            dtypes = read_view(everything, view).dtypes
            assert {str(dtypes[name]) for name in numbers} <= {"Int64", "Float64", "boolean"}, view
            assert {str(dtypes[name]) for name in texts} <= {"string"}, view


def test_limit(engine: Engine) -> None:
    store(engine, *(document(number) for number in range(5)))
    assert len(read_view(engine, "v_clauses", limit=4)) == 4
    assert len(read_view(engine, "v_clauses", limit=0)) == 0
    assert len(read_view(engine, "v_clauses")) == 15


@on_sqlite
@pytest.mark.parametrize("name", ["v_rien", "documents", "v_clauses; DROP TABLE lots"])
def test_unknown_view(engine: Engine, name: str) -> None:
    with pytest.raises(StoreError) as caught:
        read_view(engine, name)
    assert str(caught.value) == f"Vue inconnue : {name}. Choisissez parmi : {', '.join(VIEWS)}."


# ---------------------------------------------------------------- codes


def test_codes_are_unique_and_complete() -> None:
    assert len({(code.kind, code.code) for code in all_codes()}) == len(all_codes())
    assert [code for code in all_codes() if not (code.kind and code.code and code.label and code.meaning)] == []
    assert label("category", "reserve_iae") == "Réservé à l'insertion (SIAE)"
    assert label("category", "inconnu") == "inconnu"
    assert len(codes_of("category")) == 17
    assert len(codes_of("family")) == 20
    with pytest.raises(KeyError):
        codes_of("couleur")


# ---------------------------------------------------------------- dictionary


def sections(kind: str) -> dict[str, str]:
    """Text of each « ## kind `name` » section."""
    found = re.findall(rf"^## {kind} `(\w+)`\n(.*?)(?=^#|\Z)", DICTIONARY.read_text("utf-8"), re.M | re.S)
    return dict(found)


def described(section: str) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split(" |")] for line in lines]


def names(section: str) -> list[str]:
    return [row[0].strip("`") for row in described(section)]


@on_sqlite
@pytest.mark.parametrize("view", VIEWS)
def test_dictionary_has_the_columns_of_the_view_and_no_other(engine: Engine, view: str) -> None:
    groups, section = sections("Groupe"), sections("Vue")[view]
    used = re.search(r"Groupes : ([\w, ]+)\.", section)
    assert used
    told = names(section) + [name for group in used[1].split(", ") for name in names(groups[group])]
    assert sorted(told) == sorted(column["name"] for column in inspect(engine).get_columns(view))
    for row in described(section):
        assert len(row) == 4 and all(row), row


def test_dictionary_has_every_view_and_table(engine: Engine) -> None:
    assert list(sections("Vue")) == list(VIEWS)
    assert set(inspect(engine).get_view_names()) == set(VIEWS)
    assert list(sections("Table")) == sorted(Base.metadata.tables)


@on_sqlite
@pytest.mark.parametrize("table", sorted(Base.metadata.tables))
def test_dictionary_says_of_the_table_what_its_comments_say(engine: Engine, table: str) -> None:
    section = sections("Table")[table]
    declared = Base.metadata.tables[table]
    assert section.strip().startswith(f"{declared.comment}.")
    assert described(section) == [[f"`{column.name}`", column.comment] for column in declared.columns]
    assert names(section) == [column["name"] for column in inspect(engine).get_columns(table)]


def test_sources_of_the_dictionary_exist() -> None:
    every = {**sections("Groupe"), **sections("Vue")}
    sources = {source for section in every.values() for row in described(section) for source in row[3].split(", ")}
    tables = Base.metadata.tables
    known = {*tables, *(f"{table.name}.{column.name}" for table in tables.values() for column in table.columns)}
    assert sources - known == set()
