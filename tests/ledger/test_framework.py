"""One framework's file, the contract of each provider: drawn exactly, all of them or none, each fault told once."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.facts import any_fact
from ledger.faults import BadInput
from ledger.framework import read_registration
from projections.canonical_terms import terms_shown
from projections.moment import Moment
from projections.question import Question
from tests.given import recorded
from tests.test_auditor import as_toml

if TYPE_CHECKING:
    from tests.conftest import Program

FILE = """\
[framework]
id = "care"
title = "Care"

[contract]
title = "Day care"
commenced = "2024-04"
dated = "2024-04-01"
frequency = "quarterly"
parties = [{ code = "A", name = "Authority", role = "authority" }]

[scheme]
pool = "100"
shares = { amber = "0.5", red = "1" }
multipliers = ["1"]
run_counts = "missed_target"
relieved_in_run = "reset"

[[lot]]
code = "1"
title = "One"

[[lot]]
code = "2"
title = "Two"

[[provider]]
code = "P"
name = "Pear"
contract = "care-p"
lots = ["1"]

[[provider]]
code = "Q"
name = "Quince"
contract = "care-q"
lots = ["1", "2"]
commenced = "2024-07"
pool = "150"

[[service]]
code = "S"
title = "All"

[[service]]
code = "E"
title = "Employment"

[[kpi]]
ref = "S1"
service = "S"
title = "Refused"
better = "lower"
first_period = "2024-07"
bands = [{ from = "2024-07", green = "<10", amber = "10..25", red = ">25" }]
weights = [{ from = "2024-07", points = "50" }]

[[kpi]]
ref = "W1"
service = "S"
title = "Reviewed"
lots = ["1"]
better = "higher"
first_period = "2024-07"
targets = [{ from = "2024-07", tsl = "95", msl = "85" }]
weights = [{ from = "2024-07", points = "50" }]

[[kpi]]
ref = "E1"
service = "E"
title = "Advice"
lots = ["2"]
better = "higher"
first_period = "2024-07"
targets = [{ from = "2024-07", tsl = "95", msl = "85" }]
weights = [{ from = "2024-07", points = "50" }]
"""

BY_HAND = """\
[contract]
id = "care-p"
title = "Day care"
commenced = "2024-04"
dated = "2024-04-01"
frequency = "quarterly"
parties = [{ code = "A", name = "Authority", role = "authority" }, { code = "P", name = "Pear", role = "provider" }]
framework = { id = "care", title = "Care" }
lots = [{ code = "1", title = "One" }]

[scheme]
pool = "100"
shares = { amber = "0.5", red = "1" }
multipliers = ["1"]
run_counts = "missed_target"
relieved_in_run = "reset"

[[service]]
code = "S"
title = "All"

[[kpi]]
ref = "S1"
service = "S"
title = "Refused"
better = "lower"
first_period = "2024-07"
bands = [{ from = "2024-07", green = "<10", amber = "10..25", red = ">25" }]
weights = [{ from = "2024-07", points = "50" }]

