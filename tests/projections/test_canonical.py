"""The canonical form of a report is the same bytes wherever, whenever and by whom its facts are recorded or read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import machine
from ledger.report_facts import ReportPublished
from projections.canonical import canonical
from tests.conftest import Program
from tests.histories.contracts import contracts
from tests.histories.drawing import histories
from tests.test_auditor import RELAXED, loaded
from tests.test_published import FOLDER
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.recorded import Recorded

ROOT = Path(__file__).parent.parent.parent
RUN = [sys.executable, "-c", "from cli.main import run; run()", "--ledger"]
OTHER_SURROUNDINGS = [
    {"TZ": "Pacific/Kiritimati"},
    {"TZ": "America/Los_Angeles", "LANG": "C", "LC_ALL": "C", "COLUMNS": "40"},
    {"LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1", "NO_COLOR": "1"},
    {"PYTHONHASHSEED": "4242", "USER": "somebody", "LOGNAME": "somebody", "HOME": "/"},
]


def forms(history: Sequence[Recorded]) -> dict[str, bytes]:
    """Return the canonical bytes of each report of a history."""
    return {
        each.fact.report: canonical(history, each.fact, each.position - 1).form
        for each in history
        if isinstance(each.fact, ReportPublished)
    }


def elsewhere(folder: Path, surroundings: dict[str, str], *commands: Sequence[str]) -> bytes:
    """Run commands over a ledger in a folder, in surroundings of their own; return what the last one writes."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH")}
    written = b""
    for command in commands:
        done = subprocess.run(
            [*RUN, str(folder / "ledger.db"), *command],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), **surroundings},
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        written = done.stdout
    return written


def library_recorded(program: Program) -> None:
    """Record the first fifteen facts of the library and publish its report from the command line."""
    for_record = (FOLDER / "library" / "facts.jsonl").read_text(encoding="utf-8").splitlines()
    program.done("register", str(FOLDER / "library" / "contract.toml"))
    program.done("record", "-", given="\n".join(for_record[:14]).encode())
    publish_library(program)


def publish_library(program: Program) -> None:
    periods = ("--last", "2025-03", "--periods", "3", "--dated", "2025-04-20")
    program.done("publish", "library", "--as-at", "2025-04-15", *periods, "--report", "q1", "--by", "CITY")


def library_form(program: Program) -> bytes:
    return program.done("report", "library", "q1", "--canonical").stdout_bytes


@pytest.mark.parametrize("surroundings", OTHER_SURROUNDINGS, ids=" ".join)
def test_another_folder_time_zone_locale_width_and_hash_seed_give_the_same_bytes(
    surroundings: dict[str, str], sample: Program, tmp_path: Path
) -> None:
    here = sample.done("report", "lincolnshire-css", "osmb-2017-10-26", "--canonical").stdout_bytes
    there = elsewhere(
        tmp_path, surroundings, ["demo"], ["report", "lincolnshire-css", "osmb-2017-10-26", "--canonical"]
    )
    assert there == here


