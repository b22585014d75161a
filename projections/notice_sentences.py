"""What facts about notices of performance say, as parts of a sentence: "On … the authority …"."""

from collections.abc import Callable
from typing import assert_never

from ledger.notice_facts import (
    AnyNoticeFact,
    BreachRecorded,
    ContractTerminated,
    ImprovementJudged,
    ImprovementOpportunityGiven,
    NoticeKpisChosen,
    NoticePublished,
    ProcurementTermsSet,
    RatingMapSet,
)
from ledger.period import Month, day_in_words

RATING_WORDS = {
    "good": "Good",
    "approaching_target": "Approaching target",
    "requires_improvement": "Requires improvement",
    "inadequate": "Inadequate",
    "other": "Other",
}
RESULT_WORDS = {
    "termination": "the termination of the contract",
    "partial_termination": "its termination in part",
    "damages": "an award of damages",
    "settlement": "a settlement",
}


def noticed(fact: AnyNoticeFact, period_of: Callable[[str, Month], str]) -> str:
    """Tell a fact, given how a period of a KPI is named."""
    match fact:
        case ProcurementTermsSet():
            terms = fact.procurement
            value = f"£{terms.estimated_value:,f}"
            return f"set the procurement terms: {terms.governed_by}, {terms.kind}, an estimated value of {value}"
        case NoticeKpisChosen():
            return f"chose the KPIs that notices assess, {', '.join(fact.kpis)}"
        case RatingMapSet():
            return f"set the ratings of {fact.kpi} from {period_of(fact.kpi, fact.first_period)} on, {told_map(fact)}"
        case BreachRecorded():
            remedy = f"; remedy: {fact.remedy.rstrip('. ')}" if fact.remedy else ""
            of = f" of {', '.join(fact.kpis)}" if fact.kpis else ""
            resulted = f"which resulted in {RESULT_WORDS[fact.result]} on {day_in_words(fact.on)}"
            return f"recorded the breach {fact.breach}{of} ({fact.what.rstrip('. ')}), {resulted}{remedy}"
        case ImprovementOpportunityGiven():
            of = f" of {', '.join(fact.kpis)}" if fact.kpis else ""
            until = day_in_words(fact.until)
            return f"gave the opportunity {fact.opportunity} to improve{of} until {until} ({fact.what.rstrip('. ')})"
        case ImprovementJudged():
            found = "had been taken" if fact.outcome == "improved" else "had brought no improvement"
            return f"considered that the opportunity {fact.opportunity} {found} on {day_in_words(fact.on)}"
        case ContractTerminated():
            return f"recorded that the contract was terminated on {day_in_words(fact.on)}"
        case NoticePublished():
            kind = {"no_improvement": "no improvement"}.get(fact.notice, fact.notice)
            of = f" of {fact.year or fact.about}" if fact.year or fact.about else ""
            return f"published the notice {fact.reference} ({kind}{of}) on {day_in_words(fact.published_on)}"
        case _:
            assert_never(fact)


def told_map(fact: RatingMapSet) -> str:
    """Tell a rating map: by status or by value, and how the year follows."""
    year = f"; of a year, the {fact.year_rating}" if fact.year_rating else ""
    given = fact.statuses or fact.levels or {}
    if fact.statuses is not None:
        return ", ".join(f"{status} {RATING_WORDS[rating].lower()}" for status, rating in given.items()) + year
    return ", ".join(f"{RATING_WORDS[rating].lower()} {level}" for rating, level in given.items()) + year
