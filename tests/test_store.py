"""Saving is idempotent, and keeps one record per document whatever happens."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from store_records import PROOF, SCANNED, SECOND, count, document, dump, empty, query, started, store

from extractors.fingerprint import path_key
from extractors.schema import Clause, Evidence, Lot, Sketch, Tender
from models import (
    add_paths,
    done,
    mark_started,
    save,
)

# ---------------------------------------------------------------- what is written


def test_a_document_becomes_these_rows(engine: Engine, run_id: int) -> None:
    store(engine, document(sketch=Sketch(words=b"mots", numbers=b"1234", kind="docx", is_recognised=True)))
    rows = dump(engine)
    assert rows["lots"] == [("1", "Gros œuvre", ["BAT", "TP"], "BAT", None), ("2", None, [], None, None)]
    assert rows["clauses"] == [
        ("clause_insertion", None, ["L2112-2", "R2113-7"], 0.97, "heures_par_tranche"),
        ("critere_social", 10.0, [], 0.9, "critere"),
    ]
    assert rows["clause_lots"] == [("*",), ("1",), ("2",)]
    volume = (1.0, None, "hours", "amount", 2000.0, 2700000.0, None, "minimum", 450.5, "901 000 / 2 000")
    assert rows["volumes"] == [("clause_insertion", "1", *volume, 0.9, "heures_par_tranche")]
    assert rows["penalties"] == [(200.0, "hour", 0.9, "penalite")]
    assert rows["contacts"] == [("EPEC", "a@b.fr", "01 02", "facilitator")]
    assert rows["terms"] == [("public", "rsa", 0.95, "rsa")]
    assert rows["absences"] == [("reserve_handicap_iae", "sans_objet")]
    assert rows["problems"] == []
    facts = ("21-048", "Ville de Paris", None, ["75", "93"], ["45000000"], ["NUM", "PI"], "NUM")
    totals = (datetime.now(UTC).date(), 3, 0, 450.5)
    assert rows["tenders"] == [("T1", *facts, *[None] * 4, "unknown", "not_known", "aucun avis", *totals)]
    assert rows["documents"] == [(f"{1:064x}", 1001, None, "ok", "f1")]
    assert rows["readings"] == [(1, "f1", "ok", "ccap", 28, 0.25, *facts, False, None, "docx", True, b"mots", b"1234")]
    assert rows["document_paths"] == [("/dce/T1/ccap-1.pdf", "ccap-1.pdf")]
    first = (0, 7, PROOF.quote, 56.5, 100.0, 540.25, 124.0, "8.2", None, None)
    second = (8, SECOND.quote, None, None, None, None, None, "ocr", SECOND.read_as)
    assert rows["evidence"] == sorted([first] * 5 + [(0, *second)] * 2 + [(1, *second)] * 2, key=repr)


@pytest.mark.parametrize("fingerprint", ["f1", "f2"], ids=["same-rules", "other-rules"])
def test_saving_again_gives_the_same_rows(engine: Engine, run_id: int, fingerprint: str) -> None:
    records = [document(1), document(2, problems=(SCANNED,), status="partial"), empty(3)]
    store(engine, *records, fingerprint=fingerprint)
    before = dump(engine)
    store(engine, *records, fingerprint=fingerprint)
    store(engine, *reversed(records), fingerprint=fingerprint)
    assert dump(engine) == before
    assert {table: len(rows) for table, rows in before.items() if table in ("documents", "problems", "tenders")} == {
        "documents": 3,
        "problems": 1,
        "tenders": 1,
    }


def test_a_new_extraction_replaces_all_rows_of_its_document_and_no_other(engine: Engine, run_id: int) -> None:
    store(engine, document(1), document(2))
    store(engine, empty(1), fingerprint="f2")
    rows = dump(engine)
    with_one = {"lots": 2, "clauses": 2, "clause_lots": 3, "volumes": 1, "penalties": 1, "contacts": 1, "terms": 1}
    with_one["absences"] = 1
    assert {table: len(rows[table]) for table in with_one} == with_one
    assert len(rows["evidence"]) == 9
    assert query(engine, "SELECT fingerprint FROM documents ORDER BY sha256") == [("f2",), ("f1",)]


def test_a_lot_or_a_clause_lot_given_twice_is_one(engine: Engine, run_id: int) -> None:
    clause = Clause(category="clause_insertion", lots=("1", "1"), confidence=1, rule="r", evidence=(PROOF,))
    store(engine, empty(lots=(Lot(number="1", title="Premier"), Lot(number="1", title="Second")), clauses=(clause,)))
    assert query(engine, "SELECT number, title FROM lots") == [("1", "Premier")]
    assert query(engine, "SELECT lot FROM clause_lots") == [("1",)]


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("œuvre à 2 000 € — « 你好 » 🏗", "œuvre à 2 000 € — « 你好 » 🏗"),
        ("l'acheteur ; DROP TABLE lots; -- %s :x", "l'acheteur ; DROP TABLE lots; -- %s :x"),
        ("avant\x00après", "avantaprès"),
        ("demi \ud83d seul", "demi \\ud83d seul"),
    ],
    ids=["accents-emoji", "sql", "nul", "lone-surrogate"],
)
def test_any_text_is_stored(engine: Engine, run_id: int, written: str, kept: str) -> None:
    record = empty(
        path=f"/dce/{written}.pdf",
        tender=Tender(buyer=written, cpv=(written,)),
        contacts=document().contacts[:0],
        clauses=(Clause(category="c", confidence=1, rule="r", evidence=(Evidence(page=1, quote=written),)),),
    )
    for _ in range(2):
        mark_started(engine, run_id=run_id, files=[started(record)])
        store(engine, record, key=written)
    assert query(engine, "SELECT quote FROM evidence") == [(kept,)]
    assert query(engine, "SELECT path, name FROM document_paths") == [(f"/dce/{kept}.pdf", f"{kept}.pdf")]
    assert query(engine, "SELECT key, buyer FROM tenders") == [(kept, kept)]


# ---------------------------------------------------------------- documents, paths, tenders


def test_same_bytes_under_two_paths_are_one_document_with_both_paths(engine: Engine, run_id: int) -> None:
    first, copy = empty(path="/dce/T1/rc.pdf"), empty(path="/dce/T2/rc.pdf")
    mark_started(engine, run_id=run_id, files=[started(first), started(copy)])
    save(engine, [first], run_id=1, fingerprint="f1", tender_keys={first.path: "T1", copy.path: "T2"})
    assert count(engine, "documents") == 1
    expected = [("/dce/T1/rc.pdf", "T1"), ("/dce/T2/rc.pdf", "T2")]
    placed = "SELECT p.path, t.key FROM document_paths p JOIN tenders t ON t.id = p.tender_id ORDER BY p.path"
    assert query(engine, placed) == expected

    add_paths(engine, files=[started(first, path="/dce/T3/rc.pdf")], tender_keys={"/dce/T3/rc.pdf": "T3"})
    add_paths(engine, files=[started(first, path="/dce/vrac.pdf")], tender_keys={})
    assert query(engine, placed) == [*expected, ("/dce/T3/rc.pdf", "T3"), ("/dce/vrac.pdf", "T3")]
    assert query(engine, "SELECT status, fingerprint FROM documents") == [("ok", "f1")]


def test_a_path_with_new_bytes_leaves_its_old_document(engine: Engine, run_id: int) -> None:
    store(engine, document(1, path="/dce/rc.pdf"))
    store(engine, empty(2, path="/dce/rc.pdf"))
    assert count(engine, "documents") == 2
    assert query(engine, "SELECT p.path, d.sha256 FROM document_paths p JOIN documents d ON d.id = p.document_id") == [
        ("/dce/rc.pdf", f"{2:064x}")
    ]
    assert query(engine, "SELECT sha256 FROM v_documents") == [(f"{2:064x}",)]
    assert query(engine, "SELECT * FROM v_clauses") == []


def test_an_unreadable_file_has_a_record_and_then_its_own_once_readable(engine: Engine, run_id: int) -> None:
    path = "/dce/interdit.pdf"
    failed = empty(path=path, sha256=path_key(Path(path)), size=0, status="failed", pages=0, problems=(SCANNED,))
    store(engine, failed)
    assert re.fullmatch("path:[0-9a-f]{64}", path_key(Path(path)))
    assert query(engine, "SELECT chemin, etat, nb_problemes FROM v_documents") == [(path, "failed", 1)]
    assert done(engine, sha256s=[path_key(Path(path))], fingerprint="f1") == set()
    store(engine, empty(2, path=path))
    assert query(engine, "SELECT chemin, etat, nb_problemes FROM v_documents") == [(path, "ok", 0)]


def test_tender_takes_the_first_known_facts_in_the_order_of_document_types(engine: Engine, run_id: int) -> None:
    cctp = empty(1, doc_type="cctp", tender=Tender(buyer="CCTP", object="Travaux"), families=("TP",))
    rc = empty(2, doc_type="rc", tender=Tender(reference="R1", buyer="RC"))
    facts = "SELECT reference, buyer, object, CAST(families AS TEXT), family FROM tenders"
    expected = [("R1", "RC", "Travaux", '["TP"]', "TP")]
    store(engine, cctp)
    store(engine, rc)
    assert query(engine, facts) == expected
    store(engine, rc, cctp)
    assert query(engine, facts) == expected
    store(engine, empty(2, doc_type="rc", tender=Tender()), fingerprint="f2")
    assert query(engine, facts) == [(None, "CCTP", "Travaux", '["TP"]', "TP")]


def test_a_tender_left_by_its_last_document_disappears(engine: Engine, run_id: int) -> None:
    store(engine, empty(1), key="dossier")
    store(engine, empty(1), key="21-048")
    assert query(engine, "SELECT key FROM tenders") == [("21-048",)]


def test_a_document_without_key_is_a_tender_by_itself_and_keeps_the_one_it_has(engine: Engine, run_id: int) -> None:
    save(engine, [empty(1, path="/seul.pdf")], run_id=1, fingerprint="f1", tender_keys={})
    store(engine, empty(2, path="/a.pdf"), key="T2")
    save(engine, [empty(2, path="/a.pdf")], run_id=1, fingerprint="f1", tender_keys={})
    assert query(engine, "SELECT key FROM tenders ORDER BY key") == [("/seul.pdf",), ("T2",)]
