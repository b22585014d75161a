"""Questions over many contracts: what each shows, in which order, and from where."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from ledger.location import place_of
from ledger.store import Ledger
from projections.estate_cells import moved_between
from projections.kept_engine import kept_tables
from tests.conftest import Program
from tests.given import agreed, contract, fact, kpi, results, submitted

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.facts import AnyFact

PROVIDERS = {"calm": "Aspen", "grim": "Birch", "poor": "Birch"}


def of(name: str, *facts: AnyFact) -> list[dict[str, Any]]:
    """Return facts as those of a contract of another id, their ids too."""
    found = []
    for each in facts:
        fields = each.model_dump(mode="json", by_alias=True, exclude_none=True)
        fields |= {"contract": name, "id": f"{name}-{each.id}"}
        if "voids" in fields:
            fields["voids"] = f"{name}-{fields['voids']}"
        found.append(fields)
    return found


def registered(name: str, service: str = "S") -> list[dict[str, Any]]:
    first, one, two = of(name, contract(), kpi(weight="60"), kpi("L", weight="40"))
    first["parties"][1] |= {"code": name.upper(), "name": PROVIDERS[name]}
    for each in (one, two):
        each["service"] = service
    return [first, one, two]


def returned(name: str, *values: tuple[str, str], ref: str = "K") -> list[dict[str, Any]]:
    return [
        each | ({"by": name.upper()} if each["fact"] == "PerformanceSubmitted" else {})
        for each in of(name, *results(*values, ref=ref))
    ]


@pytest.fixture
def estate(program: Program) -> Program:
    """Return a ledger of three contracts: grim has two red KPIs, poor one red and one amber, calm an amber one."""
    for name, first, second in (("calm", "95", "85"), ("grim", "10", "10"), ("poor", "85", "70")):
        lines = [
            *registered(name, "T" if name == "calm" else "S"),
            *returned(name, ("2025-01", "95"), ("2025-02", first)),
            *returned(name, ("2025-01", "95"), ("2025-02", second), ref="L"),
        ]
        assert program.record(*lines).exit_code == 0
    return program


def ids(page: dict[str, Any]) -> list[str]:
    return [each["contract"] for each in page["contracts"]]


def without_time(found: Any) -> Any:
    """Leave out when the ledger was asked, which is never the same."""
    if isinstance(found, dict):
        return {name: without_time(each) for name, each in found.items() if name != "known_at"}
    return [without_time(each) for each in found] if isinstance(found, list) else found


@pytest.mark.parametrize(
    "asked",
    [("contracts",), ("rag",), ("diff", "--from", "2025-01-31"), ("cells", "--format", "csv")],
    ids=lambda asked: asked[0],
)
def test_the_last_of_all_dates_can_be_asked_about(estate: Program, asked: tuple[str, ...]) -> None:
    option = "--to" if asked[0] == "diff" else "--as-at"
    last, before = (estate.done(*asked, option, day).stdout for day in ("9999-12-31", "9999-12-30"))
    assert last.count("grim") > 0
    assert last.replace("9999-12-31", "9999-12-30").replace("31 December 9999", "30 December 9999") == before


def changed(program: Program, *statements: str) -> None:
    with closing(sqlite3.connect(program.path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


VIEWS = [("rag",), ("summary",), ("abatement",), ("failures",), ("diff", "--from", "2025-02-28", "--to", "2025-03-31")]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view[0])
def test_each_contract_of_a_page_is_what_its_own_command_says(estate: Program, view: tuple[str, ...]) -> None:
    page = estate.json(*view)
    assert (page["page"], page["pages"], page["of"], page["position"]) == (1, 1, 3, 33)
    assert sorted(ids(page)) == ["calm", "grim", "poor"]
    for each in page["contracts"]:
        assert without_time(each) == without_time(estate.json(view[0], each["contract"], *view[1:]))


@pytest.mark.parametrize("view", ["contracts", "rag", "summary", "abatement", "failures"])
def test_the_worst_come_first_whether_tables_or_facts_say_so(estate: Program, view: str) -> None:
    assert ids(estate.json(view)) == ["grim", "poor", "calm"]
    before = estate.clock.now().isoformat()
    estate.clock.tick(hours=1)
    assert estate.record(*returned("calm", ("2025-03", "10"))).exit_code == 0
    assert estate.record(*returned("calm", ("2025-03", "10"), ref="L")).exit_code == 0
    assert ids(estate.json(view, "--known-at", before)) == ["grim", "poor", "calm"]
    assert ids(estate.json(view)) == ["calm", "grim", "poor"]
    assert ids(estate.json(view, "--as-at", "2025-03-31")) == ["grim", "poor", "calm"]


def test_pages_follow_one_another(estate: Program) -> None:
    pages = [estate.json("contracts", "--page-size", "2", "--page", str(number)) for number in (1, 2)]
    assert [ids(each) for each in pages] == [["grim", "poor"], ["calm"]]
    assert {(each["pages"], each["of"]) for each in pages} == {(2, 3)}
    refused = estate.run("contracts", "--page-size", "2", "--page", "3")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr == "--page: found 3; there are 2 pages of 2 contracts\n"
    assert estate.run("rag", "--page", "0").exit_code == 2


def test_filters_choose_contracts_and_may_be_given_together(estate: Program) -> None:
    assert ids(estate.json("contracts", "--provider", "birch")) == ["grim", "poor"]
    assert ids(estate.json("rag", "--provider", "GRIM")) == ["grim"]
    assert ids(estate.json("contracts", "--authority", "A", "--service", "T")) == ["calm"]
    assert ids(estate.json("summary", "--search", "MEASURE l", "--provider", "aspen")) == ["calm"]
    assert ids(estate.json("contracts", "--search", "OOR")) == ["poor"]
    assert ids(estate.json("rag", "poor", "calm")) == ["poor", "calm"]


def test_a_service_restricts_the_rows_of_the_rag_table(estate: Program) -> None:
    (beside,) = of("calm", kpi("M", weight=""))
    assert estate.record(beside | {"service": "U"}).exit_code == 0
    page = estate.json("rag", "--service", "T")
    assert ids(page) == ["calm"]
    assert [row["kpi"] for row in page["contracts"][0]["rows"]] == ["K", "L"]


def test_what_no_contract_has_is_refused_and_no_match_is_an_empty_page(estate: Program) -> None:
    refused = estate.run("rag", "--provider", "brich", "--service", "X")
    assert refused.exit_code == 2
    assert refused.stderr.splitlines() == [
        '--provider: no contract has the provider "brich"; did you mean Birch?',
        '--service: no contract has the service "X"; there is S, T',
    ]
    unknown = estate.run("rag", "calm", "dire")
    assert (unknown.exit_code, unknown.stderr) == (
        2, 'the ledger has no contract "dire"; `status` lists those it has\n',
    )  # fmt: skip
    empty = estate.run("contracts", "--provider", "aspen", "--service", "S", "--format", "json")
    assert (empty.exit_code, empty.stderr) == (0, "No contract matches.\n")
    assert '"of": 0' in empty.stdout


def test_a_contract_is_not_listed_before_it_is_registered(estate: Program) -> None:
    assert ids(estate.json("contracts", "--as-at", "2024-12-31")) == []
    assert ids(estate.json("contracts", "--as-at", "2025-01-01")) == ["calm", "grim", "poor"]


def test_the_list_says_what_the_views_of_one_contract_say(estate: Program) -> None:
    (grim, *_) = estate.json("contracts")["contracts"]
    overall = estate.json("summary", "grim")["services"][-1]["periods"][-1]
    total = estate.json("abatement", "grim")["periods"][-1]
    assert grim["period"] == overall["period"] == total["period"] == "2025-02"
    assert {name: grim[name] for name in ("green", "amber", "red", "mitigated")} == {
        name: overall[name] for name in ("green", "amber", "red", "mitigated")
    }
    assert (grim["net_points"], grim["service_credit"]) == (total["net_points"], total["service_credit"])
    assert (grim["provider"], grim["kpis_in_use"], grim["facts"], grim["last_dated"]) == ("Birch", 2, 11, "2025-03-20")


def row_of(program: Program, name: str, *asked: str) -> dict[str, Any]:
    (found,) = [each for each in program.json("contracts", *asked)["contracts"] if each["contract"] == name]
    return found


def counts(row: dict[str, Any]) -> dict[str, int]:
    return {name: row[name] for name in ("green", "amber", "red", "mitigated", "awaiting") if row[name]}


def from_facts(program: Program, name: str) -> dict[str, Any]:
    """Return a contract's row as the ledger knew it a moment ago, which the facts alone can say."""
    before = program.clock.now().isoformat()
    program.clock.tick(hours=1)
    return row_of(program, name, "--known-at", before)


