"""What the views of managing a contract show, as at any date: meetings, checks, changes, contacts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ledger.definition import read_definition
from ledger.facts import ContractRegistered
from ledger.levels import Status
from ledger.parts import Management
from projections.assurance import assurance
from projections.cells import verdict
from projections.changes import changes
from projections.contacts import contacts
from projections.meeting import happened
from projections.moment import Moment
from projections.monitoring_meetings import meetings
from projections.question import Question
from projections.standing import stand
from tests.given import Given, agreed, contract, fact, kpi, recorded, submitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from ledger.facts import AnyFact
    from tests.conftest import Program

MANAGED = contract(
    management={
        "minutes_deemed_agreed_after_working_days": 10,
        "annual_meetings": 1,
        "forums_a_year": 4,
        "assumptions": ["Received means opened."],
    }
)
BOTH = [{"party": "A", "contract_manager": True}, {"party": "P", "contract_manager": True}]


def seen(view: Callable[[Question], Any], *facts: AnyFact | list[AnyFact], as_at: str) -> dict[str, Any]:
    """Return a view of a history as JSON; its tables are whole."""
    history = recorded(Given(*facts).facts)
    moment = Moment(date.fromisoformat(as_at), datetime(2026, 1, 5, 12, tzinfo=UTC), len(history))
    found = view(Question("c", history, moment))
    for table in found.tables():
        assert all(len(row) == len(table.columns) for row in table.rows)
    document: dict[str, Any] = found.document()
    return document


def told(view: Callable[[Question], Any], *facts: AnyFact, as_at: str) -> str:
    """Return every word of a view's tables."""
    history = recorded(facts)
    moment = Moment(date.fromisoformat(as_at), datetime(2026, 1, 5, 12, tzinfo=UTC), len(history))
    tables = view(Question("c", history, moment)).tables()
    rows = [" | ".join(cell.words for cell in row) for table in tables for row in table.rows]
    return "\n".join([*rows, *(text for table in tables for _, text in table.notes)])


def held(meeting: str, on: str, purpose: str = "forum", attended: Any = BOTH, **fields: Any) -> AnyFact:
    return fact("MeetingHeld", on, meeting=meeting, purpose=purpose, held_on=on, attended=attended, **fields)


def sent(meeting: str, on: str) -> AnyFact:
    return fact("MinutesSent", on, meeting=meeting, received_on=on)


def answered(meeting: str, on: str, answer: str = "approved", **fields: Any) -> AnyFact:
    return fact("MinutesAnswered", on, meeting=meeting, answer=answer, **fields)


# --- meetings --------------------------------------------------------------------------------------------------------


def test_a_meeting_shows_who_attended_and_whose_contract_manager_was_absent() -> None:
    alone = [{"party": "A", "contract_manager": True}, {"party": "P"}]
    facts = (MANAGED, held("M1", "2025-02-04"), held("M2", "2025-05-06", attended=alone, persons="Pat Reed"))
    first, second = seen(meetings, *facts, as_at="2025-06-01")["meetings"]
    assert (first["meeting"], first["contract_managers_absent"], first["state"]) == ("M1", [], "no minutes")
    assert (second["attended"], second["contract_managers_absent"]) == (
        [BOTH[0], {**BOTH[1], "contract_manager": False}],
        ["P"],
    )
    shown = told(meetings, *facts, as_at="2025-06-01")
    assert "A attended, P attended | A, P |" in shown
    assert "A attended, P absent | A, P: Pat Reed |" in shown


def test_of_a_meeting_of_which_attendance_is_not_stated_nobody_is_said_to_be_absent() -> None:
    facts = (MANAGED, held("M", "2025-02-04", attended=[]))
    (only,) = seen(meetings, *facts, as_at="2025-06-01")["meetings"]
    assert (only["attended"], only["contract_managers_absent"]) == ([], None)
    assert "absent" not in told(meetings, *facts, as_at="2025-06-01")


