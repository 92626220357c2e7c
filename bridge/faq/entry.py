"""One entry of the FAQ, as the owner wrote it: a value. `faq_file` reads entries, `matcher` finds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256

from bridge.faq.words_of import plain_words


class Mode(StrEnum):
    """The most that an entry may do; how far it has been promoted lives in the store."""

    AUTO = "auto"  # answer by itself, once it has earned it
    SUGGEST = "suggest"  # never more than a suggestion to the owner
    OFF = "off"  # kept in the file, matched by nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A common question and its answer.

    `also` are other ways to ask it, `not_this` messages that look like it and are not. `answer` is Markdown with
    placeholders ({name}); `follow_up` is sent below it. Without `languages` (BCP 47) and `channels` (connectors'
    names) it goes for all.
    """

    id: str
    question: str
    answer: str
    also: tuple[str, ...] = ()
    not_this: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    mode: Mode = Mode.AUTO
    follow_up: str = ""

    @property
    def phrasings(self) -> tuple[str, ...]:
        """Every way to ask it, the question first."""
        return (self.question, *self.also)

    def taught(self, phrasing: str, *, as_not_this: bool = False) -> Entry:
        """With this among the ways to ask for it, or among what it is not for. The last word counts: the same words are
        taken out of the other list. The question stays what it is.
        """
        if as_not_this:
            not_this = self.not_this if phrasing in self.not_this else (*self.not_this, phrasing)
            return replace(self, not_this=not_this, also=_without(self.also, phrasing))
        also = self.also if phrasing in self.phrasings else (*self.also, phrasing)
        return replace(self, also=also, not_this=_without(self.not_this, phrasing))

    def meets(self, other: Entry) -> bool:
        """Whether there can be a message that both are for."""
        return _overlap(self.channels, other.channels) and _overlap(self.languages, other.languages)

    @property
    def answer_hash(self) -> str:
        """Of what a customer would read: another answer has to earn its trust anew."""
        return sha256(f"{self.answer}\0{self.follow_up}".encode()).hexdigest()[:16]


def _overlap(some: Sequence[str], others: Sequence[str]) -> bool:
    return not some or not others or not set(some).isdisjoint(others)


def _without(phrasings: Sequence[str], phrasing: str) -> tuple[str, ...]:
    """Those that differ from it in more than case and punctuation."""
    words = plain_words(phrasing)
    return tuple(one for one in phrasings if plain_words(one) != words)
