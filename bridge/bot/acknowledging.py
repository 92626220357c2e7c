"""The automatic word that something has arrived: always, or while the shop is closed, with when it opens. Pure.

While it is closed it is said once in a conversation and closure; with open doors once in a conversation. It is not said
by who has something better to say: an answer of the bridge's own, or a person in the middle of the conversation.
"""

from __future__ import annotations

from bridge.conversation import Conversation
from bridge.language import language
from bridge.letterbox import Letterbox


def closed(box: Letterbox) -> bool:
    """Whether the shop is closed now, and not for ever: who never opens has no hours worth telling."""
    return box.hours is not None and not box.hours.open_at(box.now) and box.hours.next_opening(box.now) is not None


def wanted(box: Letterbox) -> bool:
    """Whether what comes now is to be confirmed."""
    return box.policy.acknowledge or (box.policy.acknowledge_closed and closed(box))


def told_before(conversation: Conversation, box: Letterbox) -> bool:
    """Whether the customer has had an automatic word about this already."""
    said_at = box.book.last_automatic(conversation.number)
    if said_at is None:
        return False
    if box.hours is not None and closed(box):
        return not box.hours.between(said_at, box.now) and not box.hours.open_at(said_at)
    return said_at >= conversation.opened_at


def words(box: Letterbox) -> str:
    """What the customer reads."""
    spoken = language(box.policy.language)
    own = box.policy.acknowledgement.get(spoken.code) or box.policy.acknowledgement.get(box.policy.language)
    if box.hours is not None and closed(box):
        from bridge.hours.words import next_opening_in_words  # noqa: PLC0415 - a shop without hours needs no calendar

        opens = next_opening_in_words(box.hours, box.now, spoken.code)
        return spoken.say(
            "Your message has arrived. Nobody is here at the moment; we are open again {opening}, and somebody will "
            "answer you personally then. (This is an automatic confirmation.) {business}",
            opening=opens,
            business=box.policy.business,
        )
    return own or spoken.say(
        "Your message has arrived. This is an automatic confirmation; somebody will answer you personally. {business}",
        business=box.policy.business,
    )
