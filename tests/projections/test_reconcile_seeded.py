"""Twenty figures of a good table are changed: all twenty are reported in one run, and nothing else."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import openpyxl
import pytest

from cli.sample import contents_of
from tests.conftest import Program

if TYPE_CHECKING:
    from pathlib import Path

CONTRACT = "lincolnshire-css"
HEADER = ("table", "service", "row", "period", "published")
TERMS = contents_of("lincolnshire")["contract.toml"]
STATUSES = ("green", "amber", "red", "mitigated")
ASKED = ("--as-at", "2017-10-26", "--last", "2017-08", "--periods", "6")


class Figure(NamedTuple):
    """A figure of an outside table; `sort` is how it is written in a workbook, and how it may be wrong."""

    sort: str
    table: str
    service: str
    row: str
    period: str
    published: str


@pytest.fixture(scope="module")
def priced(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Return the sample ledger with a price for a point, so that credits are shown too."""
    folder = tmp_path_factory.mktemp("priced")
    terms = TERMS.replace(b"[scheme]\n", b'[scheme]\npounds_per_point = "24.995"\n', 1)
    (folder / "contract.toml").write_bytes(terms)
    (folder / "facts.jsonl").write_bytes(contents_of("lincolnshire")["facts.jsonl"])
    program = Program(folder / "ledger.db")
    program.done("register", str(folder / "contract.toml"))
    program.done("record", str(folder / "facts.jsonl"))
    return program


@pytest.fixture(scope="module")
def good(priced: Program) -> list[Figure]:
    """Return every figure that the views show: counts, values, statuses, points and credits."""
    figures = [
        Figure("count", "1", each["service"], row, period["period"], str(period[row]))
        for each in priced.json("summary", CONTRACT, *ASKED)["services"]
        for period in each["periods"]
        for row in (*STATUSES, "total")
    ]
    units = {each["ref"]: each.get("unit") for each in tomllib.loads(TERMS.decode())["kpi"]}
    for row in priced.json("rag", CONTRACT, *ASKED)["rows"]:
        for cell in row["cells"]:
            where = (row["service"], row["kpi"], cell["period"])
            if cell["status"] not in STATUSES:
                continue
            figures.append(Figure("status", "Statuses", *where, cell["status"]))
            figures.append(Figure("points", "Points", where[0], f"{where[1]} points", where[2], cell["points"]))
            if cell["value"] is not None:
                sort = "percent" if units[row["kpi"]] == "percent" else "value"
                figures.append(Figure(sort, "A", *where, cell["value"]))
    for period in priced.json("abatement", CONTRACT, *ASKED)["periods"]:
        where = ("1b", "ALL")
        names = ("gross_points", "relieved_points", "net_points")
        figures += [Figure("points", *where, name, period["period"], period[name]) for name in names]
        pounds = f"{Decimal(period['service_credit']).quantize(Decimal('0.01'), 'ROUND_HALF_UP'):,f}"
        figures.append(Figure("credit", *where, "service_credit", period["period"], f"£{pounds}"))
    return figures


def wrong(figure: Figure, random: Random) -> Figure:
    """Return a figure with another figure printed in its place."""
    match figure.sort:
        case "count":
            was = int(figure.published)
            published = str(random.choice([each for each in (was - 1, was + 1, was + 10) if each >= 0]))
        case "status":
            published = random.choice([each for each in STATUSES if each != figure.published])
        case "credit":
            amount = Decimal(figure.published.replace(",", "").strip("£")) + random.choice(
                [Decimal("0.01"), Decimal(-1), Decimal(1000)]
            )
            published = f"£{amount:,f}"
        case _:
            step = random.choice([Decimal("0.01"), Decimal("-0.1"), Decimal(10), Decimal("0.5")])
            published = f"{Decimal(figure.published) + step:f}"
    return figure._replace(published=published)


def as_csv(figures: list[Figure]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEADER, *(figure[1:] for figure in figures)])
    return out.getvalue().encode()


def as_workbook(figures: list[Figure]) -> bytes:
    """Return a workbook with numbers as numbers, percentages as percentages and months as dates."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Published"
    sheet.append(HEADER)
    for number, figure in enumerate(figures, 2):
        year, month = map(int, figure.period.split("-"))
        sheet.append((figure.table, figure.service, figure.row, datetime(year, month, 1), None))  # noqa: DTZ001 - a spreadsheet's dates have no zone
        cell = sheet.cell(number, 5)
        text = figure.published.replace(",", "").strip("£")
        if figure.sort == "status":
            cell.value = figure.published
            continue
        decimals = len(text.partition(".")[2])
        places = f".{'0' * decimals}" if decimals else ""
        cell.value = float(Decimal(text) / 100) if figure.sort == "percent" else float(text)
        cell.number_format = {"percent": f"0{places}%", "credit": f'"£"#,##0{places}'}.get(figure.sort, f"0{places}")
    book.create_sheet("Notes").append(("Drawn from the ledger",))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def reconciled(program: Program, folder: Path, name: str, content: bytes) -> tuple[int, dict[str, object]]:
    file = folder / name
    file.write_bytes(content)
    result = program.run("reconcile", CONTRACT, str(file), "--as-at", "2017-10-26", "--format", "json")
    assert result.exit_code in (0, 1), result.stderr
    return result.exit_code, json.loads(result.stdout)


def keys(figures: list[Figure]) -> set[tuple[str, ...]]:
    return {figure[1:5] for figure in figures}


@pytest.mark.parametrize("write", [as_csv, as_workbook], ids=["csv", "xlsx"])
def test_what_the_views_show_agrees_whole(priced: Program, good: list[Figure], tmp_path: Path, write) -> None:
    name = "table.csv" if write is as_csv else "table.xlsx"
    assert len(good) > 900
    status, found = reconciled(priced, tmp_path, name, write(good))
    assert (status, found["checked"], found["differences"]) == (0, len(good), [])


@pytest.mark.parametrize("write", [as_csv, as_workbook], ids=["csv", "xlsx"])
@pytest.mark.parametrize("seed", range(6))
def test_twenty_seeded_errors_are_all_reported_and_nothing_else(
    priced: Program, good: list[Figure], tmp_path: Path, write, seed: int
) -> None:
    random = Random(seed)
    by_sort: dict[str, list[int]] = {}
    for place, figure in enumerate(good):
        by_sort.setdefault(figure.sort, []).append(place)
    assert set(by_sort) == {"count", "status", "value", "percent", "points", "credit"}
    chosen = [place for places in by_sort.values() for place in random.sample(places, 2)]
    others = [place for place in range(len(good)) if place not in chosen]
    chosen += random.sample(others, 20 - len(chosen))
    table = [wrong(figure, random) if place in chosen else figure for place, figure in enumerate(good)]
    random.shuffle(table)

    name = "table.csv" if write is as_csv else "table.xlsx"
    status, found = reconciled(priced, tmp_path, name, write(table))
    differences = found["differences"]
    assert (status, found["checked"], len(differences)) == (1, len(good), 20)
    assert {tuple(each[name] for name in HEADER[:4]) for each in differences} == keys([good[each] for each in chosen])
    assert all(each["explanations"] for each in differences)
    ledger = {figure[1:5]: figure.published for figure in good}
    for each in differences:
        key = tuple(each[name] for name in HEADER[:4])
        if key[2] != "service_credit" and each["published"] not in STATUSES:
            assert Decimal(str(each["ledger"])) == Decimal(ledger[key])
