"""What is consolidated is kept in step with the documents and notices of the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from databases import NewDatabase
from sqlalchemy import Engine, text
from store_records import NOTICE, PROOF, dump, empty, hours, night

from extractors.notices.records import Declared, Notice, Reference
from extractors.schema import Absence, Clause, Evidence, Extraction, Lot, Tender, Volume
from models import add_paths, drop_paths, mark_started, open_database, save, start_run
from models.database import writing
from models.store import StartedFile

CONSOLIDATED = (
    "SELECT t.key, c.category, c.lot, c.hours, p.path, c.source_count, c.contradiction_count FROM consolidated c "
    "JOIN tenders t ON t.id = c.tender_id LEFT JOIN document_paths p ON p.document_id = c.document_id "
    "AND p.tender_id = c.tender_id ORDER BY t.key, c.id"
)
CONTRADICTIONS = (
    "SELECT x.subject, x.lot, k.path, x.kept_value, x.kept_page, x.kept_quote, o.path, x.other_value, c.lot "
    "FROM contradictions x JOIN document_paths k ON k.document_id = x.kept_document_id "
    "JOIN document_paths o ON o.document_id = x.other_document_id "
    "LEFT JOIN consolidated c ON c.id = x.consolidated_id ORDER BY x.id"
)
VERSIONS = "SELECT path, document_id, replaced_by, reason FROM document_versions ORDER BY id"


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(sql))]
    return [tuple(v.replace("\N{NO-BREAK SPACE}", " ") if isinstance(v, str) else v for v in row) for row in found]


def insertion(number: int, path: str, *volumes: Volume, **changes: Any) -> Extraction:
    """A document that asks for insertion, and for these volumes of it."""
    lots = tuple(dict.fromkeys(volume.lot for volume in volumes)) or ("*",)
    clause = Clause(category="clause_insertion", lots=lots, confidence=0.9, rule="cas", evidence=(PROOF,))
    known = {"path": path, "doc_type": Path(path).stem.split("_")[0].lower(), "clauses": (clause,), "volumes": volumes}
    return empty(number, **(known | changes))


def store(engine: Engine, *documents: Extraction, key: str = "T1") -> None:
    run = start_run(engine, command="ingest", fingerprint="f")
    save(engine, documents, run_id=run, fingerprint="f", tender_keys={d.path: key for d in documents})


RC, CCAP = insertion(1, "T1/rc.pdf", hours(300)), insertion(2, "T1/ccap.pdf", hours(350))


def test_documents_of_a_tender_make_one_row_and_its_contradiction(engine: Engine) -> None:
    store(engine, RC)
    store(engine, CCAP)
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 350.0, "T1/ccap.pdf", 2, 1)]
    for view in ("v_consolide", "v_consultations"):
        assert rows(engine, f"SELECT nb_contradictions FROM {view}") == [(1,)]
    assert rows(engine, CONTRADICTIONS) == [
        (
            *("hours", "*", "T1/ccap.pdf", "350 heures pour le marché, minimum", 7, PROOF.quote),
            *("T1/rc.pdf", "300 heures pour le marché, minimum", "*"),
        )
    ]
    sources = "SELECT position, document_id, clause_id, volume_id FROM consolidated_sources ORDER BY position"
    assert rows(engine, sources) == [(0, 2, 2, 2), (1, 1, 1, 1)]


def test_saving_again_or_together_gives_the_same_rows(engine: Engine, new_database: NewDatabase) -> None:
    store(engine, RC)
    store(engine, CCAP)
    store(engine, RC)
    together = open_database(new_database())
    store(together, CCAP, RC)
    for table in ("consolidated", "consolidated_sources", "contradictions", "agreements"):
        assert dump(engine)[table] == dump(together)[table], table


def test_a_contradiction_about_the_whole_contract_is_told_of_each_lot(engine: Engine) -> None:
    absence = Absence(category="clause_insertion", rule="cas", evidence=(PROOF,))
    by_lot = insertion(2, "T1/ccap.pdf", hours(100, lot="1"), hours(200, lot="2"))
    store(engine, empty(1, path="T1/rc.pdf", doc_type="rc", absences=(absence,)), by_lot)
    assert [row[2:4] + row[6:] for row in rows(engine, CONSOLIDATED)] == [("1", 100.0, 1), ("2", 200.0, 1)]
    assert [(row[0], row[1], row[7], row[8]) for row in rows(engine, CONTRADICTIONS)] == [
        ("presence", "*", "absence dite", "1")
    ]


def test_a_document_that_leaves_takes_its_rows_along(engine: Engine) -> None:
    store(engine, RC, CCAP)
    drop_paths(engine, "T1/", kept=["T1/rc.pdf"])
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 300.0, "T1/rc.pdf", 1, 0)]
    drop_paths(engine, "T1/", kept=[])
    assert rows(engine, "SELECT COUNT(*) FROM consolidated") == [(0,)]


def test_rows_that_a_correction_hides_do_not_count_and_its_own_win(engine: Engine) -> None:
    store(engine, RC, CCAP)
    with writing(engine) as session:
        session.execute(
            text(
                "INSERT INTO corrections (id, kind, action, author, reason, created_at, state, checked_at) "
                "VALUES (1, 'volume', 'reject', 'a', 'b', '2026-11-22', 'applied', '2026-11-22')"
            )
        )
        session.execute(text("UPDATE volumes SET hidden_by = 1 WHERE value = 350"))
    store(engine, insertion(3, "T1/cctp.pdf"))
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 300.0, "T1/rc.pdf", 3, 0)]
    with writing(engine) as session:
        session.execute(text("UPDATE volumes SET hidden_by = NULL, correction_id = 1 WHERE value = 300"))
        session.execute(text("UPDATE volumes SET hidden_by = NULL WHERE value = 350"))
    add_paths(engine, files=[StartedFile(path="T1/copie.pdf", sha256=f"{3:064x}", size=1)], tender_keys={})
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 300.0, "T1/rc.pdf", 3, 1)]
    assert rows(engine, "SELECT is_corrected FROM consolidated") == [(1,)]
    # Settled by a person: it shows, and counts no more.
    assert rows(engine, "SELECT ouverte FROM v_contradictions") == [(0,)]
    for view in ("v_consolide", "v_consultations"):
        assert rows(engine, f"SELECT nb_contradictions FROM {view}") == [(0,)]


def test_everything_is_made_again_when_the_rules_change(engine: Engine) -> None:
    store(engine, RC, CCAP)
    before = dump(engine)
    with writing(engine) as session:
        session.execute(text("UPDATE digests SET sha256 = 'older' WHERE name = 'consolidation'"))
        session.execute(text("DELETE FROM consolidated"))
    assert dump(open_database(str(engine.url))) == before


# ---------------------------------------------------------------- versions


def test_other_bytes_at_the_same_path_are_a_new_version(engine: Engine) -> None:
    store(engine, RC)
    store(engine, insertion(3, "T1/rc.pdf", hours(400)))
    assert rows(engine, VERSIONS) == [("T1/rc.pdf", 1, 2, "same_path")]
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 400.0, "T1/rc.pdf", 1, 0)]
    store(engine, RC)  # the first bytes are back
    assert rows(engine, VERSIONS) == [("T1/rc.pdf", 2, 1, "same_path")]


def test_a_path_is_recorded_once_however_the_reading_ends(engine: Engine) -> None:
    store(engine, RC)
    run = start_run(engine, command="ingest", fingerprint="f")
    mark_started(engine, run_id=run, files=[StartedFile(path="T1/rc.pdf", sha256="a" * 64, size=3)])
    mark_started(engine, run_id=run, files=[StartedFile(path="T1/rc.pdf", sha256="a" * 64, size=3)])
    assert rows(engine, VERSIONS) == [("T1/rc.pdf", 1, 2, "same_path")]


def test_a_name_of_a_later_version_supersedes_and_stays_readable(engine: Engine) -> None:
    store(engine, RC, insertion(3, "T1/rc_V2.pdf", hours(400)))
    assert rows(engine, VERSIONS) == [("T1/rc.pdf", 1, 2, "name")]
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 400.0, "T1/rc_V2.pdf", 1, 0)]
    assert rows(engine, "SELECT chemin, valeur FROM v_volumes") == [("T1/rc.pdf", 300.0), ("T1/rc_V2.pdf", 400.0)]
    for view in ("v_documents", "v_clauses", "v_volumes"):
        assert rows(engine, f"SELECT chemin FROM {view} WHERE remplace") == [("T1/rc.pdf",)]
        assert rows(engine, f"SELECT chemin FROM {view} WHERE NOT remplace") == [("T1/rc_V2.pdf",)]
    assert rows(engine, "SELECT nb_documents FROM v_consultations") == [(1,)]
    store(engine, RC)
    assert rows(engine, VERSIONS) == [("T1/rc.pdf", 1, 2, "name")]


def test_lots_and_facts_are_those_of_the_latest_version(engine: Engine) -> None:
    def rc(number: int, name: str, family: str, buyer: str) -> Extraction:
        lots, tender = (Lot(number="1", title=name, families=(family,)),), Tender(buyer=buyer)
        return insertion(number, f"T1/{name}.pdf", hours(300, lot="1"), lots=lots, families=(family,), tender=tender)

    store(engine, rc(1, "rc", "BAT", "Ancien"))
    store(engine, rc(2, "rc_V2", "NET", "Neuf"))
    assert rows(engine, "SELECT buyer, family FROM tenders") == [("Neuf", "NET")]
    assert rows(engine, "SELECT lot, lot_titre, famille, nb_documents FROM v_lots") == [("1", "rc_V2", "NET", 1)]
    assert rows(engine, "SELECT famille, heures FROM v_familles") == [("NET", 300.0)]


def test_a_document_that_says_so_replaces_the_one_of_its_type(engine: Engine) -> None:
    store(engine, RC, CCAP)
    store(engine, insertion(3, "T1/reglement.pdf", hours(400), doc_type="rc", replaces_earlier=True))
    assert rows(engine, VERSIONS) == [("T1/rc.pdf", 1, 3, "said")]


def test_a_version_that_goes_leaves_the_older_one(engine: Engine) -> None:
    store(engine, RC, insertion(3, "T1/rc_V2.pdf", hours(400)))
    drop_paths(engine, "T1/", kept=["T1/rc.pdf"])
    assert rows(engine, VERSIONS) == []
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 300.0, "T1/rc.pdf", 1, 0)]


def test_a_document_that_a_dce_gives_no_more_under_its_old_name_is_an_older_version(engine: Engine) -> None:
    store(engine, RC, CCAP)
    store(engine, insertion(3, "T1/rc_V2.pdf", hours(400)))
    drop_paths(engine, "T1/", kept=["T1/rc_V2.pdf"])
    assert rows(engine, VERSIONS) == [("T1/rc.pdf", 1, 3, "name")]
    assert rows(engine, CONSOLIDATED) == [("T1", "clause_insertion", "*", 400.0, "T1/rc_V2.pdf", 1, 0)]


# ---------------------------------------------------------------- notices

CALL = replace(
    NOTICE,
    declared=(
        Declared(field="considerationsSociales", value="Clause sociale", meaning="clause"),
        Declared(field="BT-71", value="none", meaning="aucune"),
    ),
    procedure="ouverte",
    estimated_eur=300_000,
)


def test_a_tender_learns_what_its_notices_declare(engine: Engine) -> None:
    start_run(engine, command="nightly", fingerprint="f")
    night(engine, CALL)
    said = "SELECT declared, agreement, obligation, obligation_reason FROM tenders"
    told = "avis du 20/11/2026 ; valeur estimée 300 000 €, seuil 216 000 € (fournitures et services) ; "
    assert rows(engine, said) == [("clause", "unknown", "not_known", told + "pièces du marché non lues")]
    store(engine, empty(1, path="x/rc.pdf", doc_type="rc"), key="boamp:26-91551")
    assert rows(engine, said) == [
        ("clause", "declared_only", "absent", told + "aucune considération sociale trouvée dans les pièces lues")
    ]
    assert rows(engine, "SELECT lot, consideration, declared, found, result FROM agreements ORDER BY id") == [
        ("*", "clause", "yes", "no", "declared_only"),
        ("*", "reserve", "no", "no", "agree"),
    ]
    store(engine, insertion(2, "x/ccap.pdf", hours(200)), key="boamp:26-91551")
    assert rows(engine, said) == [("clause", "agree", "found", told + "considération sociale trouvée")]


def test_the_words_of_an_absence_give_the_ground_of_a_derogation(engine: Engine) -> None:
    start_run(engine, command="nightly", fingerprint="f")
    night(engine, replace(CALL, declared=()))
    words = "Aucune clause sociale n'est prévue, en l'absence de lien suffisant avec l'objet du marché."
    proofs = (Evidence(page=2, quote="Clause sociale : sans objet"), Evidence(page=4, quote=words))
    absence = Absence(category="clause_insertion", rule="cas", evidence=proofs)
    store(engine, empty(1, path="x/ccap.pdf", doc_type="ccap", absences=(absence,)), key="boamp:26-91551")
    ((status, reason),) = rows(engine, "SELECT obligation, obligation_reason FROM tenders")
    assert (status, reason.split(" ; ")[-1]) == (
        "derogation",
        "absence motivée : lien insuffisant avec l'objet du marché",
    )


def test_a_tender_without_notice_declares_nothing(engine: Engine) -> None:
    store(engine, RC)
    assert rows(engine, "SELECT declared, agreement, obligation FROM tenders") == [(None, "unknown", "not_known")]
    assert rows(engine, "SELECT COUNT(*) FROM agreements") == [(0,)]


def test_tenders_that_become_one_are_consolidated_together(engine: Engine) -> None:
    start_run(engine, command="nightly", fingerprint="f")
    first = Notice(journal="boamp", notice_id="26-1", kind="call", published=date(2026, 11, 1))
    second = replace(first, notice_id="26-2")
    night(engine, first, second)
    store(engine, replace(RC, path="a/rc.pdf"), key="boamp:26-1")
    store(
        engine,
        replace(CCAP, path="b/ccap.pdf"),
        insertion(3, "b/rc.pdf"),
        insertion(4, "b/rc_V2.pdf"),
        key="boamp:26-2",
    )
    assert [row[:4] for row in rows(engine, CONSOLIDATED)] == [
        ("boamp:26-1", "clause_insertion", "*", 300.0),
        ("boamp:26-2", "clause_insertion", "*", 350.0),
    ]
    both = tuple(Reference(journal="boamp", id=id, relation="corrects") for id in ("26-1", "26-2"))
    night(engine, replace(first, notice_id="26-3", kind="rectification", references=both))
    assert rows(engine, CONSOLIDATED) == [("boamp:26-1", "clause_insertion", "*", 350.0, "b/ccap.pdf", 3, 1)]
    assert [row[0] for row in rows(engine, VERSIONS)] == ["b/rc.pdf"]


def test_a_call_that_says_all_again_supersedes_the_one_before(engine: Engine) -> None:
    start_run(engine, command="nightly", fingerprint="f")
    texts = [insertion(n, f"boamp/26-{n}.txt", hours(100 * n), doc_type="avis") for n in (1, 2)]
    for number, document in enumerate(texts, 1):
        store(engine, document, key=f"boamp:26-{number}")
    calls = [Notice(journal="boamp", notice_id=f"26-{n}", kind="call", published=date(2026, 11, n)) for n in (1, 2)]
    calls[1] = replace(calls[1], references=(Reference(journal="boamp", id="26-1", relation="corrects"),))
    night(engine, *calls, texts={call.notice_id: text.sha256 for call, text in zip(calls, texts, strict=True)})
    assert rows(engine, VERSIONS) == [("boamp/26-1.txt", 1, 2, "notice")]
    assert rows(engine, CONSOLIDATED) == [("boamp:26-1", "clause_insertion", "*", 200.0, "boamp/26-2.txt", 1, 0)]
