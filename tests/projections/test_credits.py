"""The statement of credits: caps said, months invoiced and corrected, waivers, triggers that a correction undoes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from projections.abatement import abatement
from projections.canonical import canonical, form_of
from projections.credits import Credits
from projections.diff import diff, differences
from projections.late_facts import late
from projections.moment import Moment
from projections.question import Question
from tests.given import SCHEME, agreed, contract, fact, kpi, recorded, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact

ROLLING = {"rolling_cap": {"months": 3, "pounds": "2500"}}
NOTICE = {"triggers": [{"name": "notice", "points": "250", "within": 2, "consequence": "a notice may be served"}]}
RED = (("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70"))  # 100, 150 and 200 points


def question(*facts: AnyFact | list[AnyFact], as_at: date = date(2025, 12, 31), **asked: Any) -> Question:
    history = recorded([each for given in facts for each in (given if isinstance(given, list) else [given])])
    position = asked.pop("position", len(history))
    moment = Moment(as_at, datetime(2026, 1, 5, 10, tzinfo=UTC), position)
    return Question("c", history, moment, **{"last": "2025-03", "count": 3, **asked})


def credits_of(*facts: AnyFact | list[AnyFact], **asked: Any) -> dict[str, Any]:
    return Credits(question(*facts, **asked)).document()


def terms(**more: Any) -> AnyFact:
    return contract({**SCHEME, **more})


def invoiced(period: str, amount: str, dated: str, **fields: Any) -> AnyFact:
    own = {"invoice": f"INV-{period}", "last_period": period, **fields}
    return fact("CreditInvoiced", dated, first_period=period, amount=amount, id=f"inv-{period}", **own)


def upheld(period: str, value: str, dated: str) -> list[AnyFact]:
    own = {"kpi": "K", "period": period, "ref": f"D-{period}"}
    return [
        fact("EscalationRaised", dated, **own, against="score", id=f"raised-{period}"),
        fact("EscalationDecided", dated, **own, outcome="upheld", value=value, id=f"upheld-{period}"),
    ]


def column(document: dict[str, Any], name: str) -> list[Any]:
    return [row[name] for row in document["periods"]]


def test_points_are_charged_by_bands() -> None:
    bands = [{"above": "0", "times": "0"}, {"above": "20", "times": "1"}, {"above": "100", "times": "1.2"}]
    scheme = {**SCHEME, "pool": "120", "pounds_per_point": "3", "point_bands": bands}
    document = credits_of(contract(scheme), kpi(weight="120"), results(RED[0]))
    row = document["periods"][0]
    assert (row["net_points"], row["charged_points"], row["service_credit"]) == ("120", "104", "312")


def test_a_cap_that_is_reached_is_said() -> None:
    asked = question(terms(**ROLLING, cap="1400"), kpi(), results(*RED))
    rows = abatement(asked).document()["periods"]
    assert [row["service_credit"] for row in rows] == ["1000", "1400", "100"]
    assert [row["credit_before_caps"] for row in rows] == ["1000", "1500", "2000"]
    assert [row["cap_cut"] for row in rows] == ["0", "100", "1900"]
    assert [row["capped_by"] for row in rows] == [[], ["period"], ["period", "rolling"]]
    remarks = [row[-1].words for row in abatement(asked).totals_table().rows]
    both = "the cap of £1,400.00 a period and the cap of £2,500.00 over 3 months are reached"
    assert remarks == [
        "",
        "the cap of £1,400.00 a period is reached: £1,500.00 before, £100.00 cut",
        f"{both}: £2,000.00 before, £1,900.00 cut",
    ]


def test_a_month_leaves_the_window_of_a_rolling_cap_again() -> None:
    later = results(*RED, ("2025-04", "70"))
    rows = credits_of(terms(**ROLLING), kpi(), later, last="2025-04", count=2)["periods"]
    assert [row["service_credit"] for row in rows] == ["0", "1000"]


def test_a_percentage_of_charges_takes_nothing_off_where_none_are_set() -> None:
    capped = terms(rolling_cap={"months": 2, "percent_of_charges": "10"})
    charges = fact("ChargesSet", "2025-01-01", first_period="2025-02", amount="4000", id="charges")
    document = credits_of(capped, kpi(), charges, results(*RED))
    assert column(document, "service_credit") == ["1000", "0", "800"]  # nothing left of 400; then 800 for two months
    assert any("counts periods without charges as nothing" in each for each in document["assumptions"])


def test_months_not_held_count_as_none_and_the_tables_say_so() -> None:
    gap = fact("HistoryNotHeld", "2025-04-01", first_period="2025-02", last_period="2025-02")
    document = credits_of(terms(**ROLLING, **NOTICE), kpi(), results(RED[0], RED[2]), gap)
    assert column(document, "service_credit") == ["1000", None, "1000"]
    assert [state["not_held"] for state in document["triggers"][0]["periods"]] == [[], ["2025-02"], ["2025-02"]]
    assert any("in the rolling cap they count as none" in each for each in document["assumptions"])
    assert any("count as none towards triggers" in each for each in document["assumptions"])


def test_a_correction_moves_a_later_credit_through_the_cap_and_diff_says_which_did() -> None:
    facts = [terms(**ROLLING), kpi(), results(*RED), upheld("2025-01", "95", "2025-06-01")]
    earlier, later = question(*facts, as_at=date(2025, 5, 31)), question(*facts)
    moved = {each.period: each for each in diff(earlier, later, whole=True).found.totals}
    credits_ = {
        period: [total.service_credit for total in (each.before, each.after) if total] for period, each in moved.items()
    }
    assert credits_ == {"2025-01": [1000, 0], "2025-02": [1500, 1000], "2025-03": [0, 1500]}
    assert all(each.because == ("upheld-2025-01",) for each in moved.values())


def test_a_credit_that_moves_through_the_cap_alone_is_told_with_what_moved_the_month_before() -> None:
    facts = [terms(**ROLLING, multipliers=["1"]), kpi(), results(*RED), upheld("2025-01", "85", "2025-06-01")]
    found = differences(question(*facts, as_at=date(2025, 5, 31)).facts, question(*facts).facts, ["2025-03"])
    assert [each.period for each in found.totals] == ["2025-03"]
    total = found.totals[0]
    assert total.before
    assert total.after
    assert (total.before.net_points, total.after.net_points) == (100, 100)
    assert (total.before.service_credit, total.after.service_credit) == (500, 1000)
    assert total.because == ("upheld-2025-01",)


def test_charges_of_an_earlier_month_move_a_credit_through_the_cap() -> None:
    capped = terms(rolling_cap={"months": 2, "percent_of_charges": "10"}, multipliers=["1"])
    charges = fact("ChargesSet", "2025-01-01", first_period="2025-01", amount="4000", id="charges")
    more = fact("ChargesSet", "2025-06-01", first_period="2025-02", amount="9000", id="more")
    again = fact("ChargesSet", "2025-06-01", first_period="2025-03", amount="4000", id="again")
    facts = [capped, kpi(), charges, results(RED[0], ("2025-02", "95"), RED[2]), more, again]
    found = differences(question(*facts, as_at=date(2025, 5, 31)).facts, question(*facts).facts, ["2025-03"])
    assert [(each.before and each.before.service_credit, each.because) for each in found.totals] == [
        (800, ("more", "again"))
    ]


def test_a_late_fact_of_a_month_before_a_report_changes_its_credits_through_the_cap() -> None:
    report = fact(
        "ReportPublished", "2025-05-10", report="may", title="May", as_at="2025-05-01", first_period="2025-03",
        last_period="2025-03",
    )  # fmt: skip
    facts = [terms(**ROLLING, multipliers=["1"]), kpi(), results(*RED), report, upheld("2025-01", "95", "2025-04-30")]
    found = late(question(*facts)).found
    assert [(each.recorded.fact.id, [total.period for total in each.totals]) for each in found] == [
        ("upheld-2025-01", ["2025-03"])
    ]


def test_a_corrected_month_that_was_invoiced_is_posted_with_the_next_invoice() -> None:
    facts = [
        terms(), kpi(), results(*RED[:2]), invoiced("2025-01", "1000", "2025-02-25"),
        upheld("2025-01", "85", "2025-03-10"),
    ]  # fmt: skip
    document = credits_of(*facts)
    assert column(document, "net_payable") == ["1000", "1000", "0"]  # 1500 of February less 500 of January
    assert document["open_adjustments"] == {
        "posted_in": "2025-02",
        "amount": "-500",
        "adjustments": [
            {
                "period": "2025-01", "before": "1000", "after": "500", "amount": "-500", "posted_in": "2025-02",
                "invoice": None, "because": ["upheld-2025-01"],
            }
        ],
    }  # fmt: skip
    posted = credits_of(*facts, invoiced("2025-02", "1000", "2025-03-25"))
    assert posted["open_adjustments"]["adjustments"] == []
    assert posted["open_adjustments"]["posted_in"] == "2025-03"
    rows = posted["periods"]
    assert [each["invoice"] for each in rows[1]["adjustments"]] == ["INV-2025-02"]
    assert [(row["service_credit"], row["invoiced"], row["cumulative"]) for row in rows] == [
        ("1000", "1000", "1000"),
        ("1500", "1000", "2000"),
        ("0", None, "2000"),
    ]


def test_what_an_invoice_gave_is_always_as_it_was() -> None:
    facts = [terms(), kpi(), results(*RED), invoiced("2025-01", "1000", "2025-02-25")]
    then = credits_of(*facts, as_at=date(2025, 2, 25), last="2025-01", count=1)["periods"]
    now = credits_of(*facts, upheld("2025-01", "95", "2025-03-10"), last="2025-01", count=1)["periods"]
    assert now == then
    back_dated = fact("CreditWaived", "2025-02-24", period="2025-01")
    assert credits_of(*facts, back_dated, last="2025-01", count=1)["periods"] == then


def test_a_waiver_after_the_invoice_is_a_difference_and_its_void_takes_it_back() -> None:
    facts = [
        terms(), kpi(), results(*RED[:2]), invoiced("2025-01", "1000", "2025-02-25"),
        fact("CreditWaived", "2025-03-10", period="2025-01", amount="300", id="w1"),
        fact("CreditWaived", "2025-03-11", period="2025-02", id="w2", reason="Goodwill"),
    ]  # fmt: skip
    document = credits_of(*facts)
    assert document["open_adjustments"]["amount"] == "-300"
    assert document["open_adjustments"]["adjustments"][0]["because"] == ["w1"]
    assert column(document, "waived") == ["0", "1500", "0"]
    assert document["periods"][1]["waivers"] == [{"id": "w2", "by": "A", "amount": None, "reason": "Goodwill"}]
    assert credits_of(*facts, fact("FactVoided", "2025-03-12", voids="w1"))["open_adjustments"]["amount"] == "0"


def test_waivers_take_off_no_more_than_there_is() -> None:
    waivers = [fact("CreditWaived", period="2025-01", amount=amount) for amount in ("600", "600")]
    document = credits_of(terms(), kpi(), results(RED[0]), *waivers)
    assert (column(document, "waived")[0], column(document, "net_payable")[0]) == ("1000", "0")


def test_what_an_invoice_gives_beyond_the_ledger_is_taken_back_with_the_next() -> None:
    document = credits_of(terms(), kpi(), results(*RED[:2]), invoiced("2025-01", "1025", "2025-02-25"))
    assert document["periods"][0]["difference"] == "25"
    adjustment = document["open_adjustments"]["adjustments"][0]
    assert (adjustment["amount"], adjustment["because"]) == ("-25", ["inv-2025-01"])


def test_a_void_invoice_gives_its_period_back_to_be_invoiced() -> None:
    facts = [
        terms(), kpi(), results(*RED[:2]), invoiced("2025-01", "1000", "2025-02-25"),
        fact("FactVoided", "2025-03-01", voids="inv-2025-01", id="void"),
    ]  # fmt: skip
    document = credits_of(*facts)
    assert column(document, "invoice") == [None, None, None]
    assert document["open_adjustments"]["adjustments"] == []
    assert document["open_adjustments"]["posted_in"] == "2025-01"


def test_a_difference_posted_for_an_invoice_that_is_void_later_is_taken_back() -> None:
    facts = [
        terms(), kpi(), results(*RED), invoiced("2025-01", "1000", "2025-02-25"),
        upheld("2025-01", "85", "2025-03-10"), invoiced("2025-02", "1000", "2025-03-25"),
        fact("FactVoided", "2025-04-01", voids="inv-2025-01", id="void"),
    ]  # fmt: skip
    adjustment = credits_of(*facts)["open_adjustments"]["adjustments"][0]
    assert (adjustment["period"], adjustment["before"], adjustment["after"]) == ("2025-01", "-500", "0")
    assert adjustment["because"] == ["inv-2025-02", "void"]


def test_an_invoice_of_several_months_posts_with_its_last() -> None:
    both = invoiced("2025-01", "2500", "2025-03-25", last_period="2025-02")
    document = credits_of(terms(), kpi(), results(*RED), both)
    assert column(document, "invoice") == ["INV-2025-01", "INV-2025-01", None]
    assert column(document, "invoiced") == [None, "2500", None]
    assert column(document, "cumulative") == ["1000", "2500", "4500"]


def test_a_credit_that_is_not_known_is_left_as_it_was_invoiced() -> None:
    scheme = {name: term for name, term in SCHEME.items() if name != "pounds_per_point"}
    priced = contract({**scheme, "percent_of_charge_per_point": "0.1"})
    document = credits_of(priced, kpi(), results(RED[0]), invoiced("2025-01", "77", "2025-02-25"))
    assert document["periods"][0]["service_credit"] is None
    assert document["open_adjustments"]["adjustments"] == []
    charges = fact("ChargesSet", "2025-03-01", first_period="2025-01", amount="1000", id="charges")
    document = credits_of(priced, kpi(), results(RED[0]), invoiced("2025-01", "77", "2025-02-25"), charges)
    adjustment = document["open_adjustments"]["adjustments"][0]
    assert (adjustment["amount"], adjustment["because"]) == ("23", ["charges", "inv-2025-01"])


def states(document: dict[str, Any]) -> list[tuple[str, bool]]:
    return [(state["points"], state["reached"]) for state in document["triggers"][0]["periods"]]


def test_a_trigger_counts_the_points_of_the_periods_up_to_each() -> None:
    document = credits_of(terms(**NOTICE), kpi(), results(*RED))
    assert states(document) == [("100", False), ("250", True), ("350", True)]
    lines = document["triggers"][0]["periods"][1]["lines"]
    assert [(line["period"], line["kpi"], line["points"]) for line in lines] == [
        ("2025-01", "K", "100"),
        ("2025-02", "K", "150"),
    ]


def test_relief_and_suspension_lift_triggers_unless_the_terms_say_otherwise() -> None:
    grant = fact("MitigationGranted", kpi="K", first_period="2025-02", last_period="2025-02")
    stop = fact("CreditsSuspended", first_period="2025-03")
    for lifts, points in (
        ("both", ["100", "100", "0"]),
        ("triggers", ["100", "100", "0"]),
        ("points", ["100", "250", "250"]),
    ):
        document = credits_of(terms(**NOTICE, relief_lifts=lifts), kpi(), results(*RED), grant, stop)
        assert [state[0] for state in states(document)] == points, lifts


def test_a_trigger_is_provisional_while_a_line_of_its_periods_is() -> None:
    raised = upheld("2025-01", "95", "2025-06-01")[:1]
    document = credits_of(terms(**NOTICE), kpi(), results(*RED), raised)
    assert [state["provisional"] for state in document["triggers"][0]["periods"]] == [True, True, False]


def test_a_correction_that_undoes_a_trigger_says_so_for_each_report_and_invoice_that_showed_it() -> None:
    report = fact(
        "ReportPublished", "2025-05-10", report="may", title="May", as_at="2025-05-01", first_period="2025-01",
        last_period="2025-03",
    )  # fmt: skip
    facts = [
        terms(**NOTICE), kpi(), results(*RED), invoiced("2025-02", "1500", "2025-03-25"), report,
        upheld("2025-02", "95", "2025-06-01"),
    ]  # fmt: skip
    changes = credits_of(*facts)["trigger_changes"]
    assert [(each["shown_in"]["name"], each["period"]) for each in changes] == [
        ("INV-2025-02", "2025-02"),
        ("may", "2025-02"),
        ("may", "2025-03"),
    ]
    assert changes[0]["before"] == {"points": "250", "reached": True}
    assert changes[0]["after"] == {"points": "100", "reached": False}
    assert all(each["because"] == ["upheld-2025-02"] for each in changes)
    assert credits_of(*facts, as_at=date(2025, 5, 31))["trigger_changes"] == []


def test_a_trigger_that_was_not_shown_and_is_reached_now_is_said_too() -> None:
    late_return = [submitted("2025-02", "70", id="return"), agreed("2025-02", dated="2025-04-20", id="late")]
    facts = [terms(**NOTICE), kpi(), results(RED[0]), invoiced("2025-02", "0", "2025-03-25"), late_return]
    changes = credits_of(*facts)["trigger_changes"]
    assert [(each["before"]["reached"], each["after"]["reached"]) for each in changes] == [(False, True)]
    assert changes[0]["because"] == ["return", "late"]


def test_a_report_pinned_in_the_first_form_comes_out_without_caps_and_the_next_with_them() -> None:
    asked = question(terms(cap="700"), kpi(), results(*RED))
    assert form_of(asked.standing) == 2
    assert form_of(question(terms(), kpi()).standing) is None
    own = {"report": "r", "title": "R", "as_at": "2025-12-31", "first_period": "2025-01", "last_period": "2025-03"}
    pinned = [
        canonical(asked.history, fact("ReportPublished", "2025-12-31", **own, **form), len(asked.history)).content
        for form in ({}, {"form": 2})
    ]
    assert [each["form"] for each in pinned] == [1, 2]
    said = [row["parts"]["view abatement"]["periods"][0].get("capped_by") for row in pinned]
    assert said == [None, ["period"]]


def test_a_contract_without_points_has_a_statement_that_says_so() -> None:
    view = Credits(question(contract(None), kpi(weight=""), results(RED[0])))
    assert column(view.document(), "net_payable") == [None, None, None]
    assert view.statement().rows[0][-1].words == "the contract has no points"


def test_exact_amounts_are_kept_and_shown_to_the_penny() -> None:
    view = Credits(question(terms(pounds_per_point="10.12345"), kpi(), results(RED[0])))
    assert column(view.document(), "net_payable")[0] == "1012.345"
    assert "£1,012.35" in [cell.words for cell in view.statement().rows[0]]
    assert Decimal(column(view.document(), "cumulative")[0]) == Decimal("1012.345")


def test_a_total_moved_because_of_all_that_moved_the_cells_it_adds_up() -> None:
    first = [submitted("2025-01", "70", id="wrong"), agreed("2025-01", id="first")]
    facts = [
        terms(), kpi(), kpi("L"), first, results(("2025-02", "70")), results(("2025-02", "70"), ref="L"),
        fact("FactVoided", "2025-06-01", voids="first", id="void"), fact("FactVoided", "2025-06-01", voids="wrong"),
        submitted("2025-01", "99", dated="2025-06-02", id="again"), agreed("2025-01", dated="2025-06-03", id="right"),
        fact("EscalationRaised", "2025-06-04", kpi="L", period="2025-02", ref="D", against="score"),
        fact(
            "EscalationDecided", "2025-06-05", kpi="L", period="2025-02", ref="D", outcome="upheld", value="99",
            id="upheld",
        ),
    ]  # fmt: skip
    found = differences(question(*facts, as_at=date(2025, 5, 31)).facts, question(*facts).facts)
    because = {each.period: each.because for each in found.cells if each.kpi == "K"}
    totals = {each.period: each.because for each in found.totals}
    assert totals["2025-01"] == because["2025-01"]
    assert because["2025-02"] == ("void",)
    assert totals["2025-02"] == ("void", "upheld")


def test_a_credit_is_provisional_while_the_cap_over_months_may_let_it_be_another() -> None:
    raised = upheld("2025-01", "95", "2025-06-01")[:1]
    asked = question(terms(**ROLLING, **NOTICE), kpi(), results(RED[0], ("2025-02", "95"), RED[2]), raised)
    assert [row["provisional"] for row in abatement(asked).document()["periods"]] == [True, False, True]
    document = Credits(asked).document()
    assert column(document, "provisional") == [True, False, True]
    assert [state["provisional"] for state in document["triggers"][0]["periods"]] == [True, True, False]
    uncapped = question(terms(), kpi(), results(RED[0], ("2025-02", "95"), RED[2]), raised)
    assert [row["provisional"] for row in abatement(uncapped).document()["periods"]] == [True, False, False]


def test_diff_says_which_triggers_a_correction_undoes_though_nothing_showed_them() -> None:
    facts = [terms(**NOTICE), kpi(), results(*RED), upheld("2025-01", "95", "2025-06-01")]
    earlier = question(*facts, as_at=date(2025, 5, 31))
    found = diff(earlier, question(*facts), whole=False)
    assert found.document()["triggers"] == [
        {
            "name": "notice",
            "period": "2025-02",
            "before": {"points": "250", "reached": True},
            "after": {"points": "100", "reached": False},
            "because": ["upheld-2025-01"],
        }
    ]
    told = found.tables()[-1]
    assert told.title == "Triggers that are reached no more, or now: 1"
    assert [cell.words for cell in told.rows[0]] == [
        "notice", "Feb-25", "reached, 250 points", "not reached, 100 points", "upheld-2025-01",
    ]  # fmt: skip
    assert credits_of(*facts)["trigger_changes"] == []


def test_a_trigger_moves_because_of_months_before_those_compared() -> None:
    notice = {"triggers": [{"name": "notice", "points": "200", "within": 3}]}
    shown = results(RED[0], ("2025-02", "95"), RED[2])
    facts = [terms(**notice), kpi(), shown, upheld("2025-01", "95", "2025-06-01")]
    found = differences(question(*facts, as_at=date(2025, 5, 31)).facts, question(*facts).facts, ["2025-03"])
    assert (found.cells, found.totals) == ([], [])
    assert [each.because for each in found.triggers] == [("upheld-2025-01",)]


def test_a_suspension_of_credits_undoes_a_trigger_where_relief_lifts_it() -> None:
    stop = fact("CreditsSuspended", "2025-06-01", first_period="2025-02", reason="r", id="stop")
    charges = fact("ChargesSet", "2025-06-01", first_period="2025-02", amount="5000", id="charges")
    facts = [terms(**NOTICE), kpi(), results(*RED), charges, stop]
    found = differences(question(*facts, as_at=date(2025, 5, 31)).facts, question(*facts).facts)
    assert {each.because for each in found.triggers} == {("stop",)}
    lifted = [terms(**NOTICE, relief_lifts="points"), *facts[1:]]
    assert differences(question(*lifted, as_at=date(2025, 5, 31)).facts, question(*lifted).facts).triggers == []


def test_diff_says_nothing_of_triggers_where_the_terms_have_none() -> None:
    facts = [terms(), kpi(), results(*RED), upheld("2025-01", "95", "2025-06-01")]
    document = diff(question(*facts, as_at=date(2025, 5, 31)), question(*facts), whole=False).document()
    assert "triggers" not in document
