"""Notices of a contract's performance: which are due by when, and a notice year's assessment of the chosen KPIs."""

from dataclasses import dataclass
from typing import Any

from ledger.faults import BadInput, Fault
from ledger.notice_decisions import first_day
from ledger.notice_facts import Rating
from ledger.notice_year import NoticeYear, named_year
from ledger.period import day_in_words, heading
from ledger.procurement import FEWEST_KPIS, YearRating
from projections.notice_duties import Duty, Noticed, duties, open_opportunities, readings, year_duty
from projections.notice_sentences import RATING_WORDS, told_map
from projections.question import Question
from projections.ratings import KpiYear, map_in_force, observe, of_year, periods_of, remarks_of
from projections.standing import KpiStanding
from projections.table import Table, Text
from projections.wording import in_words

CLASSIFICATIONS: dict[Rating, str] = {
    "good": "met",
    "approaching_target": "slightlyBelow",
    "requires_improvement": "below",
    "inadequate": "significantlyBelow",
    "other": "other",
}
"""The ratings as the UK extension of OCDS classifies them."""

_NOTICES = {
    "assessment": "Yearly assessment",
    "breach": "Breach",
    "no_improvement": "No improvement",
    "termination": "Assessment on termination",
}
_HOW = {"latest": "the latest of its periods", "worst": "the worst of its periods", "most": "what most periods have"}
_NO_TERMS = "has no procurement terms; `record` a ProcurementTermsSet, or give [procurement] when it is registered"


@dataclass(frozen=True, slots=True)
class Notice:
    """The view of one notice year: whether and why a notice is due, and the assessment; none is made if it is not."""

    question: Question
    noticed: Noticed
    year: NoticeYear
    duty: Duty
    kpis: list[KpiYear]

    @property
    def provisional(self) -> bool:
        """Say whether a rating may still move: something is not in or not decided yet, or the year is not over."""
        return self.question.moment.as_at <= self.year.last or any(each.provisional for each in self.kpis)

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "year": {
                "name": self.year.name,
                "first": self.year.first.isoformat(),
                "last": self.year.last.isoformat(),
            },
            "duty": self.duty.document(self.question.moment.as_at),
            "provisional": self.provisional,
            "kpis": [_kpi_document(each) for each in self.kpis],
            "names": dict(self._names()),
            "assumptions": self.assumptions(),
        }

    def tables(self) -> list[Table]:
        """Return whether it is due and why, what it names, the ratings, and the results they rest on."""
        conditions = Table(
            title=f"{self._title()}: {self._due()}",
            columns=("Condition", "Recorded term", "Holds", "Why"),
            rows=[
                (Text(each.condition), Text(each.term), Text("yes" if each.holds else "no"), Text(each.why))
                for each in self.duty.conditions
            ],
            assumptions=() if self.kpis else self.assumptions(),
        )
        if not self.kpis:
            return [conditions]
        names = Table(
            "What the notice names", ("Name", "As recorded"), [tuple(map(Text, each)) for each in self._names()]
        )
        return [conditions, names, self._ratings(), self._results()]

    def _title(self) -> str:
        as_at = day_in_words(self.question.moment.as_at)
        return f"{self.question.standing.terms.title}: contract performance notice for {self.span}, as at {as_at}"

    @property
    def span(self) -> str:
        """Name the year and its days."""
        return f"{self.year.name} ({day_in_words(self.year.first)} to {day_in_words(self.year.last)})"

    def _due(self) -> str:
        as_at = self.question.moment.as_at
        state = self.duty.state(as_at)
        if self.duty.published is not None:
            return f"{state} on {day_in_words(self.duty.published.published_on)} as {self.duty.published.reference}"
        if self.duty.due_by is None:
            return state
        return f"{'overdue, due' if state == 'overdue' else state} by {day_in_words(self.duty.due_by)}"

    def _names(self) -> list[tuple[str, str]]:
        """Return what the notice says of the contract and its parties; what is not recorded is said to be missing."""
        procurement, terms = self.noticed.procurement, self.question.standing.terms
        assert procurement is not None
        known = {each.party: each for each in procurement.organisations}
        found = [
            ("Title of the procurement", terms.title),
            ("Identifier of the procurement (ocid)", procurement.ocid or _MISSING),
            ("Identifier of the contract", procurement.contract_id or _MISSING),
            ("Period assessed", self.span),
        ]
        for party in terms.parties:
            named = "Contracting authority" if party.role == "authority" else "Supplier"
            each = known.get(party.code)
            identifier = f"{each.scheme}-{each.id}" if each else f"identifier {_MISSING}"
            address = (each.address if each else None) or f"address {_MISSING}"
            email = (each.email if each else None) or f"email {_MISSING}"
            found.append((named, f"{party.name}; {identifier}; {address}; {email}"))
        return found

    def _ratings(self) -> Table:
        return Table(
            title=f"Ratings for {self.year.name}",
            columns=("KPI", "Short description", "Rating", "Remarks", "Rating map"),
            rows=[
                (
                    Text(each.kpi.introduced.ref),
                    Text(each.kpi.introduced.title or ""),
                    Text(RATING_WORDS[each.rating] + (" [p]" if each.provisional else "")),
                    Text("; ".join(each.remarks)),
                    Text(_maps_told(each)),
                )
                for each in self.kpis
            ],
            shorthand={"p": "provisional: a result is not in or not agreed yet, or a dispute or a request is undecided"}
            if any(each.provisional for each in self.kpis)
            else {},
        )

    def _results(self) -> Table:
        return Table(
            title=f"Results of {self.year.name} behind the ratings",
            columns=("KPI", "Period", "Result", "Rating", "Remark"),
            rows=[
                (
                    Text(each.kpi.introduced.ref),
                    Text(heading(one.period, each.kpi.frequency)),
                    Text(in_words(each.kpi, one.period, one.found), one.found.status.value),
                    Text((RATING_WORDS[one.rating] if one.rating else "–") + (" [p]" if one.provisional else "")),
                    Text(one.remark or ""),
                )
                for each in self.kpis
                for one in each.observed
            ],
            fixed=2,
            assumptions=self.assumptions(),
        )

    def assumptions(self) -> list[str]:
        """Return the readings that the notice rests on."""
        found = readings(self.noticed)
        if self.kpis:
            hows = ", ".join(f"{each.kpi.introduced.ref}: {_HOW[each.how]}" for each in self.kpis)
            found.append(
                "The Act does not say how a year's rating follows from its periods. A recorded decision does "
                f"({hows}); a period rated other, or not yet, does not count, and of two equally many the worse does. "
                "Where a map has no rating for a result, its year is other."
            )
        if self.kpis and len(self.kpis) < FEWEST_KPIS:
            found.append(f"Fewer KPIs are chosen than the {FEWEST_KPIS} that the Act asks for.")
        return found


