"""Action plans as at a date: who agreed, which dates were met, and where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.given import contract, fact, kpi, results
from tests.ledger.test_plan_facts import agreed, closed, proposed, updated

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

BOTH = [agreed("P", "2025-05-10"), agreed("A", "2025-05-12")]


@pytest.fixture
def story(program: Program) -> Program:
    program.record(contract(), kpi(unit="percent", decimals=1), kpi("L", weight=""), *results(("2025-02", "70")))
    return program


def plan(program: Program, as_at: str = "2025-12-31") -> Any:
    (found,) = program.json("plans", "c", "--as-at", as_at)["plans"]
    return found


def states(program: Program) -> dict[str, str]:
    days = ("2025-05-11", "2025-05-12", "2025-08-01", "2025-08-02", "2025-09-01")
    return {day: plan(program, day)["state"] for day in days}


def test_a_plan_is_agreed_when_the_second_side_has_and_overdue_after_its_deadline(story: Program) -> None:
    story.record(proposed(), *BOTH, closed("delivered"))
    assert states(story) == {
        "2025-05-11": "proposed",
        "2025-05-12": "agreed",
        "2025-08-01": "agreed",
        "2025-08-02": "overdue",
        "2025-09-01": "delivered",
    }
    assert plan(story, "2025-05-11")["agreed_on"] is None
    assert plan(story)["agreed_on"] == "2025-05-12"
    assert story.json("plans", "c", "--as-at", "2025-04-30")["plans"] == []


def test_a_plan_that_nobody_agreed_is_never_called_overdue_but_its_deadline_has_passed(story: Program) -> None:
    story.record(proposed(), agreed("P"))
    found = plan(story, "2025-08-02")
    assert (found["state"], found["overdue"]) == ("proposed", True)
    assert "proposed, its deadline passed" in story.done("plans", "c", "--as-at", "2025-08-02", "--format", "md").stdout


def test_a_void_undoes_an_agreement(story: Program) -> None:
    story.record(proposed(), *BOTH)
    story.record(fact("FactVoided", "2025-06-01", voids=BOTH[1].id))
    assert plan(story)["agreed_on"] is None


def test_each_part_says_whether_its_day_was_met_and_keeps_the_day_as_proposed(story: Program) -> None:
    actions = [
        {"action": f"Part {n}", "owner": "M. Rook", **({"due_on": "2025-07-01"} if n < 5 else {})} for n in range(1, 6)
    ]
    story.record(
        proposed(actions=actions),
        *BOTH,
        updated("2025-06-20", action=1, done=True),
        updated("2025-07-03", action=2, done=True),
        updated("2025-07-03", action=3, done=True, done_on="2025-07-01"),
        updated("2025-06-15", action=4, due_on="2025-07-10", reason="Ill", by="A"),
    )
    found = {each["n"]: (each["due_on"], each["state"]) for each in plan(story, "2025-07-05")["actions"]}
    assert found == {
        1: ("2025-07-01", "done"),
        2: ("2025-07-01", "done_late"),
        3: ("2025-07-01", "done"),
        4: ("2025-07-10", "due"),
        5: (None, "no_date"),
    }
    assert plan(story, "2025-07-01")["actions"][1]["state"] == "due"
    assert plan(story, "2025-07-02")["actions"][1]["state"] == "missed"
    assert plan(story, "2025-07-11")["actions"][3] == {
        "n": 4,
        "action": "Part 4",
        "owner": "M. Rook",
        "cost": None,
        "first_due_on": "2025-07-01",
        "due_on": "2025-07-10",
        "done_on": None,
        "state": "missed",
    }
    (outcome,) = plan(story, "2025-08-02")["expected_outcomes"]
    assert outcome["state"] == "missed"


def test_a_new_deadline_is_the_one_that_counts_from_its_date_on(story: Program) -> None:
    story.record(proposed(due_on="2025-08-01"), *BOTH, updated("2025-08-10", due_on="2025-09-30", reason="Ill", by="A"))
    assert plan(story, "2025-08-09")["state"] == "overdue"
    found = plan(story, "2025-08-10")
    assert (found["state"], found["first_due_on"], found["due_on"]) == ("agreed", "2025-08-01", "2025-09-30")


def test_what_was_not_due_when_its_plan_closed_is_missed_by_nobody(story: Program) -> None:
    story.record(proposed(), *BOTH, closed("withdrawn", "2025-06-01"))
    assert plan(story)["actions"][0]["state"] == "closed_before_it_was_due"


def test_a_second_proposal_is_the_plan_and_the_first_is_among_its_facts(story: Program) -> None:
    story.record(
        proposed(id="one"), agreed("P", "2025-05-02"), proposed("2025-05-05", id="two", by="A", due_on="2025-12-01")
    )
    found = plan(story)
    assert (found["proposed_by"], found["due_on"], found["agreements"]) == ("A", "2025-12-01", [])
    assert found["facts"] == ["one", "two"]


def test_the_template_is_taken_once_it_is_filled_in(story: Program, tmp_path: Path) -> None:
    blank = story.done("plan", "template", "c", "K", "2025-02").stdout
    file = tmp_path / "plan.toml"
    file.write_text(blank, encoding="utf-8")
    refused = story.run("plan", "propose", "c", str(file), "--by", "P")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        "actions[1].action: is missing; give it",
        "actions[1].owner: is missing; give it",
        "expected_outcomes[1].outcome: is missing; give it",
    ]
    needed = [line.partition(" =")[0] for line in blank.splitlines() if "# needed" in line]
    assert needed == ["plan", "kpis", "action", "owner", "outcome"]
    filled = blank.replace('action = ""', 'action = "Hire"').replace('owner = ""', 'owner = "M. Rook"')
    filled = filled.replace('outcome = ""', 'outcome = "90 %"').replace('due_on = ""', 'due_on = "2026-02-01"')
    file.write_text(filled, encoding="utf-8")
    story.done("plan", "propose", "c", str(file), "--by", "P")
    found = story.json("plans", "c")["plans"][0]
    assert (found["plan"], found["level"], found["rag"], found["period"]) == ("K 2025-02", "70.0", "red", "2025-02")


def test_a_template_of_no_period_of_the_kpi_is_refused(story: Program) -> None:
    for period in ("2024-12", "2025"):
        assert story.run("plan", "template", "c", "K", period).exit_code == 2
    assert "has no KPI" in story.run("plan", "template", "c", "X", "2025-02").stderr


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"plan = ", "is not TOML"),
        (b"\xff", "is not UTF-8"),
        (b'dated = "2025-01-01"', "dated: is no field of a plan's file; give it to the command"),
        (b'plan = "x"\nkpis = ["K"]\nactions = "all"', "actions: found"),
        (b'plan = "x"\nkpis = ["K"]\nsurprise = 1\n[[actions]]\naction = "a"\nowner = "b"', "surprise: is no field of"),
        (b'plan = "x"\nkpis = ["K"]\n[[actions]]\naction = "a"\nowner = "b"\ncost = -1', "actions[1].cost: found"),
        (
            b'plan = "x"\nkpis = ["K"]\n[[actions]]\naction = "a"\nowner = "b"\ndue_on = 2025-05-01T10:00:00',
            "due_on: found",
        ),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_a_sentence(
    story: Program, tmp_path: Path, content: bytes, sentence: str
) -> None:
    file = tmp_path / "plan.toml"
    file.write_bytes(content)
    refused = story.run("plan", "propose", "c", str(file), "--by", "P")
    assert refused.exit_code == 2
    assert sentence in refused.stderr


def test_the_trail_of_a_cell_tells_its_reasons_and_the_decision_on_them(story: Program) -> None:
    story.record(
        fact("ReasonsGiven", "2025-03-21", kpi="K", period="2025-02", reasons="Absence."),
        fact("ProportionalityDecided", "2025-03-22", kpi="K", period="2025-02", plan_required=False),
    )
    told = [each["fact"] for each in story.json("trail", "c", "K", "2025-02")["entries"]]
    assert told[-2:] == ["ReasonsGiven", "ProportionalityDecided"]
    told = [each["fact"] for each in story.json("trail", "c", "K", "2025-01")["entries"]]
    assert "ReasonsGiven" not in told
