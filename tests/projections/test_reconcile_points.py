"""Published points, credits and errata, against the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ledger.csv_table import CsvTable
from ledger.faults import BadInput
from ledger.published import read_published
from projections.moment import Moment
from projections.question import Question
from projections.reconcile import reconcile
from tests.given import SCHEME, contract, fact, kpi, recorded, results, submitted

if TYPE_CHECKING:
    from ledger.facts import AnyFact

ASSUMED = "Amber costs half of red."
SERVICE = [{"code": "S", "title": "Service"}]


def reconciled(facts: list[AnyFact], *lines: str) -> dict[str, Any]:
    history = recorded(facts)
    last = history[-1]
    moment = Moment(max(each.fact.dated for each in history), last.recorded_at, last.position)
    content = "\n".join(("table,service,row,period,published", *lines, "")).encode()
    return reconcile(Question("c", history, moment), read_published(CsvTable(content, "t.csv"))).document()


def told(document: dict[str, Any], row: str) -> str:
    (each,) = [one for one in document["differences"] if one["row"] == row]
    return " ".join(each["explanations"])


TERMS = contract({**SCHEME, "assumptions": [ASSUMED]}, services=SERVICE)
TWO = [TERMS, kpi("K1", "60"), kpi("K2", "40")]
MISSED = [
    *results(("2025-01", "70"), ("2025-02", "70"), ref="K1"),
    *results(("2025-01", "85"), ("2025-02", "95"), ref="K2"),
]


def test_points_that_are_the_ledgers_agree_however_they_are_written() -> None:
    lines = (
        "1b,ALL,gross_points,2025-01,80",
        "1b,ALL,gross_points,2025-02,90.00",
        "1b,ALL,relieved_points,2025-02,0",
        "1b,ALL,net_points,2025-02,90",
        '1b,ALL,service_credit,2025-02,"£900.00"',
        "P,S,K1 points,2025-02,90.0",
        "P,S,K2 points,2025-01,20",
        "P,ALL,K2 points,2025-02,0",
    )
    document = reconciled([*TWO, *MISSED], *lines)
    assert (document["checked"], document["differences"]) == (8, [])


def test_a_credit_agrees_exactly_or_to_the_penny_it_is_shown_with() -> None:
    terms = contract({**SCHEME, "pounds_per_point": "0.3333"}, services=SERVICE)
    facts = [terms, kpi("K1", "60"), kpi("K2", "40"), *MISSED]
    for printed, differs in (("29.997", 0), ("30.00", 0), ("£30.00", 0), ("30.01", 1), ("29.99", 1)):
        assert len(reconciled(facts, f"1b,ALL,service_credit,2025-02,{printed}")["differences"]) == differs


def test_points_that_differ_are_told_by_the_lines_that_make_them_and_what_these_rest_on() -> None:
    lines = ("1b,ALL,gross_points,2025-02,60", "1b,ALL,net_points,2025-02,60", "1b,ALL,service_credit,2025-02,600")
    document = reconciled([*TWO, *MISSED], *lines)
    assert [(each["row"], each["published"], each["ledger"]) for each in document["differences"]] == [
        ("gross_points", "60", "90"),
        ("net_points", "60", "90"),
        ("service_credit", "600", "900"),
    ]
    (finding,) = document["findings"]
    assert finding["candidates"] == ["K1"]
    for sentence in (
        "February 2025: the ledger has 90 gross points, 0 relieved points, 90 net points",
        "90 net points and a service credit of £900.00. They are made of K1",
        "They are made of K1 (Below MSL) 60 × 1 × 1.5 = 90.",
        "K1 (with the multiplier 1 in place of 1.5) would explain it.",
        "A point costs £10.00.",
        "Points rest on an assumption of the scheme, listed with this.",
    ):
        assert sentence in finding["text"]
    assert ASSUMED in document["assumptions"]
    assert "provisional" not in finding["text"]
    assert "suspended" not in finding["text"]


def test_suspension_provisional_results_and_a_printed_contradiction_are_said() -> None:
    suspended = fact("CreditsSuspended", "2025-02-01", first_period="2025-02", id="off")
    waiting = [submitted("2025-01", "95", ref="K2"), *results(("2025-02", "85"), ref="K2")]
    facts = [*TWO, *results(("2025-01", "70"), ("2025-02", "70"), ref="K1"), *waiting, suspended]
    lines = (
        "1b,ALL,gross_points,2025-02,110",
        "1b,ALL,relieved_points,2025-02,0",
        "1b,ALL,net_points,2025-02,80",
        "P,S,K2 points,2025-01,0",
    )
    document = reconciled(facts, *lines)
    text = told(document, "net_points")
    assert "Service credits are suspended: On 1 February 2025 Authority suspended" in text
    assert "They are provisional: a dispute, a request or a result of K2 is undecided." in text
    assert "The printed gross points less the relieved are 110, the net 80." in text
    assert told(document, "K2 points").startswith("K2, January 2025: the ledger has no points for 95 Submitted")
    resumed = fact("CreditsResumed", "2025-02-02", first_period="2025-02")
    assert "suspended" not in told(reconciled([*facts, resumed], *lines[:3]), "net_points")


def test_one_row_printed_for_another_is_said() -> None:
    granted = fact("MitigationGranted", kpi="K1", first_period="2025-02", last_period="2025-02")
    document = reconciled([*TWO, *MISSED, granted], "1b,ALL,net_points,2025-02,90")
    assert "The printed net points are the ledger's gross points." in told(document, "net_points")
    assert "K1 (Below MSL) 60" not in told(document, "net_points")
    assert "K1 (Mitigation Agreed) 60 × 1 × 1.5 = 90, relieved" in told(document, "net_points")


def test_a_kpis_points_are_told_by_their_factors_and_their_facts() -> None:
    document = reconciled([*TWO, *MISSED], "P,S,K1 points,2025-02,60", "P,S,K2 points,2025-01,40")
    first = told(document, "K1 points")
    assert first.startswith("K1, February 2025: the ledger has 90 points for 70 Below MSL, 60 × 1 × 1.5 = 90.")
    assert "with the multiplier 1 in place of 1.5 would explain it." in first
    assert "Provider submitted 70 for K1, February 2025" in first
    assert "as red, share 1 or with the multiplier 2 in place of 1 would explain it." in told(document, "K2 points")


def test_the_report_that_showed_other_points_is_named() -> None:
    published = fact(
        "ReportPublished", "2025-03-25", report="R", title="t", as_at="2025-03-25", first_period="2025-01",
        last_period="2025-02",
    )  # fmt: skip
    dispute = {"kpi": "K1", "period": "2025-02", "ref": "E"}
    raised = fact("EscalationRaised", "2025-03-26", against="score", **dispute)
    decided = fact("EscalationDecided", "2025-04-02", outcome="upheld", value="85", **dispute)
    facts = [*TWO, *MISSED, published, raised, decided]
    document = reconciled(facts, "1b,ALL,net_points,2025-02,90", "P,S,K1 points,2025-02,90")
    assert "It was 90 net points in R." in told(document, "net_points")
    assert "It was 90 points in R." in told(document, "K1 points")


def test_a_contract_without_points_or_money_says_so() -> None:
    facts = [contract(None, services=SERVICE), kpi("K1", ""), *results(("2025-01", "70"), ref="K1")]
    document = reconciled(facts, "1b,ALL,net_points,2025-01,60", "P,S,K1 points,2025-01,60")
    assert [each["ledger"] for each in document["differences"]] == [None, None]
    assert {finding["text"] for finding in document["findings"]} == {"The contract's terms have no points."}
    unpriced = contract({each: SCHEME[each] for each in SCHEME if each != "pounds_per_point"}, services=SERVICE)
    facts = [unpriced, kpi("K1", "100"), *results(("2025-01", "70"), ref="K1")]
    document = reconciled(facts, "1b,ALL,service_credit,2025-01,60")
    assert "The contract's terms do not turn points into money." in told(document, "service_credit")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("1b,S,net_points,2025-01,60", "net_points is given for all services together, so give ALL"),
        ("1b,ALL,net_points,2025-01,red", 'found "red"; give an amount such as 37.5'),
        ("1b,ALL,service_credit,2025-01,1,2", "has 6 cells where the header has 5"),
        ("1b,ALL,net_point,2025-01,60", "did you mean net_points?"),
        ("P,S,K11 points,2025-01,60", "did you mean K1?"),
        ("P,S,K1 points,2025-01,red", "give an amount such as 37.5"),
        ("P,X,K1 points,2025-01,1", "give one of S, or ALL"),
        ("A,S,K1,2025-01,70 %", "the unit of K1 is not given; give the plain number"),
    ],
)
def test_what_are_no_points_is_refused(line: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        reconciled([*TWO, *MISSED], line)
    assert sentence in str(refused.value)


def erratum(**fields: Any) -> AnyFact:
    given = {"report": "R", "table": "1", "row": "green", "period": "2025-01", "printed": "1", "corrected": "0"}
    return fact("ReportCorrected", "2025-03-01", **{**given, "reason": "A slip", **fields})


def test_an_erratum_explains_the_figure_it_names_and_no_other() -> None:
    lines = ("1,ALL,green,2025-01,1", "1,ALL,red,2025-01,2", "2,ALL,green,2025-01,1", "1,ALL,green,2025-02,2")
    words = (
        "The erratum of R says: On 1 March 2025 Authority corrected green, January 2025, in table 1 of R, from 1 to 0"
    )

    def explained(*errata: AnyFact) -> list[str]:
        document = reconciled([*TWO, *MISSED, *errata], *lines)
        assert len(document["differences"]) == 4
        return [
            f"{each['table']} {each['row']} {each['period']}"
            for each in document["differences"]
            if any(words in sentence for sentence in each["explanations"])
        ]

    assert explained(erratum(id="e")) == ["1 green 2025-01"]
    assert explained(erratum(id="e", row="TSL achieved")) == []
    assert explained(erratum(id="e"), fact("FactVoided", "2025-03-02", voids="e")) == []


def test_an_erratum_says_whether_it_gives_what_the_ledger_has_and_may_name_the_row_in_the_reports_words() -> None:
    right = reconciled([*TWO, *MISSED, erratum(row="TSL achieved")], "1,ALL,green,2025-01,1")
    assert "What it puts right is what the ledger has." in told(right, "green")
    other = reconciled([*TWO, *MISSED, erratum(corrected="2")], "1,ALL,green,2025-01,1")
    assert "The erratum of R says" in told(other, "green")
    assert "what the ledger has." not in told(other, "green")
    of_points = reconciled([*TWO, *MISSED, erratum(row="net_points", corrected="80")], "1,ALL,net_points,2025-01,8")
    assert "What it puts right is what the ledger has." in told(of_points, "net_points")
