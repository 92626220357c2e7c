"""What this process has done since it started, counted for whoever watches it (`metrics.py`). None of it is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

Outcomes = Counter[tuple[str, str]]
"""How often what happened, by a connector's name and the outcome."""


@dataclass(eq=False, slots=True)
class Latency:
    """How long something took: how often at most so many seconds (`bounds`), how long in all."""

    bounds: Sequence[float] = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
    count: int = 0
    seconds: float = 0.0
    within: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.within = [0] * len(self.bounds)

    def took(self, seconds: float) -> None:
        """Once more."""
        self.within = [count + (seconds <= bound) for count, bound in zip(self.within, self.bounds, strict=True)]
        self.count += 1
        self.seconds += seconds


@dataclass(frozen=True, slots=True)
class Tally:
    """All of it. An outcome of `items` is done, put off or failed; of the others what `work.Outcome.state` says."""

    items: Outcomes = field(default_factory=Counter)
    deliveries: Outcomes = field(default_factory=Counter)
    fetches: Outcomes = field(default_factory=Counter)
    matching: Latency = field(default_factory=Latency)
