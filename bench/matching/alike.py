"""How well questions that had no answer are brought together, by meaning and by words (`bridge/faq/likeness.py`).

    python bench/matching/alike.py DATA [--split test] [--questions 200,60] [--draws 8]

DATA is a folder as `frames.py` reads. A draw is a week of a shop: half of the questions ask what at least three people
ask (three to fourteen times), the rest each ask something else. Figures are means over the draws:

    purity   the share of the grouped questions that ask what most of their group ask
    recall   the share of the questions that several people ask that are in a group of theirs
    found    the share of what several people ask that has a group
    wrong    groups without a majority
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bridge.faq.clusters import Asked, clusters
from bridge.faq.embed import SHIPPED, Embedder
from matching.frames import FAMILIES, Query, read

OFTEN = (3, 3, 4, 4, 5, 6, 8, 10, 14)
MIXED = "clinc150"
"""Of the others' unanswerable messages several ask the same, and it is not said which."""


def drawn(queries: Sequence[Query], chance: random.Random, total: int, *, others: bool) -> list[Query]:
    """Questions in the order in which they came; what is asked once has a label of its own."""
    by_label: dict[str, list[str]] = {}
    for query in queries:
        if query.entry:
            by_label.setdefault(query.entry, []).append(query.text)
    labels = sorted(label for label, texts in by_label.items() if len(texts) >= min(OFTEN))
    chance.shuffle(labels)
    found: list[Query] = []
    while labels and len(found) < total / 2:
        label = labels.pop()
        count = min(len(by_label[label]), chance.choice(OFTEN))
        found += [Query(text=text, entry=label) for text in chance.sample(by_label[label], count)]
    once = [chance.choice(by_label[label]) for label in labels]
    once += [query.text for query in queries if query.entry is None and others]
    chance.shuffle(once)
    found += [Query(text=text, entry=f"once {text}") for text in once[: total - len(found)]]
    chance.shuffle(found)
    return found


def figures(groups: Sequence[Sequence[str]], truth: Sequence[str]) -> Mapping[str, float]:
    """`groups` hold labels; `truth` is the label of each question."""
    times = Counter(truth)
    often = {label for label, count in times.items() if count >= min(OFTEN)}
    majority = [(*Counter(group).most_common(1)[0], len(group)) for group in groups]
    right = [(label, count) for label, count, size in majority if label in often and count > size / 2]
    return {
        "groups": len(groups),
        "purity": sum(count for _, count, _ in majority) / max(1, sum(map(len, groups))),
        "recall": sum(count for _, count in right) / sum(times[label] for label in often),
        "found": len({label for label, _ in right}) / len(often),
        "wrong": sum(count <= size / 2 for _, count, size in majority),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--split", choices=["valid", "test"], default="test")
    parser.add_argument("--sets", default="clinc150,hwu64_oos,banking77_oos,xsid_en,xsid_de")
    parser.add_argument("--questions", default="200,60")
    parser.add_argument("--draws", type=int, default=8)
    given = parser.parse_args()
    embed = Embedder(SHIPPED)

    def meant(texts: Sequence[str]) -> list[tuple[float, ...]]:
        return [tuple(map(float, row)) for row in embed(texts)]

    ways: Mapping[str, Callable[[Sequence[str]], list[tuple[float, ...]]]] = {
        "words": lambda texts: [()] * len(texts),
        "meaning": meant,
    }
    for total in map(int, given.questions.split(",")):
        for name in given.sets.split(","):
            assert name in FAMILIES, f"there is no set {name}"
            queries = getattr(read(given.data, name), given.split)
            for way, vectors in ways.items():
                draws = []
                for seed in range(given.draws):
                    asked = drawn(queries, random.Random(seed), total, others=name == MIXED)
                    label = {str(place): str(query.entry) for place, query in enumerate(asked)}
                    known = vectors([query.text for query in asked])
                    made = [
                        Asked(id=str(place), text=query.text, vector=vector)
                        for place, (query, vector) in enumerate(zip(asked, known, strict=True))
                    ]
                    found = [[label[one.id] for one in cluster.asked] for cluster in clusters(made)]
                    draws.append(figures(found, list(label.values())))
                mean = {what: np.mean([one[what] for one in draws]) for what in draws[0]}
                print(f"{total:4} {name:14} {way:8}", *(f"{what} {value:.3f}" for what, value in mean.items()))


if __name__ == "__main__":
    main()
