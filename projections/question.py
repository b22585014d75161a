"""A question to a contract: as at when, known when, over which periods."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from ledger.faults import BadInput
from ledger.period import Month, is_period, shift
from ledger.recorded import Recorded
from projections.cells import last_agreed
from projections.moment import Moment, counting
from projections.spans import between
from projections.standing import KpiStanding, Split, Standing, split, stand


@dataclass(frozen=True)
class Question:
    """What a view is asked.

    Args:
        contract: the contract's id.
        history: every fact the ledger holds of it, in order of position.
        moment: which of them count.
        last: the last period to show; None for the latest with an agreed result.
        count: how many of the contract's periods to show.
        says_caps: say where a cap on credits is reached; reports pinned in the first form do not.

    Raises:
        BadInput: from `standing` and `columns`, if the contract is not registered at the moment or the
            last period is none of its periods.
    """

    contract: str
    history: list[Recorded]
    moment: Moment
    last: Month | None = None
    count: int = 6
    says_caps: bool = True

    @cached_property
    def facts(self) -> list[Recorded]:
        """Return the facts that count."""
        return counting(self.history, self.moment.as_at, self.moment.position)

    @cached_property
    def standing(self) -> Standing:
        """Return the facts that count, sorted for the rules."""
        standing = stand(self.facts)
        if standing is None:
            raise BadInput.of(self._unknown())
        return standing

    @cached_property
    def split(self) -> Split:
        """Return the whole history up to the moment's position, split by KPI."""
        return split(recorded for recorded in self.history if recorded.position <= self.moment.position)

    @cached_property
    def columns(self) -> list[Month]:
        """Return the contract's periods that the view shows."""
        step = self.standing.terms.frequency.months
        return [shift(self.last_column, -step * back) for back in range(self.count - 1, -1, -1)]

    @cached_property
    def last_column(self) -> Month:
        """Return the last of the contract's periods that the view shows."""
        terms = self.standing.terms
        if self.last is not None:
            if not is_period(self.last, terms.commenced, terms.frequency):
                sentence = (
                    f"found {self.last}; give the first month of a {terms.frequency} period from {terms.commenced}"
                )
                raise BadInput.of(sentence, "--last")
            return self.last
        latest = last_agreed(self.standing) or latest_mentioned(self.standing) or terms.held_from
        while not is_period(latest, terms.commenced, terms.frequency):
            latest = shift(latest, -1)
        return latest

    @property
    def last_month(self) -> Month:
        """Return the last month of the last column, in which a period of a KPI may still begin."""
        return shift(self.last_column, self.standing.terms.frequency.months - 1)

    @property
    def span(self) -> str:
        """Name the periods that the view shows, from the first to the last."""
        return between(self.columns[0], self.columns[-1], self.standing.terms.frequency)

    def kpi(self, ref: str) -> KpiStanding:
        """Return a KPI of the contract.

        Raises:
            BadInput: if there is none of that reference.
        """
        if ref not in self.standing.kpis:
            near = get_close_matches(ref, self.standing.kpis, n=1)
            hint = f"did you mean {near[0]}?" if near else "`rag` lists those there are"
            raise BadInput.of(f'{self.contract} has no KPI "{ref}"; {hint}', "KPI")
        return self.standing.kpis[ref]

    def heading(self) -> dict[str, Any]:
        """Return what every view's JSON begins with."""
        return {
            "contract": self.contract,
            "as_at": self.moment.as_at.isoformat(),
            "known_at": self.moment.known_at.isoformat().replace("+00:00", "Z"),
            "position": self.moment.position,
        }

    def _unknown(self) -> str:
        if not self.history:
            return f'the ledger has no contract "{self.contract}"; `status` lists those it has'
        first = min(recorded.fact.dated for recorded in self.history)
        taken = min(recorded.recorded_at for recorded in self.history)
        return (
            f"{self.contract} was not registered as at {self.moment.as_at}, "
            f"known at {self.moment.known_at:%Y-%m-%d %H:%M} UTC; "
            f"its first fact is dated {first} and was taken on {taken:%Y-%m-%d at %H:%M} UTC"
        )


def latest_mentioned(standing: Standing) -> Month | None:
    """Return the latest period that a return, a scrutiny or a dispute is about; None if there is none."""
    return max((period for kpi in standing.kpis.values() for period in kpi.cells), default=None)
