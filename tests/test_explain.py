"""`extract --explain`: every candidate, the words that counted, and why some of them give nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from extractors.codes import codes_of
from extractors.explain import explain
from extractors.pipeline import extract
from extractors.rulebook import CANCELLING, SUPPORTING
from extractors.schema import Candidate
from flows.cli import app
from flows.explain import print_candidates
from tests.conftest import CLAUSE, pdf

SAMPLES = Path(__file__).parents[1] / "data" / "raw" / "samples"


def candidates(folder: Path, text: str, *, name: str = "ccap.txt") -> tuple[Candidate, ...]:
    path = folder / name
    path.write_text(text, "utf-8")
    return explain(path).candidates


def words(candidate: Candidate) -> str:
    assert candidate.words is not None
    return candidate.text[slice(*candidate.words)]


CASES = {
    "clause": (
        "Le titulaire réserve 200 heures à l'insertion.",
        [("clause", "clause_insertion", None), ("volume", "clause_insertion", None)],
    ),
    "denied": (
        "Le marché ne comporte pas de clause sociale d'insertion.",
        [("clause", "clause_insertion", "negation"), ("clause", "condition_sociale", "negation")],
    ),
    "possible": (
        "Le titulaire peut réaliser des heures d'insertion.",
        [("clause", "clause_insertion", "hypothesis")],
    ),
    "landscape": (
        "Le projet soigne l'insertion paysagère ; une clause d'insertion paysagère est prévue.",
        [("clause", "clause_insertion", "other_sense")],
    ),
    "said better": (
        "Une clause sociale s'applique. Le titulaire réserve 200 heures à l'insertion.",
        [
            ("clause", "condition_sociale", "said_better"),
            ("clause", "clause_insertion", None),
            ("clause", "critere_social", "other_words"),
            ("volume", "clause_insertion", None),
        ],
    ),
    "volume without clause": (
        "L'an dernier, les entreprises ont réalisé 300 heures d'insertion.",
        [
            ("clause", "clause_insertion", "past"),
            ("clause", "critere_social", "past"),
            ("volume", "clause_insertion", "past"),
        ],
    ),
    "penalty of the clause": (
        "En cas de non-respect de la clause sociale, une pénalité de 60 € par heure non réalisée est appliquée.",
        [("clause", "condition_sociale", None), ("penalty", None, None)],
    ),
    "penalty of something else": (
        "En cas de retard de livraison, une pénalité de 60 € par jour est appliquée.",
        [],
    ),
    "penalty of a document": (
        "En cas d'absence à une réunion de chantier, une pénalité de 100 € par absence est appliquée.",
        [("penalty", None, "other_subject")],
    ),
    "nothing": ("Le délai d'exécution est de quatre mois.", []),
}


@pytest.mark.parametrize("case", CASES)
def test_every_candidate_is_told_with_its_reason(tmp_path: Path, case: str) -> None:
    text, expected = CASES[case]
    found = {(c.kind, c.category, c.rejected) for c in candidates(tmp_path, text)}
    assert found == set(expected)


def test_a_volume_whose_sentence_names_somebody_is_told_once(tmp_path: Path) -> None:
    text = "Le titulaire réserve 200 heures à l'insertion, suivies par Mme Claire Martin."
    assert [words(c) for c in candidates(tmp_path, text) if c.kind == "volume"] == ["200 heures à l'insertion"]


def test_words_and_cues_are_those_of_the_text(tmp_path: Path) -> None:
    text = "8 CLAUSE SOCIALE\n\nLe marché ne comporte\npas de clause sociale d'insertion pour le lot 2."
    named = next(c for c in candidates(tmp_path, text) if c.rule == "clause_insertion_nommee")
    assert words(named) == "clause sociale d'insertion"
    assert [named.text[slice(*mark)] for mark in named.marks] == ["ne comporte pas", "comporte", "pas de"]
    assert named.cues == ("announced: comporte", "negation: ne comporte pas", "negation: pas de")
    assert (named.titles, named.page) == (("8 CLAUSE SOCIALE",), 1)


def test_guide_says_that_its_type_binds_nobody(tmp_path: Path) -> None:
    path = tmp_path / "guide.pdf"
    path.write_bytes(pdf(lines=("Guide pratique des clauses sociales", *CLAUSE)))
    found = explain(path).candidates
    assert found
    assert {c.rejected for c in found} == {"doc_type"}


def test_total_of_lots_is_told_as_counted_elsewhere(tmp_path: Path) -> None:
    lots = "Lot 1 : 300 heures d'insertion.\n\nLot 3 : 150 heures d'insertion."
    text = f"8 CLAUSE SOCIALE D'INSERTION\n\n{lots}\n\nTotal : 450 heures."
    found = [(words(c), c.rejected) for c in candidates(tmp_path, text) if c.kind == "volume"]
    assert found == [
        ("300 heures d'insertion", None),
        ("150 heures d'insertion", None),
        ("450 heures", "counted_elsewhere"),
    ]


@pytest.mark.parametrize("path", sorted(SAMPLES.rglob("*.pdf")), ids=lambda path: path.stem)
def test_what_stands_is_what_is_extracted(path: Path) -> None:
    extraction = explain(path)
    kept = [c for c in extraction.candidates if c.rejected is None]
    assert {c.category for c in kept if c.kind == "clause"} == {c.category for c in extraction.clauses}
    rows = {(v.rule, v.category, e.page, e.quote) for v in extraction.volumes for e in v.evidence}
    assert {(c.rule, c.category, c.page, " ".join(c.text.split())) for c in kept if c.kind == "volume"} == rows
    assert {c.rule for c in kept if c.kind == "penalty"} == {p.rule for p in extraction.penalties}
    assert extract(path).candidates == ()


def test_unreadable_file_is_told_as_always(tmp_path: Path) -> None:
    path = tmp_path / "vide.pdf"
    path.write_bytes(b"")
    extraction = explain(path)
    assert (extraction.status, extraction.candidates) == ("failed", ())


def test_every_reason_has_a_name() -> None:
    given = {"toc", "furniture", "heading", "other_words", "unticked", "no_obligation", "doc_type", "said_better"}
    assert {*given, "no_clause", "counted_elsewhere", "other_subject", *CANCELLING, *SUPPORTING} == set(
        codes_of("reason")
    )


def test_terminal_shows_rule_words_cues_and_reason(tmp_path: Path) -> None:
    path = tmp_path / "ccap.txt"
    path.write_text("8 PAYSAGE\n\nUne clause d'insertion paysagère est prévue.", "utf-8")
    out = io.StringIO()
    print_candidates(Console(file=out, width=100), explain(path))
    assert out.getvalue() == (
        "  0 candidat retenu\n"
        "  1 candidat écarté\n"
        "    ✗ Clause · Clause d'insertion · règle clause_insertion_nommee · p.\xa01\n"
        "        Autre sens : Le mot a un autre sens (insertion paysagère, requête SQL…).\n"
        "        Une [[clause d'insertion]] {paysagère} est {prévue}.\n"
        "        indices : annonce « prévue » ; autre sens « insertion paysagère »\n"
        "        sous : 8 PAYSAGE\n"
        "\n"
    )


def test_command_line_adds_candidates(tmp_path: Path) -> None:
    path = tmp_path / "ccap.pdf"
    path.write_bytes(pdf(lines=CLAUSE))
    shown = CliRunner().invoke(app, ["extract", "--explain", "--workers", "0", str(path)])
    assert "règle penalite_par_unite" in shown.stdout
    plain = CliRunner().invoke(app, ["extract", "--json", "--workers", "0", str(path)])
    explained = CliRunner().invoke(app, ["extract", "--json", "--explain", "--workers", "1", str(path)])
    found = json.loads(explained.stdout)
    rows = found.pop("candidates")
    assert found == json.loads(plain.stdout)
    assert {row["kind"] for row in rows} == {"clause", "volume", "penalty"}
