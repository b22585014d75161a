"""The board's report and what boards asked for, on a terminal, as Markdown, as JSON or its tables as CSV."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from cli.options import AsAt, Contract, Format, KnownAt, Last, Periods, as_day, check_format, open_ledger, question
from projections.document import Heading, Printed, Sentence


def board_report(
    ctx: typer.Context,
    contract: Contract,
    as_at: AsAt = None,
    meeting: Annotated[
        str | None, typer.Option(help="The day of the meeting; default that of the published report.", metavar="DATE")
    ] = None,
    known_at: KnownAt = None,
    last: Last = None,
    periods: Periods = 6,
    output: Format = "table",
) -> None:
    """Print the board's report: every table in the order that boards read them, numbered, with what is to be said."""
    from cli.render import show
    from projections.board_report import board_report as view

    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        asked = question(ledger, ctx.obj, contract, as_at, known_at, last, periods)
        meeting_on = as_day(meeting, ctx.obj.clock.today(), "--meeting") if meeting else None
        found = view(asked, meeting_on)
        if output == "table":
            _draw(found.printed())
        elif output == "md":
            print("\n".join(_markdown(found.printed())))
        else:
            show(found, output)


def _draw(printed: Sequence[Printed]) -> None:
    from cli.terminal import draw, tell

    for number, each in enumerate(printed):
        match each:
            case Heading():
                print("\n" if number else "", end="")
                tell(each.text.upper() if each.level <= 2 else each.text, 0)
                print()
            case Sentence():
                tell(f"- {each.text}" if each.item else each.text, 0)
            case _:
                print()
                draw([each])


def _markdown(printed: Sequence[Printed]) -> Iterator[str]:
    from cli.markdown import as_markdown, escaped

    item = False
    for each in printed:
        if item and not (isinstance(each, Sentence) and each.item):
            yield ""
        item = isinstance(each, Sentence) and each.item
        match each:
            case Heading():
                yield f"{'#' * each.level} {escaped(each.text)}"
                yield ""
            case Sentence():
                yield f"- {escaped(each.text)}" if each.item else escaped(each.text)
                yield from () if each.item else ("",)
            case _:
                yield as_markdown([each], level=4)


def add_to(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(board_report)
