"""Softmax regression: which of the entries, as probabilities that add up to one. Fitted on the phrasings at load.

Multinomial logistic regression with an L2 penalty and one weight per class (an entry with twenty phrasings is no
likelier than one with two). Each round divides the slope by a matrix that bounds the curvature for good (Boehning
1992), and looks ahead (Nesterov 1983): forty rounds do what hundreds of plain descent do.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Places = NDArray[np.intp]

_LOOSENESS = 20.0
"""The inverse of the penalty, times the rows: chosen on the validation part of three public sets."""


def fit(rows: Floats, owners: Places, classes: int, rounds: int = 40) -> Floats:
    """Weights, (columns + 1) x classes, the last row the bias. `rows` are of length about 1."""
    wide = np.concatenate([rows, np.full((len(rows), 1), 1.0, dtype=np.float32)], axis=1)
    share = _shares(owners, classes)
    wanted = np.eye(classes, dtype=np.float32)[owners]
    penalty = np.full((wide.shape[1], 1), 1 / (_LOOSENESS * len(rows)), dtype=np.float32)
    penalty[-1] *= 1e-3
    stride = np.linalg.inv(0.5 * (wide.T @ (wide * share)).astype(np.float64) + np.diag(penalty[:, 0]))
    step = (
        (stride.astype(np.float32) @ (wide * share).T).astype(np.float32),
        (stride * penalty[:, 0]).astype(np.float32),
    )
    weights = ahead = np.zeros((wide.shape[1], classes), dtype=np.float32)
    pace = 1.0
    for _ in range(rounds):
        moved = ahead - step[0] @ (probabilities(ahead, rows) - wanted) - step[1] @ ahead
        pace, before = (1 + np.sqrt(1 + 4 * pace * pace)) / 2, pace
        ahead = moved + np.float32((before - 1) / pace) * (moved - weights)
        weights = moved
    return weights


def probabilities(weights: Floats, rows: Floats) -> Floats:
    """Rows x classes; each row adds up to one."""
    scores: Floats = rows @ weights[:-1] + weights[-1]
    scores -= scores.max(axis=1, keepdims=True)
    np.exp(scores, out=scores)
    scores /= scores.sum(axis=1, keepdims=True)
    return scores


def ridge(kernel: Floats, owners: Places, classes: int, penalty: float = 0.3) -> tuple[Floats, Floats]:
    """Ridge regression on similarities: its weights, and what each row would score had it not been there.

    Both rows x classes. Leaving one out has a closed form here (Allen's PRESS): the check of an FAQ by itself, without
    fitting it once for each phrasing.
    """
    wanted = np.eye(classes)[owners]
    inverse = np.linalg.inv(kernel.astype(np.float64) + penalty * np.eye(len(kernel)))
    weights = inverse @ wanted
    left_out = wanted - weights / np.diag(inverse)[:, None]
    return weights.astype(np.float32), left_out.astype(np.float32)


def _shares(owners: Places, classes: int) -> Floats:
    """Each class weighs the same, all together one."""
    counts = np.bincount(owners, minlength=classes)
    share = 1 / counts[owners]
    column: Floats = (share / share.sum()).astype(np.float32)[:, None]
    return column
