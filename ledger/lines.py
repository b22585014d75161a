"""JSON Lines in, proposed facts out; every fault of a file in one reading."""

import json
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from io import BytesIO
from typing import Any

from pydantic import ValidationError

from ledger.facts import AnyFact, any_fact
from ledger.faults import Fault
from ledger.judgement import Proposed, Reading
from ledger.shapes import shaped, shown
from ledger.uncollected import uncollected

_LONGEST_LINE = 1_000_000
_LONGEST_NUMBER = 1000


class _NotJson(ValueError):  # noqa: N818 - what the line is
    """A line that is JSON to a lenient reader only."""


def read_lines(content: bytes, name: str, new_id: Callable[[], str]) -> Reading:
    """Read facts, one JSON object a line; blank lines are passed over.

    Args:
        content: the bytes of the file, UTF-8.
        name: the name of the file, for faults.
        new_id: gives an id to a fact that has none.
    """
    with uncollected():
        return _read(content, name, new_id)


def _read(content: bytes, name: str, new_id: Callable[[], str]) -> Reading:
    reading = Reading()
    for number, line in enumerate(BytesIO(content.removeprefix(b"\xef\xbb\xbf")), 1):
        where = f"{name}, line {number}"
        if fact := _well_formed(line):
            reading.proposed.append(Proposed(fact, where))
            continue
        if line.isspace():
            continue
        raw, fault = _object(line.removesuffix(b"\n"), where)
        if raw is None:
            reading.faults += [fault] if fault else []
            continue
        fact, wrong = shaped(raw, where, new_id)
        reading.faults += wrong
        if fact is not None:
            reading.proposed.append(Proposed(fact, where))
        else:
            reading.unread.add((str(raw.get("kpi")), str(raw.get("period"))))
    return reading


def _well_formed(line: bytes) -> AnyFact | None:
    """Return the fact of a line that gives nothing but its fields, plainly and once each; None of any other line.

    Any other is read with more care. An object has no more fields than its line has colons: where a fact has as many
    fields as that, none was given twice, and none has fields of its own.
    """
    if len(line) > _LONGEST_LINE:
        return None
    try:
        fact = any_fact.validator.validate_json(line)
    except ValidationError:
        return None
    return fact if len(fact.__pydantic_fields_set__) == line.count(b":") else None


def _object(line: bytes, where: str) -> tuple[dict[str, Any] | None, Fault | None]:
    if len(line) > _LONGEST_LINE:
        return None, Fault(where, None, f"is {len(line):,} bytes long; give a line of at most {_LONGEST_LINE:,}")
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as wrong:
        return None, Fault(where, None, f"byte {wrong.start + 1} is not UTF-8; save the file as UTF-8")
    try:
        raw = _READER.decode(text)
    except _NotJson as wrong:
        return None, Fault(where, None, str(wrong))
    except json.JSONDecodeError as wrong:
        sentence = f"is not JSON at character {wrong.pos + 1} ({wrong.msg.lower()}); give one object a line"
        return None, Fault(where, None, sentence)
    except RecursionError:
        return None, Fault(where, None, "is nested too deeply; give one plain object a line")
    if not isinstance(raw, dict):
        return None, Fault(where, None, f'found {shown(raw)}; give one object a line, such as {{"fact": …}}')
    return raw, None


def _exact(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        raise _NotJson(f"the number {shown(digits)} is out of all bounds; give at most 30 digits") from None


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _NotJson(f"a number has {len(digits):,} digits; give at most 30")
    return int(digits)


def _refuse_constant(name: str) -> None:
    raise _NotJson(f"{name} is not a number in JSON; give a finite number")


def _once_each(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if not "".join(fields).isprintable():
        raise _NotJson("a field's name has characters that do not print; name the fields as the reference does")
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _NotJson(f'the field "{twice}" is given twice; give it once')
    return fields


_READER = json.JSONDecoder(
    parse_float=_exact, parse_int=_whole, parse_constant=_refuse_constant, object_pairs_hook=_once_each
)
