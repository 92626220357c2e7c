"""XMPP: the bridge signs in as the business's own account, as any client does.

Theory of operation. `holding.py` keeps up a connection, `session.py` an account's (`client.py` sets slixmpp up for it),
and `stream.py` says when a stanza was taken by the server. What comes in is put into a queue (`incoming.py`) and stored
in order, if it is worth it (`worth.py`); at the start of each session the account's archive (`archive.py`) brings what
was missed. `envelope.py` tells a message from what only looks like a carbon, `parse.py` and `reports.py` say what it
means, `styling.py` reads its marks: pure modules, which import no network library, so that the connector itself is
imported only when one is made. `compose.py` turns an outbound into a stanza, `outgoing.py` sends it once,
`recalling.py` finds out what came of it where the server did not say so, `files.py` puts its files on the server.
`standing.py` stays in rooms, and `rooms.py` knows who there may be answered.
"""

from __future__ import annotations

from bridge.connector import Connector, ConnectorType
from connectors.xmpp.settings import XmppSettings, unfit_owner

__all__ = ["TYPE", "create"]


def create(name: str, settings: XmppSettings) -> Connector:
    """The connector `name`, made without any I/O. Raises ImportError, naming the library that is missing."""
    try:
        from connectors.xmpp.connector import MarkingConnector, XmppConnector  # noqa: PLC0415 - parsers must not load it
    except ModuleNotFoundError as error:
        raise ImportError(f"the xmpp connector [{name}] needs the library {error.name}") from error
    return MarkingConnector(name, settings) if settings.react else XmppConnector(name, settings)


TYPE = ConnectorType(settings=XmppSettings, create=create, unfit_owner=unfit_owner)
