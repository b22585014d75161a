"""Abatement points and service credits by period: gross, relieved, net, with a line per failing KPI."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from ledger.levels import Status
from ledger.period import Month, day_in_words, heading, shift
from ledger.values import EXACT, plain
from projections.cells import Cell, Cost, cells
from projections.chart import Bar, Chart, Exhibit
from projections.marks import late_notes, late_terms_notes
from projections.question import Question
from projections.standing import Standing
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions


@dataclass(frozen=True, slots=True)
class Line:
    """What one KPI costs in a period; `relieved` if its points do not count."""

    kpi: str
    status: str
    cost: Cost
    relieved: bool
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """The points and the credit of a period.

    All are None for a period that is not held or a contract without points; the credit also if the terms do not
    turn points into money.
    """

    period: Month
    gross_points: Decimal | None = None
    relieved_points: Decimal | None = None
    net_points: Decimal | None = None
    service_credit: Decimal | None = None
    provisional: bool = False
    suspended_by: str | None = None
    lines: tuple[Line, ...] = ()


def period_totals(standing: Standing, columns: Sequence[Month]) -> list[PeriodTotal]:
    """Return the totals of the contract's periods; none if its terms have no points.

    A KPI's points fall in the contract's period that its own period begins in.
    """
    if standing.terms.scheme is None:
        return []
    length = standing.terms.frequency.months
    by_column: dict[Month, list[Cell]] = {column: [] for column in columns}
    starts = sorted(columns)

    last = shift(starts[-1], length - 1)
    for kpi in standing.in_order():
        for cell in cells(standing, kpi, last):
            column = next((start for start in reversed(starts) if start <= cell.period), None)
            if column is not None:
                by_column[column].append(cell)
    return [total_of(standing, column, by_column[column]) for column in columns]


def total_of(standing: Standing, period: Month, found: Sequence[Cell]) -> PeriodTotal:
    """Return the total of one of the contract's periods, given the cells whose points fall in it."""
    assert standing.terms.scheme is not None
    if not standing.holds(period):
        return PeriodTotal(period)
    suspended_by = standing.suspension(period)
    lines = tuple(
        Line(
            cell.kpi,
            cell.status.value,
            cell.cost,
            cell.relieved or suspended_by is not None,
            (*cell.cost.facts, suspended_by) if suspended_by else cell.cost.facts,
        )
        for cell in found
        if cell.cost is not None
    )
    with localcontext(EXACT):
        gross = sum((line.cost.points for line in lines), Decimal(0))
        relieved = sum((line.cost.points for line in lines if line.relieved), Decimal(0))
        net = gross - relieved
        credit = standing.terms.scheme.credit(net, standing.charge(period))
    rated = [cell for cell in found if cell.status is not Status.INFORMATION or cell.verdict.uncounted]
    provisional = any(cell.verdict.provisional or cell.unsettled for cell in rated)
    return PeriodTotal(period, gross, relieved, net, credit, provisional, suspended_by, lines)


