"""The commands that correct, list, withdraw, search, and make known answers of what was corrected."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import pdf
from databases import Sqlite
from docx import Document
from sqlalchemy import Engine
from tool_marks import needs_libreoffice
from typer.testing import CliRunner, Result

from extractors.pipeline import extract
from flows.cli import app
from flows.evaluate import evaluate, evaluate_stored
from flows.exits import ExitCode
from flows.files import store_raw
from flows.search import rebuild
from flows.settings import load_settings
from models import StartedFile, list_corrections, mark_started, open_database, read_view, save, search, start_run

SIGNED = ["--author", "MACS", "--reason", "Lu dans la pièce"]
NO_CLAUSE = (
    "ARTICLE 1 - OBJET",
    "Le marché a pour objet la fourniture de livres scolaires.",
    "Livraison sous 30 jours.",
)


@pytest.fixture
def engine(tmp_path: Path, sqlite: Sqlite, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """A tender of two documents, read and stored as a run does: one with a clause and 450 hours, one without."""
    monkeypatch.setenv("CLAUSOSCOPE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", sqlite.create(tmp_path, "base"))
    engine = open_database(load_settings().database_url)
    folder = tmp_path / "T1"
    folder.mkdir()
    (folder / "CCAP.pdf").write_bytes(pdf())
    (folder / "CCTP.pdf").write_bytes(pdf(lines=NO_CLAUSE))
    read(engine, folder, texts=True)
    return engine


def read(engine: Engine, folder: Path, *, texts: bool) -> None:
    run_id = start_run(engine, command="ingest", fingerprint="f1")
    records = [extract(path, with_texts=True) for path in sorted(folder.iterdir())]
    if not texts:
        records = [replace(record, texts=()) for record in records]
    files = [
        StartedFile(
            path=record.path,
            sha256=record.sha256,
            size=record.size,
            raw_path=str(store_raw(Path(record.path), raw_dir=load_settings().raw_dir, sha256=record.sha256)),
        )
        for record in records
    ]
    mark_started(engine, run_id=run_id, files=files)
    save(engine, records, run_id=run_id, fingerprint="f1", tender_keys={record.path: "T1" for record in records})


def run(*command: str | Path, code: ExitCode = ExitCode.OK) -> Result:
    result = CliRunner().invoke(app, [str(word) for word in command])
    assert result.exit_code == code, result.output
    return result


def hours(engine: Engine) -> list[float]:
    return list(read_view(engine, "v_volumes")["valeur"])


# ---------------------------------------------------------------- one by one


def test_a_volume_is_edited_listed_and_withdrawn(engine: Engine) -> None:
    told = run("correct", "edit", "volume", "1", "--value", "1 250,5", *SIGNED).stdout
    assert told == "Correction 1 enregistrée : modifier, volume 1.\n"
    assert hours(engine) == [1250.5]
    (stored,) = json.loads(run("corrections", "list", "--json").stdout)
    assert (stored["after"]["value"], stored["before"]["value"], stored["author"]) == (1250.5, 450, "MACS")
    listed = run("corrections", "list").stdout
    assert "Modifier" in listed
    assert listed.endswith("\n1 correction.\n")
    assert run("corrections", "withdraw", "1").stdout == "Correction 1 retirée.\n"
    assert hours(engine) == [450]
    assert run("corrections", "list").stdout == "0 correction.\n"
    assert "Retirée" in run("corrections", "list", "--history").stdout


def test_a_clause_is_rejected_then_confirmed(engine: Engine) -> None:
    run("correct", "reject", "clause", "1", *SIGNED)
    assert read_view(engine, "v_clauses").empty
    run("correct", "confirm", "clause", "1", *SIGNED)
    assert list(read_view(engine, "v_clauses")["confiance"]) == [1.0]


def test_rows_are_added_with_the_box_of_their_words(engine: Engine) -> None:
    proof = ["--page", "1", "--quote", "fourniture de livres scolaires"]
    path = next(path for path in read_view(engine, "v_documents")["chemin"] if path.endswith("CCTP.pdf"))
    run("correct", "add", "clause", path, "--category", "Critère social", "--weight", "10", *proof, *SIGNED)
    run("correct", "add", "volume", path, "--value", "35", "--lots", "2", "--per", "par an", *proof, *SIGNED)
    added = read_view(engine, "v_clauses").set_index("categorie").loc["critere_social"]
    assert (added["poids_pourcent"], added["page"], added["citation"]) == (10, 1, "fourniture de livres scolaires")
    assert (round(added["bbox_x0"]), round(added["bbox_bas"])) == (61, 105)
    volume = read_view(engine, "v_volumes").set_index("lot").loc["2"]
    assert (volume["valeur"], volume["par"], volume["categorie"]) == (35, "year", "clause_insertion")


def test_families_of_a_tender_and_of_a_document(engine: Engine) -> None:
    run("correct", "family", "T1", "NET, EV", *SIGNED)
    run("correct", "family", str(list_documents(engine)["CCTP.pdf"]), "CUL", "--document", *SIGNED)
    shown = read_view(engine, "v_documents").set_index("fichier")["famille"]
    assert (shown["CCAP.pdf"], shown["CCTP.pdf"]) == ("NET", "CUL")
    assert [c.after for c in list_corrections(engine)] == [("CUL",), ("NET", "EV")]
    refused = run("correct", "family", "T9", "NET", *SIGNED, code=ExitCode.DATABASE)
    assert "Consultation inconnue : T9" in refused.stderr


@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(["reject", "clause", "99"], "Clause 99 : numéro inconnu", id="number"),
        pytest.param(["edit", "volume", "1"], "Rien ne change", id="no-value"),
        pytest.param(["edit", "volume", "1", "--value", "beaucoup"], "n'est pas un nombre", id="figure"),
        pytest.param(["edit", "volume", "1", "--unit", "jours"], "« jours » refusé", id="code"),
        pytest.param(["edit", "volume", "1", "--lots", "1,2"], "d'un seul lot", id="lots-of-a-volume"),
        pytest.param(["edit", "volume", "1", "--weight", "10"], "n'est pas d'un volume", id="weight-of-a-volume"),
        pytest.param(["edit", "clause", "1", "--value", "10"], "n'est pas d'une clause", id="value-of-a-clause"),
        pytest.param(["add", "clause", "9", "--page", "1", "--quote", "x"], "Document « 9 » inconnu", id="document"),
        pytest.param(["add", "volume", "1", "--page", "1", "--quote", "x"], "va avec --value", id="no-value-to-add"),
        pytest.param(["add", "clause", "1", "--page", "1", "--quote", "lune"], "ne sont pas à la page 1", id="quote"),
        pytest.param(["family", "T1", "BATI"], "« BATI » refusé", id="family"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(engine: Engine, command: list[str], words: str) -> None:
    result = run("correct", *command, *SIGNED, code=ExitCode.USAGE)
    assert words in result.stderr
    assert result.stderr.count("\n") == 1
    assert list_corrections(engine) == ()


def test_a_correction_is_signed(engine: Engine) -> None:
    refused = run("correct", "reject", "clause", "1", "--author", "a@b.fr", "--reason", "x", code=ExitCode.USAGE)
    assert "Auteur « a@b.fr » refusé" in refused.stderr
    run("correct", "reject", "clause", "1", "--author", "MACS", code=ExitCode.USAGE)


# ---------------------------------------------------------------- a table


def table(engine: Engine, view: str, path: Path, gestures: Sequence[dict[str, str]]) -> Path:
    """An export of the view, with what an analyst writes on its lines and below."""
    frame = read_view(engine, view).astype("string").fillna("")
    lines = [dict(row) for row in frame.to_dict("records")]
    lines = [line | gesture for line, gesture in zip(lines, gestures, strict=False)] + list(gestures[len(lines) :])
    names = list(dict.fromkeys(name for line in lines for name in line))
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_a_table_of_corrections_loses_no_line_to_a_bad_one(engine: Engine, tmp_path: Path) -> None:
    document = str(list_documents(engine)["CCTP.pdf"])
    proof = {"document_id": document, "page": "1", "citation": "Livraison sous 30 jours"}
    corrections = table(
        engine,
        "v_volumes",
        tmp_path / "corrections.csv",
        [
            {"geste": "modifier", "valeur": "500", "seuil_eur": "90 000,5"},
            {"geste": "ajouter", "categorie": "critere_social", "poids_pourcent": "5", "lots": "1,2", **proof},
            {"geste": "ajouter", "categorie": "clause_insertion", "valeur": "x", "unite": "hours", **proof},
            {"geste": "deviner"},
            {"geste": "rejeter"},
            {"geste": "complet", "document_id": document, "auteur": "Jean Dupont"},
            {"geste": "complet", "document_id": document},
            {"geste": ""},
        ],
    )
    result = run("correct", *SIGNED, "--from", corrections, code=ExitCode.SOME_FAILED)
    assert result.stdout == "3 corrections enregistrées.\n"
    assert [line.split(" refusée")[0] for line in result.stderr.splitlines()] == [
        f"clausoscope : ligne {line}" for line in (4, 5, 6, 7)
    ]
    assert hours(engine) == [500]
    assert list(read_view(engine, "v_volumes")["seuil_eur"]) == [90000.5]
    added = read_view(engine, "v_clauses").query("categorie == 'critere_social'")
    assert list(added["lot"]) == ["1", "2"]


def test_a_clause_of_several_lots_is_corrected_once(engine: Engine, tmp_path: Path) -> None:
    run("correct", "edit", "clause", "1", "--lots", "1,2,3", *SIGNED)
    number = str(read_view(engine, "v_clauses")["clause_id"][0])
    corrections = table(engine, "v_clauses", tmp_path / "c.csv", [{"geste": "rejeter"}] * 3)
    assert number in corrections.read_text("utf-8-sig")
    assert run("correct", *SIGNED, "--from", corrections).stdout == "1 correction enregistrée.\n"
    assert read_view(engine, "v_clauses").empty


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(None, "illisible", id="absent"),
        pytest.param(b"clause_id;motif\n1;x\n", "pas de colonne « geste »", id="no-gesture"),
        pytest.param("geste\né".encode("latin-1"), "CSV UTF-8", id="not-utf-8"),
    ],
)
def test_a_table_that_cannot_be_read(engine: Engine, tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "corrections.csv"
    if content is not None:
        path.write_bytes(content)
    assert words in run("correct", "--from", path, code=ExitCode.INPUT_NOT_FOUND).stderr


def list_documents(engine: Engine) -> dict[str, int]:
    frame = read_view(engine, "v_documents")
    return dict(zip(frame["fichier"], frame["document_id"], strict=True))


# ---------------------------------------------------------------- known answers


def test_what_is_corrected_measures_the_rules(engine: Engine, tmp_path: Path) -> None:
    documents = list_documents(engine)
    run("correct", "edit", "volume", "1", "--value", "500", *SIGNED)  # as if the rules had read 450 wrongly
    proof = ["--page", "1", "--quote", "fourniture de livres scolaires"]
    run("correct", "add", "clause", str(documents["CCTP.pdf"]), "--category", "alternance", *proof, *SIGNED)
    for number in documents.values():
        run("correct", "done", str(number), *SIGNED)
    gold = tmp_path / "gold.jsonl"
    assert run("export", "gold", "-o", gold).stdout == f"2 documents dans {gold}\n"

    corrected = evaluate_stored([gold])
    assert (corrected.total.clauses.f1, corrected.total.volumes.f1, corrected.misses) == (1, 1, ())
    read_again = evaluate([gold], predictions=None, workers=0)
    assert [(miss.part, miss.before is None, miss.after is None) for miss in read_again.misses] == [
        ("volumes", False, True),
        ("volumes", True, False),
        ("clauses", False, True),
    ]
    run("evaluate", gold, "--database", "--json")


def test_gold_is_what_people_went_through(engine: Engine, tmp_path: Path) -> None:
    gold = tmp_path / "gold.jsonl"
    run("export", "gold", "-o", gold)
    assert gold.read_text() == ""
    run("correct", "confirm", "clause", "1", *SIGNED)
    run("export", "gold", "-o", gold)
    assert gold.read_text() == ""  # its volume was not looked at
    run("correct", "confirm", "volume", "1", *SIGNED)
    run("export", "gold", "--confirmed-only", "-o", gold)
    assert gold.read_text() == ""  # nobody said that it is complete
    run("export", "gold", "-o", gold)
    (line,) = map(json.loads, gold.read_text("utf-8").splitlines())
    sha256 = read_view(engine, "v_documents").set_index("fichier").loc["CCAP.pdf", "sha256"]
    assert line == {
        "id": f"CCAP-{sha256[:8]}",
        "file": f"gold/{sha256[:12]}/CCAP.pdf",
        "text": None,
        "buyer": None,
        "doc_type": "ccap",
        "clauses": [
            {
                "category": "clause_insertion",
                "lots": ["*"],
                "weight_percent": None,
                "pages": [1],
                "quote": line["clauses"][0]["quote"],
                "optional": False,
            }
        ],
        "volumes": [
            {
                "category": "clause_insertion",
                "lot": "*",
                "value": 450,
                "value_max": None,
                "unit": "hours",
                "per": "contract",
                "per_amount_eur": None,
                "threshold_eur": None,
                "phase": None,
                "bound": line["volumes"][0]["bound"],
                "pages": [1],
                "quote": line["volumes"][0]["quote"],
                "optional": False,
            }
        ],
        "penalties": [
            {"amount_eur": 60, "per": "hour", "pages": [1], "quote": line["penalties"][0]["quote"], "optional": False}
        ],
        "contacts": [],
        "absent": [],
        "families": [],
        "note": "Lu dans la pièce",
    }
    assert (tmp_path / "gold" / sha256[:12] / "CCAP.pdf").read_bytes() == pdf()


def test_what_a_later_reading_finds_in_a_complete_document_is_no_answer(engine: Engine, tmp_path: Path) -> None:
    run("correct", "done", "1", *SIGNED)
    path = next(path for path in read_view(engine, "v_documents")["chemin"] if path.endswith("CCAP.pdf"))
    record = extract(Path(path), with_texts=True)
    more = replace(record.clauses[0], category="alternance", rule="new_rule")
    run_id = start_run(engine, command="ingest", fingerprint="f2")
    again = replace(record, clauses=(*record.clauses, more), doc_type="autre", penalties=())
    save(engine, [again], run_id=run_id, fingerprint="f2", tender_keys={})
    gold = tmp_path / "gold.jsonl"
    run("export", "gold", "--confirmed-only", "-o", gold)
    scores = evaluate_stored([gold])
    assert [(miss.part, miss.before is None) for miss in scores.misses] == [
        ("clauses", True),
        ("penalties", False),
        ("doc_type", False),
    ]


def test_a_document_whose_file_is_gone_is_told(engine: Engine, tmp_path: Path) -> None:
    run("correct", "done", "1", *SIGNED)
    for raw in load_settings().raw_dir.rglob("*.pdf"):
        raw.unlink()
    result = run("export", "gold", "-o", tmp_path / "gold.jsonl")
    assert "laissé de côté" in result.stderr
    assert "--confirmed-only va avec gold" in run("export", "v_clauses", "--confirmed-only", code=ExitCode.USAGE).stderr


# ---------------------------------------------------------------- search


def test_search_tells_file_page_and_words(engine: Engine) -> None:
    result = run("search", "heures", "insertion")
    assert result.stdout.splitlines()[0] == "T1 · la fourniture de livres scolaires"
    assert "CCAP.pdf, p.\N{NO-BREAK SPACE}1 : " in result.stdout
    assert "réserver à l'insertion 450 heures" in result.stdout
    assert result.stderr == "1 réponse.\n"
    (hit,) = json.loads(run("search", "livraison", "--json").stdout)
    assert (hit["file"], hit["page"], hit["tender"]) == ("CCTP.pdf", 1, "T1")
    assert run("search", "lune").stderr == "0 réponse.\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        pytest.param([], "donnez au moins un mot", id="no-word"),
        pytest.param(["a", "--category", "x"], "catégorie inconnue « x »", id="category"),
    ],
)
def test_search_refused(engine: Engine, options: list[str], words: str) -> None:
    assert words in run("search", *options, code=ExitCode.USAGE).stderr


def test_documents_of_an_older_version_become_searchable(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "T2"
    folder.mkdir()
    (folder / "AE.pdf").write_bytes(pdf(lines=("Acte d'engagement pour la lune",)))
    (folder / "RC.pdf").write_bytes(pdf(lines=("Règlement pour la lune",)))
    read(engine, folder, texts=False)
    assert search(engine, "lune") == ()
    gone = next(
        load_settings().raw_dir.rglob(
            f"{read_view(engine, 'v_documents').set_index('fichier').loc['RC.pdf', 'sha256']}.pdf"
        )
    )
    gone.unlink()
    assert rebuild(engine, load_settings(), workers=0) == (1, 1)
    assert [hit.file for hit in search(engine, "lune")] == ["AE.pdf"]
    assert "1 document dont le fichier n'est plus là" in run("search", "--rebuild", "lune").stderr


@needs_libreoffice
def test_a_row_added_to_a_word_document_has_its_box(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "word"
    folder.mkdir()
    document = Document()
    document.add_paragraph("Fourniture de livres scolaires aux écoles de la ville.")
    document.save(str(folder / "CCTP.docx"))
    read(engine, folder, texts=True)
    proof = ["--page", "1", "--quote", "livres scolaires"]
    run("correct", "add", "clause", str(folder / "CCTP.docx"), "--category", "Critère social", *proof, *SIGNED)
    assert read_view(engine, "v_clauses").set_index("categorie")["bbox_x0"].notna()["critere_social"]
