"""How a cell's points came about, and what becomes of them in its period: steps, each with its term and its facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import takewhile

from ledger.levels import Status
from ledger.period import day_in_words, heading, in_words, periods
from ledger.scheme import Scheme
from ledger.values import plain
from projections.abatement import PeriodTotal, in_pounds, period_totals
from projections.cells import Cell, weight_in_force, window
from projections.points import UNDECIDED, Cost, LateReturn
from projections.standing import KpiStanding, Standing
from projections.table import STATUS_WORDS


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a derivation: what was done, what came out, by which term, from which facts.

    `step` is one of `period result outturn levels status relief run multiplier points suspension credit`; `term` is the
    term of the contract as its file writes it, None for what a fact says by itself; `facts` are ids.
    """

    step: str
    sentence: str
    result: str | None = None
    term: str | None = None
    facts: tuple[str, ...] = ()


def steps_of_points(standing: Standing, kpi: KpiStanding, cell: Cell) -> Iterator[Step]:
    """Yield the steps from a rated cell to its points, and to the credit of the contract's period they fall in."""
    assert standing.terms.scheme is not None
    points = _Points(standing, kpi, cell, standing.terms.scheme)
    yield from points.of_failure()
    if cell.late is not None:
        yield points.of_late_return(cell.late)
    if cell.cost is not None or cell.late is not None:
        yield from points.money()


