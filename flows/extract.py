"""`extract`: files in, a summary or JSON out; no database, no Prefect."""

from __future__ import annotations

import contextlib
import io
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, TextIO, TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from extractors.output import explained, to_dict
from extractors.schema import Extraction, Source
from flows.containers import files_to_read
from flows.explain import print_candidates
from flows.files import FoundFile, cannot_write, hash_file, tell_ignored
from flows.page_store import open_pages
from flows.pool import Pool, make_explain, make_extract
from flows.rule_archive import archive_rules
from flows.settings import Settings, load_settings
from flows.summary import print_summary

Tracked = TypeVar("Tracked")
Shape = Literal["text", "json", "jsonl"]


def extract_to(
    paths: Sequence[Path], *, shape: Shape, workers: int | None, output: Path | None, explain: bool = False
) -> int:
    """Extract every file, write each in order as soon as it is ready, to `output` or stdout; return how many failed.

    `explain` adds every candidate of each document and why it gives a row or none.

    Raises:
        InputNotFound, OutputError, SettingsError, RuleError: with the next action in one line.
    """
    failed = 0

    def counted(results: Iterable[Extraction]) -> Iterator[Extraction]:
        nonlocal failed
        for result in results:
            failed += result.status == "failed"
            yield result

    with tempfile.TemporaryDirectory(prefix="clausoscope-", ignore_cleanup_errors=True) as folder:
        found = files_to_read(paths, folder=Path(folder))
        files = found.files
        with _sink(output) as stream, open_pool(load_settings(), workers=workers, explain=explain) as pool:
            # On a terminal the summaries themselves show the progress.
            tracked = track(_read(files, pool), total=len(files), hidden=stream.isatty())
            for text in _texts(counted(tracked), shape=shape, many=len(files) > 1, stream=stream, explain=explain):
                _write(stream, text, name=output)
    tell_ignored(found.skipped)
    return failed


def _read(files: Sequence[FoundFile], pool: Pool) -> Iterator[Extraction]:
    """The record of every file, in order; a content that several have is read once."""
    first = _first_of_each(files)
    to_read = [i for i, file in enumerate(files) if first[i] == i and not file.record]
    results = pool.run(Source(path=files[i].path, name=files[i].recorded) for i in to_read)
    twins = {first[i] for i in range(len(files)) if first[i] != i}
    kept: dict[int, Extraction] = {}
    for i, file in enumerate(files):
        if file.record:
            yield file.record
            continue
        if first[i] != i:
            yield replace(kept[first[i]], path=file.recorded)
            continue
        result = next(results)
        if i in twins:
            kept[i] = result
        yield result


def _first_of_each(files: Sequence[FoundFile]) -> list[int]:
    """For every file, the first that has its bytes and its suffix; only files of one size are compared."""
    sizes = [_size(file) for file in files]
    counts = Counter(size for size in sizes if size)
    seen: dict[tuple[str, str], int] = {}
    first = []
    for i, (file, size) in enumerate(zip(files, sizes, strict=True)):
        try:
            twin = (hash_file(file.path), file.path.suffix.lower()) if size and counts[size] > 1 else None
        except OSError:  # its reading says why
            twin = None
        first.append(seen.setdefault(twin, i) if twin else i)
    return first


def _size(file: FoundFile) -> int:
    try:
        return 0 if file.record else file.path.stat().st_size
    except OSError:
        return 0


def open_pool(
    settings: Settings,
    *,
    workers: int | None,
    explain: bool = False,
    keep_pages: bool = False,
    with_texts: bool = False,
) -> Pool:
    """The pool that the settings describe; `workers`, when given, comes from the command line and wins.

    `keep_pages`: pages and rules are kept under `data/processed`, so that a rule that changes reads no file again.
    `with_texts`: the text of the pages is given too, to be searched in.
    """
    pages = open_pages(settings).folder if keep_pages else None
    limits = settings.tool_limits(keep=keep_pages)
    if keep_pages:
        archive_rules(settings)
    return Pool(
        workers=settings.workers if workers is None else workers,
        timeout_seconds=settings.file_timeout_seconds,
        pages_per_worker=settings.pages_per_worker,
        make_reader=partial(make_explain, limits) if explain else partial(make_extract, pages, with_texts, limits),
    )


def console(stream: TextIO, *, like: TextIO | None = None) -> Console:
    """A console on `stream`: as wide as the terminal, or 120 columns in a file; `like` says which of them it is for."""
    terminal = (like or stream).isatty()
    return Console(file=stream, force_terminal=terminal, width=None if terminal else 120)


def track(results: Iterable[Tracked], *, total: int, hidden: bool = False) -> Iterator[Tracked]:
    """The results, with a progress bar on stderr when it is a terminal."""
    columns = (TextColumn("Lecture"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    hidden = hidden or not sys.stderr.isatty()
    with Progress(
        *columns,
        console=Console(stderr=True),
        transient=True,
        disable=hidden,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as progress:
        yield from progress.track(results, total=total)


def _texts(results: Iterable[Extraction], *, shape: Shape, many: bool, stream: TextIO, explain: bool) -> Iterator[str]:
    """What to write for each result, in the wanted shape."""
    as_dict = explained if explain else to_dict
    if shape == "jsonl":
        for result in results:
            yield json.dumps(as_dict(result), ensure_ascii=False) + "\n"
    elif shape == "json":
        separator = "[\n" if many else ""
        for result in results:
            yield separator + json.dumps(as_dict(result), ensure_ascii=False, indent=2)
            separator = ",\n"
        yield "\n]\n" if many else "\n"
    else:
        for result in results:
            page = io.StringIO()
            print_summary(console(page, like=stream), result)
            if explain:
                print_candidates(console(page, like=stream), result)
            yield page.getvalue()


@contextlib.contextmanager
def _sink(output: Path | None) -> Iterator[TextIO]:
    """Where the results go, in UTF-8; opened first, so that a wrong place is told before the work."""
    if output is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            # A lone surrogate (file name or PDF that is not Unicode) becomes \udcXX, which JSON reads back.
            sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
        yield sys.stdout
        return
    try:
        stream = output.open("w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise cannot_write(output, error) from error
    try:
        yield stream
    finally:
        with contextlib.suppress(OSError):  # each write is flushed and checked: nothing is left to lose
            stream.close()


def _write(stream: TextIO, text: str, *, name: Path | None) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise cannot_write(name or Path("sortie standard"), error) from error
