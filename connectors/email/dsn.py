"""The machine-readable part of a delivery status notification (RFC 3464), as it is written out there. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message as Header

from bridge.connector import one_line
from connectors.email.address import is_address
from connectors.email.author import fields
from connectors.email.charsets import decode_field
from connectors.email.mime import Part, read_header

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
MOST_RECIPIENTS = 50
_STATUS_LIMIT = 64 * 1024
ACTIONS = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_CODE = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_REPLY = re.compile(r"(?:^|[\s;:(])([45]\d\d)(?=[\s\-:)]|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """What became of a mail for one recipient. `status` is of RFC 3463, "" where there is none."""

    recipient: str
    action: str
    status: str
    words: str

    @property
    def failed(self) -> bool:
        """It did not arrive, or has not yet."""
        return self.action in ("failed", "delayed")


def fates(leaves: Sequence[Part]) -> list[Fate]:
    """One a recipient, `MOST_RECIPIENTS` at most; none for a mail without such a part."""
    found: list[Fate] = []
    for part in leaves:
        if part.media_type in STATUS_TYPES and len(found) < MOST_RECIPIENTS:
            found += [fate for group in _groups(part.content()) if (fate := _fate(group))]
    return found[:MOST_RECIPIENTS]


def _groups(content: bytes) -> Iterator[Header]:
    """The groups of fields, the one about the mail as a whole too (it has no recipient)."""
    rest = content[:_STATUS_LIMIT].lstrip()
    for _ in range(MOST_RECIPIENTS + 1):
        if not rest:
            return
        header, after = read_header(rest, 100)
        yield header
        rest = after.lstrip() if len(after) < len(rest) else b""


def _fate(group: Header) -> Fate | None:
    recipient = _recipient(group)
    action = re.split(r"[\s(;]", _value(group, "action").lower())[0]
    diagnostic = _value(group, "diagnostic-code")
    words = one_line(decode_field(diagnostic.partition(";")[2] or diagnostic), 600)
    status = _status(_value(group, "status"), words)
    if action not in ACTIONS:
        # Some servers leave it out, or write what they like: then the status says it.
        action = {"5": "failed", "4": "delayed"}.get(status[:1], "")
    if not action or not recipient:
        return None
    return Fate(recipient=recipient, action=action, status=status, words=words)


def _status(written: str, words: str) -> str:
    """The field's status; where it says no more than its class, or nothing, the other server's own code."""
    own = _CODE.search(written)
    code = own[1] if own else ""
    if code and not code.endswith(".0.0"):
        return code
    theirs = _CODE.search(words)
    if theirs and not theirs[1].startswith("2"):
        return theirs[1]
    reply = _REPLY.search(words)
    if reply and reply[1][0] != code[:1]:
        return f"{reply[1][0]}.0.0"
    return code


def _recipient(group: Header) -> str:
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        address = _value(group, name).rpartition(";")[2].strip().strip("<>").strip()
        if is_address(address):
            return address.lower()
    return one_line(_value(group, "final-recipient").rpartition(";")[2], 254)


def _value(group: Header, name: str) -> str:
    return next((value.strip() for value in fields(group, name)), "")