def test_minutes_are_deemed_agreed_as_at_a_day_without_a_fact_that_says_so() -> None:
    facts = (MANAGED, held("M", "2025-03-03"), sent("M", "2025-03-05"), answered("M", "2025-03-21", "withheld"))
    before, after, late = (seen(meetings, *facts, as_at=day) for day in ("2025-03-19", "2025-03-20", "2025-03-21"))
    assert before["meetings"][0]["state"] == "awaiting answer"
    assert before["meetings"][0]["minutes"][0]["deemed_agreed_on"] is None
    (minutes,) = after["meetings"][0]["minutes"]
    assert (minutes["state"], minutes["deemed_agreed_on"]) == ("deemed agreed", "2025-03-20")
    assert (minutes["answer_due_on"], minutes["answers"]) == ("2025-03-19", [])
    (minutes,) = late["meetings"][0]["minutes"]
    assert minutes["state"] == "deemed agreed"
    assert [(each["answer"], each["in_time"]) for each in minutes["answers"]] == [("withheld", False)]
    assert "withheld on 2025-03-21, late" in told(meetings, *facts, as_at="2025-03-21")
    assert late["calendar"]["name"] == "bank holidays of England and Wales"
    assert "holidays 0." in late["notes"][0]["text"]
    assert late["assumptions"] == ["Received means opened."]


def test_a_void_takes_an_answer_away_again() -> None:
    answer = answered("M", "2025-03-10")
    facts = (MANAGED, held("M", "2025-03-03"), sent("M", "2025-03-05"), answer)
    assert seen(meetings, *facts, as_at="2025-04-01")["meetings"][0]["state"] == "approved"
    void = fact("FactVoided", "2025-04-02", voids=answer.id, by="P")
    assert seen(meetings, *facts, void, as_at="2025-04-01")["meetings"][0]["state"] == "approved"
    assert seen(meetings, *facts, void, as_at="2025-04-02")["meetings"][0]["state"] == "deemed agreed"


def asked_for(*facts: AnyFact, as_at: str) -> list[tuple[int, str, int, list[int], str]]:
    return [
        (each["contract_year"], each["purpose"], each["held"], each["by_quarter"], each["state"])
        for each in seen(meetings, *facts, as_at=as_at)["requirements"]
    ]


def test_each_contract_year_counts_its_meetings_as_held_due_or_missed() -> None:
    facts = [held(f"F{day}", day) for day in ("2025-01-14", "2025-04-08", "2025-05-08", "2025-10-07")]
    facts += [held("Y", "2025-12-31", "annual"), held("R", "2025-03-03", "review")]
    assert asked_for(MANAGED, *facts, as_at="2025-04-08") == [
        (1, "annual", 0, [0, 0], "due"),
        (1, "forum", 2, [1, 1], "due"),
    ]
    assert asked_for(MANAGED, *facts, as_at="2025-12-31") == [
        (1, "annual", 1, [0, 0, 0, 1], "held"),
        (1, "forum", 4, [1, 2, 0, 1], "held"),
    ]
    assert asked_for(MANAGED, *facts, as_at="2026-01-01") == [
        (1, "annual", 1, [0, 0, 0, 1], "held"),
        (1, "forum", 4, [1, 2, 0, 1], "held"),
        (2, "annual", 0, [0], "due"),
        (2, "forum", 0, [0], "due"),
    ]
    assert asked_for(MANAGED, *facts[:3], as_at="2026-01-01")[:2] == [
        (1, "annual", 0, [0, 0, 0, 0], "missed"),
        (1, "forum", 3, [1, 2, 0, 0], "missed"),
    ]
    assert "missed, 1 of 4" in told(meetings, MANAGED, *facts[:3], as_at="2026-01-01")
    assert "due, 2 more by 2025-12-31" in told(meetings, MANAGED, *facts, as_at="2025-04-08")


def test_a_year_of_which_not_every_month_is_held_misses_nothing() -> None:
    gap = fact("HistoryNotHeld", "2025-06-01", first_period="2025-02", last_period="2025-03")
    assert [each[-1] for each in asked_for(MANAGED, gap, as_at="2026-01-01")[:2]] == ["not held in full"] * 2


def test_a_contract_without_terms_of_management_asks_for_no_meetings_and_deems_nothing_agreed() -> None:
    found = seen(meetings, contract(), held("M", "2025-02-04"), sent("M", "2025-02-05"), as_at="2026-01-01")
    assert (found["requirements"], found["answer_within_working_days"]) == ([], None)
    assert found["meetings"][0]["state"] == "awaiting answer"
    assert "gives no time" in found["notes"][0]["text"]


