"""What a conversation's contact is called: a JID's localpart of its title, the person's name, the initials.

Pure, but for the lot that is drawn.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Container

DESK = "bridge"
"""The contact that stands for the bridge itself: the place outside all conversations. No room has this name."""

_OF_A_ROOM = re.compile(r"(?P<name>.+) - .* #(?P<number>\d{1,15})", re.DOTALL)
_OF_A_THREAD = re.compile(r"#(?P<number>\d{1,15})\s+(?P<name>.+?)(?::\s.*)?", re.DOTALL)
_OTHERS = re.compile(r"[^a-z0-9]+")
_NAME_CHARACTERS = 24
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


def localpart(title: str, suffix: str) -> str:
    """`Anna Müller - email #42` as `anna-muller.42.SUFFIX`: letters and digits only, which no server changes."""
    number, name = _parts(title)
    plain = unicodedata.normalize("NFKD", name.partition("@")[0]).encode("ascii", "ignore").decode().lower()
    words = _OTHERS.sub("-", plain).strip("-")[:_NAME_CHARACTERS].strip("-")
    return ".".join(part for part in (words or "customer", number, suffix) if part)


def fresh(title: str, taken: Container[str]) -> str:
    """A localpart of the title that none of these is, and not the bridge's own; drawn by lot."""
    while True:
        name = localpart(title, "".join(secrets.choice(_ALPHABET) for _ in range(4)))
        if name not in taken and name != DESK:
            return name


def person(title: str) -> str:
    """`Anna Müller` of `Anna Müller - email #42`, or of `#42 Anna Müller: Tulips`."""
    return _parts(title)[1]


def initials(name: str) -> str:
    """At most two letters or digits: of the first word and of the last."""
    words = [word for word in re.split(r"[\s._@-]+", name) if word[:1].isalnum()]
    picked = [words[0][0], words[-1][0]] if len(words) > 1 and "@" not in name else [word[0] for word in words[:1]]
    return "".join(picked).upper()[:2]


def _parts(title: str) -> tuple[str, str]:
    title = title.strip()
    found = _OF_A_ROOM.fullmatch(title) or _OF_A_THREAD.fullmatch(title)
    return (found["number"], found["name"].strip()) if found else ("", title)
