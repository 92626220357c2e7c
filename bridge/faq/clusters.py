"""Questions that nobody has answered yet, brought together: "9 people asked something like ...". Pure.

Messages that are near each other belong together; near is decided between vectors where there are some, else between
the words. Starting from the message with the most near ones, each takes those that are left: what is far from all stays
out, since one question asked once is not common.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bridge.faq.entry import Entry
from bridge.faq.fields import LONGEST_PHRASING, id_from, one_space
from bridge.faq.questions import content_words
from bridge.faq.toml_writing import toml_of
from bridge.faq.words_of import plain_words

MOST = 1_000
"""Questions that are compared; of more the last ones."""

MOST_PHRASINGS = 8
NEAR_VECTORS = 0.62
NEAR_WORDS = 0.4
_DRAFT_ANSWER = "Write the answer here."


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question that was handed over. `vector` is the matcher's, of length 1; () where there is none."""

    id: str
    text: str
    vector: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Questions that are alike: the first is in the middle of them, the others follow by nearness to it."""

    asked: tuple[Asked, ...]

    @property
    def representative(self) -> str:
        """The question that speaks for all of them."""
        return one_space(self.asked[0].text)

    def draft(self) -> Entry:
        """An entry to begin with: its phrasings are what was asked, its answer is the owner's to write."""
        texts = {plain_words(one.text): one_space(one.text)[:LONGEST_PHRASING] for one in reversed(self.asked)}
        phrasings = list(reversed(texts.values()))[: MOST_PHRASINGS + 1]
        question, *also = phrasings
        return Entry(id=id_from(question), question=question, also=tuple(also), answer=_DRAFT_ANSWER)

    def draft_toml(self) -> str:
        """The draft as a table for the FAQ file."""
        return toml_of(self.draft())


def clusters(asked: Sequence[Asked], *, smallest: int = 3) -> list[Cluster]:
    """Groups of at least `smallest` questions that are alike, the largest first. Each question is in one at most."""
    kept = [one for one in asked if plain_words(one.text)][-MOST:]
    near = _near(kept)
    left = set(range(len(kept)))
    found: list[Cluster] = []
    # The fullest neighbourhood first; of equals the earlier question, so that the outcome is always the same.
    for middle in sorted(left, key=lambda at: (-len(near[at]), at)):
        members = [at for at in near[middle] if at in left] if middle in left else []
        if len(members) >= smallest:
            found.append(Cluster(asked=tuple(kept[at] for at in members)))
            left.difference_update(members)
    return sorted(found, key=lambda cluster: -len(cluster.asked))


def _near(asked: Sequence[Asked]) -> list[list[int]]:
    """For each question those near it, the nearest first; itself is the very first."""
    alike = _alike_vectors(asked) if asked and all(one.vector for one in asked) else _alike_words(asked)
    near: list[list[tuple[float, int]]] = [[(2.0, at)] for at in range(len(asked))]
    for one, other, likeness in alike:
        near[one].append((likeness, other))
        near[other].append((likeness, one))
    return [[at for _, at in sorted(found, key=lambda pair: (-pair[0], pair[1]))] for found in near]


def _alike_vectors(asked: Sequence[Asked]) -> Iterator[tuple[int, int, float]]:
    """Pairs of questions with vectors near each other, and how near (the cosine)."""
    import numpy as np  # noqa: PLC0415 - who has vectors has it

    vectors = np.array([one.vector for one in asked], dtype=np.float32)
    likeness = vectors @ vectors.T
    for one, other in zip(*np.nonzero(np.tril(likeness >= NEAR_VECTORS, -1)), strict=True):
        yield int(one), int(other), float(likeness[one, other])


def _alike_words(asked: Sequence[Asked]) -> Iterator[tuple[int, int, float]]:
    """Pairs of questions with rare pieces in common, and how many (the cosine of their weights)."""
    features = _weighed([_features(one.text) for one in asked])
    for one, words in enumerate(features):
        for other in range(one):
            likeness = sum(weight * features[other].get(word, 0.0) for word, weight in words.items())
            if likeness >= NEAR_WORDS:
                yield one, other, likeness


def _features(text: str) -> Counter[str]:
    """Pieces of four letters of the words that say what it is about: "vase" and "vases" have most in common."""
    words = [word for word in content_words(text) or plain_words(text).split() if not word.isdigit()]
    return Counter(f" {word} "[at : at + 4] for word in words for at in range(max(1, len(word) - 1)))


def _weighed(counted: Sequence[Counter[str]]) -> list[Mapping[str, float]]:
    """Rare pieces weigh more; each question has the length 1."""
    within = Counter(word for words in counted for word in words)
    weighed = list[Mapping[str, float]]()
    for words in counted:
        weights = {word: math.log(1 + len(counted) / within[word]) for word in words}
        length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        weighed.append({word: weight / length for word, weight in weights.items()})
    return weighed
