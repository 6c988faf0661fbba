"""The sentences in which volumes were looked for, kept beside the pages: they tell what a changed rule can touch.

Which sentences these are depends on the clauses, so on the rules: an entry names the rules that read the document, by
their fingerprint, and holds every sentence that any of them looked at.
"""

from __future__ import annotations

from collections.abc import Set

from extractors.fingerprint import fingerprint
from extractors.measures import Counted
from extractors.pagecache import DamagedEntry, PageStore, packed, unpacked

_Entry = tuple[frozenset[str], frozenset[Counted]]


def dump_looked_at(sha256: str, read_by: Set[str], sentences: Set[Counted]) -> bytes:
    plain = sorted([s.folded, s.text, sorted(s.about)] for s in sentences)
    return packed([sha256, sorted(read_by), plain])


def load_looked_at(entry: bytes, *, sha256: str) -> _Entry:
    """Fingerprints of the rules, and the sentences; raises DamagedEntry as `load_pages` does."""
    try:
        kept, read_by, plain = unpacked(entry)
        if kept != sha256:
            raise DamagedEntry("entry of another content")
        return frozenset(read_by), frozenset(Counted(folded, text, frozenset(about)) for folded, text, about in plain)
    except TypeError as error:
        raise DamagedEntry("not an entry") from error


def kept_looked_at(store: PageStore, sha256: str, *, read_by: str | None) -> frozenset[Counted] | None:
    """Every sentence in which the rules of a fingerprint looked for volumes; None where that is not known."""
    rules, sentences = _kept(store, sha256)
    return sentences if read_by in rules else None


def keep_looked_at(store: PageStore, sha256: str, sentences: frozenset[Counted]) -> None:
    """Add the sentences that the rules of today looked at to those of the rules before them."""
    rules, kept = _kept(store, sha256)
    if fingerprint() in rules and sentences <= kept:
        return
    # Should the disk refuse the new entry, the old one must not stand for it.
    store.forget("volumes", sha256)
    store.save("volumes", sha256, dump_looked_at(sha256, rules | {fingerprint()}, kept | sentences))


def _kept(store: PageStore, sha256: str) -> _Entry:
    if entry := store.load("volumes", sha256):
        try:
            return load_looked_at(entry, sha256=sha256)
        except DamagedEntry:
            store.forget("volumes", sha256)
    return frozenset(), frozenset()
