"""The same text in another format counts once, whatever the names; what only looks alike counts twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import pdf
from sqlalchemy import Engine, text
from store_records import PROOF, empty, hours

from extractors.consolidation.copies import Copy, Pair, Text, alike, copies
from extractors.kinds import FileKind
from extractors.passages import split_passages
from extractors.reading import text_document
from extractors.schema import Absence, Clause, Extraction, Lot, Penalty, Sketch, Volume
from extractors.sketch import likeness, sketch_of
from flows.run import Run
from flows.settings import load_settings
from models import drop_paths, open_database, save, start_run

WORDS = (
    "le titulaire du lot {lot} réserve à des personnes éloignées de l'emploi {hours} heures d'insertion pendant la "
    "durée du marché ; il désigne un interlocuteur, rend compte chaque trimestre et reçoit le facilitateur au chantier"
)
SENTENCES = [
    f"Article {n}. Pour la prestation {chr(96 + n)}{chr(99 + n)} n° {n * 7}, {WORDS} avant le {n} mars."
    for n in range(1, 20)
]


def written(*, lot: str = "1", hours: str = "1 200") -> str:
    return "\n\n".join(SENTENCES).format(lot=lot, hours=hours)


def sketch(words: str, *, kind: FileKind = "pdf", recognised: bool = False) -> Sketch:
    document = text_document(words.encode(), "a.txt")
    return replace(sketch_of(document, split_passages(document)), kind=kind, is_recognised=recognised)


def damaged(words: str) -> str:
    """As a scan gives it back: one word in thirty is misread, no number is."""
    read = words.split(" ")
    for n in range(5, len(read), 30):
        read[n] = read[n].replace("e", "c").replace("n", "ii") if read[n].isalpha() else read[n]
    return " ".join(read)


def a_text(number: int, path: str, words: Sketch, **changes: Any) -> Text:
    known = {"id": number, "path": path, "doc_type": "ccap", "sketch": words, "is_complete": True, "pages": 4}
    return Text(**(known | changes))


PDF, WORD = sketch(written()), sketch(written(), kind="docx")
SCAN = sketch(damaged(written()), recognised=True)
LINES = written().replace(" ", "\n")


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("one", "other", "are_alike"),
    [
        pytest.param(a_text(1, "CCAP.pdf", PDF), a_text(2, "Pièce 4.docx", WORD), True, id="word-whatever-the-name"),
        pytest.param(a_text(1, "CCAP.pdf", PDF), a_text(2, "CCAP signé.pdf", PDF), True, id="saved-again"),
        pytest.param(
            a_text(1, "CCAP.pdf", PDF), a_text(2, "CCAP.docx", sketch(LINES, kind="docx")), True, id="other-lines"
        ),
        pytest.param(
            a_text(1, "CCAP.pdf", PDF),
            a_text(2, "CCAP.odt", sketch(written().replace("é", "e\u0301").replace("œ", "oe"), kind="odt")),
            True,
            id="other-accents",
        ),
        pytest.param(a_text(1, "CCAP.pdf", PDF), a_text(2, "Scan_0012.pdf", SCAN), True, id="scan"),
        pytest.param(
            a_text(1, "CCAP.pdf", PDF), a_text(2, "X.docx", WORD, doc_type="autre"), True, id="type-not-known"
        ),
        pytest.param(a_text(1, "CCTP.pdf", PDF), a_text(2, "RC.docx", WORD, doc_type="rc"), False, id="other-type"),
        pytest.param(a_text(1, "CCTP lot 1.pdf", PDF), a_text(2, "CCTP lot 2.docx", WORD), False, id="lots-in-names"),
        pytest.param(a_text(1, "RC.pdf", PDF), a_text(2, "RC V2.docx", WORD), False, id="versions-in-names"),
        pytest.param(
            a_text(1, "A.pdf", PDF), a_text(2, "B.docx", sketch(written(lot="2"), kind="docx")), False, id="lot-2"
        ),
        pytest.param(
            a_text(1, "A.pdf", PDF),
            a_text(2, "B.docx", sketch(written(hours="1 250"), kind="docx")),
            False,
            id="other-hours",
        ),
        pytest.param(
            a_text(1, "A.pdf", PDF),
            a_text(2, "B.docx", sketch(written().replace("19 mars", "30 mars"), kind="docx")),
            False,
            id="one-other-number",
        ),
        pytest.param(
            a_text(1, "A.pdf", PDF),
            a_text(2, "B.pdf", sketch(written().replace("au chantier", "au bureau"))),
            False,
            id="other-words-in-the-same-format",
        ),
        pytest.param(
            a_text(1, "A.pdf", PDF),
            a_text(2, "B.pdf", sketch(damaged(written(lot="2")), recognised=True)),
            False,
            id="scan-of-another-lot",
        ),
        pytest.param(
            a_text(1, "A.pdf", PDF), a_text(2, "B.pdf", sketch(damaged(written()))), False, id="damage-without-a-scan"
        ),
        pytest.param(
            a_text(1, "A.pdf", sketch("Annexe vide.")),
            a_text(2, "B.docx", sketch("Annexe vide.", kind="docx")),
            False,
            id="too-short-to-tell",
        ),
    ],
)
def test_texts_are_alike_or_not(one: Text, other: Text, are_alike: bool) -> None:
    assert [(pair.one, pair.other) for pair in alike([one, other])] == ([(one, other)] if are_alike else [])


def test_how_alike() -> None:
    assert likeness(PDF, WORD).words == 1.0
    found = likeness(PDF, SCAN)
    assert (0.3 < found.words < 0.8, found.other_numbers, found.other_lots) == (True, 0, False)
    other = likeness(PDF, sketch(written(lot="2")))
    assert (other.words, other.other_lots, other.other_numbers) == (1.0, True, 2)
    assert likeness(PDF, sketch("Plan de masse, échelle 1/200, sans rien d'autre à dire.")).words == 0.0
    assert likeness(sketch(""), sketch("")).words == 0.0


def test_a_sketch_is_small_whatever_the_text() -> None:
    long = " ".join(f"mot{n} {n} lot {n % 7}" for n in range(20_000))
    assert (len(sketch(long).words), len(sketch(long).numbers)) == (1024, 4096)


# ---------------------------------------------------------------- copies


CLAUSE = Clause(category="clause_insertion", confidence=0.9, rule="cas", evidence=(PROOF,))
VOLUME, OTHER_VOLUME = hours(300), hours(350)
ON_PAPER = a_text(3, "Scan.pdf", SCAN)
IN_PDF, IN_WORD = a_text(1, "CCAP.pdf", PDF), a_text(2, "CCAP.docx", WORD)


def said(
    *, clauses: tuple[Clause, ...] = (CLAUSE,), volumes: tuple[Volume, ...] = (VOLUME,), **more: Any
) -> Extraction:
    return empty(1, clauses=clauses, volumes=volumes, **more)


def pair(one: Text, other: Text, near: float = 1.0) -> Pair:
    return Pair(one=one, other=other, likeness=near)


@pytest.mark.parametrize(
    ("pairs", "read", "expected"),
    [
        pytest.param([pair(IN_WORD, IN_PDF)], {1: said(), 2: said()}, [(2, 1)], id="pdf-before-word"),
        pytest.param(
            [pair(IN_WORD, IN_PDF), pair(ON_PAPER, IN_PDF), pair(ON_PAPER, IN_WORD, 0.9)],
            {1: said(), 2: said(), 3: said()},
            [(2, 1), (3, 1)],
            id="all-copies-of-one",
        ),
        pytest.param(
            [pair(ON_PAPER, IN_WORD)], {2: said(), 3: said(volumes=())}, [(3, 2)], id="a-scan-that-misses-a-volume"
        ),
        pytest.param(
            [pair(IN_WORD, replace(IN_PDF, is_complete=False))], {1: said(), 2: said()}, [(1, 2)], id="read-whole-first"
        ),
        pytest.param(
            [pair(IN_PDF, replace(IN_PDF, id=4, pages=9))], {1: said(), 4: said()}, [(1, 4)], id="more-pages-first"
        ),
        pytest.param([pair(IN_WORD, IN_PDF)], {1: said(), 2: said(volumes=(OTHER_VOLUME,))}, [], id="other-volume"),
        pytest.param([pair(IN_WORD, IN_PDF)], {1: said(volumes=()), 2: said()}, [], id="says-more"),
        pytest.param(
            [pair(IN_WORD, IN_PDF)],
            {1: said(), 2: said(clauses=(replace(CLAUSE, lots=("2",)),))},
            [],
            id="other-lot-of-a-clause",
        ),
        pytest.param(
            [pair(IN_WORD, IN_PDF)],
            {1: said(), 2: said(absences=(Absence(category="reserve_iae", rule="cas", evidence=(PROOF,)),))},
            [],
            id="an-absence-more",
        ),
        pytest.param(
            [pair(IN_WORD, IN_PDF)],
            {1: said(), 2: said(penalties=(Penalty(amount_eur=50, per="hour", confidence=1, rule="c", evidence=()),))},
            [],
            id="a-penalty-more",
        ),
        pytest.param(
            [pair(IN_WORD, IN_PDF)],
            {1: said(lots=(Lot(number="1"),)), 2: said(lots=(Lot(number="2"),))},
            [],
            id="other-lots",
        ),
        pytest.param(
            [
                pair(IN_PDF, a_text(5, "A.docx", WORD), 0.99),
                pair(a_text(4, "B.pdf", PDF), a_text(5, "A.docx", WORD), 1.0),
            ],
            {1: said(), 4: said(), 5: said()},
            [(5, 4)],
            id="of-the-most-alike",
        ),
    ],
)
def test_which_is_the_copy(pairs: list[Pair], read: dict[int, Extraction], expected: list[tuple[int, int]]) -> None:
    assert sorted(copies(pairs, read), key=lambda copy: copy.id) == [Copy(id=id, of=of) for id, of in expected]


# ---------------------------------------------------------------- in the database


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(sql))]


def stored(number: int, path: str, words: Sketch, volume: Volume = VOLUME, **more: Any) -> Extraction:
    known = {"path": path, "doc_type": "ccap", "clauses": (CLAUSE,), "volumes": (volume,), "pages": 4, "sketch": words}
    return empty(number, **(known | more))


def store(engine: Engine, *documents: Extraction) -> None:
    run = start_run(engine, command="ingest", fingerprint="f")
    save(engine, documents, run_id=run, fingerprint="f", tender_keys={d.path: "T1" for d in documents})


COPIES = "SELECT fichier, copie_de FROM v_documents ORDER BY fichier"
COUNTED = """
    SELECT (SELECT COUNT(*) FROM v_clauses), (SELECT COUNT(*) FROM v_volumes), (SELECT COUNT(*) FROM v_preuves),
           (SELECT COUNT(*) FROM v_contradictions), (SELECT nb_sources FROM v_consolide),
           (SELECT nb_documents FROM v_consultations), (SELECT COUNT(*) FROM v_versions)"""


def test_a_copy_counts_nowhere_and_says_of_what_it_is_one(engine: Engine) -> None:
    store(engine, stored(1, "T1/CCAP.docx", WORD))
    assert rows(engine, COUNTED) == [(1, 1, 2, 0, 1, 1, 0)]
    store(engine, stored(2, "T1/CCAP.pdf", PDF))
    assert rows(engine, COPIES) == [("CCAP.docx", "T1/CCAP.pdf"), ("CCAP.pdf", None)]
    assert rows(engine, COUNTED) == [(1, 1, 2, 0, 1, 1, 0)]
    assert rows(engine, "SELECT fichier FROM v_clauses") == [("CCAP.pdf",)]


def test_other_hours_are_a_contradiction_never_a_copy(engine: Engine) -> None:
    store(engine, stored(1, "T1/CCAP.docx", WORD, OTHER_VOLUME), stored(2, "T1/CCAP.pdf", PDF))
    assert rows(engine, COPIES) == [("CCAP.docx", None), ("CCAP.pdf", None)]
    assert rows(engine, COUNTED) == [(2, 2, 4, 1, 2, 2, 0)]


def test_a_later_version_still_replaces_both(engine: Engine) -> None:
    store(engine, stored(1, "T1/CCAP.docx", WORD), stored(2, "T1/CCAP.pdf", PDF))
    store(engine, stored(3, "T1/CCAP V2.pdf", sketch(written(hours="1 250")), OTHER_VOLUME))
    versions = "SELECT document_id, replaced_by, reason FROM document_versions ORDER BY document_id"
    assert rows(engine, versions) == [(1, 2, "copy"), (2, 3, "name")]
    assert rows(engine, "SELECT ancien_chemin, chemin FROM v_versions") == [("T1/CCAP.pdf", "T1/CCAP V2.pdf")]
    assert rows(engine, "SELECT heures, nb_sources FROM v_consolide") == [(350.0, 1)]


def test_a_copy_whose_original_leaves_counts_again(engine: Engine) -> None:
    store(engine, stored(1, "T1/CCAP.docx", WORD), stored(2, "T1/CCAP.pdf", PDF))
    drop_paths(engine, "T1/", kept=["T1/CCAP.docx"])
    assert rows(engine, COPIES) == [("CCAP.docx", None)]
    assert rows(engine, COUNTED) == [(1, 1, 2, 0, 1, 1, 0)]


def test_the_same_document_in_two_tenders_is_no_copy(engine: Engine) -> None:
    store(engine, stored(1, "T1/CCAP.docx", WORD))
    run = start_run(engine, command="ingest", fingerprint="f")
    other = stored(2, "T2/CCAP.pdf", PDF)
    save(engine, [other], run_id=run, fingerprint="f", tender_keys={other.path: "T2"})
    assert rows(engine, COPIES) == [("CCAP.docx", None), ("CCAP.pdf", None)]


def test_from_files_to_figures(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", database_url)
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "dce" / "T1"
    folder.mkdir(parents=True)
    lines = ("Cahier des clauses administratives particulières (CCAP)", *written().split("\n\n")[:6])
    (folder / "CCAP.pdf").write_bytes(pdf(lines=lines))
    (folder / "4-document.txt").write_text("\n".join(lines), "utf-8")
    (folder / "CCAP (copie).pdf").write_bytes((folder / "CCAP.pdf").read_bytes())
    with Run(load_settings(), [folder.parent], workers=0) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
        run.finish()
    engine = open_database(database_url)
    found = rows(engine, "SELECT fichier, copie_de, nb_copies FROM v_documents ORDER BY fichier")
    assert found == [
        ("4-document.txt", str(folder / "CCAP (copie).pdf"), 1),
        ("CCAP (copie).pdf", None, 2),
    ]
    assert rows(engine, "SELECT COUNT(*) FROM readings") == [(2,)]
    assert rows(engine, "SELECT DISTINCT fichier FROM v_volumes") == [("CCAP (copie).pdf",)]
