"""The contracts of the ledger, a row for each: who, what is measured, how the latest period went, what is open."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.levels import Status
from ledger.period import Frequency, Month, heading
from projections.abatement import amount, in_pounds, period_totals
from projections.cells import last_agreed, window
from projections.escalations import disputes
from projections.estate import Page, column_of, page_heading, span_of
from projections.moment import Moment
from projections.question import Question
from projections.standing import Standing
from projections.summary import row_of
from projections.table import Table, Text
from projections.unanswered import unanswered

_COLUMNS = (
    "Contract", "Title", "Authority", "Provider", "Services", "KPIs in use", "Period", "Green", "Amber", "Red",
    "Mitigated", "Awaiting", "Net points", "Credit", "Open", "Facts", "Last dated",
)  # fmt: skip
_COUNTED = ("green", "amber", "red", "mitigated")


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A contract as at a date.

    `period` is the latest with an agreed result, None if there is none; the counts, points and credit are those of that
    period. `awaiting` counts what has no agreed result there. `parties` are codes, names and roles.
    """

    contract: str
    title: str
    frequency: Frequency
    parties: tuple[tuple[str, str, str], ...]
    services: tuple[str, ...]
    kpis_in_use: int
    period: Month | None
    counts: Counter[str]
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
            Text(heading(self.period, self.frequency) if self.period else "none yet"),
            *(Text(str(self.counts[status]), status) for status in _COUNTED),
            Text(str(self.counts["awaiting"])),
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
        numeric = [place for place, name in enumerate(_COLUMNS) if 4 <= place <= 15 and name != "Period"]
        return [Table(self.page.title(), _COLUMNS, [each.row() for each in self.rows], numeric)]


def contract_row(question: Question) -> ContractRow:
    """Return a contract's row from its facts."""
    standing = question.standing
    terms = standing.terms
    latest = last_agreed(standing)
    column = column_of(latest or question.moment.as_at.isoformat()[:7], terms.commenced, terms.frequency)
    span = span_of(column, terms.frequency, 1)
    kpis = standing.in_order()
    statuses = [cell.status.value for kpi in kpis for cell in window(standing, kpi, column, span.last)]
    totals = period_totals(standing, [column]) if latest else []
    return ContractRow(
        contract=question.contract,
        title=terms.title,
        frequency=terms.frequency,
        parties=tuple(sorted((party.code, party.name, party.role) for party in terms.parties)),
        services=tuple(sorted({kpi.introduced.service for kpi in kpis})),
        kpis_in_use=sum(in_use(kpi.first_period, kpi.last_period, column, span.last) for kpi in kpis),
        period=column if latest else None,
        counts=counted(statuses if latest else []),
        net_points=amount(totals[0].net_points) if totals else None,
        service_credit=amount(totals[0].service_credit) if totals else None,
        open_matters=_waiting(standing),
        facts=len(question.facts),
        last_dated=max(each.fact.dated for each in question.facts),
    )


def in_use(first_period: Month | None, last_period: Month | None, first: Month, last: Month) -> bool:
    """Say whether a KPI is in use in some month of a range; a reserved reference, which has no first period, is not."""
    return bool(first_period) and (first_period or "") <= last and (last_period is None or last_period >= first)


def counted(statuses: Iterable[str]) -> Counter[str]:
    """Count statuses by the rows of the summary, and those without an agreed result as awaiting."""
    rows = ("awaiting" if each in ("awaiting", "submitted") else row_of(Status(each)) for each in statuses)
    return Counter(row for row in rows if row is not None)


def _waiting(standing: Standing) -> int:
    """Count what waits for a decision: a dispute of several cells is one, as is a request of several stretches."""
    asked = {each.request.id for each in unanswered(standing)}
    return sum(each.open for each in disputes(standing)) + len(asked)
