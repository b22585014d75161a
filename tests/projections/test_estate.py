"""Many contracts at once: the kept tables say what the live views say, as at every date."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.definition import read_definition
from ledger.levels import RATED, RELIEVED
from ledger.lines import read_lines
from ledger.period import last_day, shift
from ledger.recording import record
from ledger.store import Ledger
from projections.abatement import amount
from projections.cells import cells, last_spoken_of
from projections.contracts import contract_row
from projections.contracts_kept import rows_as_they_stand
from projections.current_tables import current_tables, why_not_current
from projections.estate import Filters, span_of
from projections.estate_cells import cells_as_at, cells_of, moved_between
from projections.estate_facts import described_by, key_by
from projections.estate_tables import described, keys_by, spans_of, terms_of
from projections.kept_rows import about_everything, cell_rows, kpis_of
from projections.moment import Moment
from projections.movement import seen
from projections.question import Question
from projections.standing import stand
from projections.summary import row_of
from tests.histories.contracts import contracts
from tests.histories.drawing import histories
from tests.test_auditor import as_toml
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from projections.cells import Cell

NOW = datetime(2026, 7, 1, 9, tzinfo=UTC)
EVER = ("0001-01", "9999-12")
NOTHING_YET = ("awaiting", "not_held", "not_started")


@contextmanager
def kept_of(data: st.DataObject) -> Iterator[tuple[Ledger, Connection]]:
    """Yield a ledger with a drawn contract and its history, and its kept tables."""
    drawn, clock = data.draw(contracts()), TickingClock(NOW)
    batches = data.draw(histories(drawn))
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "ledger.db", create=True) as ledger:
        record(ledger, read_definition(as_toml(drawn), "contract.toml"), clock)
        for batch in batches:
            record(ledger, read_lines("\n".join(map(json.dumps, batch)).encode(), "facts", Ledger.new_id), clock)
        assert why_not_current(ledger, clock) is None
        with current_tables(ledger) as current:
            assert current is not None
            yield ledger, current[0]


def days_of(ledger: Ledger, contract: str) -> list[date]:
    days = sorted({each.fact.dated for each in ledger.history(contract)})
    return [days[0] - timedelta(1), *days[:: max(1, len(days) // 6)], days[-1], days[-1] + timedelta(400)]


def asked_at(ledger: Ledger, contract: str, day: date) -> Question:
    return Question(contract, ledger.history(contract), Moment(day, NOW, ledger.head()))


def live_cells(question: Question) -> tuple[dict[tuple[str, str], Cell], set[tuple[str, str]]]:
    """Return the cells that the rules give, well beyond those spoken of, and which are spoken of."""
    standing = stand(question.facts)
    found, spoken = {}, set()
    for ref, kpi in standing.kpis.items() if standing else ():
        last = last_spoken_of(kpi)
        for cell in cells(standing, kpi, shift(last, 60)) if last else ():
            found[ref, cell.period] = cell
        spoken |= {(ref, cell.period) for cell in cells(standing, kpi, last)}
    return found, spoken


def as_kept(cell: Cell) -> tuple[Any, ...]:
    shown = seen(cell)
    return (
        cell.status.value,
        None if shown["value"] is None else f"{shown['value']:f}",
        amount(shown["points"]),
        amount(shown["multiplier"]),
        shown["run"],
        int(shown["provisional"]),
        shown["basis"],
        shown["severity"],
        amount(shown["late_return"]),
    )


def nothing_yet(shown: tuple[Any, ...] | None) -> bool:
    return shown is None or (shown[0] in NOTHING_YET and shown[1] is None and not shown[5])


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_cells_as_at_every_date_are_those_the_rules_give(data: st.DataObject) -> None:
    with kept_of(data) as (ledger, tables):
        (contract,) = ledger.contracts()
        for day in days_of(ledger, contract):
            live, spoken = live_cells(asked_at(ledger, contract, day))
            kept = {(row[2], row[1]): tuple(row[3:]) for row in cells_of(tables, contract, *EVER, day)}
            held = {key for key in spoken if live[key].status.value != "not_held"}
            assert held <= kept.keys()
            assert kept == {key: as_kept(live[key]) for key in kept}
            there = [*chain.from_iterable(cells_as_at(tables, day))]
            assert sorted(there) == sorted(cells_of(tables, contract, *EVER, day))


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_moved_between_two_dates_is_what_differs_with_the_facts_of_every_step(data: st.DataObject) -> None:
    with kept_of(data) as (ledger, tables):
        (contract,) = ledger.contracts()
        days = days_of(ledger, contract)
        earlier, later = sorted((data.draw(st.sampled_from(days)), data.draw(st.sampled_from(days))))
        was, now = (
            {(row[2], row[1]): row[3:] for row in cells_of(tables, contract, *EVER, day)} for day in (earlier, later)
        )
        everything = about_everything(contract, ledger.history(contract), datetime(2026, 7, 1, tzinfo=UTC))
        told: dict[tuple[str, str], list[str]] = {}
        for ref in kpis_of(everything):
            for each in sorted(cell_rows(everything, ref), key=lambda each: each["since"]):
                if f"{earlier}" < each["since"] <= f"{later}":
                    told.setdefault((ref, each["period"]), []).extend(json.loads(each["because"]))
        expected = {
            key: (was.get(key), now.get(key), [*dict.fromkeys(told.get(key, ()))])
            for key in {*was, *now}
            if was.get(key) != now.get(key)
            and not ((key not in was or key not in now) and nothing_yet(was.get(key)) and nothing_yet(now.get(key)))
        }
        found = moved_between(tables, earlier, later)
        assert {(each.kpi, each.period): each[3:] for each in found} == expected
        assert len(found) == len(expected)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_contract_ranks_by_the_tables_as_it_does_by_its_facts(data: st.DataObject) -> None:
    with kept_of(data) as (ledger, tables):
        (contract,) = ledger.contracts()
        *earlier, day = days_of(ledger, contract)
        question = asked_at(ledger, contract, day)
        for order in ("status", "failing", "points"):
            assert keys_by(order, tables, [contract], day, None, 6) == {contract: key_by(order, question)}
        for before in earlier[1:]:
            asked = asked_at(ledger, contract, before)
            (found,) = described(tables, before, Filters(search=""))
            expected = described_by(asked.standing, contract)
            assert replace(found, kpi_titles=()) == replace(expected, kpi_titles=())
            assert sorted(filter(None, found.kpi_titles)) == sorted(expected.kpi_titles)
            assert keys_by("status", tables, [contract], before, None, 6) == {contract: key_by("status", asked)}
            column = asked.columns[data.draw(st.integers(0, 5))]
            bounded = replace(asked, last=column)
            assert keys_by("status", tables, [contract], before, column, 6) == {contract: key_by("status", bounded)}
            shown = span_of(asked.last_column, asked.standing.terms.frequency, 6)
            if spans_of(tables, terms_of(tables, [contract]), before, None, 6) == {contract: shown}:
                assert keys_by("failing", tables, [contract], before, None, 6) == {contract: key_by("failing", asked)}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_each_kpi_in_use_is_counted_once_by_its_last_cell_with_a_result(data: st.DataObject) -> None:
    with kept_of(data) as (ledger, _):
        (contract,) = ledger.contracts()
        for day in days_of(ledger, contract)[1:]:
            question = asked_at(ledger, contract, day)
            standing, row, expected = question.standing, contract_row(question), Counter[str]()
            used = [
                kpi
                for kpi in standing.kpis.values()
                if kpi.first_period
                and kpi.first_period <= day.isoformat()[:7]
                and (kpi.last_period is None or last_day(kpi.last_period, kpi.frequency) >= day)
            ]
            for kpi in used:
                over = [
                    cell.status
                    for cell in cells(standing, kpi, day.isoformat()[:7])
                    if last_day(cell.period, kpi.frequency) < day and cell.status in (*RATED, *RELIEVED)
                ]
                if over or kpi.levels:
                    expected[(row_of(over[-1]) or "") if over else "awaiting"] += 1
            assert (row.kpis_in_use, row.counts) == (len(used), expected)
            assert key_by("status", question) == (row.counts["red"], row.counts["amber"])


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_contract_is_listed_by_the_tables_as_by_its_facts_once_no_fact_bears_a_later_date(
    data: st.DataObject,
) -> None:
    with kept_of(data) as (ledger, tables):
        (contract,) = ledger.contracts()
        last = max(each.fact.dated for each in ledger.history(contract))
        for later in (0, 1, data.draw(st.integers(2, 90)), data.draw(st.integers(91, 1500))):
            day = last + timedelta(later)
            question = asked_at(ledger, contract, day)
            assert rows_as_they_stand(tables, [contract], day) == {contract: contract_row(question)}, day
            for order in ("status", "failing", "points"):
                assert keys_by(order, tables, [contract], day, None, 6) == {contract: key_by(order, question)}, day
        assert rows_as_they_stand(tables, [contract], last - timedelta(1)) == {}
