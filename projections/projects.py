"""Projects as they were last reported, and the review of them that a board asks for (Appendix B, section 11)."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ledger.faults import BadInput
from ledger.period import day_in_words
from ledger.recorded import Recorded
from ledger.report_facts import ProjectReported, ReportPublished
from projections.delivery import MONTHS_AHEAD, Due, Slippage, State, due, months_ahead, slippage, state
from projections.expected import Reading, last_expected, read_expected
from projections.late import late_to_reports
from projections.notes import Notes
from projections.question import Question
from projections.table import Table, Text

NOT_STATED = "not stated"
STATUS_READ = (
    "Whether an outcome is done is read from how its status begins: complete, completed, closed or done. "
    "One that is done has parts open if its status says so, or if a further date is still to come."
)
LAST_DAYS = (
    "When an outcome is due, and how far that has slipped, goes by the last day that its latest printed date may mean."
)


@dataclass(frozen=True, slots=True)
class Project:
    """A project's latest report as at a date, how it was read, and the earlier one it is compared with."""

    report: ProjectReported
    readings: tuple[Reading, ...]
    state: State
    due: Due | None
    baseline: ProjectReported | None
    slippage: Slippage

    @property
    def open(self) -> bool:
        """Say whether all of it is still to be delivered."""
        return self.state is State.OPEN


@dataclass(frozen=True, slots=True)
class Projects:
    """The view."""

    question: Question
    since: date | None
    projects: list[Project]
    notes: Notes = field(default_factory=Notes)

    @property
    def suppositions(self) -> list[str]:
        """Return what the reading of the dates takes for granted, each said once."""
        reports = [each for project in self.projects for each in (project.report, project.baseline) if each]
        return list(dict.fromkeys(text for report in reports for each in _read(report) for text in each.supposes))

    @property
    def assumptions(self) -> list[str]:
        """Return every assumption that the view rests on."""
        return [*self.suppositions, STATUS_READ, LAST_DAYS] if self.projects else []

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        return {
            **self.question.heading(),
            "since": self.since and self.since.isoformat(),
            "projects": [_project_document(each) for each in self.projects],
            "review": self.review(),
            "notes": [{"n": number, "text": text} for number, text in self.notes.numbered()],
            "assumptions": self.assumptions,
        }

    def review(self) -> dict[str, Any]:
        """Return the review's figures; `due`, `later`, `overdue` and `without_date` add up to `open`."""
        states = Counter(each.state for each in self.projects)
        open_ = Counter(each.due for each in self.projects if each.open)
        parts = Counter(each.due for each in self.projects if each.state is State.PARTS_OPEN)
        slips = [each.slippage.days for each in self.projects if each.slippage.days is not None]
        return {
            "outcomes": len(self.projects),
            "done": states[State.DONE] + states[State.PARTS_OPEN],
            "parts_open": states[State.PARTS_OPEN],
            "ended": states[State.ENDED],
            "open": states[State.OPEN],
            "due_by": months_ahead(self.question.moment.as_at).isoformat(),
            "due": open_[Due.AHEAD],
            "parts_due": parts[Due.AHEAD],
            "later": open_[Due.LATER],
            "overdue": open_[Due.OVERDUE],
            "without_date": open_[Due.WITHOUT_DATE],
            "slipped": sum(days > 0 for days in slips),
            "most_slipped_days": max((days for days in slips if days > 0), default=None),
            "no_baseline": sum(each.baseline is None for each in self.projects),
            "not_comparable": sum(each.baseline is not None and each.slippage.days is None for each in self.projects),
        }

    def tables(self) -> list[Table]:
        """Return the projects, the review's figures, and how far each project has slipped."""
        as_at = f"as at {day_in_words(self.question.moment.as_at)}"
        if not self.projects:
            return [Table(f"Projects, {as_at}", ("Project",), [])]
        return [self._projects(as_at), self._review(as_at), self._slippage(as_at)]

    def _projects(self, as_at: str) -> Table:
        return Table(
            title=f"Projects, {as_at}",
            columns=("Service area", "Project", "Outcome", "Expected", "Read as", "Status", "Update", "Impact"),
            rows=[
                (
                    Text(each.report.service_area),
                    Text(each.report.project),
                    Text(each.report.outcome),
                    Text(each.report.expected),
                    Text("; ".join(map(str, each.readings))),
                    Text(each.report.status),
                    Text(each.report.update or ""),
                    Text(each.report.impact or NOT_STATED),
                )
                for each in self.projects
            ],
            fixed=2,
            assumptions=self.suppositions,
        )

    def _review(self, as_at: str) -> Table:
        found = self.review()
        by = day_in_words(months_ahead(self.question.moment.as_at))
        figures = {
            "Outcomes reported": found["outcomes"],
            "Done": found["done"],
            "of these with parts still open": found["parts_open"],
            f"of these with parts due by {by}": found["parts_due"],
            "Ended without delivery": found["ended"],
            "Open": found["open"],
            f"of these due in the next {MONTHS_AHEAD} months, by {by}": found["due"],
            "of these due later": found["later"],
            "of these overdue": found["overdue"],
            "of these without a date": found["without_date"],
            "Slipped": found["slipped"],
            "No baseline held": found["no_baseline"],
            "Not comparable": found["not_comparable"],
        }
        return Table(
            title=f"Review of projects, {as_at}",
            columns=("What", "How many"),
            rows=[(Text(what), Text(str(many))) for what, many in figures.items()],
            numeric=(1,),
            assumptions=(STATUS_READ, LAST_DAYS),
        )

    def _slippage(self, as_at: str) -> Table:
        return Table(
            title=f"How far each has slipped, {as_at}",
            columns=("Project", "State", "Due", "Expected", "Expected before", "As reported on", "Slipped", "Impact"),
            rows=[
                (
                    Text(each.report.project),
                    Text(each.state.value),
                    Text("" if each.due is None else each.due.value),
                    Text(each.report.expected),
                    Text(each.baseline.expected if each.baseline else "–"),
                    Text(each.baseline.dated.isoformat() if each.baseline else "–"),
                    Text(each.slippage.words),
                    Text(each.report.impact or NOT_STATED),
                )
                for each in self.projects
            ],
            notes=self.notes.numbered(),
        )


