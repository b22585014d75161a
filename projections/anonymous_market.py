"""What one provider of a framework is shown: its own results, and a market in which no other's can be made out."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from ledger.faults import BadInput
from ledger.formula import compared
from ledger.levels import Status
from ledger.period import Frequency, Month, day_in_words, heading
from ledger.values import EXACT
from projections.cells import level_in_force
from projections.market import heading_of, marked_cells
from projections.market_figure import rated, way_of_judging, way_of_measuring
from projections.market_measures import Measure, Member, chosen, measures_of, members_of, window_of
from projections.market_release import Release, releases
from projections.notes import SHORTHAND, Annotator, MarkedCell, Notes
from projections.question import Question
from projections.standing import KpiStanding
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import assumptions
from projections.wording import in_words

WITHHELD = "not shown, as it might give away what another provider returned"
_MOST_DECIMALS = 1


@dataclass(frozen=True, slots=True)
class Others:
    """The figure of the other providers together, rounded, and how many it is over."""

    value: Decimal
    status: Status | None
    over: int


@dataclass(frozen=True, slots=True)
class OwnPeriod:
    """A provider's own cell of a measure, and the figure of the others; None where that is withheld."""

    cell: MarkedCell
    others: Others | None


@dataclass(frozen=True, slots=True)
class OwnMeasure:
    """A measure of the provider in the periods shown."""

    kpi: KpiStanding
    measure: Measure
    periods: Sequence[OwnPeriod]


@dataclass(frozen=True, slots=True)
class AnonymousMarket:
    """The view."""

    own: Member
    measures: Sequence[OwnMeasure]
    notes: Notes

    def document(self) -> dict[str, Any]:
        """Return the view as JSON; without the ledger's position, which counts what is recorded of the others."""
        framework = self.own.framework
        return {
            **heading_of(self.own),
            "position": None,
            "title": framework.title,
            "contract": self.own.contract,
            "provider": self.own.provider.code,
            "fewest_providers": framework.fewest_providers,
            "suppress_below": framework.suppress_below,
            "measures": [
                {
                    "kpi": each.measure.ref,
                    "service": each.kpi.introduced.service,
                    "title": each.kpi.introduced.title,
                    "unit": each.kpi.introduced.unit,
                    "frequency": each.measure.frequency.value,
                    "periods": [
                        {"period": at.cell.cell.period, "own": at.cell.document(), "others": _document(at.others)}
                        for at in each.periods
                    ],
                }
                for each in self.measures
            ],
            "how": self.how(),
            "notes": [{"n": number, "text": text} for number, text in self.notes.numbered()],
            "shorthand": self.shorthand(),
            "assumptions": self.assumptions(),
        }

    def how(self) -> list[str]:
        """Say in words how the figures are made, and when one is withheld."""
        framework = self.own.framework
        fewest, below = framework.fewest_providers, framework.suppress_below
        pooled = (
            "The figure of other providers is the KPI's formula over the sums of each component that they returned, "
            f"without {self.own.provider.name}'s own; it is rounded to at most one decimal, and rated before that."
        )
        shown = (
            f"It is shown once the result of every other provider is settled, if at least {fewest} of them gave "
            f"components, and no count behind it is below {below}: no component, neither the numerator nor the "
            "denominator, not how far these are apart, nor the denominator without its largest provider."
        )
        stays = (
            f"It then stays until {fewest} of them have results that no figure shown before rested on, and which meet "
            "the same rule by themselves. It goes by when the ledger took the results, not by the dates they bear."
        )
        never = (
            "A median, and how many providers were green, amber, red or mitigated, are never shown: each could be "
            "one provider's own."
        )
        return [pooled, shown, stays, never]

    def shorthand(self) -> dict[str, str]:
        """Return what the marks used mean."""
        used = {mark for each in self.measures for at in each.periods for mark in at.cell.shorthand}
        withheld = any(at.others is None for each in self.measures for at in each.periods)
        told = {mark: meaning for mark, meaning in SHORTHAND.items() if mark in used}
        return {**told, **({"c": WITHHELD} if withheld else {})}

    def assumptions(self) -> list[str]:
        """Return the assumptions of the provider's own contract, but for those of measures that are not shown."""
        hidden = set(self.own.standing.kpis) - {each.measure.ref for each in self.measures}
        return [each for each in assumptions(self.own.standing) if each.partition(": ")[0] not in hidden]

    def tables(self) -> list[Table]:
        """Return a table for each length of period: two rows a measure, the provider's own and the others'."""
        lengths = sorted({each.measure.frequency for each in self.measures}, key=lambda each: each.months)
        *before, last = [self._table(of) for of in lengths] or [self._table(self.own.standing.terms.frequency)]
        said = Table(
            title=last.title,
            columns=last.columns,
            rows=last.rows,
            fixed=2,
            shorthand=self.shorthand(),
            notes=self.notes.numbered(),
            assumptions=[*self.how(), *self.assumptions()],
        )
        return [*before, said]

    def _table(self, of: Frequency) -> Table:
        measures = [each for each in self.measures if each.measure.frequency is of]
        columns = sorted({at.cell.cell.period for each in measures for at in each.periods})
        framework, day = self.own.framework, self.own.question.moment.as_at
        rows = []
        for each in measures:
            by_period = {at.cell.cell.period: at for at in each.periods}
            mine = [_own_text(each.kpi, by_period.get(period)) for period in columns]
            theirs = [_others_text(by_period.get(period)) for period in columns]
            rows += [
                (Text(each.measure.ref), Text(self.own.provider.name), *mine),
                (Text(each.measure.ref), Text("Other providers"), *theirs),
            ]
        return Table(
            title=f"{framework.title}: {self.own.provider.name} and the market as at {day_in_words(day)}",
            columns=("KPI", "Provider", *(heading(column, of) for column in columns)),
            rows=rows,
            fixed=2,
        )


