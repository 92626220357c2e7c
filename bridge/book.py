"""What a decision may look up: the shop's book as it stands in this transaction. Reading only.

Decisions are functions of an event, this book, the policy and the time; what is to change comes back as effects. The
store implements it (`store/book.py`); there is no second implementation that could drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bridge.case_book import CaseBook
from bridge.conversation import Conversation, Customer
from bridge.decision import OwnerLine, Question
from bridge.learned import Remembered, Trust
from bridge.text import Text

BEGINNING = 4_000
"""Characters of a message, where many are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message of a conversation's history; `direction` as in Direction. `connector` and `address` are where a
    customer wrote it from; the address of old ones is not known.
    """

    conversation: int
    direction: str
    author: str
    text: Text
    at: datetime
    subject: str = ""
    automatic: str = ""
    attachments: int = 0
    id: int = 0
    connector: str = ""
    address: str = ""
    native_id: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pending:
    """An outbound of ours; `author` is the owner who wrote it. `state` is as in the outbox, but for `unknown`: it
    waits for another try, and may have arrived. `part_of` names the first of its parts, if it left in parts, `changes`
    the answer that it corrects.
    """

    id: str
    kind: str
    conversation: int
    state: str
    author: str
    text: Text
    address: str
    connector: str
    created_at: datetime
    origin: OwnerLine | None
    native_id: str
    part_of: str = ""
    changes: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A dead letter. `id` is what `retry` takes: i12 for an item that could not be read, o7 for what was not sent."""

    id: str
    what: str
    reason: str
    at: datetime
    conversation: int = 0


class Book(CaseBook, Protocol):
    """Look-ups. None, or nothing, where there is nothing of the kind."""

    def customer_at(self, connector: str, address: str) -> Customer | None:
        """The customer who writes from this address; their rows are locked until the transaction ends."""

    def addresses_of(self, customer: str) -> Sequence[tuple[str, str]]:
        """Connector and address, of every address that is this customer's."""

    def customer(self, customer: str) -> Customer | None:
        """By id; their rows are locked until the transaction ends."""

    def find_address(self, address: str) -> Sequence[tuple[str, str]]:
        """Connector and address, of every known address that is spelt so, without regard to case."""

    def next_number(self) -> int:
        """The number of the next conversation; each call reserves one."""

    def conversation(self, number: int) -> Conversation | None:
        """By its number; of one that was merged into another, that other."""

    def recent_of(self, customer: str, limit: int = 5) -> Sequence[Conversation]:
        """A customer's conversations, the latest changed first."""

    def unfinished(self, limit: int = 20) -> Sequence[Conversation]:
        """Conversations that are not closed, the latest changed first."""

    def referred(self, connector: str, native_ids: Sequence[str]) -> Sequence[int]:
        """Numbers of the conversations that these ids belong to (what was shown, sent or received), in their
        order. An id that several messages bear names each of their conversations.
        """

    def in_room(self, connector: str, address: str, room: str) -> int | None:
        """The conversation whose room at this address this is."""

    def thread_ids(self, number: int, limit: int = 20) -> Sequence[str]:
        """Native ids of a conversation's messages on the customer's network, oldest first."""

    def history(self, number: int, limit: int) -> Sequence[Line]:
        """A conversation's last messages, oldest first."""

    def last_heard(self, number: int) -> Line | None:
        """The last message that came in."""

    def heard(self, message: int) -> Line | None:
        """What came in, by the id of its record."""

    def last_said(self, number: int) -> Line | None:
        """The last answer of a person's that was not taken back."""

    def history_of(self, customer: str, before: int, limit: int) -> Sequence[Line]:
        """A customer's last messages outside conversation `before`, oldest first."""

    def search(self, words: Sequence[str], limit: int) -> Sequence[Line]:
        """Messages that hold all the words, latest first."""

    def question(self, connector: str, address: str, now: datetime) -> Question | None:
        """What was asked at this address and is not answered yet nor expired."""

    def outbound(self, id_or_native: str, connector: str = "") -> Pending | None:
        """An outbound of ours by its id, or by a native id on a connector."""

    def parts_of(self, outbound_id: str) -> Sequence[str]:
        """The ids of all parts of an outbound, in order: its own, where it has none."""

    def waiting_of(self, author: str) -> Pending | None:
        """The latest answer by this owner that still waits."""

    def from_line(self, line: OwnerLine) -> Pending | None:
        """The outbound that came of this line of an owner's."""

    def answers(self, number: int) -> int:
        """How many answers by people a conversation has that were not taken back."""

    def automatic_since(self, connector: str, address: str, since: datetime) -> int:
        """How many automatic outbounds this address was sent, or waits for, since then."""

    def heard_since(self, connector: str, since: datetime, limit: int) -> Sequence[Line]:
        """What people wrote on a connector from then on, the latest of it: of each the first BEGINNING characters."""

    def waits_since(self, number: int) -> datetime | None:
        """When the customer of a conversation wrote what nobody, not even the bridge, has answered since."""

    def last_automatic(self, number: int) -> datetime | None:
        """When this conversation was last sent something automatic, or began to wait for it."""

    def automatic_subjects(self, connector: str, since: datetime, but: int) -> Sequence[str]:
        """The subjects of conversations, all but one, that got an automatic word from then on."""

    def logged(self, kind: str, since: datetime) -> int:
        """How many events of a kind the log has from then on."""

    def messages_between(self, customer: str, since: datetime, until: datetime) -> int:
        """How many messages a customer has written from then on, and before `until`."""

    def accepted(self, customer: str) -> bool:
        """Whether an owner has said of this customer that what they write is to be shown."""

    def filed(self, kinds: Sequence[str], since: datetime, limit: int) -> Sequence[Line]:
        """The messages that came in conversations with events of these kinds from then on, the last of each: its first
        BEGINNING characters.
        """

    def matches(self, number: int) -> Sequence[Remembered]:
        """How a conversation's messages were matched against the FAQ, oldest first."""

    def matches_since(self, since: datetime, limit: int) -> Sequence[Remembered]:
        """What was matched in all conversations from then on, oldest first."""

    def trust(self, entry: str, answer_hash: str) -> Trust:
        """How far an entry of the FAQ is trusted; not at all where nothing is known."""

    def letters(self, limit: int = 20) -> Sequence[Letter]:
        """The dead letters, latest first."""
