"""From what a provider is shown, with all it knows itself, no other provider's figure can be made out."""

from __future__ import annotations

import random
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from projections.anonymous_market import anonymous_market
from projections.market_measures import members_of
from projections.market_release import Release, releases
from tests.conftest import Program
from tests.given import fact
from tests.markets import PERIODS, Story, Taken, decided, measured, registered, returned, standing_components
from tests.transcripts import TickingClock

if TYPE_CHECKING:
    from pathlib import Path

    from ledger.facts import AnyFact

OWN = "own"
Variable = tuple[str, tuple[Any, ...]]
Row = dict[Variable, Fraction]


class Attack:
    """What an adversary makes of sums that it knows exactly: which combinations of them it can form."""

    def __init__(self, rows: list[Row]) -> None:
        self.reduced: list[tuple[Variable, Row]] = []
        for row in rows:
            rest = self._without(row)
            if rest:
                pivot = min(rest, key=repr)
                unit = {each: amount / rest[pivot] for each, amount in rest.items()}
                self.reduced = [(at, _less(other, unit, other.get(pivot, Fraction(0)))) for at, other in self.reduced]
                self.reduced.append((pivot, unit))

    def _without(self, row: Row) -> Row:
        for pivot, reduced in self.reduced:
            row = _less(row, reduced, row.get(pivot, Fraction(0)))
        return row

    def makes_out(self, row: Row) -> bool:
        return not self._without(row)


def _less(row: Row, other: Row, times: Fraction) -> Row:
    found = {each: row.get(each, Fraction(0)) - times * other.get(each, Fraction(0)) for each in {*row, *other}}
    return {each: amount for each, amount in found.items() if amount}


def made_out(rows: list[Row]) -> list[object]:
    """Return whose result, or change of result, follows from sums over these results."""
    attack, one = Attack(rows), Fraction(1)
    results = sorted({each for row in rows for each in row}, key=repr)
    found: list[object] = [each for each in results if attack.makes_out({each: one})]
    pairs = [(a, b) for a in results for b in results if a[0] == b[0] and repr(a) < repr(b)]
    return [*found, *((a, b) for a, b in pairs if attack.makes_out({a: one, b: -one}))]


def row(given: Any) -> Row:
    return {(contract, known): Fraction(1) for contract, known in given.items()}


def shown(taken: Taken, **asked: Any) -> dict[str, tuple[str | None, str | None, int | None]]:
    """Return what the provider is shown of the others, by period."""
    questions = taken.questions(**asked)
    if not any(each.contract == OWN for each in questions):
        return {}
    document = anonymous_market("f", OWN, questions, "2025-04", 2).document()
    return {
        each["period"]: (each["others"]["value"], each["others"]["status"], each["others"]["over"])
        for each in document["measures"][0]["periods"]
    }


def released(taken: Taken) -> dict[str, list[Release]]:
    members = members_of("f", taken.questions())
    others = [each for each in members if each.contract != OWN]
    own = next(each for each in members if each.contract == OWN)
    frequency = own.standing.kpis["K"].frequency
    return releases(others, "K", frequency, PERIODS, own.framework)


def stories() -> list[Taken]:
    told = []
    for seed in range(70):
        chance = random.Random(seed)
        names = [OWN, *(f"p{number}" for number in range(chance.choice([2, 3, 3, 4, 5])))]
        told.append(Story(chance, names).tell(chance.choice([6, 10, 14])))
    return told


@pytest.fixture(scope="module")
def histories() -> list[Taken]:
    """Return random histories."""
    return stories()


def test_a_figure_rests_on_results_that_stood_and_every_moment_shows_the_latest_that_was_released_by_then(
    histories: list[Taken],
) -> None:
    several = 0
    for taken in histories:
        found = released(taken)
        for period, chain in found.items():
            several += len(chain) > 1
            for each in chain:
                stood = {
                    name: standing_components(taken, each.at, name, period)
                    for name in {one.fact.contract for one in taken.recorded} - {OWN}
                }
                assert all(settled for settled, _ in stood.values())
                assert dict(each.given) == {name: known for name, (_, known) in stood.items() if known is not None}
                x, y = (sum(Fraction(dict(known)[name]) for known in each.given.values()) for name in "xy")
                assert each.derivation.value == x / y * 100
        for known_at in taken.recordings:
            for as_at in {known_at.date() - timedelta(days=back) for back in (0, 1, 2, 5)}:
                now = shown(taken, as_at=as_at, known_at=known_at)
                for period, (value, _, over) in now.items():
                    chain = [one for one in found[period] if one.at <= known_at and one.at.date() <= as_at]
                    assert (value is None) == (not chain)
                    if chain:
                        assert over == len(chain[-1].given)
                        assert abs(Fraction(value or "") - (chain[-1].derivation.value or 0)) <= Fraction(1, 20)
    assert several >= 10, "there are histories in which a figure was replaced"


