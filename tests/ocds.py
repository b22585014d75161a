"""The shape of the release that a notice is written as, from the public documentation of what it is made of.

That is the release schema of the Open Contracting Data Standard 1.1, its metrics extension, and the extension for the
United Kingdom. No package carries those schemas, so the fields that are written are stated here, in our own table.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_INSTANT = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ", re.ASCII)
_TAGS = {
    "planning", "planningUpdate", "tender", "tenderAmendment", "tenderUpdate", "tenderCancellation", "award",
    "awardUpdate", "awardCancellation", "contract", "contractUpdate", "contractAmendment", "implementation",
    "implementationUpdate", "contractTermination", "compiled",
}  # fmt: skip
_CLASSES = {"met", "slightlyBelow", "below", "significantlyBelow", "other"}


class Field(NamedTuple):
    """What a field holds, and whether it must be there."""

    holds: Any
    needed: bool = False


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _id(value: Any) -> bool:
    return _text(value) and "#" not in value


def _instant(value: Any) -> bool:
    return isinstance(value, str) and _INSTANT.fullmatch(value) is not None


def _one_of(*allowed: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and value in allowed


_PERIOD = {"startDate": Field(_instant), "endDate": Field(_instant)}
_REFERENCE = {"id": Field(_text), "name": Field(_text)}
_OBSERVATION = {
    "id": Field(_text, needed=True),
    "period": Field(_PERIOD),
    "measure": Field(_text),
    "unit": Field({"name": Field(_text), "scheme": Field(_text), "id": Field(_text)}),
    "notes": Field(_text),
    "measureClassification": Field({"id": Field(_one_of(*_CLASSES)), "description": Field(_text)}),
}
_METRIC = {
    "id": Field(_text, needed=True),
    "title": Field(_text),
    "description": Field(_text),
    "observations": Field([_OBSERVATION]),
}
_PARTY = {
    **_REFERENCE,
    "identifier": Field({"scheme": Field(_text), "id": Field(_text), "legalName": Field(_text)}),
    "roles": Field([_one_of("buyer", "supplier")]),
    "address": Field({"streetAddress": Field(_text)}),
    "contactPoint": Field({"email": Field(_text)}),
}
_CONTRACT = {
    "id": Field(_text, needed=True),
    "awardID": Field(_text, needed=True),
    "title": Field(_text),
    "status": Field(_one_of("pending", "active", "cancelled", "terminated")),
    "agreedMetrics": Field([_METRIC]),
    "implementation": Field({"metrics": Field([_METRIC])}),
}
RELEASE = {
    "ocid": Field(_text, needed=True),
    "id": Field(_id, needed=True),
    "date": Field(_instant, needed=True),
    "tag": Field([_one_of(*_TAGS)], needed=True),
    "initiationType": Field(_one_of("tender"), needed=True),
    "language": Field(_text),
    "parties": Field([_PARTY]),
    "buyer": Field(_REFERENCE),
    "awards": Field([{"id": Field(_text, needed=True), "suppliers": Field([_REFERENCE])}]),
    "contracts": Field([_CONTRACT]),
}


def faults(value: Any, holds: Any = RELEASE, where: str = "") -> Iterator[str]:
    """Say where a value is not of a shape: a table of fields, a list of one shape without equals, or a test."""
    if isinstance(holds, dict):
        yield from _faults_of_table(value, holds, where)
    elif isinstance(holds, list):
        if not isinstance(value, list) or not value:
            yield f"{where} is no list, or an empty one"
            return
        for number, each in enumerate(value):
            yield from faults(each, holds[0], f"{where}[{number}]")
            if each in value[:number]:
                yield f"{where}[{number}] is there twice"
    elif not holds(value):
        yield f"{where} is {value!r}"


def _faults_of_table(value: Any, fields: Mapping[str, Field], where: str) -> Iterator[str]:
    if not isinstance(value, dict) or not value:
        yield f"{where} is no object, or an empty one"
        return
    yield from (f"{where}.{name} is missing" for name, field in fields.items() if field.needed and name not in value)
    for name, each in value.items():
        if name in fields:
            yield from faults(each, fields[name].holds, f"{where}.{name}")
        else:
            yield f"{where}.{name} is no field"


def ids_given_twice(release: Any) -> list[str]:
    """Return the ids that a list of the release gives twice."""
    found: list[str] = []
    if isinstance(release, dict):
        for each in release.values():
            found += ids_given_twice(each)
    elif isinstance(release, list):
        ids = [each["id"] for each in release if isinstance(each, dict) and "id" in each]
        found += [each for each in ids if ids.count(each) > 1]
        for each in release:
            found += ids_given_twice(each)
    return found
