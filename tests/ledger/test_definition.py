"""A contract file is checked whole, each fault named with its KPI and its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ledger.definition import changes, read_definition
from ledger.facts import ContractRegistered
from ledger.faults import BadInput
from ledger.shapes import shaped
from tests.given import recorded

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Program

FILE = """\
[contract]
id = "c"
title = "Test"
commenced = "2025-01"
dated = "2025-01-01"
parties = [{ code = "A", name = "A", role = "authority" }, { code = "P", name = "P", role = "provider" }]

[scheme]
pool = "100"
shares = { amber = "0.5", red = "1" }
multipliers = ["1"]
run_counts = "missed_target"
relieved_in_run = "reset"

[[service]]
code = "S"
title = "S"

[[kpi]]
ref = "K"
service = "S"
title = "K"
better = "higher"
first_period = "2025-01"
targets = [{ from = "2025-01", tsl = "90", msl = "80" }]
weights = [{ from = "2025-01", points = "60" }]

[[kpi]]
ref = "B"
service = "S"
title = "B"
better = "lower"
first_period = "2025-01"
bands = [{ from = "2025-01", green = "<10", amber = "10..25", red = ">25" }]
weights = [{ from = "2025-01", points = "40" }]
"""


def faults(text: str) -> list[str]:
    return [str(fault) for fault in read_definition(text.encode(), "c.toml").faults]


def test_a_good_file_has_no_fault_and_proposes_a_fact_for_the_contract_and_each_kpi() -> None:
    reading = read_definition(FILE.encode(), "c.toml")
    assert (reading.faults, reading.doubts) == ([], [])
    assert [each.fact.id for each in reading.proposed] == ["c:contract", "c:K", "c:B"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Test"', 'title = "Test"\ntitel = "Test"', "c.toml, line 4, titel: is no field of a contract table"),
        ('title = "Test"', "", "c.toml, line 1, title: is missing"),
        ("[[service]]", "[[servise]]", "servise: is no table"),
        ("[scheme]", "[scheme]\ncapp = 1", "c.toml, line 9, scheme.capp: is no field of a scheme table"),
        ('run_counts = "missed_target"', 'run_counts = "misses"', "c.toml, line 12, scheme.run_counts: found"),
        ('points = "60"', 'points = "50"', "c.toml, line 9, weights: from 2025-01 the weights add up to 90"),
        ('ref = "B"', 'ref = "K"', "c.toml, line 29, ref: K is given twice, first on line 20"),
        ('tsl = "90"', 'tsl = "70"', "c.toml, line 25, K, targets: tsl 70 is easier to meet than msl 80"),
        ('tsl = "90"', 'tsl = "<90"', 'c.toml, line 25, K, targets: "<90" contradicts better'),
        ('tsl = "90"', 'tsl = "zz"', "line 25, K, targets[1].tsl"),
        ('amber = "10..25"', 'amber = "10..20"', "line 34, B, bands: there is a gap between amber and red"),
        ('amber = "10..25"', 'amber = "10..30"', "line 34, B, bands: amber and red overlap"),
        ('green = "<10"', 'green = "<=10"', "line 34, B, bands: green and amber both hold 10"),
        ('better = "lower"', 'better = "higher"', 'line 34, B, bands: better = "higher", but the bands run green'),
        ('first_period = "2025-01"\nbands', 'first_period = "2024-11"\nbands', "none is in force in the first period"),
        ('better = "lower"', "decimals = true", "line 32, B, decimals"),
        ('better = "lower"', "decimals = " + "9" * 5000, "c.toml: has a number out of all bounds"),
        ('code = "A", ', "", "parties[1].code: is missing"),
        ('from = "2025-01", points = "60"', 'from = "2025-13", points = "60"', "line 26, K, weights[1].from"),
    ],
)
def test_a_fault_is_named_with_its_line(old: str, new: str, said: str) -> None:
    assert old in FILE
    text = FILE.replace(old, new, 1)
    try:
        found = faults(text)
    except BadInput as wrong:
        found = [str(fault) for fault in wrong.faults]
    assert any(said in fault for fault in found), found
    assert len(found) == 1, found


def test_a_contract_that_cannot_be_registered_is_the_only_fault_said(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text(FILE.replace('role = "provider"', 'role = "authority"'), encoding="utf-8")
    result = program.run("register", str(file))
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [f'{file}, line 1, parties: no party has the role "provider"; give one']


@pytest.mark.parametrize("text", ["kpi = 3", "service = 3", "contract = 3", "", "x", "[contract]", "[[contract]]"])
def test_nonsense_is_refused_without_a_traceback(text: str) -> None:
    with pytest.raises(BadInput):
        raise BadInput(read_definition(text.encode(), "c.toml").faults)


def test_bands_with_a_gap_are_taken_once_the_kpi_says_how_they_are_read() -> None:
    text = FILE.replace('amber = "10..25"', 'amber = "10..20"').replace(
        'title = "B"', 'title = "B"\nassumptions = ["20 to 25 is red"]'
    )
    reading = read_definition(text.encode(), "c.toml")
    assert reading.faults == []
    assert "gap" in str(reading.doubts[0])


def test_a_changed_file_names_the_command_to_use_instead() -> None:
    registered = recorded(each.fact for each in read_definition(FILE.encode(), "c.toml").proposed)

    def told(old: str, new: str) -> str:
        (fault,) = changes(registered, read_definition(FILE.replace(old, new, 1).encode(), "c.toml").proposed)
        return str(fault)

    assert "`rebase c K FIRST_PERIOD`" in told('tsl = "90"', 'tsl = "95"')
    assert "`introduce c FILE`" in told("[[kpi]]", '[[kpi]]\nref = "N"\nservice = "S"\nreserved = true\n\n[[kpi]]')
    without = read_definition(FILE[: FILE.index('[[kpi]]\nref = "B"')].replace('"60"', '"100"').encode(), "c.toml")
    assert "`discontinue c B LAST_PERIOD`" in str(changes(registered, without.proposed)[-1])
    assert changes(registered, read_definition(FILE.encode(), "c.toml").proposed) == []


MANAGED = """
[management]
amber_asks_for_reasons = true
plan_due_working_days = 10
continuous_failure_periods = 2
termination_clause = "Clause 48"
assumptions = ["Two periods in a row are continuous."]
"""


def test_the_terms_for_managing_performance_are_read_from_their_table() -> None:
    (fact,) = [
        each.fact
        for each in read_definition((FILE + MANAGED).encode(), "c.toml").proposed
        if isinstance(each.fact, ContractRegistered)
    ]
    assert fact.management is not None
    assert (fact.management.plan_due_working_days, fact.management.continuous_failure_periods) == (10, 2)
    assert (fact.management.relieved_in_failure, fact.management.failed_plan_counts_for) == ("ends", "kpi")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("plan_due_working_days = 10", "plan_due_working_days = 0", "give a number of at least 1"),
        ("plan_due_working_days = 10", 'plan_due_working_days = "10"', "give a whole number"),
        ("continuous_failure_periods = 2", "continuous_failure_periods = 2.5", "give a whole number"),
        ("amber_asks_for_reasons = true", "amber_asks_for_reasons = 1", "give true or false"),
        ("[management]", '[management]\nrelieved_in_failure = "reset"', "'ends' or 'pauses'"),
        ("[management]", "[management]\nsurprise = 1", "is no field of a management table; leave it out"),
    ],
)
def test_a_fault_in_the_terms_for_managing_performance_is_on_its_line(old: str, new: str, sentence: str) -> None:
    (found,) = faults(FILE + MANAGED.replace(old, new))
    key = new.splitlines()[-1].partition(" ")[0]
    line = (FILE + MANAGED.replace(old, new)).splitlines().index(new.splitlines()[-1]) + 1
    assert found.startswith(f"c.toml, line {line}, ")
    assert key in found
    assert sentence in found


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("better =", "beter =", "beter: is no field of a kpi table; did you mean better?"),
        ("targets = [{ from", "targets = [{ form", "targets[1].form: is no field of a kpi table; did you mean from?"),
        ('role = "prov', 'roll = "prov', "parties[2].roll: is no field of a contract table; did you mean role?"),
        ("pool =", "zzz = 1\npool =", "zzz: is no field of a scheme table; leave it out"),
    ],
)
def test_a_misspelt_field_is_told_which_one_beside_it_may_be_meant(old: str, new: str, sentence: str) -> None:
    assert any(sentence in each for each in faults(FILE.replace(old, new, 1))), faults(FILE.replace(old, new, 1))


def test_a_misspelt_field_of_a_fact_is_told_which_one_may_be_meant_at_any_depth() -> None:
    raw = {"fact": "ActionPlanProposed", "contract": "c", "dated": "2025-01-01", "by": "A", "plan": "p", "kpis": ["K"]}
    raw |= {"reveiws": [], "colour": "red", "actions": [{"action": "Hire", "owner": "A", "dueon": "2025-02-01"}]}
    found = {each.field: each.sentence for each in shaped(raw, "line 1", lambda: "new")[1]}
    assert found["actions[1].dueon"] == "is no field here; did you mean due_on?"
    assert found["reveiws"] == "is no field of ActionPlanProposed; did you mean reviews?"
    assert found["colour"].startswith("is no field of ActionPlanProposed; its fields are fact, id, contract, dated, by")


def test_indicative_targets_have_a_last_month() -> None:
    assert faults(FILE.replace("[scheme]", 'indicative_until = "2025-13"\n[scheme]', 1))[0].endswith("such as 2017-05")
    assert faults(FILE.replace("[scheme]", 'indicative_until = "2025-12"\n[scheme]', 1)) == []