@dataclass(frozen=True, slots=True)
class Abatement:
    """The view: totals by period, with what they rest on."""

    question: Question
    totals: list[PeriodTotal]
    notes: list[str]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "periods": [_period_document(total) for total in self.totals],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self.notes, 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Exhibit]:
        """Return the totals (Table 1b of the reports) with a chart of them, and the lines beneath them."""
        if self.question.standing.terms.scheme is None:
            return [self.totals_table(), self.lines_table()]
        return [self.totals_table(), self.chart(), self.lines_table()]

    def totals_table(self) -> Table:
        """Return the points and the credit of each period."""
        terms = self.question.standing.terms
        frequency = terms.frequency
        has_money = any(total.service_credit is not None for total in self.totals)
        return Table(
            title=f"Abatement points, {terms.title}, as at {day_in_words(self.question.moment.as_at)}",
            columns=(
                "Period",
                "Gross points",
                "Relieved",
                "Net points",
                *(["Service credit"] if has_money else []),
                "Remarks",
            ),
            rows=[
                (
                    Text(heading(total.period, frequency)),
                    *(
                        Text(amount(each) or "")
                        for each in (total.gross_points, total.relieved_points, total.net_points)
                    ),
                    *([Text(in_pounds(total.service_credit))] if has_money else []),
                    Text("; ".join(_remarks(self.question.standing, total))),
                )
                for total in self.totals
            ],
            numeric=range(1, 5 if has_money else 4),
            notes=list(enumerate(self.notes, 1)),
        )

    def chart(self) -> Chart:
        """Return the net points of each period, which are what the contract charges."""
        standing = self.question.standing
        frequency = standing.terms.frequency
        return Chart(
            title="What each period costs",
            unit="net points",
            bars=[
                Bar(
                    heading(total.period, frequency),
                    total.net_points,
                    "" if total.net_points is None else "; ".join(_remarks(standing, total)),
                )
                for total in self.totals
            ],
        )

    def lines_table(self) -> Table:
        """Return what each failing KPI costs, and the facts it rests on."""
        frequency = self.question.standing.terms.frequency
        return Table(
            title="What each failing KPI costs: points = weight × share × multiplier",
            columns=(
                "Period",
                "KPI",
                "Status",
                "Weight",
                "Share",
                "Run",
                "Multiplier",
                "Points",
                "Relieved",
                "Rests on",
            ),
            rows=[
                (
                    Text(heading(total.period, frequency)),
                    Text(line.kpi),
                    Text(STATUS_WORDS[line.status], line.status),
                    Text(plain(line.cost.weight)),
                    Text(plain(line.cost.share)),
                    Text(str(line.cost.run)),
                    Text(plain(line.cost.multiplier)),
                    Text(plain(line.cost.points)),
                    Text("yes" if line.relieved else "no"),
                    Text(", ".join(line.facts)),
                )
                for total in self.totals
                for line in total.lines
            ],
            numeric=(3, 4, 5, 6, 7),
            fixed=2,
            assumptions=assumptions(self.question.standing),
        )


def amount(points: Decimal | None) -> str | None:
    """Write an amount exactly; None where there is none."""
    return None if points is None else plain(points)


def in_pounds(pounds: Decimal | None) -> str:
    """Write money for people, to the penny, a half penny up; nothing where there is none."""
    return "" if pounds is None else f"£{pounds.quantize(Decimal('0.01'), ROUND_HALF_UP, EXACT):,f}"


def _remarks(standing: Standing, total: PeriodTotal) -> list[str]:
    if standing.terms.scheme is None:
        return ["the contract has no points"]
    if total.net_points is None:
        return ["not held"]
    remarks = ["provisional"] if total.provisional else []
    return [*remarks, "credits suspended"] if total.suspended_by else remarks


def _period_document(total: PeriodTotal) -> dict[str, Any]:
    return {
        "period": total.period,
        "gross_points": amount(total.gross_points),
        "relieved_points": amount(total.relieved_points),
        "net_points": amount(total.net_points),
        "service_credit": amount(total.service_credit),
        "provisional": total.provisional,
        "lines": [
            {
                "kpi": line.kpi,
                "status": line.status,
                "weight": plain(line.cost.weight),
                "share": plain(line.cost.share),
                "run": line.cost.run,
                "multiplier": plain(line.cost.multiplier),
                "points": plain(line.cost.points),
                "relieved": line.relieved,
                "facts": list(line.facts),
            }
            for line in total.lines
        ],
    }


def abatement(question: Question) -> Abatement:
    """Answer what each period's failures cost; nothing, where the contract has no points."""
    totals = period_totals(question.standing, question.columns) or [PeriodTotal(each) for each in question.columns]
    return Abatement(question, totals, [*late_notes(question), *late_terms_notes(question)])
