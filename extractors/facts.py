"""Facts of the consultation where a document states them: reference, buyer, object, départements, CPV codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from extractors.departements import from_postal, names_by_code
from extractors.fact_labels import PLACEHOLDER, folded_lines, labelled, lexicon
from extractors.families import families_of
from extractors.kinds import MAILS
from extractors.objects import first_line, stated_object
from extractors.persons import TITLE, names_person
from extractors.schema import Document, Lot, Passage, Tender
from extractors.text import fold, normalise, sentences

_FIRST_PAGES = 5
_LONGEST_BUYER = 110
_OF_THE_CLAUSE = re.compile(r"insertion|clauses? sociales?|eloignee?s? de l'emploi")
_OPENING_PASSAGES = 30
_OPENING_TEXT = 300

_REFERENCE = re.compile(
    r"[«\"( ]*(?P<value>(?=[\w./-]*\d)[A-Za-z0-9]+(?:[-_./]+[A-Za-z0-9]+){0,8})(?=[\s,;»\")–]|\.(?:\s|$)|$)"
)
_PERSON = re.compile(rf"{TITLE}|(?:le (?:maire|président|directeur)|la (?:présidente|directrice))(?!\w)", re.I)
_OFFICE = re.compile(
    r"\b(?:directeur|directrice|maire|pr[ée]sidente?|pr[ée]fet|recteur|rectrice)(?: g[ée]n[ée]rale?)?"
    r" (?:du |de la |de l['’]|des |de |d['’])",
    re.I,
)
_BUYER_END = re.compile(
    r"\s*(?:[,;|\n]|\s[-–]\s|\s{2,}|\bSIRET\b|\bt[ée]l\b|\brepr[ée]sent|\.(?:\s|$)"
    r"|\b\d{1,4}(?: bis)?,? (?:rue|av|bd|boul|place|all|chemin|route|quai|cours|impasse)).*",
    re.I | re.S,
)
_POSTCODE = re.compile(r"(?<!\d)(\d{2} ?\d{3})(?!\d)[\s,]+[A-ZÀ-Ý]")
# « 2025-TX-014 » in a running footer or alone on a line of the title page.
_CODE = re.compile(r"(?<![\w/.-])(?:20)?\d\d[-_][A-UW-Z]{1,6}[-_]?\d{1,5}(?:[-_]\w{1,5})*(?![\w/.-])")
_IN_BRACKETS = re.compile(r"\((?:d[ée]?pt\.? ?)?(97\d|2[AB]|\d\d)\)")
_CPV_LABEL = re.compile(
    r"c\.?p\.?v\b|vocabulaire commun|descripteur (?:principal|suppl[ée]mentaire)|objets? suppl[ée]mentaires?", re.I
)
_CPV_CODE = re.compile(r"(?<![\w-])(?P<code>\d{8}|\d{3} \d{5})(?P<check>\s?-\s?\d)?(?!\w)")
_CPV_DIVISION = re.compile(r"0[39]|1[45689]|2[24]|3[0-578]|39|4[1-58]|5[015]|6[03-6]|7[0-35-79]|8[05]|9[028]")
_DESCRIPTORS = re.compile(
    r"^\s*(?:descripteurs?(?: boamp)?|mots?[- ]cl[ée]s?|mots?\s*(?:\(s\))?[- ]descripteurs?(?:\(s\))?)"
    r"\s*:\s*(?P<value>\D[^\n]+)",
    re.I | re.M,
)


def tender_facts(document: Document, passages: Sequence[Passage]) -> Tender:
    """What the document says of its consultation; None or empty for what it does not say."""
    opening = [p for p in passages if p.page <= _FIRST_PAGES and p.role != "toc"]
    buyer, buyer_at = _buyer(opening)
    bought = None
    if document.kind not in MAILS:  # the subject of a message is « Re: question de Mme X »
        bought = stated_object(opening) or (first_line(opening) if document.layout == "text" else None)
    return Tender(
        reference=_reference(opening),
        buyer=buyer,
        object=bought,
        departments=_departments(opening, buyer_at, bought or ""),
        cpv=_cpv(passages),
    )


def document_families(tender: Tender, lots: Sequence[Lot], passages: Sequence[Passage]) -> tuple[str, ...]:
    """Families of the whole consultation, from its facts, its lots and its key words, else from its opening words.

    What the clause demands says nothing of what is bought.
    """
    texts = (p.text for p in passages[:_OPENING_PASSAGES])
    opening = (t[a:b] for t in texts for a, b in sentences(t) if not _OF_THE_CLAUSE.search(fold(t[a:b])))
    return families_of(
        tender.object or "",
        tender.cpv,
        lot_titles=[lot.title for lot in lots if lot.title],
        descriptors=notice_descriptors(passages),
        body="\n".join(opening)[:_OPENING_TEXT],
    )


def notice_descriptors(passages: Sequence[Passage]) -> tuple[str, ...]:
    """Key words of a notice, « Voirie », « Terrassement », as its « Descripteurs » field lists them."""
    found = (
        match["value"] for p in passages for match in _DESCRIPTORS.finditer(p.text) if not match["value"][:2].isdigit()
    )
    return tuple(
        dict.fromkeys(word.strip(" .") for value in found for word in re.split(r"[,;]", value) if word.strip(" ."))
    )


def _reference(passages: Sequence[Passage]) -> str | None:
    near = [p for p in passages if p.page <= 2 or p.role == "furniture"]
    for label in lexicon().reference:
        for passage in near:
            for found in label.finditer(fold(passage.text.replace("’", "'"))):
                value = _REFERENCE.match(passage.text, found.end())
                if value and _is_reference(value["value"], marked=re.search(r"n[°o]|numero|:", found[0]) is not None):
                    return value["value"]
    codes = (
        code[0]
        for passage in near
        for line in passage.text.split("\n")
        if (code := _CODE.search(line)) and (passage.role == "furniture" or code[0] == line.strip())
    )
    return next(codes, None)


def _is_reference(value: str, *, marked: bool) -> bool:
    """Without « n° » nor colon before it, only « 2024-MT-12 » or « 25S031 » looks like a reference, not « 2024 »."""
    digits = sum(map(str.isdigit, value))
    if (
        not 3 <= len(value) <= 40
        or digits < 2
        or re.fullmatch(r"(?:19|20)\d\d|\d{14}|\d\d?([/.-])\d\d?\1\d{2,4}", value)
    ):
        return False
    return marked or (digits >= 3 and re.search(r"[-_./]|\d[A-Z]+\d", value) is not None)


def _buyer(passages: Sequence[Passage]) -> tuple[str | None, int]:
    """The buyer's name and the index of the passage that gives it."""
    organisation = lexicon().organisation
    lines = folded_lines(passages)
    for label in lexicon().buyer:
        # « Organisme : La Poste » names an organisation whatever its first word; « Acheteur : » may name a person.
        of_organisations = re.search("organisme|officiel", label.pattern) is not None
        for index, text in labelled(passages, (label,), lines):
            name = _clean_buyer(text)
            written = passages[index].text.removesuffix(text).rstrip()
            trusted = of_organisations and written.endswith(":")
            sure = passages[index].page == 1 and name and (trusted or re.match(r"[A-Z]{3,}(?![\w_])", name))
            if name and (sure or organisation.match(fold(name))):
                return name, index
    for index, passage in enumerate(passages):
        starts = (start.start() for start in re.finditer(r"^", passage.text, re.M))
        named = next((s for s in starts if organisation.match(fold(passage.text[s:].replace("’", "'")))), None)
        if passage.page == 1 and named is not None and (name := _clean_buyer(passage.text[named:])):
            return name, index
    return None, -1


