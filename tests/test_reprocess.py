"""Documents read again by batches: what is chosen, what is written, what is left, and the way back."""

from __future__ import annotations

import json
import os
import shutil
import signal
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
from conftest import CLAUSE, pdf
from databases import Postgresql
from processes import FORKED
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError
from typer.testing import CliRunner

from extractors.catalogue import Catalogue, dump_catalogue, read_catalogue
from extractors.fingerprint import fingerprint
from flows.again import Reprocessed, Reprocessing, choose, is_needed
from flows.cli import app
from flows.dry_run import dry_run
from flows.extract import open_pool
from flows.run import Run
from flows.settings import Settings, load_settings
from models import (
    Selection,
    StoreError,
    done,
    list_batches,
    open_database,
    select_documents,
    start_batch,
    undo_batch,
)

ROOT = Path(__file__).parents[1]
FILES = {
    "École/CCAP.pdf": pdf(),
    "École/RC.pdf": pdf(lines=("RÈGLEMENT DE LA CONSULTATION", "Objet : construction d'une école.")),
    "Voirie/avis.txt": b"Objet : nettoyage de la voirie. Le lot 1 est r\xc3\xa9serv\xc3\xa9 aux ESAT.",
    "Voirie/CCTP.pdf": pdf(lines=("CAHIER DES CLAUSES TECHNIQUES", "Les enrobés sont posés à chaud.")),
}
BOTH = pytest.mark.parametrize("stored", ["sqlite", "postgresql"], indirect=True)
OLD = "0" * 16
"""The fingerprint of rules that knew no « ESAT »."""


@dataclass(frozen=True)
class Stored:
    """A database filled by a run, its settings and its files."""

    settings: Settings
    engine: Engine
    folder: Path

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def execute(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))

    def everything(self) -> list[list[tuple[object, ...]]]:
        tables = ("documents", "readings", "clauses", "volumes", "evidence", "tenders", "runs", "batch_documents")
        return [self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]

    def states(self) -> Mapping[str, str]:
        """Name of each document of the last batch → its state."""
        return dict(
            self.rows(  # type: ignore[arg-type]
                "SELECT name, state FROM batch_documents JOIN document_paths USING (document_id) "
                "WHERE run_id = (SELECT MAX(id) FROM runs) ORDER BY name"
            )
        )

    def raw(self, name: str) -> Path:
        sql = "SELECT raw_path FROM documents JOIN document_paths ON document_id = documents.id WHERE name = :name"
        with self.engine.connect() as connection:
            return Path(connection.execute(text(sql), {"name": name}).scalar_one())

    def hours(self) -> list[tuple[object, ...]]:
        return self.rows("SELECT valeur FROM v_volumes")


SETTINGS = {
    "CLAUSOSCOPE_DATA_DIR": ".",
    "CLAUSOSCOPE_DATABASE_URL": "sqlite:///base.db",
    "CLAUSOSCOPE_WORKERS": "0",
    "CLAUSOSCOPE_BATCH_SIZE": "1",
}


def fill(folder: Path) -> None:
    """Have a run read the files, in the current folder and settings."""
    for name, content in FILES.items():
        (folder / "depot" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "depot" / name).write_bytes(content)
    with Run(load_settings(), [Path("depot")], workers=0) as run:
        run.claim()
        while batch := run.read_batch():
            run.store_batch(batch)
        run.finish()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder where a run has read the files; what it holds are paths relative to it."""
    folder = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, value in SETTINGS.items():
            patch.setenv(name, value)
        fill(folder)
    return folder


@pytest.fixture
def stored(
    request: pytest.FixtureRequest, filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stored]:
    """A copy of that folder; on PostgreSQL where the test asks for it, a folder of its own."""
    folder = tmp_path / "monde"
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    if getattr(request, "param", "sqlite") == "sqlite":
        shutil.copytree(filled, folder)
        monkeypatch.chdir(folder)
        yield Stored(load_settings(), open_database(load_settings().database_url), folder)
        return
    databases: Postgresql = request.getfixturevalue("postgresql")
    url = databases.create(migrated=True)
    monkeypatch.setenv("CLAUSOSCOPE_DATABASE_URL", url)
    folder.mkdir()
    monkeypatch.chdir(folder)
    fill(folder)
    engine = open_database(url)
    yield Stored(load_settings(), engine, folder)
    engine.dispose()
    databases.drop(url)


def keep_rules(stored: Stored, rules: Catalogue) -> None:
    """Rules of the past."""
    place = stored.settings.processed_dir / "rules" / f"{OLD}.json.z"
    place.write_bytes(zlib.compress(dump_catalogue(rules)))


@pytest.fixture
def outdated(stored: Stored) -> Stored:
    """Read by rules that knew no « ESAT », and that read 999 hours where there are 450."""
    now = read_catalogue()
    rule = now.rules["clauses/reserve_handicap"].replace("patterns = [", 'patterns = ["esat", ', 1)
    old = replace(
        now,
        parts={**now.parts, "rules/clauses/reserve_handicap.toml": "autre", "rules/volumes/etp.toml": "autre"},
        rules={
            **now.rules,
            "clauses/reserve_handicap": rule,
            "volumes/etp": now.rules["volumes/etp"].replace("confidence = ", "confidence = 0.5 #"),
        },
    )
    keep_rules(stored, old)
    stored.execute(
        f"UPDATE documents SET fingerprint = '{OLD}'",
        f"UPDATE readings SET fingerprint = '{OLD}'",
        "UPDATE volumes SET value = 999",
    )
    return stored


def reprocess(stored: Stored, *, name: str | None = None, resume: str | None = None, **asked: object) -> Reprocessed:
    """A batch without Prefect."""
    with open_pool(stored.settings, workers=0, keep_pages=True) as pool:
        selection = Selection(**asked)  # type: ignore[arg-type]
        reprocessing = Reprocessing(stored.settings, stored.engine, pool, selection=selection, name=name, resume=resume)
        reprocessing.leave()
        for documents in reprocessing.documents:
            reprocessing.read(documents)
        reprocessing.read_notices()
        return reprocessing.finish()


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
