"""How many made-up cases a property is tried on, and how large hostile input is: a fifth of it in `make fast`."""

from __future__ import annotations

from typing import TypeVar

import hypothesis

Hostile = TypeVar("Hostile", str, bytes)

PROFILES = {"bridge": 100, "quick": 20}
"""What hypothesis tries where a test names no number, by profile."""


def register() -> None:
    """Make the profiles known, and `bridge` the one that counts where pytest is given no other."""
    for name, count in PROFILES.items():
        # One machine may be slow for a moment; what hypothesis finds must be the same on every run.
        hypothesis.settings.register_profile(name, deadline=None, derandomize=True, database=None, max_examples=count)
    hypothesis.settings.load_profile("bridge")


def share() -> float:
    """The part that is tried: 1 where tests run in full."""
    return hypothesis.settings().max_examples / PROFILES["bridge"]


def examples(count: int) -> int:
    """So many where a test runs in full."""
    return max(1, round(count * share()))


def beginning(hostile: Hostile) -> Hostile:
    """All of it where a test runs in full. Where its cost goes with its size, that is to be held to the same share."""
    return hostile[: examples(len(hostile))]
