"""The body that follows the social clause, with its generic address and phone; natural persons are never named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from extractors.persons import EMAIL, PERSON, is_general
from extractors.schema import Contact, Evidence, Passage
from extractors.text import fold, normalise

Prove = Callable[[Passage, int, int], Evidence]
"""The evidence of the words start..end of a passage."""


_PHONE = re.compile(r"(?<!\d)0\d(?:[ .]?\d\d){4}(?!\d)")
_ABOUT = re.compile(r"facilitat|clauses? (?:sociales?|d'insertion)|insertion|accompagn|guichet|suivi|decrochage")
# What makes a body named without address or phone the one that follows the clause.
_FOLLOWS = re.compile(r"facilitat|(?:accompagn\w+|suivi) (?:\w+ ){0,3}(?:coordonne|assure|pilote)\w* par")
_KIND = (
    r"Maison de l'[Ee]mploi|MDEF?|PLIE|Plan [Ll]ocal|Mission [Ll]ocale|Mission [dl]e|Agence|Association|GIP|Cellule|"
    r"Ensemble Paris Emploi|"
    r"Communauté (?:de communes|d'agglomération|urbaine)|Métropole|Département|Conseil [Dd]épartemental|Ville de|"
    r"Relais|CREPI|EPEC|Cap [Ee]mploi"
)
_NAME = r"(?:[A-ZÀ-Ý][\w'’.-]*|d[eu]s?|la|le|les|l'|d'|et|à|pour|sur|en|aux?)"
_ORGANISATION = re.compile(
    rf"(?:[Ff]acilitat\w+(?: \w+){{0,4}}? (?:est|:|,)(?: (?:la|le|l'|l’association|l'association))? ?|"
    rf"(?:assuré|coordonnée?|gérée?|piloté|réalisé|suivi|accompagné)\w* (?:par|avec)(?: (?:la|le|l'))? ?|"
    rf"(?:[Aa]uprès|[Cc]ontact(?:er|e|ant)?|s'appuyer sur|interlocuteur)(?: (?:de|du|la|le|l'|:))*? ?|"
    rf"Contact ?: ?|[Ss]uivi[^:.]{{0,40}}: ?)"
    rf"(?P<name>(?:{_KIND})?(?: ?{_NAME}){{1,9}})"
)
_KIND_ALONE = re.compile(rf"\b(?P<name>(?:{_KIND})\b(?: ?{_NAME}){{0,7}})")
# « l'EPEC », « Bocage Insertion »: an article before it or one of these words tells a body from a person.
_BODY = re.compile(rf"\b(?:{_KIND}|[Ii]nsertion|[Ee]mploi|[Cc]lauses?|[Ff]ormation|[Ss]ervice)\b")
# An address block runs the name of the person into that of the body.
_FULL_NAME = re.compile(r" [A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)? [A-ZÀ-Ý][A-ZÀ-Ý'-]{2,}(?!\w).*")
_TAIL = re.compile(r"(?: (?:d[eu]s?|la|le|les|l'|d'|et|à|pour|sur|en|aux?))+$")


def find_contacts(passages: Iterable[Passage], prove: Prove) -> tuple[Contact, ...]:
    """Contacts of the passages that lay down or follow the clause, one per organisation or address.

    Each value kept is proved by its own words alone: the sentence around them may name a person.
    """
    found: list[Contact] = []
    for passage in passages:
        text = PERSON.sub(" ; ", normalise(passage.text).text)
        if not _ABOUT.search(fold(text)):
            continue
        emails = [found[0] for found in EMAIL.finditer(text) if is_general(found["user"])]
        phones = _PHONE.findall(text)
        organisation = _organisation(text)
        if not emails and not phones and not (organisation and _FOLLOWS.search(fold(text))):
            continue
        if not emails and EMAIL.search(text):
            phones = []  # the phone of a named person goes with the address
        if organisation or emails or phones:
            email, phone = emails[0] if emails else None, phones[0] if phones else None
            contact = Contact(
                organisation=organisation,
                email=email,
                phone=_spaced(phone) if phone else None,
                evidence=tuple(_where(passage, value, prove) for value in (organisation, email, phone) if value),
            )
            if not any(_same(contact, other) for other in found):
                found.append(contact)
    return tuple(found)


def _where(passage: Passage, value: str, prove: Prove) -> Evidence:
    view = normalise(passage.text)
    start = view.text.index(value)
    return prove(passage, *view.source_span(start, start + len(value)))


def _organisation(text: str) -> str | None:
    for pattern in (_ORGANISATION, _KIND_ALONE):
        for match in pattern.finditer(text):
            kind = _KIND_ALONE.search(match["name"])  # « contacter Jeanne Dupont au PLIE de Rance » names the PLIE
            if kind and _BODY.search(match["name"][: kind.start()]):
                kind = None  # « Bocage Insertion Relais »
            name = _TAIL.sub("", _without_person((kind or match)["name"]).strip(" .,;:-"))
            article = re.search(r"(?:\b(?:l[ae]|l'association)|l') ?$", text[: match.start("name")])
            if len(name) > 3 and name[0].isupper() and (article or _BODY.search(name)):
                return name
    return None


def _without_person(name: str) -> str:
    """« Maison de l'Emploi Jeanne DUPONT » is the Maison de l'Emploi; « Mission Locale LYON » stays whole."""
    kind = re.match(_KIND, name)
    words = kind.end() if kind else 0
    return name[:words] + _FULL_NAME.sub("", name[words:])


def _same(a: Contact, b: Contact) -> bool:
    return any(x and x == y for x, y in ((a.organisation, b.organisation), (a.email, b.email), (a.phone, b.phone)))


def _spaced(phone: str) -> str:
    digits = re.sub(r"\D", "", phone)
    return " ".join(digits[i : i + 2] for i in range(0, 10, 2))
