"""What an owner reads of the shop's book: one conversation, messages that hold some words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from bridge.book import Line
from bridge.cases.labelling import labels
from bridge.conversation import Conversation, State
from bridge.decision import Direction
from bridge.language import message as translated
from bridge.owners.relay import excerpt
from bridge.owners.turn import Turn

LINES = 20
_STATES = {
    State.OPEN: translated("waits for you"),
    State.WAITING: translated("answered"),
    State.SNOOZED: translated("snoozed"),
    State.CLOSED: translated("closed"),
}


def ago(past: timedelta) -> str:
    """A duration in its largest unit: 40 s, 5 min, 3 h, 2 d."""
    seconds = max(0, int(past.total_seconds()))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def shown(turn: Turn, conversation: Conversation) -> str:
    """One conversation: who, where, its state, and what was said last."""
    lines = turn.book.history(conversation.number, LINES)
    blocked = turn.speech.say(", blocked") if conversation.customer.blocked else ""
    state = turn.speech.say(_STATES[conversation.state])
    head = f"{turn.whom(conversation)} <{conversation.address}> - {state}{blocked}{labels(turn, conversation)}"
    if conversation.subject:
        head = f"{head}: {conversation.subject}"
    return "\n".join([head, *(_line(turn, line, 2_000) for line in lines)])


def found(turn: Turn, words: Sequence[str]) -> str:
    """Messages that hold all these words, the latest first."""
    lines = turn.book.search(words, LINES)
    if not lines:
        return turn.speech.say("Nothing found.")
    return "\n".join(f"#{line.conversation} {_line(turn, line, 160)}" for line in lines)


def _line(turn: Turn, line: Line, limit: int) -> str:
    sign = {Direction.IN: "<", Direction.OUT: ">", Direction.NOTE: "//"}[line.direction]
    files = f" [+{line.attachments}]" if line.attachments else ""
    return f"{turn.clock(line.at)} {sign} {line.author}: {excerpt(line.text.plain, limit)}{files}"
