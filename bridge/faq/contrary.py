"""Whether a text says the opposite of an entry: "turn the light off" is next to "turn the light on" in any vector.

What tells them apart is a word, one of a pair of opposites. The pairs stand in `opposites.txt`, folded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path


def opposed(text: Sequence[str], said: Collection[str]) -> bool:
    """Whether a word of `text` is missing in `said` while its opposite is there. Both are folded words."""
    pairs = _opposites()
    return any(word in pairs and word not in said and not pairs[word].isdisjoint(said) for word in text)


def has_opposite(word: str) -> bool:
    """Whether `word`, folded, is one of a pair."""
    return word in _opposites()


@cache
def _opposites() -> Mapping[str, frozenset[str]]:
    pairs: dict[str, set[str]] = {}
    for line in (Path(__file__).parent / "opposites.txt").read_text(encoding="utf-8").splitlines():
        first, second = line.split()
        pairs.setdefault(first, set()).add(second)
        pairs.setdefault(second, set()).add(first)
    return {word: frozenset(others) for word, others in pairs.items()}
