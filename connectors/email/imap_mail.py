"""A mail from a folder as a raw item: whose it is, when it came, what stands in for one that is too large. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bridge.connector import RawItem
from connectors.email.address import NULL_SENDER, is_address
from connectors.email.author import addresses, author, fields
from connectors.email.imap_wire import Fetched
from connectors.email.mime import read_header
from connectors.email.recipients import Ours

HEADER_LIMIT = 64 * 1024
# What says how the body is to be read: the notice is read otherwise.
_ABOUT_THE_BODY = re.compile(
    rb"^(?:content-[a-z-]+|mime-version)[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a mail lies: whose account it is (`account_facts.py`), the login on the server, the folder."""

    facts: Mapping[str, object]
    username: str
    host: str
    folder: str
    uidvalidity: int = 0


def digest_of(content: bytes) -> str:
    """The hash by which a mail is known again."""
    return hashlib.sha256(content).hexdigest()


def raw_item(mail: Fetched, native_id: str, place: Place, now: datetime) -> RawItem:
    """The item. `mail.body` is the whole mail, or what stands in for it.

    `received_at` is when the server took the mail, so that what waited while we were away counts as old; a moment in
    the future is a wrong clock's, and means now. The envelope's sender is in Return-Path, where the server has put it
    there (RFC 5321 section 4.4); where not, the author stands for it: a mail is no machine's only because of that.
    """
    assert mail.body is not None
    try:
        sender, lane = _who(mail.body, Ours.of(place.facts))
    except Exception:  # noqa: BLE001 - what is wrong with a mail is found out where it is parsed, in a process of its own
        sender, lane = "", NULL_SENDER
    arrived_at = mail.arrived_at
    facts = {
        "via": "imap",
        **place.facts,
        "mail_from": sender or lane,
        "mailbox": f"{place.username}@{place.host}/{place.folder}",
        "uidvalidity": place.uidvalidity,
        "uid": mail.uid,
        "internal_date": arrived_at.isoformat() if arrived_at else "",
    }
    received_at = arrived_at if arrived_at is not None and arrived_at <= now else now
    return RawItem(native_id=native_id, raw=mail.body, lane=lane, facts=facts, received_at=received_at)


def _who(content: bytes, ours: Ours) -> tuple[str, str]:
    """The envelope's sender, where it is known, and the author: whoever an answer would go to."""
    header, _ = read_header(content[:HEADER_LIMIT])
    paths = [value.strip() for value in fields(header, "return-path")[:1]]
    sender = _path(paths[0]) if paths else ""
    return sender, author(header, sender, ours.holds).address


def _path(value: str) -> str:
    """The address in a Return-Path: "<>" for the empty one, nothing for what is no address."""
    if value.replace(" ", "") == NULL_SENDER:
        return NULL_SENDER
    found = [one for _, one in addresses([value])]
    return found[0].lower() if len(found) == 1 and is_address(found[0]) else ""


def too_large(header: bytes, size: int, limit: int, place: Place) -> bytes:
    """A mail that says that this one is larger than the limit, under its own header."""
    lines = header.replace(b"\r\n", b"\n").strip(b"\n") + b"\n"
    kept = _ABOUT_THE_BODY.sub(b"", lines)
    notice = (
        f"[This mail is too large for the bridge: {_megabytes(size)}, where {_megabytes(limit)} are allowed. Its text "
        f"and its attachments were not fetched. The whole mail is in the folder {place.folder} of {place.username}.]\n"
    )
    added = b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    return (kept + added + notice.encode()).replace(b"\n", b"\r\n")


def _megabytes(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB"
