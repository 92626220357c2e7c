"""The values that go out: one network call, what may be chosen in answer to it, and the network's receipt.

They are frozen, keyword-only and valid from birth, as what comes in is (`bridge/messages.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bridge.messages import Attachment
from bridge.text import Text
from bridge.valid import clean, require_aware, set_clean, set_ids


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One way to answer a question of ours: a button, a numbered line, a link; `word` does where there are none."""

    id: str
    label: str
    word: str

    @property
    def line(self) -> str:
        """It, where there are no buttons: the word that does the same, and what that says, if it says more."""
        return self.word if self.label.casefold() == self.word.casefold() else f"{self.word} - {self.label}"


class OutboundKind(StrEnum):
    """Why an outbound is sent; what may be done with it follows from this."""

    ANSWER = "answer"  # an owner's words to a customer
    AUTOMATIC = "automatic"  # the bridge's own words to a customer: an acknowledgement, an FAQ answer
    RELAY = "relay"  # a customer's words to an owner
    NOTICE = "notice"  # the bridge's own words to an owner
    MARK = "mark"  # how far an owner's answer got, on the owner's own line
    EDIT = "edit"  # an owner's other words in place of an answer that has left (ability `Edits`); never given to `send`
    DELETION = "deletion"  # such an answer is taken back; likewise
    REACTION = "reaction"  # an owner's sign on a customer's message (ability `Reacts`); never given to `send`
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
        require_aware(self.at)
        set_clean(self, "author")
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
        require_aware(self.created_at, self.expires_at)
        set_ids(self, "address", "replies_to", "room", "copies")
        set_clean(self, "subject", "from_name", "title", "token")

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
        set_ids(self, "native_ids")
        set_clean(self, "missed")
