"""Header fields as bytes that no value can break out of (RFC 5322 section 2.2, RFC 2047). Pure.

Python's own folding turns a long message id in In-Reply-To into an encoded word, which breaks the thread at the other
side, and refuses some addresses that people do have; so addresses and ids are written here as they are, after a check
that nothing in them can end a line or an address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from email.header import Header

from connectors.email.address import is_address

# Anything without blanks, controls or brackets; RFC 5322's grammar is stricter than the ids that are out there.
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,500}")
# Characters that a display name may hold without quotes (RFC 5322 section 3.2.3, atext, and blanks).
_PLAIN_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")


def is_message_id(text: str) -> bool:
    """Whether this can stand between the angle brackets of a message id."""
    return _MESSAGE_ID.fullmatch(text) is not None and "@" in text


def text_field(name: str, text: str) -> bytes:
    """A field whose value is free text, in encoded words where it has to be, folded."""
    if not text.strip():
        return f"{name}:\r\n".encode("ascii")
    return f"{name}: {_encoded(text, len(name) + 2)}\r\n".encode("ascii")


def address_field(name: str, display_name: str, address: str) -> bytes:
    """A field with one mailbox. Raises ValueError for an address that mail cannot be sent to."""
    if not is_address(address):
        raise ValueError("this is not an address that mail can be sent to")
    if not display_name.strip():
        return f"{name}: <{address}>\r\n".encode()
    return f"{name}: {_phrase(display_name, len(name) + 2)}\r\n <{address}>\r\n".encode()


def addresses_field(name: str, addresses: Iterable[str]) -> bytes:
    """A field with bare addresses, one a line; nothing at all where there are none.

    Raises ValueError for one that mail cannot be sent to.
    """
    written = list(addresses)
    if not all(map(is_address, written)):
        raise ValueError("this is not an address that mail can be sent to")
    return (name + ": " + ",\r\n ".join(f"<{one}>" for one in written) + "\r\n").encode() if written else b""


def ids_field(name: str, ids: Iterable[str]) -> bytes:
    """A field with message ids, one a line; nothing at all where there are none. Raises ValueError for a wrong one."""
    written = list(ids)
    if not all(map(is_message_id, written)):
        raise ValueError("this is not a message id")
    if not written:
        return b""
    return (name + ": " + "\r\n ".join(f"<{one}>" for one in written) + "\r\n").encode("ascii")


def _encoded(text: str, used: int) -> str:
    # An encoded word in the text itself would be decoded at the other side: then all of it is encoded.
    charset = "us-ascii" if text.isascii() and "=?" not in text and _folds(text) else "utf-8"
    return Header(text, charset, maxlinelen=76, header_name="x" * max(0, used - 2)).encode(linesep="\r\n")


def _folds(text: str) -> bool:
    return max(map(len, text.split(" "))) <= 60


def _phrase(name: str, used: int) -> str:
    if not name.isascii() or "=?" in name or not _folds(name):
        return _encoded(name, used)
    if _PLAIN_NAME.fullmatch(name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
