"""Machines that hide that they are machines: they answer whatever is sent to them, for a day of the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from shop import Shop

from bridge.book import Line
from bridge.bot.loops import bare, sign_of_a_loop
from bridge.testing import FakeClock
from bridge.text import Text

Written = tuple[str, dict[str, object]]
"""Address and the rest of a message."""

ACK = "Thank you for your mail. Our office has received it and will answer within two days."
NOW = FakeClock()()


def another_bridge(count: int, _last: str, subject: str) -> Written:
    """It confirms each new conversation, from its one address, as the same thread or a new one."""
    return "office@other.example", {"text": ACK, "subject": f"Re: {subject}" if count % 2 else f"Request {count}"}


def changing_addresses(count: int, _last: str, subject: str) -> Written:
    """A ticket system: an address and a number of its own for each mail."""
    text = f"{ACK} Your number is {count * 7919}, write to t{count}@desk.example."
    return f"t{count}@desk.example", {"text": text, "subject": f"[{count}] {subject}"}


def quoting(count: int, last: str, _subject: str) -> Written:
    """It sends back what it got, in words that change, from addresses that change."""
    return f"r{count}@desk.example", {"text": f"{'So ' * count}\n> {last}", "subject": f"Mail {count}"}


def answering_the_subject(count: int, _last: str, subject: str) -> Written:
    """Words and addresses change, the subject is the one it answers."""
    return f"r{count}@desk.example", {"text": f"{'Indeed ' * count} we have it.", "subject": f"AW: {subject}"}


@pytest.mark.parametrize("machine", [another_bridge, changing_addresses, quoting, answering_the_subject])
def test_at_most_two_automatic_words_in_a_day_then_silence_and_one_notice(
    machine: Callable[[int, str, str], Written],
) -> None:
    shop = Shop().with_policy(acknowledge=True)
    began, count, subject, last = shop.clock(), 0, "Hello", "Hello"
    while shop.clock() - began < timedelta(hours=23):
        # Whether it was answered or not, it writes again.
        count += 1
        address, fields = machine(count, last, subject)
        shop.customer(address, str(fields.pop("text")), **fields)  # type: ignore[arg-type]
        shop.drain()
        shop.clock.advance(minutes=30)
        shop.ring()
        for automatic in shop.sent("automatic")[-1:]:
            last, subject = automatic.text, shop.outbound(automatic.id).subject
    assert count == 46
    assert 1 <= len(shop.sent("automatic")) <= 2
    assert len([one for one in shop.sent("notice") if "may be a machine" in one.text]) == 1
    assert len(shop.sent("relay")) == count


def test_people_who_write_alike_are_confirmed() -> None:
    shop = Shop().with_policy(acknowledge=True)
    for name in ("anna", "bob", "carl", "dora"):
        shop.customer(f"{name}@example.org", "Hello", subject="Question")
        shop.clock.advance(minutes=1)
        shop.ring()
    assert len(shop.sent("automatic")) == 4


def line(text: str, subject: str = "", conversation: int = 1) -> Line:
    return Line(conversation=conversation, direction="in", author="A", text=Text(text), at=NOW, subject=subject)


LONG = "We have received your message and will come back to you soon."


@pytest.mark.parametrize(
    ("last", "today", "answered", "sign"),
    [
        pytest.param(line("Do you have tulips in November?"), [], [], "", id="a person"),
        pytest.param(line(f"> {ACK}\nwhat is this?"), [], [], "our own words", id="quotes us"),
        pytest.param(line("Yes", "Re: Order"), [], ["Order"], "an answer to a machine", id="answers by subject"),
        pytest.param(line("Yes", "Order"), [], ["Order"], "", id="the same subject by chance"),
        pytest.param(line("Yes", "Re: "), [], [""], "", id="no subject"),
        pytest.param(
            line(LONG), [line(LONG, "", 2), line(LONG, "", 3)], [], "the same words again", id="two others wrote it"
        ),
        pytest.param(line(LONG), [line(LONG, "", 2), line(LONG, "", 2)], [], "", id="one other, twice"),
        pytest.param(line(LONG), [line(LONG), line(LONG), line(LONG)], [], "", id="one's own words"),
        pytest.param(line("Hi"), [line("Hi", "", 2), line("Hi", "", 3)], [], "", id="short words"),
    ],
)
def test_signs(last: Line, today: list[Line], answered: list[str], sign: str) -> None:
    assert sign_of_a_loop(last, ACK, today, answered) == sign


def test_what_changes_from_mail_to_mail_is_no_difference() -> None:
    assert bare("Your No. 4711,\n write to t4711@desk.example ") == bare("your no. 12, write to x@y")


def test_long_words_take_no_time() -> None:
    assert len(bare("a@b " * 100_000)) <= 2_000
