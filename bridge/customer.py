"""What follows when a customer, or a machine, writes in. Pure.

a blocked customer      filed, shown to nobody
spam, a held stranger   filed; in the owner's digest (`filed.py`)
a machine               filed and shown in short; starts no clock, reopens nothing, gets no answer (invariant 7)
more than the limit     filed; the owner reads one notice a minute instead
anything else           filed and relayed to every surface of every owner
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.addressing import customers_number
from bridge.book import Book
from bridge.conversation import Conversation, Customer, Happening, State, after
from bridge.decision import (
    Amend,
    Change,
    Count,
    Decision,
    Direction,
    Draft,
    Effect,
    Enrol,
    Fetch,
    Log,
    Open,
    Record,
    Remind,
    Send,
)
from bridge.filed import HELD, SPAM, digest_due, why_apart
from bridge.following import wanted
from bridge.language import language
from bridge.language import message as translated
from bridge.messages import Deletion, Edit, Message, OutboundKind, Reaction, Text
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.relay import Shown, author, excerpt, guarded, headed, headline, relayed, sender
from bridge.rooming import reopen
from bridge.threads import choose, circle, shares
from bridge.unreadable import hint_due, told_before

FLOOD_WINDOW = timedelta(minutes=1)
_CUSTOMERS = uuid.UUID("6d2f5a5e-7d0e-4e0b-9a57-9d8f0a3c1b11")


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterbox:
    """Where something came in and when, and what may be looked up about it."""

    connector: str
    received_at: datetime
    book: Book
    policy: Policy
    now: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Arrival:
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


def wrote(message: Message, box: Letterbox) -> Decision:
    """A message from somebody who is no owner."""
    arrival = _arrival(message, box)
    if arrival.customer.blocked:
        return _filed("blocked", arrival, box)[0]
    apart = why_apart(message, arrival.customer, known=bool(message.spam) and _known(arrival.customer, box))
    if apart and not message.automatic:
        # What nobody has seen is no part of what owners know: else an answer would quote it, and `forward` send it on.
        joins = apart != SPAM or arrival.in_copy
        decision, _ = _filed(apart, arrival if joins else replace(arrival, conversation=None), box)
        return Decision(apart, (*decision.effects, digest_due(box.policy, box.now)))
    # Whoever is in copy does not lend the customer their name.
    name = "" if arrival.in_copy else message.name
    customer = _counted(arrival.customer, name, box.now)
    if message.automatic:
        return _machine(replace(arrival, customer=customer), box)
    opened, placed = _placed(replace(arrival, customer=customer), box, Happening.CUSTOMER_WROTE)
    effects: list[Effect] = [*arrival.enrolled, Count(customer=customer), placed, _record(message, opened, box)]
    effects.append(_log("customer wrote", opened, box))
    if customer.window_count > box.policy.flood_limit:
        return Decision("flood", (*effects, _flood(opened, customer)))
    effects += [*_reopened(arrival, box), *_relays(arrival, opened, box), *_fetched(message, opened, box)]
    follows = _hint(message, opened, box) if message.unreadable else _acknowledge(opened, box)
    return Decision("relayed", (*effects, *follows))


def placed(message: Message, box: Letterbox, happening: Happening) -> tuple[Conversation, tuple[Effect, ...]]:
    """The conversation that words to, or of, this address belong to, and what makes it as it then is."""
    arrival = _arrival(message, box)
    conversation, effect = _placed(arrival, box, happening)
    return conversation, (*arrival.enrolled, effect)


def _arrival(message: Message, box: Letterbox) -> _Arrival:
    found = box.book.customer_at(box.connector, message.address)
    referred = _referred(message, box)
    for conversation in referred:
        if shares(message, conversation) and not (found and found.blocked):
            whose = conversation.customer
            return _Arrival(message=message, customer=whose, conversation=conversation, enrolled=(), in_copy=True)
    enrolled: tuple[Enrol, ...] = ()
    met = False
    if found is None:
        # Perhaps somebody who is known by another spelling of the address.
        made = _made_of(message, box)
        found = box.book.customer(made)
        met = found is None
        found = found or _stranger(made, message, box)
        enrolled = (Enrol(customer=found, connector=box.connector, address=message.address),)
    return _Arrival(
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
    return [found for number in named if (found := box.book.conversation(number))]


def _counted(customer: Customer, name: str, now: datetime) -> Customer:
    customer = replace(customer, name=customer.name or name)
    if now - customer.window_at >= FLOOD_WINDOW:
        return replace(customer, window_at=now, window_count=1)
    return replace(customer, window_count=customer.window_count + 1)


def _belongs_to(
    message: Message, customer: Customer, referred: Sequence[Conversation], box: Letterbox
) -> Conversation | None:
    here = [
        found
        for found in box.book.recent_of(customer.id, limit=20)
        if (found.connector, found.address) == (box.connector, message.address)
    ]
    return choose(message, customer, referred, here, box.now)


def _placed(arrival: _Arrival, box: Letterbox, happening: Happening) -> tuple[Conversation, Open | Change]:
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
        )
        return opened, Open(conversation=opened)
    state = after(conversation.state, happening)
    reopened = conversation.state is State.CLOSED and state is not State.CLOSED
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
    )
    return changed, Change(after=changed)


def _record(message: Message, conversation: Conversation, box: Letterbox) -> Record:
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
    )


def _log(kind: str, conversation: Conversation, box: Letterbox) -> Log:
    data = {"connector": box.connector, "received_at": box.received_at.isoformat()}
    return Log(kind=kind, conversation=conversation.number, data=data)


def filed(reason: str, message: Message, box: Letterbox) -> tuple[Decision, Conversation]:
    """A message that is filed and nothing more: it opens nothing and starts no clock. Its conversation, too."""
    return _filed(reason, _arrival(message, box), box)


def _known(customer: Customer, box: Letterbox) -> bool:
    """Whether a person has answered or accepted them before."""
    answered = any(found.person_answered_at for found in box.book.recent_of(customer.id, limit=20))
    return answered or box.book.accepted(customer.id)


def _filed(reason: str, arrival: _Arrival, box: Letterbox) -> tuple[Decision, Conversation]:
    conversation, placed = _placed(arrival, box, Happening.MACHINE_WROTE)
    record = _record(arrival.message, conversation, box)
    return Decision(reason, (*arrival.enrolled, placed, record, _log(reason, conversation, box))), conversation


def _machine(arrival: _Arrival, box: Letterbox) -> Decision:
    filed, conversation = _filed("automatic", arrival, box)
    effects = (*filed.effects, Count(customer=arrival.customer))
    if arrival.customer.window_count > box.policy.flood_limit:
        return Decision("flood", (*effects, _flood(conversation, arrival.customer)))
    text = Text(excerpt(arrival.message.text.plain))
    short = replace(arrival.message, text=text, visible=None, attachments=())
    relays = _relays(replace(arrival, message=short), conversation, box)
    return Decision("automatic", (*effects, *relays))


def surfaces(policy: Policy) -> list[tuple[Owner, SurfaceAddress]]:
    """Every surface of every owner; one that several share, a group, is the first one's."""
    places: dict[tuple[str, str], tuple[Owner, SurfaceAddress]] = {}
    for owner in policy.owners:
        for surface in owner.surfaces:
            places.setdefault((surface.connector, surface.address), (owner, surface))
    return list(places.values())


