"""How an entry stands: what a text scores for it, beside what the entry's own phrasings score when each is left out.

A likeness of 0.6 is much in an FAQ whose phrasings are all over the place and little in one where they are all alike,
so no fixed bar fits both. The FAQ itself tells where the bar is, before any customer has written: kernel ridge
regression has a closed form for what it would have said of a phrasing that had not been there (Allen's PRESS).

The likeness is sharpened first, so that a text far from everything scores nothing for anything.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.faq import classify

Floats = NDArray[np.float32]
Places = NDArray[np.intp]

_WIDTH = 0.5
"""The likeness falls off by the factor e over this. From 0.25 to 0.7 it made no difference worth naming."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """`pull`: rows x classes, what each phrasing does for each class; `home`: by class, what its own phrasings score
    for it on average when each is left out.
    """

    pull: Floats
    home: Floats

    def scores(self, likeness: Floats) -> Floats:
        """Texts x classes, about 0 to 1, of texts with this likeness to the rows (texts x rows)."""
        scores: Floats = _sharpened(likeness) @ self.pull
        return scores


def stood(likeness: Floats, owners: Places, classes: int) -> Standing:
    """From the rows' likeness to each other (rows x rows, symmetric, 1 on the diagonal)."""
    pull, left_out = classify.ridge(_sharpened(likeness), owners, classes)
    own = left_out[np.arange(len(owners)), owners]
    home = np.bincount(owners, weights=own, minlength=classes) / np.bincount(owners, minlength=classes)
    return Standing(pull=pull, home=home.astype(np.float32))


def _sharpened(likeness: Floats) -> Floats:
    sharp: Floats = np.exp((likeness - 1) / np.float32(_WIDTH)).astype(np.float32)
    return sharp
