"""The workload of the estate benchmarks: contracts with years of returns, decisions, corrections and rebases.

Drawn from a seed, so that every run and every peer has the same facts. W is 50 contracts of 20 KPIs over 48 months.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ledger.period import shift

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = "2018-04"
_POOL = 1000
_CORRECTED, _LOST, _MITIGATED = 0.05, 0.3, 0.02

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How large a workload is."""

    contracts: int = 50
    kpis: int = 20
    months: int = 48

    def __str__(self) -> str:
        return f"{self.contracts} contracts of {self.kpis} KPIs over {self.months} months"

    @property
    def cells(self) -> int:
        """Return how many cells have a result."""
        return self.contracts * self.kpis * self.months


W = Size()


def contract_id(number: int) -> str:
    """Return the id of a contract, from 1."""
    return f"contract-{number:05d}"


def kpi_ref(number: int) -> str:
    """Return the reference of a KPI, from 1."""
    return f"KPI_{number:02d}"


def lines(size: Size, *, first: int = 1) -> Iterator[list[Fields]]:
    """Yield each contract's facts, in the order they are recorded: by date.

    Args:
        size: how many contracts, and how large each is.
        first: the number of the first contract.
    """
    for number in range(first, first + size.contracts):
        yield _contract(number, size)


def text(facts: list[Fields]) -> bytes:
    """Return facts as JSON Lines."""
    return "\n".join(map(json.dumps, facts)).encode()


def _contract(number: int, size: Size) -> list[Fields]:
    drawn = random.Random(number)
    contract = contract_id(number)
    months = [shift(FIRST, place) for place in range(size.months)]
    begun = date.fromisoformat(f"{FIRST}-01")
    found = [*_registered(contract, number, size, begun)]
    returns: list[Fields] = []
    for place in range(1, size.kpis + 1):
        ref = kpi_ref(place)
        ability = drawn.choice([96, 93, 90, 86])
        for month in months:
            returns += _cell(drawn, contract, ref, month, ability)
        if place % 10 == 0:
            returns.append(_rebase(contract, ref, months[len(months) * 2 // 3]))
    return [*found, *sorted(returns, key=lambda each: each["dated"])]


def _registered(contract: str, number: int, size: Size, begun: date) -> Iterator[Fields]:
    every = {"contract": contract, "dated": begun.isoformat(), "by": "CC"}
    yield {
        **every,
        "fact": "ContractRegistered",
        "id": f"{contract}-registered",
        "title": f"Services under contract {number}",
        "commenced": FIRST,
        "held_from": FIRST,
        "frequency": "monthly",
        "calendar": "england-and-wales",
        "parties": [
            {"code": "CC", "name": f"Council {number % 7 + 1}", "role": "authority"},
            {"code": "PROV", "name": f"Provider {number % 11 + 1}", "role": "provider"},
        ],
        "services": [{"code": "S1", "title": "Front office"}, {"code": "S2", "title": "Back office"}],
        "scheme": {
            "pool": str(_POOL),
            "shares": {"amber": "0.5", "red": "1"},
            "multipliers": ["1", "1.5", "2"],
            "run_counts": "missed_target",
            "relieved_in_run": "reset",
            "pounds_per_point": "25.00",
        },
    }
    for place in range(1, size.kpis + 1):
        yield {
            **every,
            "fact": "KpiIntroduced",
            "id": f"{contract}-{kpi_ref(place)}",
            "ref": kpi_ref(place),
            "service": "S1" if place % 2 else "S2",
            "title": f"Share of requests of kind {place} answered in time",
            "unit": "percent",
            "decimals": 2,
            "better": "higher",
            "first_period": FIRST,
            "targets": [{"from": FIRST, "tsl": "90", "msl": "85"}],
            "weights": [{"from": FIRST, "points": str(_weight(place, size))}],
        }


def _weight(place: int, size: Size) -> int:
    """Return a KPI's points; the first takes what does not divide."""
    each, rest = divmod(_POOL, size.kpis)
    return each + (rest if place == 1 else 0)


def _cell(drawn: random.Random, contract: str, ref: str, month: str, ability: int) -> Iterator[Fields]:
    named = f"{contract}-{ref}-{month}"
    following = date.fromisoformat(f"{shift(month, 1)}-01")
    returned, decided = following + timedelta(drawn.randint(4, 9)), following + timedelta(drawn.randint(14, 24))
    value = f"{min(10000, max(0, round(drawn.gauss(ability, 5) * 100))) / 100:.2f}"
    every = {"contract": contract, "kpi": ref}
    yield {
        **every,
        "fact": "PerformanceSubmitted",
        "id": f"{named}-return",
        "dated": returned.isoformat(),
        "by": "PROV/contract.manager",
        "source": "The provider's return for the month",
        "period": month,
        "value": value,
    }
    yield {
        **every,
        "fact": "PerformanceScrutinised",
        "id": f"{named}-scrutiny",
        "dated": decided.isoformat(),
        "by": "CC/officer",
        "period": month,
        "decision": "agreed",
    }
    if drawn.random() < _MITIGATED:
        yield {
            **every,
            "fact": "MitigationGranted",
            "id": f"{named}-mitigation",
            "dated": decided.isoformat(),
            "by": "CC/officer",
            "first_period": month,
            "last_period": month,
            "reason": "The council's own system was out of use",
        }
    elif drawn.random() < _CORRECTED:
        yield from _corrected(drawn, every, named, month, decided)


def _corrected(drawn: random.Random, every: Fields, named: str, month: str, decided: date) -> Iterator[Fields]:
    """Yield a dispute and its outcome, 40 to 130 days after scrutiny."""
    ref = f"{named}-dispute"
    raised = decided + timedelta(drawn.randint(3, 20))
    outcome = decided + timedelta(drawn.randint(40, 130))
    yield {
        **every,
        "fact": "EscalationRaised",
        "id": ref,
        "dated": raised.isoformat(),
        "by": "PROV/contract.manager",
        "ref": ref,
        "period": month,
        "against": "score",
        "reason": "Requests that were closed the same day were left out of the count",
    }
    lost = drawn.random() < _LOST
    yield {
        **every,
        "fact": "EscalationDecided",
        "id": f"{ref}-outcome",
        "dated": outcome.isoformat(),
        "by": "CC/board",
        "ref": ref,
        "period": month,
        "outcome": "dismissed" if lost else "upheld",
        **({} if lost else {"value": f"{drawn.randint(8600, 9900) / 100:.2f}"}),
        "reason": "The board read the log of requests",
    }


def _rebase(contract: str, ref: str, month: str) -> Fields:
    return {
        "fact": "TargetRebased",
        "id": f"{contract}-{ref}-rebase",
        "contract": contract,
        "dated": f"{shift(month, -1)}-20",
        "by": "CC/board",
        "kpi": ref,
        "first_period": month,
        "tsl": "92",
        "msl": "86",
        "reason": "The yearly review of targets",
    }
