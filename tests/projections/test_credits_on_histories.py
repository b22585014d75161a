"""Caps, triggers and settlements equal a second, slow implementation on random histories, whatever the order of facts.

The second is tests/auditor.py, which shares nothing with the ledger.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.abatement import abatement, period_totals
from projections.credits import Credits
from projections.diff import diff
from projections.moment import Moment
from projections.question import Question
from tests import auditor
from tests.histories.contracts import BANDS, contracts
from tests.histories.drawing import histories, questions
from tests.test_auditor import RELAXED, loaded


@st.composite
def money_terms(draw: st.DrawFn) -> dict[str, Any]:
    """Return terms under which points nearly always become money, and caps and triggers are often reached."""
    price = draw(st.sampled_from(["pounds_per_point", "pounds_per_point", "percent_of_charge_per_point"]))
    most = [{"pounds": "900"}, {"pounds": "4000"}, {"percent_of_charges": "1.5"}]
    points = draw(st.sampled_from(["20", "75", "400.5"]))
    optional = {
        "cap": draw(st.sampled_from([None, "700", "3000"])),
        "point_bands": draw(st.sampled_from([None, *BANDS])),
        "rolling_cap": draw(
            st.sampled_from([None, *({"months": months, **each} for months in (3, 12) for each in most)])
        ),
    }
    return {
        price: "12.5" if price == "pounds_per_point" else "0.05",
        **{name: term for name, term in optional.items() if term},
        "triggers": [{"name": "notice", "points": points, "within": draw(st.integers(1, 4))}],
    }


def check(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    priced = ("pounds_per_point", "percent_of_charge_per_point", "cap")
    points = {name: term for name, term in contract["scheme"].items() if name not in priced}
    contract["scheme"] = points | data.draw(money_terms())
    batches = data.draw(histories(contract))
    asked = [data.draw(questions(contract, batches)) for _ in range(2)]
    name = contract["contract"]["id"]
    with tempfile.TemporaryDirectory() as folder:
        ledger, taken = loaded(Path(folder), contract, batches)
        with ledger:
            history = ledger.history(name)
            positions = {recorded.fact.id: recorded.position for recorded in history}
            facts = [{**fact, "position": positions[fact["id"]]} for batch in batches for fact in batch]
            put = []
            for as_at, known, last, periods in asked:
                known_at = taken[known - 1] if known else taken[0] - timedelta(seconds=1)
                moment = Moment(as_at, known_at, ledger.position_at(known_at))
                put.append(Question(name, history, moment, last, periods))
                with localcontext() as context:
                    context.prec = 100
                    compare(put[-1], contract, facts)
            every_move_has_a_cause(*put)


def compare(question: Question, contract: dict[str, Any], facts: list[dict[str, Any]]) -> None:
    at = (question.moment.as_at, question.moment.position)
    last, count = question.columns[-1], len(question.columns)
    caps_are_those(question, auditor.uncapped(contract, facts, *at, last, count), contract)
    view = Credits(question)
    triggers = {each["name"]: each for each in contract["scheme"].get("triggers", [])}
    for state in view.triggers:
        theirs = auditor.trigger_points(contract, facts, *at, triggers[state.trigger.name], auditor.month(state.period))
        assert state.points == theirs
        assert state.reached == (theirs >= Decimal(triggers[state.trigger.name]["points"]))
    known = auditor.known(facts, *at)
    done: dict[str, Any] = {}
    given_, owed = auditor.settled(contract, facts, *at, done)
    ours = {each.adjustment.period: each.adjustment.amount for each in view.open_adjustments}
    assert ours == {auditor.name(period): amount for period, amount in owed.items() if amount}
    invoices = auditor.of_kind(known, "CreditInvoiced")
    for recorded, fact in question.standing.invoices:
        given = view.books.statement(recorded).given
        assert {auditor.month(period): amount for period, amount in given.items() if amount} == {
            period: amount for period, amount in done[fact.id].items() if amount
        }
    adds_up(contract, facts, at, ours, invoices, given_)
    rows_add_up(view)


def every_move_has_a_cause(earlier: Question, later: Question) -> None:
    """Whatever moved, a cap that rolls included, a fact that only one of the two knows did it."""
    columns = later.columns
    moved = diff(earlier, later, whole=False).found.totals
    was, now = (
        {total.period: total.service_credit for total in period_totals(each.standing, columns)}
        for each in (earlier, later)
    )
    assert {period for period in columns if (was[period] or 0) != (now[period] or 0)} <= {each.period for each in moved}
    sides = [{each.fact.id for each in question.facts} for question in (earlier, later)]
    for each in moved:
        assert each.because
        assert set(each.because) <= sides[0] ^ sides[1]


def caps_are_those(question: Question, theirs: dict[str, Any], contract: dict[str, Any]) -> None:
    for row in abatement(question).document()["periods"]:
        if "cap_cut" in row:
            before = theirs[row["period"]]["before_caps"]
            assert Decimal(row["credit_before_caps"]) == before
            assert Decimal(row["cap_cut"]) == before - Decimal(row["service_credit"])
            assert bool(row["capped_by"]) == (before > Decimal(row["service_credit"]))
            assert set(row["capped_by"]) <= {"period"} & {*contract["scheme"]} | {"period", "rolling"}


def adds_up(
    contract: dict[str, Any],
    facts: list[dict[str, Any]],
    at: tuple[Any, int],
    ours: dict[str, Decimal],
    invoices: list[dict[str, Any]],
    given_: dict[int, Decimal],
) -> None:
    """What was invoiced and what is still to be posted come to the credits of the periods invoiced, as they are now."""
    covered = {period for invoice in invoices for period in auditor.covered(contract, invoice)}
    now = {period: auditor.payable(contract, facts, *at, period) for period in covered}
    unknown = sum((given_.get(period, Decimal(0)) for period, amount in now.items() if amount is None), Decimal(0))
    invoiced = sum((Decimal(invoice["amount"]) for invoice in invoices), Decimal(0))
    credited = sum((amount for amount in now.values() if amount is not None), Decimal(0))
    assert invoiced + sum(ours.values(), Decimal(0)) == credited + unknown


def rows_add_up(view: Credits) -> None:
    """Each row adds what it pays, and what its invoice gives beyond that, to those before it."""
    for before, row in zip(view.rows, view.rows[1:], strict=False):
        added = (row.payable or Decimal(0)) + (row.difference or Decimal(0))
        assert row.cumulative == before.cumulative + added


@settings(max_examples=40, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_caps_triggers_and_settlements_equal_the_auditor_on_random_histories(data: st.DataObject) -> None:
    check(data)


@pytest.mark.slow
@settings(max_examples=500, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_caps_triggers_and_settlements_equal_the_auditor_on_hundreds_of_random_histories(data: st.DataObject) -> None:
    check(data)
