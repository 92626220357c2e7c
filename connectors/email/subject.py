"""The subject of an answer: one "Re: ", whatever the mail programs of both sides had put before it. Pure."""

from __future__ import annotations

import re

from connectors.email.quote_phrases import FORWARD_PREFIXES

# How mail programs say "answer to": English, German, Dutch, Scandinavian, Finnish, Polish, Portuguese, Italian, Czech,
# Turkish, Hungarian, Indonesian, Welsh, Chinese; with a count as in "Re[2]:" or "Re^2:".
_PREFIX = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|odp|res|rif|r|ynt|vá|bls|atb|回复|回覆|答复)"
    r"\s{0,3}(?:[\[(^]\s?\d{1,3}\s?[\])]?)?\s?[:\uff1a]",
    re.IGNORECASE,
)
_MOST_PREFIXES = 50

SUBJECT_LIMIT = 500
"""Characters of a subject that are kept, read or written."""


def bare_subject(subject: str) -> str:
    """The subject without the prefixes of answers; those of forwarding stay, they say something else."""
    position = 0
    for _ in range(_MOST_PREFIXES):
        found = _PREFIX.match(subject, position)
        if found is None:
            break
        position = found.end()
    return subject[position:].strip()


def answer_subject(subject: str) -> str:
    """The subject of an answer to a mail of this subject."""
    return f"Re: {bare_subject(subject)}".rstrip()


_FORWARD = re.compile(
    r"\s*(?:"
    + "|".join(sorted((re.escape(one) for one in FORWARD_PREFIXES), key=len, reverse=True))
    + r")\s?[:\uff1a]",
    re.IGNORECASE,
)


def is_forwarded(subject: str) -> bool:
    """Whether a mail program says that this passes a mail on: "Fwd:" in any language is the first prefix."""
    return _FORWARD.match(subject[:60]) is not None
