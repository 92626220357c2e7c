"""What follows when a customer, or a machine, writes in. Pure.

a blocked customer      filed, shown to nobody
spam, a held stranger   filed; in the owner's digest (`filed.py`)
a machine               filed and shown in short; starts no clock, reopens nothing, gets no answer (invariant 7)
more than the limit     filed; the owner reads one notice a minute instead
"Thanks!"               filed and shown; opens no closed case, ends no snooze (`thanking.py`)
anything else           filed and relayed to every surface of every owner
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from bridge.bot import acknowledging, asked, autoanswer
from bridge.bot.autoanswer import Offer, below
from bridge.bot.helped import promise
from bridge.bot.unreadable import hint_due, told_before
from bridge.cases import following_up, night, overdue, weekly
from bridge.cases.snoozing import woken_by_words
from bridge.cases.thanking import asks_for_nothing
from bridge.conversation import Conversation, Customer, Happening, State
from bridge.customers.arrival import Arrival, arrive, logged, place, recorded
from bridge.customers.filed import SPAM, digest_due, why_apart
from bridge.customers.following import wanted
from bridge.customers.posing import imitated
from bridge.decision import (
    Count,
    Decision,
    Draft,
    Effect,
    Fetch,
    Remind,
    Send,
)
from bridge.language import Language, language
from bridge.letterbox import Letterbox
from bridge.messages import Message
from bridge.outbound import Choice, OutboundKind
from bridge.owners.choices import under_a_relay, under_a_suggestion
from bridge.owners.relay import Shown, excerpt, headed, headline, relayed, sender
from bridge.policy import SurfaceAddress
from bridge.rooming import reopen
from bridge.text import Text

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
    arrival = replace(arrival, customer=customer)
    if message.automatic:
        return _machine(arrival, box)
    answered = asked.by_word(message, arrival, box)
    if answered is None and asks_for_nothing(arrival, box):
        answered = _thanked(arrival, box)
    if answered is not None:
        return answered
    opened, placed = place(arrival, box, Happening.CUSTOMER_WROTE)
    effects: list[Effect] = [*arrival.enrolled, Count(customer=customer), placed, recorded(message, opened, box)]
    effects += [logged("customer wrote", opened, box), *following_up.reason(opened, box)]
    effects += woken_by_words(arrival.conversation, opened)
    if customer.window_count > box.policy.flood_limit:
        passed_over = autoanswer.withheld(opened, "the customer writes very fast", box.book)
        return Decision("flood", (*effects, *passed_over, _flood(opened, customer)))
    offer = autoanswer.consider(message, opened, box, timely=_may_answer(opened, box) and not arrival.in_copy)
    effects += [*_reopened(arrival, box), *_relays(arrival, opened, box, offer), *_fetched(message, opened, box)]
    effects += _clocks(arrival.conversation, opened, box)
    return Decision("relayed", (*effects, *_follows(arrival, opened, box, offer)))


def _clocks(before: Conversation | None, opened: Conversation, box: Letterbox) -> list[Effect]:
    """The timers of who waits, and of what is told of it."""
    goes_on = before is not None and before.state is State.OPEN
    return [*overdue.begun(before, opened, box), *night.due_next(box), *([] if goes_on else weekly.due_next(box))]


def _follows(arrival: Arrival, opened: Conversation, box: Letterbox, offer: Offer | None) -> list[Effect]:
    """What is said to the customer by itself, now or soon: one thing at most."""
    message = arrival.message
    if offer:
        learned = autoanswer.follows(offer, box)
    else:
        # What could not be looked up may be anything: what was due to the words before it is no answer to both.
        learned = autoanswer.withheld(opened, "the customer went on writing", box.book)
    if arrival.in_copy:  # it would go to the customer, who has not asked
        return learned
    if message.unreadable:
        return [*learned, *_hint(message, opened, box)]
    if offer and offer.due:
        return learned
    if offer and offer.person_wanted and _may_answer(opened, box):
        return [*learned, *_promised(offer, opened, box)]
    return [*learned, *_acknowledge(opened, box)]


def _promised(offer: Offer, opened: Conversation, box: Letterbox) -> list[Send]:
    """That somebody will answer; not again and again, since a machine may ask for a person, too."""
    since = box.now - timedelta(days=1)
    enough = box.book.automatic_since(opened.connector, opened.address, since) > box.policy.automatic_per_day
    return [] if enough else [promise(offer.match.language, opened, box)]


def _counted(customer: Customer, name: str, now: datetime) -> Customer:
    customer = replace(customer, name=customer.name or name)
    if now - customer.window_at >= FLOOD_WINDOW:
        return replace(customer, window_at=now, window_count=1)
    return replace(customer, window_count=customer.window_count + 1)


def filed(reason: str, message: Message, box: Letterbox) -> tuple[Decision, Conversation]:
    """A message that is filed and nothing more: it opens nothing and starts no clock. Its conversation, too."""
    return _filed(reason, arrive(message, box), box)


def _known(customer: Customer, box: Letterbox) -> bool:
    """Whether a person has answered or accepted them before."""
    answered = any(found.person_answered_at for found in box.book.recent_of(customer.id, limit=20))
    return answered or box.book.accepted(customer.id)


def _filed(reason: str, arrival: Arrival, box: Letterbox) -> tuple[Decision, Conversation]:
    conversation, placed = place(arrival, box, Happening.MACHINE_WROTE)
    record = recorded(arrival.message, conversation, box)
    return Decision(reason, (*arrival.enrolled, placed, record, logged(reason, conversation, box))), conversation


def _machine(arrival: Arrival, box: Letterbox) -> Decision:
    filed, conversation = _filed("automatic", arrival, box)
    effects = (*filed.effects, Count(customer=arrival.customer))
    if arrival.customer.window_count > box.policy.flood_limit:
        return Decision("flood", (*effects, _flood(conversation, arrival.customer)))
    text = Text(excerpt(arrival.message.text.plain))
    short = replace(arrival.message, text=text, visible=None, attachments=())
    relays = _relays(replace(arrival, message=short), conversation, box)
    return Decision("automatic", (*effects, *relays))


def _thanked(arrival: Arrival, box: Letterbox) -> Decision:
    """It only thanks: it is shown, and the conversation stays closed, snoozed or answered."""
    conversation, placed = place(arrival, box, Happening.THANKED)
    record, log = recorded(arrival.message, conversation, box), logged("customer thanked", conversation, box)
    effects = (*arrival.enrolled, Count(customer=arrival.customer), placed, record, log)
    if arrival.customer.window_count > box.policy.flood_limit:
        return Decision("flood", (*effects, _flood(conversation, arrival.customer)))
    return Decision("thanked", (*effects, *_relays(arrival, conversation, box, light=True)))


def _relays(
    arrival: Arrival, conversation: Conversation, box: Letterbox, offer: Offer | None = None, *, light: bool = False
) -> list[Effect]:
    message, first = arrival.message, arrival.conversation is None
    lines = box.policy.history_lines
    # Who has just been met has no history to look up.
    worthwhile = first and lines and not arrival.met and not message.automatic
    history = box.book.history_of(conversation.customer.id, conversation.number, lines) if worthwhile else ()
    shown = Shown(conversation=conversation, label=box.policy.label(box.connector), first=first, history=history)
    effects: list[Effect] = []
    about = box.book.conversation(conversation.about) if conversation.about and first else None
    posed = imitated(message, box.policy)
    stays = conversation.state if light else None
    shown = replace(shown, timezone=box.policy.timezone, about=about, posing=posed.name if posed else "", stays=stays)
    carries = any(not file.inline for file in message.attachments)
    for owner, surface in box.policy.surfaces():
        # A machine's first mail is worth no room.
        in_room = surface.rooms and not (first and message.automatic)
        spoken = language(owner.language)
        text = headed("", relayed(message, replace(shown, in_room=in_room), spoken), below(offer, conversation, spoken))
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
            choices=_buttons(surface, offer, spoken),
        )
        effects.append(Send(draft=draft))
    return effects


def _buttons(surface: SurfaceAddress, offer: Offer | None, spoken: Language) -> tuple[Choice, ...]:
    if not surface.buttons:
        return ()
    suggested = under_a_suggestion(spoken, offer.match.id) if offer and offer.suggested else ()
    return (*suggested, *(() if surface.rooms else under_a_relay(spoken)))


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
    if not acknowledging.wanted(box) or not _may_answer(conversation, box):
        return []
    return [
        Remind(
            key=f"acknowledge:{conversation.number}",
            due_at=box.now + box.policy.burst,
            data={"timer": "acknowledge", "conversation": conversation.number},
        )
    ]
