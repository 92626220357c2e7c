"""THE CONTRACT between the bridge and one account on one network. The shortest file that matters most.

A connector does three things. It *runs*: stays connected and hands over what comes in. It *parses*: says what a raw
item means. It *sends*: puts one outbound on its network. All else is an optional ability, a small Protocol below, which
the bridge asks for once with `isinstance`; a connector that lacks an ability simply has no such method.

A connector imports this module and its own network's library, nothing else of the bridge. `connectors/console.py` is
the smallest complete one. `bridge/testing.py` holds the conformance suites that every connector has to pass.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from bridge.crashpoint import reach
from bridge.messages import (
    Attachment,
    Automatic,
    AutomaticKind,
    Choice,
    Chosen,
    Deletion,
    DeliveryReport,
    DeliveryStatus,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    Outbound,
    OutboundKind,
    Quoted,
    RawItem,
    Reaction,
    Receipt,
    Span,
    SpanKind,
    Spoke,
    Text,
    clean,
    one_line,
)

if TYPE_CHECKING:
    from bridge.settings import Secret, Settings, StatePath

__all__ = [
    "Attachment",
    "Automatic",
    "AutomaticKind",
    "Busy",
    "Canary",
    "Check",
    "Choice",
    "Chosen",
    "Connector",
    "ConnectorType",
    "Deletion",
    "DeliveryFailure",
    "DeliveryReport",
    "DeliveryStatus",
    "Edit",
    "Edits",
    "Explain",
    "Fetches",
    "Finding",
    "FindingLevel",
    "Ignored",
    "InboundEvent",
    "Mark",
    "Marks",
    "Merges",
    "Message",
    "Outbound",
    "OutboundKind",
    "OutcomeUnknown",
    "OwnerSurface",
    "Parse",
    "Partial",
    "PermanentFailure",
    "Quoted",
    "RawItem",
    "Reaction",
    "Ready",
    "Recalls",
    "Receipt",
    "Receive",
    "RoomGone",
    "Rooms",
    "Routes",
    "Secret",
    "Settings",
    "Signal",
    "Signals",
    "Span",
    "SpanKind",
    "Splits",
    "Spoke",
    "StatePath",
    "StoreFull",
    "Surface",
    "TemporaryFailure",
    "Text",
    "Traits",
    "Unavailable",
    "Vouched",
    "Vouches",
    "clean",
    "one_line",
    "reach",
]


def __getattr__(name: str) -> object:
    """`Secret`, `Settings` and `StatePath`, once they are asked for: the process that parses has no settings, and is
    smaller by the 7 MB of pydantic.
    """
    if name not in ("Secret", "Settings", "StatePath"):
        raise AttributeError(f"{__name__} has no {name}")
    from bridge import settings  # noqa: PLC0415 - see above

    return getattr(settings, name)


# -- failures of sending: what happens next depends on the type alone ------------------------------
#
#   DeliveryFailure
#   +-- TemporaryFailure   did not arrive; tried again, not before `retry_after`
#   +-- PermanentFailure   did not arrive and never will; a dead letter, the owner is told the reason
#   |   +-- RoomGone       as its room was deleted; a new one is opened, and it goes there
#   +-- OutcomeUnknown     may have arrived (the connection broke after the bytes had left)
#
# Any other exception out of `send` counts as temporary: it is taken to have happened before the request left.


class DeliveryFailure(Exception):
    """An outbound was not confirmed. `reason` is for the owner's eyes: plain words, no secret, no customer's text."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = one_line(reason, 300)


class TemporaryFailure(DeliveryFailure):
    """Not delivered; worth another try, no sooner than `retry_after` where the network named a delay."""

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class PermanentFailure(DeliveryFailure):
    """Not delivered, and another try would not change that."""


class RoomGone(PermanentFailure):
    """Not delivered: the room that it was to stand in is no longer there. Another one is opened for it, once."""


class OutcomeUnknown(DeliveryFailure):
    """It may or may not have been delivered."""


# -- failures of receiving: what `receive` may raise -----------------------------------------------


class Unavailable(Exception):
    """Nothing was stored (database locked or gone): acknowledge nothing, offer the items again later (SMTP: 451)."""


class StoreFull(Unavailable):
    """Nothing was stored because the disk is full (SMTP: 452)."""


class Busy(Unavailable):
    """Nothing was stored because the bridge is stopping or overloaded."""


# -- the contract ----------------------------------------------------------------------------------

