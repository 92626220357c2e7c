"""P(correct): a logistic model that turns the evidence into one number that means the same for every FAQ.

Its weights were fitted once on public data of other businesses (`bench/matching/fit_confidence.py`) and lie in
`confidence.json`: one set for a matcher with a model, one for words alone. Nothing is learnt from a shop's own mail.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_SHIPPED = Path(__file__).parent / "confidence.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Confidence:
    """The weights by input's name. `thresholds`: the confidence from which on a share of that many is right."""

    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float
    thresholds: dict[str, float]

    def __call__(self, inputs: Floats) -> Floats:
        """Rows x inputs (in the order of `names`) to P(correct), 0 to 1."""
        level = (inputs - np.array(self.mean)) / np.array(self.scale)
        odds = level @ np.array(self.weights) + self.bias
        sure: Floats = (1 / (1 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)
        return sure


@cache
def shipped(kind: str) -> Confidence:
    """The fitted weights: "dense" with a model, "lexical" without."""
    return read(json.loads(_SHIPPED.read_text())[kind])


def read(table: dict[str, object]) -> Confidence:
    """From what `written` made."""
    inputs: dict[str, list[float]] = table["inputs"]  # type: ignore[assignment]
    columns = tuple(zip(*inputs.values(), strict=True))
    return Confidence(
        names=tuple(inputs),
        mean=columns[0],
        scale=columns[1],
        weights=columns[2],
        bias=float(table["bias"]),  # type: ignore[arg-type]
        thresholds=dict(table["thresholds"]),  # type: ignore[call-overload]
    )


def written(model: Confidence) -> dict[str, object]:
    """As it stands in the file: by input its mean, scale and weight."""
    rows = zip(model.mean, model.scale, model.weights, strict=True)
    return {
        "inputs": {name: [round(value, 5) for value in row] for name, row in zip(model.names, rows, strict=True)},
        "bias": round(model.bias, 5),
        "thresholds": {share: round(value, 4) for share, value in model.thresholds.items()},
    }
