"""What follows from an event: the one door to all decisions. Pure but for look-ups in the book it is given.

    who wrote           what                      decided in
    an owner            anything they type        owner.py, with relay.py, commands.py, answering.py
    anybody else        a message, an edit        customer.py, with threads.py
    the network         what became of ours       here
    our own account     an answer, elsewhere      spoken.py
    the clock           a timer                   timers.py

Somebody is an owner only where the configuration names their address and the network vouches for it (invariant 6); on a
network where anybody can write any address, only with the token of what they answer, too. An owner's address without
that is a customer's, marked as doubtful, and what they type is text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from bridge import amending, choosing, customer, doubtful, owner, spoken, timers
from bridge.addressing import complete, owners_number
from bridge.book import Pending
from bridge.conversation import Conversation, Happening, after
from bridge.decision import Change, Decision, Draft, Effect, Log, OwnerLine, Send
from bridge.decision import Settle as SettleOutbound
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.messages import (
    Chosen,
    Deletion,
    DeliveryReport,
    DeliveryStatus,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    OutboundKind,
    Reaction,
    Spoke,
    Text,
)
from bridge.turn import Turn

__all__ = ["Letterbox", "decide", "decide_timer"]


def decide_timer(data: Mapping[str, object], box: Letterbox) -> Decision:
    """What follows when a timer is due."""
    return complete(timers.due(data, box), box.policy, box.book.conversation, box.now)


def decide(event: InboundEvent, box: Letterbox) -> Decision:
    """What follows from one event."""
    return complete(_decided(event, box), box.policy, box.book.conversation, box.now)


def _decided(event: InboundEvent, box: Letterbox) -> Decision:
    if isinstance(event, Ignored):
        return Decision(f"ignored: {event.reason}")
    if isinstance(event, DeliveryReport):
        return _reported(event, box)
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
    return Decision("chosen, but nothing was asked")


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
    return Turn(owner=found, line=line, book=box.book, policy=box.policy, now=box.now, number=number)


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
    return Decision("nothing follows from an owner's sign")


_STATES = {
    DeliveryStatus.ACCEPTED: "sent",
    DeliveryStatus.DELIVERED: "delivered",
    DeliveryStatus.READ: "read",
    DeliveryStatus.BOUNCED: "bounced",
}


_NEVER_SENT = ("cancelled", "expired")


def _order(state: str) -> int:
    """Reports come in any order; what is known already is not undone by an earlier stage."""
    return tuple(_STATES.values()).index(state) if state in _STATES.values() else -1


def _reported(report: DeliveryReport, box: Letterbox) -> Decision:
    sent = box.book.outbound(report.refers_to, box.connector)
    if sent is None or sent.connector != box.connector:
        return Decision("report of nothing known")
    state = _STATES[report.status]
    if sent.state not in _NEVER_SENT and (conversation := _copied(report, sent, box)) is not None:
        return Decision("copy bounced", tuple(_copy_bounced(report, conversation, box)))
    if sent.state in _NEVER_SENT or _order(state) <= _order(sent.state):
        return Decision("report of what is known")
    data = {"outbound": sent.id, "status": str(report.status), "permanent": report.permanent}
    log = Log(kind="reported", conversation=sent.conversation, data=data)
    if report.status is DeliveryStatus.BOUNCED and not report.permanent:
        return Decision("delayed", (log,))
    settled = SettleOutbound(outbound_id=sent.id, state=state, reason=report.reason)
    if report.status is not DeliveryStatus.BOUNCED or sent.kind != OutboundKind.ANSWER:
        return Decision("reported", (settled, log))
    return Decision("bounced", (settled, log, *_bounced(report, sent.conversation, sent.origin, box)))


def _copied(report: DeliveryReport, sent: Pending, box: Letterbox) -> Conversation | None:
    """The conversation, where a copy of an answer came back for good: the customer may well have it."""
    permanent = report.status is DeliveryStatus.BOUNCED and report.permanent
    if not permanent or sent.kind != OutboundKind.ANSWER or report.recipient in ("", sent.address.casefold()):
        return None
    conversation = box.book.conversation(sent.conversation)
    others = {one.casefold() for one in conversation.copies} if conversation else ()
    return conversation if report.recipient.casefold() in others else None


def _copy_bounced(report: DeliveryReport, conversation: Conversation, box: Letterbox) -> list[Effect]:
    data = {"recipient": report.recipient}
    effects: list[Effect] = [Log(kind="copy bounced", conversation=conversation.number, data=data)]
    for person, surface in box.policy.surfaces():
        text = language(person.language).say(
            "Sent, but not to everybody: #{number} {label} did not reach {reason}. The others have it.",
            number=conversation.number,
            label=box.policy.label(conversation.connector),
            reason=": ".join(part for part in (report.recipient, report.reason) if part),
        )
        draft = Draft(
            kind=OutboundKind.NOTICE,
            connector=surface.connector,
            address=surface.address,
            text=Text(text),
            conversation=conversation.number,
            in_room=surface.rooms,
        )
        effects.append(Send(draft=draft))
    return effects


def _bounced(report: DeliveryReport, number: int, origin: OwnerLine | None, box: Letterbox) -> list[Effect]:
    conversation = box.book.conversation(number)
    if conversation is None:
        return []
    state = after(conversation.state, Happening.ANSWER_FAILED)
    effects: list[Effect] = []
    if state is not conversation.state:
        effects.append(Change(after=replace(conversation, state=state, changed_at=box.now)))
    name = conversation.customer.name or conversation.address
    for person, surface in box.policy.surfaces():
        own = origin is not None and (origin.connector, origin.address) == (surface.connector, surface.address)
        text = language(person.language).say(
            "{handle} {name}: your answer came back, it did not arrive: {reason}",
            handle=conversation.handle,
            name=name,
            reason=report.reason or "-",
        )
        draft = Draft(
            kind=OutboundKind.MARK if own else OutboundKind.NOTICE,
            connector=surface.connector,
            address=surface.address,
            text=Text(text),
            conversation=number,
            room=origin.room if own and origin else "",
            in_room=surface.rooms and not own,
            replies_to=(origin.native_id,) if own and origin else (),
            mark="failed" if own else "",
        )
        effects.append(Send(draft=draft))
    return effects
