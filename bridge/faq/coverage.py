"""How much of what a text says an entry speaks of too: the near miss has one word more, and that word decides.

"Do you ship to Norway" is near "do you ship to Sweden" by any cosine. Here each word of the text weighs what it tells
the entries apart by (idf over entries, as BM25 has it), and the share that the entry's own words make up is counted.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.faq.words import words

Floats = NDArray[np.float32]
Places = NDArray[np.intp]


class Vocabulary:
    """Which entry uses which words, and how much each tells."""

    def __init__(self, texts: Sequence[str], owners: Places, entries: int) -> None:
        self.said: list[set[str]] = [set() for _ in range(entries)]
        for text, owner in zip(texts, owners, strict=True):
            if owner < entries:
                self.said[owner].update(words(text))
        counts: dict[str, int] = {}
        for said in self.said:
            for word in said:
                counts[word] = counts.get(word, 0) + 1
        self._weights = {word: _weight(count, entries) for word, count in counts.items()}
        self._new = _weight(0, entries)

    def coverage(self, texts: Sequence[str], chosen: Places) -> Floats:
        """For each text the share of its words' weight that entry `chosen[i]` speaks of, 0 to 1."""
        return np.array(
            [self._covered(words(text), self.said[entry]) for text, entry in zip(texts, chosen, strict=True)],
            dtype=np.float32,
        )

    def _covered(self, text: Sequence[str], said: set[str]) -> float:
        weights = {word: self._weights.get(word, self._new) for word in text}
        whole = sum(weights.values())
        return sum(weight for word, weight in weights.items() if word in said) / whole if whole else 0.0


def _weight(count: int, entries: int) -> float:
    return math.log(1 + (entries - count + 0.5) / (count + 0.5))
