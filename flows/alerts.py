"""Saved alerts, written by people in a TOML file, and the clauses that answer them.

[[alerte]]
nom = "Insertion en Seine-Saint-Denis"
categories = ["clause_insertion"]   # an alert without a condition on a point takes all of it
departements = ["93"]
familles = ["BAT", "TP"]
reserve = true                      # lots reserved, to whomever
heures_min = 500                    # of the tender, lots together: stated, else derived
mots = ["école", "crèche"]          # one of them in the object or the title of the lot, accents and case aside
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from sqlalchemy import Engine

from extractors.codes import codes_of, label
from extractors.departements import departement
from extractors.errors import ClausoscopeError
from extractors.text import normalise
from extractors.words import number
from flows.files import reason
from models import SavedAlert, TenderClause, list_matches, open_clauses, sync_alerts

RESERVED = "reserve_"


class AlertError(ClausoscopeError):
    """The file of alerts cannot be used; the alerts that are stored stay as they were."""

    code = "settings"


def _known(kind: str) -> AfterValidator:
    def check(code: str) -> str:
        if code not in codes_of(kind):
            raise ValueError(f"« {code} » inconnu ; choisissez parmi {', '.join(codes_of(kind))}")
        return code

    return AfterValidator(check)


def _departement(code: str) -> str:
    found = departement(code)
    if found is None:
        raise ValueError(f"« {code} » n'est pas un département")
    return found


class Alert(BaseModel):
    """One alert, as its file writes it: every condition must hold, a list holds by any of its values."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    nom: str = Field(min_length=1)
    categories: list[Annotated[str, _known("category")]] = []
    departements: list[Annotated[str, AfterValidator(_departement)]] = []
    familles: list[Annotated[str, _known("family")]] = []
    reserve: bool = False
    heures_min: Annotated[int | float, Field(gt=0)] | None = None
    mots: list[Annotated[str, Field(min_length=1)]] = []

    @model_validator(mode="after")
    def _asks_something(self) -> Alert:
        if not (self.model_fields_set - {"nom"}) or not self.words:
            raise ValueError("aucune condition ; donnez au moins l'une de categories, departements, heures_min…")
        return self

    @property
    def words(self) -> str:
        """What it looks for, in French."""
        parts = [
            ", ".join(label("category", code) for code in self.categories),
            "lots réservés" if self.reserve else "",
            f"département {', '.join(self.departements)}" if self.departements else "",
            ", ".join(label("family", code) for code in self.familles),
            f"au moins {number(self.heures_min)} heures" if self.heures_min is not None else "",
            " ou ".join(f"« {word} »" for word in self.mots),
        ]
        return " ; ".join(filter(None, parts))

    def matches(self, clause: TenderClause) -> bool:
        told = _folded(f"{clause.object or ''} {clause.lot_title or ''}")
        return (
            (not self.categories or clause.category in self.categories)
            and (not self.reserve or clause.category.startswith(RESERVED))
            and (not self.departements or bool(set(self.departements) & set(clause.departements)))
            and (not self.familles or clause.family in self.familles)
            and (self.heures_min is None or clause.hours >= self.heures_min)
            and (not self.mots or any(f" {_folded(word).strip()}" in told for word in self.mots))
        )

    def saved(self) -> SavedAlert:
        told = self.model_dump_json(exclude={"nom"})
        return SavedAlert(name=self.nom, definition=self.words, sha256=hashlib.sha256(told.encode()).hexdigest())


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    alerte: list[Alert] = []


def load_alerts(path: Path) -> tuple[Alert, ...]:
    """The alerts of the file.

    Raises:
        AlertError: it cannot be read, holds an unknown key or code, or two alerts of one name.
    """
    try:
        found = _File.model_validate(tomllib.loads(path.read_text("utf-8"))).alerte
    except OSError as error:
        raise AlertError(f"Alertes illisibles : « {path} » ({reason(error)}) ; vérifiez le fichier.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AlertError(f"Alertes illisibles : « {path} » n'est pas du TOML ({error}) ; corrigez-le.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = " ".join(str(part + 1) if isinstance(part, int) else part for part in first["loc"])
        what = "clé inconnue" if first["type"] == "extra_forbidden" else first["msg"].removeprefix("Value error, ")
        raise AlertError(f"Alertes refusées : « {path} », {place} : {what} ; corrigez-le.") from error
    names = [alert.nom for alert in found]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise AlertError(f"Alertes refusées : « {path} » a deux alertes « {twice} » ; donnez-leur des noms différents.")
    return tuple(found)


def list_alerts(engine: Engine, path: Path, *, night_id: int) -> int:
    """Store the alerts of the file and list what answers them and was not listed before; how many.

    Without a file nothing is listed, and what was listed is not forgotten.

    Raises:
        AlertError: the file cannot be used; nothing is changed.
        StoreError: the database cannot be written.
    """
    if not path.exists():
        return 0
    alerts = load_alerts(path)
    sync_alerts(engine, [alert.saved() for alert in alerts])
    return list_matches(engine, _matches(alerts, open_clauses(engine)), night_id=night_id)


def _matches(alerts: Sequence[Alert], clauses: Sequence[TenderClause]) -> list[tuple[str, TenderClause]]:
    return [(alert.nom, clause) for alert in alerts for clause in clauses if alert.matches(clause)]


def _folded(words: str) -> str:
    """Lower case, without accents or ligatures, one space before each word."""
    return " " + " ".join(re.findall(r"\w+", normalise(words).folded))
