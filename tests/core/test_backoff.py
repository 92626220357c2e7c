"""How long to wait before the next try (`bridge/backoff.py`)."""

from __future__ import annotations

import random
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bridge.backoff import FIRST, LONGEST, wait

ATTEMPTS = st.integers(1, 10_000)
DICE = st.integers().map(random.Random)
ASKED = st.none() | st.timedeltas(timedelta(0), timedelta(days=3))


@given(ATTEMPTS, DICE, ASKED)
def test_never_sooner_than_the_network_asked_for(attempts: int, dice: random.Random, asked: timedelta | None) -> None:
    waited = wait(attempts, dice, asked)
    assert waited >= (asked or FIRST * 0.75)
    assert waited <= max(LONGEST * 1.25, asked or LONGEST)


@given(st.integers(1, 9), DICE)
def test_twice_as_long_each_time(attempts: int, dice: random.Random) -> None:
    doubled = FIRST * 2 ** (attempts - 1)
    assert doubled * 0.75 <= wait(attempts, dice) <= doubled * 1.25


@given(st.integers())
def test_two_that_failed_together_do_not_come_back_together(seed: int) -> None:
    dice = random.Random(seed)
    assert len({wait(5, dice) for _ in range(20)}) > 10
