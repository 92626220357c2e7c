"""How much of what a text says an entry speaks of too: the near miss has one word more, and that word decides.

"Do you ship to Norway" is near "do you ship to Sweden" by any cosine. Here each word of the text weighs what it tells
the entries apart by (idf over entries, as BM25 has it), and the share that the entry's own words make up is counted. So
is the share that any entry speaks of, and, the other way round, how much of what an entry's phrasings have in common
the text says.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.tongues.words import words

Floats = NDArray[np.float32]
Places = NDArray[np.intp]


class Vocabulary:
    """Which entry uses which words, and how much each tells."""

    def __init__(self, texts: Sequence[str], owners: Places, entries: int) -> None:
        spoken: list[list[set[str]]] = [[] for _ in range(entries)]
        for text, owner in zip(texts, owners, strict=True):
            if owner < entries:
                spoken[owner].append(set(words(text)))
        self.said: list[set[str]] = [set().union(*phrasings) for phrasings in spoken]
        counts = Counter(word for said in self.said for word in said)
        self._weights = {word: _weight(count, entries) for word, count in counts.items()}
        self._new = _weight(0, entries)
        self._core = [self._common(phrasings) for phrasings in spoken]

    def coverage(self, texts: Sequence[str], chosen: Places) -> Floats:
        """For each text the share of its words' weight that entry `chosen[i]` speaks of, 0 to 1."""
        pairs = zip(texts, chosen, strict=True)
        return np.array([self._covered(words(text), self.said[entry]) for text, entry in pairs], dtype=np.float32)

    def known(self, texts: Sequence[str]) -> Floats:
        """For each text the share of its words' weight that any entry speaks of, 0 to 1."""
        return np.array([self._covered(words(text), self._weights) for text in texts], dtype=np.float32)

    def core(self, texts: Sequence[str], chosen: Places) -> Floats:
        """For each text the share that it says of what entry `chosen[i]`'s phrasings have in common, 0 to 1."""
        pairs = zip(texts, chosen, strict=True)
        return np.array([_share(self._core[entry], words(text)) for text, entry in pairs], dtype=np.float32)

    def _covered(self, text: Sequence[str], said: Container[str]) -> float:
        return _share({word: self._weights.get(word, self._new) for word in text}, said)

    def _common(self, phrasings: Sequence[set[str]]) -> Mapping[str, float]:
        """The words of an entry's phrasings; one in all of them weighs in full, one in few of them little."""
        counts = Counter(word for said in phrasings for word in said)
        return {word: self._weights[word] * (count / len(phrasings)) ** 1.5 for word, count in counts.items()}


def _share(weights: Mapping[str, float], said: Container[str]) -> float:
    whole = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in said) / whole if whole else 0.0


def _weight(count: int, entries: int) -> float:
    return math.log(1 + (entries - count + 0.5) / (count + 0.5))
