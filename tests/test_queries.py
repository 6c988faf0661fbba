"""Ways into the database: filters, totals, and queries that can only read and that end."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from databases import on_sqlite
from known_database import fill
from sqlalchemy import Engine, text

from models import StoreError, open_database
from models.queries import Filter, hours_by, rows
from models.readonly import run_query


@pytest.fixture
def known(database_url: str) -> Engine:
    engine = open_database(database_url)
    fill(engine)
    return engine


def values(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(None if pd.isna(v) else v for v in row) for row in frame[list(columns)].itertuples(index=False)]


FILTERS: dict[str, tuple[Filter, list[tuple[Any, ...]]]] = {
    "second-departement-of-a-tender": (
        Filter(departements=("75",), categories=("critere_social",)),
        [("T2", "*", "critere_social")],
    ),
    "family-of-the-lot": (
        Filter(families=("BAT",)),
        [("T1", "*", "clause_insertion"), ("T1", "1", "clause_insertion")],
    ),
    "buyer-and-day": (
        Filter(buyer="Ville de Paris", until=date(2018, 3, 1), lot="1"),
        [("T3", "1", "reserve_handicap")],
    ),
    "several-categories": (
        Filter(categories=("reserve_handicap", "reserve_handicap_iae")),
        [("T3", "1", "reserve_handicap"), ("T6", "*", "reserve_handicap_iae")],
    ),
    "hours": (Filter(min_hours=1000), [("T1", "*", "clause_insertion"), ("T2", "*", "clause_insertion")]),
    "tender": (Filter(tender="T4", since=date(2026, 10, 5)), [("T4", lot, "clause_insertion") for lot in ("*", "1")]),
}


@pytest.mark.parametrize("case", FILTERS)
def test_rows_that_the_filter_keeps(known: Engine, case: str) -> None:
    where, expected = FILTERS[case]
    assert values(rows(known, "v_consolide", where), "consultation", "lot", "categorie") == expected


def test_rows_of_a_view_without_filter_and_with_a_limit(known: Engine) -> None:
    assert values(rows(known, "v_consultations", limit=2), "consultation", "heures") == [
        ("T1", 1200.0),
        ("T2", 12000.0),
    ]


def test_a_filter_that_the_view_does_not_know(known: Engine) -> None:
    with pytest.raises(StoreError) as caught:
        rows(known, "v_familles", Filter(lot="1"))
    expected = "v_familles ne se filtre pas par lot : prenez une autre vue, v_consolide par exemple."
    assert str(caught.value) == expected


TOTALS: dict[str, list[tuple[Any, ...]]] = {
    "famille": [("NET", 1, 12000.0), ("EV", 3, 1200.0), ("BAT", 1, 700.0), (None, 1, None)],
    "departement": [("75", 2, 13200.0), ("93", 1, 12000.0), ("77", 2, 700.0), (None, 1, None)],
    "mois": [("2018-03", 1, 300.0), ("2026-09", 2, 13200.0), ("2026-10", 2, 400.0)],
    "acheteur": [
        ("Département", 1, 12000.0),
        ("Ville de Paris", 2, 1500.0),
        ("Ville de Melun", 1, 400.0),
        (None, 1, None),
    ],
    "coordination": [
        ("EPEC", 2, 13200.0),
        ("Conseil départemental de la Seine-Saint-Denis", 1, 12000.0),
        ("Initiatives 77", 1, 400.0),
        ("MEI Melun Val de Seine", 1, 300.0),
        (None, 1, None),
    ],
}


@pytest.mark.parametrize("by", TOTALS)
def test_totals(known: Engine, by: Any) -> None:
    assert values(hours_by(known, by), by, "nb_consultations", "heures") == TOTALS[by]


def test_totals_of_a_filter(known: Engine) -> None:
    where = Filter(departements=("77",), since=date(2026, 1, 1))
    assert values(hours_by(known, "famille", where), "libelle", "nb_clauses", "heures") == [
        ("Espaces verts, espaces naturels et milieu rural (entretien)", 2, 400.0)
    ]


# ---------------------------------------------------------------- queries


def test_columns_named_as_those_of_views_have_their_types(known: Engine) -> None:
    found = run_query(
        known, "SELECT jour, btp, heures, lot, COUNT(*) AS n, 1.5 AS x FROM v_consolide GROUP BY 1, 2, 3, 4"
    )
    kinds = ["datetime64[s]", "boolean", "Float64", "string", "Int64", "Float64"]
    assert [str(dtype) for dtype in found.dtypes] == kinds


def test_a_name_that_comes_again_gets_a_number_and_a_wrong_type_is_left(known: Engine) -> None:
    found = run_query(known, "SELECT 'deux' AS page, 2 AS page, NULL AS rien")
    assert values(found, "page", "page_2", "rien") == [("deux", 2, None)]


READ = "Seules les lectures sont permises : la requête doit commencer par SELECT ou WITH."
WRITE = "Seules les lectures sont permises : la requête écrit ou change un réglage ; rien n'a été fait."
ONE = "Une seule requête à la fois : retirez ce qui suit le premier point-virgule."
REFUSED = {
    "delete": ("DELETE FROM codes", READ),
    "drop-after-a-comment": ("-- SELECT\n/* SELECT */ DROP TABLE codes", READ),
    "pragma": ("PRAGMA query_only = OFF", READ),
    "attach": ("ATTACH DATABASE '/tmp/x.db' AS x", READ),
    "copy": ("COPY codes TO PROGRAM 'true'", READ),
    "nothing": (" ; ", READ),
    "two": ("SELECT 1; DELETE FROM codes", ONE),
    "commit-then-write": ("SELECT 1; COMMIT; DELETE FROM codes", ONE),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_reading_is_refused(known: Engine, case: str) -> None:
    sql, told = REFUSED[case]
    with pytest.raises(StoreError) as caught:
        run_query(known, sql)
    assert str(caught.value) == told
    with known.connect() as connection:
        assert connection.execute(text("SELECT COUNT(*) > 100 FROM codes")).scalar()


@pytest.mark.parametrize("sql", ["SELECT rien FROM v_lots", "SELECT * FROM v_rien", "SELECT 'sans fin"])
def test_a_query_that_is_not_understood(known: Engine, sql: str) -> None:
    with pytest.raises(StoreError, match=r"^Requête refusée par la base \([^\n]+\) : corrigez-la ; [^\n]+\.$"):
        run_query(known, sql)


@on_sqlite
def test_the_full_text_index_can_be_asked(known: Engine) -> None:
    found = run_query(known, "SELECT rowid AS id FROM texts_index WHERE texts_index MATCH 'rien'")
    assert list(found.columns) == ["id"]


def test_a_query_has_an_end(known: Engine) -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n"
    with pytest.raises(StoreError) as caught:
        run_query(known, endless, seconds=0.2)
    told = "Requête arrêtée après 0,2 s : ajoutez un filtre, ou donnez plus de temps par --seconds."
    assert str(caught.value) == told
    assert values(run_query(known, "SELECT COUNT(*) AS n FROM v_lots"), "n") == [(5,)]
