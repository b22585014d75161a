"""The return of a period, for the provider to fill in: a row for each KPI that is due one."""

from dataclasses import dataclass
from typing import NamedTuple

from ledger.components import formula_of
from ledger.faults import BadInput
from ledger.period import Month, heading, in_words, is_period, periods_within, shift
from ledger.returns import COMPONENT
from projections.cells import level_in_force, takes_return, verdict
from projections.question import Question
from projections.standing import KpiStanding, Standing
from projections.wording import displayed
from projections.wording import in_words as status_in_words

_GIVEN = ("contract", "period", "kpi", "title", "unit", "tsl", "msl", "last period", "last value")
_FILLED_IN = ("value", "unavailable", "note")


class DueRow(NamedTuple):
    """A KPI that is due a return, with what it is measured against and what it last showed.

    `tsl` and `msl` are the levels in force; of bands, those of green and amber. `components` are the names of those its
    returns give.
    """

    contract: str
    period: Month
    kpi: str
    title: str
    unit: str
    tsl: str
    msl: str
    last_period: str
    last_value: str
    components: tuple[str, ...] = ()

    @property
    def given(self) -> tuple[str, ...]:
        """Return the texts of the columns that are not to be filled in."""
        return tuple(text for text in self if isinstance(text, str))

    def takes(self, column: str) -> bool:
        """Say whether the row may be filled in there."""
        return column in _FILLED_IN or column.removeprefix(COMPONENT) in self.components


@dataclass(frozen=True, slots=True)
class Template:
    """The view: the rows, and the KPIs that are left out or would replace a return.

    Args:
        title: what the file is called.
        author: the name of the contract's authority.
        rows: a row for each KPI that is due a return.
        settled: the KPIs whose result for the period is agreed, amended or decided: left out.
        submitted: the KPIs with a return that is not yet scrutinised.
    """

    title: str
    author: str
    period: Month
    rows: list[DueRow]
    settled: list[str]
    submitted: list[str]

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the header: a column for each component of any row comes before the value."""
        names = dict.fromkeys(name for row in self.rows for name in row.components)
        return (*_GIVEN, *(f"{COMPONENT}{name}" for name in names), *_FILLED_IN)


def template(question: Question, period: Month) -> Template:
    """Answer which KPIs are due a return for a period.

    Raises:
        BadInput: if none is due one, or has had one.
    """
    standing = question.standing
    terms = standing.terms
    if not is_period(period, terms.commenced, terms.frequency):
        sentence = f"found {period}; give the first month of a {terms.frequency} period from {terms.commenced}"
        raise BadInput.of(sentence, "PERIOD")
    ending = [(kpi, month) for kpi in standing.in_order() for month in _ending_in(standing, kpi, period)]
    if not ending:
        raise BadInput.of(_none_due(question, period), "PERIOD")
    due = [(kpi, month) for kpi, month in ending if takes_return(standing, kpi, month)]
    settled = [kpi.introduced.ref for kpi, month in ending if (kpi, month) not in due]
    authority = next(party.name for party in standing.terms.parties if party.role == "authority")
    return Template(
        title=f"{standing.terms.title}: return for {in_words(period, standing.terms.frequency)}",
        author=authority,
        period=period,
        rows=[_row(question, kpi, month) for kpi, month in due],
        settled=settled,
        submitted=[kpi.introduced.ref for kpi, month in due if kpi.cells.get(month)],
    )


def _ending_in(standing: Standing, kpi: KpiStanding, period: Month) -> list[Month]:
    """Return the held periods of a KPI in use that end within a period of the contract."""
    if kpi.introduced.reserved:
        return []
    back = 1 - kpi.frequency.months
    last = shift(period, standing.terms.frequency.months - 1)
    return [
        month
        for month in periods_within(shift(period, back), shift(last, back), kpi.first_period, kpi.frequency)
        if kpi.first_period <= month <= (kpi.last_period or month) and standing.holds(month)
    ]


def _none_due(question: Question, period: Month) -> str:
    if not question.standing.holds(period):
        return f"found {period}, of which the ledger keeps no records; give a period that is held"
    return (
        f"found {period}, in which no period of a KPI in use ends; give the first month of a period in which one does"
    )


def _row(question: Question, kpi: KpiStanding, period: Month) -> DueRow:
    level, introduced = level_in_force(kpi, period), kpi.introduced
    tsl, msl = level.shown() if level is not None else (None, None)
    last = shift(period, -kpi.frequency.months)
    before = last if last >= kpi.first_period else None
    return DueRow(
        contract=question.contract,
        period=period,
        kpi=introduced.ref,
        title=introduced.title or "",
        unit=introduced.unit or "",
        tsl=tsl or "",
        msl=msl or "",
        last_period=heading(before, kpi.frequency) if before else "",
        last_value=_shown(question.standing, kpi, before) if before else "",
        components=tuple(introduced.components) if formula_of(introduced) else (),
    )


def _shown(standing: Standing, kpi: KpiStanding, period: Month) -> str:
    """Return a period's value as it is printed, else the words of its status."""
    found = verdict(standing, kpi, period)
    return status_in_words(kpi, period, found) if found.value is None else displayed(kpi, period, found.value)
