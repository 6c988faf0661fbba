"""BOAMP notices of the shapes FNSimple, MAPA, DSP and DIVERS, in JSON.

Written from the paths that the official site uses; no recorded notice of these shapes could be had to test them.
"""

from __future__ import annotations

from extractors.departements import from_postal
from extractors.notices import wording
from extractors.notices.build import links, lot_numbers, reserved
from extractors.notices.records import Kind, Link, Notice, NoticeLot
from extractors.notices.tree import Node
from extractors.notices.values import amount, cpv, moment, siret

ROOTS = frozenset({"FNSimple", "MAPA", "DSP", "DIVERS"})
_STEPS: tuple[tuple[str, Kind], ...] = (
    ("rectificatif", "rectification"),
    ("annulation", "cancellation"),
    ("attribution", "award"),
    ("initial", "call"),
)
_NO_STEP: tuple[Kind, Node] = ("other", Node(""))
_LOTS = ("lots/lot", "descriptionMarche/lots/lot", "attribution/lotMarche")
_PARTS = ("natureMarche", "description", "descriptionMarche", "caracteristiques", "")


def read(form: Node) -> Notice:
    """What the form itself says; the record around it gives the number, the dates and the départements."""
    body = form.first("organisme") or Node("")
    kind, step = next(((kind, node) for name, kind in _STEPS if (node := form.first(name))), _NO_STEP)
    parts = [found for name in _PARTS for found in (step.at(name) if name else (step,))]
    buyer = body.value("denomination", "acheteurPublic", "nom", "nomOfficiel")
    return Notice(
        journal="boamp",
        notice_id="",
        kind=kind,
        buyer=buyer,
        siret=siret(body.value("codeIdentificationNational")),
        buyer_reference=step.value("communication/identifiantInterne", "renseignements/idMarche"),
        object=next((text for part in parts if (text := part.value("intitule", "objet"))), None),
        deadline=moment(step.value("procedure/dateReceptionOffres", "delais/receptionOffres")),
        departements=from_postal(body.value("cp", "adr/cp") or ""),
        cpv=cpv(node.text for node in step.walk("classPrincipale")),
        lots=_lots(step),
        estimated_eur=amount(step.value("natureMarche/valeurEstimee/valeur")),
        links=_links(body, step),
        declared=tuple(reserved(step)),
        text=wording.compose(kind, (*wording.field("Acheteur", buyer), *wording.described(step))),
    )


def _lots(step: Node) -> tuple[NoticeLot, ...]:
    lots = [lot for path in _LOTS for lot in step.at(path)]
    numbers = lot_numbers([lot.value(*wording.LOT_NUMBER) or str(place) for place, lot in enumerate(lots, 1)])
    return tuple(
        NoticeLot(
            number=number,
            title=lot.value("intitule", "description", "objet"),
            cpv=cpv(node.text for node in lot.walk("classPrincipale")),
            estimated_eur=amount(lot.value("valeurEstimee/valeur")),
        )
        for number, lot in zip(numbers, lots, strict=True)
    )


def _links(body: Node, step: Node) -> tuple[Link, ...]:
    profiles = (*step.values("communication/urlProfilAch"), *body.values("urlProfilAcheteur"))
    return links(
        [
            *(("documents", url) for url in step.values("communication/urlDocConsul")),
            *(("profile", url) for url in profiles),
        ]
    )
