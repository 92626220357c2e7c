"""What the steps ask of the store: the queue and the outbox, as values and small protocols."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bridge.book import Book
from bridge.decision import Decision, Draft, OwnerLine
from bridge.messages import Attachment, RawItem
from bridge.outbound import Outbound

TIMER = "timer"
"""The connector name that timers carry: they are queue rows, too."""


SUSPECT = 2
"""An item that so many daemons had in work when they died is worked on alone from then on, as one of many may be the
cause, and only what happens alone counts against it: whoever stops daemons by force buries nothing.
"""

CULPRIT = SUSPECT + 10
"""One that has been begun alone so many times, and never ended, is set aside: after a minute or two, at the pace at
which the service manager starts daemons. Fewer were not enough: whoever ends daemons again and again at the same step
meets the same good item there each time.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What may be sent at once: on which connectors, with the epoch of the lease (0 where none is needed), and which
    lanes are being worked on anyway.
    """

    epochs: Mapping[str, int] = field(default_factory=dict)
    busy: Collection[str] = ()


NOTHING_AT_ONCE = Start()


INLINE_LIMIT = 64 * 1024
"""Up to this many bytes a content stands in its row; a larger one is kept apart, by its SHA-256."""

AWAITS_FILE = "a file that goes along is still being fetched"
"""Why an outbound waits that carries a file which is not there yet."""


class LostClaim(Exception):
    """Another daemon has taken this over; whatever was to be written is not."""


class Conflict(Exception):
    """Somebody else changed the same conversation first; nothing was written, decide again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claimed:
    """An item in work. A timer's data are the item's facts. `blob` names its bytes where they are large: `Inbox.whole`
    fetches them, and `missing` says why they cannot be had, if so. `deaths` is how many daemons died with it in work
    (see SUSPECT).
    """

    id: int
    item: RawItem
    connector: str
    lane: str
    attempts: int
    blob: str = ""
    missing: str = ""
    deaths: int = 0

    @property
    def is_timer(self) -> bool:
        """Whether the clock sent it, not a customer."""
        return self.connector == TIMER


Decider = Callable[[Book], Decision]
"""Decides one event with the book as it stands. Called within the transaction; may be called again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sending:
    """An outbound marked `sending` for this daemon. `again`: the outcome of an earlier attempt is unknown. `part_of`
    is the id of the first part of what was too long for one message; "" for what was not. `file` is the one file that
    is fetched, or goes along. `in_room`: it stands in its conversation's room; `opening`: this attempt opens that
    room, and sends nothing. `changed` is the native id of the answer that is edited or taken back. `merged` are the
    relays that leave in the same message, in order behind this one.
    """

    outbound: Outbound
    lane: str
    attempts: int
    author: str
    origin: OwnerLine | None
    message: int | None
    again: bool = False
    part_of: str = ""
    file: int = 0
    opening: bool = False
    changed: str = ""
    in_room: bool = False
    merged: tuple[Outbound, ...] = ()


class Inbox(Protocol):
    """Raw items and timers: step 1 puts them in, step 2 takes them out."""

    async def receive(self, received: Sequence[tuple[str, RawItem]], positions: Mapping[str, Mapping[str, str]]) -> int:
        """Store items, each with its connector's name, and positions, in one transaction; how many were new."""

    async def claim(self, connectors: Collection[str], limit: int, now: datetime) -> Sequence[Claimed]:
        """Claim the first item of up to `limit` lanes, the large ones without their bytes."""

    async def whole(self, claimed: Claimed) -> Claimed:
        """The same with its bytes; or `missing`. Raises Unavailable."""

    async def begin_alone(self, claimed: Claimed) -> None:
        """Note, before the work on a suspect begins, that it has; settling, or a retry, takes it back."""

    async def keep(self, content: bytes) -> str:
        """Make a large attachment durable; the store's name for it."""

    async def settle(
        self, claimed: Claimed, deciders: Sequence[Decider], now: datetime, start: Start = NOTHING_AT_ONCE
    ) -> Sequence[Sending]:
        """Decide and apply each event in turn and mark the item done, in one transaction.

        What came of it and may leave at once, by `start`, is marked `sending` in the same one and returned: whoever
        calls sends it. Raises LostClaim, Conflict, and whatever a decider raises.
        """

    async def retry(self, claimed: Claimed, due_at: datetime, reason: str, *, counts: bool = True) -> None:
        """Not done: again at `due_at`; its lane waits for it. It `counts` as a try of the item's. Raises LostClaim."""

    async def bury(
        self, claimed: Claimed, reason: str, told: Sequence[Draft], now: datetime, raw: Attachment | None = None
    ) -> None:
        """Set it aside for good: a dead letter; its lane goes on, the owners are told, with `raw` as a file. Raises
        LostClaim.
        """

    async def next_at(self, among: Collection[str] | None = None) -> datetime | None:
        """When the next unclaimed lane, `among` those of these connectors, becomes ready: what waits for a connector
        that does not run here is nothing to look after.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of an attempt. `state`: sent, waiting (again at `due_at`), unknown (likewise), dead, maybe, expired,
    cancelled; or what it is tried again after at once: opened (`room`), refused (no room could be opened), gone (the
    room it was to stand in), outside (it could not stand in its room), apart (what was merged is sent one by one).

    `fetched` is a file that is there now: its content, or the store's name for it.
    """

    state: str
    native_ids: tuple[str, ...] = ()
    reason: str = ""
    due_at: datetime | None = None
    told: tuple[Draft, ...] = ()
    fetched: Attachment | None = None
    room: str = ""


