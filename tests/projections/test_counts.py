"""Counts are snapshots: which one stands on a date, what is odd about them, and the rate that is worked out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.counts import findings, resolution_rate
from projections.standing import stand
from tests.given import contract, fact, recorded

if TYPE_CHECKING:
    from tests.conftest import Program


def count(period: str, received: int, resolved: int, outstanding: int, dated: str = "2025-06-01", **fields: Any) -> Any:
    own = {"series": "Letters", "category": "Adults", "period": period, **fields}
    return fact("CountsReported", dated, **own, received=received, resolved=resolved, outstanding=outstanding)


def report(name: str, as_at: str, **fields: Any) -> Any:
    own = {"title": name, "as_at": as_at, "first_period": "2025-01", "last_period": "2025-05", **fields}
    return fact("ReportPublished", as_at, report=name, **own)


def shown(program: Program, *asked: str) -> dict[str, Any]:
    return program.json("counts", "c", *asked)["series"][0]


def cells(program: Program, *asked: str) -> dict[tuple[str, str], tuple[int, int, int] | None]:
    return {
        (row["category"], cell["period"]): (cell["received"], cell["resolved"], cell["outstanding"])
        for row in shown(program, *asked)["categories"]
        for cell in row["cells"]
        if cell["received"] is not None
    }


def test_a_later_snapshot_stands_from_its_own_date_and_the_earlier_before_it(program: Program) -> None:
    program.record(
        contract(), count("2025-05", 9, 5, 4, id="first"), count("2025-05", 9, 8, 1, "2025-07-01", id="later")
    )
    assert cells(program) == {("Adults", "2025-05"): (9, 8, 1)}
    assert cells(program, "--as-at", "2025-06-30") == {("Adults", "2025-05"): (9, 5, 4)}
    (cell,) = shown(program, "--as-at", "2025-06-30", "--periods", "1")["categories"][0]["cells"]
    assert (cell["as_at"], cell["fact"]) == ("2025-06-01", "first")
    assert program.json("counts", "c", "--as-at", "2025-05-31")["series"] == []


def test_a_void_of_the_later_snapshot_brings_the_earlier_back(program: Program) -> None:
    program.record(contract(), count("2025-05", 9, 5, 4), count("2025-05", 9, 8, 1, "2025-07-01", id="later"))
    program.record(fact("FactVoided", "2025-07-02", voids="later", by="P"))
    assert cells(program) == {("Adults", "2025-05"): (9, 5, 4)}
    assert cells(program, "--as-at", "2025-07-01") == {("Adults", "2025-05"): (9, 8, 1)}


def test_of_two_snapshots_of_one_day_the_last_recorded_stands_and_the_date_outranks_the_order(program: Program) -> None:
    program.record(contract(), count("2025-05", 9, 7, 2, "2025-07-01"), count("2025-05", 9, 8, 1, "2025-07-01"))
    program.record(count("2025-05", 9, 5, 4))
    assert cells(program) == {("Adults", "2025-05"): (9, 8, 1)}


def test_the_periods_shown_end_with_the_latest_counted_unless_told(program: Program) -> None:
    program.record(contract(), count("2025-05", 9, 5, 4), count("2024-12", 2, 2, 0))
    assert shown(program)["periods"] == ["2024-12", "2025-01", "2025-02", "2025-03", "2025-04", "2025-05"]
    assert shown(program, "--last", "2025-01", "--periods", "2")["periods"] == ["2024-12", "2025-01"]
    assert "not counted" in program.done("counts", "c").stdout


def test_columns_of_different_snapshots_say_which_date_each_is_correct_as_at(program: Program) -> None:
    program.record(contract(), count("2025-04", 4, 4, 0), count("2025-05", 9, 8, 1, "2025-07-01"))
    program.record(count("2025-05", 3, 3, 0, "2025-07-04", category="Children"))
    assert shown(program)["snapshot_dates"] == ["2025-06-01", "2025-07-01", "2025-07-04"]
    printed = program.done("counts", "c", "--periods", "3", "--format", "csv").stdout
    assert "Correct as at,,1 June 2025,Adults 1 July 2025; Children 4 July 2025" in printed
    assert "Correct as at" not in program.done("counts", "c", "--periods", "1", "--last", "2025-04").stdout


def test_a_total_without_every_category_says_which_is_missing(program: Program) -> None:
    program.record(contract(), count("2025-04", 4, 4, 0), count("2025-05", 9, 8, 1))
    program.record(count("2025-05", 3, 3, 0, category="Children"))
    document = program.json("counts", "c", "--periods", "3")
    march, april, may = document["series"][0]["totals"]
    assert [march[name] for name in ("received", "rate", "notes")] == [None, None, []]
    assert (april["received"], april["notes"], may["received"], may["notes"]) == (4, [1], 12, [])
    assert document["notes"][0]["text"].endswith("total of Apr-25: not every category is counted; Children missing.")


def test_what_contradicts_itself_is_flagged_with_by_how_much() -> None:
    facts = [
        contract(),
        count("2025-01", 5, 5, 0),
        count("2025-02", 5, 3, 0),
        count("2025-03", 5, 4, 3),
        count("2025-04", 5, 6, 0),
    ]
    standing = stand(recorded(facts))
    assert standing is not None
    february, march, april, again = findings(standing)
    assert february.startswith("Letters, Adults, Feb-25: 5 received, 3 resolved and 0 outstanding; ")
    assert february.endswith("; 2 received are neither resolved nor outstanding.")
    assert march.endswith("; 2 more than were received are resolved or outstanding.")
    assert april.endswith("; 1 more than were received is resolved or outstanding.")
    assert again == "Letters, Adults, Apr-25: more are resolved, 6, than were received, 5."


def test_a_corrected_snapshot_is_no_finding_any_more() -> None:
    odd, right = count("2025-02", 5, 3, 0), count("2025-02", 5, 3, 2, "2025-07-01")
    standing = stand(recorded([contract(), odd, right]))
    assert standing is not None
    assert findings(standing) == []


def test_nothing_to_resolve_has_no_rate(program: Program) -> None:
    program.record(contract(), count("2025-04", 0, 0, 0), count("2025-05", 3, 0, 0))
    assert [total["rate"] for total in shown(program, "--periods", "3")["totals"]] == [None, None, None]
    printed = program.done("counts", "c", "--periods", "3", "--format", "csv").stdout
    assert "Overall resolution rate,not counted,no contacts,none resolved or outstanding" in printed


def test_a_rate_that_only_rounding_makes_whole_says_so(program: Program) -> None:
    program.record(contract(), count("2025-05", 30_000, 29_999, 1), count("2025-04", 30_000, 1, 29_999))
    document = program.json("counts", "c", "--periods", "2")
    assert [total["rate"] for total in document["series"][0]["totals"]] == ["0.00", "100.00"]
    assert document["notes"][1]["text"].endswith("the rate is 100.00% only as rounded; 29999 of 30000 are resolved.")


@given(st.integers(0, 10**15), st.integers(0, 10**15))
def test_a_rate_is_within_half_a_hundredth_of_what_it_rounds_and_a_half_goes_up(
    resolved: int, outstanding: int
) -> None:
    rate = resolution_rate(resolved, outstanding)
    whole = resolved + outstanding
    if rate is None:
        assert whole == 0
        return
    hundredths = int(rate * 100)
    assert hundredths == (2 * 10_000 * resolved + whole) // (2 * whole)
    assert -rate.as_tuple().exponent == 2  # type: ignore[operator]


def test_series_are_shown_in_the_order_first_reported_and_one_alone_if_asked(program: Program) -> None:
    program.record(contract(), count("2025-05", 1, 1, 0), count("2025-04", 1, 1, 0, series="Calls"))
    assert [each["series"] for each in program.json("counts", "c")["series"]] == ["Letters", "Calls"]
    assert [each["series"] for each in program.json("counts", "c", "--series", "Calls")["series"]] == ["Calls"]


@pytest.mark.parametrize(("asked", "hint"), [("Leters", "did you mean Letters?"), ("zzz", "there is Letters")])
def test_a_series_that_is_not_there_is_a_fault_with_a_near_match(program: Program, asked: str, hint: str) -> None:
    program.record(contract(), count("2025-05", 1, 1, 0))
    result = program.run("counts", "c", "--series", asked)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f'--series: c has no series "{asked}"; {hint}\n'


def test_where_nothing_is_counted_the_table_says_none(program: Program) -> None:
    program.record(contract())
    assert program.done("counts", "c").stdout == "Contacts received, as at 5 January 2026\nNone.\n"
    assert program.run("counts", "c", "--series", "x").stderr.endswith("there is none yet\n")


def test_a_count_that_came_late_to_a_published_report_says_so(program: Program) -> None:
    program.record(contract(), count("2025-05", 9, 5, 4), report("R", "2025-06-30"))
    assert program.json("counts", "c")["notes"] == []
    program.record(count("2025-05", 9, 5, 4, "2025-06-02"))
    assert program.json("counts", "c")["notes"] == [], "it would have shown the same"
    program.record(count("2025-05", 9, 6, 3, "2025-06-03"))
    (note,) = program.json("counts", "c")["notes"]
    assert note["text"].startswith("Late: facts taken after the report R was published")
    assert note["text"].endswith("would have changed Letters Adults May-25.")
    assert program.json("counts", "c", "--as-at", "2025-06-02")["notes"] == []
