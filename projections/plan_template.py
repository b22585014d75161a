"""An action plan to fill in: what is known of a KPI in a period, and the prompts of the template."""

import json

from ledger.faults import BadInput
from ledger.period import Month, day_in_words, in_words, is_period
from projections.cells import verdict
from projections.plans import ISSUE
from projections.question import Question
from projections.table import STATUS_WORDS
from projections.wording import displayed

_REST = """\
# What is the proposed solution? Who does what, by when, and what does it cost in pounds?
# One [[actions]] table for each action, below; here the dates of progress meetings and reviews, such as ["2025-06-15"].
reviews = []

# How are problems solved, and disputes resolved?
problem_solving = ""

# What people, money or equipment is given to it?
resources = ""

# The deadline by which all of it is to be done.
due_on = ""

[[actions]]
action = "" # needed
owner = "" # needed
due_on = ""
cost = ""

# Objectives that are specific, measurable, achievable, relevant and have a date: one table for each, or none.
[[expected_outcomes]]
outcome = "" # needed in each
due_on = ""
"""


def plan_template(question: Question, ref: str, period: Month) -> str:
    """Return the file of a plan to fill in.

    Raises:
        BadInput: if the contract has no such KPI, or the period is none of its periods.
    """
    kpi = question.kpi(ref)
    if kpi.introduced.reserved or not is_period(period, kpi.first_period, kpi.frequency) or period < kpi.first_period:
        sentence = f"found {period}; give the first month of a {kpi.frequency} period of {ref}"
        raise BadInput.of(f"{sentence} from {kpi.first_period}" if kpi.first_period else sentence, "PERIOD")
    cell = verdict(question.standing, kpi, period)
    as_at = question.moment.as_at
    named = in_words(period, kpi.frequency)
    status = STATUS_WORDS[cell.status.value]
    level = displayed(kpi, period, cell.value) if cell.value is not None else ""
    lines = [
        _remark(f"An action plan for {question.standing.terms.title}: {ref}, {kpi.introduced.title}."),
        f"# {named}, as at {day_in_words(as_at)}: {f'{level}, ' if level else ''}{status}.",
        "# Fill in what is empty, and leave empty what there is nothing to say of; `plan propose` takes the file.",
        "# What is marked as needed may not be left empty, and at least one day by which something is due is needed.",
        "",
        "# The plan's own name, and the references of the KPIs it is about.",
        f"plan = {_text(f'{ref} {period}')} # needed",
        f"kpis = [{_text(ref)}] # needed",
        "",
        "# The current performance level, its RAG status and its date.",
        f"period = {_text(period)}",
        f"level = {_text(level)}",
        *([f"rag = {_text(cell.status.value)}"] if cell.status.value in ("green", "amber", "red") else []),
        f"as_of = {_text(as_at.isoformat())}",
        "",
    ]
    for name, prompt in ISSUE.items():
        lines += [f"# {prompt}", f'{name} = ""', ""]
    return "\n".join(lines) + "\n" + _REST


def _remark(words: str) -> str:
    """Write a remark on one line."""
    return f"# {''.join(each if each.isprintable() else ' ' for each in words)}"


def _text(words: str) -> str:
    """Write a text as TOML does."""
    return json.dumps(words, ensure_ascii=False).replace("\x7f", "\\u007f")
