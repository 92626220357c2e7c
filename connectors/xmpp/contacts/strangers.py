"""Whoever is no owner and writes to the domain: told so, and nothing is passed on. Pure but for what it counts.

A contact's address may leak: an owner forwards a message, a program shows it. So it is worth a plain word, but no more
than a few a minute: a stranger must not make the bridge write as much as they like.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from connectors.xmpp.namespaces import CLIENT, STANZA_ERRORS, tag

A_MINUTE = 30
"""Answers to strangers in a minute, all together."""

_WORDS = "This address is for the shop's own people. Your message was not passed on."


@dataclass(eq=False)
class Strangers:
    """Answers strangers, as long as they ask in measure."""

    _answered: deque[float] = field(default_factory=deque)

    def answer(self, stanza: ET.Element, now: float) -> ET.Element | None:
        """What a message or a presence of a stranger's gets; `now` in seconds. None: nothing at all."""
        if stanza.get("type") in ("error", "unavailable", "unsubscribe", "unsubscribed", "subscribed"):
            return None
        made = _refused(stanza) if stanza.tag == tag(CLIENT, "message") else _not_subscribed(stanza)
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
    error = ET.SubElement(made, tag(CLIENT, "error"), {"type": kind})
    ET.SubElement(error, tag(STANZA_ERRORS, condition))
    ET.SubElement(error, tag(STANZA_ERRORS, "text")).text = words
    return made


def _not_subscribed(presence: ET.Element) -> ET.Element | None:
    if presence.get("type") != "subscribe":
        return None
    return ET.Element(tag(CLIENT, "presence"), {**_back(presence), "type": "unsubscribed"})


def _back(stanza: ET.Element) -> dict[str, str]:
    named = {"from": stanza.get("to", ""), "to": stanza.get("from", "")}
    return {**named, "id": stanza.get("id", "")} if stanza.get("id") else named
