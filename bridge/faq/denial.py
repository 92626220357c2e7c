"""Whether a text denies something: "I don't want to book" is near "I want to book" by any vector."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bridge.tongues.words import words


def denies(text: str) -> bool:
    """Whether a word of `text` denies, in any of a dozen languages."""
    return any(word in _denials() or word.endswith("n't") for word in words(text))


@cache
def _denials() -> frozenset[str]:
    listed = (Path(__file__).parent / "denial_words.txt").read_text(encoding="utf-8")
    return frozenset(words(listed))
