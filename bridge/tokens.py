"""Tokens that stand in the address an answer goes to, and say which conversation it answers. Pure.

A token is 22 bytes, written in the 36 characters of base32 that any local part of an address takes, in small or capital
letters (RFC 4648 section 6): the conversation's number (4 bytes), the day it ends (2 bytes, days since 1970), and 128
bits of HMAC-SHA-256 over these and over whom it was made for. Whoever does not have the shop's key can make none, one
made for another person does not fit, and nothing has to be stored.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD = 6
_MAC = 16
LENGTH = 36
"""Characters of a token."""


def _mac(key: bytes, bearer: str, head: bytes) -> bytes:
    return hmac.digest(key, head + bearer.encode("utf-8", "surrogatepass"), hashlib.sha256)[:_MAC]


def made(key: bytes, bearer: str, conversation: int, ends_at: datetime) -> str:
    """A token for `bearer` (whom and what it is for) and a conversation's number, 0 for none. It lasts until the end of
    the UTC day of `ends_at`. Raises OverflowError for a number above 4,294,967,295.
    """
    head = conversation.to_bytes(4, "big") + ((ends_at - _EPOCH) // timedelta(days=1)).to_bytes(2, "big")
    return base64.b32encode(head + _mac(key, bearer, head)).decode("ascii").rstrip("=").lower()


def conversation_of(key: bytes, bearer: str, token: str, now: datetime) -> int | None:
    """The number in a token (0: none) that was made with this key for this bearer and has not ended; else None.
    None without a key, too: anybody could make those.
    """
    if not key or len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = base64.b32decode(token.upper() + "=" * (-LENGTH % 8))
    except binascii.Error:
        return None
    head, mac = raw[:_HEAD], raw[_HEAD:]
    if not hmac.compare_digest(mac, _mac(key, bearer, head)):
        return None
    ends = _EPOCH + timedelta(days=int.from_bytes(head[4:], "big") + 1)
    return int.from_bytes(head[:4], "big") if now < ends else None
