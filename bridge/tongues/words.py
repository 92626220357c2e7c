"""The words of a text, folded so that spellings of one word meet: case, accents, width, repeated letters, scripts.

A script without spaces (Han, Kana, Thai) gives its characters and pairs of them instead of words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_MARKS = re.compile("[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u200c\u200d]+")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_SAME = str.maketrans("\u0649\u0629\u06a9\u06cc\u2019\u0131\u00f8\u0142\u0111", "\u064a\u0647\u0643\u064a'iold")


def folded(text: str) -> str:
    """`text` with case, accents, compatibility forms and drawn-out letters ("heeelp") levelled."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    bare = _MARKS.sub("", unicodedata.normalize("NFD", plain)).translate(_SAME)
    return _REPEATED.sub(r"\1\1", unicodedata.normalize("NFC", bare))


@lru_cache(maxsize=4096)
def words(text: str) -> tuple[str, ...]:
    """The folded words of `text` in their order; of a script without spaces its characters."""
    found: list[str] = []
    for word in _WORD.findall(folded(text)):
        if _SPACELESS.search(word):
            found.extend(_split(word))
        else:
            found.append(word)
    return tuple(found)


def _split(word: str) -> list[str]:
    """For "iPhoneを返品" the pieces iphone, を, 返, 品."""
    pieces: list[str] = []
    position = 0
    for run in _SPACELESS.finditer(word):
        if run.start() > position:
            pieces.append(word[position : run.start()])
        pieces.extend(run.group())
        position = run.end()
    if position < len(word):
        pieces.append(word[position:])
    return pieces
