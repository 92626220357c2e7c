"""The words of a text, as they are compared: small letters, no accents, no punctuation. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

# An apostrophe within a word belongs to it (don't, l'ordre); the typographic ones become the plain one.
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_LETTERS: Mapping[int, str] = str.maketrans(
    {"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u00b4": "'", "`": "'", "ł": "l", "ø": "o", "æ": "a", "œ": "o"}
)


def folded(text: str) -> str:
    """The text as it is compared: small letters without accents, one kind of apostrophe."""
    apart = unicodedata.normalize("NFKD", text.translate(_LETTERS).casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter)).translate(_LETTERS)


def words_of(text: str) -> list[str]:
    """Its words, in order."""
    return _WORD.findall(folded(text))


def plain_words(text: str) -> str:
    """Its words with a blank between them: equal for two phrasings that differ in case and punctuation only."""
    return " ".join(words_of(text))
