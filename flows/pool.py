"""A warm pool of processes that extract files; a file that hangs or kills its process harms no other.

`concurrent.futures` cannot kill the one process that hangs, and loses every pending file when one dies: here each
process is owned by a thread that waits for its answer, and replaces it when it is late, dead, or has read enough.
Processes are spawned, so that they start clean and never import what the parent did (Prefect, SQLAlchemy).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Self

from extractors.errors import ClausoscopeError
from extractors.schema import Extraction, Source, as_source
from flows.files import failed_record
from flows.tools.opening import ToolLimits, open_tools

File = Path | Source
Reader = Callable[[File], Extraction]
NO_LIMITS = ToolLimits()
Around = Callable[[Reader], Reader]
MakeReader = Callable[[], Reader]
"""Called once by each process; picklable: a function of a module."""


def make_extract(pages: Path | None = None, with_texts: bool = False, limits: ToolLimits = NO_LIMITS) -> Reader:
    """`extract` and its engine, loaded only where they run: the parent pays neither spaCy nor pdfplumber.

    `pages`: the folder where pages already read are kept, None to keep none. `with_texts`: as for `extract`.
    """
    from extractors.engine import get_engine
    from extractors.pipeline import extract
    from flows.page_store import DiskStore

    get_engine()
    store = DiskStore(pages) if pages else None
    return partial(extract, store=store, with_texts=with_texts, tools=open_tools(limits))


def make_texts(limits: ToolLimits = NO_LIMITS) -> Reader:
    """Reads the text of the pages, and nothing in it."""
    from extractors.pagetexts import read_texts

    return partial(read_texts, tools=open_tools(limits))


def make_explain(limits: ToolLimits = NO_LIMITS) -> Reader:
    """The same with every candidate of the document."""
    from extractors.engine import get_engine
    from extractors.explain import explain

    get_engine()
    return partial(explain, tools=open_tools(limits))


def _serve(pipe: Connection, make_reader: MakeReader) -> None:
    """Life of a process: one file in, one record out, until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    os.setpgid(0, 0)  # a group of its own, with the programs it starts: one signal ends them all
    try:
        read = make_reader()
    except ClausoscopeError as error:  # ours (a wrong rule): the parent raises it, once
        pipe.send(error)
        return
    pipe.send(None)  # ready: the time limit of a file starts after that of the imports
    while True:
        try:
            file = pipe.recv()
        except EOFError:
            return
        try:
            answer: Extraction | ClausoscopeError = read(file)
        except ClausoscopeError as error:
            answer = error
        pipe.send(answer)


_MAIN = threading.Lock()


@contextlib.contextmanager
def _no_main() -> Iterator[None]:
    """A spawned process imports the main module of its parent, which is Prefect in a scheduled run: it must not."""
    with _MAIN:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            yield
        finally:
            sys.modules["__main__"] = main


def _failed(file: File, *, code: str, message: str, seconds: float) -> Extraction:
    source = as_source(file)
    record = failed_record(source.path, code=code, message=message)
    return replace(record, path=source.name, seconds=round(seconds, 4))


class _Worker:
    """One process and its pipe, started at the first file and renewed when needed."""

    def __init__(self, *, make_reader: MakeReader, timeout_seconds: float, pages_per_worker: int) -> None:
        self._make_reader = make_reader
        self._timeout = timeout_seconds
        self._max_pages = pages_per_worker
        self._pages = 0
        self._starting = threading.Lock()
        self._closed = False
        self._process: multiprocessing.process.BaseProcess | None = None
        self._pipe: Connection | None = None

    def extract(self, file: File) -> Extraction:
        started = time.perf_counter()
        try:
            pipe = self._pipe or self._start()
            started = time.perf_counter()
            pipe.send(file)
            if not pipe.poll(self._timeout):
                self.stop()
                return _failed(
                    file,
                    code="timeout",
                    message=f"Lecture abandonnée après {self._timeout:g} s : relancez ce fichier seul avec "
                    "CLAUSOSCOPE_FILE_TIMEOUT_SECONDS plus grand, ou découpez-le.",
                    seconds=time.perf_counter() - started,
                )
            answer: Extraction | ClausoscopeError = pipe.recv()
        except (EOFError, ConnectionError):
            code = self.stop()
            return _failed(
                file,
                code="crashed",
                message=f"Le processus de lecture s'est arrêté sur ce fichier (code {code}) : "
                "réenregistrez ce document puis relancez.",
                seconds=time.perf_counter() - started,
            )
        if isinstance(answer, ClausoscopeError):
            raise answer
        self._pages += answer.pages
        if self._pages >= self._max_pages:
            self.stop()
        return answer

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        with self._starting:  # a process cannot be killed while it starts
            if self._closed:
                raise ConnectionAbortedError("the pool is closed")
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, self._make_reader), daemon=True)
            with _no_main():
                process.start()
            self._process = process
        theirs.close()  # else a dead process would not close the pipe
        self._pipe, self._pages = ours, 0
        if isinstance(error := ours.recv(), ClausoscopeError):
            self.stop()
            raise error
        return ours

    def kill(self) -> None:
        """Kill the process, if any, and start no other; called by another thread than that of `extract`."""
        with self._starting:
            self._closed = True
            if (process := self._process) is not None:
                _kill_group(process)

    def stop(self) -> int | None:
        """Kill the process, if any; return its exit code (negative: the signal that ended it)."""
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if process is None or pipe is None:
            return None
        pipe.close()
        process.join(0.2)  # a crash keeps its own exit code; an idle process leaves by itself
        _kill_group(process)
        process.join()
        return process.exitcode


def _kill_group(process: multiprocessing.process.BaseProcess) -> None:
    """Kill a process and the programs it started."""
    if process.pid is not None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


class Pool:
    """Processes that stay warm between calls of `run`; `run` may be called by several threads.

    `workers=0` reads in this process: no time limit, and a crash of the reader is ours.
    """

    def __init__(
        self,
        *,
        workers: int,
        timeout_seconds: float,
        pages_per_worker: int,
        make_reader: MakeReader = make_extract,
    ) -> None:
        self._workers = [
            _Worker(make_reader=make_reader, timeout_seconds=timeout_seconds, pages_per_worker=pages_per_worker)
            for _ in range(workers)
        ]
        self._make_reader = make_reader
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(max(workers, 1), thread_name_prefix="clausoscope")

    def run(self, files: Iterable[File], *, around: Around | None = None) -> Iterator[Extraction]:
        """One record per file, in the order of the files, as soon as it and those before it are ready.

        `around`: what decides, just before each file, whether it is read.
        """
        read = self._extract if self._workers else self._make_reader()
        reader = around(read) if around else read
        return self._threads.map(reader, files) if self._workers else map(reader, files)

    def _extract(self, file: File) -> Extraction:
        worker = self._idle.get()
        try:
            return worker.extract(file)
        finally:
            self._idle.put(worker)

    def close(self) -> None:
        """End the processes at once; files that wait are dropped."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        for worker in self._workers:
            worker.kill()  # frees the thread that waits for it, which alone may close the pipe
        self._threads.shutdown()
        for worker in self._workers:
            worker.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
