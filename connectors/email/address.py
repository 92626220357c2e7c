"""What counts as an email address here, and its parts. Pure.

Looser than RFC 5321 where real people's addresses are (two dots in a row, a dot before the @), stricter where an
address could break out of a header or a command: no quoted local parts, no address literals, nothing unprintable.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

# RFC 5321 section 4.5.3.1.3: a path is at most 256 octets with its brackets.
LONGEST = 254
NULL_SENDER = "<>"

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_SPELT = rf"[^\x00-\x20\x7f-\xa0<>()\[\],;:\\\"@\ufffd]{{1,128}}@{_LABEL}(?:\.{_LABEL})*"
_ADDRESS = re.compile(_SPELT)


def is_address(text: str) -> bool:
    """Whether mail can be sent to `text`, and it can stand in a header or an SMTP command as it is."""
    return len(text) <= LONGEST and text.isprintable() and _ADDRESS.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Whether it can be a server's name or IP address: no address of a web page, and no port behind it."""
    no_port = text.count(":") != 1  # an IPv6 address has two colons or more
    return 0 < len(text) <= 253 and text.isprintable() and not set(text) & set(" /@") and no_port


def pattern_but(own: Iterable[str]) -> str:
    """A regular expression of every address but these: what an owner may write to first."""
    ours = "|".join(sorted(re.escape(address) for address in own))
    return rf"(?!(?i:{ours})$){_SPELT}" if ours else _SPELT


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
