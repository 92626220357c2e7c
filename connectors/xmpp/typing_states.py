"""What a stanza says of whether its sender types (XEP-0085). Pure."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from bridge.connector import Signal, Typing
from connectors.xmpp.envelope import open_stanza
from connectors.xmpp.namespaces import CHAT_STATES, CLIENT, tag
from connectors.xmpp.parse import Sender
from connectors.xmpp.stanza import children, name_of

STATES = {Signal.TYPING: "composing", Signal.STOPPED: "paused", Signal.ONLINE: "active", Signal.OFFLINE: "gone"}
"""How a chat state says what we show."""


def typing(stanza: ET.Element, account: str) -> Typing | None:
    """Whether somebody types to `account`, or has stopped, as whoever sends a message has: it may be a note or a
    command, which nobody else sees end it. None for any other stanza. What is old, or came to another device, or is
    said to a whole room, is no news.
    """
    state = next(children(stanza, CHAT_STATES), None)
    if state is None:
        return None
    opened = open_stanza(stanza, account, "stream")
    if opened.fault or opened.outgoing or opened.carbon or opened.sent_at or opened.type not in ("chat", "normal"):
        return None
    sender = Sender.of(opened, occupant=False)
    goes_on = name_of(state) == STATES[Signal.TYPING] and stanza.find(tag(CLIENT, "body")) is None
    signal = Signal.TYPING if goes_on else Signal.STOPPED
    return Typing(signal=signal, address=sender.address, authenticated=sender.vouched)
