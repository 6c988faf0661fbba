"""The settings of the nights, read from CLAUSOSCOPE_* when asked for, never at import."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from extractors.departements import departement
from flows.settings import PREFIX, read_settings
from flows.sources.settings import Words

CRON = r"^[\d*/,-]+( [\w*/,#-]+){4}$"
"""Minute, hour, day, month, day of the week."""


class NightSettings(BaseSettings):
    """Every setting of the nights; each `description` says in French which values are accepted."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    sources: Words = Field(default=("boamp", "ted"), description="des noms de sources, séparés par des virgules")
    departements: Words = Field(default=(), description="des codes de départements, séparés par des virgules")
    """Those whose notices are asked for; empty for all."""
    nightly_cron: str = Field(
        default="0 3 * * *", pattern=CRON, description="une heure au format cron, par exemple 0 3 * * *"
    )
    nightly_timezone: str = Field(default="Europe/Paris", description="un fuseau horaire, par exemple Europe/Paris")
    reprocess_cron: str = Field(
        default="0 12 * * 0", pattern=CRON, description="une heure au format cron, par exemple 0 12 * * 0"
    )
    first_days: int = Field(default=7, ge=1, le=3660, description="un nombre de jours, de 1 à 3660")
    """How far back the first night of a source goes."""
    lock_seconds: float = Field(default=300, ge=1, description="un nombre de secondes, au moins 1")
    """Without a sign of life for so long, a night is taken for dead."""

    night_hours: float = Field(default=8, gt=0, le=23, description="un nombre d'heures, 23 au plus")
    """How long a night may last; the next one goes on from there."""

    @field_validator("nightly_timezone")
    @classmethod
    def _is_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except ZoneInfoNotFoundError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("departements", mode="before")
    @classmethod
    def _codes(cls, value: object) -> object:
        return split_departements(value) if isinstance(value, str) else value

    @property
    def stale_after(self) -> timedelta:
        return timedelta(seconds=self.lock_seconds)


def split_departements(words: str) -> tuple[str, ...]:
    """« 75, 5, 2a » → 75, 05, 2A.

    Raises:
        ValueError: one of them is no département.
    """
    given = [word.strip() for word in words.split(",") if word.strip()]
    codes = [departement(word) for word in given]
    if None in codes:
        raise ValueError(f"« {given[codes.index(None)]} » n'est pas un département")
    return tuple(dict.fromkeys(code for code in codes if code))


def load_night_settings() -> NightSettings:
    """The settings of the nights in this process.

    Raises:
        SettingsError: a variable cannot be used; the message names it, its value and what is accepted.
    """
    return read_settings(NightSettings)