# --- checks ----------------------------------------------------------------------------------------------------------


def cross_check(period: str, value: str, dated: str = "2025-06-01") -> AnyFact:
    return fact("CrossCheckMade", dated, kpi="K", period=period, value=value, system="SWIFT/Liberi")


def test_a_cross_check_stands_beside_the_return_with_the_exact_difference_and_changes_no_cell() -> None:
    digits = "90.000000000000000000000000001"
    facts = (MANAGED, kpi(), submitted("2025-04", digits, dated="2025-05-05"), cross_check("2025-04", "79.9"))
    (found,) = seen(assurance, *facts, as_at="2025-06-01")["cross_checks"]
    assert (found["returned"], found["found"]) == (digits, "79.9")
    assert (found["difference"], found["agrees"]) == ("10.100000000000000000000000001", False)
    for counted in (facts, facts[:-1]):
        standing = stand(recorded(counted))
        assert standing is not None
        assert verdict(standing, standing.kpis["K"], "2025-04").status is Status.SUBMITTED
    assert "changes no cell" in told(assurance, *facts, as_at="2025-06-01")


def test_a_cross_check_is_held_against_the_latest_return_if_there_is_one_with_a_value() -> None:
    again = submitted("2025-04", "91", dated="2025-05-09")
    facts = [MANAGED, kpi(), submitted("2025-04", "90", dated="2025-05-05"), again]
    facts += [submitted("2025-03", unavailable=True), submitted("2025-02", status="green")]
    checks = [cross_check(period, "91.0") for period in ("2025-01", "2025-02", "2025-03", "2025-04")]
    found = seen(assurance, *facts, *checks, as_at="2025-06-01")["cross_checks"]
    assert [(each["returned"], each["difference"], each["agrees"]) for each in found] == [
        (None, None, None),
        (None, None, None),
        (None, None, None),
        ("91", "0", True),
    ]
    assert [each["return"] is None for each in found] == [True, False, False, False]
    shown = told(assurance, *facts, *checks, as_at="2025-06-01")
    for words in ("| no return |", "| TSL achieved, without its value |", "| no data |", "| 91 | 91.0 | none |"):
        assert words in shown


def test_a_cross_check_is_held_against_what_returned_components_come_to() -> None:
    measure = kpi(formula="x / y * 100", components={"x": "refused", "y": "referred"})
    facts = [
        MANAGED,
        measure,
        submitted("2025-02", components={"x": "0", "y": "0"}, dated="2025-05-05"),
        submitted("2025-03", components={"x": "1", "y": "3"}, dated="2025-05-05"),
        submitted("2025-04", components={"x": "2", "y": "32"}, dated="2025-05-05"),
    ]
    checks = [cross_check("2025-02", "5"), cross_check("2025-03", "33"), cross_check("2025-04", "6.25")]
    found = seen(assurance, *facts, *checks, as_at="2025-06-01")["cross_checks"]
    assert [(each["returned"], each["difference"], each["agrees"]) for each in found] == [
        (None, None, None),
        ("33.33333333333333333333333333", "0.33333333333333333333333333", False),
        ("6.25", "0", True),
    ]
    shown = told(assurance, *facts, *checks, as_at="2025-06-01")
    for words in ("| no denominator | 5 |", "| 6.25 | 6.25 | none |"):
        assert words in shown


def test_information_is_overdue_from_the_day_after_it_is_due() -> None:
    asked = fact(
        "InformationRequested", "2025-05-20", request="R", what="Rota.", asked_on="2025-05-20", due_on="2025-05-30"
    )
    came = fact("InformationSupplied", "2025-06-09", request="R", supplied_on="2025-06-02", by="P")
    found = {
        day: (each["state"], each["days_late"])
        for day in ("2025-05-30", "2025-05-31", "2025-06-08", "2025-06-09")
        for each in seen(assurance, MANAGED, asked, came, as_at=day)["information"]
    }
    assert found == {
        "2025-05-30": ("open", 0),
        "2025-05-31": ("overdue", 1),
        "2025-06-08": ("overdue", 9),
        "2025-06-09": ("supplied_late", 3),
    }
    early = came.model_copy(update={"supplied_on": date(2025, 5, 30)})
    (only,) = seen(assurance, MANAGED, asked, early, as_at="2025-06-09")["information"]
    assert only["state"] == "supplied"


