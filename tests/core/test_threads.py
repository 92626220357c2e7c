"""Which conversation a customer's message belongs to (`bridge/customers/threads.py`)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.conversation import Conversation, Customer, State
from bridge.customers.threads import REOPENS_FOR, bare_subject, choose
from bridge.messages import Message
from bridge.text import Text

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANNA = Customer(id="anna", name="Anna", window_at=NOW)
EVE = Customer(id="eve", name="Eve", window_at=NOW)


@pytest.mark.parametrize(
    ("subject", "bare"),
    [
        ("Tulips", "Tulips"),
        ("Re: Tulips", "Tulips"),
        ("RE: re: Fwd: Tulips", "Tulips"),
        ("Re[2]: Tulips", "Tulips"),
        ("Re(3): Tulips", "Tulips"),
        ("AW: WG: Tulips", "Tulips"),
        ("Antwort: Tulips", "Tulips"),
        ("SV: VS: Odp: Tulips", "Tulips"),
        ("回复：Tulips", "Tulips"),  # noqa: RUF001 - as Chinese mail programs write it
        ("Re : Tulips", "Tulips"),
        ("  Re:Tulips  ", "Tulips"),
        ("Reply to: you", "Reply to: you"),
        ("Regarding: tulips", "Regarding: tulips"),
        ("Read: tulips", "Read: tulips"),
        ("Reactor: tulips", "Reactor: tulips"),
        ("Tulips re: price", "Tulips re: price"),
        ("Re", "Re"),
        ("Re:", ""),
        ("", ""),
        ("Re[12345]: x", "Re[12345]: x"),
    ],
)
def test_bare_subject(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare


def test_a_subject_of_prefixes_only_takes_linear_time() -> None:
    assert bare_subject("Re: " * 20_000 + "x") == "x"
    assert bare_subject("Re " * 20_000)


def conversation(
    number: int, subject: str = "", state: State = State.OPEN, customer: Customer = ANNA, age: timedelta = timedelta()
) -> Conversation:
    return Conversation(
        number=number,
        customer=customer,
        connector="mail",
        address="anna@example.org",
        state=state,
        version=1,
        subject=subject,
        opened_at=NOW - age,
        changed_at=NOW - age,
    )


def mail(subject: str = "") -> Message:
    return Message(address="anna@example.org", text=Text("x"), subject=subject, threaded=True)


CHAT = Message(address="anna@example.org", text=Text("x"))
TULIPS = conversation(1, "Tulips")
ROSES = conversation(2, "Roses")
CLOSED_TULIPS = conversation(3, "Tulips", State.CLOSED)
EVES = conversation(4, "Tulips", customer=EVE)
OLD_CLOSED = conversation(5, state=State.CLOSED, age=REOPENS_FOR + timedelta(seconds=1))
LATELY_CLOSED = conversation(6, state=State.CLOSED, age=REOPENS_FOR)
OLD_OPEN = conversation(7, age=timedelta(days=900))

CHOSEN = [
    # an answer belongs to what it answers, open or not, whatever its subject says
    ("an answer", mail("Re: Tulips"), [TULIPS], [ROSES], 1),
    ("an answer to what is closed", mail("Re: Tulips"), [CLOSED_TULIPS], [ROSES], 3),
    ("an answer under another subject", mail("Something else"), [TULIPS], [ROSES], 1),
    ("an answer to two, the nearest first", mail(), [ROSES, TULIPS], [], 2),
    # a stranger who has somebody's reference does not join
    ("somebody else's reference", mail("Re: Tulips"), [EVES], [], None),
    ("somebody else's and an own one", mail(), [EVES, TULIPS], [], 1),
    ("a newsletter that shares a reference", mail("News!"), [EVES], [ROSES], None),
    # no reference, the subject alone
    ("re: with an open subject of theirs", mail("Re: Tulips"), [], [ROSES, TULIPS], 1),
    ("re: spelt otherwise", mail("AW: TULIPS "), [], [TULIPS], 1),
    ("the same subject without re: is a new matter", mail("Tulips"), [], [TULIPS], None),
    ("re: with a closed subject", mail("Re: Tulips"), [], [CLOSED_TULIPS], None),
    ("re: with a subject that nobody knows", mail("Re: Cars"), [], [TULIPS], None),
    ("a number in the subject is no key", mail("Re: [#1] Cars"), [], [TULIPS], None),
    ("an empty subject", mail(""), [], [conversation(9, "")], None),
    ("only re:", mail("Re:"), [], [conversation(9, "")], None),
    # chats have no threads
    ("a chat goes on", CHAT, [], [TULIPS, ROSES], 1),
    ("a chat goes on after years, if it is open", CHAT, [], [OLD_OPEN], 7),
    ("a chat closed lately opens again", CHAT, [], [LATELY_CLOSED], 6),
    ("a chat closed long ago does not", CHAT, [], [OLD_CLOSED], None),
    ("the latest one counts", CHAT, [], [LATELY_CLOSED, OLD_OPEN], 6),
    ("a chat that answers something", CHAT, [CLOSED_TULIPS], [ROSES], 3),
    ("a chat's first words", CHAT, [], [], None),
]


@pytest.mark.parametrize(("what", "message", "referred", "here", "number"), CHOSEN)
def test_which_conversation(
    what: str, message: Message, referred: list[Conversation], here: list[Conversation], number: int | None
) -> None:
    found = choose(message, ANNA, referred, here, NOW)
    assert (found.number if found else None) == number, what
