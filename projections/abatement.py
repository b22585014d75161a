"""Abatement points and service credits by period: gross, relieved, net, with a line per failing KPI."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from ledger.levels import Status
from ledger.period import Month, day_in_words, heading, shift
from ledger.values import EXACT, plain
from projections.caps import Caps, capped_in_period, periods_counted, rolled
from projections.cells import Cell
from projections.chart import Bar, Chart, Exhibit
from projections.derived import Derived
from projections.marks import late_notes, late_terms_notes
from projections.point_terms import point_terms
from projections.points import Cost
from projections.question import Question
from projections.standing import Standing
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions


@dataclass(frozen=True, slots=True)
class Line:
    """What one KPI costs in a period; `relieved` if its points do not count.

    A return that came late has a line of its own: `days_late` says by how much, the weight is what that costs, and
    share and multiplier are 1.
    """

    kpi: str
    status: str
    cost: Cost
    relieved: bool
    facts: tuple[str, ...]
    days_late: int | None = None

    @property
    def failure(self) -> str | None:
        """Return what failed, where that is not the KPI's own result."""
        return None if self.days_late is None else "late_return"


@dataclass(frozen=True, slots=True)
class PeriodTotal:
    """The points and the credit of a period.

    All are None for a period that is not held or a contract without points; the credit also if the terms do not
    turn points into money. `charged_points` are the net points as the terms' bands charge them; `caps` say what the
    credit would be without caps. The points are `provisional` while what they rest on is undecided.
    """

    period: Month
    gross_points: Decimal | None = None
    relieved_points: Decimal | None = None
    net_points: Decimal | None = None
    service_credit: Decimal | None = None
    provisional: bool = False
    suspended_by: str | None = None
    lines: tuple[Line, ...] = ()
    charged_points: Decimal | None = None
    caps: Caps | None = None

    @property
    def movable(self) -> bool:
        """Say whether the points or the credit may still move by what is undecided, through the rolling cap too."""
        return self.provisional or (self.caps is not None and self.caps.provisional)


def period_totals(standing: Standing, columns: Sequence[Month]) -> list[PeriodTotal]:
    """Return the totals of the contract's periods; none if its terms have no points.

    A KPI's points fall in the contract's period that its own period begins in.
    """
    return totals_of_derived(Derived(standing), columns)


def totals_of_derived(derived: Derived, columns: Sequence[Month]) -> list[PeriodTotal]:
    """Return the totals of the contract's periods as `period_totals` does, by cells that may be derived already."""
    standing = derived.standing
    if standing.terms.scheme is None:
        return []
    starts = sorted(periods_counted(standing, columns))
    found: list[list[Cell]] = [[] for _ in starts]
    last = shift(starts[-1], standing.terms.frequency.months - 1)
    for kpi in standing.in_order():
        for cell in derived.cells(kpi, last):
            if (place := bisect_right(starts, cell.period)) > 0:
                found[place - 1].append(cell)
    of_columns = zip(starts, found, strict=True)
    totals = rolled(standing, (total_of(standing, column, its) for column, its in of_columns))
    by_period = {total.period: total for total in totals}
    return [by_period[column] for column in columns]


def total_of(standing: Standing, period: Month, found: Sequence[Cell]) -> PeriodTotal:
    """Return the total of one of the contract's periods before any rolling cap, given the cells that fall in it."""
    assert standing.terms.scheme is not None
    if not standing.holds(period):
        return PeriodTotal(period)
    suspended_by = standing.suspension(period)
    lines = tuple(line for cell in found for line in _lines_of(cell, suspended_by))
    with localcontext(EXACT):
        gross = sum((line.cost.points for line in lines), Decimal(0))
        relieved = sum((line.cost.points for line in lines if line.relieved), Decimal(0))
        net = gross - relieved
        before = standing.terms.scheme.credit(net, standing.charge(period))
        caps = None if before is None else capped_in_period(before, standing.terms.scheme.cap)
        credit = caps.before - caps.period_cut if caps else None
    rated = [cell for cell in found if cell.status is not Status.INFORMATION or cell.verdict.uncounted]
    provisional = any(cell.verdict.provisional or cell.unsettled for cell in rated)
    charged = standing.terms.scheme.charged(net)
    return PeriodTotal(period, gross, relieved, net, credit, provisional, suspended_by, lines, charged, caps)


