"""How often the matcher answers and how often it is right, at its own thresholds, on businesses it was not fitted on.

    python bench/matching/measure.py DATA LEFT_OUT [--split test] [--sets NAME,...] [--as letter,misspelt,short]

DATA is a folder as `frames.py` reads, LEFT_OUT the file that `fit_confidence.py --left-out` wrote: each set is measured
with the confidence that was fitted without its family. `--as` sends each message as it is and once more as a letter
(`letters.py`), with every eighth word misspelt, or in chat shorthand (`spoil.py`), and compares the two, message by
message.

Two sets at their own thresholds differ in precision and in coverage, which tells little. So at the end stands what
each set covers at the precision that the first one has at the setting 0.95, its threshold moved. `--model` names a
folder for all sets, or for one: `--sets xsid_en,xsid_de --model xsid_de=FOLDER`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bridge.faq.confidence import Confidence
from bridge.faq.confidence import read as read_confidence
from bridge.faq.entry import Entry
from bridge.faq.matcher import Matcher
from matching.frames import FAMILIES, Data, Query, entries, left_over, read
from matching.letters import letter
from matching.result import Result, pooled
from matching.spoil import misspelt, shortened

SETTINGS = ("0.9", "0.95", "0.97", "0.98")
CHANGES: Mapping[str, Callable[[str, random.Random], str]] = {
    "letter": letter,
    "misspelt": misspelt,
    "short": shortened,
}


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
    options.add_argument(
        "--draws", type=int, default=1, help="of phrasings, from the seed on; all are counted together"
    )
    options.add_argument("--most", type=int, default=100_000, help="messages of a set")
    options.add_argument("--model", action="append", default=[], help="FOLDER, or SET=FOLDER: not the shipped one")
    options.add_argument("--as", dest="changes", default="", help="letter, misspelt, short")
    chosen = options.parse_args()
    left_out = json.loads(chosen.left_out.read_text())
    reached = {}
    for name in chosen.sets.split(","):
        weights = {kind: read_confidence(table) for kind, table in left_out[FAMILIES[name]].items()}
        reached[name] = _measure(chosen, name, weights)
    if len(reached) > 1:
        _compare(reached)


def models(named: Sequence[str]) -> Mapping[str, Path]:
    """By set; "" for all that are not named."""
    pairs = (one.rpartition("=") for one in named)
    return {name: Path(folder) for name, _, folder in pairs}


def asked(data: Data, split: str, chosen: Sequence[Entry]) -> Sequence[Query]:
    """The messages of a split. Where none of them has an answer, the phrasings that no entry was given come too."""
    queries = list(data.test if split == "test" else data.valid)
    return queries if any(query.entry for query in queries) else [*queries, *left_over(data, chosen)]


def _measure(chosen: argparse.Namespace, name: str, weights: Mapping[str, Confidence]) -> tuple[Result, float]:
    """What was reached, and the threshold of the setting 0.95."""
    data, folders = read(chosen.data, name), models(chosen.model)
    folder = folders.get(name, folders.get(""))
    draws: list[tuple[Matcher, Sequence[Query]]] = []
    for seed in range(chosen.seed, chosen.seed + chosen.draws):
        known = entries(data.phrasings, chosen.phrasings, seed)
        queries = list(asked(data, chosen.split, known))
        queries = random.Random(1).sample(queries, min(chosen.most, len(queries)))
        draws.append((Matcher(known, model=folder, weights=weights), queries))
    plain = pooled([matched(matcher, queries) for matcher, queries in draws])
    accuracy = plain.right[plain.inside].mean()
    model = f" model {folder.name}" if folder else ""
    what = f"{name} {chosen.split} k={chosen.phrasings}{model} messages {len(plain.sure)}"
    print(f"{what} first choice right {accuracy:.3f}")
    thresholds = draws[0][0].thresholds
    for setting in SETTINGS:
        print(f"  {setting} ({thresholds[setting]:.3f}): {plain.at(thresholds[setting])}", flush=True)
    for change in filter(None, chosen.changes.split(",")):
        changed = pooled([_changed(change, matcher, queries) for matcher, queries in draws])
        low, high = plain.interval(thresholds["0.95"])
        told = changed.at(thresholds["0.95"])
        print(f"  0.95 {change}: {told}; precision as it was: {low:.3f} to {high:.3f}", flush=True)
    return plain, thresholds["0.95"]


def _changed(change: str, matcher: Matcher, queries: Sequence[Query]) -> Result:
    chance = random.Random(7)
    return matched(matcher, [Query(text=CHANGES[change](one.text, chance), entry=one.entry) for one in queries])


def _compare(reached: Mapping[str, tuple[Result, float]]) -> None:
    """Each set at the precision of the first one."""
    first, (result, threshold) = next(iter(reached.items()))
    precision = result.precision(threshold)
    print(f"at the precision of {first} at 0.95, {precision:.3f} at coverage {result.coverage(threshold):.3f}:")
    for name, (other, _) in reached.items():
        moved = other.threshold_for(precision)
        print(f"  {name}: coverage {other.coverage(moved):.3f} (precision {other.precision(moved):.3f} at {moved:.3f})")


if __name__ == "__main__":
    main()
