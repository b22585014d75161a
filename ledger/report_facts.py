"""The facts that reports print beside the cells, and reports themselves: they move no cell.

Part of the storage format: add kinds and optional fields, never edit or remove one.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ledger.fact import Fact
from ledger.values import Count, Day, Figure, Name, PeriodText, Text


class ReportFact(Fact):
    """What reports print beside the cells; it moves none."""


Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ReportPublished(ReportFact):
    """A report went out on the day it is dated, with tables as at a date.

    A pinned one carries the SHA-256 of the canonical form of its tables, that of each part of it by name, and the
    version of the program that drew them. One that takes the place of another names it and says why.
    """

    fact: Literal["ReportPublished"] = "ReportPublished"
    report: Name
    title: Text
    as_at: Day
    first_period: PeriodText
    last_period: PeriodText
    meeting_on: Day | None = None
    addendum_to: Name | None = None
    digest: Digest | None = None
    parts: dict[Name, Digest] | None = None
    code_version: Name | None = None
    reissues: Name | None = None
    reason: Text | None = None

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
    reason: Text


class FailureExplained(ReportFact):
    """Why a KPI failed over a range of periods, what that did to the authority, and how it will end."""

    fact: Literal["FailureExplained"] = "FailureExplained"
    kpi: Name
    first_period: PeriodText
    last_period: PeriodText
    cause: Text | None = None
    effect: Text
    resolution: Text
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
    outcome: Text
    expected: Figure
    status: Text
    update: Text | None = None
    impact: Text | None = None


class CommentaryWritten(ReportFact):
    """What a party says of a service, or of the contract as a whole, over a range of periods."""

    fact: Literal["CommentaryWritten"] = "CommentaryWritten"
    service: Name | None = None
    first_period: PeriodText
    last_period: PeriodText
    text: Text


class IncidentRecorded(ReportFact):
    """An event that several requests, disputes and explanations may cite."""

    fact: Literal["IncidentRecorded"] = "IncidentRecorded"
    incident: Name
    title: Text
    began_on: Day
    ended_on: Day | None = None
    description: Text | None = None


class BoardResolved(ReportFact):
    """What a board resolved at a meeting."""

    fact: Literal["BoardResolved"] = "BoardResolved"
    meeting_on: Day
    report: Name | None = None
    resolution: Text


class ActionAssigned(ReportFact):
    """Something a board asked for; `due` is the time as it was put where no day was named."""

    fact: Literal["ActionAssigned"] = "ActionAssigned"
    action: Name
    task: Text
    owner: Text
    due_on: Day | None = None
    due: Text | None = None
    meeting_on: Day | None = None
    report: Name | None = None


class ActionCompleted(ReportFact):
    """An action that a board asked for is done."""

    fact: Literal["ActionCompleted"] = "ActionCompleted"
    action: Name
    outcome: Text


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