def test_a_month_half_scrutinised_makes_no_contract_better_than_it_was(estate: Program) -> None:
    begun = returned("grim", ("2025-03", "95"))
    assert estate.record(*begun).exit_code == 0
    for view in ("contracts", "rag", "summary"):
        assert ids(estate.json(view)) == ["poor", "grim", "calm"]
    grim = row_of(estate, "grim")
    assert (counts(grim), grim["period"]) == ({"green": 1, "red": 1}, "2025-03")
    assert counts(row_of(estate, "poor")) == {"amber": 1, "red": 1}
    assert estate.record(*returned("poor", ("2025-03", "85"))).exit_code == 0
    assert ids(estate.json("contracts")) == ["poor", "grim", "calm"]
    assert counts(row_of(estate, "grim", "--as-at", "2025-04-19")) == {"red": 2}
    assert ids(estate.json("contracts", "--as-at", "2025-04-19")) == ["grim", "poor", "calm"]
    assert ids(estate.json("rag", "--last", "2025-02")) == ["grim", "poor", "calm"]


def test_abatement_ranks_by_the_points_of_every_period_shown(estate: Program) -> None:
    assert estate.record(*returned("calm", ("2025-03", "70"))).exit_code == 0
    assert ids(estate.json("abatement", "--last", "2025-03", "--periods", "2")) == ["grim", "calm", "poor"]
    assert ids(estate.json("abatement", "--last", "2025-03", "--periods", "1")) == ["calm", "grim", "poor"]
    assert ids(estate.json("abatement", "--periods", "2", "--as-at", "2025-04-20", "--last", "2025-03")) == [
        "grim", "calm", "poor",
    ]  # fmt: skip


