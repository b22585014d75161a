"""Questions over many contracts at once: which are meant, worst first, page by page."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.options import AsAt, Format, KnownAt, as_month, check_format, moment, open_ledger
from ledger.faults import BadInput, Fault, LedgerUnusable

if TYPE_CHECKING:
    from ledger.store import Ledger
    from projections.contracts import ContractRow
    from projections.current_tables import KeptTables
    from projections.estate import Answers, Filters, Key, Page
    from projections.moment import Moment
    from projections.question import Question

Several = Annotated[
    list[str] | None,
    typer.Argument(help="The contract's id; without it, or with several, worst first.", metavar="[CONTRACT]..."),
]
Service = Annotated[str | None, typer.Option(help="Only contracts that have this service.", metavar="CODE")]
Provider = Annotated[
    str | None, typer.Option(help="Only contracts with this provider, by code or name.", metavar="PROVIDER")
]
Authority = Annotated[
    str | None, typer.Option(help="Only contracts of this authority, by code or name.", metavar="AUTHORITY")
]
Search = Annotated[
    str | None, typer.Option(help="Only contracts with this in their id, title or a KPI's title.", metavar="TEXT")
]
PageNumber = Annotated[int | None, typer.Option("--page", min=1, help="Which page of contracts; default the first.")]
PageSize = Annotated[int | None, typer.Option(min=1, max=1000, help="How many contracts a page has; default 20.")]

ByTables = Callable[["KeptTables", list[str]], "dict[str, Key]"]
ByFacts = Callable[["Question"], "Key | None"]

_A_PAGE = 20


@dataclass(frozen=True, slots=True)
class Over:
    """Which contracts a command was asked about, and which page of them."""

    contracts: tuple[str, ...]
    service: str | None = None
    provider: str | None = None
    authority: str | None = None
    search: str | None = None
    page: int | None = None
    page_size: int | None = None

    @property
    def one(self) -> str | None:
        """Return the contract, if one was named and no more was asked."""
        beside = (self.service, self.provider, self.authority, self.search, self.page, self.page_size)
        alone = len(self.contracts) == 1 and all(each is None for each in beside)
        return self.contracts[0] if alone else None

    def filters(self) -> "Filters":
        """Return which contracts are meant."""
        from projections.estate import Filters

        return Filters(self.contracts, self.service, self.provider, self.authority, self.search)


@dataclass(frozen=True, slots=True)
class Asking:
    """A question over many contracts, put to an open ledger.

    `tables` is a connection to the kept tables as the moment's position has them; None if only the facts can answer.
    """

    ledger: "Ledger"
    over: Over
    moment: "Moment"
    tables: "KeptTables | None"

    def question(self, contract: str, last: str | None, count: int) -> "Question":
        """Put the question to one contract."""
        from projections.estate_facts import in_its_periods
        from projections.question import Question

        return in_its_periods(Question(contract, self.ledger.history(contract), self.moment, last, count))

    def answered(
        self, contracts: Sequence[str], view: Callable[["Question"], Any], last: str | None = None, count: int = 1
    ) -> list[Any]:
        """Return what a view answers for each contract from its facts, showing on a terminal how many are done."""
        from cli.progress import progress
        from ledger.uncollected import uncollected

        found = []
        with progress("Reading the contracts") as report, uncollected():
            for done, contract in enumerate(contracts, 1):
                found.append(view(self.question(contract, last, count)))
                report(done, len(contracts))
        return found

    def page(
        self,
        by_tables: ByTables,
        by_facts: ByFacts,
        last: str | None = None,
        count: int = 6,
        none: str = "No contract matches.",
    ) -> "Page":
        """Return the page of contracts that was asked for, of all that are meant, worst first.

        Args:
            by_tables: what contracts are ranked by, as the kept tables have it; those without are left out.
            by_facts: what a contract is ranked by, as its facts have it; None leaves it out.
            last: the last period that the question shows.
            count: how many periods it shows.
            none: what is said where no contract is found.

        Raises:
            BadInput: if no contract has the service, the provider or the authority, or there is no such page.
            LedgerUnusable: if the kept tables hold what no replay writes.
        """
        from projections.current_tables import list_every
        from projections.estate import page_of
        from projections.estate_facts import ranked

        filters = self.over.filters()
        every = self.ledger.contracts()
        if self.tables is None or not list_every(self.tables, every):
            from cli.progress import progress

            with progress("Reading the facts") as report:
                ask = self._asker(last, count)
                found = ranked(ask, every, filters, by_facts, report)
        else:
            found = self._ranked_by(self.tables, by_tables, filters)
        page = page_of(found, self.over.page or 1, self.over.page_size or _A_PAGE)
        if not found:
            typer.echo(none, err=True)
        return page

    def _ranked_by(self, tables: "KeptTables", by_tables: ByTables, filters: "Filters") -> list[str]:
        from projections.estate import worst_first
        from projections.estate_tables import described

        with self.well_kept():
            there = described(tables, self.moment.as_at, filters)
            filters.check(there)
            return worst_first(by_tables(tables, [each.contract for each in there if filters.takes(each)]))

    @contextmanager
    def well_kept(self) -> Iterator[None]:
        """Say in a sentence that the kept tables hold what no replay writes, if what is read inside shows it."""
        try:
            yield
        except (ValueError, ArithmeticError, LookupError, TypeError) as wrong:
            sentence = "the kept tables were changed by another hand; run `contract-ledger replay`"
            raise LedgerUnusable(f"{self.ledger.name}: {sentence}") from wrong

    def _asker(self, last: str | None, count: int) -> Callable[[str], "Question"]:
        return lambda contract: self.question(contract, last, count)


@contextmanager
def asking(settings: Any, over: Over, as_at: str | None, known_at: str | None) -> Iterator[Asking]:
    """Open the ledger for a question over many contracts, with its kept tables where these can answer it.

    Raises:
        BadInput: if a date, a time or a contract is none.
    """
    from cli.render import working
    from projections.current_tables import current_tables, why_not_current

    with open_ledger(settings) as ledger:
        fixed = moment(ledger, settings, as_at, known_at)
        there = set(ledger.contracts())
        if unknown := [each for each in over.contracts if each not in there]:
            sentence = 'the ledger has no contract "{}"; `status` lists those it has'
            raise BadInput([Fault("", None, sentence.format(each)) for each in unknown])
        if fixed.position < ledger.head():  # the tables hold what the ledger knows now
            yield Asking(ledger, over, fixed, None)
            return
        with working("Bringing the kept tables up to the facts"):
            why = why_not_current(ledger, settings.clock)
        if why is not None:
            typer.echo(f"{why}; every contract's facts are read instead.", err=True)
            yield Asking(ledger, over, fixed, None)
            return
        with current_tables(ledger) as current:
            tables, position = current or (None, fixed.position)
            if known_at is None:
                fixed = replace(fixed, position=position)
            yield Asking(ledger, over, fixed, tables if position == fixed.position else None)


def answer_many(
    ctx: typer.Context,
    view: Callable[["Question"], Any],
    order: str,
    output: str,
    over: Over,
    as_at: str | None,
    known_at: str | None,
    last: str | None,
    periods: int,
    service: str | None = None,
) -> None:
    """Put a question to every contract that is meant, and show a page of what a view answers.

    Args:
        ctx: the command's context.
        view: the view.
        order: what contracts are ranked by: status, failing or points.
        output: the format.
        over: which contracts are meant.
        as_at: the date.
        known_at: the time.
        last: the last period shown.
        periods: how many are shown.
        service: whose KPIs alone the view shows; None for all.

    Raises:
        BadInput: if the question or the format is none.
    """
    from projections.estate import Answers
    from projections.estate_facts import key_by
    from projections.estate_tables import keys_by

    check_format(output)
    month = as_month(last, "--last")
    with asking(ctx.obj, over, as_at, known_at) as asked:
        page = asked.page(
            lambda tables, ids: keys_by(order, tables, ids, asked.moment.as_at, month, periods, service),
            lambda question: key_by(order, question, service),
            month,
            periods,
        )
        show_page(Answers(asked.moment, page, asked.answered(page.contracts, view, month, periods)), output)


def show_page(answers: "Answers", output: str) -> None:
    """Print a page of answers; which contracts it shows stands above tables, and beside CSV on standard error."""
    import sys

    from cli.render import as_csv, show, tell

    title = answers.page.title()
    match output:
        case "csv":
            print(as_csv(answers.rows(), sys.stdout.encoding or "utf-8"), end="")
            typer.echo(title, err=True)
        case "md":
            print(f"{title}\n")
            show(answers, output)
        case "table":
            tell(title, 0)
            if answers.answers:
                print()
                show(answers, output)
        case _:
            show(answers, output)


def contracts(
    ctx: typer.Context,
    service: Service = None,
    provider: Provider = None,
    authority: Authority = None,
    search: Search = None,
    page: PageNumber = None,
    page_size: PageSize = None,
    as_at: AsAt = None,
    known_at: KnownAt = None,
    output: Format = "table",
) -> None:
    """List the contracts, worst first: who, what is measured, each KPI's latest result, and what waits.

    Of two contracts, the one with more KPIs in use that are red by their latest result is the worse, then the one with
    more amber.
    """
    from cli.render import show
    from projections.contracts import Contracts
    from projections.estate_facts import key_by
    from projections.estate_tables import keys_by

    check_format(output)
    over = Over((), service, provider, authority, search, page, page_size)
    with asking(ctx.obj, over, as_at, known_at) as asked:
        day = asked.moment.as_at
        shown = asked.page(
            lambda tables, ids: keys_by("status", tables, ids, day, None, 1),
            lambda question: key_by("status", question),
            count=1,
        )
        show(Contracts(asked.moment, shown, _contract_rows(asked, shown.contracts)), output)
        if output == "csv":
            typer.echo(shown.title(), err=True)


def _contract_rows(asked: Asking, contracts: Sequence[str]) -> "list[ContractRow]":
    """Return the rows of contracts: from the kept tables where these are as at the date, else from their facts."""
    from projections.contracts import contract_row
    from projections.contracts_kept import rows_as_they_stand

    found: dict[str, ContractRow] = {}
    if asked.tables is not None:
        with asked.well_kept():
            found = rows_as_they_stand(asked.tables, contracts, asked.moment.as_at)
    if rest := [each for each in contracts if each not in found]:
        found |= zip(rest, asked.answered(rest, contract_row), strict=True)
    return [found[each] for each in contracts]


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(contracts)
