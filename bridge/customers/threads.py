"""Which conversation a customer's message belongs to. Pure.

    the network has threads (mail)    the message answers one of this customer's conversations: that one, open or not;
                                      else, "Re:" with the very subject of one of theirs that is not closed: that one;
                                      else a new one: a new subject is a new matter
    it has none (chats)               the customer's latest conversation at this address, if it is not closed or has
                                      been so for a short time only; else a new one

A reference alone never suffices, and neither does the secret address that answers go to: the conversation must be this
customer's. Else a stranger who guesses, or was forwarded, an identifier would join somebody else's matter. Whom the
customer has put in copy is in it, too, as long as they write to the customer as well: what they write to the shop alone
is a matter of their own, since an answer to it would go to the customer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from bridge.conversation import Conversation, Customer, State
from bridge.messages import Message

REOPENS_FOR = timedelta(days=7)
"""How long after its closing a chat's conversation is opened again by the customer's next words."""

# Reply and forward prefixes as mail programs of many languages write them, possibly with a counter: "Re[2]:", "AW:".
_PREFIX = re.compile(
    r"^(?:(?:re|aw|antw|antwort|sv|vs|odp|ynt|rv|r|rif|ref|res|tr|fwd?|fw|wg|i|vb|enc|转发|回复|答复|答覆|回覆|轉寄)"
    r"(?:\s*[\[(]\d{1,3}[\])])?\s*[:：]\s*)+",  # noqa: RUF001 - the colon that Chinese mail programs write
    re.IGNORECASE,
)


def bare_subject(subject: str) -> str:
    """The subject without reply and forward prefixes."""
    return _PREFIX.sub("", subject.strip()).strip()


def choose(
    message: Message, customer: Customer, referred: Sequence[Conversation], here: Sequence[Conversation], now: datetime
) -> Conversation | None:
    """The conversation it belongs to, or None for a new one.

    `referred`: those that its `replies_to` names, nearest first. `here`: the customer's at the address that the message
    came from, latest changed first.
    """
    for conversation in referred:
        if conversation.customer.id == customer.id:
            return conversation
    return _same_subject(message, here) if message.threaded else _same_chat(here, now)


def shares(message: Message, conversation: Conversation) -> bool:
    """Whether somebody other than the customer, in copy until now, writes to all of them."""
    return message.address in conversation.copies and conversation.address in message.copies


def circle(message: Message, conversation: Conversation) -> tuple[str, ...]:
    """Who is in copy after this message: those whom it went to, and its sender; the customer's own address never."""
    if message.automatic:
        return conversation.copies
    sender = (message.address,) if message.address in conversation.copies else ()
    return tuple(one for one in dict.fromkeys((*sender, *message.copies)) if one != conversation.address)


def _same_subject(message: Message, here: Sequence[Conversation]) -> Conversation | None:
    bare = bare_subject(message.subject)
    if not bare or bare == message.subject.strip():
        return None  # no reply prefix: a new matter, even under an old subject
    for conversation in here:
        same = bare_subject(conversation.subject).casefold() == bare.casefold()
        if same and conversation.state is not State.CLOSED:
            return conversation
    return None


def _same_chat(here: Sequence[Conversation], now: datetime) -> Conversation | None:
    if not here:
        return None
    latest = here[0]
    fresh = latest.state is not State.CLOSED or now - latest.changed_at <= REOPENS_FOR
    return latest if fresh else None
