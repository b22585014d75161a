"""The facts that public notices of performance rest on: they move no cell.

Part of the storage format: add kinds and optional fields, never edit or remove one.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.fact import UnmovingFact
from ledger.parts import Rated
from ledger.procurement import Procurement, YearRating
from ledger.values import Day, LevelText, Name, PeriodText, Prose

Rating = Literal["good", "approaching_target", "requires_improvement", "inadequate", "other"]


class NoticeFact(UnmovingFact):
    """What notices of performance rest on; it moves no cell."""


class ProcurementTermsSet(NoticeFact):
    """The terms that decide whether notices are due, in place of those before; `reason` says what they rest on."""

    fact: Literal["ProcurementTermsSet"] = "ProcurementTermsSet"
    procurement: Procurement
    reason: Prose


class NoticeKpisChosen(NoticeFact):
    """The KPIs that were set and published for the contract, and that its notices assess; the latest choice stands."""

    fact: Literal["NoticeKpisChosen"] = "NoticeKpisChosen"
    kpis: Annotated[tuple[Name, ...], Field(min_length=1)]
    reason: Prose

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len(set(self.kpis)) < len(self.kpis):
            raise ValueError("a KPI is named twice in kpis; name each once")
        return self


class RatingMapSet(NoticeFact):
    """How a KPI's results are rated from a period on: by status, or by value.

    `levels` give each rating the level that earns it; of those that hold, the best is the rating.
    """

    fact: Literal["RatingMapSet"] = "RatingMapSet"
    kpi: Name
    first_period: PeriodText
    statuses: Annotated[dict[Rated, Rating], Field(min_length=1)] | None = None
    levels: Annotated[dict[Rating, LevelText], Field(min_length=1)] | None = None
    year_rating: YearRating | None = None
    reason: Prose

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.statuses is None) == (self.levels is None):
            raise ValueError("give statuses or levels, one of them")
        if self.levels is not None and "other" in self.levels:
            raise ValueError('levels earn no "other"; it is the rating of a value that none of them holds')
        return self


class BreachRecorded(NoticeFact):
    """The provider breached the contract, and on a day that resulted in what a notice is due of."""

    fact: Literal["BreachRecorded"] = "BreachRecorded"
    breach: Name
    what: Prose
    result: Literal["termination", "partial_termination", "damages", "settlement"]
    on: Day
    kpis: tuple[Name, ...] = ()
    remedy: Prose | None = None


class ImprovementOpportunityGiven(NoticeFact):
    """The authority is not satisfied, and gave the provider until a day to improve."""

    fact: Literal["ImprovementOpportunityGiven"] = "ImprovementOpportunityGiven"
    opportunity: Name
    what: Prose
    until: Day
    kpis: tuple[Name, ...] = ()


class ImprovementJudged(NoticeFact):
    """What the authority considered, on a day, had become of an opportunity to improve."""

    fact: Literal["ImprovementJudged"] = "ImprovementJudged"
    opportunity: Name
    outcome: Literal["improved", "not_improved"]
    on: Day
    reason: Prose


class ContractTerminated(NoticeFact):
    """The contract came to its end on a day, by running out or otherwise."""

    fact: Literal["ContractTerminated"] = "ContractTerminated"
    on: Day
    reason: Prose


class NoticePublished(NoticeFact):
    """A notice went out: of a year's assessment, of a breach, of no improvement, or of the termination.

    `about` names the breach or the opportunity; `reference` is the notice's own.
    """

    fact: Literal["NoticePublished"] = "NoticePublished"
    notice: Literal["assessment", "breach", "no_improvement", "termination"]
    year: Name | None = None
    about: Name | None = None
    published_on: Day
    reference: Name

    @model_validator(mode="after")
    def _of_one_thing(self) -> Self:
        if (self.notice == "assessment") != (self.year is not None):
            raise ValueError("give year with an assessment, and with nothing else")
        if (self.notice in ("breach", "no_improvement")) != (self.about is not None):
            raise ValueError("give about, a breach or an opportunity, with a notice of one, and with nothing else")
        return self


AnyNoticeFact = (
    ProcurementTermsSet
    | NoticeKpisChosen
    | RatingMapSet
    | BreachRecorded
    | ImprovementOpportunityGiven
    | ImprovementJudged
    | ContractTerminated
    | NoticePublished
)
