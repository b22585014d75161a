"""Random markets: a framework, its providers' contracts, and what the ledger took of their results, in recordings."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.recorded import Recorded
from projections.moment import Moment
from projections.question import Question
from tests.given import fact

if TYPE_CHECKING:
    import random

    from ledger.facts import AnyFact

PERIODS = ("2025-01", "2025-04")
FORMULA = {"formula": "(x/y) x 100 = % outturn", "components": {"x": "done", "y": "asked for"}}
BANDS = [{"from": "2025-01", "green": ">=90", "amber": ">=50 <90", "red": "<50"}]
TARGETS = [{"from": "2025-01", "tsl": "90", "msl": "50"}]


def registered(name: str, dated: str = "2025-01-01", **fields: Any) -> AnyFact:
    """Return the registration of a provider's contract under the test framework; its code is the name in capitals."""
    parties = [
        {"code": "A", "name": "Authority", "role": "authority"},
        {"code": name.upper(), "name": f"Provider {name}", "role": "provider"},
    ]
    terms = {"title": "Care", "commenced": "2025-01", "held_from": "2025-01", "frequency": "quarterly"}
    framework = {"id": "f", "title": "Framework", **fields.pop("framework", {})}
    return fact(
        "ContractRegistered", dated, contract=name, id=f"{name}:contract", parties=parties, framework=framework,
        **{**terms, **fields},
    )  # fmt: skip


def measured(name: str, ref: str = "K", dated: str = "2025-01-01", **fields: Any) -> AnyFact:
    """Return the introduction of a KPI in a contract: a percentage of components, target 90, minimum 50."""
    terms = {"service": "S", "title": f"Measure {ref}", "unit": "percent", "first_period": "2025-01"}
    levels = {} if "targets" in fields or fields.pop("information", None) else {"targets": TARGETS, "better": "higher"}
    return fact(
        "KpiIntroduced", dated, contract=name, id=f"{name}:{ref}", ref=ref, **{**terms, **FORMULA, **levels, **fields}
    )


def returned(name: str, period: str, x: int | None, y: int | None, *, ref: str = "K", **fields: Any) -> AnyFact:
    """Return a provider's return of components; of a value if one is given instead."""
    given = {} if x is None else {"components": {"x": str(x), "y": str(y)}}
    fields.setdefault("dated", "2025-07-01")
    return fact("PerformanceSubmitted", contract=name, by=name.upper(), kpi=ref, period=period, **given, **fields)


def decided(name: str, period: str, decision: str = "agreed", *, ref: str = "K", **fields: Any) -> AnyFact:
    """Return the scrutiny of a return."""
    fields.setdefault("dated", "2025-07-01")
    return fact("PerformanceScrutinised", contract=name, kpi=ref, period=period, decision=decision, **fields)


@dataclass
class Taken:
    """What a ledger took, recording by recording, a day or some minutes apart."""

    recorded: list[Recorded] = field(default_factory=list)
    at: datetime = datetime(2025, 7, 1, 9, tzinfo=UTC)
    recordings: list[datetime] = field(default_factory=list)

    def take(self, *facts: AnyFact, days: int = 0) -> None:
        """Take facts in one recording."""
        self.at += timedelta(days=days, minutes=1)
        self.recordings.append(self.at)
        for each in facts:
            version = 1 + sum(one.fact.contract == each.contract for one in self.recorded)
            self.recorded.append(Recorded(len(self.recorded) + 1, version, self.at, "tester", each))

    def questions(self, as_at: date | None = None, known_at: datetime | None = None) -> list[Question]:
        """Return the question to every contract, as at a date, known at an instant."""
        known = known_at or self.at
        position = max((each.position for each in self.recorded if each.recorded_at <= known), default=0)
        moment = Moment(as_at or self.at.date(), known, position)
        names = dict.fromkeys(each.fact.contract for each in self.recorded if each.position <= position)
        return [Question(name, [one for one in self.recorded if one.fact.contract == name], moment) for name in names]


