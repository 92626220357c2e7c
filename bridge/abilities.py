"""The optional abilities of a connector: a small Protocol each, asked for once with `isinstance`.

A connector that lacks one simply has no such method. Connectors import them from `bridge.connector`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from bridge.messages import Attachment, Message, RawItem, Receive
from bridge.outbound import Outbound, Receipt
from bridge.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Surface:
    """How a connector shows things to an owner.

    rooms    an owner has one room or topic per conversation (the connector then has the ability Rooms, too)
    tokens   an owner's line counts only with the token of what it answers: anybody can write the owner's address
    quiet    what is shown costs attention (a mail each): no echo of what was typed, no mark but of a failure
    buttons  `Outbound.choices` are shown as buttons, and pressing one is a `Chosen`
    """

    rooms: bool = False
    tokens: bool = False
    quiet: bool = False
    buttons: bool = False


@runtime_checkable
class OwnerSurface(Protocol):
    """An owner can read and answer here. Every line shown carries its handle (#42) unless it stands in a room."""

    @property
    def surface(self) -> Surface:
        """Constant over the connector's life."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Vouched:
    """Whether a message is from whom it names; where it is not sure to be, why, in words for the owner."""

    sure: bool
    why: str = ""


@runtime_checkable
class Vouches(Protocol):
    """The network vouches for nobody (mail), but the connector can look: asked about messages in an owner's name."""

    async def vouch(self, item: RawItem, message: Message) -> Vouched:
        """Whether `message`, which was read from `item`, is from `message.address`. Raises TemporaryFailure where that
        cannot be found out now (no DNS): it is asked again later.
        """


@runtime_checkable
class Splits(Protocol):
    """The network has a longest message."""

    def split(self, text: Text) -> Sequence[Text]:
        """The same text in parts that each fit, in order, cut at sensible places. Pure."""


@runtime_checkable
class Merges(Protocol):
    """The network takes so few messages that what waits for one place is better put into one."""

    def merge(self, outbounds: Sequence[Outbound], waiting: int) -> tuple[Outbound, int]:
        """One outbound that shows the first so many of what waits for an owner, in order, and how many: one where
        they had better stand alone. `waiting` is how many wait for this address in all (200 may be more). It has the
        first one's id and place, and buttons only if all are of one conversation. Pure.
        """


@runtime_checkable
class Rooms(Protocol):
    """The network has rooms or topics; the mapping of rooms to conversations belongs to the core.

    `send` puts what has an `Outbound.room` there, and raises RoomGone where that is no longer there. What an owner
    writes in a room comes with its name (`Message.room`), which is the one that `open_room` gave and never another
    room's; "" is the main one, where no conversation stands.
    """

    async def open_room(self, address: str, title: str) -> str:
        """Open a room titled so within `address` (a group, a user) and return its name. Raises as `send` does."""

    async def close_room(self, address: str, room: str, *, reopen: bool = False) -> None:
        """Close it, or open it again; harmless where it is so already. Raises as `send` does; RoomGone."""


@runtime_checkable
class Edits(Protocol):
    """The network can change or take back what was sent."""

    async def edit(self, outbound: Outbound, native_id: str) -> None:
        """Make the sent message `native_id` say what `outbound` says now. Raises as `send` does."""

    async def delete(self, outbound: Outbound, native_id: str) -> None:
        """Take the sent message `native_id` back. Raises as `send` does."""


@runtime_checkable
class Reacts(Protocol):
    """The network has signs (emoji) that are put on a message."""

    async def react(self, address: str, native_id: str, signs: Sequence[str]) -> None:
        """Put these on the message `native_id` of theirs, in place of any earlier ones of ours; none takes those off.
        Raises as `send` does: PermanentFailure for what this network has no sign for.
        """


@runtime_checkable
class Partial(Protocol):
    """Parts of it can fail while the others go on: one mailbox of several. The owner is told as if all of it had."""

    @property
    def trouble(self) -> str:
        """What does not work at the moment, in plain words without a secret; empty while all does."""


class Mark(StrEnum):
    """How far an owner's answer got; the latest wins."""

    WAITING = "waiting"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    MAYBE = "maybe"


@runtime_checkable
class Marks(Protocol):
    """The network can show a delivery mark on the owner's own line (a reaction, an edit). Without it a line is sent."""

    async def mark(self, address: str, native_id: str, mark: Mark, reason: str) -> None:
        """Show `mark` on the owner's message `native_id`, in place of any earlier one. Raises as `send` does."""


class Signal(StrEnum):
    """What is worth knowing now and not worth keeping."""

    TYPING = "typing"
    STOPPED = "stopped"  # whoever was typing does so no more
    ONLINE = "online"
    OFFLINE = "offline"


@runtime_checkable
class Signals(Protocol):
    """Typing and presence. Never stored, never retried."""

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:
        """Show it now, in this room where one is named, or not at all; never raises a DeliveryFailure, and must not
        delay what is sent. To "": whether the shop is open, to everybody.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class Typing:
    """Somebody types, or has stopped. The rest is as in a Message of theirs."""

    signal: Signal
    address: str
    room: str = ""
    sender: str = ""
    authenticated: bool = False


Hear = Callable[[Typing], None]
"""Called in the loop; returns at once, and never raises."""


@runtime_checkable
class Overhears(Protocol):
    """The network tells while somebody types. That is never stored: it is worth something now, or nothing."""

    def overhear(self, hear: Hear) -> None:
        """Call `hear` from now on, instead of any other, when somebody begins to type and when they stop."""


@runtime_checkable
class Recalls(Protocol):
    """The network can be asked whether it already has an outbound of ours (XMPP: the own archive, by origin-id)."""

    async def recall(self, outbound: Outbound) -> Receipt | None:
        """The receipt that was missed, or None where the network surely does not have it.

        Raises OutcomeUnknown where it cannot be asked now (it is asked again later, and what is behind waits), and
        NeverKnown where no later answer would be surer.
        """


@runtime_checkable
class Fetches(Protocol):
    """Attachments come by reference and are fetched in a step of their own, only from hosts that may be asked."""

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """The content of `attachment.source`, at most `limit` bytes. Raises as `send` does."""


class FindingLevel(StrEnum):
    """What a check found."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that `doctor` looked at: what it is, how it is, and what to do about it."""

    level: FindingLevel
    what: str
    todo: str = ""


@runtime_checkable
class Ready(Protocol):
    """The connector can tell when it is up: the daemon says that it is, once all such are, or after some seconds."""

    async def ready(self) -> None:
        """Return once `run` takes what comes in: it listens, or has its first session. Returns at once if it does so
        already, or never will. May be cancelled.
        """


@runtime_checkable
class Check(Protocol):
    """The connector can check itself against its server, before it runs and without disturbing a running one."""

    async def check(self) -> Sequence[Finding]:
        """Everything it looked at, good and bad. A fault of the server is a finding, not an exception."""


@runtime_checkable
class Canary(Protocol):
    """The account can write to itself, which shows that the way out and the way in work: `doctor --canary`."""

    async def canary(self, token: str) -> str:
        """Send one message to the account itself, and return to which address. When it comes in, `parse` makes of it
        one `Ignored` whose reason is `canary {token}`, and after a ": " what is to be complained of. Raises as `send`
        does.
        """


@runtime_checkable
class Routes(Protocol):
    """HTTP routes (Starlette) that the daemon mounts on its one server under /hook/<name>."""

    def routes(self, receive: Receive) -> Sequence[Any]:
        """The routes; a handler answers only after `receive` returned."""
