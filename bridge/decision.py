"""What was decided: a reason, and the effects that one transaction then has. Values only; the store applies them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bridge.case_effects import CaseEffect
from bridge.conversation import Conversation, Customer
from bridge.learned import Remembered, Trust
from bridge.messages import Attachment
from bridge.outbound import Choice, OutboundKind, Quoted
from bridge.text import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnerLine:
    """The line of an owner's that something came of: where its delivery mark goes."""

    connector: str
    address: str
    native_id: str
    room: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """An outbound to be: the store gives it its id. `due_at` None is now; `carries` takes the attachments of the
    message recorded in the same decision along, `carries_of` those of an earlier one; of those, only the one `file` if
    that is given (`source` is where a FETCH has it from). `author` is the owner who wrote it. `title` and `token` are
    filled in for all drafts alike (`addressing.py`). `in_room`: it is to stand in its conversation's room at this
    address; where that can't be had, it is shown outside, after `head`. `changes` is the id of the answer
    that an EDIT, a DELETION or a correction is about.
    """

    kind: OutboundKind
    connector: str
    address: str
    text: Text
    conversation: int = 0
    room: str = ""
    subject: str = ""
    replies_to: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    mark: str = ""
    due_at: datetime | None = None
    expires_at: datetime | None = None
    author: str = ""
    origin: OwnerLine | None = None
    carries: bool = False
    carries_of: int = 0
    from_name: str = ""
    title: str = ""
    token: str = ""
    copies: tuple[str, ...] = ()
    quoted: Quoted | None = None
    file: int = 0
    in_room: bool = False
    head: str = ""
    changes: str = ""
    source: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Enrol:
    """A customer that was not known, and the address they wrote from."""

    customer: Customer
    connector: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """A customer as they are after one more message: the flood window, and a name where they had none."""

    customer: Customer


@dataclass(frozen=True, kw_only=True, slots=True)
class Open:
    """A new conversation."""

    conversation: Conversation


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A conversation is now `after`; `after.version` is the version it was read at, and is checked."""

    after: Conversation


class Direction:
    """Whose words a recorded message is."""

    IN = "in"
    OUT = "out"
    NOTE = "note"
    UNDONE = "undone"  # an owner's words that were taken back in time: no part of any history


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A message for the history of a conversation. `address` is where a customer wrote it from."""

    conversation: int
    direction: str
    connector: str
    text: Text
    author: str = ""
    subject: str = ""
    native_id: str = ""
    automatic: str = ""
    attachments: tuple[Attachment, ...] = ()
    address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Amend:
    """A recorded message of a conversation now says this (an edit); an empty text with `deleted` takes it back."""

    conversation: int
    connector: str
    native_id: str
    text: Text
    deleted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    """Something to send. `more` are the parts that follow it, where it is too long for one: sent in order, taken back
    and marked as one.
    """

    draft: Draft
    more: tuple[Draft, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetch:
    """Each file of the message recorded in the same decision that came by reference is fetched. `draft` is a FETCH at
    the address that it came from; the file's name goes behind its text, which is how owners are shown it then.
    """

    draft: Draft


@dataclass(frozen=True, kw_only=True, slots=True)
class Withdraw:
    """An outbound that still waits is not sent. `reason` is one stable word or two."""

    outbound_id: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WithdrawAutomatic:
    """Whatever automatic still waits for this conversation's customer is not sent: a person has spoken."""

    conversation: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reword:
    """An outbound that still waits, on this connector, says this instead; `parts` where it is too long for one."""

    outbound_id: str
    text: Text
    connector: str = ""
    parts: tuple[Text, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Settle:
    """The network's later word on an outbound: delivered, read, bounced."""

    outbound_id: str
    state: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """What an owner was asked. `options` are conversation numbers (or "yes"), by the word that chooses them.

    `text` and `native_id` are the line that is held back until then; only what is typed in the same `room` answers,
    and by the same `owner`, where several share the address. `about`: what a customer is asked about.
    """

    kind: str
    options: Mapping[str, str]
    text: Text
    native_id: str = ""
    room: str = ""
    owner: str = ""
    about: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """A question is open at this address; an earlier one there is forgotten."""

    connector: str
    address: str
    question: Question
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The question open at this address is answered or dropped."""

    connector: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Remind:
    """A timer: it comes back as an item of its own. At most one of the same `key` waits at a time."""

    key: str
    due_at: datetime
    data: Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """An event for the append-only log (`happened.py` has the kinds). `sends`: it is about what the same decision sent
    to a customer before it, whose id it then has as `outbound`.
    """

    kind: str
    conversation: int = 0
    data: Mapping[str, object] = field(default_factory=dict)
    sends: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A customer is blocked, or no longer; and one who is let through is no longer held either."""

    customer: Customer
    blocked: bool
    held: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """`second`'s addresses and conversations are `first`'s from now on."""

    first: Customer
    second: Customer


@dataclass(frozen=True, kw_only=True, slots=True)
class Unlink:
    """Addresses that were linked to this customer go back to whom they were."""

    customer: Customer


@dataclass(frozen=True, kw_only=True, slots=True)
class Remember:
    """How a message was matched, and what became of it; a later one of the same id takes its place. The first is about
    the message recorded in the same decision.
    """

    match: Remembered


@dataclass(frozen=True, kw_only=True, slots=True)
class Vote:
    """So far an entry of the FAQ is trusted from now on."""

    trust: Trust


@dataclass(frozen=True, kw_only=True, slots=True)
class Revive:
    """A dead letter is tried again: `letter` as `dead` names it."""

    letter: str


Effect = (
    Enrol
    | Count
    | Open
    | Change
    | Record
    | Amend
    | Send
    | Fetch
    | Withdraw
    | WithdrawAutomatic
    | Reword
    | Settle
    | Ask
    | Answered
    | Remind
    | Log
    | Block
    | Link
    | Unlink
    | Remember
    | Vote
    | Revive
    | CaseEffect
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What follows from one event, and the reason: one stable word or two, stored with the item."""

    reason: str
    effects: tuple[Effect, ...] = ()
