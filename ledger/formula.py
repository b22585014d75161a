"""A KPI's printed formula over named components: read, written in one form, and worked out exactly. Pure.

A formula is held as its operations in the order they are worked out, so that each can be shown with what went
into it. Nothing here recurses, and what is read is bounded in length and degree: no formula can hang its reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_05UP, ROUND_HALF_EVEN, Context, Decimal
from difflib import get_close_matches
from fractions import Fraction
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Literal, cast

from ledger.values import EXACT, MOST_DIGITS, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lark import Lark, Token, Tree

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
_GRAMMAR = r"""
    start: sum
    ?sum: product | sum ADDING product
    ?product: value | product MULTIPLYING value
    ?value: NUMBER | NAME | "(" sum ")"

    NUMBER: /[0-9]+(\.[0-9]+)?/
    NAME: /[^\W\d]\w*/
    ADDING: /[-+−–]/
    MULTIPLYING: /[xX](?![^\W\d])|[*\/×÷∗∕⁄]/
    SPACE: /\s+/
    %ignore SPACE
"""
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
    """An operation as it was worked out; `result` is None where it divides by nothing.

    `text` is the whole operation as the formula writes it, with its brackets.
    """

    symbol: Symbol
    left: Operand
    right: Operand
    result: Fraction | None
    text: str


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

        for each, (text, _) in zip(self.operations, forms, strict=True):
            left, right = operand(each.left), operand(each.right)
            if each.symbol == "÷" and right.value == 0:
                return Derivation(None, (*steps, Step("÷", left, right, None, text)), right.text)
            result = _applied(each.symbol, left.value, right.value)
            results.append(result)
            steps.append(Step(each.symbol, left, right, result, text))
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
    formula = _formula(_parsed(body), label.strip() or None)
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


@cache
def _parser() -> Lark:
    from lark import Lark  # noqa: PLC0415 - what meets no formula starts without it

    return Lark(_GRAMMAR, parser="lalr", lexer="contextual")


def _parsed(text: str) -> Tree[Token]:
    """Return what a formula says as a tree of operations, each with its left, its symbol and its right."""
    from lark import Token, UnexpectedCharacters, UnexpectedToken  # noqa: PLC0415

    try:
        return _parser().parse(text)
    except UnexpectedCharacters as error:
        found = f'found "{error.char}", character {cast("int", error.pos_in_stream) + 1}'
        if error.char == "%" and "NAME" not in error.allowed:
            raise ValueError(f"{found}; leave it out, or put it in the label after =") from None
        raise ValueError(f"{found}, which a formula cannot hold; {_WRITE}") from None
    except UnexpectedToken as error:
        held = [each for each in error.interactive_parser.parser_state.value_stack if isinstance(each, Token)]
        misplaced = _no_value(error.token, held) if "NAME" in error.expected else _no_operator(error.token, held, text)
        raise ValueError(misplaced) from None


def _no_value(found: Token, held: list[Token]) -> str:
    """Say what stands where a value is due, after what the parser holds."""
    before = _SYMBOLS.get(held[-1], "(") if held else None
    if found.type == "$END":
        return f'nothing follows "{before}", {_at(held[-1])}; give a number or a component after it'
    if found == ")" and "(" not in held:
        return f'the bracket ")", {_at(found)}, closes none; leave it out, or open it'
    if found == ")" and before == "(":
        return f'the brackets that ")", {_at(found)}, closes hold nothing; give a number or a component in them'
    stands = f'follows "{before}"' if before else "stands first"
    return f'"{found}", {_at(found)}, {stands}, where a value is due; give a number or a component before it'


def _no_operator(found: Token, held: list[Token], text: str) -> str:
    """Say what stands where an operator is due, or an end that comes too early."""
    if found.type == "$END":
        opened = next(each for each in held if each == "(")
        return f'the bracket "(", {_at(opened)}, is never closed; put its ")" where it belongs'
    if found == ")":
        return f'the bracket ")", {_at(found)}, closes none; leave it out, or open it'
    before = text[: found.start_pos].rsplit(maxsplit=1)[-1]
    return f'two values stand in a row, "{before}" and "{found}", {_at(found)}; put + − × or ÷ between them'


def _at(token: Token) -> str:
    assert token.start_pos is not None
    return f"character {token.start_pos + 1}"


def _formula(tree: Tree[Token], label: str | None) -> Formula:
    """Return a tree's operations in the order they are worked out: left before right, and both before their own."""
    order: list[Tree[Token] | Token] = []
    waiting = tree.children[:1]
    while waiting:
        order.append(each := waiting.pop())
        waiting += [] if isinstance(each, str) else each.children[::2]
    operations: list[Operation] = []
    terms: list[Term] = []
    for each in reversed(order):
        if isinstance(each, str):
            terms.append(_term(each))
            continue
        right, left = terms.pop(), terms.pop()
        operations.append(_operation(left, cast("Token", each.children[1]), right))
        terms.append(Result(len(operations) - 1))
    names = dict.fromkeys(str(each) for each in reversed(order) if isinstance(each, str) and each.type == "NAME")
    return Formula(tuple(operations), terms[0], tuple(names), label)


def _term(token: Token) -> Number | Component:
    if token.type == "NAME":
        return Component(str(token))
    if len(token.replace(".", "")) > MOST_DIGITS:
        raise ValueError(f'found "{token}", {_at(token)}; give a number of at most {MOST_DIGITS} digits')
    return Number(str(token))


def _operation(left: Term, token: Token, right: Term) -> Operation:
    symbol = _SYMBOLS[token]
    if symbol == "÷" and isinstance(right, Number) and right.value == 0:
        raise ValueError(f'"÷", {_at(token)}, divides by 0; give what it divides by')
    return Operation(symbol, left, right)


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
