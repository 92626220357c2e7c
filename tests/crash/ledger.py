"""What the test has seen with its own eyes: what was acknowledged, shown, typed and sent. No word of the daemon's.

Everything is known by its token, `T0003N000012`: the twelfth message of customer 3. An owner's answer repeats the token
of what it answers. `shown` is in the order of showing, over all daemons that ever lived. `rooms` are the titles of the
rooms that were opened, the first of which is called `room-1`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field

TOKEN = re.compile(r"T\d{4}N\d{6}")
MARKED = "[maybe shown before] "


def token_of(text: str) -> str:
    """The first token in a text; empty where there is none."""
    found = TOKEN.search(text)
    return found[0] if found else ""


def customer_of(token: str) -> int:
    """Whose message it is."""
    return int(token[1:5])


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """Something that came over the wire: to the owner, or to a customer who is on the wire."""

    id: str
    kind: str
    address: str
    text: str
    conversation: int
    daemon: str
    files: tuple[int, ...] = ()
    room: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it brings a file that came by reference."""
        return self.kind == "relay" and self.text.endswith(".file")

    @property
    def marked(self) -> bool:
        """Whether it says of itself that it may have been shown before."""
        return self.text.startswith(MARKED)

    @property
    def bare(self) -> str:
        """The text without that mark."""
        return self.text.removeprefix(MARKED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailed:
    """A mail that came out: at the mail server or, `by_file`, in the Maildir."""

    message_id: str
    token: str
    automatic: bool
    in_reply_to: str
    by_file: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """A line of the owner's: an answer to the message `token`."""

    token: str
    conversation: int
    by_wire: bool


@dataclass(eq=False)
class Ledger:
    """The journal."""

    acknowledged: set[str] = field(default_factory=set)
    on_the_wire: set[str] = field(default_factory=set)
    poisoned: int = 0
    rooms: list[str] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    mailed: list[Mailed] = field(default_factory=list)
    answered: dict[str, Answered] = field(default_factory=dict)

    def relays(self) -> dict[str, list[Shown]]:
        """The copies of each customer's message that the owner saw."""
        copies: dict[str, list[Shown]] = defaultdict(list)
        for shown in self.shown:
            if shown.kind == "relay" and not shown.is_file:
                copies[token_of(shown.bare)].append(shown)
        return copies

    def files(self) -> dict[str, tuple[int, ...]]:
        """The sizes of what came by reference with each customer's message, as the owner got it."""
        return {token_of(shown.bare): shown.files for shown in self.shown if shown.is_file}

    def mails(self, *, automatic: bool) -> dict[str, list[str]]:
        """The Message-IDs of the mails about each token, one for each copy."""
        copies: dict[str, list[str]] = defaultdict(list)
        for mailed in self.mailed:
            if mailed.automatic == automatic:
                copies[mailed.in_reply_to if automatic else mailed.token].append(mailed.message_id)
        return copies

    def wired(self) -> dict[str, list[Shown]]:
        """The copies of each answer that went to a customer on the wire."""
        copies: dict[str, list[Shown]] = defaultdict(list)
        for shown in self.shown:
            if shown.kind == "answer":
                copies[token_of(shown.text)].append(shown)
        return copies

    def notices(self, beginning: str) -> Counter[int]:
        """How many different words of the bridge's own that begin so the owner read, by conversation."""
        ids = {shown.id: shown.conversation for shown in self.shown if shown.bare.startswith(beginning)}
        return Counter(ids.values())

    def figures(self) -> dict[str, int]:
        """What is worth knowing of a run that went well."""
        answers = self.mails(automatic=False)
        copies = sum(len(ids) - len(set(ids)) for ids in (*answers.values(), *self.mails(automatic=True).values()))
        return {
            "acknowledged": len(self.acknowledged),
            "relayed": len(self.relays()),
            "relayed_twice_marked": sum(shown.marked for shown in self.shown if shown.kind == "relay"),
            "answers": len(self.answered),
            "recognisable_copies": copies,
            "maybe_told": sum(self.notices("Maybe sent").values()),
            "automatic": len(self.mails(automatic=True)),
        }
