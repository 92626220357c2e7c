"""What speaks for an entry being the right one for a text: the numbers that the confidence is made of.

For each text the entries are ranked by three views (the joint classifier, the one by meaning alone, the nearest
phrasing); for an entry `inputs` then gives one number for each name in `NAMES`, each of which says the same of an FAQ
of ten entries and of one of three hundred.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bridge.faq import classify
from bridge.faq.contrary import opposed
from bridge.faq.coverage import Vocabulary
from bridge.faq.denial import denies
from bridge.faq.index import Arrays, Floats, Places, Rows
from bridge.faq.lexical import Lexicon
from bridge.faq.standing import Standing
from bridge.tongues.words import words

_NONE = np.float32(-9)


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """For a batch of texts: `ranking` is texts x entries (higher is likelier), the rest is what it was made of."""

    texts: Sequence[str]
    ranking: Floats
    joint: Floats
    dense: Floats
    near: Floats
    likeness: Floats
    standing: Floats
    worded: Floats
    nearest: Places


class Scorer:
    """A ready FAQ: texts in, evidence out."""

    def __init__(self, said: Rows, arrays: Arrays) -> None:
        self.said = said
        self.lexical = "vectors" not in arrays
        self._arrays = {name: value for name, value in arrays.items() if not name.startswith("lexicon.")}
        self._lexicon = Lexicon({name[8:]: value for name, value in arrays.items() if name.startswith("lexicon.")})
        self._vocabulary = Vocabulary(said.texts, said.owners, said.entries)
        self._negated = np.array([denies(text) for text in said.texts])
        self._standing = Standing(pull=self._floats("pull"), home=self._floats("home"))
        self._groups = [np.flatnonzero(said.owners == place) for place in range(said.classes)]
        self._order = np.argsort(said.owners, kind="stable")
        self._starts = np.searchsorted(said.owners[self._order], np.arange(said.classes))

    def evidence(self, texts: Sequence[str], vectors: Floats | None) -> Evidence:
        """`vectors` are the texts embedded, None (and only then) if the FAQ was made without."""
        worded = self._lexicon.similarities(texts)
        likeness = worded if vectors is None else vectors @ self._floats("vectors").T
        kernel = worded if vectors is None else likeness + self._floats("share") * worded
        joint = classify.probabilities(self._floats("joint"), kernel @ self._floats("projection"))
        dense = joint if vectors is None else classify.probabilities(self._floats("dense"), vectors)
        near = self._grouped(likeness)
        ranking = np.log(joint + 1e-6) + 0.5 * np.log(dense + 1e-6) + 0.15 * _log_shares(near / np.float32(0.05))
        return Evidence(
            texts=texts,
            ranking=ranking[:, : self.said.entries],
            joint=joint,
            dense=dense,
            near=near,
            likeness=likeness,
            standing=self._standing.scores(likeness),
            worded=self._grouped(worded),
            nearest=likeness.argmax(axis=1),
        )

    def _floats(self, name: str) -> Floats:
        value: Floats = self._arrays[name].astype(np.float32, copy=False)
        return value

    def _grouped(self, table: Floats) -> Floats:
        """Texts x rows to texts x classes: the nearest row of each class."""
        grouped: Floats = np.maximum.reduceat(table[:, self._order], self._starts, axis=1)
        return grouped

    def inputs(self, seen: Evidence, chosen: Places) -> Floats:
        """Texts x `NAMES`, for the entry `chosen[i]` and text i."""
        every = np.arange(len(seen.texts))
        scored = seen.standing[every, chosen]
        columns = {
            "joint": _odds(seen.joint[every, chosen]),
            "dense": _odds(seen.dense[every, chosen]),
            "coverage": self._vocabulary.coverage(seen.texts, chosen),
            "known": self._vocabulary.known(seen.texts),
            "core": self._vocabulary.core(seen.texts, chosen),
            "negation": self._negation(seen, chosen),
            "opposed": self._opposed(seen, chosen),
            "agreed": self._agreed(seen, chosen),
            "home": scored - self._standing.home[chosen],
            "ahead": _ahead(seen.standing, chosen),
            "typical": seen.near[:, : self.said.entries].mean(axis=1),
            "length": np.log1p([len(words(text)) for text in seen.texts]),
            "entries": np.full(len(every), math.log(self.said.entries)),
            "spread": np.full(len(every), self._floats("spread")),
            "neighbours": self._floats("neighbours")[chosen],
            "foreign": self._floats("foreign")[chosen],
            "found": self._floats("found")[chosen],
        }
        return np.stack([columns[name] for name in NAMES], axis=1).astype(np.float32)

    def _opposed(self, seen: Evidence, chosen: Places) -> Floats:
        """1 where the text has a word whose opposite, not which itself, the entry has."""
        said = self._vocabulary.said
        found = [opposed(words(text), said[entry]) for text, entry in zip(seen.texts, chosen, strict=True)]
        return np.array(found, dtype=np.float32)

    def _agreed(self, seen: Evidence, chosen: Places) -> Floats:
        """How many of the four views have this entry first."""
        views = (seen.near, seen.dense, seen.worded, seen.joint)
        agreed: Floats = np.sum([view.argmax(axis=1) == chosen for view in views], axis=0, dtype=np.float32)
        return agreed

    def _negation(self, seen: Evidence, chosen: Places) -> Floats:
        """1 where the text denies something that the entry's nearest phrasing does not."""
        found = np.zeros(len(seen.texts), dtype=np.float32)
        for place, text in enumerate(seen.texts):
            if denies(text):
                group = self._groups[chosen[place]]
                nearest = group[seen.likeness[place, group].argmax()]
                found[place] = not self._negated[nearest]
        return found


NAMES = (
    "joint",
    "dense",
    "coverage",
    "known",
    "core",
    "negation",
    "opposed",
    "agreed",
    "home",
    "ahead",
    "typical",
    "length",
    "entries",
    "spread",
    "neighbours",
    "foreign",
    "found",
)
"""The confidence's inputs, in the order of `Scorer.inputs`."""


def _odds(shares: Floats) -> Floats:
    clipped = np.clip(shares, 1e-5, 1 - 1e-5)
    odds: Floats = np.log(clipped / (1 - clipped))
    return odds


def _log_shares(scores: Floats) -> Floats:
    level = scores - scores.max(axis=1, keepdims=True)
    shares: Floats = level - np.log(np.exp(level).sum(axis=1, keepdims=True))
    return shares


def _ahead(table: Floats, chosen: Places) -> Floats:
    """How far the chosen column is ahead of the best other one."""
    every = np.arange(len(table))
    rest = table.copy()
    rest[every, chosen] = _NONE
    best = rest.max(axis=1) if rest.shape[1] > 1 else np.zeros(len(table), dtype=np.float32)
    ahead: Floats = table[every, chosen] - best
    return ahead
