"""Which notices speak of one tender, whatever the journal, and what they say of it together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Literal

from extractors.notices.records import Declared, Kind, Notice, Reference

State = Literal["planned", "open", "awarded", "cancelled"]
_STATES: dict[Kind, State] = {"planning": "planned", "award": "awarded", "modification": "awarded"}
# A call names the planning notice before it, which may announce several tenders: only these name their own.
_OWN: frozenset[Kind] = frozenset({"award", "modification"})
_KINDS_OF_NAME = ("folder", "boamp", "ted", "uuid", "decp")
_KEPT = frozenset({"journal", "notice_id", "kind", "version", "uuid", "published", "text"})
_GATHERED = frozenset({"declared", "references", "links"})
"""With those of the base notice, what `current` takes otherwise than from the latest notice that says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    key: str
    """The surest name of the tender; it can change when a better one is learnt, `keys` tells that it is the same."""
    keys: tuple[str, ...]
    """Every name that its notices gave it."""
    state: State
    current: Notice
    """The latest call, or correction that restates all (eForms), with what the others corrected or added.

    Number, date and `text` are its own."""
    notices: tuple[Notice, ...]
    """Oldest first."""


def tender_keys(notice: Notice) -> tuple[str, ...]:
    """The names under which the notice's tender may be known; sharing one makes one tender.

    `folder:` the eForms procedure, `boamp:` and `ted:` a notice, `uuid:` an eForms notice, `decp:` a contract.
    """
    own = [f"folder:{notice.contract_folder_id}"] if notice.contract_folder_id else []
    own += [_name(notice.journal, notice.notice_id)] if notice.notice_id else []
    own += [f"uuid:{notice.uuid.lower()}"] if notice.uuid else []
    return tuple(dict.fromkeys((*own, *(_name(r.journal, r.id) for r in notice.references if _same(notice, r)))))


def tender_key(keys: Iterable[str]) -> str:
    """The surest of the names of a tender: the procedure, else the oldest notice."""
    return min(keys, key=_sureness)


def _name(journal: str, id: str) -> str:
    return f"uuid:{id.lower()}" if len(id) == 36 and id.count("-") == 4 else f"{journal}:{id}"


def _sureness(key: str) -> tuple[int, int, int, str]:
    """Kind of name, then year and number of the notice: « 26-91551 » on BOAMP, « 334786-2021 » on TED."""
    kind, _, id = key.partition(":")
    numbers = [int(part) for part in re.findall(r"\d+", id)[:2]]
    year, number = (numbers[::-1] if kind == "ted" else numbers) if len(numbers) == 2 else (0, 0)
    return _KINDS_OF_NAME.index(kind), year, number, id


def _same(notice: Notice, reference: Reference) -> bool:
    return reference.relation != "follows" or notice.kind in _OWN


def one_tender(notices: Sequence[Notice]) -> Tender:
    """What notices that are known to speak of one tender say of it together; there is at least one."""
    ordered = sorted(dict.fromkeys(notices), key=_age)
    keys = dict.fromkeys(key for notice in ordered for key in tender_keys(notice))
    return Tender(
        key=tender_key(keys),
        keys=tuple(keys),
        state=_state(ordered),
        current=_current(ordered),
        notices=tuple(ordered),
    )


def _age(notice: Notice) -> tuple[date, str, str]:
    return notice.published or date.min, notice.version or "", notice.notice_id


def _state(ordered: Sequence[Notice]) -> State:
    """What the latest notice makes of it; a correction leaves things as they are."""
    state: State = "planned" if all(notice.kind == "planning" for notice in ordered) else "open"
    for notice in ordered:
        if notice.kind == "cancellation":
            state = "cancelled"
        elif notice.kind == "call":
            state = "open"
        elif notice.kind in ("award", "modification"):
            state = _STATES[notice.kind]
    return state


def _current(ordered: Sequence[Notice]) -> Notice:
    """The base, where each field has the latest value that a call or correction gives, else any notice."""
    base = next((notice for notice in reversed(ordered) if _whole(notice)), ordered[-1])
    first = [notice for notice in ordered if notice.kind in ("call", "rectification")] or ordered
    ranked = [*reversed(first), *(notice for notice in reversed(ordered) if notice not in first)]
    values = {
        field.name: next((value for notice in ranked if (value := getattr(notice, field.name))), None)
        for field in fields(Notice)
        if field.name not in _KEPT | _GATHERED
    }
    found = {name: value for name, value in values.items() if value is not None}
    links = tuple({link.url: link for notice in ranked for link in notice.links}.values())
    references = tuple(dict.fromkeys(reference for notice in ordered for reference in notice.references))
    return replace(base, **found, links=links, references=references, declared=_declared(ranked))


def _whole(notice: Notice) -> bool:
    return notice.kind == "call" or (notice.kind == "rectification" and notice.uuid is not None)


def _declared(ranked: Sequence[Notice]) -> tuple[Declared, ...]:
    """Of each field, what the first notice that has it declares."""
    found: dict[str, tuple[Declared, ...]] = {}
    for notice in ranked:
        for name in {declared.field for declared in notice.declared} - found.keys():
            found[name] = tuple(declared for declared in notice.declared if declared.field == name)
    return tuple(declared for name in sorted(found) for declared in found[name])


def restated(notices: Sequence[Notice]) -> tuple[tuple[Notice, Notice], ...]:
    """Notices of one tender that a later one of the same journal says all again: (older, newer).

    A call says again the planning notice and the calls before it; so does a correction that restates all (eForms).
    """
    pairs = []
    for journal in dict.fromkeys(notice.journal for notice in notices):
        ordered = sorted((n for n in notices if n.journal == journal), key=_age)
        newest = next((n for n in reversed(ordered) if _whole(n)), None)
        if newest is not None:
            before = ordered[: ordered.index(newest)]
            pairs += [(older, newest) for older in before if _whole(older) or older.kind == "planning"]
    return tuple(pairs)