class _Points:
    """The steps to one cell's points, in the order in which the rules take them."""

    def __init__(self, standing: Standing, kpi: KpiStanding, cell: Cell, scheme: Scheme) -> None:
        self._standing = standing
        self._kpi = kpi
        self._cell = cell
        self._scheme = scheme

    def of_failure(self) -> Iterator[Step]:
        """Say what the failure costs, or would have cost, if it is one."""
        cost = self._cell.cost
        if self._cell.status in UNDECIDED:
            yield Step("points", "Nothing is rated yet, so nothing is charged.")
        elif cost is None:
            yield Step("points", "It did not fail, so it costs nothing.", "0")
        else:
            yield self._run(cost)
            yield self._multiplier(cost)
            yield self._product(cost)

    def _run(self, cost: Cost) -> Step:
        """Name the periods in a row that missed, this one last."""
        before = window(self._standing, self._kpi, self._kpi.first_period, self._cell.period)[:-1]
        in_a_row = takewhile(lambda each: each.run, reversed(before))
        missed = [each for each in in_a_row if self._lengthens(each)][::-1]
        named = [f"{heading(each.period, self._kpi.frequency)} {_word(each.status)}" for each in missed]
        opening = cost.run - len(named) - 1
        if cost.run and opening > 0:
            named.insert(0, f"{opening} before the first of them that is held, by opening_run")
        named.append(f"{heading(self._cell.period, self._kpi.frequency)} {_word(self._own)}")
        assumed = "; the run into the first period held is taken as 0" if self._cell.assumed else ""
        open_ = "; an earlier result is not in yet" if self._cell.unsettled else ""
        scheme = self._scheme
        term = f'[scheme] run_counts = "{scheme.run_counts}", relieved_in_run = "{scheme.relieved_in_run}"'
        if cost.run and opening > 0:
            term += f"; [[kpi]] {self._kpi.introduced.ref}, opening_run = {opening}"
        return Step("run", f"Missed in a row: {', '.join(named)}{assumed}{open_}.", str(cost.run), term)

    def _lengthens(self, cell: Cell) -> bool:
        """Say whether a period is one of those that a run counts; one that pauses it is not."""
        return self._scheme.misses(cell.status) or (cell.relieved and self._scheme.relieved_in_run == "count")

    @property
    def _own(self) -> Status:
        return self._cell.verdict.own or self._cell.status

    def _multiplier(self, cost: Cost) -> Step:
        if cost.by_ratchet:
            sentence = f"{cost.failures} failures among its last {cost.within} periods, this one included."
            steps = "; ".join(
                f"{plain(each.multiplier)} from {each.failures} within {each.within}"
                for each in self._scheme.ratchets or ()
            )
            return Step("multiplier", sentence, plain(cost.multiplier), f"[scheme] ratchets: {steps}")
        multipliers = ", ".join(f'"{plain(each)}"' for each in self._scheme.multipliers)
        nth = f"number {cost.run} in the run" if cost.run else "no part of a run"
        sentence = f"The period is {nth}; the last multiplier stands for all later ones."
        return Step("multiplier", sentence, plain(cost.multiplier), f"[scheme] multipliers = [{multipliers}]")

    def _product(self, cost: Cost) -> Step:
        ref, weight = self._kpi.introduced.ref, weight_in_force(self._kpi, self._cell.period)
        facts = (weight.fact_id,) if weight.fact_id and cost.severity is None else ()
        if cost.severity is not None:
            factors = f"severity {cost.severity}, {plain(cost.weight)} × multiplier {plain(cost.multiplier)}"
            term = f"[[kpi]] {ref}, severities"
        else:
            factors = f"weight {plain(cost.weight)} × share {plain(cost.share)} × multiplier {plain(cost.multiplier)}"
            term = f"[[kpi]] {ref}, weights from {weight.first_period}; [scheme] shares"
        if self._cell.spared:
            sentence = f"Had it not been relieved it would have cost {factors}: {plain(cost.points)}; it costs nothing."
            return Step("points", sentence, "0", term, facts)
        left = "Relief lifts triggers and leaves the points: " if self._cell.relieved else ""
        sentence = f"{left}{factors}."
        return Step("points", f"{sentence[0].upper()}{sentence[1:]}", plain(cost.points), term, facts)

    def of_late_return(self, late: LateReturn) -> Step:
        """Say what the return costs for having come late."""
        terms = self._scheme.late_return
        assert terms is not None
        due, came = day_in_words(late.due_on), day_in_words(late.returned_on)
        sentence = f"Its return was due on {due} and came on {came}: {late.days} days late."
        most = f', at_most = "{plain(terms.at_most)}"' if terms.at_most is not None else ""
        term = f'[scheme] late_return: points_per_day = "{plain(terms.points_per_day)}"{most}'
        points = Decimal(0) if self._cell.spared else late.points
        return Step("points", sentence, plain(points), term, (late.fact,))

    def money(self) -> Iterator[Step]:
        """Say what becomes of the points: suspended or charged, in the contract's period in which they fall."""
        total = self._total()
        if total is None or total.net_points is None:
            return
        named = in_words(total.period, self._standing.terms.frequency)
        if total.suspended_by is not None:
            sentence = f"Service credits are suspended in {named}, so the points are relieved."
            yield Step("suspension", sentence, "0", facts=(total.suspended_by,))
        assert total.gross_points is not None
        assert total.relieved_points is not None
        made = f"gross {plain(total.gross_points)} less relieved {plain(total.relieved_points)}"
        yield Step("points", f"All KPIs together, {named}: {made}.", f"{plain(total.net_points)} net")
        if self._scheme.point_bands and total.charged_points is not None:
            yield self._banded(total.charged_points)
        if total.service_credit is not None:
            yield from self._credit(total, total.service_credit, named)

    def _banded(self, charged: Decimal) -> Step:
        steps = ", ".join(f"× {plain(each.times)} above {plain(each.above)}" for each in self._scheme.point_bands or ())
        return Step(
            "points", f"The net points are charged band by band: {steps}.", plain(charged), "[scheme] point_bands"
        )

    def _credit(self, total: PeriodTotal, credit: Decimal, named: str) -> Iterator[Step]:
        before = total.caps.before if total.caps else credit
        yield Step("credit", f"The points of {named} become money.", in_pounds(before), self._price())
        if total.caps is None:
            return
        after = before - total.caps.period_cut
        if total.caps.period_cut:
            term = f'[scheme] cap = "{plain(self._scheme.cap or Decimal(0))}"'
            yield Step("credit", "The cap on a single period is reached.", in_pounds(after), term)
        if total.caps.rolling_cut:
            sentence = (
                f"With {in_pounds(total.caps.earlier)} before it, the cap of {in_pounds(total.caps.limit)} is reached."
            )
            yield Step("credit", sentence, in_pounds(credit), "[scheme] rolling_cap")

    def _price(self) -> str:
        """Return the term that turns points into money."""
        if self._scheme.pounds_per_point is not None:
            return f'[scheme] pounds_per_point = "{plain(self._scheme.pounds_per_point)}"'
        percent = self._scheme.percent_of_charge_per_point or Decimal(0)
        return f'[scheme] percent_of_charge_per_point = "{plain(percent)}"'

    def _total(self) -> PeriodTotal | None:
        """Return the total of the contract's period in which the cell's points fall."""
        terms = self._standing.terms
        columns = periods(terms.commenced, self._cell.period, terms.frequency)
        return next(iter(period_totals(self._standing, columns[-1:])), None) if columns else None


def _word(status: Status) -> str:
    return STATUS_WORDS[status.value]
