"""slixmpp, set up the way the connector needs it: TLS or nothing, SCRAM, and none of its own answers to messages.

Few of its plug-ins are used. Receipts, carbons and archives are ours: its plug-ins send a receipt before anything is
stored, and let errors of an archive pass for its end.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

from slixmpp import ClientXMPP
from slixmpp.xmlstream import StanzaBase
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from connectors.xmpp.namespaces import (
    CHAT_STATES,
    CLIENT,
    CORRECT,
    MARKERS,
    OOB,
    REACTIONS,
    RECEIPTS,
    REPLY,
    RETRACT,
    STYLING,
    tag,
)
from connectors.xmpp.settings import XmppSettings
from connectors.xmpp.stanza import MESSAGE

# It logs whole stanzas: at DEBUG all of them, at ERROR those that it cannot read.
logging.getLogger("slixmpp").setLevel(logging.CRITICAL + 1)

_SCRAM = (
    "SCRAM-SHA-512-PLUS",
    "SCRAM-SHA-512",
    "SCRAM-SHA-256-PLUS",
    "SCRAM-SHA-256",
    "SCRAM-SHA-1-PLUS",
    "SCRAM-SHA-1",
)
_UNDERSTOOD = (CHAT_STATES, CORRECT, MARKERS, OOB, REACTIONS, RECEIPTS, REPLY, RETRACT[0], STYLING)


Handler = Callable[[ET.Element], None]


def make(settings: XmppSettings, resource: str, on_message: Handler, on_presence: Handler) -> ClientXMPP:
    """A client that is not connected yet. The two get every stanza of their kind, in order, and must not raise.

    Raises OSError where `ca_file` cannot be read, ssl.SSLError where it holds no certificate.
    """
    client = ClientXMPP(
        f"{settings.jid}/{resource}",
        settings.password,
        plugin_config=_plugin_config(settings),
        ssl_context=ssl.create_default_context(cafile=settings.ca_file),
    )
    client.enable_plaintext = False
    if settings.host is not None:
        client.enable_starttls = settings.security == "starttls"
        client.enable_direct_tls = not client.enable_starttls
    client.auto_authorize = True if settings.accept_contacts else None
    client.auto_subscribe = settings.accept_contacts
    # Ours finds a dead connection, and says what to do about it.
    client.whitespace_keepalive = False
    for plugin in ("xep_0030", "xep_0198", "xep_0199"):
        client.register_plugin(plugin)
    for feature in _UNDERSTOOD:
        client.plugin["xep_0030"].add_feature(feature)

    def message(stanza: StanzaBase) -> None:
        on_message(stanza.xml)

    def presence(stanza: StanzaBase) -> None:
        on_presence(stanza.xml)

    client.register_handler(Callback("inbox-bridge messages", MatchXPath(MESSAGE), message))
    client.register_handler(Callback("inbox-bridge presences", MatchXPath(tag(CLIENT, "presence")), presence))
    return client


def _plugin_config(settings: XmppSettings) -> dict[str, dict[str, Any]]:
    mechanisms = [*_SCRAM, "PLAIN"] if settings.allow_plain else list(_SCRAM)
    return {
        "feature_mechanisms": {"use_mechs": mechanisms},
        "xep_0198": {"window": 10_000_000},  # acknowledgements are asked for by us, right after what they are about
        "xep_0199": {"keepalive": False},
    }
