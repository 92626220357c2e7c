"""What was reached on a set of messages: precision, coverage, and how far chance may have had its hand in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """By message: how sure, right, and is there an answer at all."""

    sure: NDArray[np.float64]
    right: Mask
    inside: Mask

    def at(self, threshold: float) -> str:
        answered = self.sure >= threshold
        outside = (answered & ~self.inside).sum() / max(1, (~self.inside).sum())
        return (
            f"precision {self.precision(threshold):.3f} coverage {self.coverage(threshold):.3f} "
            f"unanswerable answered {outside:.3f}"
        )

    def precision(self, threshold: float) -> float:
        """The share of right ones among the answers, NaN where nothing is answered."""
        answered = self.sure >= threshold
        return float(self.right[answered].mean()) if answered.any() else float("nan")

    def coverage(self, threshold: float) -> float:
        """The share of the messages with an answer that got it."""
        return float(((self.sure >= threshold) & self.right).sum() / max(1, self.inside.sum()))

    def threshold_for(self, precision: float) -> float:
        """The lowest threshold with at least this precision, 1 where there is none: what makes two sets comparable.

        Messages that are equally sure are answered together.
        """
        levels = np.unique(self.sure)[::-1]
        return float(min((level for level in levels if self.precision(level) >= precision), default=1.0))

    def interval(self, threshold: float) -> tuple[float, float]:
        """The middle 95 % of the precision over 1,000 samples of the messages; NaN where nothing is answered."""
        chance = np.random.default_rng(1)
        right = self.right[self.sure >= threshold]
        if not len(right):
            return float("nan"), float("nan")
        found = [right[chance.integers(0, len(right), len(right))].mean() for _ in range(1000)]
        return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))


def pooled(results: Sequence[Result]) -> Result:
    """All of them as one."""
    return Result(
        sure=np.concatenate([one.sure for one in results]),
        right=np.concatenate([one.right for one in results]),
        inside=np.concatenate([one.inside for one in results]),
    )
