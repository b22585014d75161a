"""A KPI's printed formula over named components: read, written in one form, and worked out exactly. Pure.

A formula is held as its operations in the order they are worked out, so that each can be shown with what went
into it. Nothing here recurses, and what is read is bounded in length and degree: no formula can hang its reader.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_05UP, ROUND_HALF_EVEN, Context, Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from ledger.values import EXACT, MOST_DIGITS, plain

Symbol = Literal["+", "−", "×", "÷"]

MOST_CHARACTERS = 400
MOST_DEGREES = 12
SHOWN_DIGITS = 28
_SHOWN = Context(prec=SHOWN_DIGITS, rounding=ROUND_HALF_EVEN)
_COMPARED = Context(prec=EXACT.prec, rounding=ROUND_05UP)
_SYMBOLS: dict[str, Symbol] = {
    "+": "+", "-": "−", "−": "−", "–": "−",
    "*": "×", "×": "×", "∗": "×", "x": "×", "X": "×",
    "/": "÷", "÷": "÷", "∕": "÷", "⁄": "÷",
}  # fmt: skip
_BINDS = {"+": 1, "−": 1, "×": 2, "÷": 2}
_SPACE = re.compile(r"\s*")
_VALUE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<name>[^\W\d]\w*)")
_OPERATOR = re.compile(r"[xX](?![^\W\d])|[-+*/×÷−–∗∕⁄]")
_WRITE = "write numbers, components, + − × ÷ and round brackets, and a label only after ="


@dataclass(frozen=True, slots=True)
class Number:
    """A number that the formula prints."""

    text: str

    @property
    def value(self) -> Fraction:
        """Return the number, exactly."""
        return Fraction(self.text)


@dataclass(frozen=True, slots=True)
class Component:
    """A component that the formula names."""

    name: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an earlier operation, by its place among them, from 0 on."""

    operation: int


Term = Number | Component | Result


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a formula."""

    symbol: Symbol
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Operand:
    """What goes into a step: how the formula writes it (`B`, `100`, `B + C`), and its value."""

    text: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Step:
    """An operation as it was worked out; `result` is None where it divides by nothing."""

    symbol: Symbol
    left: Operand
    right: Operand
    result: Fraction | None


@dataclass(frozen=True, slots=True)
class Derivation:
    """An outturn and how it came about, step by step.

    `value` is None where a denominator is 0; then `no_denominator` is that denominator as the formula writes it,
    and the last step is the division that could not be made.
    """

    value: Fraction | None
    steps: tuple[Step, ...]
    no_denominator: str | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read: its operations in the order they are worked out, and the term that is its outturn.

    `names` are the components it names, each once, as it is read. `label` is what is printed after `=`, if anything is.
    """

    operations: tuple[Operation, ...]
    outturn: Term
    names: tuple[str, ...]
    label: str | None = None

    @property
    def denominators(self) -> tuple[str, ...]:
        """Return what the formula divides by and a return may make 0, as it writes them, each once."""
        divisors = [each.right for each in self.operations if each.symbol == "÷"]
        return tuple(dict.fromkeys(self.written(each) for each in divisors if self._varies(each)))

    @property
    def text(self) -> str:
        """Return the formula in its one form: no bracket too many, `−`, `×` and `÷`, and no label."""
        return self.written(self.outturn)

    def written(self, term: Term) -> str:
        """Return a term as the formula's one form writes it."""
        return self._forms()[term.operation][0] if isinstance(term, Result) else _leaf(term)

    def _forms(self) -> list[tuple[str, int]]:
        """Return each operation's text and how strongly it binds."""
        forms: list[tuple[str, int]] = []
        for each in self.operations:
            binds = _BINDS[each.symbol]
            left, right = (
                forms[term.operation] if isinstance(term, Result) else (_leaf(term), 3)
                for term in (each.left, each.right)
            )
            before = f"({left[0]})" if left[1] < binds else left[0]
            after = f"({right[0]})" if right[1] <= binds else right[0]
            forms.append((f"{before} {each.symbol} {after}", binds))
        return forms

    def _varies(self, term: Term) -> bool:
        """Say whether a term's value hangs on a component."""
        varying: list[bool] = []
        for each in self.operations:
            terms = (each.left, each.right)
            varying.append(any(varying[t.operation] if isinstance(t, Result) else _is_named(t) for t in terms))
        return varying[term.operation] if isinstance(term, Result) else _is_named(term)

    def worked_out(self, amounts: Mapping[str, Decimal]) -> Derivation:
        """Return the outturn for these amounts, exactly, with its steps.

        Raises:
            KeyError: if a component that the formula names has no amount.
        """
        steps: list[Step] = []
        results: list[Fraction] = []
        forms = self._forms()

        def operand(term: Term) -> Operand:
            match term:
                case Result(place):
                    return Operand(forms[place][0], results[place])
                case Component(name):
                    return Operand(name, Fraction(amounts[name]))
                case Number(text):
                    return Operand(text, Fraction(text))

        for each in self.operations:
            left, right = operand(each.left), operand(each.right)
            if each.symbol == "÷" and right.value == 0:
                return Derivation(None, (*steps, Step("÷", left, right, None)), right.text)
            result = _applied(each.symbol, left.value, right.value)
            results.append(result)
            steps.append(Step(each.symbol, left, right, result))
        return Derivation(operand(self.outturn).value, tuple(steps))


