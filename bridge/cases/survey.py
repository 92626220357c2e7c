"""What the questions about how it was have in common: their choices, and when a bare word still answers one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.bot import words
from bridge.conversation import Conversation
from bridge.decision import Ask, Decision, Log, Question
from bridge.happened import FEEDBACK_REFUSED
from bridge.language import Language
from bridge.letterbox import Letterbox
from bridge.outbound import Choice
from bridge.text import Text

FEEDBACK, SOLVED, EASE = "feedback", "feedback solved", "feedback ease"
"""The kinds of the questions."""

STOP = "stop"
LOW = ("1", "2")
AGAIN_AFTER = timedelta(days=30)
OPEN_FOR = timedelta(days=7)


def marks(speech: Language, prefix: str = "") -> Sequence[Choice]:
    """1 to 5, and no more of this. `prefix` tells this question's buttons from those of an earlier message."""
    numbered = [Choice(id=f"{prefix}{mark}", label=mark, word=mark) for mark in ("1", "2", "3", "4", "5")]
    return [*numbered, no_more(speech)]


def no_more(speech: Language) -> Choice:
    """The way out."""
    return Choice(id=STOP, label=words.no_such_questions(speech), word=STOP)


def put(kind: str, choices: Sequence[Choice], conversation: Conversation, box: Letterbox) -> Ask:
    """The question is open. It knows since when, so that words which may be for something later are no answer."""
    options = {choice.word.casefold(): choice.id for choice in choices}
    about = f"{conversation.number}.{box.now.isoformat()}"
    return Ask(
        connector=conversation.connector,
        address=conversation.address,
        question=Question(kind=kind, options=options, text=Text(), about=about),
        expires_at=box.now + OPEN_FOR,
    )


def refused(conversation: Conversation) -> Decision:
    """The customer is asked no more, neither this nor another time."""
    return Decision("wants no questions", (Log(kind=FEEDBACK_REFUSED, conversation=conversation.number),))


def since_then(question: Question, conversation: Conversation) -> bool:
    """Whether no person has said anything since the question was put."""
    told = question.about.partition(".")[2]
    answered_at = conversation.person_answered_at
    return not told or answered_at is None or answered_at <= datetime.fromisoformat(told)


def untouched(question: Question, conversation: Conversation) -> bool:
    """Whether nothing at all has happened in the case since: neither has the customer written."""
    told = question.about.partition(".")[2]
    return bool(told) and conversation.changed_at <= datetime.fromisoformat(told)