def test_from_all_that_is_ever_shown_nobodys_result_follows(histories: list[Taken]) -> None:
    figures = 0
    for taken in histories:
        for chain in released(taken).values():
            figures += len(chain)
            assert made_out([row(each.given) for each in chain]) == []
    assert figures >= 60, "something is shown at all"


def test_the_attack_does_make_results_out_where_every_change_is_shown(histories: list[Taken]) -> None:
    unmasked = 0
    for taken in histories:
        for period in PERIODS:
            names = {one.fact.contract for one in taken.recorded} - {OWN}
            rows = []
            for at in taken.recordings:
                stood = {name: standing_components(taken, at, name, period)[1] for name in names}
                given = {name: known for name, known in stood.items() if known is not None}
                if len(given) > 1:
                    rows.append(row(given))
            unmasked += bool(made_out(rows))
    assert unmasked >= 30


def test_no_count_behind_a_figure_or_behind_what_is_new_in_it_is_small(histories: list[Taken]) -> None:
    for taken in histories:
        for chain in released(taken).values():
            told: set[Variable] = set()
            for each in chain:
                whole = list(each.given.items())
                fresh = [one for one in whole if one not in told and any(amount for _, amount in one[1])]
                assert len({name for name, _ in fresh}) >= 2
                for group in (whole, fresh):
                    xs = [dict(known)["x"] for _, known in group]
                    ys = [dict(known)["y"] for _, known in group]
                    assert sum(xs) >= 5
                    assert sum(ys) - sum(xs) >= 5
                    assert sum(ys) - max(ys) >= 5
                told |= set(whole)


def world(results: list[list[AnyFact]], names: tuple[str, ...] = (OWN, "p", "q", "r")) -> Taken:
    """Return what a ledger took of these recordings, each a day after the one before."""
    taken = Taken()
    taken.take(*(each for name in names for each in (registered(name), measured(name))))
    for facts in results:
        taken.take(*facts, days=1)
    return taken


def result(name: str, x: int, y: int, **fields: Any) -> list[AnyFact]:
    return [returned(name, "2025-01", x, y, **fields), decided(name, "2025-01")]


def ever_shown(taken: Taken) -> list[Any]:
    """Return all that the provider is ever shown of the others, on any day, known at any time."""
    days = {each.date() for each in taken.recordings}
    return [shown(taken, as_at=day, known_at=at) for at in taken.recordings for day in sorted(days)]


ALL_RETURNED = [result(OWN, 40, 50), result("p", 30, 50), result("q", 60, 80), result("r", 45, 70)]


def test_the_others_are_shown_together_once_the_last_of_them_is_settled() -> None:
    taken = world(ALL_RETURNED)
    first = [shown(taken, known_at=at)["2025-01"] for at in taken.recordings]
    assert first[:-1] == [(None, None, None)] * 4
    assert first[-1] == ("67.5", "amber", 3)


@pytest.mark.parametrize(
    "others",
    [
        [result("p", 60, 80), result("q", 30, 50), result("r", 45, 70)],
        [result("p", 31, 50), result("q", 59, 80), result("r", 45, 70)],
        [result("p", 30, 60), result("q", 60, 60), result("r", 45, 80)],
        [result("p", 30, 30), result("q", 60, 90), result("r", 45, 80)],
    ],
)
def test_what_is_shown_is_the_same_whichever_of_them_did_well(others: list[list[AnyFact]]) -> None:
    assert ever_shown(world([result(OWN, 40, 50), *others])) == ever_shown(world(ALL_RETURNED))


def corrected(name: str, x: int, y: int, old: list[AnyFact]) -> list[AnyFact]:
    voids = [fact("FactVoided", "2025-07-01", contract=name, by=each.by, voids=each.id) for each in reversed(old)]
    return [*voids, *result(name, x, y)]


@pytest.mark.parametrize("x", [2, 30, 49])
def test_a_correction_of_one_provider_moves_nothing_that_is_shown(x: int) -> None:
    told = ever_shown(world([*ALL_RETURNED, corrected("p", x, 50, ALL_RETURNED[1])]))
    assert told[-1] == ever_shown(world([*ALL_RETURNED, []]))[-1]
    assert told == ever_shown(world([*ALL_RETURNED, corrected("p", 40, 50, ALL_RETURNED[1])]))


def test_corrections_of_two_move_it_and_do_not_say_whose() -> None:
    def both(first: int, second: int) -> list[AnyFact]:
        return [*corrected("p", first, 50, ALL_RETURNED[1]), *corrected("q", second, 80, ALL_RETURNED[2])]

    told = ever_shown(world([*ALL_RETURNED, both(40, 70)]))
    assert told[-1]["2025-01"] == ("77.5", "amber", 3)
    assert told == ever_shown(world([*ALL_RETURNED, both(45, 65)]))


