"""The board's report and what boards asked for, on a terminal, as Markdown, as JSON or its tables as CSV."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cli.options import AsAt, Contract, Format, KnownAt, Last, as_day, at, check_format, open_ledger, question
from projections.document import Heading, Printed, Sentence

_UPPER = 2
_LEVEL_OF_EXHIBITS = 4


def board_report(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    report: Annotated[
        str | None, typer.Option(help="A published report, as it was pinned, in place of a date.", metavar="REPORT")
    ] = None,
    meeting: Annotated[
        str | None, typer.Option(help="The day of the meeting; default that of the published report.", metavar="DATE")
    ] = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Annotated[
        int | None,
        typer.Option(min=1, max=1200, help="How many periods to show; default those of the published report, else 6."),
    ] = None,
    output: Format = "table",
) -> None:
    """Print the board's report: every table in the order that boards read them, numbered, with what is to be said."""
    from cli.render import show, working
    from projections.board_report import board_report as view

    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract, as_at, known_at, last)
        if report is not None:
            asked = at(ledger, ctx.obj, asked, report, known_at, "--report")
        meeting_on = as_day(meeting, ctx.obj.clock.today(), "--meeting") if meeting else None
        found = view(asked, meeting_on, periods)
        with working("Composing the report"):
            printed = found.printed
        if output in ("table", "md"):
            show_printed(printed, output)
        else:
            show(found, output)


def show_printed(printed: Sequence[Printed], output: str) -> None:
    """Print a report from top to bottom, drawn for people or as Markdown."""
    if output == "md":
        print(markdown(printed))
    else:
        _draw(printed)


def markdown(printed: Sequence[Printed]) -> str:
    """Write a report from top to bottom as Markdown."""
    return "\n".join(_markdown(printed))


def _draw(printed: Sequence[Printed]) -> None:
    from cli.terminal import draw, tell, tell_item

    before: Printed | None = None
    for each in printed:
        if before is not None and not (_is_item(before) and _is_item(each)):
            print()
        match each:
            case Heading():
                tell(each.text.upper() if each.level <= _UPPER else each.text, 0)
            case Sentence():
                tell_item(each.text) if each.item else tell(each.text, 0)
            case _:
                draw([each])
        before = each


def _markdown(printed: Sequence[Printed]) -> Iterator[str]:
    from cli.markdown import as_markdown, escaped

    before: Printed | None = None
    for each in printed:
        if before is not None and not (_is_item(before) and _is_item(each)):
            yield ""
        match each:
            case Heading():
                yield f"{'#' * each.level} {escaped(each.text)}"
            case Sentence():
                yield f"- {escaped(each.text)}" if each.item else escaped(each.text)
            case _:
                yield as_markdown([each], level=_LEVEL_OF_EXHIBITS).rstrip("\n")
        before = each


def _is_item(printed: Printed) -> bool:
    return isinstance(printed, Sentence) and printed.item


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(board_report)
