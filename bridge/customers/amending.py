"""What follows when a customer changes, takes back, or puts a sign on what was written. Pure."""

from __future__ import annotations

from bridge.bot import autoanswer
from bridge.conversation import Conversation
from bridge.customers.filed import HELD
from bridge.decision import Amend, Decision, Draft, Effect, Send
from bridge.language import language
from bridge.language import message as translated
from bridge.letterbox import Letterbox
from bridge.messages import Deletion, Edit, Reaction
from bridge.outbound import OutboundKind
from bridge.owners.relay import guarded, headed, sender
from bridge.text import Text


def amended(event: Edit | Deletion, box: Letterbox) -> Decision:
    """A customer changed, or took back, what they had written: the owner is told, the history says so."""
    conversation = _own(event, box)
    if conversation is None:
        return Decision("edit of nothing known")
    text = event.text if isinstance(event, Edit) else Text()
    deleted = isinstance(event, Deletion)
    number, native_id = conversation.number, event.native_id
    amend = Amend(conversation=number, connector=box.connector, native_id=native_id, text=text, deleted=deleted)
    if conversation.customer.blocked or conversation.customer.held:
        return Decision("blocked" if conversation.customer.blocked else HELD, (amend,))
    # What was found for the words of before is no answer to these.
    withheld = autoanswer.withheld(conversation, "the customer changed it", box.book)
    frame = translated("{who} took it back") if deleted else translated("{who} changed it to: ")
    return Decision("edited", (amend, *withheld, *_told(conversation, box, frame, text)))


def _own(event: Edit | Deletion | Reaction, box: Letterbox) -> Conversation | None:
    """The sender's own conversation that a message belongs to; none of anybody else's."""
    customer = box.book.customer_at(box.connector, event.address)
    numbers = box.book.referred(box.connector, [event.native_id]) if customer else ()
    referred = (box.book.conversation(number) for number in numbers)
    return next((found for found in referred if found and customer and found.customer.id == customer.id), None)


def reacted(event: Reaction, box: Letterbox) -> Decision:
    """A customer put a sign on something."""
    conversation = _own(event, box)
    if conversation is None or conversation.customer.blocked or conversation.customer.held:
        return Decision("reaction to nothing known")
    return Decision("reaction", tuple(_told(conversation, box, translated("{who}: "), Text(event.sign))))


def _told(conversation: Conversation, box: Letterbox, frame: str, text: Text) -> list[Effect]:
    who, handle = sender(conversation, box.policy.label(conversation.connector)), f"{conversation.handle} "
    return [
        Send(
            draft=Draft(
                kind=OutboundKind.RELAY,
                connector=surface.connector,
                address=surface.address,
                text=headed(
                    language(owner.language).say(frame, who=who if surface.rooms else handle + who), guarded(text)
                ),
                conversation=conversation.number,
                in_room=surface.rooms,
                head=handle if surface.rooms else "",
            )
        )
        for owner, surface in box.policy.surfaces()
    ]
