"""The numbered sections of the board's report."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from ledger import calendar
from ledger.levels import Status
from ledger.parts import Evidence
from ledger.period import Month, contract_month, day_in_words, heading
from ledger.recorded import Recorded
from ledger.report_facts import CommentaryWritten, CountsReported, FindingRecorded, ReportCorrected, ReportPublished
from projections.abatement import abatement
from projections.cells import extent, overlapping
from projections.counts import counts
from projections.diff import differences, tables_of
from projections.document import Block, Items, Paragraph, Ref, Section, Shown
from projections.escalations import escalations
from projections.failures import failures
from projections.meeting import action_table, actions_of, happened, resolutions_of
from projections.mitigations import mitigations
from projections.moment import counting
from projections.month import month
from projections.notes import teller_of
from projections.projects import projects
from projections.question import Question
from projections.standing import Standing
from projections.summary import ALL, Summary, services_named
from projections.table import Table
from projections.terms import assumptions
from projections.wording import in_words

Previous = tuple[Recorded, ReportPublished] | None

_ABBREVIATIONS = {
    "KPI": "key performance indicator",
    "TSL": "target service level",
    "MSL": "minimum service level",
    "RAG": "red, amber, green",
}


def bare(table: Table) -> Table:
    """Return a table without its assumptions, which the report prints once, at its end."""
    return replace(table, assumptions=())


def matters_arising(question: Question, previous: Previous) -> Section:
    """What boards resolved and asked for since the report before, and what is still open."""
    standing, as_at = question.standing, question.moment.as_at
    since = previous[1].as_at if previous else None
    resolved = [each for each in resolutions_of(standing) if since is None or each.meeting_on > since]
    found = actions_of(standing)
    open_ = [each for each in found if each.completed is None]
    done = [each for each in found if each.completed and (since is None or each.completed.dated > since)]
    blocks: list[Block] = [
        Items([[f"{day_in_words(each.meeting_on)}: {each.resolution}"] for each in resolved])
        if resolved
        else Paragraph(["No resolution has been recorded since the report before."])
    ]
    for key, which, none in (
        ("open-actions", open_, "No action that a board asked for is open."),
        ("done-actions", done, "No action has been completed since the report before."),
    ):
        title = "Actions still open" if which is open_ else "Actions completed since the report before"
        blocks.append(Shown(key, action_table(which, title, as_at)) if which else Paragraph([none]))
    return Section("Matters arising from earlier meetings", blocks)


def abbreviations(standing: Standing) -> Section:
    """What the letters in the tables stand for: services, parties and the words of the contract."""
    services = {code: title for code, title in services_named(standing) if code not in (ALL, title)}
    parties = {party.code: party.name for party in standing.terms.parties if party.code != party.name}
    meanings = {**_ABBREVIATIONS, **parties, **services}
    return Section("Abbreviations", [Items([[f"{short}: {meaning}"] for short, meaning in sorted(meanings.items())])])


def background(question: Question, reviewed: Sequence[Month]) -> Section:
    """Which months of the contract the report is about."""
    terms = question.standing.terms
    first, last = (heading(each, terms.frequency) for each in (reviewed[0], reviewed[-1]))
    months = " to ".join(
        str(contract_month(each, terms.commenced)) for each in dict.fromkeys((reviewed[0], reviewed[-1]))
    )
    began = heading(terms.commenced, terms.frequency)
    shown = heading(question.columns[0], terms.frequency)
    span = f"{first}, month {months}" if first == last else f"{first} to {last}, months {months}"
    text = (
        f"The services began in {began}. Under review is {span} of the contract; the tables show the periods from "
        f"{shown} on."
    )
    return Section("Background", [Paragraph([text])])


def performance(question: Question, counted: Summary, reviewed: Sequence[Month]) -> Section:
    """The overall counts, the points of every period held, and where failures and relief are explained."""
    standing = question.standing
    frequency = standing.terms.frequency
    blocks: list[Block] = [
        Paragraph(["The results of each KPI are in ", Ref("appendix-results"), ". ", _expected(question)]),
        Shown("overall", bare(counted.tables()[0])),
    ]
    if standing.terms.scheme is not None:
        held = [each for each in extent(standing) if standing.holds(each) and each <= question.last_column]
        points = abatement(replace(question, last=question.last_column, count=len(held))) if held else None
        if points is not None:
            blocks += [
                Paragraph(
                    ["Abatement points of every period held are in ", Ref("points"), " and ", Ref("points-chart"), "."]
                ),
                Shown("points", bare(points.totals_table())),
                Shown("points-chart", points.chart()),
            ]
            if assumptions(standing):
                blocks.append(
                    Paragraph(
                        ["What they rest on that the contract leaves open is in ", Ref("appendix-assumptions"), "."]
                    )
                )
        if standing.terms.held_from > standing.terms.commenced:
            began = heading(standing.terms.held_from, frequency)
            blocks.append(
                Paragraph([f"The ledger keeps no records of the periods before {began}; their points are not shown."])
            )
    red = [counted.counts[ALL, each]["red"] for each in reviewed]
    relieved = [counted.counts[ALL, each]["mitigated"] for each in reviewed]
    named = ", ".join(heading(each, frequency) for each in reviewed)
    blocks += [
        Paragraph(
            [
                f"Below MSL in {named}: {_listed(red)}. Causes, effects and when they will end are in ",
                Ref("failures"), " and, for what achieved MSL only, ", Ref("below-target"), ".",
            ]
        ),
        Paragraph(
            [
                f"With mitigation in {named}: {_listed(relieved)}. The reasons are in ", Ref("relief"),
                ". Mitigation relieves the provider of points, and so of service credits.",
            ]
        ),
    ]  # fmt: skip
    return Section("Performance", blocks)


def _expected(question: Question) -> str:
    """Say when the results after those shown can be expected, by which calendar."""
    progress = month(replace(question, last=None))
    frequency = question.standing.terms.frequency
    looked = progress.question.last_column
    if looked <= question.last_column:
        return "No later period is over."
    named = heading(looked, frequency)
    awaited = sum(1 for each in progress.outstanding if each.period == looked)
    if progress.expected is None:
        return f"Of {named}, {awaited} results are not agreed yet."
    return (
        f"Of {named}, {awaited} results are not agreed yet; they can be expected from "
        f"{day_in_words(progress.expected)} ({calendar.named([progress.expected])})."
    )


def services(question: Question, counted: Summary, reviewed: Sequence[Month]) -> list[Section]:
    """A section for each service: its counts, what the facts say of it, comments, and contacts counted for it."""
    _, *tables = counted.tables()
    named = [each for each in services_named(question.standing) if each[0] != ALL]
    return [
        Section(
            f"{title} ({code})" if title != code else title,
            [
                Shown(f"service-{code}", bare(table)),
                Paragraph([_failing(question, code, reviewed)]),
                *_comments(question.standing, code, reviewed),
                *_contacts(question, code),
            ],
        )
        for (code, title), table in zip(named, tables, strict=True)
    ]


def _failing(question: Question, code: str, reviewed: Sequence[Month]) -> str:
    """Name what did not achieve its target in the periods under review."""
    standing = question.standing
    found = [
        f"{kpi.introduced.ref} in {heading(cell.period, kpi.frequency)} ({in_words(kpi, cell.period, cell.verdict)})"
        for kpi in standing.in_order()
        if kpi.introduced.service == code
        for cell in overlapping(standing, kpi, reviewed[0], question.last_month)
        if cell.status in (Status.RED, Status.AMBER)
    ]
    return (
        f"Below TSL in the periods under review: {'; '.join(found)}." if found else "No KPI was below TSL under review."
    )


def _comments(standing: Standing, code: str | None, reviewed: Sequence[Month]) -> list[Block]:
    """What the parties say of a service, or of the contract, over the periods under review."""
    parties = {party.code: party.name for party in standing.terms.parties}
    told = [
        [f"{parties.get(fact.party, fact.party)}: {fact.text}"]
        for each in standing.printed
        if isinstance(fact := each.fact, CommentaryWritten)
        and fact.service == code
        and fact.first_period <= reviewed[-1]
        and reviewed[0] <= fact.last_period
    ]
    return [Items(told)] if told else []


def _contacts(question: Question, code: str | None) -> list[Block]:
    return [
        Shown(f"contacts-{code}-{series}", bare(counts(question, series).tables()[0]))
        for series in _series(question.standing, code)
    ]


def _series(standing: Standing, code: str | None) -> list[str]:
    """Return the series of contacts that belong to a service, or to none."""
    facts = (each.fact for each in standing.printed)
    return list(
        dict.fromkeys(fact.series for fact in facts if isinstance(fact, CountsReported) and fact.service == code)
    )


def effects(question: Question) -> Section:
    """Failures with cause, effect and resolution, and relief with its reasons."""
    below_minimum, below_target = failures(question).tables()
    relieved, lasting, requests = mitigations(question).tables()
    return Section(
        "Failures, what they did, and relief",
        [
            Shown("failures", bare(below_minimum)),
            Shown("below-target", bare(below_target)),
            Shown("relief", bare(relieved)),
            Shown("open-ended", bare(lasting)),
            Shown("requests", bare(requests)),
        ],
    )


def disputes(question: Question) -> Section:
    """Disputes that are open or cover a period shown, with their outcomes."""
    return Section(
        "Disputes",
        [Shown(f"disputes-{place}", bare(each)) for place, each in enumerate(escalations(question).tables())],
    )


def overview(question: Question, counted: Summary, reviewed: Sequence[Month]) -> Section:
    """The counts of all periods shown in a row, without an adjective, and what is said of the contract as a whole."""
    frequency = question.standing.terms.frequency
    first, last = heading(question.columns[0], frequency), heading(question.columns[-1], frequency)
    span = f"In {first}" if first == last else f"From {first} to {last}"
    rows = {
        "green": "achieved TSL",
        "amber": "achieved MSL only",
        "red": "fell below MSL",
        "mitigated": "had mitigation",
    }
    numbers = {row: [counted.counts[ALL, each][row] for each in question.columns] for row in rows}
    told = [[f"{span}, {_listed(numbers[row])} {_kpis(numbers[row])} {words}."] for row, words in rows.items()]
    return Section("Overview", [Items(told), *_comments(question.standing, None, reviewed), *_contacts(question, None)])


def _kpis(numbers: Sequence[int]) -> str:
    return "KPI" if list(numbers) == [1] else "KPIs"


def project_review(question: Question) -> Section:
    """How many projects are done, how many are due, and how far each has slipped."""
    found = projects(question)
    if not found.projects:
        return Section("Projects", [Paragraph(["No project is reported."])])
    _, review, slippage = found.tables()
    return Section(
        "Projects",
        [
            Paragraph(["The projects themselves are in ", Ref("appendix-projects"), "."]),
            Shown("review", bare(review)),
            Shown("slippage", bare(slippage)),
        ],
    )


def changes(question: Question, previous: Previous) -> Section:
    """What differs from the report before, errata, and findings."""
    blocks: list[Block] = []
    standing = question.standing
    if previous is None:
        blocks.append(Paragraph(["There is no report before this one."]))
    else:
        recorded, report = previous
        pinned = counting(question.history, report.as_at, recorded.position)
        columns = [each for each in question.columns if report.first_period <= each <= report.last_period]
        moved = tables_of(differences(pinned, question.facts, columns), standing) if columns else []
        blocks.append(Paragraph([f"Compared with {report.report}, as at {day_in_words(report.as_at)}:"]))
        blocks += [Shown(f"moved-{place}", bare(each)) for place, each in enumerate(moved)]
    teller = teller_of(standing)
    since = previous[1].as_at if previous else date.min
    errata = [
        each.fact for each in standing.printed if isinstance(each.fact, ReportCorrected) and each.fact.dated > since
    ]
    findings = [
        each.fact for each in standing.printed if isinstance(each.fact, FindingRecorded) and each.fact.dated > since
    ]
    for what, found in (("errata", errata), ("findings", findings)):
        blocks.append(
            Items([[teller.sentence(each)] for each in found])
            if found
            else Paragraph([f"No {what} have been recorded since."])
        )
    return Section("What has changed since the report before", blocks)


def since(question: Question, meeting_on: date | None) -> Section:
    """What bears a date after the tables' and up to the meeting's."""
    title = "Since the date of the tables"
    if meeting_on is None:
        return Section(title, [Paragraph(["No meeting is fixed, so nothing after the date of the tables is told."])])
    told = happened(question, meeting_on)
    span = f"between {day_in_words(question.moment.as_at)} and the meeting on {day_in_words(meeting_on)}"
    if not told:
        return Section(title, [Paragraph([f"Nothing is recorded {span}."])])
    return Section(title, [Paragraph([f"Recorded {span}, and not in the tables:"]), Items([[each] for each in told])])


def background_papers(question: Question) -> Section:
    """The documents that the facts name."""
    named = list(dict.fromkeys(_papers(each for recorded in question.facts for each in recorded.fact.evidence)))
    none = "No documents are named as evidence by the facts."
    return Section("Background papers", [Items([[each] for each in named]) if named else Paragraph([none])])


def _papers(evidence: Iterable[Evidence]) -> list[str]:
    return [f"{each.title} ({each.where})" for each in evidence]


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(map(str, numbers))
