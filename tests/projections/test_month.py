"""What a month waits for, since when, and which matters are open, as at any date."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest

from ledger.period import Frequency
from projections.moment import Moment
from projections.month import month
from projections.progress import expected_on
from projections.question import Question
from projections.standing import stand
from tests.given import Given, agreed, contract, fact, kpi, recorded, results, submitted

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.facts import AnyFact
    from tests.conftest import Program

EXPECTED = contract(results_expected_on_working_day=15)


def seen(
    *facts: AnyFact | list[AnyFact], as_at: str = "2025-02-25", last: str | None = None, periods: int = 6
) -> dict[str, Any]:
    """Return the month of a history as JSON; by default as at 25 February 2025, so that January is looked at."""
    history = recorded(Given(*facts).facts)
    moment = Moment(date.fromisoformat(as_at), datetime(2026, 1, 5, 12, tzinfo=UTC), len(history))
    found = month(Question("c", history, moment, last, periods))
    for table in found.tables():
        assert all(len(row) == len(table.columns) for row in table.rows)
    return found.document()


def waiting(document: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(each["kpi"], each["period"], each["state"], each["status"]) for each in document["outstanding"]]


def overall(document: dict[str, Any]) -> dict[str, int]:
    counts = next(each for each in document["services"] if each["service"] == "ALL")
    return {name: counts[name] for name in counts if name != "service" and counts[name]}


# --- what is awaited -------------------------------------------------------------------------------------------------


def test_a_period_without_a_return_is_a_row_with_its_days() -> None:
    document = seen(EXPECTED, kpi())
    (row,) = document["outstanding"]
    assert (row["kpi"], row["title"], row["period"], row["state"]) == ("K", "Measure K", "2025-01", "awaiting")
    assert (row["since"], row["days_waiting"], row["working_days_waiting"]) == ("2025-02-01", 24, 17)
    assert (row["expected_on"], row["expected_on_passed"], row["facts"]) == ("2025-02-21", True, [])
    assert (document["period"], document["contract_month"], document["ended"]) == ("2025-01", 1, True)
    assert overall(document) == {"due": 1, "awaiting": 1}


def test_a_return_is_submitted_until_it_is_scrutinised_and_then_waits_for_nothing() -> None:
    returned, scrutiny = submitted("2025-01", "91", id="jan"), agreed("2025-01")
    document = seen(EXPECTED, kpi(), returned)
    (row,) = document["outstanding"]
    assert (row["state"], row["since"], row["working_days_waiting"]) == ("submitted", "2025-02-05", 14)
    assert row["facts"] == ["jan"]
    assert overall(document) == {"due": 1, "submitted": 1}
    document = seen(EXPECTED, kpi(), returned, scrutiny)
    assert (waiting(document), overall(document)) == ([], {"due": 1, "agreed": 1})


def test_a_second_return_before_scrutiny_waits_since_its_own_date() -> None:
    document = seen(EXPECTED, kpi(), submitted("2025-01", "91"), submitted("2025-01", "92", dated="2025-02-10"))
    assert [each["since"] for each in document["outstanding"]] == ["2025-02-10"]


def test_an_amended_result_is_agreed() -> None:
    amended = agreed("2025-01", decision="amended", value="85")
    assert overall(seen(EXPECTED, kpi(), submitted("2025-01", "91"), amended)) == {"due": 1, "agreed": 1}


def test_a_rejected_return_waits_only_once_a_new_one_has_come() -> None:
    history = [EXPECTED, kpi(), submitted("2025-01", "91"), agreed("2025-01", decision="rejected")]
    assert (waiting(seen(history)), overall(seen(history))) == ([], {"due": 1, "rejected": 1})
    again = seen(history, submitted("2025-01", "92", dated="2025-02-24", id="again"))
    assert waiting(again) == [("K", "2025-01", "returned_again", "red")]
    assert (again["outstanding"][0]["since"], overall(again)) == ("2025-02-24", {"due": 1, "rejected": 1})
    settled = agreed("2025-01", dated="2025-02-25")
    settled = seen(history, submitted("2025-01", "92", dated="2025-02-24"), settled)
    assert (waiting(settled), overall(settled)) == ([], {"due": 1, "agreed": 1})


def test_a_rejection_that_a_dispute_overturns_is_agreed_and_its_new_return_waits_no_longer() -> None:
    history = [EXPECTED, kpi(), submitted("2025-01", "91"), agreed("2025-01", decision="rejected")]
    dispute = {"ref": "E", "kpi": "K", "period": "2025-01"}
    document = seen(
        history,
        fact("EscalationRaised", "2025-02-21", **dispute, against="score"),
        submitted("2025-01", "92", dated="2025-02-22"),
        fact("EscalationDecided", "2025-02-24", **dispute, outcome="upheld", value="93"),
    )
    assert (waiting(document), overall(document)) == ([], {"due": 1, "agreed": 1})


def test_a_relieved_period_waits_for_no_return_but_a_return_of_it_for_scrutiny() -> None:
    granted = fact("MitigationGranted", "2025-02-03", kpi="K", first_period="2025-01", last_period="2025-01")
    document = seen(EXPECTED, kpi(), granted)
    assert (waiting(document), overall(document)) == ([], {"due": 1, "relieved": 1})
    document = seen(EXPECTED, kpi(), granted, submitted("2025-01", "70"))
    assert waiting(document) == [("K", "2025-01", "submitted", "mitigated")]
    assert overall(document) == {"due": 1, "relieved": 1}
    glide = seen(EXPECTED, kpi(glide_until="2025-01"))
    assert (waiting(glide), overall(glide)) == ([], {"due": 1, "relieved": 1})


def test_an_information_kpi_is_awaited_too_and_its_return_waits_for_scrutiny() -> None:
    history = [EXPECTED, kpi(information=True, weight="")]
    assert waiting(seen(history)) == [("K", "2025-01", "awaiting", "information")]
    history.append(submitted("2025-01", "41250"))
    assert waiting(seen(history)) == [("K", "2025-01", "submitted", "information")]
    history.append(agreed("2025-01"))
    assert (waiting(seen(history)), overall(seen(history))) == ([], {"due": 1, "agreed": 1})


def test_what_is_not_held_not_in_use_not_started_or_discontinued_waits_for_nothing() -> None:
    document = seen(
        contract(held_from="2025-02", results_expected_on_working_day=15),
        kpi("EARLY"),
        kpi("LATER", first_period="2025-04"),
        kpi("ENDED"),
        fact("KpiIntroduced", "2025-01-01", ref="RESERVED", service="S", reserved=True),
        fact("KpiDiscontinued", "2025-02-01", kpi="ENDED", last_period="2025-02"),
        fact("HistoryNotHeld", "2025-02-01", first_period="2025-03", last_period="2025-03"),
        as_at="2025-05-02",
    )
    assert waiting(document) == [
        ("EARLY", "2025-02", "awaiting", "awaiting"),
        ("ENDED", "2025-02", "awaiting", "awaiting"),
        ("EARLY", "2025-04", "awaiting", "awaiting"),
        ("LATER", "2025-04", "awaiting", "awaiting"),
    ]
    assert overall(document) == {"due": 2, "awaiting": 2}


# --- which periods ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("as_at", "period", "rows"),
    [
        ("2025-02-28", "2025-01", ["2025-01"]),
        ("2025-03-01", "2025-02", ["2025-01", "2025-02"]),
        ("2025-01-31", "2025-01", []),
    ],
)
def test_the_period_looked_at_is_the_latest_that_is_over(as_at: str, period: str, rows: list[str]) -> None:
    document = seen(EXPECTED, kpi(), as_at=as_at)
    assert (document["period"], [each["period"] for each in document["outstanding"]]) == (period, rows)
    assert document["ended"] is bool(rows)


def test_a_declared_gap_is_not_looked_at_unless_it_is_asked_for() -> None:
    gap = fact("HistoryNotHeld", "2025-03-01", first_period="2025-02", last_period="2025-02")
    assert seen(EXPECTED, kpi(), gap, as_at="2025-03-05")["period"] == "2025-01"
    asked = seen(EXPECTED, kpi(), gap, as_at="2025-03-05", last="2025-02")
    assert (overall(asked), asked["notes"][0]["text"]) == ({}, "No records of February 2025 are held.")


def test_what_is_outstanding_of_periods_before_those_shown_is_counted_in_a_note() -> None:
    document = seen(EXPECTED, kpi(), results(("2025-02", "91")), as_at="2025-05-02", periods=2)
    assert [each["period"] for each in document["outstanding"]] == ["2025-03", "2025-04"]
    assert "Outstanding of periods before Mar-25: 1; `--periods 4` shows them." in [
        note["text"] for note in document["notes"]
    ]
    document = seen(EXPECTED, kpi(), results(("2025-02", "91")), as_at="2025-05-02", periods=4)
    assert [each["period"] for each in document["outstanding"]] == ["2025-01", "2025-03", "2025-04"]
    assert not any("Outstanding of" in note["text"] for note in document["notes"])


def test_a_quarterly_kpi_is_due_in_the_month_in_which_its_quarter_ends() -> None:
    history = [EXPECTED, kpi("Q", frequency="quarterly"), kpi("M")]
    assert [each[0] for each in waiting(seen(history, as_at="2025-03-20"))] == ["M", "M"]
    document = seen(history, as_at="2025-04-10", periods=1)
    assert waiting(document) == [
        ("Q", "2025-01", "awaiting", "awaiting"),
        ("M", "2025-03", "awaiting", "awaiting"),
    ]
    assert {each["since"] for each in document["outstanding"]} == {"2025-04-01"}
    assert {each["expected_on"] for each in document["outstanding"]} == {"2025-04-23"}
    assert overall(document) == {"due": 2, "awaiting": 2}


def test_monthly_periods_of_a_quarterly_contract_are_each_due_when_they_are_over() -> None:
    history = [contract(frequency="quarterly"), kpi("M", frequency="monthly"), kpi("Q")]
    document = seen(history, as_at="2025-03-05", last="2025-01")
    assert [each[:2] for each in waiting(document)] == [("M", "2025-01"), ("M", "2025-02")]
    assert (document["ended"], overall(document)) == (False, {"due": 2, "awaiting": 2})


# --- when results are expected ---------------------------------------------------------------------------------------


def test_without_the_term_no_day_is_expected_and_none_has_passed() -> None:
    document = seen(contract(), kpi())
    assert (document["expected_on"], document["expected_on_passed"]) == (None, False)
    (row,) = document["outstanding"]
    assert (row["expected_on"], row["expected_on_passed"]) == (None, False)
    assert "gives no working day" in document["notes"][0]["text"]


@pytest.mark.parametrize(("as_at", "passed"), [("2025-02-20", False), ("2025-02-21", False), ("2025-02-22", True)])
def test_the_day_expected_has_passed_only_after_it(as_at: str, passed: bool) -> None:
    document = seen(EXPECTED, kpi(), as_at=as_at)
    assert (document["expected_on"], document["expected_on_passed"]) == ("2025-02-21", passed)
    assert document["outstanding"][0]["expected_on_passed"] is passed
    assert "an expectation, not a deadline" in document["notes"][0]["text"]


def test_results_of_september_2017_were_expected_on_20_october(sample: Program) -> None:
    document = sample.json("month", "lincolnshire-css", "--as-at", "2017-10-26")
    assert (document["period"], document["contract_month"]) == ("2017-09", 30)
    assert (document["expected_on"], document["expected_on_passed"]) == ("2017-10-20", True)
    assert overall(document) == {"due": 41, "awaiting": 41}
    assert any("not a deadline of the contract" in each for each in document["assumptions"])


def test_a_quarter_is_expected_in_the_month_after_it() -> None:
    standing = stand(recorded([EXPECTED]))
    assert standing is not None
    assert expected_on(standing, "2017-07", Frequency.QUARTERLY) == date(2017, 10, 20)


def test_every_table_with_a_computed_day_names_the_calendar_and_its_version() -> None:
    asked = fact("MitigationRequested", "2025-02-10", kpi="K", first_period="2025-01", last_period="2025-01")
    history = recorded([EXPECTED, kpi(), asked])
    moment = Moment(date(2025, 2, 25), datetime(2026, 1, 5, tzinfo=UTC), 3)
    view = month(Question("c", history, moment))
    named = f"{view.document()['calendar']['name']}, holidays {view.document()['calendar']['version']}"
    for table in view.tables():
        assert any(named in text for _, text in table.notes), table.title


# --- open matters ----------------------------------------------------------------------------------------------------


ASKED = {"kpi": "K", "first_period": "2025-01", "last_period": "2025-04"}


def test_a_request_is_open_until_it_is_answered_and_says_how_long() -> None:
    asked = fact("MitigationRequested", "2025-02-10", id="asked", **ASKED)
    (request,) = seen(EXPECTED, kpi(), asked)["requests"]
    assert request == {
        "kpi": "K", "first_period": "2025-01", "last_period": "2025-04", "raised_on": "2025-02-10", "by": "P",
        "reason": "as agreed", "days_open": 15, "working_days_open": 11, "facts": ["asked"],
    }  # fmt: skip
    refused = fact("MitigationRefused", "2025-02-20", id="no", **ASKED)
    assert seen(EXPECTED, kpi(), asked, refused)["requests"] == []
    assert len(seen(EXPECTED, kpi(), asked, refused, as_at="2025-02-19")["requests"]) == 1
    void = fact("FactVoided", "2025-02-21", voids="no")
    assert len(seen(EXPECTED, kpi(), asked, refused, void)["requests"]) == 1
    assert seen(EXPECTED, kpi(), asked, fact("FactVoided", "2025-02-21", voids="asked"))["requests"] == []


def test_the_stretches_of_a_request_that_no_answer_covers_stay_open() -> None:
    def stretches(last: str | None, *answers: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        asked = fact("MitigationRequested", "2025-02-10", kpi="K", first_period="2025-01", last_period=last)
        granted = [
            fact("MitigationGranted", "2025-02-20", kpi="K", first_period=first, last_period=until)
            for first, until in answers
        ]
        found = seen(EXPECTED, kpi(), asked, granted)["requests"]
        return [(each["first_period"], each["last_period"]) for each in found]

    assert stretches("2025-06", ("2025-03", "2025-04")) == [("2025-01", "2025-02"), ("2025-05", "2025-06")]
    assert stretches(None) == [("2025-01", None)]
    assert stretches(None, ("2025-01", "2025-03")) == [("2025-04", None)]
    assert stretches(None, ("2025-03", None)) == [("2025-01", "2025-02")]
    assert stretches(None, ("2025-03", "2025-03")) == [("2025-01", "2025-02"), ("2025-04", None)]
    assert stretches(None, ("2025-01", None)) == []


def test_an_answer_given_before_a_request_does_not_answer_it() -> None:
    refused = fact("MitigationRefused", "2025-02-03", **ASKED)
    assert len(seen(EXPECTED, kpi(), refused, fact("MitigationRequested", "2025-02-10", **ASKED))["requests"]) == 1


def test_only_undecided_escalations_are_open_matters() -> None:
    history = [EXPECTED, kpi(), *results(("2025-01", "70"))]
    cell = {"kpi": "K", "period": "2025-01"}
    raised = [
        fact("EscalationRaised", "2025-02-21", id=ref, ref=ref, **cell, against="score") for ref in ("E-1", "E-2")
    ]
    decided = fact("EscalationDecided", "2025-02-24", id="out", ref="E-1", **cell, outcome="dismissed")
    assert [each["ref"] for each in seen(history, raised, decided)["escalations"]] == ["E-2"]
    void = fact("FactVoided", "2025-02-25", voids="out")
    assert [each["ref"] for each in seen(history, raised, decided, void)["escalations"]] == ["E-1", "E-2"]


# --- taken away, and asked as at another date ------------------------------------------------------------------------


def test_a_void_return_is_awaited_again() -> None:
    returned = submitted("2025-01", "91", id="jan")
    assert waiting(seen(EXPECTED, kpi(), returned)) == [("K", "2025-01", "submitted", "submitted")]
    void = fact("FactVoided", "2025-02-06", voids="jan")
    assert waiting(seen(EXPECTED, kpi(), returned, void)) == [("K", "2025-01", "awaiting", "awaiting")]


def test_a_void_scrutiny_leaves_the_return_waiting_since_it_came() -> None:
    history = [EXPECTED, kpi(), submitted("2025-01", "91"), agreed("2025-01", id="yes")]
    document = seen(history, fact("FactVoided", "2025-02-21", voids="yes"))
    assert [(each["state"], each["since"]) for each in document["outstanding"]] == [("submitted", "2025-02-05")]


@pytest.mark.parametrize(
    ("as_at", "state"), [("2025-02-04", "awaiting"), ("2025-02-05", "submitted"), ("2025-02-20", None)]
)
def test_as_at_a_day_before_the_return_it_is_awaited(as_at: str, state: str | None) -> None:
    document = seen(EXPECTED, kpi(), results(("2025-01", "91")), as_at=as_at)
    assert [each["state"] for each in document["outstanding"]] == ([state] if state else [])


def test_known_before_the_return_was_taken_it_is_awaited(program: Program) -> None:
    assert program.record(EXPECTED, kpi()).exit_code == 0
    program.record(submitted("2025-01", "91"))
    asked = ("month", "c", "--as-at", "2025-02-25")
    assert waiting(program.json(*asked))[0][2] == "submitted"
    assert waiting(program.json(*asked, "--known-at", "2026-01-05T09:01:30Z"))[0][2] == "awaiting"


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_month_of_a_contract_asked_long_before_and_long_after_is_told(program: Program) -> None:
    program.record(EXPECTED, kpi())
    assert program.json("month", "c", "--as-at", "2025-01-01")["outstanding"] == []
    far = program.json("month", "c", "--as-at", "9999-12-31")
    assert (far["period"], len(far["outstanding"])) == ("2199-12", 6)
    assert "may be missing" in far["calendar"]["doubt"]
    before = program.json("month", "c", "--last", "2024-06")
    assert (before["contract_month"], before["outstanding"]) == (-6, [])


def test_every_format_shows_the_month(sample: Program) -> None:
    asked = ("month", "lincolnshire-css", "--as-at", "2017-09-10", "--format")
    assert "Outstanding returns, Mar-17 to Aug-17: 41" in sample.done(*asked, "table").stdout
    assert "| ALL | Overall (all services) | 41 |" in sample.done(*asked, "md").stdout
    assert "IMT_KPI_01,% Users are able" in sample.done(*asked, "csv").stdout


@pytest.mark.parametrize("command", ["month", "escalations"])
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("c", "--as-at", "2025-02-30"), '--as-at: found "2025-02-30"; give a date as YYYY-MM-DD'),
        (("c", "--last", "2025-13"), '--last: found "2025-13"; give the first month of a period'),
        (("c", "--known-at", "noon"), '--known-at: found "noon"'),
        (("c", "--format", "pdf"), '--format: found "pdf"; give one of table, json, csv, md'),
        (("c", "--periods", "0"), "--periods"),
        (("d",), 'the ledger has no contract "d"'),
        (("c", "--as-at", "2024-12-31"), "c was not registered as at 2024-12-31"),
    ],
)
def test_bad_input_is_a_sentence_and_exit_status_2(
    program: Program, command: str, given: tuple[str, ...], sentence: str
) -> None:
    program.record(contract(), kpi())
    result = program.run(command, *given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr


def test_a_last_period_that_is_none_of_the_contracts_is_refused(program: Program) -> None:
    program.record(contract(frequency="quarterly"), kpi())
    result = program.run("month", "c", "--last", "2025-02")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "give the first month of a quarterly period from 2025-01" in result.stderr


@pytest.mark.parametrize("given", ["0", "21", "15.0", '"15"', "true"])
def test_a_contract_file_with_a_working_day_that_is_none_is_refused(
    program: Program, tmp_path: Path, given: str
) -> None:
    file = tmp_path / "contract.toml"
    file.write_text(
        f"""[contract]
id = "c"
title = "Test"
commenced = "2025-01"
dated = "2025-01-01"
results_expected_on_working_day = {given}
parties = [{{ code = "A", name = "A", role = "authority" }}, {{ code = "P", name = "P", role = "provider" }}]
""",
        encoding="utf-8",
    )
    result = program.run("register", str(file))
    assert result.exit_code == 2
    assert "line 6, results_expected_on_working_day: found" in result.stderr
    assert program.run("month", "c").exit_code in (2, 3)


def test_commands_that_count_no_working_days_do_not_load_the_holidays(sample: Program) -> None:
    asked = ["--ledger", str(sample.path), "rag", "lincolnshire-css"]
    program = f"import sys; from cli.main import app; app({asked!r}, standalone_mode=False)"
    found = f"{program}; print('holidays' in sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", found], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "False"
