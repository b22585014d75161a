"""Making a command of one kind of fact: the options that every fact has, and several KPIs under one decision."""

import inspect
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.options import DryRun
from cli.record import ids, take
from ledger.faults import BadInput

Fields = dict[str, Any]
Reason = Annotated[str, typer.Option(help="Why; it is told in the trail.")]
_ALSO = Annotated[
    list[str] | None,
    typer.Option(
        "--also", help="Decide the same for another KPI, or with =PERIOD for another period.", metavar="KPI[=PERIOD]"
    ),
]
_APPROVED_BY = Annotated[
    str | None,
    typer.Option("--approved-by", help="The second person who approved it: PARTY/person.", metavar="PARTY/person"),
]
_APPROVED = (
    "MitigationGranted", "EscalationDecided", "TargetRebased", "CreditsSuspended", "CreditsResumed", "FactVoided",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OfMoment:
    """The fields of a fact that says what the ledger held up to a position, right after which it is to be taken.

    `told` is said of the fact when it is, or would be.
    """

    fields: Fields
    position: int
    told: str


Made = Fields | list[Fields] | OfMoment
_OF_ONE_KPI_ONLY = (
    "KpiIntroduced", "KpiDiscontinued", "PerformanceSubmitted", "FindingRecorded", "SpotCheckMade", "CrossCheckMade",
    "ChangeProposed", "IndicativeTriggersApplied",
)  # fmt: skip


def _shared(
    by: Annotated[str, typer.Option(envvar="CONTRACT_LEDGER_BY", help="Who records it: PARTY or PARTY/person.")],
    dated: Annotated[str | None, typer.Option(help="The date the fact bears; default today.", metavar="DATE")] = None,
    id: Annotated[str | None, typer.Option("--id", help="An id of your own for the fact.")] = None,  # noqa: A002
    source: Annotated[str | None, typer.Option(help="Where the fact is from.")] = None,
    note: Annotated[str | None, typer.Option(help="A remark kept with the fact.")] = None,
    authority: Annotated[str | None, typer.Option(help="The minute or delegation a decision rests on.")] = None,
    decision_ref: Annotated[
        str | None, typer.Option(help="The reference shared by all that one decision covers.")
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(help="A document it rests on; its digest is kept, not the file.", metavar="FILE"),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Give the options that every fact has."""


def one_fact(kind: str) -> Callable[[Callable[..., Made]], Callable[..., None]]:
    """Make a command of a function that returns the own fields of a fact, or of several of one kind.

    The function may ask for `ctx`, the command's context, where the ledger has to complete what was given. It is asked
    again if its fact hangs on a moment of the ledger and another writer came between. An option of its own takes the
    place of the shared one of that name.
    """

    def wrap(fields: Callable[..., Made]) -> Callable[..., None]:
        own = dict(inspect.signature(fields).parameters)
        asks = own.pop("ctx", None) is not None
        several = "kpi" in own and kind not in _OF_ONE_KPI_ONLY

        @wraps(fields)
        def command(ctx: typer.Context, **given: Any) -> None:
            arguments = {name: given.pop(name) for name in own}
            also, dry_run = given.pop("also", None) or [], given.pop("dry_run")
            given["evidence"] = _evidence(given["evidence"] or ())
            if "dated" not in own and given["dated"] is None:
                given["dated"] = ctx.obj.clock.today().isoformat()
            while True:
                made = fields(ctx, **arguments) if asks else fields(**arguments)
                moment = made if isinstance(made, OfMoment) else None
                found = made.fields if isinstance(made, OfMoment) else made
                each = [{"fact": kind, **given, **one} for one in (found if isinstance(found, list) else [found])]
                with suppress(_overtaken()):
                    _take(ctx.obj, each, also, moment, dry_run=dry_run)
                    return

        context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        added = {"also": _ALSO} if several else {}
        added |= {"approved_by": _APPROVED_BY} if kind in _APPROVED else {}
        more = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=option)
            for name, option in added.items()
        ]
        shared = [each for name, each in inspect.signature(_shared).parameters.items() if name not in own]
        options = [*own.values(), *more, *shared]
        parameters = [context, *(each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in options)]
        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer asks for it
        command.__annotations__ = {each.name: each.annotation for each in parameters}
        return command

    return wrap


def _overtaken() -> type[Exception]:
    from ledger.storage import Overtaken

    return Overtaken


def _evidence(files: Iterable[Path]) -> list[Fields] | None:
    """Return files as evidence; None if there are none.

    Raises:
        BadInput: if one is a folder, or cannot be read.
    """
    from ledger.evidence import held

    for folder in (each for each in files if each.is_dir()):
        raise BadInput.of(f"{folder} is a folder; give each file", "--evidence")
    return [{"title": each.name, "where": each.path, "sha256": each.sha256} for each in held(files)] or None


def _take(settings: Any, facts: list[Fields], also: list[str], moment: OfMoment | None, *, dry_run: bool) -> None:
    """Record facts, and the same as the first for other cells, as one decision."""
    from ledger.judgement import Proposed, Reading
    from ledger.shapes import shaped

    new_id = ids(dry_run=dry_run)
    raw = [{name: value for name, value in each.items() if value is not None} for each in facts]
    if also:
        raw[0].setdefault("id", new_id())
        raw[0].setdefault("decision_ref", raw[0]["id"])
        raw += [_elsewhere(raw[0], cell, number) for number, cell in enumerate(also, 2)]
        _refuse_twice(raw)
    reading = Reading()
    for each in raw:
        where = str(each.get("kpi", "")) if len(raw) > 1 else ""
        fact, faults = shaped(each, where, new_id)
        reading.proposed += [Proposed(fact, where)] if fact else []
        reading.faults += faults
    expected_head, told = (moment.position, moment.told) if moment else (None, None)
    take(settings, reading, dry_run=dry_run, expected_head=expected_head, told=told)


def _elsewhere(given: Fields, cell: str, number: int) -> Fields:
    """Return the fields of the same decision for another KPI, or another period of one."""
    kpi, equals, period = cell.rpartition("=")
    moved: Fields = {"kpi": cell}
    if equals and "period" in given:
        moved = {"kpi": kpi, "period": period}
    elif equals:
        of_one = given.get("last_period") == given["first_period"]
        moved = {"kpi": kpi, "first_period": period, **({"last_period": period} if of_one else {})}
    return {**given, **moved, "id": f"{given['id']}:{number}"}


def _refuse_twice(facts: list[Fields]) -> None:
    """Refuse a decision that covers one cell twice.

    Raises:
        BadInput: if it does.
    """
    cells = [(each["kpi"], each.get("period", each.get("first_period"))) for each in facts]
    for kpi, period in dict.fromkeys(cell for cell in cells if cells.count(cell) > 1):
        raise BadInput.of(f"{kpi} for {period} is given twice; give it once", "--also")
