"""The lettered appendices of the board's report."""

from dataclasses import replace

from projections.abatement import abatement
from projections.board_sections import bare
from projections.counts import counts
from projections.document import Items, Paragraph, Section, Shown
from projections.projects import projects
from projections.question import Question
from projections.rag import rag
from projections.summary import ALL, services_named
from projections.table import Table
from projections.terms import assumptions

_PERIODS_OF_CONTACTS = 12
_NOT_AVAILABLE = (
    "Data not available: the return was too thin or wrong to show that the levels were met. It is red, at full points."
)
_MITIGATED = (
    "Mitigation agreed: something outside the provider's control kept a target from being met. A value may still be "
    "shown; no points are taken."
)


def appendices(question: Question) -> list[Section]:
    """Return the appendices, those without anything to show left out."""
    found = [_results(question)]
    if (shown := projects(question)).projects:
        found.append(Section("Projects", [Shown("projects", bare(shown.tables()[0]))], key="appendix-projects"))
    contacts = counts(replace(question, count=_PERIODS_OF_CONTACTS))
    if contacts.series:
        tables = [Shown(f"contacts-{place}", bare(each)) for place, each in enumerate(contacts.tables())]
        found.append(Section("Contacts over twelve periods", tables, key="appendix-contacts"))
    if question.standing.terms.scheme is not None:
        lines = bare(abatement(question).lines_table())
        found.append(Section("What each failing KPI costs", [Shown("lines", lines)], key="appendix-points"))
    rested_on = dict.fromkeys([*assumptions(question.standing), *shown.assumptions])
    told = Items([[each] for each in rested_on]) if rested_on else Paragraph(["None."])
    return [*found, Section("Assumptions that the tables rest on", [told], key="appendix-assumptions")]


def _results(question: Question) -> Section:
    """Return each KPI's results, a part for each service."""
    named = [each for each in services_named(question.standing) if each[0] != ALL]
    notes = [_NOT_AVAILABLE, _MITIGATED]
    return Section(
        "Results of each KPI by service",
        [Items([[each] for each in notes])],
        key="appendix-results",
        parts=[
            Section(title, [Shown(f"results-{code}", _titled(bare(rag(question, code).tables()[0]), title))])
            for code, title in named
        ],
    )


def _titled(table: Table, service: str) -> Table:
    return replace(table, title=f"{service}, {table.title.partition(': ')[2]}")