[[kpi]]
ref = "W1"
service = "S"
title = "Reviewed"
lots = ["1"]
better = "higher"
first_period = "2024-07"
targets = [{ from = "2024-07", tsl = "95", msl = "85" }]
weights = [{ from = "2024-07", points = "50" }]
"""
ENTRY = 'say how it is read: doubts = [{ of = "lot", read_as = "…" }]'
CEDAR = '[[provider]]\ncode = "R"\nname = "Rowan"\ncontract = "care-r"\nlots = ["2"]\n\n[[service]]\ncode = "S"'


def facts(text: str) -> dict[str, list[Any]]:
    """Return the facts that a file proposes, by contract; it has no fault."""
    reading = read_registration(text.encode(), "f.toml")
    assert reading.faults == []
    found: dict[str, list[Any]] = {}
    for each in reading.proposed:
        found.setdefault(each.fact.contract, []).append(each.fact)
    return found


def faults(text: str) -> list[str]:
    return [str(fault) for fault in read_registration(text.encode(), "f.toml").to_register().faults]


def doubts(text: str) -> list[str]:
    return [str(doubt) for doubt in read_registration(text.encode(), "f.toml").to_register().doubts]


def as_file(tables: dict[str, Any]) -> str:
    """Write the tables of a file; a list of tables is written one by one."""
    single = {"contract": tables["contract"], "service": tables["service"], "kpi": tables["kpi"]}
    heads = [("[framework]", tables["framework"])] if "framework" in tables else []
    heads += [(f"[[{name}]]", each) for name in ("lot", "provider") for each in tables.get(name, [])]
    own = [as_toml({"contract": each, "kpi": []}).decode().replace("[contract]", head, 1) for head, each in heads]
    return "\n".join([*own, as_toml(single).decode()])


def test_a_drawn_contract_is_what_a_file_written_by_hand_registers_fact_for_fact() -> None:
    drawn = facts(FILE)
    assert list(drawn) == ["care-p", "care-q"]
    assert drawn["care-p"] == facts(BY_HAND)["care-p"]
    terms, *kpis = drawn["care-q"]
    assert (terms.commenced, terms.held_from, terms.scheme.pool) == ("2024-07", "2024-07", 150)
    assert [each.ref for each in kpis] == ["S1", "W1", "E1"]


CODES = ["1a", "1b", "2"]
LOTS = st.lists(st.sampled_from(CODES), unique=True)


@settings(max_examples=60, deadline=None)
@given(
    providers=st.lists(LOTS, min_size=1, max_size=4),
    kpis=st.lists(st.tuples(st.sampled_from(["S", "T", "U"]), st.none() | LOTS.filter(bool)), max_size=6),
    later=st.integers(0, 3),
)
def test_every_contract_drawn_from_any_framework_is_the_one_written_by_hand(
    providers: list[list[str]], kpis: list[tuple[str, list[str] | None]], later: int
) -> None:
    shared = {"title": "T", "commenced": "2024-04", "dated": "2024-04-01"}
    authority = {"code": "A", "name": "A", "role": "authority"}
    lots = [{"code": code, "title": f"Lot {code}"} for code in CODES]
    services = [{"code": code, "title": code} for code in ("S", "T", "U", "V")]
    tables = [
        {"ref": f"K{number}", "service": service, "title": "K", "first_period": "2024-04"}
        | ({"lots": named} if named else {})
        for number, (service, named) in enumerate(kpis)
    ]
    given_providers = [
        {"code": f"P{number}", "name": f"P {number}", "contract": f"c{number}"}
        | ({"lots": named} if named else {})
        | ({"commenced": "2024-10", "held_from": "2025-01"} if number == later else {})
        for number, named in enumerate(providers)
    ]
    framework = {"id": "f", "title": "F", "fewest_providers": 3}
    whole = {"framework": framework, "contract": {**shared, "parties": [authority]}, "service": services}
    drawn = facts(as_file({**whole, "lot": lots, "provider": given_providers, "kpi": tables}))

    for number, named in enumerate(providers):
        own = [each for each in tables if "lots" not in each or set(each["lots"]) & set(named)]
        used, all_used = {each["service"] for each in own}, {each["service"] for each in tables}
        provider = {"code": f"P{number}", "name": f"P {number}", "role": "provider"}
        contract = {**shared, "id": f"c{number}", "parties": [authority, provider], "framework": framework}
        if number == later:
            contract |= {"commenced": "2024-10", "held_from": "2025-01"}
        if named:
            contract["lots"] = [each for each in lots if each["code"] in named]
        kept = [each for each in services if each["code"] in used or each["code"] not in all_used]
        by_hand = {"contract": contract, "service": kept, "kpi": own}
        assert drawn[f"c{number}"] == facts(as_file(by_hand))[f"c{number}"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "care"\n', "", "f.toml, line 1, id: is missing"),
        ("[framework]", "[framework]\nnumber = 1", "line 2, number: is no field of a framework table"),
        ('title = "Care"', 'title = "Care"\nfewest_providers = 1', "line 4, fewest_providers: found 1; give a number"),
        ("[contract]", '[contract]\nid = "c"', "line 6, id: is no field of a framework's [contract] table"),
        ('title = "Day care"', "", "f.toml, line 5, title: is missing"),
        ('dated = "2024-04-01"', "", "f.toml, line 5, dated: is missing"),
        ('dated = "2024-04-01"', 'dated = "2024-04-31"', "line 8, dated: found"),
        (
            'role = "authority"',
            'role = "provider"',
            "line 10, parties: A has the role provider; give it a [[provider]]",
        ),
        ('code = "P"', 'code = "A"', "line 28, code: A is the code of a party of the [contract] table"),
        ('code = "P"', 'code = "Q"', "line 34, code: Q is given twice, first on line 28"),
        ('contract = "care-p"', 'contract = "care-q"', "line 36, contract: care-q is given twice, first on line 30"),
        ('contract = "care-p"', 'contract = "care p"', "line 30, contract: found"),
        ('code = "2"\ntitle = "Two"', 'code = "1"\ntitle = "Two"', "line 24, code: 1 is given twice, first on line 20"),
        ('lots = ["1", "2"]', 'lots = ["1", "3"]', 'line 37, lots: "3" is no [[lot]] of the file; its lots are 1, 2'),
        ('lots = ["1", "2"]', 'lots = ["1", "1"]', "line 37, lots: found"),
        ('lots = ["1", "2"]', "lots = []", "line 37, lots: found []; give at least 1"),
        ('title = "Reviewed"\nlots = ["1"]', 'title = "Reviewed"\nlots = "1"', 'lots: found "1"; give a list'),
        ('title = "Reviewed"\nlots = ["1"]', 'title = "Reviewed"\nlots = ["9"]', 'lots: "9" is no [[lot]] of the file'),
        ('commenced = "2024-07"', 'commenced = "2024-13"', 'line 38, commenced: found "2024-13"'),
        ('tsl = "95", msl = "85" }]', 'tsl = "75", msl = "85" }]', "W1, targets: tsl 75 is easier to meet than msl 85"),
        ('pool = "150"', 'pool = "140"', "line 39, weights: in care-q: from 2024-07 the weights add up to 150"),
        ('pool = "100"', 'pool = "110"', "line 13, weights: in care-p: from 2024-07 the weights add up to 100"),
        ('ref = "E1"', 'ref = "W1"', "ref: W1 is given twice"),
        ("[[service]]", "[[servise]]", "servise: is no table of a contract file"),
        ("[[lot]]", "[[lots]]", "lots: is no table of a contract file"),
    ],
)
def test_each_fault_is_told_once_with_its_line(old: str, new: str, said: str) -> None:
    found = faults(FILE.replace(old, new, 1))
    assert sum(said in each for each in found) == 1, found
    assert len(found) == len(set(found))


def test_every_fault_of_a_file_is_told_at_once_and_none_of_them_twice() -> None:
    text = FILE.replace('lots = ["1", "2"]', 'lots = ["1", "7"]').replace('commenced = "2024-07"', 'commenced = "x"')
    text = text.replace('green = "<10", amber = "10..25"', 'green = "<10", amber = "12..25"').replace("[lot]", "[lott]")
    places = [re.sub(r"^f.toml, ", "", each).partition(": ")[0] for each in faults(text)]
    undeclared = ["line 31, lots", "line 37, lots", "line 62, lots", "line 72, lots"]
    assert sorted(places) == sorted(
        [*undeclared, "line 37, lots", "line 38, commenced", "line 55, S1, bands", "line 19, lott"]
    )


def test_a_kpi_that_no_contract_is_drawn_with_is_read_too() -> None:
    text = FILE.replace('lots = ["1", "2"]', 'lots = ["1"]').replace('pool = "150"', "")
    assert faults(text) == []
    said = "no provider has the lot 2, so its KPIs are in no contract; name it in a provider's lots"
    assert doubts(text) == [f"f.toml, line 24, code: {said}, or {ENTRY}"]
    broken = text[: text.rindex('tsl = "95"')] + text[text.rindex('tsl = "95"') :].replace('"95"', '"75"')
    assert [each.partition(", ")[2] for each in faults(broken)] == [
        'line 75, E1, targets: tsl 75 is easier to meet than msl 85 where better = "higher"'
    ]


def test_what_is_odd_about_lots_is_said_and_taken() -> None:
    text = FILE.replace('lots = ["1"]\n\n[[provider]]', "\n[[provider]]")
    said = "P is in no lot, so only the KPIs for all providers are in its contract; give its lots"
    assert doubts(text) == [f"f.toml, line 27, lots: {said}, or {ENTRY}"]
    of_nobody = re.sub(r'title = "Refused"\n', 'title = "Refused"\nlots = ["2"]\n', text)
    assert doubts(of_nobody)[1:] == [
        f"f.toml, line 28, code: no KPI applies to P, so care-p has none; give it a lot that has KPIs, or {ENTRY}"
    ]
    single = BY_HAND.replace('lots = [{ code = "1", title = "One" }]\n', "")
    said = (
        "W1, lots: the contract has none of the lots 1, and the KPI is taken all the same; leave out lots, or the KPI"
    )
    assert doubts(single)[0].endswith(f"{said}, or {ENTRY}")
    assert (
        "lots are those of a framework"
        in faults(BY_HAND.replace('framework = { id = "care", title = "Care" }\n', ""))[0]
    )


def doubtful(text: str) -> list[tuple[int, str, str | None]]:
    """Return the doubts about a file without faults: their lines, sentences and readings."""
    reading = read_registration(text.encode(), "f.toml")
    assert reading.faults == []
    return [(line, doubt.sentence, doubt.settled_by) for line, _, doubt in reading.doubtful]


def test_a_doubt_is_told_once_however_many_contracts_it_is_in() -> None:
    gap = "there is a gap between green and amber, from 10 to 12: 11 lies in neither"
    text = FILE.replace('amber = "10..25"', 'amber = "12..25"')
    assert doubtful(text) == [(55, gap, None)]
    assert sum("S1, bands" in each for each in faults(text)) == 1
    read = text.replace("[[kpi]]", '[[kpi]]\ndoubts = [{ of = "gap", read_as = "Amber." }]', 1)
    assert doubtful(read) == [(56, gap, "Amber.")]
    assert faults(read) == []


def test_what_rests_on_a_providers_own_terms_is_told_with_its_contract() -> None:
    text = FILE.replace('first_period = "2024-07"', 'first_period = "2024-08"').replace(
        'from = "2024-07"', 'from = "2024-08"'
    )
    text = text.replace('commenced = "2024-04"', 'commenced = "2024-05"')
    said = "in care-q: its quarterly periods are counted from 2024-08, which begins no quarter of the calendar"
    of_no_contract = f"{said} and none of the contract's, from 2024-07"
    assert doubtful(text) == [(line, of_no_contract, None) for line in (54, 64, 74)]
    assert doubtful(text.replace('commenced = "2024-07"', 'commenced = "2024-08"')) == []


def test_a_pool_of_its_own_asks_for_weights_in_that_contract_alone() -> None:
    text = FILE.replace('pool = "100"\n', "").replace('pool = "150"', 'pool = "100"')
    text = text.replace('weights = [{ from = "2024-07", points = "50" }]', "", 1).replace(
        'lots = ["1", "2"]', 'lots = ["1"]'
    )
    text = text.replace('points = "50"', 'points = "100"', 1)
    said = "in care-q: it has no weight, so its failures cost nothing of the pool"
    assert [sentence for _, sentence, _ in doubtful(text) if "weight" in sentence] == [said]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('contract = "care-q"', 'contract = "care q"'),
        ("[[provider]]", "[[providers]]"),
        ('lots = ["1", "2"]', "lots = 2"),
    ],
)
def test_a_provider_with_an_error_has_its_lots(old: str, new: str) -> None:
    reading = read_registration(FILE.replace(old, new).encode(), "f.toml")
    assert reading.faults
    assert [each.doubt.sentence for each in reading.doubtful] == []


def test_the_lots_are_said_to_be_read_so_by_the_shared_terms(program: Program, tmp_path: Path) -> None:
    entry = 'doubts = [{ of = "lot", read_as = "Lot 2 is let later." }]\nparties'
    text = FILE.replace('lots = ["1", "2"]', 'lots = ["1"]').replace('pool = "150"', "").replace("parties", entry)
    assert [settled for _, sentence, settled in doubtful(text) if "lot 2" in sentence] == ["Lot 2 is let later."]
    file = tmp_path / "f.toml"
    file.write_text(text)
    checked = program.done("check", str(file))
    assert "no provider has the lot 2" in checked.stdout
    assert f"{file}: no errors and 1 doubt in the contract's own terms, each of them settled." in checked.stderr
    assert json.loads(program.done("check", str(file), "--format", "json").stdout)["contract"] == "care"
    assert "Warning" not in program.done("register", str(file)).stderr
    for contract in ("care-p", "care-q"):
        assert "Lot 2 is let later." in program.json("rag", contract, "--last", "2024-07")["assumptions"]


def test_all_providers_are_registered_or_none(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text(FILE.replace('commenced = "2024-07"', 'commenced = "2024-07"\nheld_from = "2024-05"'))
    refused = program.run("register", str(file))
    assert (refused.exit_code, program.path.exists()) == (2, False)
    assert "held_from: found 2024-05; give a period from 2024-07 on" in refused.output
    file.write_text(FILE)
    assert "7 facts would be recorded" in program.done("register", str(file), "--dry-run").output
    assert not program.path.exists()
    assert "Recorded 7 facts at positions 1 to 7" in program.done("register", str(file)).output
    assert program.json("rag", "care-q", "--last", "2024-07")["rows"][2]["kpi"] == "E1"
    status = program.done("status").output
    assert "under care, lots 1\n" in status
    assert "under care, lots 1, 2\n" in status


def test_the_status_of_a_contract_whose_registration_is_void_tells_no_framework(
    program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "f.toml"
    file.write_text(FILE)
    program.done("register", str(file))
    exported = [json.loads(line) for line in program.done("export", "care-p").stdout.splitlines()]
    for each in exported[::-1]:
        program.done(
            "void", "care-p", each["id"], "--dated", each["dated"], "--reason", "The wrong file", "--by", each["by"]
        )
    told = [line.partition("; ")[2] for line in program.done("status").stdout.splitlines() if line.startswith("care-")]
    assert told == ["", "under care, lots 1, 2"]


def test_a_future_date_of_the_shared_terms_is_one_fault_a_line_however_many_providers(
    program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "f.toml"
    file.write_text(FILE.replace('dated = "2024-04-01"', 'dated = "2027-04-01"'))
    lines = program.run("register", str(file)).output.splitlines()
    places = [line.partition(": found")[0].partition("f.toml, ")[2] for line in lines]
    assert places == [
        "line 5, dated",
        "line 33, dated",
        "line 50, S1, dated",
        "line 59, W1, dated",
        "line 69, E1, dated",
    ]


def test_a_file_sent_again_is_passed_over_and_a_provider_added_to_it_is_registered(
    program: Program, tmp_path: Path
) -> None:
    file = tmp_path / "f.toml"
    file.write_text(FILE)
    program.done("register", str(file))
    assert "Passed over 7 already recorded" in program.done("register", str(file)).output
    file.write_text(FILE.replace('[[service]]\ncode = "S"', CEDAR, 1))
    added = program.done("register", str(file)).output
    assert "Recorded 3 facts at positions 8 to 10" in added
    assert "Passed over 7" in added


def test_changed_terms_are_refused_for_each_contract_with_the_command_to_use(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "f.toml"
    file.write_text(FILE)
    program.done("register", str(file))
    file.write_text(FILE.replace('green = "<10", amber = "10..25"', 'green = "<15", amber = "15..25"'))
    refused = program.run("register", str(file))
    assert refused.exit_code == 2
    assert "already the id" not in refused.output
    assert (
        "line 50, S1, care-p: bands differs from what is registered: use `rebase care-p S1 FIRST_PERIOD`"
        in refused.output
    )
    assert (
        "line 50, S1, care-q: bands differs from what is registered: use `rebase care-q S1 FIRST_PERIOD`"
        in refused.output
    )
    file.write_text(FILE.replace('lots = ["1"]\n\n', 'lots = ["1", "2"]\n\n', 1).replace('"100"', '"150"'))
    assert "care-p: scheme, services, lots differ" in program.run("register", str(file)).output
    assert "care-p: is new; use `introduce care-p FILE`" in program.run("register", str(file)).output
    only_q = re.sub(r'\[\[provider\]\]\ncode = "P".*?(?=\[\[provider)', "", FILE, flags=re.DOTALL)
    file.write_text(only_q)
    gone = program.run("register", str(file))
    assert gone.exit_code == 2
    assert gone.output == (
        "care-p: is under care and not in the file; keep its table; use `discontinue care-p KPI LAST_PERIOD` for what "
        "it measures no longer\n"
    )


def test_a_framework_without_providers_or_a_provider_without_a_framework_is_told() -> None:
    assert "f.toml: has no [framework] table; give one, with id and title" in faults(FILE[FILE.index("[contract]") :])
    none = re.sub(r"\[\[provider\]\].*?(?=\[\[service)", "", FILE, flags=re.DOTALL)
    assert "f.toml: has no [[provider]] table; give one for each provider, with code, name and contract" in faults(none)


@pytest.mark.parametrize(
    "text",
    [
        "provider = 3\n" + FILE.replace("[[provider]]", "[[other]]"),
        "provider = [3]\n[contract]\n",
        "framework = 7\n[contract]\n",
        "kpi = 7\nlot = { code = 1 }\n[framework]\n[contract]\nparties = 3\n",
        FILE.replace('lots = ["1", "2"]', "lots = [{}, [], 1]"),
        FILE.replace('parties = [{ code = "A", name = "Authority", role = "authority" }]', "parties = [3]"),
        FILE.replace("[scheme]", "[[scheme]]"),
    ],
)
def test_what_is_no_table_where_one_is_due_is_a_fault_and_no_traceback(text: str) -> None:
    assert faults(text)


def test_a_file_of_other_things_is_refused_in_a_sentence() -> None:
    for text in ("[framework]\nid = 1\n", "[framework]\ncontract = 3\n", "framework", FILE + "\n[framework]\n"):
        with pytest.raises(BadInput):
            read_registration(text.encode(), "f.toml")


def test_a_published_report_pins_the_framework_and_the_lots_of_its_contract() -> None:
    history = recorded(facts(FILE)["care-p"])
    moment = Moment(date(2024, 11, 1), history[-1].recorded_at, history[-1].position)
    terms = terms_shown(Question("care-p", history, moment, "2024-07", 1))
    assert terms["contract"]["framework"] == {"id": "care", "title": "Care"}
    assert terms["contract"]["lots"] == [{"code": "1", "title": "One"}]
    assert [each.get("lots") for each in terms["kpis"]] == [None, ["1"]]


def stored(folder: str, kind: str) -> dict[str, Any]:
    path = Path(__file__).parents[1] / "stored" / folder / f"{kind}.json"
    return json.loads(path.read_bytes())["fact"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", ["ContractRegistered", "KpiIntroduced"])
def test_what_was_stored_of_frameworks_and_lots_reads_back_as_it_was(kind: str) -> None:
    fact = any_fact.validate_python(stored("framework", kind))
    assert any_fact.dump_python(fact, mode="json", by_alias=True, exclude_none=True)["lots"]
    assert any_fact.validate_python(any_fact.dump_python(fact, mode="json", by_alias=True)) == fact


@pytest.mark.parametrize("kind", ["ContractRegistered", "KpiIntroduced"])
def test_a_contract_under_no_framework_is_written_as_it_always_was(kind: str) -> None:
    fact = any_fact.validate_python(stored("", kind))
    written = any_fact.dump_python(fact, mode="json", by_alias=True, exclude_none=True)
    assert not {"framework", "lots"} & written.keys()


def test_each_doubt_of_a_framework_is_told_once_and_bars_every_contract_while_it_is_open() -> None:
    text = FILE.replace('green = "<10", amber = "10..25"', 'green = "<10", amber = "12..25"')
    found = read_registration(text.encode(), "f.toml")
    assert found.faults == []
    assert found.contract == "care"
    (gap,) = [each.doubt for each in found.doubtful if each.doubt.kind == "gap"]
    assert (gap.kpi, gap.bars) == ("S1", True)
    assert "S1" not in {getattr(each.fact, "ref", None) for each in found.to_register().proposed}
    assert sum("from 10 to 12: 11 lies in neither" in fault.sentence for fault in found.faults) == 1
