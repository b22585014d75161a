"""Many contracts at once: which of them a question is about, which of them is worst, and a page of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from typing import Any, NamedTuple, Protocol

from ledger.faults import BadInput, Fault
from ledger.levels import RELIEVED, Status
from ledger.period import Frequency, Month, months_between, shift
from ledger.values import EXACT
from projections.chart import Exhibit
from projections.moment import Moment
from projections.table import Table, Text

Key = tuple[Decimal | int, ...]
"""What contracts are ranked by: of two, the one with the greater is the worse."""

_FOUND_AT_MOST = 5


@dataclass(frozen=True, slots=True)
class Described:
    """A contract as filters see it; `kpi_titles` and `services` are those of its KPIs introduced by the date."""

    contract: str
    title: str
    parties: tuple[tuple[str, str, str], ...]
    services: frozenset[str]
    kpi_titles: tuple[str, ...]

    def named(self, role: str) -> set[str]:
        """Return the codes and names of its parties in a role, for comparing."""
        return {each.casefold() for code, name, its in self.parties if its == role for each in (code, name)}


@dataclass(frozen=True, slots=True)
class Filters:
    """Which contracts are meant; without any filter, all of them."""

    contracts: tuple[str, ...] = ()
    service: str | None = None
    provider: str | None = None
    authority: str | None = None
    search: str | None = None

    def check(self, described: Sequence[Described]) -> None:
        """Refuse a service, a provider or an authority that none of the contracts has.

        Raises:
            BadInput: with a sentence for each.
        """
        faults = [*self._unknown_parties(described), *self._unknown_service(described)]
        if faults and described:
            raise BadInput(faults)

    def takes(self, each: Described) -> bool:
        """Say whether a contract passes every filter."""
        text = None if self.search is None else self.search.casefold()
        return (
            (not self.contracts or each.contract in self.contracts)
            and (self.service is None or self.service in each.services)
            and (self.provider is None or self.provider.casefold() in each.named("provider"))
            and (self.authority is None or self.authority.casefold() in each.named("authority"))
            and (text is None or any(text in one.casefold() for one in (each.contract, each.title, *each.kpi_titles)))
        )

    def _unknown_parties(self, described: Sequence[Described]) -> Iterator[Fault]:
        for role, asked in (("provider", self.provider), ("authority", self.authority)):
            if asked is None or any(asked.casefold() in each.named(role) for each in described):
                continue
            there = {code: name for each in described for code, name, its in each.parties if its == role}
            yield Fault("", f"--{role}", _unknown(asked, f"no contract has the {role}", there))

    def _unknown_service(self, described: Sequence[Described]) -> Iterator[Fault]:
        services = {code: "" for each in described for code in sorted(each.services)}
        if self.service is not None and self.service not in services:
            yield Fault("", "--service", _unknown(self.service, "no contract has the service", services))


def _unknown(asked: str, none_has: str, there: dict[str, str]) -> str:
    """Say that something is not there, and what is."""
    folded = {each.casefold(): each for item in there.items() for each in item if each}
    if near := get_close_matches(asked.casefold(), folded, n=1):
        return f'{none_has} "{asked}"; did you mean {folded[near[0]]}?'
    shown = [f"{code} ({name})" if name else code for code, name in sorted(there.items())]
    more = f" and {len(shown) - _FOUND_AT_MOST} more" if len(shown) > _FOUND_AT_MOST else ""
    return f'{none_has} "{asked}"; there is {", ".join(shown[:_FOUND_AT_MOST]) or "none"}{more}'


class Telling(NamedTuple):
    """A cell that may make its contract worse than another: it fails, or costs points; amounts are exact."""

    kpi: str
    service: str | None
    frequency: Frequency
    period: Month
    status: str
    points: Decimal
    late_points: Decimal


@dataclass(frozen=True, slots=True)
class Span:
    """The months that a view of a contract shows: from its first column to the end of its last."""

    first: Month
    column: Month
    last: Month


def span_of(last_column: Month, frequency: Frequency, count: int) -> Span:
    """Return the months of some of a contract's periods, given the last of them."""
    step = frequency.months
    return Span(shift(last_column, step * (1 - count)), last_column, shift(last_column, step - 1))