def _clean_buyer(text: str) -> str | None:
    """The name alone: no address, no natural person; None when nothing is left."""
    text = re.sub(r"(?<=\b(?:de|du|la))\s*\n|(?<=\bdes)\s*\n|(?<=\s[dl]['’])\s*\n", " ", text).strip(' -–:«»"\n')
    if _PERSON.match(text):
        office = _OFFICE.search(text, 0, 80)
        text = text[office.end() :] if office else ""
    name = normalise(_BUYER_END.sub("", text)).text.strip(' -–:.«»"')
    name = re.sub(r"\s*\([^)]*$", "", name)
    if names_person(name):
        return None
    if not 3 <= len(name) <= _LONGEST_BUYER or PLACEHOLDER.search(name) or not name[0].isupper():
        return None
    return name


def _departments(opening: Sequence[Passage], buyer_at: int, bought: str) -> tuple[str, ...]:
    found: list[str] = []
    for _, text in labelled(opening, lexicon().place):
        line = text.split("\n")[0]
        if re.fullmatch(r"[\dAB,;.\s()etàa-]*", line):
            found += [c for c in re.findall(r"(?<!\w)(97\d|98\d|2[AB]|\d\d)(?!\w)", line) if c in names_by_code()]
        found += _named_departments(line) + [d for code in _POSTCODE.findall(line) for d in from_postal(code)]
    if buyer_at >= 0:
        address = "\n".join(p.text for p in opening[buyer_at : buyer_at + 6])
        found += _named_departments(opening[buyer_at].text)
        found += [d for code in _POSTCODE.findall(address)[:1] for d in from_postal(code)]
    found += _IN_BRACKETS.findall(bought)
    return tuple(dict.fromkeys(code for code in found if code in names_by_code()))


def _named_departments(text: str) -> list[str]:
    return [_departments_by_name()[found[1]] for found in _department_name().finditer(fold(normalise(text).text))]


@cache
def _departments_by_name() -> dict[str, str]:
    return {fold(name): code for code, name in names_by_code().items()}


@cache
def _department_name() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in sorted(_departments_by_name(), key=len, reverse=True))
    return re.compile(rf"departement(?:al)?(?:\(s\))?\s*:?\s*(?:de la |de l'|des |du |de |d')?({names})(?![\w-])")


def _cpv(passages: Sequence[Passage]) -> tuple[str, ...]:
    """Eight digits of every code that a label or a check digit announces, main code first."""
    found: list[str] = []
    announced = False
    for passage in passages:
        label = _CPV_LABEL.search(passage.text)
        codes = [
            match["code"].replace(" ", "")
            for match in _CPV_CODE.finditer(passage.text)
            if (announced or match["check"] or (label and match.start() > label.start()))
        ]
        codes = [code for code in codes if _CPV_DIVISION.match(code)]
        found += codes
        announced = bool(codes) if announced or label is None else True
    return tuple(dict.fromkeys(found))
