"""What a published notice says, whatever the journal and the format it came from.

Units: euros without tax as stated, codes without check digit (« 45000000 »), départements « 05 », « 2A », « 971 ».
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from extractors.errors import ClausoscopeError

Journal = Literal["boamp", "ted", "decp"]
Kind = Literal["planning", "call", "award", "modification", "rectification", "cancellation", "other"]
"""`award`: also of unsuccessful procedures; `modification` changes a running contract, `rectification` a notice."""
Relation = Literal["same", "corrects", "follows"]
"""`same`: this notice in another journal; `corrects`: one that it changes or cancels; `follows`: an earlier step."""
LinkKind = Literal["notice", "documents", "submission", "profile"]
Meaning = Literal["clause", "critere", "reserve", "sociale", "aucune", "inconnu"]
"""`sociale`: a social consideration whose nature is not said; `aucune`: the buyer states that there is none;
`inconnu`: the field does not say by itself, its words must be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One field in which the buyer declares (or denies) a social consideration."""

    field: str
    """As the format names it: « BT-06 », « RESTRICTED_SHELTERED_WORKSHOP », « criteres »…"""
    value: str
    """The code as published, or « oui » / « non » where the field is a box; empty for a field of free text."""
    meaning: Meaning
    lot: str | None = None
    """None for the whole notice."""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Another notice that this one names."""

    journal: Journal
    id: str
    """« 26-91551 » on BOAMP, « 334786-2021 » on TED, or the notice's own identifier (UUID) there."""
    relation: Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    kind: LinkKind
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeLot:
    number: str
    """As published, without the « LOT- » and zeros of eForms: « 1 »."""
    title: str | None = None
    cpv: tuple[str, ...] = ()
    estimated_eur: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    journal: Journal
    notice_id: str
    """The number that the journal publishes: « 26-91551 », « 334786-2021 »; « SIRET/id » for DECP."""
    kind: Kind
    version: str | None = None
    uuid: str | None = None
    """Identifier of the eForms notice, the same in both journals."""
    contract_folder_id: str | None = None
    """Identifier of the eForms procedure (BT-04), shared by all its notices."""
    references: tuple[Reference, ...] = ()
    buyer: str | None = None
    siret: str | None = None
    """14 digits, or None where the notice gives none that is valid in form."""
    buyer_reference: str | None = None
    """The buyer's own number of the consultation."""
    object: str | None = None
    published: date | None = None
    deadline: datetime | None = None
    """Aware; the end of the day in Paris where only a date is stated. The earliest of the lots."""
    departements: tuple[str, ...] = ()
    """Of performance (a region gives all its own), and on BOAMP of publication; of the buyer where none is stated."""
    cpv: tuple[str, ...] = ()
    """Main code first, each once, lots included."""
    lots: tuple[NoticeLot, ...] = ()
    """Empty for a contract without lots."""
    procedure: str | None = None
    """ouverte · restreinte · negociee · adaptee · dialogue · innovation · sans_publicite · autre, else None."""
    estimated_eur: float | None = None
    links: tuple[Link, ...] = ()
    declared: tuple[Declared, ...] = ()
    text: str = ""
    """The notice's own words, in French, section by section; persons, e-mails and phones left out."""


class NoticeError(ClausoscopeError):
    """The bytes are not a notice that we read; the message is one line in French, with what to do next."""

    code = "notice"
