"""Misspelt words put right, where the FAQ has the word that was meant: "matress" in a shop that sells mattresses.

Only towards the FAQ's own words, only by one letter (lost, doubled, wrong, or two swapped), never in the first three,
and never for a word that the model knows as it stands: "skipped" is not "shipped". Of two such words neither.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from bridge.faq.contrary import has_opposite
from bridge.tongues.words import folded, words

_WORD = re.compile(r"[^\W\d_]{5,25}")
_SURE_START = 3


class Spelling:
    """The words of an FAQ, found by words that are one letter off."""

    def __init__(self, texts: Iterable[str], known: Callable[[str], bool]) -> None:
        """`known` tells of a folded word whether it is right as it is. `words` are those of the texts."""
        self.words = frozenset(word for text in texts for word in words(text))
        self._known = known
        self._near: dict[str, set[str]] = {}
        for word in self.words:
            if _WORD.fullmatch(word):
                for shorter in _shorter(word):
                    self._near.setdefault(shorter, set()).add(word)

    def __call__(self, text: str) -> str:
        """`text` with such words replaced."""
        return _WORD.sub(lambda found: self._right(found.group()), text)

    def _right(self, word: str) -> str:
        plain = folded(word)
        if plain in self.words or not _WORD.fullmatch(plain):
            return word
        meant = {near for short in _shorter(plain) for near in self._near.get(short, ()) if _one_off(plain, near)}
        if len(meant) != 1 or has_opposite(plain) or self._known(plain):
            return word
        return meant.pop()


def _shorter(word: str) -> Iterator[str]:
    """The word, and the word with any one letter left out."""
    yield word
    yield from (word[:place] + word[place + 1 :] for place in range(_SURE_START, len(word)))


def _one_off(word: str, other: str) -> bool:
    """Whether one slip makes one of the other. Both begin alike, by the way they were found."""
    if word[:_SURE_START] != other[:_SURE_START]:
        return False
    if len(word) == len(other):
        wrong = [place for place in range(len(word)) if word[place] != other[place]]
        swapped = len(wrong) == 2 and wrong[1] == wrong[0] + 1 and sorted(word) == sorted(other)
        return len(wrong) == 1 or swapped
    longer, shorter = sorted((word, other), key=len, reverse=True)
    return any(longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer)))
