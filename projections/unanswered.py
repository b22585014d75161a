"""Mitigation requests that are neither granted nor refused."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.calendar import working_days_between
from ledger.facts import MitigationRequested
from ledger.period import Month, following, heading, periods
from projections.cells import open_requests
from projections.standing import KpiStanding, Standing


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A stretch of a mitigation request that has no answer; without a last period, until ended."""

    kpi: KpiStanding
    request: MitigationRequested
    first_period: Month
    last_period: Month | None

    def periods_in_words(self) -> str:
        """Name the stretch as the head of a column would."""
        first = heading(self.first_period, self.kpi.frequency)
        if self.last_period is None:
            return f"{first} until ended"
        if self.last_period == self.first_period:
            return first
        return f"{first} to {heading(self.last_period, self.kpi.frequency)}"

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the stretch as JSON."""
        return {
            "kpi": self.kpi.introduced.ref,
            "first_period": self.first_period,
            "last_period": self.last_period,
            "raised_on": self.request.dated.isoformat(),
            "by": self.request.by,
            "reason": self.request.reason,
            "days_open": (as_at - self.request.dated).days,
            "working_days_open": working_days_between(self.request.dated, as_at),
            "facts": [self.request.id],
        }


def unanswered(standing: Standing) -> list[Unanswered]:
    """Return what was asked and not answered, the oldest request first."""
    found = [each for kpi in standing.in_order() for _, request in kpi.requests for each in _stretches(kpi, request)]
    return sorted(found, key=lambda each: each.request.dated)


def _stretches(kpi: KpiStanding, request: MitigationRequested) -> list[Unanswered]:
    """Return the unanswered periods of a request, those in a row as one."""
    last = request.last_period or _beyond_answers(kpi, request)
    asked = periods(request.first_period, last, kpi.frequency)
    left = [period for period in asked if request.id in open_requests(kpi, period)]
    found: list[Unanswered] = []
    for period in left:
        until = None if request.last_period is None and period == last else period
        if found and following(found[-1].last_period or "", kpi.frequency) == period:
            found[-1] = Unanswered(kpi, request, found[-1].first_period, until)
        else:
            found.append(Unanswered(kpi, request, period, until))
    return found


def _beyond_answers(kpi: KpiStanding, request: MitigationRequested) -> Month:
    """Return the first period of a request that no answer with a last period reaches."""
    reached = [answer.last_period for _, answer in kpi.answers if answer.last_period]
    reached += [answer.first_period for _, answer in kpi.answers]
    beyond = [following(period, kpi.frequency) for period in reached]
    return max([request.first_period, *beyond])
