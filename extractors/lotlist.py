"""The lots that a document lists, with their titles: from prose, from lines set like a table, and from tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from extractors.families import families_of
from extractors.lots import lot_references, normalise_number
from extractors.schema import Document, Lot, Passage, Table
from extractors.text import fold, normalise

_LONGEST_TITLE = 200
_MOST_LOTS = 150
_HEADER_HEIGHT, _ROW_HEIGHT = 12, 4  # lines without a number that a header and a row may take
_SEPARATOR = re.compile(r"\s*(?:\.\s*[-–—]|[:–—-]|\)\s*[:–-]?)\s*[-–—]?\s*|[^\S\n]{2,}|[^\S\n](?=[A-ZÀ-Ý])")
_TITLE = re.compile(r"[^\n;|]+")
_BEFORE = re.compile(r"(?:^|\n|[–—;:,.•▪*(/-]|\d[.)])\s*$")
_NO_TITLE = re.compile(
    r"[\W\d]*(?:est|sont|sera|seront|a|ont|comporte|du|de|des|ou|et|uniquement|qui|que|pour|au|aux|dans|non|ne|n|peut|pourra|doit|devra|seul|qualibat|reserve[es]*"
    r"|marches?(?= reserve)|clauses?|minimum|maximum|max|mini|montant|tranche|page|siege|euros?|heures?|h|ht|minutes?"
    r"|jours?|mois|ans?|infructueux|le titulaire|titulaire|candidat)\b"
)
_OWN_NUMBER = re.compile(r"lots?\s*(?:n\s?[°o]\s*)?\d{1,3}\s*[-–—:.]+\s*", re.I)
_QUANTITY = re.compile(r"\d[\d\s.,]*(?:€|%|heures?\b|h\b|euros?\b|k€|ans?\b|mois\b|jours?\b|points?\b|pers)", re.I)
_TAIL = re.compile(
    r"\s*(?:\.{3,}.*|…+.*|\s[-–:]?\s*\d[\d\s.,]*\s*(?:€|euros?|k€).*|\s{2,}.*"
    r"|\b(?:montant|maximum|minimum|(?:code )?cpv)\b.*)$",
    re.I,
)
_UNFINISHED = re.compile(r"(?:[-–—,/]|\s(?:de|du|des|et|la|le|les|à|en|sans|avec|pour))\s*$", re.I)
_HEADER = re.compile(
    r"(?:n ?[°o]s?\.? ?(?:d[ue]s? )?)?lots?(?: n ?[°o])?(?:$|\s{2,}| (?=designation|intitule|objet|libelle|desc))"
)
_ROW = re.compile(
    r"(?:lot\s*(?:n[°o]\s*)?)?(?P<number>\d{1,3}[A-Ga-g]?|[A-H])(?:\s{2,}|\s*[-–:]\s+|\s(?=[A-ZÀ-Ý]))(?P<title>[^\W\d].*)",
    re.I,
)
_FIELD = re.compile(r"lot(?:\s*\(?s\)?)?(?:\s*n[°ºo])?\s*:?\s*(?P<number>\d{1,3}[A-Ga-g]?)", re.I)
_NAMED = re.compile(r"(?:[IV]+\.[\d.]+\)?\s*)?(?:intitul[ée]|title)(?: du lot)?\s*:\s*(?P<title>.*)", re.I)
_NAMING = re.compile(
    r"designation|intitule|objet|libelle|description|nature|denomination|prestation|corps d'etat|secteur"
)


def find_lots(document: Document, passages: Sequence[Passage], tables: Sequence[Table] = ()) -> tuple[Lot, ...]:
    """Lots in the order of their numbers, each with the first title found; a single unnumbered lot gives none.

    `tables` are the ruled tables of lots, of the pages whose geometry was read.
    """
    body = [passage for passage in passages if passage.role in ("body", "heading")]
    titles: dict[str, str | None] = {}
    for number, title in (*_in_tables(tables), *_in_fields(document), *_in_rows(body), *_in_prose(body)):
        if titles.get(number) is None:
            titles[number] = title
    if len(titles) > _MOST_LOTS:
        return ()
    return tuple(
        Lot(number=number, title=title, families=families_of(title or ""))
        for number, title in sorted(titles.items(), key=lambda item: _natural(item[0]))
    )


def _natural(number: str) -> tuple[int, str]:
    digits = re.match(r"\d+", number)
    return (int(digits[0]) if digits else 10**6, number)


def _clean(title: str) -> str | None:
    """The title without leaders, page numbers and amounts; None for words that name no purchase."""
    text = normalise(_TAIL.sub("", title.strip())).text
    text = _OWN_NUMBER.sub("", _TAIL.sub("", text)).strip(' -–—:.,;()•«»"/')
    if len(re.findall(r"[^\W\d_]", text)) < 3 or _NO_TITLE.match(fold(text)) or _QUANTITY.match(text):
        return None
    return text[:_LONGEST_TITLE].rsplit(" ", 1)[0] if len(text) > _LONGEST_TITLE else text


def _in_prose(passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    """« Lot 1 : Gros œuvre », alone on its line or one after another."""
    for passage in passages:
        text = passage.text
        named = [r for r in lot_references(text) if len(r.numbers) == 1 and not r.excluded]
        for reference, following in zip_longest(named, named[1:]):
            separator = _SEPARATOR.match(text, reference.end)
            if not separator or not _BEFORE.search(text, 0, reference.start):
                continue
            limit = following.start if following else len(text)
            written = _TITLE.match(text, separator.end(), limit)
            if written and (title := _clean(_rest_of_title(text, written[0], written.end(), limit))):
                yield reference.numbers[0], title


def _rest_of_title(text: str, title: str, end: int, limit: int) -> str:
    """The title with its second line: the one after a dash or a linking word, or that goes on in lower case."""
    after = text[end + 1 : limit].split("\n")[0] if end < limit and text[end] == "\n" else ""
    goes_on = after and (after[0].islower() or _UNFINISHED.search(title))
    return f"{title} {after}" if goes_on and not title.rstrip().endswith(".") else title


def _in_rows(passages: Sequence[Passage]) -> Iterator[tuple[str, str]]:
    """Lines below a header « N° lot  Désignation », each with a number and a title."""
    below = 0
    for passage in passages:
        for line in passage.text.split("\n"):
            written = fold(line.strip())
            if _HEADER.match(written) and _NAMING.search(written):
                below = _HEADER_HEIGHT
            elif below and (row := _ROW.fullmatch(line.strip())) and (title := _clean(row["title"])):
                below = _ROW_HEIGHT
                yield normalise_number(row["number"]), title
            else:
                below = max(0, below - 1)


def _in_fields(document: Document) -> Iterator[tuple[str, str | None]]:
    """« Intitulé : … » beside « Lot : 1 », as notices write them, the title before or after the number."""
    for page in document.pages:
        lines = [line.text.strip() for line in page.lines if line.role in ("body", "heading") and line.text.strip()]
        for index, line in enumerate(lines):
            if field := _FIELD.fullmatch(line):
                title = _field_title(lines, index)
                yield normalise_number(field["number"]), _clean(title) if title else None


def _field_title(lines: Sequence[str], index: int) -> str | None:
    """What « Intitulé : » says next to the line `index`; « Intitulé : » alone has its title on the line below."""
    for beside in (index - 1, index - 2, index + 1):
        if 0 <= beside < len(lines) and (named := _NAMED.match(lines[beside])):
            below = beside + 1
            return named["title"] or (lines[below] if below not in (index, len(lines)) else None)
    return None


def _in_tables(tables: Sequence[Table]) -> Iterator[tuple[str, str]]:
    """Rows of the tables whose header names a column of lots."""
    for table in tables:
        grid = [["" if cell is None else normalise(cell.text).text.strip() for cell in row] for row in table.rows]
        if not grid or not grid[0]:
            continue
        header = [fold(text) for text in grid[0]]
        column = next(
            (i for i, text in enumerate(header) if re.search(r"\blots?\b", text) or text in ("n°", "no", "numero")),
            None,
        )
        if column is None:
            continue
        naming = next((i for i, text in enumerate(header) if i != column and _NAMING.search(text)), None)
        for row in grid[1:]:
            yield from _table_row(row, column, naming)


def _table_row(row: Sequence[str], column: int, naming: int | None) -> Iterator[tuple[str, str]]:
    number = re.match(
        r"(?:lots?\s*(?:n\s?[°o]\s*)?)?(?P<number>\d{1,3}[A-G]?|[A-H])(?!\w)\s*[-–:.]?\s*(?P<rest>.*)",
        row[column],
        re.I,
    )
    if not number:
        return
    cells = [number["rest"], row[naming] if naming is not None else "", *(row[column + 1 :] if naming is None else ())]
    if title := next(filter(None, map(_clean, cells)), None):
        yield normalise_number(number["number"]), title
