"""What of the other providers' results one provider may be shown: no more than that nobody's can be made out.

A figure is released, and stands until another is. The walk from release to release follows the ledger as it took the
facts, from one recording to the next, so that what was shown at any time is one of its releases, and no two of them
differ by less than the results of several providers.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from ledger.components import formula_of
from ledger.formula import Derivation, Formula, Number, Operation, Result, Term
from ledger.levels import OUTSIDE
from ledger.parts import Framework
from ledger.period import Frequency, Month
from projections.cells import level_in_force, verdict
from projections.market_figure import Amounts, contribution, summed, way_of_judging, way_of_measuring
from projections.market_measures import Member
from projections.points import UNDECIDED
from projections.result import fold
from projections.standing import Standing, stand

if TYPE_CHECKING:
    from ledger.recorded import Recorded

Known = tuple[tuple[str, Decimal], ...]


class State(NamedTuple):
    """What a contract had of a measure in a period after a recording: nothing to wait for, and what it gives."""

    settled: bool
    given: Known | None
    formula: Formula | None
    measured: tuple[object, ...]
    judged: tuple[object, ...] | None


@dataclass(frozen=True, slots=True)
class Release:
    """A figure of others that may be shown, and what it is made of, by contract.

    `measured` and `judged` say how all of them were measured and judged; `judged` is None where they were not alike,
    or nothing is judged.
    """

    at: datetime
    given: Mapping[str, Known]
    derivation: Derivation
    measured: tuple[object, ...]
    judged: tuple[object, ...] | None


def releases(
    others: Sequence[Member], ref: str, frequency: Frequency, periods: Sequence[Month], rules: Framework
) -> dict[Month, list[Release]]:
    """Return the figures of others released by the moment of their questions, in order, for each period.

    Args:
        others: the contracts of the other providers.
        ref: the reference of the KPI.
        frequency: the length of its periods.
        periods: the periods asked for.
        rules: the terms of the framework.
    """
    walks = {member.contract: list(_recordings(member, ref, frequency, periods)) for member in others}
    end = min((at for walk in walks.values() for at, states in walk if states is None), default=None)
    provider = {member.contract: member.provider.code for member in others}
    turns: dict[datetime, dict[str, dict[Month, State]]] = {}
    for contract, walk in walks.items():
        for at, states in walk:
            if states is not None and (end is None or at < end):
                turns.setdefault(at, {})[contract] = states
    found: dict[Month, list[Release]] = {period: [] for period in periods}
    now: dict[str, dict[Month, State]] = {}
    for at in sorted(turns):
        now |= turns[at]
        for period, earlier in found.items():
            states = {contract: states[period] for contract, states in now.items() if period in states}
            release = _release(at, states, earlier, provider, rules)
            if release is not None:
                earlier.append(release)
    return found


def _recordings(
    member: Member, ref: str, frequency: Frequency, periods: Sequence[Month]
) -> Iterator[tuple[datetime, dict[Month, State] | None]]:
    """Yield the states of a contract's measure after each recording that bears on it.

    The first that the question's date does not reach has none, and is the last: a recording is shown from its own day.
    """
    as_at = member.question.moment.as_at
    taken: list[Recorded] = []
    for at, group in groupby(member.question.split.bearing_on(ref), key=lambda each: each.recorded_at):
        together = list(group)
        if at.date() > as_at or any(each.fact.dated > as_at for each in together):
            yield at, None
            return
        taken += together
        standing = stand(taken)
        yield at, _states(standing, ref, frequency, periods) if standing else {}


def _states(standing: Standing, ref: str, frequency: Frequency, periods: Sequence[Month]) -> dict[Month, State]:
    kpi = standing.kpis.get(ref)
    if kpi is None or kpi.frequency is not frequency:
        return {}
    found = {}
    for period in periods:
        status = verdict(standing, kpi, period).status
        if status in OUTSIDE:
            continue
        judged = level_in_force(kpi, period) is not None
        settled = status not in UNDECIDED if judged else fold(kpi, period).last_return is not None
        its = contribution(kpi, period)
        formula = formula_of(kpi.introduced)
        given = None
        if its is not None and its.amounts is not None and formula is not None:
            given = tuple((name, its.amounts[name]) for name in formula.names)
        found[period] = State(settled, given, formula, way_of_measuring(kpi, period), way_of_judging(kpi, period))
    return found


def _release(
    at: datetime,
    states: Mapping[str, State],
    earlier: Sequence[Release],
    provider: Mapping[str, str],
    rules: Framework,
) -> Release | None:
    """Return what is released after a recording; None if nothing is."""
    ways = {state.measured for state in states.values()}
    if len(ways) != 1 or not all(state.settled for state in states.values()):
        return None
    formula = next(iter(states.values())).formula
    given = {contract: state.given for contract, state in states.items() if state.given is not None}
    told = {(contract, known) for release in earlier for contract, known in release.given.items()}
    fresh = {
        contract: known
        for contract, known in given.items()
        if (contract, known) not in told and any(amount for _, amount in known)
    }
    if formula is None or len({provider[contract] for contract in fresh}) < rules.fewest_providers:
        return None
    for group in (given, fresh):
        if _may_give_away(formula, _by_provider(formula, group, provider), rules.suppress_below):
            return None
    derivation = formula.worked_out(summed([dict(known) for known in given.values()], formula.names))
    judged = {state.judged for state in states.values()}
    if derivation.value is None:
        return None
    return Release(at, given, derivation, ways.pop(), judged.pop() if len(judged) == 1 else None)


def _by_provider(formula: Formula, group: Mapping[str, Known], provider: Mapping[str, str]) -> list[Amounts]:
    """Return the sums of what each provider's contracts give."""
    theirs: dict[str, list[Amounts]] = defaultdict(list)
    for contract, known in group.items():
        theirs[provider[contract]].append(dict(known))
    return [summed(each, formula.names) for each in theirs.values()]


