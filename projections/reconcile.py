"""An outside table against the ledger: every figure that differs, and what could explain it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from ledger.faults import BadInput
from ledger.period import day_in_words, heading, is_period, shift
from ledger.published import COUNTED_ROWS, POINTS, TOTAL_ROWS, Printed, Published, amount_of
from projections.abatement import in_pounds
from projections.explanations import Explainer, Finding
from projections.figures import NUMBER, STATUSES, Figures, is_points, kpi_named
from projections.question import Question
from projections.standing import KpiStanding, Standing
from projections.summary import ALL
from projections.table import Table, Text
from projections.terms import assumptions
from projections.wording import DATA_NOT_AVAILABLE


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that the ledger gives otherwise; `ledger` is None where it keeps no records.

    `findings` are the numbers of what could explain it.
    """

    printed: Printed
    ledger: int | str | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The view."""

    question: Question
    name: str
    checked: int
    differences: list[Difference]
    findings: list[Finding]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "checked": self.checked,
            "agree": self.checked - len(self.differences),
            "differences": [
                {
                    "table": each.printed.table,
                    "service": each.printed.service,
                    "row": each.printed.row,
                    "period": each.printed.period,
                    "published": int(each.printed.published) if each.printed.counts else each.printed.published,
                    "ledger": each.ledger,
                    "explanations": [sentence for finding in each.findings for sentence in finding.sentences],
                    "findings": [finding.number for finding in each.findings],
                }
                for each in self.differences
            ],
            "findings": [finding.document() for finding in self.findings],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Table]:
        """Return the differences, and what could explain them."""
        standing = self.question.standing
        frequency = standing.terms.frequency
        agree = self.checked - len(self.differences)
        rows = [
            (
                Text(each.printed.table),
                Text(each.printed.service),
                Text(each.printed.row),
                Text(heading(each.printed.period, frequency)),
                Text(each.printed.published),
                Text(self._ledger(each)),
                Text(", ".join(str(finding.number) for finding in each.findings)),
            )
            for each in self.differences
        ]
        told = [
            (Text(str(each.number)), Text(", ".join(each.tables)), Text(" ".join(each.sentences)))
            for each in self.findings
        ]
        day = day_in_words(self.question.moment.as_at)
        checked = f"{self.checked} figures checked, {agree} agree, {len(self.differences)} differ"
        differing = [
            Table(
                title=f"{self.name} against {standing.terms.title}, as at {day}: {checked}",
                columns=("Table", "Service", "Row", "Period", "Published", "Ledger", "Finding"),
                rows=rows,
                numeric=(4, 5),
                fixed=4,
            ),
        ]
        if not told:
            return differing
        columns = ("Finding", "Tables", "What could explain it")
        rests = any(each.printed.totals or is_points(standing, each.printed) for each in self.differences)
        listed = assumptions(standing) if rests else ()
        return [*differing, Table(title="What could explain them", columns=columns, rows=told, assumptions=listed)]

    def _ledger(self, difference: Difference) -> str:
        """Write what the ledger has for people; what it lacks in words."""
        if difference.ledger is None:
            return "none" if self.question.standing.holds(difference.printed.period) else "not held"
        if difference.printed.row == "service_credit":
            return in_pounds(Decimal(difference.ledger))
        return str(difference.ledger)


def reconcile(question: Question, published: Published, *, whole: bool = True) -> Reconciliation:
    """Hold an outside table against the ledger.

    Args:
        question: as at when, known when; its periods count only if not `whole`.
        published: what was read of the table.
        whole: whether every figure is checked, or only those of the question's periods.

    Raises:
        BadInput: with every fault of the file; or if no figure is about the periods asked for.
    """
    _check(question.standing, published)
    printed = published.printed
    if not whole:
        span = question.columns[0], question.last_month
        printed = [each for each in printed if span[0] <= each.period <= span[1]]
        if not printed:
            raise BadInput.of(
                f"no figure of it is about {span[0]} to {span[1]}; name other periods", "", published.name
            )
    figures = Figures(_over(question, printed))
    differing = [each for each in printed if not figures.agrees(each)]
    findings = Explainer(figures, printed).findings(differing)
    return Reconciliation(
        figures.question,
        published.name,
        len(printed),
        [Difference(each, figures.of(each), tuple(one for one in findings if each in one.cells)) for each in differing],
        findings,
    )


def _over(question: Question, printed: Sequence[Printed]) -> Question:
    """Return the question over just the periods that the figures are about."""
    terms = question.standing.terms
    first, last = (edge(each.period for each in printed) for edge in (min, max))
    while not is_period(last, terms.commenced, terms.frequency):
        last = shift(last, -1)
    step, count = terms.frequency.months, 1
    while shift(last, -step * (count - 1)) > first:
        count += 1
    return replace(question, last=last, count=count)


def _check(standing: Standing, published: Published) -> None:
    """Refuse a file with faults: its own, and what the contract does not have.

    Raises:
        BadInput: with every fault, in the order of the lines.
    """
    services = [service.code for service in standing.terms.services]
    services += sorted({kpi.introduced.service for kpi in standing.kpis.values()} - set(services))
    for each in published.printed:
        if each.service not in (*services, ALL):
            sentence = f'found "{each.service}"; give one of {", ".join(services)}, or {ALL} for all of them'
            published.fault(each.line, "service", sentence)
        elif each.totals and each.service != ALL:
            sentence = f'found "{each.service}"; {each.row} is given for all services together, so give {ALL}'
            published.fault(each.line, "service", sentence)
        kpi = kpi_named(standing, each)
        if kpi is None and not each.counts and not each.totals:
            published.fault(each.line, "row", _unknown_row(standing, each))
            continue
        _check_period(standing, kpi, published, each)
        if kpi is not None:
            _check_kpi(standing, kpi, services, published, each)
    if published.faults:
        raise BadInput([fault for _, fault in sorted(published.faults, key=lambda each: each[0])])


def _unknown_row(standing: Standing, printed: Printed) -> str:
    near = get_close_matches(printed.row.removesuffix(POINTS), [*standing.kpis, *TOTAL_ROWS], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    rows = ", ".join((*COUNTED_ROWS, *TOTAL_ROWS))
    return f'found "{printed.row}"; give {rows} or the reference of a KPI{hint}'


def _check_period(standing: Standing, kpi: KpiStanding | None, published: Published, each: Printed) -> None:
    terms = standing.terms
    frequency = terms.frequency if kpi is None else kpi.frequency
    anchor = (kpi.first_period if kpi else "") or terms.commenced
    if each.period < terms.commenced or not is_period(each.period, anchor, frequency):
        whose = f"a {frequency} period of {each.row}" if kpi else f"a {frequency} period of the contract"
        sentence = f"found {each.period}; give the first month of {whose}, from {terms.commenced} on"
        published.fault(each.line, "period", sentence)


def _check_kpi(
    standing: Standing, kpi: KpiStanding, services: Sequence[str], published: Published, each: Printed
) -> None:
    own, ref = kpi.introduced.service, kpi.introduced.ref
    if each.service in services and each.service != own:
        published.fault(each.line, "service", f'found "{each.service}"; {ref} belongs to {own}, give that')
    given = each.published.lower()
    if is_points(standing, each):
        if amount_of(each.published) is None:
            published.fault(each.line, "published", f'found "{each.published}"; give an amount such as 37.5')
        return
    number = NUMBER.fullmatch(given)
    if number and number[2] and kpi.introduced.unit != "percent":
        sentence = f'found "{each.published}", but the unit of {ref} is {kpi.introduced.unit or "not given"}'
        published.fault(each.line, "published", f"{sentence}; give the plain number")
    if not number and given not in (*STATUSES, DATA_NOT_AVAILABLE.lower()):
        sentence = (
            f'found "{each.published}"; give a value such as 98.5, or a status such as green or Mitigation Agreed'
        )
        published.fault(each.line, "published", sentence)
