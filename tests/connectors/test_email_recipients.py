"""Whom a mail was sent to: tokens in its addresses, copies, what is ours, and that what we compose comes back so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from bridge.connector import Choice, Message, Outbound, OutboundKind, RawItem, Text
from connectors.email.account_facts import account_facts
from connectors.email.address import is_address
from connectors.email.compose import compose
from connectors.email.envelope import envelope_sender, recipients
from connectors.email.parse import parse_mail
from connectors.email.reply_address import checked_template, token_address, token_in
from connectors.email.sender import Sender
from connectors.email.settings import EmailSettings

TEMPLATE = "shop+{token}@shop.example"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcd"
OTHER = "b" * 36
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SETTINGS = EmailSettings.model_validate(
    {
        "address": "info@shop.example",
        "maildir": "out",
        "reply_to": TEMPLATE,
        "listen": {"recipients": ["Orders@Shop.example"]},
    }
)
MINE, THEIRS = f"shop+{TOKEN}@shop.example", f"shop+{OTHER}@shop.example"


def parse(header: str, **facts: Any) -> Message:
    mail = header.replace("\n", "\r\n").encode() + b"\r\n\r\nhello"
    known = {**account_facts(SETTINGS), "mail_from": "anna@there.example", **facts}
    message = parse_mail(RawItem(native_id="1", raw=mail, lane="x", received_at=NOW, facts=known))[0]
    assert isinstance(message, Message)
    return message


def test_facts_of_an_account() -> None:
    assert account_facts(SETTINGS) == {
        "account": "info@shop.example",
        "own": ["info@shop.example", "orders@shop.example"],
        "reply_to": TEMPLATE,
    }


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("shop@shop.example", "once, before the @"),
        ("shop@{token}.example", "once, before the @"),
        ("{token}+{token}@shop.example", "once, before the @"),
        ("{token}@{token}.example", "once, before the @"),
        ("shöp+{token}@shop.example", "not an email address"),
        ("Shop <shop+{token}@shop.example>", "not an email address"),
        ("shop+{token}@", "not an email address"),
        ("shop+{token}{x}@shop.example", "not an email address"),
        ("x" * 29 + "{token}@shop.example", "room for 28 characters"),
        ("shop+{token}@shop.example\r\nBcc: x@y", "not an email address"),
    ],
)
def test_a_wrong_template_is_told(template: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        EmailSettings.model_validate({"address": "a@b.example", "maildir": "x", "reply_to": template})


@pytest.mark.parametrize("template", [TEMPLATE, "{token}@shop.example", "x" * 28 + "{token}@s.example", "a{token}b@c"])
def test_tokens_come_back_in_any_case(template: str) -> None:
    address = token_address(checked_template(template), TOKEN.upper())
    assert token_in(template, address) == token_in(template, address.upper()) == TOKEN


@pytest.mark.parametrize("token", ["", "short", "1" * 36, "a" * 37, "a" * 35 + "\n", "ä" * 36, "a" * 35 + "\u0131"])
def test_what_is_no_token_is_none(token: str) -> None:
    assert token_in(TEMPLATE, TEMPLATE.replace("{token}", token)) == ""
    with pytest.raises(ValueError, match="token"):
        token_address(TEMPLATE, token)


@pytest.mark.parametrize(
    ("header", "envelope", "token"),
    [
        ("From: a@b.example", [MINE], TOKEN),
        ("From: a@b.example", ["info@shop.example", MINE.upper()], TOKEN),
        (f"To: {THEIRS}", [MINE], TOKEN),
        (f"To: {MINE}", ["info@shop.example"], TOKEN),
        (f"To: Shop <{MINE.upper()}>", [], TOKEN),
        (f"To: info@shop.example\nCc: x@y.example,\n {MINE}", [], TOKEN),
        (f"Delivered-To: {MINE}\nTo: {THEIRS}", [], TOKEN),
        (f"X-Original-To: {MINE}", [], TOKEN),
        # Two are none.
        (f"To: {MINE}, {THEIRS}", [], ""),
        (f"To: {MINE}", [MINE, THEIRS], ""),
        (f"To: {MINE}, {MINE}", [], TOKEN),
        # Nothing like it elsewhere.
        (f"Subject: {MINE}\nBcc: {MINE}\nReferences: <{MINE}>", [], ""),
        (f'To: "{MINE}" <info@shop.example>', [], ""),
        (f"To: shop+{TOKEN}@evil.example", [], ""),
        (f"To: x{MINE}", [], ""),
        ("To: shop+short@shop.example", [], ""),
    ],
)
def test_the_token_of_a_mail(header: str, envelope: list[str], token: str) -> None:
    assert parse(header, rcpt_tos=envelope).token == token


def test_without_a_template_there_are_no_tokens() -> None:
    assert parse(f"To: {MINE}", reply_to=None).token == ""
    assert parse(f"To: {MINE}", rcpt_tos="odd", own="odd", reply_to=7).token == ""


def test_a_bounce_to_an_address_with_a_token_is_still_one() -> None:
    message = parse(f"From: MAILER-DAEMON@x.example\nTo: {MINE}\nSubject: Undelivered Mail", mail_from="<>")
    assert message.automatic is not None
    assert message.token == TOKEN


@pytest.mark.parametrize(
    ("header", "copies"),
    [
        ("To: info@shop.example, Bob <Bob@There.example>\nCc: c@d.example", ("bob@there.example", "c@d.example")),
        ("To: ORDERS@shop.example\nCc: info@shop.example", ()),
        (f"To: {MINE}\nCc: {THEIRS}, c@d.example, C@D.example", ("c@d.example",)),
        # The sender, by each of their names.
        ("Cc: anna@there.example, a@b.example, form@x.example\nReply-To: a@b.example\nFrom: form@x.example", ()),
        # Not sure, so nobody.
        ("To: us: c@d.example, e@f.example;", ()),
        ("To: <@x.example:c@d.example>", ()),
        ("To: c@d.example <e@f.example> <g@h.example>", ()),
        ("To: c@d.example\nTo: e@f.example", ()),
        ('To: nobody, c@d.example, "c d"@e.example', ("c@d.example",)),
        (
            "To: " + ", ".join(f"p{number}@d.example" for number in range(20)),
            tuple(f"p{n}@d.example" for n in range(20)),
        ),
        ("To: " + ", ".join(f"p{number}@d.example" for number in range(21)), ()),
        ("To: " + ",\n ".join(f"p{number}@{'d' * 50}.example" for number in range(60)), ()),
        # A machine's others are left alone.
        ("To: c@d.example\nList-Id: <x>", ()),
        ("To: c@d.example\nAuto-Submitted: auto-replied", ()),
    ],
)
def test_the_others_who_got_it(header: str, copies: tuple[str, ...]) -> None:
    assert parse(header).copies == copies


def test_an_answer_to_our_own_address_is_not_taken_for_the_writers() -> None:
    assert parse(f"From: a@b.example\nReply-To: {MINE}").address == "a@b.example"
    assert parse("From: a@b.example\nReply-To: orders@shop.example").address == "a@b.example"
    assert parse("From: a@b.example\nReply-To: Shop+old@shop.example").address == "a@b.example"


def test_our_own_domain_in_either_spelling_is_ours() -> None:
    header = "To: info@bücher.example, x@bücher.example\nCc: info@xn--bcher-kva.example, shop+anything@shop.example"
    assert parse(header, account="info@bücher.example", own=[]).copies == ("x@bücher.example",)
    assert parse(header, account="info@xn--bcher-kva.example", own=[]).copies == ("x@bücher.example",)


# -- what we compose -------------------------------------------------------------------------------

SHOP = Sender(address="info@shop.example", name="Shop", reply_to=TEMPLATE, html=True)


def outbound(**values: Any) -> Outbound:
    given_values: dict[str, Any] = {
        "id": "out-1",
        "kind": OutboundKind.ANSWER,
        "connector": "email",
        "address": "anna@there.example",
        "text": Text("Yes."),
        "created_at": NOW,
        **values,
    }
    return Outbound(**given_values)


def test_recipients_are_the_customer_and_the_copies_each_once() -> None:
    copies = ("bob@there.example", "Anna@There.example", "BOB@there.example", "no address", "x@bücher.example")
    sent = outbound(copies=copies)
    assert recipients(sent) == ("anna@there.example", "BOB@there.example", "x@xn--bcher-kva.example")
    assert b"Cc: <BOB@there.example>,\r\n <x@xn--bcher-kva.example>\r\n" in compose(sent, SHOP)
    assert b"Cc:" not in compose(outbound(), SHOP)


@pytest.mark.parametrize(
    ("kind", "asks", "sender"),
    [
        (OutboundKind.AUTOMATIC, False, ""),
        (OutboundKind.AUTOMATIC, True, "info@xn--bcher-kva.example"),
        (OutboundKind.ANSWER, False, "info@xn--bcher-kva.example"),
        (OutboundKind.RELAY, False, "info@xn--bcher-kva.example"),
        (OutboundKind.NOTICE, False, "info@xn--bcher-kva.example"),
    ],
)
def test_who_hears_of_a_bounce(kind: OutboundKind, asks: bool, sender: str) -> None:
    choices = (Choice(id="1", label="Yes", word="yes"),) if asks else ()
    assert envelope_sender(outbound(kind=kind, choices=choices), "info@bücher.example") == sender


BASE32 = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=36, max_size=36)
ADDRESSES = st.from_regex(r"[a-z0-9.+-]{1,20}@[a-z][a-z0-9-]{0,10}[a-z]\.example", fullmatch=True).filter(is_address)
IDS = st.from_regex(r"[!-;=?A-~]{1,60}@[a-z]{1,20}", fullmatch=True)


@given(BASE32, st.lists(ADDRESSES, max_size=20), st.lists(IDS, max_size=8))
def test_what_we_send_comes_back_with_its_token_copies_and_thread(
    token: str, copies: list[str], thread: list[str]
) -> None:
    sent = outbound(token=token, copies=tuple(copies), replies_to=tuple(thread), subject="Hello")
    # The other side answers to all: our Reply-To becomes its To.
    mail = compose(sent, SHOP).replace(b"\r\nTo: <", b"\r\nX-To: <").replace(b"\r\nReply-To:", b"\r\nTo:")
    [back] = parse_mail(
        RawItem(
            native_id="1",
            raw=mail.replace(b"From: Shop\r\n <info@shop.example>", b"From: <anna@there.example>"),
            lane="x",
            received_at=NOW,
            facts={**account_facts(SETTINGS), "mail_from": "anna@there.example"},
        )
    )
    assert isinstance(back, Message)
    assert back.token == token
    assert set(back.copies) == {one for one in copies if one != "anna@there.example"}
    assert [one for one in back.replies_to if "@" in one] == list(dict.fromkeys(reversed(thread)))
