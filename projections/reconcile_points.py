"""What could explain that points or credits were published otherwise: what makes them, and what they rest on."""

from collections.abc import Sequence
from decimal import Decimal

from ledger.period import Month, in_words
from ledger.published import Printed, amount_of
from ledger.scheme import Scheme
from ledger.values import EXACT, plain
from projections.abatement import Line, PeriodTotal, in_pounds, period_totals
from projections.cells import Cell
from projections.cells import cells as cells_of
from projections.figures import Figures, reported_cells
from projections.notes import teller_of
from projections.points import Cost
from projections.standing import KpiStanding
from projections.table import STATUS_WORDS
from projections.wording import in_words as result_in_words
from projections.wording import listed

_NAMES = {
    "gross_points": "gross points",
    "relieved_points": "relieved points",
    "net_points": "net points",
    "service_credit": "service credit",
}
_MOST_LINES = 12
_NO_POINTS = "The contract's terms have no points."


class PointsExplainer:
    """Explains the points that an outside table gives otherwise."""

    def __init__(self, figures: Figures, printed: Sequence[Printed]) -> None:
        self._figures = figures
        self._standing = figures.standing
        self._printed = printed

    def totals(self, period: Month, differing: Sequence[Printed]) -> tuple[list[str], list[str]]:
        """Return what could explain a period's points and credit: sentences, and the KPIs that would."""
        scheme, total = self._standing.terms.scheme, self._figures.totals.get(period)
        if scheme is None or total is None:
            return [_NO_POINTS], []
        words = in_words(period, self._standing.terms.frequency)
        moves, candidates = _alternatives(scheme, total, _more_than_ledger(differing, self._figures))
        return [
            f"{words}: the ledger has {_amounts(total)}.",
            *self._contradictions(differing),
            *_confusions(differing, total),
            *_made_of(total),
            *moves,
            *self._reported(period, differing),
            *self._open(total),
            *_money(scheme, total, differing),
            *_assumed(scheme),
        ], candidates

    def result(self, printed: Printed, kpi: KpiStanding) -> list[str]:
        """Tell what a KPI's points in the ledger rest on."""
        scheme = self._standing.terms.scheme
        if scheme is None:
            return [_NO_POINTS]
        cell = self._figures.cell(kpi, printed.period)
        place = f"{kpi.introduced.ref}, {in_words(printed.period, kpi.frequency)}"
        has = "no points" if cell.points is None else f"{plain(cell.points)} points"
        shown = result_in_words(kpi, printed.period, cell.verdict)
        made = f", {_product(cell.cost)}" if cell.cost and not cell.spared else ""
        sentences = [f"{place}: the ledger has {has} for {shown}{made}."]
        amount = amount_of(printed.published)
        if cell.cost and cell.spared:
            sentences.append(f"It is relieved; without relief it would cost {_product(cell.cost)}.")
        elif cell.cost and cell.relieved:
            sentences.append("It is relieved, which by the contract's terms leaves its points.")
        sentences += _ratchet(cell.cost) if cell.cost else []
        if cell.late is not None:
            off = ", relieved" if cell.spared else ""
            late = f"Its return came {_days(cell.late.days)} late, which has a line of its own"
            sentences.append(f"{late}: {plain(cell.late.points)} points{off}.")
        if cell.cost and amount is not None:
            others = _other_products(scheme, cell.cost, amount)
            sentences += [f"{' or '.join(others)} would explain it."] if others else []
        for report, then, its in reported_cells(self._figures.reports, kpi.introduced.ref, printed.period):
            was = next((each for each in cells_of(then, its, printed.period) if each.period == printed.period), None)
            if was is not None and was.points is not None and was.points != cell.points:
                sentences.append(f"It was {plain(was.points)} points in {report.report}.")
        return [*sentences, *_open_cell(cell), *self._told(cell), *_assumed(scheme)]

    def _contradictions(self, differing: Sequence[Printed]) -> list[str]:
        """Say where a table's own points do not add up."""
        found = []
        for table in dict.fromkeys(each.table for each in differing):
            beside = {
                each.row: amount_of(each.published)
                for each in self._printed
                if each.totals and (each.table, each.period) == (table, differing[0].period)
            }
            gross, relieved, net = (beside.get(row) for row in ("gross_points", "relieved_points", "net_points"))
            if gross is not None and relieved is not None and net is not None and gross - relieved != net:
                less = EXACT.subtract(gross, relieved)
                found.append(f"The printed gross points less the relieved are {plain(less)}, the net {plain(net)}.")
        return found

    def _reported(self, period: Month, differing: Sequence[Printed]) -> list[str]:
        """Say which published reports showed other points, as they were pinned."""
        found = []
        rows = dict.fromkeys(each.row for each in differing)
        for report, standing in self._figures.reports:
            if not report.first_period <= period <= report.last_period:
                continue
            for total in period_totals(standing, [period]):
                for row in rows:
                    was, now = getattr(total, row), getattr(self._figures.totals[period], row)
                    if was is not None and was != now:
                        found.append(f"It was {_amount(row, was)} in {report.report}.")
        return found

    def _open(self, total: PeriodTotal) -> list[str]:
        """Say what may still move a period's points, and what suspends them."""
        found = []
        if total.suspended_by is not None:
            found.append(f"Service credits are suspended: {self._sentences([total.suspended_by])[0]}")
        if total.provisional:
            waiting = [
                each.kpi.introduced.ref
                for each in self._figures.counted
                if each.column == total.period and (each.cell.verdict.provisional or each.cell.unsettled)
            ]
            named = f" of {listed(waiting)}" if waiting else ""
            found.append(f"They are provisional: a dispute, a request or a result{named} is undecided.")
        return found

    def _told(self, cell: Cell) -> list[str]:
        return self._sentences(cell.cost.facts if cell.cost else cell.verdict.facts)

    def _sentences(self, ids: Sequence[str]) -> list[str]:
        teller = teller_of(self._standing)
        by_id = {recorded.fact.id: recorded.fact for recorded in self._figures.question.facts}
        return [teller.sentence(by_id[each]) for each in dict.fromkeys(ids)]


