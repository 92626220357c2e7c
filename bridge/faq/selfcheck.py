"""What an FAQ says of itself, before any customer has written: `inbox-bridge` shows it to the owner.

Each phrasing is taken away in its turn, in four parts, and asked: does it find its entry among the rest, and surely
enough to be answered? So an entry with a single phrasing cannot be checked, and what the check finds is a lower bound:
once all phrasings are there, more is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.faq import index
from bridge.faq.evidence import Scorer
from bridge.faq.index import Floats, Rows

_Mask = NDArray[np.bool_]

Sureness = Callable[[Floats], _Mask]
"""Inputs of the confidence (texts x inputs) to whether each is sure enough to be answered."""

_PARTS = 4
_ALIKE = 0.8
_MOST_PAIRS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryCheck:
    """Of `phrasings` phrasings of an entry, the share that finds it when left out; None with a single one."""

    entry: str
    phrasings: int
    found: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """Two entries with phrasings that say nearly the same: the likeness (-1 to 1) and the two phrasings."""

    first: str
    second: str
    likeness: float
    phrasings: tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """`accuracy`: the share of phrasings that find their entry; `coverage`: the share that would be answered.

    Both 0 to 1, with a phrasing left out; None where no entry has two phrasings. Coverage is at the setting asked for.
    """

    entries: tuple[EntryCheck, ...] = ()
    confused: tuple[Confusion, ...] = ()
    accuracy: float | None = None
    coverage: float | None = None


def checked(said: Rows, vectors: Floats | None, sure: Sureness, share: float) -> Check:
    """Check the FAQ of these rows; `vectors` are theirs, None where only words are compared."""
    if not said.entries:
        return Check()
    found, answered, tried = _trial(said, vectors, sure, share)
    counts = np.bincount(said.owners, minlength=said.entries)
    return Check(
        entries=tuple(_entry(said, place, int(counts[place]), found, tried) for place in range(said.entries)),
        confused=_confused(said, vectors),
        accuracy=float(found[tried].mean()) if tried.any() else None,
        coverage=float((found & answered)[tried].mean()) if tried.any() else None,
    )


def _entry(said: Rows, place: int, count: int, found: _Mask, tried: _Mask) -> EntryCheck:
    mine = tried & (said.owners == place)
    return EntryCheck(entry=said.ids[place], phrasings=count, found=float(found[mine].mean()) if mine.any() else None)


def _trial(said: Rows, vectors: Floats | None, sure: Sureness, share: float) -> tuple[_Mask, _Mask, _Mask]:
    """For each row: was its entry found, surely enough, and was it tried at all (three masks)."""
    found, answered, tried = (np.zeros(len(said.texts), dtype=bool) for _ in range(3))
    for part in range(_PARTS):
        out = _part(said, part)
        if not out.any():
            continue
        scorer = _without(said, vectors, out, share)
        texts = [said.texts[row] for row in np.flatnonzero(out)]
        seen = scorer.evidence(texts, None if vectors is None else vectors[out])
        chosen = seen.ranking.argmax(axis=1)
        found[out] = chosen == said.owners[out]
        answered[out] = sure(scorer.inputs(seen, chosen))
        tried |= out
    return found, answered, tried


def _part(said: Rows, part: int) -> _Mask:
    """The rows of this part: every fourth phrasing of each entry that has another one. Never a `not_this`."""
    chosen = np.zeros(len(said.texts), dtype=bool)
    for place in range(said.entries):
        mine = np.flatnonzero(said.owners == place)
        if len(mine) > 1:
            chosen[mine[(np.arange(len(mine)) + place) % max(2, min(_PARTS, len(mine))) == part]] = True
    return chosen


def _without(said: Rows, vectors: Floats | None, out: _Mask, share: float) -> Scorer:
    stay = np.flatnonzero(~out)
    less = Rows(ids=said.ids, texts=tuple(said.texts[row] for row in stay), owners=said.owners[stay])
    return Scorer(less, index.built(less, None if vectors is None else vectors[stay], share))


def _confused(said: Rows, vectors: Floats | None) -> tuple[Confusion, ...]:
    """The pairs of entries whose nearest phrasings are at least `_ALIKE`, the most alike first."""
    likeness = index.word_likeness(said.texts) if vectors is None else vectors @ vectors.T
    pairs: dict[tuple[int, int], tuple[float, int, int]] = {}
    for row, column in zip(*np.nonzero(np.triu(likeness, 1) >= _ALIKE), strict=True):
        first, second = int(said.owners[row]), int(said.owners[column])
        if first != second and max(first, second) < said.entries:
            key = (min(first, second), max(first, second))
            pairs[key] = max(pairs.get(key, (-1.0, 0, 0)), (float(likeness[row, column]), int(row), int(column)))
    ordered = sorted(pairs.items(), key=lambda pair: -pair[1][0])[:_MOST_PAIRS]
    return tuple(
        Confusion(
            first=said.ids[said.owners[row]],
            second=said.ids[said.owners[column]],
            likeness=likeness,
            phrasings=(said.texts[row], said.texts[column]),
        )
        for _, (likeness, row, column) in ordered
    )
