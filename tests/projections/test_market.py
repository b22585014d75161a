"""The market of a framework: pooled exactly, else the median, against a slow and obvious reckoning."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal
from fractions import Fraction
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from ledger.faults import BadInput
from projections.market import Market, market
from tests.given import fact
from tests.markets import PERIODS, Story, Taken, decided, measured, registered, returned, standing_components

if TYPE_CHECKING:
    from tests.conftest import Program


def ask(taken: Taken, *, as_at: date | None = None, last: str = "2025-04", count: int = 2, **asked: Any) -> Market:
    return market("f", taken.questions(as_at), last, count, **asked)


def period(taken: Taken, of: str = "2025-01", ref: str = "K", **asked: Any) -> dict[str, Any]:
    """Return what the market says of a measure in a period."""
    document = ask(taken, **asked).document()
    (measure,) = [each for each in document["measures"] if each["kpi"] == ref]
    (found,) = [each for each in measure["periods"] if each["period"] == of]
    return found  # type: ignore[no-any-return]


def slowly(taken: Taken, names: list[str], of: str) -> dict[str, Any]:
    """Reckon what the market comes to, the obvious way."""
    stood = {name: standing_components(taken, taken.at, name, of) for name in names}
    voids = {one.fact.voids for one in taken.recorded if one.fact.kind == "FactVoided"}  # type: ignore[union-attr]
    pairs, values, counts = [], [], dict.fromkeys(("green", "amber", "red"), 0)
    for name, (settled, components) in stood.items():
        own: list[Any] = [
            one.fact
            for one in sorted(taken.recorded, key=lambda each: (each.fact.dated, each.position))
            if one.fact.contract == name and getattr(one.fact, "period", None) == of and one.fact.id not in voids
        ]
        value = None
        if components is not None:
            x, y = (Fraction(amount) for _, amount in components)
            pairs.append((x, y))
            value = x / y * 100 if y else None
        else:
            decisions = [one for one in own if one.kind not in ("PerformanceSubmitted", "EscalationRaised")]
            value = Fraction(decisions[-1].value) if decisions and decisions[-1].value is not None else None
        if value is not None:
            values.append(value)
            counts["green" if value >= 90 else "amber" if value >= 50 else "red"] += 1
        elif settled and components is None:
            counts["red"] += 1
    if pairs:
        above, under = sum(x for x, _ in pairs), sum(y for _, y in pairs)
        pooled = above / under * 100 if under else None
        return {"how": "pooled", "value": pooled, "over": len(pairs), **counts}
    return {
        "how": "median" if values else None,
        "value": median(values) if values else None,
        "over": len(values),
        **counts,
    }


def test_the_market_of_any_history_is_what_the_obvious_reckoning_says() -> None:
    seen = {"pooled": 0, "median": 0, None: 0}
    for seed in range(80):
        chance = random.Random(1000 + seed)
        names = [f"p{number}" for number in range(chance.choice([1, 2, 3, 5]))]
        taken = Story(chance, names).tell(chance.choice([2, 5, 9]))
        for of in PERIODS:
            found, expected = period(taken, of), slowly(taken, names, of)
            figure, counts = found["market"], found["counts"]
            assert (figure["how"], figure["over"]) == (expected["how"], expected["over"])
            assert {row: counts[row] for row in ("green", "amber", "red")} == {
                row: expected[row] for row in ("green", "amber", "red")
            }
            if expected["value"] is None:
                assert figure["value"] is None
            else:
                assert abs(Fraction(Decimal(figure["value"])) - expected["value"]) < Fraction(1, 10**24)
                status = "green" if expected["value"] >= 90 else "amber" if expected["value"] >= 50 else "red"
                assert figure["status"] == (status if figure["how"] == "pooled" else None)
            seen[figure["how"]] += 1
    assert min(seen.values()) >= 5, seen


def test_values_are_not_averaged_where_components_can_be_summed() -> None:
    taken = Taken()
    taken.take(*(each for name in "pq" for each in (registered(name), measured(name))))
    taken.take(returned("p", "2025-01", 1, 1), decided("p", "2025-01"))
    taken.take(returned("q", "2025-01", 1, 2), decided("q", "2025-01"))
    figure = period(taken)["market"]
    assert (figure["value"], figure["components"]) == ("66.66666666666666666666666667", {"x": "2", "y": "3"})
    made = ask(taken).measures[0].periods[0].figure
    assert made.derivation is not None
    assert made.derivation.value == Fraction(200, 3)
    assert [step.symbol for step in made.derivation.steps] == ["÷", "×"]


def test_the_market_is_rated_in_full_and_only_where_all_are_judged_alike() -> None:
    taken = Taken()
    taken.take(*(each for name in "pq" for each in (registered(name), measured(name, decimals=0))))
    for name in "pq":
        taken.take(returned(name, "2025-01", 899, 1000), decided(name, "2025-01"))
    assert period(taken)["market"]["status"] == "amber", "89.9 is shown as 90 nowhere and is no 90"
    assert "89.9 MSL achieved (pooled, 2 of 2)" in repr(ask(taken).tables())
    rebase = {"kpi": "K", "first_period": "2025-01", "tsl": "80", "msl": "50"}
    taken.take(fact("TargetRebased", "2025-07-01", contract="p", **rebase))
    figure = period(taken)["market"]
    assert (figure["value"], figure["status"]) == ("89.9", None)
    assert figure["why"] == "the providers are judged against different levels"
    taken.take(fact("TargetRebased", "2025-07-01", contract="q", **rebase))
    assert period(taken)["market"]["status"] == "green"


def test_severities_judge_alike_where_their_ranges_and_statuses_are_the_same_whatever_they_cost() -> None:
    def severities(edge: str, points: str) -> list[dict[str, Any]]:
        bands = [
            {"name": "met", "band": f">={edge}", "status": "green", "points": "0"},
            {"name": f"missed by {points}", "band": f"<{edge}", "status": "red", "points": points},
        ]
        return [{"from": "2025-01", "bands": bands}]

    def market(edge: str, points: str) -> Any:
        taken = Taken()
        for name, scale in (("p", severities("90", "1")), ("q", severities(edge, points))):
            taken.take(registered(name), measured(name, targets=[], better="higher", severities=scale))
            taken.take(returned(name, "2025-01", 85, 100), decided(name, "2025-01"))
        return period(taken)["market"]

    assert (market("90", "1")["value"], market("90", "1")["status"]) == ("85", "red")
    assert market("90", "4")["status"] == "red"
    apart = market("80", "1")
    assert (apart["value"], apart["status"]) == ("85", None)
    assert apart["why"] == "the providers are judged against different levels"


def test_a_result_whose_value_is_not_from_components_is_counted_and_named_and_not_pooled() -> None:
    taken = Taken()
    taken.take(*(each for name in "pqr" for each in (registered(name), measured(name))))
    taken.take(returned("p", "2025-01", 90, 100), decided("p", "2025-01"))
    taken.take(returned("q", "2025-01", 10, 100), decided("q", "2025-01", "amended", value="95"))
    taken.take(returned("r", "2025-01", None, None, value="97"), decided("r", "2025-01"))
    found = period(taken)
    assert (found["market"]["value"], found["market"]["over"]) == ("90", 1)
    assert (found["market"]["measured"], found["market"]["left_out"]) == (3, ["q", "r"])
    assert found["counts"] == {"green": 3, "amber": 0, "red": 0, "mitigated": 0, "total": 3}
    assert "without Provider q, Provider r, whose value is not from components" in repr(ask(taken).tables())


def test_what_is_not_agreed_is_not_in_the_market_and_what_is_information_is_once_it_is_returned() -> None:
    taken = Taken()
    taken.take(*(each for name in "pq" for each in (registered(name), measured(name))))
    taken.take(*(measured(name, "I", information=True) for name in "pq"))
    taken.take(returned("p", "2025-01", 90, 100), returned("p", "2025-01", 10, 40, ref="I"))
    assert period(taken)["market"] | {"measured": 2} == period(taken)["market"]
    assert period(taken)["market"]["why"] == "nothing is agreed yet"
    assert period(taken)["cells"][0]["status"] == "submitted"
    information = period(taken, ref="I")["market"]
    assert (information["value"], information["over"], information["why"]) == ("25", 1, "it is information")


def test_relief_is_counted_as_mitigated_and_the_result_that_stands_is_in_the_figure() -> None:
    taken = Taken()
    taken.take(*(each for name in "pq" for each in (registered(name), measured(name))))
    for name, x in (("p", 10), ("q", 90)):
        taken.take(returned(name, "2025-01", x, 100), decided(name, "2025-01"))
    relief = {"kpi": "K", "first_period": "2025-01", "last_period": "2025-01"}
    taken.take(fact("MitigationGranted", "2025-07-01", contract="p", **relief))
    found = period(taken)
    assert found["counts"] == {"green": 1, "amber": 0, "red": 0, "mitigated": 1, "total": 2}
    assert found["market"]["value"] == "50"


def test_every_provider_has_a_row_and_one_without_the_measure_says_why() -> None:
    taken = Taken()
    lots = {"one": [{"code": "1", "title": "One"}], "two": [{"code": "2", "title": "Two"}]}
    taken.take(registered("p", lots=lots["one"]), measured("p", lots=["1"]), measured("p", "G"))
    taken.take(registered("q", lots=lots["two"]), measured("q", "G"))
    taken.take(registered("r", lots=lots["one"]), measured("r", "G"))
    ended = {"contract": "p", "kpi": "K", "last_period": "2025-01", "reason": "it left the lot"}
    taken.take(fact("KpiDiscontinued", "2025-07-01", **ended))
    document = ask(taken).document()
    (measure,) = [each for each in document["measures"] if each["kpi"] == "K"]
    assert [(each["status"], each.get("absent")) for each in measure["periods"][1]["cells"]] == [
        ("discontinued", None),
        (None, "not in its lots"),
        (None, "not in its contract"),
    ]
    assert [each["kpi"] for each in ask(taken, lot="2").document()["measures"]] == ["G"]
    assert [each["kpi"] for each in ask(taken, lot="1").document()["measures"]] == ["K", "G"]
    joined = measured("q", "K", "2025-07-01", lots=["1"], first_period="2025-04")
    taken.take(joined)
    assert [each["lots"] for each in ask(taken).document()["providers"]] == [["1"], ["2", "1"], ["1"]]


def test_the_market_is_as_at_a_date_and_a_contract_not_registered_by_then_is_not_in_it() -> None:
    taken = Taken()
    taken.take(registered("p"), measured("p"), registered("q", "2025-06-01"), measured("q", dated="2025-06-01"))
    taken.take(returned("p", "2025-01", 9, 10, dated="2025-05-01"), decided("p", "2025-01", dated="2025-05-02"))
    assert [each["contract"] for each in ask(taken, as_at=date(2025, 5, 1)).document()["providers"]] == ["p"]
    assert period(taken, as_at=date(2025, 5, 1))["market"]["value"] is None
    assert period(taken, as_at=date(2025, 5, 2))["market"]["over"] == 1
    assert period(taken)["market"]["measured"] == 2
    with pytest.raises(BadInput, match='no contract was registered under "f"'):
        ask(taken, as_at=date(2024, 1, 1))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"service": "Z"}, '--service: found "Z"; give one of S'),
        ({"lot": "9"}, '--lot: found "9"; there are none'),
        ({"kpi": "Z"}, '--kpi: found "Z"; give one of K'),
        ({"last": "2025-02"}, "--last: found 2025-02; give the first month of a quarterly period from 2025-01"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(asked: dict[str, str], said: str) -> None:
    taken = Taken()
    taken.take(registered("p"), measured("p"))
    with pytest.raises(BadInput) as refused:
        ask(taken, **asked)
    assert str(refused.value) == said


def test_measured_in_another_way_is_not_put_together() -> None:
    taken = Taken()
    taken.take(*(each for name in "pq" for each in (registered(name), measured(name))))
    for name in "pq":
        taken.take(returned(name, "2025-01", 90, 100), decided(name, "2025-01"))
    redefined = {"kpi": "K", "first_period": "2025-01", "change": "Counted by hand."}
    taken.take(fact("MeasureRedefined", "2025-07-01", contract="p", **redefined))
    figure = period(taken)["market"]
    assert (figure["how"], figure["why"]) == (None, "the providers are measured in different ways")


def test_the_command_answers_in_every_form_and_says_which_frameworks_there_are(program: Program) -> None:
    for name in "pqr":
        program.record(registered(name), measured(name, decimals=1))
        program.record(returned(name, "2025-01", 50, 70), decided(name, "2025-01"))
    table = program.done("market", "f", "--periods", "1", "--format", "csv").stdout
    assert 'K,Market,"71.4 MSL achieved (pooled, 3 of 3)"' in table
    shown = program.json("market", "f", "--for", "P", "--last", "2025-01", "--periods", "1")
    assert shown["measures"][0]["periods"][0]["others"] == {
        "value": "71.4", "status": "amber", "over": 2, "withheld": False,
    }  # fmt: skip
    assert shown == program.json("market", "f", "--for", "p", "--last", "2025-01", "--periods", "1") | {
        key: shown[key] for key in ("known_at",)
    }
    for output in ("csv", "md"):
        assert "71.4 MSL achieved" in program.done("market", "f", "--format", output).stdout
        assert "Provider q" not in program.done("market", "f", "--for", "P", "--format", output).stdout
    unknown = program.run("market", "g")
    assert (unknown.exit_code, unknown.output) == (2, 'FRAMEWORK: the ledger has no framework "g"; it has f\n')
    nobody = program.run("market", "f", "--for", "Z")
    assert (nobody.exit_code, nobody.output) == (2, '--for: found "Z"; give one of P, Q, R, or a contract\'s id\n')


def test_what_one_provider_is_shown_rests_on_the_assumptions_of_the_measures_shown(program: Program) -> None:
    program.record(
        registered("p", assumptions=["April is month 1."]),
        *(measured("p", ref, assumptions=["Counted by hand."]) for ref in "KL"),
        registered("q"),
        measured("q"),
    )

    def rests(*asked: str) -> list[str]:
        return program.json("market", "f", "--for", "P", "--last", "2025-01", *asked)["assumptions"][:3]

    assert rests()[:3] == ["April is month 1.", "K: Counted by hand.", "L: Counted by hand."]
    assert rests("--kpi", "L")[:2] == ["April is month 1.", "L: Counted by hand."]
