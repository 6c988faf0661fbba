"""Essential data of contracts (DECP), in the formats of 2019 and 2024: what buyers declared once they had awarded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

import ijson  # type: ignore[import-untyped]
from ijson.common import ObjectBuilder  # type: ignore[import-untyped]

from extractors.departements import departement, from_nuts, from_postal
from extractors.notices import wording
from extractors.notices.records import Declared, Meaning, Notice, NoticeError
from extractors.notices.tree import Node, from_json
from extractors.notices.values import cpv, day, siret

# 2019: a list of contracts; 2024: a list by type, or one contract alone where a converter undid the list.
_CONTRACTS = frozenset(
    {
        "marches.item",
        "marches.marche.item",
        "marches.contrat-concession.item",
        "marches.marche",
        "marches.contrat-concession",
    }
)
_MEANINGS: dict[str, Meaning] = {
    "Clause sociale": "clause",
    "Critère social": "critere",
    "Marché réservé": "reserve",
    "Concession réservée": "reserve",
    "Pas de considération sociale": "aucune",
    "Sans objet": "aucune",
}
_PROCEDURES = {
    "Procédure adaptée": "adaptee",
    "Appel d'offres ouvert": "ouverte",
    "Appel d'offres restreint": "restreinte",
    "Procédure avec négociation": "negociee",
    "Procédure négociée ouverte": "negociee",
    "Procédure négociée restreinte": "negociee",
    "Dialogue compétitif": "dialogue",
    "Marché passé sans publicité ni mise en concurrence préalable": "sans_publicite",
    "Marché public négocié sans publicité ni mise en concurrence préalable": "sans_publicite",
}


class _WithoutNan:
    """The bytes of a file, with `NaN` (pandas writes it, JSON has no such word) as `null`; NoticeError if too deep."""

    _NAN = re.compile(rb"(?<=[:\[,])(\s{0,9})NaN(?=\s{0,9}[,\]}])")
    _LONGEST = 1 << 20
    _DEEP = re.compile(rb"(?:[\[{][^\[\]{}]*+){200}")
    """Far beyond any contract; the parser keeps the whole path of each level, and would fill the memory."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._tail = file, b""

    def read(self, size: int = -1) -> bytes:
        if size == 0:  # how ijson asks whether bytes or text come
            return b""
        while chunk := self._file.read(max(size, 1 << 16)):
            data = self._NAN.sub(rb"\1null", self._tail + chunk)
            if self._DEEP.search(data):
                raise NoticeError("Fichier DECP imbriqué sans fin : signalez-le à la plateforme qui l'a publié.")
            cut = data.rfind(b",")  # no word is cut there
            cut = len(data) if cut <= 0 and len(data) > self._LONGEST else max(cut, 0)
            self._tail = data[cut:]
            if cut:
                return data[:cut]
        last, self._tail = self._tail, b""
        return last


def stream(file: BinaryIO) -> Iterator[object]:
    """The contracts of a JSON file of any size, one by one, for `read_contract`; numbers with a comma are Decimal.

    Raises:
        NoticeError: the JSON is cut or wrong; the contracts before that were given.
    """
    builder, start, count = None, "", 0
    try:
        for prefix, event, value in ijson.parse(_WithoutNan(file)):
            if builder is None and event == "start_map" and prefix in _CONTRACTS:
                builder, start = ObjectBuilder(), prefix
            if builder is not None:
                builder.event(event, value)
                if prefix == start and event == "end_map":
                    yield builder.value
                    builder, count = None, count + 1
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise NoticeError(
            f"Fichier DECP coupé ou incorrect après {count} marchés : téléchargez-le de nouveau."
        ) from error


def read_contract(data: object) -> Notice:
    """The notice of one contract or concession, as decoded from JSON.

    Raises:
        NoticeError: it has no identifier.
    """
    contract = from_json("marche", data)
    own = contract.value("id", "uid")
    if own is None:
        raise NoticeError("Marché DECP sans identifiant « id » : signalez-le à la plateforme qui l'a publié.")
    buyer = siret(contract.value("acheteur/id", "autoriteConcedante/id", "acheteur.id", "idAcheteur"))
    subject = contract.value("objet")
    return Notice(
        journal="decp",
        notice_id=f"{buyer}/{own}" if buyer else own,
        kind="award",
        buyer=contract.value("acheteur/nom", "autoriteConcedante/nom"),
        siret=buyer,
        buyer_reference=own,
        object=subject,
        published=day(contract.value("datePublicationDonnees")),
        departements=_departements(contract),
        cpv=cpv(contract.values("codeCPV")),
        procedure=_procedure(contract.value("procedure")),
        declared=tuple(_declared(contract)),
        text=wording.compose("award", wording.field("Objet", subject)),
    )


def _departements(contract: Node) -> tuple[str, ...]:
    code = contract.value("lieuExecution/code") or ""
    kind = (contract.value("lieuExecution/typeCode") or "").lower()
    if "département" in kind or "departement" in kind:
        found = departement(code)
        return (found,) if found else ()
    if "région" in kind or "nuts" in kind:
        return from_nuts(code)
    return from_postal(code)


def _procedure(stated: str | None) -> str | None:
    return _PROCEDURES.get(stated.replace("’", "'"), "autre") if stated else None


def _declared(contract: Node) -> Iterator[Declared]:
    """`considerationsSociales`, whether a list, a nested list or one word."""
    for part in contract.at("considerationsSociales"):
        for node in part.walk():
            if node.text:
                meaning = _MEANINGS.get(node.text.replace("’", "'"), "inconnu")
                yield Declared(field="considerationsSociales", value=node.text, meaning=meaning)
