"""Checks and balances: what a contract's terms ask of the persons behind its facts, and where that was not so. Pure.

A breach is judged on the whole timeline, by (dated, position), of the facts that are neither void nor voids of
their kind: recording facts in another order finds the same, and a fact that is void breaches nothing.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, TypeVar
from unicodedata import normalize

from ledger.facts import (
    AnyFact,
    ContractRegistered,
    CreditsResumed,
    CreditsSuspended,
    EscalationDecided,
    FactVoided,
    MitigationGranted,
    PerformanceScrutinised,
    PerformanceSubmitted,
    TargetRebased,
)
from ledger.keeping_facts import TextErased
from ledger.parts import Act, Checks

_MOST_TRIED = 200
_ACTS: dict[Act, str] = {
    "grants": "this grant",
    "decisions": "this decision of a dispute",
    "rebases": "this rebase",
    "suspensions": "this change of a suspension",
    "voids": "this void",
}


class Stands(Protocol):
    """A fact and its position, recorded or about to be."""

    @property
    def fact(self) -> AnyFact: ...

    @property
    def position(self) -> int: ...


_Stands = TypeVar("_Stands", bound=Stands)


@dataclass(frozen=True, slots=True)
class Breach:
    """A fact that falls short of the checks of its contract: which, in which field, and a sentence.

    `remedy` is what would do instead. `enforcement` is what the terms say of it: refuse, or warn.
    """

    position: int
    fact_id: str
    field: str
    sentence: str
    remedy: str
    enforcement: Literal["refuse", "warn"]


def act_of(fact: AnyFact) -> Act | None:
    """Return the act that a fact is, of those that may need a second person; None if it is none of them.

    A dispute that is withdrawn is not decided by anybody.
    """
    match fact:
        case MitigationGranted():
            return "grants"
        case EscalationDecided() if fact.outcome != "withdrawn":
            return "decisions"
        case TargetRebased():
            return "rebases"
        case CreditsSuspended() | CreditsResumed():
            return "suspensions"
        case FactVoided():
            return "voids"
        case _:
            return None


def person_of(by: str | None) -> str | None:
    """Return the person behind a fact, however the name is spaced or capitalised; None for a party alone.

    >>> person_of("LCC/A.  Officer"), person_of("SERCO/a. officer"), person_of("LCC")
    ('a. officer', 'a. officer', None)
    """
    person = (by or "").partition("/")[2]
    return " ".join(normalize("NFKC", person).casefold().split()) or None


def breaches(history: Sequence[Stands]) -> list[Breach]:
    """Return every breach of the checks that contracts' terms ask for, in order of position.

    Args:
        history: facts with their positions, of one contract or of several, in any order.
    """
    contracts: dict[str, list[Stands]] = defaultdict(list)
    for each in history:
        contracts[each.fact.contract].append(each)
    found = [breach for facts in contracts.values() for breach in _breaches(facts)]
    return sorted(found, key=lambda breach: breach.position)


def caused(old: Sequence[_Stands], new: Sequence[_Stands]) -> list[tuple[_Stands, Breach]]:
    """Return the breaches that new facts bring to a contract, each with the new fact that brings it.

    That is the fact itself, or, where a recorded fact falls short only now, the new one without which it would not.
    """
    after = breaches([*old, *new])
    if not after:
        return []
    before = {breach.fact_id for breach in breaches(old)}
    by_id = {each.fact.id: each for each in new}
    found = []
    for breach in after:
        if breach.fact_id in by_id:
            found.append((by_id[breach.fact_id], breach))
        elif breach.fact_id not in before:
            found.append((_cause(old, new, breach), breach))
    return found


def _cause(old: Sequence[_Stands], new: Sequence[_Stands], breach: Breach) -> _Stands:
    """Return the new fact without which a recorded one would not fall short; the latest, if no single one would do."""
    for each in new[: -_MOST_TRIED - 1 : -1]:
        without = breaches([*old, *(other for other in new if other is not each)])
        if breach.fact_id not in {other.fact_id for other in without}:
            return each
    return new[-1]


def _breaches(facts: Sequence[Stands]) -> list[Breach]:
    """Return the breaches of one contract."""
    if not any(isinstance(each.fact, ContractRegistered) and each.fact.checks for each in facts):
        return []
    ordered = sorted(facts, key=_place)
    void = {each.fact.voids for each in ordered if isinstance(each.fact, FactVoided)}
    standing = [each for each in ordered if each.fact.id not in void]
    terms = next((each.fact for each in standing if isinstance(each.fact, ContractRegistered)), None)
    if terms is None or terms.checks is None:
        return []
    by_id = {each.fact.id: each.fact for each in ordered}
    found = [
        breach for each in standing if (breach := _without_second_person(each, terms, terms.checks, by_id)) is not None
    ]
    found += [] if terms.checks.own_scrutiny else _of_scrutiny(standing, terms.checks)
    return [*found, *_before_erasure(standing, {breach.fact_id for breach in found}, terms.checks)]


def _before_erasure(standing: Sequence[Stands], told: set[str], checks: Checks) -> list[Breach]:
    """Return the breaches that could be told from names since erased, as the erasures say."""
    by_id = {each.fact.id: each for each in standing}
    found = []
    for each in standing:
        for named in (each.fact.breaches or ()) if isinstance(each.fact, TextErased) else ():
            if named in by_id and named not in told:
                told = {*told, named}
                sentence = f"it fell short of the checks before names were erased by {each.fact.id}"
                found.append(
                    Breach(by_id[named].position, named, "by", sentence, "nothing mends it", checks.enforcement)
                )
    return found


def _place(each: Stands) -> tuple[date, int]:
    return (each.fact.dated, each.position)


def _without_second_person(
    each: Stands, terms: ContractRegistered, checks: Checks, by_id: dict[str, AnyFact]
) -> Breach | None:
    """Return the breach of an act that a second person has to approve, and did not."""
    fact = each.fact
    act = act_of(fact)
    if act is None or not _needs_second_person(fact, act, checks, by_id):
        return None
    authorities = [party.code for party in terms.parties if party.role == "authority"]
    person, approver = person_of(fact.by), person_of(fact.approved_by)
    wrong = [] if person else [f"{fact.by} names no person, so that nobody can tell the two apart"]
    if fact.approved_by is None:
        wrong.append("nobody approved it")
    elif fact.approved_by.partition("/")[0] not in authorities:
        wrong.append(f"{fact.approved_by} is not of the authority")
    elif approver is None:
        wrong.append(f"{fact.approved_by} names no person who approved it")
    elif approver == person:
        wrong.append(f"{fact.approved_by} is who made it")
    if not wrong:
        return None
    sentence = f"{_ACTS[act]} needs a second person to approve it: {', and '.join(wrong)}"
    mend = [] if person else [f"by as {fact.party}/person"]
    if len(wrong) > len(mend):
        mend.append(f"approved_by, another person of {' or '.join(authorities)}")
    field = "approved_by" if len(wrong) > 1 or person else "by"
    return Breach(each.position, fact.id, field, sentence, f"give {' and '.join(mend)}", checks.enforcement)


def _needs_second_person(fact: AnyFact, act: Act, checks: Checks, by_id: dict[str, AnyFact]) -> bool:
    """Say whether an act needs a second person; so does the void of one that does, or one person could undo it."""
    if act in checks.second_person:
        return True
    voided = by_id.get(fact.voids) if isinstance(fact, FactVoided) else None
    return voided is not None and act_of(voided) in checks.second_person


def _of_scrutiny(standing: Sequence[Stands], checks: Checks) -> list[Breach]:
    """Return the breaches of returns and scrutinies by nobody in particular, or by one and the same person."""
    found = []
    returns: dict[tuple[str, str], PerformanceSubmitted] = {}
    for each in standing:
        fact = each.fact
        if not isinstance(fact, (PerformanceSubmitted, PerformanceScrutinised)):
            continue
        did = "submitted" if isinstance(fact, PerformanceSubmitted) else "scrutinised"
        returned = returns.get((fact.kpi, fact.period))
        person = person_of(fact.by)
        wrong = None
        if person is None:
            wrong = f"{fact.by} names no person, and nobody may scrutinise what they submitted"
            remedy = f"give {fact.party}/person, who {did} it"
        elif did == "scrutinised" and returned is not None and person == person_of(returned.by):
            wrong = f"{fact.by} scrutinises what {returned.by} submitted ({returned.id}): the same person"
            remedy = "let another person scrutinise it"
        if wrong is not None:
            found.append(Breach(each.position, fact.id, "by", wrong, remedy, checks.enforcement))
        if isinstance(fact, PerformanceSubmitted):
            returns[fact.kpi, fact.period] = fact
    return found
