"""How a figure came about: a cell, its points and what they cost, step by step, each with its term and its facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.facts import EscalationDecided, KpiIntroduced, MitigationGranted
from ledger.faults import BadInput
from ledger.levels import OUTSIDE, RELIEVED, Level, Status
from ledger.period import Month, day_in_words, heading, in_words, is_period, periods
from ledger.scheme import Scheme
from ledger.values import plain
from projections.abatement import PeriodTotal, amount, in_pounds, period_totals
from projections.cells import UNDECIDED, Cell, Cost, level_in_force, weight_in_force, window
from projections.notes import teller_of
from projections.question import Question
from projections.standing import KpiStanding
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions
from projections.wording import displayed


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


@dataclass(frozen=True, slots=True)
class Explanation:
    """The view."""

    question: Question
    kpi: KpiStanding
    cell: Cell
    steps: list[Step]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        found = self.cell.verdict
        return {
            **self.question.heading(),
            "kpi": self.kpi.introduced.ref,
            "period": self.cell.period,
            "status": found.status.value,
            "basis": found.basis,
            "value": None if found.value is None else f"{found.value:f}",
            "points": amount(self.cell.points),
            "steps": [
                {
                    "n": number,
                    "step": each.step,
                    "sentence": each.sentence,
                    "result": each.result,
                    "term": each.term,
                    "facts": list(each.facts),
                }
                for number, each in enumerate(self.steps, 1)
            ],
            "assumptions": assumptions(self.question.standing, self.kpi.introduced.ref),
        }

    def tables(self) -> list[Table]:
        """Return the derivation as a table."""
        named = f"{self.kpi.introduced.ref}, {in_words(self.cell.period, self.kpi.frequency)}"
        as_at = day_in_words(self.question.moment.as_at)
        return [
            Table(
                title=f"{named}, as at {as_at}: {self.kpi.introduced.title or 'reference not in use'}",
                columns=("Step", "How", "Result", "Term of the contract", "Rests on"),
                rows=[
                    (
                        Text(str(number)),
                        Text(each.sentence),
                        Text(each.result or ""),
                        Text(each.term or ""),
                        Text(", ".join(each.facts)),
                    )
                    for number, each in enumerate(self.steps, 1)
                ],
                fixed=0,
                assumptions=assumptions(self.question.standing, self.kpi.introduced.ref),
            )
        ]


def explain(question: Question, ref: str, period: Month) -> Explanation:
    """Answer how a KPI's figure for a period came about.

    Raises:
        BadInput: if the contract has no such KPI, or the period is none of its periods.
    """
    kpi = question.kpi(ref)
    first = kpi.first_period or question.standing.terms.commenced
    if not is_period(period, first, kpi.frequency):
        sentence = f"found {period}; give the first month of a {kpi.frequency} period of {ref} from {first}"
        raise BadInput.of(sentence, "PERIOD")
    (cell,) = window(question.standing, kpi, period, period)
    return Explanation(question, kpi, cell, list(_Derivation(question, kpi, cell).steps()))


class _Derivation:
    """The steps to one cell and its cost, in the order in which the rules take them."""

    def __init__(self, question: Question, kpi: KpiStanding, cell: Cell) -> None:
        self._standing = question.standing
        self._kpi = kpi
        self._cell = cell
        self._teller = teller_of(question.standing)
        self._level = level_in_force(kpi, cell.period)

    def steps(self) -> Iterator[Step]:
        """Yield every step, the first that is decisive for the status first."""
        if self._cell.status in OUTSIDE:
            yield self._outside()
            return
        yield from self._facts()
        yield from self._rated()
        yield from self._relief()
        if self._standing.terms.scheme is not None and self._level is not None:
            yield from self._points(self._standing.terms.scheme)

    def _outside(self) -> Step:
        why = {
            Status.NOT_HELD: f"this ledger keeps records from {self._standing.terms.held_from} on, but for its gaps",
            Status.NOT_IN_USE: "the reference is reserved",
            Status.NOT_STARTED: f"its first period is {self._kpi.first_period}",
            Status.DISCONTINUED: f"its last period is {self._kpi.last_period}",
        }[self._cell.status]
        return Step("period", f"No result is looked for: {why}.", STATUS_WORDS[self._cell.status.value])

    def _facts(self) -> Iterator[Step]:
        """Tell the facts of the cell, in the order in which they apply."""
        told = self._kpi.cells.get(self._cell.period, ())
        for recorded, fact in told:
            yield Step("result", self._teller.sentence(fact), facts=(recorded.fact.id,))
        if not told:
            yield Step("result", "No return has come.")

    def _rated(self) -> Iterator[Step]:
        """Say which levels are in force, and what the result earns against them."""
        level, found = self._level, self._cell.verdict
        if level is None:
            yield Step("status", "It has neither targets nor bands: it is shown and not rated.", _word(found.status))
            return
        yield Step("levels", self._levels_told(level), _levels(level), self._level_term(level), (level.fact_id,))
        status = found.own or found.status
        if found.basis == "value" or found.own is not None:
            assert found.value is not None
            yield Step("status", self._compared(level), _word(status))
        elif status in RELIEVED:
            return
        else:
            yield Step("status", _WITHOUT_VALUE[found.basis or status.value], _word(status))

    def _levels_told(self, level: Level) -> str:
        if level.last_period is not None:
            return "A temporary level covers the period and outranks the lasting ones."
        return f"Of the levels that have begun, those with the latest first period, {level.first_period}, are in force."

    def _level_term(self, level: Level) -> str:
        by = next((fact for _, fact in self._kpi.rebases if fact.id == level.fact_id), None)
        if by is not None:
            return f"rebase of {self._kpi.introduced.ref} from {by.first_period}"
        name = "targets" if level.tsl is not None else "bands"
        return f"[[kpi]] {self._kpi.introduced.ref}, {name} from {level.first_period}"

    def _compared(self, level: Level) -> str:
        found, introduced = self._cell.verdict, self._kpi.introduced
        assert found.value is not None
        how = f"rounded first to {introduced.decimals} decimals" if introduced.round_first else "in full"
        better = f"; {introduced.better} is better" if introduced.better and level.bands is None else ""
        shown = displayed(self._kpi, self._cell.period, found.value)
        doubt = f" {found.doubt[0].upper()}{found.doubt[1:]}." if found.doubt else ""
        exact = f" ({found.value:f})" if shown != f"{found.value:f}" else ""
        return f"{shown}{exact} is compared {how} with {_levels(level)}{better}.{doubt}"

    def _relief(self) -> Iterator[Step]:
        found = self._cell.verdict
        if found.status not in RELIEVED:
            return
        facts = {fact.id: fact for _, fact in [*self._kpi.grants, *self._kpi.cells.get(self._cell.period, ())]}
        for each in found.relieved_by:
            fact = facts.get(each)
            if isinstance(fact, (MitigationGranted, EscalationDecided)):
                yield Step("relief", self._teller.sentence(fact), _word(found.status), facts=(each,))
            else:
                yield self._glide(self._kpi.introduced)

    def _glide(self, introduced: KpiIntroduced) -> Step:
        term = f'[[kpi]] {introduced.ref}, glide_until = "{introduced.glide_until}"'
        sentence = f"The contract's own terms relieve its periods up to {introduced.glide_until}."
        return Step("relief", sentence, STATUS_WORDS["glide"], term, (introduced.id,))

    def _points(self, scheme: Scheme) -> Iterator[Step]:
        """Say what the failure costs, or would have cost, and what becomes of it."""
        cost = self._cell.cost
        if self._cell.status in UNDECIDED:
            yield Step("points", "Nothing is rated yet, so nothing is charged.")
            return
        if cost is None:
            yield Step("points", "It did not fail, so it costs nothing.", "0")
            return
        yield self._run(scheme, cost)
        multipliers = ", ".join(f'"{plain(each)}"' for each in scheme.multipliers)
        nth = f"number {cost.run} in the run" if cost.run else "no part of a run"
        sentence = f"The period is {nth}; the last multiplier stands for all later ones."
        yield Step("multiplier", sentence, plain(cost.multiplier), f"[scheme] multipliers = [{multipliers}]")
        yield from self._product(cost)
        yield from self._money(scheme)

    def _run(self, scheme: Scheme, cost: Cost) -> Step:
        """Name the periods in a row that missed, this one last."""
        first = self._kpi.first_period
        before = window(self._standing, self._kpi, first, self._cell.period)[:-1]
        missed: list[Cell] = []
        for each in reversed(before):
            if not each.run:
                break
            missed.append(each)
        named = [f"{heading(each.period, self._kpi.frequency)} {_word(each.status)}" for each in reversed(missed)]
        named.append(f"{heading(self._cell.period, self._kpi.frequency)} {_word(self._own)}")
        assumed = "; the run into the first period held is taken as 0" if self._cell.assumed else ""
        open_ = "; an earlier result is not in yet" if self._cell.unsettled else ""
        term = f'[scheme] run_counts = "{scheme.run_counts}", relieved_in_run = "{scheme.relieved_in_run}"'
        return Step("run", f"Missed in a row: {', '.join(named)}{assumed}{open_}.", str(cost.run), term)

    @property
    def _own(self) -> Status:
        return self._cell.verdict.own or self._cell.status

    def _product(self, cost: Cost) -> Iterator[Step]:
        ref, weight = self._kpi.introduced.ref, weight_in_force(self._kpi, self._cell.period)
        term = f"[[kpi]] {ref}, weights from {weight.first_period}; [scheme] shares"
        factors = f"weight {plain(cost.weight)} × share {plain(cost.share)} × multiplier {plain(cost.multiplier)}"
        facts = (weight.fact_id,) if weight.fact_id else ()
        if self._cell.relieved:
            sentence = f"Had it not been relieved it would have cost {factors}; it costs nothing."
            yield Step("points", f"{sentence} Would have been {plain(cost.points)}.", "0", term, facts)
        else:
            yield Step("points", f"{factors[0].upper()}{factors[1:]}.", plain(cost.points), term, facts)

    def _money(self, scheme: Scheme) -> Iterator[Step]:
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
        if total.service_credit is not None:
            price = _price(scheme)
            sentence = f"The net points of {named} become money."
            yield Step("credit", sentence, in_pounds(total.service_credit), price)

    def _total(self) -> PeriodTotal | None:
        """Return the total of the contract's period in which the cell's points fall."""
        terms = self._standing.terms
        columns: Sequence[Month] = periods(terms.commenced, self._cell.period, terms.frequency)
        return next(iter(period_totals(self._standing, columns[-1:])), None) if columns else None


def _price(scheme: Scheme) -> str:
    """Return the term that turns points into money."""
    if scheme.pounds_per_point is not None:
        return f'[scheme] pounds_per_point = "{plain(scheme.pounds_per_point)}"'
    percent = scheme.percent_of_charge_per_point or Decimal(0)
    return f'[scheme] percent_of_charge_per_point = "{plain(percent)}"'


_WITHOUT_VALUE = {
    "set_by_decision": "The status was set by the decision of a dispute, not by the value.",
    "status_only": "The status was published without its value.",
    "data_not_available": "The data was rejected or is missing at scrutiny: that is below the minimum.",
    "awaiting": "Without a return nothing is rated.",
    "submitted": "The return is not scrutinised yet, and is rated then.",
}


def _word(status: Status) -> str:
    return STATUS_WORDS[status.value]


def _levels(level: Level) -> str:
    if level.bands is not None:
        return ", ".join(f"{status} {band}" for status, band in level.bands.items())
    return f"TSL {level.tsl}, MSL {level.msl}"
