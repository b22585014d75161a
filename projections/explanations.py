"""What could explain that an outside table and the ledger differ: causes that one or more figures share."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from ledger.levels import RELIEVED
from ledger.period import Month, heading, in_words, months_between, shift
from ledger.published import Printed
from ledger.report_facts import ReportCorrected, ReportPublished
from projections.cells import Verdict, level_in_force, verdict, window
from projections.figures import NUMBER, Figures, is_points, kpi_named, reported_cells
from projections.notes import teller_of
from projections.points import UNDECIDED
from projections.reconcile_points import PointsExplainer
from projections.standing import KpiStanding
from projections.summary import ALL, CountedCell, row_of
from projections.table import STATUS_WORDS
from projections.wording import in_words as result_in_words
from projections.wording import listed

_RATED_ROWS = ("green", "amber", "red", "mitigated")
_NEIGHBOURS = 3


@dataclass(slots=True)
class Finding:
    """One cause, and the figures that differ by it.

    `candidates` are the KPIs that would explain it, likeliest first.
    """

    number: int
    period: Month
    sentences: list[str]
    candidates: list[str] = field(default_factory=list)
    cells: list[Printed] = field(default_factory=list)

    @property
    def tables(self) -> list[str]:
        """Return the tables that the figures stand in."""
        return list(dict.fromkeys(each.table for each in self.cells))

    def document(self) -> dict[str, Any]:
        """Return the finding as JSON."""
        return {
            "n": self.number,
            "period": self.period,
            "tables": self.tables,
            "services": list(dict.fromkeys(each.service for each in self.cells)),
            "rows": list(dict.fromkeys(each.row for each in self.cells)),
            "differences": len(self.cells),
            "candidates": self.candidates,
            "text": " ".join(self.sentences),
        }


class Candidate(NamedTuple):
    """A KPI that would explain a count, and why it more than another; `rank` orders them, likeliest first."""

    rank: tuple[int, ...]
    ref: str
    why: str


class _Group(NamedTuple):
    """The counts that one table prints of one service in one period, those that differ among them."""

    service: str
    printed: dict[str, int]
    differing: list[Printed]


class Explainer:
    """Explains the differences between an outside table and the ledger, as a question sees it."""

    def __init__(self, figures: Figures, printed: Sequence[Printed]) -> None:
        self._figures = figures
        self._question = figures.question
        self._standing = figures.standing
        self._printed = printed
        self._points = PointsExplainer(figures, printed)
        self._findings: list[Finding] = []

    def findings(self, differing: Sequence[Printed]) -> list[Finding]:
        """Return the causes of the differences, those of one period together; every difference has one at least."""
        for period in sorted({each.period for each in differing}):
            here = [each for each in differing if each.period == period]
            if not self._standing.holds(period):
                words = in_words(period, self._standing.terms.frequency)
                self._found(period, [f"The ledger keeps no records of {words}."], [], here)
                continue
            self._tell_errata(here)
            self._explain_counts(period, [each for each in here if each.counts])
            if totals := [each for each in here if each.totals]:
                self._found(period, *self._points.totals(period, totals), totals)
            for each in here:
                if not each.counts and not each.totals:
                    self._found(period, self._result(each), [], [each])
        return self._findings

    def _found(self, period: Month, sentences: list[str], candidates: list[str], cells: list[Printed]) -> None:
        self._findings.append(Finding(len(self._findings) + 1, period, sentences, candidates, cells))

    def _tell_errata(self, differing: Sequence[Printed]) -> None:
        """Tell the errata that name the table, the row and the period of a figure."""
        teller = teller_of(self._standing)
        for fact in (each.fact for each in self._standing.printed):
            if not isinstance(fact, ReportCorrected):
                continue
            named = [each for each in differing if _names(fact, each)]
            if named:
                sentences = [f"The erratum of {fact.report} says: {teller.sentence(fact)}"]
                if all(fact.corrected == str(self._figures.of(each)) for each in named):
                    sentences.append("What it puts right is what the ledger has.")
                self._found(fact.period, sentences, [], named)

    def _explain_counts(self, period: Month, differing: Sequence[Printed]) -> None:
        """Explain each service's counts; those of all services by the same causes, where they follow from them."""
        groups = self._groups(period, differing)
        causes: dict[tuple[object, ...], Finding] = {}
        for group in groups:
            if group.service != ALL:
                key = (group.service, *sorted(group.printed.items()))
                if key not in causes:
                    self._found(period, *self._cause(period, group), [])
                    causes[key] = self._findings[-1]
                causes[key].cells += group.differing
        shared = self._sum_of_changes(period, [group for group in groups if group.service != ALL])
        for group in groups:
            if group.service != ALL:
                continue
            follows = causes and shared is not None and self._follows(period, group, shared)
            if follows:
                for finding in causes.values():
                    finding.cells += group.differing
            else:
                self._found(period, *self._cause(period, group), group.differing)

    def _groups(self, period: Month, differing: Sequence[Printed]) -> list[_Group]:
        tables = dict.fromkeys((each.table, each.service) for each in differing)
        counts = [each for each in self._printed if each.counts and each.period == period]
        return [
            _Group(
                service,
                {each.row: int(each.published) for each in counts if (each.table, each.service) == (table, service)},
                [each for each in differing if (each.table, each.service) == (table, service)],
            )
            for table, service in tables
        ]

    def _ledger(self, service: str, period: Month, row: str) -> int:
        counted = self._figures.counts.get((service, period), Counter())
        return counted.total() if row == "total" else counted[row]

    def _changes(self, period: Month, group: _Group) -> dict[str, int]:
        """Return by how much each printed row is more than the ledger's."""
        return {row: count - self._ledger(group.service, period, row) for row, count in group.printed.items()}

    def _sum_of_changes(self, period: Month, groups: Sequence[_Group]) -> Counter[str] | None:
        """Return by how much the tables of the services are more than the ledger; None if two of one disagree."""
        by_service: dict[str, dict[str, int]] = {}
        for group in groups:
            changes = self._changes(period, group)
            if by_service.setdefault(group.service, changes) != changes:
                return None
        total: Counter[str] = Counter()
        for changes in by_service.values():
            total.update(changes)
        return total

    def _follows(self, period: Month, group: _Group, shared: Counter[str]) -> bool:
        return all(change == shared[row] for row, change in self._changes(period, group).items())

    def _cause(self, period: Month, group: _Group) -> tuple[list[str], list[str]]:
        """Return what could explain the counts of a service: sentences, and the KPIs that would."""
        changes = self._changes(period, group)
        rated = {row: changes[row] for row in _RATED_ROWS if row in changes}
        whole = len(rated) == len(_RATED_ROWS)
        added = sum(group.printed[row] for row in rated)
        total = group.printed.get("total", added if whole else None)
        words = self._place(period, group.service)
        if whole and added != total:
            return [f"{words}: the printed rows add up to {added}, the printed total is {total}."], []
        held = self._ledger(group.service, period, "total")
        if total is not None and total != held:
            return [f"{words}: {self._other_total(period, group.service, total, held)}"], []
        lost = [row for row, change in rated.items() if change < 0]
        gained = [row for row, change in rated.items() if change > 0]
        if whole and min(len(lost), len(gained)) == 1:
            return self._moves(period, group.service, rated, lost, gained)
        listed = ", ".join(f"{row} {change:+d}" for row, change in changes.items() if change)
        why = "no move between two rows explains it" if whole else "without its other rows no more can be told"
        return [f"{words}: printed against the ledger, {listed}; {why}."], []

    def _place(self, period: Month, service: str) -> str:
        words = in_words(period, self._standing.terms.frequency)
        return words if service == ALL else f"{words}, {service}"

    def _other_total(self, period: Month, service: str, total: int, held: int) -> str:
        if held > total:
            return f"the table counts {total} KPIs, the ledger {held}."
        waiting = [
            kpi.introduced.ref
            for kpi in self._kpis(service)
            for cell in window(self._standing, kpi, period, self._end(period))
            if cell.status in UNDECIDED
        ]
        without = f"; {listed(waiting)} {'has' if len(waiting) == 1 else 'have'} no agreed result" if waiting else ""
        return f"the ledger holds {held} of the {total} KPIs counted{without}."

    def _kpis(self, service: str) -> list[KpiStanding]:
        return [kpi for kpi in self._standing.in_order() if service in (ALL, kpi.introduced.service)]

    def _end(self, period: Month) -> Month:
        return shift(period, self._standing.terms.frequency.months - 1)

    def _moves(
        self, period: Month, service: str, changes: Mapping[str, int], lost: Sequence[str], gained: Sequence[str]
    ) -> tuple[list[str], list[str]]:
        """Explain rows that KPIs have left, and those they are in instead: one of the two is a single row."""
        sentences, named = [], []
        for was in lost:
            for now in gained:
                number = min(-changes[was], changes[now])
                found = sorted(self._candidates(period, service, was, now))
                sentences += [
                    f"{self._place(period, service)}: {_number(number)} {now} in print and {was} in the ledger.",
                    _would_explain(found, number),
                ]
                if now == "mitigated":
                    words = in_words(period, self._standing.terms.frequency)
                    sentences.append(
                        f"The ledger holds no grant of relief for any of them in {words}, so that its table of "
                        "mitigations (Table 9) lists none; a KPI that is relieved may still be printed with its value."
                    )
                named += [candidate.ref for candidate in found]
        return [each for each in sentences if each], list(dict.fromkeys(named))

    def _candidates(self, period: Month, service: str, was: str, now: str) -> Iterator[Candidate]:
        """Yield the KPIs that the ledger has in one row and that may be printed in the other."""
        here = [each for each in self._figures.counted if each.column == period and each.row == was]
        for place, each in enumerate(here):
            if service not in (ALL, each.kpi.introduced.service):
                continue
            ref = each.kpi.introduced.ref
            reported = [
                f"{result_in_words(kpi, each.cell.period, found)} as reported in {report.report}"
                for report, kpi, found in self._reported(ref, each.cell.period)
                if row_of(found.status) == now
            ]
            relieved = self._relieved_near(each.kpi, each.cell.period) if now == "mitigated" else []
            if reported:
                yield Candidate((0, place), ref, reported[0])
            elif relieved:
                nearest = min(abs(distance) for distance, _ in relieved)
                months = ", ".join(heading(near, each.kpi.frequency) for _, near in relieved)
                yield Candidate((1, nearest, -len(relieved), place), ref, f"relieved in {months}")
            elif was == "mitigated":
                yield Candidate((2, place), ref, f"relieved by {', '.join(_grants(each))}" if _grants(each) else "")
            elif each.cell.verdict.provisional:
                yield Candidate((3, place), ref, "provisional")
            else:
                yield Candidate((4, place), ref, "")

    def _relieved_near(self, kpi: KpiStanding, period: Month) -> list[tuple[int, Month]]:
        """Return the neighbouring periods in which a KPI is relieved, with how many periods off they are."""
        step = kpi.frequency.months
        around = window(self._standing, kpi, shift(period, -_NEIGHBOURS * step), shift(period, _NEIGHBOURS * step))
        months = [cell.period for cell in around if cell.status in RELIEVED and cell.period != period]
        return [(months_between(period, month) // step, month) for month in months]

    def _reported(self, ref: str, period: Month) -> Iterator[tuple[ReportPublished, KpiStanding, Verdict]]:
        """Yield what the reports in sight showed for a cell, as each was pinned."""
        for report, standing, kpi in reported_cells(self._figures.reports, ref, period):
            yield report, kpi, verdict(standing, kpi, period)

    def _result(self, printed: Printed) -> list[str]:
        """Tell what a KPI's result in the ledger rests on, and the report that showed it as it is printed."""
        kpi = kpi_named(self._standing, printed)
        assert kpi is not None
        if is_points(self._standing, printed):
            return self._points.result(printed, kpi)
        found = verdict(self._standing, kpi, printed.period)
        place = f"{printed.row}, {in_words(printed.period, kpi.frequency)}"
        sentences = [f"{place}: the ledger has {result_in_words(kpi, printed.period, found)}."]
        number = NUMBER.fullmatch(printed.published)
        if number and found.value is not None and Decimal(number[1]).scaleb(2) == found.value != 0:
            sentences.append(f"{printed.published} is that as a share of one.")
        for report, then, was in self._reported(printed.row, printed.period):
            if (was.status, was.value) != (found.status, found.value):
                sentences.append(f"It was {result_in_words(then, printed.period, was)} in {report.report}.")
        if _says_relieved(printed) and found.status not in RELIEVED:
            months = [heading(month, kpi.frequency) for _, month in self._relieved_near(kpi, printed.period)]
            near = f"; it is relieved in {', '.join(months)}" if months else ""
            sentences.append(f"No grant relieves it in this period{near}.")
        level = level_in_force(kpi, printed.period)
        if found.basis == "value" and level is not None:
            against = "its bands" if level.bands is not None else level.in_words()
            sentences.append(f"It is judged against {against} ({level.fact_id}).")
        told = self._told(found.facts)
        return [*sentences, *(told or ["No fact speaks of it."])]

    def _told(self, ids: Iterable[str]) -> list[str]:
        teller = teller_of(self._standing)
        by_id = {recorded.fact.id: recorded.fact for recorded in self._question.facts}
        return [teller.sentence(by_id[each]) for each in dict.fromkeys(ids)]


def _names(erratum: ReportCorrected, printed: Printed) -> bool:
    """Say whether an erratum speaks of a figure: its table and row, as a code or as printed, and its period."""
    row = erratum.row.casefold()
    rows = (printed.row.casefold(), STATUS_WORDS.get(printed.row, printed.row).casefold())
    same_table = erratum.table.casefold() == printed.table.casefold()
    return same_table and row in rows and erratum.period == printed.period


def _says_relieved(printed: Printed) -> bool:
    return printed.published.lower() in ("mitigated", STATUS_WORDS["mitigated"].lower())


def _grants(each: CountedCell) -> list[str]:
    grants = {recorded.fact.id for recorded, _ in each.kpi.grants}
    return [fact for fact in each.cell.verdict.facts if fact in grants]


def _number(number: int) -> str:
    return "one KPI is" if number == 1 else f"{number} KPIs are"


def _would_explain(found: Sequence[Candidate], number: int) -> str:
    """Say which KPIs would explain a move, those with a reason of their own first."""
    likely = [f"{each.ref} ({each.why})" for each in found if each.why]
    others = [each.ref for each in found if not each.why]
    would = "would explain it" if number == 1 else f"would explain it, {number} of them"
    if likely and others:
        return f"{' or '.join(likely)} {would}; so could {listed(others)}."
    return f"{' or '.join(likely)} {would}." if likely else f"It could be any of {listed(others)}."