def _may_give_away(formula: Formula, group: Sequence[Amounts], below: int) -> bool:
    """Say whether the figure of a group could give away what one of it returned: a count behind it is too small.

    The counts are each component, the numerator and denominator, and how far these are apart; the denominator is
    counted without its largest contributor, too.
    """
    sums = summed(group, formula.names)
    ratio = ratio_of(formula)
    if ratio is None:
        ordered = [Fraction(amount) for amount in sums.values()]
        apart = [abs(one - other) for place, one in enumerate(ordered) for other in ordered[place + 1 :]]
        bases = [[Fraction(amounts[name]) for amounts in group] for name in formula.names]
    else:
        above, under = (_value(formula, term, sums) for term in ratio)
        parts = [_value(formula, ratio[1], amounts) for amounts in group]
        if above is None or under is None or any(part is None for part in parts):
            return True
        ordered, apart = [*map(Fraction, sums.values()), above, under], [abs(under - above)]
        bases = [[part for part in parts if part is not None]]
    without_largest = [sum(base) - max(base) for base in bases]
    return any(count < below for count in (*ordered, *apart, *without_largest))


def ratio_of(formula: Formula) -> tuple[Term, Term] | None:
    """Return the numerator and denominator of a formula, without the numbers beside them; None if it has none.

    >>> from ledger.formula import read_formula
    >>> formula = read_formula("A / ((B + C) / 2) x 100")
    >>> [formula.written(term) for term in ratio_of(formula)]
    ['A', 'B + C']
    """
    term = _within(formula, formula.outturn, "+−×÷")
    operation = formula.operations[term.operation] if isinstance(term, Result) else None
    if operation is None or operation.symbol != "÷":
        return None
    return _within(formula, operation.left, "×÷"), _within(formula, operation.right, "×÷")


def _within(formula: Formula, term: Term, symbols: str) -> Term:
    """Return a term without the numbers that such operations apply to it."""
    while isinstance(term, Result):
        operation: Operation = formula.operations[term.operation]
        if operation.symbol not in symbols:
            break
        if isinstance(operation.right, Number):
            term = operation.left
        elif isinstance(operation.left, Number) and operation.symbol != "÷":
            term = operation.right
        else:
            break
    return term


def _value(formula: Formula, term: Term, amounts: Amounts) -> Fraction | None:
    """Return the value of a term of a formula; None where there is none."""
    needed = formula.operations[: term.operation + 1] if isinstance(term, Result) else ()
    return Formula(needed, term, formula.names).worked_out(amounts).value
