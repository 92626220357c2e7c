"""The automatic word that something has arrived: always, or while the shop is closed, with when it opens. Pure.

While it is closed it is said once in a conversation and closure; with open doors once in a conversation. It is not said
by who has something better to say: an answer of the bridge's own, or a person in the middle of the conversation.
"""

from __future__ import annotations

from bridge.bot.words import arrived, arrived_while_closed, customers_language
from bridge.conversation import Conversation
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


def words(conversation: Conversation, box: Letterbox) -> str:
    """What the customer reads."""
    spoken = customers_language(conversation.language, box.policy.language)
    own = box.policy.acknowledgement.get(spoken.code) or box.policy.acknowledgement.get(box.policy.language)
    if box.hours is not None and closed(box):
        from bridge.hours.words import next_opening_in_words  # noqa: PLC0415 - a shop without hours needs no calendar

        opens = next_opening_in_words(box.hours, box.now, spoken.code)
        return arrived_while_closed(spoken, box.policy.business, opens)
    return own or arrived(spoken, box.policy.business)
