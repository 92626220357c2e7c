"""Who wrote a mail in an owner's name: genuine mails are believed, and no forged one is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import dkim
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_security import (
    ANSWERS,
    ATTACKER_PEER,
    EVIL,
    FASTMAIL_SIGNS,
    FORGED_FROM,
    GMAIL_SIGNS,
    MICROSOFT_SIGNS,
    OTHER_TOKEN,
    KnownAnswers,
    Records,
    attacker_key,
    by_attacker,
    by_owner,
    ed25519_key,
    item,
    letter,
    message,
    owner_key,
    signed,
    vouched,
    world,
)

from bridge.connector import Message, Vouched
from connectors.email.owner_check import OwnerCheck
from connectors.email.parse import parse_mail
from connectors.email.vouching import Voucher

# -- genuine mails ---------------------------------------------------------------------------------------------------

GENUINE: Mapping[str, dict[str, Any]] = {
    "gmail": {"names": GMAIL_SIGNS},
    "fastmail": {"names": FASTMAIL_SIGNS},
    "opendkim": {},
    "opendkim, simple": {"way": (b"simple", b"simple")},
    "opendkim, relaxed/simple": {"way": (b"relaxed", b"simple")},
}


@pytest.mark.parametrize("how", GENUINE.values(), ids=GENUINE)
@pytest.mark.parametrize(
    "sender",
    [
        "From: Anna <anna@owner.example>",
        "From: anna@owner.example",
        'From: "Doe, Anna" <Anna@Owner.example>',
        "From: =?utf-8?q?J=C3=B6rg?= <anna@owner.example>",
        "From: =?utf-8?q?J=C3=B6rg?=\r\n\t<anna@owner.example>",
    ],
)
async def test_a_genuine_mail_is_believed(how: dict[str, Any], sender: str) -> None:
    assert await vouched(by_owner(letter(sender, text="Hi \t there  \r\n\r\nx \r\n\r\n\r\n"), **how)) == Vouched(
        sure=True
    )


async def test_a_signature_by_ed25519_is_believed() -> None:
    mail = signed(letter(), ed25519_key(), "owner.example", selector="e1")
    assert (await vouched(mail)).sure


async def test_two_signatures_of_which_one_fits() -> None:
    assert (await vouched(by_attacker(by_owner(letter())))).sure
    assert (await vouched(signed(by_owner(letter()), attacker_key(), "owner.example", selector="gone"))).sure


async def test_what_servers_on_the_way_add_on_top_changes_nothing() -> None:
    mail = b"Received: from a by b; now\r\nReturn-Path: <x@y.example>\r\n" + by_owner(letter())
    assert (await vouched(mail)).sure


async def test_a_subdomain_signs_unless_the_settings_are_strict() -> None:
    mail = signed(letter(), owner_key(), "mail.owner.example")
    assert (await vouched(mail)).sure
    assert not (await vouched(mail, strict=True)).sure
    assert (await vouched(by_owner(letter()), strict=True)).sure


async def test_the_address_for_answers_may_stand_in_cc_and_in_capitals() -> None:
    mail = by_owner(
        letter(to="To: customer@there.example", more=f"Cc: Shop <{ANSWERS.upper()}>"), names="From:To:Cc:Subject:Date"
    )
    assert (await vouched(mail)).sure


async def test_an_international_domain_is_compared_as_a_label() -> None:
    mail = signed(letter("From: anna@münchen.example"), owner_key(), "xn--mnchen-3ya.example")
    records: Records = {("s1._domainkey.xn--mnchen-3ya.example", "TXT"): [owner_key().record]}
    assert (await vouched(mail, named=message("anna@münchen.example"), records=records)).sure
    assert not (await vouched(mail, named=message("anna@munchen.example"), records=records)).sure


@pytest.mark.parametrize("local", ["anna\u017f", "an\u00dfa", "\u212aanna", "\uff21nna"])
async def test_letters_that_turn_into_others(local: str) -> None:
    address = f"{local}@owner.example"
    for named in (address, address.lower(), address.casefold()):
        answer = await vouched(by_owner(letter(f"From: {address}")), named=message(named))
        assert not answer.sure


async def test_microsofts_signature_does_not_cover_the_recipient() -> None:
    answer = await vouched(by_owner(letter(), names=MICROSOFT_SIGNS))
    assert answer == Vouched(sure=False, why="its DKIM signature does not fit: it does not cover the To field")
    mail = b"Authentication-Results: mx.shop.example; dkim=pass header.d=owner.example\r\nReceived: x\r\n" + by_owner(
        letter(), names=MICROSOFT_SIGNS
    )
    assert (await vouched(mail, trusted_authserv="mx.shop.example")).sure


# -- forged From fields ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sender", FORGED_FROM.values(), ids=FORGED_FROM)
async def test_a_forged_author_is_never_believed(sender: str) -> None:
    mails = [letter(sender), letter("", more=sender), b"X: y\r\n" + letter(sender)]
    signed_mails = []
    for mail in mails:
        try:
            signed_mails += [by_attacker(mail), signed(mail, attacker_key(), "owner.example")]
        except (dkim.DKIMException, IndexError):
            continue  # dkimpy signs no header that is none
    facts = {"via": "smtp", "peer": ATTACKER_PEER, "helo": "mx.evil.example", "mail_from": EVIL}
    for mail in [*mails, *signed_mails]:
        for spf in (False, True):
            answer = await vouched(mail, facts=facts, spf=spf)
            assert not answer.sure
            assert answer.why
            assert not set(answer.why) & set("<>@\r\n\x00")


@pytest.mark.parametrize("sender", FORGED_FROM.values(), ids=FORGED_FROM)
async def test_an_odd_author_is_not_believed_even_with_the_owners_own_signature(sender: str) -> None:
    """A signature made for a plain mail, and the attacker's author put into it afterwards."""
    genuine = by_owner(letter())
    mail = genuine.replace(b"From: Anna <anna@owner.example>", sender.encode())
    assert not (await vouched(mail)).sure
    # Nor an odd one that the owner's server signed: two programs could read it in two ways.
    try:
        mail = by_owner(letter(sender))
    except (dkim.DKIMException, IndexError):
        return  # dkimpy signs no header that is none
    assert not (await vouched(mail)).sure


