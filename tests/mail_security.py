"""What tests of checking mail need: keys, signatures as other programs make them, and a DNS that knows its answers.

The owner is anna@owner.example, the attacker has all of evil.example: its servers, its keys, its SPF.
"""

from __future__ import annotations

import asyncio
import base64
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import dkim
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import nacl.signing

from bridge.connector import Message, RawItem, Text, Vouched
from connectors.email.owner_check import OwnerCheck
from connectors.email.resolver import DnsTrouble, Kind
from connectors.email.vouching import Voucher

TOKEN = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3h"
OTHER_TOKEN = "nbswy3dpeb3w64tmmqqho2dfojssaylomqqh"
ANSWERS = f"shop+{TOKEN}@shop.example"

GMAIL_SIGNS = (
    "to:subject:message-id:date:from:in-reply-to:references:mime-version:from:to:cc:subject:date:message-id:reply-to"
)
FASTMAIL_SIGNS = (
    "cc:content-transfer-encoding:content-type:date:from:in-reply-to:message-id:mime-version:references:reply-to"
    ":subject:to"
)
OPENDKIM_SIGNS = "From:To:Subject:Date:In-Reply-To:References:From"
MICROSOFT_SIGNS = "From:Date:Subject:Message-ID:Content-Type:MIME-Version"


@dataclass(frozen=True, slots=True)
class Key:
    """A private key in the form that dkimpy signs with, and the record of its public key."""

    private: bytes
    record: bytes
    algorithm: bytes = b"rsa-sha256"


@cache
def rsa_key(bits: int = 1024, number: int = 0) -> Key:
    """An RSA key, by default the shortest that counts, since a longer one signs much slower; `number` tells several
    apart.
    """
    del number
    made = _openssl(b"", "genrsa", "-traditional", str(bits))
    return Key(made, b"v=DKIM1; k=rsa; p=" + base64.b64encode(_openssl(made, "rsa", "-pubout", "-outform", "DER")))