def _own_text(kpi: KpiStanding, at: OwnPeriod | None) -> Text:
    return Text("") if at is None else at.cell.text(in_words(kpi, at.cell.cell.period, at.cell.cell.verdict))


def _others_text(at: OwnPeriod | None) -> Text:
    if at is None:
        return Text("")
    if at.others is None:
        return Text("[c]")
    status = at.others.status
    words = f"{at.others.value:f} {STATUS_WORDS[status.value]}" if status else f"{at.others.value:f}"
    return Text(f"{words} (pooled, {at.others.over})", status.value if status else None)


def _document(others: Others | None) -> dict[str, Any]:
    if others is None:
        return {"value": None, "status": None, "over": None, "withheld": True}
    status = others.status.value if others.status else None
    return {"value": f"{others.value:f}", "status": status, "over": others.over, "withheld": False}


def anonymous_market(
    framework: str,
    provider: str,
    questions: Sequence[Question],
    last: Month | None = None,
    count: int = 6,
    *,
    service: str | None = None,
    lot: str | None = None,
    kpi: str | None = None,
) -> AnonymousMarket:
    """Answer how a provider did beside all others together, as far as none of them can be made out.

    Args:
        framework: the framework's id.
        provider: a provider's code, or the id of its contract.
        questions: one for each contract that was ever registered under the framework, at one moment.
        last: the last period to show; None for the provider's own latest with an agreed result.
        count: how many periods to show.
        service: show only the measures of this service.
        lot: show only the measures that apply to this lot.
        kpi: show only the measure of this reference.

    Raises:
        BadInput: if there is no such framework, provider, period, service, lot or KPI at that moment.
    """
    members = members_of(framework, questions)
    own = _found(members, provider)
    others = [each for each in members if each.provider.code != own.provider.code]
    shown = window_of([own.question], last, count)
    notes, annotator, rows = Notes(), Annotator(own.standing), []
    for measure in chosen(measures_of([own]), [own], service=service, lot=lot, kpi=kpi):
        its = measure.kpis[own.contract]
        cells = marked_cells(own, its, shown, annotator, notes)
        released = releases(others, measure.ref, measure.frequency, list(cells), own.framework)
        periods = [OwnPeriod(cell, _shown(its, period, released[period])) for period, cell in cells.items()]
        rows.append(OwnMeasure(its, measure, periods))
    return AnonymousMarket(own, rows, notes)


def _found(members: Sequence[Member], provider: str) -> Member:
    named = [each for each in members if provider in (each.contract, each.provider.code)]
    if len(named) == 1:
        return named[0]
    if named:
        contracts = ", ".join(each.contract for each in named)
        raise BadInput.of(f"{provider} has several contracts; give one of {contracts}", "--for")
    codes = ", ".join(dict.fromkeys(each.provider.code for each in members))
    raise BadInput.of(f'found "{provider}"; give one of {codes}, or a contract\'s id', "--for")


def _shown(kpi: KpiStanding, period: Month, released: Sequence[Release]) -> Others | None:
    """Return the latest figure released, if the provider's own result is measured as it is."""
    if not released or released[-1].measured != way_of_measuring(kpi, period):
        return None
    latest = released[-1]
    outturn = latest.derivation.value
    assert outturn is not None
    level = level_in_force(kpi, period)
    alike = level is not None and latest.judged == way_of_judging(kpi, period)
    status = rated(kpi.introduced, level, outturn) if alike and level is not None else None
    return Others(_rounded(kpi, outturn), status, len(latest.given))


def _rounded(kpi: KpiStanding, outturn: Fraction) -> Decimal:
    decimals = kpi.introduced.decimals
    places = _MOST_DECIMALS if decimals is None else min(decimals, _MOST_DECIMALS)
    return compared(outturn).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACT)
