"""One entry of the FAQ, as the owner wrote it: a value. `faq_file` reads entries, `matcher` finds them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


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

    @property
    def answer_hash(self) -> str:
        """Of what a customer would read: another answer has to earn its trust anew."""
        return sha256(f"{self.answer}\0{self.follow_up}".encode()).hexdigest()[:16]
