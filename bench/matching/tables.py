"""Rehearsals as tables: for each message what the engine saw of it, and whether its first choice was right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.faq import index
from bridge.faq.evidence import Scorer
from matching.rehearse import Rehearsal

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Embed = Callable[[Sequence[str]], Floats]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """One row a message: `inputs` of the confidence, was the choice `right`, is there an answer `inside` at all."""

    family: str
    name: str
    inputs: Floats
    right: Mask
    inside: Mask
    kinds: Sequence[str]


def table(rehearsal: Rehearsal, embed: Embed | None, share: float) -> Table:
    said = index.rows(rehearsal.entries)
    scorer = Scorer(said, index.built(said, embed(said.texts) if embed else None, share))
    texts = [query.text for query in rehearsal.queries]
    seen = scorer.evidence(texts, embed(texts) if embed else None)
    chosen = seen.ranking.argmax(axis=1)
    wanted = [query.entry for query in rehearsal.queries]
    return Table(
        family=rehearsal.family,
        name=rehearsal.name,
        inputs=scorer.inputs(seen, chosen),
        right=np.array([said.ids[place] == entry for place, entry in zip(chosen, wanted, strict=True)]),
        inside=np.array([entry is not None for entry in wanted]),
        kinds=rehearsal.kinds,
    )


def shares(one: Table, answerable: float) -> NDArray[np.float64]:
    """What each row weighs: a table weighs one, and `answerable` of it are messages that have an answer."""
    share = np.where(one.inside, answerable / max(1, one.inside.sum()), (1 - answerable) / max(1, (~one.inside).sum()))
    weights: NDArray[np.float64] = share / share.sum()
    return weights
