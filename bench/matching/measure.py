"""How often the matcher answers and how often it is right, at its own thresholds, on businesses it was not fitted on.

    python bench/matching/measure.py DATA LEFT_OUT [--split test] [--sets NAME,...] [--as letter,misspelt]

DATA is a folder as `frames.py` reads, LEFT_OUT the file that `fit_confidence.py --left-out` wrote: each set is measured
with the confidence that was fitted without its family. `--as` sends each message as it is and once more as a letter
(`letters.py`) or with every eighth word misspelt (`spoil.py`), and compares the two, message by message.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from bridge.faq.confidence import Confidence
from bridge.faq.confidence import read as read_confidence
from bridge.faq.matcher import Matcher
from matching.frames import FAMILIES, Query, entries, read
from matching.letters import letter
from matching.spoil import misspelt

SETTINGS = ("0.9", "0.95", "0.97", "0.98")
CHANGES: Mapping[str, Callable[[str, random.Random], str]] = {"letter": letter, "misspelt": misspelt}
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """By message: how sure, right, and is there an answer at all."""

    sure: NDArray[np.float64]
    right: Mask
    inside: Mask

    def at(self, threshold: float) -> str:
        answered = self.sure >= threshold
        precision, coverage = self.precision(answered), (answered & self.right).sum() / max(1, self.inside.sum())
        outside = (answered & ~self.inside).sum() / max(1, (~self.inside).sum())
        return f"precision {precision:.3f} coverage {coverage:.3f} unanswerable answered {outside:.3f}"

    def precision(self, answered: Mask) -> float:
        return float(self.right[answered].mean()) if answered.any() else float("nan")

    def interval(self, threshold: float) -> tuple[float, float]:
        """The middle 95 % of the precision over 1,000 samples of the messages."""
        chance = np.random.default_rng(1)
        right = self.right[self.sure >= threshold]
        found = (
            [right[chance.integers(0, len(right), len(right))].mean() for _ in range(1000)] if len(right) else [np.nan]
        )
        return float(np.nanpercentile(found, 2.5)), float(np.nanpercentile(found, 97.5))


def matched(matcher: Matcher, queries: Sequence[Query]) -> Result:
    best = [matcher.match(query.text).best for query in queries]
    return Result(
        sure=np.array([one.confidence if one else 0.0 for one in best]),
        right=np.array(
            [one is not None and one.entry == query.entry for one, query in zip(best, queries, strict=True)]
        ),
        inside=np.array([query.entry is not None for query in queries]),
    )


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("data", type=Path)
    options.add_argument("left_out", type=Path)
    options.add_argument("--split", default="valid", choices=["valid", "test"])
    options.add_argument("--sets", default="clinc150,hwu64_oos,banking77_oos")
    options.add_argument("--phrasings", type=int, default=5)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--most", type=int, default=100_000, help="messages of a set")
    options.add_argument("--model", type=Path, help="a model's folder, for another than the shipped one")
    options.add_argument("--as", dest="changes", default="", help="letter, misspelt")
    chosen = options.parse_args()
    left_out = json.loads(chosen.left_out.read_text())
    for name in chosen.sets.split(","):
        weights = {kind: read_confidence(table) for kind, table in left_out[FAMILIES[name]].items()}
        _measure(chosen, name, weights)


def _measure(chosen: argparse.Namespace, name: str, weights: Mapping[str, Confidence]) -> None:
    data = read(chosen.data, name)
    queries = list(data.test if chosen.split == "test" else data.valid)
    queries = random.Random(1).sample(queries, min(chosen.most, len(queries)))
    matcher = Matcher(entries(data.phrasings, chosen.phrasings, chosen.seed), model=chosen.model, weights=weights)
    plain = matched(matcher, queries)
    accuracy = plain.right[plain.inside].mean()
    print(f"{name} {chosen.split} k={chosen.phrasings} messages {len(queries)} first choice right {accuracy:.3f}")
    for setting in SETTINGS:
        print(f"  {setting} ({matcher.thresholds[setting]:.3f}): {plain.at(matcher.thresholds[setting])}", flush=True)
    threshold = matcher.thresholds["0.95"]
    for change in filter(None, chosen.changes.split(",")):
        chance = random.Random(7)
        changed = matched(matcher, [Query(text=CHANGES[change](q.text, chance), entry=q.entry) for q in queries])
        low, high = plain.interval(threshold)
        print(f"  0.95 {change}: {changed.at(threshold)}; precision as it was: {low:.3f} to {high:.3f}", flush=True)


if __name__ == "__main__":
    main()