_MISSING = "not recorded"


@dataclass(frozen=True, slots=True)
class Notices:
    """The view of every notice that has come into question."""

    question: Question
    noticed: Noticed
    found: list[Duty]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "notices": [each.document(self.question.moment.as_at) for each in self.found],
            "opportunities": [
                {"opportunity": each.opportunity, "until": each.until.isoformat(), "what": each.what}
                for each in open_opportunities(self.noticed)
            ],
            "assumptions": readings(self.noticed),
        }

    def tables(self) -> list[Table]:
        """Return the notices, and the opportunities to improve that are open."""
        as_at = self.question.moment.as_at
        title = f"{self.question.standing.terms.title}: notices of performance, as at {day_in_words(as_at)}"
        rows = []
        for each in self.found:
            left = each.days_left(as_at)
            counted = "" if left is None else f" ({_days(abs(left))} {'left' if left >= 0 else 'ago'})"
            out = each.published
            why = f"{out.reference}, {day_in_words(out.published_on)}" if out else " ".join(each.why_not())
            rows.append(
                (
                    Text(_NOTICES[each.notice]),
                    Text(each.of),
                    Text(day_in_words(each.since)),
                    Text(f"{day_in_words(each.due_by)}{counted}" if each.due_by else "–"),
                    Text(each.state(as_at)),
                    Text(why),
                )
            )
        columns = ("Notice", "Of", "Since", "Due by", "State", "Published, or why not due")
        tables = [Table(title, columns, rows, fixed=2, assumptions=readings(self.noticed))]
        waiting = open_opportunities(self.noticed)
        if waiting:
            tables.insert(
                0,
                Table(
                    f"Opportunities to improve that are not judged, as at {day_in_words(as_at)}",
                    ("Opportunity", "Until", "What"),
                    [(Text(each.opportunity), Text(day_in_words(each.until)), Text(each.what)) for each in waiting],
                ),
            )
        return tables


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"


