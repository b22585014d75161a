"""What was relieved and why (Table 9 of the reports), what is relieved without an end, and what was asked for."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, TypeVar

from ledger.fact import Fact
from ledger.facts import KpiIntroduced, MitigationGranted
from ledger.levels import OUTSIDE
from ledger.period import day_in_words, heading
from ledger.values import EXACT
from projections.abatement import amount
from projections.cells import overlapping
from projections.incidents import incident_title
from projections.marks import KpiMarks, late_notes
from projections.notes import Annotator, MarkedCell, Notes
from projections.question import Question
from projections.relief import Asked, Relief, asked, extent, lasting_grants, reliefs
from projections.spans import among, awaited
from projections.standing import KpiStanding, Standing
from projections.table import Table, Text
from projections.terms import assumptions

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Relieved:
    """A KPI with its relieved cells among those shown, and what relieved them."""

    kpi: KpiStanding
    cells: list[MarkedCell]
    reliefs: list[Relief]

    @property
    def decisions(self) -> tuple[str, ...]:
        """Return the decisions that its relief rests on."""
        return tuple(dict.fromkeys(each.decision for each in self.reliefs))

    @property
    def points(self) -> Decimal | None:
        """Return what the recorded values would have cost; None where none would, or relief leaves the points."""
        costs = [points for each in self.cells if (points := each.cell.spared_points) is not None]
        with localcontext(EXACT):
            return sum(costs, Decimal(0)) if costs else None

    def document(self) -> dict[str, Any]:
        """Return the KPI as JSON."""
        return {
            **_named(self.kpi),
            "cells": [{**each.document(), "relieved_points": amount(each.cell.spared_points)} for each in self.cells],
            "reliefs": [_relief_document(each) for each in self.reliefs],
            "relieved_points": amount(self.points),
        }

    def periods(self, standing: Standing) -> str:
        """Name the relieved periods as the reports do, with how long relief lasts where that is more."""
        frequency = self.kpi.frequency
        plain, more = set(), []
        for relief in self.reliefs:
            lasts = extent(standing, relief)
            if lasts is None:
                plain |= set(relief.periods)
            else:
                more.append(lasts if relief.end is None else f"{among(relief.periods, frequency)} ({lasts})")
        marked = [each.beside("") for each in self.cells]
        marks = [
            f"{heading(each.cell.period, frequency)}{mark}"
            for each, mark in zip(self.cells, marked, strict=True)
            if mark
        ]
        return "; ".join([*([among(sorted(plain), frequency)] if plain else []), *more, *marks])


@dataclass(frozen=True, slots=True)
class Mitigations:
    """The view."""

    question: Question
    relieved: list[Relieved]
    lasting: list[tuple[KpiStanding, MitigationGranted]]
    requests: list[Asked]
    notes: list[str]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        as_at = self.question.moment.as_at
        return {
            **self.question.heading(),
            "periods": self.question.columns,
            "relieved": [each.document() for each in self.relieved],
            "open_ended": [_lasting_document(kpi, grant, as_at) for kpi, grant in self.lasting],
            "requests": [_asked_document(each, as_at) for each in self.requests],
            "notes": [{"n": number, "text": text} for number, text in enumerate(self.notes, 1)],
            "assumptions": assumptions(self.question.standing),
        }

    def tables(self) -> list[Table]:
        """Return the relief of the shown periods, the relief without an end, and what was not granted."""
        return [self._relief_table(), self._lasting_table(), self._requests_table()]

    def _relief_table(self) -> Table:
        standing = self.question.standing
        groups = _grouped(self.relieved, lambda each: each.decisions)
        return Table(
            title=f"KPI mitigation relief, {self.question.span}, as at {day_in_words(self.question.moment.as_at)}",
            columns=("KPI", "Short description", "Periods", "Reason", "Decided", "Incident", "Points relieved"),
            rows=[
                (
                    *_kpis(each.kpi for each in group),
                    Text(_each((each.kpi, each.periods(standing)) for each in group), "mitigated"),
                    Text(_once(_reason(relief) for each in group for relief in each.reliefs)),
                    Text(_decided([relief for each in group for relief in each.reliefs])),
                    Text(_once(_incident(standing, relief) for each in group for relief in each.reliefs)),
                    Text(amount(_sum([each.points for each in group])) or ""),
                )
                for group in groups
            ]
            or [_none(f"No mitigation relief in {self.question.span}", 7)],
            numeric=(6,),
        )

    def _lasting_table(self) -> Table:
        as_at = self.question.moment.as_at
        groups = _grouped(self.lasting, _granted_together)
        return Table(
            title=f"Relief that has no end yet, the oldest first, as at {day_in_words(self.question.moment.as_at)}",
            columns=("KPI", "Short description", "Since", "Days", "Until", "Reason", "Granted"),
            rows=[
                (
                    *_kpis(kpi for kpi, _ in group),
                    Text(heading(group[0][1].first_period, group[0][0].frequency)),
                    Text(str(_days_relieved(group[0][1], as_at))),
                    Text(awaited(group[0][1])),
                    Text(group[0][1].reason),
                    Text(day_in_words(group[0][1].dated)),
                )
                for group in groups
            ]
            or [_none("No relief without an end", 7)],
            numeric=(3,),
        )

    def _requests_table(self) -> Table:
        as_at = self.question.moment.as_at
        waiting = sorted((each for each in self.requests if each.outcome != "granted"), key=_by_age)
        groups = _grouped(waiting, _asked_together)
        return Table(
            title=f"Requests for relief undecided or refused, {self.question.span}, as at {day_in_words(as_at)}",
            columns=("KPI", "Short description", "Periods", "Asked", "Reason", "Answer", "Days open"),
            rows=[
                (
                    *_kpis(each.kpi for each in group),
                    Text(_each((each.kpi, each.in_words()) for each in group)),
                    Text(day_in_words(group[0].request.dated) if group[0].request else "not asked for"),
                    Text(group[0].request.reason if group[0].request else ""),
                    Text(_answered(group)),
                    Text("" if group[0].request is None else str(group[0].days_open(as_at))),
                )
                for group in groups
            ]
            or [_none(f"No request undecided or refused in {self.question.span}", 7)],
            numeric=(6,),
            notes=list(enumerate(self.notes, 1)),
            assumptions=assumptions(self.question.standing),
        )


def mitigations(question: Question) -> Mitigations:
    """Answer what was relieved in the shown periods and why, what is relieved without an end, and what was asked."""
    standing, annotator = question.standing, Annotator(question.standing)
    notes = Notes()
    relieved: list[Relieved] = []
    requests: list[Asked] = []
    for kpi in standing.in_order():
        cells = overlapping(standing, kpi, question.columns[0], question.last_month)
        requests += asked(kpi, [cell.period for cell in cells if cell.status not in OUTSIDE])
        its = [cell for cell in cells if cell.relieved]
        if its:
            marks = KpiMarks(question, kpi.introduced.ref)
            marked = [annotator.marked(kpi, cell, marks, notes) for cell in its]
            relieved.append(Relieved(kpi, marked, reliefs(kpi, its)))
    for text in late_notes(question):
        notes.number(text)
    return Mitigations(question, relieved, lasting_grants(standing), requests, notes.texts)


def _grouped(each_of: Iterable[T], together: Callable[[T], Hashable]) -> list[list[T]]:
    """Put together what one decision made, in the order in which the first of each comes."""
    groups: dict[Hashable, list[T]] = {}
    for each in each_of:
        groups.setdefault(together(each), []).append(each)
    return list(groups.values())


def _granted_together(lasting: tuple[KpiStanding, MitigationGranted]) -> Hashable:
    grant = lasting[1]
    return grant.decision_ref or grant.id, grant.first_period, awaited(grant), grant.reason


def _asked_together(each: Asked) -> Hashable:
    return tuple(fact and (fact.decision_ref or fact.id, fact.reason) for fact in (each.request, each.answer))


def _by_age(each: Asked) -> tuple[bool, date]:
    """Put the undecided first, then by the day that relief was asked for or refused."""
    first = each.request or each.answer
    assert first is not None
    return each.outcome is not None, first.dated


def _kpis(kpis: Iterable[KpiStanding]) -> tuple[Text, Text]:
    """Return the references and the short descriptions of KPIs."""
    its = {kpi.introduced.ref: kpi.introduced.title or "" for kpi in kpis}
    return Text(", ".join(its)), Text("; ".join(its.values()))


def _each(named: Iterable[tuple[KpiStanding, str]]) -> str:
    """Say something of several KPIs: once if it is the same of all."""
    its = [(kpi.introduced.ref, words) for kpi, words in named]
    if len({words for _, words in its}) == 1:
        return its[0][1]
    return "; ".join(f"{ref}: {words}" for ref, words in its)


def _once(texts: Iterable[str | None]) -> str:
    return "; ".join(dict.fromkeys(text for text in texts if text))


def _none(words: str, columns: int) -> tuple[Text, ...]:
    return (Text(""), Text(words), *[Text("")] * (columns - 2))


def _reason(relief: Relief) -> str | None:
    return relief.reason or (f"Escalation {relief.raised.ref} upheld" if relief.raised else None)


def _incident(standing: Standing, relief: Relief) -> str | None:
    return incident_title(standing, relief.incident) if relief.incident else None


def _decided(its: Sequence[Relief]) -> str:
    """Tell each decision once: its facts, who made it, when, and on what authority."""
    told = []
    decisions = (each for each in its if not isinstance(each.fact, KpiIntroduced))
    for group in _grouped(decisions, lambda each: each.decision):
        ids = ", ".join(dict.fromkeys(each.fact.id for each in group))
        named = ids if ids == group[0].decision else f"{group[0].decision}: {ids}"
        told.append(f"{named} {_once(_signed(each.fact) for each in group)}")
    return "; ".join(told)


def _signed(fact: Fact) -> str:
    rests_on = f" ({fact.authority})" if fact.authority else ""
    return f"by {fact.by} on {day_in_words(fact.dated)}{rests_on}"


def _answered(group: Sequence[Asked]) -> str:
    """Tell the answer to requests that were answered together, and the disputes of a refusal."""
    answers = {each.answer.id: each.answer for each in group if each.answer}
    if not answers:
        return "undecided"
    first = next(iter(answers.values()))
    disputes = dict.fromkeys((ref, outcome) for each in group for ref, _, outcome in each.disputes())
    told = [
        f"in escalation {ref}" if outcome is None else f"escalation {ref} {outcome.replace('_', ' ')}"
        for ref, outcome in disputes
    ]
    return "; ".join([f"refused {_signed(first)}, {', '.join(answers)}: {first.reason.rstrip('. ')}", *told])


def _sum(points: Sequence[Decimal | None]) -> Decimal | None:
    known = [each for each in points if each is not None]
    with localcontext(EXACT):
        return sum(known, Decimal(0)) if known else None


def _days_relieved(grant: MitigationGranted, as_at: date) -> int:
    """Return how many days relief has lasted, from the first day of its first period."""
    began = date.fromisoformat(f"{grant.first_period}-01")
    return max(0, (as_at - began).days)


def _named(kpi: KpiStanding) -> dict[str, Any]:
    return {"kpi": kpi.introduced.ref, "service": kpi.introduced.service, "title": kpi.introduced.title}


def _relief_document(relief: Relief) -> dict[str, Any]:
    fact = relief.fact
    return {
        **_fact_document(fact),
        "fact": fact.kind,
        "decision": relief.decision,
        "escalation": relief.raised.ref if relief.raised else None,
        "periods": list(relief.periods),
        "first_period": fact.first_period if isinstance(fact, MitigationGranted) else relief.periods[0],
        "last_period": relief.end,
        "until_milestone": getattr(fact, "until_milestone", None),
        "plus_months": getattr(fact, "plus_months", None),
        "reason": relief.reason,
        "incident": relief.incident,
    }


def _fact_document(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "by": fact.by,
        "dated": fact.dated.isoformat(),
        "authority": fact.authority,
        "decision_ref": fact.decision_ref,
    }


def _lasting_document(kpi: KpiStanding, grant: MitigationGranted, as_at: date) -> dict[str, Any]:
    return {
        **_named(kpi),
        **_fact_document(grant),
        "first_period": grant.first_period,
        "until_milestone": grant.until_milestone,
        "plus_months": grant.plus_months,
        "days": _days_relieved(grant, as_at),
        "reason": grant.reason,
        "incident": grant.incident,
    }


def _asked_document(each: Asked, as_at: date) -> dict[str, Any]:
    request, answer = each.request, each.answer
    return {
        **_named(each.kpi),
        "id": request and request.id,
        "by": request and request.by,
        "dated": request.dated.isoformat() if request else None,
        "decision_ref": request and request.decision_ref,
        "periods": list(each.periods),
        "reason": request and request.reason,
        "incident": (request and request.incident) or (answer and answer.incident),
        "answer": each.outcome,
        "answered_by": {**_fact_document(answer), "reason": answer.reason} if answer else None,
        "days_open": each.days_open(as_at),
        "escalations": [{"ref": ref, "period": period, "outcome": outcome} for ref, period, outcome in each.disputes()],
    }
