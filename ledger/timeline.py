"""Facts judged on the whole timeline of their contract, each put in its place by (dated, position).

A file of facts is placed as a whole. Each new fact must be possible where it stands, and must leave
every later fact possible; a void takes effect at its own place. A fault falls on the new fact that
caused it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.components import errors_of_formula
from ledger.contract import Contract, evolve, move_on, unwritten
from ledger.decisions import decide
from ledger.doubts import doubts
from ledger.facts import (
    AnyFact,
    ContractRegistered,
    FactVoided,
    HistoryNotHeld,
    KpiDiscontinued,
    KpiIntroduced,
    kpi_of,
)
from ledger.faults import Fault, Refused
from ledger.judgement import Cell, Judgement, Placed, Proposed
from ledger.meeting_facts import MeetingFact
from ledger.recorded import Recorded
from ledger.report_decisions import no_such_fact
from ledger.signing import faults_of_signatures
from ledger.texts_given import texts_given
from ledger.whole_file import asks_of_the_whole, judge_checks, judge_weights, warn_of_differences

_MOST_TRIED = 200
_COMINGS = frozenset({KpiIntroduced, KpiDiscontinued})
_COMINGS_OR_VOIDS = _COMINGS | {FactVoided}


def judge(
    history: Sequence[Recorded], proposed: Sequence[Proposed], today: date, *, unread: Collection[Cell] | None = None
) -> Judgement:
    """Judge facts proposed for one contract against its history.

    Args:
        history: every fact the ledger holds of the contract, in order of position.
        proposed: the facts asked to be taken, in the order they will be.
        today: the latest date that a fact may bear.
        unread: the cells, as (kpi, period), that lines which could not be read are about; None if every line was
            read. What rests on such a line is not blamed, and the weights are not judged.
    """
    judgement = Judgement()
    due = []
    doubtful = {*(unread or ())}
    for each in proposed:
        fact = each.fact
        if fact.dated > today:
            sentence = f"found {fact.dated}, which is in the future; give a date up to today, {today}"
            judgement.faults.append(Fault(each.where, "dated", sentence))
            doubtful.add(_cell(fact))
        else:
            due.append(each)
            if type(fact) is KpiIntroduced:
                wrong = errors_of_formula(fact)
                judgement.faults += [Fault(each.where, name, sentence) for sentence, name in wrong]
    placed = [Placed(recorded.fact, recorded.position) for recorded in history]
    head = placed[-1].position if placed else 0
    placed += [Placed(each.fact, head + count, each) for count, each in enumerate(due, 1)]
    _Walk(placed, judgement, doubtful).judge()
    judgement.faults += faults_of_signatures(placed)
    faulty = {fault.where for fault in judgement.faults}
    already = judgement.already
    judgement.taken = [each for each in due if each.where not in faulty and each not in already]
    if asks_of_the_whole([each.fact for each in placed]):
        judge_checks(placed, judgement)
        warn_of_differences(placed, judgement)
    if unread is None:
        judge_weights(history, judgement, lone=len(proposed) == 1)
    return judgement


@dataclass(frozen=True, slots=True)
class Routes:
    """Which facts are judged on which walk, each in order of (dated, position).

    `own` are the contract's own; `of_kpis` each KPI's, among them `shared`, what bears on every KPI.
    """

    own: list[Placed]
    of_kpis: dict[str, list[Placed]]
    shared: list[Placed]


def routes(ordered: Sequence[Placed], by_id: Mapping[str, Placed]) -> Routes:
    """Put each fact of a contract on its walk.

    Args:
        ordered: all facts of the contract, in order of (dated, position).
        by_id: the same, by id; a void goes where the fact that it voids is.
    """
    own, of_kpis, shared = list[Placed](), dict[str, list[Placed]](), list[Placed]()
    for each in ordered:
        fact = each.fact
        subject = _subject(fact, by_id) if type(fact) is FactVoided else fact
        kpi = None if isinstance(subject, MeetingFact) else kpi_of(subject)  # where a meeting's names are looked up
        if kpi in of_kpis:
            of_kpis[kpi].append(each)
        elif kpi is not None:
            of_kpis[kpi] = [*shared, each]
        else:
            own.append(each)
            if _bears_on_every_kpi(subject):
                shared.append(each)
                for facts in of_kpis.values():
                    facts.append(each)
    return Routes(own, of_kpis, shared)


def _subject(fact: AnyFact, by_id: Mapping[str, Placed]) -> AnyFact:
    """Return the fact that a void is about, where it is known; any other fact is about itself."""
    if type(fact) is FactVoided and fact.voids in by_id:
        return by_id[fact.voids].fact
    return fact


def walked(facts: Iterable[Placed], contract: Contract) -> tuple[Contract, set[str]]:
    """Walk along recorded facts; return the contract after them, and the ids of those that are void by then.

    Args:
        facts: those of one walk, in order of (dated, position).
        contract: the contract before its first fact.
    """
    unwritten, contract, standing = contract, contract.apart(), list[Placed]()
    voided: set[str] = set()
    for each in facts:
        if each.fact.id in voided:
            continue
        if isinstance(each.fact, FactVoided):
            voided.add(each.fact.voids)
            standing = [other for other in standing if other.fact.id != each.fact.voids]
            contract = _fold(standing, unwritten)
            continue
        standing.append(each)
        contract = move_on(contract, each.fact)
    return contract, voided


class _Walk:
    """The walks along the timeline: one for the contract's own facts, one for each KPI touched."""

    def __init__(self, placed: Sequence[Placed], judgement: Judgement, doubtful: Collection[Cell]) -> None:
        self.doubtful = doubtful
        self.placed = sorted(placed, key=lambda each: each.fact.dated)  # they come in order of position
        self.by_id = {each.fact.id: each for each in self.placed}
        self.judgement = judgement
        self.blamed: set[str] = set()
        self.unregistered = False
        facts = [each.fact for each in self.placed]
        self.unwritten = unwritten(self.by_id, facts)
        self.texts = texts_given(facts)

    def judge(self) -> None:
        found = routes(self.placed, self.by_id)
        self._walk(self._with_introductions(found))
        everywhere = any(each.proposed for each in found.shared)
        for facts in found.of_kpis.values():
            if everywhere or any(each.proposed for each in facts):
                self._walk(facts)
        self._keep_texts()

    def _keep_texts(self) -> None:
        """Blame what would fasten a recorded word to another text than the one it was given to.

        A word that is void somewhere on the timeline is left alone, so that it can be given again.
        """
        if not self.texts:
            return
        faulty = {fault.where for fault in self.judgement.faults}
        void = {each.fact.voids: each for each in self.placed if isinstance(each.fact, FactVoided)}
        given = texts_given(each.fact for each in self.placed if each.proposed is None)
        for each in self.placed:
            text, now = given.get(each.fact.id), self.texts.get(each.fact.id)
            if text is None or now is None or now == text or each.fact.id in void:
                continue
            cause = void.get(text, self.by_id[now])
            if cause.proposed is not None and cause.proposed.where not in faulty:
                sentence = f"this would make {_named(each)} speak of {now} in place of {text}, to which it was given"
                self._fault(cause, f"{sentence}; void that one first, then record it again", None)

    def _with_introductions(self, found: Routes) -> list[Placed]:
        """Return the contract's own facts with its KPIs' comings and goings, which they may speak of.

        A KPI comes as soon as the contract begins, so that weights may be dealt to one that is introduced later.
        """
        kpis = [
            each
            for facts in found.of_kpis.values()
            for each in facts
            if type(fact := each.fact) in _COMINGS_OR_VOIDS and type(_subject(fact, self.by_id)) in _COMINGS
        ]
        begins = [each.place for each in found.own if isinstance(each.fact, ContractRegistered)]

        def when(each: Placed) -> tuple[tuple[date, int], int]:
            comes = isinstance(each.fact, KpiIntroduced) and begins and begins[0] < each.place
            return (begins[0], 1) if comes else (each.place, 0)

        return sorted([*found.own, *kpis], key=when)

    def _walk(self, facts: Iterable[Placed]) -> None:
        contract = self.unwritten.apart()
        standing: list[Placed] = []
        voided: set[str] = set()
        anything_new = False
        for each in facts:
            fact = each.fact
            if fact.id in voided:
                continue
            anything_new = anything_new or each.proposed is not None
            if type(fact) is FactVoided:
                if anything_new and each.proposed is None:
                    standing = self._grounded(each, standing)
                if self._may_void(each, contract, standing, voided):
                    voided.add(fact.voids)
                    standing = [other for other in standing if other.fact.id != fact.voids]
                    contract = _fold(standing, self.unwritten)
                continue
            if anything_new and not self._may_stand(each, contract, standing) and each.proposed:
                continue
            standing.append(each)
            contract = move_on(contract, fact)

    def _may_stand(self, each: Placed, contract: Contract, standing: Sequence[Placed]) -> bool:
        fact, _, proposed = each
        try:
            follows = decide(fact, contract)
        except Refused as refused:
            self._blame(each, refused, standing)
            return False
        if proposed and not follows:
            if proposed not in self.judgement.already:
                self.judgement.already.append(proposed)
            return False
        if proposed and (odd := doubts(fact, contract)):
            self._warn(proposed, odd)
        return True

    def _blame(self, each: Placed, refused: Refused, standing: Sequence[Placed]) -> None:
        if self.unregistered and not isinstance(each.fact, ContractRegistered):
            return
        if each.proposed:
            if not (refused.groundless and _cell(each.fact) in self.doubtful):
                self._fault(each, refused.sentence, refused.field)
            return
        cause = self._cause(each, standing)
        if cause is None or cause.fact.id in self.blamed:
            return
        self.blamed.add(cause.fact.id)
        reason = refused.sentence.partition(";")[0]
        self._fault(cause, f"this would make {_named(each)} impossible: {reason}; {self._remedy(each)}", None)

    def _remedy(self, hindering: Placed) -> str:
        """Say what is to be done about a recorded fact that stands in the way; one that is void does until its void."""
        for each in self.placed:
            if isinstance(each.fact, FactVoided) and each.fact.voids == hindering.fact.id:
                return f"that one is void only from {each.fact.dated} on ({each.fact.id}); date this then or later"
        return "void that one first"

    def _cause(self, each: Placed, standing: Sequence[Placed]) -> Placed | None:
        """Return the proposed fact without which a recorded one could stand; the latest, if no single one would do."""
        proposed = [other for other in reversed(standing) if other.proposed]
        for other in proposed[:_MOST_TRIED]:
            try:
                decide(each.fact, _fold((kept for kept in standing if kept is not other), self.unwritten))
            except Refused:
                continue
            return other
        return next(iter(proposed), None)

    def _may_void(self, each: Placed, contract: Contract, standing: Sequence[Placed], voided: set[str]) -> bool:
        assert isinstance(each.fact, FactVoided)
        if each.proposed is None:
            return True
        try:
            self._check_void(each, contract, voided)
            self._check_words(each.fact, standing)
            remaining = [other for other in standing if other.fact.id != each.fact.voids]
            folded = self.unwritten
            for other in remaining:
                try:
                    decide(other.fact, folded)
                except Refused:
                    raise Refused(
                        f"{_named(other)} rests on {each.fact.voids}; void that one first, or raise an escalation",
                        "voids",
                    ) from None
                folded = evolve(folded, other.fact)
        except Refused as refused:
            self._fault(each, refused.sentence, refused.field)
            return False
        return True

    def _grounded(self, void: Placed, standing: Sequence[Placed]) -> list[Placed]:
        """Return the facts that keep their ground after a recorded void; a proposed one that does not is at fault."""
        assert isinstance(void.fact, FactVoided)
        kept, folded = [], self.unwritten
        for each in standing:
            lost = self.texts.get(each.fact.id) == void.fact.voids
            try:
                if each.fact.id != void.fact.voids:
                    decide(each.fact, folded)
            except Refused:
                lost = True
            if lost and each.proposed:
                named = f"{void.fact.voids}, which {void.fact.id} declared void on {void.fact.dated}"
                self._fault(each, f"it rests on {named}; record it on other ground", None)
                continue
            kept.append(each)
            folded = folded if each.fact.id == void.fact.voids else evolve(folded, each.fact)
        return kept

    def _check_words(self, void: FactVoided, standing: Sequence[Placed]) -> None:
        """Refuse the void of a text on which a word stands, although an earlier text may be there."""
        words = [_named(other) for other in standing if self.texts.get(other.fact.id) == void.voids]
        if len(words) == 1:
            sentence = f"{words[0]} rests on {void.voids}, the text it was given to; void that one first"
            raise Refused(sentence, "voids")
        if words:
            sentence = f"{' and '.join(words)} rest on {void.voids}, the text they were given to; void those first"
            raise Refused(sentence, "voids")

    def _check_void(self, each: Placed, contract: Contract, voided: set[str]) -> None:
        assert isinstance(each.fact, FactVoided)
        decide(each.fact, contract)
        target = self.by_id.get(each.fact.voids)
        if target is None:
            raise no_such_fact(each.fact.voids, (other.fact for other in self.placed))
        if isinstance(target.fact, FactVoided):
            raise Refused(f"{each.fact.voids} is itself a void, which stands; record the fact again instead", "voids")
        if each.fact.voids in voided:
            raise Refused(f"{each.fact.voids} is already void; nothing more is needed", "voids")
        if target.place > each.place:
            assert each.proposed is not None
            sentence = f"it is dated before {each.fact.voids}, dated {target.fact.dated}, which it voids from the start"
            self._add_warning(Fault(each.proposed.where, None, sentence))
        if contract.roles.get(each.fact.party) != contract.roles.get(target.fact.party):
            raise Refused(
                f"{each.fact.party} may not void what {target.fact.party} recorded; that is for {target.fact.party}",
                "by",
            )

    def _fault(self, each: Placed, sentence: str, name: str | None) -> None:
        assert each.proposed is not None
        self.unregistered = self.unregistered or isinstance(each.fact, ContractRegistered)
        fault = Fault(each.proposed.where, name, sentence)
        if fault not in self.judgement.faults:
            self.judgement.faults.append(fault)

    def _warn(self, proposed: Proposed, odd: Iterable[str]) -> None:
        for each in odd:
            self._add_warning(Fault(proposed.where, None, each))

    def _add_warning(self, warning: Fault) -> None:
        if warning not in self.judgement.warnings:
            self.judgement.warnings.append(warning)


def _cell(fact: AnyFact) -> Cell:
    return (kpi_of(fact) or "", getattr(fact, "period", ""))


def _bears_on_every_kpi(fact: AnyFact) -> bool:
    return isinstance(fact, (ContractRegistered, HistoryNotHeld))


def _named(each: Placed) -> str:
    of = f" of {kpi}" if (kpi := kpi_of(each.fact)) else ""
    return f"the later {each.fact.kind} {each.fact.id}{of}, dated {each.fact.dated},"


def _fold(facts: Iterable[Placed], contract: Contract) -> Contract:
    contract = contract.apart()
    for each in facts:
        contract = move_on(contract, each.fact)
    return contract
