"""What the results of several contracts come to together in one period.

Where the KPI has a formula over components, that is the formula over the sums of each, worked out exactly; else the
median of the values.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal

from ledger.components import formula_of
from ledger.facts import KpiIntroduced
from ledger.formula import Derivation, Formula, compared, shown
from ledger.levels import OUTSIDE, Level, Status
from ledger.period import Month
from ledger.values import EXACT
from projections.cells import Cell, level_in_force
from projections.result import fold
from projections.standing import KpiStanding

Amounts = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one contract gives to a figure of the market: the components of its result, or only its value."""

    contract: str
    amounts: Amounts | None
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Figure:
    """What the results of a period come to together.

    `over` are the contributions it is made of, `left_out` the contracts whose value is known, but not from its
    components. `measured` counts the providers in use; `derivation` says how a pooled figure came about from the
    `sums`. Where there is no figure, or no rating, `why` says so.
    """

    how: Literal["pooled", "median"] | None
    value: Decimal | None = None
    status: Status | None = None
    over: tuple[Contribution, ...] = ()
    left_out: tuple[str, ...] = ()
    measured: int = 0
    sums: Amounts | None = None
    derivation: Derivation | None = None
    why: str | None = None


def contribution(kpi: KpiStanding, period: Month) -> Contribution | None:
    """Return what a held period gives to the market: the result that stands; of information nobody need agree it.

    None if there is no result, or none with a value or components.
    """
    result = fold(kpi, period)
    if not result.scrutinised and level_in_force(kpi, period) is not None:
        return None
    if result.outturn is not None:
        return Contribution(kpi.introduced.contract, result.outturn.amounts, result.value)
    return None if result.value is None else Contribution(kpi.introduced.contract, None, result.value)


def measured_the_same(kpis: Sequence[KpiStanding], period: Month) -> bool:
    """Say whether KPIs of several contracts measure the same: by one formula, in one unit, redefined alike."""
    return len({way_of_measuring(kpi, period) for kpi in kpis}) <= 1


def way_of_measuring(kpi: KpiStanding, period: Month) -> tuple[object, ...]:
    """Return what makes the results of two contracts the same measure."""
    terms, formula = kpi.introduced, formula_of(kpi.introduced)
    changes = [fact for _, fact in kpi.redefinitions if fact.first_period <= period]
    change = max(changes, key=lambda fact: fact.first_period, default=None)
    redefined = (change.first_period, change.change) if change else None
    return (formula.text if formula else None, terms.unit, terms.better, redefined)


def way_of_judging(kpi: KpiStanding, period: Month) -> tuple[object, ...] | None:
    """Return what makes two contracts judge a result alike; None where nothing is judged.

    What a severity is called and what it costs bear on no status, nor does a stretch target.
    """
    level, terms = level_in_force(kpi, period), kpi.introduced
    if level is None:
        return None
    bands = sorted((level.bands or {}).items())
    severities = sorted((each.status, each.text) for each in level.severities)
    return (level.tsl, level.msl, tuple(bands), tuple(severities), terms.round_first, terms.decimals)


def rated(kpi: KpiIntroduced, level: Level, outturn: Fraction) -> Status:
    """Return the status of an outturn of the market against levels that all share."""
    value = compared(outturn)
    if kpi.round_first:
        value = value.quantize(Decimal(1).scaleb(-(kpi.decimals or 0)), ROUND_HALF_UP, EXACT)
    return level.rate(value, kpi.better).status


def summed(contributions: Sequence[Amounts], names: Sequence[str]) -> dict[str, Decimal]:
    """Return the sum of each component, exactly."""
    sums = dict.fromkeys(names, Decimal(0))
    for amounts in contributions:
        for name in names:
            sums[name] = EXACT.add(sums[name], amounts[name])
    return sums


def median(values: Sequence[Decimal]) -> Decimal:
    """Return the middle of some values, half the sum of the two middle ones if their number is even.

    >>> median([Decimal(3), Decimal(1)]), median([Decimal(9), Decimal(1), Decimal("2.5")])
    (Decimal('2'), Decimal('2.5'))
    """
    ordered, half = sorted(values), len(values) // 2
    if len(ordered) % 2:
        return ordered[half]
    return EXACT.divide(EXACT.add(ordered[half - 1], ordered[half]), Decimal(2))


def middle(found: Sequence[Contribution], measured: int) -> Figure:
    """Return the median of the values, which is not rated."""
    values = [each.value for each in found if each.value is not None]
    if not values:
        return Figure(None, measured=measured, why="no value is known")
    over = tuple(each for each in found if each.value is not None)
    return Figure("median", median(values), over=over, measured=measured, why="a median is not rated")


def pooled(formula: Formula, found: Sequence[Contribution], kpis: Sequence[KpiStanding], period: Month) -> Figure:
    """Return the formula over the sums of each component, rated if all measured providers share their levels."""
    amounts = [each.amounts for each in found if each.amounts is not None]
    sums = summed(amounts, formula.names)
    derivation = formula.worked_out(sums)
    status, why = _rating(derivation, kpis, period)
    return Figure(
        "pooled",
        None if derivation.value is None else shown(derivation.value),
        status,
        over=tuple(each for each in found if each.amounts is not None),
        left_out=tuple(each.contract for each in found if each.amounts is None),
        measured=len(kpis),
        sums=sums,
        derivation=derivation,
        why=why,
    )


def _rating(derivation: Derivation, kpis: Sequence[KpiStanding], period: Month) -> tuple[Status | None, str | None]:
    if derivation.value is None:
        return None, f"there is no denominator: {derivation.no_denominator} is 0"
    level = level_in_force(kpis[0], period)
    if len({way_of_judging(kpi, period) for kpi in kpis}) > 1:
        return None, "the providers are judged against different levels"
    if level is None:
        return None, "it is information"
    return rated(kpis[0].introduced, level, derivation.value), None


def figure(given: Sequence[tuple[KpiStanding, Cell]]) -> Figure:
    """Return what the cells of a measure in one period come to together.

    Args:
        given: the KPI and its cell in each contract that has the measure.
    """
    measured = [(kpi, cell) for kpi, cell in given if cell.status not in OUTSIDE]
    kpis = [kpi for kpi, _ in measured]
    found = [each for kpi, cell in measured if (each := contribution(kpi, cell.period))]
    if not found:
        return Figure(None, measured=len(kpis), why="nothing is agreed yet" if kpis else "nobody is measured")
    period = measured[0][1].period
    if not measured_the_same(kpis, period):
        return Figure(None, measured=len(kpis), why="the providers are measured in different ways")
    formula = formula_of(kpis[0].introduced)
    if formula is None or all(each.amounts is None for each in found):
        return middle(found, len(kpis))
    return pooled(formula, found, kpis, period)
