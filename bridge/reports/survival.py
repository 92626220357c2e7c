"""How long waits last when some go on: the estimate of Kaplan and Meier (1958).

A wait that goes on says that it is at least so long. Leaving it out, as if nobody waited, would make a shop look the
better the fewer it answers; counting it as ended now would do so, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

HALF, NINE_TENTHS = 0.5, 0.1
"""How many still wait at the median, and at the ninth decile."""

_ROUNDING = 1e-12


def curve(waits: Iterable[tuple[int, bool]]) -> list[tuple[int, float]]:
    """Each length at which a wait ended, in order, and the share of all that last longer. `waits` has the length of
    each, and whether it has ended.
    """
    ordered = sorted((length, not ended) for length, ended in waits)  # who ended then was there until then
    steps: list[tuple[int, float]] = []
    left = at_risk = len(ordered)
    share = 1.0  # of those who are left at the last wait that went on; as whole numbers since, so that 5 of 10 is half
    for index, (length, goes_on) in enumerate(ordered):
        left -= 1
        if goes_on:
            share, at_risk = share * (left + 1) / at_risk, left
        elif index + 1 == len(ordered) or ordered[index + 1] != (length, False):
            steps.append((length, share * left / at_risk))
    return steps


def quantile(steps: Sequence[tuple[int, float]], left: float) -> int | None:
    """The length after which no more than this share still waits; None where that is not known yet."""
    return next((length for length, share in steps if share <= left + _ROUNDING), None)
