"""How a figure came about: a cell, its points and what they cost, step by step, each with its term and its facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ledger.facts import EscalationDecided, KpiIntroduced, MitigationGranted
from ledger.faults import BadInput
from ledger.formula import shown
from ledger.levels import OUTSIDE, RELIEVED, Level, Status
from ledger.period import Month, day_in_words, in_words, is_period
from ledger.values import plain
from projections.abatement import amount
from projections.cells import Cell, level_in_force, window
from projections.explained_points import Step, steps_of_points
from projections.notes import teller_of
from projections.question import Question
from projections.result import fold
from projections.standing import KpiStanding
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions
from projections.wording import displayed


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
        """Yield every step: what was returned and decided, what it comes to, what that earns, and what it costs."""
        if self._cell.status in OUTSIDE:
            yield self._outside()
            return
        yield from self._facts()
        yield from self._outturn()
        yield from self._rated()
        yield from self._relief()
        if self._standing.terms.scheme is not None and self._level is not None:
            yield from steps_of_points(self._standing, self._kpi, self._cell)

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

    def _outturn(self) -> Iterator[Step]:
        """Work the components out, an operation at a time."""
        outturn, introduced = self._cell.verdict.outturn, self._kpi.introduced
        if outturn is None:
            return
        name = "formula_read_as" if introduced.formula_read_as else "formula"
        term = f'[[kpi]] {introduced.ref}, {name} = "{introduced.formula_read_as or introduced.formula}"'
        for each in outturn.derivation.steps:
            amounts = f"{_number(each.left.value)} {each.symbol} {_number(each.right.value)}"
            result = "no denominator" if each.result is None else _number(each.result)
            yield Step("outturn", f"{each.text} = {amounts}" if each.text != amounts else amounts, result, term)
        if outturn.stated is not None:
            agrees = "which it does not come to" if outturn.contradicted else "which is what it comes to, rounded"
            yield Step("outturn", f"The return states {outturn.stated:f} beside them, {agrees}.", None)

    def _rated(self) -> Iterator[Step]:
        """Say which levels are in force, and what the result earns against them."""
        level, found = self._level, self._cell.verdict
        if level is None:
            yield Step("status", "It has neither targets nor bands: it is shown and not rated.", _word(found.status))
            return
        yield Step("levels", self._levels_told(level), level.in_words(), self._level_term(level), (level.fact_id,))
        status = found.own or found.status
        severity = f" ({found.severity.name})" if found.severity else ""
        if found.outturn is not None and found.outturn.value is None:
            yield self._without_denominator(status)
        elif found.value is not None and found.basis in ("value", "relief"):
            yield Step("status", self._compared(level), f"{_word(status)}{severity}")
        elif status in RELIEVED:
            return
        else:
            doubt = f" {_sentence(found.doubt)}" if found.doubt else ""
            why = _WITHOUT_VALUE[self._basis()]
            yield Step("status", f"{why}{doubt}", f"{_word(status)}{severity}")

    def _basis(self) -> str:
        """Return what a status without a value rests on, that of a relieved period included."""
        found = self._cell.verdict
        if found.basis is None:
            return found.status.value
        result = fold(self._kpi, self._cell.period)
        if result.status_set is not None:
            return "set_by_decision"
        return "status_only" if result.status_only is not None else "data_not_available"

    def _without_denominator(self, status: Status) -> Step:
        meaning = self._kpi.introduced.no_denominator
        named = f'[[kpi]] {self._kpi.introduced.ref}, no_denominator = "{meaning}"'
        said = "The terms say what that means." if meaning else "The terms do not say what that means: not counted."
        return Step("status", f"There is no denominator. {said}", _word(status), named if meaning else None)

    def _levels_told(self, level: Level) -> str:
        if level.last_period is not None:
            return "A temporary level covers the period and outranks the lasting ones."
        return f"Of the levels that have begun, those with the latest first period, {level.first_period}, are in force."

    def _level_term(self, level: Level) -> str:
        by = next((fact for _, fact in self._kpi.rebases if fact.id == level.fact_id), None)
        if by is not None:
            return f"rebase of {self._kpi.introduced.ref} from {by.first_period}"
        name = "targets" if level.tsl is not None else "severities" if level.severities else "bands"
        return f"[[kpi]] {self._kpi.introduced.ref}, {name} from {level.first_period}"

    def _compared(self, level: Level) -> str:
        found, introduced = self._cell.verdict, self._kpi.introduced
        assert found.value is not None
        how = f"rounded first to {introduced.decimals} decimals" if introduced.round_first else "in full"
        better = f"; {introduced.better} is better" if introduced.better and level.tsl is not None else ""
        shown = displayed(self._kpi, self._cell.period, found.value)
        doubt = f" {_sentence(found.doubt)}" if found.doubt else ""
        exact = f" ({found.value:f})" if shown != f"{found.value:f}" else ""
        levels = "those severities" if level.severities else level.in_words()
        return f"{shown}{exact} is compared {how} with {levels}{better}.{doubt}"

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


_WITHOUT_VALUE = {
    "set_by_decision": "The status was set by the decision of a dispute, not by the value.",
    "status_only": "The status was published without its value.",
    "data_not_available": "The data was rejected or is missing at scrutiny: that is below the minimum.",
    "awaiting": "Without a return nothing is rated.",
    "submitted": "The return is not scrutinised yet, and is rated then.",
}


def _word(status: Status) -> str:
    return STATUS_WORDS[status.value]


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."


def _number(number: Fraction) -> str:
    return plain(shown(number))
