"""The statement of service credits as tables: by payment month, adjustments, waivers, triggers."""

from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.period import Month, day_in_words, heading
from ledger.values import plain
from projections.abatement import amount, caps_in_words, in_pounds
from projections.spans import among
from projections.table import Table, Text
from projections.triggers import TriggerState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from projections.credits import Credits, Posted, Row

_PENNY = Decimal("0.01")


def tables_of(view: "Credits") -> list[Table]:
    """Return the statement, then adjustments, waivers and triggers where there are any; assumptions with the last."""
    tables = [statement(view)]
    if adjustments := _told(view):
        tables.append(_adjustments(view, adjustments))
    if any(row.waivers for row in view.rows):
        tables.append(_waivers(view))
    if view.triggers:
        tables.append(_triggers(view))
    if view.trigger_changes:
        tables.append(_trigger_changes(view))
    last = tables[-1]
    tables[-1] = Table(
        title=last.title,
        columns=last.columns,
        rows=last.rows,
        numeric=last.numeric,
        fixed=last.fixed,
        notes=last.notes,
        assumptions=view.assumptions,
    )
    return tables


def statement(view: "Credits") -> Table:
    """Return what is credited, capped, waived, adjusted and invoiced in each period."""
    scheme = view.standing.terms.scheme
    bands = scheme is not None and scheme.point_bands is not None
    columns: dict[str, Callable[[Row], str]] = {
        "Period": lambda row: _period(view, row.period),
        "Gross points": lambda row: amount(row.total.gross_points) or "",
        "Net points": lambda row: amount(row.total.net_points) or "",
        **({"Charged points": lambda row: amount(row.total.charged_points) or ""} if bands else {}),
        "Credit before caps": lambda row: in_pounds(row.total.caps.before if row.total.caps else None),
        "Cut by caps": lambda row: in_pounds(row.total.caps.cut if row.total.caps else None),
        "Waived": lambda row: in_pounds(row.net.waived),
        "Adjustments": lambda row: in_pounds(row.adjusted),
        "Net payable": lambda row: in_pounds(row.payable),
        "Invoice": lambda row: row.invoice.invoice if row.invoice else "",
        "Invoiced": lambda row: in_pounds(row.invoiced),
        "Cumulative": lambda row: in_pounds(row.cumulative),
        "Remarks": lambda row: "; ".join(_remarks(view, row)),
    }
    money = [place for place, name in enumerate(columns) if name not in ("Period", "Invoice", "Remarks")]
    terms = view.standing.terms
    return Table(
        title=f"Service credits, {terms.title}, as at {day_in_words(view.question.moment.as_at)}",
        columns=tuple(columns),
        rows=[tuple(Text(words(row)) for words in columns.values()) for row in view.rows],
        numeric=money,
    )


def _remarks(view: "Credits", row: "Row") -> list[str]:
    scheme, total = view.standing.terms.scheme, row.total
    if scheme is None:
        return ["the contract has no points"]
    if total.net_points is None:
        return ["not held"]
    remarks = ["provisional"] if row.provisional else []
    if waiting := len(view.undecided.get(row.period, ())):
        remarks.append(f"{waiting} {'result' if waiting == 1 else 'results'} not in or not agreed")
    remarks += ["credits suspended"] if total.suspended_by else []
    if row.net.credit is None:
        priced = scheme.percent_of_charge_per_point is not None
        remarks.append("no charges are set" if priced else "the terms do not turn points into money")
    remarks += caps_in_words(view.standing, total)
    if row.period == view.current and row.invoice is None:
        remarks.append("the next invoice")
    if row.difference and abs(row.difference) >= _PENNY:
        more = "more" if row.difference > 0 else "less"
        remarks.append(f"the invoice credits {in_pounds(abs(row.difference))} {more} than the ledger gave")
    return remarks


def _told(view: "Credits") -> "list[Posted]":
    """Return the adjustments of the periods shown, and those that wait for the next invoice, from a penny on."""
    posted = [each for row in view.rows for each in row.adjustments]
    posted += [each for each in view.open_adjustments if each not in posted]
    return [each for each in posted if abs(each.adjustment.amount) >= _PENNY / 2]


def _adjustments(view: "Credits", posted: "Sequence[Posted]") -> Table:
    return Table(
        title=f"Differences of periods invoiced before: {len(posted)}",
        columns=("Posted in", "Invoice", "For", "Invoiced before", "Comes to", "Adjustment", "Because of"),
        rows=[
            (
                Text(_period(view, each.posted_in)),
                Text(each.invoice or "the next"),
                Text(_period(view, each.adjustment.period)),
                Text(in_pounds(each.adjustment.before)),
                Text(in_pounds(each.adjustment.after)),
                Text(in_pounds(each.adjustment.amount)),
                Text(", ".join(each.because)),
            )
            for each in posted
        ],
        numeric=(3, 4, 5),
    )


def _waivers(view: "Credits") -> Table:
    return Table(
        title="Credits waived",
        columns=("Period", "Waived", "By", "Dated", "Why", "Fact"),
        rows=[
            (
                Text(_period(view, row.period)),
                Text("all" if fact.amount is None else in_pounds(fact.amount)),
                Text(fact.by),
                Text(day_in_words(fact.dated)),
                Text(fact.reason),
                Text(fact.id),
            )
            for row in view.rows
            for fact in row.waivers
        ],
        numeric=(1,),
    )


def _triggers(view: "Credits") -> Table:
    return Table(
        title="Triggers: points of the periods up to each, against what has a consequence",
        columns=("Trigger", "Period", "Points", "Reached at", "Reached", "Made of", "Consequence"),
        rows=[
            (
                Text(state.trigger.name),
                Text(_period(view, state.period)),
                Text(plain(state.points)),
                Text(f"{plain(state.trigger.points)} in {state.trigger.within}"),
                Text(_reached(view, state)),
                Text(", ".join(_lines(view, state))),
                Text((state.trigger.consequence or "") if state.reached else ""),
            )
            for state in view.triggers
        ],
        numeric=(2,),
        fixed=2,
    )


def _reached(view: "Credits", state: TriggerState) -> str:
    words = ["yes" if state.reached else "no"]
    words += ["provisional"] if state.provisional else []
    if state.not_held:
        words.append(f"{among(state.not_held, view.standing.terms.frequency)} not held")
    return "; ".join(words)


def _lines(view: "Credits", state: TriggerState) -> list[str]:
    return [f"{_period(view, period)} {line.kpi} {plain(line.cost.points)}" for period, line in state.lines]


def _trigger_changes(view: "Credits") -> Table:
    return Table(
        title=f"Triggers that were shown otherwise: {len(view.trigger_changes)}",
        columns=("Trigger", "Period", "Shown in", "As at", "Then", "Now", "Because of"),
        rows=[
            (
                Text(each.now.trigger.name),
                Text(_period(view, each.now.period)),
                Text(f"{each.kind} {each.shown_in}"),
                Text(day_in_words(each.as_at)),
                Text(each.was.in_words),
                Text(each.now.in_words),
                Text(", ".join(each.because)),
            )
            for each in view.trigger_changes
        ],
        fixed=2,
    )


def _period(view: "Credits", period: Month) -> str:
    return heading(period, view.standing.terms.frequency)
