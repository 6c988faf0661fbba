"""Figures against known answers, and changes between two outputs: exact numbers on answers made by hand."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from conftest import CLAUSE, pdf
from typer.testing import CliRunner, Result

from extractors.answers import AnswerError, read_extractions, read_gold
from extractors.compare import compare
from extractors.evaluate import Bands, Counts, Measures, Scores, Share, pair, score
from extractors.output import to_dict
from extractors.pipeline import extract
from extractors.rowkeys import Difference
from flows.cli import app
from flows.exits import ExitCode

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "data" / "raw" / "samples"
SHARED = ROOT.parent / "shared"
GOLD_SETS = [SAMPLES / "gold.jsonl", *sorted((SHARED / "gold").glob("*.jsonl"))]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def clause(category: str = "clause_insertion", *lots: str, **more: Any) -> dict[str, Any]:
    return {"category": category, "lots": list(lots or "*"), "pages": [1], "quote": "…", **more}


def volume(value: float, **more: Any) -> dict[str, Any]:
    return {"category": "clause_insertion", "lot": "*", "value": value, "unit": "hours", "pages": [1], **more}


def gold(id: str = "a", **fields: Any) -> dict[str, Any]:
    return {"id": id, "file": f"dossier/{id}.pdf", "doc_type": "ccap", "clauses": [], "volumes": [], **fields}


def found(path: str = "/ailleurs/dossier/a.pdf", **fields: Any) -> dict[str, Any]:
    """A line of `extract --jsonl`; rows written as in a gold line, with the confidence of each."""
    rows = {"clauses": [], "volumes": [], "penalties": [], "absent": [], "families": [], **fields}
    for row in rows["clauses"] + rows["volumes"] + rows["penalties"]:
        row.setdefault("confidence", 0.95)
        row.setdefault("rule", "règle")
        row["evidence"] = [{"page": page, "quote": "…"} for page in row.get("pages", [1])]
    document = {"path": path, "sha256": "0", "doc_type": rows.pop("doc_type", "ccap"), "pages": 1, "status": "ok"}
    return {"document": document, **rows}


def lines(*objects: dict[str, Any]) -> list[str]:
    return [json.dumps(each) for each in objects]


def scores(*golds: dict[str, Any], against: list[dict[str, Any]]) -> Scores:
    answers = read_gold(lines(*golds), name="gold")
    return score(pair(answers, read_extractions(lines(*against), name="sortie")))


def measures(gold_fields: dict[str, Any], found_fields: dict[str, Any]) -> Measures:
    return scores(gold(**gold_fields), against=[found(**found_fields)]).total


# ---------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("expected", "extracted", "counts", "by_lot"),
    [
        pytest.param([clause()], [clause()], Counts(tp=1), Counts(tp=1), id="right"),
        pytest.param([clause()], [], Counts(fn=1), Counts(fn=1), id="missed"),
        pytest.param([], [clause()], Counts(fp=1), Counts(fp=1), id="invented"),
        pytest.param([], [], Counts(), Counts(), id="nothing"),
        pytest.param([clause(optional=True)], [], Counts(), Counts(), id="optional-missed"),
        pytest.param([clause(optional=True)], [clause()], Counts(), Counts(), id="optional-found"),
        pytest.param(
            [clause("clause_insertion", "1"), clause("clause_insertion", "2", optional=True)],
            [clause("clause_insertion", "2")],
            Counts(tp=1),
            Counts(fn=1),
            id="optional-for-another-lot",
        ),
        pytest.param(
            [clause("reserve_iae", "1", "2a")],
            [clause("reserve_iae", "01"), clause("reserve_iae", "02A", "3")],
            Counts(tp=1),
            Counts(tp=2, fp=1),
            id="zeros-before-a-lot",
        ),
        pytest.param([clause(lots=None)], [clause()], Counts(tp=1), Counts(tp=1), id="no-lot-is-the-contract"),
        pytest.param(
            [clause("critere_social")], [clause()], Counts(fp=1, fn=1), Counts(fp=1, fn=1), id="other-category"
        ),
    ],
)
def test_clauses(expected: list[Any], extracted: list[Any], counts: Counts, by_lot: Counts) -> None:
    total = measures({"clauses": expected}, {"clauses": extracted})
    assert (total.clauses, total.clauses_by_lot) == (counts, by_lot)


@pytest.mark.parametrize(
    ("expected", "extracted", "exact", "quantity"),
    [
        pytest.param(volume(450), volume(450.0), Counts(tp=1), Counts(tp=1), id="right"),
        pytest.param(volume(450), volume(540), Counts(fp=1, fn=1), Counts(fp=1, fn=1), id="other-value"),
        pytest.param(volume(450, lot="2"), volume(450, lot="02"), Counts(tp=1), Counts(tp=1), id="zero-before-lot"),
        pytest.param(volume(450, lot=None), volume(450), Counts(tp=1), Counts(tp=1), id="no-lot-is-the-contract"),
        pytest.param(volume(450, lot="2"), volume(450), Counts(fp=1, fn=1), Counts(tp=1), id="other-lot"),
        pytest.param(volume(450, per="year"), volume(450), Counts(fp=1, fn=1), Counts(tp=1), id="other-period"),
        pytest.param(volume(450, per=None), volume(450, per="contract"), Counts(tp=1), Counts(tp=1), id="no-period"),
        pytest.param(volume(5, value_max=7), volume(5), Counts(fp=1, fn=1), Counts(tp=1), id="range"),
        pytest.param(volume(1, threshold_eur=9), volume(1), Counts(fp=1, fn=1), Counts(tp=1), id="threshold"),
        pytest.param(volume(1, per_amount_eur=2), volume(1), Counts(fp=1, fn=1), Counts(tp=1), id="tranche"),
        pytest.param(volume(5), volume(5, unit="fte"), Counts(fp=1, fn=1), Counts(fp=1, fn=1), id="other-unit"),
        pytest.param(
            volume(5, phase="firm", bound="minimum"), volume(5, bound="target"), Counts(tp=1), Counts(tp=1), id="bound"
        ),
        pytest.param(volume(5, optional=True), volume(5), Counts(), Counts(), id="optional"),
    ],
)
def test_volumes(expected: Any, extracted: Any, exact: Counts, quantity: Counts) -> None:
    total = measures({"volumes": [expected]}, {"volumes": [extracted]})
    assert (total.volumes, total.volumes_value_unit) == (exact, quantity)


def test_penalties_and_absences() -> None:
    total = measures(
        {"penalties": [{"amount_eur": 60, "per": "hour"}], "absent": ["clause_insertion", "critere_social"]},
        {
            "penalties": [{"amount_eur": 60.0, "per": "hour"}, {"amount_eur": 60, "per": "day"}],
            "absent": ["critere_social", "reserve_iae"],
        },
    )
    assert total.penalties == Counts(tp=1, fp=1)
    assert total.absent == Counts(tp=1, fp=1, fn=1)


def test_precision_recall_f1() -> None:
    counts = Counts(tp=3, fp=1, fn=2)
    assert (counts.precision, counts.recall) == (0.75, 0.6)
    assert counts.f1 == pytest.approx(2 * 0.75 * 0.6 / 1.35)
    assert (Counts().f1, Counts(fp=1).f1, Counts(fp=1, fn=1).f1) == (1.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("expected", "extracted", "silence"),
    [
        pytest.param([], [], Share(1, 1), id="silent"),
        pytest.param([], [clause()], Share(0, 1), id="talks"),
        pytest.param([clause(optional=True)], [clause()], Share(1, 1), id="says-what-is-optional"),
        pytest.param([clause()], [], Share(), id="had-to-talk"),
    ],
)
def test_silence(expected: list[Any], extracted: list[Any], silence: Share) -> None:
    assert measures({"clauses": expected}, {"clauses": extracted}).silence == silence


@pytest.mark.parametrize(
    ("answer", "families", "right"),
    [
        pytest.param({"families": ["BAT", "TP"]}, ["BAT"], Share(1, 1), id="first"),
        pytest.param({"families": ["BAT", "TP"]}, ["TP", "BAT"], Share(0, 1), id="second"),
        pytest.param({"families": ["BAT"], "families_ok": ["BAT", "TP"]}, ["TP"], Share(1, 1), id="also-right"),
        pytest.param({"families": ["BAT"]}, [], Share(0, 1), id="none"),
        pytest.param({"families": []}, ["BAT"], Share(), id="not-annotated"),
    ],
)
def test_first_family(answer: dict[str, Any], families: list[str], right: Share) -> None:
    assert measures(answer, {"families": families}).family_top1 == right


def test_weight_and_page_of_the_clauses_found() -> None:
    total = measures(
        {
            "clauses": [
                clause("critere_social", weight_percent=10, pages=[3, 4]),
                clause("clause_insertion", pages=[5]),
                clause("reserve_iae", weight_percent=7, pages=[6]),
                clause("handicap", optional=True, pages=[7]),
            ]
        },
        {
            "clauses": [
                clause("critere_social", "1", weight_percent=5, pages=[2]),
                clause("critere_social", "2", weight_percent=10.0, pages=[4]),
                clause("clause_insertion", pages=[1]),
                clause("handicap", pages=[1]),
            ]
        },
    )
    assert total.criterion_weight == Share(1, 1)
    assert total.evidence_page == Share(1, 2)


def test_a_text_has_neither_type_nor_page() -> None:
    answer = gold(id="avis 1", file=None, text="…", clauses=[clause(pages=[9])])
    total = scores(answer, against=[found("/n'importe où/avis 1.txt", clauses=[clause()], doc_type="rc")]).total
    assert (total.clauses, total.doc_type, total.evidence_page) == (Counts(tp=1), Share(), Share())


def test_calibration_counts_rows_by_confidence() -> None:
    total = measures(
        {"clauses": [clause(), clause("handicap", optional=True)], "volumes": [volume(5)]},
        {
            "clauses": [
                clause("clause_insertion", "1", confidence=0.9),
                clause("clause_insertion", "2", confidence=0.89),
                clause("handicap", confidence=0.85),
                clause("reserve_iae", confidence=0.8),
                clause("critere_social", confidence=0.79),
            ],
            "volumes": [volume(5, confidence=1)],
        },
    )
    assert total.clause_bands == Bands(Share(1, 1), Share(1, 2), Share(0, 1))
    assert total.volume_bands == Bands(Share(1, 1), Share(), Share())


def test_documents_are_told_apart_by_their_whole_name() -> None:
    answers = [gold("rc"), gold("xrc"), gold("absent", clauses=[clause()], doc_type="autre")]
    result = scores(*answers, against=[found("dossier/xrc.pdf"), found("/là/dossier/rc.pdf", clauses=[clause()])])
    assert result.documents == 3
    assert result.missing == ("absent",)
    assert result.total.clauses == Counts(fp=1, fn=1)
    assert result.total.doc_type == Share(2, 3)
    assert result.total.silence == Share(1, 2)


def test_figures_by_category_and_by_buyer() -> None:
    result = scores(
        gold("a", buyer="Ville", clauses=[clause(), clause("handicap", optional=True)]),
        gold("b", buyer="Région", clauses=[clause()]),
        gold("c", buyer="Ville"),
        against=[
            found("dossier/a.pdf", clauses=[clause(), clause("handicap")]),
            found("dossier/c.pdf", clauses=[clause("reserve_iae")]),
        ],
    )
    assert {row.category: row.clauses for row in result.by_category} == {
        "clause_insertion": Counts(tp=1, fn=1),
        "handicap": Counts(),
        "reserve_iae": Counts(fp=1),
    }
    assert [(row.buyer, row.documents, row.measures.clauses) for row in result.by_buyer] == [
        ("Ville", 2, Counts(tp=1, fp=1)),
        ("Région", 1, Counts(fn=1)),
    ]


def test_each_buyer_is_judged_without_the_rules_that_only_it_confirms() -> None:
    def row(rule: str, category: str = "clause_insertion") -> dict[str, Any]:
        return clause(category, rule=rule, confidence=0.9)

    result = scores(
        gold("a", buyer="Ville", clauses=[clause()], volumes=[volume(5)]),
        gold("b", buyer="Région", clauses=[clause()]),
        gold("c", buyer="Ville", clauses=[clause("handicap")]),
        gold("d", buyer="Région"),
        against=[
            found("dossier/a.pdf", clauses=[row("heures")], volumes=[volume(5)]),
            found("dossier/b.pdf", clauses=[row("heures")]),
            found("dossier/c.pdf", clauses=[row("esat", "handicap")]),
            found("dossier/d.pdf", clauses=[row("jamais", "handicap")]),
        ],
    )
    assert [(row.buyer, row.left_out.clauses, row.left_out.volumes) for row in result.by_buyer] == [
        ("Ville", Counts(tp=1, fn=1), Counts(fn=1)),
        ("Région", Counts(tp=1), Counts()),
    ]
    assert (result.left_out.clauses, result.total.clauses) == (Counts(tp=2, fn=1), Counts(tp=3, fp=1))


def test_every_miss_is_told() -> None:
    result = scores(
        gold(
            clauses=[clause("critere_social", "1", weight_percent=10, pages=[3]), clause("reserve_iae")],
            volumes=[volume(5)],
            absent=["handicap"],
            families=["BAT"],
        ),
        against=[
            found(
                clauses=[clause("critere_social", "2"), clause()],
                penalties=[{"amount_eur": 60, "per": "hour"}],
                families=["TP"],
                doc_type="rc",
            )
        ],
    )

    def side(fact: Any) -> object:
        names = ("category", "lots", "lot", "value", "amount_eur")
        return (
            fact if fact is None or isinstance(fact, tuple) else [getattr(fact, n) for n in names if hasattr(fact, n)]
        )

    assert [(miss.document, miss.part, side(miss.before), side(miss.after)) for miss in result.misses] == [
        ("a", "clauses", ["reserve_iae", ("*",)], None),
        ("a", "clauses", None, ["clause_insertion", ("*",)]),
        ("a", "clauses_by_lot", ["critere_social", ("1",)], None),
        ("a", "clauses_by_lot", None, ["critere_social", ("2",)]),
        ("a", "volumes", ["clause_insertion", "*", 5.0], None),
        ("a", "penalties", None, [60.0]),
        ("a", "absent", ["handicap"], None),
        ("a", "family_top1", ("BAT",), ("TP",)),
        ("a", "doc_type", ("ccap",), ("rc",)),
        ("a", "evidence_page", ["critere_social", ("1",)], ["critere_social", ("2",)]),
        ("a", "criterion_weight", ["critere_social", ("1",)], ["critere_social", ("2",)]),
    ]


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


def write(path: Path, *objects: dict[str, Any]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines(*objects)), "utf-8")
    return path


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


# ---------------------------------------------------------------- compare


def changes(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> list[Difference]:
    return list(compare(*(read_extractions(lines(*side), name="sortie") for side in (old, new))))


def test_rows_written_otherwise_are_the_same() -> None:
    old = found(clauses=[clause("reserve_iae", "1", "2")], volumes=[volume(5)], families=["BAT"])
    new = found(
        clauses=[clause("reserve_iae", "02"), clause("reserve_iae", "01")], volumes=[volume(5.0)], families=["BAT"]
    )
    assert changes([old], [new]) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param({}, {"clauses": [clause("handicap", "1", "2")]}, {"clauses": (2, 0, 0)}, id="clause-gained"),
        pytest.param({"clauses": [clause()]}, {}, {"clauses": (0, 1, 0)}, id="clause-lost"),
        pytest.param(
            {"clauses": [clause("handicap", "1")]},
            {"clauses": [clause("handicap", "2")]},
            {"clauses": (1, 1, 0)},
            id="other-lot",
        ),
        pytest.param(
            {"clauses": [clause("critere_social", weight_percent=5)]},
            {"clauses": [clause("critere_social", weight_percent=10)]},
            {"clauses": (0, 0, 1)},
            id="other-weight",
        ),
        pytest.param(
            {"volumes": [volume(5), volume(6)]},
            {"volumes": [volume(6), volume(7), volume(8)]},
            {"volumes": (1, 0, 1)},
            id="one-volume-changed-one-gained",
        ),
        pytest.param({"volumes": [volume(5)]}, {"volumes": [volume(5, unit="fte")]}, {"volumes": (1, 1, 0)}, id="unit"),
        pytest.param(
            {"penalties": [{"amount_eur": 60, "per": "hour"}], "absent": ["handicap"]},
            {"penalties": [{"amount_eur": 80, "per": "hour"}], "absent": ["critere_social"]},
            {"penalties": (0, 0, 1), "absent": (1, 1, 0)},
            id="penalty-and-absence",
        ),
        pytest.param(
            {"doc_type": "rc", "families": ["BAT"]},
            {"doc_type": "ccap", "families": ["TP", "BAT"]},
            {"families": (0, 0, 1), "doc_type": (0, 0, 1)},
            id="type-and-families",
        ),
    ],
)
def test_changes_are_counted(
    old: dict[str, Any], new: dict[str, Any], expected: dict[str, tuple[int, int, int]], tmp_path: Path
) -> None:
    files = (write(tmp_path / name, found(**fields)) for name, fields in (("old", old), ("new", new)))
    result = run("compare", *files, "--json")

    counts = json.loads(result.stdout)["counts"]
    assert {part: tuple(numbers.values()) for part, numbers in counts.items()} == expected
    assert result.exit_code == ExitCode.OK


def test_a_document_of_one_side_is_gained_or_lost_with_its_rows() -> None:
    rows = changes([found("a", clauses=[clause()])], [found("b")])
    assert [(row.document, row.part, row.before is None, row.after is None) for row in rows] == [
        ("a", "status", False, True),
        ("a", "doc_type", False, True),
        ("a", "clauses", False, True),
        ("b", "status", True, False),
        ("b", "doc_type", True, False),
    ]


def test_changes_are_shown_with_their_words(tmp_path: Path) -> None:
    old = write(tmp_path / "old", found(volumes=[volume(450)], families=["BAT"]))
    new = write(tmp_path / "new", found(volumes=[volume(540, pages=[7])], families=["TP"]))

    shown = " ".join(run("compare", old, new).stdout.split())

    for words in ("Changées", "450 heures", "540 heures", "p. 7", "Travaux publics"):
        assert words in shown
    assert run("compare", old, old).stdout == "Rien n'a changé.\n"
