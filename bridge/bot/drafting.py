"""What the bridge says to a customer by itself, as an outbound to be. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from bridge.conversation import Conversation
from bridge.decision import Draft
from bridge.letterbox import Letterbox
from bridge.outbound import Choice, OutboundKind
from bridge.text import Text


def automatic(text: Text, conversation: Conversation, box: Letterbox, choices: Sequence[Choice] = ()) -> Draft:
    """In its conversation's thread, and gone if it cannot leave soon: what is late is of no use."""
    return Draft(
        kind=OutboundKind.AUTOMATIC,
        connector=conversation.connector,
        address=conversation.address,
        text=text,
        conversation=conversation.number,
        subject=conversation.subject,
        replies_to=tuple(box.book.thread_ids(conversation.number)),
        choices=tuple(choices),
        expires_at=box.now + box.policy.automatic_expires,
    )
