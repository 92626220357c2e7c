"""How long to wait before the next try. Pure but for the dice it is given."""

from __future__ import annotations

import random
from datetime import timedelta

FIRST = timedelta(seconds=2)
LONGEST = timedelta(minutes=15)
"""Once a network is back, what waited for it should not have to wait for much longer."""


def wait(attempts: int, dice: random.Random, asked: timedelta | None = None) -> timedelta:
    """The wait after so many attempts (1 or more): twice as long each time, up to LONGEST, give or take a quarter.

    `asked`: no sooner than the network asked for.
    """
    doubled = min(FIRST * float(1 << min(attempts - 1, 16)), LONGEST)
    spread = doubled * dice.uniform(0.75, 1.25)
    return max(spread, asked) if asked is not None else spread
