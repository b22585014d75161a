"""An outside table against the ledger: every figure that differs, and what could explain it."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from ledger.faults import BadInput
from ledger.period import Month, day_in_words, heading, is_period, shift
from ledger.published import COUNTED_ROWS, Printed, Published
from projections.cells import Verdict, verdict
from projections.explanations import Explainer, Finding
from projections.question import Question
from projections.standing import KpiStanding, Standing
from projections.summary import ALL, CountedCell, counted_cells
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions
from projections.wording import DATA_NOT_AVAILABLE, displayed

_NUMBER = re.compile(r"([+-]?\d{1,30}(?:\.\d{1,30})?) ?%?", re.ASCII)
_STATUSES = {
    **{status: status for status in STATUS_WORDS},
    **{words.lower(): status for status, words in STATUS_WORDS.items()},
}


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
        frequency = self.question.standing.terms.frequency
        agree = self.checked - len(self.differences)
        rows = [
            (
                Text(each.printed.table),
                Text(each.printed.service),
                Text(each.printed.row),
                Text(heading(each.printed.period, frequency)),
                Text(each.printed.published),
                Text("not held" if each.ledger is None else str(each.ledger)),
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
                title=f"{self.name} against {self.question.standing.terms.title}, as at {day}: {checked}",
                columns=("Table", "Service", "Row", "Period", "Published", "Ledger", "Finding"),
                rows=rows,
                numeric=(4, 5),
                fixed=4,
            ),
        ]
        if not told:
            return differing
        columns = ("Finding", "Tables", "What could explain it")
        return [*differing, Table(title="What could explain them", columns=columns, rows=told)]


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
    asked = _over(question, printed)
    cells = list(counted_cells(asked))
    counts = _counts(cells)
    ledger = {each: _figure(asked.standing, counts, each) for each in printed}
    differing = [each for each in printed if not _agrees(asked.standing, each, ledger[each])]
    findings = Explainer(asked, cells, counts, printed).findings(differing)
    return Reconciliation(
        asked,
        published.name,
        len(printed),
        [Difference(each, ledger[each], tuple(one for one in findings if each in one.cells)) for each in differing],
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


def _counts(cells: Sequence[CountedCell]) -> dict[tuple[str, Month], Counter[str]]:
    found: dict[tuple[str, Month], Counter[str]] = {}
    for each in cells:
        for service in (ALL, each.kpi.introduced.service):
            found.setdefault((service, each.column), Counter())[each.row] += 1
    return found


def _figure(standing: Standing, counts: dict[tuple[str, Month], Counter[str]], printed: Printed) -> int | str | None:
    """Return what the ledger has for a figure: a count, a value or a status; None where it keeps no records."""
    if not standing.holds(printed.period):
        return None
    if printed.counts:
        counted = counts.get((printed.service, printed.period), Counter())
        return counted.total() if printed.row == "total" else counted[printed.row]
    kpi = standing.kpis[printed.row]
    found = verdict(standing, kpi, printed.period)
    if _NUMBER.fullmatch(printed.published) and found.value is not None:
        return displayed(kpi, printed.period, found.value)
    return found.status.value


def _agrees(standing: Standing, printed: Printed, ledger: int | str | None) -> bool:
    if printed.counts:
        return ledger == int(printed.published)
    kpi = standing.kpis[printed.row]
    found = verdict(standing, kpi, printed.period)
    if number := _NUMBER.fullmatch(printed.published):
        return found.value is not None and ledger is not None and _same(kpi, printed, found, Decimal(number[1]))
    if printed.published.lower() == DATA_NOT_AVAILABLE.lower():
        return found.basis == "data_not_available"
    return _STATUSES[printed.published.lower()] == found.status.value


def _same(kpi: KpiStanding, printed: Printed, found: Verdict, number: Decimal) -> bool:
    """Say whether a printed value is the ledger's, in full or as it is shown."""
    assert found.value is not None
    return number in (found.value, Decimal(displayed(kpi, printed.period, found.value)))


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
        kpi = standing.kpis.get(each.row)
        if kpi is None and not each.counts:
            near = get_close_matches(each.row, standing.kpis, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            sentence = f'found "{each.row}"; give {", ".join(COUNTED_ROWS)} or the reference of a KPI{hint}'
            published.fault(each.line, "row", sentence)
            continue
        _check_period(standing, kpi, published, each)
        if kpi is not None:
            _check_kpi(kpi, services, published, each)
    if published.faults:
        raise BadInput([fault for _, fault in sorted(published.faults, key=lambda each: each[0])])


def _check_period(standing: Standing, kpi: KpiStanding | None, published: Published, each: Printed) -> None:
    terms = standing.terms
    frequency = terms.frequency if kpi is None else kpi.frequency
    anchor = (kpi.first_period if kpi else "") or terms.commenced
    if each.period < terms.commenced or not is_period(each.period, anchor, frequency):
        whose = f"a {frequency} period of {each.row}" if kpi else f"a {frequency} period of the contract"
        sentence = f"found {each.period}; give the first month of {whose}, from {terms.commenced} on"
        published.fault(each.line, "period", sentence)


def _check_kpi(kpi: KpiStanding, services: Sequence[str], published: Published, each: Printed) -> None:
    own = kpi.introduced.service
    if each.service in services and each.service != own:
        published.fault(each.line, "service", f'found "{each.service}"; {each.row} belongs to {own}, give that')
    given = each.published.lower()
    if not _NUMBER.fullmatch(given) and given not in (*_STATUSES, DATA_NOT_AVAILABLE.lower()):
        sentence = (
            f'found "{each.published}"; give a value such as 98.5, or a status such as green or Mitigation Agreed'
        )
        published.fault(each.line, "published", sentence)
