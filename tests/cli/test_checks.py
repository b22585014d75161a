"""Checks and evidence from the command line and the contract file."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.given import contract, kpi

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from tests.conftest import Program

FILE = """\
[contract]
id = "c"
title = "Test"
commenced = "2025-01"
dated = "2025-01-01"
parties = [{ code = "A", name = "Authority", role = "authority" }, { code = "P", name = "Provider", role = "provider" }]
"""
KPI = """
[[kpi]]
ref = "K"
service = "S"
title = "Measure"
better = "higher"
first_period = "2025-01"
targets = [{ from = "2025-01", tsl = "90", msl = "80" }]
"""


def registered(program: Program, tmp_path: Path, checks: str) -> Result:
    file = tmp_path / "contract.toml"
    file.write_text(FILE + checks + KPI, encoding="utf-8")
    return program.run("register", str(file))


def lines(program: Program) -> list[dict[str, Any]]:
    return [json.loads(line) for line in program.done("export", "c").stdout.splitlines()]


GRANT = ("mitigate", "grant", "c", "K", "2025-01", "--until", "2025-01", "--reason", "Strike", "--by", "A/sam")


def test_a_grant_from_the_command_line_is_refused_alone_and_taken_by_two(program: Program, tmp_path: Path) -> None:
    assert registered(program, tmp_path, '[checks]\nsecond_person = ["grants"]\n').exit_code == 0
    alone = program.run(*GRANT)
    assert (alone.exit_code, alone.stdout) == (2, "")
    assert alone.stderr == (
        "approved_by: this grant needs a second person to approve it: nobody approved it; "
        "give approved_by, another person of A\n"
    )
    program.done(*GRANT, "--approved-by", "A/kim")
    assert lines(program)[-1]["approved_by"] == "A/kim"
    told = program.json("trail", "c", "K", "2025-01")["entries"][-1]["sentence"]
    assert "Authority (sam, approved by kim) granted mitigation of K" in told


def test_where_the_terms_warn_a_grant_alone_is_taken_with_one_warning(program: Program, tmp_path: Path) -> None:
    registered(program, tmp_path, '[checks]\nsecond_person = ["grants"]\nenforcement = "warn"\n')
    alone = program.done(*GRANT)
    assert [line for line in alone.stderr.splitlines() if line.startswith("Warning")] == [
        "Warning: approved_by: this grant needs a second person to approve it: nobody approved it"
    ]


def test_each_of_several_kpis_of_one_decision_bears_the_approval(program: Program, tmp_path: Path) -> None:
    registered(program, tmp_path, '[checks]\nsecond_person = ["grants"]\n')
    program.done(*GRANT, "--also", "K=2025-02", "--approved-by", "A/kim")
    assert [each["approved_by"] for each in lines(program)[-2:]] == ["A/kim", "A/kim"]


@pytest.mark.parametrize(
    ("checks", "sentence"),
    [
        ("[checks]\n", "line 7, checks: they ask for nothing"),
        ('[checks]\nsecond_person = ["payments"]\n', 'line 8, checks.second_person[1]: found "payments"; give one of'),
        ('[checks]\nsecond_person = ["voids", "voids"]\n', "line 7, checks: an act is named twice in second_person"),
        ('[checks]\nown_scrutiny = "no"\n', 'line 8, checks.own_scrutiny: found "no"; give true or false'),
        (
            '[checks]\nown_scrutiny = false\nenforcement = "stop"\n',
            'line 9, checks.enforcement: found "stop"; give one',
        ),
        (
            "[checks]\nown_scrutiny = false\nwho = 1\n",
            "line 9, checks.who: is no field of a checks table; leave it out",
        ),
    ],
)
def test_faulty_checks_are_refused_on_their_line(program: Program, tmp_path: Path, checks: str, sentence: str) -> None:
    result = registered(program, tmp_path, checks)
    assert result.exit_code == 2
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_table_of_facts_may_name_who_approved(program: Program, tmp_path: Path) -> None:
    registered(program, tmp_path, '[checks]\nsecond_person = ["grants"]\n')
    header = "fact,contract,dated,by,approved_by,kpi,first_period,last_period,reason\n"
    row = "MitigationGranted,c,2025-03-01,A/sam,{},K,2025-01,2025-01,Strike\n"
    file = tmp_path / "grants.csv"
    file.write_text(header + row.format("A/sam"), encoding="utf-8")
    refused = program.run("record", str(file))
    assert (refused.exit_code, "grants.csv, line 2, approved_by: this grant" in refused.stderr) == (2, True)
    file.write_text(header + row.format("A/kim"), encoding="utf-8")
    program.done("record", str(file))


def test_evidence_is_kept_with_its_digest_and_not_with_its_content(program: Program, tmp_path: Path) -> None:
    program.record(contract(), kpi())
    files = [tmp_path / "minute 12.pdf", tmp_path / "mail.txt"]
    for number, file in enumerate(files):
        file.write_bytes(b"x" * number)
    program.done(*GRANT, "--evidence", str(files[0]), "--evidence", str(files[1]))
    assert lines(program)[-1]["evidence"] == [
        {"title": file.name, "where": str(file), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
        for file in files
    ]
    program.done("void", "c", lines(program)[-1]["id"], "--reason", "Wrong", "--by", "A", "--evidence", str(files[0]))
    assert len(lines(program)[-1]["evidence"]) == 1
    program.done("charges", "c", "2025-01", "100", "--by", "A")
    assert "evidence" not in lines(program)[-1]


def test_evidence_that_cannot_be_read_is_refused_and_nothing_recorded(program: Program, tmp_path: Path) -> None:
    program.record(contract(), kpi())
    before = lines(program)
    gone = program.run(*GRANT, "--evidence", str(tmp_path / "gone.pdf"), "--evidence", str(tmp_path / "lost.pdf"))
    assert (gone.exit_code, len(gone.stderr.splitlines())) == (2, 2)
    assert "gone.pdf: cannot be read (No such file or directory)" in gone.stderr
    folder = program.run(*GRANT, "--evidence", str(tmp_path))
    assert (folder.exit_code, "is a folder; give each file" in folder.stderr) == (2, True)
    assert lines(program) == before


def test_a_breach_is_still_told_after_the_names_it_was_told_from_are_erased(program: Program, tmp_path: Path) -> None:
    terms = '[checks]\nsecond_person = ["grants"]\nown_scrutiny = false\nenforcement = "warn"\n'
    assert registered(program, tmp_path, terms).exit_code == 0
    program.done("submit", "c", "K", "2025-01", "70", "--by", "P/r.lane", "--dated", "2025-02-03")
    program.done(
        "scrutinise", "c", "K", "2025-01", "agreed", "--by", "A/r.lane", "--dated", "2025-02-04", "--id", "own"
    )
    program.done(*GRANT, "--approved-by", "A/sam", "--id", "g")
    assert [each["id"] for each in program.json("verify")["breaches"]] == ["own", "g"]
    program.done("erase", "c", "--person", "P/r.lane", "--text", "g=approved_by", "--reason", "So.", "--by", "A/kim")
    found = program.json("verify")["breaches"]
    assert [each["id"] for each in found] == ["own", "g"]
    assert all("it fell short of the checks before names were erased by" in each["sentence"] for each in found)


def test_one_person_written_in_two_ways_of_unicode_is_one_person(program: Program, tmp_path: Path) -> None:
    assert registered(program, tmp_path, '[checks]\nsecond_person = ["grants"]\n').exit_code == 0
    by = ("--by", "A/rené", "--approved-by", "A/rené")
    assert program.run(*(each for each in GRANT if each not in ("--by", "A/sam")), *by).exit_code == 2


def test_facts_cut_off_at_the_end_are_told_by_the_kept_tables(program: Program, tmp_path: Path) -> None:
    import sqlite3

    from ledger.sqlite_tables import GUARDS

    assert registered(program, tmp_path, "").exit_code == 0
    program.done("submit", "c", "K", "2025-01", "70", "--by", "P", "--dated", "2025-02-03")
    connection = sqlite3.connect(program.path)
    for name in GUARDS:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("DELETE FROM facts WHERE position = 3")
    for made in GUARDS.values():
        connection.execute(made)
    connection.commit()
    connection.close()
    result = program.run("verify")
    assert result.exit_code == 1
    assert "the kept tables are ahead of the facts (at position 3, the facts at 2)" in result.stdout


def test_an_erasure_from_a_file_has_to_say_which_facts_fell_short(program: Program, tmp_path: Path) -> None:
    terms = '[checks]\nown_scrutiny = false\nenforcement = "warn"\n'
    assert registered(program, tmp_path, terms).exit_code == 0
    program.done("submit", "c", "K", "2025-01", "70", "--by", "P/r.lane", "--dated", "2025-02-03", "--id", "s")
    program.done(
        "scrutinise", "c", "K", "2025-01", "agreed", "--by", "A/r.lane", "--dated", "2025-02-04", "--id", "own"
    )
    erasure = {"fact": "TextErased", "contract": "c", "dated": "2025-03-01", "by": "A/kim", "reason": "So."}
    silent = program.record({**erasure, "erases": [{"id": "s", "fields": ["by"]}]})
    assert silent.exit_code == 2
    assert "breaches: does not name own, short of the contract's checks by then" in silent.stderr
    told = program.record({**erasure, "erases": [{"id": "s", "fields": ["by"]}], "breaches": ["own"]})
    assert told.exit_code == 0
    lines_out = program.done("export").stdout.encode()
    from tests.conftest import Program as Another

    other = Another(tmp_path / "other.db")
    other.done("record", "-", given=lines_out)
    assert [each["id"] for each in other.json("verify")["breaches"]] == ["own"]