def test_spot_checks_and_self_assessments_are_shown_in_the_order_they_were_made() -> None:
    own = {"findings": "Fine.", "kpi": "K", "period": "2025-03"}
    facts = [
        fact("SpotCheckMade", check="C2", made_on="2025-05-02", satisfactory=False, **own),
        fact("SpotCheckMade", check="C1", made_on="2025-05-01", findings="Fine."),
        fact("SelfAssessmentReviewed", assessment="S", reviewed_on="2025-05-01", outcome="Accepted."),
    ]
    found = seen(assurance, MANAGED, kpi(), *facts, as_at="2025-06-01")
    assert [(each["check"], each["satisfactory"]) for each in found["spot_checks"]] == [("C1", None), ("C2", False)]
    assert [each["assessment"] for each in found["self_assessments"]] == ["S"]
    assert "K Mar-25 |  | Fine. | not satisfactory |" in told(assurance, MANAGED, kpi(), *facts, as_at="2025-06-01")


# --- changes ---------------------------------------------------------------------------------------------------------


def test_a_change_is_agreed_and_then_carried_out_by_what_is_decided_under_its_name() -> None:
    proposed = fact("ChangeProposed", "2025-05-01", by="P", change="C", what="TSL 85.", kpi="K")
    decided = fact("ChangeDecided", "2025-05-10", change="C", decision="agreed")
    rebase = fact(
        "TargetRebased",
        "2025-05-20",
        kpi="K",
        first_period="2025-07",
        tsl="85",
        msl="80",
        decision_ref="C",
        id="rebase",
    )
    facts = (MANAGED, kpi(), proposed, decided, rebase)
    states = {
        day: (each["state"], each["carried_out_by"])
        for day in ("2025-05-09", "2025-05-10", "2025-05-20")
        for each in seen(changes, *facts, as_at=day)["changes"]
    }
    assert states == {
        "2025-05-09": ("undecided", []),
        "2025-05-10": ("agreed", []),
        "2025-05-20": ("carried_out", ["rebase"]),
    }
    assert "undecided for 8 days" in told(changes, *facts[:-2], as_at="2025-05-09")
    assert "agreed on 10 May 2025, not yet carried out" in told(changes, *facts[:-1], as_at="2025-05-19")
    assert "C: On 20 May 2025 Authority rebased K" in told(changes, *facts, as_at="2025-05-20")
    void = fact("FactVoided", "2025-05-21", voids="rebase")
    assert seen(changes, *facts, void, as_at="2025-05-21")["changes"][0]["state"] == "agreed"


def test_a_change_is_carried_out_by_the_facts_that_are_named_as_far_as_they_stand() -> None:
    facts = [
        MANAGED,
        fact("ChangeProposed", "2025-05-01", by="P", change="C", what="Print the schedule anew."),
        fact("ChangeDecided", "2025-05-10", change="C", decision="agreed"),
    ]
    named = fact("ChangeCarriedOut", "2025-05-20", change="C", carried_out_by=["gone"])
    (found,) = seen(changes, *facts, named, as_at="2025-06-01")["changes"]
    assert (found["state"], found["missing"]) == ("agreed", ["gone"])
    assert "gone is said to carry it out" in told(changes, *facts, named, as_at="2025-06-01")
    outside = fact("ChangeCarriedOut", "2025-05-21", change="C", remark="Printed.")
    (found,) = seen(changes, *facts, outside, as_at="2025-06-01")["changes"]
    assert (found["state"], found["remarks"]) == ("carried_out", ["Printed."])


def test_a_rebase_that_cites_no_change_is_not_judged() -> None:
    rebase = fact(
        "TargetRebased", "2025-05-20", kpi="K", first_period="2025-07", tsl="85", msl="80", authority="Minute 4"
    )
    assert seen(changes, MANAGED, kpi(), rebase, as_at="2025-06-01")["changes"] == []


# --- contacts --------------------------------------------------------------------------------------------------------


def named(contact: str, from_on: str, level: int = 1, dated: str = "2025-01-01", **fields: Any) -> AnyFact:
    return fact("ContactNamed", dated, contact=contact, level=level, from_on=from_on, **fields)


