"""The values that cross every boundary: what comes in, what goes out, and what came of it.

All of them are frozen, keyword-only and valid from birth: a text holds no character that a network, a terminal or a
database would choke on, a name or a subject is one line, a time is aware. Nothing here does I/O.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

REPLACEMENT = "\ufffd"

ID_LIMIT = 500
"""Characters of an id or address: PostgreSQL's indexes take 2,700 bytes, and a character has up to four."""

# What XML 1.0 (section 2.2, Char) and PostgreSQL's text forbid, plus the C1 controls and lone surrogates. The
# replacement is one character for one, so that offsets of spans stay true.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What may not stand in one line: line ends (also Unicode's own), tabs, and bidirectional overrides that make a
# name or a file name look like another one.
_NOT_ONE_LINE = re.compile("[\t\r\n\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def clean(text: str) -> str:
    """The same text, of the same length, with every character that cannot travel replaced by U+FFFD."""
    return _FORBIDDEN.sub(REPLACEMENT, text)


def one_line(text: str, limit: int = 998) -> str:
    """A name, subject or file name fit for a header or a list: no line end, no control, at most `limit` characters."""
    return clean(_NOT_ONE_LINE.sub(" ", text[: limit * 2])).strip()[:limit].rstrip()


def identifier(text: str) -> str:
    """An id or an address: one line, at most ID_LIMIT characters.

    A longer one keeps its beginning and gets a hash of the whole, so that two which differ only at their far ends stay
    two: what looks like a known item is not stored again.
    """
    if len(text) <= ID_LIMIT:
        return one_line(text, ID_LIMIT)
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"{one_line(text, ID_LIMIT - 100)}~{digest}"


def _set_clean(value: object, *names: str) -> None:
    for name in names:
        object.__setattr__(value, name, one_line(getattr(value, name)))


def _set_ids(value: object, *names: str) -> None:
    for name in names:
        held = getattr(value, name)
        ids = identifier(held) if isinstance(held, str) else tuple(identifier(one) for one in held)
        object.__setattr__(value, name, ids)


def _require_aware(*moments: datetime | None) -> None:
    for moment in moments:
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone; every time here is aware (UTC)")


class SpanKind(StrEnum):
    """How a stretch of text is to be shown."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"
    PRE = "pre"
    LINK = "link"
    QUOTE = "quote"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Characters `start` up to, not including, `end` of a text are of this kind; `target` is a link's URL."""

    start: int
    end: int
    kind: SpanKind
    target: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span from {self.start} to {self.end} covers nothing")
        object.__setattr__(self, "target", one_line(self.target, 2000))


@dataclass(frozen=True, slots=True)
class Text:
    """The bridge's plain form: a string, and the spans in it. Each connector renders it in its network's notation."""

    plain: str = ""
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", clean(self.plain))
        if any(span.end > len(self.plain) for span in self.spans):
            raise ValueError("a span reaches past the end of its text")

    def __bool__(self) -> bool:
        return bool(self.plain.strip())

    def behind(self, head: str) -> Text:
        """`head` and then this, its spans moved along."""
        shift = len(head)
        spans = (
            Span(start=span.start + shift, end=span.end + shift, kind=span.kind, target=span.target)
            for span in self.spans
        )
        return Text(head + self.plain, tuple(spans))


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
        _require_aware(self.received_at)
        _set_ids(self, "native_id", "lane")
        if not self.native_id:
            raise ValueError("a raw item needs a native id: without one it could not be recognised when it comes again")


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
        _set_clean(self, "media_type", "source")
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
        _set_clean(self, "reason")


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
        _require_aware(self.sent_at)
        _set_ids(self, "address", "native_id", "replies_to", "room", "token", "copies", "same_as", "sender")
        _set_clean(self, "name", "subject", "spam", "doubt", "unreadable")


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
        _set_ids(self, "sender", "address", "native_id", "room")


@dataclass(frozen=True, kw_only=True, slots=True)
class Deletion:
    """The sender took an earlier message back."""

    address: str
    native_id: str
    authenticated: bool = False
    room: str = ""
    sender: str = ""

    def __post_init__(self) -> None:
        _set_ids(self, "sender", "address", "native_id", "room")


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
        _set_ids(self, "refers_to", "recipient")
        _set_clean(self, "reason")


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
        _set_ids(self, "sender", "address", "native_id", "room")
        _set_clean(self, "sign")


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
        _set_ids(self, "sender", "address", "outbound_id", "choice_id", "room")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """The item says nothing to anybody (a typing signal, our own copy); it is filed with this reason."""

    reason: str

    def __post_init__(self) -> None:
        _set_clean(self, "reason")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoke:
    """Our own account has said this to `address` from another client: a person's answer, which is there already."""

    address: str
    text: Text
    native_id: str = ""
    sent_at: datetime | None = None

    def __post_init__(self) -> None:
        _require_aware(self.sent_at)
        _set_ids(self, "address", "native_id")


InboundEvent = Message | Edit | Deletion | DeliveryReport | Reaction | Chosen | Spoke | Ignored


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One way to answer a question of ours: a button, a numbered line, a link; `word` does where there are none."""

    id: str
    label: str
    word: str


class OutboundKind(StrEnum):
    """Why an outbound is sent; what may be done with it follows from this."""

    ANSWER = "answer"  # an owner's words to a customer
    AUTOMATIC = "automatic"  # the bridge's own words to a customer: an acknowledgement, an FAQ answer
    RELAY = "relay"  # a customer's words to an owner
    NOTICE = "notice"  # the bridge's own words to an owner
    MARK = "mark"  # how far an owner's answer got, on the owner's own line
    EDIT = "edit"  # an owner's other words in place of an answer that has left (ability `Edits`); never given to `send`
    DELETION = "deletion"  # such an answer is taken back; likewise
    CLOSE_ROOM = "close room"  # its conversation's room is closed (ability `Rooms`); never given to `send`
    REOPEN_ROOM = "reopen room"  # likewise opened again
    FETCH = "fetch"  # a file that came by reference is fetched (ability `Fetches`); never given to `send`


@dataclass(frozen=True, kw_only=True, slots=True)
class Quoted:
    """What an answer answers, for networks where it is put below the answer: who wrote it, when, and the words."""

    author: str
    at: datetime
    text: str

    def __post_init__(self) -> None:
        _require_aware(self.at)
        _set_clean(self, "author")
        object.__setattr__(self, "text", clean(self.text))


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbound:
    """One network call. `id` is ours and stable over all attempts (Message-ID, XEP-0359 origin-id).

    `replies_to` holds native ids, the thread's first message first, the one answered last (RFC 5322 section 3.6.4).
    `automatic` outbounds are to be marked so (RFC 3834) and expire. `conversation` is its number, 0 for none.
    `mark`, of a MARK, is how far the owner's line `replies_to[0]` got; `text` says it where marks cannot be shown.
    `title` is what owners' clients call the conversation, the same for all that is shown of it; `token` is to stand in
    the address that an answer goes to, for networks where one can; `copies` get it, too; `quoted` goes below the text.
    """

    id: str
    kind: OutboundKind
    connector: str
    address: str
    text: Text
    created_at: datetime
    conversation: int = 0
    room: str = ""
    subject: str = ""
    from_name: str = ""
    replies_to: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    choices: tuple[Choice, ...] = ()
    mark: str = ""
    expires_at: datetime | None = None
    title: str = ""
    token: str = ""
    copies: tuple[str, ...] = ()
    quoted: Quoted | None = None

    def __post_init__(self) -> None:
        _require_aware(self.created_at, self.expires_at)
        _set_ids(self, "address", "replies_to", "room", "copies")
        _set_clean(self, "subject", "from_name", "title", "token")

    @property
    def automatic(self) -> bool:
        """Whether the bridge itself speaks to a customer here."""
        return self.kind is OutboundKind.AUTOMATIC


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The network took an outbound. Answers, reactions and reports call it by a native id; the main one is first.

    `missed`, of an outbound with copies, says whom it was not taken for, and why, in words for the owner.
    """

    native_ids: tuple[str, ...] = ()
    missed: str = ""

    def __post_init__(self) -> None:
        _set_ids(self, "native_ids")
        _set_clean(self, "missed")
