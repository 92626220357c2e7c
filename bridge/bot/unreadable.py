"""A message that came, but cannot be read here, being encrypted for somebody else's keys. Pure.

It is filed and shown as what it is, never passed over. Its sender is told once in a conversation, under the rules for
everything automatic: not once a person has answered, not where it is old, not to a machine, not too often.
"""

from __future__ import annotations

from datetime import datetime

from bridge.book import Book
from bridge.conversation import Conversation
from bridge.decision import Direction, Remind
from bridge.messages import Message
from bridge.policy import Policy

TIMER = "unreadable"
LOOKED_AT = 50
"""So many of a conversation's last messages are looked at for an earlier one."""


def told_before(message: Message, number: int, book: Book) -> bool:
    """Whether the conversation has another such message already, so that its sender knows."""
    earlier = book.history(number, LOOKED_AT)
    return any(line.direction == Direction.IN and line.text.plain == message.text.plain for line in earlier)


def hint_due(message: Message, conversation: Conversation, policy: Policy, now: datetime) -> Remind:
    """The timer of the hint, after which it is asked again whether it may be given."""
    data = {"timer": TIMER, "conversation": conversation.number, "how": message.unreadable}
    return Remind(key=f"{TIMER}:{conversation.number}", due_at=now + policy.burst, data=data)
