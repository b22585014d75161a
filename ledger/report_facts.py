"""The facts that reports print beside the cells, and reports themselves: they move no cell.

Part of the storage format: add kinds and optional fields, never edit or remove one.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.fact import UnmovingFact
from ledger.values import Count, Day, Figure, Name, PeriodText, Prose, Sha256, Text


class ReportFact(UnmovingFact):
    """What reports print beside the cells; it moves none."""


class ReportPublished(ReportFact):
    """A report went out on the day it is dated, with tables as at a date.

    A pinned one carries the SHA-256 of the canonical form of its tables, that of each part of it by name, and the
    version of the program that drew them; `form` is the number of that form, 1 if it is not given. One that takes the
    place of another names it and says why.
    """

    fact: Literal["ReportPublished"] = "ReportPublished"
    report: Name
    title: Text
    as_at: Day
    first_period: PeriodText
    last_period: PeriodText
    meeting_on: Day | None = None
    addendum_to: Name | None = None
    digest: Sha256 | None = None
    parts: dict[Name, Sha256] | None = None
    code_version: Name | None = None
    form: Annotated[int, Field(ge=1, le=2, strict=True)] | None = None
    reissues: Name | None = None
    reason: Prose | None = None

    @model_validator(mode="after")
    def _reissued_for_a_reason(self) -> Self:
        if (self.reissues is None) != (self.reason is None):
            raise ValueError("give reissues and reason together, or neither")
        return self


class ReportCorrected(ReportFact):
    """An erratum: a published report printed one thing and should have printed another."""

    fact: Literal["ReportCorrected"] = "ReportCorrected"
    report: Name
    table: Figure
    row: Figure
    period: PeriodText
    printed: Figure
    corrected: Figure
    reason: Prose


class FailureExplained(ReportFact):
    """Why a KPI failed over a range of periods, what that did to the authority, and how it will end."""

    fact: Literal["FailureExplained"] = "FailureExplained"
    kpi: Name
    first_period: PeriodText
    last_period: PeriodText
    cause: Prose | None = None
    effect: Prose
    resolution: Prose
    incident: Name | None = None


class CountsReported(ReportFact):
    """Contacts of one category received in a period, and how many were resolved by the date the fact bears."""

    fact: Literal["CountsReported"] = "CountsReported"
    series: Name
    period: PeriodText
    category: Name
    received: Count
    resolved: Count
    outstanding: Count
    service: Name | None = None


class ProjectReported(ReportFact):
    """A project as it stood on the date the fact bears; `expected` is the date of delivery as it was printed."""

    fact: Literal["ProjectReported"] = "ProjectReported"
    project: Name
    service_area: Text
    outcome: Prose
    expected: Figure
    status: Text
    update: Prose | None = None
    impact: Prose | None = None


class CommentaryWritten(ReportFact):
    """What a party says of a service, or of the contract as a whole, over a range of periods."""

    fact: Literal["CommentaryWritten"] = "CommentaryWritten"
    service: Name | None = None
    first_period: PeriodText
    last_period: PeriodText
    text: Prose


class IncidentRecorded(ReportFact):
    """An event that several requests, disputes and explanations may cite."""

    fact: Literal["IncidentRecorded"] = "IncidentRecorded"
    incident: Name
    title: Prose
    began_on: Day
    ended_on: Day | None = None
    description: Prose | None = None


class BoardResolved(ReportFact):
    """What a board resolved at a meeting."""

    fact: Literal["BoardResolved"] = "BoardResolved"
    meeting_on: Day
    report: Name | None = None
    resolution: Prose


class ActionAssigned(ReportFact):
    """Something a board asked for; `due` is the time as it was put where no day was named."""

    fact: Literal["ActionAssigned"] = "ActionAssigned"
    action: Name
    task: Prose
    owner: Prose
    due_on: Day | None = None
    due: Prose | None = None
    meeting_on: Day | None = None
    report: Name | None = None


class ActionCompleted(ReportFact):
    """An action that a board asked for is done."""

    fact: Literal["ActionCompleted"] = "ActionCompleted"
    action: Name
    outcome: Prose


class FindingRecorded(ReportFact):
    """A contradiction found in a document: what it prints in one place, against what stands elsewhere."""

    fact: Literal["FindingRecorded"] = "FindingRecorded"
    document: Text
    place: Text
    printed: Figure
    found: Figure
    kpi: Name | None = None
    period: PeriodText | None = None


AnyReportFact = (
    ReportPublished
    | ReportCorrected
    | FailureExplained
    | CountsReported
    | ProjectReported
    | CommentaryWritten
    | IncidentRecorded
    | BoardResolved
    | ActionAssigned
    | ActionCompleted
    | FindingRecorded
)
