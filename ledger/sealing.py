"""What may be erased one day: free text and persons' names stand in the tree as salted commitments only.

The commitment is part of the leaf for ever. The text and its salt, which open it, are kept beside the facts, so
that they can go without a trace while every proof still holds.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from hashlib import sha256
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from pydantic import BaseModel, StringConstraints, TypeAdapter

from ledger.fact import Fact
from ledger.facts import KINDS
from ledger.values import Erasable

SALT_BYTES = 16
ERASED = "[erased]"
_Salt = Annotated[str, StringConstraints(pattern=f"^[0-9a-f]{{{2 * SALT_BYTES}}}$")]
_KEPT = TypeAdapter(dict[str, tuple[_Salt | None, str]])
_STANDS_IN = {
    Erasable.TEXT: re.compile(re.escape(ERASED)),
    Erasable.PERSON: re.compile(r"erased-\d+(-\d+)?", re.ASCII),
}
_ITEM = re.compile(r"([a-z_]+)\[([1-9]\d{0,5})\]\.([a-z_]+)", re.ASCII)
_AS_KEPT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
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
    """Return the fields of a kind of fact that may be erased, and what of each.

    A field of the items of a list is named with its list, as `actions[].owner`.
    """
    return dict(_erasable(KINDS[kind]))


@cache
def _texts_in_lists(kind: str) -> Sequence[tuple[str, str]]:
    """Return the lists of a kind of fact whose items have what may be erased, each with the field of its items."""
    split = [marked.partition("[].") for marked in erasable(kind)]
    return [(name, inner) for name, inside, inner in split if inside]


def _erasable(model: type[BaseModel]) -> Iterator[tuple[str, Erasable]]:
    for name, hint in get_type_hints(model, include_extras=True).items():
        if name in model.model_fields:
            yield from ((name, mark) for mark in _marks(hint))
            for part in _items(hint):
                yield from ((f"{name}[].{inner}", mark) for inner, mark in _erasable(part))


def _items(hint: Any) -> Iterator[type[BaseModel]]:
    """Yield the models of the items of a list."""
    for part in get_args(hint):
        if get_origin(hint) is tuple and isinstance(part, type) and issubclass(part, BaseModel):
            yield part
        elif not isinstance(part, (str, int)):
            yield from _items(part)


def mark_of(kind: str, name: str) -> Erasable | None:
    """Return what of a field may be erased, such as `reason` or `actions[2].owner`; None if nothing may.

    >>> mark_of("ActionPlanProposed", "actions[2].owner"), mark_of("ActionPlanProposed", "actions[2].due_on")
    (<Erasable.TEXT: 1>, None)
    """
    item = _ITEM.fullmatch(name) if "[" in name else None
    return erasable(kind).get(f"{item[1]}[].{item[3]}" if item else name)


def _marks(hint: Any) -> Iterator[Erasable]:
    yield from (mark for mark in getattr(hint, "__metadata__", ()) if isinstance(mark, Erasable))
    for part in get_args(hint):
        if not isinstance(part, (str, int)):
            yield from _marks(part)


def erasable_texts(fact: Fact) -> dict[str, str]:
    """Return what of a fact may be erased, by field: its free texts, and the persons it names."""
    found = {}
    for marked, mark in erasable(fact.kind).items():
        for name, value in _values(fact, marked):
            _, text = _split(mark, value) if value is not None else ("", "")
            if text:
                found[name] = text
    return found


def _values(fact: Fact, marked: str) -> Iterator[tuple[str, str | None]]:
    """Yield the values of a field that may be erased by their names; of one of a list's items, those of every item."""
    name, inside, inner = marked.partition("[].")
    if not inside:
        yield name, getattr(fact, name)
        return
    for number, item in enumerate(getattr(fact, name), 1):
        yield f"{name}[{number}].{inner}", getattr(item, inner)


def flat(kind: str, fields: Fields) -> Fields:
    """Return the fields of a fact with the texts of lists' items taken out, to fields of their own.

    So whatever may be erased is a field of the fact itself, `actions[1].owner`; a kind without such lists is as it was.
    """
    found = dict(fields)
    for name, inner in _texts_in_lists(kind):
        if name not in fields:
            continue
        for number, item in enumerate(found[name], 1):
            if inner in item:
                found[f"{name}[{number}].{inner}"] = item[inner]
        found[name] = [{key: value for key, value in item.items() if key != inner} for item in found[name]]
    return found


def _whole(kind: str, fields: Fields) -> Fields:
    """Return fields with the texts of lists' items put back where they belong.

    Raises:
        ValueError: if there is no such item.
    """
    found = dict(fields)
    for field in fields:
        item = _ITEM.fullmatch(field) if "[" in field else None
        if item is None or mark_of(kind, field) is None:
            continue
        name, place, inner = item[1], int(item[2]), item[3]
        if not isinstance(items := found.get(name), list) or place > len(items):
            raise ValueError(f"{field} is a text of no item")
        found[name] = [{**each, inner: fields[field]} if at == place else each for at, each in enumerate(items, 1)]
        del found[field]
    return found


def _marks_of(kind: str, names: Iterable[str]) -> dict[str, Erasable]:
    """Return what of each named field may be erased, of those of which something may."""
    return {name: mark for name in names if (mark := mark_of(kind, name)) is not None}


