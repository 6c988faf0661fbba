"""Documents read again by batches: what is chosen, what is written, what a dry run tells."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from reprocessed import BOTH, OLD, Stored, keep_rules, reprocess
from typer.testing import CliRunner

from extractors.catalogue import read_catalogue
from extractors.fingerprint import fingerprint
from flows.again import choose, is_needed
from flows.cli import app
from flows.dry_run import dry_run
from models import (
    Selection,
)

# ---------------------------------------------------------------- what is read and written


@BOTH
def test_only_what_changed_rules_can_touch_is_read_and_only_what_changed_is_written(outdated: Stored) -> None:
    readings = outdated.rows("SELECT COUNT(*) FROM readings")[0][0]
    # The files of those that no change can touch are gone, and nobody notices.
    for name in ("RC.pdf", "CCTP.pdf"):
        outdated.raw(name).unlink()
    shutil.rmtree(outdated.settings.processed_dir / "pages" / next(_versions(outdated, "pages")))

    again = reprocess(outdated, name="après ESAT")

    assert outdated.states() == {"CCAP.pdf": "changed", "CCTP.pdf": "same", "RC.pdf": "same", "avis.txt": "same"}
    assert again.batch.counts == {"changed": 1, "same": 3}
    assert outdated.hours() == [(450,)]
    assert outdated.rows("SELECT COUNT(*) FROM readings") == [(readings + 1,)]  # type: ignore[operator]
    assert outdated.rows("SELECT DISTINCT fingerprint, status FROM documents") == [(fingerprint(), "ok")]
    assert not is_needed(outdated.engine, outdated.settings, Selection())
    assert outdated.rows("SELECT name, selection FROM runs WHERE command = 'reprocess'") == [
        ("après ESAT", '{"changed": true}')
    ]


@pytest.mark.parametrize(
    ("rule", "names"),
    [
        pytest.param("etp", [], id="that-reads-nothing-here"),
        pytest.param("heures_reservees", ["CCAP.pdf"], id="that-reads-a-volume"),
    ],
)
def test_a_changed_rule_of_volumes_reads_again_where_it_reads(rule: str, names: list[str], stored: Stored) -> None:
    now, name = read_catalogue(), f"volumes/{rule}"
    old = now.rules[name].replace("confidence = ", "confidence = 0.5 #")
    keep_rules(stored, replace(now, parts={**now.parts, f"rules/{name}.toml": "autre"}, rules={**now.rules, name: old}))
    stored.execute(f"UPDATE documents SET fingerprint = '{OLD}'")

    choice = choose(stored.engine, stored.settings, Selection())
    assert [Path(document.path).name for document in choice.to_read] == names

    # Where volumes were looked for is no longer known: any document that may have some is read.
    shutil.rmtree(stored.settings.processed_dir / "pages" / next(_versions(stored, "volumes")))
    choice = choose(stored.engine, stored.settings, Selection())
    assert [Path(document.path).name for document in choice.to_read] == ["CCAP.pdf"]


def _versions(stored: Stored, kind: str) -> Iterator[str]:
    return (path.name for path in (stored.settings.processed_dir / "pages").iterdir() if path.name.startswith(kind))


@pytest.mark.parametrize("name", ["consolidation/order.py", "lexicons/order.toml"])
def test_another_way_to_consolidate_reads_nothing_and_consolidates_all(name: str, stored: Stored) -> None:
    now = read_catalogue()
    keep_rules(stored, replace(now, parts={**now.parts, name: "autre"}))
    told = "SELECT key, object, declared, agreement, obligation FROM tenders ORDER BY key"
    before = stored.rows(told)
    stored.execute(f"UPDATE documents SET fingerprint = '{OLD}'", "UPDATE tenders SET object = '', agreement = NULL")

    assert reprocess(stored).batch.counts == {"same": 4}

    assert stored.rows("SELECT COUNT(*) FROM readings") == [(4,)]
    assert stored.rows(told) == before


def test_rules_that_were_not_kept_touch_everything(outdated: Stored) -> None:
    shutil.rmtree(outdated.settings.processed_dir / "rules")
    choice = choose(outdated.engine, outdated.settings, Selection())
    assert (len(choice.to_read), choice.left) == (4, ())


def test_a_document_left_by_an_interruption_is_read(stored: Stored) -> None:
    stored.execute("UPDATE documents SET status = 'started' WHERE id = 2")
    choice = choose(stored.engine, stored.settings, Selection())
    assert [document.id for document in choice.to_read] == [2]
    reprocess(stored)
    assert stored.rows("SELECT DISTINCT status FROM documents") == [("ok",)]
    assert stored.rows("SELECT COUNT(*) FROM readings") == [(4,)]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        pytest.param({"tender": "École"}, ["CCAP.pdf", "RC.pdf"], id="tender"),
        pytest.param({"tender": "autre"}, [], id="no-such-tender"),
        pytest.param({"since": date(2000, 1, 1)}, ["CCTP.pdf", "avis.txt", "CCAP.pdf", "RC.pdf"], id="since"),
        pytest.param({"since": date(2999, 1, 1)}, [], id="since-tomorrow"),
        pytest.param({"families": ("NET", "BAT")}, ["CCTP.pdf", "avis.txt", "CCAP.pdf", "RC.pdf"], id="families"),
        pytest.param({"families": ("INF",)}, [], id="no-such-family"),
        pytest.param({"rules": ("reserve_handicap",)}, ["avis.txt"], id="rule-of-a-clause"),
        pytest.param({"rules": ("penalite_par_unite", "heures_reservees")}, ["CCAP.pdf"], id="rules-of-other-rows"),
        pytest.param({"statuses": ("failed",)}, [], id="status"),
        pytest.param({"tender": "Voirie", "rules": ("reserve_handicap",)}, ["avis.txt"], id="two-together"),
        pytest.param({"tender": "École", "changed": True}, [], id="up-to-date"),
    ],
)
def test_documents_are_chosen(asked: dict[str, object], names: list[str], stored: Stored) -> None:
    choice = choose(stored.engine, stored.settings, Selection(**asked))  # type: ignore[arg-type]
    assert [Path(document.path).name for document in choice.to_read] == names


@pytest.mark.parametrize("stored", ["postgresql"], indirect=True)
def test_documents_are_chosen_in_the_same_way_on_postgresql(stored: Stored) -> None:
    """All the criteria together, so that each is put to the other engine."""
    asked = Selection(
        tender="École", since=date(2000, 1, 1), families=("BAT",), rules=("penalite_par_unite",), statuses=("ok",)
    )
    choice = choose(stored.engine, stored.settings, asked)
    assert [Path(document.path).name for document in choice.to_read] == ["CCAP.pdf"]
    assert choose(stored.engine, stored.settings, replace(asked, since=date(2999, 1, 1))).documents == ()


def test_a_selection_is_read_whatever_the_rules_and_gives_no_new_reading(stored: Stored) -> None:
    again = reprocess(stored, tender="École")
    assert again.batch.counts == {"same": 2}
    assert stored.rows("SELECT COUNT(*) FROM readings") == [(4,)]


# ---------------------------------------------------------------- before anything is written


@BOTH
def test_a_dry_run_tells_what_would_change_and_writes_nothing(outdated: Stored) -> None:
    outdated.execute("DELETE FROM clauses WHERE category = 'reserve_handicap'")
    before = outdated.everything()

    found = dry_run(Selection(), workers=0)

    assert outdated.everything() == before
    assert (found.read, found.left, found.changed, found.failed) == (2, 2, 2, ())
    told = {(Path(d.document).name, d.part): d for d in found.differences}
    assert set(told) == {("CCAP.pdf", "volumes"), ("avis.txt", "clauses")}
    volume, gained = told["CCAP.pdf", "volumes"], told["avis.txt", "clauses"]
    assert (volume.before.value, volume.after.value) == (999, 450)  # type: ignore[union-attr]
    assert gained.before is None
    assert gained.after.evidence[0].quote == "Le lot 1 est réservé aux ESAT."  # type: ignore[union-attr]


def test_the_command_line_shows_a_dry_run_with_its_words(outdated: Stored) -> None:
    shown = CliRunner().invoke(app, ["reprocess", "--dry-run", "--workers", "0"])
    assert shown.exit_code == 0, shown.output
    for words in ("École/CCAP.pdf", "Avant : 999", "Après : 450", "p. 1", "Rien n'est écrit", "à l'insertion 450"):
        assert words in " ".join(shown.output.split())
    told = json.loads(CliRunner().invoke(app, ["reprocess", "--dry-run", "--json", "--workers", "0"]).output)
    assert told["documents"] == {"read": 2, "left": 2, "changed": 1, "failed": {}}
    assert told["counts"] == {"volumes": {"gained": 0, "lost": 0, "changed": 1}}
    assert told["differences"][0]["after"]["evidence"][0]["page"] == 1
