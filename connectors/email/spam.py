"""Whether the own mail server's filter holds a mail for spam, by the fields that such filters write. Pure.

The words of a mail are not looked at: a person who writes about spam is a person. A sender may write these fields, too,
and harms nobody else by it. Filters: SpamAssassin and Amavis (X-Spam-Flag, X-Spam-Status), rspamd's milter and Exim
(X-Spam, X-Rspamd-Action, X-Spam-Action), Exchange (X-MS-Exchange-Organization-SCL, X-Forefront-Antispam-Report).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import Message as Header

from bridge.connector import one_line
from connectors.email.author import fields

_VALUE_LIMIT = 2000
_MOST_VALUES = 10

_SAYS_SPAM: Sequence[tuple[str, re.Pattern[str]]] = (
    ("X-Spam-Flag", re.compile(r"yes\b", re.IGNORECASE)),
    ("X-Spam-Status", re.compile(r"yes\b", re.IGNORECASE)),
    ("X-Spam", re.compile(r"(?:yes|true)\b", re.IGNORECASE)),
    ("X-Rspamd-Action", re.compile(r"(?:add header|rewrite subject|reject|quarantine)\b", re.IGNORECASE)),
    ("X-Spam-Action", re.compile(r"(?:add header|rewrite subject|reject|quarantine)\b", re.IGNORECASE)),
    # The spam confidence level: 5 and 6 are spam, 7 to 9 surely.
    ("X-MS-Exchange-Organization-SCL", re.compile(r"[5-9]$")),
    ("X-Forefront-Antispam-Report", re.compile(r"(?:[^;]*;)*?\s*(SFV:SP[MB]|SCL:[5-9])\s*(?:;|$)", re.IGNORECASE)),
)
_LEVEL, _SCORE = ("x-spam-level", "x-spam-bar"), ("x-spam-score", "x-rspamd-score")
_STARS = re.compile(r"[*+]{1,100}")
_NUMBER = re.compile(r"[+-]?\d{1,4}(?:\.\d{1,4})?")


def spam(header: Header, threshold: float | None = None) -> str:
    """Why a mail is held for spam, naming the field; empty where it is not.

    From `threshold` points on (SpamAssassin's and rspamd's scores, or the stars of X-Spam-Level) it is, too.
    """
    for name, sign in _SAYS_SPAM:
        for value in _values(header, name.lower()):
            if found := sign.match(value):
                return one_line(f"{name}: {found[found.lastindex or 0]}", 100)
    return _by_points(header, threshold) if threshold is not None else ""


def _by_points(header: Header, threshold: float) -> str:
    for name in (*_LEVEL, *_SCORE):
        for value in _values(header, name):
            stars, number = _STARS.match(value), _NUMBER.match(value)
            points = float(len(stars[0])) if name in _LEVEL and stars else 0.0
            if name in _SCORE and number:
                points = float(number[0])
            if points >= threshold:
                return f"{points:g} points of spam, {threshold:g} are enough (spam_score)"
    return ""


def _values(header: Header, name: str) -> list[str]:
    return [value.strip()[:_VALUE_LIMIT] for value in fields(header, name)[:_MOST_VALUES]]
