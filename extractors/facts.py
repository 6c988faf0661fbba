"""Facts of the consultation where a document states them: reference, buyer, object, départements, CPV codes."""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from pathlib import Path

from extractors.doctype import below_title
from extractors.families import families_of
from extractors.persons import names_person
from extractors.schema import Document, Lot, Passage, Tender
from extractors.text import fold, normalise, sentences

_LEXICONS = Path(__file__).parent / "lexicons"
_FIRST_PAGES = 5
_LONGEST_OBJECT = 400
_LONGEST_BUYER = 110
_OF_THE_CLAUSE = re.compile(r"insertion|clauses? sociales?|eloignee?s? de l'emploi")
_OPENING_PASSAGES = 30
_OPENING_TEXT = 300

# After a label: a colon, a wide gap between two columns, or the end of the line.
_AFTER = r"(?:\s*\)?\s*(?:[:=]|\s[-–]\s)\s*|\s{2,}|\s*$)"
_NUMBERED = r"(?:[-•▪*\s]*|(?:article\s+)?[\divx]{1,4}(?:[.)][\d.)]*)?\s*[-–.:)]*\s*|[a-h]\s*[-–.)]\s*)"
_PURPOSE = re.compile(
    r"\b(?:(?:a|ont|ayant)(?:\s+pour)?\s+objet(?!\s+social)(?:\s+principal)?|(?:consultation|march[ée]|accord-cadre|contrat|projet"
    r"|op[ée]ration)s?\b[^.]{0,60}?\b(?:porte(?:nt)?\s+sur|concerne(?:nt)?)"
    r"|pr[ée]sent\s+(?:cctp|document|cahier)\s+d[ée]crit(?=\s+les\s+(?:travaux|prestations|fournitures)\b))\s*:?\s*"
    r"(?:(?:de\s+|d['’])(?:confier|d[ée]finir)\s+)?"
    r"(?:les\s+(?:conditions|modalit[ée]s)\s+d['’]ex[ée]cution\s+(?:de\s+|des\s+|d['’]))?",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r"(?:\d[/.)] ?)?(?:l[ea]s? (?:present|stipulation|disposition|marche |consultation)"
    r"|l'accord-cadre|l'objet|il |elle |ce )"
)
_OBJECT_END = re.compile(r"(?<=[a-zà-ÿ)»\d])\.(?=\s+[A-ZÀ-Ý]|$)|(?<=[A-ZÀ-Ý]{2})\.(?=\s+[A-ZÀ-Ý][a-zà-ÿ])|\s;\s")
_OWN_NUMBER = re.compile(
    r"^(?:(?:Num[ée]ro de (?:la )?consultation|R[ée]f[ée]rence)\s*:|(?:Affaire|March[ée]|Consultation)\s+n°\s*:?)"
    r"\s*\S+\s+[-–]?\s*",
    re.I,
)
# « … à Soissons (02) les entreprises s'engagent à … » : what is asked of the contractor is no part of the object.
_ASKED = re.compile(
    r"\.?\s(?:l[ae]s?\s|l')(?:march|titulaire|entreprise|conditions? d'ex|ex[ée]cution|ma[îi]tre d'ouvrage)"
    r"[^.]{0,60}\s(?:s'engage|s'est engag|comporte|contien|pr[ée]voi|devr|doi|int[èe]gre).*",
    re.I | re.S,
)
_REFERENCE = re.compile(
    r"[«\"( ]*(?P<value>(?=[\w./-]*\d)[A-Za-z0-9]+(?:[-_./]+[A-Za-z0-9]+){0,8})(?=[\s,;»\")–]|\.(?:\s|$)|$)"
)
_PLACEHOLDER = re.compile(r"\.{3,}|…|_{3,}|x{3,}", re.I)
_PERSON = re.compile(
    r"(?:m\.|mme|mr|monsieur|madame|le (?:maire|président|directeur)|la (?:présidente|directrice))(?!\w)", re.I
)
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
_LINKING = re.compile(r"(?:\s(?:de|du|des|et|à|la|le|les|pour|en|au|aux|sur|avec|sans)|['’,])\s*$", re.IGNORECASE)
_LINKED = re.compile(r"[a-zà-ÿ]|(?:D['’]|DE |DU |DES |ET |À |POUR |EN |AU |AUX |SUR |AVEC )")
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


@dataclass(frozen=True, slots=True)
class _Lexicon:
    reference: tuple[re.Pattern[str], ...]
    buyer: tuple[re.Pattern[str], ...]
    object: tuple[re.Pattern[str], ...]
    place: tuple[re.Pattern[str], ...]
    organisation: re.Pattern[str]
    not_a_title: re.Pattern[str]


