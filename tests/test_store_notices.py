"""Notices become rows and back, tenders that share a name become one, and what nights record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import permutations
from typing import Any

import pandas as pd
import pytest
from databases import NewDatabase
from notice_samples import EXPECTED, needs_samples
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session
from store_records import NOTICE, document, dump, hours, night
from test_notices import recorded

from extractors.notices.records import Link, Notice, Reference
from models import (
    KnownDownload,
    StoreError,
    known_downloads,
    known_notices,
    night_summary,
    open_database,
    read_view,
    save,
    source_states,
    start_run,
)
from models.night_tables import AlertMatchRow, AlertRow
from models.notice_records import notice_of
from models.notice_tables import NoticeRow
from models.tables import TenderRow

FIRST = Notice(journal="boamp", notice_id="26-1", kind="call", published=date(2026, 11, 1), object="Voirie")
SECOND = replace(FIRST, notice_id="26-2", object="Toiture", published=date(2026, 11, 2))
JOINS = replace(
    FIRST,
    notice_id="26-3",
    kind="cancellation",
    object=None,
    published=date(2026, 11, 3),
    references=tuple(Reference(journal="boamp", id=id, relation="corrects") for id in ("26-1", "26-2")),
)


@pytest.fixture
def engine(database_url: str) -> Engine:
    engine = open_database(database_url)
    start_run(engine, command="nightly boamp", fingerprint="f1")
    return engine


def query(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def test_a_notice_comes_back_as_it_was(engine: Engine) -> None:
    night(engine)
    with Session(engine) as session:
        (row,) = session.query(NoticeRow).all()
        assert notice_of(row) == replace(NOTICE, deadline=datetime(2026, 12, 20, 11, tzinfo=UTC))


def test_the_same_notice_again_keeps_its_rows(engine: Engine) -> None:
    night(engine)
    before = dump(engine)
    night(engine)
    after = dump(engine)
    changed = {table for table in before if before[table] != after[table]}
    assert changed == {"nights", "night_sources", "downloads", "sources"}
    assert known_notices(engine, [("boamp", "26-91551"), ("ted", "26-91551")], fingerprint="f1").keys() == {
        ("boamp", "26-91551")
    }
    assert known_notices(engine, [("boamp", "26-91551")], fingerprint="f2") == {}


def test_a_notice_that_changes_replaces_its_rows(engine: Engine) -> None:
    night(engine)
    night(engine, replace(NOTICE, lots=(), declared=(), object="Tonte", links=(Link(kind="profile", url="http://p/"),)))
    found = read_view(engine, "v_avis")
    assert found[["objet", "nb_lots", "nb_declarations", "nuit"]].to_numpy().tolist() == [["Tonte", 0, 0, 1]]
    assert query(engine, "SELECT kind, url FROM notice_links") == [("profile", "http://p/")]
    assert [s.changed_notices for s in night_summary(engine, 2).sources] == [1]


def test_names_of_the_tender_are_kept(engine: Engine) -> None:
    night(engine)
    folder = "folder:11111111-2222-4333-8444-555555555555"
    assert query(engine, "SELECT key FROM tender_keys ORDER BY key") == [
        ("boamp:26-91551",),
        (folder,),
        ("ted:334786-2021",),
    ]
    assert query(engine, "SELECT key, reference, state FROM tenders") == [(folder, "26V01", "open")]


@pytest.mark.parametrize(
    "order", list(permutations((FIRST, SECOND, JOINS))), ids=lambda o: "-".join(n.notice_id for n in o)
)
def test_notices_in_any_order_make_one_tender(engine: Engine, order: tuple[Notice, ...]) -> None:
    for notice in order:
        night(engine, notice)
    facts = "SELECT key, object, state, (SELECT COUNT(*) FROM tender_keys) FROM tenders"
    assert query(engine, facts) == [("boamp:26-1", "Toiture", "cancelled", 3)]
    assert query(engine, "SELECT COUNT(*) FROM notices WHERE tender_id = (SELECT id FROM tenders)") == [(3,)]


def test_merged_tenders_bring_their_documents_links_and_matches(engine: Engine) -> None:
    night(engine, FIRST)
    night(engine, SECOND)
    for number, notice in enumerate((FIRST, SECOND), 1):
        record = document(number, path=f"/{number}.pdf")
        keys = {record.path: f"boamp:{notice.notice_id}"}
        save(engine, [record], run_id=1, fingerprint="f1", tender_keys=keys)
    with Session(engine) as session, session.begin():
        ids = [tender.id for tender in session.query(TenderRow).order_by(TenderRow.id)]
        session.add(AlertRow(name="93", definition="{}", sha256="a"))
        session.flush()
        session.add_all(
            AlertMatchRow(alert="93", tender_id=id, clause=clause, first_listed_at=datetime.now(UTC))
            for id, clause in ((ids[0], "x"), (ids[1], "x"), (ids[1], "y"))
        )

    night(engine, JOINS)

    assert len(query(engine, "SELECT id FROM tenders")) == 1
    assert query(engine, "SELECT DISTINCT tender_id FROM document_paths") == [(ids[0],)]
    assert query(engine, "SELECT DISTINCT tender_id FROM downloads") == [(ids[0],)]
    assert query(engine, "SELECT tender_id, clause FROM alert_matches ORDER BY clause") == [
        (ids[0], "x"),
        (ids[0], "y"),
    ]


def test_facts_of_the_notices_come_before_those_of_the_documents(engine: Engine) -> None:
    night(engine)
    keys = {"/dce/T1/ccap-1.pdf": "boamp:26-91551"}
    save(engine, [document()], run_id=1, fingerprint="f1", tender_keys=keys)
    assert query(engine, "SELECT reference, buyer, object FROM tenders") == [("26V01", "Ville d'Essai", "Entretien")]
    lists = "SELECT CAST(departments AS TEXT), CAST(cpv AS TEXT), CAST(families AS TEXT) FROM tenders"
    assert query(engine, lists) == [('["05", "2A"]', '["77310000"]', '["NUM", "PI"]')]


def test_a_tender_whose_documents_leave_stays_by_its_notices(engine: Engine) -> None:
    night(engine)
    save(engine, [document()], run_id=1, fingerprint="f1", tender_keys={"/dce/T1/ccap-1.pdf": "boamp:26-91551"})
    save(engine, [document()], run_id=1, fingerprint="f1", tender_keys={"/dce/T1/ccap-1.pdf": "T2"})
    assert query(engine, "SELECT key FROM tenders ORDER BY key") == [
        ("T2",),
        ("folder:11111111-2222-4333-8444-555555555555",),
    ]


def test_first_rows_of_the_views(engine: Engine) -> None:
    night(engine)
    avis = read_view(engine, "v_avis").iloc[0]
    assert (
        avis.numero,
        avis.libelle_nature,
        avis.parution,
        avis.libelle_procedure,
        avis.libelle_etat_consultation,
    ) == (*("26-91551", "Appel à concurrence", pd.Timestamp("2026-11-20"), "Adaptée", "Ouverte"),)
    assert (avis.adresse_avis, avis.adresse_dossier) == ("https://avis.example.fr/", "https://dce.example.fr/")
    assert (avis.departements, avis.cpv, avis.montant_estime_eur) == ("05, 2A", "77310000", 120000.0)
    assert avis.limite == datetime(2026, 12, 20, 11, tzinfo=UTC)
    told = read_view(engine, "v_declare").iloc[0]
    assert (told.champ, told.valeur_declaree, told.libelle_sens, told.lot, told.texte) == (
        *("criteres", "sociaux", "Considération sociale", "1", "insertion"),
    )
    source = read_view(engine, "v_sources").iloc[0]
    assert (source.source, source.repere, source.libelle_etat, source.nb_avis_nouveaux, source.nb_a_la_main) == (
        *("boamp", "2026-11-20", "Complète", 1, 1),
    )
    link = read_view(engine, "v_telechargements").iloc[0]
    assert (link.libelle_etat, link.message, link.nb_essais) == ("À récupérer à la main", "À récupérer", 1)


def test_what_a_night_leaves_for_the_next(engine: Engine) -> None:
    night(engine)
    state = source_states(engine)["boamp"]
    assert (state.watermark, state.scope, state.error) == ("2026-11-20", "05", None)
    assert state.succeeded_at and state.succeeded_at.tzinfo
    assert known_downloads(engine, {"boamp:26-91551"}) == {
        ("https://dce.example.fr/", "boamp:26-91551"): KnownDownload(state="manual", etag="", last_modified="")
    }


def test_new_clauses_of_a_night_are_those_that_no_earlier_document_had(engine: Engine) -> None:
    night(engine)
    night_id = night(engine)
    run_id = start_run(engine, command="nightly", fingerprint="f1", night_id=night_id)
    keys = {f"/dce/T1/ccap-{n}.pdf": "T1" for n in (1, 2, 3)}
    save(engine, [document(1)], run_id=1, fingerprint="f1", tender_keys=keys)
    more = (hours(400, lot="3"), hours(60, lot="3"))
    fresh = document(2, volumes=more, clauses=(replace(document().clauses[0], lots=("1", "3")),))
    less = replace(fresh, path="/dce/T1/ccap-3.pdf", sha256="c" * 64, volumes=more[:1])

    save(engine, [fresh, less], run_id=run_id, fingerprint="f1", tender_keys=keys)

    told = night_summary(engine, night_id)
    assert [(clause.lot, clause.category, clause.hours) for clause in told.new_clauses] == [
        ("3", "clause_insertion", 460.0)  # lot 1 had it, and one document asks for less
    ]
    assert [(total.family, total.departements, total.hours) for total in told.hours] == [("NUM", ("75", "93"), 460.0)]
    assert [tender.key for tender in told.new_tenders] == []


def test_unknown_night(engine: Engine) -> None:
    with pytest.raises(StoreError, match="Passage inconnu : 9"):
        night_summary(engine, 9)


@needs_samples
def test_recorded_notices_come_back_as_they_were_and_make_the_same_tenders(
    engine: Engine, new_database: NewDatabase
) -> None:
    """The 171 notices of shared/sources: each stored whole, and grouped the same whatever their order."""
    notices = [replace(recorded(case["file"]), text="") for case in EXPECTED]
    for start in range(0, len(notices), 40):
        night(engine, *notices[start : start + 40])
    with Session(engine) as session:
        rows = session.query(NoticeRow).all()
        stored = {(row.journal, row.notice_id): notice_of(row) for row in rows}
    last = {(notice.journal, notice.notice_id): notice for notice in notices}
    assert len(stored) == len(last) == 167  # some are recorded twice
    assert stored == last  # aware times are equal whatever their zone
    other = open_database(new_database())
    start_run(other, command="nightly boamp", fingerprint="f1")
    for start in range(0, len(last), 7):
        night(other, *list(last.values())[::-1][start : start + 7])
    tenders = "SELECT t.key, state, notice_id FROM tenders t JOIN notices n ON n.tender_id = t.id ORDER BY notice_id"
    assert query(engine, tenders) == query(other, tenders)
    assert query(engine, "SELECT COUNT(*) FROM tenders") == [(146,)]
