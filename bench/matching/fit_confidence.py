"""Fit what `bridge/faq/confidence.json` holds, on public data of other businesses.

    python bench/matching/fit_confidence.py DATA [--left-out FILE]

DATA is a folder as `frames.py` reads. Three sets of weights: "dense" (a model that knows the language), "foreign" (one
that does not, by messages in made-up tongues), "lexical" (no model). With --left-out, one more for each family of sets,
fitted on the others: what `measure.py` measures with.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from bridge.faq import index
from bridge.faq.confidence import written
from bridge.faq.embed import SHIPPED, Embedder
from bridge.faq.index import SHARES
from bridge.faq.spelling import Spelling
from matching.frames import FAMILIES, Data, read
from matching.logistic import fitted
from matching.mislabelled import cleaned
from matching.rehearse import Rehearsal, corners, in_a_strange_tongue, rehearsals
from matching.tables import Embed, Floats, Table, table

COUNTS = {
    "clinc150": 24,
    "hwu64_oos": 24,
    "banking77_oos": 24,
    "xsid_en": 6,
    "clinc_banking_oos": 5,
    "clinc_credit_cards_oos": 5,
}
CORNERS = {"clinc150": 20, "hwu64_oos": 20, "banking77_oos": 20}
FOREIGN_COUNTS = {"clinc150": 9, "hwu64_oos": 9, "banking77_oos": 9, "xsid_de": 8, "clinc_banking_oos": 3}
_STRANGE = ("clinc150", "hwu64_oos", "banking77_oos", "xsid_en")


def rehearsed(
    folder: Path, counts: dict[str, int], cornered: dict[str, int], embed: Embed, seed: int
) -> Iterator[Rehearsal]:
    for name, count in counts.items():
        family = FAMILIES[name]
        others = [other for other in _STRANGE if FAMILIES[other] != family]
        strange = [query.text for other in others for query in read(folder, other).valid]
        random.Random(seed).shuffle(strange)
        data = cleaned(read(folder, name), embed)
        yield from rehearsals(data, strange[:300], count, seed)
        yield from corners(data, alike(data, embed), strange[:300], cornered.get(name, 0), seed)


def alike(data: Data, embed: Embed) -> Floats:
    """How alike the entries of a set are, labels x labels: the cosines of their means."""
    means = np.stack([embed(texts[:40]).mean(axis=0) for texts in data.phrasings.values()])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    likeness: Floats = means @ means.T
    return likeness


def remembering(embedder: Embedder) -> Embed:
    """Each text is embedded once."""
    known: dict[str, Floats] = {}

    def embed(texts: Sequence[str]) -> Floats:
        new = sorted({text for text in texts if text not in known})
        if new:
            known.update(zip(new, embedder(new), strict=True))
        return np.stack([known[text] for text in texts])

    return embed


def tables(folder: Path, seed: int = 0) -> dict[str, list[Table]]:
    """By kind of confidence."""
    embedder = Embedder(SHIPPED)
    embed = remembering(embedder)
    plain = [_spelt(one, embedder) for one in rehearsed(folder, COUNTS, CORNERS, embed, seed)]
    other = list(rehearsed(folder, FOREIGN_COUNTS, {}, embed, seed + 1))
    strange = [one if one.name == "xsid_de" else in_a_strange_tongue(one, seed) for one in other]
    return {
        "dense": [table(one, embed, SHARES["dense"]) for one in plain],
        "foreign": [table(one, embed, SHARES["foreign"]) for one in strange],
        "lexical": [table(one, None, SHARES["lexical"]) for one in [*plain[::2], *other]],
    }


def _spelt(rehearsal: Rehearsal, embedder: Embedder) -> Rehearsal:
    """With the messages' spelling put right as the matcher does; shorthand stays, which makes the fit more careful."""
    spelling = Spelling(index.rows(rehearsal.entries).texts, embedder.knows)
    return replace(rehearsal, queries=[replace(query, text=spelling(query.text)) for query in rehearsal.queries])


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("data", type=Path)
    options.add_argument("--left-out", type=Path)
    options.add_argument("--shipped", type=Path, default=Path("bridge/faq/confidence.json"))
    chosen = options.parse_args()
    taught = tables(chosen.data)
    chosen.shipped.write_text(
        json.dumps({kind: written(fitted(known)) for kind, known in taught.items()}, indent=1) + "\n"
    )
    if chosen.left_out:
        chosen.left_out.write_text(json.dumps({family: without(family, taught) for family in set(FAMILIES.values())}))


def without(family: str, taught: dict[str, list[Table]]) -> dict[str, object]:
    return {kind: written(fitted([one for one in known if one.family != family])) for kind, known in taught.items()}


if __name__ == "__main__":
    main()
