"""What a document says is bought: the labelled object, the title page, or the sentence that tells the purpose."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import takewhile

from extractors.doctype import below_title
from extractors.fact_labels import PLACEHOLDER, labelled, lexicon
from extractors.families import families_of
from extractors.schema import Passage
from extractors.text import fold, normalise

_LONGEST_OBJECT = 400
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
_LINKING = re.compile(r"(?:\s(?:de|du|des|et|à|la|le|les|pour|en|au|aux|sur|avec|sans)|['’,])\s*$", re.IGNORECASE)
_LINKED = re.compile(r"[a-zà-ÿ]|(?:D['’]|DE |DU |DES |ET |À |POUR |EN |AU |AUX |SUR |AVEC )")


def stated_object(passages: Sequence[Passage]) -> str | None:
    """The labelled object, else the title page, else the sentence that says what the contract is for."""
    own = [p for p in passages if p.role != "furniture"]
    named = [
        value
        for index, text in labelled(own, lexicon().object)
        if (value := _clean_object(_whole_title(own, index, text)))
        and (own[index].page == 1 or own[index].role != "heading")
        if len(own[index].text) > len(text) or len(value.split()) > 3
    ]
    plain = (value for value in named if not _SENTENCE.match(fold(value.replace("’", "'"))))
    purposes = (
        value
        for passage in own
        if (purpose := _PURPOSE.search(passage.text)) and (value := _clean_object(passage.text[purpose.end() :]))
    )
    return next(plain, None) or _title(own) or next(purposes, None) or next(iter(named), None)


def first_line(passages: Sequence[Passage]) -> str | None:
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
    if len(value) < 8 or PLACEHOLDER.search(value) or fold(value).startswith("sans objet"):
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
    for index, passage in enumerate(cover):
        text = passage.text if below[index] is None else below[index] or ""
        view = normalise(text)
        if (
            len(re.findall(r"[^\W\d_]{2,}", view.text)) >= 3
            and not re.search(r"@|www|https?:|\d{2} ?\d{3}\b|t[ée]l\b|_", view.text)
            and not any(lexicon().organisation.match(fold(line)) for line in text.split("\n"))
            and not lexicon().not_a_title.match(view.folded)
            and not _names_piece(view.text)
            and families_of(view.text)
        ):
            text = _whole_title(cover, index, text)
            lines = takewhile(lambda line: not lexicon().not_a_title.match(fold(line)), text.split("\n"))
            return _clean_object("\n".join(lines))
    return None


def _names_piece(text: str) -> bool:
    """« Groupe scolaire - CCTP lot 6 »: a running header, which names the piece after a dash."""
    return any(below_title(part) is not None for part in re.split(r"\s[-–—]\s", text)[1:])