def _lines_of(cell: Cell, suspended_by: str | None) -> Iterator[Line]:
    """Yield what a cell costs: its failure, and its return where that came late."""
    relieved = cell.spared or suspended_by is not None
    suspends = (suspended_by,) if suspended_by else ()
    if cell.cost is not None:
        yield Line(cell.kpi, cell.status.value, cell.cost, relieved, (*cell.cost.facts, *suspends))
    if cell.late is not None:
        points, one = cell.late.points, Decimal(1)
        cost = Cost(points, one, 0, one, points, (cell.late.fact,))
        yield Line(cell.kpi, cell.status.value, cost, relieved, (cell.late.fact, *suspends), cell.late.days)


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
            "periods": [{**_period_document(total), **self._caps(total)} for total in self.totals],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self.notes, 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def _caps(self, total: PeriodTotal) -> dict[str, Any]:
        """Return what caps do to a period's credit as JSON; nothing where no cap is to be said."""
        scheme = self.question.standing.terms.scheme
        said = self.question.says_caps and scheme is not None and scheme.caps_credits
        return total.caps.document() if said and total.caps else {}

    def _remarks(self, total: PeriodTotal) -> str:
        said = caps_in_words(self.question.standing, total) if self.question.says_caps else []
        return "; ".join([*_remarks(self.question.standing, total), *said])

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
                    Text(self._remarks(total)),
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
        terms = self.question.standing.terms
        lines = [(heading(total.period, terms.frequency), line) for total in self.totals for line in total.lines]
        window = terms.scheme is not None and bool(terms.scheme.ratchets)
        return Table(
            title="What each failing KPI costs: points = weight × share × multiplier",
            columns=(
                *("Period", "KPI", "Status", "Weight", "Share", "Run"),
                *(["Failures"] if window else []),
                *("Multiplier", "Points", "Relieved", "Rests on"),
            ),
            rows=[
                (
                    Text(period),
                    Text(line.kpi),
                    Text(_status_in_words(line), line.status),
                    Text(plain(line.cost.weight)),
                    Text(plain(line.cost.share)),
                    Text(str(line.cost.run)),
                    *([Text(_failures_in_words(line.cost))] if window else []),
                    Text(plain(line.cost.multiplier)),
                    Text(plain(line.cost.points)),
                    Text("yes" if line.relieved else "no"),
                    Text(", ".join(line.facts)),
                )
                for period, line in lines
            ],
            numeric=(3, 4, 5, 7, 8) if window else (3, 4, 5, 6, 7),
            fixed=2,
            assumptions=assumptions(self.question.standing),
        )


def _status_in_words(line: Line) -> str:
    """Say a line's status, its severity where bands have points, and how late a return came."""
    words = STATUS_WORDS[line.status]
    if line.days_late is not None:
        return f"{words}; returned {line.days_late} {'day' if line.days_late == 1 else 'days'} late"
    return f"{words}: {line.cost.severity}" if line.cost.severity else words


def _failures_in_words(cost: Cost) -> str:
    """Say how many of the last periods failed, and whether that gave the multiplier."""
    if cost.failures is None:
        return ""
    return f"{cost.failures} of {cost.within}{' (ratchet)' if cost.by_ratchet else ''}"


def amount(points: Decimal | None) -> str | None:
    """Write an amount exactly; None where there is none."""
    return None if points is None else plain(points)


def in_pounds(pounds: Decimal | None) -> str:
    """Write money for people, to the penny, a half penny up; nothing where there is none.

    >>> in_pounds(Decimal("1234.565")), in_pounds(Decimal(-650)), in_pounds(Decimal("-0.001")), in_pounds(None)
    ('£1,234.57', '−£650.00', '£0.00', '')
    """
    if pounds is None:
        return ""
    pence = pounds.quantize(Decimal("0.01"), ROUND_HALF_UP, EXACT)
    return f"{'−' if pence < 0 else ''}£{abs(pence):,f}"


def _remarks(standing: Standing, total: PeriodTotal) -> list[str]:
    if standing.terms.scheme is None:
        return ["the contract has no points"]
    if total.net_points is None:
        return ["not held"]
    remarks = ["provisional"] if total.movable else []
    return [*remarks, "credits suspended"] if total.suspended_by else remarks


def caps_in_words(standing: Standing, total: PeriodTotal) -> list[str]:
    """Say which cap a period's credit has reached, what it would have been, and what was cut."""
    caps, scheme = total.caps, standing.terms.scheme
    if caps is None or scheme is None or not caps.reached:
        return []
    cap = scheme.rolling_cap
    named = {
        "period": f"the cap of {in_pounds(scheme.cap)} a period",
        "rolling": f"the cap of {in_pounds(caps.limit)} over {cap.months if cap else 0} months",
    }
    reached = " and ".join(named[each] for each in caps.reached)
    are = "is" if len(caps.reached) == 1 else "are"
    return [f"{reached} {are} reached: {in_pounds(caps.before)} before, {in_pounds(caps.cut)} cut"]


def _period_document(total: PeriodTotal) -> dict[str, Any]:
    return {
        "period": total.period,
        "gross_points": amount(total.gross_points),
        "relieved_points": amount(total.relieved_points),
        "net_points": amount(total.net_points),
        "service_credit": amount(total.service_credit),
        "provisional": total.movable,
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
                "severity": line.cost.severity,
                "failures_in_window": line.cost.failures,
                "within": line.cost.within,
                "multiplier_from": _multiplier_from(line.cost),
                "failure": line.failure,
                "days_late": line.days_late,
            }
            for line in total.lines
        ],
    }


def _multiplier_from(cost: Cost) -> str | None:
    """Return what gave the multiplier, where a scheme has ratchets."""
    if cost.within is None:
        return None
    return "ratchet" if cost.by_ratchet else "run"


def abatement(question: Question) -> Abatement:
    """Answer what each period's failures cost; nothing, where the contract has no points."""
    totals = period_totals(question.standing, question.columns) or [PeriodTotal(each) for each in question.columns]
    return Abatement(question, totals, _notes(question))


def _notes(question: Question) -> list[str]:
    terms = point_terms(question.standing.terms.scheme)
    return [*terms, *late_notes(question), *late_terms_notes(question)]
