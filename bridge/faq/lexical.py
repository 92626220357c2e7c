"""How alike texts are in their words and in pieces of words: cosine of tf-idf vectors. No model, any language.

A text is a bag of words, pairs of neighbouring words, and runs of three to five characters inside a word (so that
"Rücksendung" meets "zurücksenden", and a misspelt word its right spelling). What no phrasing holds counts in the length
of a vector, though not in a product: a message with one known word among ten is not like the phrasing of that word.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bridge.tongues.words import words

Floats = NDArray[np.float32]
Arrays = Mapping[str, NDArray[np.generic]]
_Bags = tuple[Counter[str], Counter[str]]

_LONGEST_WORD = 40
_MOST_WORDS = 400


class Lexicon:
    """The phrasings as sparse vectors, feature by feature (an inverted index)."""

    def __init__(self, arrays: Arrays) -> None:
        """From what `counted` made or a cache kept."""
        names = str(arrays["names"]).split("\n")
        self._place = {name: place for place, name in enumerate(names)}
        self._idf = arrays["idf"].astype(np.float32).tolist()
        self._starts = arrays["starts"].astype(np.intp).tolist()
        self._rows = arrays["rows"].astype(np.intp)
        self._weights = arrays["weights"].astype(np.float32)
        self._size = int(arrays["size"])
        self._unknown = math.log(1 + self._size) + 1

    def similarities(self, texts: Sequence[str]) -> Floats:
        """Cosines, texts x phrasings, 0 to 1."""
        return np.stack([self._row(text) for text in texts]) if texts else np.zeros((0, self._size), dtype=np.float32)

    def _row(self, text: str) -> Floats:
        slices: list[slice] = []
        weights: list[float] = []
        for bag in _bags(words(text)):
            for place, weight in self._weighted(bag):
                slices.append(slice(self._starts[place], self._starts[place + 1]))
                weights.append(weight)
        if not slices:
            return np.zeros(self._size, dtype=np.float32)
        rows = np.concatenate([self._rows[part] for part in slices])
        spread = np.repeat(weights, [part.stop - part.start for part in slices])
        products = spread * np.concatenate([self._weights[part] for part in slices])
        return np.bincount(rows, products, self._size).astype(np.float32)

    def _weighted(self, bag: Counter[str]) -> list[tuple[int, float]]:
        """The known features with their weights in a vector of length 1/2 squared."""
        known: list[tuple[int, float]] = []
        square = 0.0
        for feature, count in bag.items():
            place = self._place.get(feature, -1)
            weight = (1 + math.log(count)) * (self._idf[place] if place >= 0 else self._unknown)
            square += weight * weight
            if place >= 0:
                known.append((place, weight))
        length = math.sqrt(2 * square)
        return [(place, weight / length) for place, weight in known]


def counted(texts: Sequence[str]) -> Arrays:
    """The arrays of the `Lexicon` of these phrasings."""
    bags = [_bags(words(text)) for text in texts]
    postings: dict[str, list[tuple[int, float]]] = {}
    for part in (0, 1):
        idf = _idf([bag[part] for bag in bags])
        for row, bag in enumerate(bags):
            for feature, weight in _unit(bag[part], idf).items():
                postings.setdefault(feature, []).append((row, weight))
    flat = [posting for name in postings for posting in postings[name]]
    return {
        "names": np.array("\n".join(postings)),
        "idf": np.array([math.log((1 + len(texts)) / (1 + len(rows))) + 1 for rows in postings.values()], np.float32),
        "starts": np.cumsum([0, *(len(rows) for rows in postings.values())]),
        "rows": np.array([row for row, _ in flat], dtype=np.int32),
        "weights": np.array([weight for _, weight in flat], dtype=np.float32),
        "size": np.array(len(texts)),
    }


def _bags(text: tuple[str, ...]) -> _Bags:
    """Words and pairs of words; pieces of words. The tilde keeps a piece apart from a word that reads the same."""
    kept = [word[:_LONGEST_WORD] for word in text[:_MOST_WORDS]]
    whole = Counter(kept)
    whole.update(f"{first} {second}" for first, second in pairwise(kept))
    pieces: Counter[str] = Counter()
    for word in kept:
        framed = f"~{word}~"
        for length in (3, 4, 5):
            pieces.update("~" + framed[start : start + length] for start in range(max(1, len(framed) - length + 1)))
    return whole, pieces


def _idf(bags: Sequence[Counter[str]]) -> dict[str, float]:
    counts = Counter(feature for bag in bags for feature in bag)
    return {feature: math.log((1 + len(bags)) / (1 + count)) + 1 for feature, count in counts.items()}


def _unit(bag: Counter[str], idf: Mapping[str, float]) -> dict[str, float]:
    weights = {feature: (1 + math.log(count)) * idf[feature] for feature, count in bag.items()}
    length = math.sqrt(2 * sum(weight * weight for weight in weights.values()))
    return {feature: weight / length for feature, weight in weights.items()}
