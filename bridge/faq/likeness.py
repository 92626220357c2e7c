"""How alike questions are, and which of them belong together. Arrays in, arrays and groups out.

By meaning, seen from the middle of all of them: the questions of one business are alike in that they are its own, and
what is to be found are those that are alike beyond that. Few questions tell little of the middle, so it is moved
towards nothing. By words: pieces of four letters, those that few questions have weigh more.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bridge.faq.centring import middle, seen_from
from bridge.faq.questions import content_words
from bridge.faq.words_of import plain_words

Floats = NDArray[np.float32]

NEAR_MEANING = 0.45
NEAR_WORDS = 0.3
"""So alike the questions of a group are on average. `bench/matching/alike.py` measures it."""

_FEW = 20


def by_meaning(vectors: Sequence[Sequence[float]]) -> Floats:
    """The likeness of each question to each other one, -1 to 1; `vectors` (questions x dimensions) have length 1."""
    given = np.array(vectors, dtype=np.float32)
    if len(given) >= _FEW:
        given = seen_from(middle(given), given)  # of a model that crowds all texts into one corner
    way = len(given) / (len(given) + _FEW)
    seen = given - np.float32(way) * given.mean(axis=0)
    seen /= np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-6)
    likeness: Floats = seen @ seen.T
    return likeness


def by_words(texts: Sequence[str]) -> Floats:
    """The same by what the texts are written with, 0 to 1."""
    pieces = [_pieces(text) for text in texts]
    within = Counter(piece for found in pieces for piece in found)
    holders = defaultdict[str, list[tuple[int, float]]](list)
    for place, found in enumerate(pieces):
        weights = {piece: math.log(1 + len(texts) / within[piece]) for piece in found}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        for piece, weight in weights.items():
            holders[piece].append((place, weight / length))
    likeness = np.zeros((len(texts), len(texts)), dtype=np.float32)
    for held in holders.values():
        places, weights_of = zip(*held, strict=True)
        likeness[np.ix_(places, places)] += np.outer(weights_of, weights_of).astype(np.float32)
    return likeness


def _pieces(text: str) -> frozenset[str]:
    """Of the words that say what it is about: "vase" and "vases" have most in common."""
    words = [word for word in content_words(text) or plain_words(text).split() if not word.isdigit()]
    return frozenset(f" {word} "[at : at + 4] for word in words for at in range(max(1, len(word) - 1)))


def groups(likeness: Floats, near: float) -> list[list[int]]:
    """The questions by groups that are as alike as `near` on average, each led by the one most like the others.

    The two groups that are most alike become one, until none are alike enough (average linkage): a chain of small steps
    from one question to quite another makes no group.
    """
    left = likeness.copy()
    np.fill_diagonal(left, -np.inf)
    members = [[place] for place in range(len(left))]
    while len(left) > 1:
        one, other = sorted(int(place) for place in np.unravel_index(left.argmax(), left.shape))
        if left[one, other] < near:
            break
        sizes = len(members[one]), len(members[other])
        left[one] = left[:, one] = (sizes[0] * left[one] + sizes[1] * left[other]) / sum(sizes)
        left[one, one] = left[other] = left[:, other] = -np.inf
        members[one] += members[other]
        members[other] = []
    return [_from_the_middle(group, likeness) for group in members if group]


def _from_the_middle(group: Sequence[int], likeness: Floats) -> list[int]:
    """The one that is most like all of them, then the others by how like they are to it. Of equals the earlier."""
    first = max(sorted(group), key=lambda place: float(likeness[place, group].sum()))
    return sorted(group, key=lambda place: (place != first, -float(likeness[first, place]), place))
