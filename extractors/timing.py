"""Where the time of a reading goes, stage by stage; the programs are timed as they are called."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from extractors.kinds import FileKind
from extractors.schema import Timings
from extractors.tools import Converter, Recogniser, SeenWord, Tools

Stage = Literal["read", "convert", "recognise", "match"]


class Clock:
    """Seconds by stage; a stage inside another is not counted twice."""

    def __init__(self) -> None:
        self._spent: defaultdict[Stage, float] = defaultdict(float)
        self._inner = 0.0

    @contextlib.contextmanager
    def __call__(self, stage: Stage) -> Iterator[None]:
        started, outer, self._inner = time.perf_counter(), self._inner, 0.0
        try:
            yield
        finally:
            elapsed = time.perf_counter() - started
            self._spent[stage] += max(0.0, elapsed - self._inner)
            self._inner = outer + elapsed

    @property
    def timings(self) -> Timings:
        return Timings(**{stage: round(seconds, 4) for stage, seconds in self._spent.items()})

    def timed(self, tools: Tools) -> Tools:
        """The same programs, their calls counted."""
        return replace(
            tools,
            converter=tools.converter and _TimedConverter(tools.converter, self),
            recogniser=tools.recogniser and _TimedRecogniser(tools.recogniser, self),
        )


@dataclass(frozen=True, slots=True)
class _TimedConverter:
    _converter: Converter
    _clock: Clock

    def to_pdf(self, data: bytes, *, kind: FileKind, sha256: str, name: str) -> Path:
        with self._clock("convert"):
            return self._converter.to_pdf(data, kind=kind, sha256=sha256, name=name)

    def made(self, sha256: str) -> Path | None:
        return self._converter.made(sha256)


@dataclass(frozen=True, slots=True)
class _TimedRecogniser:
    _recogniser: Recogniser
    _clock: Clock

    def words(self, image: bytes, *, dpi: int, seconds: float, is_block: bool = False) -> Sequence[SeenWord]:
        with self._clock("recognise"):
            return self._recogniser.words(image, dpi=dpi, seconds=seconds, is_block=is_block)

    def quarter_turns(self, image: bytes, *, dpi: int, seconds: float) -> int:
        with self._clock("recognise"):
            return self._recogniser.quarter_turns(image, dpi=dpi, seconds=seconds)
