"""Which DKIM signatures and keys do not prove who wrote a mail."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping, Sequence

import pytest
from mail_security import (
    ATTACKER_PEER,
    EVIL,
    REPLY_TO,
    KnownAnswers,
    Records,
    attacker_key,
    by_attacker,
    by_owner,
    ed25519_key,
    item,
    letter,
    made_up_record,
    message,
    owner_key,
    rsa_key,
    signed,
    vouched,
    world,
)

from bridge.connector import Vouched
from connectors.email.owner_check import OwnerCheck
from connectors.email.vouching import Voucher


def with_tag(mail: bytes, tag: str) -> bytes:
    return mail.replace(b"v=1;", b"v=1; " + tag.encode() + b";", 1)


def record(**tags: str) -> bytes:
    return b"; ".join(f"{name}={value}".encode() for name, value in tags.items()) + b"; " + owner_key().record[9:]


BAD_KEYS: Mapping[str, tuple[Sequence[bytes], str]] = {
    "none": ([], "there is no key for it"),
    "two": ([owner_key().record, owner_key().record], "there is more than one key for it"),
    "a test": ([record(v="DKIM1", t="y")], "its key is marked as a test"),
    "a test among others": ([record(v="DKIM1", t="s:y")], "its key is marked as a test"),
    "withdrawn": ([b"v=DKIM1; k=rsa; p="], "its key was withdrawn"),
    "for something else": ([record(v="DKIM1", s="tlsrpt")], "its key is for something else"),
    "for an older hash": ([record(v="DKIM1", h="sha1")], "its key is for something else"),
    "of another version": ([record(v="DKIM2")], "its key is for something else"),
    "of another kind": ([ed25519_key().record], "its key is for something else"),
    "another key": ([rsa_key(number=1).record], "the mail was changed after it was signed, or another key made it"),
    "not base64": ([b"v=DKIM1; p=!!!"], "it or its key is not well written"),
    "cut short": ([owner_key().record[:-40]], "it or its key is not well written"),
    "no DER": ([b"p=" + base64.b64encode(b"\x30\x84\xff\xff\xff\xff")], "it or its key is not well written"),
    "empty": ([b""], "its key is for something else"),
    "not ASCII": ([b"v=DKIM1; p=\xff"], "it is not well written"),
    "some other record": ([b"v=spf1 -all"], "its key is for something else"),
    "too long": ([b"v=DKIM1; p=" + b"A" * 9000], "it is not well written"),
    "far too many bits": ([made_up_record(4104)], "its key is too short, or far too long"),
}


@pytest.mark.parametrize(("records", "why"), BAD_KEYS.values(), ids=BAD_KEYS)
async def test_a_key_that_does_not_count(records: Sequence[bytes], why: str) -> None:
    answer = await vouched(by_owner(letter()), records=world(s1=records))
    assert answer == Vouched(sure=False, why=f"its DKIM signature does not fit: {why}")


async def test_a_short_key() -> None:
    mail = signed(letter(), rsa_key(768), "owner.example", selector="short")
    assert "too short" in (await vouched(mail, records=world(short=[rsa_key(768).record]))).why
    for bits in (1024, 2048):
        mail = signed(letter(), rsa_key(bits), "owner.example", selector="short")
        assert (await vouched(mail, records=world(short=[rsa_key(bits).record]))).sure


NOW = int(time.time())
BAD_TAGS: Mapping[str, tuple[str, str]] = {
    "a part of the text": ("l=3", "it covers only a part of the text"),
    "nothing of the text": ("l=0", "it covers only a part of the text"),
    "expired": (f"x={NOW - 60}", "it has expired"),
    "a time that is none": ("x=soon", "it is not well written"),
    "a tag twice": ("d=owner.example", "it is not well written"),
    "a second b": ("z=a b=AAAA", "it is not well written"),
    "many blanks": ("z=" + " " * 40, "it is not well written"),
    "long": ("z=" + "a" * 9000, "it is not well written"),
    "no tag": ("!!", "it is not well written"),
}


@pytest.mark.parametrize(("tag", "why"), BAD_TAGS.values(), ids=BAD_TAGS)
async def test_a_signature_that_does_not_count(tag: str, why: str) -> None:
    answer = await vouched(with_tag(by_owner(letter()), tag))
    assert answer.why in (f"its DKIM signature does not fit: {why}", "there is no DKIM signature")
    assert not answer.sure


CHANGES: Mapping[str, tuple[bytes, bytes]] = {
    "the text": (b"Yes", b"No!"),
    "more text": (b"Sunday.\r\n", b"Sunday.\r\nAnd send me money.\r\n"),
    "the subject": (b"#42", b"#43"),
    "the day": (b"Sun, 22", b"Mon, 23"),
    "SHA-1": (b"a=rsa-sha256", b"a=rsa-sha1"),
    "another kind": (b"a=rsa-sha256", b"a=ed25519-sha256"),
    "no kind": (b"a=rsa-sha256", b"a=none"),
    "its identity": (b"i=@owner.example", b"i=@evil.example"),
    "its version": (b"v=1", b"v=2"),
    "its selector": (b"s=s1", b"s=../s1"),
    "its domain": (b"d=owner.example", b"d=evil.example"),
    "a public suffix": (b"d=owner.example", b"d=example"),
    "its order": (b"c=relaxed/relaxed", b"c=nowsp/nowsp"),
    "the signed fields": (b"from : to :", b"from :"),
    "no signed fields": (b"h=", b"q="),
}


@pytest.mark.parametrize(("old", "new"), CHANGES.values(), ids=CHANGES)
async def test_whatever_is_changed_in_a_signed_mail(old: bytes, new: bytes) -> None:
    mail = by_owner(letter())
    changed = mail.replace(old, new, 1)
    assert changed != mail
    answer = await vouched(changed)
    assert not answer.sure
    assert answer.why


async def test_a_length_that_was_signed() -> None:
    mail = by_owner(letter(), length=True)
    assert "only a part" in (await vouched(mail)).why
    assert not (await vouched(mail + b"Pay mallory.\r\n")).sure


@pytest.mark.parametrize("name", ["from", "to", "subject", "date"])
async def test_a_signature_that_leaves_out_what_matters(name: str) -> None:
    kept = ":".join(one for one in ("From", "To", "Subject", "Date") if one.lower() != name)
    mail = by_owner(letter()).replace(b"from", b"x-y") if name == "from" else by_owner(letter(), names=kept)
    assert f"does not cover the {name.capitalize()} field" in (await vouched(mail)).why


async def test_a_domain_that_is_shared_by_strangers() -> None:
    records: Records = {
        ("s1._domainkey.github.io", "TXT"): [owner_key().record],
        ("s1._domainkey.evil.github.io", "TXT"): [owner_key().record],
    }
    named = message("anna@anna.github.io")
    for domain in ("github.io", "evil.github.io", "io"):
        mail = signed(letter("From: anna@anna.github.io"), owner_key(), domain)
        assert not (await vouched(mail, named=named, records=records)).sure


async def test_nobody_elses_key_is_ever_asked_for() -> None:
    resolver = KnownAnswers(world())
    voucher = Voucher(OwnerCheck(spf=True), REPLY_TO, resolver)
    facts = {"via": "smtp", "peer": ATTACKER_PEER, "helo": "x", "mail_from": EVIL}
    assert not (await voucher.vouch(item(by_attacker(letter()), **facts), message())).sure
    assert resolver.asked == []


async def test_five_signatures_are_looked_at() -> None:
    mail = letter()
    for number in range(9):
        mail = signed(mail, attacker_key(), "owner.example", selector=f"gone{number}")
    resolver = KnownAnswers(world())
    assert not (await Voucher(OwnerCheck(), REPLY_TO, resolver).vouch(item(mail), message())).sure
    assert len(resolver.asked) == 5
