"""The small language in which rules and cues write token patterns, and the spaCy pipeline that reads them.

A pattern is a line of French words, matched without case, accents, plural « s » or line breaks:
`clause|action` one of; `obligatoire?` may be missing; `..4` up to four words of the sentence; `/re.ex/` a word that
the whole regex matches; `#` a number; `$` the end of the sentence; `@publics` any pattern of that list of
`lexicons/lists.toml`. « ' » and « - » are words of their own, as in the text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Hashable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Generic, TypeVar

from spacy.attrs import NORM
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from extractors.errors import RuleError
from extractors.text import fold

Key = TypeVar("Key", bound=Hashable)

# « L. 2113-12 », « art. 4 »: the point ends no sentence, so it belongs to the word.
_TOKEN = re.compile(
    r"(?:[LRDlrd]|[Aa]rt)\.(?= ?[LRD]?\.? ?\d)|[Pp]\.(?= ?100)|(?:[Cc]ond|[Pp]rest|[Dd]isp)\.(?= ?[a-z])"
    r"|[LRD](?=\d{4}-)|[^\W\d_]+?(?=[LRD]\d{4}-)"
    r"|\d+(?:[.,]\d+)*|[^\W\d_]+\d*(?:\((?:e|s|es|le|ne)\))*|\S"
)
_ELEMENT = re.compile(r"/(?:[^/\\]|\\.)+/\??|\S+")
_GAP = re.compile(r"\.\.(\d+)$")
EXPRESSION = re.compile(r"[.^$*+?{}\[\]\\|()]")
"""What shows that a trigger is a regex, and not words."""


@lru_cache(maxsize=65536)
def norm(word: str) -> str:
    """What two spellings of a word have in common: case, accents, plural « s », « (s) » do not count."""
    folded = re.sub(r"\((?:e|s|es|le|ne)\)|(?<=\w)\.$", "", fold(word))
    return folded[:-1] if len(folded) > 3 and folded.endswith("s") and not folded.endswith("ss") else folded


class ViewTokenizer:
    """Tokens of a view: words, numbers, and every sign by itself; the text is kept to the letter."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        words, spaces = [], []
        for match in _TOKEN.finditer(text):
            words.append(match[0])
            spaces.append(text[match.end() : match.end() + 1] == " ")
        return Doc(self.vocab, words=words, spaces=spaces)

    def to_bytes(self, **_: Any) -> bytes:
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> ViewTokenizer:
        return self


def blank_french() -> Language:
    """A spaCy pipeline with our tokenizer and NORM only: `spacy.blank("fr")` spends seconds on exceptions."""
    vocab = Vocab(lex_attr_getters={NORM: norm})
    nlp = Language(vocab)
    nlp.tokenizer = ViewTokenizer(vocab)
    return nlp


_START = "(?<![^ ])"
# « 1 200 », « deux cents », « trois (3) »: as norms; « un », « une » are articles more often than numbers.
_NUMBER_WORDS = (
    "deux|trois|troi|quatre|cinq|six|sept|huit|neuf|dix|onze|douze|treize|quatorze|quinze|seize|vingt|trente|quarante"
    "|cinquante|soixante|cent|mille"
)
_NUMBER = rf"(?:(?:\d[\d.,]*|{_NUMBER_WORDS}) (?:[()] )?)"
_GAP_WORD = r"(?:(?![.;!?] )[^ ]+ )"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as a regex over the norms of a sentence, each followed by a space."""

    source: str
    needed: tuple[frozenset[str], ...]
    """Words of which one of each set must stand, for the pattern to match at all."""

    @property
    def regex(self) -> re.Pattern[str]:
        """Compiled on first use: most patterns are never tried on a given night's documents."""
        return _compiled(self.source)


_compiled = cache(re.compile)


@lru_cache(maxsize=4096)
def compile_pattern(line: str, where: str) -> Pattern:
    """The pattern that a line writes; raises RuleError naming `where` on a line that is wrong or says nothing."""
    pieces: list[str] = []
    needed: list[frozenset[str]] = []
    for element in _ELEMENT.findall(line):
        if gap := _GAP.match(element):
            pieces.append(f"{_GAP_WORD}{{0,{gap[1]}}}?")
            continue
        optional = element.endswith("?") and len(element) > 1
        body = element[:-1] if optional else element
        words, regex = _element(body, where)
        if optional and regex.count(" ") > 1:
            raise RuleError(f"{where} : « {element} » fait plusieurs mots ; écrivez « ? » après chacun.")
        pieces.append(f"(?:{regex})?" if optional else regex)
        needed.extend([] if optional else words)
    if all(_GAP.match(element) or element.endswith("?") or element in ("#", "$") for element in _ELEMENT.findall(line)):
        raise RuleError(f"{where} : le motif « {line} » n'a aucun mot obligatoire ; ajoutez-en un.")
    return Pattern(_START + "".join(pieces), tuple(needed))