def test_kpis_of_longer_periods_count_by_their_own_latest_result(estate: Program) -> None:
    longer = [("Q", "quarterly"), ("H", "six-monthly"), ("Y", "annual")]
    kpis = [kpi(ref, weight="", frequency=frequency) for ref, frequency in longer]
    reds = [
        fact(kind, dated, kpi=ref, period="2025-01", **more)
        for (ref, _), month in zip(longer, ("2025-04", "2025-07", "2026-01"), strict=True)
        for kind, dated, more in (
            ("PerformanceSubmitted", f"{month}-02", {"value": "10", "by": "CALM"}),
            ("PerformanceScrutinised", f"{month}-03", {"decision": "agreed"}),
        )
    ]
    assert estate.record(*of("calm", *kpis), *of("calm", *reds)).exit_code == 0
    months = [f"2025-{month:02d}" for month in range(3, 12)]
    assert estate.record(*returned("calm", *((month, "95") for month in months))).exit_code == 0
    assert ids(estate.json("contracts"))[0] == "calm"
    calm = row_of(estate, "calm")
    assert (counts(calm), calm["period"], calm["kpis_in_use"]) == ({"green": 1, "amber": 1, "red": 3}, "2025-11", 5)
    assert from_facts(estate, "calm") == calm
    early = row_of(estate, "calm", "--as-at", "2025-06-30")
    assert counts(early) == {"green": 1, "amber": 1, "red": 1, "awaiting": 2}


def test_a_kpi_is_counted_while_it_is_in_use(estate: Program) -> None:
    ended = fact("KpiDiscontinued", "2025-03-25", kpi="L", last_period="2025-03")
    assert estate.record(*of("grim", ended)).exit_code == 0
    assert counts(row_of(estate, "grim", "--as-at", "2025-03-31")) == {"red": 2}
    later = row_of(estate, "grim", "--as-at", "2025-04-01")
    assert (counts(later), later["kpis_in_use"]) == ({"red": 1}, 1)
    assert ids(estate.json("contracts", "--as-at", "2025-03-31")) == ["grim", "poor", "calm"]
    assert ids(estate.json("contracts", "--as-at", "2025-04-01")) == ["poor", "grim", "calm"]


