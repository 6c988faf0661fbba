"""One tree for notices in XML and in JSON made from XML: local names, decoded text, children in order."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.parsers import expat

from extractors.notices.records import NoticeError

MAX_DEPTH = 100
_INLINE = frozenset({"FT"})
"""Marks inside a sentence (superscripts…), whose text belongs to the element around them."""
# A final « ; » is asked for: the address « ?id=1&region=11 » holds no entity.
_ENTITY = re.compile(r"&(?:#\d+|#[xX][\da-fA-F]+|\w+);")
# BOAMP publishes bytes of Windows as they were: U+0092 stands for « ’ ».
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
_BLANKS = re.compile(r"[ \t\xa0\u202f]+")


@dataclass(frozen=True, slots=True)
class Node:
    """An element: an attribute `@x` or a prefix `cac:` of the JSON form is the same as in XML."""

    tag: str
    text: str = ""
    children: tuple[Node, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def get(self, name: str) -> str:
        """The attribute, or an empty string."""
        return next((value for key, value in self.attributes if key == name), "")

    def at(self, path: str) -> tuple[Node, ...]:
        """Every node at `A/B/C` below this one, in document order."""
        found: tuple[Node, ...] = (self,)
        for tag in path.split("/"):
            found = tuple(child for node in found for child in node.children if child.tag == tag)
        return found

    def first(self, *paths: str) -> Node | None:
        """The first node at the first of the paths that leads somewhere."""
        return next((nodes[0] for path in paths if (nodes := self.at(path))), None)

    def has(self, path: str) -> bool:
        return bool(self.at(path))

    def value(self, *paths: str) -> str | None:
        """The first text that is not empty at one of the paths."""
        return next((node.text for path in paths for node in self.at(path) if node.text), None)

    def values(self, path: str) -> tuple[str, ...]:
        """Every text that is not empty at the path."""
        return tuple(node.text for node in self.at(path) if node.text)

    def walk(self, *tags: str) -> Iterator[Node]:
        """This node and all those below it that have one of the tags (all, if none is given), in document order."""
        if not tags or self.tag in tags:
            yield self
        for child in self.children:
            yield from child.walk(*tags)


def decode(text: str) -> str:
    """Text without HTML entities (BOAMP encodes some twice), Windows bytes and runs of blanks; its lines are kept."""
    for _ in range(3):
        decoded = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
        if decoded == text:
            break
        text = decoded
    lines = text.translate(_WINDOWS).splitlines()
    return "\n".join(line for raw in lines if (line := _BLANKS.sub(" ", raw).strip()))


def parse_xml(content: bytes) -> Node:
    """The root element.

    Raises:
        NoticeError: not well-formed, too deep, or with a DTD: no notice has one, and entities hide bombs behind it.
    """
    stack: list[tuple[str, tuple[tuple[str, str], ...], list[str], list[Node]]] = [("", (), [], [])]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise NoticeError(f"XML à plus de {MAX_DEPTH} niveaux : ce n'est pas un avis, vérifiez le fichier.")
        pairs = tuple((key.rpartition(":")[2], value) for key, value in attributes.items())
        stack.append((name.rpartition(":")[2], pairs, [], []))

    def end(_: str) -> None:
        tag, attributes, texts, children = stack.pop()
        text = "".join(texts)
        if tag in _INLINE:
            stack[-1][2].append(text)
        else:
            stack[-1][3].append(Node(tag, decode(text), tuple(children), attributes))

    def refuse(*_: object) -> None:
        raise NoticeError("XML avec une DTD, refusé par sécurité : un avis n'en a pas, vérifiez le fichier.")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda data: stack[-1][2].append(data)
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise NoticeError(f"XML illisible ({error}) : téléchargez l'avis de nouveau.") from error
    return stack[0][3][0]


def from_json(tag: str, value: object, depth: int = 0) -> Node:
    """The tree of JSON made from XML; a list becomes repeated children of its parent.

    Raises:
        NoticeError: too deep.
    """
    if depth > MAX_DEPTH:
        raise NoticeError(f"JSON à plus de {MAX_DEPTH} niveaux : ce n'est pas un avis, vérifiez le fichier.")
    if isinstance(value, dict):
        children: list[Node] = []
        attributes: list[tuple[str, str]] = []
        for key, inner in value.items():
            if key.startswith("@"):
                attributes.append((key[1:].rpartition(":")[2], _scalar(inner)))
            elif key != "#text":
                name = key.rpartition(":")[2]
                children += [from_json(name, i, depth + 1) for i in (inner if isinstance(inner, list) else [inner])]
        return Node(tag, decode(_scalar(value.get("#text"))), tuple(children), tuple(attributes))
    if isinstance(value, list):
        return Node(tag, children=tuple(from_json(tag, inner, depth + 1) for inner in value))
    return Node(tag, decode(_scalar(value)))


def parse_json(tag: str, text: str) -> Node:
    """The tree of a JSON text such as `donnees`.

    Raises:
        NoticeError: not JSON, or too deep.
    """
    try:
        return from_json(tag, json.loads(text))
    except (ValueError, RecursionError) as error:
        raise NoticeError(f"JSON illisible dans « {tag} » : demandez l'avis de nouveau.") from error


def _scalar(value: object) -> str:
    """The text of a JSON value; half a surrogate pair, which no encoding takes, becomes « ? »."""
    if value is None or isinstance(value, dict | list):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value).encode(errors="replace").decode()
