"""A line is read in one step where it is plain, and with care where it is not; what is found is the same."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ledger.facts import KINDS
from ledger.faults import Fault
from ledger.lines import read_lines
from ledger.shapes import shaped
from ledger.values import By, Code, Name, PeriodText, Prose, Text

if TYPE_CHECKING:
    from collections.abc import Callable

STORED = {
    kind: json.loads((Path(__file__).parents[1] / "stored" / f"{kind}.json").read_text(encoding="utf-8"))["fact"]
    for kind in KINDS
}
RETURN = {
    "fact": "PerformanceSubmitted", "id": "r", "contract": "c", "dated": "2025-05-20", "by": "P/m", "kpi": "K",
    "period": "2025-04", "value": "98.50",
}  # fmt: skip
ODD = [
    None, True, False, 0, 1, -1, 1.0, 98.5, 2.5e-7, 10**31, float("nan"), float("inf"), "", " ", "a:b", '"', "\\",
    "\x00", "\x1f", "\x7f", "\u2028", "\ud800", "é😀", "true", "1", "1e5", "1e999", "2025-02-30", "2025-05-20",
    "2025-05", "A/b c", [], {}, ["a"], {"a": "1"}, [[]],
]  # fmt: skip


def found(line: str) -> tuple[list[Any], list[Fault]]:
    reading = read_lines(line.encode(), "f", lambda: "new")
    return [each.fact for each in reading.proposed], reading.faults


def plain_of(kind: str) -> dict[str, Any]:
    return {name: value for name, value in STORED[kind].items() if not isinstance(value, (dict, list))}


@st.composite
def fields(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(sorted(KINDS)))
    drawn = dict(plain_of(kind) if draw(st.booleans()) else STORED[kind])
    for name in draw(st.lists(st.sampled_from([*KINDS[kind].model_fields, "other"]), max_size=3)):
        drawn[name] = draw(st.sampled_from(ODD))
    for name in draw(st.lists(st.sampled_from(list(drawn)), max_size=1)):
        del drawn[name]
    return drawn


TEXTS = {name: TypeAdapter(kind) for name, kind in {"name": Name, "code": Code, "by": By, "prose": Prose}.items()}
TEXTS |= {"text": TypeAdapter(Text), "period": TypeAdapter(PeriodText)}


def taken(read: Callable[[Any], str], given: str | bytes) -> str | None:
    try:
        return read(given)
    except ValidationError:
        return None


@given(
    st.sampled_from(sorted(TEXTS)),
    st.text(alphabet=" !-/09Az~\t\n\x00\x7f\x85\xa0é\u2028\u3000😀", max_size=6)
    | st.from_regex(r"\A[12][09]\d\d-[01]\d\n?\Z"),
)
@example("name", " a")
@example("period", "2017-05\n")
@example("by", "LCC/ a")
def test_a_text_is_taken_from_a_line_as_from_anywhere(kind: str, text: str) -> None:
    of = TEXTS[kind]
    assert taken(of.validate_json, json.dumps(text)) == taken(of.validate_python, text)


@given(fields(), st.booleans())
@example({**RETURN, "value": 98.5}, False)
@example({**RETURN, "note": "a:b"}, False)
def test_a_line_is_the_fact_that_its_fields_make(fields: dict[str, Any], as_ascii: bool) -> None:
    try:
        line = json.dumps(fields, ensure_ascii=as_ascii)
        line.encode()
        raw = json.loads(line, parse_float=Decimal, parse_constant=int)
    except ValueError:  # a constant that is no JSON, or half of a pair that UTF-8 cannot write
        return
    fact, faults = shaped(raw, "f, line 1", lambda: "new")
    assert found(line) == ([] if fact is None else [fact], faults)


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_fact_of_every_kind_is_read_from_its_line(kind: str) -> None:
    assert found(json.dumps(STORED[kind])) == ([KINDS[kind].model_validate(STORED[kind])], [])


@pytest.mark.parametrize(
    "twice", ['"kpi": "K"', '"kpi" : "L"', '"kpi"\t:\t"K", "note": "once: or twice"', '"\\u006bpi": "K"']
)
def test_a_field_given_twice_is_a_fault_however_it_is_written(twice: str) -> None:
    line = f"{json.dumps(RETURN)[:-1]}, {twice}}}"
    assert found(line) == ([], [Fault("f, line 1", None, 'the field "kpi" is given twice; give it once')])


def test_a_number_keeps_its_digits() -> None:
    line = json.dumps(RETURN).replace('"98.50"', "98.50")
    (fact,), faults = found(line)
    assert (str(fact.value), faults) == ("98.50", [])


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e400", "0x1", "01", "'1'", "1,", "[1", '"\x01"', '"\\ud800"'])
def test_what_is_no_value_is_no_fact(value: str) -> None:
    facts, faults = found(json.dumps(RETURN).replace('"98.50"', value))
    assert (facts, len(faults)) == ([], 1)
