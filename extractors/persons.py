"""Natural persons: what betrays a name, and the words without it; a tender may name people, we do not keep them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from extractors.text import fold

HIDDEN = "[nom]"
HIDDEN_ADDRESS = "[adresse]"

_WORD = r"[A-ZÀ-Ý][\w'’-]+"
_SMALL = (
    r"(?!(?:Le|La|Les|Un|Une|Il|Elle|En|Pour|Tél|Mail|Maire|Présidente?|Directeur|Directrice|Ouvrage|Œuvre|Oeuvre)\b)"
)
_TITLED = re.compile(rf"(?<!\w)(?:MM?\.|M(?:r|me|mes|lle)\.?|Monsieur|Madame|Ma[îi]tre)(?:\s+{_SMALL}{_WORD}){{1,3}}")
_PAIR = re.compile(rf"(?<![\w'’-])(?P<one>{_WORD})(?P<space>\s+)(?P<two>{_WORD})")
# « Collège Jean MOULIN », « rue Pierre Semard »: a name of a place, in which nobody is named.
_PLACE = re.compile(
    r"\b(?:rue|avenue|boulevard|place|square|allee|quai|cours|impasse|chemin|route|pont|parc|jardin|stade|gymnase|piscine"
    r"|salle|espace|centre|complexe|theatre|mediatheque|bibliotheque|musee|ecole|college|lycee|groupe scolaire"
    r"|maternelle|primaire|creche|universite|institut|fondation|hopital|clinique|foyer|residence|maison|batiment|immeuble|tour"
    r"|quartier|zac|site|cite|ehpad|association|societe|cabinet|entreprise|pole|campus|sainte?)\W+(?:[\w'’-]+\W+){0,2}$"
)
_ABOUT_SOMEONE = re.compile(
    r"charge|responsable|referent|facilitat|interlocut|correspond|contact|tel\b|telephone|courriel|mail|@|suivie? par"
)
_NEAR = 80
_EMAIL = re.compile(r"(?<![\w.+-])(?P<user>[\w.+-]+)@[\w-]+(?:\.[\w-]+)+")
_OF_A_PERSON = re.compile(r"[a-z]+[._-][a-z]+")
# A general mailbox is made of these words alone; any other may be somebody's name.
GENERAL_MAILBOX = re.compile(
    r"(?:(?:clauses?|insertion|contacts?|facilitat(?:eur|rice)s?|emplois?|accueil|infos?|plie|missions?|"
    r"social(?:es?)?|sociaux|mlds|mdef?|secretariat|marches?|achats?|siae|services?|poles?|guichet|direction|formations?|publics?|"
    r"accompagnement|et|de)[._-]?)+"
)


@cache
def _first_names() -> frozenset[str]:
    lines = (Path(__file__).parent / "lexicons" / "prenoms.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _is_first_name(word: str) -> bool:
    return fold(word).split("-")[0] in _first_names()


def without_names(text: str) -> str:
    """The text with names of natural persons as « [nom] », and their addresses as « [adresse] ».

    A name is known by its title (« Mme Dupont »), by a first name beside a surname in capitals, or beside any surname
    where the words around speak of somebody to call; names of places and schools are left.
    """
    if not any(c.isupper() for c in text[1:]) and "@" not in text:
        return text
    text = _TITLED.sub(HIDDEN, text)
    text = _EMAIL.sub(_shown_address, text)
    position, pieces = 0, []
    while found := _PAIR.search(text, position):
        before = fold(text[max(0, found.start() - 60) : found.start("two")])
        names = names_person(found[0]) and not _PLACE.search(before)
        # In a line of capitals nothing tells a surname from any word.
        sure = names and _in_capitals(found["one"]) != _in_capitals(found["two"])
        around = fold(text[max(0, found.start() - _NEAR) : found.end() + _NEAR]) if names and not sure else ""
        if sure or (names and _ABOUT_SOMEONE.search(around)):
            pieces += [text[position : found.start()], HIDDEN]
            position = found.end()
        else:
            pieces.append(text[position : found.end("one")])
            position = found.end("one")
    return "".join(pieces) + text[position:]


def _shown_address(found: re.Match[str]) -> str:
    user = fold(found["user"])
    personal = _OF_A_PERSON.fullmatch(user) and not GENERAL_MAILBOX.fullmatch(user)
    return HIDDEN_ADDRESS if personal else found[0]


def names_person(text: str) -> bool:
    """Whether two words are a first name and a surname, in either order: « Clément COQUERY », « DUPONT Jean »."""
    one, _, two = " ".join(text.split()).partition(" ")
    if not two or " " in two:
        return False
    return _is_first_name(one) or (_in_capitals(one) and _is_first_name(two))


def _in_capitals(word: str) -> bool:
    return len(word) > 1 and word.isupper()
