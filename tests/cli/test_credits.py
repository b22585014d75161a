"""Invoices and waivers from the command line, and the statement in every format."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from tests.given import SCHEME, contract, fact, kpi, results

if TYPE_CHECKING:
    from tests.conftest import Program

TRIGGERS = [{"name": "notice", "points": "250", "within": 2}]


@pytest.fixture
def ours(program: Program) -> Program:
    """Return a ledger of two red months: £1,000 and £1,500."""
    terms = contract({**SCHEME, "pounds_per_point": "10.00004", "triggers": TRIGGERS})
    program.record(terms, kpi(), *results(("2025-01", "70"), ("2025-02", "70")))
    return program


def invoice(program: Program, name: str, *more: str) -> str:
    return program.done("invoice-credit", "c", name, *more, "--by", "P").stderr


def test_an_invoice_credits_what_the_ledger_gives_to_the_penny(ours: Program) -> None:
    told = invoice(ours, "INV-1", "2025-01", "--until", "2025-02", "--dated", "2025-03-25")
    assert "INV-1 credits £2,500.01, as the ledger gives it." in told
    assert "Warning" not in told
    rows = ours.json("credits", "c", "--last", "2025-02", "--periods", "2")["periods"]
    assert [(row["service_credit"], row["invoiced"]) for row in rows] == [
        ("1000.004", None),
        ("1500.006", "2500.01"),
    ]


def test_another_amount_is_taken_with_a_warning_that_says_both(ours: Program) -> None:
    told = invoice(ours, "INV-1", "2025-01", "--dated", "2025-02-25", "--amount", "900")
    assert "Warning: the invoice INV-1 credits £900.00, and the ledger gives £1,000.00" in told
    invoiced = fact(
        "CreditInvoiced", "2025-03-25", invoice="INV-2", first_period="2025-02", last_period="2025-02", amount="1"
    )
    assert "INV-2 credits £1.00, and the ledger gives £1,600.01" in ours.record(invoiced).stderr


def test_a_waiver_of_more_than_there_is_is_taken_with_a_warning(ours: Program) -> None:
    told = ours.done(
        "waive-credit", "c", "2025-01", "--amount", "2000", "--reason", "Goodwill", "--dated", "2025-02-25", "--by", "A"
    )
    assert "£2,000.00 of the credit of Jan-25 is waived, and it is £1,000.00; no more than that counts" in told.stderr


def test_a_dry_run_says_what_the_invoice_would_be_and_records_nothing(ours: Program) -> None:
    assert "INV-1 credits" in invoice(ours, "INV-1", "2025-01", "--dated", "2025-02-25", "--dry-run")
    assert ours.json("credits", "c", "--last", "2025-01", "--periods", "1")["periods"][0]["invoice"] is None


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("2025-1",), "PERIOD: found"),
        (("2025-01", "--until", "soon"), "--until: found"),
        (("2025-01", "--dated", "yesterday"), "--dated: found"),
        (("2025-01", "--amount", "much"), "amount: found"),
        (("2024-12",), "the credit of Dec-24 is not known; give --amount"),
        (("2025-02", "--until", "2025-01"), "give a period from 2025-02 on"),
    ],
)
def test_an_invoice_that_is_none_is_refused_in_a_sentence(
    ours: Program, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = ours.run("invoice-credit", "c", "INV-1", *arguments, "--by", "P")
    assert refused.exit_code == 2
    assert sentence in refused.stderr


def test_a_spreadsheet_gets_the_statement_alone(ours: Program) -> None:
    asked = ("credits", "c", "--last", "2025-02", "--periods", "2", "--format")
    rows = list(csv.reader(io.StringIO(ours.done(*asked, "csv").stdout)))
    assert [row[0] for row in rows] == ["Period", "Jan-25", "Feb-25"]
    assert {len(row) for row in rows} == {len(rows[0])}
    for output in ("table", "md"):
        told = ours.done(*asked, output).stdout
        assert "Triggers: points of the periods up to each" in told
        assert "does not count towards triggers" in told


def test_a_month_whose_results_are_not_in_says_so_and_is_invoiced_with_a_warning(ours: Program) -> None:
    told = invoice(ours, "INV-1", "2025-03", "--dated", "2025-04-25")
    assert "Warning: the invoice INV-1 does not wait for results that are not in or not agreed: K" in told
    shown = ours.done("credits", "c", "--last", "2025-03", "--periods", "2", "--format", "md").stdout
    assert "1 result not in or not agreed" in shown