def snapshots(facts: Iterable[Recorded]) -> dict[str, list[ProjectReported]]:
    """Return the snapshots of each project, earliest first; of several of one day the last recorded stands.

    Args:
        facts: standing facts in order of (dated, position).
    """
    found: dict[str, list[ProjectReported]] = {}
    for recorded in facts:
        report = recorded.fact
        if isinstance(report, ProjectReported):
            own = found.setdefault(report.project, [])
            if own and own[-1].dated == report.dated:
                own.pop()
            own.append(report)
    return found


def projects(question: Question, since: date | None = None) -> Projects:
    """Answer how each project stood, and how far it has slipped since a date.

    Args:
        question: periods do not matter to it.
        since: a project is compared with its latest snapshot by that date; by default with its earliest.

    Raises:
        BadInput: if `since` is after the question's date.
    """
    as_at = question.moment.as_at
    if since is not None and since > as_at:
        raise BadInput.of(f"found {since}; give a date up to the as-at, {as_at}", "--since")
    by_name = snapshots(question.standing.printed)
    areas = list(dict.fromkeys(_areas(question.standing.printed)))
    ordered = sorted(by_name.values(), key=lambda own: areas.index(own[-1].service_area))
    notes = Notes()
    for note in late_to_reports(question, projects_shown):
        notes.number(note)
    return Projects(question, since, [_project(own, since, as_at) for own in ordered], notes)


def _areas(facts: Iterable[Recorded]) -> Iterable[str]:
    return (each.fact.service_area for each in facts if isinstance(each.fact, ProjectReported))


def projects_shown(facts: Iterable[Recorded], _: ReportPublished) -> dict[str, tuple[str | None, ...]]:
    """Return what a report shows of each project, by its name."""
    latest = {name: own[-1] for name, own in snapshots(facts).items()}
    return {
        name: (each.service_area, each.outcome, each.expected, each.status, each.update, each.impact)
        for name, each in latest.items()
    }


def _project(own: list[ProjectReported], since: date | None, as_at: date) -> Project:
    latest = own[-1]
    readings = _read(latest)
    found = state(latest.status, readings, as_at)
    baseline = _baseline(own, since)
    slipped = slippage(baseline, latest) if baseline else Slippage(None, "no baseline held")
    return Project(latest, readings, found, due(found, last_expected(readings), as_at), baseline, slipped)


def _baseline(own: list[ProjectReported], since: date | None) -> ProjectReported | None:
    """Return the snapshot to compare the latest with; None if that would be the latest itself."""
    *earlier, latest = own
    if since is None:
        return earlier[0] if earlier else None
    by_then = [each for each in own if each.dated <= since]
    return by_then[-1] if by_then and by_then[-1] is not latest else None


def _read(report: ProjectReported) -> tuple[Reading, ...]:
    return read_expected(report.expected)


def _project_document(project: Project) -> dict[str, Any]:
    report, baseline = project.report, project.baseline
    return {
        "project": report.project,
        "service_area": report.service_area,
        "outcome": report.outcome,
        "expected": report.expected,
        "read": [
            {
                "printed": each.printed,
                "first_day": each.first_day and each.first_day.isoformat(),
                "last_day": each.last_day and each.last_day.isoformat(),
                "meaning": each.meaning.value,
            }
            for each in project.readings
        ],
        "status": report.status,
        "state": project.state.value,
        "done": project.state.done,
        "parts_open": project.state is State.PARTS_OPEN,
        "due": project.due and project.due.value,
        "update": report.update,
        "impact": report.impact,
        "fact": report.id,
        "dated": report.dated.isoformat(),
        "baseline": baseline
        and {"expected": baseline.expected, "dated": baseline.dated.isoformat(), "fact": baseline.id},
        "slipped_days": project.slippage.days,
        "slippage": project.slippage.words,
    }
