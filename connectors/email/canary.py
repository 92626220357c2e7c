"""The mail that an account sends to itself to see whether the way out and the way in work, and how it is known. Pure.

It is known by a field with a number that nobody can guess, and counts only from our own address. It becomes no message:
nobody reads or answers it.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from email.message import Message as Header
from email.utils import format_datetime, parsedate_to_datetime

from connectors.email.address import ascii_domain, domain_of
from connectors.email.author import addresses, fields
from connectors.email.reply_address import TOKEN_LENGTH, token_address

FIELD = "X-Inbox-Bridge-Canary"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_SKEW = timedelta(minutes=2)


def canary_address(address: str, reply_to: str) -> str:
    """Where it goes: to an address for answers where there are such, for mail to those has to come in, too."""
    return token_address(reply_to, "canary".ljust(TOKEN_LENGTH, "a")) if reply_to else ascii_domain(address)


def canary_mail(token: str, address: str, now: datetime, reply_to: str = "") -> bytes:
    """The mail with this token (32 hexadecimal digits), from the account's address to itself."""
    own = ascii_domain(address)
    lines = (
        f"From: <{own}>",
        f"To: <{canary_address(address, reply_to)}>",
        "Subject: Canary of inbox-bridge",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <canary-{token}@{domain_of(own)}>",
        f"{FIELD}: {token}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "",
        "`inbox-bridge doctor --canary` sent this to see whether mail arrives. Nothing is to be done.",
        "",
    )
    return "\r\n".join(lines).encode()


def canary_token(header: Header, account: str) -> str:
    """The token of a mail that the account sent to itself; empty for any other mail."""
    token = next(iter(fields(header, FIELD.lower())), "").strip()
    written = [address.lower() for _, address in addresses(fields(header, "from")[:2])]
    own = ascii_domain(account).lower()
    return token if _TOKEN.fullmatch(token) and own and written == [own] else ""


def canary_reason(header: Header, token: str) -> str:
    """What came of it, as the contract's `Canary` has it: with a word where the mail server's clock and ours differ.

    The first server on the way put the lowest Received (RFC 5321 section 4.4), seconds after our Date.
    """
    sent, taken = _moment(fields(header, "date")[:1]), _moment(fields(header, "received")[-1:])
    if sent is None or taken is None or abs(taken - sent) < _SKEW:
        return f"canary {token}"
    seconds = int(abs(taken - sent).total_seconds())
    order = "ahead of" if taken > sent else "behind"
    return f"canary {token}: the mail server's clock is {seconds} s {order} this machine's, or it kept the mail so long"


def _moment(values: list[str]) -> datetime | None:
    try:
        moment = parsedate_to_datetime(values[0].rpartition(";")[2].strip()[:200])
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None
