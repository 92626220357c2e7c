"""What a short reply says: yes, no, thanks, or something that only a person understands. Pure.

For "Did this help?" and the like. Only a reply that consists of such words counts: "yes but where is my order" is a
message like any other. A no anywhere is a no, since it hands over; yes and no together are neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum

from bridge.faq import signs
from bridge.faq.phrases import phrases, words_in
from bridge.faq.words_of import words_of


class Said(StrEnum):
    """What a short reply says."""

    YES = "yes"
    NO = "no"
    THANKS = "thanks"
    OTHER = ""


MOST_WORDS = 8
_SIGNS = {Said.YES: signs.AGREES + signs.SMILES, Said.NO: signs.REFUSES, Said.THANKS: signs.THANKS}
_SMILES = {Said.YES: signs.SMILEY, Said.NO: signs.FROWN}
_STRETCHED = re.compile(r"(\w)\1{2,}")
_SHORTEST_MISTYPED = 5


def short_reply(text: str) -> Said:
    """What the reply says; OTHER for anything longer or else."""
    if len(text) > 200 or "?" in text:
        return Said.OTHER
    words = words_of(_STRETCHED.sub(r"\1", text))
    said = set(_signs(text))
    if len(words) > MOST_WORDS or not (covered := _covered(words)):
        return Said.OTHER
    said |= set(covered) - {Said.OTHER}
    if Said.NO in said:
        return Said.OTHER if Said.YES in said else Said.NO
    return next((one for one in (Said.YES, Said.THANKS) if one in said), Said.OTHER)


def _signs(text: str) -> Iterator[Said]:
    for said, pictures in _SIGNS.items():
        if any(sign in text for sign in pictures):
            yield said
    for said, smile in _SMILES.items():
        if smile.search(text):
            yield said


def _covered(words: Sequence[str]) -> list[Said]:
    """What each phrase says that the words consist of, OTHER for words that say nothing; [] where one is no such word.

    The longest phrase at each place counts: "not helpful" is no "helpful".
    """
    found, at = [Said.OTHER], 0
    while at < len(words):
        length, said = max(_at(words[at:]), default=(0, Said.OTHER), key=lambda one: one[0])
        if not length:
            return []
        found.append(said)
        at += length
    return found


_LISTS = (
    (Said.NO, "no"),
    (Said.YES, "yes"),
    (Said.YES, "agrees"),
    (Said.THANKS, "thanks"),
    (Said.OTHER, "farewell"),
    (Said.OTHER, "filler"),
)


def _at(words: Sequence[str]) -> Iterator[tuple[int, Said]]:
    """How many words a phrase has that stands here, and what it says. Of equals the first counts."""
    for said, name in _LISTS:
        if length := phrases(name).longest(words):
            yield length, said
    for said, name in _LISTS:
        if said and any(_mistyped(words[0], word) for word in words_in(name)):
            yield 1, said


def _mistyped(word: str, meant: str) -> bool:
    """Whether it is the word but for one letter: another one, one too many or too few, or two that changed places."""
    if min(len(word), len(meant)) < _SHORTEST_MISTYPED or abs(len(word) - len(meant)) > 1 or word == meant:
        return False
    same = next((at for at, (one, other) in enumerate(zip(word, meant, strict=False)) if one != other), None)
    if same is None:
        return True
    rest, wanted = word[same:], meant[same:]
    swapped = rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:]
    return swapped or rest[1:] == wanted[1:] or rest[1:] == wanted or rest == wanted[1:]
