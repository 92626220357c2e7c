"""What is remembered of the FAQ: how each message was matched and what became of it, and how far entries are trusted.

An entry is known by its id and a hash of its answer: another answer has to earn its trust anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Fate(StrEnum):
    """What became of a match."""

    NONE = "none"  # nothing was sure enough, or it was not the bridge's to answer
    LIGHT = "light"  # a greeting, a thank you: it asks nothing
    SUGGESTED = "suggested"  # the owner was shown what would have been answered
    DUE = "due"  # it will be answered, unless something comes between
    WITHHELD = "withheld"  # something did
    ANSWERED = "answered"
    APPROVED = "approved"  # the owner sent the suggestion
    REFUSED = "refused"  # the owner said that it is wrong
    HELPED = "helped"  # the customer said that the answer helped
    NOT_HELPED = "not helped"
    PERSON_WANTED = "person wanted"  # the customer asked for a person


@dataclass(frozen=True, kw_only=True, slots=True)
class Remembered:
    """How one message of a conversation was matched. `id` is "42.3": the third of conversation 42.

    `entry` is the best entry's id, "" for none; `confidence` is P(correct), 0 to 1; `language` is BCP 47 or "".
    """

    id: str
    conversation: int
    entry: str
    answer_hash: str
    confidence: float
    reason: str
    language: str
    fate: Fate
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Trust:
    """How far an entry is trusted: `approvals` since the last refusal, all `refusals`, and whether it answers alone."""

    entry: str
    answer_hash: str
    approvals: int = 0
    refusals: int = 0
    promoted: bool = False
