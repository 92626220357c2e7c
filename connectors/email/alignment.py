"""Which domains count as one: as A-labels (RFC 5890), by organisational domain (RFC 7489 section 3.2). Pure.

The organisational domain is a public suffix and one label more. The public suffix list comes with the library, its
private part too: two customers of one hosting company have nothing to do with each other.
"""

from __future__ import annotations

import re
from functools import cache

from publicsuffixlist import PublicSuffixList

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_DOMAIN = re.compile(rf"(?=.{{1,253}}\Z)(?:{_LABEL}\.)+(?![0-9]+\Z){_LABEL}")


def ascii_lower(text: str) -> str:
    """With small letters for the capital ones of ASCII: among all others there are some that become an ASCII letter."""
    return "".join(one.lower() if one.isascii() else one for one in text)


def a_label(domain: str) -> str:
    """The domain in lower case and ASCII; "" for what is none, or is not one in all versions of IDNA (RFC 5894)."""
    domain = ascii_lower(domain)
    if not domain.isascii():
        try:
            encoded = domain.encode("idna")
            # What the old version maps to something else ("ß" to "ss", wide letters to narrow ones) is another domain
            # in the new one.
            domain = encoded.decode("ascii") if encoded.decode("idna") == domain else ""
        except UnicodeError:
            return ""
    return domain if _DOMAIN.fullmatch(domain) else ""


def organisational(domain: str) -> str:
    """The organisational domain of one in A-labels; "" for a public suffix, which is nobody's."""
    return _list().privatesuffix(domain) or "" if domain else ""


def aligned(domain: str, from_domain: str, *, strict: bool) -> bool:
    """Whether what vouches for `domain` vouches for `from_domain`; both may be written in any way.

    Strict: the same domain. Otherwise (relaxed): the same organisational domain. Never for a public suffix.
    """
    one, other = a_label(domain), a_label(from_domain)
    shared = organisational(one)
    return bool(shared) and (one == other if strict else shared == organisational(other))


@cache
def _list() -> PublicSuffixList:
    # Reading the list takes a tenth of a second.
    return PublicSuffixList()
