"""Of too many phrasings as many as can be compared: a FAQ converted from somewhere may have a hundred for each entry.

What an index takes grows with the square of its phrasings and the time with the cube: 3,000 take 20 s and 600 MB once,
15,000 would take minutes and 13 GB. Entries with few phrasings keep all. Of the others those stay that stand evenly
apart in the file: phrasings that were written, or collected, together are alike. What owners have said is something
else (`not_this`) keeps a customer from a wrong answer: of that as much stays as half of all can hold.
"""

from __future__ import annotations

from collections.abc import Sequence

MOST = 3_000
"""Phrasings of all entries together."""


def shares(counts: Sequence[int], denied: int) -> tuple[int, int]:
    """How many phrasings each entry may keep, and how many `not_this` all of them together."""
    kept = min(denied, MOST // 2)
    return most_each(counts, MOST - kept), kept


def most_each(counts: Sequence[int], most: int = MOST) -> int:
    """How many phrasings an entry may keep, at least one, so that all together have `most` at most where they can."""
    if sum(counts) <= most:
        return max(counts, default=1)
    each = 1
    while sum(min(count, each + 1) for count in counts) <= most:
        each += 1
    return each


def thinned(phrasings: Sequence[str], most: int) -> list[str]:
    """The first, and of the others `most - 1` that stand evenly apart."""
    if len(phrasings) <= most:
        return list(phrasings)
    return [phrasings[place * len(phrasings) // most] for place in range(most)]
