"""Action plans: what each holds, who agreed it and when, which of its dates were met, and where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ledger.period import day_in_words, in_words
from ledger.plan_facts import ActionPlanProposed, ActionPlanUpdated
from ledger.plans import Item, Plan, Roles, managed
from projections.question import Question
from projections.standing import Standing
from projections.table import STATUS_WORDS, Table, Text
from projections.terms import management_assumptions

ISSUE = {
    "supplier_aware": "Is the provider aware of the problem?",
    "clear_failure": "Is there a clear failure to perform?",
    "authority_contributed": "Did the authority contribute to it in a material way?",
    "significance": "How significant is the problem?",
    "relevant_conditions": "Which conditions of the contract are relevant?",
}
_KINDS = {"action": "Action", "expected_outcome": "Expected outcome", "deadline": "Deadline"}


def roles_of(standing: Standing) -> Roles:
    """Return the role of each party."""
    return {party.code: party.role for party in standing.terms.parties}


@dataclass(frozen=True, slots=True)
class Plans:
    """The view: the plans in the order they were first proposed."""

    question: Question
    found: list[Plan]

    @property
    def _as_at(self) -> date:
        return self.question.moment.as_at

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        standing = self.question.standing
        roles = roles_of(standing)
        return {
            **self.question.heading(),
            "plans": [_document(each, self._as_at, roles) for each in self.found],
            "assumptions": management_assumptions(standing),
        }

    def tables(self) -> list[Table]:
        """Return the plans as the template has them, their dates, and the progress told."""
        standing = self.question.standing
        updates = [update for each in self.found for update in each.updates]
        found = [self._plans_table(standing), self._dates_table()]
        if updates:
            found.append(_progress_table(updates))
        found[-1] = replace(
            found[-1],
            notes=[
                (1, "A plan whose deadline has passed is overdue until the authority closes it; none fails by itself.")
            ],
            assumptions=management_assumptions(standing),
        )
        return found

    def _plans_table(self, standing: Standing) -> Table:
        roles = roles_of(standing)
        return Table(
            title=f"{standing.terms.title}: action plans as at {day_in_words(self._as_at)}",
            columns=(
                "Plan",
                "KPI",
                "Current performance level",
                "Issue / reason identified",
                "Action to be taken",
                "Expected outcomes",
                "Timescale",
                "Agreed",
                "State",
                "Facts",
            ),
            rows=[self._row(each, standing, roles) for each in self.found],
            fixed=0,
        )

    def _row(self, plan: Plan, standing: Standing, roles: Roles) -> tuple[Text, ...]:
        proposed = plan.proposed
        issue = [f"{prompt} {text}" for name, prompt in ISSUE.items() if (text := getattr(proposed, name))]
        outcomes = [
            f"{n}. {each.outcome}{_by(plan.item('expected_outcome', n).due_on)}"
            for n, each in enumerate(proposed.expected_outcomes, 1)
        ]
        return (
            Text(proposed.plan),
            Text(", ".join(proposed.kpis)),
            Text(_level(proposed, standing)),
            Text(" ".join(issue)),
            Text(_actions(plan)),
            Text("; ".join(outcomes)),
            Text(day_in_words(plan.deadline) if plan.deadline else ""),
            Text(_agreed(plan, roles)),
            Text(_state(plan, self._as_at, roles)),
            Text(", ".join(_facts(plan))),
        )

    def _dates_table(self) -> Table:
        return Table(
            title=f"Dates of the action plans, as at {day_in_words(self._as_at)}",
            columns=("Plan", "What", "Due as proposed", "Due now", "Done", "State"),
            rows=[
                (
                    Text(plan.proposed.plan),
                    Text(_KINDS[item.kind] + (f" {item.number}" if item.number else "")),
                    Text(day_in_words(item.first_due_on) if item.first_due_on else ""),
                    Text(_moved(item)),
                    Text(day_in_words(item.done_on) if item.done_on else ""),
                    Text(_item_state(item, plan, self._as_at)),
                )
                for plan in self.found
                for item in plan.dates()
                if item.kind != "deadline" or item.due_on is not None
            ],
            fixed=2,
        )


def _level(proposed: ActionPlanProposed, standing: Standing) -> str:
    told = [proposed.level, STATUS_WORDS[proposed.rag] if proposed.rag else None]
    if proposed.period is not None:
        told.append(in_words(proposed.period, standing.kpis[proposed.kpis[0]].frequency))
    told.append(f"as at {day_in_words(proposed.as_of)}" if proposed.as_of else None)
    return ", ".join(each for each in told if each)


def _actions(plan: Plan) -> str:
    proposed = plan.proposed
    told = [
        f"{n}. {each.action} ({each.owner}{_by(plan.item('action', n).due_on)}"
        f"{f', £{each.cost:,f}' if each.cost is not None else ''})"
        for n, each in enumerate(proposed.actions, 1)
    ]
    told += [f"Reviews: {', '.join(map(day_in_words, proposed.reviews))}"] if proposed.reviews else []
    told += [f"Problem-solving: {proposed.problem_solving}"] if proposed.problem_solving else []
    told += [f"Resources: {proposed.resources}"] if proposed.resources else []
    return "; ".join(told)


def _by(day: date | None) -> str:
    return f", by {day_in_words(day)}" if day else ""


def _agreed(plan: Plan, roles: Roles) -> str:
    told = [f"{each.by} on {day_in_words(each.dated)}" for each in plan.agreements]
    wanting = [role for role in ("authority", "provider") if plan.agreement_of(role, roles) is None]
    return "; ".join([*told, *(f"not by the {role}" for role in wanting)])


def _state(plan: Plan, as_at: date, roles: Roles) -> str:
    state = plan.state(as_at, roles)
    if plan.closed is not None:
        return f"{state} on {day_in_words(plan.closed.dated)}: {plan.closed.reason}"
    late = plan.deadline is not None and state == "proposed" and plan.overdue(as_at)
    return f"{state}, its deadline passed" if late else state


def _moved(item: Item) -> str:
    if not item.moved:
        return day_in_words(item.due_on) if item.due_on else ""
    last = item.moved[-1]
    return f"{day_in_words(item.due_on) if item.due_on else ''} ({last.party}: {last.reason})"


def _item_state(item: Item, plan: Plan, as_at: date) -> str:
    """Say where a date stands; what was not done by when its plan was closed is neither due nor missed since."""
    ended = plan.closed.dated if plan.closed is not None else as_at
    state = item.state(min(ended, as_at))
    return "closed before it was due" if state == "due" and plan.closed is not None else state


def _facts(plan: Plan) -> list[str]:
    told = [*plan.earlier, plan.proposed, *plan.agreements, *plan.updates, *([plan.closed] if plan.closed else [])]
    return [each.id for each in told]


def _progress_table(updates: Iterable[ActionPlanUpdated]) -> Table:
    return Table(
        title="Progress told",
        columns=("Plan", "Dated", "Of", "Progress", "By", "Fact"),
        rows=[
            (
                Text(each.plan),
                Text(each.dated.isoformat()),
                Text(_of(each)),
                Text(each.progress),
                Text(each.by),
                Text(each.id),
            )
            for each in updates
        ],
        fixed=2,
    )


def _of(update: ActionPlanUpdated) -> str:
    if update.action is not None:
        return f"action {update.action}"
    return f"expected outcome {update.expected_outcome}" if update.expected_outcome is not None else "the plan"


def _document(plan: Plan, as_at: date, roles: Roles) -> dict[str, Any]:
    proposed, closed = plan.proposed, plan.closed
    agreed_on = plan.agreed_on(roles)
    return {
        "plan": proposed.plan,
        "kpis": list(proposed.kpis),
        "warning": proposed.warning,
        "period": proposed.period,
        "level": proposed.level,
        "rag": proposed.rag,
        "as_of": _iso(proposed.as_of),
        "issue": {name: getattr(proposed, name) for name in ISSUE},
        "actions": [
            {"action": each.action, "owner": each.owner, "cost": None if each.cost is None else f"{each.cost:f}"}
            | _item_document(plan.item("action", n), plan, as_at)
            for n, each in enumerate(proposed.actions, 1)
        ],
        "expected_outcomes": [
            {"outcome": each.outcome} | _item_document(plan.item("expected_outcome", n), plan, as_at)
            for n, each in enumerate(proposed.expected_outcomes, 1)
        ],
        "reviews": [each.isoformat() for each in proposed.reviews],
        "problem_solving": proposed.problem_solving,
        "resources": proposed.resources,
        "first_due_on": _iso(proposed.due_on),
        "due_on": _iso(plan.deadline),
        "proposed_by": proposed.by,
        "proposed_on": proposed.dated.isoformat(),
        "agreements": [
            {"by": each.by, "role": roles.get(each.party), "dated": each.dated.isoformat(), "id": each.id}
            for each in plan.agreements
        ],
        "agreed_on": _iso(agreed_on),
        "updates": [
            {
                "id": each.id,
                "dated": each.dated.isoformat(),
                "by": each.by,
                "action": each.action,
                "expected_outcome": each.expected_outcome,
                "progress": each.progress,
                "due_on": _iso(each.due_on),
                "reason": each.reason,
            }
            for each in plan.updates
        ],
        "closed_on": _iso(closed.dated if closed else None),
        "outcome": closed.outcome if closed else None,
        "reason": closed.reason if closed else None,
        "state": plan.state(as_at, roles),
        "overdue": plan.overdue(as_at),
        "facts": _facts(plan),
    }


def _item_document(item: Item, plan: Plan, as_at: date) -> dict[str, Any]:
    return {
        "n": item.number,
        "first_due_on": _iso(item.first_due_on),
        "due_on": _iso(item.due_on),
        "done_on": _iso(item.done_on),
        "state": _item_state(item, plan, as_at).replace(" ", "_"),
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def plans(question: Question) -> Plans:
    """Answer which action plans there are, and where each stands."""
    return Plans(question, list(managed(question.standing.plans).plans.values()))