def notices(question: Question) -> Notices:
    """Answer which notices are due, when, and which went out.

    Raises:
        BadInput: if the contract has no procurement terms.
    """
    noticed = _noticed(question)
    return Notices(question, noticed, duties(noticed, question.moment.as_at))


def notice(question: Question, name: str) -> Notice:
    """Answer whether a notice of a year is due, and assess its chosen KPIs.

    Raises:
        BadInput: if there is no such year, or what the assessment needs is not recorded: each thing, and how it is.
    """
    noticed = _noticed(question)
    assert noticed.procurement is not None
    as_at = question.moment.as_at
    try:
        named = named_year(first_day(noticed.procurement, noticed.terms), name)
    except ValueError as wrong:
        raise BadInput.of(str(wrong), "--year") from None
    year = next((each for each in noticed.years(as_at) if each.first == named.first), None)
    if year is None and noticed.terminated is not None and noticed.terminated < named.first:
        ended = day_in_words(noticed.terminated)
        raise BadInput.of(f"found {name}, which begins after the contract was terminated on {ended}", "--year")
    if year is None:
        begins = day_in_words(named.first)
        raise BadInput.of(f"found {name}, which begins only on {begins}; give one begun by {as_at}", "--year")
    duty = year_duty(noticed, noticed.procurement, year)
    return Notice(question, noticed, year, duty, [] if duty.due_by is None else _assessed(question, noticed, year))


def _noticed(question: Question) -> Noticed:
    noticed = Noticed(question.standing)
    if noticed.procurement is None:
        raise BadInput.of(f"{question.contract} {_NO_TERMS}")
    return noticed


def _assessed(question: Question, noticed: Noticed, year: NoticeYear) -> list[KpiYear]:
    standing = question.standing
    chosen = [standing.kpis[ref] for ref in noticed.kpis if ref in standing.kpis]
    if not chosen:
        sentence = (
            f"no KPIs are chosen for {question.contract}, and a notice is due; choose at least {FEWEST_KPIS} with "
            f"`choose-kpis {question.contract} KPI…`"
        )
        raise BadInput.of(sentence)
    faults: list[Fault] = []
    found = []
    for kpi in chosen:
        assessed = _year_of(question, noticed, kpi, year)
        if isinstance(assessed, KpiYear):
            found.append(assessed)
        else:
            faults.append(assessed)
    if faults:
        raise BadInput(faults)
    return found


def _year_of(question: Question, noticed: Noticed, kpi: KpiStanding, year: NoticeYear) -> KpiYear | Fault:
    """Assess one KPI; or say what has to be recorded first."""
    ref, standing = kpi.introduced.ref, question.standing
    of_year_ = periods_of(standing, kpi, year)
    maps = {period: map_in_force(noticed.maps, ref, period) for period in of_year_}
    unmapped = next((period for period, found in maps.items() if found is None), None)
    if unmapped is not None:
        sentence = (
            f"no rating map is in force in {unmapped}; give one from then or before with "
            f"`map-ratings {question.contract} {ref} PERIOD`"
        )
        return Fault(ref, None, sentence)
    observed = [observe(standing, kpi, period, found) for period, found in maps.items() if found is not None]
    own = observed[-1].map.year_rating if observed else None
    assert noticed.procurement is not None
    how: YearRating | None = own or noticed.procurement.year_rating
    if how is None and observed:
        sentence = (
            "nothing says how a year's rating follows from its periods; say it with "
            f"`map-ratings {question.contract} {ref} PERIOD --year-rating`"
        )
        return Fault(ref, None, sentence)
    rating = of_year(how or "worst", observed)
    return KpiYear(kpi, observed, how or "worst", rating, remarks_of(observed, kpi.frequency))


def _kpi_document(each: KpiYear) -> dict[str, Any]:
    return {
        "kpi": each.kpi.introduced.ref,
        "title": each.kpi.introduced.title,
        "unit": each.kpi.introduced.unit,
        "rating": each.rating,
        "measure_classification": CLASSIFICATIONS[each.rating],
        "year_rating": each.how,
        "provisional": each.provisional,
        "remarks": each.remarks,
        "observations": [one.document() for one in each.observed],
    }


def _maps_told(each: KpiYear) -> str:
    maps = {one.map.id: one.map for one in each.observed}
    return "; ".join(
        told_map(found) + (f" (from {heading(found.first_period, each.kpi.frequency)})" if len(maps) > 1 else "")
        for found in maps.values()
    )