def test_a_value_found_later_for_one_provider_is_not_shown_by_the_difference() -> None:
    rejected = [returned("r", "2025-01", 45, 70), decided("r", "2025-01", "rejected", reason="no papers")]
    without = [*ALL_RETURNED[:3], rejected]
    late = result("r", 45, 70)
    told = ever_shown(world([*without, late]))
    assert told[-1]["2025-01"] == ("69.2", "amber", 2)
    assert told == ever_shown(world([*without, result("r", 3, 70)]))


@pytest.mark.parametrize(
    ("others", "why"),
    [
        ([("p", 30, 50), ("q", 60, 80)], "of three others one has not returned"),
        ([("p", 0, 50), ("q", 0, 80), ("r", 0, 70)], "nothing of all is nothing of each"),
        ([("p", 50, 50), ("q", 80, 80), ("r", 70, 70)], "all of all is all of each"),
        ([("p", 1, 50), ("q", 2, 80), ("r", 1, 70)], "four people"),
        ([("p", 49, 50), ("q", 78, 80), ("r", 69, 70)], "all but four people"),
        ([("p", 30, 50), ("q", 0, 0), ("r", 0, 0)], "one gave it all"),
        ([("p", 30, 50), ("q", 1, 2), ("r", 1, 2)], "one gave nearly all"),
    ],
)
def test_a_figure_that_would_give_somebody_away_is_withheld(others: list[tuple[str, int, int]], why: str) -> None:
    taken = world([result(OWN, 40, 50), [each for one in others for each in result(*one)]])
    assert shown(taken)["2025-01"] == (None, None, None), why


def test_the_framework_may_ask_for_more_providers_and_larger_counts() -> None:
    for terms, value in (
        ({"fewest_providers": 3}, "67.5"),
        ({"fewest_providers": 4}, None),
        ({"suppress_below": 66}, None),
    ):
        taken = Taken()
        for name in (OWN, "p", "q", "r"):
            taken.take(registered(name, framework=terms), measured(name))
        taken.take(*(each for facts in ALL_RETURNED for each in facts))
        assert shown(taken)["2025-01"][0] == value


def test_neither_a_name_nor_a_contract_nor_a_count_of_statuses_of_others_is_in_any_form() -> None:
    taken = world(ALL_RETURNED)
    view = anonymous_market("f", "OWN", taken.questions(), "2025-01", 1)
    printed = repr(view.document()) + repr(view.tables())
    for other in ("'p'", "'P'", "Provider p", "Provider q", "p:K", "green', 1"):
        assert other not in printed
    assert "Provider own" in printed
    assert set(view.document()["measures"][0]["periods"][0]) == {"period", "own", "others"}


def test_nothing_says_how_much_was_recorded_of_the_others() -> None:
    corrections = [corrected("p", 40, 50, ALL_RETURNED[1])] * 3
    sheets = [
        anonymous_market(
            "f", OWN, world([*ALL_RETURNED, [each for one in facts for each in one]]).questions(), "2025-01"
        )
        for facts in ([], corrections[:1], corrections)
    ]
    first, *others = [sheet.document() for sheet in sheets]
    assert first["position"] is None
    assert others == [first, first]


def printed(folder: Path, recordings: list[list[AnyFact]]) -> list[str]:
    """Return all that the program prints for the provider, in every form, on several days, after each recording."""
    folder.mkdir()
    program = Program(folder / "ledger.db", TickingClock())
    program.record(*(each for name in (OWN, "p", "q", "r") for each in (registered(name), measured(name))))
    told = []
    for facts in recordings:
        program.record(*facts)
        for asked in ([], ["--as-at", "2025-12-31"], ["--kpi", "K", "--last", "2025-01", "--periods", "1"]):
            told += [
                program.done("market", "f", "--for", "OWN", "--format", output, *asked).output
                for output in ("table", "json", "csv", "md")
            ]
    return told


def test_the_program_prints_the_same_whatever_one_of_the_others_is_corrected_to_and_whichever_did_well(
    tmp_path: Path,
) -> None:
    swapped = [ALL_RETURNED[0], result("p", 60, 80), result("q", 30, 50), ALL_RETURNED[3]]
    first = printed(tmp_path / "one", [*ALL_RETURNED, corrected("p", 20, 50, ALL_RETURNED[1])])
    second = printed(tmp_path / "two", [*ALL_RETURNED, corrected("p", 45, 50, ALL_RETURNED[1])])
    third = printed(tmp_path / "three", [*swapped, corrected("q", 12, 50, swapped[2])])
    assert first == second == third
    assert any("67.5" in each for each in first)
