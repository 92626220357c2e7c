"""What counts as an email address here, and its parts. Pure.

Looser than RFC 5321 where real people's addresses are (two dots in a row, a dot before the @), stricter where an
address could break out of a header or a command: no quoted local parts, no address literals, nothing unprintable.
"""

from __future__ import annotations

import re

# RFC 5321 section 4.5.3.1.3: a path is at most 256 octets with its brackets.
LONGEST = 254
NULL_SENDER = "<>"

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_ADDRESS = re.compile(rf"[^\x00-\x20\x7f-\xa0<>()\[\],;:\\\"@\ufffd]{{1,128}}@{_LABEL}(?:\.{_LABEL})*")


def is_address(text: str) -> bool:
    """Whether mail can be sent to `text`, and it can stand in a header or an SMTP command as it is."""
    return len(text) <= LONGEST and text.isprintable() and _ADDRESS.fullmatch(text) is not None


def domain_of(address: str) -> str:
    """What stands after the @, in lower case; empty where there is no @."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


def ascii_domain(address: str) -> str:
    """The address with its domain as A-labels (RFC 5890), where it has any others; unchanged where that fails."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return address
