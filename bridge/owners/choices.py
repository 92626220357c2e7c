"""The buttons under what is shown to owners, where their network has buttons. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.language import Language
from bridge.language import message as translated
from bridge.outbound import Choice

ANSWER, NOTE = "answer", "note"
COMMANDS = ("close", "block")
"""Buttons that do what the command of that name does."""

OK, NO = "ok", "no"
"""Buttons about the FAQ; `of_match` says which match each is about, since others may come after it."""

_LABELS: Mapping[str, str] = {
    ANSWER: translated("Answer"),
    "close": translated("Close"),
    NOTE: translated("Note"),
    "block": translated("Block"),
}


def under_a_relay(language: Language) -> tuple[Choice, ...]:
    """What an owner can do about a customer's message with one tap."""
    return tuple(Choice(id=key, label=language.say(label), word=key) for key, label in _LABELS.items())


def under_a_suggestion(language: Language, match: str) -> tuple[Choice, ...]:
    """What an owner can do about an answer that is suggested."""
    return (
        Choice(id=of_match(OK, match), label=language.say("Send this answer"), word=OK),
        Choice(id=of_match(NO, match), label=language.say("Wrong"), word=NO),
    )


def of_match(choice: str, match: str) -> str:
    """The id of a button about this match."""
    return f"{choice}:{match}"
