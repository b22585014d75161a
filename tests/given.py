"""Given these facts, when that one comes, then …: how decisions are tested, without mocks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from ledger.facts import KINDS, AnyFact, any_fact, kpi_of
from ledger.judgement import Judgement, Proposed
from ledger.recorded import Recorded
from ledger.timeline import judge
from projections.sentences import Teller

if TYPE_CHECKING:
    from collections.abc import Iterable

TODAY = date(2026, 1, 5)
_ids = count(1)
_PROVIDERS = (
    "PerformanceSubmitted", "MitigationRequested", "EscalationRaised", "CountsReported", "MinutesAnswered",
    "ReasonsGiven",
)  # fmt: skip


def fact(kind: str, dated: str = "2025-06-01", **fields: Any) -> AnyFact:
    """Return a fact of the test contract; who records it and the reason are filled in."""
    given = {"fact": kind, "id": f"t-{next(_ids)}", "contract": "c", "dated": dated, **fields}
    given.setdefault("by", "P" if kind in _PROVIDERS else "A")
    reason = KINDS[kind].model_fields.get("reason")
    if reason is not None and reason.is_required():
        given.setdefault("reason", "as agreed")
    return any_fact.validate_python(given)


SCHEME = {
    "pool": "100",
    "shares": {"amber": "0.5", "red": "1"},
    "multipliers": ["1", "1.5", "2"],
    "run_counts": "missed_target",
    "relieved_in_run": "reset",
    "pounds_per_point": "10",
}


def contract(scheme: dict[str, Any] | None = SCHEME, **fields: Any) -> AnyFact:
    """Return the registration of the test contract: monthly, from January 2025, pool 100."""
    parties = [
        {"code": "A", "name": "Authority", "role": "authority"},
        {"code": "P", "name": "Provider", "role": "provider"},
    ]
    terms = {
        "title": "Test",
        "commenced": "2025-01",
        "held_from": "2025-01",
        "parties": parties,
        "scheme": scheme,
    }
    return fact("ContractRegistered", "2025-01-01", id="c:contract", **{**terms, **fields})


def kpi(ref: str = "K", weight: str = "100", **fields: Any) -> AnyFact:
    """Return the introduction of a KPI: higher is better, TSL 90, MSL 80, unless told otherwise."""
    first = fields.setdefault("first_period", "2025-01")
    if not {"bands", "severities"} & fields.keys() and not fields.get("information"):
        fields.setdefault("targets", [{"from": first, "tsl": "90", "msl": "80"}])
        fields.setdefault("better", "higher")
    fields.pop("information", None)
    weights = [{"from": first, "points": weight}] if weight and "severities" not in fields else []
    return fact(
        "KpiIntroduced",
        "2025-01-01",
        id=f"c:{ref}",
        ref=ref,
        service="S",
        title=f"Measure {ref}",
        weights=weights,
        **fields,
    )


def submitted(
    period: str, value: str | None = None, *, ref: str = "K", dated: str | None = None, **fields: Any
) -> AnyFact:
    """Return a return, dated the 5th of the month after its period unless told otherwise."""
    own = {"value": value} if value is not None else {}
    return fact("PerformanceSubmitted", dated or _after(period, 5), kpi=ref, period=period, **own, **fields)


def agreed(
    period: str, *, ref: str = "K", dated: str | None = None, decision: str = "agreed", **fields: Any
) -> AnyFact:
    """Return a scrutiny, dated the 20th of the month after its period unless told otherwise."""
    return fact(
        "PerformanceScrutinised",
        dated or _after(period, 20),
        kpi=ref,
        period=period,
        decision=decision,
        **fields,
    )


def results(*values: tuple[str, str], ref: str = "K") -> list[AnyFact]:
    """Return returns with their agreement, one pair for each (period, value)."""
    return [each for period, value in values for each in (submitted(period, value, ref=ref), agreed(period, ref=ref))]


def _after(period: str, day: int) -> str:
    year, month = int(period[:4]), int(period[5:]) + 1
    return f"{year + (month > 12)}-{(month - 1) % 12 + 1:02d}-{day:02d}"


def recorded(facts: Iterable[AnyFact], start: int = 1) -> list[Recorded]:
    """Return facts in envelopes, taken one a minute."""
    return [
        Recorded(position, position, datetime(2026, 1, 5, 9, position % 60, tzinfo=UTC), "tester", each)
        for position, each in enumerate(facts, start)
    ]


@dataclass
class Given:
    """A history; what is asked next is judged on it."""

    facts: list[AnyFact]

    def __init__(self, *facts: AnyFact | list[AnyFact]) -> None:
        self.facts = [each for given in facts for each in (given if isinstance(given, list) else [given])]

    def when(self, *proposed: AnyFact) -> Outcome:
        """Propose facts together, as lines of one file."""
        lines = [Proposed(each, f"line {number}") for number, each in enumerate(proposed, 1)]
        return Outcome(self, list(proposed), judge(recorded(self.facts), lines, TODAY))


@dataclass
class Outcome:
    """What became of the facts proposed."""

    given: Given
    proposed: list[AnyFact]
    judgement: Judgement

    def then_taken(self, *warnings: str) -> Outcome:
        """Expect every fact taken, with just these warnings (each a part of one)."""
        assert not self.judgement.faults, self._story()
        found = [each.sentence for each in self.judgement.warnings]
        assert len(found) == len(warnings), self._story()
        assert all(any(part in sentence for sentence in found) for part in warnings), self._story()
        return self

    def then_refused(self, *sentences: str) -> Outcome:
        """Expect just these faults (each a part of one)."""
        found = [str(each) for each in self.judgement.faults]
        assert len(found) == len(sentences), self._story()
        assert all(any(part in sentence for sentence in found) for part in sentences), self._story()
        return self

    def _story(self) -> str:
        teller = Teller({"A": "Authority", "P": "Provider"}, {}, self.given.facts[0].frequency)  # type: ignore[union-attr]
        told = [f"  {each.id}: {teller.sentence(each)}" for each in self.given.facts]
        asked = [f"  {each.id}: {teller.sentence(each)}" for each in self.proposed]
        faults = [f"  {each}" for each in [*self.judgement.faults, *self.judgement.warnings]]
        return "\n".join(["", "Given", *told, "When", *asked, "Found", *(faults or ["  nothing"])])


__all__ = ["Given", "agreed", "contract", "fact", "kpi", "kpi_of", "recorded", "results", "submitted"]
