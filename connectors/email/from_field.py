"""The one plain address in a From field, or none. Pure.

The reader here takes the plainest forms only, and Python's, which reads what people and machines really write, has
to agree: where two parsers could differ, nobody vouches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from connectors.email.address import is_address
from connectors.email.alignment import ascii_lower
from connectors.email.author import addresses
from connectors.email.evidence import Doubtful
from connectors.email.strict_header import StrictMail

_LONGEST = 2000
_ADDRESS = r"[^\s<>()\[\]:;,\\\"]{1,320}"
# A name of words and quoted strings; no comment, no group, no route, no second address, no escape.
_NAMED = re.compile(rf'[ \t]*(?:[^<>()\[\]:;@,\\"]|"[^"\\]*")*<({_ADDRESS})>[ \t]*')
_BARE = re.compile(rf"[ \t]*({_ADDRESS})[ \t]*")


def from_address(mail: StrictMail) -> str:
    """The address of the only From field, as it was written. Raises Doubtful for any but one plain mailbox."""
    values = mail.values("from")
    if len(values) != 1:
        raise Doubtful("it has no From field")
    text = _text(values[0])
    found = _NAMED.fullmatch(text) or _BARE.fullmatch(text)
    if found is None or not is_address(found[1]) or "=?" in found[1]:
        raise Doubtful("its From field is not one plain address")
    if [address for _, address in addresses([text])] != [found[1]]:
        raise Doubtful("its From field is not one plain address")
    return found[1]


def _text(value: bytes) -> str:
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    if not 0 < len(text) <= _LONGEST or not text.replace("\t", " ").isprintable():
        raise Doubtful("its From field is not one plain address")
    return text


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are one, small and capital letters of ASCII aside: no other letter has a twin here."""
    return ascii_lower(one) == ascii_lower(other)


def names_address(values: Iterable[bytes], address: str) -> bool:
    """Whether an address stands in the values of an address field."""
    found = addresses(value.decode("utf-8", "surrogateescape") for value in values)
    return any(same_address(one, address) for _, one in found)