class Story:
    """A random history: results returned, rejected, amended, disputed, voided and returned again."""

    def __init__(self, chance: random.Random, names: list[str], *, largest: int = 60) -> None:
        self.chance, self.names, self.largest = chance, names, largest
        self.taken = Taken()
        self.cells: dict[tuple[str, str], list[AnyFact]] = {}
        self.taken.take(*(each for name in names for each in (registered(name), measured(name))))

    def tell(self, recordings: int) -> Taken:
        """Record a number of times."""
        for _ in range(recordings):
            several = self.chance.sample(
                self.names, k=self.chance.choice([1, 1, min(2, len(self.names)), len(self.names), len(self.names)])
            )
            period = self.chance.choice(PERIODS)
            facts = [each for name in several for each in self._turn(name, period)]
            self.taken.take(*facts, days=self.chance.choice([0, 0, 1, 3]))
        return self.taken

    def _turn(self, name: str, period: str) -> list[AnyFact]:
        standing = self.cells.setdefault((name, period), [])
        dated = (self.taken.at.date() - timedelta(days=self.chance.choice([0, 0, 0, 20]))).isoformat()
        last = max((each.dated.isoformat() for each in standing), default="2025-01-01")
        dated = max(dated, last)
        if not standing or (standing[-1].kind == "PerformanceScrutinised" and standing[-1].decision == "rejected"):  # type: ignore[union-attr]
            made = self._result(name, period, dated)
            standing += made
            return made
        match self.chance.choice(["void", *["correct"] * 6, "dispute", "nothing"]):
            case "void":
                return self._voids(standing, dated)
            case "correct":
                voids = self._voids(standing, dated)
                standing += self._result(name, period, dated)
                return [*voids, *standing]
            case "dispute":
                raised = {"ref": f"E{len(self.taken.recorded)}", "kpi": "K", "period": period}
                by = {"contract": name, "dated": dated}
                new = [
                    fact("EscalationRaised", **by, by=name.upper(), **raised, against="score"),
                    fact("EscalationDecided", **by, **raised, outcome="upheld", value="77"),
                ]
                standing += new
                return new
        return []

    def _voids(self, standing: list[AnyFact], dated: str) -> list[AnyFact]:
        voids = [
            fact("FactVoided", dated, contract=each.contract, by=each.by, voids=each.id) for each in reversed(standing)
        ]
        standing.clear()
        return voids

    def _result(self, name: str, period: str, dated: str) -> list[AnyFact]:
        y = self.chance.choice([self.chance.randint(0, 5), *(self.chance.randint(20, self.largest) for _ in range(5))])
        x = self.chance.choice([0, y, *(self.chance.randint(0, y) for _ in range(6))])
        how = self.chance.choice([*["agreed"] * 12, "rejected", "amended"])
        value = {"value": "66"} if how == "amended" else {"reason": "no"} if how == "rejected" else {}
        return [returned(name, period, x, y, dated=dated), decided(name, period, how, dated=dated, **value)]


def standing_components(taken: Taken, until: datetime, name: str, period: str) -> tuple[bool, tuple[Any, ...] | None]:
    """Return, plainly, whether a contract's result was settled after a recording, and the components that stood."""
    known = [each for each in taken.recorded if each.recorded_at <= until and each.fact.contract == name]
    void = {each.fact.voids for each in known if each.fact.kind == "FactVoided"}  # type: ignore[union-attr]
    settled, components, last = False, None, None
    for each in sorted(known, key=lambda one: (one.fact.dated, one.position)):
        its: Any = each.fact
        if its.id in void or getattr(its, "period", None) != period:
            continue
        if its.kind == "PerformanceSubmitted":
            last = its.components
        elif its.kind == "PerformanceScrutinised":
            settled = True
            components = last if its.decision == "agreed" else None
        elif its.kind == "EscalationDecided":
            components = None
    if components is None:
        return settled, None
    return settled, (("x", Decimal(components["x"])), ("y", Decimal(components["y"])))
