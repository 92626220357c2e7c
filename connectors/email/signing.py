"""A mail with its DKIM signature (RFC 6376), relaxed/relaxed: it outlives refolding and changed spaces on the way.

The fields below are signed as often as they stand there and once more, so that nobody can add another From or Subject
to a signed mail and have it shown (section 8.15).
"""

from __future__ import annotations

import re

import dkim

from connectors.email.address import ascii_domain
from connectors.email.dkim_key import KeyUnusable, read_key
from connectors.email.settings import Dkim

SIGNED = (
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
)
_NAME = re.compile(rb"(?:\A|\r\n)([!-9;-~]+)[ \t]*:")


def signed(content: bytes, dkim_settings: Dkim, address: str) -> bytes:
    """The same mail with a DKIM-Signature on top. Blocks: it reads a file, and an RSA signature takes milliseconds.

    `address` is the account's own, whose domain signs where the settings name none. Raises KeyUnusable.
    """
    key = read_key(dkim_settings.key)
    domain = signing_domain(dkim_settings, address)
    try:
        field: bytes = dkim.sign(
            content,
            selector=dkim_settings.selector.encode(),
            domain=domain.encode(),
            privkey=key.pem,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=_oversigned(content),
            linesep=b"\r\n",
        )
    except dkim.DKIMException as error:
        raise KeyUnusable(f"nothing can be signed with the DKIM key {dkim_settings.key}: {error}") from error
    return field + content


def signing_domain(dkim_settings: Dkim, address: str) -> str:
    """The domain that signs, as it stands in DNS."""
    return ascii_domain(f"@{dkim_settings.domain}" if dkim_settings.domain else address).rpartition("@")[2].lower()


def _oversigned(content: bytes) -> list[bytes]:
    header = content.partition(b"\r\n\r\n")[0]
    present = [name.lower() for name in _NAME.findall(header)]
    names = [name.lower().encode() for name in SIGNED]
    return [name for name in names for _ in range(present.count(name) + 1)]
