"""The address that answers go to, with a token in it: `shop+{token}@example.com` is its template. Pure.

The token says which conversation an answer belongs to, whatever the other side's mail program does to threads and
subjects. It is read in either case, since some servers on the way change it.
"""

from __future__ import annotations

import re
from functools import lru_cache

from connectors.email.address import is_address

PLACE = "{token}"
TOKEN_LENGTH = 36
_LONGEST_LOCAL = 64
"""RFC 5321 section 4.5.3.1.1."""
_TOKEN = re.compile(rf"[a-z2-7]{{{TOKEN_LENGTH}}}", re.IGNORECASE | re.ASCII)


def checked_template(template: str) -> str:
    """The same template. Raises ValueError, saying what is wrong with it and how it should be written."""
    local, _, domain = template.rpartition("@")
    if template.count(PLACE) != 1 or PLACE not in local:
        raise ValueError("write {token} once, before the @, like shop+{token}@example.com")
    filled = template.replace(PLACE, "a" * TOKEN_LENGTH)
    if not template.isascii() or not is_address(filled) or set("{}") & set(filled):
        raise ValueError("this is not an email address; write it plain, like shop+{token}@example.com")
    if len(local) - len(PLACE) + TOKEN_LENGTH > _LONGEST_LOCAL:
        most = _LONGEST_LOCAL - TOKEN_LENGTH
        raise ValueError(f"before the @ there is room for {most} characters besides {{token}} (RFC 5321: 64 in all)")
    return f"{local}@{domain.lower()}"


def token_address(template: str, token: str) -> str:
    """The address with this token. Raises ValueError for a token that no answer could be known by."""
    if _TOKEN.fullmatch(token) is None:
        raise ValueError("the token of the address for answers is not one")
    return template.replace(PLACE, token.lower())


def token_in(template: str, address: str) -> str:
    """The token in an address that was made by this template, in lower case; empty where it was not."""
    if PLACE not in template:
        return ""
    found = _pattern(template).fullmatch(address)
    return found[1].lower() if found else ""


def is_made_like(template: str, address: str) -> bool:
    """Whether an address fits the template, with whatever in the place of the token."""
    before, place, after = template.lower().partition(PLACE)
    written = address.lower()
    return bool(place) and written.startswith(before) and written[len(before) :].endswith(after)


@lru_cache(maxsize=16)
def _pattern(template: str) -> re.Pattern[str]:
    before, _, after = template.partition(PLACE)
    return re.compile(f"{re.escape(before)}({_TOKEN.pattern}){re.escape(after)}", re.IGNORECASE | re.ASCII)