def _amount(row: str, amount: Decimal) -> str:
    return f"a service credit of {in_pounds(amount)}" if row == "service_credit" else f"{plain(amount)} {_NAMES[row]}"


def _amounts(total: PeriodTotal) -> str:
    given = [(row, amount) for row in _NAMES if (amount := getattr(total, row)) is not None]
    said = [_amount(row, amount) for row, amount in given]
    return ", ".join(said[:-1]) + (" and " if len(said) > 1 else "") + said[-1]


def _more_than_ledger(differing: Sequence[Printed], figures: Figures) -> tuple[str, Decimal] | None:
    """Return by how many points the first row that differs is more than the ledger's, gross before net."""
    for row in ("gross_points", "net_points"):
        for each in differing:
            printed, ledger = amount_of(each.published), figures.amount(each)
            if each.row == row and printed is not None and ledger is not None:
                return row, EXACT.subtract(printed, ledger)
    return None


def _confusions(differing: Sequence[Printed], total: PeriodTotal) -> list[str]:
    """Say where a printed figure is another of the ledger's."""
    return [
        f"The printed {_NAMES[each.row]} are the ledger's {_NAMES[row]}."
        for each in differing
        for row in ("gross_points", "relieved_points", "net_points")
        if each.row not in (row, "service_credit") and getattr(total, row) == amount_of(each.published) != 0
    ]


def _made_of(total: PeriodTotal) -> list[str]:
    if not total.lines:
        return ["No KPI fails in it."]
    made = [
        f"{line.kpi} ({_failure(line)}) {_made(line)}{', relieved' if line.relieved else ''}"
        for line in total.lines[:_MOST_LINES]
    ]
    more = len(total.lines) - _MOST_LINES
    return [f"They are made of {'; '.join(made)}{f'; and {more} more' if more > 0 else ''}."]


def _failure(line: Line) -> str:
    if line.days_late is not None:
        return f"returned {_days(line.days_late)} late"
    words = STATUS_WORDS[line.status]
    return f"{words}, {line.cost.severity}" if line.cost.severity else words


def _made(line: Line) -> str:
    return f"= {plain(line.cost.points)}" if line.days_late is not None else _product(line.cost)


def _days(number: int) -> str:
    return f"{number} {'day' if number == 1 else 'days'}"


def _product(cost: Cost) -> str:
    amounts = (cost.weight, cost.multiplier) if cost.severity else (cost.weight, cost.share, cost.multiplier)
    return f"{' × '.join(map(plain, amounts))} = {plain(cost.points)}"


def _ratchet(cost: Cost) -> list[str]:
    """Say that a multiplier is a ratchet's, not the run's."""
    if not cost.by_ratchet:
        return []
    return [f"Its multiplier is that of a ratchet: {cost.failures} of its last {cost.within} periods failed."]


