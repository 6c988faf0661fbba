"""Exit codes, and the one place where an error becomes a line on the terminal and a code."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

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
    TO_CHECK = 11
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "tout est lu",
    ExitCode.DEFECT: "défaut du programme",
    ExitCode.USAGE: "commande mal écrite",
    ExitCode.SOME_FAILED: "au moins un document ou une source en échec, le reste est traité",
    ExitCode.INPUT_NOT_FOUND: "chemin introuvable ou sans document",
    ExitCode.OUTPUT: "sortie impossible à écrire",
    ExitCode.DATABASE: "base de données inaccessible ou refusée",
    ExitCode.RULES: "règle ou lexique incorrect",
    ExitCode.SETTINGS: "réglage CLAUSOSCOPE_* incorrect",
    ExitCode.PREFECT: "service Prefect inaccessible",
    ExitCode.UNHEALTHY: "doctor a trouvé un manque, ou une source ne répond pas",
    ExitCode.TO_CHECK: "nuit à vérifier : trop peu d'avis ou de documents, alertes refusées, rapport non envoyé",
    ExitCode.INTERRUPTED: "interrompu",
}

_EXIT_OF = {
    "input_not_found": ExitCode.INPUT_NOT_FOUND,
    "output": ExitCode.OUTPUT,
    "store": ExitCode.DATABASE,
    "rule": ExitCode.RULES,
    "settings": ExitCode.SETTINGS,
    "prefect": ExitCode.PREFECT,
    "source": ExitCode.USAGE,
    "correction": ExitCode.USAGE,
    "busy": ExitCode.SOME_FAILED,
}
"""By `ClausoscopeError.code`, so that telling an error from another imports no layer."""

EPILOG = "Codes de sortie : " + " · ".join(f"{code.value} {meaning}" for code, meaning in MEANINGS.items()) + "."


_FRENCH = {
    r"Missing argument '(.+)'\.": r"il manque l'argument « \1 »",
    r"No such option: (\S+).*": r"option inconnue « \1 »",
    r"No such command '(.+)'\..*": r"commande inconnue « \1 »",
    r"Option '(.+)' requires an argument\.": r"l'option « \1 » attend une valeur",
    r"Option '(.+)' does not take a value\.": r"l'option « \1 » n'attend pas de valeur",
    r"Got unexpected extra argument\(s\) \((.+)\)": r"« \1 » est en trop",
    r"Invalid value for '(.+?)': .*, '(.*)' is not one of (.+)\.": r"« \2 » refusé pour « \1 » ; valeurs admises : \3",
    r"Invalid value for '(.+?)': Input should be a valid integer.*": r"« \1 » attend un nombre entier",
    r"Invalid value for .*env var: '(.+?)'\): Input should be a valid boolean.*": r"\1 refusé ; donnez true ou false",
    r"Invalid value for '(.+?)': Input should be .*equal to (\d+)": r"nombre refusé pour « \1 » ; la limite est \2",
    r"Invalid value: (.+?)\.?": r"\1",  # ours
}
"""What Typer says of a command wrongly written → the same in French."""


class ErrorGroup(TyperGroup):
    """The command line, with every known error turned into one line on stderr and its exit code."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _usage():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        try:
            with _usage():
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


@contextlib.contextmanager
def _usage() -> Iterator[None]:
    """A command wrongly written: one line in French, and which help to read."""
    try:
        yield
    except TyperException as error:
        told = error.format_message() if hasattr(error, "format_message") else str(error)
        for english, french in _FRENCH.items():
            if found := re.fullmatch(english, told, flags=re.DOTALL):
                command = getattr(getattr(error, "ctx", None), "command_path", "clausoscope")
                _tell(f"{found.expand(french)} (aide : {command} --help).")
                raise typer.Exit(ExitCode.USAGE) from error
        raise


def _drop_stdout() -> None:
    """What stdout still holds cannot be written: without this, Python tries again as it ends, and complains."""
    with contextlib.suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(message: str) -> None:
    typer.echo(f"clausoscope : {message}", err=True)
