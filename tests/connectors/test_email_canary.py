"""The mail that an account sends to itself: it is known when it comes in, and nothing else is taken for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bridge.connector import Ignored, Message, RawItem
from connectors.email.canary import canary_mail
from connectors.email.parse import parse_mail

TOKEN = "0123456789abcdef" * 2
NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
OWN = "info@shop.example"


def item(raw: bytes, account: str = OWN) -> RawItem:
    facts = {"mail_from": account, "account": account}
    return RawItem(native_id="1", raw=raw, lane="x", facts=facts, received_at=NOW)


def received(moment: datetime) -> bytes:
    return f"Received: from a by b; {moment:%a, %d %b %Y %H:%M:%S +0000}\r\n".encode()


@pytest.mark.parametrize("address", [OWN, "Info@Shop.example", "info@bücher.example"])
def test_it_is_known_and_becomes_no_message(address: str) -> None:
    assert parse_mail(item(canary_mail(TOKEN, address, NOW), address)) == [Ignored(reason=f"canary {TOKEN}")]


def test_it_goes_to_an_address_for_answers_where_there_are_such() -> None:
    mail = canary_mail(TOKEN, OWN, NOW, "info+{token}@shop.example")
    assert f"To: <info+canary{'a' * 30}@shop.example>".encode() in mail
    assert parse_mail(item(mail)) == [Ignored(reason=f"canary {TOKEN}")]


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (timedelta(seconds=90), ""),
        (timedelta(seconds=-90), ""),
        (timedelta(minutes=5), ": the mail server's clock is 300 s ahead of"),
        (timedelta(hours=-1), ": the mail server's clock is 3600 s behind"),
    ],
)
def test_the_first_servers_clock_is_compared(clock: timedelta, words: str) -> None:
    later = received(NOW + timedelta(days=1))
    [ignored] = parse_mail(item(later + received(NOW + clock) + canary_mail(TOKEN, OWN, NOW)))
    assert isinstance(ignored, Ignored)
    assert ignored.reason.startswith(f"canary {TOKEN}{words}")
    assert bool(words) == (ignored.reason != f"canary {TOKEN}")


@pytest.mark.parametrize("field", [b"nonsense", b"from a by b; nonsense", b";" * 500, b"x; Mon, 02 Nov 2026 09:00:00"])
def test_a_strange_received_is_no_trouble(field: bytes) -> None:
    raw = b"Received: " + field + b"\r\n" + canary_mail(TOKEN, OWN, NOW)
    assert parse_mail(item(raw)) == [Ignored(reason=f"canary {TOKEN}")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"From: <info@shop.example>", b"From: <anna@there.example>"),
        (b"From: <info@shop.example>", b"From: <info@shop.example>, <anna@there.example>"),
        (b"From: <info@shop.example>", b"From: <info@shop.example>\r\nFrom: <anna@there.example>"),
        (b"From: <info@shop.example>\r\n", b""),
        (TOKEN.encode() + b"\r\nAuto", b"0\r\nAuto"),
        (TOKEN.encode() + b"\r\nAuto", TOKEN.upper().encode() + b"\r\nAuto"),
        (b"X-Inbox-Bridge-Canary", b"X-Other"),
    ],
)
def test_nothing_else_is_taken_for_it(old: bytes, new: bytes) -> None:
    raw = canary_mail(TOKEN, OWN, NOW)
    assert old in raw
    [message] = parse_mail(item(raw.replace(old, new)))
    assert isinstance(message, Message)
