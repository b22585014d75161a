"""What was relieved and by which decision, what is relieved without an end, and what was asked and not granted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from tests.conftest import Program

SHOWN = ("--last", "2025-03", "--periods", "3")
THREE_RED = (("2025-01", "70"), ("2025-02", "70"), ("2025-03", "70"))


def granted(first: str, last: str | None = None, ref: str = "K", dated: str = "2025-04-25", **fields: Any) -> Any:
    return fact("MitigationGranted", dated, kpi=ref, first_period=first, last_period=last, **fields)


def refused(first: str, last: str | None = None, ref: str = "K", dated: str = "2025-05-10", **fields: Any) -> Any:
    return fact("MitigationRefused", dated, kpi=ref, first_period=first, last_period=last, **fields)


def requested(first: str, last: str | None = None, ref: str = "K", dated: str = "2025-05-01", **fields: Any) -> Any:
    return fact("MitigationRequested", dated, kpi=ref, first_period=first, last_period=last, **fields)


@pytest.fixture
def story(program: Program) -> Program:
    """Return a ledger with three red months of K, and of L, which has no points."""
    program.record(contract(), kpi(decimals=2), kpi("L", weight=""))
    program.record(*results(*THREE_RED), *results(*THREE_RED, ref="L"))
    return program


def asked(program: Program, *options: str) -> Any:
    return program.json("mitigations", "c", *SHOWN, *options)


def table(program: Program, *options: str) -> str:
    return program.done("mitigations", "c", *SHOWN, "--format", "md", *options).stdout


def test_a_grant_is_told_with_its_periods_reason_decision_and_the_points_it_relieved(story: Program) -> None:
    story.record(granted("2025-01", "2025-02", id="g", authority="Minute 9", reason="Moved offices."))
    assert (
        "| K | Measure K | Jan-25 and Feb-25 | Moved offices. | g by A on 25 April 2025 (Minute 9) |  | 200 |"
    ) in table(story)
    (found,) = asked(story)["relieved"]
    assert (found["kpi"], found["service"], found["title"], found["relieved_points"]) == ("K", "S", "Measure K", "200")
    assert [(each["period"], each["value"], each["relieved_points"]) for each in found["cells"]] == [
        ("2025-01", "70", "100"),
        ("2025-02", "70", "100"),
    ]
    assert found["reliefs"] == [
        {
            "id": "g",
            "fact": "MitigationGranted",
            "decision": "g",
            "decision_ref": None,
            "escalation": None,
            "by": "A",
            "dated": "2025-04-25",
            "authority": "Minute 9",
            "periods": ["2025-01", "2025-02"],
            "first_period": "2025-01",
            "last_period": "2025-02",
            "until_milestone": None,
            "plus_months": None,
            "reason": "Moved offices.",
            "incident": None,
        }
    ]


def test_a_grant_counts_from_its_date_and_not_once_it_is_void(story: Program) -> None:
    story.record(granted("2025-01", "2025-02", id="g"))
    assert [len(asked(story, "--as-at", day)["relieved"]) for day in ("2025-04-24", "2025-04-25")] == [0, 1]
    story.record(fact("FactVoided", voids="g"))
    assert asked(story)["relieved"] == []


def test_where_nothing_was_relieved_or_asked_each_table_says_so(story: Program) -> None:
    found = table(story)
    assert "|  | No mitigation relief in Jan-25 to Mar-25 |  |  |  |  |  |" in found
    assert "|  | No relief without an end |  |  |  |  |  |" in found
    assert "|  | No request undecided or refused in Jan-25 to Mar-25 |  |  |  |  |  |" in found
    document = asked(story)
    assert [document[name] for name in ("relieved", "open_ended", "requests")] == [[], [], []]
    assert document["periods"] == ["2025-01", "2025-02", "2025-03"]


def test_relief_without_a_return_has_no_points(program: Program) -> None:
    program.record(contract(), kpi(), granted("2025-03", "2025-03"))
    (found,) = asked(program)["relieved"]
    assert (found["relieved_points"], found["cells"][0]["value"]) == (None, None)


def test_a_grant_beyond_the_shown_periods_is_told_whole(story: Program) -> None:
    story.record(granted("2025-02", "2025-06"))
    assert "| Feb-25 and Mar-25 (granted for Feb-25 to Jun-25) |" in table(story)


def test_the_kpis_and_periods_of_one_decision_are_one_row(story: Program) -> None:
    decision = {"decision_ref": "D-1", "reason": "Moved."}
    story.record(granted("2025-01", "2025-01", id="g1", **decision), granted("2025-03", "2025-03", id="g2", **decision))
    story.record(granted("2025-02", "2025-02", "L", id="g3", **decision))
    what = "| K, L | Measure K; Measure L | K: Jan-25 and Mar-25; L: Feb-25 | Moved. |"
    assert f"{what} D-1: g1, g2, g3 by A on 25 April 2025 |  | 250 |" in table(story)
    assert [[each["decision"] for each in row["reliefs"]] for row in asked(story)["relieved"]] == [
        ["D-1", "D-1"],
        ["D-1"],
    ]


def test_a_kpi_under_two_decisions_has_its_points_once(story: Program) -> None:
    story.record(granted("2025-01", "2025-02", id="g1"), granted("2025-02", "2025-02", id="g2", reason="Twice."))
    found = table(story)
    assert "| Jan-25 and Feb-25 | as agreed; Twice. | g1 by A on 25 April 2025; g2 by A on 25 April 2025 |" in found
    assert asked(story)["relieved"][0]["relieved_points"] == "200"


def test_relief_until_ended_is_open_until_an_ending_and_the_oldest_comes_first(story: Program) -> None:
    story.record(granted("2025-02", id="later"), granted("2025-01", ref="L", id="older"))
    assert "| from Feb-25, until ended |" in table(story)
    found = asked(story, "--as-at", "2025-06-30")["open_ended"]
    assert [(each["id"], each["kpi"], each["first_period"], each["days"]) for each in found] == [
        ("older", "L", "2025-01", 180),
        ("later", "K", "2025-02", 149),
    ]
    story.record(fact("MitigationEnded", "2025-07-01", kpi="K", last_period="2025-03"))
    assert [each["id"] for each in asked(story)["open_ended"]] == ["older"]
    assert len(asked(story, "--as-at", "2025-06-30")["open_ended"]) == 2
    assert "| Feb-25 and Mar-25 (from Feb-25, ended with Mar-25) |" in table(story)


def test_relief_until_a_milestone_waits_for_it_and_is_closed_once_it_is_reached(story: Program) -> None:
    story.record(granted("2025-01", until_milestone="live", plus_months=1, id="g"))
    assert "| from Jan-25, until the milestone live and 1 month more |" in table(story)
    (waiting,) = asked(story)["open_ended"]
    assert (waiting["until_milestone"], waiting["plus_months"]) == ("live", 1)
    assert "| Jan-25 | 369 | the milestone live and 1 month more | as agreed | 25 April 2025 |" in table(story)
    story.record(fact("MilestoneReached", "2025-06-02", id="m", milestone="live", reached_on="2025-01-16"))
    assert asked(story)["open_ended"] == []
    until = "from Jan-25 to Feb-25: the milestone live (reached on 16 January 2025) and 1 month more"
    assert f"| Jan-25 and Feb-25 ({until}) |" in table(story)
    story.record(fact("FactVoided", voids="m"))
    assert [each["id"] for each in asked(story)["open_ended"]] == ["g"]


def test_relief_of_a_discontinued_kpi_is_open_no_longer(story: Program) -> None:
    story.record(granted("2025-01", ref="L"))
    assert len(asked(story)["open_ended"]) == 1
    story.record(fact("KpiDiscontinued", kpi="L", last_period="2025-03"))
    assert asked(story)["open_ended"] == []


def test_relief_that_has_not_begun_is_no_day_old(story: Program) -> None:
    story.record(granted("2026-06"))
    assert [each["days"] for each in asked(story)["open_ended"]] == [0]


def test_a_dispute_of_a_refusal_that_is_upheld_relieves_and_is_told_as_the_decision(story: Program) -> None:
    dispute = {"ref": "ESC-1", "kpi": "K", "period": "2025-02"}
    story.record(refused("2025-02", "2025-02", id="no", reason="Foreseeable."))
    story.record(fact("EscalationRaised", "2025-06-01", **dispute, against="mitigation", incident="out"))
    assert asked(story)["relieved"] == []
    assert "| not asked for |  | refused by A on 10 May 2025, no: Foreseeable; in escalation ESC-1 |  |" in table(story)
    story.record(fact("EscalationDecided", "2025-07-01", id="yes", **dispute, outcome="upheld"))
    (found,) = asked(story)["relieved"]
    (relief,) = found["reliefs"]
    assert (relief["id"], relief["decision"], relief["escalation"]) == ("yes", "ESC-1", "ESC-1")
    assert (relief["periods"], relief["incident"], found["relieved_points"]) == (["2025-02"], "out", "150")
    assert "| Feb-25 | Escalation ESC-1 upheld | ESC-1: yes by A on 1 July 2025 | out | 150 |" in table(story)
    assert "no: Foreseeable; escalation ESC-1 upheld |" in table(story)
    assert asked(story)["requests"][0]["escalations"] == [
        {"ref": "ESC-1", "period": "2025-02", "outcome": "upheld"},
    ]


def test_glide_is_relief_by_the_contracts_own_terms(program: Program) -> None:
    program.record(contract(), kpi(glide_until="2025-02"), *results(*THREE_RED))
    glide = "Jan-25 and Feb-25 (glide until Feb-25) | Glide, by the contract's own terms |  |  | 200 |"
    assert f"| K | Measure K | {glide}" in table(program)
    assert asked(program)["relieved"][0]["reliefs"][0]["id"] == "c:K"
    program.record(granted("2025-01", "2025-01", id="g"))
    assert [each["id"] for each in asked(program)["relieved"][0]["reliefs"]] == ["c:K", "g"], "a grant outranks it"
    assert asked(program)["relieved"][0]["reliefs"][0]["periods"] == ["2025-02"]


def test_a_relieved_cell_that_is_provisional_is_marked(story: Program) -> None:
    story.record(granted("2025-01", "2025-02"))
    story.record(fact("EscalationRaised", ref="E", kpi="K", period="2025-02", against="score"))
    assert "| Jan-25 and Feb-25; Feb-25 [p] [note 1] |" in table(story)
    assert [each["provisional"] for each in asked(story)["relieved"][0]["cells"]] == [False, True]


def test_a_request_waits_until_it_is_answered_and_each_answer_is_of_its_own_periods(story: Program) -> None:
    story.record(requested("2025-01", "2025-03", id="r", reason="The flood.", incident="flood"))
    (waiting,) = asked(story, "--as-at", "2025-05-06")["requests"]
    assert waiting == {
        "kpi": "K",
        "service": "S",
        "title": "Measure K",
        "id": "r",
        "by": "P",
        "dated": "2025-05-01",
        "decision_ref": None,
        "periods": ["2025-01", "2025-02", "2025-03"],
        "reason": "The flood.",
        "incident": "flood",
        "answer": None,
        "answered_by": None,
        "days_open": 5,
        "escalations": [],
    }
    assert "| Jan-25 to Mar-25 | 1 May 2025 | The flood. | undecided | 5 |" in table(story, "--as-at", "2025-05-06")
    story.record(granted("2025-01", "2025-02", dated="2025-05-10", id="yes"))
    story.record(refused("2025-03", "2025-03", dated="2025-05-12", id="no", reason="Not that month."))
    found = asked(story)["requests"]
    assert [(each["periods"], each["answer"], each["days_open"]) for each in found] == [
        (["2025-01", "2025-02"], "granted", 9),
        (["2025-03"], "refused", 11),
    ]
    assert found[1]["answered_by"]["reason"] == "Not that month."
    told = table(story)
    assert "| Mar-25 (of Jan-25 to Mar-25) | 1 May 2025 | The flood. | refused by A on 12 May 2025, no: " in told
    story.record(fact("FactVoided", voids="no"))
    assert [each["answer"] for each in asked(story)["requests"]] == ["granted", None]


def test_a_refusal_that_a_grant_followed_is_no_longer_one(story: Program) -> None:
    story.record(requested("2025-01", "2025-01"), refused("2025-01", "2025-01", dated="2025-05-10"))
    assert [each["answer"] for each in asked(story)["requests"]] == ["refused"]
    story.record(granted("2025-01", "2025-01", dated="2025-05-20"))
    assert [each["answer"] for each in asked(story)["requests"]] == ["granted"]


def test_a_refusal_that_nobody_asked_for_is_told_until_another_answer_follows(story: Program) -> None:
    story.record(refused("2025-01", "2025-02", id="no"))
    (found,) = asked(story)["requests"]
    assert (found["id"], found["answer"], found["days_open"]) == (None, "refused", None)
    story.record(granted("2025-01", "2025-01", dated="2025-05-20"))
    assert [each["periods"] for each in asked(story)["requests"]] == [["2025-02"]]


def test_requests_of_one_letter_refused_by_one_decision_are_one_row(story: Program) -> None:
    letter = {"decision_ref": "letter", "reason": "The flood."}
    story.record(requested("2025-02", "2025-02", **letter), requested("2025-02", "2025-02", "L", **letter))
    answer = {"decision_ref": "D-2", "reason": "Dry by then."}
    story.record(
        refused("2025-02", "2025-02", id="n1", **answer), refused("2025-02", "2025-02", "L", id="n2", **answer)
    )
    assert (
        "| K, L | Measure K; Measure L | Feb-25 | 1 May 2025 | The flood. "
        "| refused by A on 10 May 2025, n1, n2: Dry by then | 9 |"
    ) in table(story)
    assert [each["kpi"] for each in asked(story)["requests"]] == ["K", "L"]


def test_the_undecided_come_before_the_refused_each_the_oldest_first(story: Program) -> None:
    story.record(requested("2025-01", "2025-01", id="old"), refused("2025-01", "2025-01"))
    story.record(
        requested("2025-03", id="new", dated="2025-06-02"), requested("2025-02", "2025-02", dated="2025-06-01")
    )
    told = table(story, "--as-at", "2025-06-02")
    rows = [line.split(" | ")[2] for line in told.splitlines() if line.startswith("| K | Measure K | ")]
    assert rows == ["Feb-25", "Mar-25 (from Mar-25, until ended)", "Jan-25"]


def test_what_is_outside_the_shown_periods_is_not_told(story: Program) -> None:
    story.record(granted("2025-01", "2025-01"), requested("2025-02", "2025-02"))
    found = story.json("mitigations", "c", "--last", "2025-03", "--periods", "1")
    assert (found["relieved"], found["requests"]) == ([], [])


def test_a_quarterly_kpi_is_relieved_by_the_quarter(program: Program) -> None:
    program.record(contract(), kpi(frequency="quarterly"))
    program.record(submitted("2025-01", "70", dated="2025-04-07"), agreed("2025-01", dated="2025-04-20"))
    program.record(granted("2025-01", until_milestone="live"))
    program.record(fact("MilestoneReached", "2025-06-02", milestone="live", reached_on="2025-02-16"))
    quarter = "Jan–Mar 2025 (Q4 2024/25)"
    assert f"| {quarter} (from {quarter} to {quarter}: the milestone live (reached" in table(program)
    (found,) = asked(program)["relieved"]
    assert (found["relieved_points"], found["reliefs"][0]["last_period"]) == ("100", "2025-01")


def test_a_contract_without_points_has_none_to_relieve(program: Program) -> None:
    program.record(contract(scheme=None), kpi(weight=""), *results(*THREE_RED), granted("2025-01", "2025-01"))
    assert asked(program)["relieved"][0]["relieved_points"] is None


def test_a_refusal_after_a_grant_does_not_undo_it(story: Program) -> None:
    story.record(requested("2025-01", "2025-01"), granted("2025-01", "2025-01", dated="2025-05-10"))
    story.record(refused("2025-01", "2025-01", dated="2025-05-20"))
    assert [each["answer"] for each in asked(story)["requests"]] == ["granted"]
    assert len(asked(story)["relieved"]) == 1
