"""The contracts of the ledger, a row for each: who, what is measured, each KPI's latest result, what waits."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.levels import Status
from ledger.period import Frequency, Month, heading
from projections.abatement import amount, in_pounds, period_totals
from projections.cells import last_agreed
from projections.escalations import disputes
from projections.estate import Page, column_of, page_heading
from projections.latest_results import latest_results
from projections.moment import Moment
from projections.progress import due
from projections.question import Question
from projections.standing import Standing
from projections.summary import row_of
from projections.table import Table, Text
from projections.unanswered import unanswered

_COLUMNS = (
    "Contract", "Title", "Authority", "Provider", "Services", "KPIs in use", "Green", "Amber", "Red", "Mitigated",
    "Awaiting", "Results up to", "Outstanding", "Net points", "Credit", "Open", "Facts", "Last dated",
)  # fmt: skip
_COUNTED = ("green", "amber", "red", "mitigated")


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract as at a date.

    `counts` has each KPI in use once, by its latest result; `awaiting` are those that have none yet, and a KPI without
    levels is not counted. `period` is the latest with an agreed result, None if there is none; the points and credit
    are those of that period. `outstanding` counts the KPIs' periods that are over and wait for a return or for its
    scrutiny. `parties` are codes, names and roles.
    """

    contract: str
    title: str
    frequency: Frequency
    parties: tuple[tuple[str, str, str], ...]
    services: tuple[str, ...]
    kpis_in_use: int
    counts: Counter[str]
    period: Month | None
    outstanding: int
    net_points: str | None
    service_credit: str | None
    open_matters: int
    facts: int
    last_dated: date

    def document(self) -> dict[str, Any]:
        """Return the contract as JSON."""
        return {
            "contract": self.contract,
            "title": self.title,
            "authority": self._names("authority"),
            "provider": self._names("provider"),
            "parties": [{"code": code, "name": name, "role": role} for code, name, role in self.parties],
            "services": list(self.services),
            "kpis_in_use": self.kpis_in_use,
            "period": self.period,
            **{status: self.counts[status] for status in (*_COUNTED, "awaiting")},
            "net_points": self.net_points,
            "service_credit": self.service_credit,
            "outstanding": self.outstanding,
            "open_matters": self.open_matters,
            "facts": self.facts,
            "last_dated": self.last_dated.isoformat(),
        }

    def row(self) -> tuple[Text, ...]:
        """Return the contract's row."""
        credit = None if self.service_credit is None else Decimal(self.service_credit)
        return (
            Text(self.contract),
            Text(self.title),
            Text(self._names("authority")),
            Text(self._names("provider")),
            Text(str(len(self.services))),
            Text(str(self.kpis_in_use)),
            *(Text(str(self.counts[status]), status) for status in _COUNTED),
            Text(str(self.counts["awaiting"])),
            Text(heading(self.period, self.frequency) if self.period else "none yet"),
            Text(str(self.outstanding)),
            Text(self.net_points or ""),
            Text(in_pounds(credit)),
            Text(str(self.open_matters)),
            Text(str(self.facts)),
            Text(self.last_dated.isoformat()),
        )

    def _names(self, role: str) -> str:
        return "; ".join(name for _, name, its in self.parties if its == role)


@dataclass(frozen=True, slots=True)
class Contracts:
    """The view: a page of contracts."""

    moment: Moment
    page: Page
    rows: Sequence[ContractRow]

    def document(self) -> dict[str, Any]:
        """Return the page as JSON."""
        return {**page_heading(self.moment, self.page), "contracts": [each.document() for each in self.rows]}

    def tables(self) -> list[Table]:
        """Return the table of the page."""
        numeric = [place for place, name in enumerate(_COLUMNS) if 4 <= place <= 16 and name != "Results up to"]
        return [Table(self.page.title(), _COLUMNS, [each.row() for each in self.rows], numeric)]


def contract_row(question: Question) -> ContractRow:
    """Return a contract's row from its facts."""
    standing, as_at = question.standing, question.moment.as_at
    terms = standing.terms
    agreed = last_agreed(standing)
    period = column_of(agreed, terms.commenced, terms.frequency) if agreed else None
    totals = period_totals(standing, [period]) if period else []
    latest = list(latest_results(standing, as_at))
    over = due(standing, terms.held_from, as_at.isoformat()[:7], as_at)
    return ContractRow(
        contract=question.contract,
        title=terms.title,
        frequency=terms.frequency,
        parties=tuple(sorted((party.code, party.name, party.role) for party in terms.parties)),
        services=tuple(sorted({kpi.introduced.service for kpi in standing.in_order()})),
        kpis_in_use=len(latest),
        counts=counted((status, bool(kpi.levels)) for kpi, status in latest),
        period=period,
        outstanding=sum(each.waiting is not None for each in over),
        net_points=amount(totals[0].net_points) if totals else None,
        service_credit=amount(totals[0].service_credit) if totals else None,
        open_matters=open_matters(standing),
        facts=len(question.facts),
        last_dated=max(each.fact.dated for each in question.facts),
    )


def counted(latest: Iterable[tuple[Status | None, bool]]) -> Counter[str]:
    """Count KPIs by the summary's row of their latest result; those with levels and without a result are awaiting.

    Args:
        latest: the latest result of each KPI, None if there is none yet, and whether the KPI has levels.
    """
    found: Counter[str] = Counter()
    for status, has_levels in latest:
        if status is not None:
            found[row_of(status) or status.value] += 1
        elif has_levels:
            found["awaiting"] += 1
    return found


def open_matters(standing: Standing) -> int:
    """Count what waits for a decision: a dispute of several cells is one, as is a request of several stretches."""
    asked = {each.request.id for each in unanswered(standing)}
    return sum(each.open for each in disputes(standing)) + len(asked)
