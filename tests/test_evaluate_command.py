"""The command `evaluate`: the figures of the reference scorer, files found and read, one line for each mistake."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from conftest import CLAUSE, pdf
from known_answers import GOLD_SETS, SAMPLES, SHARED, clause, found, gold, lines, run, volume, write

from extractors.answers import AnswerError, read_extractions, read_gold
from extractors.compare import compare
from extractors.output import to_dict
from extractors.pipeline import extract
from flows.exits import ExitCode

# ---------------------------------------------------------------- the reference scorer


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    path = SHARED / "tools" / "score.py"
    if not path.exists():
        pytest.skip("the reference scorer stands in shared/, beside the repository")
    spec = importlib.util.spec_from_file_location("reference_score", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", GOLD_SETS, ids=lambda path: path.stem)
def test_every_figure_is_that_of_the_reference(reference: ModuleType, path: Path, tmp_path: Path) -> None:
    golds = reference.read(path)
    reference.write_texts(path, tmp_path / "textes")
    files = [path.parents[1] / line["file"] for line in golds if line.get("file")]
    output = tmp_path / "sortie.jsonl"
    assert run("extract", "--jsonl", "--workers", "0", "--output", output, *files, tmp_path / "textes").exit_code == 0
    expected = reference.score(golds, reference.read(output))

    judged = json.loads(run("evaluate", path, "--predictions", output, "--json", "--no-misses").stdout)

    assert {name: judged[name] for name in expected} == expected


def test_documents_that_are_read_are_judged_like_the_output_of_extract(tmp_path: Path) -> None:
    path, output = SAMPLES / "gold.jsonl", tmp_path / "sortie.jsonl"
    files = {path.parents[1] / answer.file for answer in read_gold(path.read_text("utf-8").splitlines(), name="gold")}
    assert run("extract", "--jsonl", "--workers", "0", "--output", output, *files).exit_code == 0

    judged = json.loads(run("evaluate", path, "--predictions", output, "--json", "--misses").stdout)
    read = json.loads(run("evaluate", path, "--workers", "0", "--json", "--misses").stdout)

    assert (read["documents"], read) == (len(files), judged)


# ---------------------------------------------------------------- evaluate, the command


def test_the_samples_are_evaluated() -> None:
    result = run("evaluate", SAMPLES / "gold.jsonl", "--workers", "1", "--by", "category", "--misses")

    assert result.exit_code == ExitCode.OK, result.output
    for words in (
        "Précision",
        "Rappel",
        "En trop",
        "Clause d'insertion",
        "Silence sans clause",
        "13 documents, dont 5",
    ):
        assert words in result.stdout


def test_files_are_found_above_the_gold_file_and_texts_are_read(tmp_path: Path) -> None:
    (tmp_path / "pièces").mkdir()
    (tmp_path / "pièces" / "ccap.pdf").write_bytes(pdf())
    (tmp_path / "pièces" / "vide.pdf").write_bytes(b"")
    (tmp_path / "gold").mkdir()
    path = write(
        tmp_path / "gold" / "a.jsonl",
        gold("1", file="pièces/ccap.pdf", buyer="Ville", clauses=[clause()], volumes=[volume(450)]),
        gold("2", file="pièces/perdu.pdf", buyer="Ville", clauses=[clause()]),
        gold("3", file="pièces/vide.pdf", buyer="Région"),
        gold("avis/4", file=None, text=CLAUSE[1], buyer="Région", clauses=[clause()]),
    )

    result = run("evaluate", path, path, "--workers", "0", "--json")

    figures = json.loads(result.stdout)
    assert figures["clauses"] == {"precision": 1.0, "recall": 0.6667, "f1": 0.8, "tp": 4, "fp": 0, "fn": 2}
    assert (figures["documents"], figures["not_in_output"]) == (8, 2)
    assert (figures["missing"], figures["unreadable"]) == (["2", "2"], ["3", "3"])
    assert [(row["buyer"], row["clauses"]["f1"]) for row in figures["by_buyer"]] == [("Ville", 0.6667), ("Région", 1.0)]
    assert result.exit_code == ExitCode.SOME_FAILED
    assert result.stderr == (
        "clausoscope : 2 documents introuvables : 2, 2.\nclausoscope : 2 documents illisibles : 3, 3.\n"
    )
    assert "Ville" in run("evaluate", path, "--workers", "0", "--by", "buyer").stdout


def test_json_holds_the_misses_with_their_words(tmp_path: Path) -> None:
    path = write(tmp_path / "gold.jsonl", gold(clauses=[clause(quote="au moins 5 %", pages=[4])]))
    output = write(tmp_path / "sortie.jsonl", found())

    (miss,) = json.loads(run("evaluate", path, "--predictions", output, "--json", "--misses").stdout)["misses"]

    assert (miss["document"], miss["part"], miss["after"]) == ("a", "clauses", None)
    assert miss["before"]["category"] == "clause_insertion"
    assert [(proof["page"], proof["quote"]) for proof in miss["before"]["evidence"]] == [(4, "au moins 5 %")]


BAD_LINES = {
    "not-json": ("{", "ligne 2 : pas du JSON"),
    "not-an-object": ("[]", "ligne 2 : un objet JSON était attendu"),
    "no-document": ('{"id": "x"}', "ligne 2 : « file » ou « text » doit dire quel est le document"),
    "no-id": ('{"file": "a.pdf"}', "ligne 2 : « id » manque"),
    "no-category": ('{"id": "x", "file": "a.pdf", "clauses": [{}]}', "ligne 2 : « category » manque"),
    "not-a-list": ('{"id": "x", "file": "a.pdf", "clauses": {}}', "ligne 2 : « clauses » doit être une liste"),
    "not-objects": ('{"id": "x", "file": "a.pdf", "volumes": [3]}', "qui contient des objets"),
    "not-a-number": (json.dumps(gold(volumes=[volume(5) | {"value": "5"}])), "« value » doit être un nombre"),
    "not-pages": (json.dumps(gold(clauses=[clause(pages=[True])])), "« pages » doit être une liste qui contient"),
}


@pytest.mark.parametrize(("line", "words"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_one_error_line(line: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(f"\n{line}\n", "utf-8")

    result = run("evaluate", path, "--workers", "0")

    assert result.exit_code == ExitCode.INPUT_NOT_FOUND
    assert result.stdout == ""
    assert result.stderr.startswith(f"clausoscope : « {path} », ligne 2 : ")
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(["evaluate", "absent.jsonl"], "« absent.jsonl » illisible (introuvable", id="no-gold"),
        pytest.param(["evaluate", "."], "un dossier tient la place", id="folder"),
        pytest.param(["evaluate", "/dev/null"], "Aucune réponse", id="empty-gold"),
        pytest.param(["evaluate", "GOLD", "--predictions", "absent"], "« absent » illisible", id="no-predictions"),
        pytest.param(["evaluate", "GOLD", "--predictions", "GOLD"], "ligne 1 : « document » manque", id="not-output"),
        pytest.param(["evaluate", "PDF"], "pas du texte en UTF-8", id="pdf"),
        pytest.param(["compare", "absent", "GOLD"], "« absent » illisible", id="nothing-to-compare"),
        pytest.param(["compare", "GOLD", "GOLD"], "ligne 1 : « document » manque", id="compare-gold"),
    ],
)
def test_a_bad_file_is_one_error_line(arguments: list[str], words: str) -> None:
    files = {"GOLD": SAMPLES / "gold.jsonl", "PDF": SAMPLES / "C1_ecole" / "CCAP.pdf"}
    result = run(*(files.get(argument, argument) for argument in arguments))
    assert result.exit_code == ExitCode.INPUT_NOT_FOUND, result.output
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


def test_an_unknown_status_is_refused() -> None:
    line = found()
    line["document"]["status"] = "presque"
    with pytest.raises(AnswerError, match="ligne 1 : « status » doit être ok, partial, failed"):
        read_extractions(lines(line), name="sortie")


def test_what_extract_writes_is_read_back() -> None:
    extractions = [extract(path) for path in sorted(SAMPLES.glob("C[135]_*/*.pdf"))]
    read = read_extractions(lines(*map(to_dict, extractions)), name="sortie")
    assert len(read) == 8
    assert compare(read, extractions) == ()
    assert [e.clauses[0].evidence[0].page for e in read if e.clauses] == [
        e.clauses[0].evidence[0].page for e in extractions if e.clauses
    ]
