"""Whoever is no owner and writes to the domain: told so, and nothing is passed on. Pure but for what it counts.

A contact's address may leak: an owner forwards a message, a program shows it. So it is worth a plain word, but no more
than a few a minute: a stranger must not make the bridge write as much as they like.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from connectors.xmpp.namespaces import CLIENT, ROOM, STANZA_ERRORS, tag

A_MINUTE = 30
"""Answers to strangers in a minute, all together."""

_WORDS = "This address is for the shop's own people. Your message was not passed on."
_NO_ROOM = "There are no rooms here any more, and nobody has got this. Answer in the chat with the contact."


@dataclass(eq=False)
class Strangers:
    """Answers strangers, as long as they ask in measure. Where there are `rooms` one may try to enter them."""

    rooms: bool = False
    _answered: deque[float] = field(default_factory=deque)

    def answer(self, stanza: ET.Element, now: float) -> ET.Element | None:
        """What a message or a presence of a stranger's gets; `now` in seconds. None: nothing at all."""
        if stanza.get("type") in ("error", "unavailable", "unsubscribe", "unsubscribed", "subscribed"):
            return None
        if stanza.tag == tag(CLIENT, "message"):
            made = _refused(stanza)
        else:
            made = _not_subscribed(stanza)
            if made is None and self.rooms:
                made = _not_let_in(stanza)
        return made if made is not None and self._may(now) else None

    def _may(self, now: float) -> bool:
        while self._answered and now - self._answered[0] > 60:
            self._answered.popleft()
        if len(self._answered) >= A_MINUTE:
            return False
        self._answered.append(now)
        return True


def _refused(message: ET.Element) -> ET.Element | None:
    """An error, where something was said."""
    if message.find(tag(CLIENT, "body")) is None:
        return None
    return returned(message, "auth", "forbidden", _WORDS)


def returned(message: ET.Element, kind: str, condition: str, words: str) -> ET.Element:
    """The error that a message comes back as (RFC 6120 section 8.3): its type, its condition, and why."""
    made = ET.Element(tag(CLIENT, "message"), {**_back(message), "type": "error"})
    return _because(made, kind, condition, words)


def _because(made: ET.Element, kind: str, condition: str, words: str) -> ET.Element:
    error = ET.SubElement(made, tag(CLIENT, "error"), {"type": kind})
    ET.SubElement(error, tag(STANZA_ERRORS, condition))
    if words:
        ET.SubElement(error, tag(STANZA_ERRORS, "text")).text = words
    return made


def _not_subscribed(presence: ET.Element) -> ET.Element | None:
    if presence.get("type") != "subscribe":
        return None
    return ET.Element(tag(CLIENT, "presence"), {**_back(presence), "type": "unsubscribed"})


def _not_let_in(presence: ET.Element) -> ET.Element | None:
    """Whoever would enter a room hears what an address says that does not exist (RFC 6121 section 8.5.1)."""
    if presence.get("type") or presence.find(tag(ROOM, "x")) is None:
        return None
    return not_entered(presence, "cancel", "service-unavailable", "")


def no_room(stanza: ET.Element) -> ET.Element | None:
    """What an owner hears whose program takes a contact for a room, as it was one while they shared rooms: what is said
    to a room goes nowhere, and must not look as if it did.
    """
    if stanza.tag != tag(CLIENT, "message"):
        return _not_let_in(stanza)
    if stanza.get("type") != "groupchat" or stanza.find(tag(CLIENT, "body")) is None:
        return None
    return returned(stanza, "cancel", "service-unavailable", _NO_ROOM)


def not_entered(presence: ET.Element, kind: str, condition: str, words: str) -> ET.Element:
    """The error that a presence in a room comes back as (XEP-0045 section 7.2), by whose `x` programs know it."""
    made = ET.Element(tag(CLIENT, "presence"), {**_back(presence), "type": "error"})
    ET.SubElement(made, tag(ROOM, "x"))
    return _because(made, kind, condition, words)


def _back(stanza: ET.Element) -> dict[str, str]:
    named = {"from": stanza.get("to", ""), "to": stanza.get("from", "")}
    return {**named, "id": stanza.get("id", "")} if stanza.get("id") else named
