"""What is filed apart from all else, and when owners read of it. Pure.

    a stranger, where strangers are held      until an owner accepts or answers them
    what the mail server's filter calls spam  but not from a customer whom a person has answered: that is shown, and
                                              marked, since a filter that errs must not cost a customer

Nothing is announced at once; a digest lists it all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bridge.book import Line
from bridge.conversation import Customer
from bridge.decision import Remind
from bridge.language import Language
from bridge.messages import Message
from bridge.owners.relay import excerpt
from bridge.policy import Policy

SPAM, HELD = "spam", "held"
COUNTED, LISTED = 1_000, 50
"""So many conversations are counted in a digest; the latest are listed."""


def why_apart(message: Message, customer: Customer, *, known: bool) -> str:
    """Why a message is filed apart; "" where it is not. `known`: a person has answered this customer
    before, or accepted them.
    """
    if customer.held:
        return HELD
    return SPAM if message.spam and not known else ""


def digest_due(policy: Policy, now: datetime) -> Remind:
    """The timer of the digest; one that waits already stays as it is."""
    data = {"timer": "digest", "since": now.isoformat()}
    return Remind(key="digest", due_at=now + policy.digest_every, data=data)


def digest(lines: Sequence[Line], language: Language) -> str:
    """What owners read of it."""
    head = language.count(
        "Filed apart, spam or a held sender: {number} conversation. `show N` shows one, `accept N` lets its sender in.",
        "Filed apart, spam or held senders: {number} conversations. `show N` shows one, `accept N` lets its sender in.",
        len(lines),
    )
    told = [f"#{line.conversation} {line.author}: {excerpt(line.subject or line.text.plain, 80)}" for line in lines]
    return "\n".join([head, *(["…"] if len(told) > LISTED else []), *told[-LISTED:]])
