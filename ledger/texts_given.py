"""Which text a word was given to: the proposal of an action plan, or the minutes of a meeting. Pure.

An agreement, an update, a closing and an answer name a plan or a meeting, and speak of its text as it stood when they
were given. No later record may fasten them to another.
"""

from collections import defaultdict
from collections.abc import Iterable

from ledger.facts import AnyFact, FactVoided
from ledger.meeting_facts import MinutesAnswered, MinutesSent
from ledger.plan_facts import ActionPlanAgreed, ActionPlanClosed, ActionPlanProposed, ActionPlanUpdated

_TEXTS = (ActionPlanProposed, MinutesSent)
_WORDS = (ActionPlanAgreed, ActionPlanUpdated, ActionPlanClosed, MinutesAnswered)
_BEARING = frozenset({FactVoided, *_TEXTS, *_WORDS})


def texts_given(ordered: Iterable[AnyFact]) -> dict[str, str]:
    """Return the id of the text that each word on one speaks of, by the word's own id.

    Args:
        ordered: facts in order of (dated, position); a void counts from its own place on.
    """
    standing: dict[tuple[str, str], list[str]] = defaultdict(list)
    void: set[str] = set()
    found = {}
    for fact in ordered:
        if type(fact) not in _BEARING:
            continue
        if isinstance(fact, FactVoided):
            void.add(fact.voids)
        about = _about(fact)
        if about is None or fact.id in void:
            continue
        if isinstance(fact, _TEXTS):
            standing[about].append(fact.id)
        elif text := next((each for each in reversed(standing[about]) if each not in void), None):
            found[fact.id] = text
    return found


def _about(fact: AnyFact) -> tuple[str, str] | None:
    match fact:
        case ActionPlanProposed() | ActionPlanAgreed() | ActionPlanUpdated() | ActionPlanClosed():
            return ("plan", fact.plan)
        case MinutesSent() | MinutesAnswered():
            return ("minutes", fact.meeting)
        case _:
            return None
