"""The small language in which rules and cues write token patterns, and the spaCy pipeline that reads them.

A pattern is a line of French words, matched without case, accents, plural « s » or line breaks:
`clause|action` one of; `obligatoire?` may be missing; `..4` up to four words of the same sentence; `/re.ex/` a word that the
whole regex matches; `#` a number. « ' » and « - » are words of their own, as in the text.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar

from spacy.attrs import NORM
from spacy.language import Language
from spacy.matcher import Matcher
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from extractors.errors import RuleError
from extractors.text import fold

Key = TypeVar("Key", bound=Hashable)

# « L. 2113-12 », « art. 4 »: the point ends no sentence, so it belongs to the word.
_TOKEN = re.compile(r"(?:[LRDlrd]|[Aa]rt)\.(?= ?[LRD]?\.? ?\d)|\d+(?:[.,]\d+)*|[^\W\d_]+\d*(?:\((?:e|s|es|le|ne)\))*|\d+|\S")
_ELEMENT = re.compile(r"/(?:[^/\\]|\\.)+/\??|\S+")
_GAP = re.compile(r"\.\.(\d+)$")
_STOPS = [".", ";", "!", "?"]


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
    """A spaCy pipeline with our tokenizer and NORM only: `spacy.blank("fr")` spends seconds on exceptions we do not need."""
    vocab = Vocab(lex_attr_getters={NORM: norm})
    nlp = Language(vocab)
    nlp.tokenizer = ViewTokenizer(vocab)
    return nlp


def compile_pattern(line: str, where: str) -> list[dict[str, Any]]:
    """Token patterns for spaCy's Matcher; raises RuleError naming `where` on a pattern that says nothing."""
    pattern = list(_compile(line, where))
    if not any("OP" not in token for token in pattern):
        raise RuleError(f"{where} : le motif « {line} » n'a aucun mot obligatoire ; ajoutez-en un.")
    return pattern


def _compile(line: str, where: str) -> Iterator[dict[str, Any]]:
    for element in _ELEMENT.findall(line):
        if gap := _GAP.match(element):
            yield {"NORM": {"NOT_IN": _STOPS}, "OP": f"{{0,{gap[1]}}}"}
            continue
        optional = {"OP": "?"} if element.endswith("?") and len(element) > 1 else {}
        body = element[:-1] if optional else element
        if body == "#":
            yield {"NORM": {"REGEX": r"^\d[\d.,]*$"}, **optional}
        elif body.startswith("/"):
            try:
                re.compile(body[1:-1])
            except re.error as error:
                raise RuleError(f"{where} : expression « {body} » fausse ({error}) ; corrigez-la.") from error
            yield {"NORM": {"REGEX": rf"^(?:{body[1:-1]})$"}, **optional}
        elif "|" in body and len(body) > 1:
            words = body.split("|")
            if wrong := [word for word in words if len(_TOKEN.findall(word)) != 1]:
                raise RuleError(f"{where} : « {wrong[0]} » dans « {element} » n'est pas un seul mot ; séparez les motifs.")
            yield {"NORM": {"IN": [norm(word) for word in words]}, **optional}
        else:
            tokens = [match[0] for match in _TOKEN.finditer(body)]
            if optional and len(tokens) > 1:
                raise RuleError(f"{where} : « {element} » fait plusieurs mots ; écrivez « ? » après chacun.")
            for token in tokens:
                yield {"NORM": norm(token), **optional}


class PatternSet(Generic[Key]):
    """Many patterns, each with the key it stands for; a matcher runs only where the words it needs all stand.

    One spaCy Matcher over all patterns tries every predicate on every token (14 ms a sentence with our rules); the words
    that a pattern cannot do without rule out nearly all of them first.
    """

    def __init__(self, vocab: Vocab, lines: Iterable[tuple[Key, str, str]]) -> None:
        """`lines`: key, pattern, and where it comes from (for errors)."""
        self.patterns: list[tuple[Key, tuple[frozenset[str], ...], Matcher]] = []
        for key, line, where in lines:
            pattern = compile_pattern(line, where)
            matcher = Matcher(vocab)
            matcher.add(line, [pattern], greedy="LONGEST")
            self.patterns.append((key, tuple(_needed_words(pattern)), matcher))

    def find(self, doc: Doc) -> Iterator[tuple[Key, Span]]:
        """Every pattern found, with its key, in the order the patterns were given."""
        words = {token.norm_ for token in doc}
        for key, needed, matcher in self.patterns:
            if all(not words.isdisjoint(choice) for choice in needed):
                for span in matcher(doc, as_spans=True):
                    yield key, span


def _needed_words(pattern: Iterable[dict[str, Any]]) -> Iterator[frozenset[str]]:
    for token in pattern:
        if "OP" in token:
            continue
        if isinstance(token["NORM"], str):
            yield frozenset({token["NORM"]})
        elif "IN" in token["NORM"]:
            yield frozenset(token["NORM"]["IN"])