def _relays(arrival: _Arrival, conversation: Conversation, box: Letterbox) -> list[Effect]:
    message, first = arrival.message, arrival.conversation is None
    lines = box.policy.history_lines
    # Who has just been met has no history to look up.
    worthwhile = first and lines and not arrival.met and not message.automatic
    history = box.book.history_of(conversation.customer.id, conversation.number, lines) if worthwhile else ()
    shown = Shown(conversation=conversation, label=box.policy.label(box.connector), first=first, history=history)
    effects: list[Effect] = []
    about = box.book.conversation(conversation.about) if conversation.about and first else None
    shown = replace(shown, about=about)
    carries = any(not file.inline for file in message.attachments)
    for owner, surface in surfaces(box.policy):
        # A machine's first mail is worth no room.
        in_room = surface.rooms and not (first and message.automatic)
        text = relayed(message, replace(shown, in_room=in_room), language(owner.language))
        draft = Draft(
            kind=OutboundKind.RELAY,
            connector=surface.connector,
            address=surface.address,
            text=text,
            conversation=conversation.number,
            carries=carries,
            from_name=sender(conversation, shown.label, message),
            in_room=in_room,
            head=headline(message, shown) if in_room else "",
        )
        effects.append(Send(draft=draft))
    return effects


def _reopened(arrival: _Arrival, box: Letterbox) -> list[Send]:
    before = arrival.conversation
    return reopen(box.policy, before) if before is not None and before.state is State.CLOSED else []


def _fetched(message: Message, conversation: Conversation, box: Letterbox) -> list[Fetch]:
    who = sender(conversation, box.policy.label(box.connector), message)
    return wanted(message.attachments, box.connector, message.address, name=who, conversation=conversation.number)


def _flood(conversation: Conversation, customer: Customer) -> Remind:
    since = customer.window_at
    return Remind(
        key=f"flood:{customer.id}:{since.isoformat()}",
        due_at=since + FLOOD_WINDOW,
        data={"timer": "flood", "conversation": conversation.number, "since": since.isoformat()},
    )


def _may_answer(conversation: Conversation, box: Letterbox) -> bool:
    """Whether anything automatic may be said to what has just come (invariants 7 and 8)."""
    policy = box.policy
    too_old = box.now - box.received_at > policy.automatic_max_age
    before_us = policy.start_from is not None and box.received_at < policy.start_from
    return not (too_old or before_us or conversation.person_answered_at)


def _hint(message: Message, conversation: Conversation, box: Letterbox) -> list[Effect]:
    if not _may_answer(conversation, box) or told_before(message, conversation.number, box.book):
        return []
    return [hint_due(message, conversation, box.policy, box.now)]


def _acknowledge(conversation: Conversation, box: Letterbox) -> list[Effect]:
    policy = box.policy
    if not policy.acknowledge or not _may_answer(conversation, box):
        return []
    return [
        Remind(
            key=f"acknowledge:{conversation.number}",
            due_at=box.now + policy.burst,
            data={"timer": "acknowledge", "conversation": conversation.number},
        )
    ]


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
    frame = translated("{who} took it back") if deleted else translated("{who} changed it to: ")
    return Decision("edited", (amend, *_told(conversation, box, frame, text)))


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
        for owner, surface in surfaces(box.policy)
    ]
