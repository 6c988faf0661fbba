"""The settings of the morning report, read from CLAUSOSCOPE_* when asked for, never at import."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from flows.settings import PREFIX, read_settings
from flows.sources.settings import Words


class ReportSettings(BaseSettings):
    """Every setting of the morning report; each `description` says in French which values are accepted."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    alerts_file: Path = Field(default=Path("data/alertes.toml"), description="le chemin d'un fichier TOML d'alertes")
    webhook_url: str = Field(default="", pattern=r"^(https?://\S+)?$", description="une adresse http(s)")
    """Where the report is posted as JSON; empty: nowhere."""
    webhook_secret: SecretStr = Field(default=SecretStr(""), description="un secret partagé avec le destinataire")
    """What signs the body; empty: no signature."""
    mail_to: Words = Field(default=(), description="des adresses électroniques, séparées par des virgules")
    """Empty: no mail."""
    mail_from: str = Field(default="clausoscope@localhost", description="une adresse électronique")
    smtp_host: str = Field(default="localhost", description="le nom d'un serveur de messagerie")
    smtp_port: int = Field(default=587, ge=1, le=65535, description="un numéro de port, de 1 à 65535")
    smtp_security: Literal["starttls", "tls", "none"] = Field(default="starttls", description="starttls, tls ou none")
    smtp_user: str = Field(default="", description="un nom de compte")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="un mot de passe")


def load_report_settings() -> ReportSettings:
    """The settings of the morning report in this process.

    Raises:
        SettingsError: a variable cannot be used; the message names it, its value and what is accepted.
    """
    return read_settings(ReportSettings)