@cache
def _lexicon() -> _Lexicon:
    labels = tomllib.loads((_LEXICONS / "facts.toml").read_text(encoding="utf-8"))
    compiled = {
        kind: tuple(re.compile(rf"^{_NUMBERED}(?:{label}){_AFTER}") for label in labels[kind])
        for kind in ("buyer", "object", "place")
    }
    return _Lexicon(
        # « Marché n° 23-F-0112 » : nothing stands between a number sign and its number.
        reference=tuple(
            re.compile(rf"(?:^|[\s(–-])(?:{label})(?:\s*:\s*|\s+|(?<=[°o]))(?:n°\s*)?", re.M)
            for label in labels["reference"]
        ),
        organisation=re.compile(rf"(?:le |la |l')?(?:{'|'.join(labels['organisations'])})"),
        not_a_title=re.compile(rf"[\d\W]*(?:{'|'.join(labels['not_a_title'])})"),
        **compiled,
    )


def tender_facts(document: Document, passages: Sequence[Passage]) -> Tender:
    """What the document says of its consultation; None or empty for what it does not say."""
    opening = [p for p in passages if p.page <= _FIRST_PAGES and p.role != "toc"]
    buyer, buyer_at = _buyer(opening)
    bought = _object(opening) or (None if document.is_pdf else _first_line(opening))
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


FoldedLine = tuple[int, int, str]
"""Index of the passage, number of the line in it, and the line."""


def _folded_lines(passages: Sequence[Passage]) -> list[FoldedLine]:
    return [
        (index, number, fold(line.replace("’", "'")))
        for index, passage in enumerate(passages)
        for number, line in enumerate(passage.text.split("\n"))
    ]


def _labelled(
    passages: Sequence[Passage], labels: Sequence[re.Pattern[str]], lines: Sequence[FoldedLine] | None = None
) -> Iterator[tuple[int, str]]:
    """(index of the passage, what follows the label), label by label; a bare label takes the passage after it.

    `lines`: those of the passages, where they are at hand.
    """
    lines = _folded_lines(passages) if lines is None else lines
    for label in labels:
        for index, number, line in lines:
            if not (found := label.match(line)):
                continue
            passage = passages[index]
            written = passage.text.split("\n")
            rest = "\n".join([written[number][found.end() :], *written[number + 1 :]]).strip()
            # « … l'acheteur » at the end of a line of prose is no label.
            says = ":" in found[0] or "  " in found[0] or passage.role == "heading" or len(written) == 1
            if rest and (found.end() < len(line) or says):
                yield index, rest
            elif says and index + 1 < len(passages):
                yield index + 1, passages[index + 1].text.strip()


def _reference(passages: Sequence[Passage]) -> str | None:
    near = [p for p in passages if p.page <= 2 or p.role == "furniture"]
    for label in _lexicon().reference:
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


def _object(passages: Sequence[Passage]) -> str | None:
    """The labelled object, else the title page, else the sentence that says what the contract is for."""
    own = [p for p in passages if p.role != "furniture"]
    labelled = [
        value
        for index, text in _labelled(own, _lexicon().object)
        if (value := _clean_object(_whole_title(own, index, text)))
        and (own[index].page == 1 or own[index].role != "heading")
        if len(own[index].text) > len(text) or len(value.split()) > 3
    ]
    plain = (value for value in labelled if not _SENTENCE.match(fold(value.replace("’", "'"))))
    purposes = (
        value
        for passage in own
        if (purpose := _PURPOSE.search(passage.text)) and (value := _clean_object(passage.text[purpose.end() :]))
    )
    return next(plain, None) or _title(own) or next(purposes, None) or next(iter(labelled), None)


def _first_line(passages: Sequence[Passage]) -> str | None:
    """The first line of a notice's text, which is its title when no field is named."""
    first = passages[0].text.split("\n")[0] if passages else ""
    return None if re.match(r"[^:]{2,60}\s?:\s", first) else _clean_object(first)


def _whole_title(passages: Sequence[Passage], index: int, text: str) -> str:
    """`text` of a passage, with the passages after it that go on with the same title."""
    for passage in passages[index + 1 :]:
        if len(text) > _LONGEST_OBJECT or not (_LINKING.search(text) or _LINKED.match(passage.text)):
            break
        text = f"{text}\n{passage.text}"
    return text