def _alternatives(
    scheme: Scheme, total: PeriodTotal, difference: tuple[str, Decimal] | None
) -> tuple[list[str], list[str]]:
    """Name the lines that would explain a difference, if one of their factors were another."""
    if difference is None:
        return [], []
    row, more = difference
    found: list[tuple[Line, list[str]]] = [
        (line, words)
        for line in total.lines
        if (row == "gross_points" or not line.relieved)
        and (words := _others(scheme, line, EXACT.add(line.cost.points, more)))
    ]
    if not found:
        return [], []
    named = " or ".join(f"{line.kpi} ({', or '.join(words)})" for line, words in found[:_MOST_LINES])
    return [f"{named} would explain it."], [line.kpi for line, _ in found]


def _others(scheme: Scheme, line: Line, wanted: Decimal) -> list[str]:
    """Say what else would make a line's points those wanted."""
    if line.days_late is None:
        return _other_products(scheme, line.cost, wanted)
    return _other_days(scheme, line.cost, wanted)


def _other_days(scheme: Scheme, cost: Cost, wanted: Decimal) -> list[str]:
    """Say how late another return would have been."""
    if wanted == cost.points or scheme.late_return is None:
        return []
    if wanted == 0:
        return ["if it was in time"]
    each = scheme.late_return.points_per_day
    days = int(wanted / each) if each and wanted > 0 else 0
    return [f"if it was {_days(days)} late"] if days and scheme.late_return.points(days) == wanted else []


def _other_products(scheme: Scheme, cost: Cost, wanted: Decimal) -> list[str]:
    """Say which other factor would make the points wanted; one is changed at a time."""
    if wanted == cost.points:
        return []
    found = ["without its points"] if wanted == 0 else []
    if cost.severity is not None:
        found += [
            f"as {each.name}, {plain(each.points)} points"
            for each in cost.severities
            if each.points and EXACT.multiply(each.points, cost.multiplier) == wanted
        ]
    else:
        found += [
            f"as {status}, share {plain(share)}"
            for status, share in (scheme.shares or {}).items()
            if share and EXACT.multiply(EXACT.multiply(cost.weight, share), cost.multiplier) == wanted
        ]
    return found + [
        f"with the multiplier {plain(multiplier)} in place of {plain(cost.multiplier)}"
        for multiplier in dict.fromkeys([*scheme.multipliers, *(each.multiplier for each in scheme.ratchets or ())])
        if EXACT.multiply(EXACT.multiply(cost.weight, cost.share), multiplier) == wanted
    ]


def _open_cell(cell: Cell) -> list[str]:
    found = []
    if cell.verdict.provisional:
        found.append("It is provisional: a dispute or a request is undecided.")
    if cell.unsettled:
        found.append("Its run hangs on an earlier result that is not in yet.")
    if cell.assumed:
        found.append("Its run into the first period held is not known and taken as 0.")
    return found


def _money(scheme: Scheme, total: PeriodTotal, differing: Sequence[Printed]) -> list[str]:
    """Say how points become money, where a credit differs."""
    if not any(each.row == "service_credit" for each in differing):
        return []
    if scheme.pounds_per_point is not None:
        rate = f"A point costs {in_pounds(scheme.pounds_per_point)}"
    elif scheme.percent_of_charge_per_point is not None:
        unset = "" if total.service_credit is not None else ", and none are set"
        rate = f"A point costs {plain(scheme.percent_of_charge_per_point)} % of the period's charges{unset}"
    else:
        return ["The contract's terms do not turn points into money."]
    bands = "" if scheme.point_bands is None else f", {_bands(scheme)}"
    most = f", at most {in_pounds(scheme.cap)} a period" if scheme.cap is not None else ""
    return [f"{rate}{bands}{most}.", *_rolling(scheme, total)]


def _bands(scheme: Scheme) -> str:
    """Say how often each band of points costs its price."""
    return ", ".join(f"those above {plain(band.above)} × {plain(band.times)}" for band in scheme.point_bands or ())


def _rolling(scheme: Scheme, total: PeriodTotal) -> list[str]:
    """Say what the cap over several months leaves for a period."""
    if scheme.rolling_cap is None or total.caps is None or total.caps.limit is None:
        return []
    together = f"{in_pounds(total.caps.limit)} over {scheme.rolling_cap.months} months"
    return [f"Credits come to at most {together}, of which {in_pounds(total.caps.earlier)} fell in those before."]


def _assumed(scheme: Scheme) -> list[str]:
    """Say that points rest on readings of the contract; they are listed with the view's assumptions."""
    number = len(scheme.assumptions)
    named = "an assumption" if number == 1 else f"{number} assumptions"
    return [f"Points rest on {named} of the scheme, listed with this."] if number else []
