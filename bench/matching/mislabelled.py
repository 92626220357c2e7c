"""Messages whose label the rest of their set contradicts: whoever learns from them learns to doubt what is right.

Public sets have a share of wrong labels (BANKING77 four of a hundred: "please tell me how to change my pin" stands
under "beneficiary_not_allowed"). In a rehearsal each is an answer that was right and counts as wrong, and the surest
answers are the ones that it hits. A message is left out where most of its neighbours agree on another label and hardly
one has its own. Only what is learnt from is cleaned, never what is measured on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matching.frames import Data, Query

_NEIGHBOURS, _AGREE, _OWN = 10, 7, 1
_NEAR = 0.7
_FEWEST = 20
"""Labels with fewer phrasings than this are left as they are: their messages can't have neighbours of their own."""

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def cleaned(data: Data, embed: Embed) -> Data:
    """The set without such messages, and without entries of which hardly a phrasing is left."""
    wrong = _wrong(data, embed)
    phrasings = {
        label: [text for text in texts if (text, label) not in wrong] for label, texts in data.phrasings.items()
    }
    few = {label for label, texts in phrasings.items() if 2 * len(texts) < len(data.phrasings[label])}
    return replace(
        data,
        phrasings={label: texts for label, texts in phrasings.items() if label not in few},
        valid=[query for query in data.valid if (query.text, query.entry) not in wrong and query.entry not in few],
    )


def _wrong(data: Data, embed: Embed) -> set[tuple[str, str | None]]:
    asked = [Query(text=text, entry=label) for label, texts in data.phrasings.items() for text in texts]
    asked += [query for query in data.valid if query.entry]
    vectors = embed([query.text for query in asked])
    counts = Counter(query.entry for query in asked)
    found = set()
    for row, query in enumerate(asked):
        likeness = vectors @ vectors[row]
        likeness[row] = -1
        nearest = np.argpartition(-likeness, _NEIGHBOURS)[:_NEIGHBOURS]
        labels = Counter(asked[place].entry for place in nearest)
        often, times = labels.most_common(1)[0]
        contradicted = often != query.entry and times >= _AGREE and labels[query.entry] <= _OWN
        if contradicted and counts[query.entry] >= _FEWEST and likeness.max() > _NEAR:
            found.add((query.text, query.entry))
    return found