Receive = Callable[[Sequence[RawItem], Mapping[str, str] | None], Awaitable[None]]
"""`await receive(items, position)`: returns once the items **and** the position are committed together; only then may
the connector acknowledge anything to its network. Handing the same item over twice is harmless (it is known by its
`native_id`). `position` (key to value) is merged into what `run` is given at the next start; None leaves it as it is.
Raises Unavailable: nothing was stored then. If its caller is cancelled, what was begun is stored all the same.
"""

Explain = Callable[[bytes], Mapping[str, object]]
"""A module-level pure function: how an item that stands in a file would be understood, and why. Runs in a process that
can be killed, as a parser does. JSON values under names of the type's own; what the others share: `from`, `from_name`,
`subject`, `text`, `visible`, `attachments` (of `name`, `type`, `size`), `automatic` (null, or `kind` and `reason`)."""

Parse = Callable[[RawItem], Sequence[InboundEvent]]
"""A module-level pure function: no I/O, no clock, no state, so that it can run in another process and be killed there.
It may raise anything and take for ever; the item is then kept and shown to the owner as what it is. `raw` is bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What the bridge has to know of a connector before it uses it.

    parse_in_worker  parsing can hang or eat memory on hostile input: run it in a process that can be killed
    session          one connection at a time may exist (a mailbox, a bot, a JID): it runs, and sends, only where this
                     daemon holds the connector's lease. False: every daemon runs it (an SMTP listener)
    resend_unknown   sending the same outbound again after OutcomeUnknown is right, since receivers recognise its id
                     (SMTP, under the same Message-ID); False: it is marked "maybe sent" and the owner is told
    concurrency      how many sends may be under way at once, to different addresses
    give_up_after    how long temporary failures are retried before the outbound becomes a dead letter
    address_pattern  a regular expression of the addresses that an owner may write to first; "" where the network lets
                     nobody be written to who has not written; events name such an address in small letters
    quotes           an answer carries what it answers below (`Outbound.quoted`)
    tokens           an answer to a customer names its conversation in the address that answers go to
    raw_name         what a raw item is called where it is given to an owner as a file
    """

    parse_in_worker: bool = False
    session: bool = True
    resend_unknown: bool = False
    concurrency: int = 4
    give_up_after: timedelta = timedelta(days=2)
    address_pattern: str = ""
    quotes: bool = False
    tokens: bool = False
    raw_name: str = "message.txt"


class Connector(Protocol):
    """One account on one network."""

    @property
    def traits(self) -> Traits:
        """Constant over the connector's life."""

    @property
    def parse(self) -> Parse:
        """The module-level pure function that reads this network's raw items."""

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Stay connected, reconnect by itself, hand over what comes in, until cancelled.

        Returns only when nothing more can ever come (end of a pipe). Raises only what it cannot mend by itself; the
        daemon then starts it again with back-off and tells the owner through another connector. On cancellation it
        stops accepting, lets a `receive` that is under way finish, and leaves.
        """

    async def send(self, outbound: Outbound) -> Receipt:
        """Put one outbound on the network; return once the network has taken it. One call, one attempt, no retries.

        May be called before `run` has connected (raise TemporaryFailure), for several addresses at once, never for one
        address twice at a time. Raises TemporaryFailure, PermanentFailure, OutcomeUnknown.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectorType:
    """What an entry point of the group `inbox_bridge.connectors` names; its name is the `type` of the configuration.

    `settings` is the pydantic model (a `Settings`) of the connector's table; `create(name, settings)` makes the
    connector from a valid one, without any I/O. `explain`, where a raw item can be had as a file, is what
    `inbox-bridge explain` asks. `unfit_owner(settings, address)` says why an owner could not read and answer at this
    address, and what to do ("... ; set ..."), or "": the bridge then refuses the configuration.
    """

    settings: type[Settings]
    create: Callable[[str, Any], Connector]
    explain: Explain | None = None
    unfit_owner: Callable[[Any, str], str] | None = None


# -- optional abilities: a small Protocol each, asked for once with isinstance ---------------------


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
    ONLINE = "online"
    OFFLINE = "offline"


@runtime_checkable
class Signals(Protocol):
    """Typing and presence. Never stored, never retried."""

    async def signal(self, address: str, signal: Signal) -> None:
        """Show it now, or not at all; never raises a DeliveryFailure. To "": whether the shop is open, to everybody."""


@runtime_checkable
class Recalls(Protocol):
    """The network can be asked whether it already has an outbound of ours (XMPP: the own archive, by origin-id)."""

    async def recall(self, outbound: Outbound) -> Receipt | None:
        """The receipt that was missed, or None where the network surely does not have it. Raises OutcomeUnknown."""


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
