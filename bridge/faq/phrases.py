"""Finding the words and phrases of `word_lists/*.toml` in a text. Pure but for reading those files, once.

A list holds phrases of small letters. A word that ends with "*" may go on, ".." stands for up to two words of the same
clause, "..." for up to four. The lists of all languages are looked at together: what a message is written in is not
always sure, and a phrase of one language hardly ever means something in another.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from bridge.faq.words_of import words_of

LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl", "pt")
# Where a keyboard has no umlauts, "für" is written "fuer".
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
_GAPS = {"..": 2, "...": 4}
_CLAUSE = re.compile(r"[.!?;:,\n()\[\]\"\u201c\u201d\u201e\u00ab\u00bb\u2013\u2014\u2026\u00a1\u00bf]+")
_SHORTEST_BEGINNING = 3
_LONGEST_BEGINNING = 30

Clauses = Sequence[Sequence[str]]
"""A text's words, clause by clause: no phrase reaches over a comma."""

_Pattern = tuple[str | int, ...]
"""Words, and how many words may stand between them."""


@dataclass(slots=True)
class Phrases:
    """Phrases by their first word. Made by `Phrases.of`."""

    _by_word: dict[str, list[_Pattern]] = field(default_factory=dict)

    @classmethod
    def of(cls, phrases: Iterable[str]) -> Phrases:
        """From the notation of the files."""
        made = cls()
        for phrase in phrases:
            first, *rest = _pattern(phrase)
            made._by_word.setdefault(str(first), []).append(tuple(rest))
        return made

    def in_clauses(self, clauses: Clauses) -> Iterator[str]:
        """What is found, as it is written there, each once."""
        found = (" ".join(clause[start:end]) for clause in clauses for start, end in self.spans(clause))
        yield from dict.fromkeys(found)

    def spans(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Where phrases stand among the words; from each word on the longest."""
        for start, word in enumerate(words):
            ends = [end for pattern in self._beginning(word) for end in _ends(pattern, words, start + 1)]
            if ends:
                yield start, max(ends)

    def is_all_of(self, words: Sequence[str]) -> bool:
        """Whether the words are one of the phrases and nothing else."""
        if not words:
            return False
        patterns = self._beginning(words[0])
        return any(len(words) in _ends(pattern, words, 1) for pattern in patterns)

    def begins(self, words: Sequence[str]) -> bool:
        """Whether the words begin with one of the phrases."""
        return bool(words) and any(True for pattern in self._beginning(words[0]) for _ in _ends(pattern, words, 1))

    def longest(self, words: Sequence[str]) -> int:
        """How many words the longest phrase has that they begin with; 0 for none."""
        patterns = self._beginning(words[0]) if words else ()
        return max((end for pattern in patterns for end in _ends(pattern, words, 1)), default=0)

    def _beginning(self, word: str) -> Iterator[_Pattern]:
        yield from self._by_word.get(word, ())
        for length in range(_SHORTEST_BEGINNING, min(len(word), _LONGEST_BEGINNING) + 1):
            yield from self._by_word.get(f"{word[:length]}*", ())


def covered(words: Sequence[str], names: Iterable[str], others: Collection[str] = ()) -> AbstractSet[str] | None:
    """Which of these lists the words are of, phrase by phrase; None where one is in none of them nor among `others`.

    The longest phrase at each place counts, of equals that of the list that is named first.
    """
    found, at, lists = set[str](), 0, list(names)
    while at < len(words):
        rest = words[at:]
        length, name = max(((phrases(one).longest(rest), one) for one in lists), key=lambda pair: pair[0])
        if length:
            found.add(name)
        elif rest[0] not in others:
            return None
        at += length or 1
    return found


def clauses_of(text: str) -> Clauses:
    """The words of a text, clause by clause."""
    return [words for clause in _CLAUSE.split(text) if (words := words_of(clause))]


def _pattern(phrase: str) -> _Pattern:
    parts: list[str | int] = []
    for part in phrase.split():
        if part in _GAPS:
            parts.append(_GAPS[part])
        elif part.endswith("*"):
            *whole, last = words_of(part)
            parts += [*whole, f"{last}*"]
        else:
            parts += words_of(part)
    return tuple(parts)


def _ends(pattern: _Pattern, words: Sequence[str], at: int) -> Iterator[int]:
    """Where the rest of a pattern may end that goes on at word `at`."""
    if not pattern:
        yield at
        return
    first, *rest = pattern
    if isinstance(first, int):
        for gap in range(first + 1):
            yield from _ends(tuple(rest), words, at + gap)
    elif at < len(words) and _is(words[at], first):
        yield from _ends(tuple(rest), words, at + 1)


def _is(word: str, wanted: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


@cache
def phrases(name: str, code: str = "") -> Phrases:
    """The phrases of this list, of one language or of all together."""
    return Phrases.of(_written(name, code))


@cache
def words_in(name: str, code: str = "") -> frozenset[str]:
    """The single words of this list, of one language or of all together, as they are compared."""
    return frozenset(word for phrase in _written(name, code) for word in words_of(phrase))


def _written(name: str, code: str) -> Iterator[str]:
    for one in [code] if code else LANGUAGES:
        for phrase in _lists(one)[name]:
            yield phrase
            if one == "de" and (spelt := phrase.translate(_UMLAUTS)) != phrase:
                yield spelt


@cache
def _lists(code: str) -> Mapping[str, Sequence[str]]:
    return tomllib.loads(files("bridge.faq.word_lists").joinpath(f"{code}.toml").read_text("utf-8"))
