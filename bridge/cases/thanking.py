"""Whether a customer's message leaves its conversation as it is, since it asks for nothing. Pure.

    the conversation is   then these leave it so
    closed, snoozed       "Thanks!", "ok", a thumb up
    answered              "Thanks!", unless a question was put to the customer: "ok" may be the answer to one
    open                  it waits for the shop anyway

When unsure, it opens.
"""

from __future__ import annotations

from bridge.conversation import State
from bridge.customers.arrival import Arrival
from bridge.customers.threads import bare_subject
from bridge.decision import Direction
from bridge.faq.light import Light, light
from bridge.letterbox import Letterbox


def asks_for_nothing(arrival: Arrival, box: Letterbox) -> bool:
    """Whether it is thanks, and no more, for a conversation that does not wait for the shop."""
    message, conversation = arrival.message, arrival.conversation
    if conversation is None or conversation.state is State.OPEN or message.unreadable:
        return False
    if any(not file.inline for file in message.attachments):
        return False
    if message.subject and bare_subject(message.subject).casefold() != bare_subject(conversation.subject).casefold():
        return False  # a subject of its own may be the question
    words = message.text if message.visible is None else message.visible
    found = light(words.plain, message.name or arrival.customer.name)
    if found is None or conversation.state is not State.WAITING:
        return found is not None
    return found is Light.THANKS and not _asked(conversation.number, box)


def _asked(number: int, box: Letterbox) -> bool:
    """Whether what the shop said last has a question in it."""
    said = [line for line in box.book.history(number, 5) if line.direction == Direction.OUT]
    return bool(said) and "?" in said[-1].text.plain
