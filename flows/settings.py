"""The settings of a run, read from CLAUSOSCOPE_* when asked for, never at import."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from extractors.errors import ClausoscopeError
from flows.tools.opening import ToolLimits, mended_codes

PREFIX = "CLAUSOSCOPE_"
Kind = TypeVar("Kind", bound=BaseSettings)


class SettingsError(ClausoscopeError):
    """An environment variable holds a value that cannot be used."""

    code = "settings"


def _default_workers() -> int:
    return min(os.cpu_count() or 1, 4)


class Settings(BaseSettings):
    """Every setting, with a default that works; each `description` says in French which values are accepted."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: str = Field(default="sqlite:///data/clausoscope.db", description="une adresse SQLAlchemy")
    data_dir: Path = Field(default=Path("data"), description="un dossier")
    workers: int = Field(default_factory=_default_workers, ge=0, le=64, description="un nombre entier de 0 à 64")
    file_timeout_seconds: float = Field(default=300, gt=0, description="un nombre de secondes, plus grand que 0")
    pages_per_worker: int = Field(default=2000, ge=1, description="un nombre de pages, au moins 1")
    """Pages a process reads before it is renewed: pdfplumber keeps memory after `close()`."""
    office_seconds: float = Field(default=120, ge=0, description="un nombre de secondes, 0 pour ne rien convertir")
    """Time that the conversion of one Office document may take."""
    office_megabytes: float = Field(default=600, ge=250, description="un nombre de mégaoctets, au moins 250")
    """Memory that the LibreOffice of one process may take."""
    ocr_seconds: float = Field(default=240, ge=0, description="un nombre de secondes, 0 pour ne rien reconnaître")
    """Time that the images of one file may take; less than `file_timeout_seconds`."""
    tender_seconds: float = Field(default=0, ge=0, description="un nombre de secondes, 0 pour ne pas limiter")
    """Time that the readings of one tender may take in a run, all together: see `flows.budget`."""
    batch_size: int = Field(default=32, ge=1, le=1000, description="un nombre de fichiers de 1 à 1000")

    @property
    def raw_dir(self) -> Path:
        return self.data_dir / "raw"

    def tool_limits(self, *, keep: bool = True) -> ToolLimits:
        """What the programs may take; `keep`: what they make is kept under `data/processed`."""
        return ToolLimits(
            office_seconds=self.office_seconds,
            office_megabytes=self.office_megabytes,
            ocr_seconds=self.ocr_seconds,
            converted=self.processed_dir / "converted" if keep else None,
        )

    def mended_codes(self) -> frozenset[str]:
        """Codes of the problems that the programs found would not leave: files that have one are read again."""
        return mended_codes(self.tool_limits())

    @property
    def laid_dir(self) -> Path:
        """Where what archives hold is laid for the time of a run: `data/raw` keeps what is read of it."""
        return self.data_dir / "fetched" / "ingest"

    @property
    def processed_dir(self) -> Path:
        return self.data_dir / "processed"


def load_settings() -> Settings:
    """The settings of this process.

    Raises:
        SettingsError: a variable cannot be used; the message names it, its value and what is accepted.
    """
    return read_settings(Settings)


def read_settings(kind: type[Kind]) -> Kind:
    """Any group of settings, read from the environment; see `load_settings`."""
    try:
        return kind()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).removeprefix(PREFIX.lower())
        expected = kind.model_fields[name].description
        raise SettingsError(
            f"Réglage {PREFIX}{name.upper()}={first['input']} refusé : donnez {expected}, ou retirez cette variable."
        ) from error