def made_up_record(bits: int) -> bytes:
    """The record of an RSA key of so many bits that nobody has: to make one that long takes seconds."""
    modulus = b"\0" + (2 ** (bits - 1) + 1).to_bytes((bits + 7) // 8)
    key = _der(0x30, _der(0x02, modulus) + _der(0x02, b"\x01\0\x01"))
    rsa = bytes.fromhex("300d06092a864886f70d0101010500")  # its object identifier (RFC 8017, A.1), and NULL
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(_der(0x30, rsa + _der(0x03, b"\0" + key)))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    length = size if len(content) < 0x80 else bytes([0x80 | len(size)]) + size
    return bytes([tag]) + length + content


def _openssl(given: bytes, *arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


@cache
def ed25519_key() -> Key:
    """An Ed25519 key (RFC 8463)."""
    key = nacl.signing.SigningKey.generate()
    public = base64.b64encode(bytes(key.verify_key))
    return Key(base64.b64encode(bytes(key)), b"v=DKIM1; k=ed25519; p=" + public, b"ed25519-sha256")


def signed(
    mail: bytes,
    key: Key,
    domain: str,
    *,
    names: str = OPENDKIM_SIGNS,
    selector: str = "s1",
    way: tuple[bytes, bytes] = (b"relaxed", b"relaxed"),
    length: bool = False,
    algorithm: bytes = b"",
) -> bytes:
    """The mail with a DKIM signature of this domain on top."""
    present = {line.partition(b":")[0].lower() for line in mail.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    kept = [name.encode() for name in names.split(":") if name.lower().encode() in present]
    line = dkim.DKIM(mail).sign(
        selector.encode(),
        domain.encode(),
        key.private,
        signature_algorithm=algorithm or key.algorithm,
        canonicalize=way,
        include_headers=kept,
        length=length,
    )
    return bytes(line) + mail


def letter(
    sender: str = "From: Anna <anna@owner.example>",
    to: str = f"To: {ANSWERS}",
    *,
    more: str = "",
    top: str = "",
    text: str = "Yes, on Sunday.\r\n",
) -> bytes:
    """A mail as an owner's program writes it, with these lines for From and To."""
    lines = [
        *([top] if top else []),
        *([sender] if sender else []),
        *([to] if to else []),
        *([more] if more else []),
        "Subject: Re: #42 Anna",
        "Date: Sun, 22 Nov 2026 12:00:00 +0100",
        "Message-ID: <a1@owner.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + text).encode()


@dataclass(eq=False)
class KnownAnswers:
    """A resolver for tests: `records` by name (without the last dot) and kind; names in `trouble` fail."""

    records: Mapping[tuple[str, Kind], Sequence[bytes]]
    trouble: frozenset[str] = frozenset()
    asked: list[tuple[str, Kind]] = field(default_factory=list)

    async def lookup(self, name: str, kind: Kind) -> Sequence[bytes]:
        """See Resolver."""
        bare = name.rstrip(".").lower()
        self.asked.append((bare, kind))
        if bare in self.trouble:
            raise DnsTrouble(bare)
        return self.records.get((bare, kind), ())


class _DnsServer(asyncio.DatagramProtocol):
    def __init__(self, records: Mapping[tuple[str, str], Sequence[str]], broken: frozenset[str]) -> None:
        self._records = records
        self._broken = broken
        self.asked = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        values = self._records.get((name, question.rdtype.name), ())
        if name in self._broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif values:
            reply.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype.name, values))
        elif not any(known == name for known, _ in self._records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        cast("asyncio.DatagramTransport", self._transport).sendto(reply.to_wire(max_size=65535), addr)


class DnsServer:
    """A real, small DNS server on loopback: `records` by name and kind, in the notation of zone files."""

    def __init__(self, records: Mapping[tuple[str, str], Sequence[str]], broken: frozenset[str] = frozenset()) -> None:
        self._protocol = _DnsServer(records, broken)

    async def __aenter__(self) -> str:
        """Its address and port, as the settings want it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self._protocol, local_addr=("127.0.0.1", 0))
        return "127.0.0.1:{}".format(self._transport.get_extra_info("sockname")[1])

    async def __aexit__(self, *_: object) -> None:
        self._transport.close()


def txt(record: bytes) -> str:
    """A TXT record in a zone file: strings of at most 255 bytes."""
    text = record.decode()
    return " ".join(f'"{text[start : start + 255]}"' for start in range(0, len(text), 255))


OWNER = "anna@owner.example"
EVIL = "mallory@evil.example"
REPLY_TO = "shop+{token}@shop.example"
PEER = "93.184.216.34"
ATTACKER_PEER = "93.184.216.99"

FORGED_FROM: Mapping[str, str] = {
    "two From fields": f"From: {EVIL}\r\nFrom: {OWNER}",
    "two From fields, the owner's first": f"From: {OWNER}\r\nFrom: {EVIL}",
    "a blank before the colon": f"From : {OWNER}",
    "a blank before the second one's colon": f"From: {EVIL}\r\nFrom : {OWNER}",
    "a blank before the field": f" From: {OWNER}\r\nFrom: {EVIL}",
    "in another case": f"fRoM: {OWNER}\r\nFROM: {EVIL}",
    "none at all": "X-From: nobody",
    "none, but a Sender": f"Sender: {OWNER}",
    "a Sender": f"From: {EVIL}\r\nSender: {OWNER}",
    "a Resent-From": f"From: {EVIL}\r\nResent-From: {OWNER}",
    "a Reply-To": f"From: {EVIL}\r\nReply-To: {OWNER}",
    "a list": f"From: {EVIL}, {OWNER}",
    "a list, the owner first": f"From: {OWNER}, {EVIL}",
    "two brackets": f"From: <{OWNER}><{EVIL}>",
    "an address before the brackets": f"From: {OWNER} <{EVIL}>",
    "an address in the name": f'From: "{OWNER}" <{EVIL}>',
    "an address behind the brackets": f"From: <{EVIL}> {OWNER}",
    "a group": f"From: Owners: {OWNER};",
    "an empty group": f"From: {OWNER}:; <{EVIL}>",
    "a route": f"From: <@evil.example:{OWNER}>",
    "a route of two": f"From: <@owner.example,@evil.example:{EVIL}>",
    "a comment": f"From: {OWNER} ({EVIL})",
    "a comment within": "From: anna@owner.example(<mallory@evil.example>)",
    "a comment before the at": "From: anna(x)@owner.example",
    "a quoted local part": 'From: "anna@owner.example"@evil.example',
    "quoted pairs": f'From: "\\"{OWNER}\\" <" <{EVIL}>',
    "an encoded word as address": "From: =?utf-8?q?anna=40owner.example?=",
    "an encoded word in the brackets": "From: <=?utf-8?b?YW5uYUBvd25lci5leGFtcGxl?=>",
    "an encoded word with an end": f"From: =?utf-8?q?anna=40owner.example=3E=00?= <{EVIL}>",
    "a NUL behind": f"From: {OWNER}\x00@evil.example",
    "a NUL in the name": f"From: {OWNER}\x00 <{EVIL}>",
    "another control": f"From: {OWNER}\x08 <{EVIL}>",
    "folded within": "From: anna@owner.example\r\n ,mallory@evil.example",
    "folded to nothing": f"From:\r\n {OWNER}\r\n <{EVIL}>",
    "folded by a blank line that is none": f"From: {EVIL}\r\n \r\nFrom: {OWNER}",
    "a bare line feed": f"From: {EVIL}\nFrom: {OWNER}",
    "a bare carriage return": f"From: {EVIL}\rFrom: {OWNER}",
    "a mailbox file's line": f"From {OWNER} Sun Nov 22\r\nFrom: {EVIL}",
    "letters that look alike": "From: anna@\u043ewner.example",
    "a wide letter": "From: anna@owner.\uff45xample",
    "a letter that becomes another": "From: \u212anna@owner.example".replace("\u212a", "\uff21"),
    "another ending": "From: anna@owner.example.evil.example",
    "a domain that ends so": "From: anna@notowner.example",
    "a dot behind": "From: anna@owner.example.",
    "a bang path": "From: evil.example!anna@owner.example",
    "a percent sign": "From: anna%owner.example@evil.example",
    "an address literal": "From: anna@[93.184.216.99]",
    "a semicolon": f"From: {EVIL};{OWNER}",
    "only a name": "From: Anna",
    "empty": "From:",
    "a field that is none": f"From: {EVIL}\r\nx\r\nFrom: {OWNER}",
}
"""Lines for From, and more fields, by which somebody else pretends to be the owner."""

Records = Mapping[tuple[str, Kind], Sequence[bytes]]


def owner_key() -> Key:
    return rsa_key()


def attacker_key() -> Key:
    return rsa_key(number=1)


def world(**more: Sequence[bytes]) -> dict[tuple[str, Kind], Sequence[bytes]]:
    """What the DNS knows; `more` are TXT records of owner.example's selectors."""
    records: dict[tuple[str, Kind], Sequence[bytes]] = {
        ("s1._domainkey.owner.example", "TXT"): [owner_key().record],
        ("s1._domainkey.mail.owner.example", "TXT"): [owner_key().record],
        ("e1._domainkey.owner.example", "TXT"): [ed25519_key().record],
        ("s1._domainkey.evil.example", "TXT"): [attacker_key().record],
        ("owner.example", "TXT"): [b"google-site-verification=x", b"v=spf1 include:_spf.owner.example -all"],
        ("_spf.owner.example", "TXT"): [f"v=spf1 ip4:{PEER} ~all".encode()],
        ("evil.example", "TXT"): [f"v=spf1 ip4:{ATTACKER_PEER} -all".encode()],
    }
    return {**records, **{(f"{name}._domainkey.owner.example", "TXT"): values for name, values in more.items()}}


def item(mail: bytes | Path, **facts: object) -> RawItem:
    return RawItem(native_id="smtp:1", raw=mail, lane=OWNER, facts=facts, received_at=datetime.now(UTC))


def message(address: str = OWNER, token: str = TOKEN) -> Message:
    return Message(address=address, text=Text("Yes"), token=token)


async def vouched(
    mail: bytes,
    *,
    named: Message | None = None,
    records: Records | None = None,
    facts: Mapping[str, object] | None = None,
    **settings: Any,
) -> Vouched:
    voucher = Voucher(OwnerCheck(**settings), REPLY_TO, KnownAnswers(world() if records is None else records))
    return await voucher.vouch(item(mail, **(facts or {})), named or message())


def by_owner(mail: bytes, **how: Any) -> bytes:
    return signed(mail, owner_key(), "owner.example", **how)


def by_attacker(mail: bytes) -> bytes:
    return signed(mail, attacker_key(), "evil.example")
