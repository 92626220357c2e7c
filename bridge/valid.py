"""What makes a value valid from birth: characters that no network, terminal or database chokes on, ids of a bounded
length, times that say their zone. Pure.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime

REPLACEMENT = "\ufffd"

ID_LIMIT = 500
"""Characters of an id or address: PostgreSQL's indexes take 2,700 bytes, and a character has up to four."""

# What XML 1.0 (section 2.2, Char) and PostgreSQL's text forbid, plus the C1 controls and lone surrogates. The
# replacement is one character for one, so that offsets of spans stay true.
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# What may not stand in one line: line ends (also Unicode's own), tabs, and bidirectional overrides that make a
# name or a file name look like another one.
_NOT_ONE_LINE = re.compile("[\t\r\n\u0085\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def clean(text: str) -> str:
    """The same text, of the same length, with every character that cannot travel replaced by U+FFFD."""
    return _FORBIDDEN.sub(REPLACEMENT, text)


def one_line(text: str, limit: int = 998) -> str:
    """A name, subject or file name fit for a header or a list: no line end, no control, at most `limit` characters."""
    return clean(_NOT_ONE_LINE.sub(" ", text[: limit * 2])).strip()[:limit].rstrip()


def identifier(text: str) -> str:
    """An id or an address: one line, at most ID_LIMIT characters.

    A longer one keeps its beginning and gets a hash of the whole, so that two which differ only at their far ends stay
    two: what looks like a known item is not stored again.
    """
    if len(text) <= ID_LIMIT:
        return one_line(text, ID_LIMIT)
    digest = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
    return f"{one_line(text, ID_LIMIT - 100)}~{digest}"


def set_clean(value: object, *names: str) -> None:
    """Make these fields of a frozen value one line each, fit to travel."""
    for name in names:
        object.__setattr__(value, name, one_line(getattr(value, name)))


def set_ids(value: object, *names: str) -> None:
    """Make these fields of a frozen value ids or addresses; each is a string, or a sequence of them."""
    for name in names:
        held = getattr(value, name)
        ids = identifier(held) if isinstance(held, str) else tuple(identifier(one) for one in held)
        object.__setattr__(value, name, ids)


def require_aware(*moments: datetime | None) -> None:
    """Raise ValueError where a time says no zone."""
    for moment in moments:
        if moment is not None and moment.tzinfo is None:
            raise ValueError(f"{moment} has no time zone; every time here is aware (UTC)")