def at_level_one(*facts: AnyFact, as_at: str) -> str | None:
    found = seen(contacts, MANAGED, *facts, as_at=as_at)["contacts"]
    assert [(each["party"], each["level"]) for each in found] == [(side, level) for side in "AP" for level in (1, 2, 3)]
    return next(each["person"] for each in found if (each["party"], each["level"]) == ("P", 1))


@pytest.mark.parametrize(
    ("as_at", "person"),
    [
        ("2025-01-31", None),
        ("2025-02-01", "Sam Hill"),
        ("2025-03-31", "Sam Hill"),
        ("2025-04-01", "Lee Wood"),
        ("2025-05-31", "Lee Wood"),
        ("2025-06-01", None),
        ("2025-07-01", "Jo Wren"),
    ],
)
def test_the_contact_is_whoever_was_named_last_from_a_day_up_to_the_date_unless_ended(as_at: str, person: str) -> None:
    facts = (
        named("P/Sam Hill", "2025-02-01"),
        named("P/Lee Wood", "2025-04-01"),
        named("A/Pat Reed", "2025-01-01"),
        named("P/Alex Moor", "2025-01-01", level=2),
        fact("ContactEnded", "2025-05-20", side="P", level=1, last_on="2025-05-31"),
        named("P/Jo Wren", "2025-07-01", dated="2025-06-20"),
    )
    assert at_level_one(*facts, as_at=as_at) == person


def test_of_two_contacts_from_the_same_day_the_later_word_stands() -> None:
    facts = (named("P/Sam Hill", "2025-02-01"), named("P/Sam Hall", "2025-02-01", dated="2025-02-10"))
    assert at_level_one(*facts, as_at="2025-02-09") == "Sam Hill"
    assert at_level_one(*facts, as_at="2025-02-10") == "Sam Hall"


def test_a_place_without_a_contact_says_none_named_and_until_when_there_was_one() -> None:
    facts = (
        MANAGED,
        named("P/Sam Hill", "2025-02-01", post="Contract Manager"),
        fact("ContactEnded", "2025-05-20", side="P", level=1, last_on="2025-05-31"),
    )
    assert "Provider | 1 (contract manager) | Sam Hill | Contract Manager" in told(contacts, *facts, as_at="2025-05-31")
    assert "2025-02-01 until 2025-05-31" in told(contacts, *facts, as_at="2025-05-31")
    after = told(contacts, *facts, as_at="2025-06-01")
    assert "Provider | 1 (contract manager) | none named, the last until 2025-05-31" in after
    assert "Authority | 3 | none named |" in after


def test_a_boards_report_tells_a_meeting_held_since_and_no_contact() -> None:
    facts = [MANAGED, held("M", "2025-02-04"), named("P/Sam Hill", "2025-02-01", dated="2025-02-04")]
    history = recorded(facts)
    moment = Moment(date(2025, 2, 1), datetime(2026, 1, 5, 12, tzinfo=UTC), len(history))
    (only,) = happened(Question("c", history, moment), date(2025, 2, 10))
    assert "recorded the meeting M (provider forum) of 4 February 2025" in only


# --- the contract file -----------------------------------------------------------------------------------------------


def test_faults_of_the_management_table_are_named_with_their_lines() -> None:
    file = """[contract]
id = "c"
title = "Test"
commenced = "2025-01"
dated = "2025-01-01"
parties = [
    { code = "A", name = "Authority", role = "authority" },
    { code = "P", name = "Provider", role = "provider" },
]

[management]
minutes_deemed_agreed_after_working_days = 0
forums = 4
annual_meetings = 1
"""
    reading = read_definition(file.encode(), "c.toml")
    assert [str(each) for each in reading.faults] == [
        "c.toml, line 12, management.minutes_deemed_agreed_after_working_days: found 0; give a number of at least 1",
        "c.toml, line 13, management.forums: is no field of a management table; did you mean forums_a_year?",
    ]
    whole = file.replace("days = 0", "days = 10").replace("forums", "forums_a_year")
    (proposed,) = read_definition(whole.encode(), "c.toml").proposed
    assert isinstance(proposed.fact, ContractRegistered)
    assert proposed.fact.management == Management(
        minutes_deemed_agreed_after_working_days=10, annual_meetings=1, forums_a_year=4
    )


# --- the program -----------------------------------------------------------------------------------------------------