def test_a_kpi_that_was_ended_or_voided_since_is_there_as_at_before(estate: Program) -> None:
    (added,) = of("calm", kpi("N", weight="0"))
    added |= {"title": "Nests counted", "service": "V"}
    assert estate.record(added).exit_code == 0
    (undone,) = of("calm", fact("FactVoided", "2025-05-10", voids=added["id"].removeprefix("calm-")))
    ended = fact("KpiDiscontinued", "2025-05-10", kpi="L", last_period="2025-02")
    assert estate.record(undone, *of("grim", ended)).exit_code == 0
    before, after = ("--as-at", "2025-05-09"), ("--as-at", "2025-05-10")
    assert ids(estate.json("contracts", "--service", "V", *before)) == ["calm"]
    assert ids(estate.json("contracts", "--search", "nests", *before)) == ["calm"]
    assert ids(estate.json("contracts", "--search", "nests", *after)) == []
    assert "no contract has the service" in estate.run("contracts", "--service", "V", *after).stderr
    assert ids(estate.json("contracts", *before)) == ["grim", "poor", "calm"]
    assert ids(estate.json("contracts", *after)) == ["poor", "grim", "calm"]
    assert [row_of(estate, "grim", *day)["kpis_in_use"] for day in (before, after)] == [2, 1]


def test_a_provider_that_stops_reporting_has_more_and_more_outstanding(estate: Program) -> None:
    asked = ("2025-03-31", "2025-04-01", "2025-05-01")
    rows = [row_of(estate, "calm", "--as-at", day) for day in asked]
    assert [each["outstanding"] for each in rows] == [0, 2, 4]
    assert {each["period"] for each in rows} == {"2025-02"}
    waiting = estate.json("month", "calm", "--as-at", "2025-05-01", "--periods", "24")
    assert len(waiting["outstanding"]) == 4
    assert estate.record(*returned("calm", ("2025-03", "95"))[:1]).exit_code == 0
    assert row_of(estate, "calm", "--as-at", "2025-05-01")["outstanding"] == 4
    assert estate.record(*of("calm", agreed("2025-03"))).exit_code == 0
    assert row_of(estate, "calm", "--as-at", "2025-05-01")["outstanding"] == 3


def test_relief_that_reaches_ahead_counts_from_the_end_of_its_first_period(estate: Program) -> None:
    relieved = fact("MitigationGranted", "2025-03-01", kpi="L", first_period="2025-03", last_period="2025-12")
    assert estate.record(*of("grim", relieved)).exit_code == 0
    assert counts(row_of(estate, "grim", "--as-at", "2025-03-31")) == {"red": 2}
    assert counts(row_of(estate, "grim", "--as-at", "2025-04-01")) == {"red": 1, "mitigated": 1}
    assert ids(estate.json("contracts", "--as-at", "2025-03-31"))[0] == "grim"
    assert ids(estate.json("contracts", "--as-at", "2025-04-01"))[0] == "poor"


def test_what_is_relieved_without_a_word_of_its_own_is_counted_all_the_same(estate: Program) -> None:
    relieved = fact("MitigationGranted", "2025-02-01", kpi="L", first_period="2025-02", last_period=None)
    assert estate.record(*of("poor", relieved), *returned("poor", ("2025-03", "70"))).exit_code == 0
    (poor,) = estate.json("contracts", "--search", "poor")["contracts"]
    assert (poor["period"], poor["red"], poor["mitigated"], poor["awaiting"]) == ("2025-03", 1, 1, 0)


@pytest.mark.parametrize(
    "harm",
    ["DROP TABLE cell_versions", "UPDATE kept SET head = 'another'", "UPDATE kept SET version = 1"],
)
def test_tables_that_are_not_current_are_never_read(estate: Program, harm: str) -> None:
    before = without_time(estate.json("rag"))
    lies = ["UPDATE cell_versions SET status = 'green'"] if "kept" in harm else []
    changed(estate, *lies, harm)
    assert without_time(estate.json("rag")) == before
    estate.done("replay", "--check")


def test_cells_that_no_replay_has_written_are_said_so(estate: Program) -> None:
    changed(estate, "UPDATE cell_versions SET cell = 'x'")
    result = estate.run("cells")
    assert result.exit_code == 3
    assert result.stderr.endswith("the kept tables were changed by another hand; run `contract-ledger replay`\n")


def test_a_ledger_that_cannot_be_written_is_answered_from_its_facts(estate: Program) -> None:
    before = without_time(estate.json("contracts"))
    changed(estate, "UPDATE cell_versions SET status = 'green'", "UPDATE kept SET version = 1")
    estate.path.chmod(0o444)
    result = estate.run("contracts", "--format", "json")
    assert result.exit_code == 0
    assert result.stderr.endswith("and the ledger is read-only; every contract's facts are read instead.\n")
    assert without_time(estate.json("contracts")) == before


