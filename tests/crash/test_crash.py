"""Killed at any moment, nothing acknowledged is lost and nothing is half there; the long form is `make crash`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.crash.moments import Harness
from tests.crash.scenes import SCENES

if TYPE_CHECKING:
    from pathlib import Path

SEED = 5
pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills by signals")


@pytest.mark.parametrize("count", [len(SCENES), pytest.param(200, marks=pytest.mark.slow)])
def test_whatever_is_killed_whenever_nothing_is_lost(tmp_path: Path, count: int) -> None:
    wrong = [
        f"{moment.said}: {moment.wrong}; again: python -m tests.crash --seed {SEED} --moment {moment.number}"
        for moment in Harness(SEED, tmp_path).moments(count)
        if moment.wrong
    ]
    assert not wrong, "\n".join(wrong)
