"""A conversation and its states.

    state     what it waits for
    open      the shop: a customer's words have no answer yet
    waiting   the customer: an owner has answered
    snoozed   a moment that the owner named
    closed    nothing; the customer's next words open it again

One table says what follows; everything else that changes a conversation goes through `after`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    """What a conversation waits for."""

    OPEN = "open"
    WAITING = "waiting"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class Happening(StrEnum):
    """What can happen to a conversation."""

    CUSTOMER_WROTE = "customer wrote"
    MACHINE_WROTE = "machine wrote"
    PERSON_ANSWERED = "person answered"
    BOT_ANSWERED = "bot answered"
    ANSWER_FAILED = "answer failed"
    CLOSED = "closed by owner"
    REOPENED = "reopened by owner"
    THANKED = "customer thanked"
    SNOOZED = "snoozed by owner"
    WOKE = "its moment came"


_OPEN, _WAITING, _SNOOZED, _CLOSED = State.OPEN, State.WAITING, State.SNOOZED, State.CLOSED

TRANSITIONS: dict[Happening, dict[State, State]] = {
    Happening.CUSTOMER_WROTE: {_OPEN: _OPEN, _WAITING: _OPEN, _SNOOZED: _OPEN, _CLOSED: _OPEN},
    # A machine's mail is filed where it belongs and changes nothing: a newsletter must not reopen a case.
    Happening.MACHINE_WROTE: {_OPEN: _OPEN, _WAITING: _WAITING, _SNOOZED: _SNOOZED, _CLOSED: _CLOSED},
    Happening.PERSON_ANSWERED: {_OPEN: _WAITING, _WAITING: _WAITING, _SNOOZED: _WAITING, _CLOSED: _WAITING},
    # What an owner trusts it to answer is answered, until the customer says otherwise or it does not arrive.
    Happening.BOT_ANSWERED: {_OPEN: _WAITING, _WAITING: _WAITING, _SNOOZED: _SNOOZED, _CLOSED: _CLOSED},
    # An answer that never arrived leaves the customer without one.
    Happening.ANSWER_FAILED: {_OPEN: _OPEN, _WAITING: _OPEN, _SNOOZED: _OPEN, _CLOSED: _OPEN},
    Happening.CLOSED: {_OPEN: _CLOSED, _WAITING: _CLOSED, _SNOOZED: _CLOSED, _CLOSED: _CLOSED},
    Happening.REOPENED: {_OPEN: _OPEN, _WAITING: _WAITING, _SNOOZED: _OPEN, _CLOSED: _OPEN},
    # "Thanks!" asks for nothing: it opens no case again and ends no snooze.
    Happening.THANKED: {_OPEN: _OPEN, _WAITING: _WAITING, _SNOOZED: _SNOOZED, _CLOSED: _CLOSED},
    Happening.SNOOZED: {_OPEN: _SNOOZED, _WAITING: _SNOOZED, _SNOOZED: _SNOOZED, _CLOSED: _SNOOZED},
    Happening.WOKE: {_OPEN: _OPEN, _WAITING: _WAITING, _SNOOZED: _OPEN, _CLOSED: _CLOSED},
}


def after(state: State, happening: Happening) -> State:
    """The state that follows."""
    return TRANSITIONS[happening][state]


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """Somebody who writes in. `blocked`: stored and filed, shown to nobody, answered by nothing. `held`: filed until an
    owner says that they are welcome.

    `window_count` messages have come since `window_at`: the flood limit looks at them.
    """

    id: str
    name: str
    blocked: bool = False
    held: bool = False
    window_at: datetime
    window_count: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """One customer's matter on one address. `number` is its handle (#42), `version` is checked at commit.

    `thread` tells several conversations of one address apart where the network has threads, else it is "".
    `opened_at` is when it was last opened; `person_answered_at` is None until an owner has answered since then, and
    `answered_by` is that owner. `copies` are addresses of others who are in it (Cc); `about` is the number of the
    conversation that this one is about, where a third person was asked. `priority` is 1 for high, -1 for low;
    `assigned_to` the owner whose it is, "" for nobody's. `split_from` is the conversation that its first message was
    taken out of. `places` are the connectors and addresses that the customer writes from in a conversation that was
    merged from several: an answer goes to the one of the last message, which `connector` and `address` are. `language`
    is what its customer writes, BCP 47, "" where that is not sure.
    """

    number: int
    customer: Customer
    connector: str
    address: str
    state: State
    version: int
    thread: str = ""
    subject: str = ""
    opened_at: datetime
    changed_at: datetime
    person_answered_at: datetime | None = None
    answered_by: str = ""
    room: str = ""
    copies: tuple[str, ...] = ()
    about: int = 0
    snoozed_until: datetime | None = None
    priority: int = 0
    assigned_to: str = ""
    tags: tuple[str, ...] = ()
    split_from: int = 0
    places: tuple[tuple[str, str], ...] = ()
    language: str = ""

    def is_at(self, connector: str, address: str) -> bool:
        """Whether its customer writes in it from there."""
        return (connector, address) == (self.connector, self.address) or (connector, address) in self.places

    @property
    def handle(self) -> str:
        """How an owner names it."""
        return f"#{self.number}"
