"""What a changed rule can touch: nothing that it changes is ever left out, and little else is read again."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from extractors.catalogue import Catalogue, dump_catalogue, load_catalogue, read_catalogue
from extractors.changes import Reach, changes
from extractors.fingerprint import FOLDER, files_behind, fingerprint
from extractors.measures import Counted
from extractors.passagecache import PassageTexts, kept_passages
from extractors.pipeline import extract
from extractors.quantities import read_volumes
from extractors.text import letters
from extractors.volumecache import kept_looked_at
from flows.page_store import DiskStore
from flows.rule_archive import archive_rules, archived_rules
from flows.settings import Settings

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "data" / "raw" / "samples"
SHARED = HERE.parents[1] / "shared"
NEW_RULE = """name = "nouvelle"
category = "clause_insertion"
doc = "Une règle d'essai."
sources = ["essai"]
confidence = 0.9
triggers = ["nettoyage"]
patterns = ["nettoyage ..3 locaux|vitres", "prestation de nettoyage"]
[[examples]]
text = "Le <ent>nettoyage des locaux</ent> est dû."
[[examples]]
text = "La maison."
"""
NOW = read_catalogue()
Change = Callable[[Path], None]


def edit(name: str, old: str, new: str) -> Change:
    """Replace words of a rule."""

    def change(rules: Path) -> None:
        path = rules / f"{name}.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


def remove(name: str) -> Change:
    return lambda rules: (rules / f"{name}.toml").unlink()


def lengthen(name: str, key: str, more: str) -> Change:
    """Add to the expression that a rule of volumes has under a key."""

    def change(rules: Path) -> None:
        path = rules / f"{name}.toml"
        text, made = re.subn(
            f"(?ms)^({key} = '''.*?)'''$", lambda found: f"{found[1]}{more}'''", path.read_text("utf-8")
        )
        assert made == 1
        path.write_text(text, "utf-8")

    return change


def add(name: str, text: str) -> Change:
    return lambda rules: (rules / f"{name}.toml").write_text(text, "utf-8") and None


STATES: Mapping[str, tuple[Change, ...]] = {
    "as_they_are": (),
    "clauses": (
        edit("clauses/heures_insertion", '"heure|heures|heurs|hrs|h|dheures ..4 d\'insertion",', ""),
        add("clauses/nouvelle", NEW_RULE),
        remove("clauses/reserve_iae"),
    ),
    "volumes": (
        remove("volumes/heures_fourchette"),
        lengthen("volumes/heures_insertion", "regex", "(?! d)"),
    ),
    "other_kinds": (
        remove("penalties/penalite_par_unite"),
        remove("terms/public_jeune"),
    ),
}
MORE_STATES: Mapping[str, tuple[Change, ...]] = {
    "as_they_are": (),
    "confidence": (edit("clauses/clause_insertion_nommee", "confidence = ", "confidence = 0.5 #"),),
    "words_only": (edit("clauses/heures_insertion", 'doc = "', 'doc = "Encore : '),),
    "named_gone": (remove("clauses/clause_insertion_nommee"),),
    "criterion_gone": (remove("clauses/critere_social"),),
    "under_title_gone": (remove("clauses/engagement_sous_titre"),),
    "trigger_more": (edit("clauses/condition_sociale", "triggers = [", 'triggers = ["environnement", '),),
    "pattern_less": (edit("clauses/heures_insertion", '"nombre|volume|taux|part|quota|etp ..3 d\'insertion",', ""),),
    "pattern_more": (edit("clauses/handicap", "patterns = [", 'patterns = ["accessibilite", '),),
    "breach_gone": (remove("penalties/penalite_manquement"),),
    "rhythm_more": (edit("terms/suivi_mensuel", "patterns = [", 'patterns = ["rapport", '),),
    "rate_gone": (remove("volumes/pourcent_heures"),),
    **{name: change for name, change in STATES.items() if change},
}


VOLUME_STATES: Mapping[str, tuple[Change, ...]] = {
    "as_they_are": (),
    **{
        f"{path.stem}_{what}": (change,)
        for path in sorted((FOLDER / "rules" / "volumes").glob("*.toml"))
        for what, change in (
            ("gone", remove(f"volumes/{path.stem}")),
            ("regex", lengthen(f"volumes/{path.stem}", "regex", "(?! [a-m])")),
        )
    },
}


def compare(states: Mapping[str, tuple[Change, ...]], files: list[Path], folder: Path) -> dict[str, tuple[int, int]]:
    """For each state, how many files its rules read otherwise and how many they can touch; none is left out."""
    roots = []
    for name, made in states.items():
        roots.append(folder / name)
        shutil.copytree(FOLDER, roots[-1] / "extractors", ignore=shutil.ignore_patterns("__pycache__"))
        for change in made:
            change(roots[-1] / "extractors" / "rules")
    (folder / "files").write_text("\n".join(map(str, files)), "utf-8")
    store = DiskStore(folder / "pages")
    contents = {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    # What is known before the rules change.
    found = {str(file): frozenset(c.category for c in extract(file, store=store).clauses) for file in files}
    looked_at = {path: kept_looked_at(store, sha256, read_by=fingerprint()) for path, sha256 in contents.items()}
    assert None not in looked_at.values()
    command = [sys.executable, HERE / "rule_states.py", folder, folder / "pages", folder / "files", *roots]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(HERE.parent)})
    rows = {root.name: pickle.loads((root.parent / f"{root.name}.pickle").read_bytes()) for root in roots}
    counts = {}
    for name in states:
        reach = Reach(changes(NOW, read_catalogue(folder / name / "extractors")))
        touched = {
            path
            for path, sha256 in contents.items()
            if reach.touches(kept_passages(store, sha256), found[path], looked_at[path])
        }
        differ = {path for path in contents if rows[name][path] != rows["as_they_are"][path]}
        assert differ <= touched, f"{name} : {sorted(differ - touched)}"
        counts[name] = (len(differ), len(touched))
    return counts


def texts(cases: Path, folder: Path, *, one_in: int = 1) -> list[Path]:
    """Notices of a gold file, each as a text file."""
    found = []
    for number, line in enumerate(cases.read_text("utf-8").splitlines()[::one_in]):
        if text := json.loads(line).get("text"):
            found.append(folder / f"{cases.stem}-{number}.txt")
            found[-1].write_text(text, "utf-8")
    return found


def test_what_changed_rules_can_touch_holds_all_that_they_change(tmp_path: Path) -> None:
    files = [*sorted(SAMPLES.rglob("*.pdf")), *texts(HERE / "cases" / "avis_courants.jsonl", tmp_path, one_in=9)]
    counts = compare(STATES, files, tmp_path)
    assert counts["as_they_are"] == (0, 0)
    assert all(0 < differ <= touched < len(files) for name, (differ, touched) in counts.items() if STATES[name])


@pytest.mark.slow
def test_the_same_on_every_real_file_for_many_changes(tmp_path: Path) -> None:
    files = sorted((SHARED / "corpus").rglob("*.pdf"))
    if not files:
        pytest.skip("pièces réelles absentes : ../shared/corpus")
    files += texts(SHARED / "gold" / "dev_texts.jsonl", tmp_path)
    for cases in sorted((HERE / "cases").glob("*.jsonl")):
        files += texts(cases, tmp_path, one_in=4)
    counts = compare(MORE_STATES, files, tmp_path)
    assert counts["words_only"] == counts["as_they_are"] == (0, 0)


@pytest.mark.slow
def test_every_rule_of_volumes_changed_touches_all_that_it_changes_and_little_else(tmp_path: Path) -> None:
    files = sorted(SAMPLES.rglob("*.pdf"))
    for cases in sorted((HERE / "cases").glob("*.jsonl")):
        files += texts(cases, tmp_path, one_in=6)
    counts = compare(VOLUME_STATES, files, tmp_path)
    assert sum(differ for differ, _ in counts.values()) > 80
    for name, (differ, touched) in counts.items():
        # What « heures_reservees » finds, the rules before it have often read.
        assert touched - differ <= (25 if name.startswith("heures_reservees") else 3), name


# ---------------------------------------------------------------- one text


def document(*passages: str) -> PassageTexts:
    return PassageTexts(texts=passages, letters=tuple(map(letters, passages)))


def with_rules(**texts_of: str | None) -> Catalogue:
    """The rules of today, some otherwise: « clauses__name » → text, None for a rule that is gone."""
    parts, rules = dict(NOW.parts), dict(NOW.rules)
    for key, text in texts_of.items():
        name = key.replace("__", "/")
        parts[f"rules/{name}.toml"] = text or ""
        rules[name] = text or ""
        if text is None:
            del rules[name], parts[f"rules/{name}.toml"]
    return replace(NOW, parts=parts, rules=rules)


def touched(new: Catalogue, *passages: str, categories: frozenset[str] | None = None) -> bool:
    return Reach(changes(NOW, new)).touches(document(*passages), categories)


@pytest.mark.parametrize(
    ("passage", "expected"),
    [
        pytest.param("Le nettoyage des locaux est quotidien.", True, id="words"),
        pytest.param("Le net-\ntoyage des lo-\ncaux est quotidien.", True, id="words-cut"),
        pytest.param("LE NETTOYAGE DES VITRES", True, id="capitals"),
        pytest.param("Le nettoyage est quotidien. Les locaux sont vastes.", False, id="two-sentences"),
        pytest.param("Le nettoyage est quotidien ; heures d'insertion : 300.", True, id="letters-that-open-a-sentence"),
        pytest.param("Les locaux sont vastes.", False, id="one-word"),
    ],
)
def test_a_new_rule_touches_what_it_can_read(passage: str, expected: bool) -> None:
    assert touched(with_rules(clauses__nouvelle=NEW_RULE), "Objet du marché.", passage) is expected


def looked_at(*sentences: str, about: str = "clause_insertion") -> frozenset[Counted]:
    found: set[Counted] = set()
    for sentence in sentences:
        read_volumes(sentence, about={about}, looked_at=found)
    return frozenset(found)


ETP = NOW.rules["volumes/etp"]


@pytest.mark.parametrize(
    ("rule", "sentence", "expected"),
    [
        pytest.param(None, "Le titulaire emploie 2 ETP en insertion.", True, id="gone"),
        pytest.param(None, "Le titulaire réserve 300 heures.", False, id="gone-and-not-read"),
        pytest.param(None, "Un plan de 2 ETP. Critère : 10 %.", False, id="other-words-forbid-it"),
        pytest.param(ETP.replace("0.88", "0.8"), "Le titulaire emploie 2 ETP.", True, id="confidence"),
        pytest.param(ETP.replace("priority = 32", "priority = 70"), "emploie 2 ETP", True, id="priority"),
        pytest.param(ETP.replace("(?:etp", "(?:postes?|etp"), "Le titulaire emploie 2 ETP.", False, id="same-words"),
        pytest.param(ETP.replace("(?:etp", "(?:postes?|etp"), "20 % des 2 postes", True, id="words-it-learns"),
        pytest.param(ETP.replace("penalit|", "penalit|emploie|"), "Il emploie 2 ETP.", True, id="words-that-forbid"),
        pytest.param(ETP.replace("penalit|", "penalit|emploie|"), "Il réserve 2 ETP.", False, id="absent-words"),
        pytest.param(
            ETP.replace("actuellement |", "actuellement |au plus |"), "Il emploie 2 ETP.", True, id="words-before"
        ),
    ],
)
def test_a_rule_of_volumes_touches_the_sentences_that_it_reads_otherwise(
    rule: str | None, sentence: str, expected: bool
) -> None:
    assert rule != ETP
    reach = Reach(changes(NOW, with_rules(volumes__etp=rule)))
    assert reach.touches(document(), frozenset({"clause_insertion"}), looked_at(sentence)) is expected


def test_a_rule_of_volumes_reads_only_what_is_about_its_clause() -> None:
    reach = Reach(changes(NOW, with_rules(volumes__etp=None)))
    for about, expected in (("clause_insertion", True), ("handicap", False)):
        assert reach.touches(document(), frozenset(), looked_at("Il emploie 2 ETP.", about=about)) is expected


def test_volumes_looked_for_in_unknown_places_touch_what_holds_a_clause_that_has_volumes() -> None:
    new = with_rules(volumes__heures_insertion=None)
    for categories, expected in ((None, True), (frozenset({"clause_insertion"}), True), (frozenset(), False)):
        assert touched(new, "300 heures", categories=categories) is expected


def test_comments_and_examples_touch_nothing() -> None:
    text = NOW.rules["clauses/handicap"] + "\n# plus\n[[examples]]\ntext = 'La maison.'\n"
    found = changes(NOW, with_rules(clauses__handicap=text))
    assert found.nothing


@pytest.mark.parametrize(
    "path", ["engine.py", "lexicons/context.csv", "lexicons/lists.toml", "text.py"], ids=lambda path: path
)
def test_code_and_lexicons_touch_everything(path: str) -> None:
    found = changes(NOW, replace(NOW, parts={**NOW.parts, path: "autre"}))
    assert found.everything and Reach(found).touches(document("Bonjour."), frozenset())


NO_DOCUMENT = ("evaluate.py", "notices/boamp.py", "explain.py", "consolidation/order.py", "lexicons/order.toml")


@pytest.mark.parametrize("path", NO_DOCUMENT)
def test_code_that_reads_no_document_touches_none(path: str) -> None:
    assert NOW.parts[path]
    assert changes(NOW, replace(NOW, parts={**NOW.parts, path: "autre"})).nothing


@pytest.mark.parametrize("path", ["text.py", "lexicons/context.csv"])
def test_a_file_that_is_gone_touches_everything(path: str) -> None:
    assert changes(replace(NOW, parts={**NOW.parts, f"{path}.txt": "1"}), NOW).everything


def test_every_lexicon_is_named_by_the_code_that_reads_it() -> None:
    lexicons = {name for name in NOW.parts if name.startswith("lexicons/") and not name.endswith(".py")}
    code = [path.read_text("utf-8") for path in FOLDER.rglob("*.py")]
    assert {name for name in lexicons if not any(Path(name).name in text for text in code)} == set()
    assert {"lexicons/context.csv", "lexicons/lists.toml", "lexicons/codes.csv"} <= files_behind("pipeline")


def test_what_is_not_known_is_touched() -> None:
    assert changes(None, NOW).everything
    assert Reach(changes(NOW, with_rules(clauses__nouvelle=NEW_RULE))).touches(None, frozenset())
    assert changes(NOW, with_rules(clauses__nouvelle="name = ")).everything
    assert changes(NOW, with_rules(volumes__etp=ETP.replace("(?:etp", "(?:(etp"))).everything


def test_the_rules_of_a_fingerprint_are_kept(tmp_path: Path) -> None:
    from extractors.fingerprint import fingerprint

    settings = Settings(data_dir=tmp_path)
    assert archived_rules(settings, fingerprint()) is None
    archive_rules(settings)
    assert archived_rules(settings, fingerprint()) == NOW
    (kept,) = (tmp_path / "processed" / "rules").iterdir()
    kept.write_bytes(kept.read_bytes()[:-10])
    assert archived_rules(settings, fingerprint()) is None
    assert load_catalogue(dump_catalogue(NOW)) == NOW
    assert load_catalogue(b"[]") is None
