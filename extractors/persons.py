"""Natural persons: what betrays a name, and the words without it; a tender may name people, we do not keep them."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from extractors.text import fold

HIDDEN = "[nom]"
HIDDEN_ADDRESS = "[adresse]"

# Notices run their lines together (« …de RanceMme Dupont »), and « S.E.M. » is no title.
_BEFORE = r"(?:(?<![\w.])|(?<=[a-zà-ÿ])|(?<=[a-zà-ÿ]\.))"
_WORDS = r"Monsieur|MONSIEUR|Madame|MADAME|Mademoiselle|MADEMOISELLE"
TITLE = rf"(?:MM?\.(?!\w\b)|(?:M(?:r|mes?|lles?)\.?|M(?:ME|LLE)S?|{_WORDS})(?!\w))"
"""What announces a person, in a pattern: « M. », « Mme », but not the « M. » of « M.J.C. »."""
PERSON = re.compile(rf"{_BEFORE}(?:{TITLE}|M(?= ))(?: ?[A-ZÀ-Ý][\w'-]*){{0,3}}")
"""A title, with the name that follows it if any."""

_WORD = r"[A-ZÀ-Ý](?:[\w'’-]+|\.)"
_SMALL = (
    r"(?!(?i:le|la|les|un|une|il|elle|en|pour|tél|mail|maire|présidente?|directeur|directrice|ouvrage|œuvre|oeuvre)\b)"
)
_TITLED = re.compile(rf"{_BEFORE}(?:{TITLE}|Ma[îi]tre(?!\w))(?:\s*{_SMALL}{_WORD}){{1,4}}")
_NAME = r"[A-ZÀ-Ý][\w'’-]+"
_PAIR = re.compile(rf"(?<![\w'’-])(?P<one>{_NAME})\s+(?P<two>{_NAME})")
# « Collège Jean MOULIN », « rue Pierre Semard »: a name of a place, in which nobody is named.
_PLACE = re.compile(
    r"\b(?:rue|avenue|boulevard|place|square|allee|quai|cours|impasse|chemin|route|pont|parc|jardin|stade|gymnase|piscine"
    r"|salle|espace|centre|complexe|theatre|mediatheque|bibliotheque|musee|ecole|college|lycee|groupe scolaire"
    r"|maternelle|primaire|creche|universite|institut|fondation|hopital|clinique|foyer|residence|maison|batiment|immeuble|tour"
    r"|quartier|zac|site|cite|ehpad|association|societe|cabinet|entreprise|pole|campus|sainte?"
    r"|epsm?|ch[irsu]?|esat|mjc|halle|passerelle|caserne)\W+(?:[\w'’-]+\W+){0,2}$"
)
_ABOUT_SOMEONE = re.compile(
    r"charge|responsable|referent|facilitat|interlocut|correspond|contact|tel\b|telephone|courriel|mail|@|suivie? par"
)
_NEAR = 80
EMAIL = re.compile(r"(?<![\w.+-])(?P<user>[\w.+-]+)@[\w-]+(?:\.(?:[A-Z]?[a-z\d-]+|[A-Z\d-]+))+")
"""An address; it stops where the next line is run into it: « …@plie.frConditions »."""
_GENERAL_MAILBOX = re.compile(
    r"(?:(?:clauses?|insertion|contacts?|facilitat(?:eur|rice)s?|emplois?|accueil|infos?|plie|missions?|"
    r"social(?:es?)?|sociaux|mlds|mdef?|secretariat|marches?|achats?|siae|services?|poles?|guichet|direction|formations?|"
    r"publics?|publique|commande|mairie|accompagnement|et|de)[._-]?)+"
)


@cache
def _first_names() -> frozenset[str]:
    lines = (Path(__file__).parent / "lexicons" / "prenoms.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())


def _is_first_name(word: str) -> bool:
    return fold(word).split("-")[0] in _first_names()


def without_names(text: str) -> str:
    """The text with names of natural persons as « [nom] », and addresses as « [adresse] » but of general mailboxes.

    A name is known by its title (« Mme Dupont »), by a first name beside a surname in capitals, or beside any surname
    where the words around speak of somebody to call; names of places and schools are left.
    """
    if not any(c.isupper() for c in text[1:]) and "@" not in text:
        return text
    text = _TITLED.sub(HIDDEN, text)
    text = EMAIL.sub(lambda found: found[0] if is_general(found["user"]) else HIDDEN_ADDRESS, text)
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


def is_general(user: str) -> bool:
    """Whether what stands before « @ » is made of general words alone; any other may be somebody's name."""
    return _GENERAL_MAILBOX.fullmatch(fold(user)) is not None


def names_person(text: str) -> bool:
    """Whether two words are a first name and a surname, in either order: « Clément COQUERY », « DUPONT Jean »."""
    one, _, two = " ".join(text.split()).partition(" ")
    if not two or " " in two:
        return False
    return _is_first_name(one) or (_in_capitals(one) and _is_first_name(two))


def _in_capitals(word: str) -> bool:
    return len(word) > 1 and word.isupper()
