"""Whose a message is, which conversation it belongs to, and what that conversation is after it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.addressing import customers_number
from bridge.conversation import Conversation, Customer, Happening, State, after
from bridge.customers.threads import choose, circle, shares
from bridge.decision import Change, Direction, Effect, Enrol, Log, Open, Record
from bridge.letterbox import Letterbox
from bridge.messages import Message
from bridge.owners.relay import author
from bridge.tongues.spoken_language import LONGEST
from bridge.tongues.tongue import tongue

_CUSTOMERS = uuid.UUID("6d2f5a5e-7d0e-4e0b-9a57-9d8f0a3c1b11")


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrival:
    """A message, whose it is, and the conversation it belongs to (None: a new one, about this one, if any). `met` says
    that it is the first of this customer, `in_copy` that somebody else wrote it, in the customer's conversation.
    """

    message: Message
    customer: Customer
    conversation: Conversation | None
    enrolled: tuple[Enrol, ...]
    about: int = 0
    met: bool = False
    in_copy: bool = False


def placed(message: Message, box: Letterbox, happening: Happening) -> tuple[Conversation, tuple[Effect, ...]]:
    """The conversation that words to, or of, this address belong to, and what makes it as it then is."""
    arrival = arrive(message, box)
    conversation, effect = place(arrival, box, happening)
    return conversation, (*arrival.enrolled, effect)


def arrive(message: Message, box: Letterbox) -> Arrival:
    """Whose it is, and where it belongs; nothing is changed yet."""
    found = box.book.customer_at(box.connector, message.address)
    referred = _referred(message, box)
    for conversation in referred:
        if shares(message, conversation) and not (found and found.blocked):
            whose = conversation.customer
            return Arrival(message=message, customer=whose, conversation=conversation, enrolled=(), in_copy=True)
    enrolled: tuple[Enrol, ...] = ()
    met = False
    if found is None:
        # Perhaps somebody who is known by another spelling of the address.
        made = _made_of(message, box)
        found = box.book.customer(made)
        met = found is None
        found = found or _stranger(made, message, box)
        enrolled = (Enrol(customer=found, connector=box.connector, address=message.address),)
    return Arrival(
        message=message,
        customer=found,
        conversation=_belongs_to(message, found, referred, box),
        enrolled=enrolled,
        about=_about(message, box),
        met=met,
    )


def _made_of(message: Message, box: Letterbox) -> str:
    """A customer's id, made of the address: two daemons which meet the same stranger at once make the same customer."""
    return str(uuid.uuid5(_CUSTOMERS, f"{box.connector}\n{message.same_as or message.address}"))


def _stranger(made: str, message: Message, box: Letterbox) -> Customer:
    held = box.connector in box.policy.hold_strangers
    return Customer(id=made, name=message.name, held=held, window_at=box.now)


def _about(message: Message, box: Letterbox) -> int:
    """The conversation whose secret address this was sent to, whoever sent it."""
    return customers_number(box.policy, box.connector, message.token, box.now) if message.token else 0


def _referred(message: Message, box: Letterbox) -> list[Conversation]:
    """The conversations that a message names: by the address it was sent to, then by what it answers."""
    token = _about(message, box)
    numbers = box.book.referred(box.connector, message.replies_to) if message.replies_to else ()
    named = dict.fromkeys((token, *numbers) if token else numbers)
    referred = [found for number in named if (found := box.book.conversation(number))]
    # An answer that was sent before a split bears the number of then; what it answers says where it belongs now.
    nearest = box.book.conversation(numbers[0]) if token and numbers else None
    if nearest and referred and nearest.split_from == referred[0].number:
        return [nearest, *referred]
    return referred


def _belongs_to(
    message: Message, customer: Customer, referred: Sequence[Conversation], box: Letterbox
) -> Conversation | None:
    here = [found for found in box.book.recent_of(customer.id, limit=20) if found.is_at(box.connector, message.address)]
    return choose(message, customer, referred, here, box.now)


def place(arrival: Arrival, box: Letterbox, happening: Happening) -> tuple[Conversation, Open | Change]:
    """The conversation as it is after this message, and the effect that makes it so."""
    conversation = arrival.conversation
    if conversation is None:
        opened = Conversation(
            number=box.book.next_number(),
            customer=arrival.customer,
            connector=box.connector,
            address=arrival.message.address,
            state=State.CLOSED if happening is Happening.MACHINE_WROTE else State.OPEN,
            version=0,
            subject=arrival.message.subject,
            opened_at=box.now,
            changed_at=box.now,
            copies=arrival.message.copies,
            about=arrival.about,
            language=_spoken(arrival, happening, box),
        )
        return opened, Open(conversation=opened)
    state = after(conversation.state, happening)
    reopened = conversation.state is State.CLOSED and state is not State.CLOSED
    conversation = _moved(arrival, conversation, box, happening)
    changed = replace(
        conversation,
        state=state,
        changed_at=box.now,
        opened_at=box.now if reopened else conversation.opened_at,
        # "Once a person has answered" (invariant 8) lasts until the conversation was closed.
        person_answered_at=None if reopened else conversation.person_answered_at,
        answered_by="" if reopened else conversation.answered_by,
        # What is filed unseen changes nothing of whom an answer reaches.
        copies=conversation.copies if happening is Happening.MACHINE_WROTE else circle(arrival.message, conversation),
        language=_spoken(arrival, happening, box) or conversation.language,
    )
    return changed, Change(after=changed)


def _spoken(arrival: Arrival, happening: Happening, box: Letterbox) -> str:
    """The customer's language, where these are their words and it is sure: the FAQ's finder has had a close look."""
    if happening not in (Happening.CUSTOMER_WROTE, Happening.THANKED) or arrival.in_copy:
        return ""
    message = arrival.message
    words = message.text if message.visible is None else message.visible
    return (box.match.language if box.match else "") or tongue(words.plain[:LONGEST])


def recorded(message: Message, conversation: Conversation, box: Letterbox) -> Record:
    """The message for its conversation's history."""
    return Record(
        conversation=conversation.number,
        direction=Direction.IN,
        connector=box.connector,
        text=message.text,
        author=author(message, conversation),
        subject=message.subject,
        native_id=message.native_id,
        automatic=str(message.automatic.kind) if message.automatic else "",
        attachments=message.attachments,
        address=message.address,
    )


def logged(kind: str, conversation: Conversation, box: Letterbox) -> Log:
    """The event, with where and when it came in."""
    data = {"connector": box.connector, "received_at": box.received_at.isoformat()}
    return Log(kind=kind, conversation=conversation.number, data=data)


def _moved(arrival: Arrival, conversation: Conversation, box: Letterbox, happening: Happening) -> Conversation:
    """One that was merged from several places is where its customer has just written. What a machine wrote moves it
    nowhere, and neither does who is in copy.
    """
    here = (box.connector, arrival.message.address)
    if happening is Happening.MACHINE_WROTE or not conversation.places:
        return conversation
    if here not in conversation.places and arrival.in_copy:
        return conversation
    places = tuple(dict.fromkeys((*conversation.places, here)))
    return replace(conversation, connector=here[0], address=here[1], places=places)
