"""The connection of a component (XEP-0114), which holds as an account's does.

It has no archive, no encryption and no stream management: a stanza that is on its way as the server dies is lost, and
nobody says so. So `deliver` asks the server something behind each stanza (RFC 6120 section 10.1): its answer shows that
all before it was taken.

slixmpp answers probes and subscriptions of components by itself, from a roster that it holds in memory; it is not let.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol
from xml.etree import ElementTree as ET

from slixmpp import ComponentXMPP, Iq, Presence
from slixmpp.xmlstream import StanzaBase
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from connectors.xmpp import holding
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.holding import FIRST_PATIENCE_SECONDS, Events, Holding, Wire
from connectors.xmpp.namespaces import CLIENT, COMPONENT, tag
from connectors.xmpp.stanza import renamed

# It logs whole stanzas.
logging.getLogger("slixmpp").setLevel(logging.CRITICAL + 1)

# Its constructor has no types.
_COMPONENT: Any = ComponentXMPP
_STANZAS: dict[str, Any] = {tag(CLIENT, "iq"): Iq, tag(CLIENT, "presence"): Presence}

_WHY = {
    "not-authorized": "; the server has another secret for this component, or no component of this name",
    "host-unknown": "; the server's configuration has no component of this name",
    "conflict": "; another program is connected as this component",
}


class Listener(holding.Listener, Protocol):
    """Who hears what comes to a component."""

    def question(self, stanza: ET.Element) -> None:
        """An iq of type get or set."""


class Link(Holding):
    """A component's connection. Elements are those of a client here: jabber:client, on the wire another name for it."""

    def __init__(
        self, settings: ContactsSettings, listener: Listener, sender: str, patience: float = FIRST_PATIENCE_SECONDS
    ) -> None:
        super().__init__(settings, listener, patience)
        self._component = settings
        self._hears = listener
        self.sender = sender

    @property
    def server(self) -> str:
        """The server's own domain."""
        return self._component.server_domain

    def _wire(self) -> Wire:
        settings = self._component
        wire: ComponentXMPP = _COMPONENT(settings.domain, settings.secret, settings.host, settings.port)
        wire.whitespace_keepalive = False
        for name in ("IM", "IMError", "Presence"):
            wire.remove_handler(name)
        kinds = {"message": self._hears.message, "presence": self._hears.presence, "iq": self._asked}
        for name, heard in kinds.items():
            wire.register_handler(Callback(f"inbox-bridge {name}", MatchXPath(tag(COMPONENT, name)), _as_client(heard)))
        return wire

    def _events(self) -> Events:
        return {"session_start": lambda _: self._started()}

    def _asked(self, stanza: ET.Element) -> None:
        if stanza.get("type") in ("get", "set"):
            self._hears.question(stanza)

    def put(self, message: ET.Element) -> Any:
        """Send a stanza of any kind and hear no more of it. Raises NoSession."""
        kind = _STANZAS.get(str(message.tag))
        if kind is None:
            return super().put(renamed(message, CLIENT, COMPONENT))
        stanza = kind(stream=self._in_session(), xml=renamed(message, CLIENT, COMPONENT))
        stanza.send()
        return stanza

    def _why(self, condition: str) -> str:
        return _WHY.get(condition, "")


def _as_client(heard: Callable[[ET.Element], None]) -> Callable[[StanzaBase], None]:
    def hear(stanza: StanzaBase) -> None:
        heard(renamed(stanza.xml, COMPONENT, CLIENT))

    return hear
