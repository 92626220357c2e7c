"""What follows from an event: the one door to all decisions. Pure but for look-ups in the book it is given.

    who wrote           what                      decided in
    an owner            anything they type        owner.py, with relay.py, commands.py, answering.py
    anybody else        a message, an edit        customer.py, with threads.py
    the network         what became of ours       reported.py
    our own account     an answer, elsewhere      spoken.py
    the clock           a timer                   timers.py

Somebody is an owner only where the configuration names their address and the network vouches for it (invariant 6); on a
network where anybody can write any address, only with the token of what they answer, too. An owner's address without
that is a customer's, marked as doubtful, and what they type is text.
"""

from __future__ import annotations

from collections.abc import Mapping

from bridge import timers
from bridge.addressing import complete, owners_number
from bridge.bot import asked
from bridge.cases import case_timers
from bridge.customers import amending, customer, doubtful, reported, spoken
from bridge.decision import Decision, OwnerLine
from bridge.letterbox import Letterbox
from bridge.messages import (
    Chosen,
    Deletion,
    DeliveryReport,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Reaction,
    Spoke,
)
from bridge.owners import choosing, owner, reacting
from bridge.owners.turn import Turn

__all__ = ["Letterbox", "decide", "decide_timer"]


def decide_timer(data: Mapping[str, object], box: Letterbox) -> Decision:
    """What follows when a timer is due."""
    due = case_timers.due if data.get("timer") in case_timers.TIMERS else timers.due
    return complete(due(data, box), box.policy, box.book.conversation, box.now)


def decide(event: InboundEvent, box: Letterbox) -> Decision:
    """What follows from one event."""
    return complete(_decided(event, box), box.policy, box.book.conversation, box.now)


def _decided(event: InboundEvent, box: Letterbox) -> Decision:
    if isinstance(event, Ignored):
        return Decision(f"ignored: {event.reason}")
    if isinstance(event, DeliveryReport):
        return reported.became(event, box)
    if isinstance(event, Spoke):
        return spoken.heard(event, box)
    turn = _turn(event, box)
    return _customer(event, box) if turn is None else _owner(event, turn)


def _customer(event: Message | Edit | Deletion | Reaction | Chosen, box: Letterbox) -> Decision:
    if isinstance(event, Message):
        return _somebody(event, box)
    if isinstance(event, Edit | Deletion):
        return amending.amended(event, box)
    if isinstance(event, Reaction):
        return amending.reacted(event, box)
    return asked.pressed(event, box)


def _somebody(message: Message, box: Letterbox) -> Decision:
    """A message from who is no owner, or is not surely one."""
    if box.policy.owner_at(box.connector, message.address) is None:
        return customer.wrote(message, box)
    if message.authenticated and message.sender:
        return doubtful.unnamed(message, box)
    if message.automatic:
        # An owner's vacation message is no word of theirs, and told to them again it would be answered again.
        return Decision("owner's machine")
    return doubtful.wrote(message, box)


def _turn(event: Message | Edit | Deletion | Reaction | Chosen, box: Letterbox) -> Turn | None:
    found = box.policy.writer_at(box.connector, event.address, event.sender) if event.authenticated else None
    surface = box.policy.surface_at(box.connector, event.address)
    if found is None or surface is None:
        return None
    number = _number(event, box) if surface.tokens else 0
    if number is None:
        return None
    native_id = event.outbound_id if isinstance(event, Chosen) else event.native_id
    line = OwnerLine(connector=box.connector, address=event.address, native_id=native_id, room=event.room)
    return Turn(
        owner=found,
        line=line,
        book=box.book,
        policy=box.policy,
        now=box.now,
        number=number,
        faq=box.faq,
        hours=box.hours,
        quotes=event.replies_to if isinstance(event, Message) else (),
    )


def _number(event: Message | Edit | Deletion | Reaction | Chosen, box: Letterbox) -> int | None:
    # Without an id it could not be known when it comes again.
    token = event.token if isinstance(event, Message) and event.native_id else ""
    return owners_number(box.policy, box.connector, event.address, token, box.now)


def _owner(event: Message | Edit | Deletion | Reaction | Chosen, turn: Turn) -> Decision:
    if isinstance(event, Message):
        return Decision("owner's machine") if event.automatic else owner.wrote(event, turn)
    if isinstance(event, Edit):
        return owner.edited(event, turn)
    if isinstance(event, Deletion):
        return owner.deleted(event, turn)
    if isinstance(event, Chosen):
        return choosing.pressed(event, turn)
    return reacting.signed(event, turn)