def test_a_contacts_name_email_and_telephone_go_on_request_and_the_proof_holds(program: Program) -> None:
    own = {"email": "sam.hill@provider.example", "telephone": "01234 567890", "by": "P/Sam Hill", "id": "named"}
    meeting = held("M", "2025-02-04", persons="Pat Reed, Sam Hill", id="met")
    assert program.record(MANAGED, named("P/Sam Hill", "2025-01-01", **own), meeting).exit_code == 0
    head = program.path.with_name("head.txt")
    head.write_text(program.done("head").stdout, encoding="utf-8")
    gone = program.done(
        *("erase", "c", "--person", "P/Sam Hill", "--text", "named=email", "--text", "named=telephone"),
        *("--text", "met=persons", "--reason", "Asked for by letter.", "--by", "A"),
    )
    assert gone.exit_code == 0
    shown = [program.done(view, "c", "--format", "json").stdout for view in ("contacts", "meetings")]
    shown += [program.done("export").stdout]
    assert not any(word in text for text in shown for word in ("Hill", "sam.hill", "01234", "Pat Reed"))
    place = next(each for each in program.json("contacts", "c")["contacts"] if each["facts"])
    assert (place["person"], place["email"], place["telephone"]) == ("erased-4", "[erased]", "[erased]")
    assert program.json("meetings", "c")["meetings"][0]["persons"] == "[erased]"
    assert program.json("verify")["ok"] is True
    assert program.done("verify", "--deep", "--head", str(head)).exit_code == 0
    assert b"Sam Hill" not in program.path.read_bytes()


def test_what_is_said_of_a_kpi_is_told_in_its_trail_and_moves_nothing(program: Program) -> None:
    check = fact(
        "SpotCheckMade", check="C", made_on="2025-05-01", findings="Fine.", kpi="K", period="2025-04", id="spot"
    )
    own = cross_check("2025-04", "88")
    change = fact("ChangeProposed", change="CC", what="TSL 85.", kpi="K", id="change")
    returned = [submitted("2025-04", "91", dated="2025-05-05"), agreed("2025-04", dated="2025-05-20")]
    assert program.record(MANAGED, kpi(), *returned, check, own, change).exit_code == 0
    cell = program.json("trail", "c", "K", "2025-04")["entries"]
    assert [each["fact"] for each in cell][-2:] == ["SpotCheckMade", "CrossCheckMade"]
    assert all(each["before"] == each["after"] for each in cell[-2:])
    assert program.json("trail", "c", "K")["entries"][-1]["id"] == "change"
    assert program.done("replay", "--check").exit_code == 0


def test_in_a_table_a_check_that_was_not_satisfactory_is_not_one_without_a_conclusion(program: Program) -> None:
    assert program.record(MANAGED, kpi()).exit_code == 0
    columns = "fact,contract,dated,by,check,made_on,findings,satisfactory"
    answers = {"C1": "yes", "C2": "no", "C3": ""}
    rows = [f"SpotCheckMade,c,2025-05-02,A,{name},2025-05-01,Fine.,{answer}" for name, answer in answers.items()]
    table = program.path.with_name("checks.csv")
    table.write_text("\n".join([columns, *rows]), encoding="utf-8")
    program.done("record", str(table))
    found = program.json("assurance", "c")["spot_checks"]
    assert [(each["check"], each["satisfactory"]) for each in found] == [("C1", True), ("C2", False), ("C3", None)]
    table.write_text(f"{columns}\n{rows[0].replace('yes', 'perhaps')}", encoding="utf-8")
    refused = program.run("record", str(table))
    assert (refused.exit_code, "give yes or no, or leave the cell empty" in refused.stderr) == (2, True)


@pytest.mark.parametrize("output", ["table", "csv", "md"])
@pytest.mark.parametrize("view", ["meetings", "assurance", "changes", "contacts"])
def test_every_view_of_a_contract_of_which_nothing_is_recorded_yet_is_whole(
    program: Program, view: str, output: str
) -> None:
    assert program.record(MANAGED, kpi()).exit_code == 0
    assert program.done(view, "c", "--as-at", "2025-02-01", "--known-at", "2026-12-31", "--format", output).stdout
    assert program.run(view, "c", "--as-at", "2024-12-31").exit_code == 2
