"""How many made-up cases a property is tried on: all of them in `make test`, a part in `make fast`."""

from __future__ import annotations

import hypothesis

PROFILES = {"bridge": 100, "quick": 20}
"""What hypothesis tries where a test names no number, by profile."""


def register() -> None:
    """Make the profiles known, and `bridge` the one that counts where pytest is given no other."""
    for name, count in PROFILES.items():
        # One machine may be slow for a moment; what hypothesis finds must be the same on every run.
        hypothesis.settings.register_profile(name, deadline=None, derandomize=True, database=None, max_examples=count)
    hypothesis.settings.load_profile("bridge")


def examples(count: int) -> int:
    """So many where a test runs in full."""
    return max(1, count * hypothesis.settings().max_examples // PROFILES["bridge"])