@cache
def load_lists(path: Path = Path(__file__).parent / "lexicons" / "lists.toml") -> dict[str, list[str]]:
    """Named lists of patterns that several rules share."""
    return {name: list(lines) for name, lines in tomllib.loads(path.read_text("utf-8")).items()}


def _element(body: str, where: str) -> tuple[list[frozenset[str]], str]:
    """Words needed and regex of one element of a pattern."""
    if body == "$":
        return [], r"(?:[.;)!?] )*$"
    if body == "#":
        return [], _NUMBER
    if body.startswith("@"):
        if body[1:] not in load_lists():
            raise RuleError(f"{where} : liste « {body} » inconnue ; listes : {', '.join(load_lists())}.")
        members = [compile_pattern(line, body) for line in load_lists()[body[1:]]]
        # Any member needs at least the words of its first choice: their union is what the list needs.
        firsts = [member.needed[0] for member in members if member.needed]
        needed = [frozenset[str]().union(*firsts)] if len(firsts) == len(members) else []
        return needed, f"(?:{'|'.join(member.source.removeprefix(_START) for member in members)})"
    if body.startswith("/"):
        try:
            re.compile(body[1:-1])
        except re.error as error:
            raise RuleError(f"{where} : expression « {body} » fausse ({error}) ; corrigez-la.") from error
        return [], f"(?:{body[1:-1]}) "
    if "|" in body and len(body) > 1:
        words = body.split("|")
        if wrong := [word for word in words if len(_TOKEN.findall(word)) != 1]:
            raise RuleError(f"{where} : « {wrong[0]} » dans « {body} » n'est pas un seul mot ; séparez les motifs.")
        choice = frozenset(map(norm, words))
        return [choice], f"(?:{'|'.join(map(re.escape, sorted(choice)))}) "
    if "?" in body:
        raise RuleError(f"{where} : « ? » au milieu de « {body} » ; il se met après un mot entier.")
    norms = [norm(match[0]) for match in _TOKEN.finditer(body)]
    return [frozenset({word}) for word in norms], "".join(f"{re.escape(word)} " for word in norms)


def any_of(lines: Iterable[str]) -> re.Pattern[str]:
    """A regex that stands where any of these words or expressions does, not always to its end.

    Words are written as a tree of their letters, which is tried five times faster than a list of them.
    """
    written = sorted(set(lines))
    expressions = [line for line in written if not line or EXPRESSION.search(line)]
    words = _tree([line for line in written if line not in expressions])
    return re.compile("|".join([*filter(None, [words]), *expressions]))


def _tree(words: Iterable[str]) -> str:
    after: dict[str, list[str]] = {}
    for word in words:
        after.setdefault(word[0], []).append(word[1:])
    branches = [re.escape(first) + ("" if "" in rest else _tree(rest)) for first, rest in after.items()]
    return branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})" if branches else ""


class PatternSet(Generic[Key]):
    """Many patterns, each with the key it stands for, found on the NORM of a spaCy document.

    spaCy's own Matcher can read the same patterns, but one with two gaps takes it minutes on a line of a notice (it
    keeps every partial match alive); a regex over the norms takes microseconds and gives the same spans.
    """

    def __init__(self, lines: Iterable[tuple[Key, str, str]]) -> None:
        """`lines`: key, pattern, and where it comes from (for errors)."""
        self.patterns = [(key, compile_pattern(line, where)) for key, line, where in lines]
        # Each pattern is filed under the words of its most telling need; those that need no word are always tried.
        self.always: list[int] = []
        self.by_word: dict[str, list[int]] = {}
        for index, (_, pattern) in enumerate(self.patterns):
            if not pattern.needed:
                self.always.append(index)
            for word in min(pattern.needed, key=len, default=frozenset[str]()):
                self.by_word.setdefault(word, []).append(index)

    def candidates(self, words: AbstractSet[str]) -> list[int]:
        """Indexes of the patterns whose words all stand, in order."""
        filed = {i for word in words if word in self.by_word for i in self.by_word[word]}
        return [
            i
            for i in sorted(filed.union(self.always))
            if all(not words.isdisjoint(choice) for choice in self.patterns[i][1].needed)
        ]

    def find(self, doc: Doc) -> Iterator[tuple[Key, Span]]:
        """Every pattern found, with its key, in the order the patterns were given."""
        # Several sets read the same document: its norms are asked for once.
        norms: list[str] | None = doc.user_data.get("norms")
        if norms is None:
            norms = doc.user_data["norms"] = [token.norm_ for token in doc]
        candidates = self.candidates(set(norms))
        if not candidates:
            return
        text = "".join(f"{word} " for word in norms)
        token_at = {}
        place = 0
        for index, word in enumerate(norms):
            token_at[place] = index
            place += len(word) + 1
        token_at[place] = len(norms)
        for key, pattern in (self.patterns[i] for i in candidates):
            for match in pattern.regex.finditer(text):
                yield key, doc[token_at[match.start()] : token_at[match.end()]]


def words_of(text: str) -> set[str]:
    """The norms of a text, without a spaCy document."""
    return {norm(match[0]) for match in _TOKEN.finditer(text)}