Choose = Callable[[Sequence[Outbound], int], int]
"""Of these relays, and so many that wait for their address in all: how many of the first leave in one message."""


class Outbox(Protocol):
    """What is to be sent: step 3 puts it in with its decision, step 4 takes it out."""

    async def claim(self, epochs: Mapping[str, int], limit: int, now: datetime) -> Sequence[Sending]:
        """Mark the first outbound of up to `limit` lanes `sending`. `epochs`: connectors this daemon may send on, with
        the epoch of its lease (0 where none is needed); a lease that is no longer ours yields nothing.
        """

    async def files(self, sending: Sending) -> Sequence[Attachment]:
        """The attachments that go along, with their contents; without one where it is yet to be fetched (`awaited`), or
        could not be.
        """

    async def keep(self, content: bytes) -> str:
        """Make a large attachment durable; the store's name for it."""

    async def join(self, sending: Sending, choose: Choose, now: datetime) -> Sending:
        """The same with what leaves in the same message, marked `sending` with it: what `choose` takes of what waits
        behind it for the same place; of one that is sent again, what it was sent with before. Raises LostClaim.
        """

    async def finish(self, sending: Sending, outcome: Outcome, epoch: int, now: datetime) -> Sending | None:
        """Write down what came of it, and mark the lane's next `sending`, if one is due. Raises LostClaim."""

    async def due(self, limit: int, now: datetime, among: Collection[str] | None = None) -> int:
        """How many outbounds (`among` those of these connectors) could leave now, at most `limit`; not those behind one
        that waits for a later try.
        """

    async def put(self, drafts: Sequence[Draft], once: str, now: datetime) -> bool:
        """Notices of the daemon's own. With `once` they are put only if nothing was put under it before."""

    async def forget(self, once: str) -> bool:
        """What was told once, and all whose key begins so (`once:`), may be told again; whether it had been told."""

    async def next_at(self, among: Collection[str] | None = None) -> datetime | None:
        """When the next unclaimed lane, `among` those of these connectors, becomes ready: what waits for a connector
        that does not run here is nothing to look after.
        """


class Sender(Protocol):
    """Step 4, as step 2 hands it what may leave at once."""

    async def behind(self) -> bool:
        """Whether so much waits to be sent that more should not be added faster than it leaves."""

    def ready(self) -> Start:
        """What it can send right now; nothing while it has enough to do."""

    def take(self, begun: Sequence[Sending], epochs: Mapping[str, int]) -> None:
        """Send these, which are marked `sending` already."""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where it is shown that somebody types: a customer's address, or a room of an owner's."""

    connector: str
    address: str
    room: str = ""


class Spots(Protocol):
    """Where typing is shown: look-ups outside of any decision, which lock nothing."""

    async def rooms_of(self, connector: str, address: str, among: Collection[tuple[str, str]]) -> Sequence[Spot]:
        """The rooms of the conversation that this customer is in, `among` the owners' connectors and addresses; none
        where it is closed, or who is blocked or held. Raises Unavailable.
        """

    async def customer_in(self, connector: str, address: str, room: str) -> Spot | None:
        """The customer whose conversation stands in this room; None likewise. Raises Unavailable."""
