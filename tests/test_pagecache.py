"""Pages already read: the same rows come from them, and an entry that cannot serve is made again."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import pdf
from hypothesis import given
from hypothesis import strategies as st

from extractors.drawings import Drawings
from extractors.fingerprint import (
    code_behind,
    files_behind,
    fingerprint,
    passages_version,
    reader_version,
    volumes_version,
)
from extractors.formats import read_file
from extractors.measures import Counted
from extractors.pagecache import DamagedEntry, dump_pages, load_pages
from extractors.passagecache import kept_passages
from extractors.pipeline import extract
from extractors.schema import Extraction, Source, as_source
from extractors.text import letters, normalise
from extractors.volumecache import dump_looked_at, kept_looked_at, load_looked_at
from flows.page_store import DiskStore, open_pages
from flows.settings import Settings

SAMPLES = Path(__file__).parents[1] / "data" / "raw" / "samples"
SHARED = Path(__file__).parents[2] / "shared"
PDFS = sorted(SAMPLES.rglob("*.pdf"))


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return DiskStore(tmp_path / "pages")


def rows(file: Path | Source, store: DiskStore | None = None) -> Extraction:
    return replace(extract(file, store=store), seconds=0.0)


def entries(store: DiskStore, kind: str) -> list[Path]:
    return sorted(store.folder.glob(f"{kind}-*/*/*"))


@pytest.mark.parametrize("path", PDFS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_kept_pages_give_the_rows_of_the_file(path: Path, store: DiskStore) -> None:
    read = rows(path)
    assert rows(path, store) == read
    source = Source(path=store.folder / "absent.pdf", name=str(path), sha256=read.sha256)
    assert rows(source, store) == read  # the file itself is no longer opened


def test_pages_come_back_to_the_letter(store: DiskStore) -> None:
    path = SAMPLES / "C1_ecole" / "CCAP.pdf"
    document, drawings = read_file(path), Drawings(pdf=lambda: path, name=path.name)
    drawings.of([1, 2, 3, 4])
    drawings.closer([4, 2])
    kept = dump_pages(document, drawings)
    again, same = load_pages(kept, as_source(path), sha256=document.sha256)
    assert again == document
    assert replace(same, pdf=drawings.pdf) == replace(drawings, grown=False)


def test_the_same_content_under_another_name_keeps_its_own(tmp_path: Path, store: DiskStore) -> None:
    content = pdf(lines=("MARCHÉ DE NETTOYAGE", "Le titulaire réserve 450 heures d'insertion."))
    rc, ccap = tmp_path / "RC.pdf", tmp_path / "CCAP.pdf"
    for path in (rc, ccap):
        path.write_bytes(content)
    assert [(x.path, x.doc_type) for x in (rows(rc, store), rows(ccap, store))] == [
        (str(rc), "rc"),
        (str(ccap), "ccap"),
    ]
    assert rows(ccap, store) == rows(ccap)
    assert len(entries(store, "pages")) == 1


def test_the_bytes_of_a_text_are_a_document_only_under_the_name_of_a_text(tmp_path: Path, store: DiskStore) -> None:
    for name in ("avis.txt", "avis.dat"):
        (tmp_path / name).write_text("Le titulaire réserve 450 heures d'insertion.", "utf-8")
    assert rows(tmp_path / "avis.txt", store).status == "ok"
    assert rows(tmp_path / "avis.dat", store) == rows(tmp_path / "avis.dat")


def test_a_page_not_yet_looked_at_is_looked_at_in_the_file_and_added(store: DiskStore) -> None:
    path = SAMPLES / "C1_ecole" / "CCAP.pdf"
    read = rows(path, store)
    document = read_file(path)
    store.save("pages", document.sha256, dump_pages(document, Drawings(pdf=lambda: path, name=path.name)))
    poor = store.load("pages", document.sha256)
    assert rows(path, store) == read
    rich = store.load("pages", document.sha256)
    assert poor is not None and rich is not None and len(rich) > len(poor)


def cut(entry: bytes) -> bytes:
    return entry[: len(entry) // 2]


def flipped(entry: bytes) -> bytes:
    middle = len(entry) // 2
    return entry[:middle] + bytes([entry[middle] ^ 1]) + entry[middle + 1 :]


@pytest.mark.parametrize("damage", [cut, flipped, lambda _: b"", lambda _: b"x\x9ccontenu"], ids=list("abcd"))
@pytest.mark.parametrize("kind", ["pages", "passages", "volumes"])
def test_a_damaged_entry_is_made_again(
    kind: str, damage: Callable[[bytes], bytes], tmp_path: Path, store: DiskStore
) -> None:
    path = tmp_path / "CCAP.pdf"
    path.write_bytes(pdf())
    read = rows(path, store)
    (entry,) = entries(store, kind)
    whole = entry.read_bytes()
    entry.write_bytes(damage(whole))
    if kind == "passages":
        assert kept_passages(store, read.sha256) is None
    elif kind == "volumes":
        assert kept_looked_at(store, read.sha256, read_by=fingerprint()) is None
    assert rows(path, store) == read
    assert entry.read_bytes() == whole


def test_sentences_that_other_rules_looked_at_are_kept_beside_those_of_today(tmp_path: Path, store: DiskStore) -> None:
    path = tmp_path / "CCAP.pdf"
    path.write_bytes(pdf())
    sha256 = rows(path).sha256
    other = Counted("200 heures", "200 heures", frozenset({"handicap"}))
    store.save("volumes", sha256, dump_looked_at(sha256, {"d'hier"}, {other}))

    rows(path, store)

    kept = store.load("volumes", sha256)
    assert kept is not None
    read_by, sentences = load_looked_at(kept, sha256=sha256)
    assert read_by == {"d'hier", fingerprint()}
    assert other in sentences and any("450 heures" in sentence.text for sentence in sentences)
    for rules, known in (("d'hier", sentences), (fingerprint(), sentences), ("autres", None), (None, None)):
        assert kept_looked_at(store, sha256, read_by=rules) == known
    with pytest.raises(DamagedEntry):
        load_looked_at(kept, sha256="0" * 64)


def test_an_entry_of_another_content_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "CCAP.pdf"
    path.write_bytes(pdf())
    kept = dump_pages(read_file(path), Drawings(pdf=lambda: path, name=path.name))
    with pytest.raises(DamagedEntry):
        load_pages(kept, as_source(path), sha256="0" * 64)


def test_a_disk_that_keeps_nothing_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "pages").write_text("un fichier tient la place du dossier")
    path = tmp_path / "CCAP.pdf"
    path.write_bytes(pdf())
    assert rows(path, DiskStore(tmp_path / "pages")) == rows(path)


def test_what_other_versions_left_goes(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    store = open_pages(settings)
    store.save("pages", "ab" * 32, b"de ce jour")
    half = entries(store, "pages")[0].with_name(".abab.123")
    outdated = store.folder / "pages-0123456789abcdef" / "ab" / "abab"
    outdated.parent.mkdir(parents=True)
    for path in (half, outdated):
        path.write_bytes(b"x")
    assert open_pages(settings).load("pages", "ab" * 32) == b"de ce jour"
    assert sorted(path.name for path in store.folder.rglob("*") if path.is_file()) == ["ab" * 32]


def test_the_version_counts_all_the_code_that_reads_and_no_rule() -> None:
    code = code_behind("formats", "drawings", "pagecache")
    assert {"reading.py", "layout.py", "labels.py", "headings.py", "geometry.py", "schema.py"} <= set(code)
    assert not {"text.py", "passages.py", "engine.py", "patterns.py", "pipeline.py"} & set(code)
    folder = Path(__file__).parents[1] / "extractors"
    opened = {name for name in code if re.search(r"lexicons/|_LEXICON|RULES", (folder / name).read_text("utf-8"))}
    # fingerprint.py opens none; those of the others count too
    assert opened == {"fingerprint.py", "ocr/language.py", "ocr/repairs.py"}
    behind = files_behind("formats", "pagecache")
    assert {name for name in behind if name.startswith("lexicons/")} == {"lexicons/bigrammes.csv", "lexicons/ocr.toml"}
    assert len({reader_version(), passages_version(), volumes_version()}) == 3


@given(st.text(st.sampled_from("aEéÀçœŒﬁﬂæ’'-‐\u00ad\u00a0 \n|0.9e\u0301dinsertion•☐"), max_size=60))
def test_the_letters_of_a_text_are_those_of_its_view(text: str) -> None:
    assert letters(normalise(text).text) == letters(text)


@pytest.mark.slow
def test_kept_pages_give_the_rows_of_every_real_file(store: DiskStore) -> None:
    files = sorted((SHARED / "corpus").rglob("*.pdf"))
    if not files:
        pytest.skip("pièces réelles absentes : ../shared/corpus")
    texts = [json.loads(line) for line in (SHARED / "gold" / "dev_texts.jsonl").read_text("utf-8").splitlines()]
    for number, case in enumerate(case for case in texts if case.get("text")):
        files.append(store.folder.parent / f"{number}.txt")
        files[-1].write_text(case["text"], "utf-8")
    first = [rows(file, store) for file in files]
    assert [rows(file, store) for file in files] == first == [rows(file) for file in files]
