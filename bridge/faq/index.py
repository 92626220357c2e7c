"""An FAQ made ready for questions: its phrasings as vectors and as words, the classifier, and its check of itself.

Rows are the phrasings of all entries, then the `not_this` examples. Those are a class of their own beside the
entries (the silent one), so that a message like them is drawn away from every entry. Everything is arrays, so that a
cache can keep it (`cache.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bridge.faq import classify, lexical
from bridge.faq.entry import Entry, Mode
from bridge.faq.standing import stood
from bridge.faq.thinning import shares, thinned

Floats = NDArray[np.float32]
Places = NDArray[np.intp]
Arrays = Mapping[str, NDArray[np.generic]]

SHARES: Mapping[str, float] = {"dense": 0.35, "foreign": 1.0, "lexical": 1.0}
"""How much the words count beside the meaning: more where the model does not know the language ("foreign")."""

_MOST_COLUMNS = 320
_SPARE = 30
_NONE = np.float32(-9)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """What an FAQ says, row by row: `owners[i]` is the class of `texts[i]`, `entries` for the silent one."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    owners: Places

    @property
    def entries(self) -> int:
        """How many entries there are to choose from."""
        return len(self.ids)

    @property
    def classes(self) -> int:
        """The entries, and the silent class where the FAQ has any `not_this`."""
        return int(self.owners.max()) + 1 if len(self.owners) else 0


def rows(entries: Sequence[Entry]) -> Rows:
    """The rows of the entries that may be matched: those that are off are left out, and what is too much to compare."""
    open_ = [entry for entry in entries if entry.mode is not Mode.OFF]
    asked = [list(dict.fromkeys(entry.phrasings)) for entry in open_]
    denied = list(dict.fromkeys(text for entry in open_ for text in entry.not_this))
    each, silent = shares([*map(len, asked)], len(denied))
    said = [*(thinned(texts, each) for texts in asked), thinned(denied, silent)]
    kept = [(text, owner) for owner, texts in enumerate(said) for text in texts if text.strip()]
    return Rows(
        ids=tuple(entry.id for entry in open_),
        texts=tuple(text for text, _ in kept),
        owners=np.array([owner for _, owner in kept], dtype=np.intp),
    )


def built(said: Rows, vectors: Floats | None, share: float) -> Arrays:
    """All arrays of an index; `vectors` are the rows' texts embedded, None where only words are compared.

    `share`: how much the words' similarity counts beside the meaning's in the joint classifier.
    """
    arrays = {f"lexicon.{name}": value for name, value in lexical.counted(said.texts).items()}
    words = lexical.Lexicon(_part(arrays, "lexicon.")).similarities(said.texts)
    kernel = words if vectors is None else vectors @ vectors.T + np.float32(share) * words
    projection = _projected(kernel)
    arrays["share"] = np.array(share, dtype=np.float32)
    arrays["projection"] = projection
    arrays["joint"] = classify.fit(kernel @ projection, said.owners, said.classes)
    if vectors is not None:
        arrays["vectors"] = vectors
        arrays["dense"] = classify.fit(vectors, said.owners, said.classes)
    arrays.update(_checked(words if vectors is None else vectors @ vectors.T, said))
    return arrays


def word_likeness(texts: Sequence[str]) -> Floats:
    """The words' similarity of every two of the texts, 0 to 1."""
    return lexical.Lexicon(lexical.counted(texts)).similarities(texts)


def _part(arrays: Arrays, prefix: str) -> Arrays:
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _projected(kernel: Floats) -> Floats:
    """The kernel's leading directions: rows times this are vectors with the kernel as their products.

    Of a large one by a randomized range finder (Halko, Martinsson, Tropp 2011), which takes a tenth of the time.
    """
    basis = np.eye(len(kernel), dtype=np.float32)
    if len(kernel) > _MOST_COLUMNS + _SPARE:
        start = np.random.default_rng(0).standard_normal((len(kernel), _MOST_COLUMNS + _SPARE), dtype=np.float32)
        basis = np.linalg.qr(kernel @ (kernel @ start))[0]
    values, directions = np.linalg.eigh(basis.T @ kernel @ basis)
    kept = np.argsort(-values)[:_MOST_COLUMNS]
    kept = kept[values[kept] > 1e-4]
    projection: Floats = (basis @ directions[:, kept] / np.sqrt(values[kept])).astype(np.float32)
    return projection


def _checked(likeness: Floats, said: Rows) -> dict[str, NDArray[np.generic]]:
    """The FAQ's check of itself: how near its entries are to each other, and which of its phrasings find home."""
    same = said.owners[:, None] == said.owners[None, :]
    apart = likeness.copy()
    np.fill_diagonal(apart, _NONE)
    foreign = np.where(same, _NONE, apart).max(axis=1) if said.classes > 1 else np.full(len(apart), 0.3, np.float32)
    asked = said.owners < said.entries
    alone = np.bincount(said.owners, minlength=said.classes)[said.owners] < 2
    counted = asked & ~alone
    nearest = (np.where(same, apart, _NONE).max(axis=1) > foreign) & counted
    standing = stood(likeness, said.owners, said.classes)
    return {
        "foreign": _highest(said, foreign),
        "neighbours": _mean(said, foreign),
        "found": _share(nearest, counted, said, prior=(nearest.sum() + 1) / (counted.sum() + 2)),
        "spread": np.array(foreign[asked].std(), dtype=np.float32),
        "pull": standing.pull,
        "home": standing.home,
    }


def _highest(said: Rows, values: Floats) -> Floats:
    """By entry: the highest value of its rows."""
    return np.array([values[said.owners == place].max(initial=-1) for place in range(said.entries)], dtype=np.float32)


def _mean(said: Rows, values: Floats) -> Floats:
    """By entry: the mean of its rows."""
    return np.array([values[said.owners == place].mean() for place in range(said.entries)], dtype=np.float32)


def _share(hits: NDArray[np.bool_], tried: NDArray[np.bool_], said: Rows, *, prior: float) -> Floats:
    """By entry: the share of its phrasings that were hits, drawn to `prior` as by two more phrasings."""
    asked = said.owners < said.entries
    won = np.bincount(said.owners[asked], weights=hits[asked], minlength=said.entries)
    all_ = np.bincount(said.owners[asked], weights=tried[asked], minlength=said.entries)
    return ((won + 2 * prior) / (all_ + 2)).astype(np.float32)
