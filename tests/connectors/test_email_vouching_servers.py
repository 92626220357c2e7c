"""What servers say about a mail's author: one's own by Authentication-Results, the sender's by SPF, and the DNS."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from mail_security import (
    ATTACKER_PEER,
    EVIL,
    OTHER_TOKEN,
    OWNER,
    PEER,
    REPLY_TO,
    DnsServer,
    KnownAnswers,
    Records,
    by_attacker,
    by_owner,
    item,
    letter,
    message,
    owner_key,
    txt,
    vouched,
    world,
)
from pydantic import ValidationError

from bridge.connector import PermanentFailure, TemporaryFailure, Vouched, Vouches
from bridge.testing import owner_surface_conforms
from connectors.email.alignment import a_label, aligned
from connectors.email.authentication_results import Result, read_results
from connectors.email.entry import create
from connectors.email.owner_check import OwnerCheck, dns_server
from connectors.email.resolver import DnsTrouble, Kind, SystemResolver
from connectors.email.settings import EmailSettings
from connectors.email.vouching import Voucher

OURS = "mx.shop.example"

# -- Authentication-Results ------------------------------------------------------------------------------------------

GOOD_RESULTS = [
    "dkim=pass header.d=owner.example header.s=s1 header.b=abc",
    'dkim=pass (2048-bit key; unprotected) header.d=owner.example header.i=@owner.example header.b="abc"',
    "dkim=pass header.i=@mail.owner.example",
    "dkim=fail header.d=evil.example; dkim=pass header.d=owner.example",
    "spf=pass (sender SPF authorized) smtp.mailfrom=anna@owner.example",
    "spf=pass smtp.mailfrom=owner.example smtp.helo=x",
    'spf=pass smtp.mailfrom="an na"@owner.example',
    "dmarc=pass (p=none dis=none) header.from=owner.example",
    "dmarc=pass action=none header.from=Owner.Example;",
    "auth=pass smtp.auth=anna@owner.example smtp.mailfrom=anna@owner.example",
    "arc=none; spf=none smtp.helo=x; dkim/1=pass header.d=owner.example",
    "iprev=pass policy.iprev=192.0.2.1 (a (nested) comment);\r\n\tdkim=pass header.d=owner.example",
]

BAD_RESULTS = [
    "none",
    "",
    "dkim=pass header.d=evil.example",
    "dkim=pass header.d=example",
    "dkim=pass header.d=notowner.example",
    "dkim=pass header.d=owner.example.evil.example",
    "dkim=pass",
    "dkim=fail header.d=owner.example",
    "dkim=neutral header.d=owner.example",
    "dkim=passed header.d=owner.example",
    "dkim=pass x.d=owner.example",
    "spf=pass smtp.mailfrom=mallory@evil.example",
    "spf=pass smtp.helo=owner.example",
    "spf=softfail smtp.mailfrom=anna@owner.example",
    'spf=pass smtp.mailfrom="anna@owner.example"@evil.example',
    'spf=pass smtp.mailfrom="x; dmarc=pass header.from=owner.example; "@evil.example',
    "dmarc=pass header.from=mail.owner.example",
    "dmarc=fail header.from=owner.example; dkim=pass header.d=owner.example",
    "auth=pass smtp.auth=mallory@owner.example",
    "arc=pass (i=1 spf=pass dkim=pass dkdomain=owner.example); dkim=none",
    "spf=none (x dkim=pass header.d=owner.example) smtp.helo=x",
    # A HELO name or an address within a comment, which the server did not quote.
    "spf=none (helo=x);dkim=pass(a)header.d=owner.example( ) smtp.helo=x",
    "spf=none (helo=x) dkim=pass header.d=owner.example",
    "spf=none (helo=x)) smtp.helo=x; dkim=pass header.d=owner.example",
    "spf=none (helo=x smtp.helo=x; dkim=pass header.d=owner.example",
    'spf=none reason="x; dkim=pass header.d=owner.example',
    "dkim=pass header.d=owner.example\x00",
    "; ".join(["dkim=none"] * 60) + "; dkim=pass header.d=owner.example",
    "dkim=none; " + "x" * 9000 + "; dkim=pass header.d=owner.example",
]


def stamped(results: str, name: str = OURS, mail: bytes | None = None) -> bytes:
    """The mail as the own server passes it on: its results on top of its Received."""
    field = f"Authentication-Results: {name}; {results}\r\nReceived: from x by {OURS}; now\r\n"
    return field.encode() + (mail or letter())


@pytest.mark.parametrize("results", GOOD_RESULTS)
async def test_the_own_servers_word_counts(results: str) -> None:
    assert (await vouched(stamped(results), trusted_authserv=OURS)).sure
    assert (await vouched(stamped(results, f"{OURS} 1"), trusted_authserv=OURS.upper())).sure
    assert not (await vouched(stamped(results))).sure
    assert not (await vouched(stamped(results, "mx.evil.example"), trusted_authserv=OURS)).sure
    assert not (await vouched(stamped(results, f"{OURS}.evil.example"), trusted_authserv=OURS)).sure
    assert not (await vouched(stamped(results, f"(x) evil.example {OURS}"), trusted_authserv=OURS)).sure
    assert not (await vouched(stamped(results), named=message("mallory@evil.example"), trusted_authserv=OURS)).sure
    assert not (await vouched(stamped(results), named=message(token=OTHER_TOKEN), trusted_authserv=OURS)).sure


@pytest.mark.parametrize("results", BAD_RESULTS)
async def test_what_the_own_server_said_of_something_else(results: str) -> None:
    answer = await vouched(stamped(results), trusted_authserv=OURS)
    assert not answer.sure
    assert answer.why


FORGED = f"Authentication-Results: {OURS}; dmarc=pass header.from=owner.example\r\n".encode()
RECEIVED = f"Received: from x by {OURS}; now\r\n".encode()
TRUE = f"Authentication-Results: {OURS}; dmarc=none\r\n".encode()


@pytest.mark.parametrize(
    ("mail", "own_received"),
    [
        (FORGED + letter(), 0),
        (RECEIVED + FORGED + letter(), 0),
        (TRUE + RECEIVED + FORGED + letter(), 0),
        (RECEIVED + FORGED + RECEIVED + letter(), 0),
        (b"X: y\r\n" + RECEIVED + FORGED + letter(), 0),
        (letter(more=FORGED.decode().strip()), 0),
        (letter(text=FORGED.decode()), 0),
        (RECEIVED + letter(text=FORGED.decode() + "\r\n"), 0),
        (RECEIVED + TRUE + FORGED + RECEIVED + letter(), 1),
        (RECEIVED + TRUE + RECEIVED + FORGED + letter(), 1),
        (RECEIVED + FORGED + letter(), 1),
        (TRUE + RECEIVED + FORGED + RECEIVED + letter(), 1),
        (RECEIVED + RECEIVED + FORGED + RECEIVED + letter(), 1),
        (RECEIVED + b"X-" + FORGED + RECEIVED + letter(), 1),
        (b"ARC-" + FORGED + RECEIVED + letter(), 0),
        (b"Old-" + FORGED + RECEIVED + letter(), 0),
        (FORGED.replace(b":", b" :", 1) + RECEIVED + letter(), 0),
    ],
)
async def test_a_field_in_our_servers_name_that_others_wrote(mail: bytes, own_received: int) -> None:
    answer = await vouched(mail, trusted_authserv=OURS, own_received=own_received)
    assert not answer.sure


async def test_results_below_our_own_received_fields() -> None:
    mail = RECEIVED + stamped(GOOD_RESULTS[0])
    assert not (await vouched(mail, trusted_authserv=OURS)).sure
    assert (await vouched(mail, trusted_authserv=OURS, own_received=1)).sure


@pytest.mark.parametrize(
    ("domain", "label"),
    [
        ("Shop.Example", "shop.example"),
        ("m\u00fcnchen.example", "xn--mnchen-3ya.example"),
        ("fa\u00df.example", ""),
        ("\ufb01sh.example", ""),
        ("\u212aelly.example", ""),
        ("shop\u3002example", ""),
        ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
        ("shop.example.", ""),
        ("shop", ""),
        ("192.0.2.1", ""),
        ("", ""),
        ("a" * 64 + ".example", ""),
    ],
)
def test_a_labels(domain: str, label: str) -> None:
    assert a_label(domain) == label


@pytest.mark.parametrize(
    ("one", "other", "relaxed", "strict"),
    [
        ("owner.example", "Owner.example", True, True),
        ("mail.owner.example", "owner.example", True, False),
        ("owner.example", "mail.owner.example", True, False),
        ("a.owner.co.uk", "b.owner.co.uk", True, False),
        ("owner.co.uk", "other.co.uk", False, False),
        ("co.uk", "co.uk", False, False),
        ("github.io", "github.io", False, False),
        ("anna.github.io", "mallory.github.io", False, False),
        ("", "", False, False),
    ],
)
def test_alignment(one: str, other: str, relaxed: bool, strict: bool) -> None:
    assert aligned(one, other, strict=False) is relaxed
    assert aligned(one, other, strict=True) is strict


def test_reading_results() -> None:
    name, results = read_results(b' mx.example.com 1; dkim=pass (ok) reason="a; b" header.d=x.example; none')
    assert name == "mx.example.com"
    assert results == [Result(method="dkim", result="pass", properties=(("reason", "a; b"), ("header.d", "x.example")))]


# -- SPF -------------------------------------------------------------------------------------------------------------


def smtp(**changed: str) -> dict[str, object]:
    return {"via": "smtp", "peer": PEER, "helo": "mail.owner.example", "mail_from": OWNER, **changed}


async def test_the_senders_own_server() -> None:
    assert (await vouched(letter(), facts=smtp(), spf=True)).sure
    assert (await vouched(letter(), facts=smtp(peer=f"::ffff:{PEER}"), spf=True)).sure
    assert not (await vouched(letter(), facts=smtp())).sure


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        (smtp(peer=ATTACKER_PEER), "by SPF, it came from a server that may not send for its domain"),
        (smtp(mail_from=EVIL, peer=ATTACKER_PEER), "SPF speaks for another domain only"),
        (smtp(mail_from="anna@example"), "SPF speaks for another domain only"),
        (smtp(mail_from="<>"), "SPF says nothing"),
        (smtp(mail_from=""), "SPF says nothing"),
        (smtp(peer="127.0.0.1"), "SPF says nothing"),
        (smtp(peer="::1"), "SPF says nothing"),
        (smtp(peer="10.0.0.1"), "SPF says nothing"),
        (smtp(peer="::ffff:10.0.0.1"), "SPF says nothing"),
        (smtp(peer=""), "SPF says nothing"),
        (smtp(via="imap"), "SPF says nothing"),
        ({}, "SPF says nothing"),
    ],
)
async def test_what_spf_does_not_prove(facts: Mapping[str, object], why: str) -> None:
    near = known("owner.example TXT v=spf1 ip4:127.0.0.0/8 ip4:10.0.0.0/8 ip6:::1 include:_spf.owner.example -all")
    answer = await vouched(letter(), facts=facts, records={**world(), **near}, spf=True)
    assert answer == Vouched(sure=False, why=f"there is no DKIM signature; {why}")


def known(*lines: str) -> dict[tuple[str, Kind], Sequence[bytes]]:
    """Records from lines like "owner.example TXT v=spf1 -all"."""
    records: dict[tuple[str, Kind], list[bytes]] = defaultdict(list)
    for line in lines:
        name, kind, value = line.split(" ", 2)
        records[name, cast("Kind", kind)].append(value.encode("latin-1"))
    return {**records}


SPF_RECORDS: Sequence[tuple[Records, bool]] = [
    (
        known(
            "owner.example TXT v=spf1 a mx -all",
            "owner.example A 192.0.2.1",
            "owner.example MX mx.owner.example",
            f"mx.owner.example A {PEER}",
        ),
        True,
    ),
    (known("owner.example TXT v=spf1 exists:%{i}._x.%{d} -all", f"{PEER}._x.owner.example A 127.0.0.2"), True),
    (known("owner.example TXT v=spf1 redirect=_r.owner.example", f"_r.owner.example TXT v=spf1 ip4:{PEER}"), True),
    (known("owner.example TXT v=spf1 +all"), False),
    (known("owner.example TXT v=spf1 all"), False),
    (known("owner.example TXT v=spf1 ?all"), False),
    (known("owner.example TXT v=spf1 ~all"), False),
    (known(f"owner.example TXT v=spf1 ip4:{PEER} -all", f"owner.example TXT v=spf1 ip4:{PEER} -all"), False),
    (known("owner.example TXT v=spf1 include:owner.example -all"), False),
    (known("owner.example TXT v=spf1 nonsense:( -all"), False),
    (known("owner.example TXT v=spf1 exists:%{ -all"), False),
    (known("owner.example TXT v=spf1 ip4:\xff -all"), False),
    (known(f"owner.example TXT v=spf1 a:a1.owner.example a:a2.owner.example a:a3.owner.example ip4:{PEER}"), False),
    (known(), False),
]


@pytest.mark.parametrize(("records", "sure"), SPF_RECORDS)
async def test_spf_records(records: Records, sure: bool) -> None:
    assert (await vouched(letter(), facts=smtp(), records=records, spf=True)).sure is sure


async def test_spf_asks_no_more_than_it_may() -> None:
    chain = [f"c{one}.owner.example TXT v=spf1 include:c{one + 1}.owner.example -all" for one in range(30)]
    resolver = KnownAnswers(known("owner.example TXT v=spf1 include:c0.owner.example -all", *chain))
    voucher = Voucher(OwnerCheck(spf=True), REPLY_TO, resolver)
    assert not (await voucher.vouch(item(letter(), **smtp()), message())).sure
    assert len(resolver.asked) <= 12


# -- the DNS ---------------------------------------------------------------------------------------------------------


async def test_trouble_with_the_dns_is_tried_again() -> None:
    key = frozenset({"s1._domainkey.owner.example"})
    voucher = Voucher(OwnerCheck(), REPLY_TO, KnownAnswers(world(), trouble=key))
    with pytest.raises(TemporaryFailure, match="the DNS does not answer"):
        await voucher.vouch(item(by_owner(letter())), message())
    # An attacker's mail needs no answer of the DNS, and a proof of another kind makes up for it.
    assert not (await voucher.vouch(item(by_attacker(letter())), message())).sure
    voucher = Voucher(OwnerCheck(spf=True), REPLY_TO, KnownAnswers(world(), trouble=key))
    assert (await voucher.vouch(item(by_owner(letter()), **smtp()), message())).sure
    voucher = Voucher(OwnerCheck(spf=True), REPLY_TO, KnownAnswers(world(), trouble=frozenset({"_spf.owner.example"})))
    with pytest.raises(TemporaryFailure):
        await voucher.vouch(item(letter(), **smtp()), message())


async def test_a_dns_that_never_answers() -> None:
    class Silent:
        async def lookup(self, name: str, kind: Kind) -> Sequence[bytes]:
            await asyncio.get_running_loop().create_future()
            return ()

    check = OwnerCheck(spf=True)
    for mail, facts in ((by_owner(letter()), {}), (letter(), smtp())):
        with pytest.raises(TemporaryFailure, match="in time"):
            await Voucher(check, REPLY_TO, Silent(), seconds=0.2).vouch(item(mail, **facts), message())


def zone() -> dict[tuple[str, str], list[str]]:
    return {
        ("s1._domainkey.owner.example", "TXT"): [txt(owner_key().record)],
        ("owner.example", "TXT"): ['"v=spf1 mx -all"', '"another record"'],
        ("owner.example", "MX"): ["20 b.owner.example.", "10 a.owner.example."],
        ("a.owner.example", "A"): [PEER],
        ("b.owner.example", "AAAA"): ["2001:db8::1"],
        ("alias.owner.example", "TXT"): ['"of an alias"'],
        ("1.2.0.192.in-addr.arpa", "PTR"): ["a.owner.example."],
    }


async def test_a_real_server_of_the_dns() -> None:
    async with DnsServer(zone(), broken=frozenset({"broken.example"})) as server:
        resolver = SystemResolver([dns_server(server)])
        assert await resolver.lookup("s1._domainkey.owner.example.", "TXT") == [owner_key().record]
        assert await resolver.lookup("owner.example", "MX") == [b"a.owner.example", b"b.owner.example"]
        assert await resolver.lookup("a.owner.example", "A") == [PEER.encode()]
        assert await resolver.lookup("b.owner.example", "AAAA") == [b"2001:db8::1"]
        assert await resolver.lookup("1.2.0.192.in-addr.arpa", "PTR") == [b"a.owner.example"]
        for nothing in ("nowhere.example", "a..example", "x" * 70 + ".example", "\\300.example"):
            assert await resolver.lookup(nothing, "TXT") == ()
        assert await resolver.lookup("a.owner.example", "TXT") == ()
        with pytest.raises(DnsTrouble):
            await resolver.lookup("broken.example", "TXT")


async def test_the_whole_connector_against_a_real_server(tmp_path: Path) -> None:
    async with DnsServer(zone()) as server:
        given: dict[str, Any] = {"dns": [server], "spf": True}
        settings = EmailSettings(address="info@shop.example", maildir=tmp_path, reply_to=REPLY_TO, owner_check=given)  # type: ignore[arg-type]
        account = create("email", settings)
        assert isinstance(account, Vouches)
        assert (await account.vouch(item(by_owner(letter())), message())).sure
        assert (await account.vouch(item(letter(), **smtp()), message())).sure
        assert not (await account.vouch(item(by_attacker(letter())), message())).sure
        file = tmp_path / "mail"
        file.write_bytes(by_owner(letter()))
        assert (await account.vouch(item(file), message())).sure


# -- settings --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"dns": ["resolver.example"]}, "is not a DNS server; write it as an IP address"),
        ({"dns": ["127.0.0.1:0"]}, "is not a DNS server"),
        ({"dns": ["127.0.0.1:x"]}, "is not a DNS server"),
        ({"dns": ["[::1"]}, "is not a DNS server"),
        ({"trusted_authserv": "mx example"}, "copy the word that stands before the first semicolon"),
        ({"trusted_authserv": "mx.example;"}, "copy the word"),
        ({"trusted_authserv": "mx.example", "spf": True}, "leave one out"),
        ({"own_received": 1}, "own_received has no use without trusted_authserv"),
        ({"own_received": -1, "trusted_authserv": "mx"}, "greater than or equal to 0"),
    ],
)
def test_mistakes_in_the_settings(table: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        OwnerCheck.model_validate(table)


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_servers_of_the_dns(text: str, server: tuple[str, int]) -> None:
    assert OwnerCheck(dns=(text,)).dns_servers == (server,)


# -- an owner's surface ----------------------------------------------------------------------------------------------


def arrived(folder: Path) -> str:
    """The header and the plain text of all that was sent."""
    mails = [email.message_from_bytes(one.read_bytes(), policy=email.policy.default) for one in folder.glob("new/*")]
    plain = [part.get_content() for mail in mails for part in mail.walk() if part.get_content_type() == "text/plain"]
    return "\n".join([*(str(mail["Reply-To"]) for mail in mails), *plain])


async def test_an_owner_is_shown_what_can_be_answered(tmp_path: Path) -> None:
    settings = EmailSettings(address="info@shop.example", maildir=tmp_path, reply_to=REPLY_TO)
    await owner_surface_conforms(create("email", settings), OWNER, lambda: arrived(tmp_path))


async def test_without_an_address_for_answers_an_owner_cannot_answer(tmp_path: Path) -> None:
    settings = EmailSettings(address="info@shop.example", maildir=tmp_path)
    with pytest.raises(PermanentFailure, match="set reply_to"):
        await owner_surface_conforms(create("email", settings), OWNER, lambda: arrived(tmp_path))