def test_another_user_at_another_time_gives_the_same_bytes(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library_recorded(program)
    monkeypatch.setattr(machine, "user", "somebody-else".lower)
    other = Program(tmp_path / "other.db", TickingClock(datetime(2031, 2, 3, 23, 59, tzinfo=UTC)))
    library_recorded(other)
    assert [each["recorded_by"] for each in other.json("reports", "library")["reports"]] == ["somebody-else"]
    assert library_form(other) == library_form(program)


def test_other_contracts_in_the_ledger_and_ids_that_it_gives_change_no_byte(program: Program, tmp_path: Path) -> None:
    library_recorded(program)
    other = Program(tmp_path / "other.db")
    other.done("register", str(FOLDER / "waste" / "contract.toml"))
    other.done("register", str(FOLDER / "library" / "contract.toml"))
    lines = (FOLDER / "library" / "facts.jsonl").read_text(encoding="utf-8").splitlines()[:14]
    for line in lines:
        other.record({name: value for name, value in json.loads(line).items() if name != "id"})
        other.record({**json.loads((FOLDER / "waste" / "facts.jsonl").read_text(encoding="utf-8").splitlines()[0])})
    publish_library(other)
    assert library_form(other) == library_form(program)


def test_the_digest_is_that_of_the_bytes_written(program: Program) -> None:
    library_recorded(program)
    found = program.json("report", "library", "q1")
    assert found["digest"] == sha256(library_form(program)).hexdigest() == found["published_digest"]


def test_a_restored_ledger_gives_the_same_bytes(program: Program, tmp_path: Path) -> None:
    library_recorded(program)
    copy = tmp_path / "copy.db"
    program.done("backup", str(copy))
    restored = Program(tmp_path / "restored.db")
    restored.done("restore", str(copy))
    assert library_form(restored) == library_form(program)


def test_a_thousand_further_facts_change_no_byte_even_those_dated_before(program: Program) -> None:
    library_recorded(program)
    before = library_form(program)
    further = [further_fact(number) for number in range(1000)]
    assert program.record(*further).exit_code == 0
    assert program.json("verify")["facts"] >= 1015
    assert program.json("reports", "library")["reports"][0]["cells_changed"] > 0
    assert library_form(program) == before
    assert program.json("report", "library", "q1")["matches"] is True


def further_fact(number: int) -> dict[str, Any]:
    """Return one of many facts recorded after the report, dated before its as-at, between it and now, or after."""
    own = {"contract": "library", "dated": ("2025-04-01", "2025-04-15", "2025-04-18", "2025-06-01")[number % 4]}
    period = f"2025-0{number % 3 + 1}"
    match number % 5:
        case 0:
            fact = {"fact": "TargetRebased", "by": "CITY", "kpi": "L1", "first_period": period, "reason": "Late."}
            fact |= {"tsl": str(60 + number % 30), "msl": str(50 + number % 10)}
        case 1:
            counted = {"received": number, "resolved": number // 2, "outstanding": number - number // 2}
            series = {"series": "Complaints", "period": "2025-03", "category": "Noise"}
            fact = {"fact": "CountsReported", "by": "SHELVES", **series, **counted}
        case 2:
            fact = {"fact": "CommentaryWritten", "by": "CITY", "first_period": period, "last_period": period}
            fact |= {"service": "LIB", "text": f"Said for the {number}th time."}
        case 3:
            fact = {"fact": "MitigationGranted", "by": "CITY", "kpi": "L2", "first_period": period, "reason": "Late."}
        case _ if number % 250 != 4:
            fact = {"fact": "FailureExplained", "by": "SHELVES", "kpi": "L1", "effect": "Doors shut."}
            fact |= {"first_period": period, "last_period": period, "resolution": f"Shift {number}."}
        case _:
            fact = {"fact": "ReportPublished", "by": "CITY", "report": f"later-{number}", "title": "Later"}
            fact |= {"as_at": own["dated"], "first_period": "2025-01", "last_period": "2025-03"}
    return {**own, **fact}


@settings(max_examples=25, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_on_random_histories_a_report_is_the_same_however_its_history_goes_on(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        ledger, _ = loaded(Path(one), contract, batches)
        with ledger:
            history = ledger.history(contract["contract"]["id"])
        again, _ = loaded(Path(other), contract, [[fact] for batch in batches for fact in batch])
        with again:
            recorded_again = again.history(contract["contract"]["id"])
    whole = forms(history)
    assert forms(recorded_again) == whole
    for each in history:
        if isinstance(each.fact, ReportPublished):
            until = [known for known in history if known.position < each.position]
            assert canonical(until, each.fact, each.position - 1).form == whole[each.fact.report]
            assert canonical([*until, each], each.fact, each.position - 1).form == whole[each.fact.report]
            assert canonical([*until, each], each.fact, each.position).form == whole[each.fact.report]
            assert each.fact.id.encode() + b'"' not in whole[each.fact.report]


@settings(max_examples=10, deadline=None, suppress_health_check=RELAXED)
@given(st.data())
def test_on_random_histories_no_id_of_a_fact_is_in_the_bytes(data: st.DataObject) -> None:
    contract = data.draw(contracts())
    batches = data.draw(histories(contract))
    with tempfile.TemporaryDirectory() as folder:
        ledger, _ = loaded(Path(folder), contract, batches)
        with ledger:
            history = ledger.history(contract["contract"]["id"])
    renamed = [
        each.__class__(
            each.position, each.version, each.recorded_at, each.recorded_by, each.fact.model_copy(update=ids(each.fact))
        )
        for each in history
    ]
    assert forms(renamed) == forms(history)


def ids(fact: Any) -> dict[str, str]:
    """Return other ids in place of a fact's own and of the one it voids."""
    return {name: f"other-{value}" for name in ("id", "voids") if (value := getattr(fact, name, None))}
