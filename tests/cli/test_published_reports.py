"""Publishing pins a report, `report` rebuilds it and says whether it is the same, and why not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from cli.options import open_ledger
from ledger.facts import any_fact
from ledger.lines import read_lines
from ledger.recorded import Recorded
from ledger.recording import record
from ledger.report_facts import ReportPublished
from ledger.storage import Overtaken
from ledger.store import Ledger
from projections.canonical import canonical
from projections.code_version import code_version
from projections.rebuilt import rebuild
from tests.conftest import Program
from tests.test_published import FOLDER
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from pathlib import Path

OTHER = "0" * 64


@pytest.fixture
def waste(program: Program) -> Program:
    """Return the waste contract with its facts, and its report published from the command line."""
    program.done("register", str(FOLDER / "waste" / "contract.toml"))
    lines = (FOLDER / "waste" / "facts.jsonl").read_bytes().splitlines()[:-1]
    program.done("record", "-", given=b"\n".join(lines))
    publish(program, "april", "--dated", "2025-05-20")
    return program


def publish(program: Program, name: str, *more: str) -> Any:
    periods = ("--last", "2025-04", "--periods", "4")
    return program.done(
        "publish", "waste", "--as-at", "2025-05-15", *periods, "--report", name, "--by", "BOROUGH", *more
    )


def rebase(dated: str, number: int = 1) -> dict[str, Any]:
    own = {"id": f"R{number}", "fact": "TargetRebased", "contract": "waste", "dated": dated, "by": "BOROUGH"}
    return {**own, "kpi": "B1", "first_period": "2025-02", "tsl": "95", "msl": "90", "reason": "Agreed late."}


def history(program: Program) -> list[Recorded]:
    with Ledger(program.path) as ledger:
        return ledger.history("waste")


def recorded_report(program: Program, name: str) -> tuple[list[Recorded], Recorded]:
    known = history(program)
    return known, next(each for each in known if getattr(each.fact, "report", None) == name)


def changed(report: Recorded, **fields: Any) -> Recorded:
    return Recorded(
        report.position,
        report.version,
        report.recorded_at,
        report.recorded_by,
        report.fact.model_copy(update=fields),
        report.head,
    )


def test_publishing_records_digest_parts_and_code_version_and_says_the_digest(program: Program, waste: Program) -> None:
    _, report = recorded_report(waste, "april")
    assert isinstance(report.fact, ReportPublished)
    assert report.fact.code_version == code_version()
    assert {"terms", "view rag", "view summary", "view abatement", "table overall"} <= {*(report.fact.parts or {})}
    said = publish(program, "april-2", "--dry-run").stderr
    assert f"Digest of april-2 and its {len(report.fact.parts or {})} parts: SHA-256 {report.fact.digest}" in said
    assert [each.fact.kind for each in history(program)].count("ReportPublished") == 1


def test_the_digest_is_of_the_moment_at_which_it_is_recorded_even_if_another_writer_comes_between(
    waste: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []

    def interrupted(facts: list[Recorded], report: ReportPublished, position: int) -> Any:
        drawn.append(position)
        if len(drawn) == 1:
            assert waste.record(rebase("2025-05-01")).exit_code == 0
        return canonical(facts, report, position)

    monkeypatch.setattr("projections.canonical.canonical", interrupted)
    publish(waste, "may")
    monkeypatch.undo()
    found = waste.json("report", "waste", "may")
    assert len(drawn) == 2
    assert found["matches"] is True
    assert found["head"]["size"] == drawn[1] == drawn[0] + 1


def test_recording_at_a_position_that_is_not_the_last_records_nothing(waste: Program) -> None:
    with open_ledger(settings(waste)) as ledger:
        reading = read_lines(json.dumps(rebase("2025-05-01")).encode(), "facts.jsonl", Ledger.new_id)
        head = ledger.head()
        with pytest.raises(Overtaken):
            record(ledger, reading, waste.clock, expected_head=head - 1)
        assert ledger.head() == head
        assert len(record(ledger, reading, waste.clock, expected_head=head).recorded) == 1


def settings(program: Program) -> Any:
    from cli.main import Settings

    return Settings(location=str(program.path), wait_seconds=1, clock=program.clock)


def test_a_report_matches_whatever_is_recorded_later(waste: Program) -> None:
    waste.record(rebase("2025-05-01"), rebase("2025-06-01", 2))
    found = waste.json("report", "waste", "april")
    assert (found["matches"], found["why"], found["differing_parts"]) == (True, None, [])
    assert found["digest"] == found["published_digest"]
    shown = waste.done("report", "waste", "april").stdout
    assert f"- Digest: SHA-256 {found['digest']}" in shown
    assert "- Proof: matches what was published" in shown
    assert f"- Rests on: the ledger's first {found['head']['size']} facts" in shown


def test_a_report_recorded_without_a_digest_is_rebuilt_and_said_not_to_be_pinned(program: Program) -> None:
    program.done("register", str(FOLDER / "waste" / "contract.toml"))
    program.done("record", str(FOLDER / "waste" / "facts.jsonl"))
    found = program.json("report", "waste", "april")
    assert (found["matches"], found["published_digest"], found["why"]) == (None, None, None)
    assert "- Proof: not pinned" in program.done("report", "waste", "april").stdout
    assert "without a digest" in program.done("report", "waste", "april", "--format", "csv").stderr


@pytest.mark.parametrize("output", ["table", "md", "json", "csv"])
def test_a_digest_given_by_hand_that_is_wrong_is_found_out(waste: Program, output: str) -> None:
    _, april = recorded_report(waste, "april")
    assert isinstance(april.fact, ReportPublished)
    parts = {**(april.fact.parts or {}), "view abatement": OTHER}
    fields = april.fact.model_dump(mode="json", exclude_none=True)
    assert waste.record({**fields, "id": "x", "report": "false", "digest": OTHER, "parts": parts}).exit_code == 0
    found = waste.run("report", "waste", "false", "--format", output)
    assert found.exit_code == 1
    assert "false differs from what was published" in found.stderr
    assert "What differs: view abatement." in found.stderr
    assert "neither explains the difference" in found.stderr
    if output == "json":
        assert json.loads(found.stdout)["differing_parts"] == ["view abatement"]


def test_another_version_of_the_program_explains_a_difference_if_the_facts_are_untouched(waste: Program) -> None:
    known, april = recorded_report(waste, "april")
    other = changed(april, digest=OTHER, code_version="0.0.9+aaaaaaaaaaaa")
    found = rebuild(known, other, "0.1.0+bbbbbbbbbbbb", lambda: True)
    assert found.matches is False
    assert "This version of the program draws it otherwise" in (found.why or "")
    assert "published by 0.0.9+aaaaaaaaaaaa, and this is 0.1.0+bbbbbbbbbbbb" in (found.why or "")


def test_facts_that_are_not_as_they_were_taken_come_before_any_other_explanation(waste: Program) -> None:
    known, april = recorded_report(waste, "april")
    tampered = [
        changed(each, value=each.fact.value + 1) if each.fact.id == "B1-2" else each  # type: ignore[union-attr,operator]
        for each in known
    ]
    found = rebuild(tampered, april, "another", lambda: False)
    assert found.matches is False
    assert "table results-BINS" in found.differing_parts()
    assert "terms" not in found.differing_parts()
    assert "contract-ledger verify" in (found.why or "")


def test_whether_the_facts_are_untouched_is_not_asked_of_a_report_that_matches(waste: Program) -> None:
    known, april = recorded_report(waste, "april")
    asked: list[int] = []
    assert rebuild(known, april, code_version(), lambda: asked.append(1) is None).matches is True
    assert asked == []


def test_after_an_erasure_a_report_is_held_against_the_digest_recorded_with_it(waste: Program) -> None:
    before = waste.json("report", "waste", "april")
    told = waste.done("erase", "waste", "--text", "why=effect", "--reason", "Asked for.", "--by", "BOROUGH")
    after = waste.json("report", "waste", "april")
    assert "Bins a day late" in json.dumps(before)
    assert "Bins a day late" not in json.dumps(after)
    assert after["matches"] is True
    assert after["published_digest"] == before["digest"] != after["digest"] == after["digest_in_force"]
    printed = waste.done("report", "waste", "april").stdout
    assert f"Published with: SHA-256 {before['digest']}; an erasure since gives the one above" in printed
    assert f"Digest of april from now on: SHA-256 {after['digest']}" in told.stderr


def test_an_erasure_that_names_no_digest_is_said_to_explain_the_difference(waste: Program) -> None:
    known, april = recorded_report(waste, "april")
    assert isinstance(april.fact, ReportPublished)
    erased = {"fact": "TextErased", "id": "e", "contract": "waste", "dated": "2026-01-05", "by": "BOROUGH"}
    fact = any_fact.validate_python({**erased, "erases": [{"id": "x", "fields": ["note"]}], "reason": "Asked."})
    later = Recorded(99, 99, datetime(2026, 1, 6, tzinfo=UTC), "tester", fact)
    changed = april._replace(fact=april.fact.model_copy(update={"digest": OTHER}))
    history = [changed if each is april else each for each in known]
    found = rebuild([*history, later], changed, code_version(), lambda: True)
    assert found.matches is False
    assert "Text was erased since, by e," in str(found.why)


def test_a_name_that_is_no_report_is_refused_with_those_there_are(waste: Program) -> None:
    found = waste.run("report", "waste", "june")
    assert found.exit_code == 2
    assert found.stderr == 'REPORT: waste has no published report "june"; there is april\n'


def test_a_report_that_was_declared_void_is_still_rebuilt_and_says_so(waste: Program) -> None:
    _, april = recorded_report(waste, "april")
    void = {"id": "V", "fact": "FactVoided", "contract": "waste", "dated": "2025-06-01", "by": "BOROUGH"}
    waste.record({**void, "voids": april.fact.id, "reason": "It never went out."})
    found = waste.json("report", "waste", "april")
    assert (found["void"], found["matches"]) == (True, True)
    assert waste.json("reports", "waste")["reports"] == []


def test_reports_are_listed_with_what_the_facts_now_change_in_them(waste: Program) -> None:
    (unchanged,) = waste.json("reports", "waste")["reports"]
    assert (unchanged["cells_changed"], unchanged["totals_changed"], unchanged["pinned"]) == (0, 0, True)
    waste.record(rebase("2025-05-01"))
    (listed,) = waste.json("reports", "waste")["reports"]
    assert (listed["cells_changed"], listed["totals_changed"]) == (2, 2)
    assert listed["went_out"] == "2025-05-20"
    assert listed["code_version"] == code_version()
    shown = waste.done("reports", "waste", "--format", "csv").stdout
    assert '"cells: 2, totals: 2"' in shown


def test_a_reissue_says_what_it_changes_why_and_to_what_effect(waste: Program) -> None:
    waste.record(rebase("2025-05-01"))
    publish(waste, "april-again", "--reissues", "april", "--reason", "A rebase was recorded late.")
    for command in (("report", "waste", "april-again"), ("board-report", "waste", "--report", "april-again")):
        shown = " ".join(waste.done(*command).stdout.split())
        assert "1. WHAT THIS REPORT CHANGES IN APRIL" in shown
        assert "takes the place of april, as at 15 May 2025, which went out on 20 May 2025." in shown
        assert "The reason: A rebase was recorded late." in shown
        assert "2 cells differ. Net points over the 2 periods that moved go from 8 to 2" in shown
        assert "service credits from £4,234.57 to £1,234.57." in shown
        assert "R1: On 1 May 2025 Borough Council rebased B1 to TSL 95, MSL 90" in shown
    assert waste.json("report", "waste", "april-again")["matches"] is True
    assert waste.json("report", "waste", "april")["reissued_by"] == ["april-again"]
    assert "- Its place was taken by: april-again" in waste.done("report", "waste", "april").stdout


def test_a_reissue_that_changes_nothing_says_so(waste: Program) -> None:
    publish(waste, "april-again", "--reissues", "april", "--reason", "A page was missing.")
    shown = waste.done("report", "waste", "april-again").stdout
    assert "No cell and no total of the periods that both show differs." in shown


def test_a_report_lists_its_addenda_and_errata(waste: Program) -> None:
    publish(waste, "april-note", "--addendum-to", "april")
    erratum = ("--printed", "1", "--corrected", "2", "--reason", "A slip.", "--by", "BOROUGH", "--id", "E")
    waste.done("erratum", "waste", "april", "1", "B1", "2025-02", *erratum)
    found = waste.json("report", "waste", "april")
    assert (found["addenda"], found["errata"]) == (["april-note"], ["E"])
    shown = waste.done("report", "waste", "april").stdout
    assert "- Addendum: april-note" in shown
    assert "- Erratum: On " in shown
    assert "- Adds to: april" in waste.done("report", "waste", "april-note").stdout


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--addendum-to", "march"], "addendum_to: no report march was published by 2026-01-05; give one of those"),
        (["--addendum-to", "x"], "addendum_to: found x, the report itself; give one published before it (april)"),
        (["--reissues", "march", "--reason", "r"], "reissues: no report march was published by"),
        (["--reissues", "x", "--reason", "r"], "reissues: found x, the report itself"),
        (["--reissues", "april"], "give reissues and reason together, or neither"),
        (["--reason", "r"], "give reissues and reason together, or neither"),
        (["--title", " "], "title: found"),
        (["--meeting", "soon"], "meeting_on: found"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_what_a_report_may_not_say_of_others_is_refused(waste: Program, given: list[str], said: str) -> None:
    before = waste.json("verify")["facts"]
    found = waste.run(
        "publish", "waste", "--as-at", "2025-05-15", "--report", "x", "--by", "BOROUGH", *given
    )  # fmt: skip
    assert found.exit_code == 2
    assert found.stderr.startswith(said)
    assert found.stderr.count("\n") == 1
    assert waste.json("verify")["facts"] == before


def test_a_report_that_another_adds_to_may_not_be_declared_void_first(waste: Program) -> None:
    publish(waste, "april-note", "--addendum-to", "april", "--id", "note")
    _, april = recorded_report(waste, "april")
    found = waste.run("void", "waste", april.fact.id, "--reason", "r", "--by", "BOROUGH")
    assert found.exit_code == 2
    assert "ReportPublished note" in found.stderr


def test_a_report_written_out_and_recorded_elsewhere_still_matches(waste: Program, tmp_path: Path) -> None:
    lines = waste.done("export").stdout_bytes
    other = Program(tmp_path / "other.db", TickingClock(datetime(2029, 1, 1, tzinfo=UTC)))
    other.done("record", "-", given=lines)
    assert other.json("report", "waste", "april")["matches"] is True


def test_a_report_of_periods_before_the_contract_began_cannot_be_drawn(waste: Program) -> None:
    old = {"id": "old", "fact": "ReportPublished", "contract": "waste", "dated": "2025-05-20", "by": "BOROUGH"}
    old |= {"report": "old", "title": "Old", "as_at": "2025-05-20", "first_period": "2024-01", "last_period": "2024-03"}
    assert waste.record(old).exit_code == 0
    found = waste.run("report", "waste", "old")
    assert found.exit_code == 2
    assert "before the contract began in 2025-01; nothing can be drawn" in found.stderr
    assert waste.run("reports", "waste").exit_code == 0
    assert waste.run("late", "waste").exit_code == 0


def test_the_only_authority_publishes_unless_somebody_is_named(waste: Program) -> None:
    waste.done("publish", "waste", "--as-at", "2025-05-15", "--meeting", "2025-05-30", "--report", "may")
    waste.done("publish", "waste", "--as-at", "2025-05-15", "--report", "june", "--by", "BOROUGH/r.oak")
    facts = [each.fact for each in history(waste)][-2:]
    assert [fact.by for fact in facts] == ["BOROUGH", "BOROUGH/r.oak"]
