"""Which erasures are impossible: of a fact that is not there, of a field that has no text, of text already erased."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ledger.checks import Stands, breaches
from ledger.facts import AnyFact, FactVoided
from ledger.faults import Fault
from ledger.judgement import Proposed
from ledger.keeping_facts import TextErased
from ledger.recorded import Recorded
from ledger.sealing import erasable_texts

_NAMING = frozenset({TextErased, FactVoided})


def ids_named(proposed: Sequence[Proposed]) -> list[str]:
    """Return the ids of the facts that erasures and voids speak of."""
    found: list[str] = []
    for fact in [each.fact for each in proposed if type(each.fact) in _NAMING]:
        if isinstance(fact, TextErased):
            found += [erased.id for erased in fact.erases]
        elif isinstance(fact, FactVoided):
            found.append(fact.voids)
    return found


def erasure_faults(proposed: Sequence[Proposed], known: Mapping[str, Recorded]) -> list[Fault]:
    """Return what is impossible about proposed erasures.

    Args:
        proposed: facts, erasures among them.
        known: the recorded facts they name, by id, and others; they may also name facts of the same file.
    """
    if not (named := ids_named(proposed)):
        return []
    known = {id_: known[id_] for id_ in named if id_ in known}
    facts = {each.fact.id: each.fact for each in proposed} | {key: each.fact for key, each in known.items()}
    gone = {(id_, field) for id_, recorded in known.items() for field in recorded.erased}
    faults = []
    for each in proposed:
        if isinstance(each.fact, TextErased):
            faults += _faults_of(each.fact, each.where, facts, gone)
        elif isinstance(each.fact, FactVoided) and isinstance(facts.get(each.fact.voids), TextErased):
            sentence = f"{each.fact.voids} is an erasure: what is erased does not come back; leave it as it is"
            faults.append(Fault(each.where, "voids", sentence))
    return faults


def breach_faults(history: Sequence[Recorded], proposed: Sequence[Proposed]) -> list[Fault]:
    """Return the erasures that do not say which facts fell short of the contract's checks by then.

    Args:
        history: the recorded facts of one contract, in order of position.
        proposed: facts of it, in the order they will be taken.
    """
    faults = []
    for number, each in enumerate(proposed):
        if type(each.fact) is not TextErased:
            continue
        last = history[-1].position if history else 0
        before: list[Stands] = [
            *history,
            *(_Next(other.fact, last + at) for at, other in enumerate(proposed[:number], 1)),
        ]
        unsaid = {breach.fact_id for breach in breaches(before)} - {*(each.fact.breaches or ())}
        if unsaid:
            names = ", ".join(sorted(unsaid))
            sentence = f"does not name {names}, short of the contract's checks by then; `erase` gives them all"
            faults.append(Fault(each.where, "breaches", sentence))
    return faults


class _Next(NamedTuple):
    """A proposed fact at the position it will have."""

    fact: AnyFact
    position: int


def _faults_of(fact: TextErased, where: str, facts: Mapping[str, AnyFact], gone: set[tuple[str, str]]) -> list[Fault]:
    faults = []
    for number, each in enumerate(fact.erases, 1):
        named = facts.get(each.id)
        if named is None or named.contract != fact.contract:
            sentence = f'no fact of {fact.contract} has the id "{each.id}"; give the id of one'
            faults.append(Fault(where, f"erases[{number}].id", sentence))
            continue
        texts = erasable_texts(named)
        for name in each.fields:
            if (each.id, name) in gone:
                sentence = f'"{name}" of {each.id} is already erased; leave it out'
            elif name not in texts:
                found = f"its texts are {', '.join(texts)}" if texts else "it has no text"
                sentence = f'"{name}" is no text of the {named.kind} {each.id}; {found}'
            else:
                gone.add((each.id, name))
                continue
            faults.append(Fault(where, f"erases[{number}].fields", sentence))
    return faults
