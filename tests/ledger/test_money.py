"""Terms and facts about money: what is refused, what is taken with a warning."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ledger.money_terms import PointBand, RollingCap, charged_points
from ledger.shapes import shaped
from tests.given import SCHEME, Given, contract, fact, kpi, results

PFI = (PointBand(above="0", times="0"), PointBand(above="20", times="1"), PointBand(above="100", times="1.2"))


def invoiced(first: str = "2025-01", last: str | None = None, **fields: Any) -> Any:
    fields = {"dated": "2025-06-01", "invoice": "INV-1", "amount": "100", **fields}
    return fact("CreditInvoiced", first_period=first, last_period=last or first, **fields)


def waived(period: str = "2025-01", **fields: Any) -> Any:
    return fact("CreditWaived", period=period, **fields)


@pytest.mark.parametrize(
    ("points", "charged"), [("0", "0"), ("20", "0"), ("20.5", "0.5"), ("100", "80"), ("120", "104"), ("220", "224")]
)
def test_points_are_charged_band_by_band(points: str, charged: str) -> None:
    assert charged_points(Decimal(points), PFI) == Decimal(charged)
    assert charged_points(Decimal(points), None) == Decimal(points)


def test_a_rolling_cap_on_charges_is_not_known_where_no_month_has_any() -> None:
    cap = RollingCap(months=3, percent_of_charges="5")
    assert cap.limit([None, None]) is None
    assert cap.limit([None, Decimal(1000), Decimal(200)]) == 60
    assert RollingCap(months=3, pounds="70").limit([None]) == 70


@pytest.mark.parametrize(
    ("terms", "field", "sentence"),
    [
        ({"point_bands": [{"above": "5", "times": "1"}]}, "scheme.point_bands", "let it begin above 0"),
        (
            {"point_bands": [{"above": "0", "times": "1"}, {"above": "9", "times": "1"}, {"above": "9", "times": "2"}]},
            "scheme.point_bands",
            "give them in ascending order",
        ),
        ({"point_bands": [{"above": "0", "times": "-1"}]}, "scheme.point_bands[1].times", "at least 0"),
        ({"point_bands": []}, "scheme.point_bands", "give at least one band"),
        ({"triggers": []}, "scheme.triggers", "give at least one trigger"),
        ({"rolling_cap": {"months": 12}}, "scheme.rolling_cap", "give pounds or percent_of_charges"),
        (
            {"rolling_cap": {"months": 12, "pounds": "1", "percent_of_charges": "1"}},
            "scheme.rolling_cap",
            "one of the two",
        ),
        ({"rolling_cap": {"months": 0, "pounds": "1"}}, "scheme.rolling_cap.months", "at least 1"),
        (
            {"triggers": [{"name": "a", "points": "5", "within": 3}, {"name": "a", "points": "6", "within": 3}]},
            "scheme.triggers",
            "two triggers are called a",
        ),
        ({"triggers": [{"name": "a", "points": "0", "within": 3}]}, "scheme.triggers[1].points", "above 0"),
        ({"relief_lifts": "nothing"}, "scheme.relief_lifts", "give one of"),
    ],
)
def test_terms_for_money_that_contradict_themselves_are_refused(
    terms: dict[str, Any], field: str, sentence: str
) -> None:
    raw = contract().model_dump(mode="json", exclude_none=True)
    _, faults = shaped({**raw, "scheme": {**SCHEME, **terms}}, "", lambda: "x")
    assert [each.field for each in faults] == [field]
    assert sentence in faults[0].sentence


def test_a_rolling_cap_counts_whole_periods() -> None:
    capped = {**SCHEME, "rolling_cap": {"months": 4, "pounds": "1"}}
    Given().when(contract(capped, frequency="quarterly")).then_refused("give a multiple of 3")
    Given().when(contract(capped)).then_taken()


def test_terms_for_money_without_a_price_say_nothing() -> None:
    free = {name: term for name, term in SCHEME.items() if name != "pounds_per_point"}
    terms = {**free, "point_bands": [{"above": "0", "times": "1"}], "rolling_cap": {"months": 3, "pounds": "1"}}
    Given().when(contract(terms)).then_taken("point_bands says nothing", "rolling_cap says nothing")


def test_either_party_records_an_invoice_and_only_the_authority_waives() -> None:
    given = Given(contract(), kpi(), results(("2025-01", "70")))
    given.when(invoiced(by="P")).then_taken()
    given.when(invoiced(by="A")).then_taken()
    given.when(waived(by="P")).then_refused("CreditWaived is for the authority")


def test_an_invoice_is_recorded_once_and_a_period_is_invoiced_once() -> None:
    given = Given(contract(), kpi(), invoiced("2025-01", "2025-02"))
    given.when(invoiced("2025-03")).then_refused("an invoice INV-1 is already recorded")
    given.when(invoiced("2025-02", "2025-03", invoice="INV-2")).then_refused(
        "February 2025 is already invoiced by INV-1"
    )
    given.when(invoiced("2025-03", invoice="INV-2")).then_taken()


def test_a_void_invoice_is_in_the_way_of_earlier_dates_until_the_day_of_its_void() -> None:
    wrong = invoiced(dated="2025-06-01", id="wrong")
    given = Given(contract(), kpi(), wrong, fact("FactVoided", "2025-06-02", voids="wrong", id="void"))
    given.when(invoiced(dated="2025-05-01")).then_refused(
        "void only from 2025-06-02 on (void); date this then or later"
    )
    given.when(invoiced(dated="2025-06-02")).then_taken()


def test_an_invoice_dated_before_another_of_its_period_is_refused_too() -> None:
    given = Given(contract(), kpi(), invoiced(dated="2025-06-01"))
    given.when(invoiced(invoice="INV-0", dated="2025-05-01")).then_refused("would make the later CreditInvoiced")


def test_a_void_invoice_leaves_its_period_to_another() -> None:
    first = invoiced(id="wrong")
    void = fact("FactVoided", "2025-06-02", voids="wrong")
    Given(contract(), kpi(), first, void).when(invoiced(invoice="INV-2", dated="2025-06-03")).then_taken()


@pytest.mark.parametrize(
    ("proposed", "sentence"),
    [
        (invoiced("2025-03", "2025-02"), "give a period from 2025-03 on"),
        (invoiced("2024-12"), "is not held by this ledger"),
        (waived("2024-12"), "is not held by this ledger"),
    ],
)
def test_money_of_periods_there_are_not_is_refused(proposed: Any, sentence: str) -> None:
    Given(contract(), kpi()).when(proposed).then_refused(sentence)


def test_money_is_about_whole_periods_of_the_contract() -> None:
    given = Given(contract(frequency="quarterly"))
    given.when(invoiced("2025-02")).then_refused(
        "first month of a quarterly period",
    )
    given.when(waived("2025-02")).then_refused("first month of a quarterly period")


def test_what_is_odd_about_money_is_taken_with_a_warning() -> None:
    priced = Given(contract(), kpi(), waived())
    priced.when(invoiced("2025-05", dated="2025-05-31")).then_taken("ends on 2025-05-31, after the date of the invoice")
    priced.when(waived(amount="5")).then_taken("all of the credit of January 2025 was already waived")
    Given(contract(None)).when(invoiced()).then_taken("the contract's terms do not turn points into money")
