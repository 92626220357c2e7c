"""Who the customers are, by the owner's word: written to first, closed, blocked, linked over several networks. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge import rooming
from bridge.book import Line
from bridge.cases import feedback
from bridge.conversation import Conversation, Customer, Happening, State, after
from bridge.decision import Block, Change, Direction, Effect, Enrol, Link, Log, Open, Send, Unlink
from bridge.language import language
from bridge.outbound import OutboundKind
from bridge.owners import searching
from bridge.owners.answering import Answer, answer
from bridge.owners.turn import Turn
from bridge.text import Text

_WRITTEN_TO = uuid.UUID("0b0d9a3e-3b55-4d2c-8f0e-52b7f9e2a7d4")


@dataclass(frozen=True, slots=True)
class _Place:
    connector: str
    address: str


def close(turn: Turn, conversation: Conversation) -> Sequence[Effect]:
    """The conversation is done; the customer's next words open it again."""
    changed = replace(conversation, state=after(conversation.state, Happening.CLOSED), changed_at=turn.now)
    told = turn.tell(turn.speech.say("Closed: {whom}", whom=turn.whom(conversation)), conversation.number)
    log = Log(kind="closed", conversation=conversation.number, data={"owner": turn.owner.name})
    asked = feedback.later(turn.policy, conversation, turn.now)
    return [Change(after=changed), log, told, *asked, *rooming.close(turn.policy, conversation)]


def block(turn: Turn, conversation: Conversation, *, blocked: bool) -> Sequence[Effect]:
    """What this customer writes is filed and shown to nobody; or is shown again."""
    say = turn.speech.say
    whom = turn.whom(conversation)
    told = say("Blocked: {whom}", whom=whom) if blocked else say("No longer blocked: {whom}", whom=whom)
    kind = "blocked" if blocked else "unblocked"
    log = Log(kind=kind, conversation=conversation.number, data={"owner": turn.owner.name})
    return [Block(customer=conversation.customer, blocked=blocked), log, turn.tell(told, conversation.number)]


def accept(turn: Turn, conversation: Conversation) -> Sequence[Effect]:
    """Who was held is shown from now on; the conversation waits for the shop, and what was written is shown."""
    let_in = Block(customer=conversation.customer, blocked=conversation.customer.blocked)
    state = after(conversation.state, Happening.REOPENED)
    changed = replace(conversation, state=state, changed_at=turn.now, opened_at=turn.now)
    log = Log(kind="accepted", conversation=conversation.number, data={"owner": turn.owner.name})
    told = turn.tell(searching.shown(turn, conversation), conversation.number)
    return [let_in, Change(after=changed), log, told, *_files(turn, conversation)]


def _files(turn: Turn, conversation: Conversation) -> list[Send]:
    """The files that came with what nobody has been shown."""
    number = conversation.number
    heard = [line for line in turn.book.history(number, searching.LINES) if line.direction == Direction.IN]
    return [
        Send(draft=replace(turn.tell(f"{conversation.handle} {line.author}", number).draft, carries_of=line.id))
        for line in heard
        if line.attachments
    ]


def link(turn: Turn, first: Conversation, second: Conversation) -> Sequence[Effect]:
    """The customers of two conversations are one person; answers still go where each conversation is."""
    if first.customer.id == second.customer.id:
        return [turn.tell(turn.speech.say("They are one customer already."), first.number)]
    told = turn.speech.say(
        "Linked: {first} and {second} are one customer.", first=turn.whom(first), second=turn.whom(second)
    )
    log = Log(kind="linked", conversation=first.number, data={"second": second.number, "owner": turn.owner.name})
    rooms = turn.tell_in_rooms(told, first.number, second.number)
    return [Link(first=first.customer, second=second.customer), log, turn.tell(told, first.number), *rooms]


def unlink(turn: Turn, conversation: Conversation) -> Sequence[Effect]:
    """The addresses that were linked to this customer are customers of their own again."""
    told = turn.speech.say("Unlinked: {whom}", whom=turn.whom(conversation))
    log = Log(kind="unlinked", conversation=conversation.number, data={"owner": turn.owner.name})
    rooms = turn.tell_in_rooms(told, conversation.number)
    return [Unlink(customer=conversation.customer), log, turn.tell(told, conversation.number), *rooms]


def write_first(turn: Turn, spelt: str, given: Answer) -> Sequence[Effect]:
    """An owner writes to somebody first: `ADDRESS`, or `CONNECTOR:ADDRESS` where several could be meant."""
    places = _places(turn, spelt)
    if len(places) != 1:
        return [turn.tell(_which(turn, spelt, places))]
    opened, effects = _opened(turn, places[0])
    return [*effects, *answer(turn, opened, given), *_begun(turn, opened, given.text)]


