"""Formulas: how they are read, what they come to, and what of them is refused."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.formula import MOST_CHARACTERS, compared, read_formula, shown

AMOUNTS = {name: Decimal(amount) for name, amount in {"A": 30, "B": 40, "C": "0.5", "x": 6, "y": 8}.items()}
PLAIN = {"÷": "/", "×": "*", "−": "-", "+": "+"}


@pytest.mark.parametrize(
    ("printed", "form", "outturn"),
    [
        ("(A ÷ B) x 100 = %outturn", "A ÷ B × 100", "75"),
        ("(x/y) x 100 = % outturn", "x ÷ y × 100", "75"),
        ("(x/y)X100", "x ÷ y × 100", "75"),
        ("x x x", "x × x", "36"),
        ("(A + B) ÷ C x 100 = % outturn", "(A + B) ÷ C × 100", "14000"),
        ("A/((B+C)/2)*100", "A ÷ ((B + C) ÷ 2) × 100", "6000/40.5"),
        ("A - (B – C)", "A − (B − C)", "-9.5"),
        ("A − B − C", "A − B − C", "-10.5"),
        ("A / (B / C)", "A ÷ (B ÷ C)", "0.375"),
        ("A / B * C", "A ÷ B × C", "0.375"),
        ("100", "100", "100"),
        ("((A))", "A", "30"),
        (" A\n÷\tB ", "A ÷ B", "0.75"),
    ],
)
def test_a_printed_formula_is_read_and_worked_out(printed: str, form: str, outturn: str) -> None:
    formula = read_formula(printed)
    assert formula.text == form
    assert read_formula(form).text == form
    above, _, below = outturn.partition("/")
    assert formula.worked_out(AMOUNTS).value == Fraction(above) / Fraction(below or 1)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("(A ÷ ((B+C)/2) x 100 = % Staff turnover", 'the bracket "(", character 1, is never closed'),
        ("(A + (B)", 'the bracket "(", character 1, is never closed'),
        ("A/B)", 'the bracket ")", character 4, closes none'),
        (")", 'the bracket ")", character 1, closes none'),
        ("A ()", 'two values stand in a row, "A" and "(", character 3; put + − × or ÷ between them'),
        ("()", "hold nothing"),
        ("A B", 'two values stand in a row, "A" and "B", character 3'),
        ("(A)(B)", 'two values stand in a row, "(A)" and "(", character 4'),
        ("A xB", 'two values stand in a row, "A" and "xB"'),
        ("A x", 'nothing follows "×", character 3'),
        ("A ** B", '"*", character 4, follows "×", where a value is due'),
        ("-A", '"-", character 1, stands first, where a value is due'),
        ("(A + )", '")", character 6, follows "+", where a value is due'),
        ("A / B %", 'found "%", character 7; leave it out, or put it in the label after ='),
        ("A / 0", '"÷", character 3, divides by 0'),
        ("A, B", 'found ",", character 2, which a formula cannot hold'),
        ("$(A", 'found "$", character 1, which a formula cannot hold'),
        ("٣ + A", 'found "٣", character 1'),
        ("A + 1e5", 'two values stand in a row, "1" and "e5"'),
        ("", "it is empty"),
        ("= % outturn", "there is no formula before the label"),
        ("9" * 31, "give a number of at most 30 digits"),
        ("A" * (MOST_CHARACTERS + 1), "has 401 characters; give at most 400"),
        ("A" + "*A" * 12, "at most 12 factors"),
        ("(" * 400, "nothing follows"),
    ],
)
def test_a_formula_that_cannot_be_read_is_refused_with_what_was_found(printed: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"[;]") as refused:
        read_formula(printed)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("printed", "operations"),
    [
        ("(" * 199 + "A" + ")" * 199, 0),
        ("A-(" * 99 + "A" + ")" * 99, 99),
        ("A" + "+B" * 199, 199),
    ],
)
def test_a_formula_may_be_as_deep_as_its_length_allows(printed: str, operations: int) -> None:
    assert len(printed) <= MOST_CHARACTERS
    assert len(read_formula(printed).operations) == operations


def test_what_reads_no_formula_starts_without_the_library_that_reads_them() -> None:
    program = "import sys, cli.main, ledger.components; sys.exit('lark' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_a_formula_tells_its_names_its_denominators_and_its_label() -> None:
    formula = read_formula("(A + B) ÷ C ÷ 2 x 100 ÷ C = % outturn")
    assert formula.names == ("A", "B", "C")
    assert formula.denominators == ("C",), "2 is never 0"
    assert formula.label == "% outturn"


def test_each_step_tells_its_operands_and_its_result() -> None:
    steps = read_formula("A/((B+C)/2)*100").worked_out(AMOUNTS).steps
    assert [(each.left.text, each.symbol, each.right.text) for each in steps] == [
        ("B", "+", "C"),
        ("B + C", "÷", "2"),
        ("A", "÷", "(B + C) ÷ 2"),
        ("A ÷ ((B + C) ÷ 2)", "×", "100"),
    ]
    assert [each.result for each in steps] == [
        Fraction("40.5"), Fraction("20.25"), Fraction(3000, 2025), Fraction(300000, 2025),
    ]  # fmt: skip


def test_where_a_denominator_is_0_the_last_step_is_the_division_that_could_not_be_made() -> None:
    found = read_formula("A/(B-C)*100").worked_out({"A": Decimal(1), "B": Decimal(2), "C": Decimal("2.0")})
    assert (found.value, found.no_denominator) == (None, "B − C")
    assert (found.steps[-1].symbol, found.steps[-1].right.text, found.steps[-1].result) == ("÷", "B − C", None)
    assert len(found.steps) == 2


@pytest.mark.parametrize(
    ("outturn", "expected"),
    [
        (Fraction(75, 2), "37.5"),
        (Fraction(0), "0"),
        (Fraction(1000), "1000"),
        (Fraction(10) ** 40, "1" + "0" * 40),
        (Fraction(200, 3), "66.66666666666666666666666667"),
        (Fraction(-1, 3), "-0.3333333333333333333333333333"),
        (1 + Fraction(1, 10**27), "1.000000000000000000000000001"),
        (1 + Fraction(5, 10**28), "1"),
        (1 + Fraction(15, 10**28), "1.000000000000000000000000002"),
    ],
)
def test_an_outturn_is_shown_exactly_within_28_digits_and_else_rounded_half_to_even(
    outturn: Fraction, expected: str
) -> None:
    assert f"{shown(outturn):f}" == expected


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**400))
def test_comparing_never_rounds_an_outturn_onto_a_level_it_misses(level: int, below: int) -> None:
    near = Fraction(level) - Fraction(1, below)
    assert compared(near) < level < compared(Fraction(level) + Fraction(1, below))
    assert compared(Fraction(level)) == level


_NAMES = st.sampled_from(["A", "B", "C", "x", "y", "2", "100", "0.5"])
_PRINTED = st.recursive(
    _NAMES, lambda inner: st.tuples(inner, st.sampled_from(list(PLAIN)), inner).map("({0[0]} {0[1]} {0[2]})".format)
)


@given(_PRINTED)
def test_a_formula_comes_to_what_python_makes_of_it_and_its_one_form_to_the_same(printed: str) -> None:
    try:
        formula = read_formula(printed)
    except ValueError as refused:
        assert "at most" in str(refused)  # noqa: PT017 - only the limits may refuse what is drawn
        return
    amounts = {name: Fraction(amount) for name, amount in AMOUNTS.items()}
    try:
        expected = _python(printed, amounts)
    except ZeroDivisionError:
        expected = None
    assert formula.worked_out(AMOUNTS).value == expected
    assert read_formula(formula.text).worked_out(AMOUNTS).value == expected


def _python(printed: str, amounts: dict[str, Fraction]) -> Fraction:
    words = [f'Fraction("{each}")' if each[0].isdigit() else PLAIN.get(each, each) for each in _words(printed)]
    found: Fraction = eval(" ".join(words), {"Fraction": Fraction, **amounts})  # noqa: S307 - drawn above, from names and numbers
    return found


def _words(printed: str) -> list[str]:
    return printed.replace("(", " ( ").replace(")", " ) ").split()
