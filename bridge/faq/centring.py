"""Vectors seen from their middle. Some models crowd all texts into one corner: likeness of 0.75 to 1 whatever they say.

The confidence was fitted with a model that does not. Seen from near the mean of the FAQ's own phrasings, those of
another model spread alike, and the same confidence holds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_CROWDED = 0.7
_WAY = 0.95


def middle(vectors: Floats) -> Floats:
    """What to take off vectors of length 1 (texts x dimensions): zeros where they are spread well."""
    mean: Floats = vectors.mean(axis=0)
    return mean * np.float32(_WAY if np.linalg.norm(mean) > _CROWDED else 0)


def seen_from(centre: Floats, vectors: Floats) -> Floats:
    """The vectors without the centre, again of length 1."""
    moved = vectors - centre
    spread: Floats = moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-6)
    return spread
