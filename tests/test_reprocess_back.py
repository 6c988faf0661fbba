"""Batches that are named, interrupted or undone, and files or pages that are lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import pytest
from conftest import CLAUSE, pdf
from processes import FORKED
from reprocessed import BOTH, SETTINGS, Stored, read_all, reprocess
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from extractors.fingerprint import fingerprint
from flows.again import Reprocessing, choose
from flows.cli import app
from flows.extract import open_pool
from flows.settings import load_settings
from models import (
    Selection,
    StoreError,
    done,
    list_batches,
    open_database,
    resume_batch,
    save_texts,
    search,
    select_documents,
    start_batch,
    undo_batch,
)

# ---------------------------------------------------------------- names, interruptions, the way back


def die_in_a_batch(folder: Path) -> None:
    """Reprocess the documents of a tender, and be killed after the first."""
    os.chdir(folder)
    os.environ.update(SETTINGS)
    settings = load_settings()
    with open_pool(settings, workers=0, keep_pages=True) as pool:
        engine = open_database(settings.database_url)
        reprocessing = Reprocessing(settings, engine, pool, selection=Selection(tender="École"), name="lot")
        reprocessing.leave()
        reprocessing.read(reprocessing.documents[0])
        os.kill(os.getpid(), signal.SIGKILL)


def test_a_batch_goes_on_after_a_kill(outdated: Stored) -> None:
    process = FORKED.Process(target=die_in_a_batch, args=(outdated.folder,))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert outdated.states() == {"CCAP.pdf": "changed", "RC.pdf": "todo"}
    assert [batch.finished_at for batch in list_batches(outdated.engine)] == [None]
    with pytest.raises(StoreError, match="Le lot « lot » existe déjà : reprenez-le par --batch"):
        reprocess(outdated, name="lot", tender="École")

    again = reprocess(outdated, resume="lot")

    assert again.batch.counts == {"changed": 1, "same": 1}
    assert again.batch.finished_at is not None
    undo_batch(outdated.engine, "lot")
    assert outdated.hours() == [(999,)]


@BOTH
def test_an_undone_batch_gives_back_the_readings_and_waits_for_other_rules(outdated: Stored) -> None:
    before = outdated.rows("SELECT * FROM v_volumes")
    reprocess(outdated, name="lot")
    assert outdated.hours() == [(450,)]

    undone = undo_batch(outdated.engine, "lot")

    assert undone.counts == {"undone": 1, "same": 3}
    assert outdated.rows("SELECT * FROM v_volumes") == before
    assert not choose(outdated.engine, outdated.settings, Selection()).documents
    assert [d.path for d in choose(outdated.engine, outdated.settings, Selection(tender="École")).documents]
    contents = [str(sha256) for (sha256,) in outdated.rows("SELECT sha256 FROM documents")]
    assert done(outdated.engine, sha256s=contents, fingerprint=fingerprint()) == set(contents)
    for name, words in (("lot", "a déjà été annulé"), ("autre", "Aucun lot de relecture ne s'appelle « autre »")):
        with pytest.raises(StoreError, match=words):
            undo_batch(outdated.engine, name)
    with pytest.raises(StoreError, match="a été annulé : refaites-le"):
        reprocess(outdated, resume="lot")


@BOTH
def test_an_undo_gives_back_the_searched_text_of_what_it_puts_back(outdated: Stored) -> None:
    ids = dict(outdated.rows("SELECT name, document_id FROM document_paths"))
    past = {"CCAP.pdf": ["", "ancienne page"], "avis.txt": ["ancienne page"]}
    save_texts(outdated.engine, {ids[name]: pages for name, pages in past.items()})  # type: ignore[index]

    def found(words: str) -> set[tuple[str | None, int | None]]:
        return {(hit.file, hit.page) for hit in search(outdated.engine, words)}

    reprocess(outdated, name="lot")
    assert (found("ancienne"), found("insertion"), found("ESAT")) == (set(), {("CCAP.pdf", 1)}, {("avis.txt", 1)})

    undo_batch(outdated.engine, "lot")
    # The rows of the notice have not changed: its text stays too.
    assert (found("ancienne"), found("insertion"), found("ESAT")) == ({("CCAP.pdf", 2)}, set(), {("avis.txt", 1)})
    assert outdated.rows("SELECT COUNT(previous_texts) FROM batch_documents") == [(0,)]


@BOTH
def test_an_undo_gives_back_what_was_read_between_a_stop_and_its_resumption(outdated: Stored) -> None:
    documents = select_documents(outdated.engine, Selection(), fingerprint=fingerprint())
    start_batch(outdated.engine, documents, name="lot", selection=Selection(), fingerprint=fingerprint())
    reprocess(outdated, name="entre-temps", tender="École")
    outdated.execute("UPDATE volumes SET value = 7 WHERE value = 450")
    reprocess(outdated, resume="lot")
    assert outdated.hours() == [(450,)]
    undo_batch(outdated.engine, "lot")
    assert outdated.hours() == [(7,)]


@BOTH
def test_what_was_read_again_since_is_kept_and_named(outdated: Stored) -> None:
    reprocess(outdated, name="premier")
    outdated.execute("UPDATE volumes SET value = 7")
    reprocess(outdated, name="second", tender="École")

    undone = undo_batch(outdated.engine, "premier")

    assert undone.counts == {"kept": 1, "same": 3}
    assert [(state, Path(path).name) for state, path, _ in undone.told] == [("kept", "CCAP.pdf")]
    assert outdated.hours() == [(450,)]


def test_batches_are_listed_on_the_command_line_and_undone(outdated: Stored) -> None:
    assert "Aucun lot de relecture." in CliRunner().invoke(app, ["batches"]).output
    name = reprocess(outdated).batch.name
    assert name.startswith("relecture-")
    shown = CliRunner().invoke(app, ["batches"]).output
    assert name in shown and "1 changé, 3 inchangé" in " ".join(shown.split())
    undone = CliRunner().invoke(app, ["reprocess", "--undo", name])
    assert undone.exit_code == 0 and f"Lot « {name} » : 3 inchangé, 1 rétabli." in undone.output
    (told,) = json.loads(CliRunner().invoke(app, ["batches", "--json"]).output)
    assert (told["name"], told["documents"], told["selection"]) == (name, {"same": 3, "undone": 1}, {"changed": True})
    assert told["undone"] is not None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--batch", "a", "--undo", "b"], "--batch va seul"),
        (["--undo", "a", "--dry-run"], "--undo va seul"),
        (["--batch", "a", "--tender", "T"], "--batch va seul"),
        (["--dry-run", "--name", "a"], "--name nomme un lot"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_options_that_do_not_go_together_are_refused(options: list[str], words: str, stored: Stored) -> None:
    result = CliRunner().invoke(app, ["reprocess", *options])
    assert result.exit_code == 2 and words in result.output


# ---------------------------------------------------------------- what is lost


def test_files_gone_are_read_from_their_kept_pages(outdated: Stored) -> None:
    outdated.raw("CCAP.pdf").unlink()
    assert reprocess(outdated).batch.counts == {"changed": 1, "same": 3}
    assert outdated.hours() == [(450,)]


def test_files_and_pages_gone_leave_the_rows_and_are_named(outdated: Stored) -> None:
    outdated.raw("CCAP.pdf").unlink()
    shutil.rmtree(outdated.settings.processed_dir / "pages")

    batch = reprocess(outdated).batch

    assert outdated.states()["CCAP.pdf"] == "failed"
    ((state, path, message),) = batch.told
    assert (state, Path(path).name) == ("failed", "CCAP.pdf")
    assert message.startswith("CCAP.pdf : lecture impossible")
    assert outdated.hours() == [(999,)]
    assert [Path(d.path).name for d in choose(outdated.engine, outdated.settings, Selection()).to_read] == ["CCAP.pdf"]


@BOTH
def test_a_file_replaced_since_a_batch_chose_it_is_told(outdated: Stored) -> None:
    documents = select_documents(outdated.engine, Selection(tender="École"), fingerprint=fingerprint())
    start_batch(outdated.engine, documents, name="lot", selection=Selection(tender="École"), fingerprint=fingerprint())
    Path("depot/École/RC.pdf").write_bytes(pdf(lines=("RÈGLEMENT DE LA CONSULTATION", "Objet : un gymnase.")))
    read_all()

    batch = reprocess(outdated, resume="lot").batch

    assert batch.counts == {"same": 1, "gone": 1}
    ((state, path, message),) = batch.told
    assert (state, path) == ("gone", "depot/École/RC.pdf")
    assert message.endswith("il n'y a plus rien à relire.")
    assert batch.finished_at is not None
    assert resume_batch(outdated.engine, "lot").todo == frozenset()


def test_damaged_pages_are_read_again_from_the_file(outdated: Stored) -> None:
    for entry in (outdated.settings.processed_dir / "pages").glob("*/*/*"):
        entry.write_bytes(entry.read_bytes()[:-7])
    assert reprocess(outdated).batch.counts == {"changed": 1, "same": 3}
    assert outdated.hours() == [(450,)]


def test_a_raw_file_of_another_content_is_refused(outdated: Stored) -> None:
    outdated.raw("CCAP.pdf").write_bytes(pdf(lines=CLAUSE[:2]))
    shutil.rmtree(outdated.settings.processed_dir / "pages")
    ((_, _, message),) = reprocess(outdated).batch.told
    assert "n'a plus le contenu de ce document" in message
    assert outdated.hours() == [(999,)]


def test_a_database_that_refuses_leaves_nothing_half_written(outdated: Stored) -> None:
    outdated.execute("CREATE TRIGGER refuse BEFORE INSERT ON clauses BEGIN SELECT RAISE(ABORT, 'refusé'); END")
    with pytest.raises((IntegrityError, StoreError)):
        reprocess(outdated, name="lot")
    assert outdated.states()["CCAP.pdf"] == "todo"
    assert outdated.hours() == [(999,)]
    outdated.execute("DROP TRIGGER refuse")
    reprocess(outdated, resume="lot")
    assert outdated.hours() == [(450,)]
