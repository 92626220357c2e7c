"""What follows when a customer, or a machine, writes in. Pure.

a blocked customer      filed, shown to nobody
spam, a held stranger   filed; in the owner's digest (`filed.py`)
a machine               filed and shown in short; starts no clock, reopens nothing, gets no answer (invariant 7)
more than the limit     filed; the owner reads one notice a minute instead
anything else           filed and relayed to every surface of every owner
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.arrival import Arrival, arrive, place
from bridge.choices import under_a_relay
from bridge.conversation import Conversation, Customer, Happening, State
from bridge.decision import (
    Count,
    Decision,
    Direction,
    Draft,
    Effect,
    Fetch,
    Log,
    Record,
    Remind,
    Send,
)
from bridge.filed import SPAM, digest_due, why_apart
from bridge.following import wanted
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.messages import Message, OutboundKind, Text
from bridge.relay import Shown, author, excerpt, headline, relayed, sender
from bridge.rooming import reopen
from bridge.unreadable import hint_due, told_before

FLOOD_WINDOW = timedelta(minutes=1)


def wrote(message: Message, box: Letterbox) -> Decision:
    """A message from somebody who is no owner."""
    arrival = arrive(message, box)
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
    opened, placed = place(replace(arrival, customer=customer), box, Happening.CUSTOMER_WROTE)
    effects: list[Effect] = [*arrival.enrolled, Count(customer=customer), placed, _record(message, opened, box)]
    effects.append(_log("customer wrote", opened, box))
    if customer.window_count > box.policy.flood_limit:
        return Decision("flood", (*effects, _flood(opened, customer)))
    effects += [*_reopened(arrival, box), *_relays(arrival, opened, box), *_fetched(message, opened, box)]
    follows = _hint(message, opened, box) if message.unreadable else _acknowledge(opened, box)
    return Decision("relayed", (*effects, *follows))


def _counted(customer: Customer, name: str, now: datetime) -> Customer:
    customer = replace(customer, name=customer.name or name)
    if now - customer.window_at >= FLOOD_WINDOW:
        return replace(customer, window_at=now, window_count=1)
    return replace(customer, window_count=customer.window_count + 1)


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
    return _filed(reason, arrive(message, box), box)


def _known(customer: Customer, box: Letterbox) -> bool:
    """Whether a person has answered or accepted them before."""
    answered = any(found.person_answered_at for found in box.book.recent_of(customer.id, limit=20))
    return answered or box.book.accepted(customer.id)


def _filed(reason: str, arrival: Arrival, box: Letterbox) -> tuple[Decision, Conversation]:
    conversation, placed = place(arrival, box, Happening.MACHINE_WROTE)
    record = _record(arrival.message, conversation, box)
    return Decision(reason, (*arrival.enrolled, placed, record, _log(reason, conversation, box))), conversation


def _machine(arrival: Arrival, box: Letterbox) -> Decision:
    filed, conversation = _filed("automatic", arrival, box)
    effects = (*filed.effects, Count(customer=arrival.customer))
    if arrival.customer.window_count > box.policy.flood_limit:
        return Decision("flood", (*effects, _flood(conversation, arrival.customer)))
    text = Text(excerpt(arrival.message.text.plain))
    short = replace(arrival.message, text=text, visible=None, attachments=())
    relays = _relays(replace(arrival, message=short), conversation, box)
    return Decision("automatic", (*effects, *relays))


def _relays(arrival: Arrival, conversation: Conversation, box: Letterbox) -> list[Effect]:
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
    for owner, surface in box.policy.surfaces():
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
            choices=under_a_relay(language(owner.language)) if surface.buttons and not surface.rooms else (),
        )
        effects.append(Send(draft=draft))
    return effects


def _reopened(arrival: Arrival, box: Letterbox) -> list[Send]:
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
