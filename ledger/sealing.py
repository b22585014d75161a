"""What may be erased one day: free text and persons' names stand in the tree as salted commitments only.

The commitment is part of the leaf for ever. The text and its salt, which open it, are kept beside the facts, so
that they can go without a trace while every proof still holds.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple, get_args, get_type_hints

from ledger.fact import Fact
from ledger.facts import KINDS
from ledger.values import Erasable

SALT_BYTES = 16
ERASED = "[erased]"
_SALT = re.compile(r"[0-9a-f]{32}", re.ASCII)
_STANDS_IN = {
    Erasable.TEXT: re.compile(re.escape(ERASED)),
    Erasable.PERSON: re.compile(r"erased-\d+(-\d+)?", re.ASCII),
}
Fields = dict[str, Any]


class Opening(NamedTuple):
    """What opens a commitment: the salt, in hexadecimal, and the text.

    Once the text is erased there is no salt, and the text is what stands in its place.
    """

    salt: str | None
    text: str


Openings = dict[str, Opening]


def commitment(salt: bytes, text: str) -> str:
    """Return the commitment to a text under a salt, in hexadecimal."""
    return sha256(b"\x02" + salt + text.encode()).hexdigest()


@cache
def erasable(kind: str) -> Mapping[str, Erasable]:
    """Return the fields of a kind of fact that may be erased, and what of each."""
    hints = get_type_hints(KINDS[kind], include_extras=True)
    marked = ((name, mark) for name, hint in hints.items() for mark in _marks(hint))
    return {name: mark for name, mark in marked if name in KINDS[kind].model_fields}


def _marks(hint: Any) -> Iterator[Erasable]:
    yield from (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Erasable))
    for part in get_args(hint):
        if not isinstance(part, (str, int)):
            yield from _marks(part)


def erasable_texts(fact: Fact) -> dict[str, str]:
    """Return what of a fact may be erased, by field: its free texts, and the persons it names."""
    found = {}
    for name, mark in erasable(fact.kind).items():
        value = getattr(fact, name)
        _, text = _split(mark, value) if value is not None else ("", "")
        if text:
            found[name] = text
    return found


def _split(mark: Erasable, value: str) -> tuple[str, str]:
    """Return what of a value stays, and what may be erased."""
    if mark is Erasable.TEXT:
        return "", value
    party, slash, person = value.partition("/")
    return party + slash, person


def seal(kind: str, fields: Fields, new_salt: Callable[[], bytes]) -> tuple[Fields, Openings]:
    """Put commitments in the place of what may be erased.

    A signed fact brings the salts that its signature rests on. They are kept with the texts, and go with them.

    Args:
        kind: the kind of fact.
        fields: its fields as JSON; those without a value are left out.
        new_salt: gives 16 random bytes.
    """
    sealed, openings = dict(fields), {}
    salts: Mapping[str, str] = {}
    if "signature" in fields:
        salts = fields["signature"].get("salts", {})
        sealed["signature"] = {name: value for name, value in fields["signature"].items() if name != "salts"}
    for name, mark in erasable(kind).items():
        if name not in fields:
            continue
        kept, text = _split(mark, fields[name])
        if text:
            salt = bytes.fromhex(salts[name]) if name in salts else new_salt()
            sealed[name] = kept + commitment(salt, text)
            openings[name] = Opening(salt.hex(), text)
    return sealed, openings


def unseal(kind: str, sealed: Fields, openings: Openings) -> Fields:
    """Put back what stood in the place of commitments, or what stands there since it was erased."""
    fields = dict(sealed)
    for name, opening in openings.items():
        fields[name] = _split(erasable(kind)[name], sealed[name])[0] + opening.text
    if "signature" in sealed:
        salts = {name: opening.salt for name, opening in openings.items() if opening.salt is not None}
        fields["signature"] = {**sealed["signature"], "salts": salts}
    return fields


def commitments(kind: str, sealed: Fields) -> dict[str, str]:
    """Return the commitment that stands in each field of a sealed fact."""
    split = {name: _split(mark, str(sealed[name]))[1] for name, mark in erasable(kind).items() if name in sealed}
    return {name: commitment for name, commitment in split.items() if commitment}


def false_openings(kind: str, sealed: Fields, openings: Openings) -> list[str]:
    """Return the fields whose text is not the one that the leaf commits to, or is gone without having been erased."""
    wrong = []
    marks = erasable(kind) if kind in KINDS else {}
    for name in {**{name: None for name in marks if name in sealed}, **openings}:
        if name not in marks or name not in sealed:
            wrong.append(name)
            continue
        committed = _split(marks[name], str(sealed[name]))[1]
        opening = openings.get(name)
        if opening is None:
            wrong += [name] if committed else []
        elif opening.salt is None:
            wrong += [] if _STANDS_IN[marks[name]].fullmatch(opening.text) else [name]
        elif commitment(bytes.fromhex(opening.salt), opening.text) != committed:
            wrong.append(name)
    return wrong


def as_text(openings: Openings) -> str:
    """Write openings as the JSON they are kept as."""
    return json.dumps(openings, ensure_ascii=False, separators=(",", ":"))


def from_text(text: str) -> Openings:
    """Read openings as they are kept.

    Raises:
        ValueError: if the text holds none.
    """
    raw = json.loads(text)
    if not isinstance(raw, dict):
        raise ValueError("openings are a table")  # noqa: TRY004 - what is read is not a value of ours yet
    return {name: _opening(each) for name, each in raw.items()}


def as_kept(text: object) -> Openings | None:
    """Read openings that are kept just as they are written; None for any other form, which would be tampering."""
    try:
        found = from_text(text) if isinstance(text, str) else None
    except (ValueError, TypeError, RecursionError):
        return None
    return found if found is not None and as_text(found) == text else None


def _opening(raw: Any) -> Opening:
    match raw:
        case [None, str(text)]:
            return Opening(None, text)
        case [str(salt), str(text)] if _SALT.fullmatch(salt):
            return Opening(salt, text)
    raise ValueError("an opening is a salt and a text")


def erased(openings: Openings, fields: Iterable[str], kind: str, persons: dict[str, str], position: int) -> Openings:
    """Return openings without the salts and texts of some fields.

    Args:
        openings: what opens the commitments of one fact.
        fields: what is erased of it.
        kind: its kind.
        persons: what stands in the place of each person erased so far; who is new is added.
        position: that of the erasure, which numbers them.
    """
    marks = erasable(kind)
    gone = {name: Opening(None, _stand_in(marks[name], openings[name].text, persons, position)) for name in fields}
    return {**openings, **gone}


def after_erasure(fact: Fact, fields: Iterable[str], persons: dict[str, str], position: int) -> dict[str, str]:
    """Return what the fields of a fact will read once they are erased; the arguments are those of `erased`."""
    found = {}
    for name in fields:
        mark = erasable(fact.kind)[name]
        kept, text = _split(mark, getattr(fact, name))
        found[name] = kept + _stand_in(mark, text, persons, position)
    return found


def stands_for(mark: Erasable, text: str, position: int) -> bool:
    """Say whether a text is what the erasure at a position puts in the place of another."""
    if mark is Erasable.TEXT:
        return text == ERASED
    return re.fullmatch(rf"erased-{position}(-\d+)?", text, re.ASCII) is not None


def _stand_in(mark: Erasable, text: str, persons: dict[str, str], position: int) -> str:
    if mark is Erasable.TEXT:
        return ERASED
    number = f"erased-{position}" if not persons else f"erased-{position}-{len(persons) + 1}"
    return persons.setdefault(text, number)
