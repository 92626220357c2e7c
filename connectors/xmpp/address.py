"""JIDs, as far as reading a stanza needs them (RFC 7622). Pure: servers have normalised what they stamp."""

from __future__ import annotations

import re

LONGEST = 3071
"""Bytes of a JID: three parts of 1,023 (RFC 7622 section 3.1)."""

PATTERN = r"[^\s@/\"&'<>:\\]{1,500}@[A-Za-z0-9\u0080-\U0010ffff](?:[A-Za-z0-9.\-\u0080-\U0010ffff]{0,250})"
"""What a bare JID of a person looks like."""

RESOURCE = "inbox-bridge."
"""Begins the resource of every bridge, so that what one of them wrote is known in the archive."""

_BARE = re.compile(PATTERN)


def is_bare(text: str) -> bool:
    """Whether it is `somebody@somewhere`, with nothing behind."""
    return _BARE.fullmatch(text) is not None


def bare(jid: str) -> str:
    """A JID without its resource."""
    return jid.partition("/")[0]


def resource(jid: str) -> str:
    """What stands behind the slash."""
    return jid.partition("/")[2]


def domain(jid: str) -> str:
    """The server's part of a JID."""
    return bare(jid).rpartition("@")[2]
