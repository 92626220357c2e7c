"""One account's connection.

The resource is random per process, so that two daemons do not throw each other out, and the same for all connections of
one process, so that binding it ends a half-dead connection before it: nothing of that can arrive late.
"""

from __future__ import annotations

import secrets
import ssl
from typing import Any

from slixmpp import ClientXMPP

from bridge.connector import one_line
from connectors.xmpp import client as clients
from connectors.xmpp.address import RESOURCE
from connectors.xmpp.failures import Refused
from connectors.xmpp.holding import FIRST_PATIENCE_SECONDS, Events, Holding, Listener, Wire
from connectors.xmpp.settings import XmppSettings

_COUNTER = 2**32
"""What counts stanzas begins again there (XEP-0198 section 4)."""

# RFC 6120 section 6.5.
_LATER = "temporary-auth-failure"
_WHY = {
    "account-disabled": "the account is disabled; ask whoever runs the server",
    "credentials-expired": "its password has expired; set a new one",
}


class Session(Holding):
    """One account's connection. `listener` gets what comes by it."""

    def __init__(self, settings: XmppSettings, listener: Listener, patience: float = FIRST_PATIENCE_SECONDS) -> None:
        super().__init__(settings, listener, patience)
        self._account = settings
        self.resource = RESOURCE + secrets.token_hex(4)
        # What the stream before had sent, since the server last said how much of it it had counted.
        self._counted = 0
        self._waiting: list[Any] = []
        # Why the last mechanism that was tried did not do.
        self._condition = ""

    def _wire(self) -> Wire:
        try:
            return clients.make(self._account, self.resource, self._listener.message, self._listener.presence)
        except OSError as error:  # ssl.SSLError is one
            raise Refused(f"ca_file {self._account.ca_file} cannot be used: {error.strerror or error}") from error

    def _events(self) -> Events:
        return {
            "stream_negotiated": self._negotiated,
            "session_resumed": self._resumed,
            "sm_failed": self._not_resumed,
            "failed_auth": self._not_accepted,
            "failed_all_auth": self._not_let_in,
            "ssl_invalid_chain": self._not_trusted,
            "stanza_acked": self._acked,
        }

    def _forget_counters(self) -> None:
        management: Any = self._client.plugin["xep_0198"] if self._client else None
        if management is None:
            return
        self._counted = management.last_ack
        self._waiting = [stanza for _, stanza in management.unacked_queue]
        # Without an id of the old stream its counters would be taken for those of the new one.
        if not management.sm_id:
            management.session_end(None)

    def _negotiated(self, _: object) -> None:
        if isinstance(self._client, ClientXMPP) and self._client.bound:
            self._started()

    def _resumed(self, _: object) -> None:
        self._up.set()

    def _not_resumed(self, failed: Any) -> None:
        """The stream before is gone; a server may still say how much of it it had handled (XEP-0198 section 6)."""
        said = failed.xml.get("h", "")
        count = (int(said) - self._counted) % _COUNTER if said.isascii() and said.isdigit() else 0
        if count <= len(self._waiting):
            for stanza in self._waiting[:count]:
                self._acked(stanza)
        self._waiting = []

    def _not_accepted(self, failure: Any) -> None:
        self._condition = str(failure["condition"])

    def _not_let_in(self, _: object) -> None:
        how = "" if self._account.allow_plain else " (or the server knows no SCRAM: then see allow_plain)"
        why = _WHY.get(self._condition, f"check jid and password{how}")
        if self._condition == _LATER:
            self._reason = "it cannot check passwords at the moment"
        else:
            self._refusal = f"the server refuses the login of {self._account.jid}: {why}"
        self._condition = ""
        self._down.set()

    def _not_connected(self, reason: object) -> None:
        # With TLS from the start the certificate fails the connection itself. Where DNS names several servers, the next
        # one may be in order.
        if isinstance(reason, ssl.SSLCertVerificationError) and self._account.host is not None:
            self._not_trusted(reason)
        else:
            super()._not_connected(reason)

    def _not_trusted(self, error: object) -> None:
        why = error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else str(error)
        self._refusal = f"the server's certificate is not trusted ({one_line(why, 100)}); check jid, or set ca_file"
        self._down.set()
