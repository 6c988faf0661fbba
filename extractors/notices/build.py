"""What all readers of notices share: numbers of notices and lots, links, and how a notice without lots is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from extractors.departements import from_nuts, from_postal
from extractors.lots import normalise_number
from extractors.notices.records import Declared, Kind, Link, LinkKind, Reference, Relation
from extractors.notices.tree import Node
from extractors.notices.values import unique

_TED_OJ = re.compile(r"(\d{4})/S \d{1,3}-0*(\d+)")
_TED_NUMBER = re.compile(r"0*(\d+)-(\d{4})")
_UUID = re.compile(r"[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}", re.I)
IDWEB = re.compile(r"\d{2}-\d{1,7}")
_LOT = re.compile(
    r"(?:LOT|PAR)?[ -]{0,3}(?:n[°o] ?)?"
    r"(?P<number>0*\d{1,4}(?: ?(?:bis|ter|quater)\b|[a-g]\b| ?[a-z]$)?(?!\w)|[a-z]\d{0,2}$)",
    re.I,
)
_RESERVED = re.compile(r"marche_?reserve(?:_?(oui|non))?", re.I)
_NATURES: dict[str, Kind] = {
    "APPEL_OFFRE": "call",
    "QUALIFICATION": "call",
    "ATTRIBUTION": "award",
    "INTENTION_CONCLURE": "award",
    "PREINFORMATION": "planning",
    "PERIODIQUE": "planning",
    "PROFIL_ACHETEUR": "planning",
    "MODIFICATION": "modification",
    "RECTIFICATIF": "rectification",
    "ANNULATION": "cancellation",
}


def ted_number(text: str | None) -> str | None:
    """`00041387-2024`, `041387-2024` and `2024/S 015-041387` → « 41387-2024 »."""
    text = (text or "").strip()
    if match := _TED_OJ.fullmatch(text):
        return f"{match[2]}-{match[1]}"
    match = _TED_NUMBER.fullmatch(text)
    return f"{match[1]}-{match[2]}" if match else None


def ted_reference(text: str | None, relation: Relation) -> tuple[Reference, ...]:
    """The notice of the European journal that the text names, by number or by UUID, if any."""
    found = ted_number(text)
    if found is None and (match := _UUID.match((text or "").strip())):
        found = match[0].lower()
    return (Reference(journal="ted", id=found, relation=relation),) if found else ()


def lot_number(text: str) -> str:
    """`LOT-0003`, `03`, `3 (lot technique B)` → « 3 », as documents are read; another name is kept as it is."""
    match = _LOT.match(text.strip())
    return normalise_number(match["number"]) if match else text.strip()


def lot_numbers(texts: list[str]) -> list[str]:
    """The numbers of the lots of one notice, as published where they would no longer tell the lots apart."""
    numbers = [lot_number(text) for text in texts]
    return numbers if len(set(numbers)) == len(numbers) else texts


def boamp_kind(nature: str, state: str) -> Kind:
    """The kind that `NATURE` and `STATUT` (`etat`) tell together."""
    if state == "ANNULATION":
        return "cancellation"
    kind = _NATURES.get(nature.replace("PROFILACHETEUR", "PROFIL_ACHETEUR"), "other")
    return "rectification" if state in ("RECTIFICATIF", "MODIFICATION") and kind != "modification" else kind


def reserved(tree: Node) -> Iterator[Declared]:
    """The boxes « marché réservé », wherever a form of BOAMP puts them; « prestation réservée » is a profession."""
    for node in tree.walk():
        match = _RESERVED.fullmatch(node.tag)
        said = ((match[1] or node.text) if match else "").lower()
        if match and said in ("oui", "true", "non", "false"):
            yes = said in ("oui", "true")
            inner = ", ".join(child.tag for child in node.children)
            value = ("oui" + (f" ({inner})" if inner else "")) if yes else "non"
            words = "" if match[1] is None else node.text
            yield Declared(field="MARCHE_RESERVE", value=value, meaning="reserve" if yes else "aucune", text=words)


def ted_page(number: str | None) -> list[tuple[LinkKind, str | None]]:
    """The page of a published notice, for people."""
    return [("notice", f"https://ted.europa.eu/fr/notice/-/detail/{number}")] if number else []


def links(pairs: Iterable[tuple[LinkKind, str | None]]) -> tuple[Link, ...]:
    """Each address once, in order, with the scheme that notices often leave out; what is no address is left out."""
    found: dict[str, Link] = {}
    for kind, url in pairs:
        url = (url or "").strip()
        if url.lower().startswith("www."):
            url = f"https://{url}"
        if re.match(r"https?://[^\s/]+\.[^\s]+$", url, re.I):
            found.setdefault(url, Link(kind=kind, url=url))
    return tuple(found.values())


def places(addresses: Iterable[Node], *, nuts: str, postal: str, country: str, code: str = "") -> tuple[str, ...]:
    """The départements of addresses: by NUTS, else by postal code where the country is France or not said.

    `nuts`, `postal` and `country` are paths below each address; `code`, the attribute that holds the NUTS code, if any.
    """
    found: list[str] = []
    for address in addresses:
        codes = [node.get(code) if code else node.text for node in address.at(nuts)]
        named = [d for nuts_code in codes for d in from_nuts(nuts_code)]
        where = next((node.get("VALUE") or node.text for node in address.at(country)), "FR")
        if not named and where.upper().startswith("FR"):
            named = [d for postcode in address.values(postal) for d in from_postal(postcode)]
        found += named
    return unique(found)
