"""Fitting the confidence: weighted logistic regression (Newton), and thresholds for a share of right answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from bridge.faq.confidence import Confidence
from bridge.faq.evidence import NAMES
from matching.tables import Table, shares

ANSWERABLE = 0.25
"""The share of messages with an answer that is fitted for: shops get much that no FAQ answers."""

SETTINGS = {"0.9": 0.5, "0.95": 0.5, "0.96": 0.45, "0.97": 0.4, "0.98": 0.4, "0.99": 0.4}
"""By setting the share of messages with an answer that its threshold is chosen for. Who wants more than 95 of a hundred
right wants it in a shop that gets much else, too.
"""

_PENALTY = 1e-3


def fitted(tables: Sequence[Table], answerable: float = ANSWERABLE) -> Confidence:
    """The confidence that these tables teach, with its thresholds."""
    inputs = np.concatenate([one.inputs for one in tables]).astype(np.float64)
    right = np.concatenate([one.right for one in tables]).astype(np.float64)
    weight = np.concatenate([shares(one, answerable) for one in tables]) / len(tables)
    mean, scale = inputs.mean(axis=0), np.maximum(inputs.std(axis=0), 0.01)
    level = np.column_stack([(inputs - mean) / scale, np.ones(len(inputs))])
    weights = _newton(level, right, weight)
    model = Confidence(
        names=NAMES,
        mean=tuple(mean.tolist()),
        scale=tuple(scale.tolist()),
        weights=tuple(weights[:-1].tolist()),
        bias=float(weights[-1]),
        thresholds={},
    )
    thresholds = {share: threshold(model, tables, float(share), answerable) for share, answerable in SETTINGS.items()}
    model.thresholds.update(thresholds)
    return model


def _newton(level: np.ndarray, right: np.ndarray, weight: np.ndarray) -> np.ndarray:
    penalty = np.full(level.shape[1], _PENALTY)
    penalty[-1] = 1e-9
    weights = np.zeros(level.shape[1])
    for _ in range(30):
        sure = 1 / (1 + np.exp(-level @ weights))
        slope = level.T @ (weight * (sure - right)) + penalty * weights
        bend = (level * (weight * sure * (1 - sure))[:, None]).T @ level + np.diag(penalty)
        weights = weights - np.linalg.solve(bend, slope)
    return weights


def threshold(model: Confidence, tables: Sequence[Table], share: float, answerable: float) -> float:
    """The lowest confidence above which this share of answers is right, pooled, this share of messages answerable.

    Denials ("I don't want to ...") are not counted here: a rule of its own hands them over.
    """
    counted = [np.array([kind != "denied" for kind in one.kinds]) for one in tables]
    sure = np.concatenate([model(one.inputs)[kept] for one, kept in zip(tables, counted, strict=True)])
    right = np.concatenate([one.right[kept] for one, kept in zip(tables, counted, strict=True)])
    weight = np.concatenate([shares(one, answerable)[kept] for one, kept in zip(tables, counted, strict=True)])
    order = np.argsort(-sure)
    precision = np.cumsum((right * weight)[order]) / np.cumsum(weight[order])
    good = np.flatnonzero(precision >= share)
    return float(sure[order][good[-1]]) if len(good) else 1.0
