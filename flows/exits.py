"""Exit codes, and the one place where an error becomes a line on the terminal and a code."""

from __future__ import annotations

import contextlib
import os
import sys
from enum import IntEnum
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from extractors.errors import ClausoscopeError
from flows.files import cannot_write


class ExitCode(IntEnum):
    OK = 0
    DEFECT = 1
    USAGE = 2
    SOME_FAILED = 3
    INPUT_NOT_FOUND = 4
    OUTPUT = 5
    DATABASE = 6
    RULES = 7
    SETTINGS = 8
    PREFECT = 9
    UNHEALTHY = 10
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "tout est lu",
    ExitCode.DEFECT: "défaut du programme",
    ExitCode.USAGE: "commande mal écrite",
    ExitCode.SOME_FAILED: "au moins un document en échec, les autres sont traités",
    ExitCode.INPUT_NOT_FOUND: "chemin introuvable ou sans document",
    ExitCode.OUTPUT: "sortie impossible à écrire",
    ExitCode.DATABASE: "base de données inaccessible ou refusée",
    ExitCode.RULES: "règle ou lexique incorrect",
    ExitCode.SETTINGS: "réglage CLAUSOSCOPE_* incorrect",
    ExitCode.PREFECT: "service Prefect inaccessible",
    ExitCode.UNHEALTHY: "doctor a trouvé un manque",
    ExitCode.INTERRUPTED: "interrompu",
}

_EXIT_OF = {
    "input_not_found": ExitCode.INPUT_NOT_FOUND,
    "output": ExitCode.OUTPUT,
    "store": ExitCode.DATABASE,
    "rule": ExitCode.RULES,
    "settings": ExitCode.SETTINGS,
    "prefect": ExitCode.PREFECT,
}
"""By `ClausoscopeError.code`, so that telling an error from another imports no layer."""

EPILOG = "Codes de sortie : " + " · ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."


class ErrorGroup(TyperGroup):
    """The command line, with every known error turned into one line on stderr and its exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:  # « | head » has read enough: nothing to say, and nothing more to flush
            _drop_stdout()
            raise typer.Exit(ExitCode.OK) from None
        except KeyboardInterrupt:
            _tell("interrompu : relancez la même commande ; ingest reprend là où il s'est arrêté.")
            raise typer.Exit(ExitCode.INTERRUPTED) from None
        except (ClausoscopeError, OSError) as error:
            if ctx.obj and ctx.obj.verbose:
                raise
            if isinstance(error, OSError):
                error = cannot_write(Path(error.filename or "sortie standard"), error)
            _tell(str(error))
            if error.code == "output":
                _drop_stdout()
            raise typer.Exit(_EXIT_OF.get(error.code, ExitCode.DEFECT)) from error


def _drop_stdout() -> None:
    """What stdout still holds cannot be written: without this, Python tries again as it ends, and complains."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(message: str) -> None:
    typer.echo(f"clausoscope : {message}", err=True)