def _clean_object(text: str) -> str | None:
    """The first sentence of what follows a label, without the number of the consultation."""
    if purpose := _PURPOSE.search(text, 0, 250):
        text = text[purpose.end() :]
    kept: list[str] = []
    for line in text.split("\n"):
        if kept and re.match(r"[A-ZÀ-Ý][^:.]{2,60}\s?:\s", line) and not _LINKED.match(line):  # the next field
            break
        kept.append(line)
    value = normalise("\n".join(kept)).text.strip(' :-–•«»"')
    value = _ASKED.sub("", _OWN_NUMBER.sub("", value))
    value = _OBJECT_END.split(value, maxsplit=1)[0].strip(' :;.«»"')
    value = re.sub(r"\s*\([^)]*$", "", value)
    if len(value) < 8 or _PLACEHOLDER.search(value) or fold(value).startswith("sans objet"):
        return None
    return value[:_LONGEST_OBJECT].rsplit(" ", 1)[0] if len(value) > _LONGEST_OBJECT else value


def _title(passages: Sequence[Passage]) -> str | None:
    """The line that names the purchase on a title page, which is a page that names its type of document."""
    first_page = [p for p in passages if p.page == 1]
    below = [below_title(passage.text) for passage in first_page]
    # A title page ends where the articles begin; « Annexe 1 » is no article.
    numbered = (i for i, p in enumerate(first_page) if p.role == "heading" and p.section and below[i] is None)
    cover = first_page[: next((i for i in numbered if not fold(first_page[i].text).startswith("annexe")), None)]
    if below_title("\n".join(passage.text for passage in cover)) is None:
        return None
    lexicon = _lexicon()
    for index, passage in enumerate(cover):
        text = passage.text if below[index] is None else below[index] or ""
        view = normalise(text)
        if (
            len(re.findall(r"[^\W\d_]{2,}", view.text)) >= 3
            and not re.search(r"@|www|https?:|\d{2} ?\d{3}\b|t[ée]l\b|_", view.text)
            and not any(lexicon.organisation.match(fold(line)) for line in text.split("\n"))
            and not lexicon.not_a_title.match(view.folded)
            and not _names_piece(view.text)
            and families_of(view.text)
        ):
            text = _whole_title(cover, index, text)
            lines = takewhile(lambda line: not lexicon.not_a_title.match(fold(line)), text.split("\n"))
            return _clean_object("\n".join(lines))
    return None


def _names_piece(text: str) -> bool:
    """« Groupe scolaire - CCTP lot 6 »: a running header, which names the piece after a dash."""
    return any(below_title(part) is not None for part in re.split(r"\s[-–—]\s", text)[1:])


def _buyer(passages: Sequence[Passage]) -> tuple[str | None, int]:
    """The buyer's name and the index of the passage that gives it."""
    organisation = _lexicon().organisation
    lines = _folded_lines(passages)
    for label in _lexicon().buyer:
        # « Organisme : La Poste » names an organisation whatever its first word; « Acheteur : » may name a person.
        of_organisations = re.search("organisme|officiel", label.pattern) is not None
        for index, text in _labelled(passages, (label,), lines):
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
    if not 3 <= len(name) <= _LONGEST_BUYER or _PLACEHOLDER.search(name) or not name[0].isupper():
        return None
    return name


def _departments(opening: Sequence[Passage], buyer_at: int, bought: str) -> tuple[str, ...]:
    found: list[str] = []
    for _, text in _labelled(opening, _lexicon().place):
        line = text.split("\n")[0]
        if re.fullmatch(r"[\dAB,;.\s()etàa-]*", line):
            found += [
                c for c in re.findall(r"(?<!\w)(97\d|98\d|2[AB]|\d\d)(?!\w)", line) if c in _departments_by_code()
            ]
        found += _named_departments(line) + [_department_of(code) for code in _POSTCODE.findall(line)]
    if buyer_at >= 0:
        address = "\n".join(p.text for p in opening[buyer_at : buyer_at + 6])
        found += _named_departments(opening[buyer_at].text)
        found += [_department_of(code) for code in _POSTCODE.findall(address)[:1]]
    found += _IN_BRACKETS.findall(bought)
    return tuple(dict.fromkeys(code for code in found if code in _departments_by_code()))


def _department_of(postcode: str) -> str:
    digits = postcode.replace(" ", "")
    if digits[:2] in ("97", "98"):
        return digits[:3]
    if digits[:2] == "20":
        return "2A" if digits[:3] in ("200", "201") else "2B"
    return digits[:2]


def _named_departments(text: str) -> list[str]:
    return [_departments_by_name()[found[1]] for found in _department_name().finditer(fold(normalise(text).text))]


@cache
def _departments_by_code() -> dict[str, str]:
    with (_LEXICONS / "departements.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}


@cache
def _departments_by_name() -> dict[str, str]:
    return {fold(name): code for code, name in _departments_by_code().items()}


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
