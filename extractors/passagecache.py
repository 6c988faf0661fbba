"""The texts of the passages of a document, kept beside its pages: they tell what a changed rule can touch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from extractors.pagecache import DamagedEntry, PageStore, packed, unpacked
from extractors.schema import Passage
from extractors.text import letters


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageTexts:
    """The passages of a document, as their text and as their folded letters alone."""

    texts: tuple[str, ...]
    letters: tuple[str, ...]


def dump_passages(sha256: str, passages: Sequence[Passage]) -> bytes:
    texts = [passage.text for passage in passages]
    return packed([sha256, texts, [letters(text) for text in texts]])


def load_passages(entry: bytes, *, sha256: str) -> PassageTexts:
    """The passages of a content; raises DamagedEntry as `load_pages` does."""
    try:
        kept, texts, folded = unpacked(entry)
        if kept != sha256 or len(texts) != len(folded):
            raise DamagedEntry("entry of another content")
        return PassageTexts(texts=tuple(texts), letters=tuple(folded))
    except TypeError as error:
        raise DamagedEntry("not an entry") from error


def kept_passages(store: PageStore, sha256: str) -> PassageTexts | None:
    """The passages that the store keeps of a content, if any."""
    if (entry := store.load("passages", sha256)) is None:
        return None
    try:
        return load_passages(entry, sha256=sha256)
    except DamagedEntry:
        store.forget("passages", sha256)
        return None


def keep_passages(store: PageStore, sha256: str, passages: Sequence[Passage]) -> None:
    """Give the store the passages that it does not have yet."""
    if store.load("passages", sha256) is None:
        store.save("passages", sha256, dump_passages(sha256, passages))