def column_of(month: Month, commenced: Month, frequency: Frequency) -> Month:
    """Return the contract's period that a month falls in.

    >>> column_of("2025-03", "2024-04", Frequency.QUARTERLY)
    '2025-01'
    """
    return shift(month, -(months_between(commenced, month) % frequency.months))


def by_failing(cells: Iterable[Telling], span: Span) -> Key:
    """Rank by how many KPIs were red in a period that shares a month with those shown, then by how many were amber."""
    found = [each for each in cells if shift(span.first, 1 - each.frequency.months) <= each.period <= span.last]
    red, amber = (len({each.kpi for each in found if each.status == status}) for status in ("red", "amber"))
    return red, amber


def by_points(cells: Iterable[Telling], span: Span) -> Key:
    """Rank by the points of the cells of the periods shown, before any suspension and without money."""
    total = Decimal(0)
    for each in cells:
        if span.first <= each.period <= span.last:
            late = Decimal(0) if Status(each.status) in RELIEVED else each.late_points
            total = EXACT.add(total, EXACT.add(each.points, late))
    return total, Decimal(0)


def worst_first(keys: dict[str, Key]) -> list[str]:
    """Return contracts by their keys, the greatest first; of equals, in order of their ids."""
    return sorted(sorted(keys), key=keys.__getitem__, reverse=True)


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the contracts that a question is about, in order; `number` counts from 1, and there is always a page."""

    contracts: Sequence[str]
    number: int
    pages: int
    first: int
    of: int

    def title(self) -> str:
        """Say which contracts are shown."""
        if not self.contracts:
            return "No contracts (page 1 of 1)"
        last = self.first + len(self.contracts) - 1
        shown = f"Contract {self.first}" if last == self.first else f"Contracts {self.first} to {last}"
        return f"{shown} of {self.of}, worst first (page {self.number} of {self.pages})"


def page_of(contracts: Sequence[str], number: int, size: int) -> Page:
    """Return a page.

    Raises:
        BadInput: if there is none of that number.
    """
    pages = max(1, -(-len(contracts) // size))
    if number > pages:
        there = "there is 1 page" if pages == 1 else f"there are {pages} pages"
        raise BadInput.of(f"found {number}; {there} of {size} contracts", "--page")
    start = (number - 1) * size
    return Page(contracts[start : start + size], number, pages, start + 1, len(contracts))


class Answer(Protocol):
    """What a view answers of one contract."""

    def document(self) -> dict[str, Any]: ...

    def tables(self) -> Sequence[Exhibit]: ...


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of one view for the contracts of a page."""

    moment: Moment
    page: Page
    answers: Sequence[Answer]
    earlier: Moment | None = None

    def document(self) -> dict[str, Any]:
        """Return the page as JSON; each contract's object is that of the view of it alone."""
        return {
            **page_heading(self.moment, self.page),
            **({"from": _moment(self.earlier)} if self.earlier else {}),
            "contracts": [each.document() for each in self.answers],
        }

    def tables(self) -> list[Exhibit]:
        """Return every contract's tables, one after another, each titled with its contract."""
        return [
            replace(table, title=f"{contract}: {table.title}")
            for contract, each in zip(self.page.contracts, self.answers, strict=True)
            for table in each.tables()
        ]

    def rows(self) -> list[Exhibit]:
        """Return every contract's tables with the contract as the first column."""
        return [
            replace(table, columns=("Contract", *table.columns), rows=[(Text(contract), *row) for row in table.rows])
            for contract, each in zip(self.page.contracts, self.answers, strict=True)
            for table in each.tables()
            if isinstance(table, Table)
        ]


def page_heading(moment: Moment, page: Page) -> dict[str, Any]:
    """Return what the JSON of every view over many contracts begins with."""
    return {**_moment(moment), "page": page.number, "pages": page.pages, "of": page.of}


def _moment(moment: Moment) -> dict[str, Any]:
    return {
        "as_at": moment.as_at.isoformat(),
        "known_at": moment.known_at.isoformat().replace("+00:00", "Z"),
        "position": moment.position,
    }