def forward(turn: Turn, conversation: Conversation, spelt: str, text: Text) -> Sequence[Effect]:
    """A third person is asked about a conversation, in one of its own: so an answer to the one can't reach the other.

    They get the owner's words, the customer's last message and its files.
    """
    places = _places(turn, spelt)
    if len(places) != 1:
        return [turn.tell(_which(turn, spelt, places))]
    heard = turn.book.last_heard(conversation.number)
    if heard is None:
        return [turn.tell(turn.speech.say("There is nothing to forward."), conversation.number)]
    subject = conversation.subject and f"Fwd: {conversation.subject}"
    opened, effects = _opened(turn, places[0], about=conversation.number, subject=subject)
    given = Answer(text=_passed_on(turn, heard, text), native_id=turn.line.native_id)
    sent = [_carrying(effect, heard.id) for effect in answer(turn, opened, given)]
    log = Log(kind="forwarded", conversation=conversation.number, data={"to": opened.number, "owner": turn.owner.name})
    return [*effects, *sent, log, *_begun(turn, opened, text)]


def _begun(turn: Turn, opened: Conversation, text: Text) -> list[Send]:
    """A conversation that the shop begins has its room, too, with what was said first."""
    words = text.plain or opened.subject
    told = turn.speech.say("{owner} wrote: {words}", owner=turn.owner.name, words=words)
    return turn.tell_in_rooms(told, opened.number)


def _passed_on(turn: Turn, heard: Line, text: Text) -> Text:
    say = language(turn.policy.language).say
    head = say("---- {author} wrote on {day}: ----", author=heard.author, day=turn.clock(heard.at))
    return Text("\n\n".join(part for part in (text.plain.strip(), head, heard.text.plain) if part))


def _carrying(effect: Effect, message: int) -> Effect:
    if isinstance(effect, Send) and effect.draft.kind is OutboundKind.ANSWER:
        return Send(draft=replace(effect.draft, carries_of=message))
    return effect


def _opened(turn: Turn, place: _Place, *, about: int = 0, subject: str = "") -> tuple[Conversation, list[Effect]]:
    """A new conversation with whoever is at this place, and what makes it so."""
    customer = turn.book.customer_at(place.connector, place.address)
    enrolled: list[Effect] = []
    if customer is None:
        customer = _customer(turn, place)
        enrolled = [Enrol(customer=customer, connector=place.connector, address=place.address)]
    opened = Conversation(
        number=turn.book.next_number(),
        customer=customer,
        connector=place.connector,
        address=place.address,
        state=State.OPEN,
        version=0,
        subject=subject,
        opened_at=turn.now,
        changed_at=turn.now,
        about=about,
    )
    return opened, [*enrolled, Open(conversation=opened)]


def _customer(turn: Turn, place: _Place) -> Customer:
    made = uuid.uuid5(_WRITTEN_TO, f"{place.connector}\n{place.address}")
    return Customer(id=str(made), name="", window_at=turn.now)


def _places(turn: Turn, spelt: str) -> list[_Place]:
    owners = {(surface.connector, surface.address) for owner in turn.policy.owners for surface in owner.surfaces}
    connector, colon, address = spelt.partition(":")
    if colon and connector in turn.policy.address_patterns:
        return [_written(turn, connector, address)] if _fits(turn, connector, address) else []
    known = [_Place(*found) for found in turn.book.find_address(spelt) if found not in owners]
    if known:
        return known
    written = [_written(turn, name, spelt) for name in turn.policy.address_patterns if _fits(turn, name, spelt)]
    return [place for place in written if (place.connector, place.address) not in owners]


def _written(turn: Turn, connector: str, address: str) -> _Place:
    """As it is known, else in small letters: a phone's capital must not make the answer somebody else's."""
    known = [found for found in turn.book.find_address(address) if found[0] == connector]
    return _Place(*known[0]) if len(known) == 1 else _Place(connector, address.lower())


def _fits(turn: Turn, connector: str, address: str) -> bool:
    pattern = turn.policy.address_patterns[connector]
    return bool(pattern and re.fullmatch(pattern, address))


def _which(turn: Turn, spelt: str, places: Sequence[_Place]) -> str:
    if not places:
        return turn.speech.say("No connector can write first to {address}. Nothing was sent.", address=spelt)
    ways = ", ".join(f"to {place.connector}:{place.address} …" for place in places)
    return turn.speech.say("{address} could be several. Nothing was sent. Say: {ways}", address=spelt, ways=ways)