def _is_named(term: Term) -> bool:
    return isinstance(term, Component)


def _leaf(term: Number | Component) -> str:
    return term.text if isinstance(term, Number) else term.name


def _applied(symbol: Symbol, left: Fraction, right: Fraction) -> Fraction:
    match symbol:
        case "+":
            return left + right
        case "−":
            return left - right
        case "×":
            return left * right
        case "÷":
            return left / right


def shown(outturn: Fraction) -> Decimal:
    """Return an outturn as it is shown: exactly where its decimals end within 28 significant digits, else rounded.

    >>> shown(Fraction(75, 2)), shown(Fraction(200, 3)), shown(Fraction(1000))
    (Decimal('37.5'), Decimal('66.66666666666666666666666667'), Decimal('1000'))
    """
    return Decimal(plain(_SHOWN.divide(Decimal(outturn.numerator), Decimal(outturn.denominator))))


def compared(outturn: Fraction) -> Decimal:
    """Return an outturn as it is compared with levels: at 400 digits, and never rounded onto a level it misses.

    >>> compared(Fraction(200, 3)) > Decimal("66.66666666666666666666666667")
    False
    """
    return _COMPARED.divide(Decimal(outturn.numerator), Decimal(outturn.denominator))


@lru_cache(maxsize=1024)
def read_formula(text: str) -> Formula:
    """Read a printed formula: `(A + B) ÷ C x 100 = % outturn`.

    `x` is times between two values and the component `x` where a value is due. What follows `=` is a label.

    Raises:
        ValueError: if it cannot be read, with a sentence that says what was found and what would do.

    >>> read_formula("(x/y) x 100 = % outturn").text
    'x ÷ y × 100'
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"the formula has {len(text)} characters; give at most {MOST_CHARACTERS}")
    body, equals, label = text.partition("=")
    if not body.strip():
        raise ValueError(f"there is no formula before the label; {_WRITE}" if equals else f"it is empty; {_WRITE}")
    reader = _Reader(body)
    outturn = reader.read()
    formula = Formula(tuple(reader.operations), outturn, tuple(dict.fromkeys(reader.names)), label.strip() or None)
    _check_degree(formula)
    return formula


def unknown_names(formula: Formula, known: Mapping[str, object]) -> list[str]:
    """Say of each name in a formula that is no component what would do.

    >>> unknown_names(read_formula("a / B"), {"A": "new", "B": "all"})
    ['names a, which is no component; did you mean A?']
    """
    found = []
    for name in (name for name in formula.names if name not in known):
        folded = {each.casefold(): each for each in known}
        near = get_close_matches(name.casefold(), folded, n=1)
        hint = f"did you mean {folded[near[0]]}?" if near else f"the components are {', '.join(known) or 'none'}"
        found.append(f"names {name}, which is no component; {hint}")
    return found


class _Reader:
    """A formula as it is read from left to right: values and operators by turns, brackets around them."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.operations: list[Operation] = []
        self.names: list[str] = []
        self.values: list[Term] = []
        self.waiting: list[tuple[str, int]] = []

    def read(self) -> Term:
        place, due = self._after_space(0), "value"
        while place < len(self.text):
            place, due = self._value(place) if due == "value" else self._operator(place)
            place = self._after_space(place)
        if due == "value":
            symbol, at = self.waiting[-1]
            raise ValueError(f'nothing follows "{symbol}", {_at(at)}; give a number or a component after it')
        while self.waiting:
            symbol, at = self.waiting[-1]
            if symbol == "(":
                opened = next(at for symbol, at in self.waiting if symbol == "(")
                raise ValueError(f'the bracket "(", {_at(opened)}, is never closed; put its ")" where it belongs')
            self._apply()
        return self.values[-1]

    def _after_space(self, place: int) -> int:
        space = _SPACE.match(self.text, place)
        return space.end() if space else place

    def _value(self, place: int) -> tuple[int, str]:
        if self.text[place] == "(":
            self.waiting.append(("(", place))
            return place + 1, "value"
        found = _VALUE.match(self.text, place)
        if found is None:
            raise ValueError(self._misplaced(place))
        if found["number"] is None:
            self.names.append(found["name"])
            self.values.append(Component(found["name"]))
        else:
            number = found["number"]
            if len(number.replace(".", "")) > MOST_DIGITS:
                raise ValueError(f'found "{number}", {_at(place)}; give a number of at most {MOST_DIGITS} digits')
            self.values.append(Number(number))
        return found.end(), "operator"

    def _misplaced(self, place: int) -> str:
        """Say what stands where a value is due."""
        found, named = self.text[place], f'"{self.text[place]}", {_at(place)}'
        if found == ")" and not any(symbol == "(" for symbol, _ in self.waiting):
            return f'the bracket ")", {_at(place)}, closes none; leave it out, or open it'
        if found == ")" and self.waiting[-1][0] == "(":
            return f"the brackets that {named}, closes hold nothing; give a number or a component in them"
        if found in _SYMBOLS or found == ")":
            before = f'follows "{self.waiting[-1][0]}"' if self.waiting else "stands first"
            return f"{named}, {before}, where a value is due; give a number or a component before it"
        return f"found {named}, which a formula cannot hold; {_WRITE}"

    def _operator(self, place: int) -> tuple[int, str]:
        if self.text[place] == ")":
            self._close(place)
            return place + 1, "operator"
        found = _OPERATOR.match(self.text, place)
        if found is None:
            raise ValueError(self._no_operator(place))
        symbol = _SYMBOLS[found[0]]
        while self.waiting and self.waiting[-1][0] != "(" and _BINDS[self.waiting[-1][0]] >= _BINDS[symbol]:
            self._apply()
        self.waiting.append((symbol, place))
        return found.end(), "value"

    def _no_operator(self, place: int) -> str:
        """Say what stands where an operator is due."""
        value = _VALUE.match(self.text, place)
        found = value[0] if value else self.text[place]
        if value or found == "(":
            before = self.text[:place].split()[-1]
            return f'two values stand in a row, "{before}" and "{found}", {_at(place)}; put + − × or ÷ between them'
        if found == "%":
            return f'found "%", {_at(place)}; leave it out, or put it in the label after ='
        return f'found "{found}", {_at(place)}, which a formula cannot hold; {_WRITE}'

    def _close(self, place: int) -> None:
        while self.waiting and self.waiting[-1][0] != "(":
            self._apply()
        if not self.waiting:
            raise ValueError(f'the bracket ")", {_at(place)}, closes none; leave it out, or open it')
        self.waiting.pop()

    def _apply(self) -> None:
        symbol, at = self.waiting.pop()
        right, left = self.values.pop(), self.values.pop()
        if symbol == "÷" and isinstance(right, Number) and right.value == 0:
            raise ValueError(f'"÷", {_at(at)}, divides by 0; give what it divides by')
        self.operations.append(Operation(_SYMBOLS[symbol], left, right))
        self.values.append(Result(len(self.operations) - 1))


def _at(place: int) -> str:
    return f"character {place + 1}"


def _check_degree(formula: Formula) -> None:
    """Refuse a formula whose outturn might be too large, or too near a level, to be compared at 400 digits."""
    for top, bottom in _degrees(formula.operations):
        if top + bottom > MOST_DEGREES:
            most = f"at most {MOST_DEGREES} factors may be multiplied and divided with one another"
            raise ValueError(f"the formula multiplies and divides too much; {most}")


def _degrees(operations: tuple[Operation, ...]) -> Iterator[tuple[int, int]]:
    """Yield the degrees of each operation's result, as one fraction: above the line, and below it."""
    degrees: list[tuple[int, int]] = []
    for each in operations:
        (left, under_left), (right, under_right) = (
            degrees[term.operation] if isinstance(term, Result) else (1, 0) for term in (each.left, each.right)
        )
        match each.symbol:
            case "+" | "−":
                degree = (max(left + under_right, right + under_left), under_left + under_right)
            case "×":
                degree = (left + right, under_left + under_right)
            case "÷":
                degree = (left + under_right, under_left + right)
        degrees.append(degree)
        yield degree
