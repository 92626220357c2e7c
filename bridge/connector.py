"""THE CONTRACT between the bridge and one account on one network.

A connector does three things. It *runs*: stays connected and hands over what comes in. It *parses*: says what a raw
item means. It *sends*: puts one outbound on its network. All else is an optional ability (`bridge/abilities.py`), which
the bridge asks for once with `isinstance`; a connector that lacks an ability simply has no such method.

A connector imports this module and its own network's library, nothing else of the bridge: the values
(`bridge/messages.py`, `outbound.py`, `text.py`), the failures (`bridge/failures.py`) and the abilities are to be had
here. `connectors/console.py` is the smallest complete one. `bridge/testing.py` holds the conformance suites that every
connector has to pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from bridge.abilities import (
    Canary,
    Check,
    Edits,
    Fetches,
    Finding,
    FindingLevel,
    Hear,
    Mark,
    Marks,
    Merges,
    Overhears,
    OwnerSurface,
    Partial,
    Reacts,
    Ready,
    Recalls,
    Rooms,
    Routes,
    Signal,
    Signals,
    Splits,
    Surface,
    Typing,
    Vouched,
    Vouches,
)
from bridge.crashpoint import reach
from bridge.failures import (
    Busy,
    DeliveryFailure,
    NeverKnown,
    OutcomeUnknown,
    PermanentFailure,
    RoomGone,
    StoreFull,
    TemporaryFailure,
    Unavailable,
)
from bridge.messages import (
    Attachment,
    Automatic,
    AutomaticKind,
    Chosen,
    Deletion,
    DeliveryReport,
    DeliveryStatus,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    Receive,
    Spoke,
)
from bridge.outbound import Choice, Outbound, OutboundKind, Quoted, Receipt
from bridge.text import Span, SpanKind, Text
from bridge.valid import clean, one_line

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
    "Hear",
    "Ignored",
    "InboundEvent",
    "Mark",
    "Marks",
    "Merges",
    "Message",
    "NeverKnown",
    "Outbound",
    "OutboundKind",
    "OutcomeUnknown",
    "Overhears",
    "OwnerSurface",
    "Parse",
    "Partial",
    "PermanentFailure",
    "Quoted",
    "RawItem",
    "Reaction",
    "Reacts",
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
    "Typing",
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
    `unfit_member(settings, address, member)` says the same of who the owner is in a group that several share; without
    it, no address can be shared.
    """

    settings: type[Settings]
    create: Callable[[str, Any], Connector]
    explain: Explain | None = None
    unfit_owner: Callable[[Any, str], str] | None = None
    unfit_member: Callable[[Any, str, str], str] | None = None
