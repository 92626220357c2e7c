"""Pretend FAQs, to learn from how sure one may be: of any size, with entries taken away, asked as customers ask.

From a public set some entries are kept, with few or many phrasings; the others' messages become the ones that must not
be answered although they are of this very business. Others come from another business, or are chat.

The entries are drawn at random, or as a corner of the set where everything is alike, of which the nearest ones are
taken away: what is then asked in vain is next to an entry.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bridge.faq.entry import Entry
from matching.frames import FAMILIES, Data, Query, entry
from matching.spoil import denied, spoilt, tongue

Likeness = NDArray[np.float32]

_CORNERS = (8, 14, 24, 40, 60, 100, 150)
_SIZES = (4, 7, 12, 20, 30, 50, 80, 150)
_PHRASINGS = (1, 2, 3, 4, 5, 5, 6, 8, 10, 15)
_EACH = 130

CHAT = tuple((Path(__file__).parent / "chat.txt").read_text(encoding="utf-8").splitlines())
"""What customers write besides questions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rehearsal:
    """A pretend FAQ and what it is asked: `kinds` tells an entry's message (in), a near and a far one apart."""

    family: str
    name: str
    entries: Sequence[Entry]
    queries: Sequence[Query]
    kinds: Sequence[str]


def in_a_strange_tongue(rehearsal: Rehearsal, seed: int) -> Rehearsal:
    """The same as if all had been written in a language that the model does not know."""
    told = tongue(random.Random(f"{seed}/{rehearsal.name}/{len(rehearsal.entries)}"))
    return replace(
        rehearsal,
        entries=[entry(one.id, [told(text) for text in one.phrasings]) for one in rehearsal.entries],
        queries=[replace(query, text=told(query.text)) for query in rehearsal.queries],
    )


def rehearsals(data: Data, strange: Sequence[str], count: int, seed: int) -> Iterator[Rehearsal]:
    """`count` of them; `strange` are messages to other businesses."""
    for number in range(count):
        chance = random.Random(f"{seed}/{data.name}/{number}")
        labels = list(data.phrasings)
        size = min(chance.choice(_SIZES), max(2, round(len(labels) * chance.uniform(0.5, 1))))
        kept = chance.sample(labels, size)
        away = set(labels).difference(kept)
        yield _rehearsal(data, strange, _Draw(kept=frozenset(kept), away=away), chance)


def corners(data: Data, alike: Likeness, strange: Sequence[str], count: int, seed: int) -> Iterator[Rehearsal]:
    """`count` of them, each from a corner of the set: `alike` is labels x labels, in the order of `data.phrasings`."""
    for number in range(count):
        chance = random.Random(f"{seed}/corner/{data.name}/{number}")
        yield _rehearsal(data, strange, _corner(list(data.phrasings), alike, chance), chance)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Draw:
    """Which entries a rehearsal has, and which were taken away from it. The set may have more."""

    kept: Collection[str]
    away: Collection[str]


def _corner(labels: Sequence[str], alike: Likeness, chance: random.Random) -> _Draw:
    """The neighbours of one entry, less one of each of the nearest pairs."""
    size = min(len(labels), chance.choice(_CORNERS))
    inside = np.argsort(-alike[chance.randrange(len(labels))])[:size].tolist()
    pairs = sorted(combinations(inside, 2), key=lambda pair: -alike[pair])
    away: set[int] = set()
    paired: set[int] = set()
    for pair in pairs:
        if len(away) >= round(size * 0.35):
            break
        if paired.isdisjoint(pair):
            paired.update(pair)
            away.add(chance.choice(pair))
    kept = {labels[place] for place in inside if place not in away}
    return _Draw(kept=kept, away={labels[place] for place in away})


def _rehearsal(data: Data, strange: Sequence[str], draw: _Draw, chance: random.Random) -> Rehearsal:
    many = chance.choice(_PHRASINGS)
    asked: list[tuple[Query, str]] = []
    chosen = []
    for label, phrasings in data.phrasings.items():
        texts = list(phrasings)
        chance.shuffle(texts)
        if label in draw.kept:
            used = max(1, min(len(texts) - 2, round(many * chance.uniform(0.5, 1.5))))
            chosen.append(entry(label, texts[:used]))
            asked += [(Query(text=text, entry=label), "in") for text in texts[used : used + 25]]
        elif label in draw.away:
            asked += [(Query(text=text, entry=None), "near") for text in texts[:25]]
    for query in data.valid:
        if query.entry in draw.kept:
            asked.append((query, "in"))
        elif query.entry is None or query.entry in draw.away:
            asked.append((Query(text=query.text, entry=None), "near"))
    asked += [(Query(text=denied(query.text, chance), entry=None), "denied") for query, kind in asked if kind == "in"]
    asked += [(Query(text=text, entry=None), "far") for text in strange]
    asked += [(Query(text=text, entry=None), "chat") for text in CHAT]
    picked = _picked(asked, chance)
    return Rehearsal(
        family=FAMILIES[data.name],
        name=data.name,
        entries=chosen,
        queries=[Query(text=spoilt(query.text, chance), entry=query.entry) for query, _ in picked],
        kinds=[kind for _, kind in picked],
    )


def _picked(asked: Sequence[tuple[Query, str]], chance: random.Random) -> list[tuple[Query, str]]:
    picked = []
    for kind, share in (("in", 1.0), ("near", 1.0), ("far", 0.3), ("chat", 0.2), ("denied", 0.06)):
        these = [pair for pair in asked if pair[1] == kind]
        picked += chance.sample(these, min(len(these), round(_EACH * share)))
    return picked
