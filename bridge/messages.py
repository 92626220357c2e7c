"""The values that come in: a raw item, how it is handed over, and the events that a connector reads from it.

All of them are frozen, keyword-only and valid from birth (`bridge/valid.py`): a text holds no character that a network,
a terminal or a database would choke on, a name or a subject is one line, a time is aware. Nothing here does I/O.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from bridge.text import Text
from bridge.valid import one_line, require_aware, set_clean, set_ids


@dataclass(frozen=True, kw_only=True, slots=True)
class RawItem:
    """What the network handed over, byte for byte: a mail, a stanza's XML, an update's JSON.

    `native_id` is unique per connector for ever (it carries an epoch where a network may number anew). `lane` is the
    sender's address as far as it is known without parsing: one item per lane is in work at a time. `facts` is what the
    bytes do not hold (envelope, peer, authenticated identity, verdicts): JSON values only. A `Path` as `raw` is a file
    that the store copies. Where a `native_id` is a hash of the bytes, the same bytes may rightly come again one day:
    after `repeats_after` they count as a new item.
    """

    native_id: str
    raw: bytes | Path
    lane: str
    facts: Mapping[str, object] = field(default_factory=dict)
    received_at: datetime
    repeats_after: timedelta | None = None

    def __post_init__(self) -> None:
        require_aware(self.received_at)
        set_ids(self, "native_id", "lane")
        if not self.native_id:
            raise ValueError("a raw item needs a native id: without one it could not be recognised when it comes again")


Receive = Callable[[Sequence[RawItem], Mapping[str, str] | None], Awaitable[None]]
"""`await receive(items, position)`: returns once the items **and** the position are committed together; only then may
the connector acknowledge anything to its network. Handing the same item over twice is harmless (it is known by its
`native_id`). `position` (key to value) is merged into what `run` is given at the next start; None leaves it as it is.
Raises Unavailable: nothing was stored then. If its caller is cancelled, what was begun is stored all the same.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A file. `content` is there right after parsing and right before sending; in between the store keeps it.

    `source` names, in the connector's own words, a file that is yet to be fetched (ability `Fetches`); `blob` is the
    store's own name for the content.
    """

    name: str
    media_type: str = "application/octet-stream"
    size: int = 0
    content: bytes | None = field(default=None, repr=False)
    inline: bool = False
    source: str = ""
    blob: str = ""

    def __post_init__(self) -> None:
        # A path in a file name ("../../etc/passwd", "C:\\x") is the sender's wish, not ours.
        name = re.split(r"[/\\]", one_line(self.name, 255))[-1].strip(". ")
        object.__setattr__(self, "name", name or "unnamed")
        set_clean(self, "media_type", "source")
        if self.content is not None:
            object.__setattr__(self, "size", len(self.content))

    @property
    def awaited(self) -> bool:
        """Whether it is yet to be fetched."""
        return bool(self.source) and self.content is None and not self.blob


class AutomaticKind(StrEnum):
    """What kind of machine wrote."""

    BOUNCE = "bounce"
    AUTO_REPLY = "auto-reply"
    AUTO_GENERATED = "auto-generated"
    LIST = "list"
    REPORT = "report"


@dataclass(frozen=True, kw_only=True, slots=True)
class Automatic:
    """A machine wrote this (RFC 3834), and how we know."""

    kind: AutomaticKind
    reason: str

    def __post_init__(self) -> None:
        set_clean(self, "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """Somebody wrote something.

    `address` is the sender's on this connector. `authenticated` says that the network itself, or a check of the
    connector's, vouches for it; without it nobody is ever taken for an owner. `native_id` is what an answer, an edit or
    a reaction will refer to. `replies_to` names the messages that this one answers, nearest first: native ids of
    theirs, or ids of our outbounds. `threaded` says that the network has threads (a mail's References and subject), so
    that a message which answers nothing begins a new conversation; in a chat it belongs to the open one.
    `text` is all that was written, `visible` the sender's own new words where they are fewer.
    `same_as` is the spelling of `address` by which the same person is known, where the owner has said that spellings
    count as one. `token` is what stood in the address that it was sent to, if that was made for an answer
    (`Outbound.token`); `copies` are the addresses of others who got it, ours left out. `spam` is why the network's own
    filter holds it for spam, `doubt` why a check of the connector's does not vouch for the sender; "" for neither.
    `unreadable` is what it is encrypted with, where it cannot be read here; `text` then says just that.
    `sender` is who wrote it, where `address` is a group that several owners write in; it is vouched for as well.
    """

    address: str
    text: Text
    name: str = ""
    authenticated: bool = False
    native_id: str = ""
    replies_to: tuple[str, ...] = ()
    threaded: bool = False
    subject: str = ""
    room: str = ""
    visible: Text | None = None
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic | None = None
    sent_at: datetime | None = None
    token: str = ""
    copies: tuple[str, ...] = ()
    spam: str = ""
    doubt: str = ""
    unreadable: str = ""
    same_as: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        require_aware(self.sent_at)
        set_ids(self, "address", "native_id", "replies_to", "room", "token", "copies", "same_as", "sender")
        set_clean(self, "name", "subject", "spam", "doubt", "unreadable")


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """The sender changed an earlier message: `native_id` names it, `text` is what it says now."""

    address: str
    native_id: str
    text: Text
    authenticated: bool = False
    room: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        set_ids(self, "sender", "address", "native_id", "room")


@dataclass(frozen=True, kw_only=True, slots=True)
class Deletion:
    """The sender took an earlier message back."""

    address: str
    native_id: str
    authenticated: bool = False
    room: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        set_ids(self, "sender", "address", "native_id", "room")


class DeliveryStatus(StrEnum):
    """How far one of our outbounds got, by the network's word."""

    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    READ = "read"
    BOUNCED = "bounced"


@dataclass(frozen=True, kw_only=True, slots=True)
class DeliveryReport:
    """What became of one of our outbounds, named by its id or by the native id that its receipt gave.

    `permanent` matters for BOUNCED only: a temporary bounce is a delay that the other side still works on.
    """

    refers_to: str
    status: DeliveryStatus
    reason: str = ""
    permanent: bool = True
    recipient: str = ""

    def __post_init__(self) -> None:
        set_ids(self, "refers_to", "recipient")
        set_clean(self, "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reaction:
    """Somebody put a sign (an emoji) on a message; an empty one takes it back."""

    address: str
    native_id: str
    sign: str
    authenticated: bool = False
    room: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        set_ids(self, "sender", "address", "native_id", "room")
        set_clean(self, "sign")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Somebody pressed the button `choice_id` of our outbound `outbound_id`."""

    address: str
    outbound_id: str
    choice_id: str
    authenticated: bool = False
    room: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        set_ids(self, "sender", "address", "outbound_id", "choice_id", "room")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """The item says nothing to anybody (a typing signal, our own copy); it is filed with this reason."""

    reason: str

    def __post_init__(self) -> None:
        set_clean(self, "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoke:
    """Our own account has said this to `address` from another client: a person's answer, which is there already."""

    address: str
    text: Text
    native_id: str = ""
    sent_at: datetime | None = None

    def __post_init__(self) -> None:
        require_aware(self.sent_at)
        set_ids(self, "address", "native_id")


InboundEvent = Message | Edit | Deletion | DeliveryReport | Reaction | Chosen | Spoke | Ignored
