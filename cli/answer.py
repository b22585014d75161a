"""Answering: how every view is asked and shown."""

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

from cli.estate import (
    Authority,
    Over,
    PageNumber,
    PageSize,
    Provider,
    Search,
    Service,
    Several,
    answer_many,
)
from cli.options import AsAt, Contract, Format, KnownAt, Last, Periods, check_format, open_ledger, question

if TYPE_CHECKING:
    from projections.question import Question


def answer(ctx: typer.Context, view: Callable[["Question"], Any], output: str, *asked: Any) -> None:
    """Put a question to the ledger, and show what a view answers.

    Raises:
        BadInput: if the question or the format is none.
    """
    from cli.render import show

    check_format(output)
    with open_ledger(ctx.obj) as ledger:
        show(view(question(ledger, ctx.obj, *asked)), output)


def of_periods(name: str, purpose: str, module: str = "") -> Callable[..., None]:
    """Make the command of a view that shows some periods of a contract, from the module of its name or another."""

    def command(
        ctx: typer.Context,
        contract: Contract,
        as_at: AsAt = None,
        known_at: KnownAt = None,
        last: Last = None,
        periods: Periods = 6,
        output: Format = "table",
    ) -> None:
        view = getattr(import_module(f"projections.{module or name}"), name)
        answer(ctx, view, output, contract, as_at, known_at, last, periods)

    command.__name__, command.__doc__ = name, purpose
    return command


def of_many(name: str, order: str, purpose: str, *, by_service: bool = False) -> Callable[..., None]:
    """Make the command of a view that shows some periods of one contract, or of many, worst first.

    Args:
        name: the view's, which its module has too.
        order: what many contracts are ranked by: status, failing or points.
        purpose: what the view shows.
        by_service: whether the view can show one service only.
    """

    def command(
        ctx: typer.Context,
        contract: Several = None,
        service: Service = None,
        provider: Provider = None,
        authority: Authority = None,
        search: Search = None,
        page: PageNumber = None,
        page_size: PageSize = None,
        as_at: AsAt = None,
        known_at: KnownAt = None,
        last: Last = None,
        periods: Periods = 6,
        output: Format = "table",
    ) -> None:
        view = getattr(import_module(f"projections.{name}"), name)
        over = Over(tuple(contract or ()), service, provider, authority, search, page, page_size)
        if over.one is not None:
            answer(ctx, view, output, over.one, as_at, known_at, last, periods)
            return
        of_service = service if by_service else None
        shown = partial(view, service=service) if by_service else view
        answer_many(ctx, shown, order, output, over, as_at, known_at, last, periods, of_service)

    command.__name__, command.__doc__ = name, purpose
    return command