def test_a_diff_over_many_lists_only_what_moved_and_takes_no_report(estate: Program) -> None:
    assert estate.record(*returned("calm", ("2025-03", "10"))).exit_code == 0
    page = estate.json("diff", "--from", "2025-04-01", "--to", "2025-06-01")
    assert ids(page) == ["calm"]
    assert page["from"]["as_at"] == "2025-04-01"
    assert ids(estate.json("diff", "--from", "2025-06-01", "--to", "2025-04-01")) == ["calm"]
    assert ids(estate.json("diff", "--from", "2025-02-25", "--to", "2025-06-01", "--last", "2025-02", "--periods", "1"))
    refused = estate.run("diff", "--from", "REPORT")
    assert refused.exit_code == 2
    assert "a published report's name goes with one contract" in refused.stderr


def test_csv_says_the_contract_in_each_row_and_markdown_in_each_title(estate: Program) -> None:
    rows = estate.done("summary", "--periods", "1", "--format", "csv").stdout.splitlines()
    assert rows[0] == "Contract,Service,Number of KPIs,Feb-25"
    assert rows[1].startswith("grim,ALL,")
    marked = estate.done("rag", "--page-size", "1", "--format", "md").stdout
    assert marked.startswith("Contract 1 of 3, worst first (page 1 of 3)\n\n## grim: Test: KPI results")


def test_a_view_of_one_contract_needs_no_kept_tables(estate: Program) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from cli.main import app; "
        f"CliRunner().invoke(app, ['--ledger', {str(estate.path)!r}, 'rag', 'calm']); "
        "assert 'projections.rag' in sys.modules; sys.exit('sqlalchemy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_cell_written_out_is_that_of_its_contract(own_sample: Program) -> None:
    dated = ("--as-at", "2017-07-27")
    written = [json.loads(line) for line in own_sample.done("cells", *dated, "--format", "json").stdout.splitlines()]
    shown = own_sample.json("rag", "lincolnshire-css", *dated, "--last", "2018-12", "--periods", "24")
    names = ("status", "value", "points", "multiplier", "provisional")
    by_key = {(each["kpi"], each["period"]): tuple(each[name] for name in names) for each in written}
    cells = {
        (row["kpi"], cell["period"]): tuple(cell[name] for name in names)
        for row in shown["rows"]
        for cell in row["cells"]
    }
    assert by_key
    assert by_key == {key: cells[key] for key in by_key}
    lines = own_sample.done("cells", *dated).stdout.splitlines()
    assert len(lines) == len(written) + 1


def test_cells_in_a_format_that_there_is_not_are_refused(own_sample: Program) -> None:
    result = own_sample.run("cells", "--format", "md")
    assert (result.exit_code, result.stderr) == (2, '--format: found "md"; give csv or json\n')


def test_relief_that_lasts_shows_in_every_month_that_the_contract_has_come_to(program: Program) -> None:
    granted = fact("MitigationGranted", "2025-03-01", kpi="L", first_period="2025-01", last_period=None)
    ended = fact("MitigationEnded", "2025-07-10", kpi="L", last_period="2025-01")
    program.record(contract(), kpi(weight="60"), kpi("L", weight="40"), granted)
    program.record(*results(("2025-04", "95")))
    program.record(ended)
    assert program.run("replay", "--check").exit_code == 0
    written = program.done("cells", "--as-at", "2025-07-05", "--format", "json").stdout.splitlines()
    relieved = [each["period"] for each in map(json.loads, written) if each["kpi"] == "L"]
    assert relieved == ["2025-01", "2025-02", "2025-03", "2025-04"]
    (moved,) = program.json("diff", "--from", "2025-07-05", "--to", "2025-07-10")["contracts"]
    assert [each["period"] for each in moved["cells"]] == ["2025-02", "2025-03", "2025-04"]


def test_a_contract_whose_registration_was_voided_since_is_listed_as_at_before(estate: Program) -> None:
    (idle,) = of("idle", contract())
    (undone,) = of("idle", fact("FactVoided", "2025-06-02", voids="c:contract"))
    assert estate.record(idle).exit_code == 0
    assert estate.record(undone).exit_code == 0
    assert "idle" not in ids(estate.json("contracts"))
    assert "idle" in ids(estate.json("contracts", "--as-at", "2025-05-01"))


