"""The settings of the sources and of their HTTP client, read from CLAUSOSCOPE_* when asked for, never at import."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from flows.settings import PREFIX, read_settings


def _split(value: object) -> object:
    return tuple(word.strip() for word in value.split(",") if word.strip()) if isinstance(value, str) else value


Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""Several values in one variable, separated by commas."""


class SourceSettings(BaseSettings):
    """Every setting of the sources; each `description` says in French which values are accepted."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    data_dir: Path = Field(default=Path("data"), description="un dossier")
    user_agent: str = Field(
        default="Clausoscope/0.1 (robot de veille)",
        pattern=r"^[ -~]+$",
        description="le nom que le robot donne aux sites, sans accent, de préférence avec une adresse de contact",
    )
    allowed_private_hosts: Words = Field(
        default=(), description="des noms de machines du réseau interne que les téléchargements peuvent atteindre"
    )
    requests_per_second: float = Field(default=2, gt=0, le=50, description="un nombre de 0 à 50")
    connections_per_host: int = Field(default=2, ge=1, le=8, description="un nombre entier de 1 à 8")
    retries: int = Field(default=5, ge=0, le=20, description="un nombre entier de 0 à 20")
    retry_seconds: float = Field(default=2, gt=0, le=60, description="la première attente, en secondes (au plus 60)")
    read_timeout_seconds: float = Field(default=30, gt=0, description="un nombre de secondes, plus grand que 0")
    max_download_mb: int = Field(default=1024, ge=1, description="un nombre de Mo, au moins 1")
    max_download_seconds: float = Field(default=900, gt=0, description="un nombre de secondes, plus grand que 0")

    boamp_url: str = Field(
        default="https://boamp-datadila.opendatasoft.com/api/explore/v2.1/catalog/datasets/boamp",
        description="l'adresse du jeu de données BOAMP (API Explore v2.1)",
    )
    ted_url: str = Field(default="https://api.ted.europa.eu/v3/notices/search", description="l'adresse de l'API TED")
    ted_notice_url: str = Field(
        default="https://ted.europa.eu/en/notice/{number}/xml",
        description="l'adresse du XML d'un avis TED, avec {number}",
    )
    decp_urls: Words = Field(default=(), description="des adresses de fichiers DECP, séparées par des virgules")
    drop_dir: Path = Field(default=Path("data/depot"), description="le dossier de dépôt")
    url_list: str = Field(default="", description="le chemin ou l'adresse d'une liste ou d'un CSV de liens")
    remote_url: str = Field(default="", description="une adresse s3://, sftp:// ou http(s):// de dossier")
    atexo_hosts: Words = Field(
        default=(),
        description="les plateformes Atexo où retirer les dossiers sans s'identifier (www.marches-publics.gouv.fr…)",
    )
    atexo_terms_accepted: bool = Field(
        default=False, description="true si vous avez lu et acceptez les conditions d'utilisation de ces plateformes"
    )

    @property
    def fetched_dir(self) -> Path:
        """Where downloads and what archives hold are laid, one sub-folder per source."""
        return self.data_dir / "fetched"


def load_source_settings() -> SourceSettings:
    """The settings of the sources in this process.

    Raises:
        SettingsError: a variable cannot be used; the message names it, its value and what is accepted.
    """
    return read_settings(SourceSettings)
