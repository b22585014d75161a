"""Continuous failure, held against a slow second implementation that tries every outcome of what is undecided."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.levels import Status
from projections.continuity import Ended, Limb, continuity

RED, GREEN, AMBER, AWAITING = Status.RED, Status.GREEN, Status.AMBER, Status.AWAITING
STATUSES = [RED, RED, RED, GREEN, AMBER, AWAITING, Status.SUBMITTED, Status.MITIGATED, Status.GLIDE, Status.NOT_HELD]


def run_at_the_end(reds: list[bool]) -> int:
    """How many of the last are red, one after the other."""
    count = 0
    for red in reversed(reds):
        if not red:
            break
        count += 1
    return count


def slowly(needed: int, relieved: str, ended: list[Ended]) -> Limb:
    """Try every outcome of the undecided periods; those after the last that is decided, or not at all, or all red."""
    if relieved == "pauses":
        ended = [each for each in ended if each.status not in (Status.MITIGATED, Status.GLIDE)]
    unknown = [
        not each.held_back
        and (each.status in (AWAITING, Status.SUBMITTED) or (each.status is RED and each.provisional))
        for each in ended
    ]
    last = max((place for place, open_ in enumerate(unknown) if not open_), default=-1)
    certain = True
    possible = False
    for guess in product([True, False], repeat=sum(unknown)):
        outcomes = iter(guess)
        reds = [
            next(outcomes) if open_ else each.status is RED and not each.held_back
            for each, open_ in zip(ended, unknown, strict=True)
        ]
        certain = certain and run_at_the_end(reds[: last + 1]) >= needed
        possible = possible or run_at_the_end(reds) >= needed
    if certain:
        return Limb.MET
    return Limb.OPEN if possible else Limb.NOT_MET


periods = st.lists(
    st.tuples(st.sampled_from(STATUSES), st.booleans(), st.sampled_from([False, False, False, True])), max_size=9
)


@given(st.integers(1, 4), st.sampled_from(["ends", "pauses"]), periods)
def test_a_limb_is_what_every_outcome_of_the_undecided_says(needed, relieved, drawn) -> None:
    ended = [Ended(f"2025-{n:02d}", *each) for n, each in enumerate(drawn, 1)]
    assert continuity(needed, relieved, ended).limb is slowly(needed, relieved, ended)


@pytest.mark.parametrize(
    ("statuses", "limb"),
    [
        ([RED, RED], Limb.MET),
        ([RED], Limb.NOT_MET),
        ([RED, AMBER], Limb.NOT_MET),
        ([RED, RED, AWAITING], Limb.MET),
        ([RED, AWAITING], Limb.OPEN),
        ([RED, AWAITING, RED], Limb.OPEN),
        ([RED, AWAITING, RED, RED], Limb.MET),
        ([AWAITING, GREEN, RED], Limb.NOT_MET),
        ([RED, RED, GREEN], Limb.NOT_MET),
        ([RED, Status.NOT_HELD, RED], Limb.NOT_MET),
        ([], Limb.NOT_MET),
    ],
)
def test_two_red_periods_in_a_row_are_a_continuous_failure(statuses, limb) -> None:
    ended = [Ended(f"2025-{n:02d}", status) for n, status in enumerate(statuses, 1)]
    assert continuity(2, "ends", ended).limb is limb


def test_relief_ends_a_run_or_leaves_it_and_indicative_targets_hold_it_back() -> None:
    relieved = [Ended("2025-01", RED), Ended("2025-02", Status.MITIGATED), Ended("2025-03", RED)]
    assert continuity(2, "ends", relieved).limb is Limb.NOT_MET
    assert continuity(2, "pauses", relieved).red == ("2025-01", "2025-03")
    held = [Ended("2025-01", RED, held_back=True), Ended("2025-02", RED)]
    assert continuity(2, "ends", held).red == ("2025-02",)