def test_tables_changed_by_another_hand_are_a_sentence(estate: Program) -> None:
    with closing(sqlite3.connect(estate.path)) as connection:
        connection.execute("UPDATE kpis SET frequency = 'weekly'")
        connection.commit()
    result = estate.run("contracts")
    assert result.exit_code == 3
    assert "run `contract-ledger replay`" in result.stderr


def test_dates_between_which_nothing_moved_are_said_so(estate: Program) -> None:
    result = estate.done("diff", "--from", "2025-05-01", "--to", "2025-05-02")
    assert result.stderr == "No cell of any contract meant differs between the two dates.\n"


def test_what_many_contracts_show_is_the_same_from_a_file_and_from_a_database(database: str, tmp_path: Path) -> None:
    written, moved, listed = [], [], []
    both = [*results(("2025-01", "95"), ref="b_2"), *results(("2025-01", "70"), ref="B_1")]
    facts = [contract(), kpi("b_2", weight="60"), kpi("B_1", weight="40"), *both]
    for place in (str(tmp_path / "ledger.db"), database):
        one = Program(place)
        for name in ("poor", "Calm", "grim"):
            assert one.record(*of(name, *facts)).exit_code == 0
        written.append(one.done("cells").stdout)
        listed.append(one.json("contracts")["contracts"])
        with Ledger(place_of(place)) as ledger, kept_tables(ledger, writing=False) as tables:
            moved.append(sorted(moved_between(tables, date(2025, 1, 1), date(2025, 6, 1))))
            assert moved_between(tables, date(2024, 1, 1), date(2024, 6, 1)) == []
    assert written[0] == written[1]
    assert len(written[0].splitlines()) > 3
    assert moved[0] == moved[1]
    assert listed[0] == listed[1]
    assert [each["contract"] for each in listed[0]] == ["Calm", "grim", "poor"]
    assert all(each.because for each in moved[0])
    assert len(moved[0]) == 6


@pytest.mark.parametrize("kept_in", ["a file", "a database"])
def test_a_cell_that_is_gone_names_what_came_and_what_ended_it(kept_in: str, database: str, tmp_path: Path) -> None:
    place = database if kept_in == "a database" else str(tmp_path / "ledger.db")
    one = Program(place)
    back, agreed = results(("2025-01", "95"))
    undone = [fact("FactVoided", "2025-09-01", voids=each.id, by=each.by) for each in (agreed, back, kpi())]
    told = one.record(*of("poor", contract(), kpi(), back, agreed, *undone))
    assert told.exit_code == 0, told.stderr
    with Ledger(place_of(place)) as ledger, kept_tables(ledger, writing=False) as tables:
        (all_of_it,) = moved_between(tables, back.dated, date(2025, 10, 1))
        (the_end,) = moved_between(tables, date(2025, 8, 31), date(2025, 9, 1))
        assert moved_between(tables, date(2024, 12, 1), date(2025, 10, 1)) == []
    assert all_of_it.after is None
    assert the_end.after is None
    ended_by = [f"poor-{each.id}" for each in undone]
    assert all_of_it.because == [f"poor-{agreed.id}", *ended_by]
    assert the_end.because == ended_by


def test_what_a_request_makes_provisional_has_moved(program: Program) -> None:
    program.record(contract(), kpi())
    program.record(fact("MitigationRequested", "2025-03-05", kpi="K", first_period="2025-02", last_period="2025-02"))
    between = ("--from", "2025-03-01", "--to", "2025-03-31", "--format", "json")
    one, several = program.done("diff", "c", *between), program.done("diff", *between)
    (answer,) = json.loads(several.stdout)["contracts"]
    assert answer["cells"] == json.loads(one.stdout)["cells"]
    assert len(answer["cells"]) == 1


def test_the_periods_compared_are_those_of_the_contract_alone_while_nothing_is_agreed(program: Program) -> None:
    program.record(contract(), kpi(), submitted("2025-01", "95"), submitted("2025-06", "50"))
    program.record(fact("MitigationGranted", "2025-07-20", kpi="K", first_period="2025-06", last_period="2025-06"))
    between = ("--from", "2025-07-01", "--to", "2025-08-01", "--periods", "2", "--format", "json")
    one, several = program.done("diff", "c", *between), program.done("diff", *between)
    (answer,) = json.loads(several.stdout)["contracts"]
    assert answer["cells"] == json.loads(one.stdout)["cells"]
    assert answer["cells"]
