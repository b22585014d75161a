"""The options that several commands share, and reading them strictly."""

import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.faults import BadInput

if TYPE_CHECKING:
    from datetime import date

    from ledger.store import Ledger
    from projections.moment import Moment
    from projections.question import Question

Contract = Annotated[str, typer.Argument(help="The contract's id.", metavar="CONTRACT")]
KpiRef = Annotated[str, typer.Argument(help="The KPI's reference.", metavar="KPI")]
Period = Annotated[str, typer.Argument(help="The period's first month, YYYY-MM.", metavar="PERIOD")]
AsAt = Annotated[
    str | None, typer.Option(help="Count facts dated on or before this date; default today.", metavar="DATE")
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        help="Count facts the ledger had taken by this time, UTC (a date: by its end); default now.",
        metavar="TIME",
    ),
]
Last = Annotated[
    str | None,
    typer.Option(help="Last period shown; default the latest with an agreed result.", metavar="PERIOD"),
]
Periods = Annotated[int, typer.Option(min=1, max=1200, help="How many periods to show.")]
Format = Annotated[str, typer.Option("--format", help="table, json, csv or md.", metavar="FORMAT")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Record nothing; print every cell and total that would move.")]

FORMATS = ("table", "json", "csv", "md")


def as_day(given: str | None, default: "date", name: str) -> "date":
    """Read a date, strictly YYYY-MM-DD.

    Raises:
        BadInput: if it is not one.
    """
    from datetime import date

    if given is None:
        return default
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given, re.ASCII):
            return date.fromisoformat(given)
    except ValueError:
        pass
    raise BadInput.of(f'found "{given}"; give a date as YYYY-MM-DD, such as 2017-10-26', name)


def as_instant(given: str | None, default: datetime) -> datetime:
    """Read an instant; one without a zone is UTC, and a date alone stands for its end.

    Raises:
        BadInput: if it is not one.
    """
    if given is None:
        return default
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", given, re.ASCII):
            return datetime.combine(datetime.fromisoformat(given), time.max, UTC)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}[T ].+", given, re.ASCII):
            instant = datetime.fromisoformat(given)
            return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    sentence = f'found "{given}"; give a time as YYYY-MM-DDTHH:MM:SSZ, or a date, such as 2017-11-02'
    raise BadInput.of(sentence, "--known-at")


def as_month(given: str | None, name: str) -> str | None:
    """Read the first month of a period, strictly YYYY-MM.

    Raises:
        BadInput: if it is not one.
    """
    if given is not None and not re.fullmatch(r"(19|20|21)\d\d-(0[1-9]|1[0-2])", given, re.ASCII):
        raise BadInput.of(f'found "{given}"; give the first month of a period as YYYY-MM, such as 2017-05', name)
    return given


def check_format(given: str) -> None:
    """Refuse a format that there is not.

    Raises:
        BadInput: if there is none of that name.
    """
    if given not in FORMATS:
        raise BadInput.of(f'found "{given}"; give one of {", ".join(FORMATS)}', "--format")


def open_ledger(settings: Any, *, create: bool = False) -> "Ledger":
    """Open the ledger that the settings name.

    Raises:
        LedgerUnusable: if it cannot be opened.
    """
    from ledger.location import place_of
    from ledger.store import Ledger

    return Ledger(place_of(settings.location), create=create, wait_seconds=settings.wait_seconds)


def moment(ledger: "Ledger", settings: Any, as_at: str | None, known_at: str | None) -> "Moment":
    """Fix which facts count.

    Raises:
        BadInput: if a date or time is not one.
    """
    from projections.moment import Moment

    now = settings.clock.now()
    day, instant = as_day(as_at, settings.clock.today(), "--as-at"), as_instant(known_at, now)
    position = ledger.head() if instant >= now else ledger.position_at(instant)
    return Moment(day, instant, position)


def question(
    ledger: "Ledger",
    settings: Any,
    contract: str,
    as_at: str | None = None,
    known_at: str | None = None,
    last: str | None = None,
    count: int = 6,
) -> "Question":
    """Put a question to the ledger.

    Raises:
        BadInput: if a date, time or period is not one.
    """
    from projections.question import Question

    fixed = moment(ledger, settings, as_at, known_at)
    return Question(contract, ledger.history(contract), fixed, as_month(last, "--last"), count)


def at(ledger: Any, settings: Any, now: "Question", named: str, known_at: str | None, option: str) -> "Question":
    """Return the question at a date, or at the moment that a published report pins.

    Raises:
        BadInput: if it is neither a date nor the name of a report.
    """
    from dataclasses import replace

    from projections.moment import Moment

    for recorded, report in now.standing.reports:
        if report.report == named:
            known = as_instant(known_at, recorded.recorded_at)
            return replace(now, moment=Moment(report.as_at, known, recorded.position))
    try:
        as_day(named, settings.clock.today(), option)
    except BadInput as wrong:
        reports = ", ".join(report.report for _, report in now.standing.reports) or "none yet"
        raise BadInput.of(f"{wrong.faults[0].sentence}, or a published report's name ({reports})", option) from None
    return replace(now, moment=moment(ledger, settings, named, known_at))


def counted(number: int, noun: str) -> str:
    """Write a number of things.

    >>> counted(1, "fact"), counted(2, "fact")
    ('1 fact', '2 facts')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