@pytest.mark.parametrize("name", ["Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "Content-Type"])
@pytest.mark.parametrize("on_top", [True, False])
async def test_a_field_that_was_added_to_a_signed_mail(name: str, on_top: bool) -> None:
    mail = by_owner(letter(more="Cc: x@y.example\r\nSender: anna@owner.example\r\nReply-To: anna@owner.example"))
    assert (await vouched(by_owner(letter(more="Reply-To: anna@owner.example")))).sure
    line = f"{name}: {ANSWERS}\r\n".encode()
    mail = line + mail if on_top else mail.replace(b"\r\n\r\n", b"\r\n" + line + b"\r\n", 1)
    assert (await vouched(mail)).why == f"it has two {name} fields"


@pytest.mark.parametrize("name", ["Cc", "Subject"])
async def test_a_field_that_the_signature_leaves_open(name: str) -> None:
    mail = by_owner(letter().replace(b"Subject: Re: #42 Anna\r\n", b""))
    assert (await vouched(mail)).sure
    answer = await vouched(f"{name}: mallory@evil.example\r\n".encode() + mail)
    assert answer.why == f"its DKIM signature does not fit: it does not cover the {name} field"


# -- tokens ----------------------------------------------------------------------------------------------------------


async def test_a_genuine_mail_sent_again_to_another_conversation() -> None:
    other = f"shop+{OTHER_TOKEN}@shop.example"
    mail = by_owner(letter())
    stolen = message(token=OTHER_TOKEN)
    assert not (await vouched(mail, named=stolen)).sure
    for changed in (
        mail.replace(ANSWERS.encode(), other.encode()),
        f"To: {other}\r\n".encode() + mail,
        f"Cc: {other}\r\n".encode() + mail,
        mail.replace(b"To: ", f"To: {other},".encode(), 1),
        mail.replace(b"\r\n\r\n", f"\r\nResent-To: {other}\r\n\r\n".encode(), 1),
        f"Delivered-To: {other}\r\n".encode() + mail,
    ):
        assert not (await vouched(changed, named=stolen)).sure


async def test_a_mail_of_the_owners_to_somebody_else() -> None:
    mail = by_owner(letter(to="To: customer@there.example"))
    assert (await vouched(mail)).why == "the address that it came to stands neither in its To nor in its Cc field"
    mail = by_owner(letter(to=f'To: "{ANSWERS}" <customer@there.example>'))
    assert not (await vouched(mail)).sure
    assert not (await vouched(by_owner(letter()), named=message(token=""))).sure


async def test_without_an_address_for_answers_nobody_is_believed() -> None:
    voucher = Voucher(OwnerCheck(), "", KnownAnswers(world()))
    assert not (await voucher.vouch(item(by_owner(letter())), message())).sure


@pytest.mark.parametrize("text", ["Yes.\nNo.\r\n", "Yes.\rNo.\r\n"])
@pytest.mark.parametrize("field", ["X: y", "X: y\nz", "X: y\rz", "X: y\x00z"])
async def test_line_ends_that_are_none(field: str, text: str) -> None:
    mail = letter(more=field, text=text)
    results = b"Authentication-Results: mx; dmarc=pass header.from=owner.example\r\nReceived: x\r\n"
    assert (await vouched(results + letter(), trusted_authserv="mx")).sure
    answer = await vouched(results + mail, trusted_authserv="mx")
    assert answer.why == "it has line ends that no mail program makes"


# -- size and shape --------------------------------------------------------------------------------------------------


HOSTILE: Mapping[str, bytes] = {
    "nothing": b"",
    "a NUL": b"\x00",
    "no header": b"\r\n\r\ntext",
    "no end": b"From: anna@owner.example\r\n" * 3,
    "begins with a fold": b" x\r\n" + letter(),
    "an endless header": b"X: y\r\n" * 100_000 + letter(),
    "an endless field": b"X: " + b"y" * 100_000 + b"\r\n" + letter(),
    "many signatures": b"DKIM-Signature: v=1; d=owner.example\r\n" * 3000 + letter(),
    "a signature of blanks": b"DKIM-Signature: v=1; b=" + b" \r\n" * 9000 + b" x\r\n" + letter(),
    "a signature of colons": b"DKIM-Signature: h=" + b":" * 8000 + b"; d=owner.example\r\n" + letter(),
    "a signature of nothing": b"DKIM-Signature:\r\n" + letter(),
    "a sender of quotes": letter('From: """"' + '"' * 30_000 + " <anna@owner.example>"),
    "a sender of brackets": letter("From: " + "<" * 30_000),
    "a recipient of brackets": letter(to="To: " + "(" * 30_000),
}


@pytest.mark.parametrize("mail", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_mails_are_not_believed_and_cost_little(mail: bytes) -> None:
    began = time.process_time()
    answer = await vouched(mail, trusted_authserv="mx.shop.example")
    assert not answer.sure
    assert answer.why
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "text",
    [" " * 8_000_000 + "\r\n", "\r\n" * 4_000_000 + "x\r\n", "a \t" * 3_000_000 + "\r\n"],
    ids=["blanks", "lines", "words"],
)
async def test_a_huge_text_is_hashed_in_little_time(text: str) -> None:
    mail = letter().replace(b"Yes, on Sunday.\r\n", text.encode())
    mail = with_body_hash(mail)
    began = time.process_time()
    assert not (await vouched(mail)).sure
    assert time.process_time() - began < 4


def with_body_hash(mail: bytes) -> bytes:
    """A signature over the header that is genuine, so that the body is hashed, too."""
    head, _, body = mail.partition(b"\r\n\r\n")
    return by_owner(head + b"\r\n\r\nshort\r\n").replace(b"\r\n\r\nshort\r\n", b"\r\n\r\n" + body)


# -- whatever is done to a genuine mail ------------------------------------------------------------------------------

SNIPPETS = st.sampled_from(
    [
        b"",
        b" ",
        b"\r\n",
        b"\r\n ",
        b"\n",
        b"\x00",
        b";",
        b",",
        b"<",
        b">",
        b"b=",
        b"; b=A",
        b"\r\n\r\n",
        b"From: mallory@evil.example\r\n",
        b"\r\nFrom: mallory@evil.example",
        b"Reply-To: mallory@evil.example\r\n",
        b"\r\nTo: mallory@evil.example",
        b"\r\nCc: mallory@evil.example\r\n",
        b"Subject: Other\r\n",
        b"\r\nContent-Type: text/html",
        b"mallory@evil.example",
        b"\xff",
    ]
)


@pytest.fixture(scope="module")
def genuine() -> bytes:
    return by_owner(letter(), names=FASTMAIL_SIGNS)


@given(at=st.integers(0, 10**6), cut=st.integers(0, 30), snippet=SNIPPETS)
@settings(max_examples=examples(300))
def test_a_changed_mail_is_believed_only_if_it_says_the_same(at: int, cut: int, snippet: bytes, genuine: bytes) -> None:
    start = at % (len(genuine) + 1)
    changed = genuine[:start] + snippet + genuine[start + cut :]
    if asyncio.run(vouched(changed)).sure:
        assert said(changed) == said(genuine)


def said(mail: bytes) -> tuple[object, ...]:
    """What the bridge reads in it."""
    [read] = [event for event in parse_mail(item(mail)) if isinstance(event, Message)]
    return read.address, read.name, read.text, read.subject, read.sent_at, read.copies, read.attachments