def _split(mark: Erasable, value: str) -> tuple[str, str]:
    """Return what of a value stays, and what may be erased."""
    if mark is Erasable.TEXT:
        return "", value
    party, slash, person = value.partition("/")
    return party + slash, person


def seal(kind: str, fields: Fields, new_salts: Iterator[bytes]) -> tuple[Fields, dict[str, tuple[str, str]]]:
    """Put commitments in the place of what may be erased; return the fields, and the salt and text that open each.

    A signed fact brings the salts that its signature rests on. They are kept with the texts, and go with them.

    Args:
        kind: the kind of fact.
        fields: its fields as JSON; those without a value are left out.
        new_salts: random ones of 16 bytes; those that are needed are taken.
    """
    in_lists = _texts_in_lists(kind)
    sealed = flat(kind, fields) if in_lists else fields.copy()
    own: Mapping[str, str] = {}
    if "signature" in fields:
        own = fields["signature"].get("salts", {})
        sealed["signature"] = {name: value for name, value in fields["signature"].items() if name != "salts"}
    openings = {}
    marks = _marks_of(kind, sealed) if in_lists else erasable(kind)
    for name, mark in marks.items():
        if name not in sealed:
            continue
        kept, text = _split(mark, sealed[name])
        if text:
            salt = bytes.fromhex(own[name]) if name in own else next(new_salts)
            sealed[name] = kept + commitment(salt, text)
            openings[name] = (salt.hex(), text)
    return sealed, openings


def unseal(kind: str, sealed: Fields, openings: Openings) -> Fields:
    """Put back what stood in the place of commitments, or what stands there since it was erased."""
    fields = dict(sealed)
    for name, opening in openings.items():
        fields[name] = _split(_marked(kind, name), sealed[name])[0] + opening.text
    if "signature" in sealed:
        salts = {name: opening.salt for name, opening in openings.items() if opening.salt is not None}
        fields["signature"] = {**sealed["signature"], "salts": salts}
    return _whole(kind, fields) if _texts_in_lists(kind) else fields


def _marked(kind: str, name: str) -> Erasable:
    mark = mark_of(kind, name)
    if mark is None:
        raise KeyError(name)
    return mark


def commitments(kind: str, sealed: Fields) -> dict[str, str]:
    """Return the commitment that stands in each field of a sealed fact."""
    split = {name: _split(mark, str(sealed[name]))[1] for name, mark in _marks_of(kind, sealed).items()}
    return {name: commitment for name, commitment in split.items() if commitment}


def false_openings(kind: str, sealed: Fields, openings: Openings) -> list[str]:
    """Return the fields whose text is not the one that the leaf commits to, or is gone without having been erased."""
    wrong = []
    named = {**dict.fromkeys(sealed), **openings} if kind in KINDS else openings
    marks = _marks_of(kind, named) if kind in KINDS else {}
    for name in {**marks, **openings}:
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
    return _AS_KEPT.encode(openings)


def from_text(text: str) -> Openings:
    """Read openings as they are kept.

    Raises:
        ValueError: if the text holds none.
    """
    return {name: Opening(*each) for name, each in _KEPT.validator.validate_json(text).items()}


def as_kept(text: object) -> Openings | None:
    """Read openings that are kept just as they are written; None for any other form, which would be tampering."""
    try:
        found = from_text(text) if isinstance(text, str) else None
    except (ValueError, TypeError, RecursionError):
        return None
    return found if found and as_text(found) == text else None


def erased(openings: Openings, fields: Iterable[str], kind: str, persons: dict[str, str], position: int) -> Openings:
    """Return openings without the salts and texts of some fields.

    Args:
        openings: what opens the commitments of one fact.
        fields: what is erased of it.
        kind: its kind.
        persons: what stands in the place of each person erased so far; who is new is added.
        position: that of the erasure, which numbers them.
    """
    gone = {
        name: Opening(None, _stand_in(_marked(kind, name), openings[name].text, persons, position)) for name in fields
    }
    return {**openings, **gone}


def after_erasure(fact: Fact, fields: Iterable[str], persons: dict[str, str], position: int) -> dict[str, Any]:
    """Return what the fields of a fact will be once they are erased; the arguments are those of `erased`."""
    found: dict[str, Any] = {}
    for field in fields:
        mark = _marked(fact.kind, field)
        item = _ITEM.fullmatch(field)
        name = item[1] if item else field
        value = found.get(name, getattr(fact, name))
        if item is None:
            kept, text = _split(mark, value)
            found[name] = kept + _stand_in(mark, text, persons, position)
            continue
        place, inner = int(item[2]) - 1, item[3]
        kept, text = _split(mark, getattr(value[place], inner))
        changed = value[place].model_copy(update={inner: kept + _stand_in(mark, text, persons, position)})
        found[name] = (*value[:place], changed, *value[place + 1 :])
    return found


def stands_for(mark: Erasable | None, text: str, position: int) -> bool:
    """Say whether a text is what the erasure at a position puts in the place of another."""
    if mark is not Erasable.PERSON:
        return mark is Erasable.TEXT and text == ERASED
    return re.fullmatch(rf"erased-{position}(-\d+)?", text, re.ASCII) is not None


def _stand_in(mark: Erasable, text: str, persons: dict[str, str], position: int) -> str:
    if mark is Erasable.TEXT:
        return ERASED
    number = f"erased-{position}" if not persons else f"erased-{position}-{len(persons) + 1}"
    return persons.setdefault(text, number)
